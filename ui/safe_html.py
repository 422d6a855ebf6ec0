"""Hostile Markdown to safe HTML, with a quote marked in it; pure.

Only the tags written here exist in the result, and every word in it is escaped.
"""

import re
from collections.abc import Iterator, Sequence
from html import escape

from markdown_it.tree import SyntaxTreeNode

from ui.markup import (
    Run,
    clean,
    first_number,
    one_line,
    parse,
    runs,
    safe_language,
    table_rows,
    words,
)

LONGEST = 300  # characters of a title or reason

# A quote's ends travel through the parser as these two; `clean` keeps them out of any input.
_BEGIN, _END = "\ue000", "\ue001"
# A mark must begin and end inside a line's words, or it would break a list, table or fence.
_LEAD = re.compile(r"(?:\s|(?:`{3,}|~{3,})[^\n]*\n|#{1,6}\s|>|[-*+]\s|\d{1,9}[.)]\s|\|)*")
_TAIL = re.compile(r"(?:\s|\||`{3,}|~{3,})*\Z")
_TAG = re.compile(r"(<[^>]+>)")


def text(line: str, longest: int = LONGEST) -> str:
    """Write words on one line as HTML, none of them as markup."""
    line = one_line(line)
    return escape(line if len(line) <= longest else f"{line[:longest].rstrip()}…")


def with_code(line: str, longest: int = LONGEST) -> str:
    """Write words as `text` does; what stands between backticks is to be typed."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text(line, longest))


def safe_html(text: str, anchors: Sequence[str | None] = ()) -> str:
    """Write Markdown as HTML; headings get `anchors` as ids, in order."""
    return _write(parse(clean(text)), iter(anchors))


def marked_html(text: str, start: int, end: int) -> str:
    """Write Markdown as HTML with the words from `start` to `end` in `<mark>`.

    Headings become bold paragraphs, so that a passage does not disturb the headings around it.
    """
    before, quote, after = (clean(part) for part in (text[:start], text[start:end], text[end:]))
    lead, tail = _LEAD.match(quote), _TAIL.search(quote)
    first, last = (lead.end() if lead else 0), (tail.start() if tail else len(quote))
    if first >= last:
        return _write(parse(before + quote + after), None)
    marked = f"{before}{quote[:first]}{_BEGIN}{quote[first:last]}{_END}{quote[last:]}{after}"
    html = _write(parse(marked), None)
    if html.count(_BEGIN) == html.count(_END) == 1:
        return _place_marks(html)
    # An end fell into what is not shown (a link's address, an image): show the source as it is.
    return f"<p>{escape(before)}<mark>{escape(quote)}</mark>{escape(after)}</p>"


def _place_marks(html: str) -> str:
    """Turn the two marks into `<mark>` around every stretch of words between them."""
    written, inside = [], False
    for part in _TAG.split(html):
        if part.startswith("<"):
            written.append(part)
            continue
        for piece in re.split(f"([{_BEGIN}{_END}])", part):
            if piece in (_BEGIN, _END):
                inside = piece == _BEGIN
            elif inside and piece.strip():
                written.append(f"<mark>{piece}</mark>")
            else:
                written.append(piece)
    return "".join(written)


def _write(node: SyntaxTreeNode, anchors: Iterator[str | None] | None) -> str:
    """Write one block and what is in it; without `anchors`, headings are bold paragraphs."""
    match node.type:
        case "paragraph":
            line = _line(node)
            return line if node.hidden else f"<p>{line}</p>"
        case "heading":
            return _heading(node, anchors)
        case "fence" | "code_block":
            language = safe_language(node.info)
            named = f' class="language-{language}"' if language else ""
            # A code block can be scrolled sideways, so it must be reachable by keyboard.
            return f'<pre tabindex="0"><code{named}>{escape(node.content)}</code></pre>'
        case "table":
            return _table(node)
        case "ordered_list":
            return f'<ol start="{first_number(node)}">{_all(node, anchors)}</ol>'
        case "bullet_list" | "list_item" | "blockquote":
            tag = {"bullet_list": "ul", "list_item": "li"}.get(node.type, node.type)
            return f"<{tag}>{_all(node, anchors)}</{tag}>"
        case "root":
            return _all(node, anchors)
        case _:
            return ""


def _all(node: SyntaxTreeNode, anchors: Iterator[str | None] | None) -> str:
    return "".join(_write(child, anchors) for child in node.children)


def _line(node: SyntaxTreeNode) -> str:
    return "".join(_run(run) for run in runs(words(node)))


def _run(run: Run) -> str:
    match run.kind:
        case "code":
            return f"<code>{escape(run.text)}</code>"
        case "strong" | "em":
            return f"<{run.kind}>{''.join(map(_run, run.inside))}</{run.kind}>"
        case _:  # words, and formulas as their source
            return escape(run.text)


def _heading(node: SyntaxTreeNode, anchors: Iterator[str | None] | None) -> str:
    if anchors is None:
        return f"<p><strong>{_line(node)}</strong></p>"
    anchor = next(anchors, None)
    named = f' id="{escape(anchor)}"' if anchor else ""
    return f"<{node.tag}{named}>{_line(node)}</{node.tag}>"


def _table(node: SyntaxTreeNode) -> str:
    head, *body = [[_line(cell) for cell in row] for row in table_rows(node)]
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in body)
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<div class="wide" tabindex="0">{table}</div>'
