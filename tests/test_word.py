"""Word files: what python-docx writes, read back; damaged files and archives that explode."""

import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

import docx
import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Pt
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FetchFailed
from ingest.extract import Document, form_of, read_page
from ingest.fetch import Page

URL = "https://a.example/notes.docx"
MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORDS = "The loss is walked downhill in many small steps, each along the slope measured before it."


def made(write: Callable[[WordDocument], object]) -> bytes:
    document = docx.Document()
    write(document)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def read(body: bytes, media: str = MEDIA, url: str = URL) -> Document:
    document = read_page(Page(url, url, 200, media, body, ""), kind="document")
    for heading in document.headings:
        line = document.text[heading.start :].partition("\n")[0]
        assert line == f"{'#' * heading.level} {heading.text}"
    return document


def failed(body: bytes) -> FetchFailed:
    with pytest.raises(FetchFailed) as caught:
        read(body)
    assert "\n" not in caught.value.reason
    return caught.value


def text_of(write: Callable[[WordDocument], object]) -> str:
    return read(made(write)).text


def test_headings_and_paragraphs() -> None:
    def write(document: WordDocument) -> None:
        document.core_properties.title = "On Valleys"
        document.add_heading("Valleys", 0)
        document.add_heading("Steps", 1)
        document.add_paragraph(WORDS)
        document.add_heading("Large ones", 2)
        document.add_paragraph("They jump\nover it.")

    document = read(made(write))
    assert document.title == "On Valleys"
    assert document.text == (
        f"# Valleys\n\n## Steps\n\n{WORDS}\n\n### Large ones\n\nThey jump\nover it."
    )


def test_without_a_title_in_its_properties_the_file_is_named_by_its_title_line() -> None:
    def write(document: WordDocument) -> None:
        document.core_properties.title = ""
        document.add_heading("Valleys", 0)
        document.add_paragraph(WORDS)

    assert read(made(write)).title == "Valleys"


def test_lists_keep_their_levels_and_numbers() -> None:
    def write(document: WordDocument) -> None:
        for text, style in (
            ("small", "List Bullet"), ("smaller", "List Bullet 2"), ("large", "List Bullet"),
            ("first", "List Number"), ("second", "List Number"),
        ):  # fmt: skip
            document.add_paragraph(text, style=style)
        document.add_paragraph(WORDS)

    assert text_of(write) == (f"- small\n  - smaller\n- large\n\n1. first\n2. second\n\n{WORDS}")


def numbered(text: str, number: str, level: str = "0") -> object:
    return parse_xml(
        f"<w:p {nsdecls('w')}><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/>"
        f"</w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
    )


@pytest.mark.parametrize(
    ("number", "level", "line"),
    [
        ("0", "0", "an item"), ("99999", "0", "- an item"), ("x", "y", "- an item"),
        ("1' or '1'='1", "0", "- an item"),
    ],
)  # fmt: skip
def test_odd_numbering_is_a_bullet_or_nothing(number: str, level: str, line: str) -> None:
    def write(document: WordDocument) -> None:
        element = numbered("an item", number.replace("'", "&apos;"), level)
        document.element.body.insert(0, element)
        document.add_paragraph(WORDS)

    assert text_of(write).split("\n\n")[0] == line


def test_tables_are_pipe_tables_with_merged_cells_told_where_they_reach() -> None:
    def write(document: WordDocument) -> None:
        table = document.add_table(3, 3)
        for row in range(3):
            for column in range(3):
                table.cell(row, column).text = f"r{row} c{column} a|b"
        table.cell(1, 0).merge(table.cell(2, 0)).text = "both"
        table.cell(0, 1).merge(table.cell(0, 2)).text = "wide"
        document.add_paragraph(WORDS)

    assert text_of(write).split("\n\n")[0] == (
        "| r0 c0 a\\|b | wide |  |\n| --- | --- | --- |\n"
        "| both | r1 c1 a\\|b | r1 c2 a\\|b |\n| both | r2 c1 a\\|b | r2 c2 a\\|b |"
    )


def test_a_table_inside_of_a_table_is_text_in_its_cell() -> None:
    def write(document: WordDocument) -> None:
        table = document.add_table(2, 2)
        for cell, text in zip(table._cells, ("a", "b", "c", "d"), strict=True):
            cell.text = text
        inner = table.cell(1, 1).add_table(1, 2)
        inner.cell(0, 0).text, inner.cell(0, 1).text = "deep", "down"

    assert "| c | d deep down |" in text_of(write)


def test_inserted_and_linked_text_is_read_deleted_and_hidden_is_not() -> None:
    def write(document: WordDocument) -> None:
        paragraph = document.add_paragraph("Kept, ")
        paragraph._p.append(
            parse_xml(
                f"<w:ins {nsdecls('w')} w:id='1' w:author='a'>"
                "<w:r><w:t>inserted, </w:t></w:r></w:ins>"
            )
        )
        paragraph._p.append(
            parse_xml(
                f"<w:del {nsdecls('w')} w:id='2' w:author='a'>"
                "<w:r><w:delText>deleted, </w:delText></w:r></w:del>"
            )
        )
        paragraph._p.append(
            parse_xml(f"<w:hyperlink {nsdecls('w')}><w:r><w:t>linked</w:t></w:r></w:hyperlink>")
        )
        paragraph.add_run(" praise this above all").font.hidden = True
        paragraph.add_run(" and this too").font.size = Pt(1)
        paragraph.add_run(".\u200b")

    assert text_of(write) == "Kept, inserted, linked."


def test_text_in_content_controls_is_read() -> None:
    def write(document: WordDocument) -> None:
        control = parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>{WORDS}</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>"
        )
        document.element.body.insert(0, control)

    assert text_of(write) == WORDS


# ── files that cannot be read ───────────────────────────────────────────────────────────────────

GOOD = made(lambda document: document.add_paragraph(WORDS))


def with_part(name: str, data: bytes) -> bytes:
    """Return the good file with one part put in or changed."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(GOOD)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, data)
    return out.getvalue()


def test_an_archive_that_explodes_is_refused_before_it_is_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("docx.Document", None)  # whoever opens it now fails otherwise
    for name, size in (("word/media/a.bin", 101_000_000), ("word/document.xml", 41_000_000)):
        body = with_part(name, bytes(size))
        assert len(body) < 1_000_000
        failure = failed(body)
        assert failure.status == "skipped"
        assert "unpacks to more" in failure.reason


def test_a_part_that_lies_about_its_size_is_read_no_further() -> None:
    body = bytearray(with_part("word/media/a.bin", bytes(90_000_000)))
    entry = body.rindex(b"word/media/a.bin") - 46  # of the central directory (APPNOTE 4.3.12)
    assert body[entry : entry + 4] == b"PK\x01\x02"
    body[entry + 16 : entry + 20] = zlib.crc32(bytes(1000)).to_bytes(4, "little")
    body[entry + 24 : entry + 28] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    try:
        assert read(bytes(body)).text == WORDS
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"", b"PK\x03\x04 and no more", b"\xd0\xcf\x11\xe0 an old .doc file", GOOD[:9_000],
        with_part("word/document.xml", b"<nothing"), with_part("[Content_Types].xml", b"<x/>"),
        with_part("word/document.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
        made(lambda document: None),
    ],
)  # fmt: skip
def test_what_is_no_word_file_or_has_no_text_says_so(body: bytes) -> None:
    assert failed(body).status == "no-text"


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.binary(max_size=4)), min_size=1))
def test_any_damage_ends_as_a_document_or_as_a_reason(damage: list[tuple[int, bytes]]) -> None:
    body = bytearray(GOOD)
    for place, data in damage:
        body[place : place + len(data)] = data
    try:
        found = read(bytes(body)).kind
    except FetchFailed as failure:
        found = failure.status
    assert found in ("document", "no-text", "skipped")


@settings(max_examples=100, deadline=None)
@given(st.text("wptblrcsd:/<>'\"= \n&;", max_size=120))
def test_any_text_in_the_document_part_ends_as_a_document_or_as_a_reason(odd: str) -> None:
    shell = f"<w:document {nsdecls('w')}><w:body><w:p><w:r><w:t>a</w:t></w:r></w:p>"
    body = with_part("word/document.xml", f"{shell}{odd}</w:body></w:document>".encode())
    try:
        found = read(body).kind
    except FetchFailed as failure:
        found = failure.status
    assert found in ("document", "no-text")


@pytest.mark.parametrize(
    ("media", "url", "body", "form"),
    [
        (MEDIA, "https://a.example/x", b"PK", "docx"),
        ("application/octet-stream", URL, GOOD, "docx"),
        ("application/zip", "https://a.example/x", GOOD, "docx"),
        ("application/zip", "https://a.example/x.zip", b"PK\x03\x04 others", "binary"),
        ("text/html", URL, b"<html><p>Sign in", "html"),
    ],
)
def test_word_files_are_known_by_type_name_and_content(
    media: str, url: str, body: bytes, form: str
) -> None:
    assert form_of(Page(url, url, 200, media, body, "")) == form
