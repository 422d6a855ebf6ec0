"""The pictures of README and docs, made when STUDYPATH_SCREENSHOTS names a folder for them."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assistant.items import load_items
from assistant.learner import Attempt, Learner, Rhythm, Studied
from assistant.quiz import Choice
from tests.browser.test_chat import CHIP, DONE, PATIENCE, ask, visit
from tests.browser.test_sources import picture, tab
from tests.served import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("STUDYPATH_SCREENSHOTS"), reason="no folder for pictures is named"
    ),
]

ROOT = Path(__file__).resolve().parents[2]
LARGEST = 200_000  # bytes
BASICS, PYTHON = "m1w1-basic-ml-concepts", "m1w1-python-for-ml-implementation"
PREPROCESSING = "m1w2-data-preprocessing"

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a learner in their second week, with search by meaning and one run."""
    home = tmp_path_factory.mktemp("pictures") / "home"
    for words in (["ingest", "--offline"], ["eval", "--limit", "40"]):
        command = [sys.executable, "-m", "ui.cli", *words, "--home", str(home)]
        subprocess.run(command, cwd=ROOT, check=True)
    then = datetime.now(UTC) - timedelta(days=5)
    items = [item for item in load_items().values() if item.section_id == PREPROCESSING]
    with Learner(home, then) as record:
        record.set_rhythm(Rhythm(minutes=(90,) * 7))
        record.add(then, Studied(BASICS), Studied(PYTHON))
        shares = [1.0, 0.0] * 3
        answers = zip(items, shares, strict=False)
        record.add(then, *(Attempt(item.id, item.topic, share) for item, share in answers))
    with serving(home) as address:
        yield address


def keep(page: Page, name: str) -> None:
    """Make a picture of what nothing hovers over."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    picture(page, name)
    file = Path(os.environ["STUDYPATH_SCREENSHOTS"]) / f"{name}.png"
    assert file.stat().st_size < LARGEST


def open_source(page: Page, address: str) -> None:
    visit(page, address)
    expect(page.locator("#status p")).to_have_text("", timeout=240_000)
    ask(page, "How does HNSW work?")
    expect(page.locator(DONE)).to_be_visible(timeout=PATIENCE)
    page.locator(CHIP).first.click()
    expect(page.locator("#panel mark").first).to_be_visible()


@pytest.mark.parametrize(
    ("name", "size", "dark"),
    [
        ("chat-1280", (1280, 800), False),
        ("chat-dark-1280", (1280, 800), True),
        ("source-390", (390, 844), False),
    ],
)
def test_an_answer_with_an_open_citation(
    app: str, open_page: OpenPage, name: str, size: tuple[int, int], dark: bool
) -> None:
    page = open_page(*size, dark=dark)
    open_source(page, app)
    keep(page, name)


def test_the_path(app: str, page: Page) -> None:
    page.goto(f"{app}/#path")
    expect(page.locator("#next-plan .count")).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#path-card h2")).to_be_visible()
    keep(page, "path-1280")


def test_a_quiz_and_what_it_tells(app: str, page: Page) -> None:
    visit(page, app)
    tab(page, "Review").click()
    page.locator("#review-scope").select_option(BASICS)
    page.locator("#review-count").select_option("20")
    page.get_by_role("button", name="Begin").click()
    question = page.locator("#review-main .question p").first
    items = {item.question.replace("`", ""): item for item in load_items().values()}
    while not isinstance((item := items[question.inner_text()]).expected, Choice):
        words = question.inner_text()
        page.get_by_role("button", name="I don’t know").click()
        page.locator("#review-main [data-do='follow']").click()
        expect(question).not_to_have_text(words)
    right = page.locator("#review-main button.choice", has_text=item.expected.key.replace("`", ""))
    right.first.click()
    expect(page.locator("#review-main .proof mark").first).to_be_visible()
    keep(page, "review-1280")


def test_the_evaluation(app: str, page: Page) -> None:
    visit(page, app)
    tab(page, "Evaluation").click()
    expect(page.locator("#evaluation-last .value").first).to_be_visible()
    keep(page, "evaluation-1280")
