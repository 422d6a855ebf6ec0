"""The five tools, asked by a real client of the protocol, over both of its ways."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from assistant.learner import Learner
from ingest.errors import InputError
from ui.cli import main
from ui.mcp_server import token_for

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("ask", "search", "next", "quiz", "sources")
TOKEN = "a-token-of-enough-letters"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the path and the notes, found by words alone."""
    made = tmp_path_factory.mktemp("mcp") / "home"
    assert main(["ingest", "--offline", "--no-vectors", "--json", "--home", str(made)]) == 0
    return made


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


@asynccontextmanager
async def here(home: Path) -> AsyncIterator[ClientSession]:
    """A session over the server's own input and output."""
    command = ["-m", "ui.cli", "mcp", "--home", str(home)]
    how = StdioServerParameters(command=sys.executable, args=command, env=environment())
    async with stdio_client(how) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        yield session


def over(home: Path, steps: Callable[[ClientSession], Awaitable[None]]) -> None:
    async def run() -> None:
        async with here(home) as session:
            await steps(session)

    aside(run)


def aside(run: Callable[[], Awaitable[None]]) -> None:
    """Run a loop in a thread of its own: browser tests leave one running in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(anyio.run, run).result()


@pytest.mark.slow
def test_a_client_asks_every_tool(home: Path) -> None:
    async def steps(session: ClientSession) -> None:
        offered = (await session.list_tools()).tools
        assert tuple(tool.name for tool in offered) == NAMES
        assert all(tool.description for tool in offered)
        writes = [t.name for t in offered if not (t.annotations and t.annotations.readOnlyHint)]
        assert writes == ["quiz"]

        answer = await called(session, "ask", question="What is overfitting?")
        assert not answer["refused"]
        assert answer["citations"][0]["quote"]
        refusal = await called(session, "ask", question="Who won the world cup in 1998?")
        assert refusal["refused"]
        assert not refusal["citations"]
        hits = await called(session, "search", query="gradient descent", k=3)
        assert len(hits["hits"]) == 3
        plan = await called(session, "next", minutes=40)
        assert plan["minutes"] == 40
        assert plan["items"]
        rows = (await session.call_tool("sources", {"section": "m2w3"})).structuredContent or {}
        assert rows["result"]
        assert all("m2w3" in row["section_ids"][0] for row in rows["result"])

    over(home, steps)


@pytest.mark.slow
def test_a_quiz_answer_is_graded_and_kept(home: Path, tmp_path: Path) -> None:
    async def steps(session: ClientSession) -> None:
        asked = await called(session, "quiz", scope="m1w1-basic-ml-concepts")
        assert asked["question"]
        given = {"item_id": asked["item_id"], "answer": "a banana", "self_grade": "wrong"}
        told = await called(session, "quiz", **given)
        assert told["recorded"]
        assert told["verdict"] == "wrong"
        assert told["citation"]["quote"]
        after = await called(session, "quiz", scope="m1w1-basic-ml-concepts")
        assert after["item_id"] != asked["item_id"]

    over(home, steps)
    with Learner(home, datetime.now(UTC), "me") as record:
        assert len(record.events()) == 1


BAD: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("ask", {"question": "  "}, "no words"),
    ("ask", {"question": "What is LoRA?", "depth": "huge"}, "no depth"),
    ("ask", {"question": "What is LoRA?", "scope": "m9w9"}, "m9w9"),
    ("next", {"minutes": -3}, "-3 minutes"),
    ("quiz", {"scope": "m1w1-basic-ml-concept"}, "m1w1-basic-ml-concepts"),
    ("quiz", {"item_id": "none", "answer": "a"}, "no quiz item"),
    ("search", {"query": "x" * 10_000}, "too many"),
)


@pytest.mark.slow
def test_bad_input_is_one_line(home: Path) -> None:
    async def steps(session: ClientSession) -> None:
        for tool, sent, words in BAD:
            result = await session.call_tool(tool, sent)
            assert result.isError
            assert words in text_in(result)
            assert "\n" not in text_in(result)
            assert "Traceback" not in text_in(result)

    over(home, steps)


def text_in(result: CallToolResult) -> str:
    first = result.content[0]
    assert isinstance(first, TextContent)
    return first.text


async def called(session: ClientSession, tool: str, **sent: Any) -> Any:
    result = await session.call_tool(tool, sent)
    assert not result.isError, result.content
    assert json.loads(text_in(result)) == result.structuredContent
    return result.structuredContent


# ── over HTTP ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "ui.cli", "mcp", "--http", "--port", "0", "--home", str(home)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment(STUDYPATH_MCP_TOKEN=TOKEN)
    ) as server:
        assert server.stderr
        address = ""
        for line in server.stderr:
            if "http://" in line:
                address = "http://" + line.split("http://")[1].split()[0]
                break
        yield address
        server.terminate()


@pytest.mark.slow
def test_http_wants_the_token(served: str) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accept = {"accept": "application/json, text/event-stream"}
    for brought in ({}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}):
        answer = httpx.post(served, json=hello, headers={**accept, **brought})
        assert answer.status_code == 401
        assert "ask" not in answer.text

    async def run() -> None:
        async with (
            httpx.AsyncClient(headers={"authorization": f"Bearer {TOKEN}"}, timeout=60) as web,
            streamable_http_client(served, http_client=web) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            assert [tool.name for tool in (await session.list_tools()).tools] == list(NAMES)
            answer = await called(session, "ask", question="What is overfitting?")
            assert answer["citations"]

    aside(run)


@pytest.mark.slow
def test_http_refuses_a_page_of_another_site(served: str) -> None:
    """A name that was bent to point at this machine is refused, with the right token too."""
    hello = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {
        "accept": "application/json, text/event-stream",
        "authorization": f"Bearer {TOKEN}",
    }
    for bent in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
        assert httpx.post(served, json=hello, headers={**headers, **bent}).status_code in (403, 421)


def test_a_token_is_long_or_made() -> None:
    assert token_for(TOKEN) == TOKEN
    assert len(token_for("")) > 30
    assert token_for("") != token_for("")
    with pytest.raises(InputError, match="at least 16"):
        token_for("short")
    with pytest.raises(InputError, match="plain characters"):
        token_for("a token with a line\nbreak in it")
