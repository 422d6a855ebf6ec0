"""Does a sentence answer the question? Not whether it is true: see `assistant/support.py`.

The features are those that choose extractive answers; a logistic model over them, fitted by
`python -m eval.relevance --fit`, makes a chance of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.asked import Encode, Evidence, ask_for
from assistant.features import Asked, Candidate, Idf, features, plain
from assistant.question import Question, read_question
from assistant.spans import Span
from assistant.support import Model, Thresholds, flat
from ingest.keywords import analyse

FITTED = Path(__file__).parent / "relevance.json"  # written by `python -m eval.relevance --fit`
NEVER = Thresholds(1.0, 1.0)  # relevance is shown as a number and decides nothing


@dataclass(frozen=True, slots=True)
class Sought:
    """A question made ready for many sentences: what each of its parts asks for."""

    parts: tuple[Asked, ...]
    encode: Encode | None = None


def seek(question: Question, idf: Idf = flat, encode: Encode | None = None) -> Sought:
    """Make a question ready; `idf` weighs a stem, `encode` gives unit rows."""
    evidence = Evidence((), idf, encode)
    return Sought(tuple(ask_for(part, question, evidence) for part in question.parts), encode)


def relevance(
    sentence: str,
    question: str | Sought,
    encode: Encode | None = None,
    *,
    idf: Idf = flat,
    context: str = "",
) -> float:
    """Give the chance, 0..1, that a sentence answers a question; of several parts the best one.

    `context` is what a reader knows beside it: titles, headings, the sentence before. A question
    that cannot be read is answered by nothing.
    """
    if isinstance(question, str):
        question = seek(read_question(question), idf, encode)
    described = [
        relevance_features(sentence, asked, question.encode, context) for asked in question.parts
    ]
    model = models()["by_words" if question.encode is None else "by_meaning"]
    return round(max((model.score(named) for named in described), default=0.0), 3)


def relevance_features(
    sentence: str, asked: Asked, encode: Encode | None, context: str = ""
) -> Mapping[str, float]:
    """Describe a sentence as an answer to one part of a question, each feature in 0..1."""
    text = plain(sentence)
    similarity = 0.0
    if encode is not None:
        rows = encode([asked.part.text, text])
        similarity = float(rows[0] @ rows[1])
    stems, around = analyse(text), analyse(context)
    candidate = Candidate(
        span=Span(text, 0, len(text), "prose", 0, 1),
        stems=frozenset(stems),
        title=context,
        heading=frozenset(around),
        place=frozenset(around),
        passage_score=0.0,
        similarity=similarity,
        kind="",
        texts=(tuple(stems), tuple(around)),
    )
    return features(candidate, asked)


@lru_cache(maxsize=1)
def models() -> Mapping[str, Model]:
    """Read the fitted models: "by_meaning" with vectors, "by_words" without."""
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    return {name: Model(m["bias"], m["weights"], NEVER) for name, m in fitted.items()}
