"""Answers to fresh questions, printed for reading; and the same by plain sentence similarity.

    python -m eval.reading --home HOME [--plain] [--count 50] [--seed 5]
    python -m eval.reading --home HOME --points

The questions of eval/golden/reading.yaml were written before any answer to them was seen. Plain
similarity gives the sentences of the first passages that are most like the question. `--points`
measures the key-point recall of plain similarity on the development questions instead; that of
the product comes from eval.answers.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.ask import Assistant
from assistant.features import plain
from assistant.question import read_question
from assistant.read import look
from assistant.search import Searcher
from assistant.settings import Settings, load_settings
from assistant.spans import spans_of
from eval.fusion import DEV
from eval.leads import FORMS
from eval.questions import a_text, covered, load, numbered_items, one_of, resolve, rows

QUESTIONS = Path(__file__).parent / "golden" / "reading.yaml"
PASSAGES, SENTENCES = 5, 4  # plain similarity: passages looked into, sentences given
SHOWN = 700  # characters of a code block or table


@dataclass(frozen=True, slots=True)
class Fresh:
    """A question for reading, with its section and form."""

    id: str
    section: str
    form: str
    question: str


def load_fresh(path: Path = QUESTIONS) -> tuple[Fresh, ...]:
    """Read the questions; raises InputError with the line of one that is wrong."""
    found = []
    for line, item in numbered_items(path):
        where = f"{path}:{line}"
        number, section, question = (
            a_text(item.get(name), f"{where}: {name}") for name in ("id", "section", "question")
        )
        form = one_of(item.get("form"), FORMS, f"{where}: form")
        found.append(Fresh(number, section, form, question))
    return tuple(found)


def chosen(questions: Sequence[Fresh], count: int, seed: int) -> tuple[Fresh, ...]:
    """Draw questions at random, in their order."""
    drawn = random.Random(seed).sample(range(len(questions)), min(count, len(questions)))
    return tuple(questions[i] for i in sorted(drawn))


def alike(question: str, searcher: Searcher) -> tuple[str, ...]:
    """Give the sentences of the first passages that are most like the question, best first."""
    hits = look(searcher, read_question(question)).hits
    passages = [h.entry.passage for h in hits if h.entry.kind != "path"][:PASSAGES]
    spans = [span for passage in passages for span in spans_of(passage.text)]
    sentences = [plain(s.text) for s in spans if s.kind not in ("code", "table")]
    if not sentences:
        return ()
    vectors = searcher.encode([question, *sentences])
    order = np.argsort(-(vectors[1:] @ vectors[0]))
    return tuple(dict.fromkeys(sentences[i] for i in order))[:SENTENCES]


def answered(question: str, assistant: Assistant) -> tuple[str, ...]:
    """Give the sentences of the product's answer with the title they come from."""
    answer = assistant.ask(question)
    if answer.refused:
        return (f"REFUSED {answer.reason}",)
    titles = {c.n: f"{c.title} #{c.deep_link.rpartition('#')[2]}" for c in answer.citations}
    return tuple(
        f"{s.text[:SHOWN]} [{titles.get(next(iter(s.citations), 0), '')[:70]}]"
        for s in answer.sentences
    )


def points(settings: Settings, searcher: Searcher) -> float:
    """Measure the key-point recall of plain similarity on the development questions."""
    questions = load(DEV)
    grades = resolve(questions, rows(searcher.library)).grades
    shares = []
    for question in questions:
        if question.key_points and grades.get(question.id):
            met = covered(question, "\n".join(alike(question.question, searcher)))
            shares.append(sum(met) / len(met))
    return sum(shares) / max(1, len(shares))


def main(arguments: list[str] | None = None) -> None:
    """Print answers for reading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--points", action="store_true")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args(arguments)
    settings = load_settings(options.home)
    if options.points:
        sys.stdout.write(f"key-point recall {points(settings, Searcher(settings)):.3f}\n")
        return
    assistant = Assistant(settings)
    searcher = Searcher(settings) if options.plain else None
    for item in chosen(load_fresh(), options.count, options.seed):
        lines = alike(item.question, searcher) if searcher else answered(item.question, assistant)
        text = "\n".join(f"  {line}" for line in lines)
        sys.stdout.write(f"## {item.id} [{item.form}] {item.question}\n{text}\n\n")


if __name__ == "__main__":
    main()
