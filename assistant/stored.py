"""An answer as JSON on disk, and back; what a later version added or took away does no harm."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, asdict, dataclass, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from assistant.answer import Answer


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """The passage behind a citation as it stood when it was cited; `start` counts characters."""

    passage_id: str
    text: str
    start: int
    heading_path: tuple[str, ...] = ()


def to_json(answer: Answer) -> str:
    """Write the whole answer; as ASCII, since what was typed need not be valid text."""
    return json.dumps(asdict(answer))


def answer_from(text: str) -> Answer:
    """Read an answer back; raises ValueError for what is none.

    Fields that are not known are left out, and missing ones get their defaults.
    """
    answer: Answer = _read(Answer, _object(text))
    return answer


def passages_to_json(passages: tuple[ShownPassage, ...]) -> str:
    """Write passages; see `to_json`."""
    return json.dumps([asdict(passage) for passage in passages])


def passages_from(text: str) -> tuple[ShownPassage, ...]:
    """Read passages back; raises ValueError for what are none."""
    held = json.loads(text)
    if not isinstance(held, list):
        raise ValueError("stored passages are no list")
    return tuple(_read(ShownPassage, passage) for passage in held)


def _object(text: str) -> Mapping[str, object]:
    held = json.loads(text)
    if not isinstance(held, dict):
        raise ValueError("a stored answer is no object")
    return held


def _read(kind: Any, held: object) -> Any:
    """Make a value of a type out of what JSON gives for it."""
    if get_origin(kind) in (UnionType, Union):
        return None if held is None else _read(get_args(kind)[0], held)
    if is_dataclass(kind):
        return _record(kind, held)
    if get_origin(kind) is tuple and isinstance(held, list):
        inner = get_args(kind)
        kinds = [inner[0]] * len(held) if inner[-1:] == (Ellipsis,) else inner
        return tuple(_read(each, one) for each, one in zip(kinds, held, strict=True))
    plain = get_origin(kind) or kind
    if plain is float and isinstance(held, int):
        return float(held)
    if isinstance(plain, type) and not isinstance(held, plain):
        raise ValueError(f"stored {held!r:.60} is no {plain.__name__}")
    return held


def _record(kind: Any, held: object) -> Any:
    if not isinstance(held, dict):
        raise ValueError(f"stored {held!r:.60} is no {kind.__name__}")
    types = get_type_hints(kind)
    missing = [f.name for f in fields(kind) if f.name not in held and _is_required(f)]
    if missing:
        raise ValueError(f"a stored {kind.__name__} has no {missing[0]}")
    known = {f.name: _read(types[f.name], held[f.name]) for f in fields(kind) if f.name in held}
    return kind(**known)


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING
