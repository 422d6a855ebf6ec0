"""What surrounds the chat: visitors, their conversations, the guard, reading pages."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.answer import Answer, Citation, Sentence
from ingest.errors import LibraryError
from ui.chat import chat_messages, panel_value, question_line
from ui.pages import Guard, read_page, visitor_in, visitor_of
from ui.sessions import MESSAGES, VISITORS, Sessions

CITED = Citation(
    1, "p1", "a quote", "Title", "note", "studypath://notes/s", "studypath://notes/s#h", ("s",),
    "Month 1", 0, 7, "heading", "",
)  # fmt: skip
ANSWER = Answer("Why?", (Sentence("One.", (1,)), Sentence("Two.", (1,))), (CITED,))


class Shelf:
    """Stands for a keeper that has one note and one passage."""

    def __init__(self) -> None:
        self.places = {"s": "Month 1 · Section"}
        self.curriculum = None

    def document(self, doc_id: str) -> tuple[str, str, tuple[str | None, ...]] | None:
        if doc_id == "note/broken":
            raise LibraryError("the library is still being prepared")
        text = "# Title\n\nWords <script>hit()</script> [x](http://evil.example).\n\n## How\n"
        return ("Title", text, ("title", "how")) if doc_id == "note/s" else None

    def entry(self, passage_id: str) -> SimpleNamespace | None:
        passage = SimpleNamespace(text="Here a quote stands.", start=-5, heading_path=("How",))
        return SimpleNamespace(passage=passage) if passage_id == "p1" else None


# ── conversations ───────────────────────────────────────────────────────────────────────────────


def test_a_key_opens_only_in_its_own_conversation() -> None:
    sessions = Sessions()
    message = sessions.add("me", ANSWER)
    assert sessions.citation("me", f"{message.id}-1") == CITED
    assert sessions.citation("you", f"{message.id}-1") is None
    for key in (f"{message.id}-2", message.id, "-1", "", None, 7, {"key": 1}):
        assert sessions.citation("me", key) is None


def test_a_conversation_is_shown_as_far_as_it_came() -> None:
    sessions = Sessions()
    message = sessions.show("me", sessions.add("me", ANSWER), 1)
    (_, answer) = chat_messages(sessions.messages("me"), {})
    assert "One." in answer["content"]
    assert "Two." not in answer["content"]
    assert "Stopped" in answer["content"]
    sessions.show("me", message, 2)
    (_, answer) = chat_messages(sessions.messages("me"), {})
    assert answer["content"].endswith(f"[Copy with references](#copy-{message.id})")
    sessions.clear("me")
    assert sessions.messages("me") == ()


def test_memory_is_bounded() -> None:
    sessions = Sessions()
    for _ in range(MESSAGES + 5):
        sessions.add("me", ANSWER)
    assert len(sessions.messages("me")) == MESSAGES
    for number in range(VISITORS):
        sessions.add(f"v{number}", ANSWER)
    assert sessions.messages("me") == ()
    assert sessions.messages("v0")


def test_ids_cannot_be_guessed() -> None:
    sessions = Sessions()
    ids = {sessions.add("me", ANSWER).id for _ in range(50)}
    assert len(ids) == 50
    assert all(len(id) == 32 for id in ids)


def test_a_question_is_shown_as_text_line_by_line() -> None:
    shown = question_line("a | b\n|---|\n<b>x</b>\n# y" + "z" * 5_000)["content"]
    assert shown.startswith("a \\| b\n\\|---\\|\n&lt;b>x&lt;/b>\n\\# y")
    assert shown.endswith("\n…")
    assert len(shown) < 2_000


# ── the panel ───────────────────────────────────────────────────────────────────────────────────


def test_the_panel_shows_only_what_the_visitor_was_answered() -> None:
    sessions = Sessions()
    key = f"{sessions.add('me', ANSWER).id}-1"
    shelf: Any = Shelf()
    mine = panel_value(shelf, sessions, "me", {"key": key, "nonce": 12.5})
    assert mine.startswith("<!--12.500-->")
    theirs = panel_value(shelf, sessions, "you", {"key": key, "nonce": "--><script>"})
    assert "<mark>a quote</mark>" in mine
    assert "a quote" not in theirs
    assert "script" not in theirs
    assert "gone" in theirs


# ── visitors and the guard ──────────────────────────────────────────────────────────────────────


def request(cookie: str = "", session: str | None = None) -> Any:
    return SimpleNamespace(headers={"cookie": cookie}, session_hash=session)


def test_a_visitor_is_known_by_cookie_then_by_page_then_once() -> None:
    name = "0123456789abcdef" * 2
    assert visitor_of(request(f"a=b; studypath_visitor={name}")) == name
    assert visitor_of(request("studypath_visitor=short", "h")) == "page:h"
    assert visitor_of(request()) != visitor_of(request())
    assert visitor_in(f"xstudypath_visitor={name}") == ""


def headers_of(path: str, cookie: bytes = b"") -> dict[str, str]:
    """Send one request through the guard and give the headers of its response."""
    sent: list[Any] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    scope = {"type": "http", "path": path, "headers": [(b"cookie", cookie)]}
    # In a thread: a browser of another test module keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(Guard(inner)(scope, receive, send))).result()
    return {key.decode(): value.decode() for key, value in sent[0]["headers"]}


def test_the_guard_lets_nothing_leave_and_names_new_visitors() -> None:
    chat = headers_of("/")
    assert "default-src 'self'" in chat["content-security-policy"]
    assert "HttpOnly; SameSite=Lax" in chat["set-cookie"]
    name = chat["set-cookie"].split(";")[0]
    assert "set-cookie" not in headers_of("/", name.encode())
    reading = headers_of("/read/s")
    assert reading["content-security-policy"].startswith("default-src 'none'")
    assert "set-cookie" not in reading


# ── reading pages ───────────────────────────────────────────────────────────────────────────────


def test_a_note_is_read_without_its_markup() -> None:
    status, html = read_page(Shelf(), "s")  # type: ignore[arg-type]
    assert status == 200
    assert '<h2 id="how">How</h2>' in html
    assert "&lt;script&gt;" in html
    assert "evil.example" not in html


@pytest.mark.parametrize(
    ("section", "status"),
    [("unknown", 404), ("../etc", 404), ("<script>", 404), ("x" * 500, 404), ("broken", 503)],
)
def test_what_cannot_be_read_says_so(section: str, status: int) -> None:
    found, html = read_page(Shelf(), section)  # type: ignore[arg-type]
    assert found == status
    assert "<script>" not in html
