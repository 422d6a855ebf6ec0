"""What is wrong with an address as it was written, and what it may stand for; pure."""

import re
from dataclasses import dataclass

from ingest.links import safe_http, unwrap

LONGEST = 2_000  # characters of an address that are looked at

_SCHEMES = re.compile(r"(?:https?:?/{1,3})+(https?:?/{1,3})(?=[\w.-]+\.)", re.IGNORECASE)
_MISSPELT = re.compile(r"(?!https?://\w)[htps]{2,7}\s?:?\s?[/\\]{1,3}(?=[\w-]+\.)", re.IGNORECASE)
_NO_SCHEME = re.compile(r"(?://)?(?:[\w-]+\.)+[a-z]{2,24}(?=[/?#:]|$)", re.IGNORECASE)
_LINK_INSIDE = re.compile(r".*\]\((?=https?://)", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(r"[\s<\[(\"'“‘*`]+")
_AFTER = re.compile(r"(?:\s+[\"'“][^\"'”]*[\"'”]|\]\(.*|\*\*.*|`.*)?[\s>\]\"'”’*`,;|]*$")
_ESCAPES = re.compile(r"\\(?=[_*~()\[\]#&-])")
_CUT_OFF = re.compile(r"…|%E2%80%A6|\.{3,}", re.IGNORECASE)
_LOST = re.compile(r"\ufffd|%EF%BF%BD", re.IGNORECASE)
_PATH = re.compile(r"https?://[^/?#]+([^?#]*)", re.IGNORECASE)
_BLANK = re.compile(r"[{<\[](?:\w|[ .-])+[}>\]]|%7B\w+%7D|\bundefined\b", re.IGNORECASE)
# Names of sites and products that a search-and-replace leaves behind inside other words: no name
# takes these endings of English verbs and nouns.
_NAMES = (
    r"youtube|google|github|gitlab|medium|kaggle|twitter|facebook|linkedin|reddit|wikipedia"
    r"|huggingface|openai|chatgpt|amazon|microsoft|netflix|udemy|coursera|discord|slack|notion"
)
_REPLACED = re.compile(
    rf"(?<![A-Za-z])({_NAMES})(?:ing|ings|ed|ion|ions|ation|ations|ment|ments|able|ness|ly|ive|ize)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Garbled:
    """What is wrong with an address.

    `meant` are the whole addresses that it may stand for, `around` what stands before and after
    the stretch that was replaced; both may be empty, when only the site's owner could say.
    """

    why: str
    meant: tuple[str, ...] = ()
    around: tuple[str, str] | None = None


def what_is_garbled(link: str) -> Garbled | None:
    """Say what is wrong with an address as it was written; None when it looks sound."""
    faults: list[str] = []
    address = unwrap(link[:LONGEST]).strip()
    address = _without_markdown(address, faults)
    address = _with_scheme(address, faults)
    if "&amp;" in address:
        address = address.replace("&amp;", "&")
        faults.append("“&amp;” stands for “&”")
    if match := _CUT_OFF.search(address):
        faults.append("it was cut off at “…”")
        return Garbled(", ".join(faults), around=(address[: match.start()], address[match.end() :]))
    path, begins = (found[1], found.start(1)) if (found := _PATH.match(address)) else ("", 0)
    if match := _REPLACED.search(path):
        start = begins + match.start()
        faults.append(f"“{match[1]}” stands inside the word “{match[0]}”, as if replaced there")
        after = address[start + len(match[1]) :]
        return Garbled(", ".join(faults), around=(address[:start], after))
    if match := _LOST.search(address) or _BLANK.search(path):
        faults.append(f"“{match[0]}” is a placeholder, or letters that were lost")
        return Garbled(", ".join(faults))
    if re.search(r"\s", address):
        faults.append("it has a space")
        meant = [re.sub(r"\s+", mark, address) for mark in ("", "-", "_", "%20")]
        return Garbled(", ".join(faults), tuple(filter(safe_http, meant)))
    return Garbled(", ".join(faults), _both_schemes(address)) if faults else None


def _without_markdown(address: str, faults: list[str]) -> str:
    """Take off what Markdown puts around an address."""
    bare = _ESCAPES.sub("", _LINK_INSIDE.sub("", address, count=1))
    bare = _AFTER.sub("", bare[before.end() :] if (before := _BEFORE.match(bare)) else bare)
    while bare.endswith(")") and bare.count(")") > bare.count("("):
        bare = bare[:-1]
    bare = re.sub(r"(?<=\w)[.:!]+$", "", bare)
    if bare != address:
        faults.append("it has leftovers of Markdown")
    return bare


def _with_scheme(address: str, faults: list[str]) -> str:
    """Write one scheme where there is none, two, or a misspelt one."""
    doubled = _SCHEMES.match(address)
    if doubled:
        faults.append("it has two schemes")
        address = doubled[1] + address[doubled.end() :]
    misspelt = _MISSPELT.match(address)
    if misspelt:
        if not doubled:
            faults.append("its scheme is misspelt")
        return f"https://{address[misspelt.end() :]}"
    if _NO_SCHEME.match(address):
        faults.append("it has no https://")
        return f"https://{address.removeprefix('//')}"
    return address


def _both_schemes(address: str) -> tuple[str, ...]:
    if not safe_http(address):
        return ()
    rest = address.partition("://")[2]
    return (f"https://{rest}", f"http://{rest}")
