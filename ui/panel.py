"""The passage behind a citation, beside the chat: where it stands, its words, what to do with it.

Titles, headings and passages are hostile: everything here is escaped or written anew by
`ui/safe_html.py`, and the only links are our own and the addresses of citations. Pure.
"""

import re
from collections.abc import Sequence
from html import escape

from assistant.answer import Citation
from assistant.spans import Span, spans_of
from ui import markup
from ui.render import NBSP, NOTES, PATH, href, kind_words, saved_words, source_address
from ui.safe_html import marked_html
from ui.starters import about

LINK_WORDS = {
    "exact": "Open at this point",
    "heading": "Open at this heading",
    "page": "Open the page",
}
EMPTY = "Sources appear here. Choose a number in an answer to read the passage it comes from."
GONE = "This source is gone: the conversation it belongs to is no longer kept. Please ask again."
COPY_ONLY = "The page itself is gone: the link leads to a public web archive."
CHANGED = "The {} may have changed since it was saved."
EXERCISE = re.compile(r"(?:Exercise|Requirement|Deliverable)\b", re.I)
AROUND = 2  # sentences on either side of a quote
WORTH_HIDING = 80  # characters: what is less is shown at once


def panel_html(
    citation: Citation,
    passage: str,
    start: int,
    heading_path: Sequence[str] = (),
    *,
    changed: bool = False,
    section_id: str = "",
) -> str:
    """Write the panel of one citation: where it stands, the passage with its quote marked, a link.

    `start` is the offset of `passage` in its document. Without a passage the quote stands alone.
    `section_id` is the section to go to, empty for none.
    """
    first, last = citation.start - start, citation.end - start
    if 0 <= first < last <= len(passage) and passage[first:last] == citation.quote:
        body = passage_html(
            passage, first, last, hidden=bool(EXERCISE.match(last_of(heading_path)))
        )
    else:
        body = marked_html(citation.quote, 0, len(citation.quote))
    saved = saved_words(citation.as_of, citation.archived)
    heading = " › ".join(h for h in heading_path if h and h != citation.title)
    told = [kind_words(citation.kind), heading, saved]
    thing = "note" if citation.url.startswith(NOTES) else "page"
    remarks = [COPY_ONLY] * citation.archived + [CHANGED.format(thing)] * changed
    notices = "".join(f'<p class="meta">{remark}</p>' for remark in remarks)
    return (
        f'<p class="where">{words(citation.where)}</p>'
        f'<h2 tabindex="-1"><span class="number">{citation.n}</span> {words(citation.title)}</h2>'
        f'<p class="meta">{words(" · ".join(filter(None, told)))}</p>'
        f'<div class="passage" tabindex="0" role="region" aria-label="Passage">{body}</div>'
        f"{link_html(citation, section_id)}{notices}"
        f"{actions_html(citation, passage, heading_path, section_id)}"
    )


def passage_html(passage: str, first: int, last: int, *, hidden: bool = False) -> str:
    """Write the words around a quote, and the whole passage behind a disclosure when it is more.

    With `hidden`, what follows a quote is not shown at once: after a hint comes the next one.
    """
    begin, end = around(passage, first, last)
    end = last if hidden else end
    whole = marked_html(passage, first, last)
    if len(passage.strip()) - (end - begin) < WORTH_HIDING:
        return whole
    return (
        f'<div class="short">{marked_html(passage[begin:end], first - begin, last - begin)}</div>'
        '<details><summary><span class="closed">Show more of the passage</span>'
        f'<span class="opened">Show less of the passage</span></summary>{whole}</details>'
    )


def around(passage: str, first: int, last: int) -> tuple[int, int]:
    """Find where the context of a quote begins and ends: a few sentences, or the whole block.

    Code and tables are shown whole when the quote stands in them, and are no context otherwise.
    """
    spans = spans_of(passage)
    inside = [n for n, span in enumerate(spans) if span.end > first and span.start < last]
    if not inside:
        return 0, len(passage)
    low, high = inside[0], inside[-1]
    before = context(list(reversed(spans[:low])))
    after = context(spans[high + 1 :])
    begin = line_start(passage, spans[low - before])
    return min(begin, first), max(spans[high + after].end, last)


def context(spans: Sequence[Span]) -> int:
    """Count the sentences next to a quote, nearest first, that belong to its context."""
    prose = [span.kind not in ("code", "table") for span in spans[:AROUND]]
    return prose.index(False) if False in prose else len(prose)


def line_start(passage: str, span: Span) -> int:
    """Give where a span begins; for the first of a list item, where its bullet does."""
    line = passage.rfind("\n", 0, span.start) + 1
    bulleted = span.kind in ("item", "ordered") and span.start - line < 12
    return line if bulleted else span.start


def link_html(citation: Citation, section_id: str) -> str:
    """Write the one link, whose words say how exactly it leads to the quote."""
    address = source_address(citation)
    link = href(address) or href(citation.url)
    if not link:
        return ""
    told = LINK_WORDS.get(citation.link_precision, LINK_WORDS["page"])
    place = ""
    if address.startswith(PATH):
        told = "Open the section"
        place = f' data-section="{escape(section_id)}"' if section_id else ""
    elif address.startswith(NOTES):
        told = told.replace("the page", "the note")
    return (
        f'<p><a class="open" href="{escape(link)}" target="_blank"{place}'
        f' rel="noopener noreferrer">{told}{NBSP}↗</a></p>'
    )


def actions_html(
    citation: Citation, passage: str, heading_path: Sequence[str], section_id: str
) -> str:
    """Write what can be done with a passage: ask about its heading, go to its section."""
    on_path = citation.url.startswith(PATH)
    heading = last_of(heading_path) or citation.title
    question = "" if on_path else about(heading, passage)
    ask = f'<button type="button" data-ask="{escape(question)}">Ask about this</button>'
    go = (
        f'<a href="/read/{escape(section_id)}" data-section="{escape(section_id)}" target="_blank"'
        ' rel="noopener noreferrer">Go to section</a>'
    )
    parts = (ask if question else "", go if section_id and not on_path else "")
    return f'<p class="acts">{"".join(parts)}</p>' if any(parts) else ""


def last_of(heading_path: Sequence[str]) -> str:
    """Give the heading that a passage stands under; empty for none."""
    return next((heading for heading in reversed(heading_path) if heading.strip()), "")


def sheet(content: str) -> str:
    """Wrap the panel's content with the button that closes it on a phone."""
    close = '<button type="button" class="close" aria-label="Close the source">×</button>'
    return f'<div class="sheet reading" role="region" aria-label="Source">{close}{content}</div>'


def gone_html() -> str:
    """Write what stands in the place of a source that is not there any more."""
    return sheet(f'<h2 tabindex="-1">Source</h2><p class="empty">{GONE}</p>')


def empty_html() -> str:
    """Write the panel before any source was chosen."""
    return f'<div class="sheet"><p class="empty">{EMPTY}</p></div>'


def words(text: str) -> str:
    """Write words on one line as HTML, none of them as markup."""
    return escape(markup.one_line(text))
