"""Runs on disk and held against each other; the floors that a figure must not drop below."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

import ui.cli
from eval.ablation import PRODUCT
from eval.asking import Answered, Cited
from eval.compare import compare, compared_text, mcnemar
from eval.figures import figure
from eval.gate import figures_of, hold, pin
from eval.records import Run, as_json, find_run, read_run, run_from, write_run
from eval.retrieval import Scores
from eval.suite import NOTES
from eval.summary import summary
from ingest.errors import InputError

ABOUT = {
    "commit": "abc", "version": "1", "model": "m@1", "config": {"engine": "extractive"},
    "library": {"passages": 3}, "machine": {"cores": "2"},
    "golden": {"fingerprint": "f1", "split": "dev", "questions": 3, "refused": 1, "checkable": 2,
               "not_checkable": 0, "unmatched": []},
}  # fmt: skip


def answered(name: str, **scores: float) -> Answered:
    cited = (Cited(1, "p1", "A quote.", "A title", "Week 1", "https://a.example"),)
    return Answered(
        name, NOTES, f"What is {name}?", "how", "note", ("m1w1-a",), None, False, None,
        "An answer | with a bar.", cited, ("p1",), ("m1w1-a",), scores,
    )  # fmt: skip


def run_of(name: str, hits: dict[str, float], right: dict[str, float]) -> Run:
    rows = tuple(answered(i, right=value, key_points=value) for i, value in right.items())
    scores = {i: Scores(value, value, value, value) for i, value in hits.items()}
    figures = (
        figure("hit5", NOTES, list(hits.values())),
        figure("key_points", NOTES, list(right.values())),
        figure("recall50", NOTES, []),
    )
    return Run(name, "2026-01-01", ABOUT, 1.5, figures, rows, {NOTES: {PRODUCT: scores}})


A = run_of("20260101-a", {"x": 1.0, "y": 0.0, "z": 1.0}, {"x": 1.0, "y": 0.5})
B = run_of("20260102-b", {"x": 1.0, "y": 1.0, "z": 0.0}, {"x": 0.0, "y": 0.5})


# ── records ─────────────────────────────────────────────────────────────────────────────────────


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    file = write_run(tmp_path, A)
    assert file == tmp_path / "runs" / f"{A.id}.json"
    assert as_json(read_run(file)) == as_json(A)
    assert list(file.parent.iterdir()) == [file]  # no leftovers of writing


def test_runs_are_found_by_id_beginning_file_and_latest(tmp_path: Path) -> None:
    first, second = write_run(tmp_path, A), write_run(tmp_path, B)
    assert find_run(tmp_path, "20260101") == find_run(tmp_path, A.id) == first
    assert find_run(tmp_path, "latest") == find_run(tmp_path, str(second)) == second
    for name, word in (("2026", "more than one"), ("1999", "no such run")):
        with pytest.raises(InputError, match=word):
            find_run(tmp_path, name)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 1}', '{"schema": 9}', "nope"])
def test_what_is_no_run_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_run(file)


# ── comparing ───────────────────────────────────────────────────────────────────────────────────


def test_pairs_flips_and_tests() -> None:
    found = compare(A, B)
    by_name = {change.name: change for change in found.changes}
    hit = by_name["hit5"]
    assert (hit.n, hit.first, hit.second, hit.difference.mean) == (3, 2 / 3, 2 / 3, 0.0)
    assert hit.mcnemar is not None
    assert (hit.mcnemar.won, hit.mcnemar.lost, hit.mcnemar.p) == (1, 1, 1.0)
    assert by_name["ndcg10"].mcnemar is None
    assert {(f.name, f.id, f.won) for f in found.flips} == {
        ("hit5", "y", True), ("hit5", "z", False), ("right", "x", False),
    }  # fmt: skip
    text = compared_text(found)
    assert "## Won (1)" in text
    assert "“What is y?”" in text
    assert found.remarks == ()


def test_a_run_against_itself_changes_nothing() -> None:
    found = compare(A, A)
    assert found.flips == ()
    assert all(c.difference.mean == c.difference.low == c.difference.high == 0
               for c in found.changes)  # fmt: skip


def test_other_questions_are_told_and_left_out() -> None:
    other = replace(
        run_of("c", {"x": 0.0, "w": 1.0}, {}),
        about={**ABOUT, "golden": {**ABOUT["golden"], "fingerprint": "f2"}},
    )
    found = compare(A, other)
    assert {change.n for change in found.changes} == {1}
    assert "f1 → f2" in found.remarks[0]


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_mcnemar_is_the_exact_binomial_test(pairs: list[tuple[bool, bool]]) -> None:
    test = mcnemar([float(a) for a, _ in pairs], [float(b) for _, b in pairs])
    count = test.won + test.lost
    wanted = binomtest(test.won, count, 0.5).pvalue if count else 1.0
    assert math.isclose(test.p, wanted, rel_tol=1e-9)


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_an_interval_lies_about_its_mean(values: list[float]) -> None:
    found = figure("a", NOTES, values)
    slack = 1e-9
    assert min(values) - slack <= found.low <= found.high <= max(values) + slack
    assert math.isclose(found.value, float(np.mean(values)), abs_tol=1e-12)


def test_compare_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path, A)
    write_run(tmp_path, B)
    arguments = ["eval", "--home", str(tmp_path), "--compare", A.id, "latest"]
    assert ui.cli.main(arguments) == 0
    assert "hit@5" in capsys.readouterr().out
    assert ui.cli.main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["first"], told["second"], len(told["flips"])) == (A.id, B.id, 3)
    assert ui.cli.main(["eval", "--home", str(tmp_path), "--compare", A.id, "nope"]) == 2


# ── floors ──────────────────────────────────────────────────────────────────────────────────────


def test_a_figure_may_drop_by_one_question_and_no_further(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    pin(A, file)
    assert hold(A, file).passed
    assert set(figures_of(A)) == {"hit5", "key_points"}  # what does not apply has no floor
    one_lost = run_of("c", {"x": 1.0, "y": 0.0, "z": 0.0}, {"x": 1.0, "y": 0.5})
    assert hold(one_lost, file).passed
    two_lost = run_of("d", {"x": 0.0, "y": 0.0, "z": 0.0}, {"x": 1.0, "y": 0.5})
    gate = hold(two_lost, file)
    assert not gate.passed
    assert [floor.name for floor in gate.floors if not floor.held] == ["hit5"]


def test_floors_of_other_questions_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    pin(A, file)
    other = replace(A, about={**ABOUT, "golden": {**ABOUT["golden"], "fingerprint": "f2"}})
    with pytest.raises(InputError, match="other questions"):
        hold(other, file)
    with pytest.raises(InputError, match="not measured"):
        hold(replace(A, figures=()), file)


@pytest.mark.parametrize("text", [None, "", "[]", '{"schema": 1}', '{"schema": 1, "floors": [1]}'])
def test_broken_floors_are_refused(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="lower-floor"):
        hold(A, file)


def test_lowering_takes_the_gate_too() -> None:
    assert ui.cli.main(["eval", "--lower-floor"]) == 2


# ── the summary ─────────────────────────────────────────────────────────────────────────────────


def test_a_summary_says_what_does_not_apply() -> None:
    text = summary(run_from(as_json(A)))
    assert "| key-point recall | 0.750 (0.500 to 1.000, n = 2) |" in text
    assert "| refusal recall | – |" in text
    lengths = {line.count("|") for line in text.splitlines() if line.startswith("| key-point")}
    assert lengths == {3}
