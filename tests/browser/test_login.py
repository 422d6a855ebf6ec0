"""Logging in, going on after a login has expired, and logging out, in a real Chromium."""

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_sources import HOSTILE, picture, serious
from tests.served import ingest
from tests.test_group import password, serving_group

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
QUESTION = "What is overfitting?"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("login") / "home"
    ingest(home)
    with serving_group(home, STUDYPATH_QUESTIONS_PER_MINUTE="4") as address:
        yield address


def log_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password(name))
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#box textarea")).to_be_editable(timeout=30_000)
    expect(page.get_by_role("button", name=f"Log out {name}")).to_be_visible()


def ask(page: Page, question: str) -> None:
    page.locator("#box textarea").fill(question)
    page.locator("#box textarea").press("Enter")


def answered(page: Page) -> None:
    expect(page.locator("#chat .bot a[href^='#cite-']").first).to_be_visible(timeout=60_000)


def sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def test_logging_in_and_out_by_keyboard(app: str, page: Page) -> None:
    page.goto(app)
    assert page.url == f"{app}/login"
    expect(page).to_have_title("Log in · studypath")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "The name or the password is not right. Please try again."
    )
    expect(page.get_by_label("Password")).to_be_focused()  # the name stands there
    assert page.get_by_label("Password").input_value() == ""
    page.keyboard.type(password("anna"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#box textarea")).to_be_editable(timeout=30_000)
    assert page.url == f"{app}/"
    assert "studypath_login" not in page.evaluate("document.cookie")
    out = page.get_by_role("button", name="Log out anna")
    out.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_visible()
    page.go_back()  # what was shown is in no cache
    expect(page.get_by_label("Name")).to_be_visible()
    expect(page.locator("#chat")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("dark", [False, True])
def test_the_form_is_accessible_everywhere(
    app: str, open_page: OpenPage, width: int, height: int, dark: bool
) -> None:
    page = open_page(width, height, dark=dark)
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(app)
    assert serious(page) == []
    assert problems == []  # of the content security policy among others
    if width == 1280 and not dark:
        picture(page, "login-1280")
    assert not sideways(page)
    for box in page.locator("button, input:not([type=hidden])").all():
        assert (box.bounding_box() or {})["height"] >= 44
    page.get_by_label("Name").fill(HOSTILE)
    page.get_by_label("Password").fill("a wrong password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.get_by_label("Name").input_value() == HOSTILE
    assert page.locator("script, img").count() == 0
    assert serious(page) == []
    page.get_by_label("Name").fill("bert")
    page.get_by_label("Password").fill(password("bert"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out bert")).to_be_visible(timeout=30_000)
    expect(page.locator(".loading")).to_have_count(0)  # Gradio's own sign, while the page is made
    assert serious(page) == []
    assert not sideways(page)
    out = page.get_by_role("button", name="Log out bert").bounding_box() or {}
    assert out["height"] >= (44 if width == 390 else 36)
    assert out["x"] + out["width"] <= width
    box = page.locator("#box").bounding_box() or {}
    assert box["y"] + box["height"] <= height


def test_two_users_in_two_browsers(app: str, open_page: OpenPage) -> None:
    anna, bert = open_page(), open_page(390, 844, dark=True)
    log_in(anna, app, "anna")
    log_in(bert, app, "bert")
    ask(anna, QUESTION)
    answered(anna)
    bert.reload()
    expect(bert.get_by_role("button", name="Log out bert")).to_be_visible()
    expect(bert.locator("#chat .message")).to_have_count(0)
    second = open_page()
    log_in(second, app, "anna")  # another browser of hers begins anew, and has what she asked
    second.get_by_role("button", name="Conversations").click()
    second.get_by_label("Past conversations").click()
    expect(second.get_by_role("option")).to_contain_text([QUESTION])
    bert.get_by_role("button", name="Conversations").click()
    bert.get_by_label("Past conversations").click()
    expect(bert.get_by_role("option")).to_have_count(0)


@pytest.mark.parametrize(("width", "height", "dark"), [(1280, 800, False), (390, 844, True)])
def test_a_login_that_expires_loses_nothing(
    app: str, open_page: OpenPage, width: int, height: int, dark: bool
) -> None:
    page = open_page(width, height, dark=dark)
    log_in(page, app, "anna")
    before = page.locator("#chat .user").count()
    page.context.clear_cookies(name="studypath_login")
    ask(page, QUESTION)
    notice = page.get_by_role("alert").filter(has_text="Your login has expired")
    expect(notice).to_have_text(
        "Your login has expired. What you typed is kept: log in again in another tab and go on"
        " here."
    )
    expect(page.locator("#box textarea")).to_have_value(QUESTION)
    page.locator("#box textarea").press("Enter")  # once more changes nothing
    expect(page.get_by_text("Error", exact=True)).to_have_count(0)
    assert serious(page) == []
    assert not sideways(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Log in again").click()
    other = opened.value
    other.get_by_label("Name").fill("anna")
    other.get_by_label("Password").fill(password("anna"))
    other.keyboard.press("Enter")
    expect(other.get_by_role("heading", name="You are logged in")).to_be_visible()
    other.close()
    answered(page)  # the question was sent by itself
    expect(notice).to_be_hidden()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible(timeout=30_000)
    expect(page.locator("#chat .user").filter(has_text=QUESTION)).to_have_count(before + 1)
    expect(page.locator("#box textarea")).to_have_value("")


def test_another_user_in_the_other_tab_gets_a_page_of_their_own(app: str, page: Page) -> None:
    log_in(page, app, "anna")
    page.context.clear_cookies(name="studypath_login")
    page.evaluate("window.same = true")
    ask(page, QUESTION)
    expect(page.get_by_text("Your login has expired")).to_be_visible()
    other = page.context.new_page()
    log_in(other, app, "bert")
    other.close()
    expect(page.get_by_role("button", name="Log out bert")).to_be_visible(timeout=30_000)
    assert page.evaluate("window.same") is None
    expect(page.locator("#chat .message")).to_have_count(0)


def test_too_many_questions_are_answered_by_a_sentence(app: str, page: Page) -> None:
    log_in(page, app, "carl")
    for n in range(1, 5):
        ask(page, f"What is overfitting, part {n}?")
        expect(page.locator("#chat .bot")).to_have_count(n, timeout=60_000)
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible(timeout=30_000)
    ask(page, QUESTION)
    expect(page.locator("#chat")).to_contain_text("You have asked 4 questions in a short time.")
    expect(page.locator("#box textarea")).to_have_value(QUESTION)
    # And so is what the door itself turns away.
    told = page.evaluate(
        """async () => (await fetch('/gradio_api/queue/join',
          {method: 'POST', body: 'x'.repeat(2100000)})).status"""
    )
    assert told == 413
    expect(page.get_by_role("alert").filter(has_text="more than studypath takes")).to_be_visible()
    assert json.loads(page.evaluate("JSON.stringify(Object.keys(sessionStorage))")) == []
