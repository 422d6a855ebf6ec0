"""What a learner adds: kept through everything, read by every ingest, cited and shown."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cite import citation
from ingest.additions import (
    MEDIA,
    Addition,
    add,
    add_all,
    examined,
    fetched_copy,
    listed,
    name_of,
    remove,
    resource_of,
    safe_name,
)
from ingest.archive import ArchiveWriter
from ingest.build import BuildOptions, BuildSummary, build_library, reindex
from ingest.choice import EVERYTHING, Choice
from ingest.curriculum import OWN, parse
from ingest.embed import MODEL
from ingest.errors import FetchFailed, InputError, LibraryError
from ingest.extract import form_of, read_page
from ingest.fetch import Response
from ingest.library import SourceRow, open_library
from ui.pages import read_page as page_of
from ui.render import href, terminal_link

ROOT = Path(__file__).resolve().parents[1]
PATH = """# A small path
## Month 1: One
### Week 1: First
#### Trees (2 hours)
- **Topics:**
  - Decision trees
- **Resources:**
  - **Reading:** [On splits](https://example.org/splits)
"""
OTHER = PATH.replace("Trees", "Winds")
TREES = "m1w1-trees"
NOTE = "# Grafting\n\nA graft joins the whitebeam to a rootstock of hawthorn in early spring.\n"
WORDS = "whitebeam rootstock"


def build(
    home: Path, path: Path | None = None, archive: Path | None = None, choice: Choice = EVERYTHING
) -> BuildSummary:
    """Ingest without vectors and without the network."""
    options = BuildOptions(
        MODEL, home.parent, path, archive=archive, offline=True, vectors=False, choice=choice
    )
    return build_library(home, options, lambda _: None)


def written(file: Path, text: str | bytes = NOTE) -> Path:
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home with the small path, whose one page is in no archive."""
    build(tmp_path / "home", written(tmp_path / "path.md", PATH))
    return tmp_path / "home"


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return written(tmp_path / "My note.md")


def rows_of(home: Path) -> dict[str, SourceRow]:
    with open_library(home) as library:
        return {row.resource_id: row for row in library.sources() if row.kind == OWN}


def found(home: Path, question: str) -> list[str]:
    """Give the texts that keyword search finds, best first."""
    with open_library(home) as library:
        index, ids = library.keywords()
        names = [str(ids[row]) for row in index.search(question, 10).rows]
        entries = library.entries(names)
        return [entries[name].passage.text for name in names]


def copies(home: Path) -> set[str]:
    return {
        file.relative_to(home).as_posix()
        for file in (home / "additions").rglob("*")
        if file.is_file()
    }


# ── adding ──────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_copied_and_listed(home: Path, note: Path) -> None:
    added = add(home, str(note), TREES, "  On\ngrafting ")
    assert listed(home) == (added,)
    assert (added.what, added.title, added.section_id) == (str(note), "On grafting", TREES)
    assert re.fullmatch(r"[0-9a-f]{12}", added.id)
    assert added.file == f"additions/{added.id}/My-note.md"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", added.added_at)
    note.unlink()
    assert (home / added.file).read_text(encoding="utf-8") == NOTE
    assert copies(home) == {added.file}


def test_a_link_is_listed_without_a_copy(home: Path) -> None:
    added = add(home, " https://www.google.com/search?q=https://example.org/a%20b ")
    assert (added.what, added.section_id) == ("https://example.org/a%20b", OWN)
    assert (added.file, added.title) == ("", "")
    assert not (home / "additions").exists()
    assert [a.id for a in listed(home)] == [added.id]


def test_adding_again_replaces_and_a_new_version_of_a_file_too(home: Path, note: Path) -> None:
    link = add(home, "https://example.org/a")
    first = add(home, str(note), TREES)
    again = add(home, str(note), OWN, "Grafting")
    assert again.id == first.id
    assert listed(home) == (link, again)
    written(note, NOTE + "\nAnd once more.\n")
    newer = add(home, str(note))
    assert newer.id != first.id
    assert listed(home) == (link, newer)
    assert copies(home) == {newer.file}
    assert add(home, "http://EXAMPLE.org:80/a/").id == link.id
    assert len(listed(home)) == 2


def test_several_are_added_together_or_not_at_all(home: Path, note: Path, tmp_path: Path) -> None:
    other = written(tmp_path / "b.txt", "Words of b.")
    with pytest.raises(InputError, match=r"gone\.md"):
        add_all(home, [str(note), str(other), str(tmp_path / "gone.md")])
    assert listed(home) == ()
    assert not (home / "additions").exists()
    assert len(add_all(home, [str(note), str(other), "https://example.org/"], TREES)) == 3
    assert [a.section_id for a in listed(home)] == [TREES] * 3


def unusable(folder: Path) -> list[tuple[str, str]]:
    (folder / "folder.md").mkdir(exist_ok=True)
    written(folder / "sheet.xlsx", b"PK")
    written(folder / "plain", b"words")
    written(folder / "empty.md", b"")
    with (folder / "huge.pdf").open("wb") as file:
        file.truncate(20_000_001)
    if not (folder / "pipe.txt").exists():
        os.mkfifo(folder / "pipe.txt")
    return [
        (str(folder / "gone.md"), "no file .*gone.md.*http"),
        (str(folder / "gone"), "no file"),
        ("www.example.org/page", "no file .*http://"),
        (str(folder / "folder.md"), "is a folder: name the files"),
        (str(folder / "sheet.xlsx"), r"sheet\.xlsx cannot be read: save it as .*\.docx"),
        (str(folder / "plain"), "save it as one of"),
        (str(folder / "empty.md"), "is empty"),
        (str(folder / "huge.pdf"), "over 20 MB: split it"),
        (str(folder / "pipe.txt"), "no plain file"),
        (str(folder / ("x" * 300 + ".md")), "cannot be opened|no file"),
        ("a\x00b.md", "no file"),
        ("~nobody-of-that-name/a.md", "no file"),
        ("", "folder|no file"),
        ("file:///etc/passwd", "no web address"),
        ("ftp://example.org/a", "no web address"),
        ("javascript://x", "no web address"),
        ("https://", "no web address"),
        ("https://me:secret@example.org/", "holds a password"),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no pipes among its files")
@pytest.mark.parametrize("place", range(18))
def test_what_cannot_be_added_gets_one_line_and_nothing_is_written(
    home: Path, tmp_path: Path, place: int
) -> None:
    what, said = unusable(tmp_path)[place]
    before = {file.name for file in home.iterdir()}
    with pytest.raises(InputError, match=said) as raised:
        add(home, what)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 2
    assert {file.name for file in home.iterdir()} == before


def test_an_unknown_section_is_told_with_the_nearest(home: Path, note: Path) -> None:
    with pytest.raises(InputError, match="did you mean m1w1-trees"):
        add(home, str(note), "m1w1-tree")
    assert listed(home) == ()
    # A home without a library takes the path that ships.
    assert add(home.parent / "new", str(note), "m1w1-basic-ml-concepts").file
    assert add(home.parent / "new", str(note), "general").section_id == "general"


def test_a_collection_takes_no_additions(tmp_path: Path, note: Path) -> None:
    (tmp_path / "folder").mkdir()
    written(tmp_path / "folder" / "a.md")
    options = BuildOptions(MODEL, tmp_path, documents=tmp_path / "folder", vectors=False)
    build_library(tmp_path / "plain", options, lambda _: None)
    with pytest.raises(InputError, match="holds documents"):
        add(tmp_path / "plain", str(note))


@given(st.text(max_size=100))
def test_a_copys_name_holds_no_separator(stem: str) -> None:
    name = safe_name(stem)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name)
    assert not name.startswith("-")


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_given_is_taken_or_refused_in_one_line(what: str, title: str) -> None:
    for one in (f"https://{what}", f"{what}.md", what):
        refusal = ""
        try:
            taken = examined(one)
        except InputError as error:
            refusal = str(error)
        else:
            held = Addition(taken.id, taken.what, title, OWN, "", "")
            assert not {*"\r\n"} & {*taken.what, *resource_of(held, parse(PATH)).title}
        assert "\n" not in refusal


def test_a_name_that_is_no_text_is_kept_readable(home: Path, tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9 \n x.md"))
    try:
        written(file)
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    added = add(home, str(file))
    assert listed(home) == (added,)
    assert name_of(added) == "caf\N{REPLACEMENT CHARACTER} x.md"
    build(home)
    assert rows_of(home)[f"added/{added.id}"].title == name_of(added)


# ── the list on disk ────────────────────────────────────────────────────────────────────────────


def test_removing_takes_list_and_copy(home: Path, note: Path) -> None:
    kept = add(home, "https://example.org/a")
    gone = add(home, str(note))
    remove(home, gone.id)
    assert listed(home) == (kept,)
    assert copies(home) == set()
    with pytest.raises(InputError, match=f"'{gone.id}'.*--list"):
        remove(home, gone.id)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[]", "cannot be read"),
        (b'{"schema": 1}', "cannot be read"),
        (b'{"schema": 2, "additions": []}', "another version"),
        (b'{"schema": 1, "additions": [{"id": "a"}]}', "cannot be read"),
        (b'{"schema": 1, "additions": [5]}', "cannot be read"),
    ],
)
def test_a_damaged_list_is_told_and_left_alone(
    home: Path, note: Path, content: bytes, said: str
) -> None:
    added = add(home, str(note))
    written(home / "additions.json", content)
    for attempt in (
        lambda: listed(home),
        lambda: add(home, "https://example.org/a"),
        lambda: remove(home, added.id),
        lambda: build(home),
    ):
        with pytest.raises(LibraryError, match=said) as raised:
            attempt()
        assert "\n" not in str(raised.value)
    assert (home / "additions.json").read_bytes() == content
    assert copies(home) == {added.file}


@pytest.mark.parametrize(
    "file",
    ["../../etc/passwd.txt", "/etc/passwd", "additions/{id}/../x.md", "additions/{id}/x.exe",
     "additions/000000000000/x.md", "path.md"],
)  # fmt: skip
def test_a_list_cannot_name_a_file_elsewhere(home: Path, note: Path, file: str) -> None:
    added = add(home, str(note))
    held = json.loads((home / "additions.json").read_bytes())
    held["additions"][0]["file"] = file.format(id=added.id)
    written(home / "additions.json", json.dumps(held))
    with pytest.raises(LibraryError, match="no copy of ours"):
        listed(home)


def test_many_at_once_lose_none(home: Path, tmp_path: Path) -> None:
    files = [written(tmp_path / f"n{n}.txt", f"Number {n}.") for n in range(12)]
    with ThreadPoolExecutor(6) as pool:
        added = list(pool.map(lambda file: add(home, str(file)), files))
    assert {a.id for a in listed(home)} == {a.id for a in added}
    assert copies(home) == {a.file for a in added}


ADDING = """
import sys
from pathlib import Path
from ingest import additions
print("ready", flush=True)
for number in range(10_000):
    file = Path(sys.argv[2], f"n{number}.txt")
    file.write_text(f"Number {number}.")
    print(additions.add(Path(sys.argv[1]), str(file)).id, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_while_adding_what_was_added_is_whole(home: Path, tmp_path: Path) -> None:
    """Killed a few times at odd moments: all that was told is listed, and every copy is whole."""
    told: list[str] = []
    for attempt in range(5):
        command = [sys.executable, "-c", ADDING, str(home), str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            for _ in range(3):
                told.append(process.stdout.readline().strip())
            time.sleep(0.003 * attempt)
            process.send_signal(signal.SIGKILL)
            told += process.stdout.read().split()
        assert process.returncode == -signal.SIGKILL
        known = {addition.id: addition for addition in listed(home)}
        assert set(told) <= set(known)
        for addition in known.values():
            content = (home / addition.file).read_text(encoding="utf-8")
            assert content == f"Number {Path(addition.what).stem[1:]}."
    written(tmp_path / "last.txt", "The last one.")
    add(home, str(tmp_path / "last.txt"))
    assert copies(home) == {addition.file for addition in listed(home)}
    assert not list(home.glob(".*.part"))


# ── in the index ────────────────────────────────────────────────────────────────────────────────


def test_every_ingest_reads_what_was_added(home: Path, note: Path) -> None:
    added = add(home, str(note), TREES)
    assert build(home).indexed == 1
    row = rows_of(home)[f"added/{added.id}"]
    assert (row.status, row.section_ids, row.title) == ("indexed", (TREES,), "My note.md")
    assert (row.url, row.fetched_at) == (f"studypath://added/{added.id}", added.added_at)
    assert (row.passages, row.bytes) == (1, len(NOTE))
    assert "whitebeam" in found(home, WORDS)[0]
    with open_library(home) as library:
        assert [r.kind for r in library.sources()] == ["path", "reading", OWN]
        document = library.document(f"added/{added.id}")
    assert document is not None
    assert (document.kind, document.title) == ("document", "Grafting")
    assert build(home).indexed == 0
    assert rows_of(home)[f"added/{added.id}"].status == "unchanged"


def test_additions_outlive_the_library_and_the_path(home: Path, note: Path) -> None:
    added = add(home, str(note), TREES)
    build(home)
    for file in home.glob("library.db*"):
        file.unlink()
    build(home, home.parent / "path.md")
    assert found(home, WORDS)
    build(home, written(home.parent / "other.md", OTHER))
    (row,) = rows_of(home).values()
    assert row.section_ids == (OWN,)  # its section is gone, and it stays
    assert found(home, WORDS)
    build(home, home.parent / "path.md")
    assert rows_of(home)[f"added/{added.id}"].section_ids == (TREES,)
    reindex(home, BuildOptions(MODEL, home, vectors=False), lambda _: None)
    assert found(home, WORDS)
    remove(home, added.id)
    build(home)
    assert rows_of(home) == {}
    assert not found(home, WORDS)


def test_another_title_or_section_is_taken_over(home: Path, note: Path) -> None:
    id = f"added/{add(home, str(note)).id}"
    build(home)
    add(home, str(note), TREES, "Of joining trees")
    assert build(home).indexed == 1
    row = rows_of(home)[id]
    assert (row.title, row.section_ids) == ("Of joining trees", (TREES,))
    with open_library(home) as library:
        (entry,) = library.entries(library.passages_of(id)).values()
    assert (entry.title, entry.section_ids) == ("Of joining trees", (TREES,))
    add(home, str(note), OWN, "Of joining trees")
    assert build(home).indexed == 0
    assert rows_of(home)[id].section_ids == (OWN,)


def test_only_the_new_one_is_read_when_asked(home: Path, note: Path, tmp_path: Path) -> None:
    first = add(home, str(note))
    other = add(home, str(written(tmp_path / "b.txt", "Sorbs are small brown fruits of autumn.")))
    before = rows_of(home)
    summary = build(home, choice=Choice(ids=(f"added/{other.id}",)))
    assert summary.indexed == 1
    assert found(home, "sorbs")
    assert not found(home, WORDS)
    assert rows_of(home)[f"added/{first.id}"].status == "postponed"
    assert before == {}
    assert build(home, choice=Choice(sections=(OWN,), kinds=(OWN,))).indexed == 1
    remove(home, first.id)
    build(home, choice=Choice(ids=()))
    assert not found(home, WORDS)
    assert set(rows_of(home)) == {f"added/{other.id}"}


def test_a_link_is_read_as_any_of_the_path(home: Path, tmp_path: Path) -> None:
    link = add(home, "https://example.org/whitebeam", TREES, "A tree")
    build(home)
    assert rows_of(home)[f"added/{link.id}"].status == "not-in-archive"
    archive = ArchiveWriter(tmp_path / "pages.warc.gz")
    body = HTML
    html = (("Content-Type", "text/html"),)
    for url in ("https://example.org/whitebeam", "https://example.org/splits"):
        archive.append(Response(url, 200, "OK", html, body.encode(), "2026-01-02T03:04:05Z"))
    archive.close()
    build(home, archive=tmp_path / "pages.warc.gz")
    row = rows_of(home)[f"added/{link.id}"]
    assert (row.status, row.title, row.url) == ("indexed", "A tree", link.what)
    with open_library(home) as library:
        kept = [e for e in library.entries(library.passage_ids()).values() if e.url == link.what]
    assert {(e.kind, e.title) for e in kept} == {("article", "Whitebeam")}


def test_a_lost_copy_keeps_what_was_read_of_it(home: Path, note: Path) -> None:
    added = add(home, str(note))
    build(home)
    (home / added.file).unlink()
    with pytest.raises(FetchFailed, match="add the file again"):
        fetched_copy(home, added)
    build(home)
    row = rows_of(home)[f"added/{added.id}"]
    assert row.status == "unchanged"
    assert "add the file again" in row.reason
    assert found(home, WORDS)


HTML = (
    "<html><head><title>Whitebeam</title></head><body><article><h1>Whitebeam</h1>"
    f"<p>{NOTE[12:]}</p></article></body></html>"
)
NOTEBOOK = {
    "nbformat": 4, "nbformat_minor": 5, "metadata": {},
    "cells": [{"cell_type": "markdown", "metadata": {}, "source": NOTE}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.MD", NOTE),
        ("a.markdown", NOTE),
        ("a.txt", "Der Mehlbeerbaum, whitebeam, wächst auf rootstock.".encode("latin-1")),
        ("a.html", HTML),
        ("a.htm", HTML),
        ("a.ipynb", json.dumps(NOTEBOOK)),
    ],
)
def test_every_form_of_text_is_read(home: Path, tmp_path: Path, name: str, content: Any) -> None:
    added = add(home, str(written(tmp_path / name, content)))
    build(home)
    assert rows_of(home)[f"added/{added.id}"].status == "indexed"
    assert "whitebeam" in found(home, WORDS)[0]


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.pdf", b"%PDF-1.7 but no more", "pdf"),
        ("a.ipynb", b"{}", "notebook"),
        ("a.md", b"# Only a heading", "markdown"),
    ],
)
def test_what_gives_no_text_says_why(
    home: Path, tmp_path: Path, name: str, content: bytes, form: str
) -> None:
    """The ledger says what `read_page` says."""
    added = add(home, str(written(tmp_path / name, content)))
    (page,) = fetched_copy(home, added).pages
    assert form_of(page) == form
    with pytest.raises(FetchFailed) as failure:
        read_page(page, kind="document")
    build(home)
    row = rows_of(home)[f"added/{added.id}"]
    assert (row.status, row.reason) == (failure.value.status, failure.value.reason)


def test_every_suffix_has_its_content_type(home: Path, tmp_path: Path) -> None:
    for suffix, media in MEDIA.items():
        added = add(home, str(written(tmp_path / f"a{suffix}", f"{suffix} words")))
        (page,) = fetched_copy(home, added).pages
        assert page.content_type == media
        assert page.resolved_url == f"studypath://added/{added.id}"
    assert {".md", ".txt", ".html", ".pdf", ".docx", ".ipynb", ".srt", ".vtt"} <= set(MEDIA)


# ── cited and shown ─────────────────────────────────────────────────────────────────────────────


class Shelf:
    """Stands for a keeper that has one library open."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.curriculum = parse(PATH)

    def document(self, doc_id: str) -> tuple[str, str, tuple[str | None, ...]] | None:
        with open_library(self.home) as library:
            document = library.document(doc_id)
        if document is None:
            return None
        return document.title, document.text, tuple(h.anchor for h in document.headings)


@pytest.mark.parametrize("section", [OWN, TREES])
def test_a_citation_of_a_file_opens_on_our_own_page(
    home: Path, tmp_path: Path, section: str
) -> None:
    text = f"# Über Bäume\n\n{NOTE[12:]}\n\n## Größe & <b>Höhe</b>\n\nSie wächst im rootstock.\n"
    added = add(home, str(written(tmp_path / "trees.md", text)), section)
    build(home)
    with open_library(home) as library:
        ids = library.passages_of(f"added/{added.id}")
        entry = library.entries(ids)[ids[-1]]
    cited = citation(1, entry, "Sie wächst im rootstock.", 0, parse(PATH))
    assert cited.where == ("Added by you" if section == OWN else "Month 1 · Week 1 · Trees")
    assert cited.link_precision == "heading"
    link = href(cited.deep_link)
    assert link is not None
    place, _, anchor = link.removeprefix("/read/").partition("#")
    assert place == f"added-{added.id}"
    assert "%25" not in anchor
    status, html = page_of(Shelf(home), place)  # type: ignore[arg-type]
    assert status == 200
    assert f'id="{unquote(anchor)}"' in html
    assert "<b>" not in html
    assert html.count("<h1") == 1
    assert terminal_link(cited.url) == f"added: {added.id}"


def test_a_text_without_headings_gets_its_name_as_one(home: Path, tmp_path: Path) -> None:
    added = add(home, str(written(tmp_path / "<i>.txt", "Whitebeam <script>hit()</script>.")))
    build(home)
    status, html = page_of(Shelf(home), f"added-{added.id}")  # type: ignore[arg-type]
    assert status == 200
    assert "<h1>&lt;i&gt;.txt</h1>" in html
    assert "<script" not in html
    assert "<i>" not in html


def test_what_was_not_added_is_not_found(home: Path) -> None:
    status, html = page_of(Shelf(home), "added-000000000000")  # type: ignore[arg-type]
    assert status == 404
    assert "added" in html

    class Broken:
        def document(self, doc_id: str) -> None:
            raise LibraryError("the library is being prepared")

    assert page_of(Broken(), "added-000000000000")[0] == 503  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("studypath://added/0123456789ab", "/read/added-0123456789ab"),
        ("studypath://added/0123456789ab#h%C3%B6he", "/read/added-0123456789ab#h%C3%B6he"),
        ("studypath://added/0123456789ab#page=3", "/read/added-0123456789ab#page=3"),
        ('studypath://added/0123456789ab#"><b>', "/read/added-0123456789ab#%22%3E%3Cb%3E"),
        ("studypath://added/../etc", None),
        ("studypath://added/a/b", None),
        ("studypath://added/", None),
    ],
)
def test_addresses_of_added_files(address: str, link: str | None) -> None:
    assert href(address) == link


def test_an_addition_of_no_section_does_not_stand_in_the_way_of_an_answer() -> None:
    """The place of `own` is known wherever a section's place is asked for."""
    assert parse(PATH).place(OWN) == "Added by you"
    from ui.keeper import places_of

    assert places_of(parse(PATH))[OWN] == "Added by you"
    from assistant.sections import vote

    hit = SimpleNamespace(entry=SimpleNamespace(section_ids=(OWN,)), score=1.0)
    assert vote([hit]) == {}  # type: ignore[list-item]
