"""The page after a restart of its server: the conversation, and the passages behind its chips."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from assistant.answer import Answer, Sentence
from assistant.conversation import Conversations
from tests.served import process_of
from ui.cli import main

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHIP = "#chat a[href^='#cite-']"
DONE = "#chat a[href^='#copy-']"
PATIENCE = 90_000

Serve = Callable[[], str]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the page on a home until the block ends; gives its address."""
    with process_of(home, patience=60) as (address, _):
        yield address


def visit(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#box textarea")).to_be_editable(timeout=PATIENCE)


def ask(page: Page, question: str, answers: int) -> None:
    page.fill("#box textarea", question)
    page.keyboard.press("Enter")
    expect(page.locator(DONE)).to_have_count(answers, timeout=PATIENCE)


def test_a_reload_after_a_restart_shows_the_conversation(
    tmp_path: Path, page: Page, open_page: Callable[..., Page]
) -> None:
    home = tmp_path / "home"
    assert main(["ingest", "--offline", "--json", "--home", str(home)]) == 0
    with ExitStack() as stack:
        address = stack.enter_context(served(home))
        visit(page, address)
        ask(page, "How does HNSW work?", 1)
        ask(page, "why?", 2)
        expect(page.locator("#chat .bot").last).to_contain_text("I read this as")
        said = page.locator("#chat .message").all_inner_texts()
        page.locator(CHIP).first.click()
        expect(page.locator("#panel mark").first).to_be_visible()
        panel = page.locator("#panel").inner_text()
        chips = page.locator(CHIP).count()
    forget_passages(home)
    with served(home) as address:
        visit(page, address)
        expect(page.locator(DONE)).to_have_count(2, timeout=PATIENCE)
        assert page.locator(CHIP).count() == chips
        assert page.locator("#chat .message").all_inner_texts() == said
        page.locator(CHIP).first.click()
        expect(page.locator("#panel mark").first).to_be_visible()
        now, changed = page.locator("#panel").inner_text(), "The note may have changed"
        assert changed in now
        assert now.replace(f"{changed} since it was saved.", "").split() == panel.split()
        stranger = open_page()
        visit(stranger, address)
        expect(stranger.locator(CHIP)).to_have_count(0)
        page.get_by_role("button", name="New conversation").click()
        expect(page.locator(CHIP)).to_have_count(0)
        page.reload()
        expect(page.locator("#box textarea")).to_be_editable(timeout=PATIENCE)
        expect(page.locator(CHIP)).to_have_count(0)


def test_past_conversations_by_keyboard(tmp_path: Path, page: Page) -> None:
    home = tmp_path / "home"
    assert main(["ingest", "--offline", "--json", "--home", str(home)]) == 0
    kept = Conversations(home)
    id, _ = kept.append("", Answer("What is <b>drift</b>?", (Sentence("It moves.", ()),)))
    kept.append(id, Answer("why?", (Sentence("Since the world does.", ()),)))
    with served(home) as address:
        visit(page, address)
        expect(page.locator("#history")).to_have_count(0)
        button = page.get_by_role("button", name="Conversations", exact=True)
        button.focus()
        page.keyboard.press("Enter")
        choice = page.get_by_role("combobox", name="Past conversations")
        choice.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(page.locator("#chat .bot")).to_have_count(2)
        expect(page.locator("#chat .user").first).to_contain_text("<b>drift</b>")
        title = page.get_by_label("Title of this one")
        expect(title).to_have_value("What is <b>drift</b>?")
        title.fill("Drift")
        page.keyboard.press("Enter")
        expect(choice).to_have_value("Drift")
        assert [c.title for c in kept.listed()] == ["Drift"]
        with page.expect_download() as download:
            page.get_by_role("link", name="Export").click()
        assert Path(download.value.path()).read_text(encoding="utf-8").startswith("# Drift\n")
        assert serious(page) == []
        page.get_by_role("button", name="Delete", exact=True).press("Enter")
        page.get_by_role("button", name="Really delete").press("Enter")
        expect(page.locator("#chat .bot")).to_have_count(0)
        assert kept.listed() == ()


def serious(page: Page) -> list[str]:
    """Name what axe finds that keeps people from using the page."""
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['target']}" for v in found if v["impact"] != "minor"]


def forget_passages(home: Path) -> None:
    """Let the library hold no passage that an answer cited: as after another ingest."""
    with closing(sqlite3.connect(home / "library.db")) as db, db:
        db.execute("UPDATE passages SET passage_id = 'x' || passage_id")
