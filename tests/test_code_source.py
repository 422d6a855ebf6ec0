"""Source code as a document: a heading for each definition that leads to its lines."""

import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.code_source import language_of, title_of, write_code

PYTHON = '''"""Module."""
import os


# Says hello.
@decorated
def greet(name):
    """
class Fake:
    """
    return name


LIMIT = 3

async def later(): ...
class Small:
    def method(self): ...


if __name__ == "__main__":
    greet("x")
'''


def outline(text: str, language: str) -> list[tuple[int, str, str | None]]:
    written, headings = write_code(text, language)
    for heading in headings:
        line = written[heading.start :].partition("\n")[0]
        assert line == f"{'#' * heading.level} {heading.text}"
    return [(heading.level, heading.text, heading.anchor) for heading in headings]


def test_python_is_told_by_its_definitions() -> None:
    assert outline(PYTHON, "python") == [
        (2, "function greet", "L5-L11"),
        (2, "lines 14–14", "L14"),
        (2, "function later", "L16"),
        (2, "class Small", "L17-L18"),
        (2, "main program", "L21-L22"),
    ]
    written, _ = write_code(PYTHON, "python")
    assert written.startswith('```python\n"""Module."""\nimport os\n```\n\n## function greet\n\n')
    assert "```python\n# Says hello.\n@decorated\ndef greet(name):" in written


def test_a_long_class_is_told_by_its_methods() -> None:
    body = "".join(f"    x{number} = {number}\n" for number in range(50))
    source = f"class Long(Base):\n{body}\n    def a(self):\n        pass\n\n    @property\n" + (
        "    def b(self):\n" + "        x = 1\n" * 20
    )
    assert outline(source, "python") == [
        (2, "class Long", "L1-L51"),
        (3, "Long.a", "L53-L54"),
        (3, "Long.b", "L56-L77"),
    ]


@pytest.mark.parametrize(
    ("language", "source", "titles"),
    [
        ("python", "print 'two'\ndef old():\n    pass\n", ["function old"]),
        ("go", "package main\n\nfunc (s *T) Run() {\n}\n\ntype T struct {\n}\n",
         ["function Run", "type T"]),
        ("javascript", "export default async function load() {\n}\nclass A extends B {\n}\n",
         ["function load", "class A"]),
        ("rust", "pub(crate) fn go() {}\nimpl Thing {\n}\n", ["function go", "impl Thing"]),
        ("r", "fit <- function(x) {\n}\n", ["function fit"]),
        ("sql", "CREATE TABLE IF NOT EXISTS items (id int);\ncreate index by_id on items;\n",
         ["table items", "index by_id"]),
        ("hcl", 'resource "aws_instance" "web" {\n}\n', ["resource aws_instance"]),
        ("protobuf", "message Query {\n}\n", ["message Query"]),
        ("yaml", "class: x\ndef y\n", []),
        ("java", "// A note.\npublic final class Box {\n  class Inner {}\n}\n", ["class Box"]),
    ],
)  # fmt: skip
def test_other_languages_are_told_by_their_margin(
    language: str, source: str, titles: list[str]
) -> None:
    assert [title for _, title, _ in outline(source, language)] == titles


def test_comments_above_a_definition_belong_to_it() -> None:
    source = "package a\n\n// Run runs.\nfunc Run() {\n}\n"
    assert outline(source, "go") == [(2, "function Run", "L3-L5")]


def test_fences_are_longer_than_those_in_the_code() -> None:
    written, _ = write_code('x = """\n```\nnot the end\n```\n"""\n', "python")
    assert written.startswith("````python\n")
    assert written.endswith("\n````")


def test_what_shows_nothing_is_taken_out() -> None:
    written, _ = write_code("a = 1  # \u202eevil\u200b\r\nb = 2\r", "python")
    assert written == "```python\na = 1  # evil\nb = 2\n```"


@pytest.mark.parametrize("source", ["", "\n\n", " \t\n"])
def test_an_empty_file_is_an_empty_text(source: str) -> None:
    assert write_code(source, "python") == ("", ())


@pytest.mark.parametrize(
    "source",
    ["(" * 50_000, "-" * 100_000 + "1", "x = \x00", "a." * 60_000 + "b", "if x:\n" * 300,
     "class " * 50_000, "export " * 50_000, "def (" * 20_000],
)  # fmt: skip
def test_hostile_code_neither_trips_nor_stalls(source: str) -> None:
    began = time.perf_counter()
    for language in ("python", "go"):
        write_code(source, language)
    assert time.perf_counter() - began < 5


LINES = st.sampled_from(
    ["def f():", "class C:", "    def m(self):", "        pass", "@d", "# c", "", "x = 1", "'''",
     "func g() {", "}", "if __name__ == '__main__':", "```", "## no heading"]
)  # fmt: skip


@given(st.lists(LINES, max_size=90), st.sampled_from(["python", "go", "yaml"]))
def test_every_line_stands_once_and_in_order(lines: list[str], language: str) -> None:
    written, headings = write_code("\n".join(lines), language)
    marks = re.compile(r"(`{3,})" + language)
    shown: list[str] = []
    fence = ""
    for line in written.split("\n"):
        if not fence and (opened := marks.fullmatch(line)):
            fence = opened[1]
        elif fence and line == fence:
            fence = ""
        elif fence:
            shown.append(line)
    assert [line for line in shown if line] == [line for line in lines if line]
    spans = [tuple(map(int, re.findall(r"[0-9]+", heading.anchor or ""))) for heading in headings]
    assert all(1 <= span[0] <= span[-1] <= len(lines) for span in spans)
    assert all(one[-1] < other[0] for one, other in pairwise(spans))


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/train.py", "python"), ("A.R", "r"), ("Dockerfile", "dockerfile"), ("x.yml", "yaml"),
        ("README.md", ""), ("data.csv", ""), ("LICENSE", ""), ("picture.png", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_language_is_known_by_the_name(path: str, language: str) -> None:
    assert language_of(path) == language


def test_a_file_is_named_with_its_folder() -> None:
    assert title_of("/o/r/blob/main/mnist/main.py") == "mnist/main.py"
    assert title_of("main.py") == "main.py"
