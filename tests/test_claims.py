"""Numbers in one form, and what a claim says that its quote does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.alignment import align
from assistant.claims import doubts
from assistant.opposites import opposed
from assistant.quantities import number_of, quantities, unsaid
from assistant.wording import negations, read
from ingest.analysis import stem

# ── numbers ─────────────────────────────────────────────────────────────────────────────────────

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def in_words(number: int) -> str:
    """Write a number under 1,000 in English."""
    if number < 20:
        return SMALL.split()[number]
    if number < 100:
        tens = TENS.split()[number // 10 - 2]
        return f"{tens}-{in_words(number % 10)}" if number % 10 else tens
    rest = f" and {in_words(number % 100)}" if number % 100 else ""
    return f"{in_words(number // 100)} hundred{rest}"


@given(st.integers(0, 10**9), st.sampled_from([",", "", "\u202f", "\u00a0"]))
def test_thousands_are_one_number_however_they_are_set_apart(number: int, mark: str) -> None:
    written = f"{number:,}".replace(",", mark)
    assert [q.value for q in quantities(f"about {written} rows")] == [number]
    assert not unsaid(f"It has {written} rows.", f"There are {number} rows.")


@given(st.integers(2, 999))
def test_words_are_numbers(number: int) -> None:
    assert number_of(in_words(number).replace(" and ", " ").replace("-", " ").split()) == number
    assert not unsaid(f"It has {in_words(number)} rows.", f"There are {number} rows.")
    assert not unsaid(f"It has {number} rows.", f"There are {in_words(number)} rows.")


@given(st.integers(1, 99))
def test_percentages_are_shares(number: int) -> None:
    for written in (f"{number}%", f"{number} %", f"{number} percent"):
        assert not unsaid(written, f"a share of {number / 100}")
        assert not unsaid(f"a share of {number / 100}", written)
        assert unsaid(written, f"{number + 1}%")


@given(st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_other_numbers_are_other_numbers(one: float, other: float) -> None:
    one, other = round(one, 3), round(other, 3)
    assert bool(unsaid(f"costs {one} each", f"costs {other} each")) == (one != other)


@given(st.text(max_size=60))
def test_any_text_says_its_own_numbers(text: str) -> None:
    assert not unsaid(text, text)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("200 ms", "0.2 s"),
        ("two hours", "120 minutes"),
        ("half of the layers", "50% of the layers"),
        ("two thirds", "2 thirds, that is two thirds"),
        ("66 million", "66 instead of 110 million"),
        ("250,000 pieces", "250k pieces"),
        ("about 66", "66.3"),
        ("F1, L2 and GPT-3", "no number at all"),
        ("one can see that the two differ", "no number at all"),
        ("from -1 to 1", "between -1 and 1"),
    ],
)
def test_the_same_number(claim: str, quote: str) -> None:
    assert not unsaid(claim, quote)


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("version 2.13.0", "version 2.13.1"),
        ("3 GB", "3 MB"),
        ("40%", "60%"),
        ("0.5", "5"),
        ("-1", "1"),
        ("2024-05-01", "2024-05-02"),
        ("three levels", "two levels"),
    ],
)
def test_another_number(claim: str, quote: str) -> None:
    assert unsaid(claim, quote)


# ── what is denied, opposite, exchanged ─────────────────────────────────────────────────────────


def kinds(claim: str, quote: str) -> set[str]:
    """Give the kinds of grave doubts."""
    return {doubt.kind for doubt in doubts(claim, quote) if doubt.grave}


@pytest.mark.parametrize(
    ("kind", "quote", "claim"),
    [
        ("number", "The cache holds 40 entries.", "The cache holds 400 entries."),
        ("name", "`fit_transform` learns and applies.", "`inverse_transform` learns and applies."),
        ("name", "NumPy stores arrays.", "PyTorch stores arrays."),
        ("negation", "The cache is not shared by users.", "The cache is shared by users."),
        ("negation", "The cache is shared between users.", "The cache isn't shared between users."),
        ("opposite", "A larger k increases recall.", "A larger k decreases recall."),
        ("opposite", "Scale the data after splitting.", "Scale the data before splitting."),
        ("opposite", "Fit the scaler on training rows.", "Fit the scaler on test rows."),
        ("quantifier", "Trees often overfit small data.", "Trees always overfit small data."),
        ("quantifier", "Nearly all models use tokens.", "All models use tokens."),
        ("roles", "Quicksort is usually faster than bubble sort.",
         "Bubble sort is usually faster than quicksort."),
        ("roles", "The index grew because the documents were split.",
         "The documents were split because the index grew."),
    ],
)  # fmt: skip
def test_a_contradiction_is_found(kind: str, quote: str, claim: str) -> None:
    assert kind in kinds(claim, quote)
    assert not kinds(quote, quote)


@pytest.mark.parametrize(
    ("quote", "claim"),
    [
        ("Dropout ignores some units.", "Dropout does not use some units."),
        ("The queue is never empty.", "The queue is not empty."),
        ("The score drops.", "The score falls."),
        ("Quicksort is faster than bubble sort.", "Bubble sort is slower than quicksort."),
        ("Because the index grew, search slowed down.", "Search slowed because the index grew."),
        ("Not only rows but also columns are shuffled.", "Rows and columns are shuffled."),
        ("All rows are scaled.", "Every row is scaled."),
        ("The loss does not increase.", "The loss does not rise."),
    ],
)
def test_a_paraphrase_is_no_contradiction(quote: str, claim: str) -> None:
    assert not kinds(claim, quote)


def test_a_number_that_stands_for_something_else_is_a_light_doubt() -> None:
    quote = "Red costs 3 coins and blue costs 5 coins."
    (doubt,) = doubts("Red costs 5 coins.", quote)
    assert (doubt.kind, doubt.grave) == ("place", False)
    assert not doubts("Blue costs 5 coins.", quote)


def test_what_is_said_of_another_subject_is_a_light_doubt() -> None:
    quote = "NumPy computes on numeric arrays, and pandas cleans labeled tables."
    claim = "Pandas computes on numeric arrays."
    assert "subject" in {doubt.kind for doubt in doubts(claim, quote)}
    assert not doubts("NumPy computes on numeric arrays.", quote)


def test_a_name_in_the_heading_is_known() -> None:
    claim, quote = "XGBoost adds trees one by one.", "It adds trees one by one."
    assert kinds(claim, quote) == {"name"}
    assert not doubts(claim, quote, "How XGBoost works")


def test_what_a_not_reaches() -> None:
    (denied,) = negations(read("Recall is high, but the index does not fit in memory."))
    assert denied.reach >= {stem("fit"), stem("memory")}
    assert stem("recall") not in denied.reach
    assert not negations(read("It is not only fast."))


def test_opposites() -> None:
    assert opposed(stem("increases"), stem("reduces"))
    assert not opposed(stem("increases"), stem("grows"))
    assert not opposed(stem("increases"), stem("memory"))


def test_words_put_in_and_moved() -> None:
    quote = read("The red cache feeds the blue index.")
    put_in = align(read("The red queue feeds the blue index."), quote)
    assert put_in.substituted == (("queue", "cache"),)
    moved = align(read("The blue index feeds the red cache."), quote)
    assert not moved.substituted
    assert moved.moved > 0
    assert align(quote, quote).moved == 0


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_two_texts_can_be_compared(claim: str, quote: str) -> None:
    assert all(doubt.why for doubt in doubts(claim, quote))
