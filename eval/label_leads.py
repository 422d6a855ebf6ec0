"""Draw candidate leads for reading, and take the grades that were given.

    python -m eval.label_leads draw --home HOME --sheet SHEET > to-read.txt
    python -m eval.label_leads take --sheet SHEET --grades GRADES

`draw` shows the candidates of every question in eval/golden/leads.jsonl that have no label yet,
each with its headings and what follows it: the best of the present ranking, of plain likeness and
of BM25, and a few at random. A line of GRADES is a question's id and a digit for each candidate
in the order shown: 0 does not answer, 1 answers partly, 2 answers. A new question is a line of the
file with an empty list of labels. The sheet holds words of pages: keep it out of the repository.
"""

import argparse
import json
import random
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assistant.leads import Scored, leads_of
from assistant.search import Searcher
from assistant.settings import load_settings
from eval.leads import (
    GRADES,
    LABELS,
    Labelled,
    Place,
    Pool,
    by_similarity,
    by_words,
    load_labels,
    place_of,
    pool_for,
    remembering,
    write_labels,
)
from ingest.errors import InputError

RANKED, ALIKE, WORDED, CHANCE = 3, 2, 1, 1  # candidates taken from each way to rank
SHOWN, FOLLOWING = 420, 160  # characters


def drawn(pool: Pool, seed: str, known: Mapping[Place, int]) -> list[Scored]:
    """Choose candidates for reading from several rankings, in an order that tells nothing."""
    leads = [lead.item for lead in leads_of(pool.ranked, pool.asked, pool.asked.part.kind)]
    chance = random.Random(seed)
    some = chance.sample(pool.ranked, min(CHANCE, len(pool.ranked)))
    ways = (
        (*leads[:RANKED], *([] if leads else pool.ranked[:RANKED])),
        by_similarity(pool)[:ALIKE],
        by_words(pool)[:WORDED],
        some,
    )
    chosen = {place_of(item): item for way in ways for item in way}
    fresh = [item for place, item in chosen.items() if place not in known]
    chance.shuffle(fresh)
    return fresh


def shown(item: Scored, pool: Pool) -> str:
    """Write a candidate with its headings and the words that follow it."""
    span, passage = item.candidate.span, item.hit.entry.passage
    after = " ".join(passage.text[span.end : span.end + FOLLOWING].split())
    place = " > ".join((item.hit.entry.title[:40], *passage.heading_path[-2:]))
    text = " ".join(span.text[:SHOWN].split())
    return f"({span.kind}, {place}) «{text}» {after}"


def draw(searcher: Searcher, items: Iterable[Labelled], sheet: Path) -> None:
    """Print every question with its unlabelled candidates, and keep their places in a sheet."""
    encode = remembering(searcher.encode, {})
    with sheet.open("w", encoding="utf-8") as kept:
        for item in items:
            pool = pool_for(item.question, searcher, encode)
            if pool is None:
                continue
            fresh = drawn(pool, item.id, dict(item.labels))
            if not fresh:
                continue
            places = [place_of(one) for one in fresh]
            rows = [[p.at, p.heading, p.digest] for p in places]
            kept.write(json.dumps({"id": item.id, "places": rows}) + "\n")
            kept.flush()
            lines = [f"### {item.id} [{pool.asked.part.kind}] {item.question}"]
            lines += [f"{n}. {shown(one, pool)}" for n, one in enumerate(fresh, 1)]
            sys.stdout.write("\n".join(lines) + "\n\n")


def take(items: Sequence[Labelled], sheet: str, grades: str) -> list[Labelled]:
    """Add the grades to the labels; raises InputError for a line that does not fit its question."""
    places = {}
    for line in sheet.splitlines():
        drawn_line = json.loads(line)
        places[drawn_line["id"]] = [Place(*row) for row in drawn_line["places"]]
    given: dict[str, dict[Place, int]] = {}
    for number, line in enumerate(grades.splitlines(), 1):
        if not line.strip():
            continue
        question, _, digits = line.strip().partition(" ")
        values = [int(d) for d in digits if d.isdecimal()]
        if len(values) != len(places.get(question, ())) or any(v not in GRADES for v in values):
            raise InputError(
                f"grades, line {number}: “{line}”: give {len(places.get(question, ()))} digits"
                f" of 0 to 2 for “{question}”"
            )
        given[question] = dict(zip(places[question], values, strict=True))
    return [
        replace(item, labels=tuple({**dict(item.labels), **given.get(item.id, {})}.items()))
        for item in items
    ]


def main(arguments: list[str] | None = None) -> None:
    """Draw candidates or take grades."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("draw", "take"))
    parser.add_argument("--home")
    parser.add_argument("--labels", type=Path, default=LABELS)
    parser.add_argument("--sheet", type=Path, required=True)
    parser.add_argument("--grades", type=Path)
    options = parser.parse_args(arguments)
    items = load_labels(options.labels)
    if options.what == "draw":
        draw(Searcher(load_settings(options.home)), items, options.sheet)
    elif options.grades is None:
        parser.error("take needs --grades")
    else:
        sheet = options.sheet.read_text(encoding="utf-8")
        graded = take(items, sheet, options.grades.read_text(encoding="utf-8"))
        write_labels(graded, options.labels)


if __name__ == "__main__":
    main()
