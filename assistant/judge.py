"""Whether what was found answers the question, decided before anything is said.

Two small logistic models over the signals of `assistant/signals.py` decide: the first between an
answer and a refusal, the second what kind of refusal. Where no passage is known to answer
anything, as in a library without our notes, two others decide, and until a library's vectors are
made two more, by words alone. All are fitted on eval/golden with

    python -m eval.refusal --home FULL --home NOTES --fit

which writes assistant/judge.json; the curve and what each signal is worth are in docs/refusals.md.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from assistant.signals import Signals

WEIGHTS = Path(__file__).with_name("judge.json")
ALONE, BY_WORDS = "_alone", "_by_words"


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds that are linear in the signals: above 0 the decision is yes."""

    bias: float
    weights: Mapping[str, float] = field(default_factory=dict)

    def odds(self, signals: Signals) -> float:
        """Weigh signals; one that is not there counts as 0."""
        return self.bias + sum(w * signals.get(name, 0.0) for name, w in self.weights.items())


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether to answer, and if not the reason: "off_path" or "not_covered".

    `odds` are the log-odds for an answer, 0 where answering begins.
    """

    answerable: bool
    reason: str | None = None
    odds: float = 0.0


@lru_cache(maxsize=1)
def weights() -> Mapping[str, Weights]:
    """Read the fitted weights of "answered" and "off_path", for each way to decide."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return MappingProxyType({name: Weights(w["bias"], w["weights"]) for name, w in read.items()})


def way_of(signals: Signals) -> str:
    """Say by which weights is decided: with known questions, by meaning alone, or by words."""
    if not signals["by_meaning"]:
        return BY_WORDS
    return "" if signals["by_known"] else ALONE


def judge(signals: Signals) -> Judgement:
    """Decide whether to answer, from what was found and how an answer could open."""
    if not signals["found"]:
        return Judgement(False, "off_path")
    way = way_of(signals)
    odds = weights()["answered" + way].odds(signals)
    if odds > 0 and signals["lead"]:
        return Judgement(True, None, odds)
    far = weights()["off_path" + way].odds(signals) > 0
    return Judgement(False, "off_path" if far else "not_covered", odds)
