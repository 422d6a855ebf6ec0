"""An answer that a language model writes: prompt -> stream -> pieces -> sentences with quotes."""

import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.answer import Citation, Sentence
from assistant.cite import citation
from assistant.engines import SPOKEN, Engines, EngineState
from assistant.generate import EngineFailed
from assistant.manner import Manner
from assistant.markers import MarkerReader, Piece
from assistant.prompts import (
    answer_tokens,
    is_refusal,
    sounds_like_refusal,
    write_prompt,
)
from assistant.retrieve import Hit
from assistant.settings import Limits
from assistant.support import support_quote, verbatim
from ingest.curriculum import Curriculum
from ingest.errors import ModelMissing

# Is told each finished sentence with what it cites, numbered in the order of first use.
Hear = Callable[[Sentence, tuple[Citation, ...]], None]
STOPPED = "{who} stopped answering"
NOT_USABLE = "{who} cannot be used now ({why})"
CUT_SHORT = "The answer was longer than its limit and ends early."


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote; no sentences for a refusal. `first_token` in milliseconds.

    `failed` says why it wrote nothing when that is no refusal: words for the learner.
    """

    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    remark: str = ""
    first_token: float = 0.0
    failed: str = ""


@dataclass(slots=True)
class Numbering:
    """Quotes numbered in the order of first use; the same quote keeps its number."""

    curriculum: Curriculum | None
    quotes: list[tuple[str, int, int]] = field(default_factory=list)
    citations: list[Citation] = field(default_factory=list)

    def number(self, hit: Hit, start: int, end: int) -> int:
        """Give the number of a stretch of a passage, a new one for a new stretch."""
        place = (hit.id, start, end)
        if place not in self.quotes:
            self.quotes.append(place)
            text = hit.entry.passage.text[start:end]
            cited = citation(len(self.quotes), hit.entry, text, start, self.curriculum)
            self.citations.append(cited)
        return self.quotes.index(place) + 1


@dataclass(frozen=True, slots=True)
class Writer:
    """The language model that answers one question, and in what manner."""

    engines: Engines
    state: EngineState
    limits: Limits
    manner: Manner
    hear: Hear | None = None

    def write(self, question: str, hits: Sequence[Hit], curriculum: Curriculum | None) -> Written:
        """Let the model answer; never raises for what goes wrong with it, see `Written.failed`."""
        who = SPOKEN[self.state.name]
        if not self.state.usable:
            return Written(failed=NOT_USABLE.format(who=who, why=self.state.why))
        try:
            return write_answer(
                question,
                hits,
                self.manner,
                self.engines,
                self.state,
                self.limits,
                curriculum,
                self.hear,
            )
        except (EngineFailed, ModelMissing):
            return Written(failed=STOPPED.format(who=who))


def write_answer(
    question: str,
    hits: Sequence[Hit],
    manner: Manner,
    engines: Engines,
    state: EngineState,
    limits: Limits,
    curriculum: Curriculum | None,
    hear: Hear | None = None,
    draw: Callable[[str], str] = secrets.choice,
) -> Written:
    """Let a model answer from hits; raises EngineFailed or ModelMissing when it does not.

    Every citation is a verbatim quote of a hit. A sentence without a valid one cites nothing.
    """
    readable = [hit for hit in hits if hit.entry.kind != "path" and not hit.entry.passage.flag]
    prompt = write_prompt(question, readable, manner, limits, draw)
    if not prompt.given:
        return Written()
    began, first = time.perf_counter(), 0.0
    reader, numbering = MarkerReader(prompt.given), Numbering(curriculum)
    sentences: list[Sentence] = []
    refused, end = False, "stop"

    def take(pieces: Iterable[Piece]) -> Iterator[Sentence]:
        nonlocal refused
        for piece in pieces:
            if is_refusal(piece.text):
                refused = True
            else:
                yield sentence_of(piece, [prompt.given[i] for i in piece.ids], numbering)

    def tell(found: Iterable[Sentence]) -> None:
        for sentence in found:
            sentences.append(sentence)
            if hear is not None:
                hear(sentence, tuple(numbering.citations[n - 1] for n in sentence.citations))

    for chunk in engines.stream(state, prompt.messages, answer_tokens(manner, limits)):
        if chunk.text and not first:
            first = 1000 * (time.perf_counter() - began)
        end = chunk.end or end
        tell(take(reader.feed(chunk.text)))
    tell(take(reader.finish(whole=end != "length")))
    if is_empty(sentences, refused):
        return Written(first_token=first)
    remark = CUT_SHORT if end == "length" else ""
    return Written(tuple(sentences), tuple(numbering.citations), remark, first)


def sentence_of(piece: Piece, hits: Sequence[Hit], numbering: Numbering) -> Sentence:
    """Turn a piece into a sentence that cites the best stretch of each of its passages.

    Until it is verified a sentence counts as supported only when a passage holds it word for word.
    """
    numbers = tuple(
        dict.fromkeys(numbering.number(hit, *support_quote(piece.text, hit)) for hit in hits)
    )
    said = verbatim(piece.text, [hit.entry.passage.text for hit in hits]) is not None
    verdict = "supported" if said else "weak" if numbers else "unsupported"
    return Sentence(piece.text, numbers, verdict, block=piece.kind != "prose")


def is_empty(sentences: Sequence[Sentence], refused: bool) -> bool:
    """Say whether nothing was answered: no sentence, or a refusal and nothing that is cited."""
    if any(sentence.citations for sentence in sentences):
        return False
    return not sentences or refused or any(sounds_like_refusal(s.text) for s in sentences)
