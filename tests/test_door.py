"""What the door of a group passes on, over real HTTP: as whom, how much and how often."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.door_server import Doorway, doorway
from ui.asked import asked_of
from ui.limits import Allowed, Rate
from ui.users import changed
from ui.wire import Wire

pytestmark = pytest.mark.usefixtures("nobody_is_quick")


# ── what arrives behind the door ────────────────────────────────────────────────────────────────


def test_the_app_sees_the_user_and_no_token(way: Doorway) -> None:
    with way.client("anna") as client:
        token = client.cookies["studypath_login"]
        client.cookies.set("studypath_visitor", "b" * 32)
        sent = {"x-studypath-user": "bert", "via": "x", "x-forwarded-for": "1.2.3.4"}
        told = client.get("/x?a=1&b=%26", headers={**sent, "x-forwarded-host": "evil.example"})
        seen = told.json()
        assert seen["headers"]["x-studypath-user"] == "anna"
        assert seen["headers"]["cookie"] == f"studypath_visitor={'b' * 32}"
        assert not {"x-forwarded-for", "x-forwarded-host", "via"} & seen["headers"].keys()
        assert token not in told.text
        assert seen["query"] == "a=1&b=%26"
        assert told.headers["cache-control"] == "no-store"
        assert client.get("/assets/x.js").headers["cache-control"] == "max-age=60"


def test_ids_of_pages_are_each_users_own(way: Doorway) -> None:
    with way.client("anna") as client:
        sent = {"data": ["x"], "fn_index": 3, "session_hash": "abc", "n": 1.5, "t": "\u00e9 \ud800"}
        joined = client.post("/gradio_api/queue/join", content=json.dumps(sent)).json()
        assert json.loads(joined["body"]) == {**sent, "session_hash": "anna.abc"}
        assert joined["headers"]["content-length"] == str(joined["length"])
        assert client.get("/gradio_api/heartbeat/abc").json()["path"].endswith("/anna.abc")
        found = client.get("/gradio_api/upload_progress?upload_id=u1").json()
        assert found["query"] == "upload_id=anna.u1"
        twice = b'{"session_hash": "abc", "session_hash": "bert.abc"}'
        assert client.post("/gradio_api/queue/join", content=twice).status_code == 400
        for bad in ("bert.abc", "", "a/b", "x" * 101, 7, [], {"a": 1}):
            told = client.post("/gradio_api/queue/join", json={"session_hash": bad})
            assert told.status_code == 400, bad
        for bad in (b"[]", b"{", b"\xff", b"[" * 100_000, b'{"a": ' * 50_000):
            assert client.post("/gradio_api/queue/join", content=bad).status_code == 400


def test_an_event_belongs_to_who_began_it(way: Doorway) -> None:
    with way.client("anna") as anna, way.client("bert") as bert:
        event = anna.post("/gradio_api/call/ask", json={"data": ["x"]}).json()["event_id"]
        assert anna.get(f"/gradio_api/call/ask/{event}").status_code == 200
        assert bert.get(f"/gradio_api/call/ask/{event}").status_code == 404
        assert bert.get(f"/gradio_api/call/v2/ask/{event}").status_code == 404
        for path in ("cancel", "queue/join", "run/ask"):
            sent = {"event_id": event, "session_hash": "abc", "fn_index": 1, "data": []}
            assert bert.post(f"/gradio_api/{path}", json=sent).status_code == 404, path
            assert anna.post(f"/gradio_api/{path}", json=sent).status_code == 200, path
            for odd in ([], {}, [event], {event: event}, 0, True, ""):
                sent["event_id"] = odd
                assert anna.post(f"/gradio_api/{path}", json=sent).status_code == 404, odd


def test_what_of_gradio_is_not_there_for_a_group(way: Doorway) -> None:
    with way.client("anna") as client:
        for path in ("file=/tmp/gradio/x", "file/x", "proxy=http://e", "mcp/", "mcp/schema", "runs",
                     "run-history/x", "dev/reload", "process_recording", "vibe-edit", "token",
                     "custom_component/a/b/c/d", "stream/a/b/c/playlist.m3u8", "/file=/etc/passwd",
                     "info/../file=/x", "deep_link", "profiling/traces"):  # fmt: skip
            assert client.get(f"/gradio_api/{path}").status_code == 404, path
            assert client.post(f"/gradio_api/{path}", json={}).status_code == 404, path
        assert client.get("/gradio_api").status_code == 404


def test_what_a_proxy_says_counts_when_it_is_there(tmp_path: Path) -> None:
    with doorway(tmp_path, proxy=True) as way:
        sent = {"x-forwarded-for": "6.6.6.6, 1.2.3.4", "x-forwarded-proto": "https",
                "x-forwarded-host": "study.example"}  # fmt: skip
        with way.client() as client:
            origin = {"origin": "https://study.example"}
            told = way.log_in(client, "anna", headers={**sent, **origin})
            cookie = told.headers["set-cookie"]
            assert cookie.startswith("__Host-studypath_login=")
            assert cookie.endswith("; HttpOnly; SameSite=Strict; Secure")
            token = cookie.partition("=")[2].partition(";")[0]
            for name, status in (("__Host-studypath_login", 200), ("studypath_login", 401)):
                seen = client.get("/x", headers={**sent, "cookie": f"{name}={token}"})
                assert seen.status_code == status
                if status == 200:
                    assert seen.json()["scheme"] == "https"
                    assert seen.json()["headers"]["host"] == "study.example"
            for n in range(60):  # the entry of the proxy is the last one
                headers = {"x-forwarded-for": f"9.9.9.{n}, 5.5.5.5"}
                told = way.log_in(client, f"nobody{n}", "wrong password", headers=headers)
                if told.status_code == 429:
                    break
            assert told.status_code == 429
            headers = {"x-forwarded-for": "5.5.5.5, 7.7.7.7"}
            assert way.log_in(client, "bert", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["a b", "evil.example/x", "x\ty", "[::1", "a@b", "<script>"])
def test_a_host_that_is_none(way: Doorway, host: str) -> None:
    with way.client() as client:
        request = client.build_request("GET", "/login", headers={"host": host})
        assert client.send(request).status_code == 400


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


def test_uploads_are_counted_and_bounded(tmp_path: Path) -> None:
    few = Allowed(uploads=Rate(3, 100.0))
    with doorway(tmp_path, few) as way, way.client("anna") as client, way.client("bert") as bert:
        assert client.post("/gradio_api/upload", content=b"x" * 2_000_000).status_code == 413

        def parts() -> Iterator[bytes]:  # no length is told beforehand
            for _ in range(40):
                yield b"x" * 50_000

        told = client.post("/gradio_api/upload", content=parts())
        assert told.status_code == 413
        assert "MB" in told.json()["detail"]
        assert client.post("/gradio_api/upload", content=b"x" * 900).status_code == 200
        told = client.post("/gradio_api/upload", content=b"x")
        assert told.status_code == 429
        assert "Please wait 2 minutes" in told.json()["detail"]
        add = {"fn_name": "add", "data": {"address": "x"}, "session_hash": "a", "component_id": 1}
        assert client.post("/gradio_api/component_server", json=add).status_code == 429
        for other in ({"fn_name": "progress"}, {"data": {"item": 1}}, {"data": []}):
            told = client.post("/gradio_api/component_server", json={**add, **other})
            assert told.status_code == 200
        assert bert.post("/gradio_api/upload", content=b"x").status_code == 200


def test_many_files_at_once_are_too_many(tmp_path: Path) -> None:
    with doorway(tmp_path, largest=1_000_000) as way, way.client("anna") as client:
        for count, status in ((1, 200), (20, 200), (21, 413), (400, 413)):
            files = [("files", (f"{n}.txt", b"--" * n, "text/plain")) for n in range(count)]
            told = client.post("/gradio_api/upload", files=files)
            assert told.status_code == status, count


@given(st.integers(0, 60), st.lists(st.integers(1, 80), min_size=1, max_size=20))
def test_parts_are_counted_however_they_arrive(count: int, sizes: list[int]) -> None:
    scope = {"method": "POST", "path": "/", "headers": [
        (b"host", b"h"), (b"content-type", b"multipart/form-data; boundary=-xx-x")]}  # fmt: skip
    wire = Wire(asked_of(scope, behind_proxy=False), None, None, 9, 9.0, bool)  # type: ignore[arg-type]
    body = b"".join(b"\r\n---xx-x\r\nfile -xx ---xx-" for _ in range(count))
    found, at = 0, 0
    for size in sizes * (len(body) // sum(sizes) + 1):
        found, at = wire._count(body[at : at + size]), at + size
    assert found == count


def test_huge_bodies_are_not_read(way: Doorway) -> None:
    with way.client("anna") as client:
        for path in ("/login", "/gradio_api/queue/join", "/gradio_api/component_server", "/x"):
            told = client.post(path, content=b"a=" + b"x" * 2_500_000)
            assert told.status_code == 413, path
        assert client.post("/login", content=b"&".join([b"a=1"] * 50)).status_code == 400
        assert client.post("/login", content=b"username=\xff").status_code == 400


def test_a_body_that_never_ends_is_given_up(way: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.login.PATIENCE", 0.3)
    monkeypatch.setattr("ui.door.JSON_PATIENCE", 0.3)
    monkeypatch.setattr("ui.wire.IDLE", 0.3)
    token = way.token("anna")
    host, port = way.url.removeprefix("http://").split(":")
    for path in ("/login", "/gradio_api/queue/join", "/gradio_api/upload", "/x"):
        with socket.create_connection((host, int(port)), timeout=10) as raw:
            raw.sendall(
                f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 500\r\n"
                f"Cookie: studypath_login={token}\r\n\r\na=".encode()
            )
            assert b" 408 " in raw.recv(4_000), path


def test_open_streams_are_bounded_and_given_back(tmp_path: Path) -> None:
    url = "/gradio_api/queue/data?session_hash=a"
    with (
        doorway(tmp_path, Allowed(streams=2)) as way,
        way.client("anna") as client,
        way.client("bert") as bert,
    ):
        with client.stream("GET", url) as one:
            for _ in range(3):  # what was closed counts no more
                with client.stream("GET", url) as two, bert.stream("GET", url) as other:
                    assert one.status_code == two.status_code == other.status_code == 200
                    told = client.get(url)
                    assert told.status_code == 429
                    assert "2 connections open" in told.json()["detail"]
                time.sleep(0.5)
        time.sleep(0.5)


def test_a_stream_ends_with_its_user(way: Doorway) -> None:
    for end in ("removed", "logged out"):
        with way.client("anna") as client, way.client() as other:
            other.cookies = httpx.Cookies(client.cookies)
            with client.stream("GET", "/gradio_api/queue/data?session_hash=a") as stream:
                parts = stream.iter_bytes()
                assert next(parts)
                if end == "removed":
                    with changed(way.file) as known:
                        kept = known.pop("anna")
                else:
                    other.post("/logout")
                began = time.monotonic()
                assert all(parts)  # to its end
                assert time.monotonic() - began < 5
        with changed(way.file) as known:
            known["anna"] = kept


def test_a_flood_of_requests_is_slowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.door.REQUESTS", Rate(5, 100.0))
    with doorway(tmp_path) as way, way.client("anna") as client, way.client("bert") as bert:
        told = [client.post("/gradio_api/reset", json={}).status_code for _ in range(7)]
        assert told == [200] * 5 + [429] * 2
        assert client.get("/").status_code == 200
        assert bert.post("/gradio_api/reset", json={}).status_code == 200
