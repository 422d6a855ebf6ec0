"""How much of the articles of judged pages extraction keeps, and how much else it lets in.

    python -m eval.extraction --archive ../shared/capture/learning-path.warc.gz

Measures the project's own reading and plain trafilatura on the pages of
`eval/golden/articles.yaml`, and writes Markdown tables.
"""

import argparse
import hashlib
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.articles import (
    Content,
    Golden,
    Judged,
    article_of,
    load_golden,
    markdown_content,
    split_by_use,
)
from ingest.archive import ArchiveTransport
from ingest.errors import FetchFailed, InputError
from ingest.extract import read_page
from ingest.fetch import Page

OURS = "studypath"
PLAIN = "trafilatura"

Extractor = Callable[[Page], str]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a number of things."""

    kept: int
    total: int

    def __add__(self, other: "Share") -> "Share":
        return Share(self.kept + other.kept, self.total + other.total)

    @property
    def value(self) -> float:
        """The share itself; 1.0 of nothing."""
        return self.kept / self.total if self.total else 1.0


@dataclass(frozen=True, slots=True)
class Score:
    """One extractor on one page.

    `precision` and `recall` count words in their order, the `bag_` ones regardless of it. A block
    of code is kept verbatim with all of its lines; `named` blocks are those whose language the
    page names.
    """

    precision: float
    recall: float
    bag_precision: float
    bag_recall: float
    headings: Share
    code: Share
    named: Share
    cells: Share

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall, in order."""
        return harmonic(self.precision, self.recall)


@dataclass(frozen=True, slots=True)
class Measured:
    """One page with the scores of every extractor."""

    page: Judged
    words: int
    scores: Mapping[str, Score]


def score(gold: Content, found: Content) -> Score:
    """Compare what was found with what was judged to be there."""
    right_gold, right_found = in_order(gold.tokens, found.tokens)
    shared = (Counter(gold.tokens) & Counter(found.tokens)).total()
    blocks = Counter(text for _, text in gold.code)
    named = Counter(block for block in gold.code if block[0])
    return Score(
        precision=_part(right_found, len(found.tokens)),
        recall=_part(right_gold, len(gold.tokens)),
        bag_precision=_part(shared, len(found.tokens)),
        bag_recall=_part(shared, len(gold.tokens)),
        headings=_kept(Counter(gold.headings), Counter(found.headings)),
        code=_kept(blocks, Counter(text for _, text in found.code)),
        named=_kept(named, Counter(found.code)),
        cells=_kept(Counter(gold.cells), Counter(found.cells)),
    )


def in_order(gold: Sequence[str], found: Sequence[str]) -> tuple[int, int]:
    """Count the words of both that stand in their longest common subsequence.

    Words that only join or part their letters differently (a subscript) count as the same; that is
    why there are two numbers.
    """
    from rapidfuzz.distance import LCSseq

    right_gold = right_found = 0
    odd_gold: list[str] = []
    odd_found: list[str] = []

    def close() -> None:
        nonlocal right_gold, right_found
        if odd_gold and "".join(odd_gold) == "".join(odd_found):
            right_gold += len(odd_gold)
            right_found += len(odd_found)
        odd_gold.clear()
        odd_found.clear()

    for step in LCSseq.opcodes(gold, found):
        if step.tag == "equal":
            close()
            right_gold += step.src_end - step.src_start
            right_found += step.dest_end - step.dest_start
        odd_gold += () if step.tag == "equal" else gold[step.src_start : step.src_end]
        odd_found += () if step.tag == "equal" else found[step.dest_start : step.dest_end]
    close()
    return right_gold, right_found


def _kept(gold: Counter[str] | Counter[tuple[str, str]], found: Counter[object]) -> Share:
    return Share(sum(min(count, found[thing]) for thing, count in gold.items()), gold.total())


def _part(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def harmonic(one: float, other: float) -> float:
    """Return the harmonic mean of two shares."""
    return 2 * one * other / (one + other) if one + other else 0.0


# ── extractors ──────────────────────────────────────────────────────────────────────────────────


def read_as_built(page: Page) -> str:
    """Extract a page as an ingest does; a page that it refuses has no text."""
    try:
        return read_page(page).text
    except FetchFailed:
        return ""


def plain_trafilatura(*, precise: bool = False, generous: bool = False) -> Extractor:
    """Make an extractor of trafilatura's own Markdown, in one of its three documented balances."""

    def extract(page: Page) -> str:
        import trafilatura

        found = trafilatura.extract(
            page.body,
            url=page.resolved_url,
            output_format="markdown",
            include_comments=False,
            include_formatting=True,
            include_tables=True,
            favor_precision=precise,
            favor_recall=generous,
        )
        return found or ""

    return extract


def extractors() -> dict[str, Extractor]:
    """Name what is measured: the first two stand in the table of pages."""
    return {
        PLAIN: plain_trafilatura(),
        OURS: read_as_built,
        f"{PLAIN}, favor_precision": plain_trafilatura(precise=True),
        f"{PLAIN}, favor_recall": plain_trafilatura(generous=True),
    }


# ── running ─────────────────────────────────────────────────────────────────────────────────────


def measure(
    golden: Golden, get: Callable[[str], Page], named: Mapping[str, Extractor]
) -> tuple[list[Measured], list[str]]:
    """Score every extractor on every judged page; also returns why pages were left out."""
    measured: list[Measured] = []
    left_out: list[str] = []
    for judged in golden.pages:
        try:
            page = get(judged.url)
        except FetchFailed as error:
            left_out.append(f"{judged.url}: {error}")
            continue
        if hashlib.sha256(page.body).hexdigest() != judged.sha256:
            left_out.append(f"{judged.url}: is not the page that was judged any more")
            continue
        gold = article_of(judged, golden.everywhere, page.body, page.content_type)
        scores = {
            name: score(gold, markdown_content(extract(page))) for name, extract in named.items()
        }
        measured.append(Measured(judged, len(gold.tokens), scores))
    return measured, left_out


def mean(values: Iterable[float]) -> float:
    """Return the arithmetic mean; 0.0 of nothing."""
    found = list(values)
    return sum(found) / len(found) if found else 0.0


def report(measured: Sequence[Measured], names: Sequence[str]) -> str:
    """Write the means of each half, then every page."""
    halves = split_by_use([row.page for row in measured])
    lines = [
        "| Pages | Extractor | Precision | Recall | F1 | … in any order | Headings | Code verbatim"
        " | … with its language | Cells |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for half, pages in halves.items():
        rows = [row for row in measured if row.page in pages]
        if rows:
            lines += [_mean_line(f"{len(rows)} {half}", name, rows) for name in names]
    lines += ["", *_page_lines(measured, names[:2])]
    return "\n".join(lines) + "\n"


def _mean_line(half: str, name: str, rows: Sequence[Measured]) -> str:
    scores = [row.scores[name] for row in rows]
    bag = mean(harmonic(one.bag_precision, one.bag_recall) for one in scores)
    figures = (
        mean(one.precision for one in scores),
        mean(one.recall for one in scores),
        mean(one.f1 for one in scores),
        bag,
    )
    shares = [
        sum(of, Share(0, 0))
        for of in zip(*((s.headings, s.code, s.named, s.cells) for s in scores), strict=True)
    ]
    written = [
        *(f"{figure:.3f}" for figure in figures),
        *(f"{share.value:.3f} ({share.kept}/{share.total})" for share in shares),
    ]
    return f"| {half} | {name} | {' | '.join(written)} |"


def _page_lines(measured: Sequence[Measured], names: Sequence[str]) -> list[str]:
    heads = " | ".join(f"{name}: P | R | F1 | headings | code | cells" for name in names)
    lines = [
        f"| Page | Held | Words | {heads} |",
        "|---|---|---|" + "---|" * (6 * len(names)),
    ]
    for row in measured:
        figures = []
        for name in names:
            one = row.scores[name]
            figures += [f"{figure:.3f}" for figure in (one.precision, one.recall, one.f1)]
            figures += [
                f"{share.kept}/{share.total}" if share.total else ""
                for share in (one.headings, one.code, one.cells)
            ]
        held = "yes" if row.page.held else ""
        address = row.page.url.partition("://")[2]
        lines.append(f"| {address} | {held} | {row.words} | {' | '.join(figures)} |")
    return lines


def main(arguments: list[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--tuned-only", action="store_true", help="leave the held-back pages alone")
    options = parser.parse_args(arguments)
    golden = load_golden()
    if options.tuned_only:
        tuned = tuple(page for page in golden.pages if not page.held)
        golden = Golden(golden.everywhere, tuned)
    transport = ArchiveTransport(options.archive, obey_robots=False)
    named = extractors()
    measured, left_out = measure(golden, transport.get, named)
    if not measured:
        raise InputError(f"{options.archive} holds none of the judged pages: name another archive")
    for reason in left_out:
        sys.stderr.write(f"left out: {reason}\n")
    sys.stdout.write(report(measured, list(named)))


if __name__ == "__main__":
    main()
