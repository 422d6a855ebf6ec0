"""Labelled claims beside quotes of our own notes: what a quote says and what it does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import InputError
from ingest.keywords import analyse, idf

CLAIMS = Path(__file__).parent / "golden" / "claims.yaml"
LABELS = ("supported", "weak", "unsupported")
KINDS = {
    "supported": {"verbatim", "paraphrase", "part", "merge"},
    "weak": {"half", "vague"},
    "unsupported": {
        *("entity", "number", "negated", "overgeneral", "unsaid", "neighbour"),
        *("comparison", "causal"),
    },
}
SPLITS = ("dev", "test")


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence beside the quote it might cite; `group` counts the quotes."""

    group: int
    note: str
    split: str
    quote: str
    label: str
    kind: str
    sentence: str


def load_claims(path: Path = CLAIMS) -> tuple[Claim, ...]:
    """Read and check the labelled claims; raises InputError with the quote that is wrong."""
    import yaml

    claims: list[Claim] = []
    for group, item in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
        quote = " ".join(str(item["quote"]).split())
        for row in item["claims"]:
            claims.append(_claim(group, item, quote, row, path))
    return tuple(claims)


def _claim(group: int, item: Any, quote: str, row: Any, path: Path) -> Claim:
    place = f"{path.name}: “{quote[:40]}…”"
    if not isinstance(row, list) or len(row) != 3:
        raise InputError(f"{place}: a claim is [label, kind, sentence], not {row!r}")
    label, kind, sentence = map(str, row)
    if label not in LABELS or kind not in KINDS[label]:
        raise InputError(f"{place}: {label!r} with {kind!r} is no label and kind")
    if item["split"] not in SPLITS:
        raise InputError(f"{place}: the split is dev or test, not {item['split']!r}")
    return Claim(group, str(item["note"]), str(item["split"]), quote, label, kind, sentence)


def rarity(texts: Sequence[str]) -> Callable[[str], float]:
    """Weigh stems by their rarity among texts, as a library does among its passages."""
    counts: dict[str, int] = {}
    for text in texts:
        for stem in set(analyse(text)):
            counts[stem] = counts.get(stem, 0) + 1
    return lambda stem: idf(len(texts), counts.get(stem, 0))


def note_paragraphs(notes: Sequence[Path]) -> list[str]:
    """Give the paragraphs of the notes, as texts among which words are rare or common."""
    paragraphs: list[str] = []
    for path in notes:
        body = path.read_text(encoding="utf-8").split("---", 2)[2]
        paragraphs += [p for p in body.split("\n\n") if len(p.split()) > 8]
    return paragraphs
