"""The cards of the place "Review" in a real Chromium, on the real app and the bank that ships."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from assistant.items import load_items
from assistant.learner import Carded, Deed, Learner, Reviewed
from tests.browser.test_sources import picture, serious, tab
from tests.served import forget_record

pytestmark = pytest.mark.browser

BASICS = "m1w1-basic-ml-concepts"
MAIN = "#review-main"

OpenPage = Callable[..., Page]


@pytest.fixture(autouse=True)
def anew(home: Path) -> None:
    """Let each test begin with four cards that are due."""
    forget_record(home)
    then = datetime.now(UTC) - timedelta(days=5)
    items = [item for item in load_items().values() if item.section_id == BASICS]
    with Learner(home, then) as record:
        record.add(then, *(Carded(item.id) for item in items[:4]))


def deeds(home: Path) -> list[Deed]:
    with Learner(home, datetime.now(UTC)) as record:
        return [event.deed for event in record.events() if not isinstance(event.deed, Carded)]


def open_review(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#box textarea")).to_be_editable(timeout=15_000)
    tab(page, "Review").click()
    expect(page.locator("#review-scope")).to_be_attached()


def show_answer(page: Page) -> Locator:
    return page.get_by_role("button", name="Show answer")


def head(page: Page) -> Locator:
    return page.locator("#review-head")


def test_three_cards_are_reviewed_by_keyboard_alone(app: str, home: Path, page: Page) -> None:
    page.goto(app)
    expect(page.locator("#box textarea")).to_be_editable(timeout=15_000)
    due = page.get_by_role("button", name="4 due: open Review")
    expect(due).to_have_text("4 due")
    due.focus()
    page.keyboard.press("Enter")
    expect(head(page)).to_have_text("4 due today")
    expect(page.locator(f"{MAIN} .question")).to_be_focused()
    seen = []
    for number, rating in enumerate((3, 1, 4), 1):
        expect(page.locator(f"{MAIN} .meta").first).to_contain_text(f"{number} of 4 · Month 1")
        expect(page.locator(f"{MAIN} .grades")).to_have_count(0)
        seen.append(page.locator(f"{MAIN} .card").get_attribute("data-card"))
        page.keyboard.press(str(rating))  # no grade before the answer was seen
        page.keyboard.press(" ")
        expect(page.locator(f"{MAIN} .back")).to_be_focused()
        expect(page.locator(f"{MAIN} .proof mark").first).to_be_visible()
        expect(page.locator(f"{MAIN} .grades button").first).to_contain_text("tomorrow")
        page.keyboard.press("9")
        page.keyboard.press(str(rating))
        expect(head(page)).to_have_text(f"{4 - number} due today")
        expect(page.locator("#due")).to_have_text(f"{4 - number} due")
    made = deeds(home)
    assert [(d.item_id, d.rating) for d in made if isinstance(d, Reviewed)] == [
        *zip(seen, (3, 1, 4), strict=True)
    ]
    assert all(d.seconds and 0 < d.seconds < 60 for d in made if isinstance(d, Reviewed))


def test_a_grade_given_by_mistake_is_taken_back_by_a_key(app: str, home: Path, page: Page) -> None:
    open_review(page, app)
    expect(head(page)).to_have_text("4 due today")
    card = page.locator(f"{MAIN} .card").get_attribute("data-card")
    page.keyboard.press(" ")
    expect(page.locator(f"{MAIN} .back")).to_be_focused()
    page.keyboard.press("1")
    expect(head(page)).to_have_text("3 due today")
    picture(page, "review-undo-1280")
    page.keyboard.press("u")
    expect(head(page)).to_have_text("4 due today")
    expect(page.locator("#review-told")).to_contain_text("“again” was taken back")
    assert page.locator(f"{MAIN} .card").get_attribute("data-card") == card
    assert [deed for deed in deeds(home) if isinstance(deed, Reviewed)] == []
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_the_end_says_what_was_reviewed_and_when_more_comes(
    app: str, home: Path, page: Page
) -> None:
    open_review(page, app)
    for left in (3, 2, 1, 0):
        show_answer(page).click()
        page.get_by_role("button", name="1 Again").click()
        expect(head(page)).to_have_text(f"{left} due today" if left else "Review")
    expect(page.locator(MAIN)).to_contain_text("Nothing is due. Next: 4 cards tomorrow.")
    expect(page.locator(f"{MAIN} tbody tr")).to_have_count(4)
    expect(page.locator("#due")).to_be_hidden()
    plot = page.locator("#review-forecast svg")
    expect(plot).to_have_accessible_name(re.compile(r"^Cards by day \w{3} \d+ \w{3}: 4 cards$"))
    picture(page, "review-end-1280")
    page.reload()
    expect(page.locator(MAIN)).to_contain_text("4 cards reviewed today")
    assert len(deeds(home)) == 4


def test_what_is_typed_elsewhere_is_no_grade(app: str, home: Path, page: Page) -> None:
    open_review(page, app)
    show_answer(page).click()
    expect(page.locator(f"{MAIN} .grades")).to_be_visible()
    page.locator("#review-count").focus()
    page.keyboard.press("1")
    page.keyboard.press("Control+1")
    tab(page, "Chat").click()
    page.locator("#box textarea").fill("")
    page.locator("#box textarea").press_sequentially("1 2 3")
    page.locator("#tab-chat").focus()
    page.keyboard.press("3")  # the card is not in view
    tab(page, "Review").click()
    expect(page.locator(f"{MAIN} .grades")).to_be_visible()
    assert deeds(home) == []
    page.keyboard.down("3")
    page.keyboard.down("3")  # held down, a key repeats itself
    page.keyboard.down("3")
    page.keyboard.up("3")
    expect(head(page)).to_have_text("3 due today")
    page.wait_for_timeout(500)
    assert len(deeds(home)) == 1


def test_two_tabs_of_one_learner_grade_a_card_once(app: str, home: Path, page: Page) -> None:
    open_review(page, app)
    other = page.context.new_page()
    open_review(other, app)
    for one in (page, other):
        show_answer(one).click()
        expect(one.locator(f"{MAIN} .grades")).to_be_visible()
    page.get_by_role("button", name="3 Good").click()
    expect(head(page)).to_have_text("3 due today")
    other.get_by_role("button", name="1 Again").click()
    expect(other.locator("#review-told")).to_contain_text("Nothing was noted twice.")
    expect(head(other)).to_have_text("3 due today")
    assert [d.rating for d in deeds(home) if isinstance(d, Reviewed)] == [3]


def test_cards_of_a_terminal_show_when_one_comes_back(app: str, home: Path, page: Page) -> None:
    open_review(page, app)
    item = next(i for i in load_items().values() if i.section_id.startswith("m2"))
    with Learner(home, datetime.now(UTC)) as record:
        record.add(datetime.now(UTC), Carded(item.id))
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(head(page)).to_have_text("5 due today")
    tab(page, "Chat").click()
    expect(page.locator("#due")).to_have_text("5 due")


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_nobody_is_kept_out_of_the_cards(
    app: str, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    open_review(page, app)
    expect(show_answer(page)).to_be_visible()
    checked(page, size, f"review-card-{'dark-' if dark else ''}{size[0]}")
    show_answer(page).click()
    expect(page.locator(f"{MAIN} .grades")).to_be_visible()
    checked(page, size, f"review-turned-{'dark-' if dark else ''}{size[0]}")
    page.locator("#review-page summary").click()
    for _ in range(4):
        page.get_by_role("button", name="3 Good").click()
        expect(page.locator(f"{MAIN} .grades")).to_have_count(0)
        if show_answer(page).count():
            show_answer(page).click()
            expect(page.locator(f"{MAIN} .grades")).to_be_visible()
    expect(page.locator(MAIN)).to_contain_text("Nothing is due.")
    checked(page, size, f"review-none-{'dark-' if dark else ''}{size[0]}")


def checked(page: Page, size: tuple[int, int], name: str) -> None:
    """Hold what is shown to everybody's needs, and keep a picture of it."""
    picture(page, name)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert page.locator("#review").evaluate("e => e.scrollWidth > e.clientWidth") is False
    for button in page.locator("#review button:visible, #review select:visible").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= (44 if size[0] < 800 else 36)
        expect(button).to_have_accessible_name(re.compile(r"\w"))
