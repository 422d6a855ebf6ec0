"""The chat: question in, streamed answer with citations, and the passage beside it."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from ingest.curriculum import GENERAL, OWN
from ingest.errors import StudypathError
from ui import chat_script, chat_style, formulas, markup, places
from ui.asking import chat_messages, failed, message_lines, question_again, stream
from ui.controls import Controls
from ui.edge import guarded
from ui.feedback import judged, verdicts
from ui.history import History, connect_history, lay_out_history, lay_out_toggle
from ui.pages import visitor_of
from ui.panel import empty_html, gone_html, panel_html, sheet
from ui.render import copy_markdown
from ui.sending_script import READY, RUNNING, SENT, TAKEN
from ui.sessions import Sessions
from ui.starters import Starters, Welcome

if TYPE_CHECKING:
    import gradio as gr

    from ui.keeper import Keeper
    from ui.path_study import Study

STATUS_EVERY = 1.0

GREETING = "## What would you like to understand?\n\n{}"
FROM_PATH = "Answers come from your learning path, each with its source."
FROM_SECTION = "From where you are, {}:"
OUR_FAULT = "Something went wrong on our side. Your question is kept: please ask it again."
BEING_READ = "Sources are being read just now: ask again when that has ended."
NOT_TOLD = "Something went wrong on our side. Please try again."


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
        return mark + gone_html()
    message, citation = cited
    try:
        entry = keeper.entry(citation.passage_id)
        now, known = (entry.passage if entry else None), True
    except StudypathError:  # being prepared: nothing can be said of what it holds
        now, known = None, False
    # As it stood when it was cited: the library may have moved on, or hold it no more.
    held = message.passage(citation.passage_id)
    passage = held or now
    changed = bool(held and known and (now is None or now.text != held.text))
    section = next((i for i in citation.section_ids if i in keeper.places), "")
    section = "" if section in (GENERAL, OWN) else section
    text, start, headings = (
        (passage.text, passage.start, passage.heading_path) if passage else ("", 0, ())
    )
    return mark + sheet(
        panel_html(citation, text, start, headings, changed=changed, section_id=section)
    )


def greeting(welcome: Welcome) -> str:
    """Write what stands in an empty conversation, above the questions to begin with."""
    where = FROM_SECTION.format(markup.escape(welcome.where)) if welcome.questions else ""
    return GREETING.format("\n\n".join(filter(None, (FROM_PATH, where))))


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


@dataclass(frozen=True, slots=True)
class Room:
    """What the chat of all visitors stands on; it holds all state, the page holds ids alone."""

    keeper: "Keeper"
    sessions: Sessions
    controls: Controls
    starters: Starters
    is_reading: Callable[[], bool]  # whether sources are being read just now

    def shown(self, visitor: str) -> list[dict[str, str]]:
        """Write the conversation that a visitor sees."""
        return chat_messages(self.sessions.messages(visitor), self.keeper.places)

    def failed(
        self, visitor: str, question: str, words: str, *, keep: bool = True
    ) -> list[dict[str, str]]:
        """Write the conversation with a remark in place of the last answer."""
        failed(self.sessions, visitor, question, words, keep=keep)
        return self.shown(visitor)


def build_chat(
    keeper: "Keeper", sessions: Sessions, study: "Study", is_reading: Callable[[], bool]
) -> "gr.Blocks":
    """Build the page; `keeper`, `sessions` and `study` hold all its state."""
    import gradio as gr

    controls = Controls(keeper, sessions)
    room = Room(keeper, sessions, controls, Starters(keeper, study), is_reading)
    with gr.Blocks(title="studypath", analytics_enabled=False) as page:
        parts = lay_out(panel_functions(room), control_functions(room))
        connect_asking(parts, room)
        connect_rest(page, parts, room)
    return page


def lay_out(
    functions: list[Callable[..., Any]], choosing: "list[Callable[..., Any]] | None" = None
) -> Parts:
    """Place the components: header, status, conversation with its box and controls, panel."""
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
                placeholder=GREETING.format(FROM_PATH),
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
            lay_out_controls(choosing or [])
        with gr.Column(scale=4, elem_id="side", min_width=280):
            panel = gr.HTML(
                empty_html(),
                elem_id="panel",
                apply_default_css=False,
                js_on_load=chat_script.PANEL,
                server_functions=functions,
            )
    return Parts(new, history, status, gr.Timer(STATUS_EVERY), chat, box, panel)


def lay_out_controls(functions: list[Callable[..., Any]]) -> None:
    """Place the row of controls under the question box."""
    import gradio as gr

    gr.HTML(
        chat_style.CONTROLS,
        elem_id="controls",
        apply_default_css=False,
        js_on_load=chat_script.CONTROLS,
        server_functions=functions,
    )


def panel_functions(room: Room) -> list[Callable[..., Any]]:
    """Make the functions that the script of chat and panel calls for words to show or copy."""
    import gradio as gr

    sessions = room.sessions

    def quote(key: str, request: gr.Request) -> str:
        citation = sessions.citation(visitor_of(request), key)
        return markup.one_line(citation.quote)[:400] if citation else ""

    def references(message_id: str, request: gr.Request) -> str:
        message = sessions.message(visitor_of(request), str(message_id))
        return copy_markdown(message.answer) if message else ""

    def said(sent: Any, request: gr.Request) -> dict[str, Any]:
        return told(lambda: verdicts(sessions, visitor_of(request)))

    def judge(sent: Any, request: gr.Request) -> dict[str, Any]:
        return told(lambda: judged(sessions, visitor_of(request), sent))

    return [quote, references, said, judge]


def control_functions(room: Room) -> list[Callable[..., Any]]:
    """Make the functions by which the row of controls learns what there is, and is changed."""
    import gradio as gr

    controls = room.controls

    def offered(sent: Any, request: gr.Request) -> dict[str, Any]:
        return told(lambda: controls.told(visitor_of(request)))

    def choose(sent: Any, request: gr.Request) -> dict[str, Any]:
        visitor = visitor_of(request)

        def chosen() -> dict[str, Any]:
            controls.choose(visitor, sent)
            return controls.told(visitor)

        return told(chosen)

    return [offered, choose]


def told(answer: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Give what a script asked for, or one sentence on what went wrong; never raises."""
    return guarded(answer, NOT_TOLD)


def connect_asking(parts: Parts, room: Room) -> None:
    """Connect the question box, the example questions, asking again and Stop."""
    import gradio as gr

    def answer_question(question: str, request: gr.Request) -> Iterator[Any]:
        yield from answered(room, (question or "").strip(), visitor_of(request), again=False)

    def answer_again(event: gr.EventData, request: gr.Request) -> Iterator[Any]:
        visitor = visitor_of(request)
        question = question_again(room.sessions, visitor, (event._data or {}).get("key"))
        yield from answered(room, question, visitor, again=True)

    def choose_example(chosen: gr.SelectData) -> str:
        value = chosen.value
        return str(value.get("text", "")) if isinstance(value, dict) else str(value)

    def stop_answer(request: gr.Request) -> list[dict[str, str]]:
        return room.shown(visitor_of(request))

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    stream_settings: dict[str, Any] = {
        **quiet,
        "concurrency_id": "chat",
        "concurrency_limit": 40,
    }
    box, chat = parts.box, parts.chat
    # The conversation alone is written by the server: a second component in each of its updates,
    # though unchanged, took a fifth of the time to the first one.
    sent: dict[str, Any] = {"fn": None, "inputs": box, "outputs": box, "js": SENT, **quiet}
    asked: dict[str, Any] = {"inputs": box, "outputs": chat, "js": TAKEN, **stream_settings}
    typed = box.submit(**sent).then(answer_question, **asked)
    example = chat.example_select(choose_example, None, box, queue=False, **quiet)
    picked = example.then(**sent).then(answer_question, **asked)
    parts.panel.running(None, None, box, js=RUNNING, **quiet)
    again = parts.panel.again(answer_again, None, chat, **stream_settings)
    running = [typed, picked, again]
    box.stop(stop_answer, None, chat, cancels=running, queue=False, **quiet)
    for event in running:  # stopped ones end too; Gradio tells a failure apart
        for ended in (event.then, event.failure):
            ended(None, None, box, js=READY, **quiet)


def answered(room: Room, text: str, visitor: str, *, again: bool) -> Iterator[Any]:
    """Give the conversation while a question is answered, whatever happens."""
    import gradio as gr

    if not text:
        yield gr.skip()
        return
    try:
        room.sessions.count_question(visitor)
    except StudypathError as error:
        # Not on disk: who asks too often should not fill it either.
        yield room.failed(visitor, text, str(error), keep=False)
        return
    try:
        manner = room.controls.manner(visitor)
        yield from stream(room.keeper, room.sessions, visitor, text, manner, again=again)
        if remarked := in_reading(room, visitor):
            yield remarked
    except StudypathError as error:
        yield room.failed(visitor, text, str(error))
    except Exception as error:  # the edge: the page must go on whatever happened
        print(f"studypath: {type(error).__name__}: {error}", file=sys.stderr)
        yield room.failed(visitor, text, OUR_FAULT)


def in_reading(room: Room, visitor: str) -> list[dict[str, str]]:
    """Write a refusal with the remark that sources are being read just now; empty for no such."""
    messages = room.sessions.messages(visitor)
    if not messages or not messages[-1].answer.refused or not room.is_reading():
        return []
    places = room.keeper.places
    before = chat_messages(messages[:-1], places)
    return [*before, *message_lines(messages[-1], places, BEING_READ)]


def connect_rest(page: "gr.Blocks", parts: Parts, room: Room) -> None:
    """Connect the panel, the status line, a new conversation, and a reload of the page."""
    import gradio as gr

    keeper, sessions = room.keeper, room.sessions

    def open_source(event: gr.EventData, request: gr.Request) -> str:
        return panel_value(keeper, sessions, visitor_of(request), event._data or {})

    def restore(request: gr.Request) -> tuple[Any, str, Any]:
        # An empty one is there already, and may have been asked something meanwhile.
        return room.shown(visitor_of(request)) or gr.skip(), *tell_status()

    def offer_examples(request: gr.Request) -> Any:
        # On the first visit of all, the path is known a few seconds after the page is there.
        while not keeper.wait(0.2) and not keeper.readiness().settled:
            pass
        welcome = room.starters.welcome(sessions.learner(visitor_of(request)))
        examples = [{"text": question} for question in welcome.questions]
        if not examples:
            return gr.skip()
        return gr.Chatbot(examples=examples, placeholder=greeting(welcome))

    def tell_status() -> tuple[str, Any]:
        ready = keeper.readiness()
        return status_html(ready.words or sessions.problem), gr.Timer(active=not ready.settled)

    def redraw(visitor: str) -> tuple[Any, ...]:
        return room.shown(visitor), empty_html()

    def start_anew(request: gr.Request) -> tuple[Any, str]:
        sessions.clear(visitor_of(request))
        return [], empty_html()

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
