"""The words by which texts give orders to an assistant, from `ingest/orders.yaml`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

MASK = "\u241f"  # stands for code and for quoted examples


class Order(NamedTuple):
    """A reason as the ledger tells it, its pattern, and whether it counts only as an order."""

    reason: str
    pattern: re.Pattern[str]
    is_order: bool


@dataclass(frozen=True, slots=True)
class Orders:
    """What gives orders, and what tells orders from talk about them; see `ingest/orders.yaml`.

    `data` is looked for before quoted words are taken out. `squeezed` patterns read a text's
    letters alone; `squeezed_words` are the words that they are made of.
    """

    orders: tuple[Order, ...]
    data: tuple[Order, ...]
    signs: tuple[Order, ...]
    squeezed: tuple[Order, ...]
    squeezed_words: frozenset[str]
    about: re.Pattern[str]
    spoken_before: re.Pattern[str]
    spoken_after: re.Pattern[str]
    condition: re.Pattern[str]
    stands_as_order: re.Pattern[str]


@cache
def load_orders() -> Orders:
    """Read and compile the patterns, once."""
    import yaml

    told = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    parts = dict(_named(told["parts"])) | {"mask": MASK}
    parts["about"] = "|".join(told["about"].splitlines())

    def compiled(words: str) -> re.Pattern[str]:
        words = _filled(words, parts).replace(" ?", r"\W{0,4}").replace(" ", r"\W{1,4}")
        return re.compile(words, re.IGNORECASE)

    def context(name: str) -> re.Pattern[str]:
        lines = "|".join(told[name].splitlines())
        return re.compile(_filled(lines, parts), re.IGNORECASE)

    def orders(*names: str) -> tuple[Order, ...]:
        return tuple(
            Order(group["reason"], compiled(line), group["as"] == "order")
            for name in names
            for group in told[name]
            for line in group["patterns"].splitlines()
        )

    squeezed = tuple(_named(told["squeezed"]))
    return Orders(
        orders=orders("english", "marks", "others"),
        data=orders("data"),
        signs=tuple(Order(name, compiled(line), True) for name, line in _named(told["signs"])),
        squeezed=tuple(Order(name, re.compile(line), False) for name, line in squeezed),
        squeezed_words=frozenset(told["squeezed_words"].split()),
        about=context("about"),
        spoken_before=context("spoken_before"),
        spoken_after=context("spoken_after"),
        condition=context("condition"),
        stands_as_order=context("stands_as_order"),
    )


def _named(lines: str) -> Iterator[tuple[str, str]]:
    for line in lines.splitlines():
        name, _, words = line.partition(" = ")
        yield name, words


def _filled(words: str, parts: Mapping[str, str]) -> str:
    """Put parts in place of their names, parts of parts too."""
    while re.search(r"\{[a-z_]+\}", words):
        words = re.sub(r"\{([a-z_]+)\}", lambda part: parts[part[1]], words)
    return words
