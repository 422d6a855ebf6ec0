"""The server: the chat page, `/read/<section>` and a small named HTTP API (gradio's door)."""

import os
import signal
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assistant.settings import Settings
from ingest.errors import InputError
from ui.pages import Guard, read_page
from ui.render import answer_json, search_json, source_json
from ui.sessions import Sessions

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ui.keeper import Keeper

THREADS = 80  # an answer that streams holds a thread; Gradio's own 40 would queue the page's clicks
GOODBYE = 2  # seconds that open pages get when the server is stopped


def serve(settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the page until interrupted; `announce` gets its address once the port is ours.

    Raises InputError when the port cannot be had.
    """
    from ui.keeper import Keeper

    listener = take_port(host, port)
    # Ended like Ctrl-C, so that the background job is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keeper = Keeper(settings)
    # Before the slow imports: the library is opened or built meanwhile.
    keeper.start()
    try:
        import uvicorn

        app = build_app(keeper, host, port)
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=GOODBYE)
        )
        announce(address(host, listener.getsockname()[1]))
        server.run(sockets=[listener])
    finally:
        keeper.close()
        listener.close()


def take_port(host: str, port: int) -> socket.socket:
    """Bind the address; raises InputError, in one line, when it is taken or unknown."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise InputError(
            f"cannot serve on {host}:{port} ({error}): choose another with --port or --host"
        ) from error
    return listener


def address(host: str, port: int) -> str:
    """Write the address to type into a browser on this machine."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def build_app(keeper: "Keeper", host: str, port: int) -> "FastAPI":
    """Build the ASGI application around a keeper."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr
    from fastapi import FastAPI
    from fastapi.responses import HTMLResponse

    from ui import style
    from ui.chat import build_chat

    page = build_chat(keeper, Sessions())
    with page:
        name_api(keeper)
    page.queue(api_open=True)
    page.max_threads = THREADS
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard)

    @app.get("/read/{section_id}", response_class=HTMLResponse)
    def read(section_id: str) -> HTMLResponse:
        status, html = read_page(keeper, section_id)
        return HTMLResponse(html, status_code=status)

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=host,
        server_port=port,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        theme=style.theme(),
        css=style.CSS,
    )
    return mounted


def name_api(keeper: "Keeper") -> None:
    """Offer ask, search and sources, the only named functions of the HTTP API."""
    import gradio as gr

    def ask(question: str) -> dict[str, Any]:
        """Answer a question with citations: the object of `studypath ask --json`."""
        return answer_json(keeper.ask(question))

    def search(query: str, k: int = 10) -> dict[str, Any]:
        """Find passages: the object of `studypath search --json`."""
        return search_json(keeper.search(query, min(max(int(k), 1), 100)))

    def sources() -> list[dict[str, Any]]:
        """Tell what became of every resource: the objects of `studypath sources --json`."""
        return [source_json(row) for row in keeper.sources()]

    gr.api(ask, api_name="ask", concurrency_limit=8)
    gr.api(search, api_name="search", concurrency_limit=8)
    gr.api(sources, api_name="sources", concurrency_limit=8)
