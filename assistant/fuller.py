"""What other passages add to an answer: the rest of it often stands in the one next to the best.

Of 62 questions written without knowing the notes, 27 are answered only by two or three of their
passages together. What each way of adding brings: docs/benchmarks.md, "The passage".
"""

from collections.abc import Sequence

from assistant.features import Asked
from assistant.leads import Lead, Reading, is_clause
from assistant.passage import valued
from assistant.quotes import Quote, extend, stems_of

BUDGET = 200  # words of prose up to which another passage is added
MOST = 2  # passages
NEARLY = 2.5  # by which a passage may be worth less than the best one, in log-odds
SENTENCES = 2  # of each
LESS = 0.2  # by which a passage on a term may name less of it than the first one
SAID = 0.6  # share of a sentence's stems that were said already, from which it adds nothing


def fuller(quotes: Sequence[Quote], reading: Reading, budget: int = BUDGET) -> list[Quote]:
    """Add what the passages nearly as good as the best one say besides, as long as it is short."""
    told, said = list(quotes), stems_of(quotes)
    used = {quote.hit.id for quote in told}
    leads = best_of_each(reading.leads, reading.asked)
    # Of a term is told what names it; of a situation search knows more than its words.
    named = 0.0 if is_clause(reading.asked) else subject_of(quotes, leads)
    least = max((value for value, _ in leads), default=0.0) - NEARLY
    for value, lead in leads:
        if len(told) >= len(quotes) + MOST or words_of(told) >= budget or value < least:
            break
        stems = lead.item.candidate.stems
        if lead.item.hit.id in used or len(stems & said) > SAID * len(stems):
            continue
        if lead.item.features["subject"] < named - LESS:
            continue
        more = extend(lead, reading.asked, reading.ranked, sentences=SENTENCES)
        told.append(more)
        said |= stems_of([more])
    return told


def subject_of(quotes: Sequence[Quote], leads: Sequence[tuple[float, Lead]]) -> float:
    """Say how much of the subject the passage that is quoted first names."""
    first = quotes[0].hit.id
    shares = (lead.item.features["subject"] for _, lead in leads if lead.item.hit.id == first)
    return max(shares, default=0.0)


def best_of_each(leads: Sequence[Lead], asked: Asked) -> list[tuple[float, Lead]]:
    """Give the best lead of each passage with what the passage is worth, the best first."""
    return [(value, max(group, key=lambda o: o.score)) for value, group in valued(leads, asked)]


def words_of(quotes: Sequence[Quote]) -> int:
    """Count the words of prose that are quoted."""
    return sum(len(s.text.split()) for q in quotes for s in q.spans if s.kind != "code")
