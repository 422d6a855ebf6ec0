"""Words of a page or a model made harmless: no unseen characters, markup, links or images; pure.

The renderers escape whatever they are given. This module sees to it that there is nothing left to
escape: what it returns is words, emphasis, inline code and formulas, and nothing else.
"""

import re

# Controls (terminal escapes among them), direction overrides, zero-width and other characters
# without a picture, tag characters and variation selectors that carry hidden text, private use
# (which marks shelved parts below), and halves of characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    "\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\uf8ff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U00013430-\U0001345f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)
_LINE_ENDS = re.compile("\r\n?|[\u2028\u2029\x85\x0b\x0c]")

SHELVED = re.compile("\ue000(\\d+)\ue001")
_CODE_OR_FORMULA = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`+)(?!`)(?:.+?)(?<!`)(?P=ticks)(?!`))"
    r"|(?P<formula>\$\$[^$]+\$\$|(?<![\\$])\$(?=[^\s$])[^$\n]*?(?<=[^\s\\])\$(?![\d$])"
    r"|\\\((?:[^\\]|\\(?![()]))+\\\))",
    re.S,
)
# Commands that make a formula load, link or redefine something.
_UNSAFE_FORMULA = re.compile(
    r"<[a-z!?/][^<>]*>|<[!?/]|://|script\s*:|\\(?:href|url|includegraphics|html\w*|input|include|write|openout"
    r"|[exg]?def|let|newcommand|renewcommand|catcode|csname|require|unicode|style|class|cssid)\b",
    re.I,
)

_PARENTHESES = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<!--.*?(?:-->|\Z)", re.S), " "),
    (re.compile(r"<(?:/?[a-z]|[!?])[^<>]*>", re.I), " "),
    (re.compile(r"<(?=[a-z/!?])", re.I), ""),
    (re.compile(rf"!\[[^\[\]]*\](?:{_PARENTHESES}|\[[^\[\]]*\])?"), " "),
    (re.compile(rf"\[([^\[\]]*)\]{_PARENTHESES}"), r"\1"),
    (re.compile(r"\](?=\()"), "] "),
    (re.compile(r"!(?=\[)"), "! "),
    (re.compile(r"^\s*\[([^\[\]]*)\]:"), r"\1:"),
    (re.compile(r"[\w+.-]+:/{2,}"), ""),
    (
        re.compile(
            r"\b(?:(?:java|vb|live)\s*script|mailto|tel|blob|view-source|mhtml|jar)\s*:(?=\S)"
            r"|\bdata\s*:(?=\s*(?:[a-z]+/|[;,]))|\bfile\s*:(?=/)",
            re.I,
        ),
        "",
    ),
    (re.compile(r"\bwww\.(?=\w)", re.I), ""),
)
_ROUNDS = 40
_LONELY_STOP = re.compile(r"\s+([.,;:!?])(?=\s|$)")
_BLOCK_START = re.compile(r"^(?:(?:[#>+=~|-]+|\*|\d{1,2}[.)])(?:\s+|$))+")


def visible(text: str) -> str:
    """Give one kind of line end, and drop every character that has no picture but tab and space."""
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text))


def shelve(text: str) -> tuple[str, list[str]]:
    r"""Put inline code and formulas aside; their places are held until `unshelve`.

    A formula that could load or link something is left out; `\\(x\\)` becomes `$x$`.
    """
    parts: list[str] = []

    def put(match: re.Match[str]) -> str:
        part = match[0]
        if match["formula"]:
            if _UNSAFE_FORMULA.search(part):
                return " "
            part = f"${part[2:-2].strip()}$" if part.startswith("\\(") else part
            part = part.replace("](", "] (").replace("![", "! [")  # Markdown reads on in formulas
        parts.append(part)
        return f"\ue000{len(parts) - 1}\ue001"

    return _CODE_OR_FORMULA.sub(put, text), parts


def unshelve(text: str, parts: list[str]) -> str:
    """Put back what `shelve` took out, so that two code spans do not run into one."""
    apart = text.replace("\ue001\ue000", "\ue001 \ue000")
    return SHELVED.sub(lambda match: parts[int(match[1])], apart)


def clean_words(text: str) -> str:
    """Take markup, links and images out of shelved words on one line; their own words stay."""
    # What is still a backtick opens nothing and would pair with one that does.
    line = " ".join(text.replace("`", "").split())
    for _ in range(_ROUNDS):
        before = line
        for pattern, instead in _RULES:
            line = pattern.sub(instead, line)
        # Within the rounds: what a space kept apart may open something when it has gone.
        line = _LONELY_STOP.sub(r"\1", " ".join(line.split()))
        if line == before:
            break
    else:  # nested on purpose
        line = re.sub(r"[<\[\]]", "", line)
    return _BLOCK_START.sub("", line)


def clean_prose(text: str) -> str:
    """Make a sentence harmless: one line of words, emphasis, inline code and formulas."""
    outside, parts = shelve(visible(text))
    return unshelve(clean_words(outside), [one_line_code(part) for part in parts])


def one_line_code(part: str) -> str:
    """Put inline code or a formula that was broken over lines on one line."""
    return re.sub(r"\s*\n\s*", " ", part)


_PASSAGE_TAG = re.compile(r"<\s*/?\s*(?:passage|question|conversation)s?\b[^>\n]*>?", re.I)
# Words by which chat templates tell who speaks; a served model obeys them in any text.
_TURNS = re.compile(
    r"<\|[^|>\n]{0,60}\|>|<｜[^｜>\n]{0,60}｜>|</?s>|\[/?INST\]|<</?SYS>>|</?(?:start|end)_of_turn>"
    r"|</?(?:system|user|assistant|human|think|tool_call|tool_response|bos|eos|unk|pad)>",
    re.I,
)
_SPEAKER = re.compile(r"^([ \t]*)(human|assistant|system|user)[ \t]*:", re.I | re.M)
_CITING = re.compile(r"【[^】\n]*】")


def as_data(text: str, marker: re.Pattern[str]) -> str:
    """Write text of others for a prompt: nothing in it opens or ends a passage, a turn or a cite.

    `marker` finds what looks like one of our ids in brackets.
    """
    text = visible(text)
    for _ in range(_ROUNDS):
        before = text
        for pattern in (_PASSAGE_TAG, _TURNS, _CITING, marker):
            text = pattern.sub("", text)
        if text == before:
            break
    return _SPEAKER.sub(r"\1\2 -", text)
