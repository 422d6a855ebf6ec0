"""Captions of a video -> stretches of about a minute, each under the time at which it begins.

pysubs2's door: it reads subtitle files (SubRip, WebVTT). What YouTube gives is read as
youtube-transcript-api writes it: {"snippets": [{"text", "start", "duration"}]}, in seconds.
"""

import html as entities
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from ingest.errors import FetchFailed
from ingest.html_tree import decode, visible

if TYPE_CHECKING:
    from lxml import etree

# A stretch is closed at the first end of a sentence after SHORTEST seconds that has a pause, or
# after USUAL seconds in any case. Passages hold 220 tokens: the 9 transcripts of the capture give
# 166 stretches and 198 passages (18 under 60 tokens) at 50 s, 148 and 225 (48) at 60 s.
SHORTEST, USUAL, LONGEST = 45.0, 50.0, 90.0
_PAUSE = 1.0  # seconds between two snippets
# Automatic captions have no full stops: they are read in pieces of this length.
_PIECE = 15.0
_LONGEST_SENTENCE = 40.0
# Punctuated captions of the capture end a sentence every 9 to 17 words.
_WORDS_A_SENTENCE = 45
_LATEST = 48 * 3600.0  # no video is longer; a later start is an error of the file

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|<\d[\d:.]{4,12}>|\{\\[^{}]{0,200}\}")
_SOUND = re.compile(
    r"[\[(*♪]\s*[^\[\]()*♪]{0,40}?\b(?:music|applause|laugh\w*|cheer\w*|clap\w*|silence|inaudible"
    r"|noise|sighs?|coughs?|beep\w*|chuckl\w*|blank_audio|foreign|bell\w*|whoosh\w*)\b"
    r"[^\[\]()*♪]{0,40}[\])*♪]|\[\s*__\s*\]|[♪♫]",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"^\s*(?:[-–—]\s+)?(?:>>+\s*)?(?:[A-Z][A-Z0-9 .'’-]{1,30}:\s+)?")
_COMMENT = re.compile(r"^(?:NOTE|STYLE|REGION)\b.*?(?:\n[ \t]*\n|\Z)", re.MULTILINE | re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*$")
_NO_END = re.compile(r"(?:^|[\s(])(?:[A-Z]|e\.g|i\.e|etc|vs|Mr|Mrs|Ms|Dr|Prof|St|approx|al)\.$")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few words of a video; start and duration in seconds from its beginning."""

    text: str
    start: float
    duration: float


@dataclass(frozen=True, slots=True)
class Captions:
    """What is said in one video, in order; `generated` by a machine rather than written."""

    snippets: tuple[Snippet, ...]
    title: str = ""
    language: str = ""
    language_code: str = ""
    generated: bool = False


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence, or a piece of speech without full stops; times in seconds."""

    text: str
    start: float
    end: float


def read_captions(body: bytes) -> Captions:
    """Read captions in any of the three forms; raises FetchFailed("no-text", …)."""
    text = decode(body).text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    if text.lstrip().startswith(("{", "[")):
        return _from_json(text)
    return Captions(tuple(_from_subtitles(text)))


def write_captions(captions: Captions) -> bytes:
    """Write captions as JSON that `read_captions` reads, the same bytes for the same captions."""
    value = {
        "title": captions.title,
        "language": captions.language,
        "language_code": captions.language_code,
        "is_generated": captions.generated,
        "snippets": [asdict(snippet) for snippet in captions.snippets],
    }
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def captions_tree(body: bytes) -> tuple[str, "etree._Element"]:
    """Return the title (may be empty) and a tree of stretches, each under a heading such as 12:05.

    A heading's id is "t=725s", which `links.deep_link` turns into a link to that second.
    Raises FetchFailed("no-text", …) for a file that holds no captions.
    """
    from lxml import etree, html

    captions = read_captions(body)
    snippets = _clean(captions.snippets)
    if not snippets:
        raise FetchFailed("no-text", "the file holds no captions with words")
    root = html.Element("body")
    for stretch in _stretches(_sentences(snippets)):
        second = math.floor(stretch[0].start)
        heading = etree.SubElement(root, "h2", id=f"t={second}s")
        heading.text = clock(second)
        for text in _paragraphs(stretch):
            etree.SubElement(root, "p").text = text
    return captions.title, root


def clock(second: int) -> str:
    """Write a second of a video as its player does: 12:05, or 1:02:05 after an hour."""
    hours, rest = divmod(second, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _from_json(text: str) -> Captions:
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FetchFailed("no-text", "the captions are no readable JSON") from error
    if isinstance(value, list):  # the bare list that the library's formatter writes
        value = {"snippets": value}
    entries = value.get("snippets")
    if not isinstance(entries, list):
        raise FetchFailed("no-text", 'the JSON holds no captions: expected {"snippets": [...]}')
    return Captions(
        snippets=tuple(filter(None, map(_snippet, entries))),
        title=_string(value, "title"),
        language=_string(value, "language"),
        language_code=_string(value, "language_code"),
        generated=value.get("is_generated") is True,
    )


def _string(value: dict[str, Any], key: str) -> str:
    found = value.get(key)
    return " ".join(visible(found).split())[:300] if isinstance(found, str) else ""


def _snippet(entry: Any) -> Snippet | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        return None
    start, duration = entry.get("start"), entry.get("duration", 0.0)
    if not isinstance(start, int | float) or not isinstance(duration, int | float):
        return None
    if not (0 <= start <= _LATEST and 0 <= duration <= _LATEST):
        return None
    return Snippet(entry["text"], float(start), float(duration))


def _from_subtitles(text: str) -> Iterator[Snippet]:
    """Let pysubs2 read a SubRip or WebVTT file; rolling lines are told once.

    Comments, styles and time marks inside a line are taken out first: pysubs2 takes them for text
    or for times.
    """
    from pysubs2 import SSAFile
    from pysubs2.exceptions import Pysubs2Error

    form = "vtt" if text.lstrip().startswith("WEBVTT") else "srt"
    text = _TAG.sub("", _COMMENT.sub("", text) if form == "vtt" else text)
    try:
        events = SSAFile.from_string(text, format_=form)
    except (Pysubs2Error, ValueError, IndexError) as error:
        raise FetchFailed("no-text", "the subtitle file cannot be read") from error
    told: list[str] = []
    until = 0.0
    for event in events:
        start, end = event.start / 1000, event.end / 1000
        if not 0 <= start <= end <= _LATEST:
            continue
        # A blank line ends a cue; the name of the next one may follow it.
        shown = [line.strip() for line in event.text.partition("\\N\\N")[0].split("\\N")]
        lines = [line for line in shown if line]
        new = _untold(lines, told) if start <= until + 0.1 else lines
        told, until = lines or told, end
        if new:
            yield Snippet(" ".join(new), start, end - start)


def _untold(lines: list[str], told: list[str]) -> list[str]:
    """Return the lines that were not on the screen before: captions may roll line by line."""
    for length in range(min(len(lines), len(told)), 0, -1):
        if told[-length:] == lines[:length]:
            return lines[length:]
    if told and lines and lines[0].startswith(f"{told[-1]} "):  # a line that grows word by word
        return [lines[0][len(told[-1]) + 1 :], *lines[1:]]
    return lines


def _clean(snippets: Sequence[Snippet]) -> list[Snippet]:
    """Take markup, sounds and speakers out; put the snippets in order, ends before next starts."""
    kept: list[Snippet] = []
    for snippet in sorted(snippets, key=lambda s: s.start):
        text = visible(entities.unescape(_TAG.sub("", snippet.text)))
        lines = [_SPEAKER.sub("", line) for line in _SOUND.sub(" ", text).split("\n")]
        text = " ".join(" ".join(lines).replace(">>", " ").split())
        if not re.search(r"\w", text):
            continue
        if kept and kept[-1].start + kept[-1].duration > snippet.start:
            kept[-1] = replace(kept[-1], duration=snippet.start - kept[-1].start)
        kept.append(replace(snippet, text=text))
    return kept


def _sentences(snippets: Sequence[Snippet]) -> list[_Sentence]:
    """Join snippets into sentences; speech without full stops into pieces of some 15 s."""
    words = sum(len(snippet.text.split()) for snippet in snippets)
    ends = sum(_ends(word) for snippet in snippets for word in snippet.text.split())
    if words > _WORDS_A_SENTENCE * max(ends, 1):
        return list(_pieces(snippets, _PIECE))
    return list(_to_full_stops(snippets))


def _ends(text: str) -> bool:
    return bool(_SENTENCE_END.search(text)) and not _NO_END.search(text)


def _pieces(snippets: Sequence[Snippet], length: float) -> Iterator[_Sentence]:
    """Cut after `length` seconds, or at a pause after half of that."""
    held: list[Snippet] = []
    for snippet in snippets:
        if held:
            end = held[-1].start + held[-1].duration
            passed = snippet.start - held[0].start
            if passed >= length or (2 * passed >= length and snippet.start - end >= _PAUSE):
                yield _whole(held)
                held = []
        held.append(snippet)
    if held:
        yield _whole(held)


def _whole(held: Sequence[Snippet]) -> _Sentence:
    text = " ".join(snippet.text for snippet in held)
    return _Sentence(text, held[0].start, held[-1].start + held[-1].duration)


def _to_full_stops(snippets: Sequence[Snippet]) -> Iterator[_Sentence]:
    """Cut after full stops; a sentence inside of a snippet begins where that snippet begins."""
    held: list[Snippet] = []
    for snippet in snippets:
        if held and snippet.start - held[0].start >= _LONGEST_SENTENCE:
            yield _whole(held)
            held = []
        words: list[str] = []
        for word in snippet.text.split():
            words.append(word)
            if _ends(" ".join(words[-2:])):
                yield _whole([*held, replace(snippet, text=" ".join(words))])
                held, words = [], []
        if words:
            held.append(replace(snippet, text=" ".join(words)))
    if held:
        yield _whole(held)


def _stretches(sentences: Sequence[_Sentence]) -> list[list[_Sentence]]:
    """Gather sentences into stretches of SHORTEST to LONGEST seconds, cut at pauses first."""
    done: list[list[_Sentence]] = []
    held: list[_Sentence] = []
    for sentence in sentences:
        if held:
            length = held[-1].end - held[0].start
            paused = sentence.start - held[-1].end >= _PAUSE
            if (
                length >= USUAL
                or (length >= SHORTEST and paused)
                or sentence.end - held[0].start > LONGEST
            ):
                done.append(held)
                held = []
        held.append(sentence)
    if held and done and held[-1].end - done[-1][0].start <= LONGEST:
        done[-1] += held  # a short end stays with what came before it
    elif held:
        done.append(held)
    return done


def _paragraphs(stretch: Sequence[_Sentence]) -> Iterator[str]:
    """Write sentences as one paragraph, pieces without full stops as one each."""
    if all(_ends(sentence.text) for sentence in stretch[:-1]):
        yield " ".join(sentence.text for sentence in stretch)
    else:
        yield from (sentence.text for sentence in stretch)
