"""Users of a group: names, passwords, the file, and the commands that change it."""

import io
import stat
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.precious import LEARNER_ID, learner_folder
from ingest.errors import InputError
from ui import users
from ui.cli import main
from ui.users import Cost, Roll, User, changed, is_right, learner_id, line_of, made, name_of

QUICK = Cost(n=2, r=1, p=1)
PASSWORD = "correct horse battery"


def quick(name: str, password: str = PASSWORD) -> User:
    return made(name, password, b"s" * 16, QUICK)


# ── names and passwords ─────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=80))
def test_a_name_is_safe_or_none(text: str) -> None:
    try:
        name = name_of(text)
    except InputError:
        return
    assert name == name_of(name.upper()) == name.casefold()
    assert LEARNER_ID.fullmatch(learner_id(name))
    folder = learner_folder(Path("/home"), learner_id(name))
    assert folder.parent == Path("/home/learners")
    assert folder.name not in (".", "..", "me", name)


@pytest.mark.parametrize(
    "text", ["", " ", ".", "..", "../me", "a/b", "a\\b", "a b", "a\0", "é", "-a", "_a", "a.b",
             "x" * 33, "con:", "a\nb", "%2e%2e", "~"],
)  # fmt: skip
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(InputError, match="no user's name"):
        name_of(text)


def test_a_name_is_known_however_it_is_typed() -> None:
    assert name_of(" Anna ") == name_of("ANNA") == "anna"


def test_only_the_password_is_right() -> None:
    user = quick("anna")
    assert is_right(user, PASSWORD)
    for wrong in ("", PASSWORD[:-1], PASSWORD + "x", PASSWORD.upper(), "\ud800", "x" * 100_000):
        assert not is_right(user, wrong)


def test_nobody_is_never_right() -> None:
    assert not is_right(None, PASSWORD)
    assert not is_right(None, "")


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    assert is_right(quick("anna", "cafe\u0301 au lait"), "caf\u00e9 au lait")


@pytest.mark.parametrize("text", ["", "short", "x" * 9, "tab\tin the middle", "x" * 1_001])
def test_what_is_no_password(text: str) -> None:
    with pytest.raises(InputError) as told:
        made("anna", text, b"s" * 16, QUICK)
    assert not text or text not in str(told.value)


def test_the_hash_is_that_of_the_standard() -> None:
    # The second vector of RFC 7914, section 12.
    found = users.hashed("password", b"NaCl", Cost(1024, 8, 16))
    assert found.hex().startswith(
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
    )


def test_the_usual_cost_is_slow_and_bounded() -> None:
    began = time.perf_counter()
    users.hashed(PASSWORD, b"s" * 16, Cost())
    assert time.perf_counter() - began > 0.02
    assert 128 * Cost().n * Cost().r == 32 * 2**20


def test_every_password_has_a_mark_of_its_own() -> None:
    one, other = quick("anna"), quick("anna", "another password")
    assert one.mark != other.mark
    assert one.mark == quick("anna").mark
    assert one.hash.hex() not in one.mark


# ── the file ────────────────────────────────────────────────────────────────────────────────────

costs = st.builds(
    Cost, st.integers(1, 14).map(lambda power: 2**power), st.integers(1, 16), st.integers(1, 9)
)
records = st.builds(
    User,
    st.from_regex(users.NAME, fullmatch=True),
    costs,
    st.binary(min_size=8, max_size=32),
    st.binary(min_size=32, max_size=32),
)


@given(st.lists(records, unique_by=lambda user: user.name, max_size=5))
def test_what_is_written_is_read(found: list[User]) -> None:
    text = users.HEADING + "".join(f"{line_of(user)}\n" for user in found)
    assert list(users.users_in(text, Path("f")).values()) == found


@given(st.text(max_size=200))
def test_a_file_is_read_or_refused(text: str) -> None:
    try:
        found = users.users_in(text, Path("f"))
    except InputError:
        return
    assert all(line_of(user) in text for user in found.values())


@pytest.mark.parametrize(
    "line",
    [
        "anna",
        "anna scrypt n=32768,r=8,p=3 AAAA",
        "../x scrypt n=2,r=1,p=1 c2FsdHNhbHQ= " + "A" * 43 + "=",
        "anna md5 n=2,r=1,p=1 c2FsdHNhbHQ= " + "A" * 43 + "=",
        "anna scrypt n=3,r=1,p=1 c2FsdHNhbHQ= " + "A" * 43 + "=",
        "anna scrypt n=16777216,r=64,p=9 c2FsdHNhbHQ= " + "A" * 43 + "=",
        "anna scrypt n=2,r=1,p=1 c2FsdA== " + "A" * 43 + "=",
        "anna scrypt n=2,r=1,p=1 c2FsdHNhbHQ= c2hvcnQ=",
    ],
)
def test_a_broken_line_is_told_by_its_number(line: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        users.users_in(f"# users\n{line}\n", Path("f"))


def test_a_name_stands_once() -> None:
    line = line_of(quick("anna"))
    with pytest.raises(InputError, match="twice"):
        users.users_in(f"{line}\n{line}\n", Path("f"))


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "users"
    with changed(file) as known:
        known["anna"] = quick("anna")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not users.open_to_others(file)
    assert PASSWORD not in file.read_text()
    file.chmod(0o644)
    assert users.open_to_others(file)
    with changed(file) as known:
        known["bert"] = quick("bert")
    assert not users.open_to_others(file)
    assert list(users.read_users(file)) == ["anna", "bert"]


def test_nothing_is_written_when_something_goes_wrong(tmp_path: Path) -> None:
    file = tmp_path / "users"
    with changed(file) as known:
        known["anna"] = quick("anna")
    before = file.read_bytes()
    with suppress(ZeroDivisionError), changed(file) as known:
        known.clear()
        raise ZeroDivisionError
    assert file.read_bytes() == before
    file.write_text("not ours\n")
    with pytest.raises(InputError), changed(file):
        pass
    assert file.read_text() == "not ours\n"


def test_two_who_write_at_once_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "users"

    def add(name: str) -> None:
        with changed(file) as known:
            known[name] = quick(name)

    threads = [threading.Thread(target=add, args=(f"u{n}",)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(users.read_users(file)) == 12


def test_the_roll_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "users"
    with changed(file) as known:
        known["anna"] = quick("anna")
    roll = Roll(file)
    assert roll.find("anna") == quick("anna")
    with changed(file) as known:
        del known["anna"]
        known["bert"] = quick("bert")
    assert roll.find("anna") is None
    assert roll.find("bert")
    file.write_text("broken\n")  # nobody is let in by what was read before
    for _ in range(2):
        with pytest.raises(InputError):
            roll.find("bert")
    file.unlink()
    with pytest.raises(InputError, match="no file"):
        roll.find("bert")


# ── the commands ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users.made, "__defaults__", (QUICK,))


def run(
    monkeypatch: pytest.MonkeyPatch, file: Path, *words: str, typed: str = f"{PASSWORD}\n"
) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(["users", *words, "--auth-file", str(file)])


@pytest.mark.usefixtures("cheap")
def test_users_are_added_listed_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "users"
    assert run(monkeypatch, file, "add", "Anna") == 0
    assert "user-anna" in capsys.readouterr().out
    assert run(monkeypatch, file, "add", "anna") == 2
    assert "already" in capsys.readouterr().err
    assert run(monkeypatch, file, "add", "bert", typed="short\n") == 2
    assert run(monkeypatch, file, "add", "../bert") == 2
    assert list(users.read_users(file)) == ["anna"]
    before = users.read_users(file)["anna"].mark
    assert run(monkeypatch, file, "password", "anna", typed="another password\r\n") == 0
    assert is_right(users.read_users(file)["anna"], "another password")
    assert users.read_users(file)["anna"].mark != before
    capsys.readouterr()
    assert run(monkeypatch, file, "list") == 0
    assert capsys.readouterr().out == "anna\n"
    assert run(monkeypatch, file, "list", "--json") == 0
    assert '"learner": "user-anna"' in capsys.readouterr().out
    assert run(monkeypatch, file, "remove", "nobody") == 2
    assert run(monkeypatch, file, "remove", "anna") == 0
    assert users.read_users(file) == {}
    assert run(monkeypatch, file, "add") == 2
    assert run(monkeypatch, tmp_path / "none", "list") == 2
    assert run(monkeypatch, tmp_path / "none", "password", "anna") == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("cheap")
@pytest.mark.parametrize(
    ("typed", "code"), [([PASSWORD, PASSWORD], 0), ([PASSWORD, "another one"], 2), (["short"], 2)]
)
def test_at_a_terminal_the_password_is_typed_twice(
    typed: list[str],
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter(typed)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(answers))
    monkeypatch.setattr("sys.stdin", Terminal())
    file = tmp_path / "users"
    assert main(["users", "add", "anna", "--auth-file", str(file)]) == code
    assert file.exists() is (code == 0)
    told = capsys.readouterr()
    assert not any(word in told.out + told.err for word in (PASSWORD, "another one"))
