"""A progress report as people open it: from a file, on a desk and a phone, by day and by night."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

import corpus
from assistant.learner import Attempt, Carded, Event, Known, Practised, Rhythm, Studied
from assistant.prerequisites import load_prerequisites
from assistant.quiz import load_quiz
from assistant.report import report_of
from ingest.curriculum import load
from ui.report_page import report_html

pytestmark = pytest.mark.browser

NOW = datetime(2026, 3, 11, 19, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of a learner in their eighth week."""
    path = load(corpus.learning_path())
    items = {item.id: item for item in load_quiz(corpus.quizzes()[0])}
    first, second = (section.id for section in path.sections[:2])
    deeds = (
        *(Attempt(item.id, item.topic, 1.0, "x", "quiz", 40) for item in items.values()),
        *(Carded(f"{first}/{n}") for n in range(120)),
        *(Practised(first, "A word " * 40 + "x" * 200, 55) for _ in range(9)),
        Studied(first, minutes=60),
        Known(second),
    )
    step = timedelta(days=49) / len(deeds)
    events = tuple(Event(n, NOW - step * (len(deeds) - n), d) for n, d in enumerate(deeds, 1))
    rhythm = Rhythm(minutes=(90,) * 5 + (210, 210))
    known = load_prerequisites(corpus.prerequisites())
    file = tmp_path_factory.mktemp("report") / "studypath.html"
    html = report_html(report_of(events, rhythm, "me", path, items, known, NOW))
    file.write_text(html, encoding="utf-8")
    return file


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_fits_can_be_read_and_asks_nobody(
    open_page: Callable[..., Page], report: Path, width: int, dark: bool
) -> None:
    page = open_page(width, 844, dark=dark)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    assert asked == [report.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("summary").first.click()
    violations = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:80]) for one in violations] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_numbers_of_a_plot_do_not_cover_each_other(
    open_page: Callable[..., Page], report: Path, width: int
) -> None:
    page = open_page(width, 844)
    page.goto(report.as_uri())
    boxes = page.evaluate(
        "[...document.querySelectorAll('.plot')].map(plot =>"
        " [...plot.querySelectorAll('text')].filter(t => t.textContent).map(t => {"
        " const b = t.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]; }))"
    )
    assert boxes
    for plot in boxes:
        for n, (left, top, right, bottom) in enumerate(plot):
            for other in plot[:n]:
                apart = left >= other[2] or right <= other[0] or top >= other[3]
                assert apart or bottom <= other[1], (left, other)
