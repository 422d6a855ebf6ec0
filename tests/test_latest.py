"""What is held of so many: the latest of them, each as it was kept last."""

from hypothesis import given
from hypothesis import strategies as st

from ui.latest import Latest


@given(st.integers(1, 5), st.lists(st.tuples(st.integers(0, 8), st.integers())))
def test_the_latest_are_held(most: int, kept: list[tuple[int, int]]) -> None:
    held: Latest[int, int] = Latest(most)
    for key, value in kept:
        held.keep(key, value)
    newest = list(dict.fromkeys(key for key, _ in reversed(kept)))
    values = dict(kept)
    for place, key in enumerate(newest):
        assert (key in held) == (place < most)
        assert held.get(key) == (values[key] if place < most else None)
    assert len(held) == min(most, len(newest))


def test_what_is_dropped_makes_room() -> None:
    held: Latest[str, int] = Latest(2)
    for key in ("a", "b"):
        held.keep(key, 1)
    held.drop("b")
    held.drop("nobody")
    held.keep("c", 1)
    assert "a" in held
    assert "b" not in held
