"""An Answer as the chat shows it, as a terminal prints it, as Markdown to copy and as JSON; pure.

All text of sentences, quotes and titles is hostile: it goes through `ui/markup.py`, and the only
links written are our own and the addresses of citations.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from assistant.answer import Answer, Citation, Sentence
from ui import formulas, markup

if TYPE_CHECKING:
    from assistant.ask import SearchResult
    from assistant.retrieve import Hit

SCHEMA = 1
NBSP = "\u00a0"
NOTES = "studypath://notes/"
PATH = "studypath://path#"
ADDED = "studypath://added/"

KINDS = {
    "article": "Article",
    "github": "Repository",
    "notebook": "Notebook",
    "video": "Video",
    "paper": "Paper",
    "note": "studypath note",
    "path": "Your learning path",
    "document": "Document",
}
VERDICTS = {"weak": "◐ partly", "unsupported": "○ no source"}
MARKS_EXPLAINED = (
    "◐ partly: the source says only part of this. ○ no source: no passage supports this."
)
REFUSALS = {
    "off_path": "This lies outside your learning path.",
    "not_covered": "Your path does not cover this.",
    "flagged_only": "Only material that was flagged as unsafe speaks of this.",
    "unclear": "Please say a little more about what you would like to know.",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FLAGGED_TEXT = 120  # characters: enough to see what a flagged passage is about
# What a refusal tells to type can be done in a place of the page.
PLACED = (
    (" with `studypath add`", " in Sources"),
    ("`studypath sources --flagged` lists them", "Sources lists them"),
)
# A command of ours in a refusal, as `markup.escape` leaves it.
COMMAND = re.compile(r"\\`(studypath [a-z -]+)\\`")
TERMINAL_QUOTE = 280  # characters: about three lines of a terminal; `--json` has the whole quote


class Form(NamedTuple):
    """How sentences are written: one on a line, and blocks of code, tables and lists."""

    line: Callable[[str], str]
    blocks: Callable[[str], str]


MARKDOWN = Form(markup.safe_line, markup.safe_blocks)
PAGE = Form(markup.marked_line, markup.marked_blocks)
PLAIN = Form(markup.plain_line, markup.plain_blocks)


def href(address: str) -> str | None:
    """Give the link for the page: a web address as it is, what is ours at `/read/`, else None."""
    own = own_place(address)
    if own:
        place_id, anchor = own
        shelf = "added-" if address.startswith(ADDED) else ""
        # Anchors come encoded; a second time they would lead nowhere.
        anchor = quote(anchor, "%/:~=,&")
        return f"/read/{shelf}{quote(place_id)}" + (f"#{anchor}" if anchor else "")
    address = markup.one_line(address)
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]")


def own_place(address: str) -> tuple[str, str] | None:
    """Give the id and anchor of an address in our notes, the path or what was added, else None."""
    for prefix in (NOTES, PATH, ADDED):
        if address.startswith(prefix):
            section_id, _, anchor = address.removeprefix(prefix).partition("#")
            return (section_id, anchor) if re.fullmatch(r"[\w-]+", section_id) else None
    return None


def terminal_link(address: str) -> str:
    """Give the address as a terminal shows it; what is ours has no address, only a place."""
    own = own_place(address)
    if not own:
        return markup.one_line(address)
    section_id, anchor = own
    shelf = re.split("[/#]", address.removeprefix("studypath://"), maxsplit=1)[0]
    heading = f" › {anchor.replace('-', ' ')}" if anchor else ""
    return markup.one_line(f"{shelf}: {section_id}{heading}")


def source_address(citation: Citation) -> str:
    """Give the address a citation leads to; a section of the path is a place, not a page."""
    on_path = citation.url.startswith(PATH)
    return citation.url if on_path else citation.deep_link or citation.url


def kind_words(kind: str) -> str:
    """Name a kind for people; the path's own kinds are words already."""
    return KINDS.get(kind, kind.capitalize())


def place(section_id: str, places: Mapping[str, str]) -> str:
    """Give a section's place in words, or its id when the path does not know it."""
    return places.get(section_id, section_id)


def date_words(stamp: str) -> str:
    """Write an ISO 8601 time as "14 Nov 2026"; empty for anything else."""
    found = re.match(r"(\d{4})-(\d{2})-(\d{2})", stamp)
    if not found or not 1 <= int(found[2]) <= 12:
        return ""
    return f"{int(found[3])} {MONTHS[int(found[2]) - 1]} {found[1]}"


def saved_words(as_of: str, archived: bool) -> str:
    """Say from when a text is: "saved 14 Nov 2026", or "archived copy of …"; may be empty."""
    day = date_words(as_of)
    if archived:
        return f"archived copy of {day}" if day else "archived copy"
    return f"saved {day}" if day else ""


# ── Markdown ────────────────────────────────────────────────────────────────────────────────────


def chat_markdown(answer: Answer, message_id: str, places: Mapping[str, str]) -> str:
    """Write an answer for the chat; `[1](#cite-<message id>-1 "Source 1: …")` opens a source."""
    titles = {c.n: _named(c) for c in answer.citations}

    def chip(n: int) -> str:
        if n not in titles:
            return ""
        title = _attribute(f"Source {n}: {titles[n]}")
        return f'{NBSP}[{n}](#cite-{message_id}-{n} "{title}")'

    if answer.refused:
        told = replace(answer, message=_placed(refusal_words(answer)))
        return _refusal(told, lambda s: f"[{markup.escape(place(s, places))}](/read/{quote(s)})")
    parts = [f"*{markup.escape(answer.message)}*"] if answer.message else []
    parts += _paragraphs(answer, PAGE, lambda s: _chips(s, chip) + _verdict_tag(s), fold=True)
    if any(sentence.verdict in VERDICTS for sentence in answer.sentences):
        parts.append(
            f"<details><summary>What do the marks mean?</summary>{MARKS_EXPLAINED}</details>"
        )
    return formulas.on_page("\n\n".join(parts))


def _placed(words: str) -> str:
    """Name the place of the page that does what a command does."""
    for command, done in PLACED:
        words = words.replace(command, done)
    return words


def _named(citation: Citation) -> str:
    copy = saved_words(citation.as_of, True) if citation.archived else ""
    return ", ".join(filter(None, (citation.title, copy)))


def plain_markdown(answer: Answer) -> str:
    """Write an answer as Markdown with `[1]` markers and no links."""
    if answer.refused:
        return _refusal(answer, markup.escape)
    known = {c.n for c in answer.citations}
    return "\n\n".join(_paragraphs(answer, MARKDOWN, lambda s: _markers(s, known)))


def copy_markdown(answer: Answer) -> str:
    """Write an answer as Markdown to paste elsewhere, its sources with links below."""
    references = []
    for citation in answer.citations:
        link = href(source_address(citation))
        title = markup.escape(citation.title)
        # Angle brackets hold an address that has parentheses; `href` lets no bracket through.
        named = f"[{title}](<{link}>)" if link and link.startswith("http") else title
        copy = saved_words(citation.as_of, True) if citation.archived else ""
        about = [named, markup.escape(citation.where), copy]
        references.append(f"- \\[{citation.n}\\] {', '.join(filter(None, about))}")
    return "\n\n".join(filter(None, (plain_markdown(answer), "\n".join(references))))


def _attribute(text: str) -> str:
    """Write text for a link's title: everything but plain characters as character references."""
    return re.sub(r"[^\w ,.:;–—-]", lambda m: f"&#{ord(m[0])};", markup.one_line(text))


def _chips(sentence: Sentence, chip: Callable[[int], str]) -> str:
    return "".join(map(chip, sentence.citations))


def _markers(sentence: Sentence, known: set[int]) -> str:
    return "".join(f" [{n}]" for n in sentence.citations if n in known)


def _verdict_tag(sentence: Sentence) -> str:
    words = VERDICTS.get(sentence.verdict)
    return f'{NBSP}<span class="verdict {sentence.verdict}">{words}</span>' if words else ""


def _paragraphs(
    answer: Answer, form: Form, ending: Callable[[Sentence], str], *, fold: bool = False
) -> list[str]:
    """Join sentences that belong together; code, tables and lists stand apart.

    With `fold` a list of one source names it once, after its last item.

    Sentences that were taken from different sources do not follow from one another, so an answer
    of quotes begins a new paragraph where its sources change.
    """
    parts: list[str] = []
    before: Sentence | None = None
    following = (*answer.sentences[1:], None)
    for sentence, after in zip(answer.sentences, following, strict=False):
        if sentence.block:
            mark = "" if fold and _same_list(sentence, after) else ending(sentence)
            text = _with_ending(form.blocks(sentence.text), mark)
            goes_on = before is not None and before.block and _is_item(parts[-1]) and _is_item(text)
            joint = "\n"
        else:
            text = (form.line(sentence.text) + ending(sentence)).strip()
            goes_on = before is not None and not before.block
            goes_on = goes_on and not _begins_anew(answer, before, sentence)
            joint = " "
        if not text:
            continue
        parts = [*parts[:-1], f"{parts[-1]}{joint}{text}"] if goes_on else [*parts, text]
        before = sentence
    return parts


def _begins_anew(answer: Answer, before: Sentence | None, after: Sentence) -> bool:
    shared = set(before.citations) & set(after.citations) if before else set()
    return answer.engine == "extractive" and not shared


def _same_list(item: Sentence, after: Sentence | None) -> bool:
    """Say whether a list goes on with the same sources."""
    if after is None or not after.block:
        return False
    same = (item.citations, item.verdict) == (after.citations, after.verdict)
    return same and _is_item(item.text) and _is_item(after.text)


def _is_item(block: str) -> bool:
    return bool(re.match(r"(- |\d+\. )", block))


def _with_ending(block: str, ending: str) -> str:
    """Put chips after a block: on its last line, or below when that is code or a table's row."""
    last = block.rpartition("\n")[2]
    if ending and re.match(r"\s*(```|\|)| {4}", last):
        return f"{block}\n\n{ending.strip()}"
    return f"{block}{ending}".strip("\n")


def _refusal(answer: Answer, link: Callable[[str], str]) -> str:
    nearest = "\n".join(f"- {link(section)}" for section in answer.nearest_sections[:3])
    below = f"\n\nNearest in your path:\n\n{nearest}" if nearest else ""
    return COMMAND.sub(r"`\1`", markup.escape(refusal_words(answer))) + below


def refusal_words(answer: Answer) -> str:
    """Give the one sentence that says why there is no answer."""
    return answer.message or REFUSALS.get(answer.reason or "", REFUSALS["not_covered"])


# ── Terminal ────────────────────────────────────────────────────────────────────────────────────


def terminal_text(answer: Answer, places: Mapping[str, str]) -> str:
    """Write an answer as plain text: the sentences, then the numbered sources."""
    if answer.refused:
        nearest = [f"  - {place(section, places)}" for section in answer.nearest_sections[:3]]
        lines = [markup.one_line(refusal_words(answer))]
        return "\n".join(lines + (["", "Nearest in your path:", *nearest] if nearest else []))
    remark = [markup.one_line(answer.message)] if answer.message else []
    known = {c.n for c in answer.citations}
    said = _paragraphs(answer, PLAIN, lambda sentence: _terminal_ending(sentence, known))
    sources = [_terminal_source(citation) for citation in answer.citations]
    marked = any(sentence.verdict in VERDICTS for sentence in answer.sentences)
    return "\n\n".join((*remark, *said, *([MARKS_EXPLAINED] if marked else []), *sources))


def _terminal_ending(sentence: Sentence, known: set[int]) -> str:
    verdict = VERDICTS.get(sentence.verdict)
    return _markers(sentence, known) + (f" ({verdict})" if verdict else "")


def _terminal_source(citation: Citation) -> str:
    saved = saved_words(citation.as_of, citation.archived)
    about = [kind_words(citation.kind), citation.where, saved]
    return "\n".join(
        (
            f"[{citation.n}] {markup.one_line(citation.title)}",
            "    " + markup.one_line(" · ".join(filter(None, about))),
            f"    “{_shortened(citation.quote)}”",
            f"    {terminal_link(source_address(citation))}",
        )
    )


def _hit_link(hit: "Hit") -> str:
    from assistant.cite import passage_link

    return passage_link(hit.entry)[0]


def opening(text: str) -> str:
    """Give the first characters of a flagged text on one line, without what nobody sees."""
    return markup.one_line(text[: 4 * FLAGGED_TEXT])[:FLAGGED_TEXT]


def _shortened(text: str) -> str:
    words = " ".join(markup.plain_blocks(text).split())
    if len(words) <= TERMINAL_QUOTE:
        return words
    return words[:TERMINAL_QUOTE].rsplit(" ", 1)[0] + " …"


def terminal_hits(result: "SearchResult") -> str:
    """Write a search's hits as plain text, best first."""
    if not result.found.hits:
        return "Nothing found."
    return "\n\n".join(_terminal_hit(n, hit) for n, hit in enumerate(result.found.hits, 1))


def _terminal_hit(number: int, hit: "Hit") -> str:
    entry = hit.entry
    heading = " › ".join(h for h in entry.passage.heading_path if h != entry.title)
    found = f"{hit.score:.3f} by {' and '.join(hit.found_by)}"
    copy = saved_words(entry.fetched_at, True) if entry.archived else ""
    flag = entry.passage.flag and f"kept out of answers: {entry.passage.flag}"
    about = " · ".join(filter(None, (kind_words(entry.kind), heading, copy, found, flag)))
    return "\n".join(
        (
            f"{number}. {markup.one_line(entry.title)}",
            f"    {markup.one_line(about)}",
            f"    “{_shortened(entry.passage.text)}”",
            f"    {terminal_link(_hit_link(hit))}",
        )
    )


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def answer_json(answer: Answer, id: object = None) -> dict[str, object]:
    """Write an answer as the object of the `studypath ask` contract."""
    words = refusal_words(answer)
    return {
        "schema": SCHEMA,
        "id": id,
        "question": answer.question,
        "asked": answer.asked or answer.question,
        "answer": words if answer.refused else plain_markdown(answer),
        "refused": answer.refused,
        "reason": answer.reason,
        "message": words if answer.refused else answer.message,
        "nearest_sections": list(answer.nearest_sections),
        "sections": list(answer.sections),
        "sentences": [
            {
                "text": sentence.text,
                "citations": list(sentence.citations),
                "verdict": sentence.verdict,
                "relevance": round(sentence.relevance, 4),
            }
            for sentence in answer.sentences
        ],
        "citations": [citation_json(citation) for citation in answer.citations],
        "engine": answer.engine,
        "model": answer.model,
        "timings_ms": {
            "retrieve": round(answer.timings.retrieve, 2),
            "answer": round(answer.timings.answer, 2),
            "verify": round(answer.timings.verify, 2),
            "total": round(answer.timings.total, 2),
        },
    }


def citation_json(citation: Citation) -> dict[str, object]:
    """Write a citation as one object."""
    return {
        "n": citation.n,
        "passage_id": citation.passage_id,
        "quote": citation.quote,
        "title": citation.title,
        "kind": citation.kind,
        "url": citation.url,
        "deep_link": citation.deep_link,
        "section_ids": list(citation.section_ids),
        "where": citation.where,
        "start": citation.start,
        "end": citation.end,
        "link_precision": citation.link_precision,
        "as_of": citation.as_of,
        "archived": citation.archived,
    }


def search_json(result: "SearchResult", id: object = None) -> dict[str, object]:
    """Write a search's hits as the object of the `studypath search` contract."""
    found = result.found
    return {
        "schema": SCHEMA,
        "id": id,
        "query": result.query,
        "hits": [_hit_json(hit) for hit in found.hits],
        "timings_ms": {
            "bm25": round(found.bm25_ms, 2),
            "vector": round(found.vector_ms, 2),
            "total": round(found.bm25_ms + found.vector_ms, 2),
        },
    }


def _hit_json(hit: "Hit") -> dict[str, object]:
    entry, passage = hit.entry, hit.entry.passage
    return {
        "passage_id": passage.id,
        "doc_id": passage.doc_id,
        "score": round(hit.score, 6),
        "found_by": list(hit.found_by),
        "title": entry.title,
        "kind": entry.kind,
        "url": entry.url,
        "deep_link": _hit_link(hit),
        "section_ids": list(entry.section_ids),
        "heading_path": list(passage.heading_path),
        "text": passage.text,
        "flag": passage.flag,
        "also_in": [
            {"doc_id": twin.doc_id, "url": twin.url, "section_ids": list(twin.section_ids)}
            for twin in entry.also_in
        ],
    }
