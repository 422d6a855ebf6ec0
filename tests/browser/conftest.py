"""A real Chromium for browser tests, which notices every request that leaves the machine."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from tests.served import ingest, serving

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

# Without these a headless Chromium talks to its maker by itself or, as root, does not start.
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

expect.set_options(timeout=20_000)  # a machine with two busy cores is slow, not broken

THIS_MACHINE = {"127.0.0.1", "localhost", "::1"}


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the Chromium found in PATH once; skip without one, except in CI, which fails."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if path is None:
        missing = (
            "no Chromium in PATH: browser tests need one (on Debian: apt-get install chromium)"
        )
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, headless=True, args=list(CHROMIUM_FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Return a function that opens an empty page: `open_page(width=390, height=844, dark=True)`.

    Each page has its own cookies. When the test ends it fails if any page asked another machine
    for anything, answered or not. What the page's own Content-Security-Policy stopped does not
    count: it never left.
    """
    contexts: list[BrowserContext] = []
    asked: list[str] = []
    stopped: list[str] = []

    def open_one(width: int = 1280, height: int = 800, *, dark: bool = False) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
        )
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        context.on("requestfailed", lambda request: note_policy(request, stopped))
        page = context.new_page()
        page.on("websocket", lambda socket: asked.append(socket.url))
        return page

    yield open_one
    for context in contexts:
        context.close()
    strangers = Counter(url for url in asked if leaves_the_machine(url)) - Counter(stopped)
    assert not strangers, f"requests left the machine: {sorted(strangers)}"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with the library of what ships, for keyword search."""
    return ingest(tmp_path_factory.mktemp("served") / "home")


@pytest.fixture(scope="module")
def app(home: Path) -> Iterator[str]:
    """Serve the home and give the page's address."""
    with serving(home) as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """Return an empty page of 1280 by 800."""
    return open_page()


def note_policy(request: Request, stopped: list[str]) -> None:
    """Remember the address of a request that the page's Content-Security-Policy stopped."""
    if request.failure == "csp":
        stopped.append(request.url)


def leaves_the_machine(url: str) -> bool:
    """Tell whether a request for this address would go to another machine."""
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss", "ftp"} and (
        parts.hostname not in THIS_MACHINE
    )
