"""The Evaluation place without a browser: runs as lines, reports, comparisons, and who may run."""

import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.figures import figure
from eval.records import Run, as_json, write_run
from eval.suite import NO_NOTES, NOTES
from ingest.errors import InputError
from tests.test_eval_report import ABOUT, HOSTILE, run_of
from ui.edge import NO_COOKIE
from ui.evaluation_page import (
    choices_html,
    last_html,
    past_html,
    shell_html,
    takes,
)
from ui.evaluation_pair import compared_html
from ui.evaluation_runs import MOST, RunLine, Runs, Value, before, evaluating, line_of
from ui.evaluation_tab import Bench, server_functions
from ui.jobs import Jobs, Kind
from ui.sessions import Sessions

COOKIE = "studypath_visitor=" + "0123456789abcdef" * 2
GOLDEN: Any = ABOUT["golden"]
ALLOWED = {
    "a", "button", "circle", "dd", "details", "div", "fieldset", "g", "h2", "h3", "h4", "input",
    "label", "legend", "li", "line", "ol", "option", "p", "polyline", "section", "select",
    "summary",
    "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
}  # fmt: skip


def made(name: str, recall: float = 0.6, limit: int = 240) -> Run:
    """A run with a headline, hostile in every word that may be."""
    run = run_of(name)
    about = {**ABOUT, "golden": {**GOLDEN, "limit": limit}}
    more = tuple(
        figure(figure_name, mode, [recall] * 9)
        for figure_name in ("context_recall_by_id", "refusal_recall")
        for mode in (NOTES, NO_NOTES)
    )
    return replace(run, about=about, figures=(*run.figures, *more))


class Tags(HTMLParser):
    """Collects tags, links and handlers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.links += [str(value) for name, value in attrs if name in ("href", "src")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def inert(html: str) -> None:
    tags = Tags(html)
    assert tags.names <= ALLOWED
    assert tags.handlers == []
    assert all(link.startswith("/read/runs/") for link in tags.links)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name, recall in (("r1", 0.4), ("r2", 0.9)):
        write_run(tmp_path, made(name, recall))
    return tmp_path


@pytest.fixture
def bench(home: Path) -> Iterator[Any]:
    """Give the functions of the page by name, and the jobs, which never begin."""
    kind = Kind("evaluate", lambda: False, lambda *_: "")
    jobs = Jobs(home, {"evaluate": kind, "read": replace(kind, lane="read")})
    functions = server_functions(Bench(jobs, Runs(home)), Sessions(None))
    yield SimpleNamespace(jobs=jobs, **{one.__name__: one for one in functions})
    jobs.close()


def request(cookie: str = COOKIE) -> Any:
    return SimpleNamespace(
        headers={"cookie": cookie}, client=SimpleNamespace(host="127.0.0.1"), session_hash=None
    )


# ── lines ───────────────────────────────────────────────────────────────────────────────────────


def test_a_run_is_one_line_and_read_again_only_when_its_file_changed(home: Path) -> None:
    runs = Runs(home)
    first, last = runs.listed()
    assert (first.id, last.id) == ("r1", "r2")
    assert (last.asked, last.split, last.passages) == (14, "dev", 3)
    assert last.values["context_recall_by_id", NOTES].value == pytest.approx(0.9)
    assert ("ndcg10", NOTES) not in last.values  # of one method
    assert ("key_points", NO_NOTES) not in last.values  # it does not apply
    assert runs.listed()[0] is first
    write_run(home, made("r1", 0.45))
    assert runs.listed()[0].values["context_recall_by_id", NOTES].value == pytest.approx(0.45)
    assert before(runs.listed(), last) == runs.listed()[0]


def test_other_questions_are_no_run_before(home: Path) -> None:
    write_run(home, made("r3", limit=40))
    lines = Runs(home).listed()
    assert before(lines, lines[-1]) is None
    assert "no earlier run on the same questions" in last_html(lines)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"about": {}}', "[" * 100_000, '{"schema": 1, "answers": [{}]}'],
    ids=range(7),
)
def test_a_damaged_record_is_told_and_the_others_are_shown(home: Path, text: str) -> None:
    (home / "runs" / "r3.json").write_text(text)
    runs = Runs(home)
    assert [bool(line.problem) for line in runs.listed()] == [False, False, True]
    assert "0.90" in last_html(runs.listed())
    html = past_html(runs.listed())
    assert "Cannot be shown: its record is damaged" in html
    assert "r3" not in choices_html(runs.listed())
    for call in (runs.read, runs.report):
        with pytest.raises(InputError, match=r"r3 is damaged .* The other runs are not touched"):
            call("r3")


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["about", "golden", "answers", "figures", "library", "at", "seconds"]),
        inner,
    ),
))  # fmt: skip
def test_no_record_breaks_a_line(held: object) -> None:
    line = line_of("r1", json.dumps(held).encode())
    assert past_html([line])


def test_hostile_records_stay_text(home: Path) -> None:
    held = as_json(made("r2"))
    held["at"] = HOSTILE
    (home / "runs" / "r2.json").write_text(json.dumps(held))
    runs = Runs(home)
    lines = runs.listed()
    for html in (last_html(lines), past_html(lines), choices_html(lines)):
        inert(html)
    inert(compared_html(*runs.compared("r1", "r2")))


def test_names_that_are_no_ids_of_runs_are_never_opened(home: Path) -> None:
    (home / "secret.json").write_text("{}")
    (home / "secret.html").write_text("secret")
    runs = Runs(home)
    for id in ("../secret", "..", ".", "", "r1/../../secret", "/etc/passwd", "r1\n", "\\r1", "%2e"):
        with pytest.raises(InputError, match="no such run"):
            runs.report(id)
        with pytest.raises(InputError, match="no such run"):
            runs.read(id)
    (home / "runs" / "alone.html").write_text("no record beside it")
    with pytest.raises(InputError, match="no such run"):
        runs.report("alone")


def test_only_the_latest_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    for n in range(MOST + 3):
        (folder / f"r{n:03}.json").write_text("{}")
    lines = Runs(tmp_path).listed()
    assert (len(lines), lines[-1].id) == (MOST, f"r{MOST + 2:03}")
    assert Runs(tmp_path / "nowhere").listed() == ()


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def test_the_empty_place_says_what_a_run_takes() -> None:
    html = last_html(())
    assert "No run yet. A run asks questions whose answers are known" in html
    assert "nothing leaves this machine" in takes("full", ())
    assert past_html(()) == ""
    line = RunLine("r1", asked=240, seconds=700.0)
    assert "about 12 minutes" in takes("full", [line])
    assert "about 1 minute;" in takes("quick", [replace(line, asked=40, seconds=20.0)])


def test_a_change_says_whether_it_may_be_chance() -> None:
    first = RunLine("r1", at="2026-01-01T10:20:00+00:00", asked=9, questions="q",
                    values={("key_points", NOTES): Value(0.5, 0.4, 0.6, 9)})  # fmt: skip
    for now, words in (
        (Value(0.504, 0.4, 0.6, 9), "as before"),
        (Value(0.55, 0.45, 0.65, 9), "up 0.05 (may be chance)"),
        (Value(0.80, 0.7, 0.9, 9), "up 0.30<"),
        (Value(0.20, 0.1, 0.3, 9), "down 0.30<"),
    ):
        html = last_html([first, replace(first, id="r2", values={("key_points", NOTES): now})])
        assert words in html, words
    assert "Compared with 1 Jan 2026, 10:20" in html


def test_two_runs_show_differences_and_both_answers(home: Path) -> None:
    flipped = made("r2")
    rows = tuple(
        replace(row, text="Another answer", scores={**row.scores, "right": 1.0})
        for row in flipped.answers
    )
    write_run(home, replace(flipped, answers=rows))
    html = compared_html(*Runs(home).compared("r1", "r2"))
    assert "right answer or refusal" in html
    assert "better" in html
    assert "Won (7)" in html
    assert "Lost (0)" in html
    assert html.count("Another answer") == 7
    assert "/read/runs/r1" in html
    assert "/read/runs/r2" in html


# ── what the page calls ─────────────────────────────────────────────────────────────────────────


def test_the_shell_holds_nothing_to_evaluate() -> None:
    assert "{{" not in shell_html()
    assert "${" not in shell_html()
    inert(shell_html())


def test_a_run_is_begun_with_a_known_size_by_someone_we_know(bench: Any) -> None:
    assert bench.run({"size": "quick"}, request())["jobs"][0]["state"] == "waiting"
    (job,) = bench.jobs.of("me", "evaluate")
    assert job.arguments == ("eval", "--limit=40", "--engine=extractive")
    for sent in ({"size": "--home=/"}, {"size": 40}, {}, None):
        assert "problem" in bench.run(sent, request())
    for call in (bench.run, bench.change):
        assert call({"size": "full", "do": "cancel", "id": job.id}, request("")) == {
            "problem": NO_COOKIE
        }
    told = bench.overview(None, request(""))
    assert told["closed"] == NO_COOKIE
    assert "0.90" in told["last"]
    assert bench.work(None, request(""))["jobs"] == []
    assert bench.overview(None, request())["closed"] == ""
    bench.change({"do": "cancel", "id": job.id}, request())
    line = bench.work(None, request())["jobs"][0]["line"]
    assert line == "Stopped before it began. This run is not kept; the runs before it are."


def test_a_comparison_takes_two_runs_that_are_there(bench: Any) -> None:
    assert "<table>" in bench.compare({"a": "r1", "b": "r2"})["html"]
    for sent, words in (
        ({"a": "r1", "b": "r1"}, "the same run"),
        ({"a": "r1", "b": "r9"}, "no such run"),
        ({"a": "r1", "b": "../r2"}, "no such run"),
        ({"a": ["r1"], "b": "r2"}, "load it again"),
        (None, "load it again"),
    ):
        assert words in bench.compare(sent)["problem"]


def test_the_end_of_a_run_is_told(home: Path) -> None:
    keeper: Any = SimpleNamespace(settings=SimpleNamespace(home=home))
    job: Any = None
    assert evaluating(keeper).told(job, {}) == (
        "The run of 14 questions has ended: its figures are below."
    )
