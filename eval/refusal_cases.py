"""The cases on which answering and refusing is fitted: a question, a home, and its signals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.extractive import quotes_of
from assistant.features import Asked
from assistant.known import NOTHING
from assistant.leads import head_of
from assistant.parts import read_parts
from assistant.question import read_question
from assistant.read import look, read_each
from assistant.search import Searcher
from assistant.settings import Settings
from assistant.signals import Signals, answering
from eval.passages import asked
from eval.questions import SPLITS, Question, resolve, rows
from eval.remember import Remembering
from ingest.embed import question_embedder

REFUSALS = Path(__file__).parent / "golden" / "refusals.yaml"
SITUATED, LONG = REFUSALS.with_name("situated.yaml"), REFUSALS.with_name("long.yaml")
EVERY = 4  # one of so many of them is read: what they say is alike, and each costs seconds
SAVED_EVERY = 20  # questions, after which what was encoded is kept
WORDS_ALONE, MEANING_ALONE = ", by words", ", no question known"
OUTCOMES = ("answered", "not_covered", "off_path")


@dataclass(frozen=True, slots=True)
class Case:
    """One question in one home: what should become of it, and the signals.

    `subject` groups questions on one thing; `quotable` says whether there is anything to quote,
    `strict` whether a lead names what was asked, `unknown_subject` whether no passage holds any
    word of it.
    """

    id: str
    question: str
    home: str
    outcome: str
    split: str
    subject: str
    signals: Signals
    quotable: bool
    strict: bool
    unknown_subject: bool
    lead: str


def gather(
    settings: Settings,
    questions: Sequence[Question],
    *,
    meaning: bool = True,
    known: bool = True,
) -> list[Case]:
    """Read the signals of every question that this home can be asked.

    Left out are questions about the path itself, which are answered from it, and those whose
    answer is not in this home. Without `meaning` the home is read as if it had no vectors, and
    without `known` as if no question were known that it answers.
    """
    memory = Remembering(
        question_embedder(settings.model, settings.cache),
        settings.cache / "eval-refusal.npz",
    )
    searcher = Searcher(settings, memory, known=None if known else NOTHING)
    if not meaning:
        searcher.vectors, searcher.embedder = None, None
    relevance = resolve(questions, rows(searcher.library))
    askable = [q for q in questions if q.refuse or not q.evidence or relevance.grades.get(q.id)]
    cases: list[Case] = []
    for number, question in enumerate(askable, 1):
        if case := case_of(question, searcher):
            cases.append(case)
        if number % SAVED_EVERY == 0:
            memory.save()
    memory.save()
    searcher.library.close()
    return cases


def learners_questions() -> list[Question]:
    """Take some questions that an entry of our notes answers; each home is to hold the notes."""
    return [
        Question(f"asked-{n}", one.question, "how-to", split=SPLITS[n % 3 == 2])
        for n, one in enumerate(asked()[::EVERY])
    ]


def case_of(golden: Question, searcher: Searcher) -> Case | None:
    """Read one question as `Assistant.ask` does, up to its signals."""
    question = read_question(golden.question)
    if question.problem or question.kind == "where":
        return None
    found = look(searcher, question)
    if found.corrections:
        question = replace(question, parts=read_parts(found.corrected))
    # Of several parts the first says what becomes of the question.
    read = read_each(searcher, question, found)[0]
    readings, used = read.readings, answering(read.readings)
    return Case(
        golden.id,
        golden.question,
        searcher.settings.home.name + way_read(searcher),
        golden.refuse or "answered",
        golden.split,
        subject_of(readings[0].asked),
        dict(read.signals),
        bool(quotes_of(used)),
        any(r.on_subject or any(s.leads for s in r.sides) for r in readings),
        all(r.asked.subject <= frozenset(read.found.unknown) for r in readings),
        " / ".join(r.leads[0].item.candidate.span.text for r in used if r.leads),
    )


def way_read(searcher: Searcher) -> str:
    """Say how a home is read; nothing where it is read as it is."""
    if searcher.vectors is None:
        return WORDS_ALONE
    return "" if searcher.known().row_of else MEANING_ALONE


def subject_of(asked: Asked) -> str:
    """Name what groups questions: the term asked about, else the rarest word of the question."""
    stems = head_of(asked) or sorted(asked.words, key=lambda s: (-asked.idf.get(s, 1.0), s))[:1]
    return " ".join(sorted(stems))
