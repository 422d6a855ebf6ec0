"""Source code -> Markdown: a heading for every definition, its lines in a fence.

The anchors are those by which GitHub reaches lines (#L10-L42). Python is read by its own parser,
other languages by the lines at the left margin that open a definition.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.extract import Heading
from ingest.html_tree import visible
from ingest.markdown_code import fence

_LANGUAGES = {
    ".py": "python", ".pyi": "python", ".pyx": "cython", ".r": "r", ".jl": "julia",
    ".js": "javascript", ".mjs": "javascript", ".jsx": "jsx", ".ts": "typescript", ".tsx": "tsx",
    ".java": "java", ".kt": "kotlin", ".scala": "scala", ".go": "go", ".rs": "rust", ".c": "c",
    ".h": "c", ".cc": "cpp", ".cpp": "cpp", ".cu": "cuda", ".hpp": "cpp", ".cs": "csharp",
    ".swift": "swift", ".rb": "ruby", ".php": "php", ".lua": "lua", ".m": "matlab",
    ".sh": "bash", ".bash": "bash", ".sql": "sql", ".proto": "protobuf", ".tf": "hcl",
    ".yaml": "yaml", ".yml": "yaml", ".toml": "toml", ".ini": "ini", ".cfg": "ini",
}  # fmt: skip
_NAMES = {"dockerfile": "dockerfile", "makefile": "makefile", "dvcfile": "yaml"}

# Definitions at the left margin, in the languages above that have them: what opens with one of
# these words and names something.
_DEFINITION = re.compile(
    r"(?:(?:export|default|public|private|protected|static|final|abstract|async|pub(?:\(\w+\))?"
    r"|sealed|case|open|data|unsafe)\s+)*"
    r"(?P<kind>class|interface|struct|enum|trait|impl|object|module|record|message|service|def|func"
    r"|fun|fn|function|resource)\b\s*(?:\([^)]*\)\s*)?[\"']?(?P<name>[A-Za-z_][\w.:]*)"
    r"|(?P<bound>[A-Za-z_.][\w.]*)\s*(?:<-|=)\s*function\b"
    r"|type\s+(?P<type>[A-Za-z_]\w*)\s+(?:struct|interface)\b"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?P<made>TABLE|VIEW|FUNCTION|INDEX|EXTENSION)\s+"
    r"(?:IF\s+NOT\s+EXISTS\s+)?(?P<sql>[\w.]+)",
    re.IGNORECASE,
)
_WORDS = {"def": "function", "func": "function", "fun": "function", "fn": "function"}
# A class of more lines is told method by method; shorter ones are read whole.
_LONG_CLASS = 60
_HASH_COMMENTS = ("python", "cython", "r", "julia", "ruby", "bash", "yaml", "toml", "hcl")


@dataclass(frozen=True, slots=True)
class _Part:
    """Lines `first` to `last` of a file, both counted from 1, under a title (may be empty)."""

    level: int
    title: str
    first: int
    last: int


def language_of(path: str) -> str:
    """Name the language of a source file by its name, as a fence does; empty for other files."""
    name = PurePosixPath(path)
    return _LANGUAGES.get(name.suffix.lower(), _NAMES.get(name.name.lower(), ""))


def title_of(path: str) -> str:
    """Name a source file by its folder and its own name: there are many files named main.py."""
    return "/".join(path.strip("/").split("/")[-2:])


def write_code(text: str, language: str) -> tuple[str, tuple[Heading, ...]]:
    """Write source code as Markdown whose headings have anchors such as L10-L42.

    Every line that is not blank stands in exactly one fence, in order. Headings are of level 2,
    those of the methods of a long class of level 3.
    """
    lines = [visible(line) for line in re.split(r"\r\n?|\n", text)]
    blocks: list[str] = []
    headings: list[Heading] = []
    length = 0
    for part in _parts(lines, language):
        code = "\n".join(line.rstrip() for line in lines[part.first - 1 : part.last]).strip("\n")
        if not code.strip():
            continue
        if part.title:
            anchor = f"L{part.first}-L{part.last}" if part.last > part.first else f"L{part.first}"
            headings.append(Heading(part.level, part.title, anchor, length))
            blocks.append(f"{'#' * part.level} {part.title}")
            length += len(blocks[-1]) + 2
        blocks.append(fence(language, code))
        length += len(blocks[-1]) + 2
    return "\n\n".join(blocks), tuple(headings)


def _parts(lines: Sequence[str], language: str) -> Iterator[_Part]:
    """Cut a file at its definitions; what stands between them is told by its lines."""
    found = list(_definitions(lines, language))
    done = 0
    for part in found:
        if part.first > done + 1:
            yield _between(lines, done + 1, part.first - 1, whole=not done)
        yield part
        done = part.last
    if done < len(lines):
        yield _between(lines, done + 1, len(lines), whole=not done)


def _between(lines: Sequence[str], first: int, last: int, *, whole: bool) -> _Part:
    """Name lines outside of definitions; the head of a file needs no name."""
    while first < last and not lines[first - 1].strip():
        first += 1
    last = _filled(lines, first, last)
    if whole:
        return _Part(2, "", first, last)
    main = lines[first - 1].startswith("if __name__")
    return _Part(2, "main program" if main else f"lines {first}–{last}", first, last)


def _filled(lines: Sequence[str], first: int, last: int) -> int:
    """Return the last line that is not blank."""
    while last > first and not lines[last - 1].strip():
        last -= 1
    return last


def _definitions(lines: Sequence[str], language: str) -> Iterator[_Part]:
    if language == "python":
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about escapes in other people's strings
                tree = ast.parse("\n".join(lines))
        # Python 2, a template, or an attack on the parser: read by its margin like the others.
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            pass
        else:
            yield from _python(tree, lines)
            return
    if language not in ("yaml", "toml", "ini", "dockerfile", "makefile"):
        yield from _by_margin(lines, language)


def _python(tree: ast.Module, lines: Sequence[str]) -> Iterator[_Part]:
    done = 0
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            done = node.end_lineno or node.lineno
            continue
        last = node.end_lineno or node.lineno
        first = max(_first_line(node, lines), done + 1)
        if first > last:  # a second definition on the line of the first
            continue
        if isinstance(node, ast.ClassDef) and last - first >= _LONG_CLASS:
            yield from _methods(node, lines, first, last)
        else:
            kind = "class" if isinstance(node, ast.ClassDef) else "function"
            yield _Part(2, f"{kind} {node.name}", first, last)
        done = last


def _methods(node: ast.ClassDef, lines: Sequence[str], first: int, last: int) -> Iterator[_Part]:
    """Cut a long class into its head and its methods; attributes between them go with the next."""
    marks = [
        (max(_first_line(child, lines), first + 1), child.name)
        for child in node.body
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    title = f"class {node.name}"
    level = 2
    for line, name in marks:
        if line > first:
            yield _Part(level, title, first, _filled(lines, first, line - 1))
            first = line
        title, level = f"{node.name}.{name}", 3
    yield _Part(level, title, first, last)


def _first_line(
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]
) -> int:
    """Find where a definition begins: at its decorators, and the comments right above them."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return _above(lines, first, ("#",))


def _above(lines: Sequence[str], first: int, marks: tuple[str, ...]) -> int:
    while first > 1 and lines[first - 2].lstrip().startswith(marks):
        first -= 1
    return first


def _by_margin(lines: Sequence[str], language: str) -> Iterator[_Part]:
    marks = ("#",) if language in _HASH_COMMENTS else ("//", "/*", "*", " *", "--", "@", "#[")
    starts: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        found = _DEFINITION.match(line) if line[:1].strip() else None
        if found:
            first = _above(lines, number, marks)
            starts.append((max(first, starts[-1][0] + 1 if starts else 1), _title(found)))
    ends = [first - 1 for first, _ in starts[1:]] + [len(lines)]
    for (first, title), last in zip(starts, ends, strict=False):
        yield _Part(2, title, first, _filled(lines, first, last))


def _title(found: re.Match[str]) -> str:
    if found["name"]:
        kind = found["kind"].lower()
        return f"{_WORDS.get(kind, kind)} {found['name']}"
    if found["made"]:
        return f"{found['made'].lower()} {found['sql']}"
    return f"type {found['type']}" if found["type"] else f"function {found['bound']}"
