"""Links of a path -> pages, with a dictionary for the web and with the captured pages."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.extract import read_page
from ingest.fetch import Page
from ingest.sources import Fetched, fetch_resource

RAW = "https://raw.githubusercontent.com/o/r"
API = "https://api.github.com/repos/o/r/contents/"
WEB = "https://github.com/o/r"
README = b"# Title of it\n\nThis read-me has more than a dozen words in it, so it counts as a text."


class CannedWeb:
    """A web of a few pages: address -> body, or status as an int, or (address it leads to,)."""

    def __init__(self, pages: dict[str, Any]) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def get(self, url: str) -> Page:
        self.asked.append(url)
        found = self.pages.get(url, 404)
        if isinstance(found, tuple):
            return Page(url, found[0], 200, "text/plain", found[1], "2026-01-01T00:00:00Z")
        if isinstance(found, str):
            raise FetchFailed(found, "as the test wants it")
        if isinstance(found, int):
            raise FetchFailed("not-found", f"{url} answers {found}")
        return Page(url, url, 200, "text/plain", found, "2026-01-01T00:00:00Z")


def fetch(url: str | None, pages: dict[str, Any] | None = None) -> Fetched:
    resource: Any = SimpleNamespace(url=url)
    return fetch_resource(resource, CannedWeb(pages or {}))


def failure(url: str | None, pages: dict[str, Any] | None = None) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, pages)
    assert "\n" not in caught.value.reason
    return caught.value


def listing(*names: str, ref: str = "main", folder: str = "") -> bytes:
    base = f"{RAW}/{ref}/{folder}"
    return json.dumps([{"name": n, "download_url": f"{base}{n}"} for n in names]).encode()


# ── what is not read ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (None, "skipped"),
        ("https://www.youtube.com/watch?v=abc", "no-captions"),
        ("https://discord.gg/abc", "skipped"),
        ("https://www.reddit.com/r/MachineLearning/", "skipped"),
        ("https://www.linkedin.com/groups/1/", "skipped"),
        ("https://discuss.huggingface.co/", "skipped"),
        ("https://site.example/paper.pdf", "not-found"),
        ("https://github.com/o/r/blob/main/data.csv", "skipped"),
        ("https://site.example/missing", "not-found"),
        ("https://github.com/o/r", "not-found"),
    ],
)
def test_what_gives_no_text_is_said_in_plain_words(url: str | None, status: str) -> None:
    failed = failure(url)
    assert failed.status == status
    assert len(failed.reason) > 10


# ── articles and papers ─────────────────────────────────────────────────────────────────────────


def test_a_page_that_sends_on_is_followed() -> None:
    stub = b'<html><head><meta http-equiv="Refresh" content="0; url=there.html"></head></html>'
    fetched = fetch(
        "https://a.example/x/stub.html",
        {"https://a.example/x/stub.html": stub, "https://a.example/x/there.html": b"<p>x"},
    )
    assert fetched.pages[0].resolved_url == "https://a.example/x/there.html"
    assert fetched.pages[0].url == "https://a.example/x/stub.html"
    assert fetched.status == "indexed"


def test_pages_that_send_on_for_ever_or_to_nowhere_end() -> None:
    for target in ("stub.html", "javascript:x()", "other.html"):
        stub = f'<meta http-equiv="refresh" content="0; url={target}">'.encode()
        fetched = fetch(
            "https://a.example/stub.html",
            {"https://a.example/stub.html": stub, "https://a.example/other.html": stub},
        )
        assert fetched.pages[0].body == stub


@pytest.mark.parametrize("form", ["abs/1706.03762", "pdf/1706.03762v5", "html/1706.03762"])
def test_a_paper_is_read_by_its_abstract(form: str) -> None:
    number = form.partition("/")[2]
    fetched = fetch(
        f"https://arxiv.org/{form}", {f"https://arxiv.org/abs/{number}": b"<html>abstract"}
    )
    assert fetched.pages[0].body == b"<html>abstract"
    assert "PDF" in fetched.reason


# ── GitHub ──────────────────────────────────────────────────────────────────────────────────────


def test_a_repository_is_read_by_its_readme() -> None:
    fetched = fetch("https://github.com/o/r#tutorial", {f"{RAW}/HEAD/README.md": README})
    (page,) = fetched.pages
    assert (fetched.status, page.resolved_url, page.body) == ("indexed", WEB, README)
    assert page.content_type.startswith("text/markdown")
    assert read_page(page, "github").title == "Title of it"


def test_a_renamed_repository_is_known_by_its_new_name() -> None:
    moved = ("https://raw.githubusercontent.com/new/name/HEAD/README.md", README)
    fetched = fetch("https://github.com/o/r", {f"{RAW}/HEAD/README.md": moved})
    assert fetched.pages[0].resolved_url == "https://github.com/new/name"


@pytest.mark.parametrize("ref", ["main", "v1.0", "HEAD"])
def test_a_folder_is_read_by_its_own_readme(ref: str) -> None:
    url = f"{WEB}/tree/main/docs/a%20b"
    fetched = fetch(url, {f"{RAW}/{ref}/docs/a%20b/README.md": README} if ref != "v1.0" else {
        f"{RAW}/HEAD/docs/a%20b/README.md": README})  # fmt: skip
    assert fetched.status == "indexed"
    assert fetched.pages[0].resolved_url == url


def test_a_readme_of_another_name_is_found_in_the_list_of_files() -> None:
    fetched = fetch(
        "https://github.com/o/r",
        {API: listing("setup.py", "readme.txt", "ReadMe.markdown"),
         f"{RAW}/main/ReadMe.markdown": README},
    )  # fmt: skip
    assert fetched.pages[0].content_type.startswith("text/markdown")
    assert fetched.status == "indexed"


def test_restructured_text_is_read_as_github_draws_it() -> None:
    fetched = fetch("https://github.com/o/r", {API: listing("README.rst"), WEB: b"<html>drawn"})
    assert fetched.pages[0].body == b"<html>drawn"
    file = f"{WEB}/blob/main/docs/intro.rst"
    assert fetch(file, {file: b"<html>drawn"}).pages[0].body == b"<html>drawn"


@pytest.mark.parametrize(
    ("url", "pages", "word"),
    [
        (f"{WEB}/tree/main/gone", {}, "gone"),
        (f"{WEB}/tree/main/bare", {f"{API}bare": listing("a.py", folder="bare/")}, "no README"),
        (f"{WEB}/blob/main/gone.md", {}, "gone"),
    ],
)
def test_the_repositorys_readme_stands_in(url: str, pages: dict[str, Any], word: str) -> None:
    fetched = fetch(url, {**pages, f"{RAW}/HEAD/README.md": README})
    assert fetched.status == "partial"
    assert word in fetched.reason
    assert "README stands in" in fetched.reason
    assert fetched.pages[0].resolved_url == WEB


def test_a_file_is_read_by_itself() -> None:
    for name, media in (("a.md", "text/markdown"), ("b.ipynb", "application/x-ipynb+json")):
        fetched = fetch(f"{WEB}/blob/main/docs/{name}", {f"{RAW}/main/docs/{name}": README})
        assert fetched.pages[0].content_type.startswith(media)
        assert fetched.pages[0].resolved_url == f"{WEB}/blob/main/docs/{name}"


def test_other_pages_of_github_are_articles() -> None:
    issue = f"{WEB}/issues/7"
    assert fetch(issue, {issue: b"<html>"}).pages[0].body == b"<html>"


def test_a_network_that_fails_is_not_taken_for_a_missing_file() -> None:
    assert failure(WEB, {f"{RAW}/HEAD/README.md": "unreachable"}).status == "unreachable"


def test_gone_is_said_rather_than_not_in_the_archive() -> None:
    failed = failure(WEB, {API: "not-in-archive", WEB: "not-in-archive"})
    assert failed.status == "not-found"
    assert "o/r" in failed.reason
    missing = dict.fromkeys((f"{RAW}/HEAD/README.md", API, WEB), "not-in-archive")
    assert failure(WEB, missing).status == "not-in-archive"


@pytest.mark.parametrize(
    "url",
    [
        f"{WEB}/blob/main/a.ipynb",
        "https://nbviewer.org/github/o/r/blob/main/a.ipynb",
        "https://colab.research.google.com/github/o/r/blob/main/a.ipynb",
        f"{RAW}/main/a.ipynb",
    ],
)
def test_a_notebook_is_read_by_its_file(url: str) -> None:
    assert fetch(url, {f"{RAW}/main/a.ipynb": b"{}"}).pages[0].body == b"{}"


def test_a_folder_of_notebooks_in_a_viewer_is_a_folder_of_github() -> None:
    fetched = fetch(
        "https://nbviewer.org/github/o/r/tree/main/lessons",
        {f"{RAW}/main/lessons/README.md": README},
    )
    assert fetched.pages[0].resolved_url == f"{WEB}/tree/main/lessons"


@pytest.mark.parametrize(
    "body", [b"no json", b"{}", b'{"message": "rate limit"}', b"[1, null]", b'[{"name": 3}]']
)
def test_a_strange_list_of_files_is_survived(body: bytes) -> None:
    assert failure(WEB, {API: body}).status == "not-found"


# ── the captured pages ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("https://github.com/dorianbrown/rank_bm25", "https://github.com/dorianbrown/rank_bm25"),
        (
            "https://github.com/fmfn/BayesianOptimization",
            "https://github.com/bayesian-optimization/BayesianOptimization",
        ),
        ("https://arxiv.org/pdf/1706.03762", "https://arxiv.org/abs/1706.03762"),
        ("https://dvc.org/doc/start", "https://dvc.org/doc/start"),
    ],
)
def test_links_of_the_small_capture(small_warc: Path, url: str, resolved: str) -> None:
    resource: Any = SimpleNamespace(url=url)
    fetched = fetch_resource(resource, ArchiveTransport(small_warc))
    assert fetched.status == "indexed"
    document = read_page(fetched.pages[0])
    assert document.url == resolved
    assert len(document.text) > 1_000
    assert document.headings


@pytest.mark.slow
def test_every_link_of_the_path_ends_in_a_word_of_the_ledger(
    full_warc: Path, curriculum_text: str
) -> None:
    import re
    from collections import Counter

    from ingest.links import clean

    archive = ArchiveTransport(full_warc)
    words: Counter[str] = Counter()
    pages = 0
    for link in re.findall(r"\]\((\S+)\)", curriculum_text):
        resource: Any = SimpleNamespace(url=clean(link))
        try:
            fetched = fetch_resource(resource, archive)
            readable = any(map(holds_text, fetched.pages[:2]))
            words[fetched.status if readable else "no-text"] += 1
            pages += len(fetched.pages)
        except FetchFailed as failed:
            words[failed.status] += 1
    assert words.total() == 133
    assert words["indexed"] >= 60
    assert words["partial"] >= 6
    assert words["no-text"] <= 3
    assert pages >= 700
    assert words["no-captions"] == 31
    assert words["skipped"] == 4
    assert words["login-wall"] == 2
    assert words["not-found"] >= 5
    assert words["unreachable"] == 0


def holds_text(page: Page) -> bool:
    try:
        return bool(read_page(page).text)
    except FetchFailed:
        return False
