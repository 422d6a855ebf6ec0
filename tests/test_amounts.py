"""Numbers as people type them, read whatever the separators, the sign, the unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.amounts import amounts, asked_unit, is_sum, values


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("20", 20), (" = 20", 20), ("about 20 rows", 20), ("4 * 5 = 20", 20), ("20.", 20),
        ("0.5", 0.5), ("0,5", 0.5), (".5", 0.5), ("1/2", 0.5), ("½", 0.5), ("a half", 0.5),
        ("1½", 1.5), ("1 1/2", 1.5), ("one and a half", 1.5), ("two thirds", 2 / 3),
        ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1 234", 1234), ("1'234", 1234),
        ("1,000,000", 1e6), ("2.5 million", 2.5e6), ("three million", 3e6), ("24k", 24_000),
        ("-3", -3), ("−3", -3), ("minus 3", -3), ("minus twenty-five", -25),
        ("one hundred and twenty", 120), ("1e3", 1000), ("2 × 10^-3", 0.002), ("10⁻³", 0.001),
        ("recall@10 is 0.4", 0.4), ("$0.01", 0.01), ("port 8501", 8501),
    ],
)  # fmt: skip
def test_one_number_is_read(typed: str, value: float) -> None:
    (found,) = amounts(typed)
    assert found.readings == pytest.approx((value,))


def test_a_mark_before_three_digits_has_two_readings() -> None:
    (found,) = amounts("1,234")
    assert set(found.readings) == {1.234, 1234.0}
    assert amounts("0,234")[0].readings == (0.234,)


@pytest.mark.parametrize("typed", ["", "none at all", "two or three", "zero point five", "1/0"])
def test_where_there_is_no_one_number_none_is_invented(typed: str) -> None:
    assert all(found.readings == () for found in amounts(typed))


def test_several_numbers_are_all_given() -> None:
    assert [found.readings for found in amounts("20 or 30")] == [(20.0,), (30.0,)]


@pytest.mark.parametrize(
    ("typed", "question", "value"),
    [
        ("15%", "What is the rate?", 0.15),
        ("15 per cent", "What is the rate?", 0.15),
        ("1600 MB", "How many GB does that take?", 1.6),
        ("245 ms", "What is the mean latency in seconds?", 0.245),
        ("2 hours", "How many minutes are left?", 120),
        ("20 rows", "How many rows?", 20),
    ],
)
def test_units_and_percent_are_turned_into_what_is_asked(
    typed: str, question: str, value: float
) -> None:
    (found,) = amounts(typed)
    assert value in [pytest.approx(v) for v in values(found, question)]


def test_a_unit_that_the_question_has_no_use_for_says_nothing() -> None:
    (found,) = amounts("5 MB")
    assert values(found, "How many rows are left?") == ()
    assert asked_unit("A call takes 12 ms. How many predictions per second?") == ""


@pytest.mark.parametrize(
    ("typed", "left"),
    [("sqrt(25/3)", True), ("4 * 5", True), ("4 * 5 = 20", False), ("2 × 10^-3", False)],
)
def test_a_sum_that_is_left_to_do_is_seen(typed: str, left: bool) -> None:
    assert is_sum(typed) is left


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_any_usual_writing_of_a_number_has_its_value_among_the_readings(number) -> None:
    plain = f"{number:.3f}"
    german = f"{number:,.3f}".replace(",", " ").replace(".", ",")
    for typed in (plain, plain.replace("-", "−"), plain.replace(".", ","), f"{number:,.3f}",
                  german, f"about {plain}", f"{plain} rows", f"x = {plain}"):  # fmt: skip
        (found,) = amounts(typed)
        assert any(v == pytest.approx(float(number)) for v in found.readings), typed


@given(st.floats(-1e9, 1e9), st.integers(0, 12))
def test_decimals_of_any_length_are_read_whole(number: float, places: int) -> None:
    typed = f"{number:.{places}f}"
    (found,) = amounts(typed)
    assert float(typed) in [pytest.approx(v, rel=1e-12) for v in found.readings]


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading(text: str) -> None:
    for found in amounts(text):
        values(found, text)
    is_sum(text)
    asked_unit(text)
