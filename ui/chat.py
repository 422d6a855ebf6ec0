"""The chat: question in, streamed answer with citations, and the passage beside it."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from assistant.conversation import Message
from assistant.engines import EXTRACTIVE
from assistant.manner import Manner
from ingest.curriculum import Curriculum
from ingest.errors import StudypathError
from ui import formulas, markup, places, style
from ui.history import History, connect_history, lay_out_history, lay_out_toggle
from ui.pages import visitor_of
from ui.render import chat_markdown, copy_markdown, panel_html
from ui.sessions import Sessions
from ui.writing import as_written

if TYPE_CHECKING:
    import gradio as gr

    from ingest.split import Passage
    from ui.keeper import Keeper

STEP = 0.06  # seconds between sentences: updates closer than 50 ms pile up in the browser
QUESTION_SHOWN = 1_500  # characters of a long question that the conversation repeats
STATUS_EVERY = 1.0

GREETING = (
    "## What would you like to understand?\n\n"
    "Answers come from your learning path, each with its source."
)
LOOKING = "*Looking through your sources…*"
PREPARING = "*The library is being prepared. Your question is answered in a few seconds…*"
STOPPED = "*Stopped.*"
EMPTY_PANEL = "Sources appear here. Choose a number in an answer to read the passage it comes from."
GONE = "This source is gone: the conversation it belongs to is no longer kept. Please ask again."
OUR_FAULT = "Something went wrong on our side. Your question is kept below: please try again."

# Questions that our own notes answer, by the section they belong to.
STARTERS = {
    "m1w1-basic-ml-concepts": "What is overfitting?",
    "m2w3-vector-database-fundamentals": "How does HNSW work?",
}
FIND_STARTER = "Where do I learn about {}, and what first?"


def example_questions(curriculum: Curriculum | None) -> tuple[str, ...]:
    """Choose up to three questions that this path can answer; none for a plain collection."""
    if curriculum is None or not curriculum.sections:
        return ()
    noted = [section for section in curriculum.sections if section.id in STARTERS]
    first = (noted or list(curriculum.sections))[-1 if noted else 0]
    questions = [FIND_STARTER.format(first.title)]
    questions += [STARTERS[section.id] for section in noted]
    questions += [f"What should I know about {topic.text}?" for topic in first.topics]
    return tuple(questions[:3])


def chat_messages(messages: Sequence[Message], places: Mapping[str, str]) -> list[dict[str, str]]:
    """Write a conversation as the chat shows it."""
    return [line for message in messages for line in message_lines(message, places)]


def message_lines(message: Message, places: Mapping[str, str]) -> tuple[dict[str, str], ...]:
    """Write one question and its answer, as far as it has appeared."""
    answer = message.visible
    text = chat_markdown(answer, message.id, places)
    whole = message.shown >= len(message.answer.sentences)
    if not whole:
        text = f"{text}\n\n{STOPPED}".strip()
    elif not answer.refused:
        text += f"\n\n[Copy with references](#copy-{message.id})"
    return question_line(answer.question), {"role": "assistant", "content": text}


def question_line(question: str) -> dict[str, str]:
    """Write a question as the chat shows it: as plain text, line by line."""
    shown = markup.clean(question[:QUESTION_SHOWN])
    lines = [markup.escape(line).replace("|", "\\|") for line in shown.strip().split("\n")]
    more = "\n…" if len(question) > QUESTION_SHOWN else ""
    return {"role": "user", "content": "\n".join(lines) + more}


def said(text: str) -> dict[str, str]:
    """Write a remark of ours as a message."""
    return {"role": "assistant", "content": text}


def stream(
    keeper: "Keeper", sessions: Sessions, visitor: str, question: str
) -> Iterator[list[dict[str, str]]]:
    """Answer a question sentence by sentence; yields the whole conversation each time.

    What has appeared is noted in `sessions` at every step, so a stopped answer is kept as it stood;
    on disk it is written when it begins and when it ends.
    Raises StudypathError when the library cannot answer.
    """
    sessions.count_question(visitor)
    before = chat_messages(sessions.messages(visitor), keeper.places)
    asked = question_line(question)
    while not keeper.wait(0.2):
        if keeper.readiness().settled:
            break
        yield [*before, asked, said(PREPARING)]
    yield [*before, asked, said(LOOKING)]
    manner = Manner(history=sessions.turns(visitor))
    writing = as_written(question, lambda hear: keeper.ask(question, manner, hear))
    while True:
        try:
            so_far = next(writing)
        except StopIteration as ended:
            answer = ended.value
            break
        yield [*before, asked, said(chat_markdown(so_far, "", keeper.places))]
    message = sessions.add(visitor, answer, keeper.shown(answer))
    count = len(answer.sentences)
    # What a model wrote has been read already; quotes come at once, so they appear one by one.
    first = 1 if answer.engine == EXTRACTIVE else count
    try:
        for shown in range(max(1, first), count + 1):
            partly = replace(message, shown=shown).visible
            yield [*before, asked, said(chat_markdown(partly, message.id, keeper.places))]
            # Noted after it was sent: a step that is made while Stop is on its way is not seen.
            message = sessions.show(visitor, message, shown)
            time.sleep(STEP)
    finally:
        sessions.settle(visitor, message)
    yield [*before, *message_lines(message, keeper.places)]


def panel_value(
    keeper: "Keeper", sessions: Sessions, visitor: str, opened: Mapping[str, Any]
) -> str:
    """Write the panel for the chip that was chosen, from the visitor's own conversation only.

    The page redraws the panel when its HTML changes, so the nonce of the event goes into it: the
    same chip chosen twice opens the panel twice.
    """
    nonce = opened.get("nonce")
    mark = f"<!--{nonce:.3f}-->" if isinstance(nonce, int | float) else ""
    cited = sessions.cited(visitor, opened.get("key"))
    if cited is None:
        return mark + sheet(f'<h2 tabindex="-1">Source</h2><p class="empty">{GONE}</p>')
    message, citation = cited
    # As it stood when it was cited: the library may have moved on, or hold it no more.
    passage = message.passage(citation.passage_id) or passage_now(keeper, citation.passage_id)
    if passage is None:
        return mark + sheet(panel_html(citation, "", 0))
    return mark + sheet(panel_html(citation, passage.text, passage.start, passage.heading_path))


def passage_now(keeper: "Keeper", passage_id: str) -> "Passage | None":
    """Read a passage from the library; None when it is not there."""
    try:
        entry = keeper.entry(passage_id)
    except StudypathError:
        return None
    return entry.passage if entry else None


def sheet(content: str) -> str:
    """Wrap the panel's content with the button that closes it on a phone."""
    close = '<button type="button" class="close" aria-label="Close the source">×</button>'
    return f'<div class="sheet reading" role="region" aria-label="Source">{close}{content}</div>'


def empty_panel() -> str:
    """Write the panel before any source was chosen."""
    return f'<div class="sheet"><p class="empty">{EMPTY_PANEL}</p></div>'


def status_html(words: str) -> str:
    """Write the line that says what search can do by now."""
    return f'<p role="status">{escape(words)}</p>'


@dataclass(frozen=True, slots=True)
class Parts:
    """The components that the events connect."""

    new: "gr.Button"
    history: History
    status: "gr.HTML"
    timer: "gr.Timer"
    chat: "gr.Chatbot"
    box: "gr.Textbox"
    panel: "gr.HTML"


def build_chat(keeper: "Keeper", sessions: Sessions) -> "gr.Blocks":
    """Build the page; `keeper` and `sessions` hold all its state."""
    import gradio as gr

    with gr.Blocks(title="studypath", analytics_enabled=False) as page:
        parts = lay_out(server_functions(keeper, sessions))
        connect_asking(parts, keeper, sessions)
        connect_rest(page, parts, keeper, sessions)
    return page


def lay_out(functions: list[Callable[..., str]]) -> Parts:
    """Place the components: header, status, conversation with its box, panel."""
    import gradio as gr

    with gr.Row(elem_id="top"):
        header = places.header_html()
        gr.HTML(header, elem_id="brand", apply_default_css=False, js_on_load=places.SCRIPT)
        status = gr.HTML(status_html(""), elem_id="status", apply_default_css=False)
        toggle = lay_out_toggle()
        new = gr.Button("New conversation", elem_id="new", size="sm", scale=0)
    history = lay_out_history(toggle)
    with gr.Row(elem_id="main"):
        with gr.Column(scale=7, elem_id="talk"):
            chat = gr.Chatbot(
                elem_id="chat",
                label="Conversation",
                show_label=False,
                layout="panel",
                buttons=[],
                feedback_options=None,
                latex_delimiters=formulas.DELIMITERS,
                allow_tags=False,
                group_consecutive_messages=False,
                height="100%",
                autoscroll=False,
                placeholder=GREETING,
            )
            box = gr.Textbox(
                elem_id="box",
                label="Your question",
                show_label=False,
                container=False,
                placeholder="Ask about your path",
                lines=1,
                max_lines=6,
                max_length=20_000,
                submit_btn="Ask",
                autofocus=True,
            )
        with gr.Column(scale=4, elem_id="side", min_width=280):
            panel = gr.HTML(
                empty_panel(),
                elem_id="panel",
                apply_default_css=False,
                js_on_load=style.SCRIPT,
                server_functions=functions,
            )
    return Parts(new, history, status, gr.Timer(STATUS_EVERY), chat, box, panel)


def server_functions(keeper: "Keeper", sessions: Sessions) -> list[Callable[..., str]]:
    """Make the two functions that the page's script calls for words to show or copy."""
    import gradio as gr

    def quote(key: str, request: gr.Request) -> str:
        citation = sessions.citation(visitor_of(request), key)
        return markup.one_line(citation.quote)[:400] if citation else ""

    def references(message_id: str, request: gr.Request) -> str:
        message = sessions.message(visitor_of(request), str(message_id))
        return copy_markdown(message.answer) if message else ""

    return [quote, references]


def connect_asking(parts: Parts, keeper: "Keeper", sessions: Sessions) -> None:
    """Connect the question box, the example questions and Stop."""
    import gradio as gr

    def answer_question(question: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        text = (question or "").strip()
        if not text:
            yield gr.skip(), gr.skip()
            return
        visitor = visitor_of(request)
        box: Any = gr.Textbox(value="", submit_btn=False, stop_btn="Stop")
        try:
            for messages in stream(keeper, sessions, visitor, text):
                yield messages, box
                box = gr.skip()
        except StudypathError as error:
            yield failed(keeper, sessions, visitor, text, str(error)), restored(text)
        except Exception as error:  # the edge: the page must go on whatever happened
            print(f"studypath: {type(error).__name__}: {error}", file=sys.stderr)
            yield failed(keeper, sessions, visitor, text, OUR_FAULT), restored(text)
        else:
            yield gr.skip(), stop_answer()

    def restored(text: str) -> gr.Textbox:
        return gr.Textbox(value=text, submit_btn="Ask", stop_btn=False)

    def choose_example(chosen: gr.SelectData) -> str:
        value = chosen.value
        return str(value.get("text", "")) if isinstance(value, dict) else str(value)

    def stop_answer() -> gr.Textbox:
        return gr.Textbox(submit_btn="Ask", stop_btn=False)

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    stream_settings: dict[str, Any] = {
        **quiet,
        "concurrency_id": "chat",
        "concurrency_limit": 40,
    }
    outputs = [parts.chat, parts.box]
    typed = parts.box.submit(answer_question, parts.box, outputs, **stream_settings)
    picked = parts.chat.example_select(choose_example, None, parts.box, queue=False, **quiet).then(
        answer_question, parts.box, outputs, **stream_settings
    )
    parts.box.stop(stop_answer, None, parts.box, cancels=[typed, picked], queue=False, **quiet)


def failed(
    keeper: "Keeper", sessions: Sessions, visitor: str, question: str, words: str
) -> list[dict[str, str]]:
    """Write the conversation with a remark in place of an answer."""
    before = chat_messages(sessions.messages(visitor), keeper.places)
    return [*before, question_line(question), said(markup.escape(words))]


def connect_rest(page: "gr.Blocks", parts: Parts, keeper: "Keeper", sessions: Sessions) -> None:
    """Connect the panel, the status line, a new conversation, and a reload of the page."""
    import gradio as gr

    def open_source(event: gr.EventData, request: gr.Request) -> str:
        return panel_value(keeper, sessions, visitor_of(request), event._data or {})

    def restore(request: gr.Request) -> tuple[Any, str, Any]:
        messages = chat_messages(sessions.messages(visitor_of(request)), keeper.places)
        return messages, *tell_status()

    def offer_examples() -> Any:
        # On the first visit of all, the path is known a few seconds after the page is there.
        while not keeper.wait(0.2) and not keeper.readiness().settled:
            pass
        examples = [{"text": q} for q in example_questions(keeper.curriculum)]
        return gr.Chatbot(examples=examples) if examples else gr.skip()

    def tell_status() -> tuple[str, Any]:
        ready = keeper.readiness()
        return status_html(ready.words or sessions.problem), gr.Timer(active=not ready.settled)

    def redraw(visitor: str) -> tuple[Any, ...]:
        return chat_messages(sessions.messages(visitor), keeper.places), empty_panel()

    def start_anew(request: gr.Request) -> tuple[Any, str]:
        sessions.clear(visitor_of(request))
        return [], empty_panel()

    quiet: dict[str, Any] = {
        "queue": False,
        "show_progress": "hidden",
        "api_visibility": "private",
    }
    connect_history(parts.history, [parts.chat, parts.panel], redraw, sessions)
    parts.panel.open(open_source, None, parts.panel, **quiet)
    parts.new.click(start_anew, None, [parts.chat, parts.panel], **quiet)
    parts.timer.tick(tell_status, None, [parts.status, parts.timer], **quiet)
    page.load(restore, None, [parts.chat, parts.status, parts.timer], **quiet).then(
        offer_examples, None, parts.chat, **quiet
    )
