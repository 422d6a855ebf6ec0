"""`studypath chat` and `studypath conversations`, as real processes on the shipped notes."""

import codecs
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.answer import Answer, Citation, Sentence
from assistant.conversation import Conversations
from assistant.stored import ShownPassage
from ui.cli import main
from ui.conversations import conversation_markdown, passage_text, transcript
from ui.repl import COMMANDS, HELP

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "\r\n› "
HOSTILE = "\x1b]0;owned\x07\x1b[31mWhat\x1b[0m is <script>\u202e overfitting?\x9b2J"
ESCAPES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that holds what ships, indexed for keyword search."""
    home = tmp_path_factory.mktemp("chat") / "home"
    arguments = ["ingest", "--offline", "--no-vectors", "--home", str(home), "--json"]
    assert main(arguments) == 0
    return home


@pytest.fixture
def home(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library, tmp_path / "home"))


def studypath(*arguments: str, said: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        cwd=ROOT, env=environment(), input=said, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_chat_understands_follow_ups_and_is_resumed(home: Path) -> None:
    at = ("--home", str(home))
    done = studypath(
        "chat", *at,
        said="What is overfitting?\n\nand how can I prevent it?\n/sources 1\n/rename A fit\n/quit\n"
        "never read\n",
    )  # fmt: skip
    assert "I read this as “How can I prevent overfitting?”." in done.stdout
    assert "[1]" in done.stdout
    assert "It is “A fit” now." in done.stdout
    assert done.stderr == ""
    (listed,) = objects(studypath("conversations", *at, "--json").stdout)
    assert (listed["title"], listed["messages"]) == ("A fit", 2)

    answers = objects(studypath("chat", *at, "--last", "--json", said="why?\n/new\nwhy?\n").stdout)
    assert [a["asked"] for a in answers] == ["Why should I prevent overfitting?", "why?"]
    assert answers[0]["conversation_id"] == listed["id"] != answers[1]["conversation_id"]
    assert answers[0]["question"] == "why?"
    for answer in answers[:1]:
        for citation in answer["citations"]:
            held = {p["passage_id"]: p for p in answer["passages"]}[citation["passage_id"]]
            first = citation["start"] - held["start"]
            assert held["text"][first : first + len(citation["quote"])] == citation["quote"]
    assert len(objects(studypath("conversations", *at, "show", listed["id"], "--json").stdout)) == 3


def test_conversations_are_managed_from_the_shell(home: Path, tmp_path: Path) -> None:
    at = ("--home", str(home))
    assert "No conversations yet" in studypath("conversations", *at).stdout
    studypath("chat", *at, "--learner", "ada", said="What is drift?\n")
    ada = (*at, "--learner", "ada")
    assert objects(studypath("conversations", *at, "--json").stdout) == []
    (listed,) = objects(studypath("conversations", *ada, "--json").stdout)
    id = listed["id"]
    assert "> What is drift?" in studypath("conversations", *ada, "show", id[:5]).stdout
    assert "Decay" in studypath("conversations", *ada, "rename", id, "Decay", "of", "data").stdout
    file = tmp_path / "talk.md"
    studypath("conversations", *ada, "export", id, str(file))
    assert file.read_text(encoding="utf-8").startswith("# Decay of data\n")
    assert "- \\[1\\] " in file.read_text(encoding="utf-8")
    again = studypath("conversations", *ada, "export", id, str(file), code=2)
    assert "is there already: name a new file" in again.stderr
    assert studypath("conversations", *ada, "export", id).stdout == file.read_text(encoding="utf-8")
    studypath("conversations", *ada, "delete", id)
    assert objects(studypath("conversations", *ada, "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("conversations", "--learner", "../x"), "no learner's id"),
        (("conversations", "show"), "`show` wants an id"),
        (("conversations", "rename", "abcd"), "`rename` wants an id and a title"),
        (("conversations", "list", "x"), "`list` stands alone"),
        (("conversations", "delete", "abcd"), "there is no such conversation"),
        (("chat", "--last", "--conversation", "x"), "leave one out"),
        (("chat", "--conversation", "nope"), "there is no such conversation"),
    ],
)
def test_a_wrong_command_is_told_in_one_line(
    library: Path, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--home", str(library)]) == 2
    errors = capsys.readouterr().err
    assert told in errors
    assert errors.count("\n") == 1
    assert not (library / "learners").exists()


def test_a_wrong_line_does_not_end_the_chat(home: Path) -> None:
    wrong = "/nonsense|/sources|/depth huge|/hints maybe|/scope m9|/engine magic|/rename x|/delete"
    right = "/scope m2w3|/depth brief|/hints on|/scope|/scope all|/help|/list"
    lines = [*wrong.split("|"), "/export", "/open none", *right.split("|"), HOSTILE]
    said = "\n".join([*lines, "/sources 99", "/list", "/etc/x is it?"])
    done = studypath("chat", "--home", str(home), said=said)
    assert len(done.stderr.splitlines()) == 11
    assert "there is no /nonsense" in done.stderr
    assert "Month 2 · Week 3 · Vector Database Fundamentals" in done.stdout
    assert "The whole library." in done.stdout
    assert ESCAPES.search(done.stdout + done.stderr) is None


def test_a_damaged_file_stops_the_chat_before_it_begins(home: Path) -> None:
    kept = Conversations(home)
    kept.append("", Answer("x"))
    kept.file.write_text("garbage " * 500)
    done = studypath("chat", "--home", str(home), said="What is drift?\n", code=2)
    assert "is damaged" in done.stderr
    assert done.stdout == ""


def test_help_names_every_command() -> None:
    assert set(re.findall(r"^  /(\w+)", HELP, re.M)) | {"help"} == set(COMMANDS)


def test_hostile_text_is_stripped_wherever_it_is_shown(tmp_path: Path) -> None:
    citation = Citation(
        1, "p", HOSTILE, HOSTILE, "article", "https://x.example/" + HOSTILE, "", (), HOSTILE, 0, 5,
        "page", HOSTILE,
    )  # fmt: skip
    answer = Answer(HOSTILE, (Sentence(HOSTILE, (1,)),), (citation,), message=HOSTILE)
    kept = Conversations(tmp_path)
    id, message = kept.append("", answer, (ShownPassage("p", HOSTILE, 0, (HOSTILE,)),))
    assert kept.load(id)[0].answer.question == HOSTILE
    for text in (
        transcript([message], {}),
        passage_text(message, "1"),
        conversation_markdown(kept.find(id), [message]),
    ):
        assert ESCAPES.search(text) is None
    assert "<script>" not in conversation_markdown(kept.find(id), [message]).replace("\\<", "")


# ── a terminal ──────────────────────────────────────────────────────────────────────────────────


class Terminal:
    """A process in a terminal of its own; what it writes can be waited for."""

    def __init__(self, *arguments: str) -> None:
        self.text = ""  # what was written and not waited for
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.process, self.end = pty.fork()
        if self.process == 0:
            os.chdir(ROOT)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored in a job of the background
            os.execve(
                sys.executable,
                [sys.executable, "-m", "ui.cli", *arguments],
                {**environment(), "TERM": "xterm", "COLUMNS": "100"},
            )

    def type(self, text: str) -> None:
        os.write(self.end, text.encode())

    def wait_for(self, words: str, seconds: float = 180) -> None:
        assert self.saw(words, seconds), f"{words!r} never came: {self.text!r}"

    def press_until(self, key: str, words: str) -> None:
        for _ in range(20):
            self.type(key)
            if self.saw(words, 5):
                return
        raise AssertionError(f"{words!r} never came: {self.text!r}")

    def saw(self, words: str, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while words not in self.text:
            if time.monotonic() >= end:
                return False
            if select.select([self.end], [], [], 0.2)[0]:
                self.text += self.decoder.decode(os.read(self.end, 65536))
        self.text = self.text.partition(words)[2]
        return True

    def ended(self) -> int:
        """Wait for its end and give its exit code."""
        while True:
            try:
                if not os.read(self.end, 65536):
                    break
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    made = Terminal("chat", "--home", str(home))
    yield made
    os.close(made.end)


def test_a_chat_in_a_terminal(terminal: Terminal, home: Path) -> None:
    terminal.wait_for(PROMPT)
    terminal.type("What is overfitting?\n")
    terminal.wait_for("notes: m1w1-basic-ml-concepts")
    terminal.wait_for(PROMPT)
    terminal.type("half a quest")
    terminal.wait_for("half a quest")
    # A signal that comes while a key is still being handled is seen with the next key only (the
    # interpreter's own waiting for input), so the key is pressed as a person would: again.
    terminal.press_until("\x03", "(Ctrl-D ends)")  # Ctrl-C at the prompt drops the line
    terminal.wait_for(PROMPT)
    terminal.type("give an example\n")
    terminal.wait_for("What is an example of overfitting?")
    terminal.wait_for(PROMPT)
    terminal.type("\x04")  # Ctrl-D
    assert terminal.ended() == 0
    kept = Conversations(home)
    assert [c.messages for c in kept.listed()] == [2]


SLOW = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a job of the background
from assistant.ask import Assistant
asked = Assistant.ask
def slow(self, typed, manner):
    print("BEGUN", flush=True)
    if "forever" in typed:
        time.sleep(60)
    return asked(self, typed, manner)
Assistant.ask = slow
from ui.cli import main
sys.exit(main(["chat", "--home", sys.argv[1]]))
"""


def test_ctrl_c_during_an_answer_keeps_the_conversation(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(home)],
        cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("What is overfitting?\nWhat takes forever?\n")
    process.stdin.flush()
    begun = 0
    for line in process.stdout:
        begun += line == "BEGUN\n"
        if begun == 2:
            break
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate("why?\n", timeout=60)
    assert "Stopped. The conversation is kept." in rest
    assert "I read this as “Why overfitting?”." in rest
    assert process.returncode == 0
    assert [c.messages for c in Conversations(home).listed()] == [2]
