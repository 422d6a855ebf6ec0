"""A verdict for every sentence of an answer, and what becomes of those that no source supports.

A sentence is held against the passages it cites (`assistant/support.py`) and against the question
(`assistant/relevance.py`). Sentences of the extractive engine are quotations already: they are only
looked up.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from assistant.answer import Answer, Citation, Sentence
from assistant.asked import Encode
from assistant.entail import Nli
from assistant.question import read_question
from assistant.relevance import Sought, relevance, seek
from assistant.support import (
    SUPPORTED,
    UNSUPPORTED,
    WEAK,
    Idf,
    Support,
    flat,
    remembered,
    support,
    support_code,
    unmarked,
)
from assistant.wording import read

TextOf = Callable[[str], str | None]  # a passage's id -> its text, None when it is gone

NOTHING_LEFT = "I found passages near this, but none of them supports an answer."
LEAD_WORDS = 16  # a longer sentence before a colon says something of its own
HEADING_WORDS = 10

CODE = re.compile(r"\s*(?:`{3,}|~{3,})")
HEADING = re.compile(r"\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$|__[^_]+__:?\s*$)")
PRONOUN = re.compile(r"^(\s*(?:[-*+]\s+|\d+[.)]\s+)?)(?:It|They|This|These)\s+(?=[a-z]+)")
STEP = re.compile(r"^(\s*)\d{1,3}([.)]\s)")


@dataclass(frozen=True, slots=True)
class Sources:
    """What the sentences of one answer are held against, and by which means."""

    citations: Mapping[int, Citation]
    text_of: TextOf
    headings_of: TextOf
    encode: Encode | None
    nli: Nli | None
    idf: Idf

    def texts(self, numbers: Sequence[int]) -> list[str]:
        """Give the passages that numbers cite; the quote of a passage that is gone."""
        cited = [self.citations[n] for n in numbers if n in self.citations]
        return [self.text_of(c.passage_id) or c.quote for c in cited]

    def titles(self, numbers: Sequence[int]) -> str:
        """Give the titles and places of what numbers cite."""
        cited = [self.citations[n] for n in numbers if n in self.citations]
        return "\n".join(
            f"{c.title} {c.where} {self.headings_of(c.passage_id) or ''}" for c in cited
        )


def nowhere(_: str) -> None:
    """Find nothing of a passage, where nothing is needed or known."""


def verify(
    answer: Answer,
    text_of: TextOf,
    *,
    policy: str = "remove",
    headings_of: TextOf = nowhere,
    encode: Encode | None = None,
    nli: Nli | None = None,
    idf: Idf = flat,
) -> Answer:
    """Give every sentence its verdict and relevance; with "remove" drop what is unsupported.

    `text_of` looks a passage up by its id (`dict.get` will do), `headings_of` the headings that it
    stands under. `encode` gives unit rows, `idf`
    weighs a stem. Citations are numbered anew without holes, and an answer of which no statement
    is left becomes a refusal. A refusal is returned as it is.
    """
    if answer.refused:
        return answer
    sought = seek(read_question(answer.asked or answer.question), idf, None)
    if answer.engine == "extractive":
        return replace(answer, sentences=tuple(_confirmed(answer, sought)))
    by_number = {c.n: c for c in answer.citations}
    meaning = remembered(encode) if encode else None
    sources = Sources(by_number, text_of, headings_of, meaning, nli, idf)
    sought = replace(sought, encode=meaning)
    judged: list[Sentence] = []
    for sentence in answer.sentences:
        found = judged_sentence(sentence, sources, sought)
        if sentence.block and judged:  # code and items answer as far as what they belong to
            found = replace(found, relevance=max(found.relevance, judged[-1].relevance))
        judged.append(found)
    judged = judge_frames(judged)
    if policy == "flag":
        return replace(answer, sentences=tuple(judged))
    return without_unsupported(answer, judged)


def _confirmed(answer: Answer, sought: Sought) -> list[Sentence]:
    """Look each quotation up, and weigh it against the question by its words.

    An answer about the path itself is put together from its lines and stays as it is.
    """
    on_path = any(part.part.kind == "where" for part in sought.parts)
    quotes = {c.n: c.quote for c in answer.citations}
    confirmed: list[Sentence] = []
    before, last = "", 0.0
    for sentence in answer.sentences:
        cited = [quotes[n] for n in sentence.citations if n in quotes]
        found = sentence.verdict if cited else UNSUPPORTED
        worth = sentence.relevance
        if not on_path:
            context = f"{before} {_title(answer, sentence)}"
            worth = relevance(unmarked(sentence.text), sought, context=context)
            # Code and items answer as far as the sentence that they belong to.
            worth = max(worth, last) if sentence.block else worth
        confirmed.append(replace(sentence, verdict=found, relevance=worth))
        before, last = sentence.text, worth
    return confirmed


def _title(answer: Answer, sentence: Sentence) -> str:
    return next((c.title for c in answer.citations if c.n in sentence.citations), "")


# ── one sentence ────────────────────────────────────────────────────────────────────────────────


def judged_sentence(sentence: Sentence, sources: Sources, sought: Sought) -> Sentence:
    """Give a sentence its verdict and relevance; one that only frames others stays as it is.

    A sentence without a citation is held against all that the answer cites, and gets the number of
    the passage that says it: models often cite once, at a paragraph's end.
    """
    if is_frame(sentence):
        return replace(sentence, relevance=relevance(unmarked(sentence.text), sought))
    numbers = tuple(n for n in sentence.citations if n in sources.citations)
    subject = sought.parts[0].part.subject if sought.parts else ""
    meant = replace(sentence, text=resolved(sentence.text, subject))
    if numbers:
        found = supported_by(meant, numbers, sources)
    else:
        all_numbers = tuple(sources.citations)
        found = supported_by(meant, all_numbers, sources)
        if found.verdict == SUPPORTED and 0 <= found.source < len(all_numbers):
            numbers = (all_numbers[found.source],)
        else:
            found = replace(found, verdict=UNSUPPORTED)
    worth = relevance(unmarked(meant.text), sought, context=sources.titles(numbers))
    return replace(sentence, citations=numbers, verdict=found.verdict, relevance=worth)


def resolved(text: str, subject: str) -> str:
    """Put what was asked about in the place of a pronoun that opens a sentence.

    Nearly always the subject of the question is meant; where it is not, the passage that is cited
    speaks of something else, and the sentence loses by it.
    """
    return PRONOUN.sub(lambda m: f"{m[1]}{subject} ", text, count=1) if subject else text


def supported_by(sentence: Sentence, numbers: Sequence[int], sources: Sources) -> Support:
    """Hold a sentence, a code block or the rows of a table against the passages of some numbers."""
    texts = sources.texts(numbers)
    if CODE.match(sentence.text):
        return support_code(sentence.text, texts)
    claims = statements(sentence.text)
    found = [
        support(
            claim,
            texts,
            sources.encode,
            sources.nli,
            idf=sources.idf,
            context=sources.titles(numbers),
        )
        for claim in claims
    ]
    worst = min(found, key=lambda f: (RANK[f.verdict], f.score))
    if worst.verdict == UNSUPPORTED and any(f.verdict != UNSUPPORTED for f in found):
        return replace(worst, verdict=WEAK)
    return worst


RANK = {UNSUPPORTED: 0, WEAK: 1, SUPPORTED: 2}


def statements(text: str) -> list[str]:
    """Cut a block into what it states: the rows of a table, or the text itself."""
    lines = text.strip().splitlines()
    if not lines or not all(line.lstrip().startswith("|") for line in lines):
        return [text]
    rows = [" ".join(line.strip().strip("|").replace("|", ", ").split()) for line in lines]
    told = [row for row in rows if re.search(r"\w", row)]
    return told[1:] or told or [text]  # the first row names the columns


# ── what frames others ──────────────────────────────────────────────────────────────────────────


def is_frame(sentence: Sentence) -> bool:
    """Say whether a sentence states nothing itself: a heading, or "There are three steps:"."""
    text = sentence.text.strip()
    if CODE.match(text):
        return False
    if HEADING.match(text):
        return len(text.split()) <= HEADING_WORDS
    if not any(token.content for token in read(text)):
        return True
    return text.rstrip("*_").endswith(":") and len(text.split()) <= LEAD_WORDS


def judge_frames(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Let a heading or lead-in stand when something that it announces stands."""
    judged: list[Sentence] = []
    standing = False  # whether what follows, up to the next heading, has a leg to stand on
    next_one = UNSUPPORTED
    for sentence in reversed(sentences):
        if not is_frame(sentence):
            standing = standing or sentence.verdict != UNSUPPORTED
            next_one = sentence.verdict if not sentence.block or not judged else next_one
            if sentence.block and sentence.verdict != UNSUPPORTED:
                next_one = sentence.verdict
            judged.append(sentence)
            continue
        heading = bool(HEADING.match(sentence.text.strip()))
        stands = standing if heading else next_one != UNSUPPORTED
        judged.append(replace(sentence, verdict=SUPPORTED if stands else UNSUPPORTED))
        if heading:
            standing = False
    return judged[::-1]


# ── leaving out ─────────────────────────────────────────────────────────────────────────────────


def without_unsupported(answer: Answer, judged: Sequence[Sentence]) -> Answer:
    """Drop unsupported sentences, number steps and citations anew, and say how many are gone."""
    kept = [s for s in judged if s.verdict != UNSUPPORTED]
    if not any(not is_frame(s) for s in kept):
        return replace(
            answer,
            sentences=(),
            citations=(),
            refused=True,
            reason="not_covered",
            message=NOTHING_LEFT,
        )
    left_out = sum(not is_frame(s) and s.verdict == UNSUPPORTED for s in judged)
    sentences, citations = renumbered(steps_renumbered(kept), answer.citations)
    message = " ".join(filter(None, (answer.message, left_out_words(left_out))))
    return replace(answer, sentences=sentences, citations=citations, message=message)


def left_out_words(count: int) -> str:
    """Say how many sentences were left out; nothing for none."""
    if not count:
        return ""
    which = "one sentence" if count == 1 else f"{count} sentences"
    return f"I left out {which} that the sources do not support."


def renumbered(
    sentences: Sequence[Sentence], citations: Sequence[Citation]
) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Number citations from 1 in the order in which sentences use them; unused ones go.

    Numbers that no citation has are dropped from their sentences.
    """
    known = {c.n: c for c in citations}
    used = [n for s in sentences for n in s.citations if n in known]
    new = {old: n for n, old in enumerate(dict.fromkeys(used), 1)}
    renamed = tuple(
        replace(s, citations=tuple(dict.fromkeys(new[n] for n in s.citations if n in new)))
        for s in sentences
    )
    return renamed, tuple(replace(known[old], n=n) for old, n in new.items())


def steps_renumbered(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Close the holes in numbered lists: each run of steps counts on from its first."""
    found: list[Sentence] = []
    for is_step, run in groupby(sentences, key=lambda s: bool(STEP.match(s.text))):
        steps = list(run)
        if not is_step:
            found += steps
            continue
        first = int(re.findall(r"\d+", steps[0].text)[0])
        for n, step in enumerate(steps):
            # A list that had lost its first step begins at 1 all the same.
            number = n + (first if first == 1 else 1)
            found.append(replace(step, text=STEP.sub(rf"\g<1>{number}\g<2>", step.text, count=1)))
    return found
