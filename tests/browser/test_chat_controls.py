"""Scope, engine, depth, asking again and the questions to begin with, in a real Chromium."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.learner import Learner, Studied
from tests.browser.test_chat import CHIP, DONE, PATIENCE, ask, visit
from tests.browser.test_sources import picture, serious, tab
from tests.served import ingest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parents[2]
FIRST = ("m1w1-basic-ml-concepts", "m1w1-python-for-ml-implementation")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with the notes and a learner who has two sections behind them."""
    folder = tmp_path_factory.mktemp("controls") / "home"
    ingest(folder)
    then = datetime.now(UTC) - timedelta(days=3)
    with Learner(folder, then) as record:
        record.add(then, *map(Studied, FIRST))
    return folder


def ready(page: Page, address: str) -> None:
    """Open the page and wait until the row knows the path."""
    visit(page, address)
    expect(page.locator("#choose-scope option[value='m2w3']")).to_have_count(1, timeout=PATIENCE)


def choose(page: Page, name: str, value: str) -> None:
    """Choose as a person does, and wait until the server has it."""
    with page.expect_response(lambda response: "component_server" in response.url):
        page.locator(f"#choose-{name}").select_option(value)


def kept(home: Path) -> list[dict[str, object]]:
    """Read the messages of the newest conversation, as the terminal gives them."""
    command = [sys.executable, "-m", "ui.cli", "conversations"]
    listed = run([*command, "--json"], home)
    return run([*command, "show", str(listed[0]["id"]), "--json"], home)


def run(command: list[str], home: Path) -> list[dict[str, object]]:
    done = subprocess.run(
        [*command, "--home", str(home)], cwd=ROOT, check=True, capture_output=True
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_scope_restricts_the_answer_and_outlives_a_reload(app: str, page: Page) -> None:
    ready(page, app)
    choose(page, "scope", "m3w1")
    ask(page, "What is data drift?")
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#chat .bot").last).to_contain_text("Answered from Month 3 · Week 1 alone")
    page.reload()
    expect(page.locator("#choose-scope")).to_have_value("m3w1", timeout=PATIENCE)
    choose(page, "scope", "m1w1")
    page.get_by_role("button", name="Ask again").click()
    answer = page.locator("#chat .bot").last
    expect(answer).to_contain_text("Nothing in Month 1 · Week 1 answers this", timeout=PATIENCE)


def test_depth_changes_how_much_is_said(app: str, home: Path, page: Page) -> None:
    ready(page, app)
    choose(page, "depth", "brief")
    ask(page, "How does HNSW work?")
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    choose(page, "depth", "deep")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(DONE)).to_have_count(2, timeout=PATIENCE)
    brief, deep = kept(home)
    assert brief["question"] == deep["question"] == "How does HNSW work?"
    assert len(str(deep["answer"])) > 2 * len(str(brief["answer"]))


def test_a_follow_up_that_is_asked_again_leans_on_the_same_talk(
    app: str, home: Path, page: Page
) -> None:
    ready(page, app)
    ask(page, "What is overfitting?")
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    ask(page, "how do I reduce it?")
    expect(page.locator(DONE)).to_have_count(2, timeout=PATIENCE)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(DONE)).to_have_count(3, timeout=PATIENCE)
    _, once, again = kept(home)
    assert once["asked"] == again["asked"] != "how do I reduce it?"
    assert once["answer"] == again["answer"]


def test_only_quotes_are_there_so_no_engine_is_offered(app: str, page: Page) -> None:
    ready(page, app)
    expect(page.locator("#choose-engine")).to_be_hidden()
    expect(page.get_by_label("Depth")).to_have_value("normal")


def test_values_sent_raw_change_nothing(app: str, page: Page) -> None:
    page.add_init_script("window.hits = 0; window.hit = () => { window.hits += 1; };")
    ready(page, app)
    choose(page, "depth", "deep")
    page.evaluate(
        """() => { for (const name of ['scope', 'engine', 'depth']) {
        const box = document.getElementById('choose-' + name);
        const one = document.createElement('option');
        one.value = "<img src=x onerror=hit()> ' OR 1=1"; one.textContent = 'x';
        box.append(one); box.value = one.value;
        box.dispatchEvent(new Event('change', {bubbles: true})); } }"""
    )
    expect(page.locator("#choose-told")).to_contain_text("cannot be chosen any more")
    expect(page.locator("#choose-depth")).to_have_value("deep")
    page.reload()
    expect(page.locator("#choose-depth")).to_have_value("deep", timeout=PATIENCE)
    expect(page.locator("#choose-scope")).to_have_value("")
    assert page.evaluate("window.hits") == 0


def test_the_questions_to_begin_with_are_of_the_learners_section(app: str, page: Page) -> None:
    ready(page, app)
    expect(page.locator("#chat .placeholder")).to_contain_text("Data Preprocessing")
    expect(page.locator("#chat .example")).to_have_count(3)
    picture(page, "starters-1280")
    page.locator("#chat .example").first.click()
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    page.locator(CHIP).first.click()
    expect(page.locator("#panel .where")).to_contain_text("Data Preprocessing")


def test_a_question_from_elsewhere_goes_into_the_box_unsent(app: str, page: Page) -> None:
    ready(page, app)
    tab(page, "Sources").click()
    words = "What is <img src=x onerror=hit()> drift?"
    page.evaluate(
        "words => document.dispatchEvent(new CustomEvent('studypath:ask', {detail: words}))", words
    )
    expect(page.locator("#box textarea")).to_be_focused()
    expect(page.locator("#box textarea")).to_have_value(words)
    expect(page.locator("#chat .user")).to_have_count(0)
    page.evaluate("document.dispatchEvent(new CustomEvent('studypath:ask', {detail: {a: 1}}))")
    expect(page.locator("#box textarea")).to_have_value(words)
    page.keyboard.press("Enter")
    expect(page.locator("#chat .user")).to_contain_text(words)
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)


@pytest.mark.slow
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_row_keeps_nobody_out(
    app: str, open_page: OpenPage, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    ready(page, app)
    width, height = size
    box = page.locator("#box").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= height
    if width < 800:
        options = page.get_by_role("button", name="Options")
        folded = options.bounding_box()
        assert folded is not None
        assert folded["height"] <= 44
        expect(page.locator("#choose-row")).to_be_hidden()
        options.focus()
        page.keyboard.press("Enter")
        expect(options).to_have_attribute("aria-expanded", "true")
        picture(page, f"options-{width}{'-dark' if dark else ''}")
        selects = page.locator("#choose-row select:visible")
        sizes = [one.bounding_box() for one in selects.all()]
        assert all(one and one["height"] >= 44 for one in sizes)
        expect(page.locator("#box")).to_be_in_viewport(ratio=1)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.documentElement.scrollHeight") == height
