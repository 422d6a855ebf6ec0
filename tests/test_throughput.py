"""The cost of reading over raw replay: what is counted, and how it is told."""

import json
from pathlib import Path

import pytest

from eval import throughput
from eval.throughput import STAGES, Row, Timing, in_threads, rows, table, timings
from ingest.archive import ArchiveWriter
from ingest.fetch import Response

WORDS = "The grey heron stands still in the reeds for an hour and waits for a fish to come near. "


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Return an archive of two pages to read, one without text, one that is gone."""
    file = tmp_path / "pages.warc.gz"
    writer = ArchiveWriter(file)
    page = f"<html><body><article><h1>Herons</h1><p>{WORDS * 5}</p></article></body></html>"
    for url, status, media, body in (
        ("https://a.example/a", 200, "text/html", page),
        ("https://a.example/b.md", 200, "text/markdown", f"# Herons\n\n{WORDS * 5}"),
        ("https://a.example/c", 200, "text/html", "<html><body></body></html>"),
        ("https://a.example/gone", 404, "text/html", "gone"),
    ):
        headers = (("Content-Type", media),)
        writer.append(Response(url, status, "", headers, body.encode(), "2026-01-01T00:00:00Z"))
    writer.close()
    return file


def count_words(text: str) -> int:
    return len(text.split())


def test_every_record_passes_every_stage(archive: Path) -> None:
    now = iter(range(1000))
    found, pages = timings(archive, 10, count_words, lambda: float(next(now)))
    assert len(found) == len(pages) == 3
    assert sorted(one.form for one in found) == ["html", "html", "markdown"]
    assert {one.size for one in found} == {len(page.body) for page in pages}
    with_text = [one for one in found if one.seconds == (1.0,) * len(STAGES)]
    (without,) = [one for one in found if one not in with_text]
    assert without.seconds == (1.0, 1.0, 1.0, 0.0, 0.0)
    assert len(timings(archive, 1, count_words)[0]) == 1
    assert in_threads(pages, 2, count_words) > 0


def test_sums_are_told_over_all_and_by_form() -> None:
    found = (
        Timing("html", 1_000_000, (0.1, 0.2, 0.5, 0.2, 0.1)),
        Timing("pdf", 3_000_000, (0.1, 0.1, 2.0, 0.3, 0.6)),
        Timing("html", 500_000, (0.0, 0.0, 0.0, 0.0, 0.0)),
    )
    everything, html, pdf = rows(found)
    assert (everything.form, everything.pages, everything.megabytes) == ("all", 3, 4.5)
    assert everything.whole == pytest.approx(4.0)
    assert everything.ratio == pytest.approx(20.0)
    assert (html.form, html.pages, pdf.form, pdf.pages) == ("html", 2, "pdf", 1)
    line = "| pdf | 1 | 3.0 | 0.3 | 1.00 | 100.00 | 100.00 | 2000.00 | 300.00 | 600.00 | 30× |"
    assert line in table((everything, html, pdf))
    assert Row("html", 1, 1.0, (0.0,) * 5).ratio == 0.0


def test_the_command(archive: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert throughput.main(["--archive", str(archive), "--threads", "2"]) == 0
    out = capsys.readouterr().out
    assert "| all | 3 |" in out
    assert "3 pages in 1 thread" in out
    assert throughput.main(["--archive", str(archive), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["form"] for row in told] == ["all", "html", "markdown"]
    assert throughput.main(["--archive", str(archive.with_name("none"))]) == 2
    assert "no such file" in capsys.readouterr().err
