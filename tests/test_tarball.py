"""Packed folders from the network: plain files are read, everything else is left out or refused."""

import gzip
import io
import tarfile
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingest.tarball
from ingest.errors import FetchFailed
from ingest.tarball import open_tarball

SHA = "0123456789abcdef0123456789abcdef01234567"


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


def packed(
    files: dict[str, bytes], extra: Iterable[tarfile.TarInfo] = (), comment: str = ""
) -> bytes:
    buffer = io.BytesIO()
    pax = {"comment": comment} if comment else {}
    with tarfile.open(
        fileobj=buffer, mode="w:gz", format=tarfile.PAX_FORMAT, pax_headers=pax
    ) as archive:
        for info in extra:
            archive.addfile(info)
        for name, body in files.items():
            info = entry(name)
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


def test_files_stand_below_the_top_folder() -> None:
    tarball = open_tarball(packed({"r-HEAD/README.md": b"read", "r-HEAD/a/b.py": b"x = 1\n"}))
    assert {member.path: member.size for member in tarball.members} == {"README.md": 4, "a/b.py": 6}
    assert tarball.read(["a/b.py", "gone.md"]) == {"a/b.py": b"x = 1\n"}
    assert (tarball.commit, tarball.refused) == ("", 0)


@pytest.mark.parametrize(
    ("top", "comment", "commit"),
    [
        ("r-HEAD", SHA, SHA),
        (f"r-{SHA}", "", SHA),
        ("r-HEAD", "not a commit", ""),
        (f"r-{SHA}0", "", ""),
    ],
)
def test_the_commit_is_taken_from_the_header_or_the_top_folder(
    top: str, comment: str, commit: str
) -> None:
    assert open_tarball(packed({f"{top}/a.md": b"a"}, comment=comment)).commit == commit


@pytest.mark.parametrize(
    "info",
    [
        entry("../../etc/passwd"),
        entry("r-HEAD/../../etc/passwd"),
        entry("r-HEAD/a/../b.md"),
        entry("/etc/passwd"),
        entry("r-HEAD//etc/passwd"),
        entry("r-HEAD/./a.md"),
        entry("alone.md"),
        entry("r-HEAD/a\\..\\b.md"),
        entry("r-HEAD/a\nb.md"),
        entry('r-HEAD/"><script>.md'),
        entry("r-HEAD/link.md", tarfile.SYMTYPE, "/etc/passwd"),
        entry("r-HEAD/hard.md", tarfile.LNKTYPE, "r-HEAD/ok.md"),
        entry("r-HEAD/device", tarfile.CHRTYPE),
        entry("r-HEAD/disk", tarfile.BLKTYPE),
        entry("r-HEAD/pipe", tarfile.FIFOTYPE),
        entry("r-HEAD/odd", b"Z"),
    ],
    ids=lambda info: f"{info.name!r}",
)
def test_what_is_no_plain_file_inside_is_left_out(info: tarfile.TarInfo) -> None:
    tarball = open_tarball(packed({"r-HEAD/ok.md": b"fine"}, [info]))
    assert [member.path for member in tarball.members] == ["ok.md"]
    assert tarball.refused == 1
    assert tarball.read([info.name, info.name.partition("/")[2], "ok.md"]) == {"ok.md": b"fine"}


def test_folders_are_no_refusals() -> None:
    folder = entry("r-HEAD/docs", tarfile.DIRTYPE)
    assert open_tarball(packed({"r-HEAD/docs/a.md": b"a"}, [folder])).refused == 0


def test_a_name_that_comes_twice_means_its_first_file() -> None:
    info = entry("r-HEAD/a.md")
    tarball = open_tarball(packed({"r-HEAD/a.md": b"second"}, [info]))
    assert len(tarball.members) == 1
    assert tarball.read(["a.md"]) == {"a.md": b""}


def test_a_sparse_file_that_claims_terabytes_is_left_out() -> None:
    info = entry("r-HEAD/huge.md")
    info.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "r-HEAD/huge.md",
        "GNU.sparse.size": str(10**13), "GNU.sparse.numblocks": "1", "GNU.sparse.map": "0,0",
    }  # fmt: skip
    tarball = open_tarball(packed({"r-HEAD/ok.md": b"fine"}, [info]))
    assert [member.path for member in tarball.members] == ["ok.md"]
    assert tarball.refused == 1


def test_a_bomb_is_not_unpacked_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({"r-HEAD/zeros.bin": bytes(30_000_000), "r-HEAD/a.md": b"a"})
    assert len(bomb) < 100_000
    assert len(open_tarball(bomb).members) == 2
    monkeypatch.setattr(ingest.tarball, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(FetchFailed, match="unpacks to over 1 MB") as caught:
        open_tarball(bomb)
    assert caught.value.status == "skipped"


def test_more_members_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = packed({f"r-HEAD/{number}.md": b"" for number in range(20)})
    monkeypatch.setattr(ingest.tarball, "MOST_MEMBERS", 19)
    with pytest.raises(FetchFailed, match="over 19 files") as caught:
        open_tarball(many)
    assert caught.value.status == "skipped"


GOOD = packed({"r-HEAD/a.md": b"text " * 100, "r-HEAD/b/c.py": b"x = 1\n" * 50}, comment=SHA)


def contents(body: bytes) -> dict[str, bytes] | str:
    """Read a whole archive, or return the word of the refusal."""
    try:
        tarball = open_tarball(body)
        return tarball.read([member.path for member in tarball.members])
    except FetchFailed as failure:
        return failure.status


@given(st.integers(0, len(GOOD)))
def test_a_cut_archive_is_refused_in_words(length: int) -> None:
    found = contents(GOOD[:length])
    assert found == "unreachable" or set(found) <= {"a.md", "b/c.py"}


@given(st.lists(st.tuples(st.integers(0, 6_000), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_archive_is_read_or_refused_but_never_trips(
    changes: list[tuple[int, int]],
) -> None:
    plain = bytearray(gzip.decompress(GOOD))
    for place, byte in changes:
        plain[place % len(plain)] = byte
    found = contents(gzip.compress(bytes(plain), 1))
    assert found == "unreachable" or not any(
        path.startswith("/") or ".." in path.split("/") for path in found
    )


@given(st.binary(max_size=2_000))
def test_other_bytes_are_no_archive(body: bytes) -> None:
    assert contents(body) in ("unreachable", {})
    assert contents(gzip.compress(body, 1)) in ("unreachable", {})


def test_a_chain_of_extended_headers_ends() -> None:
    block = entry("r-HEAD/x", tarfile.XHDTYPE).tobuf(tarfile.USTAR_FORMAT)
    with pytest.raises(FetchFailed, match="damaged"):
        open_tarball(gzip.compress(block * 5_000))
