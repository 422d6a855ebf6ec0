"""Archives: replayed through the same rules as the web, damage survived, writing safe to kill."""

import gzip
import io
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.archive import ArchiveTransport, ArchiveWriter
from ingest.errors import FetchFailed, InputError, LibraryError
from ingest.fetch import LARGEST_PAGE, Response

DAY = "2026-01-0{}T00:00:00Z"


def answer(
    url: str, body: bytes = b"text", status: int = 200, day: int = 1, **headers: str
) -> Response:
    named = (("Content-Type", "text/html"), *((k.replace("_", "-"), v) for k, v in headers.items()))
    return Response(url, status, "", named, body, DAY.format(day))


def archive_of(path: Path, *responses: Response) -> Path:
    writer = ArchiveWriter(path)
    for response in responses:
        writer.append(response)
    writer.close()
    return path


def status_of(archive: ArchiveTransport, url: str) -> str:
    with pytest.raises(FetchFailed) as caught:
        archive.get(url)
    return caught.value.status


# ── replaying ───────────────────────────────────────────────────────────────────────────────────


def test_the_small_capture_replays(small_warc: Path) -> None:
    archive = ArchiveTransport(small_warc)
    assert archive.problems == ()
    assert len(archive) == 52
    page = archive.get("https://scikit-learn.org/stable/modules/preprocessing.html")
    assert page.status == 200
    assert page.body.count(b"<h2") > 5
    assert page.fetched_at.endswith("Z")


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://python.langchain.com/docs/use_cases/Youtubeing/", "not-found"),
        ("https://github.com/facebookresearch/nsfr", "not-found"),
        ("https://www.pinecone.io/learn/advanced-rag/", "not-in-archive"),
        ("https://huggingface.co/docs/peft/package_reference/lora", "robots-denied"),
        ("https://developers.google.com/machine-learning/crash-course/ml-intro", "not-in-archive"),
    ],
)
def test_what_the_capture_cannot_give_is_named(small_warc: Path, url: str, status: str) -> None:
    assert status_of(ArchiveTransport(small_warc), url) == status


def test_login_walls_are_seen_behind_robots(small_warc: Path) -> None:
    archive = ArchiveTransport(small_warc, obey_robots=False)
    assert status_of(archive, "https://www.linkedin.com/groups/12121948/") == "login-wall"  # 999
    assert status_of(archive, "https://www.reddit.com/r/MachineLearning/") == "login-wall"  # 403
    assert archive.get("https://huggingface.co/docs/peft/package_reference/lora").status == 200


@pytest.mark.parametrize(
    "asked",
    [
        "https://site.example/page",
        "https://site.example/page#part",
        "https://site.example/page?ref=main",
        "https://site.example/page/?utm_source=x#part",
        "http://site.example/page",
        "https://SITE.example/page/",
    ],
)
def test_an_address_is_found_however_it_is_written(tmp_path: Path, asked: str) -> None:
    archive = ArchiveTransport(
        archive_of(tmp_path / "a.warc.gz", answer("https://site.example/page"))
    )
    page = archive.get(asked)
    assert (page.url, page.resolved_url) == (asked, "https://site.example/page")


def test_an_exact_address_wins_over_a_like_one(tmp_path: Path) -> None:
    file = archive_of(
        tmp_path / "a.warc.gz",
        answer("https://site.example/page", b"plain"),
        answer("https://site.example/page?id=2", b"second"),
        answer("http://site.example/page/", b"old twin"),
    )
    archive = ArchiveTransport(file)
    assert archive.get("https://site.example/page").body == b"plain"
    assert archive.get("https://site.example/page?id=2").body == b"second"
    assert archive.get("http://site.example/page/").body == b"old twin"


def test_redirects_are_followed_inside_the_archive(tmp_path: Path) -> None:
    file = archive_of(
        tmp_path / "a.warc.gz",
        answer("https://a.example/old", b"", 301, Location="/new"),
        answer("https://a.example/new", b"there"),
        answer("https://a.example/x", b"", 302, Location="/y"),
        answer("https://a.example/y", b"", 302, Location="/x"),
        answer("https://a.example/out", b"", 302, Location="https://b.example/"),
        answer("https://a.example/mail", b"", 302, Location="mailto:me"),
        answer("http://a.example/twin", b"", 301, Location="https://a.example/twin"),
        *(
            answer(f"https://a.example/{n}", b"", 302, Location=f"/{n + 1}")
            for n in range(20)
        ),
    )  # fmt: skip
    archive = ArchiveTransport(file)
    page = archive.get("https://a.example/old")
    assert (page.url, page.resolved_url) == ("https://a.example/old", "https://a.example/new")
    assert status_of(archive, "https://a.example/x") == "unreachable"
    assert status_of(archive, "https://a.example/0") == "unreachable"
    assert status_of(archive, "https://a.example/mail") == "unreachable"
    assert status_of(archive, "https://a.example/out") == "not-in-archive"
    # The look-up is tolerant, but a redirect to the missing https twin is no circle.
    assert status_of(archive, "http://a.example/twin") == "not-in-archive"


def test_the_newest_real_answer_counts(tmp_path: Path) -> None:
    url = "https://a.example/"
    file = archive_of(
        tmp_path / "a.warc.gz",
        answer(url, b"second", day=2),
        answer(url, b"first", day=1),
        answer(url, b"", 503, day=3),
        answer(url, b"", 304, day=4),
        answer("https://a.example/gone", b"here", day=1),
        answer("https://a.example/gone", b"", 404, day=2),
    )
    archive = ArchiveTransport(file)
    assert archive.get(url).body == b"second"
    assert status_of(archive, "https://a.example/gone") == "not-found"


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, "login-wall"), (410, "not-found"), (429, "unreachable"), (500, "unreachable")],
)
def test_statuses_become_words_of_the_ledger(tmp_path: Path, status: int, word: str) -> None:
    file = archive_of(tmp_path / "a.warc.gz", answer("https://a.example/", b"", status))
    assert status_of(ArchiveTransport(file), "https://a.example/") == word


def test_encodings_of_the_transfer_are_taken_off(tmp_path: Path) -> None:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    packed = gzip.compress(b"hello")
    for path, body, extra in (
        ("/gzip", packed, [("Content-Encoding", "gzip")]),
        ("/chunked", b"5\r\nhello\r\n0\r\n\r\n", [("Transfer-Encoding", "chunked")]),
        ("/false", b"hello", [("Content-Encoding", "gzip")]),
    ):
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html"), *extra], "HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                f"https://a.example{path}", "response", payload=io.BytesIO(body),
                length=len(body), http_headers=headers,
            )
        )  # fmt: skip
    (tmp_path / "a.warc.gz").write_bytes(out.getvalue())
    archive = ArchiveTransport(tmp_path / "a.warc.gz")
    for path in ("gzip", "chunked", "false"):
        assert archive.get(f"https://a.example/{path}").body == b"hello"


def test_a_page_over_the_limit_is_refused_by_its_size(tmp_path: Path) -> None:
    file = archive_of(
        tmp_path / "a.warc.gz", answer("https://a.example/", b"x" * (LARGEST_PAGE + 100_000))
    )
    with pytest.raises(FetchFailed, match="20 MB") as caught:
        ArchiveTransport(file).get("https://a.example/")
    assert caught.value.status == "skipped"


def test_robots_of_the_archive_are_obeyed_on_every_step(tmp_path: Path) -> None:
    rules = b"User-agent: *\nDisallow: /secret\nAllow: /\n"
    file = archive_of(
        tmp_path / "a.warc.gz",
        answer("https://a.example/robots.txt", rules),
        answer("https://a.example/secret/x", b"x"),
        answer("https://a.example/way", b"", 302, Location="/secret/x"),
        answer("https://a.example/free", b"free"),
        answer("https://down.example/robots.txt", b"", 500),
        answer("https://down.example/", b"x"),
    )
    archive = ArchiveTransport(file)
    assert archive.get("https://a.example/free").body == b"free"
    assert status_of(archive, "https://a.example/secret/x") == "robots-denied"
    assert status_of(archive, "https://a.example/way") == "robots-denied"
    assert status_of(archive, "https://down.example/") == "unreachable"


def test_an_empty_archive_holds_nothing() -> None:
    archive = ArchiveTransport.empty()
    assert len(archive) == 0
    assert status_of(archive, "https://a.example/") == "not-in-archive"


# ── forms and damage ────────────────────────────────────────────────────────────────────────────

THREE = tuple(answer(f"https://a.example/{n}", f"body {n} ".encode() * 50) for n in range(3))


def bodies(archive: ArchiveTransport) -> set[int]:
    found = set()
    for n in range(3):
        try:
            assert archive.get(f"https://a.example/{n}").body == THREE[n].body
        except FetchFailed:
            continue
        found.add(n)
    return found


def test_every_form_of_archive_reads_alike(tmp_path: Path) -> None:
    packed = archive_of(tmp_path / "members.warc.gz", *THREE)
    plain = gzip.decompress(packed.read_bytes())
    (tmp_path / "plain.warc").write_bytes(plain)
    (tmp_path / "whole.warc.gz").write_bytes(gzip.compress(plain))
    for name in ("members.warc.gz", "plain.warc", "whole.warc.gz"):
        archive = ArchiveTransport(tmp_path / name)
        assert archive.problems == ()
        assert bodies(archive) == {0, 1, 2}
    assert bodies(ArchiveTransport(tmp_path)) == {0, 1, 2}


def members(path: Path) -> list[int]:
    data = path.read_bytes()
    starts = [n for n in range(len(data)) if data[n : n + 4] == b"\x1f\x8b\x08\x00"]
    return [*starts, len(data)]


def test_a_damaged_record_costs_only_itself(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE)
    _, second, third, _ = members(file)
    data = bytearray(file.read_bytes())
    data[(second + third) // 2] ^= 0xFF
    file.write_bytes(data)
    archive = ArchiveTransport(file)
    assert bodies(archive) == {0, 2}
    assert len(archive.problems) == 1
    assert f"byte {second}" in archive.problems[0]


def test_a_truncated_archive_gives_what_is_whole(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE)
    third = members(file)[2]
    file.write_bytes(file.read_bytes()[: third + 40])
    archive = ArchiveTransport(file)
    assert bodies(archive) == {0, 1}
    assert f"byte {third}" in archive.problems[0]


def test_damage_in_a_plain_archive(tmp_path: Path) -> None:
    plain = gzip.decompress(archive_of(tmp_path / "a.warc.gz", *THREE).read_bytes())
    _, second, third = (found.start() for found in re.finditer(rb"WARC/1\.0", plain))
    rubbish = plain[:second] + b"rubbish" * 9 + b"\r\n" + plain[third:]
    flipped = plain.replace(b"body 1 ", b"bodY 1 ", 1)
    for content, left in ((rubbish, {0, 2}), (flipped, {0, 2}), (plain[:-200], {0, 1})):
        (tmp_path / "b.warc").write_bytes(content)
        archive = ArchiveTransport(tmp_path / "b.warc")
        assert bodies(archive) == left
        assert len(archive.problems) == 1
        assert "byte" in archive.problems[0]


def test_the_cut_capture_still_answers(small_warc: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.warc.gz"
    cut.write_bytes(small_warc.read_bytes()[:100_000])
    archive = ArchiveTransport(cut)
    assert len(archive) == 7
    assert len(archive.problems) == 1
    assert archive.get("https://arxiv.org/abs/2106.09685").status == 200


@pytest.mark.parametrize(
    "content",
    [b"", b"hello, no archive", gzip.compress(b"hello", mtime=0), b"\x1f\x8b\x08\x00", b"%PDF-1"],
)
def test_what_is_no_archive_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "no.warc.gz"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        ArchiveTransport(file)
    message = str(caught.value)
    assert str(file) in message
    assert ".warc" in message.replace(str(file), "")
    assert "\n" not in message


def test_a_missing_file_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        ArchiveTransport(tmp_path / "none.warc.gz")
    with pytest.raises(InputError, match="in this folder"):
        ArchiveTransport(tmp_path)


def test_records_that_are_no_pages_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    writer.write_record(writer.create_warcinfo_record("a.warc.gz", {"software": "test"}))
    headers = StatusAndHeaders("GET / HTTP/1.1", [("Host", "a.example")], is_http_request=True)
    writer.write_record(
        writer.create_warc_record("https://a.example/", "request", http_headers=headers)
    )
    writer.write_record(
        writer.create_warc_record(
            "dns:a.example", "response", payload=io.BytesIO(b"1.2.3.4"), length=7
        )
    )
    (tmp_path / "a.warc.gz").write_bytes(out.getvalue())
    archive = ArchiveTransport(tmp_path / "a.warc.gz")
    assert (len(archive), archive.problems) == (0, ())


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def test_what_is_written_is_replayed(tmp_path: Path) -> None:
    response = answer(
        "https://a.example/ü?q=1", "grün".encode(), day=5, Content_Encoding="br", Set_Cookie="id=1"
    )
    file = archive_of(tmp_path / "deep" / "a.warc.gz", response)
    page = ArchiveTransport(file).get("https://a.example/ü?q=1")
    assert page.body.decode() == "grün"
    assert page.content_type == "text/html"
    assert page.fetched_at == DAY.format(5)
    assert b"id=1" not in gzip.decompress(file.read_bytes())


def test_a_torn_end_is_cut_off_and_writing_goes_on(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE[:2])
    whole = file.stat().st_size
    torn = archive_of(tmp_path / "b.warc.gz", THREE[2]).read_bytes()
    for keep in (1, 2, 30, len(torn) - 1):
        with file.open("ab") as handle:
            handle.write(torn[:keep])
        assert bodies(ArchiveTransport(file)) == {0, 1}
        archive_of(file, THREE[2])
        archive = ArchiveTransport(file)
        assert (bodies(archive), archive.problems) == ({0, 1, 2}, ())
        os.truncate(file, whole)


def test_damage_further_up_is_left_alone(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE)
    _, second, third, _ = members(file)
    data = bytearray(file.read_bytes())
    data[(second + third) // 2] ^= 0xFF
    file.write_bytes(data)
    archive_of(file, answer("https://a.example/new"))
    assert len(file.read_bytes()) > len(data)
    assert bodies(ArchiveTransport(file)) == {0, 2}


def test_a_file_of_another_kind_is_never_cut(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    file.write_bytes(b"my diary")
    with pytest.raises(LibraryError, match="move it away"):
        archive_of(file, THREE[0])
    assert file.read_bytes() == b"my diary"


def test_a_writer_finds_what_it_holds(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE[:2])
    writer = ArchiveWriter(file)
    assert writer.held(THREE[0].url).body == THREE[0].body
    for url in (THREE[2].url, THREE[0].url + "#part", THREE[0].url + "?x=1"):
        with pytest.raises(FetchFailed, match="not-in-archive"):
            writer.held(url)
    writer.append(THREE[2])
    writer.append(replace(THREE[0], body=b"newer", fetched_at=DAY.format(9)))
    writer.append(replace(THREE[1], status=503, fetched_at=DAY.format(9)))
    assert writer.held(THREE[2].url).body == THREE[2].body
    assert writer.held(THREE[0].url).body == b"newer"
    assert writer.held(THREE[1].url).status == 200  # a passing failure displaces nothing
    writer.close()
    assert writer.held(THREE[0].url).body == b"newer"
    writer.close()


def test_a_writer_looks_into_no_archive_yet(tmp_path: Path) -> None:
    for name, begun in (("none", False), ("empty", True)):
        file = tmp_path / f"{name}.warc.gz"
        if begun:
            file.touch()
        writer = ArchiveWriter(file)
        with pytest.raises(FetchFailed, match="not-in-archive"):
            writer.held(THREE[0].url)
        writer.append(answer(THREE[0].url, b"x", ETag='"1"'))
        assert writer.held(THREE[0].url).header("etag") == '"1"'
        writer.close()


def test_what_is_held_is_what_stands_before_a_torn_end(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE[:2])
    torn = archive_of(tmp_path / "b.warc.gz", THREE[2]).read_bytes()
    with file.open("ab") as handle:
        handle.write(torn[:-9])
    writer = ArchiveWriter(file)
    assert writer.held(THREE[1].url).body == THREE[1].body
    with pytest.raises(FetchFailed, match="not-in-archive"):
        writer.held(THREE[2].url)
    writer.append(THREE[2])
    assert writer.held(THREE[2].url).body == THREE[2].body
    writer.close()


def test_a_held_record_that_is_damaged_meanwhile_says_so(tmp_path: Path) -> None:
    file = archive_of(tmp_path / "a.warc.gz", *THREE)
    writer = ArchiveWriter(file)
    writer.held(THREE[0].url)
    data = bytearray(file.read_bytes())
    _, second, third, _ = members(file)
    data[(second + third) // 2] ^= 0xFF
    file.write_bytes(data)
    with pytest.raises(FetchFailed, match="damaged"):
        writer.held(THREE[1].url)
    writer.close()


def test_a_writer_is_let_go_of_by_any_thread(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path / "a.warc.gz")
    thread = threading.Thread(target=writer.append, args=(THREE[0],))
    thread.start()
    thread.join()
    writer.close()
    archive_of(tmp_path / "a.warc.gz", THREE[1])
    assert bodies(ArchiveTransport(tmp_path / "a.warc.gz")) == {0, 1}


def test_a_second_writer_is_told_to_wait(tmp_path: Path) -> None:
    first = ArchiveWriter(tmp_path / "a.warc.gz")
    first.append(THREE[0])
    with pytest.raises(LibraryError, match="wait"):
        ArchiveWriter(tmp_path / "a.warc.gz").append(THREE[1])
    first.close()
    archive_of(tmp_path / "a.warc.gz", THREE[1])
    assert bodies(ArchiveTransport(tmp_path / "a.warc.gz")) == {0, 1}


WRITE_FOR_EVER = """
import sys
import threading
from dataclasses import replace
from pathlib import Path
from ingest.archive import ArchiveWriter
from ingest.fetch import Response
writer = ArchiveWriter(Path(sys.argv[1]))
n = 0
while True:
    body = bytes(f"{n} ", "ascii") * 20_000
    url = f"https://a.example/{n}"
    writer.append(Response(url, 200, "", (), body, "2026-01-01T00:00:00Z"))
    print(n, flush=True)
    n += 1
"""


def test_a_killed_writer_loses_nothing_it_reported(tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(file)], stdout=subprocess.PIPE, cwd=root
    )
    assert process.stdout is not None
    reported = [int(process.stdout.readline()) for _ in range(20)]
    process.kill()
    process.wait()
    process.stdout.close()
    archive_of(file, answer("https://a.example/after"))
    archive = ArchiveTransport(file)
    assert archive.problems == ()
    for n in reported:
        assert archive.get(f"https://a.example/{n}").body.startswith(b"%d " % n)
    assert archive.get("https://a.example/after").status == 200
