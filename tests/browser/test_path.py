"""The place "My path" in a real Chromium: the tree, a section's card, the map, files, settings."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import corpus
from assistant.items import load_items
from assistant.learner import Attempt, Known, Learner, Practised, Rhythm, Studied
from ingest.curriculum import load
from tests.browser.test_sources import picture, serious, tab
from tests.served import forget_record

pytestmark = pytest.mark.browser

BASICS, PYTHON = "m1w1-basic-ml-concepts", "m1w1-python-for-ml-implementation"
PREPROCESSING, FEATURES = "m1w2-data-preprocessing", "m1w2-feature-engineering"
VECTORS = "m2w3-vector-database-fundamentals"
PATH = load(corpus.learning_path())
EXERCISE = PATH.section(FEATURES).exercises[0].text
HEAD = "#path-card-head"

OpenPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def anew(home: Path) -> None:
    """Let each test begin with the record of a learner in their second week."""
    forget_record(home)
    then = datetime.now(UTC) - timedelta(days=9)
    bank = list(load_items().values())
    with Learner(home, then) as record:
        record.set_rhythm(Rhythm(minutes=(90,) * 7))
        for section_id, right in ((BASICS, 4), (PYTHON, 2), (PREPROCESSING, 1)):
            items = [item for item in bank if item.section_id == section_id][:5]
            answers = enumerate(items)
            record.add(
                then, *(Attempt(i.id, i.topic, float(n < right), seconds=40) for n, i in answers)
            )
        record.add(then, Studied(BASICS, minutes=300), Studied(PYTHON, minutes=280))
        record.add(then, Studied(PREPROCESSING, "", "started", 45))


def deeds(home: Path) -> list[object]:
    with Learner(home, datetime.now(UTC)) as record:
        return [event.deed for event in record.events()]


def open_path(page: Page, address: str) -> None:
    page.goto(address)
    expect(row(page, PREPROCESSING)).to_be_visible(timeout=30_000)
    expect(page.locator("#next-plan .count")).to_be_visible()


def row(page: Page, section_id: str) -> Locator:
    return page.locator(f'#path-tree [data-section="{section_id}"]')


def shows(page: Page, section_id: str) -> None:
    expect(page.locator(f'#path-card article[data-card="{section_id}"]')).to_be_visible()


def part(page: Page, heading: str) -> Locator:
    named = page.get_by_role("heading", name=heading, exact=True)
    return page.locator("#path-card section").filter(has=named)


# ── the tree and the card ───────────────────────────────────────────────────────────────────────


def test_the_tree_says_how_far_each_section_is_and_where_one_is(app: str, page: Page) -> None:
    open_path(page, f"{app}/#next")  # the address of the place before it had this name
    expect(tab(page, "My path")).to_have_attribute("aria-selected", "true")
    months = page.locator("#path-tree details.month")
    expect(months).to_have_count(4)
    assert months.evaluate_all("all => all.map(one => one.open)") == [True, False, False, False]
    expect(months.first.locator("summary")).to_contain_text("2 of 8 done")
    expect(page.locator("#path-tree [data-section]")).to_have_count(len(PATH.sections))
    expect(row(page, BASICS).locator(".facts")).to_have_text(re.compile(r"^\d+ % · 5–6 h · done$"))
    expect(row(page, PREPROCESSING).locator(".facts")).to_contain_text("· begun")
    expect(row(page, FEATURES).locator(".facts")).to_have_text("5–6 h · not begun")
    expect(page.locator("#path-tree .now")).to_have_count(1)
    expect(row(page, PREPROCESSING).locator(".now")).to_have_text("now")
    expect(row(page, PREPROCESSING)).to_have_attribute("aria-current", "true")
    shows(page, PREPROCESSING)


def test_a_section_opens_in_place_and_what_is_open_stays_open(app: str, page: Page) -> None:
    open_path(page, f"{app}/#path")
    page.locator("#path-tree summary").nth(1).click()
    page.evaluate("window.tree = document.querySelector('#path-tree details')")
    marked = """id => { const row = document.querySelector(`#path-tree [data-section="${id}"]`);
        row.click(); return row.getAttribute('aria-current'); }"""
    assert page.evaluate(marked, VECTORS) == "true"  # before the server answers
    shows(page, VECTORS)
    expect(page.locator("#path-tree [aria-current]")).to_have_count(1)
    assert page.evaluate("window.tree.isConnected && window.tree.open") is True
    opened = page.locator("#path-tree details.month").evaluate_all("all => all.map(m => m.open)")
    assert opened == [True, True, False, False]
    assert page.url.endswith(f"/#path={VECTORS}")
    page.reload()
    shows(page, VECTORS)
    expect(row(page, VECTORS)).to_be_visible()


def test_a_card_holds_what_the_section_holds(app: str, page: Page) -> None:
    open_path(page, f"{app}/#path={PREPROCESSING}")
    shows(page, PREPROCESSING)
    section, card = PATH.section(PREPROCESSING), page.locator("#path-card")
    expect(card.locator("h2")).to_have_text(section.title)
    for words in [*(t.text for t in section.topics), *(e.text for e in section.exercises)]:
        expect(card).to_contain_text(words)
    for resource in section.resources:
        expect(card).to_contain_text(resource.title)
    expect(card.get_by_role("link", name=f"Notes on {section.title}")).to_have_attribute(
        "href", f"/read/{PREPROCESSING}"
    )
    expect(card).to_contain_text("Video · about")
    expect(card).to_contain_text("not read yet")
    solution = card.get_by_text("Solution sketch", exact=True).first
    first = card.locator(".help .reading")
    expect(first.first).to_be_hidden()
    card.get_by_text("Hint 1 of 3").first.click()
    expect(first.first).to_be_visible()
    expect(first.first).to_contain_text("List per column what is wrong")
    expect(first.nth(3)).to_be_hidden()
    solution.click()
    expect(first.nth(3)).to_contain_text("pipeline")


def test_the_number_is_explained_by_what_was_done(app: str, home: Path, page: Page) -> None:
    now = datetime.now(UTC)
    with Learner(home, now) as record:
        record.add(now, Practised(BASICS, PATH.section(BASICS).exercises[0].text, 20))
        record.add(now, Known(PYTHON))
    open_path(page, f"{app}/#path={BASICS}")
    shows(page, BASICS)
    why = page.locator("#path-card details").first
    why.locator("summary").click()
    expect(why.locator("summary")).to_have_text(re.compile(r"Why \d+ %\?"))
    expect(why).to_contain_text("4 of 5 answers right, 1 exercise done; the latest of it today.")
    expect(why.locator("tbody tr")).to_have_count(len(PATH.section(BASICS).topics))
    expect(why.locator(".seen li")).to_have_count(6)
    row(page, PYTHON).click()
    shows(page, PYTHON)
    expect(page.locator("#path-card details").first).to_contain_text("marked as known by you")
    row(page, FEATURES).click()
    shows(page, FEATURES)
    expect(page.locator("#path-card")).to_contain_text("Why is there no mastery yet?")


def test_a_section_is_chosen_and_an_exercise_ticked_and_undone_by_keyboard(
    app: str, home: Path, page: Page
) -> None:
    open_path(page, f"{app}/#path")
    before = len(deeds(home))
    row(page, PREPROCESSING).focus()
    page.keyboard.press("Tab")
    expect(row(page, FEATURES)).to_be_focused()
    page.keyboard.press("Enter")
    shows(page, FEATURES)
    expect(row(page, FEATURES)).to_be_focused()
    expect(page.locator("#path-said")).to_have_text("Feature Engineering is shown.")
    card = page.locator("#path-card")
    hint = card.get_by_text("Hint 1 of").first
    hint.focus()
    page.keyboard.press("Enter")
    tick = card.get_by_role("button", name=f"Done: {EXERCISE}", exact=True)
    for _ in range(12):  # the way on from the hints to the button
        page.keyboard.press("Tab")
        if tick.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#path-told")).to_contain_text(f"Done: {EXERCISE}.")
    undo = card.get_by_role("button", name=f"Undo: {EXERCISE}", exact=True)
    expect(undo).to_be_focused()
    expect(row(page, FEATURES).locator(".facts")).to_contain_text("· begun")
    expect(page.locator("#next-plan .ticked")).to_contain_text(EXERCISE)
    expect(hint.locator("xpath=..")).to_have_attribute("open", "")
    assert deeds(home)[before:] == [Practised(FEATURES, EXERCISE)]
    page.keyboard.press("Enter")
    expect(page.locator("#path-told")).to_contain_text(f"Open again: {EXERCISE}.")
    expect(card.get_by_role("button", name=f"Begin: {EXERCISE}", exact=True)).to_be_focused()
    expect(page.locator("#next-plan .ticked")).to_have_count(0)


def test_a_whole_section_is_marked_and_opened_again(app: str, home: Path, page: Page) -> None:
    open_path(page, f"{app}/#path={FEATURES}")
    title = PATH.section(FEATURES).title
    for button, said, state in (
        ("Begin", "Begun", "begun"),
        ("I know this", "Known", "known"),
        ("Open again", "Open again", "not begun"),
        ("Mark done", "Done", "done"),
    ):
        page.get_by_role("button", name=f"{button}: {title}", exact=True).click()
        expect(page.locator("#path-told")).to_have_text(f"{said}: {title}. The plan is made anew.")
        expect(row(page, FEATURES).locator(".facts")).to_contain_text(f"· {state}")
    assert deeds(home)[-1] == Studied(FEATURES)


# ── ways between sections and places ────────────────────────────────────────────────────────────


def test_links_lead_to_what_comes_before_and_after(app: str, page: Page) -> None:
    open_path(page, f"{app}/#path={VECTORS}")
    shows(page, VECTORS)
    before = part(page, "Builds on").locator("a").last
    wanted = str(before.get_attribute("data-section"))
    known = before.locator("xpath=..").locator(".meta").first
    expect(known).to_have_text(re.compile(r"^\d+ % · done$"))
    before.click()
    shows(page, wanted)
    expect(page.locator(HEAD)).to_be_focused()
    expect(row(page, wanted)).to_have_attribute("aria-current", "true")
    after = part(page, "Unlocks").locator("a").first
    wanted = str(after.get_attribute("data-section"))
    after.press("Enter")
    shows(page, wanted)
    expect(page.locator(HEAD)).to_be_focused()


def test_the_map_is_a_way_by_mouse_and_keyboard_and_a_list(app: str, page: Page) -> None:
    open_path(page, f"{app}/#path")
    nodes = page.locator("#path-picture .node")
    expect(nodes).to_have_count(len(PATH.sections))
    expect(page.locator("#path-picture [aria-current]")).to_have_count(1)
    assert page.locator("#path-picture .line.on").count() > 0
    assert nodes.evaluate_all("all => all.filter(n => n.tabIndex === 0).length") == 1
    name = str(nodes.nth(2).get_attribute("aria-label"))
    assert re.fullmatch(r"Data Preprocessing, \d+ %, begun, builds on 2", name)
    nodes.nth(2).focus()
    page.keyboard.press("ArrowDown")
    expect(nodes.nth(3)).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    shows(page, PATH.sections[-1].id)
    expect(page.locator(HEAD)).to_be_focused()
    nodes.first.click()
    shows(page, BASICS)
    page.get_by_text("The same as a list").click()
    expect(page.locator("#path-picture ol li")).to_have_count(len(PATH.sections))
    expect(page.locator("#path-picture ol")).to_contain_text("builds on Basic ML Concepts")
    page.locator("#path-map").scroll_into_view_if_needed()
    picture(page, "path-map-1280")


def test_other_places_open_a_section_and_the_card_opens_them(app: str, page: Page) -> None:
    page.goto(app)
    expect(page.locator("#box textarea")).to_be_editable(timeout=15_000)
    say = "id => document.dispatchEvent(new CustomEvent('studypath:section', {detail: id}))"
    page.evaluate(say, VECTORS)
    shows(page, VECTORS)
    expect(tab(page, "My path")).to_have_attribute("aria-selected", "true")
    expect(page.locator(HEAD)).to_be_focused()
    page.evaluate(say, "<img src=x onerror=hit()>")
    expect(page.locator("#path-told")).to_have_text(
        "Your path has no such section; here is where you are."
    )
    shows(page, VECTORS)
    page.evaluate(
        """() => { window.heard = []; for (const name of ['quiz', 'ask'])
            document.addEventListener('studypath:' + name, e => window.heard.push(e.detail)); }"""
    )
    page.get_by_role("button", name="Quiz me on this section").click()
    tab(page, "My path").click()
    page.get_by_role("button", name="Ask about this section").click()
    title = PATH.section(VECTORS).title
    heard = page.evaluate("window.heard")
    assert heard == [VECTORS, f"In section {title}: what are the main ideas?"]


# ── everybody, everywhere ───────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nobody_is_kept_out_of_the_path(
    app: str, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    open_path(page, f"{app}/#path")
    shows(page, PREPROCESSING)
    name = f"path-{'dark-' if dark else ''}{size[0]}"
    if os.environ.get("STUDYPATH_SCREENSHOTS"):  # the picture shows the page when all is ready
        expect(page.locator("#status p")).to_have_text("", timeout=120_000)
    picture(page, name)
    page.locator("#path-settings summary").click()
    expect(page.get_by_label("Time zone")).to_have_value("UTC")
    page.evaluate("document.querySelectorAll('#path details').forEach(one => { one.open = true; })")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.locator("#path").evaluate("e => e.scrollWidth > e.clientWidth") is False
    for control in page.locator("#path :is(button, summary, input:not([type]), select)").all():
        box = control.bounding_box()
        if box:
            assert box["height"] >= (44 if size[0] < 800 else 28), control.inner_text()
    if size[0] < 800:
        plan, tree = (page.locator(f"#{id}").bounding_box() for id in ("next-page", "path-tree"))
        assert plan is not None
        assert tree is not None
        assert plan["y"] < tree["y"]
        row(page, FEATURES).click()
        expect(page.locator(HEAD)).to_be_focused()
        page.wait_for_timeout(300)
        expect(page.locator(HEAD)).to_be_in_viewport()
        picture(page, name.replace("path", "path-card"))
        page.get_by_role("button", name="Back to your path").click()
        expect(row(page, FEATURES)).to_be_focused()
