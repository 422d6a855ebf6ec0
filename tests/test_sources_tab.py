"""The Sources tab without a browser: filters, the table, what a form may add, and reading it."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.curriculum import Curriculum, parse
from ingest.errors import InputError, LibraryError
from ingest.library import FlaggedRow, SourceRow
from ui.edge import NO_COOKIE
from ui.sessions import Sessions
from ui.sources_page import (
    LARGEST_FILE,
    Filters,
    choices_html,
    chosen,
    count_words,
    filters_of,
    ledger_html,
    shell_html,
)
from ui.sources_tab import (
    MANY_WAIT,
    Shelves,
    section_to_add,
    server_functions,
    uploaded_file,
    what_to_add,
)

PATH = parse(
    "# Sailing\n\n## Month 1: Water\n\n### Week 1: Trips\n\n#### Wind\n\n- **Resources:**\n"
    "    - **Video:** [Sails](https://example.org/sails)\n\n#### Wind and waves\n\n"
    "- **Resources:**\n    - **Reading:** [Waves](https://example.org/waves)\n\n"
    "## Further reading\n\n- **Community:** [Forum](https://example.org/forum)\n"
)
ROW = SourceRow(
    "m1w1-wind/sails", "video", "Sails", "https://example.org/sails", None, ("m1w1-wind",),
    "indexed", "", 3, 10, "2026-11-14T08:00:00+00:00",
)  # fmt: skip
ROWS = (
    replace(ROW, resource_id="general/forum", title="Forum", kind="community", status="skipped",
            section_ids=("general",), reason="a forum", passages=0, fetched_at=""),
    ROW,
    replace(ROW, resource_id="m1w1-wind-and-waves/waves", title="Waves", kind="reading",
            url="https://example.org/waves", section_ids=("m1w1-wind-and-waves",),
            status="not-found", reason="gone", passages=0),
    replace(ROW, resource_id="own/a", title="Notes", kind="document", url=None,
            section_ids=("own",)),
)  # fmt: skip
EVERY = Filters()


class Reader(HTMLParser):
    """Collects the tags, attributes and words of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def titles(rows: tuple[SourceRow, ...]) -> list[str]:
    return [row.title for row in rows]


# ── filters ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (EVERY, ["Forum", "Sails", "Waves", "Notes"]),
        (Filters(statuses=("indexed",)), ["Sails", "Notes"]),
        (Filters(statuses=("INDEXED", "not-found")), ["Sails", "Waves", "Notes"]),
        (Filters(statuses=("index",)), []),
        (Filters(kinds=("Video", "document")), ["Sails", "Notes"]),
        (Filters(sections=("m1",)), ["Sails", "Waves"]),
        (Filters(sections=("m1w1-wind",)), ["Sails"]),  # a whole id is that section only
        (Filters(sections=("m1w1-wind-",)), ["Waves"]),
        (Filters(sections=("own", "m1w1-wind-and")), ["Waves", "Notes"]),
        (Filters(sections=("m2",)), []),
        (Filters(text="  EXAMPLE  wave "), ["Waves"]),
        (Filters(text="forum"), ["Forum"]),
        (Filters(statuses=("indexed",), kinds=("video",), text="sail"), ["Sails"]),
    ],
)
def test_a_row_is_shown_when_it_fits_every_filter(filters: Filters, expected: list[str]) -> None:
    assert titles(chosen(ROWS, filters)) == expected


SENT = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["statuses", "kinds", "sections", "text"]), inner)
    ),
)


@given(SENT)
def test_whatever_a_browser_sends_becomes_filters(sent: object) -> None:
    filters = filters_of(sent)
    for words in (filters.statuses, filters.kinds, filters.sections):
        assert all(isinstance(word, str) and word for word in words)
    ledger_html(ROWS, PATH, filters)


def test_filters_are_read_as_sent() -> None:
    sent = {"statuses": ["indexed", 3, ""], "kinds": "video", "sections": ["m1"], "text": "a b"}
    assert filters_of(sent) == Filters(("indexed",), (), ("m1",), "a b")
    assert filters_of(None) == EVERY
    assert len(filters_of({"statuses": ["x"] * 1_000}).statuses) == 50


# ── the table ───────────────────────────────────────────────────────────────────────────────────


def headings(html: str) -> list[str]:
    """Give the words of the rows that head a group."""
    parts = html.split('scope="rowgroup"')[1:]
    return [part.partition(">")[2].partition("<")[0] for part in parts]


def test_groups_stand_in_path_order_after_the_learners_own() -> None:
    html = ledger_html(ROWS, PATH, EVERY)
    assert headings(html) == [
        "My own",
        "Month 1 · Week 1 · Wind",
        "Month 1 · Week 1 · Wind and waves",
        PATH.general.title,
    ]
    assert html.count("<tr") == 1 + 4 + 4


def test_a_row_of_several_sections_stands_once_where_it_was_looked_for() -> None:
    row = replace(ROW, section_ids=("m1w1-wind", "m1w1-wind-and-waves"))
    rows = (row, replace(ROW, title="Other"))
    assert headings(ledger_html(rows, PATH, EVERY)) == ["Month 1 · Week 1 · Wind"]
    narrowed = ledger_html(rows, PATH, Filters(sections=("m1w1-wind-",)))
    assert headings(narrowed) == ["Month 1 · Week 1 · Wind and waves"]
    assert narrowed.count(">Sails<") == 1


def test_a_collection_and_unknown_sections_have_their_rows_too() -> None:
    rows = (replace(ROW, section_ids=()), replace(ROW, section_ids=("elsewhere",)))
    assert headings(ledger_html(rows, None, EVERY)) == ["The whole path", "elsewhere"]


def test_the_table_can_be_read_by_everyone() -> None:
    read = Reader(ledger_html(ROWS, PATH, EVERY))
    scopes = [attributes.get("scope") for attributes in read.named("th")]
    assert scopes.count("col") == 6
    assert scopes.count("rowgroup") == 4
    assert scopes.count("row") == 4
    assert len(read.named("caption")) == 1
    # The phone's layout takes the table's meaning away, unless it is said again.
    assert all("role" in a for tag in ("table", "tr", "th", "td") for a in read.named(tag))


def test_each_row_tells_all_that_is_known() -> None:
    html = ledger_html(chosen(ROWS, Filters(sections=("m1w1-wind",))), PATH, EVERY)
    words = " ".join(Reader(html).words)
    for told in ("Sails", "example.org", "Video", "indexed", "3", "14 Nov 2026"):
        assert told in words
    assert '<span class="state good">indexed</span>' in html
    gone = ledger_html(ROWS[2:3], PATH, EVERY)
    assert '<span class="state bad">not found</span>' in gone
    assert ">gone<" in gone


def test_counts_follow_the_filters() -> None:
    assert count_words(ROWS, ROWS) == "4 sources"
    assert count_words(ROWS[:1], ROWS[:1]) == "1 source"
    some = chosen(ROWS, Filters(sections=("m1",)))
    assert count_words(ROWS, some) == "2 of 4 sources: 1 indexed · 1 not found"
    none = ledger_html(ROWS, PATH, Filters(text="nowhere"))
    assert "0 of 4 sources" in none
    assert "No source fits these filters." in none
    assert "<table" not in none
    assert "There are no sources yet." in ledger_html((), PATH, EVERY)


HOSTILE = (
    "<script>hit()</script>", '"><img src=x onerror=hit()>', "javascript:hit()", "${hit(1)}",
    "{{x}}", "</td></table><form action=http://evil.example>", "'\"`><b>", "a\u202eb\x1b[31m",
    "http://evil.example/\"onclick=hit()", "data:text/html,<b>", "//evil.example",
)  # fmt: skip
HOSTILE_TEXT = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]))
ATTRIBUTES = {
    "table": {"role"}, "caption": {"class"}, "thead": {"role"}, "tbody": {"role"},
    "tr": {"role", "class"}, "th": {"scope", "role", "class", "colspan"}, "td": {"role", "class"},
    "span": {"class"}, "a": {"href", "target", "rel"},
    "button": {"type", "class", "data-open", "data-read", "aria-expanded", "aria-label"},
}  # fmt: skip


@given(HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT, HOSTILE_TEXT)
def test_hostile_words_stay_words(title: str, reason: str, url: str, word: str) -> None:
    row = replace(
        ROW, title=title, reason=reason, url=url, kind=word, status=word, section_ids=(word,)
    )
    read = Reader(ledger_html([row], PATH, EVERY))
    for tag, attributes in read.tags:
        assert set(attributes) <= ATTRIBUTES[tag]
    for link in read.named("a"):
        assert link["rel"] == "noopener noreferrer"
        assert str(link["href"]).startswith(("http://", "https://", "/read/"))
    assert not set("".join(read.words)) & set("\u202e\x1b\x00")
    assert len(read.named("td")) == 5
    for html in (choices_html([row], PATH), choices_html([row], None)):
        assert {tag for tag, _ in Reader(html).tags} <= {
            "div", "button", "label", "select", "option", "optgroup",
        }  # fmt: skip


@pytest.mark.parametrize("url", ["javascript:hit()", "data:text/html,x", "file:///etc/passwd", ""])
def test_only_web_addresses_become_links(url: str) -> None:
    assert Reader(ledger_html([replace(ROW, url=url)], PATH, EVERY)).named("a") == []


def test_what_never_changes_holds_nothing_to_evaluate() -> None:
    assert "${" not in shell_html()
    assert "{{" not in shell_html()


def test_the_choices_are_those_of_the_ledger() -> None:
    read = Reader(choices_html(ROWS, PATH))
    assert [b["data-status"] for b in read.named("button")] == ["indexed", "skipped", "not-found"]
    assert "2 indexed" in read.words
    values = [option["value"] for option in read.named("option")]
    assert {"video", "community", "m1w", "m1w1-wind", "general"} <= set(values)
    assert values.index("own") < values.index("m1w")


# ── what may be added ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    """Return a folder of uploads with one Markdown file in it."""
    folder = tmp_path / "uploads"
    (folder / "hash").mkdir(parents=True)
    (folder / "hash" / "notes.md").write_text("# Notes\n", encoding="utf-8")
    return folder


def test_an_address_or_an_uploaded_file_can_be_added(uploads: Path) -> None:
    assert what_to_add({"address": " https://example.org/a b "}, uploads) == (
        "https://example.org/a b"
    )
    file = uploads / "hash" / "notes.md"
    assert what_to_add({"address": "", "path": str(file)}, uploads) == str(file.resolve())


@pytest.mark.parametrize(
    "address", ["/etc/passwd", "file:///etc/passwd", "javascript:x", "example.org", "https://", "~"]
)
def test_nothing_of_the_server_itself_can_be_added(uploads: Path, address: str) -> None:
    with pytest.raises(InputError, match="http"):
        what_to_add({"address": address}, uploads)


@pytest.mark.parametrize("form", [{}, {"address": "  "}, {"address": None, "path": None}])
def test_nothing_is_not_added(uploads: Path, form: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Give an address or choose a file"):
        what_to_add(form, uploads)


def test_one_thing_is_added_at_a_time(uploads: Path) -> None:
    with pytest.raises(InputError, match="one at a time"):
        what_to_add({"address": "https://example.org", "path": "x"}, uploads)


def test_only_what_was_uploaded_is_read(uploads: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret", encoding="utf-8")
    inside = uploads / "hash"
    (inside / "link.md").symlink_to(secret)
    (inside / "folder.md").mkdir()
    for path in (
        secret, inside / ".." / ".." / "secret.md", inside / "link.md", inside / "folder.md",
        inside / "missing.md", Path("\x00.md"), tmp_path / "uploads-of-another" / "a.md",
    ):  # fmt: skip
        with pytest.raises(InputError, match="did not arrive"):
            uploaded_file(str(path), uploads)


def test_files_are_refused_by_kind_and_size(uploads: Path) -> None:
    def file(name: str, size: int) -> str:
        path = uploads / name
        with path.open("wb") as out:
            out.truncate(size)
        return str(path)

    assert uploaded_file(file("a.PDF", LARGEST_FILE), uploads).name == "a.PDF"
    for name, size, words in (
        ("a.exe", 5, "kinds"), ("md", 5, "kinds"), ("a.md.zip", 5, "kinds"),
        ("b.pdf", LARGEST_FILE + 1, "larger than 20 MB"), ("c.md", 0, "empty"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            uploaded_file(file(name, size), uploads)


def test_a_section_is_the_learners_own_or_the_paths() -> None:
    assert section_to_add({}, PATH) == "own"
    assert section_to_add({"section": "general"}, PATH) == "general"
    with pytest.raises(InputError, match="A collection takes no additions"):
        section_to_add({"section": "own"}, None)
    for unknown in ("m9w9-nowhere", "<script>", ["own"]):
        with pytest.raises(InputError, match="no such section"):
            section_to_add({"section": unknown}, PATH)


# ── what the page calls ─────────────────────────────────────────────────────────────────────────

COOKIE = "studypath_visitor=" + "0123456789abcdef" * 2


class Shelf:
    """Stands for a keeper of one home."""

    def __init__(self, home: Path, rows: tuple[SourceRow, ...]) -> None:
        self.settings = SimpleNamespace(home=home)
        self.curriculum: Curriculum | None = PATH
        self.rows = rows
        self.broken = False

    def sources(self) -> tuple[SourceRow, ...]:
        if self.broken:
            raise LibraryError("the library is <still> being prepared")
        return self.rows

    def flagged(self) -> tuple[FlaggedRow, ...]:
        return ()


class Noted:
    """Stands for the jobs: it only remembers what was started and changed."""

    def __init__(self) -> None:
        self.started: list[tuple[object, ...]] = []
        self.changed: list[tuple[object, ...]] = []
        self.full = False
        self.remark = ""

    def start(self, *arguments: object) -> object:
        self.started.append(arguments)
        return None if self.full else self

    def cancel(self, *arguments: object) -> None:
        self.changed.append(arguments)

    dismiss = again = cancel

    def of(self, learner: str, lane: str) -> tuple[object, ...]:
        return ()

    def busy(self, lane: str) -> None:
        return None

    def ended(self, lane: str) -> int:
        return len(self.started)


@pytest.fixture
def page(tmp_path: Path) -> Any:
    """Return the functions of the page by name, with the keeper and jobs behind them."""
    keeper: Any = Shelf(tmp_path, ROWS)
    jobs: Any = Noted()
    functions = server_functions(Shelves(keeper, jobs), Sessions(None))
    named = {function.__name__: function for function in functions}
    return SimpleNamespace(keeper=keeper, jobs=jobs, **named)


def request(cookie: str = COOKIE) -> SimpleNamespace:
    return SimpleNamespace(
        headers={"cookie": cookie}, client=SimpleNamespace(host="127.0.0.1"), session_hash=None
    )


def test_the_page_gets_the_ledger_or_the_reason_why_not(page: Any) -> None:
    told = page.ledger({"statuses": ["indexed"]}, request())
    assert "2 of 4 sources" in told["ledger"]
    assert "Read all again (2)" in told["reads"]
    assert told["held"] == ""
    page.keeper.broken = True
    assert page.ledger(None, request())["problem"] == "the library is <still> being prepared"


def test_who_comes_without_a_cookie_sees_the_ledger_and_may_change_nothing(page: Any) -> None:
    for cookie in ("", "studypath_visitor=guess"):
        stranger = request(cookie)
        assert "2 of 4 sources" in page.ledger({"statuses": ["indexed"]}, stranger)["ledger"]
        assert "data-read" not in page.ledger(None, stranger)["reads"]
        assert "load this page again" in page.ledger(None, stranger)["reads"]
        for told in (
            page.add({"address": "https://example.org/x"}, stranger),
            page.read({"what": "all"}, stranger),
            page.change({"do": "cancel", "id": "read-1"}, stranger),
        ):
            assert told == {"problem": NO_COOKIE}
        assert page.work(None, stranger)["jobs"] == []
    assert page.jobs.started == page.jobs.changed == []


def test_adding_hands_on_what_was_checked(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[object, ...]] = []

    def add(home: Path, what: str, section_id: str = "own", title: str = "") -> object:
        calls.append((home, what, section_id, title))
        return SimpleNamespace(resource_id="added/abc")

    monkeypatch.setattr("ingest.additions.add", add)
    sent = {"address": "https://example.org/x", "path": "", "section": "m1w1-wind"}
    assert "problem" not in page.add(sent, request())
    assert calls == [(page.keeper.settings.home, "https://example.org/x", "m1w1-wind", "")]
    arguments = ("ingest", "--link=added/abc", "--json")
    assert page.jobs.started == [("read", arguments, "me", ("added/abc",))]
    wrong: tuple[object, ...] = (None, [], {"path": "/etc/passwd"}, {"address": "/etc/passwd"})
    for bad in wrong:
        assert page.add(bad, request())["problem"]
    page.keeper.broken = True
    assert "prepared" in page.add(sent, request())["problem"]
    page.keeper.broken, page.keeper.curriculum = False, None
    assert "collection" in page.add(sent, request())["problem"]
    assert page.ledger(None, request())["adds"] is False
    assert page.ledger(None, request())["reads"] == ""
    assert "collection" in page.read({"what": "all"}, request())["problem"]
    assert len(calls) == 1


def test_all_links_are_read_or_those_that_gave_nothing_or_one(page: Any) -> None:
    waves = "m1w1-wind-and-waves/waves"
    for what, arguments, about in (
        ("all", ("ingest", "--json"), ()),
        ("failed", ("ingest", f"--link={waves}", "--json"), (waves,)),
        (waves, ("ingest", f"--link={waves}", "--json"), (waves,)),
    ):
        assert "problem" not in page.read({"what": what}, request())
        assert page.jobs.started.pop() == ("read", arguments, "me", about)
    # What was read well, what is no link, and what the ledger does not have.
    for what in ("m1w1-wind/sails", "general/forum", "--path=/etc/passwd", "own/a"):
        assert "nothing to read again" in page.read({"what": what}, request())["problem"]
    for sent in (None, {}, {"what": ["all"]}, {"what": ""}, {"what": "x" * 301}):
        assert "load it again" in page.read(sent, request())["problem"]
    assert page.jobs.started == []
    page.jobs.full = True
    assert page.read({"what": "all"}, request())["problem"] == MANY_WAIT


def test_a_job_is_changed_in_known_ways_only(page: Any) -> None:
    assert "problem" not in page.change({"do": "cancel", "id": "read-1"}, request())
    assert page.jobs.changed == [("read-1", "me")]
    bad: tuple[object, ...] = ({"do": "close", "id": "x"}, {"do": "cancel"}, {"id": "x"}, None, 3)
    for sent in bad:
        assert page.change(sent, request())["problem"]
    assert len(page.jobs.changed) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("this was\nadded before"), "this was added before"),
        (OSError("/home/me: disk full"), "Something went wrong on our side."),
        (OSError(28, "No space left on device"), "The disk is full."),
    ],
)
def test_what_goes_wrong_is_one_plain_line(
    page: Any, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def add(*_: object) -> object:
        raise error

    monkeypatch.setattr("ingest.additions.add", add)
    told = page.add({"address": "https://example.org/x"}, request())
    assert told["problem"].startswith(words)
    assert "\n" not in told["problem"]
    assert "/home/me" not in told["problem"]
    assert page.jobs.started == []
