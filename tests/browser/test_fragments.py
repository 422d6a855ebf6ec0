"""Exact links in a real browser: Chromium highlights the sentence that a link names.

What `::target-text` paints cannot be asked for, so it is seen: the test paints it, text and all,
in one colour and reads from a picture of the page which words lie under it.
"""

import io
import random
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page as Tab

from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.extract import Document, read_page
from ingest.fetch import Page
from ingest.fragments import folded, with_fragments
from ingest.html_tree import parse, visible_blocks
from ingest.links import deep_link
from ingest.split import Passage, split

pytestmark = pytest.mark.browser

SEED = 4
SITES = 15
PAGES_PER_SITE = 4
SENTENCES = 50
COLOUR = (255, 0, 254)
PAINT = (
    "<style>::target-text { background: rgb(255, 0, 254) !important;"
    " color: rgb(255, 0, 254) !important }</style>"
)
# Every word in the window with the middle of its box, in the page's order.
WORDS_IN_VIEW = """() => {
  const words = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.checkVisibility()) continue;  // in closed details
    const around = document.createRange();
    around.selectNodeContents(node);
    const outer = around.getBoundingClientRect();
    if (outer.bottom < 0 || outer.top > innerHeight || !outer.width) continue;
    for (const match of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const box = range.getClientRects()[0];
      if (box) words.push([match[0], (box.left + box.right) / 2, (box.top + box.bottom) / 2]);
    }
  }
  return words;
}"""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A stretch of a captured page with its directive."""

    page: Page
    anchor: str | None
    text: str
    directive: str


@pytest.fixture
def serve() -> Iterator[Callable[[str, str, bytes], str]]:
    """Return a function that serves a body at a path of this machine and returns its address.

    The page's scripts and style sheets are kept out by a policy: nothing leaves the machine.
    """
    bodies: dict[str, tuple[str, bytes]] = {}

    class Bodies(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media, body = bodies.get(self.path, ("text/plain", b""))
            self.send_response(200)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy",
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
            )
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bodies)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def add(path: str, media: str, body: bytes) -> str:
        bodies[path] = (media, body + PAINT.encode())
        return f"http://127.0.0.1:{server.server_port}{path}"

    yield add
    server.shutdown()
    server.server_close()
    thread.join()


def painted(tab: Tab) -> NDArray[np.bool_]:
    """Take a picture of the window and tell which of its points have the highlight's colour."""
    image = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
    return (np.abs(np.asarray(image, dtype=int) - COLOUR).sum(axis=2) < 6).astype(bool)


def highlighted(tab: Tab, url: str) -> list[str]:
    """Follow a link and return the words that the browser highlights in its window."""
    tab.goto("about:blank")  # a directive is only followed by a navigation to another document
    tab.goto(url)
    for _ in range(20):
        mask = painted(tab)
        if mask.any():
            break
        tab.wait_for_timeout(150)
    height, width = mask.shape
    return [
        word
        for word, x, y in tab.evaluate(WORDS_IN_VIEW)
        if 0 <= x < width and 0 <= y < height and mask[int(y), int(x)]
    ]


def letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]", folded(text)))


def test_a_picture_shows_what_is_highlighted(
    open_page: Callable[..., Tab], serve: Callable[[str, str, bytes], str]
) -> None:
    filler = "<p>Other words stand here.</p>" * 200
    html = f"<!doctype html>{filler}<p id=a>One small step. Another step.</p>{filler}"
    url = serve("/small", "text/html; charset=utf-8", html.encode())
    tab = open_page()
    assert highlighted(tab, f"{url}#:~:text=Another%20step") == ["Another", "step"]
    assert tab.evaluate("scrollY") > 2000
    assert highlighted(tab, f"{url}#:~:text=small,Another") == ["small", "step", "Another"]
    assert highlighted(tab, f"{url}#:~:text=nowhere") == []
    assert tab.evaluate("scrollY") == 0
    # An anchor in front is where the browser goes when it finds no such text.
    assert highlighted(tab, f"{url}#a:~:text=nowhere") == []
    assert tab.evaluate("scrollY") > 2000


# Each case holds the second of two texts; the first would be found were the directive wrong.
CASES = [
    ("<p>Step one.</p><p>Step two.</p>", "Step two."),
    ("<p>The end. Begin.</p><p>The end. Go.</p>", "The end. Go."),
    ("<ul><li>same</li><li>other</li><li>same</li></ul><p>b</p>", "other"),
    ("<pre>x = 1\nprint(x)\nx = 2\nprint(x)\n</pre>", "x = 2"),
    ("<p>foo-bar, baz &amp; qux</p><p>foo-bar, baz &amp; quux</p>", "foo-bar, baz & quux"),
    ("<p>Caf\u00e9 \u65e5\u672c 100% #1 a=b?</p>", "Caf\u00e9 \u65e5\u672c 100% #1 a=b?"),
    ("<p>one<img alt=x src='data:,'>two three</p><p>four</p>", "two three"),
    ("<p>a&nbsp; b <b>c</b><i>d</i>\n e</p>", "a  b cd e"),
    (
        "<p>it\u2019s \u201cso\u201d \u2014 or \u2026</p>",
        "it\u2019s \u201cso\u201d \u2014 or \u2026",
    ),
    ("<p>hy&shy;phen</p><p>hyphen ated<wbr>word</p>", "hyphen atedword"),
    ("<details><summary>Open</summary><p>inside of it</p></details>", "inside of it"),
    ("<table><tr><td>k</td><td>v</td></tr><tr><td>k</td><td>w</td></tr></table>", "| k | w |"),
    ("<p>a <script>1</script> tail end</p><p>tail</p>", "tail end"),
]


@pytest.mark.parametrize(("html", "text"), CASES, ids=[text for _, text in CASES])
def test_chromium_reads_pages_as_we_do(
    open_page: Callable[..., Tab],
    serve: Callable[[str, str, bytes], str],
    html: str,
    text: str,
) -> None:
    root = parse(f"<!doctype html><body>{html}")
    assert root is not None
    visible = visible_blocks(root)
    whole = Passage("p", "d", 0, text, 0, len(text), (), None, "", 1)
    (given,) = with_fragments([whole], visible)
    directives = [directive for _, _, directive in given.fragments]
    assert all(directives), visible
    filler = "<div style='height: 3000px'></div>"
    body = f"<!doctype html><body>{filler}{html}{filler}".encode()
    url = serve("/case", "text/html; charset=utf-8", body)
    tab = open_page()
    seen = [highlighted(tab, deep_link(url, None, directive)[0]) for directive in directives]
    assert letters("".join(word for words in seen for word in words)) == letters(text)
    assert tab.evaluate("scrollY") > 2000


@pytest.mark.slow
def test_chromium_finds_sentences_of_captured_pages(
    open_page: Callable[..., Tab], serve: Callable[[str, str, bytes], str], full_warc: Path
) -> None:
    chosen = sentences(full_warc)
    assert len({urlsplit(sentence.page.resolved_url).netloc for sentence in chosen}) >= SITES
    assert len(chosen) == SENTENCES
    tab = open_page(width=4000, height=1200)  # tables and lines of code are not to be cut off
    wrong = []
    for number, sentence in enumerate(chosen):
        url = serve(f"/{number}", sentence.page.content_type, sentence.page.body)
        link, precision = deep_link(url, sentence.anchor, sentence.directive)
        assert precision == "exact"
        seen = letters("".join(highlighted(tab, link)))
        if not is_right(seen, sentence):
            wrong.append(f"{sentence.page.resolved_url} {sentence.directive}: {seen[:200]!r}")
    assert not wrong, "\n".join(["", *wrong])


def is_right(seen: str, sentence: Sentence) -> bool:
    """Tell whether the highlighted letters are those of the directive and of the sentence.

    The sentence may hold formulas that the page writes in another way.
    """
    terms = re.sub(r"^[^,]*-,|,-[^,]*$", "", sentence.directive.removeprefix("text=")).split(",")
    first, last = letters(unquote(terms[0])), letters(unquote(terms[-1]))
    own = letters(re.sub(r"\$[^$]*\$", " ", sentence.text))
    alike = SequenceMatcher(None, seen, own, autojunk=False).ratio()
    return seen.startswith(first) and seen.endswith(last) and alike > 0.8


def sentences(archive: Path) -> list[Sentence]:
    """Draw sentences with an exact link from captured pages, the same number of every site."""
    transport = ArchiveTransport(archive)
    by_site: dict[str, list[str]] = defaultdict(list)
    for url in sorted(transport.urls()):
        by_site[urlsplit(url).netloc].append(url)
    draw = random.Random(SEED)
    found = []
    for site in sorted(by_site):
        urls = draw.sample(by_site[site], len(by_site[site]))
        exact: list[Sentence] = []
        read = 0
        for url in urls[: 5 * PAGES_PER_SITE]:
            page, document = html_page(transport, url)
            if page and document:
                exact += exact_sentences(page, document)
                read += 1
            if read == PAGES_PER_SITE:
                break
        if exact:
            found.append(draw.sample(exact, len(exact)))
    turns = [row[k] for k in range(SENTENCES) for row in found if k < len(row)]
    return turns[:SENTENCES]


def html_page(transport: ArchiveTransport, url: str) -> tuple[Page | None, Document | None]:
    """Read a captured page; nothing when it is no HTML or holds no text."""
    try:
        page = transport.get(url)
        document = read_page(page)
    except FetchFailed:
        return None, None
    return (page, document) if document.visible and urlsplit(url).netloc else (None, None)


def exact_sentences(page: Page, document: Document) -> list[Sentence]:
    """List the stretches of a page that have a directive and say something."""
    passages = with_fragments(split(document, lambda text: len(text) // 4 + 1), document.visible)
    return [
        Sentence(page, passage.anchor, passage.text[start:end], directive)
        for passage in passages
        for start, end, directive in passage.fragments
        if directive and len(passage.text[start:end].split()) >= 3
    ]
