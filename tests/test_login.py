"""The door of a group over real HTTP: logging in and out, who one is, and what is turned away."""

import re
import socket
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.door_server import PASSWORDS, QUICK, Doorway, doorway
from ui import users
from ui.limits import Allowed
from ui.login_page import EXPIRED, after, done_page, login_page
from ui.logins import MOST, Logins, key_of, read
from ui.users import User, changed, made

NOBODY = users.NOBODY
HTML = {"accept": "text/html,application/xhtml+xml"}
PATHS = (
    "/", "/config", "/theme.css", "/assets/index.js", "/static/img.svg", "/read/m1w1-x",
    "/conversation.md", "/monitoring", "/favicon.ico", "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/queue/data?session_hash=x", "/gradio_api/queue/status", "/gradio_api/heartbeat/x",
    "/gradio_api/file=/etc/passwd", "/gradio_api/call/ask/x", "/gradio_api/mcp/",
    "/gradio_api/mcp/schema", "/gradio_api/startup-events",
    "/gradio_api/upload_progress?upload_id=x",
    "/gradio_api/proxy=http://example.org", "/gradio_api/runs", "/loginx", "//login", "/LOGIN",
)  # fmt: skip
POSTS = (
    "/", "/gradio_api/queue/join", "/gradio_api/component_server", "/gradio_api/upload",
    "/gradio_api/run/ask", "/gradio_api/api/ask", "/gradio_api/call/ask", "/gradio_api/cancel",
    "/gradio_api/reset", "/gradio_api/mcp/", "/gradio_api/process_recording",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("nobody_is_quick")


# ── without a login ─────────────────────────────────────────────────────────────────────────────


def test_nothing_is_answered_without_a_login(way: Doorway) -> None:
    with way.client() as client:
        for path in PATHS:
            told = client.get(path)
            assert told.status_code == 401, path
            assert told.json() == {"detail": EXPIRED}
            assert told.headers["x-studypath-door"] == "1"
            page = client.get(path, headers=HTML)
            assert page.status_code == 303, path
            assert page.headers["location"].startswith("/login")
            assert page.headers["cache-control"] == "no-store"
            assert client.head(path).status_code == 401
        for path in POSTS:
            for sent in (HTML, {}):
                assert client.post(path, headers=sent, json={}).status_code == 401, path
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            assert client.request(method, "/gradio_api/queue/join").status_code == 401


def test_no_header_cookie_or_query_makes_a_user(way: Doorway) -> None:
    token = way.token("anna")
    for headers in (
        {"x-studypath-user": "anna"},
        {"X-StudyPath-User": "anna", "authorization": "Basic YW5uYTpwYXNz"},
        {"cookie": "studypath_visitor=" + "a" * 32},
        {"cookie": "studypath_login="},
        {"cookie": "studypath_login=anna"},
        {"cookie": f"xstudypath_login={token}"},
        {"cookie": f"studypath_login={token}x"},
        {"cookie": f"studypath_login={key_of(token)}"},  # what is on disk
        {"cookie": f"studypath_login={token}; studypath_login=other"},
        {"authorization": f"Bearer {token}"},
        {"x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1"},
    ):
        with way.client(**headers) as client:
            assert client.get("/").status_code == 401, headers
            assert client.get(f"/?studypath_login={token}").status_code == 401


def test_a_websocket_is_not_opened(way: Doorway) -> None:
    cookie = f"studypath_login={way.token('anna')}"
    host, port = way.url.removeprefix("http://").split(":")
    for sent in ("", f"Cookie: {cookie}\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(
                f"GET /gradio_api/queue/join HTTP/1.1\r\nHost: {host}:{port}\r\n{sent}"
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
            )
            assert b" 101 " not in raw.recv(200)


# ── logging in and out ──────────────────────────────────────────────────────────────────────────


def test_a_login_is_a_random_cookie_that_no_script_reads(way: Doorway) -> None:
    with way.client() as client:
        told = way.log_in(client, "Anna", PASSWORDS["anna"])
        assert told.json() == {"user": "anna"}
        cookie = told.headers["set-cookie"]
        assert re.fullmatch(
            r"studypath_login=[\w-]{43}; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict", cookie
        )
        first = client.cookies["studypath_login"]
        assert client.get("/login/who").json() == {"user": "anna"}
        way.log_in(client, "anna")
        second = client.cookies["studypath_login"]
        assert first != second
        assert client.get("/").status_code == 200
    with way.client(cookie=f"studypath_login={first}") as old:  # a new login ends the one before
        assert old.get("/").status_code == 401
    text = way.logins.read_text()
    assert stat.S_IMODE(way.logins.stat().st_mode) == 0o600
    assert key_of(second) in text
    assert second not in text
    assert first not in text


def test_a_token_that_was_there_before_is_not_taken_over(way: Doorway) -> None:
    planted = "A" * 43
    with way.client(cookie=f"studypath_login={planted}") as client:
        token = way.log_in(client, "anna").cookies["studypath_login"]
    assert token != planted
    with way.client(cookie=f"studypath_login={planted}") as other:
        assert other.get("/").status_code == 401


def test_a_browser_is_led_where_it_wanted_to_go(way: Doorway) -> None:
    with way.client(**HTML, origin=way.url) as client:
        told = client.get("/read/m1w1-x")
        assert told.headers["location"] == "/login?then=/read/m1w1-x"
        page = client.get(told.headers["location"])
        assert page.status_code == 200
        assert 'value="/read/m1w1-x"' in page.text
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["referrer-policy"] == "same-origin"
        wrong = way.log_in(client, "anna", "not the password")
        assert wrong.status_code == 401
        assert "not right" in wrong.text
        assert 'value="anna"' in wrong.text
        form = {"username": "anna", "password": PASSWORDS["anna"], "then": "/read/m1w1-x"}
        right = client.post("/login", data=form)
        assert (right.status_code, right.headers["location"]) == (303, "/read/m1w1-x")
        out = client.post("/logout")
        assert (out.status_code, out.headers["location"]) == (303, "/login")
        assert client.get("/").status_code == 303


def test_logging_out_ends_the_login_itself(way: Doorway) -> None:
    with way.client("anna") as client, way.client("anna") as other:
        token = client.cookies["studypath_login"]
        assert client.get("/logout").status_code == 303  # a link logs nobody out
        assert client.get("/").status_code == 200
        client.post("/logout")
        assert "studypath_login" not in client.cookies
        with way.client(cookie=f"studypath_login={token}") as kept:
            assert kept.get("/").status_code == 401
        assert other.get("/").status_code == 200  # another browser goes on


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://x@y"]
)
def test_the_form_of_another_site_is_refused(way: Doorway, origin: str) -> None:
    with way.client("anna") as client:
        for method, path in (("POST", "/login"), ("POST", "/logout"), ("GET", "/"),
                             ("POST", "/gradio_api/queue/join")):  # fmt: skip
            told = client.request(method, path, headers={"origin": origin}, json={})
            assert told.status_code == 403
            assert "access-control-allow-origin" not in told.headers
        assert client.get("/").status_code == 200


@given(st.text(max_size=60))
def test_a_login_never_leads_elsewhere(then: str) -> None:
    led = after(then)
    assert led == "/" or re.fullmatch(r"/(login/done|read/[\w-]+)", led)
    for page in (login_page(then, then, then), done_page(then)):
        assert "<script" not in page.lower().replace("&lt;", "")


@pytest.mark.parametrize(
    "then",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/read/../x", "javascript:x",
     "/read/x\r\nset-cookie: a=b"],
)  # fmt: skip
def test_where_a_login_does_not_lead(way: Doorway, then: str) -> None:
    with way.client(**HTML) as client:
        form = {"username": "anna", "password": PASSWORDS["anna"], "then": then}
        told = client.post("/login", data=form)
        assert told.headers["location"] == "/"
        assert "a" not in client.cookies


def test_a_login_ends_by_its_time(tmp_path: Path) -> None:
    with doorway(tmp_path, Allowed(login_hours=1 / 3600)) as way, way.client("anna") as client:
        token = client.cookies["studypath_login"]
        time.sleep(1.2)
        with way.client(cookie=f"studypath_login={token}") as kept:
            assert kept.get("/").status_code == 401


def test_a_login_outlives_the_server_and_the_user_not_the_file(tmp_path: Path) -> None:
    with doorway(tmp_path) as way:
        token = way.token("anna")
    with doorway(tmp_path) as way, way.client(cookie=f"studypath_login={token}") as client:
        assert client.get("/login/who").json() == {"user": "anna"}
        with changed(way.file) as known:
            kept = known.pop("anna")
        assert client.get("/").status_code == 401
        with changed(way.file) as known:  # another password is another record
            known["anna"] = made("anna", "another password", b"s" * 16, QUICK)
        assert client.get("/").status_code == 401
        with changed(way.file) as known:
            known["anna"] = kept
        assert client.get("/").status_code == 200
        way.file.write_text("broken\n")  # nobody is let in by a file that cannot be read
        told = client.get("/")
        assert told.status_code == 503
        assert str(way.file) not in told.text
        assert way.log_in(client, "anna").status_code == 503


def test_logins_on_disk_are_bounded_and_a_broken_file_logs_all_out(tmp_path: Path) -> None:
    file, anna = tmp_path / "logins.json", made("anna", "x" * 10, b"s" * 16, QUICK)
    logins = Logins(file, 1.0)
    tokens = [logins.begin(anna, 100.0 + n) for n in range(MOST + 5)]
    assert sum(logins.find(token, 200.0) is not None for token in tokens) == MOST
    assert logins.find(tokens[-1], 1e9) is None
    assert Logins(file, 1.0).find(tokens[-1], 200.0) == logins.find(tokens[-1], 200.0)
    logins.begin(anna, 1e9)  # what is over is forgotten
    assert len(read(file)) == 1
    for broken in ("", "[]", "{}", '{"logins": {"a": [1]}}', "[" * 100_000, '{"logins": 3}'):
        file.write_text(broken)
        assert read(file) == {}


# ── guessing ────────────────────────────────────────────────────────────────────────────────────


def test_guessing_a_password_is_slowed(way: Doorway) -> None:
    with way.client() as client:
        for _ in range(5):
            assert way.log_in(client, "anna", "a wrong password").status_code == 401
        told = way.log_in(client, "ANNA", "a wrong password")
        assert told.status_code == 429
        assert re.search(r"Please wait \d+ seconds, then try again", told.json()["detail"])
        assert 1 <= int(told.headers["retry-after"]) <= 60
        assert way.log_in(client, "anna").status_code == 429  # the right one tells nothing, too
        assert way.log_in(client, "bert").status_code == 200
        # Header after header: the sender stays the same.
        for n in range(50):
            headers = {"x-forwarded-for": f"10.0.0.{n}"}
            status = way.log_in(
                client, f"nobody{n}", "a wrong password", headers=headers
            ).status_code
            if status == 429:
                break
        assert status == 429
        assert n > 30
        assert way.log_in(client, "bert").status_code == 429


def test_tries_at_the_same_time_are_counted_each(way: Doorway) -> None:
    from concurrent.futures import ThreadPoolExecutor

    def guess(_: int) -> int:
        with way.client() as client:
            status: int = way.log_in(client, "anna", "a wrong password").status_code
            return status

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(guess, range(24)))
    assert told.count(401) == 5
    assert told.count(429) == 19


def test_logging_in_often_is_no_failure(way: Doorway) -> None:
    with way.client() as client:
        assert [way.log_in(client, "anna").status_code for _ in range(12)] == [200] * 12


def test_an_unknown_name_is_told_as_a_wrong_password(way: Doorway) -> None:
    with way.client() as client:
        for name in ("nobody", "../anna", "", "x" * 500, "anna\0", "<script>"):
            told = way.log_in(client, name, "a wrong password")
            known = way.log_in(client, "bert", "a wrong password")
            if told.status_code == known.status_code == 401:
                assert told.content == known.content
            way.log_in(client, "bert")


def test_an_unknown_name_takes_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    cost = users.Cost(n=2**13)
    monkeypatch.setattr(users, "NOBODY", User("nobody", cost, bytes(16), bytes(32)))
    known = made("anna", "correct horse", b"s" * 16, cost)

    def seconds(user: User | None) -> float:  # of this thread's work, whatever else runs
        began = time.thread_time()
        assert not users.is_right(user, "a wrong password")
        return time.thread_time() - began

    assert 0.6 < min(seconds(None) for _ in range(5)) / min(seconds(known) for _ in range(5)) < 1.7


def test_the_cost_of_nobody_is_that_of_a_new_user() -> None:
    assert NOBODY.cost == users.made("anna", "x" * 10, b"s" * 16).cost
