"""Many questions with one model load: a JSONL file in, one JSON line out for each."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ingest.errors import InputError, StudypathError
from ui.terminal import complain, write_json

EXAMPLE = '{"id": 1, "question": "…"}'


def run_batch(file: str, answer: Callable[[str, object], Mapping[str, object]]) -> int:
    """Answer the questions of a file in order; a bad line gives an error object, the rest go on.

    Returns the exit code: 0 with bad lines, 1 when a line failed through a fault of ours.
    """
    bad = faults = 0
    for number, line in batch_lines(file):
        if not line.strip():
            continue
        id: object = number
        try:
            item = read_line(line)
            id = item.get("id", number)
            result = answer(question_in(item), id)
        except StudypathError as error:
            bad += 1
            result = error_json(id, number, str(error))
        except Exception as error:  # the edge: one odd question must not end a long run
            faults += 1
            result = error_json(id, number, f"{type(error).__name__}: {error}")
        write_json(result)
    for count, words in ((bad, "could not be used"), (faults, "failed through a fault of ours")):
        if count:
            lines = "1 line" if count == 1 else f"{count} lines"
            complain(f'--batch {file}: {lines} {words}; see "error" there')
    return 1 if faults else 0


def batch_lines(file: str) -> Iterator[tuple[int, bytes]]:
    """Read the lines of a file, or of standard input for "-", numbered from 1."""
    if file == "-":
        yield from enumerate(sys.stdin.buffer, 1)
        return
    try:
        with Path(file).open("rb") as lines:
            yield from enumerate(lines, 1)
    except OSError as error:
        raise InputError(f"--batch {file} cannot be read: {error.strerror}") from error


def read_line(line: bytes) -> dict[str, object]:
    """Read one JSON object; raises InputError for anything else."""
    try:
        item = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError("not UTF-8: save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error}): write {EXAMPLE}") from error
    if not isinstance(item, dict):
        raise InputError(f"not a JSON object: write {EXAMPLE}")
    return item


def question_in(item: Mapping[str, object]) -> str:
    """Give the question of a line; raises InputError when it has none."""
    question = item.get("question", item.get("text"))
    if not isinstance(question, str):
        raise InputError(f'no "question" (or "text") with words in it: write {EXAMPLE}')
    return question


def error_json(id: object, number: int, words: str) -> dict[str, object]:
    """Write what stands in the place of an answer."""
    return {"schema": 1, "id": id, "line": number, "error": " ".join(words.split())}
