"""Markdown as people write it (READMEs, notes) and notebooks -> the same tree a page gives.

Markdown is rendered to HTML and read by the rules for pages, so that raw HTML, badges, reference
links and hidden text in it are treated as they are on a page.
"""

import re
import unicodedata
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from ingest.html_tree import keep_visible, parse

_FRONT_MATTER = re.compile(
    r"\A\ufeff?---[ \t]*\n(?=[\"'\w-]+[ \t]*:)(?:.*\n)*?(?:---|\.\.\.)[ \t]*(?:\n|\Z)"
)
_FORMULA = re.compile(
    r"\$\$[^$]+?\$\$|(?<![\\$\w])\$(?![\s$])[^$\n`]{0,300}?(?<![\s\\])\$(?![\w$])", re.DOTALL
)
# Private letters of Unicode: they pass through Markdown unchanged and mark a formula's place.
_OPEN, _CLOSE = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
_ADMONITION = re.compile(r"^([ \t]*>[ \t]*)\[!(\w+)\][ \t]*$", re.MULTILINE)
# A cell's printed output is an illustration, not a text: its beginning is enough.
_OUTPUT_LINES = 20
_OUTPUT_CHARACTERS = 2_000


def markdown_tree(text: str) -> "etree._Element | None":
    """Render Markdown into a visible tree whose headings carry GitHub's anchors.

    None for a text that shows nothing.
    """
    from markdown_it import MarkdownIt

    text = _FRONT_MATTER.sub("", text.replace("\r\n", "\n").replace("\r", "\n"), count=1)
    formulas: list[str] = []
    text = _hold_formulas(_ADMONITION.sub(_labelled, text), formulas)
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    root = parse(f"<html><body>{reader.render(text)}</body></html>")
    if root is None:
        return None
    keep_visible(root)
    _put_back(root, formulas)
    set_anchors(root)
    return root


def _labelled(match: re.Match[str]) -> str:
    """Write GitHub's mark of a remark, such as [!NOTE], as the word it shows."""
    return f"{match[1]}{match[2].capitalize()}\n{match[1]}"


def _hold_formulas(text: str, formulas: list[str]) -> str:
    """Take formulas out, since Markdown would read their underscores and stars as emphasis."""

    def hold(match: re.Match[str]) -> str:
        formulas.append(match[0])
        return f"{_OPEN}{len(formulas) - 1}{_CLOSE}"

    return _FORMULA.sub(hold, text.replace(_OPEN, "").replace(_CLOSE, ""))


def _put_back(root: "etree._Element", formulas: list[str]) -> None:
    def fill(text: str | None) -> str | None:
        return _HELD.sub(lambda match: formulas[int(match[1])], text) if text else text

    for element in root.iter():
        element.text, element.tail = fill(element.text), fill(element.tail)


def set_anchors(root: "etree._Element") -> None:
    """Give every heading the id under which GitHub reaches it; repeats get -1 and so on."""
    seen: Counter[str] = Counter()
    for heading in root.iter("h1", "h2", "h3", "h4", "h5", "h6"):
        slug = github_slug("".join(heading.itertext()))
        if slug:
            heading.set("id", f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1


def github_slug(title: str) -> str:
    """Write a heading as GitHub does in its address: lower case, hyphens, no punctuation."""
    kept = (
        letter
        for letter in title.strip().lower()
        if letter in "-_ " or unicodedata.category(letter)[0] in "LNM"
    )
    return "".join(kept).replace(" ", "-")


def notebook_markdown(text: str) -> str:
    """Write a Jupyter notebook as Markdown: its text and code in order, with printed outputs.

    Raises ValueError for what is no notebook.
    """
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about ids that older notebooks do not have
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
        return "\n\n".join(_cells(notebook))
    # nbformat trips over a file of another shape in as many ways as there are shapes.
    except (ValueError, nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        raise ValueError("not a notebook") from error


def _cells(notebook: Any) -> Iterator[str]:
    info = notebook.metadata.get("language_info") or notebook.metadata.get("kernelspec") or {}
    language = str(info.get("name") or info.get("language") or "python").lower()
    language = "python" if language.startswith(("python", "ipython")) else language
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield cell.source
        elif cell.cell_type == "code" and cell.source.strip():
            yield _fenced(language, cell.source)
            yield from (_fenced("text", shown) for shown in map(_shown, cell.outputs) if shown)


def _fenced(language: str, text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def _shown(output: dict[str, object]) -> str:
    """Return the text of one output, cut short; pictures and error reports have none."""
    data = output.get("data")
    text = output.get("text") or (data.get("text/plain") if isinstance(data, dict) else "")
    lines = _ANSI.sub("", str(text or "")).rstrip().split("\n")
    cut = "\n".join(lines[:_OUTPUT_LINES])[:_OUTPUT_CHARACTERS]
    # "<Figure size 432x288 with 1 Axes>", "[<matplotlib.lines.Line2D at 0x7f0c>]"
    if re.fullmatch(r"\[?<[\w.]+ [^\n]*>\]?", cut.strip()):
        return ""
    return cut if len(lines) <= _OUTPUT_LINES else f"{cut}\n…"


def plain_tree(text: str) -> "etree._Element":
    """Make a tree of a plain text: what is between blank lines is a paragraph."""
    body = html.Element("body")
    for part in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        if part.strip():
            paragraph = html.Element("p")
            lines = [line.strip() for line in part.strip().split("\n")]
            paragraph.text = lines[0]
            for line in lines[1:]:
                pause = html.Element("br")
                pause.tail = line
                paragraph.append(pause)
            body.append(paragraph)
    return body
