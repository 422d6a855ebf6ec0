"""What surrounds the chat: visitors, their conversations, the guard, reading pages."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.answer import Answer, Citation, Sentence
from assistant.conversation import Conversations
from assistant.manner import Manner
from assistant.stored import ShownPassage
from ingest.errors import InputError, LibraryError
from ui.asking import chat_messages, question_line, stream
from ui.chat import panel_value
from ui.pages import Guard, read_page, visitor_in, visitor_of
from ui.sessions import MESSAGES, VISITORS, Sessions, learner_of

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
    copy, actions = f"(#copy-{message.id})", f'<span class="acts m-{message.id}"></span>'
    assert answer["content"].endswith(f"[Copy with references]{copy} {actions}")
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


# ── kept on disk ────────────────────────────────────────────────────────────────────────────────

COOKIE = "0123456789abcdef" * 2
OTHER = "f" * 32
PASSAGE = ShownPassage("gone", "Here a quote stands.", -5, ("How",))
KEPT = replace(ANSWER, citations=(replace(CITED, passage_id="gone"),))


def test_a_conversation_is_there_after_a_restart(tmp_path: Path) -> None:
    before = Sessions(tmp_path)
    message = before.add(COOKIE, KEPT, (PASSAGE,))
    message = before.show(COOKIE, message, 1)
    assert Sessions(tmp_path).messages(COOKIE)[0].shown == 2  # whole, until it is stopped
    before.settle(COOKIE, message)
    after = Sessions(tmp_path)
    assert after.messages(COOKIE) == (message,)
    assert after.turns(COOKIE)[0].answer == "One."
    shelf: Any = Shelf()  # which holds no such passage
    panel = panel_value(shelf, after, COOKIE, {"key": f"{message.id}-1"})
    assert "Here <mark>a quote</mark> stands." in panel
    assert after.messages(OTHER) == ()
    assert after.citation(OTHER, f"{message.id}-1") is None
    assert after.problem == ""


def test_a_new_conversation_is_another_and_the_old_one_stays(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    first = sessions.add(COOKIE, ANSWER)
    old = sessions.current(COOKIE)
    sessions.clear(COOKIE)
    assert Sessions(tmp_path).messages(COOKIE) == ()
    sessions.add(COOKIE, replace(ANSWER, question="And now?"))
    assert [c.title for c in sessions.listed(COOKIE)] == ["And now?", "Why?"]
    sessions.open(COOKIE, old)
    assert [m.id for m in Sessions(tmp_path).messages(COOKIE)] == [first.id]
    sessions.rename(COOKIE, "Old")
    sessions.delete(COOKIE)
    assert sessions.messages(COOKIE) == ()
    assert [c.title for c in sessions.listed(COOKIE)] == ["And now?"]
    with pytest.raises(InputError, match="no such conversation"):
        sessions.open(COOKIE, old)


def test_visitors_of_this_machine_are_one_learner_and_others_their_own(tmp_path: Path) -> None:
    here, open_to_all = Sessions(tmp_path), Sessions(tmp_path, private=False)
    here.add(COOKIE, ANSWER)
    assert len(here.listed(OTHER)) == 1
    assert here.listed(f"far:{COOKIE}") == open_to_all.listed(COOKIE) == ()
    open_to_all.add(COOKIE, ANSWER)
    open_to_all.add("page:h", ANSWER)  # without a cookie: in memory alone
    assert open_to_all.listed(OTHER) == ()
    names = sorted(folder.name for folder in (tmp_path / "learners").iterdir())
    assert names[0] == "me"
    assert [name[:8] for name in names[1:]] == ["visitor-"]
    assert COOKIE not in names[1]


@pytest.mark.parametrize("visitor", ["../../x", "me", "", f"{COOKIE}/..", f"far:far:{COOKIE}"])
def test_a_visitor_is_never_a_path(visitor: str) -> None:
    assert learner_of(visitor, private=True) == learner_of(visitor, private=False) == ""


def test_an_answer_is_given_also_when_it_cannot_be_kept(tmp_path: Path) -> None:
    first = Sessions(tmp_path)
    first.add(COOKIE, ANSWER)
    file = tmp_path / "learners" / "me" / "conversations.db"
    file.write_text("garbage " * 500)
    sessions = Sessions(tmp_path)
    message = sessions.add(COOKIE, ANSWER)
    assert sessions.messages(COOKIE) == (message,)
    assert "is damaged" in sessions.problem
    assert file.read_text().startswith("garbage")


class Answering(Shelf):
    """Stands for a keeper that answers at once, and notes what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.manners: list[Manner] = []

    def wait(self, seconds: float) -> bool:
        return True

    def ask(self, question: str, manner: Manner, hear: object = None) -> Answer:
        self.manners.append(manner)
        return replace(KEPT, question=question)

    def shown(self, answer: Answer) -> tuple[ShownPassage, ...]:
        return (PASSAGE,)


def test_a_stopped_answer_is_kept_as_far_as_it_came(tmp_path: Path) -> None:
    keeper: Any = Answering()
    answering = stream(keeper, Sessions(tmp_path), COOKIE, "What is drift?")
    for _ in range(3):  # looking, one sentence, two
        next(answering)
    answering.close()  # what Stop does
    sessions = Sessions(tmp_path)
    assert [m.shown for m in sessions.messages(COOKIE)] == [1]
    list(stream(keeper, sessions, COOKIE, "why?"))
    assert [m.shown for m in Sessions(tmp_path).messages(COOKIE)] == [1, 2]
    assert [turn.question for turn in keeper.manners[1].history] == ["What is drift?"]


def test_streamed_sentences_cost_no_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[str] = []
    writing = Conversations._writing

    def counted(self: Conversations) -> Any:
        writes.append("x")
        return writing(self)

    monkeypatch.setattr(Conversations, "_writing", counted)
    keeper: Any = Answering()
    keeper.ask = lambda question, manner, hear: replace(KEPT, sentences=KEPT.sentences * 8)
    list(stream(keeper, Sessions(tmp_path), COOKIE, "What is drift?"))
    assert len(writes) == 1  # the whole message, and that its conversation is open


@pytest.mark.parametrize(
    ("headers", "client", "near"),
    [
        ({"host": "127.0.0.1:7860"}, "127.0.0.1", True),
        ({"host": "localhost:7860"}, "::1", True),
        ({"host": "[::1]:7860"}, "::1", True),
        ({"host": "evil.example"}, "127.0.0.1", False),
        ({"host": "127.0.0.1"}, "192.168.1.5", False),
        ({"host": "127.0.0.1", "x-forwarded-for": "1.2.3.4"}, "127.0.0.1", False),
        ({"host": "localhost", "via": "1.1 proxy"}, "127.0.0.1", False),
    ],
)
def test_who_comes_through_a_proxy_is_not_of_this_machine(
    headers: dict[str, str], client: str, near: bool
) -> None:
    cookie = {"cookie": f"studypath_visitor={COOKIE}"}
    asked: Any = SimpleNamespace(headers={**cookie, **headers}, client=SimpleNamespace(host=client))
    assert visitor_of(asked) == (COOKIE if near else f"far:{COOKIE}")
