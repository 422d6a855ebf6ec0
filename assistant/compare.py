"""The answer to "how do these two differ": what tells them apart, a table, then each side."""

from collections.abc import Sequence

from assistant.asked import Evidence, other_names
from assistant.features import Asked, named_share
from assistant.leads import FULL, Lead, Reading, Scored, leads_of, scored
from assistant.part import Part
from assistant.quotes import Quote, extend, overlaps, quote_of, stems_of
from ingest.keywords import analyse

TOLD = 1.0  # what a lead of a comparison gains by naming both sides itself
OF_SIDE = 0.5  # share of a side's own words that a sentence about it names
ALL_OF_SIDE = 0.99
TABLE_LINES = 40
TABLE_RELEVANCE = 0.8


def read_sides(asked: Asked, ranked: Sequence[Scored], evidence: Evidence) -> tuple[Reading, ...]:
    """Read the spans of a comparison again for what each of its sides is."""
    readings = []
    for side in sides_of(asked, evidence):
        again = sorted((scored(s.hit, s.candidate, side) for s in ranked), key=lambda s: -s.score)
        # Likeness was measured to the whole comparison: a side's own sentence has to name it.
        leads = [
            lead
            for lead in leads_of(again, side, "what")
            if named_share(side, lead.item.candidate.stems) >= OF_SIDE
        ]
        readings.append(Reading(side, tuple(again), tuple(leads), bool(leads)))
    return tuple(readings)


def compare(reading: Reading) -> list[Quote]:
    """Answer a comparison: what tells both sides apart, a table if there is one, then each side."""
    asked, ranked = reading.asked, reading.ranked
    sides = [side.asked for side in reading.sides]
    quotes: list[Quote] = []
    on_subject = reading.leads if reading.on_subject else ()
    leads = [lead for lead in on_subject if tells(lead, sides, True)]
    if leads:
        best = max(leads, key=lambda lead: lead.score + TOLD * tells(lead, sides, False))
        quotes.append(extend(best, asked, ranked))
    table = comparing_table(ranked, sides)
    if table:
        quotes.append(table)
    for side in reading.sides:
        if len(quotes) >= 2 and named_share(side.asked, stems_of(quotes)) >= 1:
            continue
        quote = extend(side.leads[0], side.asked, side.ranked, 2) if side.leads else None
        if quote and not any(overlaps(quote, other) for other in quotes):
            quotes.append(quote)
    answered = all(named_share(side, stems_of(quotes)) >= OF_SIDE for side in sides)
    return quotes if answered else []


def sides_of(asked: Asked, evidence: Evidence) -> list[Asked]:
    """Ask what each side of a comparison is, by the stems that tell the sides apart."""
    named = [frozenset(analyse(side)) for side in asked.part.sides or ()]
    common = frozenset.intersection(*named)
    sides = []
    for side, stems in zip(asked.part.sides or (), named, strict=True):
        own = stems - common or stems  # "L1 and L2 regularization" -> l1, l2
        names = other_names(stems, evidence.expansions)
        weights = {s: evidence.idf(s) for s in own.union(*names)}
        sides.append(Asked(Part("what", side, side), own, own, weights, names))
    return sides


def tells(lead: Lead, sides: Sequence[Asked], headed: bool) -> bool:
    """Say whether a lead names every side, itself or (`headed`) with the help of its heading."""
    candidate = lead.item.candidate
    stems = candidate.stems | candidate.heading if headed else candidate.stems
    return all(named_share(side, stems) >= OF_SIDE for side in sides)


def comparing_table(ranked: Sequence[Scored], sides: Sequence[Asked]) -> Quote | None:
    """Find a table with a row or a column of each side, best passage first."""
    tables = [
        s
        for s in ranked
        if s.candidate.span.kind == "table"
        and s.candidate.span.text.count("\n") <= TABLE_LINES
        and sets_apart(s.candidate.span.text, sides)
    ]
    best = max(tables, key=lambda s: s.candidate.passage_score, default=None)
    return quote_of(best, FULL * TABLE_RELEVANCE) if best else None


def sets_apart(table: str, sides: Sequence[Asked]) -> bool:
    """Say whether the heads of a table's rows and columns name each side in a cell of its own."""
    rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in table.splitlines()]
    heads = [frozenset(analyse(cell)) for cell in (*rows[0], *(row[0] for row in rows[1:]))]
    named = [{n for n, head in enumerate(heads) if heads_side(head, side)} for side in sides]
    return all(named) and len(set.union(*named)) >= len(sides)


def heads_side(head: frozenset[str], side: Asked) -> bool:
    """Say whether a cell names a side; "L2" does for the second of "L1 vs L2 regularization"."""
    if named_share(side, head) >= ALL_OF_SIDE:
        return True
    first = frozenset(analyse(" ".join(side.part.text.split()[:-1])))
    return bool(first) and first <= head
