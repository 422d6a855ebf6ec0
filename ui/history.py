"""The row of past conversations above the chat: choose, rename, delete, export."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assistant.conversation import Conversation
from ingest.errors import InputError
from ui import markup
from ui.conversations import conversation_markdown
from ui.pages import visitor_of
from ui.render import date_words
from ui.sessions import Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    import gradio as gr

EXPORT = "/conversation.md"
LINK = f'<a class="export" href="{EXPORT}" download="conversation.md">Export</a>'
LISTED = 200  # conversations that can be chosen; the terminal lists all


@dataclass(frozen=True, slots=True)
class History:
    """The components of the row, and the button that shows it."""

    toggle: "gr.Button"
    row: "gr.Row"
    choice: "gr.Dropdown"
    title: "gr.Textbox"
    rename: "gr.Button"
    delete: "gr.Button"
    really: "gr.Button"


def lay_out_toggle() -> "gr.Button":
    """Place the button in the header."""
    import gradio as gr

    return gr.Button("Conversations", elem_id="talks", size="sm", scale=0)


def lay_out_history(toggle: "gr.Button") -> History:
    """Place the row, which is not there until it is asked for."""
    import gradio as gr

    with gr.Row(elem_id="history", visible=False) as row:
        choice = gr.Dropdown(label="Past conversations", choices=[], elem_id="choice", scale=3)
        title = gr.Textbox(label="Title of this one", elem_id="title", max_lines=1, scale=3)
        rename = gr.Button("Rename", size="sm", scale=0, min_width=80)
        delete = gr.Button("Delete", size="sm", scale=0, min_width=80)
        really = gr.Button("Really delete", size="sm", scale=0, min_width=120, visible=False)
        gr.HTML(LINK, elem_id="export", apply_default_css=False)
    return History(toggle, row, choice, title, rename, delete, really)


def labels(listed: Sequence[Conversation], now: datetime) -> list[str]:
    """Name conversations to choose from; those of one title also by when they went on last."""
    titles = [markup.one_line(one.title) or one.id for one in listed]
    often = Counter(titles)
    return [
        f"{title} ({when_words(one.updated_at, now)})" if often[title] > 1 else title
        for title, one in zip(titles, listed, strict=True)
    ]


def when_words(stamp: str, now: datetime) -> str:
    """Write an ISO 8601 time by the clock of `now`: "today, 14:05", "14 Nov 2026, 14:05"."""
    at = datetime.fromisoformat(stamp).astimezone(now.tzinfo)
    days = {0: "today", 1: "yesterday"}
    day = days.get((now.date() - at.date()).days, date_words(at.isoformat()))
    return f"{day}, {at:%H:%M}"


def connect_history(
    history: History,
    shown: "list[Any]",
    redraw: "Callable[[str], tuple[Any, ...]]",
    sessions: Sessions,
) -> None:
    """Connect the row; `redraw` gives a visitor's values for the components `shown`."""
    import gradio as gr

    def listing(visitor: str) -> tuple[Any, Any, Any]:
        current, listed = sessions.current(visitor), sessions.listed(visitor)[:LISTED]
        choices = list(
            zip(labels(listed, datetime.now().astimezone()), (c.id for c in listed), strict=True)
        )
        titles = [one.title for one in listed if one.id == current]
        choice = gr.Dropdown(choices=choices, value=current if titles else None)
        return choice, markup.one_line("".join(titles)), gr.Button(visible=False)

    def flip(is_open: bool, request: gr.Request) -> tuple[Any, ...]:
        return not is_open, gr.Row(visible=not is_open), *listing(visitor_of(request))

    def choose(id: str, request: gr.Request) -> tuple[Any, ...]:
        visitor = visitor_of(request)
        try:
            sessions.open(visitor, str(id))
        except InputError as error:  # deleted elsewhere meanwhile
            gr.Warning(markup.one_line(str(error)))
        return *listing(visitor), *redraw(visitor)

    def rename(title: str, request: gr.Request) -> tuple[Any, ...]:
        visitor = visitor_of(request)
        try:
            sessions.rename(visitor, str(title)[:1_000])
        except InputError as error:
            gr.Warning(markup.one_line(str(error)))
        return listing(visitor)

    def delete(request: gr.Request) -> tuple[Any, ...]:
        visitor = visitor_of(request)
        try:
            sessions.delete(visitor)
        except InputError as error:
            gr.Warning(markup.one_line(str(error)))
        return *listing(visitor), *redraw(visitor)

    def offer(request: gr.Request) -> Any:
        return gr.Button(visible=bool(sessions.current(visitor_of(request))))

    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
    quiet["api_visibility"] = "private"
    is_open = gr.State(False)
    listed = [history.choice, history.title, history.really]
    history.toggle.click(flip, is_open, [is_open, history.row, *listed], **quiet)
    history.choice.input(choose, history.choice, [*listed, *shown], **quiet)
    history.rename.click(rename, history.title, listed, **quiet)
    history.title.submit(rename, history.title, listed, **quiet)
    history.delete.click(offer, None, history.really, **quiet)
    history.really.click(delete, None, [*listed, *shown], **quiet)


def exported(sessions: Sessions, visitor: str) -> str:
    """Write the conversation that a visitor sees as Markdown; empty when there is none."""
    current = sessions.current(visitor)
    found = next((one for one in sessions.listed(visitor) if one.id == current), None)
    return conversation_markdown(found, sessions.messages(visitor)) if found else ""
