"""The evaluation of a home: what is asked, what is scored, and what does not apply."""

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ui.cli
from assistant.answer import Answer, Sentence
from assistant.search import Searcher
from assistant.settings import Limits, load_settings
from eval import ragas_scores
from eval.ablation import PRODUCT, UNCAPPED, rank_all
from eval.answer_figures import answer_figures, latency_figures
from eval.asking import Answered, context_scores, expected_scores
from eval.figures import Figure
from eval.ragas_scores import METRICS, SPANS, Sample
from eval.records import as_json
from eval.report import report
from eval.run import Options, evaluate
from eval.suite import NO_NOTES, NOTES, Item, fingerprint, load_suite, of_file, of_golden, sample
from eval.summary import summary
from ingest.embed import graph_path
from ingest.library import open_library
from tests.model_server import ModelServer, model_server, say, serving
from tests.test_eval_judge import oblige

pytest.importorskip("ir_measures", reason="the eval group is not installed")

__all__ = ["model_server", "serving"]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def item(name: str, refuse: str | None = None, kind: str = "how") -> Item:
    return Item(name, f"What is {name}?", kind, "dev", refuse or "note", ("s1",), (("loss",),),
                refuse)  # fmt: skip


def row(
    name: str, is_refused: bool, expected: str | None = None, reason: str = "", **scores: float
) -> Answered:
    return Answered(name, NOTES, name, "how", expected or "note", ("s1",), expected, is_refused,
                    reason or None, "", (), (), (), scores)  # fmt: skip


def found(figures: list[Figure], name: str, key: str = "") -> Figure:
    (one,) = (f for f in figures if f.name == name and f.key == key)
    return one


# ── what is asked ───────────────────────────────────────────────────────────────────────────────


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 60))
@settings(deadline=None)
def test_a_sample_is_half_refusals_as_far_as_there_are(good: int, bad: int, most: int) -> None:
    items = [item(f"a{n}", kind=f"t{n % 3}") for n in range(good)]
    items += [item(f"r{n}", "off_path") for n in range(bad)]
    drawn = sample(items, most)
    assert len(drawn) == min(most, good + bad)
    assert drawn == sample(list(reversed(items)), most)[::-1]
    refusals = sum(i.refuse is not None for i in drawn)
    if good >= most - most // 2 and bad >= most - most // 2 and good + bad > most:
        assert refusals == most - most // 2
    assert sample(items, 0) == tuple(items)


def test_a_fingerprint_is_of_what_is_expected_too() -> None:
    items = [item("a"), item("b", "off_path")]
    assert fingerprint(items) == fingerprint(items[::-1])
    assert fingerprint(items) != fingerprint([replace(items[0], key_points=()), items[1]])


# ── what is scored ──────────────────────────────────────────────────────────────────────────────


def test_answers_are_scored_by_points_and_sections() -> None:
    asked = replace(item("a"), key_points=(("loss",), ("step", "pace")))
    answer = Answer("q", (Sentence("It lowers the loss.", (1,)),), sections=("s2", "s1"))
    scores = expected_scores(asked, answer, "It lowers the loss.")
    assert scores == {
        "section@1": 0.0, "section@3": 1.0, "answered": 1.0, "key_points": 0.5, "right": 1.0,
    }  # fmt: skip
    refused = Answer("q", refused=True, reason="off_path")
    assert expected_scores(asked, refused, "")["right"] == 0.0
    assert expected_scores(item("r", "off_path"), refused, "") == {"refused": 1.0, "right": 1.0}
    assert expected_scores(item("r", "off_path"), answer, "It")["right"] == 0.0


def test_contexts_are_scored_by_ids() -> None:
    assert context_scores(("p1", "p2", "p3", "p4"), {"p1": 2, "p9": 1}) == {
        "context_precision_by_id": 0.25, "context_recall_by_id": 0.5,
    }  # fmt: skip
    assert context_scores(("p1",), {}) == {}
    assert context_scores((), {"p1": 1})["context_precision_by_id"] == 0.0


def test_refusals_are_counted_by_outcome() -> None:
    rows = [
        row("a", False, right=1.0, key_points=1.0, answered=1.0),
        row("b", True, reason="not_covered", right=0.0, key_points=0.0, answered=0.0),
        row("c", True, "off_path", "off_path", refused=1.0, right=1.0),
        row("d", True, "off_path", "not_covered", refused=1.0, right=1.0),
        row("e", False, "not_covered", refused=0.0, right=0.0),
    ]
    figures = answer_figures(rows, NOTES)
    outcome = {(f.name, f.key): f.value for f in figures if f.by == "outcome"}
    assert outcome[("refused", "off_path")] == 1.0
    assert outcome[("recall", "off_path")] == 0.5
    assert outcome[("precision", "off_path")] == 1.0
    assert outcome[("precision", "not_covered")] == 0.0
    assert outcome[("recall", "not_covered")] == 0.0
    assert outcome[("precision", "answered")] == 0.5
    assert found(figures, "refusal_precision").value == pytest.approx(2 / 3)
    assert found(figures, "refusal_recall").value == pytest.approx(2 / 3)
    assert found(figures, "answered_precision").value == 0.5
    assert found(figures, "accuracy").value == pytest.approx(3 / 5)
    assert found(figures, "key_points_when_answered").value == 1.0


def test_what_applies_to_nothing_says_so() -> None:
    figures = answer_figures(
        [row("c", True, "off_path", "off_path", refused=1.0, right=1.0)], NOTES
    )
    points = found(figures, "key_points")
    assert (points.n, points.why != "") == (0, True)
    assert latency_figures((), NOTES)[0].n == 0


def test_latency_is_a_quantile() -> None:
    p50, p95 = latency_figures([float(n) for n in range(101)], NOTES)
    assert (p50.value, p95.value) == (50.0, 95.0)
    assert p50.low < 50.0 < p50.high


# ── RAGAS ───────────────────────────────────────────────────────────────────────────────────────

ANSWERED = Sample(
    "a", "What is it?", "It lowers the loss.", "It makes the loss smaller.",
    ("It lowers the loss step by step.", "Other words."), ("p1", "p2"),
    ("It lowers the loss step by step.",), ("p1",),
    ("It lowers the loss step by step.",), ("It lowers the “loss” step", "two words"),
)  # fmt: skip


def encode(texts: list[str]) -> np.ndarray:
    rows = np.array([[len(t), t.count("e"), 1.0] for t in texts], dtype=np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_without_ragas_the_cure_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ragas", None)
    scores = ragas_scores.score_all([ANSWERED], encode)
    assert scores is None
    figures = ragas_scores.figures_of(scores, NOTES)
    assert [f.name for f in figures] == list(METRICS)
    assert all(f.n == 0 and "pip install" in f.why for f in figures)


def test_spans_are_counted_and_none_is_not_a_score() -> None:
    assert ANSWERED.spans == ("It lowers the  loss  step",)
    assert ragas_scores.spans_figure([ANSWERED], NOTES).value == 1.0
    silent = replace(ANSWERED, quotes=())
    assert not ragas_scores.applies(SPANS, silent)
    figures = ragas_scores.figures_of({name: {} for name in METRICS}, NOTES)
    assert next(f for f in figures if f.name == SPANS).why == "no answer quotes anything"


def test_ragas_scores_what_applies() -> None:
    pytest.importorskip("ragas", reason="the eval group is not installed")
    bare = replace(ANSWERED, id="b", reference="", quotes=(), cited=())
    scores = ragas_scores.score_all([ANSWERED, bare], encode)
    assert scores is not None
    assert scores["id_based_context_precision"] == {"a": 0.5, "b": 0.5}
    assert scores["id_based_context_recall"] == {"a": 1.0, "b": 1.0}
    assert scores["non_llm_context_recall"]["a"] == pytest.approx(1.0)
    assert scores[SPANS] == {"a": 1.0}
    assert set(scores["semantic_similarity"]) == {"a"}
    assert 0.0 < scores["rouge_score"]["a"] < 1.0


# ── a real home ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that holds what ships, indexed for both searches."""
    folder = tmp_path_factory.mktemp("run") / "home"
    assert ui.cli.main(["ingest", "--offline", "--home", str(folder), "--json"]) == 0
    return folder


def test_every_shipped_question_about_our_notes_finds_a_passage(home: Path) -> None:
    with open_library(home) as library:
        suite = load_suite(library)
        assert suite.unmatched == ()
        assert len(suite.not_checkable) > 100  # their pages do not ship
        assert all(i.split == "dev" for i in suite.items)
        test = load_suite(library, "test")
        assert test.items
        assert not {i.id for i in test.items} & {i.id for i in suite.items}
        bare = suite.without_notes()
        kinds = {bare.kinds[p] for grades in bare.grades.values() for p in grades}
        assert kinds == {"path"}


def test_our_notes_can_be_left_out(home: Path) -> None:
    whole = Searcher(load_settings(str(home)))
    suite = load_suite(whole.library)
    notes = frozenset(p for p, kind in suite.kinds.items() if kind == "note")
    without = Searcher(whole.settings, whole.embedder, notes)
    asked = [i for i in suite.items if i.group == "note"][:3]
    for name, ranking in rank_all(without, asked, lambda p: None).items():
        assert all(ranking[i.id] and not notes & set(ranking[i.id]) for i in asked), name
    with_notes = rank_all(whole, asked, lambda p: None)
    assert any(notes & set(ids) for ids in with_notes[PRODUCT].values())
    assert set(with_notes[UNCAPPED]) == {i.id for i in asked}
    assert whole.reopened().left_out == frozenset()
    assert without.reopened().left_out == notes


def without_clock(told: Mapping[str, object]) -> dict[str, object]:
    about = {k: v for k, v in dict(told["about"]).items() if k != "machine"}
    return {**told, "seconds": 0, "about": about}


def test_a_run_is_the_same_twice_and_says_what_it_is_of(home: Path) -> None:
    options = Options(limit=6, timings=False, sets=(of_file("dev"),))
    chosen = load_settings(str(home))
    runs = [evaluate(chosen, options, lambda p: None, lambda: NOW) for _ in range(2)]
    told = [without_clock(json.loads(json.dumps(as_json(run)))) for run in runs]
    assert told[0] == told[1]
    run = runs[0]
    assert run.id.startswith("20260102-030405-")
    assert {r.mode for r in run.answers} == {NOTES, NO_NOTES}
    assert all(set(r.scores) & {"refused", "answered"} for r in run.answers)
    assert run.about["golden"]["limit"] == 6
    assert run.about["model"].startswith("all-MiniLM-L6-v2@")


def test_the_command_keeps_its_run_and_writes_a_report(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "report.md"
    arguments = ["eval", "--home", str(home), "--limit", "4", "--out", str(out), "--json"]
    capsys.readouterr()
    assert ui.cli.main(arguments) == 0
    said = capsys.readouterr()
    told = json.loads(said.out)
    (kept,) = (home / "runs").glob("*.json")
    assert json.loads(kept.read_text(encoding="utf-8")) == told
    assert "Asking 4/4" in said.err
    assert "## Headline" in out.read_text(encoding="utf-8")
    names = {figure["name"] for figure in told["figures"]}
    assert {"hit5", "key_points", "latency_p95_ms", *METRICS} <= names


def test_a_judge_is_in_the_record_with_its_cost_and_its_failures(
    home: Path, model_server: ModelServer, tmp_path: Path
) -> None:
    pytest.importorskip("ragas", reason="the eval group is not installed")
    chosen = load_settings(str(home))
    graph = graph_path(chosen.model, chosen.cache)
    (tmp_path / graph.name).symlink_to(graph)  # a cache of its own, so that no score is known
    chosen = replace(
        chosen, cache=tmp_path, llm="scripted", base_url=model_server.url,
        limits=Limits(read=5.0, tries=1),
    )  # fmt: skip
    options = Options(limit=2, modes=(NOTES,), timings=False, judge="openai", sets=(of_golden,))
    model_server.script(*[oblige] * 12, *[say("I'm sorry, I can't.")] * 60)
    run = evaluate(chosen, options, lambda p: None, lambda: NOW)
    judge = run.about["judge"]
    assert judge["name"].startswith("openai scripted at http://127.0.0.1")
    assert judge["calls"] == len(model_server.calls) > 0
    assert judge["tokens_sent"] > judge["tokens_written"] > 0
    failures = {name: n for name, n in judge["failures"][NOTES].items() if n}
    assert failures
    judged = {f.name: f for f in run.figures if f.by == "judge"}
    assert judged["faithfulness"].n == 1  # the first one answered in time
    for name, kinds in failures.items():
        assert judged[name].n or judged[name].why == f"{sum(kinds.values())} failures, no score"
    assert "scores failed and are left out" in summary(run)
    assert "scores failed and are left out" in report(run)
    assert "(spread of one judgement)" in summary(run)
    known = len((tmp_path / "eval-judge.jsonl").read_text(encoding="utf-8").splitlines())
    model_server.queue.clear()
    model_server.script(*[oblige] * 200)
    again = evaluate(chosen, options, lambda p: None, lambda: NOW).about["judge"]
    assert again["remembered_scores"] == known > 0
    assert not any(again["failures"][NOTES].values())


def test_a_home_that_answers_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("Wind fills the sail.\n", encoding="utf-8")
    home = str(tmp_path / "home")
    documents = ["--documents", str(tmp_path / "docs"), "--no-vectors"]
    assert ui.cli.main(["ingest", *documents, "--home", home]) == 0
    assert ui.cli.main(["eval", "--home", home]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--out", "a.pdf"],
        ["run", "DIR"],
        ["--home", "/nowhere/at/all"],
        ["--judge", "extractive"],
        ["--judge", "nobody"],
    ],
)
def test_bad_input_is_told_before_anything_is_asked(arguments: list[str]) -> None:
    assert ui.cli.main(["eval", *arguments]) == 2
