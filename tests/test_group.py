"""The whole page served to two users: what is of one, the other neither sees nor changes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.conversation import Conversations
from assistant.learner import Learner
from tests.served import ingest, process_of
from ui.cli import main
from ui.users import Cost, changed, made

ROOT = Path(__file__).resolve().parents[1]
QUICK = Cost(n=2, r=1, p=1)
NAMES = ("anna", "bert", "carl")
TOPIC = "What is overfitting?"
SECTION = "m1w1-basic-ml-concepts"


def password(name: str) -> str:
    return f"correct horse {name}"


@contextmanager
def serving_group(home: Path, **environment: str) -> Iterator[str]:
    """Serve a home to a group of three and give its address; `users` stands beside the home."""
    file = home.parent / "users"
    with changed(file) as known:
        for name in NAMES:
            known[name] = made(name, password(name), name.encode() * 2, QUICK)
    program = ("ui.cli", "serve", "--auth-file", str(file))
    with process_of(home, program, page="/login", environment=environment) as (address, _):
        yield address


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("group") / "home"
    return ingest(folder)


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with serving_group(home, STUDYPATH_QUESTIONS_PER_MINUTE="6") as served:
        yield served


@contextmanager
def logged_in(address: str, name: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60, trust_env=False) as client:
        form = {"username": name, "password": password(name)}
        assert client.post("/login", data=form).json() == {"user": name}
        client.cookies.set("studypath_visitor", name[0].encode().hex() * 16)
        yield client


@pytest.fixture
def anna(address: str) -> Iterator[httpx.Client]:
    with logged_in(address, "anna") as client:
        yield client


@pytest.fixture
def bert(address: str) -> Iterator[httpx.Client]:
    with logged_in(address, "bert") as client:
        yield client


def component(client: httpx.Client, name: str) -> dict[str, Any]:
    parts = client.get("/config").json()["components"]
    (found,) = (part for part in parts if part["props"].get("elem_id") == name)
    return dict(found)


def called(client: httpx.Client, element: str, function: str, sent: object, page: str = "p") -> Any:
    """Call a function of a place of the page, as its script does."""
    body = {
        "data": sent,
        "component_id": component(client, element)["id"],
        "fn_name": function,
        "session_hash": page,
    }
    return client.post("/gradio_api/component_server", json=body)


def event_of(client: httpx.Client, target: str, event: str) -> int:
    """Find what runs on the server for an event; the browser may do something before."""
    every = client.get("/config").json()["dependencies"]
    id = component(client, target)["id"]
    one = next(one for one in every if [id, event] in one["targets"])
    while not one["backend_fn"]:
        one = next(after for after in every if after.get("trigger_after") == one["id"])
    return int(one["id"])


def asked(client: httpx.Client, question: str, page: str) -> str:
    """Ask a question through the queue, as the page does, and give all that came back."""
    body = {"data": [question], "fn_index": event_of(client, "box", "submit"),
            "session_hash": page, "event_data": None, "trigger_id": None}  # fmt: skip
    joined = client.post("/gradio_api/queue/join", json=body)
    assert joined.status_code == 200, joined.text
    lines = []
    with client.stream("GET", f"/gradio_api/queue/data?session_hash={page}") as stream:
        for line in stream.iter_lines():
            lines.append(line)
            if "process_completed" in line:
                break
    return "\n".join(lines)


def tool(client: httpx.Client, name: str, *data: object) -> str:
    """Call one of the named tools by plain HTTP."""
    begun = client.post(f"/gradio_api/call/{name}", json={"data": list(data)})
    assert begun.status_code == 200, begun.text
    return client.get(f"/gradio_api/call/{name}/{begun.json()['event_id']}").text


# ── without a login ─────────────────────────────────────────────────────────────────────────────


def test_every_route_of_the_app_wants_a_login(address: str, anna: httpx.Client) -> None:
    info = anna.get("/gradio_api/openapi.json").json()
    told = set(info["paths"]) | {
        "/", "/config", "/theme.css", f"/read/{SECTION}", "/conversation.md", "/manifest.json",
        "/robots.txt", "/monitoring", "/docs", "/openapi.json", "/gradio_api/mcp/",
        "/gradio_api/mcp/sse", "/gradio_api/info", "/gradio_api/app_id",
    }  # fmt: skip
    with httpx.Client(base_url=address, trust_env=False) as nobody:
        for path in told:
            for method in ("GET", "POST"):
                assert nobody.request(method, path, json={}).status_code == 401, (method, path)
    for path in ("/gradio_api/mcp/", "/gradio_api/mcp/sse", "/docs", "/openapi.json"):
        assert anna.get(path).status_code == 404
    names = set(anna.get("/gradio_api/info").json()["named_endpoints"])
    assert names == {"/ask", "/search", "/next", "/quiz", "/sources"}
    assert anna.get(f"/read/{SECTION}").status_code == 200
    assert anna.get("/").headers["cache-control"] == "no-store"


# ── two users ───────────────────────────────────────────────────────────────────────────────────


def test_conversations_and_quotes_are_each_users_own(
    home: Path, anna: httpx.Client, bert: httpx.Client
) -> None:
    told = asked(anna, TOPIC, "annas-page")
    assert "#cite-" in told
    kept = Conversations(home, "user-anna")
    (conversation,) = kept.listed()
    (message,) = kept.load(conversation.id)
    key = f"{message.id}-1"
    assert key in told
    quote = called(anna, "panel", "quote", key).json()
    assert len(quote) > 20
    assert called(bert, "panel", "quote", key).json() == ""
    assert called(bert, "panel", "quote", key, page="annas-page").json() == ""
    assert called(bert, "panel", "references", message.id).json() == ""
    assert "overfitting" in anna.get("/conversation.md").text.lower()
    assert bert.get("/conversation.md").status_code == 404
    # Another's cookie, header and conversation change nothing.
    stolen = {"cookie": f"studypath_login={bert.cookies['studypath_login']}; studypath_visitor="
              + anna.cookies["studypath_visitor"], "x-studypath-user": "anna"}  # fmt: skip
    with httpx.Client(base_url=bert.base_url, headers=stolen, trust_env=False) as thief:
        assert thief.get("/login/who").json() == {"user": "bert"}
        assert thief.get("/conversation.md").status_code == 404
        assert called(thief, "panel", "quote", key).json() == ""
    opened = {"data": [conversation.id], "fn_index": event_of(bert, "choice", "input"),
              "session_hash": "berts-page"}  # fmt: skip
    bert.post("/gradio_api/queue/join", json=opened)
    bert.post("/gradio_api/run/predict", json=opened)
    assert bert.get("/conversation.md").status_code == 404
    told = asked(bert, "What is a vector database?", "annas-page")  # her page's id, his own space
    assert "overfitting" not in told.lower()
    assert not list((home / "learners").glob("visitor-*"))
    assert not (home / "learners" / "me").exists()


def test_nobody_listens_to_anothers_page(anna: httpx.Client, bert: httpx.Client) -> None:
    body = {"data": ["What is regularization?"], "fn_index": event_of(anna, "box", "submit"),
            "session_hash": "shared"}  # fmt: skip
    event = anna.post("/gradio_api/queue/join", json=body).json()["event_id"]
    with bert.stream("GET", "/gradio_api/queue/data?session_hash=shared") as stream:
        first = next(stream.iter_lines())
    assert "session_not_found" in first or "unexpected_error" in first
    assert bert.get(f"/gradio_api/call/ask/{event}").status_code == 404
    cancel = {"session_hash": "shared", "fn_index": body["fn_index"], "event_id": event}
    assert bert.post("/gradio_api/cancel", json=cancel).status_code == 404
    del cancel["event_id"]
    bert.post("/gradio_api/cancel", json={**cancel, "event_id": ""})
    with anna.stream("GET", "/gradio_api/queue/data?session_hash=shared") as stream:
        lines = []
        for line in stream.iter_lines():
            lines.append(line)
            if "process_completed" in line:
                break
    assert '"success":true' in lines[-1]
    assert "#cite-" in "".join(lines)


def test_records_are_each_users_own(home: Path, anna: httpx.Client, bert: httpx.Client) -> None:
    plan = tool(bert, "next", 120)
    assert tool(anna, "next", 120) == plan
    before = called(bert, "path", "plan", {"minutes": 60}).json()
    noted = called(anna, "path", "note", {"minutes": 60, "state": "done", "what": SECTION}).json()
    assert "problem" not in noted
    after = called(bert, "path", "plan", {"minutes": 60}).json()
    assert after == before
    assert called(anna, "path", "plan", {"minutes": 60}).json() != before
    assert tool(anna, "next", 120) != plan
    assert tool(bert, "next", 120) == plan
    question = json.loads(tool(anna, "quiz", "m1w1", "", "", "").partition("data: ")[2])[0]
    told = tool(anna, "quiz", "", question["item_id"], "a", "wrong")
    assert "verdict" in told
    now = datetime.now(UTC)
    with Learner(home, now, "user-anna") as record:
        assert len(record.events()) >= 2
    with Learner(home, now, "user-bert") as record:
        assert record.events() == ()
    assert not (home / "learners" / "me").exists()


def test_questions_are_limited_by_a_kind_sentence(address: str) -> None:
    with logged_in(address, "carl") as carl:
        for number in range(6):
            assert "schema" in tool(carl, "search", f"gradient {number}", 1)
        told = asked(carl, TOPIC, "carls-page")
        assert "You have asked 6 questions in a short time. Please wait" in told
        assert "Traceback" not in told
        assert TOPIC in told  # in the box again
        told = tool(carl, "ask", TOPIC)
        assert "event: error" in told
        assert "Please wait" in told


def test_files_of_the_server_and_of_others_are_not_given(
    anna: httpx.Client, bert: httpx.Client
) -> None:
    files = {"files": ("secret.md", b"# Secret\n\nOf Anna alone.", "text/markdown")}
    (path,) = anna.post("/gradio_api/upload", files=files).json()
    for client in (anna, bert):
        for wanted in (path, "/etc/passwd", "../../etc/passwd", str(ROOT / "README.md")):
            assert client.get(f"/gradio_api/file={wanted}").status_code == 404
    (other,) = bert.post("/gradio_api/upload", files=files).json()
    assert Path(path).name == Path(other).name
    for wanted in ("/etc/passwd", "/etc/hosts", str(ROOT / "README.md"), f"{path}/../../x"):
        told = called(bert, "sources", "add", {"path": wanted, "section": "own"}).json()
        assert told["problem"]
        assert told.keys() == {"problem"}


def test_programs_log_in_by_gradios_client(address: str, home: Path) -> None:
    from gradio_client import Client

    client = Client(address, auth=("bert", password("bert")), verbose=False)
    assert client.predict(30, api_name="/next")["minutes"] == 30
    with pytest.raises(Exception, match="Invalid credentials"):
        Client(address, auth=("bert", "a wrong password"), verbose=False)


def test_a_removed_user_is_out_at_once(address: str, home: Path) -> None:
    file = home.parent / "users"
    with logged_in(address, "carl") as carl:
        assert carl.get("/").status_code == 200
        assert main(["users", "remove", "carl", "--auth-file", str(file)]) == 0
        assert carl.get("/").status_code == 401
        assert carl.get("/gradio_api/info").status_code == 401
        form = {"username": "carl", "password": password("carl")}
        assert carl.post("/login", data=form).status_code == 401


# ── what is not served ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_others_are_let_in_by_users_alone(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--host", host, "--port", "0", "--home", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "--auth-file FILE" in told
    assert told.count("\n") == 1


def test_a_file_without_users_serves_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    serve = ["serve", "--port", "0", "--home", str(tmp_path)]
    empty = tmp_path / "users"
    assert main([*serve, "--auth-file", str(empty)]) == 2
    assert "users add" in capsys.readouterr().err
    empty.write_text("# nobody\n")
    empty.chmod(0o644)
    assert main([*serve, "--auth-file", str(empty)]) == 2
    told = capsys.readouterr().err
    assert "chmod 600" in told
    assert "names no users" in told
    assert main([*serve, "--behind-proxy"]) == 2
    assert "--auth-file" in capsys.readouterr().err
