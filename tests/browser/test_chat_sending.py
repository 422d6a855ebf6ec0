"""Questions sent while an answer is on its way, in a real Chromium: each asked once, none lost."""

from collections.abc import Callable, Iterator
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_chat import DONE, PATIENCE, ask, visit
from tests.browser.test_chat_engines import QUESTION, WRITTEN, app, choose, model
from tests.browser.test_sources import picture, serious
from tests.model_server import Behaviour, Exchange, ModelServer, filled, lines_of, say

__all__ = ["app", "model"]

pytestmark = pytest.mark.browser

NEXT = "How does HNSW work?"
ASKED = "#chat .user"
BOX = "#box textarea"
STOP = "#box .stop-button"
WAITS = "Your question is asked when this answer has ended."
# Presses Enter as a browser does: what nobody stopped goes on to what listens for characters.
WHEN_DONE = """([done, question]) => {
  new MutationObserver((_, watcher) => {
    if (!document.querySelector(done)) return;
    watcher.disconnect();
    const box = document.querySelector('#box textarea');
    box.value = question;
    box.dispatchEvent(new Event('input', {bubbles: true}));
    window.early = !document.querySelector('#box .submit-button');
    const enter = {key: 'Enter', bubbles: true, cancelable: true};
    if (box.dispatchEvent(new KeyboardEvent('keydown', enter))) {
      box.dispatchEvent(new KeyboardEvent('keypress', enter));
    }
  }).observe(document.querySelector('#chat'), {childList: true, subtree: true});
}"""


def halting(text: str, go_on: Event) -> Behaviour:
    """Answer with a text, all but its end of which comes at once."""

    def behave(exchange: Exchange) -> None:
        exchange.begin()
        *most, last = lines_of(exchange.path, filled(text, exchange.asked), 9, "stop")
        for line in most:
            exchange.send(line)
        go_on.wait(PATIENCE / 1000)
        exchange.send(last)
        exchange.send("")

    return behave


@pytest.fixture
def go_on() -> Iterator[Event]:
    """Give what the model's answer waits for before it ends."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def streaming(app: str, model: ModelServer, page: Page, go_on: Event) -> Page:
    """Give a page in which a model writes an answer until it may go on."""
    visit(page, app)
    choose(page, "openai")
    model.script(halting(WRITTEN * 2, go_on), say(WRITTEN))
    ask(page, QUESTION)
    expect(page.locator(STOP)).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#chat .bot").last).to_contain_text("change of the input", timeout=PATIENCE)
    return page


def settled(page: Page, *questions: str) -> None:
    """Wait until the questions have been asked, and see that no other follows."""
    expect(page.locator(ASKED)).to_have_count(len(questions), timeout=PATIENCE)
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(700)  # what would be asked too often would have begun by now
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(ASKED)).to_have_text(list(questions))
    expect(page.locator("#box-told")).to_have_text("")


def test_a_question_sent_between_the_last_update_of_an_answer_and_its_end_is_asked(
    app: str, page: Page
) -> None:
    visit(page, app)
    choose(page, "extractive")
    page.evaluate(WHEN_DONE, [DONE, NEXT])
    ask(page, QUESTION)
    settled(page, QUESTION, NEXT)
    assert page.evaluate("window.early"), "the answer had ended"
    expect(page.locator(DONE)).to_have_count(2)
    expect(page.locator(BOX)).to_have_value("")


def test_a_question_sent_while_an_answer_streams_is_asked_once_when_it_has_ended(
    streaming: Page, go_on: Event
) -> None:
    ask(streaming, NEXT)
    streaming.keyboard.press("Enter")
    expect(streaming.locator("#box-told")).to_have_text(WAITS)
    expect(streaming.locator(BOX)).to_have_value(NEXT)
    expect(streaming.locator(STOP)).to_be_visible()
    assert serious(streaming) == []
    picture(streaming, "waiting-1280")
    # Quiet, beside what is to be read: as the buttons in the header, not as "Ask".
    colour = "element => getComputedStyle(element).backgroundColor"
    stop, quiet = (streaming.locator(one).evaluate(colour) for one in (STOP, "#talks"))
    assert stop == quiet
    go_on.set()
    settled(streaming, QUESTION, NEXT)
    expect(streaming.locator("#chat .bot")).to_have_count(2)
    expect(streaming.locator(BOX)).to_have_value("")


def test_pressing_enter_twice_asks_once(app: str, page: Page) -> None:
    visit(page, app)
    choose(page, "extractive")
    ask(page, QUESTION)
    page.keyboard.press("Enter")
    settled(page, QUESTION)


def test_what_is_typed_before_the_first_update_stays(app: str, page: Page) -> None:
    visit(page, app)
    choose(page, "extractive")
    page.route("**/queue/join*", lambda route: (page.wait_for_timeout(500), route.continue_()))
    ask(page, QUESTION)
    expect(page.locator(BOX)).to_have_value("")  # at once, not when the server has answered
    page.keyboard.type("and then")
    expect(page.locator(DONE)).to_have_count(1, timeout=PATIENCE)
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(BOX)).to_have_value("and then")
    expect(page.locator(ASKED)).to_have_text([QUESTION])


def test_a_question_that_never_came_to_the_server_comes_back(app: str, page: Page) -> None:
    visit(page, app)
    page.route("**/queue/join*", lambda route: route.abort())
    with page.expect_navigation(timeout=PATIENCE):  # Gradio loads the page anew
        ask(page, QUESTION)
    expect(page.locator(BOX)).to_have_value(QUESTION, timeout=PATIENCE)
    expect(page.locator("#box .submit-button")).to_be_visible(timeout=PATIENCE)
    page.unroute("**/queue/join*")
    page.locator(BOX).press("Enter")
    settled(page, QUESTION)


@pytest.mark.parametrize(
    "hold_back",
    [
        lambda page: page.locator(STOP).click(),
        lambda page: page.locator(BOX).press_sequentially("?"),
    ],
    ids=["stopped", "changed"],
)
def test_a_question_that_waits_is_held_back_by_stop_and_by_a_change(
    streaming: Page, go_on: Event, hold_back: Callable[[Page], None]
) -> None:
    ask(streaming, NEXT)
    expect(streaming.locator("#box-told")).to_have_text(WAITS)
    hold_back(streaming)
    expect(streaming.locator("#box-told")).to_have_text("")
    go_on.set()
    settled(streaming, QUESTION)
    left = streaming.locator(BOX).input_value()
    assert left.startswith(NEXT)
    streaming.locator(BOX).press("Enter")
    expect(streaming.locator(ASKED).last).to_have_text(left, timeout=PATIENCE)
    expect(streaming.locator(BOX)).to_have_value("")
