"""Where answers are lost: how an end is named, and a run over the notes."""

from pathlib import Path

import pytest

from assistant.ask import Assistant
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.golden_set import load_golden
from eval.losses import ENDS, Loss, answering, end_of, losses, table
from ui.cli import main

GOOD = frozenset({"a", "b"})


@pytest.mark.parametrize(
    ("cited", "found", "read", "refused", "end"),
    [
        (["b", "x"], True, True, False, "first"),
        (["x", "a"], True, True, False, "later"),
        (["x"], True, True, False, "passed over"),
        ([], True, True, True, "refused"),
        (["x"], True, False, False, "not read"),
        ([], True, False, True, "not read"),
        ([], False, False, True, "not found"),
    ],
)
def test_an_end_has_a_name(
    cited: list[str], found: bool, read: bool, refused: bool, end: str
) -> None:
    assert end_of(cited, GOOD, found, read, refused) == end
    assert end in ENDS


def test_the_best_grade_counts() -> None:
    assert answering({"a": 2, "b": 1, "c": 2}) == {"a", "c"}
    assert answering({"b": 1}) == {"b"}


@pytest.mark.slow
def test_questions_on_the_notes_are_followed_to_their_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert main(["ingest", "--offline", "--no-vectors", "--json", "--home", str(home)]) == 0
    settings = load_settings(str(home))
    asked = [q for q in load_golden("dev") if q.type == "definition"][:8]
    found = losses(asked, Assistant(settings), Searcher(settings))
    assert [loss.question.id for loss in found] == [q.id for q in asked]
    assert sum(loss.end == "first" for loss in found) >= 5
    assert all(loss.points == 0 for loss in found if loss.end == "refused")
    assert table(found).count("|") == 4 * (2 + len(ENDS))
    assert "0.50" in table([Loss(asked[0], "first", 1, 0.5)])
