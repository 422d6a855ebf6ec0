"""Past conversations by keyboard alone, on a phone in the dark and on a wide screen."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.conversation import Conversations
from tests.browser.test_chat import DONE, PATIENCE, ask, visit
from tests.browser.test_sources import picture, serious

pytestmark = pytest.mark.browser

QUESTIONS = ("What is overfitting?", "What is data drift?")


def titles(home: Path) -> list[str]:
    return [one.title for one in Conversations(home).listed()]


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
def test_conversations_are_chosen_renamed_and_deleted_by_keyboard(
    app: str, home: Path, open_page: Callable[..., Page], size: tuple[int, int]
) -> None:
    page = open_page(*size, dark=size[0] < 800)
    visit(page, app)
    for question in QUESTIONS:
        page.get_by_role("button", name="New conversation").press("Enter")
        expect(page.locator("#chat .bot")).to_have_count(0)
        ask(page, question)
        expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    talks = page.get_by_role("button", name="Conversations", exact=True)
    expect(talks).to_have_attribute("aria-expanded", "false")
    talks.press("Enter")
    expect(talks).to_have_attribute("aria-expanded", "true")
    choice = page.get_by_label("Past conversations")
    # The question of another test's conversation is told apart by its time.
    expect(choice).to_have_value(re.compile(rf"{re.escape(QUESTIONS[1])}( \(today, .....\))?$"))
    choice.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .user")).to_have_text(QUESTIONS[0])
    expect(choice).to_have_value(re.compile(rf"{re.escape(QUESTIONS[0])}( \(today, .....\))?$"))
    picture(page, f"history-{size[0]}")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]
    title = page.get_by_label("Title of this one")
    title.fill(f"Trees <b>{size[0]}</b>")
    title.press("Enter")
    expect(choice).to_have_value(f"Trees <b>{size[0]}</b>")
    assert f"Trees <b>{size[0]}</b>" in titles(home)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").press("Enter")
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert QUESTIONS[0] in text
    assert "\\[1\\]" in text
    page.get_by_role("button", name="Delete", exact=True).press("Enter")
    page.get_by_role("button", name="Really delete").press("Enter")
    expect(page.locator("#chat .bot")).to_have_count(0)
    assert f"Trees <b>{size[0]}</b>" not in titles(home)
    assert QUESTIONS[1] in titles(home)
