"""Repositories and folders of GitHub from one tarball: which files, in which order, shown where."""

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed
from ingest.extract import read_page
from ingest.sources import Fetched, Limits, fetch_resource
from ingest.sources.github_tree import (
    has_folder,
    kind_of,
    linked_paths,
    moved_to,
    reading_order,
)
from ingest.tarball import Member
from tests.written_web import WrittenWeb

WEB = "https://github.com/o/r"
RAW = "https://raw.githubusercontent.com/o/r"
PACKED = "https://codeload.github.com/o/r/tar.gz"
SHA = "0123456789abcdef0123456789abcdef01234567"
BLOB = f"{WEB}/blob/{SHA}"
PROSE = (
    b"A text of more than a dozen words, so that it counts as one that can be read at all.\n" * 2
)


def packed(files: Mapping[str, bytes], comment: str = SHA, top: str = "r-HEAD") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": comment}
    ) as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(f"{top}/{name}")
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def fetch(url: str, pages: Mapping[str, Any], limits: Limits = Limits()) -> Fetched:  # noqa: B008
    resource: Any = SimpleNamespace(url=url)
    return fetch_resource(resource, WrittenWeb(pages), limits)


def shown(fetched: Fetched) -> list[str]:
    return [page.resolved_url.removeprefix(f"{BLOB}/") for page in fetched.pages]


FILES = {
    "setup.py": PROSE,
    "README.md": b"# Tool\n\nSee [the guide](docs/guide.md) and [examples](./examples).\n" + PROSE,
    "LICENSE": PROSE,
    "tool.py": b"class Tool:\n    pass\n" + b"# more\n" * 20,
    "docs/a.md": PROSE,
    "docs/guide.md": PROSE,
    "docs/zh/guide.md": PROSE,
    "examples/2.ipynb": json.dumps({"cells": [], "nbformat": 4}).encode() + b" " * 80,
    "examples/10.ipynb": json.dumps({"cells": [], "nbformat": 4}).encode() + b" " * 80,
    "examples/run.py": b"print('a run of the tool')\n" * 10,
    "examples/README.md": PROSE,
    "tests/test_tool.py": PROSE,
    "picture.png": b"\x89PNG" * 50,
}


# ── a repository, a folder ──────────────────────────────────────────────────────────────────────


def test_a_repository_is_its_readme_and_what_that_links_and_the_rest_by_kind() -> None:
    fetched = fetch(WEB, {f"{PACKED}/HEAD": packed(FILES)})
    assert shown(fetched) == [
        WEB, "docs/guide.md", "examples/README.md", "examples/2.ipynb", "examples/10.ipynb",
        "examples/run.py", "docs/a.md", "tool.py",
    ]  # fmt: skip
    assert (fetched.status, fetched.reason) == ("indexed", "")
    assert fetched.pages[0].url == WEB
    assert fetched.pages[0].body == FILES["README.md"]
    media = [page.content_type.partition(";")[0] for page in fetched.pages]
    assert media[1] == "text/markdown"
    assert media[3] == "application/x-ipynb+json"
    assert media[-1] == "text/x-python"


def test_a_tarball_is_all_that_is_asked_for() -> None:
    web = WrittenWeb({f"{PACKED}/HEAD": packed(FILES)})
    resource: Any = SimpleNamespace(url=WEB)
    fetch_resource(resource, web)
    assert web.asked == [f"{PACKED}/HEAD"]


@pytest.mark.parametrize("ref", ["main", "HEAD"])
def test_a_folder_is_what_stands_below_it(ref: str) -> None:
    url = f"{WEB}/tree/main/examples"
    fetched = fetch(url, {f"{PACKED}/{ref}": packed(FILES)})
    assert shown(fetched) == [url, "examples/2.ipynb", "examples/10.ipynb", "examples/run.py"]
    assert fetched.status == "indexed"


def test_a_folder_without_readme_is_read_by_its_files() -> None:
    url = f"{WEB}/tree/main/docs"
    fetched = fetch(url, {f"{PACKED}/main": packed(FILES)})
    assert shown(fetched) == ["docs/a.md", "docs/guide.md"]
    assert fetched.pages[0].url == url


def test_without_a_commit_the_version_of_the_link_is_shown() -> None:
    fetched = fetch(f"{WEB}/tree/v2/docs", {f"{PACKED}/v2": packed(FILES, comment="x")})
    assert fetched.pages[0].resolved_url == f"{WEB}/blob/v2/docs/a.md"


def test_names_are_encoded_in_addresses() -> None:
    files = {"a & b/{{x}}/n°1.md": PROSE}
    fetched = fetch(f"{WEB}/tree/main/a%20%26%20b", {f"{PACKED}/main": packed(files)})
    assert shown(fetched) == ["a%20%26%20b/%7B%7Bx%7D%7D/n%C2%B01.md"]


def test_limits_are_kept_and_told() -> None:
    pages = {f"{PACKED}/HEAD": packed(FILES)}
    fetched = fetch(WEB, pages, Limits(pages=3))
    assert len(fetched.pages) == 3
    assert fetched.reason == "the first 3 of 8 pages"
    assert len(fetch(WEB, pages, Limits(depth=0)).pages) == 1
    small = fetch(WEB, pages, Limits(bytes=len(FILES["README.md"]) + len(PROSE)))
    assert shown(small) == [WEB, "docs/guide.md"]
    assert small.reason == "the first 2 of 8 pages"


def test_a_renamed_repository_is_shown_by_its_new_name() -> None:
    moved = ("https://codeload.github.com/new/name/tar.gz/HEAD", packed(FILES))
    fetched = fetch(WEB, {f"{PACKED}/HEAD": moved})
    assert fetched.pages[0].resolved_url == "https://github.com/new/name"
    assert fetched.pages[1].resolved_url.startswith(f"https://github.com/new/name/blob/{SHA}/")


def test_a_rename_that_only_the_page_knows_is_followed() -> None:
    new = "https://codeload.github.com/new/name/tar.gz/HEAD"
    pages = {WEB: ("https://github.com/new/name", b"<html>"), new: packed(FILES)}
    assert fetch(WEB, pages).pages[0].resolved_url == "https://github.com/new/name"


def test_a_readme_that_github_draws_is_read_as_drawn() -> None:
    files = {"README.rst": PROSE, "docs/a.md": PROSE}
    page = b"<html>drawn</html>"
    assert fetch(WEB, {f"{PACKED}/HEAD": packed(files), WEB: page}).pages[0].body == page
    # Where the page cannot be had, the source has to do.
    assert fetch(WEB, {f"{PACKED}/HEAD": packed(files)}).pages[0].body == PROSE


@pytest.mark.parametrize(
    "tarball",
    ["not-found", "skipped", "unreachable", b"no archive", packed({}), packed({"a.png": PROSE})],
)
def test_without_a_usable_tarball_the_readme_alone_is_read(tarball: Any) -> None:
    fetched = fetch(WEB, {f"{PACKED}/HEAD": tarball, f"{RAW}/HEAD/README.md": PROSE})
    (page,) = fetched.pages
    assert (fetched.status, page.resolved_url, page.body) == ("indexed", WEB, PROSE)


# ── what moved, and what is gone ────────────────────────────────────────────────────────────────


def test_a_folder_that_moved_is_read_at_its_new_place() -> None:
    files = {
        "README.md": PROSE,
        "v2/examples/search/README.md": PROSE,
        "v2/examples/search/a.py": PROSE,
    }
    url = f"{WEB}/tree/main/examples/search"
    fetched = fetch(url, {f"{PACKED}/main": packed(files), f"{RAW}/HEAD/README.md": PROSE})
    assert fetched.status == "partial"
    assert "examples/search is gone" in fetched.reason
    assert "v2/examples/search" in fetched.reason
    assert fetched.pages[0].url == url
    assert shown(fetched) == [f"{WEB}/tree/{SHA}/v2/examples/search", "v2/examples/search/a.py"]


def test_what_moved_to_two_places_is_stood_in_for() -> None:
    files = {"README.md": PROSE, "a/search/README.md": PROSE, "b/search/README.md": PROSE}
    fetched = fetch(
        f"{WEB}/tree/main/old/search",
        {f"{PACKED}/main": packed(files), f"{RAW}/HEAD/README.md": PROSE},
    )
    assert fetched.status == "partial"
    assert "README stands in" in fetched.reason
    assert [page.resolved_url for page in fetched.pages] == [WEB]


def test_a_file_that_moved_is_read_at_its_new_place() -> None:
    files = {"README.md": PROSE, "docs/new/guide.md": PROSE}
    url = f"{WEB}/blob/main/docs/guide.md"
    fetched = fetch(url, {f"{PACKED}/HEAD": packed(files)})
    assert (fetched.status, shown(fetched)) == ("partial", ["docs/new/guide.md"])
    assert "docs/new/guide.md" in fetched.reason
    assert fetched.pages[0].url == url


@pytest.mark.parametrize(
    ("missing", "paths", "file", "place"),
    [
        ("a/x", ["b/x/f.md"], False, "b/x"),
        ("a/x", ["b/x/f.md", "c/x/f.md"], False, ""),
        ("docs/a/x", ["docs/docs/a/x/f.md", "docs/ref/x/f.md"], False, "docs/docs/a/x"),
        ("a/x", ["b/a/x/f.md", "c/a/x/f.md"], False, ""),
        ("a/x", ["tests/x/f.md"], False, ""),
        ("a/x", ["tests/x/f.md", "b/x/f.md"], False, "b/x"),
        ("a/x", [".github/x/f.md"], False, ""),
        ("a/x", ["b/xx/f.md", "x.md"], False, ""),
        ("a/x.md", ["b/x.md"], True, "b/x.md"),
        ("a/x.md", ["b/x.md/f.md"], True, ""),
        ("a/README.md", ["b/README.md", "c/README.md"], True, ""),
        ("x", [], False, ""),
    ],
)
def test_a_new_place_is_only_taken_when_it_is_certain(
    missing: str, paths: list[str], file: bool, place: str
) -> None:
    assert moved_to(paths, missing, file=file) == place


# ── a file ──────────────────────────────────────────────────────────────────────────────────────


def test_a_source_file_is_read_and_stays_one_page() -> None:
    url = f"{WEB}/blob/main/train.py"
    web = WrittenWeb({f"{RAW}/main/train.py": FILES["tool.py"], f"{PACKED}/main": packed(FILES)})
    resource: Any = SimpleNamespace(url=url)
    (page,) = fetch_resource(resource, web).pages
    assert (page.resolved_url, page.body) == (url, FILES["tool.py"])
    assert page.content_type.startswith("text/x-python")
    assert web.asked == [f"{RAW}/main/train.py"]


@pytest.mark.parametrize("name", ["data.csv", "model.onnx", "picture.png", "a.zip"])
def test_data_is_no_text_to_read(name: str) -> None:
    with pytest.raises(FetchFailed, match="skipped"):
        fetch(f"{WEB}/blob/main/{name}", {f"{RAW}/main/{name}": PROSE})


# ── which files ─────────────────────────────────────────────────────────────────────────────────


def order(*paths: str, folder: str = "", links: tuple[str, ...] = (), size: int = 500) -> list[str]:
    return list(reading_order([Member(path, size) for path in paths], folder, links))


def test_kinds_come_in_order_and_the_nearest_first() -> None:
    kinds = ["readme.rst", "a/README.md", "v.md", "a/v.md", "w.txt", "x.ipynb", "y.py", "z.yaml"]
    assert order(*reversed(kinds)) == kinds
    assert order("Ch10/a.ipynb", "Ch2/a.ipynb") == ["Ch2/a.ipynb", "Ch10/a.ipynb"]


@pytest.mark.parametrize(
    "path",
    ["LICENSE", "LICENSE.md", "CONTRIBUTING.md", "docs/CHANGELOG.rst", "CODE_OF_CONDUCT.md",
     "requirements-dev.txt", "a/__init__.py", "setup.py", "conftest.py", "test_a.py", "a_test.py",
     "tests/helper.py", "vendor/x.go", ".github/README.md", "a.min.js", "x.d.ts", "x.csv", "x.json",
     "mkdocs.yml", "README_zh.md", "README.ja.md", "docs/fr/a.md", "data/essay.txt",
     "docs/api/pkg.rst", "pyproject.toml", "Makefile", "a.egg-info/SOURCES.txt"],
)  # fmt: skip
def test_what_says_nothing_about_the_subject_is_left_out(path: str) -> None:
    assert order(path) == []


@pytest.mark.parametrize(
    "path",
    ["docs/history-of-it.md", "api/server.py", "ml/guide.md", "Dockerfile", "compose.yaml",
     "contest.py", "latest_news.md", "testimony.md", "reference/guide.md"],
)  # fmt: skip
def test_what_only_looks_like_it_is_kept(path: str) -> None:
    assert order(path) == [path]


def test_a_linked_folder_of_tests_is_read() -> None:
    assert order("tests/unit/a.py", folder="tests/unit") == ["tests/unit/a.py"]


def test_stubs_and_data_are_known_by_their_size() -> None:
    assert order("a.md", size=20) == []
    assert order("a.txt", "a.py", "a.ipynb", "a.md", size=500_000) == ["a.md", "a.ipynb"]


def test_links_of_a_readme_are_paths_of_the_repository() -> None:
    text = """
[file](guide.md) [folder](./parts/) [above](../other/a.md) [root](/docs/b.md) [part](c.md#x)
[full](https://github.com/o/r/blob/main/deep/d.md) [site](https://example.org/e.md)
[space](my%20file.md) ![picture](p.png) [mail](mailto:x@y.z) [top](#top) [bad](http://[)
<a href="html.md">html</a> [ref] [again](guide.md)

[ref]: ref.md
"""
    assert linked_paths(text, "docs/README.md") == (
        "docs/guide.md", "docs/parts", "other/a.md", "docs/b.md", "docs/c.md", "deep/d.md",
        "docs/my file.md", "docs/html.md", "docs/ref.md",
    )  # fmt: skip
    assert linked_paths("[out](../../../../etc/passwd)", "README.md") == ("etc/passwd",)
    assert linked_paths("", "") == ()


PARTS = st.sampled_from(
    ["a", "b10", "b2", "README.md", "x.py", "n.ipynb", "docs", "tests", "é", "9" * 12]
)


@given(
    st.lists(st.lists(PARTS, min_size=1, max_size=4).map("/".join), unique=True, max_size=12),
    st.sampled_from(["", "a", "docs", "a/docs"]),
    st.lists(st.lists(PARTS, min_size=1, max_size=3).map("/".join), max_size=5),
)
def test_an_order_holds_each_readable_file_of_the_folder_once(
    paths: list[str], folder: str, links: list[str]
) -> None:
    found = order(*paths, folder=folder, links=tuple(links))
    assert len(set(found)) == len(found)
    assert set(found) <= {path for path in paths if not folder or path.startswith(f"{folder}/")}
    assert all(kind_of(path) for path in found)
    assert bool(found) <= (not folder or has_folder(paths, folder))
    own = f"{folder}/README.md".lstrip("/")
    if own in paths:
        assert found[0] == own
    assert found == order(*reversed(paths), folder=folder, links=tuple(links))


# ── the captured repositories ───────────────────────────────────────────────────────────────────


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "count", "status", "holds"),
    [
        ("https://github.com/dorianbrown/rank_bm25", 2, "indexed", "rank_bm25.py"),
        ("https://github.com/fmfn/BayesianOptimization", 24, "indexed", "basic-tour.ipynb"),
        ("https://github.com/ddbourgin/numpy-ml/tree/master/numpy_ml/neural_nets", 23, "indexed",
         "layers/layers.py"),
        ("https://github.com/UKPLab/sentence-transformers/tree/master/examples/applications/"
         "semantic-search", 10, "partial", "semantic_search_quora_hnswlib.py"),
        ("https://github.com/run-llama/llama_index/tree/main/docs/examples/retrievers", 19,
         "partial", "docs/docs/examples/retrievers/bm25_retriever.ipynb"),
        ("https://github.com/docker/awesome-compose/tree/master/jupyter", 1, "partial", ""),
        ("https://github.com/explosion/spaCy/tree/master/examples/kb_matcher", 1, "partial", ""),
        ("https://github.com/mlflow/mlflow/tree/master/examples", 25, "indexed", "README.md"),
    ],
)  # fmt: skip
def test_links_of_the_capture(
    full_warc: Path, url: str, count: int, status: str, holds: str
) -> None:
    fetched = fetch_resource(SimpleNamespace(url=url), ArchiveTransport(full_warc))  # type: ignore[arg-type]
    assert (fetched.status, len(fetched.pages)) == (status, count)
    assert any(holds in page.resolved_url for page in fetched.pages)
    assert len(read_page(fetched.pages[0], "github").text) > 300
    assert all("/blob/" in page.resolved_url for page in fetched.pages[1:])
