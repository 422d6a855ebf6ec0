"""What README and docs say, held to the code: commands, options, answers, JSON, links, pictures."""

import argparse
import importlib.util
import json
import os
import re
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

import ui.cli
from ingest.curriculum import parse

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
USAGE = ROOT / "docs" / "usage.md"
PAGES = (
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
)
PACKAGES = ("corpus", "ingest", "assistant", "eval", "ui")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WORDS_BEFORE_ANSWER = 60
LARGEST_PICTURE = 200_000  # bytes: people clone the pictures with the code
PICTURE_SIZES = {"1280": (1280, 800), "390": (390, 844)}
COMMON = {"--help", "--home", "--json"}


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def fences(page: Path, language: str) -> list[str]:
    """Give the fenced blocks of a language."""
    return [text for name, text in FENCE.findall(read(page)) if name == language]


def prose(page: Path) -> str:
    return FENCE.sub("", read(page))


def commands() -> dict[str, argparse.ArgumentParser]:
    """Give the parser of every command."""
    for action in ui.cli.parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("the parser has no commands")


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    return {name for name in parser._option_string_actions if name.startswith("--")}


def typed_lines(page: Path) -> Iterator[str]:
    """Yield the command lines of a page's consoles, without prompt and comment."""
    for block in fences(page, "console"):
        for line in block.splitlines():
            line = line.removeprefix("$ ")
            if line.startswith(("studypath", "make")):
                yield line.partition(" # ")[0].strip()


def spans(page: Path) -> list[str]:
    """Give the code spans of a page's prose."""
    return re.findall(r"`([^`\n]+)`", prose(page))


def section(page: Path, heading: str) -> str:
    """Give the text under a heading of the second level."""
    text = read(page)
    # An example may hold headings of its own.
    outline = FENCE.sub(lambda fence: " " * len(fence[0]), text)
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", outline, re.M | re.S)
    assert found, f"{page.name} has no heading “{heading}”"
    return text[found.start(1) : found.end(1)]


# ── commands ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_typed_command_is_accepted(page: Path) -> None:
    for line in typed_lines(page):
        words = shlex.split(line)
        if words[0] == "studypath":
            try:
                ui.cli.parser().parse_args(words[1:])
            except SystemExit:
                pytest.fail(f"{page.name}: the parser refuses `{line}`")
            # argparse also takes the beginning of an option: not a thing to teach.
            assert {w for w in words if w.startswith("--")} <= options_of(commands()[words[1]])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_in_the_text_exists(page: Path) -> None:
    known = commands()
    for span in spans(page):
        words = re.sub(r"^\.venv/bin/", "", span).split()
        if words[0] != "studypath" or len(words) == 1:
            continue
        given = {word.partition("=")[0] for word in words[1:] if word.startswith("--")}
        if words[1].startswith("--"):
            assert given <= options_of(ui.cli.parser()), f"{page.name}: `{span}`"
            continue
        assert words[1] in known, f"{page.name}: `{span}`"
        assert given <= options_of(known[words[1]]), f"{page.name}: `{span}`"


@pytest.mark.parametrize("name", commands())
def test_every_command_and_its_options_have_a_paragraph(name: str) -> None:
    parser = commands()[name]
    text = section(USAGE, f"studypath {name}")
    assert len(text.split()) > 10
    told = set(re.findall(r"`(--[\w-]+)", text))
    assert options_of(parser) - COMMON <= told
    told_as_its_own = set(re.findall(r"^- `(--[\w-]+)", text, re.M))
    assert told_as_its_own <= options_of(parser)
    for words in (parser.description, *(action.help for action in parser._actions)):
        assert words


def test_common_options_are_told_once_above_the_commands() -> None:
    above = read(USAGE).partition("\n## ")[0]
    assert all(f"`{name}" in above for name in COMMON)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_and_variable_exists(page: Path) -> None:
    makefile = read(ROOT / "Makefile")
    for line in [*typed_lines(page), *spans(page)]:
        words = line.split()
        if words[0] != "make":
            continue
        for word in words[1:]:
            variable = re.match(r"([A-Z_]+)=", word)
            wanted = rf"^{variable[1]}\s*\?=" if variable else rf"^{re.escape(word)}:"
            assert re.search(wanted, makefile, re.M), f"{page.name}: `{line}`: {word}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_module_that_is_to_be_run_exists(page: Path) -> None:
    for name in re.findall(r"python -m ((?:eval|ui|ingest|assistant)\.\w+)", read(page)):
        assert importlib.util.find_spec(name), f"{page.name}: python -m {name}"


# ── README ──────────────────────────────────────────────────────────────────────────────────────


def test_readme_answers_before_it_explains() -> None:
    above, mark, _ = read(README).partition("[1]")
    assert mark
    assert 'studypath ask "' in above
    assert len(re.findall(r"\w+", above)) <= WORDS_BEFORE_ANSWER


def test_readme_shows_the_two_commands() -> None:
    lines = [line for line in typed_lines(README) if line.startswith("make")]
    assert lines == ["make run", "make test"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that holds what ships, indexed for keyword search."""
    folder = tmp_path_factory.mktemp("docs") / "home"
    arguments = ["ingest", "--offline", "--no-vectors", "--home", str(folder), "--json"]
    assert ui.cli.main(arguments) == 0
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run a command and give its output."""
    capsys.readouterr()
    assert ui.cli.main(arguments) == 0
    return capsys.readouterr().out


def test_readme_shows_what_is_really_answered(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt, _, shown = fences(README, "console")[0].partition("\n")
    question = shlex.split(prompt)[3]
    answer = " ".join(said(capsys, "ask", question, "--home", str(home)).split())
    parts = [" ".join(part.split()) for part in re.split("…”?", shown)]
    place = 0
    for part in filter(None, parts):  # in order, with nothing but omissions between
        assert part in answer[place:]
        place = answer.index(part, place) + len(part)
    assert "[1]" in parts[0]


# ── contracts ───────────────────────────────────────────────────────────────────────────────────


def shape(value: object) -> object:
    """Give the names in a JSON value, lists by their first item; values by nothing but being."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value and isinstance(value[0], dict) else []
    return None


def examples(heading: str) -> list[dict[str, object]]:
    """Give the JSON objects that a section of the usage page shows."""
    blocks = re.findall(r"^```json\n(.*?)^```$", section(USAGE, heading), re.M | re.S)
    return [json.loads(block) for block in blocks]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("ingest", ["--offline", "--no-vectors"]),
        ("sources", []),
        ("search", ["hybrid search", "--k", "1"]),
        ("ask", ["What is overfitting?"]),
        ("next", ["--minutes", "40"]),
        ("done", ["m1w1-basic-ml-concepts", "--minutes", "50"]),
        ("progress", []),
        ("settings", []),
    ],
)
def test_the_json_shown_is_the_json_written(
    command: str, arguments: list[str], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = said(capsys, command, *arguments, "--home", str(home), "--json")
    written = json.loads(text.splitlines()[0])
    assert shape(examples(f"studypath {command}")[0]) == shape(written)


def test_the_addition_shown_is_the_one_written(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.md").write_text("# Notes\n\nWords of my own.\n", encoding="utf-8")
    arguments = ["add", str(tmp_path / "notes.md"), "--home", str(home), "--json"]
    (shown,) = examples("studypath add")
    written = json.loads(said(capsys, *arguments))
    assert shape(shown) == shape(written)
    assert ui.cli.main(["add", "--remove", written["id"], "--home", str(home)]) == 0


def test_the_batch_shown_is_the_batch_read(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    *_, line, error = examples("studypath ask")
    file = tmp_path / "questions.jsonl"
    file.write_text(f"{json.dumps(line)}\nnope\n", encoding="utf-8")
    good, bad = said(capsys, "search", "--batch", str(file), "--home", str(home)).splitlines()
    assert json.loads(good)["id"] == line["id"]
    assert json.loads(bad) == error


def test_the_document_line_shown_is_read(tmp_path: Path) -> None:
    from ingest.collection import read_collection

    line = examples("studypath ingest")[1]
    file = tmp_path / "documents.jsonl"
    file.write_text(json.dumps(line), encoding="utf-8")
    ((_, document),) = read_collection(file)
    assert (document.id, document.title, document.text) == (
        line["id"], line["title"], line["text"],
    )  # fmt: skip


def test_the_path_shown_is_read_whole() -> None:
    (text,) = fences(USAGE, "markdown")
    path = parse(text)
    assert path.problems == ()
    assert [part.id for part in path.sections] == ["m1w1-wind-and-sails"]
    assert f"`{path.sections[0].id}`" in read(USAGE)
    (sails,) = path.sections
    assert [resource.kind for resource in path.resources] == [
        "video", "github", "reading", "community",
    ]  # fmt: skip
    assert (len(sails.topics), len(sails.exercises), len(path.schedule)) == (2, 1, 1)
    assert sails.concept
    assert sails.hours


def test_every_variable_and_status_of_the_code_is_told() -> None:
    code = {
        path: read(path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))
    }
    variables = set(re.findall(r'"(STUDYPATH_[A-Z_]+)"', "".join(code.values())))
    assert variables == set(re.findall(r"^\| `(STUDYPATH_\w+)`", read(USAGE), re.M))
    ingest = "".join(text for path, text in code.items() if "ingest" in path.parts)
    statuses = set(re.findall(r'(?:FetchFailed\(\s*|status=)"([a-z-]+)"', ingest))
    told = set(re.findall(r"^\| `([a-z-]+)`", section(USAGE, "studypath sources"), re.M))
    assert statuses <= told


# ── architecture ────────────────────────────────────────────────────────────────────────────────


def test_the_rooms_are_those_that_are_there() -> None:
    rooms = section(ROOT / "docs" / "architecture.md", "Rooms")
    named = set(re.findall(r"`(?:\w+/)?(\w+)(?:\.py)?`", rooms))
    there = {
        path.stem
        for package in ("ingest", "assistant")
        for path in (ROOT / package).rglob("*.py")
        if path.stem != "__init__"
    }
    assert there - named == set()
    for name in re.findall(r"`(\w+/\w+\.py)`", rooms):
        assert (ROOT / name).exists(), name


def test_the_changelog_begins_with_this_version() -> None:
    project = read(ROOT / "pyproject.toml")
    version = re.search(r'^version = "(.+)"$', project, re.M)
    assert version
    released = re.findall(
        r"^## \[(\d[^]]*)\] - \d{4}-\d\d-\d\d$", read(ROOT / "CHANGELOG.md"), re.M
    )
    assert released[0] == version[1]


# ── links and pictures ──────────────────────────────────────────────────────────────────────────


def anchors(page: Path) -> set[str]:
    """Give the anchors of a page's headings as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = Path(os.path.normpath(page.parent / name)) if name else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name}: {target}"


def test_pictures_are_shown_small_enough_and_of_the_size_in_their_name() -> None:
    shown = {
        Path(os.path.normpath(page.parent / target))
        for page in PAGES
        for words, target in re.findall(r"!\[([^]]+)\]\(([^)\s]+)\)", prose(page))
        if len(words.split()) >= 5  # what the picture shows, for those who do not see it
    }
    assert shown == set((ROOT / "docs" / "screenshots").iterdir())
    for picture in shown:
        content = picture.read_bytes()
        assert len(content) < LARGEST_PICTURE
        assert content.startswith(b"\x89PNG")
        width = picture.stem.rpartition("-")[2]
        assert struct.unpack(">II", content[16:24]) == PICTURE_SIZES[width]
