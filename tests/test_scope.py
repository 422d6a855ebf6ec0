"""Questions within a part of the path: which part, what is asked there, and what is searched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.retrieve import Within
from assistant.scope import Scope, read_scope, resolve
from ingest.curriculum import Curriculum, parse
from ingest.errors import InputError
from ingest.keywords import KeywordIndex

PATH = """# Sailing

## Month 1: On the water

### Week 1: First trips

#### Wind and sails (2-3 hours)

- **Topics:**
    - Points of sail
- **Resources:**
    - **Video:** [Points of sail](https://example.org/points)

#### Knots (1 hour)

- **Topics:**
    - Bowline

### Week 2: Radio days

#### Calling for help

- **Topics:**
    - Distress calls

## Month 2: At sea

### Week 1: Navigation

#### Charts and compass (4 hours)

- **Topics:**
    - Reading a chart

### Week 2: Radio and weather

#### Weather maps

- **Topics:**
    - Fronts
"""
WIND, KNOTS, HELP = "m1w1-wind-and-sails", "m1w1-knots", "m1w2-calling-for-help"
CHARTS, WEATHER = "m2w1-charts-and-compass", "m2w2-weather-maps"


@pytest.fixture(scope="module")
def path() -> Curriculum:
    return parse(PATH)


@pytest.mark.parametrize(
    ("typed", "ids", "rest"),
    [
        ("in week 1 of month 1, what is a bowline?", (WIND, KNOTS), "what is a bowline?"),
        ("In month 2 week 1: what is a chart?", (CHARTS,), "what is a chart?"),
        ("what is a front in week 2 of month 2?", (WEATHER,), "what is a front"),
        ("What is a front in week two, month two?", (WEATHER,), "What is a front"),
        ("m2w1: what is a chart?", (CHARTS,), "what is a chart?"),
        ("within m1, how do I sail?", (WIND, KNOTS, HELP), "how do I sail?"),
        ("week 3: what is a compass?", (CHARTS,), "what is a compass?"),
        ("from section Knots: what is a bowline?", (KNOTS,), "what is a bowline?"),
        ("in the section on charts and compass, what is north?", (CHARTS,), "what is north?"),
        ("In the radio weeks, what is a mayday?", (HELP, WEATHER), "what is a mayday?"),
        ("what is a front in the Weather maps section?", (WEATHER,), "what is a front"),
        ("what is a bowline?", (), "what is a bowline?"),
        ("which week covers knots?", (), "which week covers knots?"),
        ("What happens in each week of training?", (), "What happens in each week of training?"),
        ("it broke in week 2 of my trip when it rained", (), None),
    ],
)
def test_the_part_of_the_path_is_read_out_of_a_question(
    path: Curriculum, typed: str, ids: tuple[str, ...], rest: str | None
) -> None:
    scope = read_scope(typed, (), path)
    assert (scope.section_ids, scope.problem) == (ids, "")
    assert scope.text == (typed if rest is None else rest)
    assert not scope.alone


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("what's in month 2?", (CHARTS, WEATHER)),
        ("Week 1 of month 1", (WIND, KNOTS)),
        ("which topics are in week 2 of month 1?", (HELP,)),
        ("tell me about m2w2", (WEATHER,)),
    ],
)
def test_a_question_for_nothing_but_a_place_is_told_apart(
    path: Curriculum, typed: str, ids: tuple[str, ...]
) -> None:
    scope = read_scope(typed, (), path)
    assert (scope.section_ids, scope.alone) == (ids, True)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("what is a knot in month 9?", "no month 9: it has the months 1 and 2"),
        ("in week 4 of month 1, what is a knot?", "Month 1 of your path has no week 4"),
        ("in week 11, what is a knot?", "no week 11: it has 4 weeks"),
        ("in week 2, what is a front?", "Each of the months 1 and 2 has a week 2"),
        ("m7w1: what is a front?", "no section 'm7w1'"),
        ("from section Nots: what is a bowline?", "did you mean “Knots”"),
        ("which exercises do I have this week?", "do not know your week"),
    ],
)
def test_an_unknown_place_is_answered_clearly(path: Curriculum, typed: str, words: str) -> None:
    scope = read_scope(typed, (), path)
    assert words in scope.problem
    assert scope.section_ids == ()


def test_what_is_given_holds_until_the_question_names_a_place(path: Curriculum) -> None:
    given_one = read_scope("what is a bowline?", ("m1w1",), path)
    assert given_one == Scope((WIND, KNOTS), "Month 1 · Week 1", "what is a bowline?")
    assert read_scope("m2w2: what is a front?", ("m1w1",), path).section_ids == (WEATHER,)
    assert read_scope("in week 2, what is a front?", ("m2",), path).section_ids == (WEATHER,)
    assert read_scope("the exercises of this week", (CHARTS,), path).section_ids == (CHARTS,)


def test_ids_and_beginnings_are_resolved_in_path_order(path: Curriculum) -> None:
    assert resolve(("m2w1", "m1w1-k"), path) == (KNOTS, CHARTS)
    with pytest.raises(InputError, match="did you mean m1w1-knots"):
        resolve(("m1w1-nots",), path)
    with pytest.raises(InputError, match=r"m3w1.*did you mean"):
        resolve(("m3w1",), path)
    with pytest.raises(InputError):
        resolve(("",), path)


def test_month_1_is_not_the_beginning_of_month_10() -> None:
    ten = PATH.replace("## Month 2", "## Month 10")
    assert resolve(("m1",), parse(ten)) == (WIND, KNOTS, HELP)


def test_a_collection_has_no_parts() -> None:
    assert read_scope("in week 1 of month 1, why?", (), None).section_ids == ()
    with pytest.raises(InputError, match="collection"):
        read_scope("why?", ("m1",), None)


@given(st.text(max_size=80), st.sampled_from(["", "in week 1 of month 1, ", "m2w2: "]))
def test_any_text_has_a_scope(text: str, lead: str) -> None:
    path = parse(PATH)
    scope = read_scope(lead + text, (), path)
    assert set(scope.section_ids) <= {section.id for section in path.sections}
    assert not (scope.problem and scope.section_ids)


# ── both legs are restricted before they are cut ────────────────────────────────────────────────


def test_words_are_looked_for_in_the_part_alone() -> None:
    texts = ["anchor chain", "anchor", "anchor rope of the anchor", "sail"]
    index = KeywordIndex.build(texts)
    among = np.array([False, True, False, True])
    assert index.search("anchor", 3, among=among).rows.tolist() == [1]
    assert set(index.search("anchor", 3).rows.tolist()) == {0, 1, 2}
    assert index.search("anchor", 3, among=np.zeros(4, dtype=bool)).rows.tolist() == []


def test_meaning_is_searched_exactly_in_the_part() -> None:
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [0.8, 0.6]], dtype=np.float32)
    part = Within(np.ones(3, dtype=bool), ("a", "b", "c", "b"), vectors)
    leg = part.leg(np.array([1, 0], dtype=np.float32), 2)
    assert leg.ids == ("a", "b")
    assert leg.scores.tolist() == pytest.approx([1.0, 0.8])
    nothing = Within(np.ones(3, dtype=bool), (), np.zeros((0, 0), dtype=np.float32))
    assert nothing.leg(np.array([1, 0], dtype=np.float32), 2).ids == ()
