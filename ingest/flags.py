"""Passages that address an assistant with instructions; they are kept out of answers.

`flag_of` looks for the forms of indirect prompt injection (Greshake et al., "Not what you've signed
up for", 2023): orders that override, give a role, imitate a system's message, dictate the reply,
keep things from the user, or carry data away. These are rules of words and of their places, not a
model: what they find can be read off, and they cost a millisecond. A page that teaches about such
texts quotes them or speaks of them: examples in code and quotation marks and sentences about
attackers are left alone. The words themselves are in `ingest/orders.yaml`.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.extract import Document
from ingest.html_tree import visible
from ingest.orders import MASK, Order, load_orders
from ingest.split import Passage

WINDOW = 240  # characters around a find that say whether it is an order or is spoken of
LEAD = 60  # characters before a find that say whether an order begins with it
ENOUGH_SIGNS = 2

# Letters of other alphabets that look like these (after Unicode's confusables, UTS 39).
_ALIKE = {
    "a": "аαɑᴀ", "b": "ЬВβʙƄ", "c": "сϲᴄς", "d": "ԁɗᴅ", "e": "еεєᴇҽ", "f": "ғſ", "g": "ɡɢց",
    "h": "һнʜհ", "i": "іιıɩɪӏ", "j": "јʝᴊ", "k": "кκᴋ", "l": "ⅼʟ", "m": "мᴍ", "n": "ոпηɴ",
    "o": "оοσᴏօ", "p": "рρᴘ", "q": "ԛզ", "r": "гʀᴦ", "s": "ѕꜱʂ", "t": "тτᴛ", "u": "υцᴜս",
    "v": "ѵνᴠ", "w": "ԝωᴡш", "x": "хχ", "y": "уγʏү", "z": "ᴢʐ",
    "A": "АΑ", "B": "ВΒ", "C": "СϹ", "E": "ЕΕ", "H": "НΗ", "I": "ІΙӀ", "J": "Ј", "K": "КΚ",
    "M": "МΜ", "N": "Ν", "O": "ОΟ", "P": "РΡ", "S": "Ѕ", "T": "ТΤ", "X": "ХΧ", "Y": "УΥ", "Z": "Ζ",
}  # fmt: skip
_LATIN = {ord(letter): latin for latin, letters in _ALIKE.items() for letter in letters}
_LATIN |= {ord(mark): "'" for mark in "’‘ʼ`´"}
_DIGITS = str.maketrans("013457$", "oieasts")
_LEET = re.compile(r"(?<![\w$])(?=[\w$]{0,20}[A-Za-z])(?=[\w$]{0,20}[013457$])[\w$]{4,20}(?![\w$])")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_EMPHASIS = re.compile(r"[*~]{1,3}(?=\S)|(?<=\S)[*~]{1,3}|_+")

_FENCED = re.compile(
    r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_INLINE_CODE = re.compile(r"(`{1,2})(?!`)[^`\n]{1,400}\1(?!`)")
_ADDRESS = re.compile(r"\bhttps?://[^\s)\]>\"”]{1,2000}")
_QUOTED = re.compile(
    r"\"[^\"\n]{1,600}\"|“[^”\n]{1,600}”|«[^»\n]{1,600}»|„[^“”\n]{1,600}[“”]|「[^」\n]{1,600}」"
    r"|『[^』\n]{1,600}』|‘[^’\n]{1,300}’(?!\w)"
    r"|(?<!\w)'(?:[^'\n]|(?<=\w)'(?=\w)){3,300}'(?!\w)"
)
_END = re.compile(r"[.!?](?:\s|$)|[。！？\n]")
_BLOCK_QUOTE = re.compile(r"^[ \t]*>.*$", re.MULTILINE)
_BLOB = re.compile(r"(?<![\w+/=-])[\w+/-]{24,}(?:\r?\n[\w+/-]{24,})*={0,2}", re.ASCII)


def flagged(document: Document, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Give passages with their flags set; what a title or a heading says flags all below it.

    Our notes are no stranger's text: they are not looked through, which was half of a first start.
    """
    if document.kind == "note":
        return tuple(passages)
    headings = {words for passage in passages for words in passage.heading_path}
    above = {words: flag_of(words) for words in (document.title, *headings)}

    def reason(passage: Passage) -> str:
        said = next(filter(None, map(above.get, (document.title, *passage.heading_path))), "")
        return flag_of(passage.text) or (f"its heading {said}" if said else "")

    return tuple(replace(passage, flag=reason(passage)) for passage in passages)


def flag_of(text: str) -> str:
    """Say why a text addresses an assistant with instructions; empty for nearly all texts.

    Takes time linear in the text and never raises.
    """
    text = html.unescape(visible(text))
    without_code = _INLINE_CODE.sub(MASK, _FENCED.sub(f"{MASK}\n", text))
    masked = _without_examples(without_code)
    plain = _plain(masked)
    return (
        next(_found(plain), "")
        or next(_reasons(load_orders().data, _plain(without_code)), "")
        or _told(next(_squeezed(plain), ""), "with letters set apart")
        or _told(next(_encoded(masked), ""), "in base64")
    )


def _told(reason: str, how: str) -> str:
    return f"{reason} ({how})" if reason else ""


# ── the text as it reads ────────────────────────────────────────────────────────────────────────


def _without_examples(text: str) -> str:
    """Put a mark in place of quoted examples."""
    about = bool(load_orders().about.search(text))
    if about:
        text = _BLOCK_QUOTE.sub(MASK, text)
    return _QUOTED.sub(lambda quote: MASK if about or _is_example(quote) else quote[0], text)


def _is_example(quote: re.Match[str]) -> bool:
    """Tell a quote inside a sentence from one that stands alone, as in a speech."""
    before = quote.string[max(0, quote.start() - WINDOW) : quote.start()].rpartition("\n")[2]
    after = quote.string[quote.end() : quote.end() + 3]
    if re.match(r"[,;)]?\s?[a-z]", after):
        return True
    before = before.rstrip(" \t([*_")
    if before.endswith((":", "→", "-", "–", "—", "|")):
        return len(re.findall(r"\w+", before)) >= 3
    return bool(before) and (before[-1].isalpha() or before[-1] in f",;/{MASK}")


def _plain(text: str) -> str:
    """Write a text in plain Latin letters: no other alphabets, accents, digits or emphasis."""
    if not text.isascii():
        # Long rows of marks take quadratic time to be put in order: none is needed here.
        text = "".join(c for c in text if not unicodedata.combining(c))
        text = text.replace("\ufdfa", " ")  # the one letter that stands for eighteen
        text = unicodedata.normalize("NFKC", text).translate(_LATIN)
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if not unicodedata.combining(c))
    else:
        text = text.replace("`", "'")
    text = _EMPHASIS.sub(" ", _ESCAPE.sub(r"\1", text))
    text = _LEET.sub(lambda word: word[0].translate(_DIGITS), text)
    return re.sub(r"[ \t]+", " ", text)


# ── what is found ───────────────────────────────────────────────────────────────────────────────


def _found(plain: str) -> Iterator[str]:
    """Give the reasons found in a plain text, single ones first."""
    yield from _reasons(load_orders().orders, plain)
    signs = dict.fromkeys(_reasons(load_orders().signs, plain))
    if len(signs) >= ENOUGH_SIGNS:
        yield " and ".join(list(signs)[:ENOUGH_SIGNS])


def _reasons(orders: Sequence[Order], plain: str) -> Iterator[str]:
    for reason, pattern, is_order in orders:
        for find in pattern.finditer(plain):
            if (not is_order or _begins_order(find)) and not _is_spoken_of(find):
                yield reason
                break


def _begins_order(find: re.Match[str]) -> bool:
    """Say whether a find stands where an order begins, not as part of a statement."""
    before = find.string[max(0, find.start() - LEAD) : find.start()]
    return find.start() == 0 or bool(load_orders().stands_as_order.search(before))


def _is_spoken_of(find: re.Match[str]) -> bool:
    """Say whether a find is spoken of, or is an order to readers under a condition."""
    words = load_orders()
    before = find.string[max(0, find.start() - WINDOW) : find.start()]
    ends = [end.end() for end in _END.finditer(before)]
    same = before[ends[-1] :] if ends else before
    rest = _END.split(find.string[find.end() : find.end() + WINDOW], maxsplit=1)[0]
    if words.spoken_before.search(same) or words.spoken_after.search(rest):
        return True
    if words.condition.search(same) or words.condition.search(rest):
        return True
    lead = before[ends[-2] if len(ends) > 1 else 0 : ends[-1]] if ends else ""
    leads_here = lead.rstrip().endswith(":") and words.spoken_before.search(lead)
    return bool(leads_here or words.about.search(lead))


def _squeezed(plain: str) -> Iterator[str]:
    """Find orders whose letters are set apart or whose words are run together."""
    text = _ADDRESS.sub(" ", plain)
    places = [i for i, c in enumerate(text) if c.isalpha()]
    letters = "".join(text[i] for i in places).lower()
    if len(letters) != len(places):  # letters that are two in lower case
        return
    for reason, pattern, _ in load_orders().squeezed:
        for find in pattern.finditer(letters):
            span = text[places[find.start()] : places[find.end() - 1] + 1].lower()
            if not load_orders().squeezed_words.issuperset(re.findall(r"[^\W\d_]+", span)):
                yield reason


def _encoded(text: str) -> Iterator[str]:
    """Find orders in base64; what is decoded is not decoded again."""
    for blob in _BLOB.finditer(text):
        encoded = re.sub(r"\s", "", blob[0]).translate(str.maketrans("-_", "+/")).rstrip("=")
        try:
            decoded = base64.b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
        if " " in decoded:
            yield from _found(_plain(visible(decoded)))
