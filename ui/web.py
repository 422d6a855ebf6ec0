"""The server: the page, `/read/<section>` and a small named HTTP API (gradio's door)."""

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.settings import Settings
from ingest.errors import InputError, StudypathError
from ui.jobs import Jobs, Kind
from ui.limits import WHOLE
from ui.markup import one_line
from ui.pages import Guard, is_loopback, is_near, problem_page, read_page, visitor_of
from ui.reading import READ, reading
from ui.sessions import Sessions

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

    from ui.door import Door, Group
    from ui.evaluation_runs import Runs
    from ui.keeper import Keeper
    from ui.path_study import Study

THREADS = 80  # an answer that streams holds a thread; Gradio's own 40 would queue the page's clicks
CONNECTIONS = 1_000  # at a time, of a page for others: each open tab holds two or three
# Seconds that one thread of Python may go on while others wait. With 5 ms, Python's own, the gaps
# between the sentences of twenty answers at once had a 95th percentile of 378 ms, with this 132 ms,
# both beside other work (docs/benchmarks.md, "The page").
TURN = 0.001
GOODBYE = 2  # seconds that open pages get when the server is stopped
UPLOADS_KEPT = 3600  # seconds: what was added is copied into the home at once


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
    from ui.path_study import Study

    door = opened(settings, host, group)
    listener = take_port(host, port)
    sys.setswitchinterval(TURN)
    # Ended like Ctrl-C, so that the background job is ended too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    study = Study(settings.home)
    keeper = Keeper(settings, lambda: first_look(study))
    jobs = Jobs(settings.home, kinds(keeper), whole=WHOLE if door else None)
    # Before the slow imports: the library is opened or built meanwhile.
    keeper.start()
    try:
        import uvicorn

        app = build_app(keeper, jobs, study, host, port, door)
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
        jobs.close()
        keeper.close()
        listener.close()


def opened(settings: Settings, host: str, group: "Group | None") -> "Door | None":
    """Make the door of a group, None for a page of this machine; raises InputError as `serve`."""
    if group:
        from ui.door import door_of
        from ui.sources_page import LARGEST_FILE

        return door_of(group, settings.home, LARGEST_FILE)
    if not is_loopback(host):
        raise InputError(
            f"--host {host} can be reached by others, and without users they would all be let in:"
            " make users with `studypath users add NAME --auth-file FILE` and serve with"
            " --auth-file FILE, or leave --host out"
        )
    return None


def kinds(keeper: "Keeper") -> dict[str, Kind]:
    """Name the kinds of long work that the page has."""
    # Not from the place itself, whose imports are slow: the library is not yet being opened.
    from ui.evaluation_runs import EVALUATE, evaluating

    return {READ: reading(keeper), EVALUATE: evaluating(keeper)}


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


def first_look(study: "Study") -> None:
    """Have read what My path needs before anybody opens it: half a second of nobody's waiting."""
    from ui.path_tab import first_drawn

    first_drawn(study)


def build_app(
    keeper: "Keeper",
    jobs: Jobs,
    study: "Study",
    host: str,
    port: int,
    door: "Door | None" = None,
) -> "FastAPI":
    """Build the ASGI application around a keeper and the long work beside it.

    With a `door` each visitor is a user; without one, all who come from here are the learner `me`.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    # Or Gradio has matplotlib find one by importing all of its plotting, in the middle of the first
    # event: 0.4 s in which nothing else was answered.
    os.environ.setdefault("MPLBACKEND", "agg")
    import gradio as gr
    from fastapi import FastAPI

    from ui import login_page, style
    from ui.downloads import add_downloads
    from ui.evaluation_runs import Runs
    from ui.sources_page import LARGEST_FILE

    runs = Runs(keeper.settings.home)
    sessions = sessions_of(keeper.settings, host, door)
    page = build_page(keeper, jobs, sessions, study, runs)
    if door:
        with page:
            login_page.build_account(page)
    page.queue(api_open=True)
    page.max_threads = THREADS
    page.delete_cache = (UPLOADS_KEPT, UPLOADS_KEPT)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, door=door, private=is_loopback(host))

    name_pages(app, keeper, sessions, runs)
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


def build_page(
    keeper: "Keeper", jobs: Jobs, sessions: Sessions, study: "Study", runs: "Runs"
) -> "gr.Blocks":
    """Build the page of all places, with what other programs may call."""
    from ui.chat import build_chat
    from ui.evaluation_tab import build_evaluation
    from ui.path_tab import build_path
    from ui.review_tab import build_review
    from ui.sources_tab import build_sources

    page = build_chat(keeper, sessions, study, lambda: jobs.busy(READ) is not None)
    with page:
        build_path(study, sessions)
        build_review(keeper.settings.home, sessions)
        build_sources(keeper, jobs, sessions)
        build_evaluation(jobs, sessions, runs)
        name_api(keeper, sessions)
    return page


def sessions_of(settings: Settings, host: str, door: "Door | None") -> Sessions:
    """Say whose visits these are: a group's users, or those of this machine alone."""
    questions = door.questions if door else None
    return Sessions(settings.home, private=is_loopback(host) and not door, questions=questions)


def looks() -> str:
    """Join the style sheets of the page's places."""
    from ui import (
        chat_style,
        evaluation_style,
        job_style,
        login_page,
        path_style,
        places,
        review_style,
        sources_style,
        style,
    )

    places_own = (chat_style, path_style, review_style, sources_style, evaluation_style)
    return "".join(s.CSS for s in (style, places, job_style, *places_own, login_page))


def name_pages(app: "FastAPI", keeper: "Keeper", sessions: Sessions, runs: "Runs") -> None:
    """Serve what stands beside the page: reading pages, reports of runs, a conversation's file."""
    from fastapi import Request
    from fastapi.responses import HTMLResponse, PlainTextResponse

    from ui.evaluation_page import REPORT
    from ui.history import EXPORT, exported

    @app.get("/read/{section_id}", response_class=HTMLResponse)
    def read(section_id: str) -> HTMLResponse:
        status, html = read_page(keeper, section_id)
        return HTMLResponse(html, status_code=status)

    @app.get(REPORT + "{run_id}", response_class=HTMLResponse)
    def run_report(run_id: str) -> HTMLResponse:
        try:
            return HTMLResponse(runs.report(run_id))
        except StudypathError as error:
            return HTMLResponse(problem_page("No report", str(error)), status_code=404)

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
