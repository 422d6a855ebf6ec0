"""A language model behind the chat: offered, chosen, stopped, asked again, and failing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_chat import DONE, PATIENCE, ask, visit
from tests.browser.test_sources import picture
from tests.model_server import ModelServer, running, say, status
from tests.served import ingest, serving

pytestmark = pytest.mark.browser

QUESTION = "What is data drift?"
WRITTEN = "Data drift is a change of the input data over time [{0}]. "


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with running(ModelServer()) as server:
        yield server


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, model: ModelServer) -> Iterator[str]:
    """Serve the notes beside a model on this machine, which the settings name but do not take."""
    home = tmp_path_factory.mktemp("engines") / "home"
    ingest(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDYPATH_BASE_URL", model.url)
        patch.setenv("STUDYPATH_LLM", "scripted")
        with serving(home) as address:
            yield address


def choose(page: Page, name: str) -> None:
    engine = page.get_by_label("Engine")
    expect(engine).to_be_visible(timeout=PATIENCE)
    with page.expect_response(lambda response: "component_server" in response.url):
        engine.select_option(name)


def test_a_model_is_offered_by_its_name_and_answers(
    app: str, model: ModelServer, page: Page
) -> None:
    visit(page, app)
    choose(page, "openai")
    assert page.locator("#choose-engine option").all_inner_texts() == [
        "Language model: scripted",
        "Quotes only",
    ]
    model.script(say(WRITTEN))
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#chat .bot").last).to_contain_text("a change of the input data")
    page.reload()
    expect(page.get_by_label("Engine")).to_have_value("openai", timeout=PATIENCE)


def test_a_model_that_fails_is_told_in_a_sentence_and_quotes_answer(
    app: str, model: ModelServer, page: Page
) -> None:
    visit(page, app)
    choose(page, "openai")
    model.script(status(400))
    ask(page, QUESTION)
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    answer = page.locator("#chat .bot").last
    expect(answer).to_contain_text("these are quotes only")
    expect(answer.locator("em").first).to_contain_text("The language model")
    picture(page, "fallback-1280")


def test_a_stopped_answer_is_asked_again_of_another_engine(
    app: str, model: ModelServer, page: Page
) -> None:
    visit(page, app)
    choose(page, "openai")
    model.script(say(WRITTEN * 40, pause=0.3))
    ask(page, QUESTION)
    stop = page.locator("#box .stop-button")
    expect(stop).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#chat .bot").last).to_contain_text("change of the input", timeout=PATIENCE)
    stop.click()
    answer = page.locator("#chat .bot").last
    expect(answer).to_contain_text("Stopped.")
    expect(answer).to_contain_text("change of the input")  # as far as it came
    expect(page.locator("#box .submit-button")).to_be_visible()
    page.reload()
    expect(page.locator("#chat .bot").last).to_contain_text("Stopped.", timeout=PATIENCE)
    choose(page, "extractive")
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#chat .user")).to_have_count(1)
    expect(page.locator("#chat .bot").last).not_to_contain_text("Stopped.")


def test_a_stopped_question_stays_and_can_be_asked_again_later(
    app: str, model: ModelServer, page: Page
) -> None:
    visit(page, app)
    page.get_by_role("button", name="New conversation").click()
    choose(page, "openai")
    model.script(say(WRITTEN * 40, pause=0.3))
    ask(page, QUESTION)
    stop = page.locator("#box .stop-button")
    expect(stop).to_be_visible(timeout=PATIENCE)
    stop.click()
    expect(page.locator("#chat .bot").last).to_contain_text("Stopped.")
    choose(page, "extractive")
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)
    ask(page, "How does HNSW work?")
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    page.reload()
    expect(page.locator("#chat .user")).to_have_text([QUESTION, "How does HNSW work?"])
    stopped = page.locator("#chat .bot").first
    expect(stopped).to_contain_text("Stopped.")
    picture(page, "stopped-1280")
    stopped.get_by_role("button", name="Ask again").click()
    expect(page.locator("#chat .user")).to_have_count(3, timeout=PATIENCE)
    expect(page.locator(DONE)).to_have_count(2, timeout=PATIENCE)
    expect(page.locator("#chat .user").last).to_have_text(QUESTION)
