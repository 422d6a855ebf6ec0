"""What an answer may open with instead of its words: a model's thoughts, or a JSON object."""

import json
import re
from dataclasses import dataclass

_THOUGHTS = re.compile(r"<think(?:ing)?>", re.I)
_THOUGHTS_END = re.compile(r"</think(?:ing)?>", re.I)
_JSON_FENCE = re.compile(r"```(?:json)?[ \t]*\n\s*", re.I)
_TEXT_NAMES = ("answer", "response", "text", "content", "output")
_ID_NAMES = ("citations", "sources", "passages", "ids", "references", "cited", "citation")


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """The words of an answer that came as JSON, and ids that it names beside them."""

    text: str
    ids: tuple[str, ...] = ()


def opening_of(text: str) -> tuple[bool, str]:
    """Say whether an answer's beginning is decided, and give the text without thoughts.

    Thoughts that have not ended, and what may be a JSON answer, wait for the end.
    """
    head = text.lstrip()
    while opened := _THOUGHTS.match(head):
        ended = _THOUGHTS_END.search(head)
        if not ended:
            return False, ""
        head = head[max(ended.end(), opened.end()) :].lstrip()
    if not head:
        return False, ""
    if any(tag.startswith(head.lower()) for tag in ("<think>", "<thinking>")):
        return False, head
    if head.startswith("{"):
        return False, head
    if head.startswith("`"):
        fence = re.match(r"`{0,2}$|```(?:j(?:s(?:o(?:n)?)?)?)?[ \t]*(?:\n\s*)?$", head, re.I)
        found = _JSON_FENCE.match(head)
        return not (fence or (found and head[found.end() :].startswith("{"))), head
    return True, head


def read_plain_answer(text: str) -> PlainAnswer | None:
    """Read an answer that is a JSON object, fenced or with words after it; None for anything else.

    Its words stand under one of the usual names, or in a list of sentences with their ids.
    """
    head = text.lstrip()
    if fence := _JSON_FENCE.match(head):
        head = head[fence.end() :]
    if not head.startswith("{"):
        return None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(head)
    except (ValueError, RecursionError):
        return None
    listed = found.get("sentences")
    if isinstance(listed, list):
        lines = [sentence for item in listed if (sentence := _sentence(item))]
        return PlainAnswer("\n\n".join(lines)) if lines else None
    for name in _TEXT_NAMES:
        if isinstance(found.get(name), str):
            return PlainAnswer(found[name], _ids(found))
    return None


def _sentence(item: object) -> str:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return ""
    words = next((item[n] for n in _TEXT_NAMES if isinstance(item.get(n), str)), "")
    ids = _ids(item)
    return f"{words} [{', '.join(ids)}]" if words and ids else words


def _ids(found: dict[str, object]) -> tuple[str, ...]:
    for name in _ID_NAMES:
        value = found.get(name)
        values = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        ids = [v if isinstance(v, str) else "" for v in map(_id_of, values)]
        if any(ids):
            return tuple(re.sub(r"[^\w-]", "", i) for i in ids if i)
    return ()


def _id_of(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value
