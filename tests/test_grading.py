"""Grading: each kind by its own rule, and nothing passes that was only misread."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.choosing import laid_out
from assistant.grading import Grade, grade, self_graded
from assistant.quiz import Choice, Distractor, Item, Numeric, Order, Short
from eval.grading import graded

MOST_ACCEPTED = 5  # of 100 wrong answers
MOST_REFUSED = 5  # of 100 right answers


def item(expected: Choice | Short | Numeric | Order, question: str = "What is it?") -> Item:
    return Item("m1w1-a/x", "m1w1-a", "T", "recall", 1, question, expected, "E", ("a point told",))


WRONG = tuple(Distractor(text, f"not {text}") for text in ("the roc curve", "loss", "recall"))
CHOICE = item(Choice("the precision-recall curve", WRONG))
SHOWN = ("loss", "the precision-recall curve", "recall", "the roc curve")
ORDER = item(Order(("cut", "count", "sort", "save")))


def test_wrong_answers_do_not_pass_and_right_ones_are_not_refused() -> None:
    pairs = [pair for split in ("dev", "test") for pair in graded(split)]
    wrong = [(c.item.id, c.answer) for c, g in pairs if not c.right and g.verdict in
             ("right", "partly")]  # fmt: skip
    refused = [(c.item.id, c.answer) for c, g in pairs if c.right and g.verdict == "wrong"]
    assert sum(not c.right for c, _ in pairs) == sum(c.right for c, _ in pairs) == 100
    assert len(wrong) <= MOST_ACCEPTED, wrong
    assert len(refused) <= MOST_REFUSED, refused


# ── choice ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("typed", ["b", "B", "b)", "(b)", "2", "2.", "answer b", "option B",
    "The precision-recall curve.", "precision-recall curve", "b) the precision-recall curve",
])  # fmt: skip
def test_a_choice_is_named_by_letter_number_or_words(typed: str) -> None:
    assert grade(CHOICE, typed, SHOWN).verdict == "right"


@pytest.mark.parametrize("typed", ["e", "0", "9", "a or b", "not the precision-recall curve",
    "a) the precision-recall curve", "curve", "ab",
])  # fmt: skip
def test_what_names_no_choice_is_unsure(typed: str) -> None:
    assert grade(CHOICE, typed, SHOWN).verdict == "unsure"


def test_a_distractor_is_wrong_and_remembered() -> None:
    given = grade(CHOICE, "d", SHOWN)
    assert (given.verdict, given.share, given.chosen) == ("wrong", 0.0, "the roc curve")


@pytest.mark.parametrize("typed", ["", "  ", "?", "I don't know", "no idea", "skip", "-"])
def test_no_answer_is_wrong(typed: str) -> None:
    for one in (CHOICE, ORDER, item(Short(("ef",))), item(Numeric(1.0, 0.0))):
        assert grade(one, typed, SHOWN).verdict == "wrong"


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "tolerance", "typed", "verdict"),
    [
        (0.15, 0.001, "15%", "right"), (0.15, 0.001, "3/20", "right"),
        (0.15, 0.001, "15", "unsure"), (0.8333, 0.001, "0.83", "right"),
        (0.8333, 0.001, "0.8", "wrong"), (137, 0, "137", "right"), (137, 0, "140", "wrong"),
        (3.0, 0.001, "-3", "wrong"), (20, 0, "20 or 30", "unsure"), (20, 0, "not 20", "unsure"),
        (20, 0, "more than 20", "unsure"), (0.25, 0.001, "0.25 (25%)", "right"),
        (20, 0, "twenty", "right"), (1020, 0, "1,020", "right"), (5, 0, "many", "unsure"),
        (2.89, 0.01, "sqrt(25/3)", "unsure"), (1.5, 0.01, "1.51", "right"),
        (1.5, 0.01, "1.52", "wrong"), (4, 0, "3 4", "unsure"), (4, 0, "1 3", "wrong"),
    ],
)  # fmt: skip
def test_numbers(value: float, tolerance: float, typed: str, verdict: str) -> None:
    assert grade(item(Numeric(float(value), tolerance)), typed).verdict == verdict


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("The false positive rate is 0.15.", "right"), ("0.15 is wrong", "unsure"),
        ("anything but 0.15", "unsure"), ("0.15? no", "unsure"), ("never 0.15", "unsure"),
    ],
)  # fmt: skip
def test_a_number_may_be_said_in_words_of_the_question_and_not_be_denied(
    typed: str, verdict: str
) -> None:
    one = item(Numeric(0.15, 0.001), "What is the false positive rate?")
    assert grade(one, typed).verdict == verdict


@given(st.floats(-1e6, 1e6), st.floats(0.001, 10))
def test_a_number_is_right_within_the_tolerance_and_wrong_far_beyond(
    value: float, tolerance: float
) -> None:
    one = item(Numeric(value, tolerance))
    assert grade(one, f"{value + 0.9 * tolerance:.9f}").verdict == "right"
    away = value + 2 * tolerance + 0.02 * abs(value) + 1
    assert grade(one, f"{away:.9f}").verdict in ("wrong", "unsure")


# ── order ───────────────────────────────────────────────────────────────────────────────────────


def test_an_order_is_graded_by_its_pairs() -> None:
    shown = ("save", "cut", "sort", "count")
    assert grade(ORDER, "2 4 3 1", shown) == Grade(
        1.0, "right", "6 of 6 pairs of steps are in order"
    )
    for typed in ("2,4,3,1", "2431", "b d c a", "2 > 4 > 3 > 1", "cut, count, sort, save"):
        assert grade(ORDER, typed, shown).verdict == "right", typed
    assert grade(ORDER, "4 2 3 1", shown).share == pytest.approx(2 / 3)
    assert grade(ORDER, "1 3 4 2", shown).share == 0.0
    for typed in ("1 2 3", "1 1 2 3", "1 2 3 9", "cut, sort", "all of them", "1 2 3 4 5"):
        assert grade(ORDER, typed, shown).verdict == "unsure", typed


@given(st.permutations(range(5)))
def test_more_pairs_in_order_never_earn_less(given_order: list[int]) -> None:
    steps = tuple("abcde")
    one = item(Order(steps))
    share = grade(one, " ".join(str(n + 1) for n in given_order), steps).share
    assert 0.0 <= share <= 1.0
    assert (share == 1.0) == (given_order == sorted(given_order))
    for left, right in zip(range(4), range(1, 5), strict=True):
        if given_order[left] > given_order[right]:
            better = list(given_order)
            better[left], better[right] = better[right], better[left]
            assert grade(one, " ".join(str(n + 1) for n in better), steps).share >= share


def test_by_chance_an_order_earns_little() -> None:
    steps = tuple("abcd")
    one = item(Order(steps))
    shares = [grade(one, " ".join(order), steps).share for order in permutations("abcd")]
    assert sum(shares) / len(shares) < 0.25


# ── short ───────────────────────────────────────────────────────────────────────────────────────

QUESTION = "Which kind of model reads query and document together and gives one score?"
ENCODER = item(Short(("cross-encoder", "cross encoder")), QUESTION)
MNAR = item(Short(("MNAR", "missing not at random")))


@pytest.mark.parametrize("typed", ["Cross-Encoder", "crossencoder", "cross encoders",
    "`cross_encoder`", "It is a cross-encoder.", "I think it's called the cross-encoder",
    "the cross-encoder model", "cross-encodr",
    "cross-encoder, because it reads the query and the document together",
])  # fmt: skip
def test_a_short_answer_passes_in_any_spelling(typed: str) -> None:
    assert grade(ENCODER, typed).verdict == "right"


@pytest.mark.parametrize("typed", ["bi-encoder", "not a cross-encoder", "encoder", "cross-entropy",
    "a bi-encoder, unlike the cross-encoder", "cross-encoder or bi-encoder",
    "anything but a cross-encoder", "a ranking", "the opposite of a cross-encoder",
    "cross-encoder, which reads nothing", "A model that reads query and document together",
])  # fmt: skip
def test_a_short_answer_does_not_pass_when_denied_hedged_or_swapped(typed: str) -> None:
    assert grade(ENCODER, typed).verdict in ("wrong", "unsure")


def test_a_denial_within_the_key_denies_nothing() -> None:
    assert grade(MNAR, "missing not at random").verdict == "right"
    assert grade(MNAR, "missing at random").verdict != "right"
    assert grade(MNAR, "MCAR").verdict == "wrong"


def test_a_key_point_said_in_its_own_words_denies_nothing() -> None:
    one = replace(item(Short(("zero-shot",)), "What is a task called that a model does untrained?"),
                  points=("a task without any example of it",))  # fmt: skip
    assert grade(one, "zero-shot: a task without any example of it").verdict == "right"
    assert grade(one, "one-shot: a task without any example of it").verdict == "unsure"


def test_another_word_of_the_field_is_no_typing_error() -> None:
    one = item(Short(("perplexity",)))
    assert grade(one, "perplexitu").verdict == "right"
    assert grade(one, "perplexitu", known_words={"perplexitu"}).verdict == "wrong"
    assert grade(item(Short(("L1",))), "L2").verdict == "wrong"
    assert grade(item(Short(("symmetric",))), "asymmetric").verdict == "wrong"


def test_key_points_show_the_grounds() -> None:
    points = ("a hash that identifies one image content", "moves with every push")
    one = replace(item(Short(("digest",)), "What is it called?"), points=points)
    given = grade(one, "the hash which identifies one image's content")
    assert given.verdict == "unsure"
    assert given.met == ("a hash that identifies one image content",)
    assert given.missing == ("moves with every push",)
    assert self_graded(given, "partly").share == 0.5
    assert self_graded(given, "right").met == given.met


@given(st.text(max_size=300))
def test_no_text_breaks_grading(text: str) -> None:
    for one in (CHOICE, ORDER, ENCODER, item(Numeric(2.0, 0.1))):
        found = grade(one, text, laid_out(one, 0))
        assert 0.0 <= found.share <= 1.0
        assert found.verdict in ("right", "partly", "wrong", "unsure")
        assert found.words
