"""A folder of documents of every form that can be read."""

import json
from io import BytesIO
from pathlib import Path

from ingest.collection import read_collection
from tests.test_pdf import column, make

WORDS = "The grey heron stands still in the reeds for an hour and waits for a fish to come near it."
CAPTIONS = (
    f"1\n00:00:01,000 --> 00:00:09,000\n{WORDS}\n\n2\n00:00:10,000 --> 00:00:19,000\n{WORDS}\n"
)


def word_file() -> bytes:
    """Make a Word file."""
    import docx

    document = docx.Document()
    document.add_heading("On herons", 1)
    document.add_paragraph(WORDS)
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def test_every_form_that_may_be_added_is_read(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": f"# Herons\n\n{WORDS}"}]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    files = {
        "a.pdf": make([column([WORDS[:50], WORDS[50:]])]),
        "b/b.docx": word_file(),
        "c.srt": CAPTIONS.encode(),
        "d.vtt": f"WEBVTT\n\n{CAPTIONS.replace(',', '.')}".encode(),
        "e.ipynb": json.dumps(notebook).encode(),
        "f.md": WORDS.encode("utf-16"),
        "broken.pdf": b"%PDF-1.7 but no more",
        "broken.ipynb": b"{}",
        "empty.md": b" \n",
        "sheet.xlsx": b"PK",
    }
    (tmp_path / "b").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    contents = {row.resource_id: (row, document) for row, document in read_collection(tmp_path)}
    assert set(contents) == set(files) - {"sheet.xlsx"}
    for name, (row, document) in contents.items():
        assert (row.resource_id, document.id, row.title) == (name, name, document.title)
        if name.startswith(("broken", "empty")):
            assert (row.status, document.text) == ("no-text", "")
        else:
            assert (row.status, row.reason) == ("indexed", "")
            assert "waits for a fish" in " ".join(document.text.split())
    assert contents["empty.md"][0].reason == "the document is empty"
    assert "PDF" in contents["broken.pdf"][0].reason
    assert contents["broken.ipynb"][0].reason not in ("", "the document is empty")
