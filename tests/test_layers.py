"""The house's order, read from the syntax tree: who may import whom, and what must not exist."""

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# From the ground up: a package may import itself and what stands before it.
LAYERS = ("corpus", "ingest", "assistant", "eval", "ui")

# A foreign library enters through one door per job; its names and errors stop there.
DOORS = {
    "anthropic": {"assistant/generate.py"},
    "chromadb": {"ingest/vectors.py"},
    "datasketch": {"ingest/twins.py"},
    "docx": {"ingest/word.py"},
    "dotenv": {"assistant/environment.py"},
    "fsrs": {"assistant/cards.py"},
    "genanki": {"assistant/anki.py"},
    "gradio": {"ui/"},
    "httpx": {"ingest/fetch.py", "assistant/generate.py"},
    "huggingface_hub": {"assistant/local_model.py"},
    "icalendar": {"assistant/calendar_file.py"},
    "ir_measures": {"eval/ir.py"},
    "llama_index": {"ingest/split.py", "assistant/generate.py"},
    "mcp": {"ui/mcp_server.py"},
    "ollama": {"assistant/generate.py"},
    "onnx": {"ingest/embed.py"},
    "onnxruntime": {"ingest/embed.py"},
    "onnxscript": {"ingest/embed.py"},
    "openai": {"assistant/generate.py"},
    "protego": {"ingest/fetch.py", "ingest/sources/sitemap.py"},
    "pypdf": {"ingest/pdf.py"},
    "pysubs2": {"ingest/captions.py"},
    "ragas": {"eval/ragas_scores.py"},
    "rank_bm25": {"ingest/keywords.py"},
    "sentence_transformers": {"ingest/embed.py", "assistant/entail.py"},
    "tenacity": {"ingest/pace.py", "assistant/generate.py"},
    "tokenizers": {"ingest/embed.py"},
    "torch": {"ingest/embed.py"},
    "trafilatura": {"ingest/extract.py", "eval/extraction.py"},
    "transformers": {"ingest/embed.py"},
    "warcio": {"ingest/archive.py"},
    "xllamacpp": {"assistant/local_model.py"},
    "youtube_transcript_api": {"ingest/sources/video.py"},
    # Other ways to open a connection for content; there is one, and it is httpx.
    "aiohttp": set[str](),
    "http.client": set[str](),
    "requests": set[str](),
    "urllib.request": set[str](),
    "urllib3": set[str](),
}

# Nothing of this may be loaded by importing our modules; each costs 0.3 to 10 s.
HEAVY = (
    "anthropic",
    "chromadb",
    "gradio",
    "llama_index",
    "mcp",
    "onnxruntime",
    "openai",
    "ragas",
    "sentence_transformers",
    "torch",
    "trafilatura",
)

# A file is named after what is in it, not after its place.
NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "types", "misc"}
ROLE_NAMES = re.compile(r"(Manager|Service|Handler|Factory|Helper)$")

MODULE_LINES = 400
FUNCTION_LINES = 50

Finding = tuple[int, str]
Rule = Callable[[Path, ast.Module], Iterator[Finding]]


def modules() -> list[Path]:
    """All Python files of the five packages, relative to the root."""
    return sorted(
        path.relative_to(ROOT) for layer in LAYERS for path in (ROOT / layer).rglob("*.py")
    )


def imported(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Line and dotted name of everything a module imports, at its top or inside a function."""
    package = path.parent.parts
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join((*above, *filter(None, [node.module])))
            for alias in node.names:
                yield node.lineno, f"{stem}.{alias.name}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            for argument in node.args[:1]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield node.lineno, argument.value


def within(name: str, library: str) -> bool:
    """Tell whether a dotted name is the library or something inside it."""
    return name == library or name.startswith(f"{library}.")


def points_down(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Imports that point from a package to one above it."""
    above = LAYERS[LAYERS.index(path.parts[0]) + 1 :]
    for line, name in imported(path, tree):
        if name.split(".")[0] in above:
            yield line, f"imports {name}, but {' <- '.join(LAYERS)}"


def foreign_stay_at_their_door(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Imports of a foreign library elsewhere than at its door."""
    for line, name in imported(path, tree):
        for library, doors in DOORS.items():
            if within(name, library) and not path.as_posix().startswith(tuple(doors)):
                yield line, f"imports {name}; its door is {', '.join(sorted(doors)) or 'nowhere'}"


def no_print_outside_ui(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Calls of print in a package that does not talk to people."""
    if path.parts[0] != "ui":
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
                yield node.lineno, "print belongs to ui"


def no_broad_except_outside_ui(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Handlers that would also swallow our own mistakes."""
    if path.parts[0] == "ui":
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            caught = set(re.findall(r"\w+", ast.unparse(node.type))) if node.type else {"nothing"}
            if caught & {"Exception", "BaseException", "nothing"}:
                yield node.lineno, "catches everything; name what can go wrong"


def no_keywords_passed_through(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Functions that hand on arguments they do not know."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.args.kwarg:
            name = node.args.kwarg.arg
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and any(
                    keyword.arg is None
                    and isinstance(keyword.value, ast.Name)
                    and keyword.value.id == name
                    for keyword in call.keywords
                ):
                    yield call.lineno, f"{node.name} passes **{name} through; name the arguments"


def names_say_what_is_inside(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Files and classes named for a role instead of their content."""
    if NAMELESS & {path.stem, *path.parts[:-1]}:
        yield 1, "name the file after what is in it"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and ROLE_NAMES.search(node.name):
            yield node.lineno, f"class {node.name}: name the thing, not its role"


def modules_stay_small(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Modules with more code lines than one can keep in mind."""
    count = len(code_lines(ROOT / path, tree))
    if count > MODULE_LINES:
        yield 1, f"{count} code lines; {MODULE_LINES} is the most"


def functions_stay_short(path: Path, tree: ast.Module) -> Iterator[Finding]:
    """Functions that do not fit one screen."""
    code = code_lines(ROOT / path, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = len(code & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
            if count > FUNCTION_LINES:
                yield (
                    node.lineno,
                    f"{node.name} has {count} code lines; {FUNCTION_LINES} is the most",
                )


def code_lines(path: Path, tree: ast.Module) -> set[int]:
    """Numbers of the lines that hold code: no blanks, no comments, no docstrings."""
    silent = {
        tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
        tokenize.ENCODING, tokenize.ENDMARKER,
    }  # fmt: skip
    with path.open("rb") as source:
        lines = {
            number
            for token in tokenize.tokenize(source.readline)
            if token.type not in silent
            for number in range(token.start[0], token.end[0] + 1)
        }
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            lines -= set(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


RULES: tuple[Rule, ...] = (
    points_down,
    foreign_stay_at_their_door,
    no_print_outside_ui,
    no_broad_except_outside_ui,
    no_keywords_passed_through,
    names_say_what_is_inside,
    modules_stay_small,
    functions_stay_short,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_house_order(rule: Rule) -> None:
    findings = [
        f"{path.as_posix()}:{line}: {message}"
        for path in modules()
        for line, message in rule(path, ast.parse((ROOT / path).read_text(encoding="utf-8")))
    ]
    assert not findings, "\n".join(["", *findings])


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (points_down, "ingest/x.py", "def f():\n    from assistant.ask import ask"),
        (points_down, "corpus/__init__.py", "import ingest.split as s"),
        (points_down, "ingest/x.py", "import importlib\nimportlib.import_module('ui.web')"),
        (foreign_stay_at_their_door, "ingest/build.py", "from llama_index.core import Settings"),
        (foreign_stay_at_their_door, "ingest/build.py", "def f():\n    import chromadb.api"),
        (foreign_stay_at_their_door, "ui/web.py", "from urllib import request"),
        (no_print_outside_ui, "eval/run.py", "print('x')"),
        (no_broad_except_outside_ui, "eval/run.py", "try:\n    f()\nexcept:\n    pass"),
        (
            no_broad_except_outside_ui,
            "ingest/x.py",
            "try:\n    f()\nexcept (OSError, Exception) as error:\n    pass",
        ),
        (no_keywords_passed_through, "ui/x.py", "def f(**options):\n    return g(1, **options)"),
        (names_say_what_is_inside, "ingest/utils.py", ""),
        (names_say_what_is_inside, "ingest/x.py", "class PassageManager: ..."),
    ],
)
def test_each_rule_finds_its_offence(rule: Rule, path: str, source: str) -> None:
    assert list(rule(Path(path), ast.parse(source)))


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (points_down, "ui/x.py", "from assistant.ask import ask\nfrom . import render"),
        (points_down, "ingest/x.py", "from .split import split\nimport ingestion"),
        (foreign_stay_at_their_door, "ui/web.py", "import gradio as gr"),
        (foreign_stay_at_their_door, "ingest/links.py", "from urllib.parse import urlsplit"),
        (no_print_outside_ui, "ui/cli.py", "print('x')"),
        (no_broad_except_outside_ui, "ingest/x.py", "try:\n    f()\nexcept OSError:\n    pass"),
        (no_keywords_passed_through, "ui/x.py", "def f(options):\n    return g(**options)"),
    ],
)
def test_each_rule_lets_the_rest_be(rule: Rule, path: str, source: str) -> None:
    assert not list(rule(Path(path), ast.parse(source)))


def test_code_lines_leave_out_words(tmp_path: Path) -> None:
    source = (
        '"""Doc.\n\nMore."""\n\n# why\nx = """a\n\nb"""\n\n\n'
        'def f():\n    """Doc."""\n    return x\n'
    )
    file = tmp_path / "x.py"
    file.write_text(source, encoding="utf-8")
    assert code_lines(file, ast.parse(source)) == {6, 7, 8, 11, 13}


def test_importing_everything_loads_nothing_heavy() -> None:
    names = [
        ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        for path in modules()
        if path.stem != "__main__"
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "", "loaded by an import alone"
