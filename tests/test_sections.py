"""The section of a question: each signal alone, all together, and what is said of a place."""

from collections.abc import Sequence

import numpy as np
import pytest

from assistant.part import Part
from assistant.prerequisites import Need, Place, Prerequisites
from assistant.question import read_question
from assistant.retrieve import Hit
from assistant.sections import (
    SIGNALS,
    WEIGHTS,
    Guide,
    Rows,
    asked_words,
    fit,
    rank_sections,
    read_guide,
    signals,
    spread,
    vote,
)
from assistant.where import KnownPath, PathQuote, answer_where
from eval.questions import Question
from eval.sections import Case, found_at, held_out
from eval.sections import fit as fit_weights
from ingest.curriculum import Curriculum, parse
from ingest.keywords import KeywordIndex, analyse
from ingest.library import Entry, SourceRow
from ingest.split import Passage

PATH = """# Sailing

## Month 1: On the water

### Week 1: First trips

#### Wind and sails (2-3 hours)

- **Topics:**
    - Points of sail
    - Trim
- **Practical exercises:**
    - Sail a triangle
- **Resources:**
    - **Video:** [Points of sail](https://example.org/points)
    - **Reading:** [The wind book](https://example.org/wind)
    - **Reading:** [A gone page](https://example.org/gone)
    - **GitHub:** [A simulator](https://example.org/simulator)
    - **Reading:** [More on trim](https://example.org/trim)

#### Knots

- **Topics:**
    - Bowline
- **Resources:**
    - **Video:** [Ten knots](https://example.org/knots)

## Month 2: At sea

### Week 1: Navigation

#### Charts and compass (4 hours)

- **Topics:**
    - Reading a chart
    - Compass deviation
"""
WIND, KNOTS, CHARTS = "m1w1-wind-and-sails", "m1w1-knots", "m2w1-charts-and-compass"


@pytest.fixture(scope="module")
def path() -> Curriculum:
    return parse(PATH)


def idf(_: str) -> float:
    return 1.0


def hit(section_id: str, score: float) -> Hit:
    passage = Passage("p", "d", 0, "text", 0, 4, (), None, "h", 1)
    entry = Entry(passage, "Title", "article", "", "", (section_id,))
    return Hit(entry, score, ("bm25",), 0.5, 0.5)


def first(asked: str, path: Curriculum, hits: Sequence[Hit] = ()) -> tuple[str, float]:
    words = asked_words(read_question(asked).parts, asked)
    return rank_sections(words, None, hits, read_guide(path), idf)[0]


@pytest.mark.parametrize(
    ("asked", "section"),
    [
        ("What is a bowline?", KNOTS),
        ("Where do I learn about compass deviation?", CHARTS),
        ("How do I trim?", WIND),
    ],
)
def test_a_section_is_found_by_the_words_of_the_path(
    path: Curriculum, asked: str, section: str
) -> None:
    best, share = first(asked, path)
    assert best == section
    assert 1 / 3 < share <= 1


def test_without_any_sign_no_section_has_a_share(path: Curriculum) -> None:
    assert {share for _, share in rank_sections(["volcano"], None, (), read_guide(path), idf)} == {
        0
    }
    empty = Guide((), (), (), (), (), NOTHING, NOTHING, NOTHING, np.zeros(0, dtype=np.int64))
    assert rank_sections(["knot"], None, (), empty, idf) == []


NOTHING = Rows(np.zeros((0, 0), dtype=np.float32), np.zeros(0, dtype=np.int64))


def test_passages_found_decide_where_words_do_not(path: Curriculum) -> None:
    assert first("What is a storm?", path, [hit(CHARTS, 0.9), hit(KNOTS, 0.5)])[0] == CHARTS
    assert vote([hit(CHARTS, 1.0), hit("own", 1.0), hit("general", 1.0)]) == {CHARTS: 1.0}


def test_shares_add_up_and_fall(path: Curriculum) -> None:
    ranked = rank_sections(analyse("a chart and a knot"), None, (), read_guide(path), idf)
    shares = [share for _, share in ranked]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.0001


def test_every_signal_scores_every_section_between_0_and_1(path: Curriculum) -> None:
    scores = signals(analyse("bowline knot"), None, [hit(KNOTS, 1.0)], read_guide(path), idf)
    assert tuple(scores) == SIGNALS
    assert set(WEIGHTS) <= set(SIGNALS)
    assert all(0 <= value <= 1 for s in scores.values() for value in s)
    assert all(len(s) == 3 for s in scores.values())


def test_vectors_count_with_the_nearest_of_a_section() -> None:
    rows = Rows(np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32), np.array([0, 0, 2]))
    near = rows.nearest(np.array([0, 1], dtype=np.float32), 3)
    assert near.tolist() == pytest.approx([1.0, 0.0, 0.8])
    assert NOTHING.nearest(np.array([0, 1], dtype=np.float32), 2).tolist() == [0, 0]


def test_a_word_that_few_sections_use_counts_more() -> None:
    index = KeywordIndex.build(["sail wind", "sail rope", "sail knot", "knot page"])
    guide = Guide(
        ("a", "b"), (), (), (), (), NOTHING, NOTHING, NOTHING, np.array([0, 0, 1, -1]), index
    )
    assert spread(analyse("wind"), guide).tolist() == [1.0, 0.0]
    both = spread(analyse("sail knot"), guide)
    assert both[1] > both[0] > 0


def test_fit_is_the_share_of_the_question_and_a_little_of_the_topic() -> None:
    wanted = frozenset({"a", "b"})
    assert fit(wanted, frozenset({"a", "b"}), idf) == 1.0
    assert fit(wanted, frozenset({"a", "b", "c", "d"}), idf) == pytest.approx(0.925)
    assert fit(wanted, frozenset({"c"}), idf) == 0.0
    assert fit(wanted, frozenset(), idf) == 0.0


# ── the fit ─────────────────────────────────────────────────────────────────────────────────────


TELLING = SIGNALS.index("passages")


def cases(count: int = 30) -> list[Case]:
    """Give questions whose first signal is right and whose second is noise."""
    random = np.random.default_rng(0)
    made = []
    for number in range(count):
        right = np.zeros(4, dtype=bool)
        right[number % 4] = True
        scores = random.random((4, len(SIGNALS))) * 0.5
        scores[:, TELLING] = np.where(right, 0.9, 0.2)
        question = Question(f"q{number}", "?", "definition", (f"s{number % 4}",))
        made.append(Case(question, scores, right))
    return made


def test_the_fit_finds_the_signal_that_tells() -> None:
    made = cases()
    weights = fit_weights(made)
    assert weights[TELLING] == weights.max() > 1
    assert (weights >= 0).all()
    strengths = held_out(made)
    assert found_at(strengths, made, 1) == len(made)
    assert found_at([case.scores[:, TELLING - 1] for case in made], made, 1) < len(made)


# ── what is said of a section ───────────────────────────────────────────────────────────────────


NOTE = """# Wind

## Go deeper

1. The wind book (about 90 minutes): all of it.
2. Points of sail by example.org (about 20 minutes): the basics.
"""


def row(resource_id: str, status: str) -> SourceRow:
    return SourceRow(resource_id, "reading", "", None, None, (WIND,), status, "", 0, 0, "")


def told(asked: str, path: Curriculum, **around: object) -> list[PathQuote]:
    question = read_question(asked)
    words = asked_words(question.parts, asked)
    ranked = rank_sections(words, None, (), read_guide(path), idf)
    part = Part("where", "", question.search)
    return answer_where(part, KnownPath(path, **around), ranked, (), idf)  # type: ignore[arg-type]


def said(lines: Sequence[PathQuote]) -> str:
    return " ".join(line.text for line in lines)


def test_resources_come_in_the_path_s_order_with_the_minutes_of_the_notes(
    path: Curriculum,
) -> None:
    lines = told("where do I learn to trim?", path, note=lambda i: NOTE if i == WIND else "")
    assert lines[0].text == "Wind and sails (Month 1 · Week 1, 2–3 hours)."
    assert [line.resource.title for line in lines if line.resource] == [
        "Points of sail",
        "The wind book",
        "A gone page",
    ]
    assert "Start with the video “Points of sail” (about 20 minutes)." in said(lines)
    assert "“The wind book” (about 90 minutes)" in said(lines)
    assert next(x for x in lines if x.resource).note_line.startswith("2. Points of sail")


def test_dead_links_are_named_and_replaced_by_the_next_best(path: Curriculum) -> None:
    resources = path.section(WIND).resources
    states = ("indexed", "no-text", "not-found", "indexed", "indexed")
    ledger = {r.id: row(r.id, s) for r, s in zip(resources, states, strict=True)}
    lines = told("where do I learn to trim?", path, ledger=ledger)
    linked = [line.resource.title for line in lines if line.resource]
    assert linked == ["Points of sail", "A simulator", "More on trim"]
    assert "The link of “A gone page” is dead." in said(lines)
    unread = dict(ledger, **{resources[4].id: row(resources[4].id, "robots-denied")})
    assert "“More on trim” (not read here)" not in said(
        told("where do I learn to trim?", path, ledger=ledger)
    )
    assert "(not read here)" in said(told("where do I learn to trim?", path, ledger=unread))


def test_times_are_the_path_s_own_or_none(path: Curriculum) -> None:
    long = told("how long does charts and compass take?", path)
    assert "takes 4 hours by the path's estimate" in said(long)
    none = told("how long do knots take?", path)
    assert "The path gives no hours for Knots" in said(none)
    whole = told("how long does the whole path take?", path)
    assert "3 sections; their hours add up to 6–7. The path gives no hours for Knots." in said(
        whole
    )


def test_what_comes_first_is_what_it_builds_on(path: Curriculum) -> None:
    needs = {Place(CHARTS): (Need(Place(WIND), "The wind sets the course."),), Place(KNOTS): ()}
    lines = told("what comes before charts?", path, prerequisites=Prerequisites(needs))
    assert "Before it: Wind and sails (Month 1 · Week 1, 2–3 hours): The wind sets" in said(lines)
    assert not said(lines).endswith("..")
    alone = told("what comes before knots?", path, prerequisites=Prerequisites(needs))
    assert "builds on no other section" in said(alone)
    order = told("what comes before knots?", path)
    assert "The path puts before it: Wind and sails" in said(order)


def test_what_comes_after_a_section(path: Curriculum) -> None:
    assert "The path goes on with: Charts" in said(told("what comes after knots?", path))
    assert "last section of the path" in said(told("what comes after charts?", path))


def test_the_path_is_silent_on_other_things(path: Curriculum) -> None:
    assert told("where do I learn to bake bread?", path) == []


@pytest.mark.parametrize(
    "asked",
    [
        "which week covers knots?",
        "where should I start with knots?",
        "what resources are there on knots?",
        "in which section do I learn knots?",
        "I want to learn knots",
        "I'd like to get started with knots",
        "what should I read about knots first?",
        "how long do knots take?",
        "what comes before knots?",
        "what are the prerequisites for knots?",
    ],
)
def test_questions_about_the_path_are_known_in_many_wordings(path: Curriculum, asked: str) -> None:
    assert read_question(asked).kind == "where"
    lines = told(asked, path)
    assert lines[0].section_id == KNOTS


@pytest.mark.parametrize(
    "asked",
    ["What is a knot?", "I want to learn how knots hold", "Why is a bowline safe?", "knots"],
)
def test_other_questions_are_not_about_the_path(asked: str) -> None:
    assert read_question(asked).kind != "where"
