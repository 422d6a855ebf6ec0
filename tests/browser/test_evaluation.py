"""The Evaluation place in a real Chromium: empty, filled, hostile, and while a run is under way."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from eval.records import as_json, write_run
from tests.browser.test_jobs import at_once
from tests.browser.test_sources import HOSTILE, picture, serious, tab
from tests.served import ingest
from tests.test_evaluation_tab import made

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = [(1280, 800), (390, 844)]
JOB = "#evaluation-work .job"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with the library of what ships, for both searches, and no run."""
    folder = tmp_path_factory.mktemp("evaluation") / "home"
    return ingest(folder, vectors=True)


@pytest.fixture(autouse=True)
def no_runs(home: Path) -> None:
    for file in (home / "runs").glob("*"):
        file.unlink()


def keep_runs(home: Path) -> None:
    """Keep three runs, the last of which answers everything, and a record that is damaged."""
    for name, recall in (("r1", 0.4), ("r2", 0.5)):
        write_run(home, made(name, recall))
    last = made("r3", 0.9)
    rows = tuple(
        replace(row, text=f"Now it is answered {HOSTILE}", scores={**row.scores, "right": 1.0})
        for row in last.answers
    )
    write_run(home, replace(last, answers=rows))
    held = as_json(made("r2"))
    held["at"] = HOSTILE
    (home / "runs" / "r2.json").write_text(json.dumps(held))
    (home / "runs" / "r0.json").write_text("{")


def open_evaluation(page: Page, address: str) -> None:
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    page.goto(address)
    expect(page.locator("#box textarea")).to_be_editable(timeout=30_000)
    tab(page, "Evaluation").click()
    expect(page.locator("#evaluation-takes")).to_contain_text("nothing leaves this machine")


def line(page: Page) -> Locator:
    return page.locator(f"{JOB} .line")


def test_an_empty_place_says_what_a_run_takes(app: str, page: Page) -> None:
    open_evaluation(page, app)
    last = page.locator("#evaluation-last")
    expect(last).to_contain_text("No run yet. A run asks questions whose answers are known")
    expect(page.locator("#evaluation-pair")).to_be_hidden()
    page.get_by_label("Full run").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Quick look")).to_be_checked()
    expect(page.locator("#evaluation-takes")).to_contain_text("A run asks 40 questions")
    picture(page, "evaluation-empty-1280")
    assert serious(page) == []


def test_a_report_opens_and_two_runs_are_compared_by_keyboard(
    app: str, home: Path, page: Page
) -> None:
    keep_runs(home)
    open_evaluation(page, app)
    expect(page.locator("#evaluation-last .value").nth(1)).to_have_text("0.90")
    expect(page.locator("#evaluation-last")).to_contain_text("up 0.30")
    expect(page.locator("#evaluation-past .problem")).to_contain_text("its record is damaged")
    expect(page.locator("#evaluation-past svg circle")).to_have_count(9)
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    pair = page.locator("#evaluation-compared")
    expect(pair).to_contain_text("Won (")
    pair.locator("details", has_text="onerror").last.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(pair.locator("details[open]")).to_contain_text("Now it is answered")
    picture(page, "evaluation-pair-1280")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Open the whole report").click()
    report = opened.value
    expect(report.locator("h1")).to_contain_text("How well the study assistant answers")
    bar = report.locator("svg rect").first
    assert bar.evaluate("e => getComputedStyle(e).fill") == "rgb(42, 111, 176)"
    assert report.evaluate("document.querySelectorAll('script, img').length") == 0
    policy = page.request.get(report.url).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    picture(report, "evaluation-report-1280")
    for bad in ("r9", "..%2f..%2fsecret", "r0"):
        answer = page.request.get(f"{app}/read/runs/{bad}")
        assert answer.status == 404
        assert "Traceback" not in answer.text()
    assert page.evaluate("window.hits") == 0


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_nobody_is_kept_out_of_the_evaluation(
    app: str, home: Path, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    keep_runs(home)
    page = open_page(*size, dark=dark)
    open_evaluation(page, app)
    expect(page.locator("#evaluation-last .value").first).to_be_visible()
    picture(page, f"evaluation-{'dark-' if dark else ''}{size[0]}")
    assert serious(page) == []
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#evaluation-compared")).to_contain_text("Won (")
    page.locator("#evaluation-compared summary").last.click()
    picture(page, f"evaluation-pair-{'dark-' if dark else ''}{size[0]}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.locator("#evaluation").evaluate("e => e.scrollWidth > e.clientWidth") is False
    assert page.evaluate("window.hits") == 0
    assert page.locator("#evaluation :is(img, script, iframe, object, form)").count() == 0
    if size[0] < 800:
        for button in page.locator("#evaluation button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44


def test_a_run_is_watched_reloaded_and_cancelled(app: str, home: Path, page: Page) -> None:
    open_evaluation(page, app)
    page.get_by_label("Quick look").check()
    page.get_by_role("button", name="Run", exact=True).click()
    expect(line(page)).to_contain_text(
        re.compile(r"(Searching|Asking questions): \d+ of \d+"), timeout=240_000
    )
    picture(page, "evaluation-running-1280")
    assert serious(page) == []
    page.reload()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    began = time.monotonic()
    page.get_by_role("button", name="Cancel").press("Enter")
    expect(line(page)).to_contain_text("This run is not kept; the runs before it are.")
    assert time.monotonic() - began < at_once()
    page.get_by_role("button", name="Dismiss").press("Enter")
    expect(page.locator(JOB)).to_have_count(0)
    assert not list((home / "runs").glob("*"))


def test_who_has_no_cookie_may_look_and_not_run(app: str, home: Path, page: Page) -> None:
    keep_runs(home)
    open_evaluation(page, app)
    page.context.clear_cookies()
    tab(page, "Chat").click()
    tab(page, "Evaluation").click()
    expect(page.locator("#evaluation-takes")).to_contain_text("load this page again")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    expect(page.locator("#evaluation-last .value").first).to_be_visible()
