"""The page of a run: whole in one file, nothing that runs in it, and readable by a stranger."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.asking import Answered, Cited
from eval.figures import figure
from eval.plots import VALUE, WIDTH, Bar, Line, bars, curves
from eval.records import Run, as_json, run_from
from eval.report import binned, coverage_risk, report
from eval.retrieval import Scores
from eval.suite import NO_NOTES, NOTES

HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> "&amp; </style>'
ABOUT = {
    "commit": "abc", "version": "1", "model": "m@1", "config": {"engine": "extractive"},
    "library": {"passages": 3}, "machine": {"cores": "2", "cpu": HOSTILE},
    "golden": {"fingerprint": "f1", "split": "dev", "questions": 9, "refused": 4, "checkable": 5,
               "not_checkable": 2, "unmatched": []},
}  # fmt: skip


class Tags(HTMLParser):
    """Collects tags and what they point to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs


def row(n: int, refused: bool, expected: str | None, right: float) -> Answered:
    cited = (Cited(1, "p", HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)"),)
    scores = {"right": right, "relevance": n / 20, "key_points": right}
    return Answered(
        f"q{n}", NOTES, HOSTILE, "how", "note", ("s1",), expected, refused,
        "off_path" if refused else None, "" if refused else HOSTILE, cited, ("p",), ("s1",), scores,
    )  # fmt: skip


def run_of(name: str, count: int = 14) -> Run:
    rows = tuple(row(n, n == 1, "off_path" if n == 0 else None, float(n % 2)) for n in range(count))
    figures = (
        figure("key_points", NOTES, [r.scores["key_points"] for r in rows]),
        figure("key_points", NOTES, [1.0], "section", HOSTILE),
        figure("ndcg10", NOTES, [0.5, 0.7], "method", "bm25"),
        figure("latency_p50_ms", NOTES, [120.0, 140.0]),
        figure("semantic_similarity", NOTES, [], "ragas", "", "ragas is not installed"),
        figure("key_points", NO_NOTES, []),
    )
    scores = {"q1": Scores(1, 1, 1, 1)}
    measured = {mode: {"bm25": scores} for mode in (NOTES, NO_NOTES)}
    return Run(name, f"2026-01-0{name[-1]}T00:00:00+00:00", ABOUT, 2.0, figures, rows, measured)


@pytest.fixture(scope="module")
def page() -> str:
    return report(run_from(as_json(run_of("r3"))), [run_of("r1"), run_of("r2")])


def test_nothing_runs_and_nothing_is_loaded(page: str) -> None:
    tags = Tags(page)
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(tags.names)
    pointing = [
        v for k, v in tags.attributes if k in ("href", "src", "xlink:href") or k[:2] == "on"
    ]
    assert pointing == []
    assert "default-src 'none'" in page
    assert page.count("</style>") == 1
    assert "&lt;script&gt;" in page


def test_it_shows_what_failed_and_what_does_not_apply(page: str) -> None:
    for words in (
        "A study assistant reads", "Answered, though nothing here answers it (1)",
        "Refused, though it has an answer (1)", "Answered wrongly", "ragas is not installed",
        "Calibration", "Coverage and risk", "Earlier runs", "2 cannot be checked here",
    ):  # fmt: skip
        assert words in page, words
    assert page.count("<svg") >= 5
    assert page.count("<svg") == page.count("</svg>") == page.count('role="img"')


def test_history_is_of_the_same_questions_only() -> None:
    about = {**ABOUT, "golden": {**ABOUT["golden"], "fingerprint": "other"}}
    text = report(run_of("r3"), [replace(run_of("r1"), about=about)])
    assert "No earlier run on the same questions" in text


def test_a_run_of_few_answers_has_no_curves() -> None:
    text = report(run_of("r3", 3))
    assert "Calibration" not in text


# ── plots ───────────────────────────────────────────────────────────────────────────────────────


def test_coverage_and_risk_take_the_surest_first() -> None:
    pairs = [(0.1, 0.0), (0.5, 1.0), (0.6, 0.0), (0.9, 1.0)]
    assert coverage_risk(pairs) == ((0.25, 0.0), (0.5, 0.5), (0.75, 1 / 3), (1.0, 0.5))
    averaged = binned(sorted(pairs * 5))
    assert len(averaged) == 5
    assert averaged[0] == pytest.approx((0.1, 0.0), abs=1e-9) or averaged[0][0] < 0.5


@given(st.lists(st.tuples(st.floats(-1, 2), st.text(max_size=9)), min_size=1, max_size=9))
@settings(deadline=None)
def test_bars_stay_in_the_picture(rows: list[tuple[float, str]]) -> None:
    drawn = bars("a", [Bar(name, value, value, value) for value, name in rows])
    widths = [float(w) for w in re.findall(r'<rect x="8" y="[^"]+" width="([^"]+)"', drawn)]
    assert len(widths) == len(rows)
    assert all(0 <= width <= WIDTH - VALUE for width in widths)


def test_a_curve_has_its_legend() -> None:
    drawn = curves("t", "x <", "y", [Line("a & b", ((0.0, 0.0), (1.0, 2.0)), marks=True)])
    assert "a &amp; b" in drawn
    assert "x &lt;" in drawn
    assert drawn.count("<circle") == 2
