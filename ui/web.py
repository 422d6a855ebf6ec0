"""The server: the page, `/read/<section>` and a small named HTTP API (gradio's door)."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.settings import Settings
from ingest.errors import InputError, StudypathError
from ui.markup import one_line
from ui.pages import Guard, is_loopback, is_near, read_page, visitor_of
from ui.progress import ERROR_PREFIX
from ui.sessions import Sessions

if TYPE_CHECKING:
    from fastapi import FastAPI

    from ingest.additions import Addition
    from ui.door import Door, Group
    from ui.keeper import Keeper

THREADS = 80  # an answer that streams holds a thread; Gradio's own 40 would queue the page's clicks
CONNECTIONS = 1_000  # at a time, of a page for others: each open tab holds two or three
GOODBYE = 2  # seconds that open pages get when the server is stopped
UPLOADS_KEPT = 3600  # seconds: what was added is copied into the home at once
STOPPED = "Stopped; what was read so far is kept."
READ_ADDITIONS = ("ingest", "--kind", "own")  # and nothing of the path
TAKEN_UP = 15.0  # seconds; the keeper looks for a newer library every three


def serve(
    settings: Settings,
    host: str,
    port: int,
    announce: Callable[[str], None],
    group: "Group | None" = None,
) -> None:
    """Serve the page until interrupted; `announce` gets its address once the port is ours.

    Without a group it is for this machine alone. Raises InputError when the port cannot be had,
    for an address that others reach without users, and for a file that lets nobody in.
    """
    from ui.keeper import Keeper

    door = opened(settings, host, group)
    listener = take_port(host, port)
    # Ended like Ctrl-C, so that the background job is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    keeper = Keeper(settings)
    updates = Updates(keeper)
    # Before the slow imports: the library is opened or built meanwhile.
    keeper.start()
    try:
        import uvicorn

        app = build_app(keeper, updates, host, port, door)
        config = uvicorn.Config(
            app,
            log_level="warning",
            timeout_graceful_shutdown=GOODBYE,
            # What a proxy says of the sender is read by the door alone, and when it was told to.
            proxy_headers=False,
            limit_concurrency=CONNECTIONS if door else None,
        )
        server = uvicorn.Server(config)
        announce(address(host, listener.getsockname()[1]))
        server.run(sockets=[listener])
    finally:
        updates.close()
        keeper.close()
        listener.close()


def opened(settings: Settings, host: str, group: "Group | None") -> "Door | None":
    """Make the door of a group, None for a page of this machine; raises InputError as `serve`."""
    if group:
        from ui.door import door_of
        from ui.sources_tab import LARGEST_FILE

        return door_of(group, settings.home, LARGEST_FILE)
    if not is_loopback(host):
        raise InputError(
            f"--host {host} can be reached by others, and without users they would all be let in:"
            " make users with `studypath users add NAME --auth-file FILE` and serve with"
            " --auth-file FILE, or leave --host out"
        )
    return None


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


def build_app(
    keeper: "Keeper", updates: "Updates", host: str, port: int, door: "Door | None" = None
) -> "FastAPI":
    """Build the ASGI application around a keeper and what brings its library up to date.

    With a `door` each visitor is a user; without one, all who come from here are the learner `me`.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr
    from fastapi import FastAPI

    from ui import login_page, style
    from ui.chat import build_chat
    from ui.downloads import add_downloads
    from ui.path_tab import build_path
    from ui.review_tab import build_review
    from ui.sources_tab import LARGEST_FILE, build_sources

    sessions = Sessions(
        keeper.settings.home,
        private=is_loopback(host) and not door,
        questions=door.questions if door else None,
    )
    page = build_chat(keeper, sessions)
    with page:
        study = build_path(keeper.settings.home, sessions)
        build_review(keeper.settings.home, sessions)
        build_sources(keeper, updates)
        name_api(keeper, sessions)
        if door:
            login_page.build_account(page)
    page.queue(api_open=True)
    page.max_threads = THREADS
    page.delete_cache = (UPLOADS_KEPT, UPLOADS_KEPT)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, door=door, private=is_loopback(host))

    name_pages(app, keeper, sessions)
    add_downloads(app, study, sessions)
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
        enable_monitoring=False,
        theme=style.theme(),
        css=looks(),
        max_file_size=LARGEST_FILE,
    )
    return mounted


def looks() -> str:
    """Join the style sheets of the page's places."""
    from ui import chat_style, login_page, path_style, places, review_style, sources_style, style

    sheets = (style, chat_style, places, path_style, review_style, sources_style, login_page)
    return "".join(sheet.CSS for sheet in sheets)


def name_pages(app: "FastAPI", keeper: "Keeper", sessions: Sessions) -> None:
    """Serve the reading pages, and the conversation of whoever asks as a file."""
    from fastapi import Request
    from fastapi.responses import HTMLResponse, PlainTextResponse

    from ui.history import EXPORT, exported

    @app.get("/read/{section_id}", response_class=HTMLResponse)
    def read(section_id: str) -> HTMLResponse:
        status, html = read_page(keeper, section_id)
        return HTMLResponse(html, status_code=status)

    @app.get(EXPORT)
    def export(request: Request) -> PlainTextResponse:
        text = exported(sessions, visitor_of(request))
        media = "text/markdown; charset=utf-8"
        headers = {"content-disposition": 'attachment; filename="conversation.md"'}
        status = 200 if text else 404
        return PlainTextResponse(text, status, headers=headers, media_type=media)


def name_api(keeper: "Keeper", sessions: Sessions) -> None:
    """Offer the five tools, the only named functions of the HTTP API.

    Plain HTTP has to send every argument, so `ask` and `sources` take no more than they need. A
    learner's record is read and written by programs on this machine alone, a user's by those that
    logged in as the user.
    """
    import gradio as gr

    from ui.tools import Tools

    tools = Tools(keeper)

    def own(request: gr.Request) -> Tools:
        if sessions.has_users:
            return Tools(keeper, sessions.learner(visitor_of(request)))
        near_alone(request)
        return tools

    def ask(question: str, request: gr.Request) -> dict[str, Any]:
        with in_one_line():
            sessions.count_question(visitor_of(request))
            return tools.ask(question)

    def search(query: str, request: gr.Request, k: int = 10) -> dict[str, Any]:
        with in_one_line():
            sessions.count_question(visitor_of(request))
            return tools.search(query, k)

    def sources() -> list[dict[str, Any]]:
        with in_one_line():
            return tools.sources()

    def next(request: gr.Request, minutes: int = 0) -> dict[str, Any]:
        with in_one_line():
            return own(request).next(minutes)

    def quiz(
        request: gr.Request,
        scope: str = "",
        item_id: str = "",
        answer: str = "",
        self_grade: str = "",
    ) -> dict[str, Any]:
        with in_one_line():
            return own(request).quiz(scope, item_id, answer, self_grade)

    for run in (ask, search, next, quiz, sources):
        run.__doc__ = getattr(Tools, run.__name__).__doc__
        gr.api(run, api_name=run.__name__, concurrency_limit=8)


@contextmanager
def in_one_line() -> Iterator[None]:
    """Tell a program what went wrong as the command line does, and write nothing down."""
    import gradio as gr

    try:
        yield
    except StudypathError as error:
        raise gr.Error(one_line(str(error)), print_exception=False) from error


def near_alone(request: Any) -> None:
    """Raise InputError for a request that another machine, or a page of another site, makes."""
    origin = urlsplit(request.headers.get("origin") or "").hostname
    if not is_near(request) or (origin is not None and not is_loopback(origin)):
        raise InputError("a learner's record is reached from this machine alone")


class Updates:
    """Reads what was added, in a subprocess and one run at a time; safe to call from any thread.

    The subprocess is the one writer; the keeper goes on answering and takes up what it publishes.
    """

    def __init__(self, keeper: "Keeper") -> None:
        self._keeper = keeper
        self._lock = Lock()
        self._closing = Event()
        self._thread: Thread | None = None
        self._job: subprocess.Popen[str] | None = None
        self._waiting: tuple[Addition, ...] = ()
        self._state, self._words, self._runs = "idle", "", 0

    def read(self, addition: "Addition") -> None:
        """Have an addition read in the background, after what is being read already."""
        with self._lock:
            self._waiting = (*self._waiting, addition)
            self._start()

    def again(self) -> None:
        """Try again what failed; nothing happens while something is read."""
        with self._lock:
            if self._state == "failed":
                self._start()

    def told(self) -> dict[str, object]:
        """Say how far it is: idle, busy, done or failed; `mark` changes with the ledger."""
        try:
            passages = sum(row.passages for row in self._keeper.sources())
        except StudypathError:
            passages = 0
        with self._lock:
            mark = f"{self._runs}-{passages}"
            return {"state": self._state, "words": one_line(self._words), "mark": mark}

    def close(self) -> None:
        """Stop what runs; what was read so far is kept."""
        self._closing.set()
        job, thread = self._job, self._thread
        if job and job.poll() is None:
            job.terminate()
        if thread:
            thread.join(timeout=5)

    def _start(self) -> None:
        if self._state != "busy":
            self._state, self._words = "busy", "Bringing the library up to date…"
            self._thread = Thread(target=self._run, name="updates", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            added = self._take()
            try:
                problem = self._ingest()
                self._wait_for_keeper()
                words = problem or self._outcome(added)
            except Exception as error:  # the edge: the page must be able to say what went wrong
                problem = words = f"{type(error).__name__}: {error}"
            if self._ended(added, words, failed=bool(problem)):
                return

    def _take(self) -> "tuple[Addition, ...]":
        with self._lock:
            added, self._waiting = self._waiting, ()
        return added

    def _ended(self, added: "tuple[Addition, ...]", words: str, *, failed: bool) -> bool:
        """Note how a run ended; False when more was added meanwhile, which is read next."""
        with self._lock:
            self._runs += 1
            if failed:  # kept for another try
                self._waiting = (*added, *self._waiting)
            elif self._waiting:
                return False
            self._state, self._words = "failed" if failed else "done", words
            return True

    def _ingest(self) -> str:
        """Run an ingest to its end and give its error, empty when all went well."""
        while not self._keeper.readiness().settled:  # the keeper itself is building
            if self._closing.wait(0.5):
                return STOPPED
        home = str(self._keeper.settings.home)
        root = str(Path(__file__).resolve().parent.parent)
        paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        error = ""
        with subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *READ_ADDITIONS, "--json", "--home", home],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            env={**os.environ, "PYTHONPATH": paths},
        ) as job:
            self._job = job
            if hasattr(os, "setpriority"):
                os.setpriority(os.PRIO_PROCESS, job.pid, 10)  # answers come before reading
            for line in job.stderr or ():
                if line.startswith(ERROR_PREFIX):
                    error = line.removeprefix(ERROR_PREFIX)
                else:
                    self._words = f"Bringing the library up to date. {line}"
        if self._closing.is_set():
            return STOPPED
        return (error or f"reading stopped (code {job.returncode})") if job.returncode else ""

    def _wait_for_keeper(self) -> None:
        """Wait until the page answers from what was published, for a few seconds at most."""
        from ingest.library import open_library

        end = time.monotonic() + TAKEN_UP
        while time.monotonic() < end and not self._closing.wait(0.2):
            try:
                with open_library(self._keeper.settings.home) as newest:
                    if newest.sources() == self._keeper.sources():
                        return
            except StudypathError:
                continue

    def _outcome(self, added: Sequence["Addition"]) -> str:
        """Say what became of the additions, as the ledger has it."""
        rows = {row.resource_id: row for row in self._keeper.sources()}
        told = []
        for addition in added:
            row = rows.get(addition.resource_id)
            if row is None:
                told.append("The library is up to date.")
            elif row.passages:
                unit = "passage" if row.passages == 1 else "passages"
                told.append(f"Added “{row.title}”: {row.status}, {row.passages} {unit}.")
            else:
                told.append(f"Added “{row.title}”, but not read: {row.reason or row.status}.")
        return " ".join(dict.fromkeys(told))
