"""Quiz items that a language model writes from a passage, and what one must pass to be shown.

An item is kept when its quote stands in the passage word for word, the quote supports the key and
none of the distractors, the question is new and in the passage's language, nothing in it gives
orders, and the model, asked apart with the options shuffled, finds exactly the key supported.
The words sent are in `assistant/item_prompts.py`; `complete` turns messages into a reply.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import corpus
from assistant.answer import Citation
from assistant.choosing import laid_out
from assistant.cite import citation
from assistant.item_prompts import checking_messages, writing_messages
from assistant.precious import BUSY, PATIENCE
from assistant.proof import place
from assistant.quiz import (
    DIFFICULTIES,
    LEVELS,
    Choice,
    Distractor,
    Item,
    Short,
    load_quiz,
    plain,
)
from ingest.analysis import STOP_WORDS
from ingest.curriculum import Curriculum
from ingest.errors import InputError, LearnerError
from ingest.flags import flag_of
from ingest.keywords import analyse
from ingest.library import Entry

Complete = Callable[[Sequence[Mapping[str, str]]], str]

FILE = "items.json"
SCHEMA = 1
GENERATED = "generated"
FIELDS = {"kind", "question", "quote", "key", "distractors", "level", "difficulty"}
LONGEST_TEXT = 400  # characters of any field
SHORTEST_QUOTE = 4  # words: fewer prove nothing
LONGEST_SHORT = 4  # words of a key that is to be typed
# Share of a key's terms that must stand in the quote, and of a distractor's that must not.
SUPPORTED, CONTRADICTED = 0.6, 0.9
SAME_QUESTION = 0.6  # of the terms of two questions, shared


@dataclass(frozen=True, slots=True)
class Generated:
    """An item that a model wrote, with the passage that proves it; `model` says which one."""

    item: Item
    citation: Citation
    model: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one request: the items kept, and a reason for each that was dropped."""

    kept: tuple[Generated, ...]
    dropped: tuple[str, ...]


def write_items(
    entry: Entry,
    section_id: str,
    topic: str,
    bank: Sequence[Item],
    curriculum: Curriculum,
    complete: Complete,
    count: int = 2,
    model: str = "",
) -> Written:
    """Let a model write items from a passage, and keep those that pass every check."""
    if entry.passage.flag:
        return Written((), ("the passage gives orders to an assistant",))
    text = entry.passage.text
    known = [item for item in bank if item.section_id == section_id]
    reply = complete(writing_messages(text, [item.question for item in known], count))
    kept: list[Generated] = []
    dropped: list[str] = []
    try:
        told = read_reply(reply)
    except InputError as error:
        return Written((), (str(error),))
    for one in told[:count]:
        try:
            item = item_of(one, section_id, topic)
            check_by_words(item, one["quote"], text, [*known, *(k.item for k in kept)])
            check_by_model(item, text, complete)
        except InputError as error:
            dropped.append(str(error))
            continue
        found = place(one["quote"], text)
        assert found is not None
        cited = citation(1, entry, found[0], found.start(), curriculum)
        kept.append(Generated(item, cited, model))
    return Written(tuple(kept), tuple(dropped))


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def read_reply(reply: str) -> list[Any]:
    """Read a JSON list out of a reply, also out of a code fence; raises InputError without one."""
    told = json_in(reply, "[", "]")
    if not isinstance(told, list):
        raise InputError("the model's reply holds no JSON list")
    return told


def json_in(reply: str, opening: str, closing: str) -> Any:
    """Read what stands between the first and the last bracket of a kind; None for no JSON."""
    start, end = reply.find(opening), reply.rfind(closing)
    try:
        return json.loads(reply[start : end + 1]) if 0 <= start < end else None
    except (json.JSONDecodeError, RecursionError):
        return None


def item_of(told: Any, section_id: str, topic: str) -> Item:
    """Read one item; raises InputError for a form that is not the one asked for."""
    if not isinstance(told, Mapping) or set(told) != FIELDS:
        raise InputError("an item has other fields than those asked for")
    words = {name: line(told[name]) for name in ("question", "quote", "key")}
    if told["level"] not in LEVELS or told["difficulty"] not in DIFFICULTIES:
        raise InputError("an item's level or difficulty is none of those asked for")
    if told["kind"] not in ("choice", "short") or (told["kind"] == "short" and told["distractors"]):
        raise InputError("an item is of another kind than those asked for")
    expected: Choice | Short = Short((words["key"],))
    if told["kind"] == "choice":
        expected = choice_of(told, words["key"])
    name = hashlib.sha256(f"{section_id}\n{plain(words['question'])}".encode()).hexdigest()[:10]
    return Item(
        id=f"{section_id}/{GENERATED}-{name}",
        section_id=section_id,
        topic=topic,
        level=told["level"],
        difficulty=told["difficulty"],
        question=words["question"],
        expected=expected,
        evidence="",
        points=(words["quote"],),
    )


def choice_of(told: Mapping[str, Any], key: str) -> Choice:
    """Read the choices: three distractors that differ from the key and from each other."""
    wrong = told["distractors"]
    if not isinstance(wrong, list) or len(wrong) != 3:
        raise InputError("a choice needs three distractors")
    if not all(isinstance(w, Mapping) and set(w) == {"text", "why"} for w in wrong):
        raise InputError("a distractor needs its text and why it is wrong")
    distractors = tuple(Distractor(line(w["text"]), line(w["why"])) for w in wrong)
    if len({frozenset(terms(t)) for t in (key, *(d.text for d in distractors))}) < 4:
        raise InputError("two of the choices say the same")
    return Choice(key, distractors)


def line(value: Any) -> str:
    """Take a text of one line, neither empty nor long; addresses and markup are no part of one."""
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        raise InputError("a field of an item is empty, too long, or no text")
    if re.search(r"https?://|<\w|[\x00-\x08\x0b-\x1f\x7f]", value):
        raise InputError("a field of an item holds an address or markup")
    return " ".join(value.split())


def terms(text: str) -> tuple[str, ...]:
    """Give the terms of a text, or its words where it has none but function words."""
    return tuple(analyse(text)) or tuple(plain(text).split())


# ── checks ──────────────────────────────────────────────────────────────────────────────────────


def check_by_words(item: Item, quote: str, passage: str, others: Sequence[Item]) -> None:
    """Raise InputError with the reason for an item that words alone show to be unfit."""
    quote = " ".join(quote.split())
    if len(quote.split()) < SHORTEST_QUOTE or place(quote, passage) is None:
        raise InputError("its quote does not stand in the passage")
    key, wrong = answers(item)
    for text in (item.question, key, *wrong, *reasons(item)):
        if reason := flag_of(text):
            raise InputError(f"it gives orders: {reason}")
    if not supported(item, key, quote):
        raise InputError("its quote does not support the key")
    for text in wrong:
        if share(text, quote) >= CONTRADICTED or plain(text) in plain(quote):
            raise InputError("its quote supports a distractor too")
    if plain(key) in plain(item.question):
        raise InputError("its question holds the answer")
    for other in others:
        if same_question(item.question, other.question):
            raise InputError(f"it asks what {other.id} asks")
    if other_language(item.question, passage):
        raise InputError("it is in another language than the passage")


def answers(item: Item) -> tuple[str, tuple[str, ...]]:
    """Give the key and the wrong choices."""
    match item.expected:
        case Choice(key=key, distractors=distractors):
            return key, tuple(d.text for d in distractors)
        case Short(accepted=accepted):
            return accepted[0], ()
    raise InputError("an item is of another kind than those asked for")


def reasons(item: Item) -> tuple[str, ...]:
    """Give what is said about the distractors."""
    expected = item.expected
    return tuple(d.why for d in expected.distractors) if isinstance(expected, Choice) else ()


def supported(item: Item, key: str, quote: str) -> bool:
    """Say whether a quote holds the key: word for word when it is typed, most of it when chosen."""
    if isinstance(item.expected, Short):
        return len(key.split()) <= LONGEST_SHORT and place(key, quote) is not None
    return share(key, quote) >= SUPPORTED


def share(text: str, quote: str) -> float:
    """Give the share of a text's terms that a quote holds."""
    own, held = set(terms(text)), set(terms(quote))
    return len(own & held) / len(own)


def same_question(one: str, other: str) -> bool:
    """Say whether two questions share most of their terms."""
    a, b = set(terms(one)), set(terms(other))
    return plain(one) == plain(other) or len(a & b) / len(a | b) >= SAME_QUESTION


def other_language(question: str, passage: str) -> bool:
    """Say whether only one of the two uses English function words, or they use other letters."""
    return is_english(question) != is_english(passage) or latin(question) != latin(passage)


def is_english(text: str) -> bool:
    """Say whether at least a sixth of a text's words are English function words."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return bool(words) and sum(word in STOP_WORDS for word in words) >= len(words) / 6


def latin(text: str) -> bool:
    """Say whether most letters are Latin ones."""
    letters = [c for c in text if c.isalpha()]
    return sum(c < "\u0250" for c in letters) * 2 >= len(letters)


def check_by_model(item: Item, passage: str, complete: Complete) -> None:
    """Raise InputError unless the model, asked apart, finds the key supported and nothing else."""
    key, _ = answers(item)
    options = laid_out(item, 0) or (key,)
    reply = complete(checking_messages(passage, item.question, options))
    told = json_in(reply, "{", "}")
    letters = told.get("supported") if isinstance(told, Mapping) else None
    if not isinstance(letters, list):
        raise InputError("the model's check of the item could not be read")
    wanted = chr(65 + options.index(key))
    named = {str(letter).strip().upper() for letter in letters}
    if wanted not in named:
        raise InputError("the model does not find the key in the passage")
    if named != {wanted}:
        raise InputError("the model finds a distractor supported too")


# ── keeping ─────────────────────────────────────────────────────────────────────────────────────


def keep(folder: Path, items: Sequence[Generated]) -> tuple[Generated, ...]:
    """Add items to those kept in a learner's folder, whole or not at all, and give them all.

    Another process that adds some waits for its turn; raises LearnerError when that takes long.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with FileLock(folder / "items.lock", timeout=PATIENCE):
            return kept_with(folder, items)
    except Timeout as error:
        raise LearnerError(BUSY.format(folder / FILE)) from error


def kept_with(folder: Path, items: Sequence[Generated]) -> tuple[Generated, ...]:
    """Write the file anew with some more items; only one process at a time may do so."""
    held = {one.item.id: one for one in kept_items(folder)}
    every = tuple({**held, **{one.item.id: one for one in items}}.values())
    told = {"schema": SCHEMA, "items": [as_json(one) for one in every]}
    number, beside = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as handle:
            json.dump(told, handle, ensure_ascii=False, indent=1)
            handle.flush()
            os.fsync(handle.fileno())
        Path(beside).replace(folder / FILE)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
    return every


def load_items(folder: Path | None = None) -> dict[str, Item]:
    """Read every item by its id: the bank that ships, and those written for a learner.

    This is the one way to them: what was written counts wherever the bank does. `folder` is the
    learner's, None for the bank alone.
    """
    items = [item for file in corpus.quizzes() for item in load_quiz(file)]
    written = kept_items(folder) if folder else ()
    return {item.id: item for item in (*items, *(one.item for one in written))}


def is_written(item: Item) -> bool:
    """Say whether a model wrote an item: its id says so."""
    return item.id.partition("/")[2].startswith(f"{GENERATED}-")


def proofs(folder: Path) -> dict[str, Citation]:
    """Give the citation of every item written for a learner, by the item's id."""
    return {one.item.id: one.citation for one in kept_items(folder)}


def kept_items(folder: Path) -> tuple[Generated, ...]:
    """Read the items kept in a learner's folder; raises LearnerError for a file that is damaged."""
    file = folder / FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        if told["schema"] > SCHEMA:
            raise LearnerError(f"{file} was written by a newer studypath: update studypath")
        return tuple(from_json(one) for one in told["items"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LearnerError(
            f"{file} cannot be read ({' '.join(str(error).split())}): move it away; the items in"
            " it were written by a model and can be written again"
        ) from error


def as_json(one: Generated) -> dict[str, Any]:
    """Write an item for its file."""
    kind = "choice" if isinstance(one.item.expected, Choice) else "short"
    return {GENERATED: True, "model": one.model, "kind": kind, **asdict(one.item),
            "citation": asdict(one.citation)}  # fmt: skip


def from_json(told: Mapping[str, Any]) -> Generated:
    """Read an item from its file."""
    body = {name: told[name] for name in Item.__dataclass_fields__}
    expected = body["expected"]
    if told["kind"] == "choice":
        wrong = tuple(Distractor(d["text"], d["why"]) for d in expected["distractors"])
        body["expected"] = Choice(expected["key"], wrong)
    else:
        body["expected"] = Short(tuple(expected["accepted"]))
    body["points"] = tuple(body["points"])
    cited = {**told["citation"], "section_ids": tuple(told["citation"]["section_ids"])}
    return Generated(Item(**body), Citation(**cited), told["model"])
