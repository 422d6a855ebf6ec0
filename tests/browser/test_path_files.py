"""The place "My path" in a real Chromium: one's files and settings, hostile paths, who is new."""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.learner import Learner, Rhythm, Studied
from tests.browser.test_path import BASICS, VECTORS, open_path, row, shows
from tests.browser.test_sources import HOSTILE, picture
from tests.served import forget_record, ingest, serving

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def anew(home: Path) -> None:
    """Let each test begin with the same record."""
    forget_record(home)
    with Learner(home, datetime.now(UTC)) as record:
        record.set_rhythm(Rhythm(minutes=(90,) * 7))
        record.add(datetime.now(UTC), Studied(BASICS))


def record_files(home: Path) -> dict[Path, bytes]:
    """Read what the home holds beside the library, which the page may be indexing meanwhile."""
    ours = [file for file in home.rglob("*") if file.is_file()]
    return {
        file: file.read_bytes()
        for file in ours
        if not file.name.startswith("library.db") and "vectors" not in str(file.relative_to(home))
    }


# ── files and settings ──────────────────────────────────────────────────────────────────────────


def test_one_s_own_files_come_as_downloads_and_nothing_is_written(
    app: str, home: Path, page: Page
) -> None:
    open_path(page, f"{app}/#path")
    before = record_files(home)
    for words, name, begins in (
        ("Calendar", "studypath.ics", b"BEGIN:VCALENDAR"),
        ("Anki deck", "studypath.apkg", b"PK"),
        ("Progress report", "studypath-report.html", b"<!doctype html>"),
    ):
        with page.expect_download(timeout=60_000) as found:
            page.get_by_role("link", name=words, exact=True).click()
        assert found.value.suggested_filename == name
        assert Path(str(found.value.path())).read_bytes().startswith(begins)
    expect(page.locator("#path-took")).to_have_text("studypath-report.html is in your downloads.")
    assert record_files(home) == before


def test_without_a_cookie_there_is_no_file(app: str) -> None:
    for name in ("calendar.ics", "deck.apkg", "report.html", "learner.db"):
        with pytest.raises(urllib.error.HTTPError) as told:
            urllib.request.urlopen(f"{app}/path/{name}", timeout=10)
        assert told.value.code == 404
        assert b"There is no file for you here" in told.value.read()


def test_settings_are_checked_beside_their_fields_and_change_the_plan(
    app: str, home: Path, page: Page
) -> None:
    open_path(page, f"{app}/#path")
    page.get_by_text("Your week and your goal").click()
    expect(page.get_by_label("Minutes, Monday to Friday")).to_have_value("90")
    page.get_by_label("Minutes on Saturday").fill("2000")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#path-saturday-error")).to_contain_text("give whole minutes, 0 to 1440")
    expect(page.locator("#path-zone-error")).to_contain_text("is no time zone")
    expect(page.get_by_label("Minutes on Saturday")).to_be_focused()
    expect(page.locator("#path-kept")).to_have_text("Nothing was saved yet.")
    expect(page.locator("#next-plan .count")).to_contain_text("of 90 minutes")
    page.get_by_label("Minutes, Monday to Friday").fill("25")
    page.get_by_label("Minutes on Saturday").fill("25")
    page.get_by_label("Minutes on Sunday").fill("25")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_label("Goal").select_option(VECTORS)
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#path-kept")).to_have_text("Saved. The plan is made anew.")
    expect(page.locator("#path-saturday-error")).to_have_text("")
    expect(page.locator("#next-calendar")).to_have_text("Your calendar gives 25 minutes today.")
    with Learner(home, datetime.now(UTC)) as record:
        assert record.rhythm() == Rhythm(minutes=(25,) * 7, zone="Asia/Tokyo", goal=VECTORS)


# ── anybody's path, anybody's first day ────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_hostile_path_is_text_wherever_it_shows(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "path.md"
    link = "https://example.org/x?a=<b>&c=${hit(2)}"
    path.write_text(
        f"# P {HOSTILE}\n\n"
        + "".join(
            f"## Month {m}: M {HOSTILE}\n\n### Week 1: W {HOSTILE}\n\n"
            f"#### S{m} {HOSTILE} (2-3 hours)\n\n- **Concept:** C {HOSTILE}\n"
            f"- **Topics:**\n    - A {HOSTILE}\n"
            f"- **Practical exercises:**\n    - E {HOSTILE}\n- **Resources:**\n"
            f"    - **Video:** [T {HOSTILE}]({link})\n    - **Reading:** [J](javascript:hit())\n\n"
            for m in (1, 2)
        ),
        encoding="utf-8",
    )
    home = ingest(tmp_path / "home", "--path", str(path))
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    shown = "<img src=/a onerror=hit()>"
    with serving(home) as address:
        page.goto(f"{address}/#path")
        page.get_by_label("Time today").fill("240")
        for part in ("#next-plan", "#path-tree", "#path-card", "#path-picture"):
            expect(page.locator(part)).to_contain_text(shown, timeout=30_000)
        expect(page.locator("#path-card")).to_contain_text("${hit(1)}")
        page.locator("#path-picture .node").nth(1).click()
        expect(page.locator("#path-card h2")).to_contain_text(f"S2 {shown}")
        page.locator("#path-card").get_by_role("button", name=re.compile("^Done: E")).click()
        expect(page.locator("#path-told")).to_contain_text(shown)
        page.get_by_text("Your week and your goal").click()
        expect(page.locator("#path-goal")).to_contain_text(shown)
        page.evaluate("document.querySelectorAll('#path details').forEach(d => { d.open = true; })")
        expect(page.locator("#path-mastery")).to_contain_text(shown)
        time.sleep(0.5)
        assert page.evaluate("window.hits") == 0
        assert page.locator("#path :is(img, script, iframe, object, style, video)").count() == 0
        assert page.locator("#path form").count() == 1  # ours
        assert page.locator("#path a[href^='javascript']").count() == 0


@pytest.mark.slow
def test_who_is_new_sees_where_to_begin(open_page: OpenPage, home: Path, app: str) -> None:
    forget_record(home)
    page = open_page()
    page.goto(f"{app}/#path")
    shows(page, BASICS)
    expect(row(page, BASICS).locator(".now")).to_have_text("now")
    expect(page.locator("#path-tree summary").first).to_contain_text("0 of 8 done")
    expect(page.locator("#path-mastery")).to_contain_text("No section is begun yet.")
    assert not list((home / "learners" / "me").glob("learner.db"))  # looking makes no record
    picture(page, "path-new-1280")
