"""The door of a language-inference model on this machine, which says what follows from a text.

Optional: STUDYPATH_NLI names the folder of a cross-encoder that was trained on language inference
(entailment, neutral, contradiction). Nothing is downloaded, and nothing needs it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingest.errors import InputError

VARIABLE = "STUDYPATH_NLI"
NEEDED = ("entailment", "contradiction")
SHARE = 0.5  # of the model's word in a score: not measured, for no such model came as a package


@dataclass(frozen=True, slots=True)
class Nli:
    """A loaded cross-encoder and the columns of its labels."""

    model: Any
    column: Mapping[str, int]

    def entailed(self, premise: str, claims: Sequence[str]) -> list[float]:
        """Give for each claim how far it follows, 0..1; a contradiction is 0."""
        import numpy as np

        logits = np.asarray(self.model.predict([(premise, claim) for claim in claims]))
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = odds / odds.sum(axis=1, keepdims=True)
        follows = shares[:, self.column["entailment"]]
        against = shares[:, self.column["contradiction"]]
        return [float(value) for value in follows * (1 - against)]

    def combined(self, score: float, premise: str, claim: str) -> float:
        """Join a score with the model's word."""
        return (1 - SHARE) * score + SHARE * self.entailed(premise, [claim])[0]


def configured_nli() -> Nli | None:
    """Load the model that STUDYPATH_NLI names; None when it names none."""
    folder = os.environ.get(VARIABLE, "").strip()
    return load_nli(Path(folder).expanduser()) if folder else None


@lru_cache(maxsize=1)
def load_nli(folder: Path) -> Nli:
    """Load a cross-encoder from a folder; raises InputError when there is none of the kind."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{VARIABLE}={folder} holds no model: name the folder of a cross-encoder")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from sentence_transformers import CrossEncoder

    try:
        model = CrossEncoder(str(folder), device="cpu")
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{VARIABLE}={folder} cannot be loaded: {error}") from error
    labels = {str(name).lower(): int(n) for n, name in model.config.id2label.items()}
    if not set(NEEDED) <= labels.keys():
        raise InputError(
            f"{VARIABLE}={folder} has the labels {', '.join(labels)}, not {' and '.join(NEEDED)}:"
            " name a model trained on language inference"
        )
    return Nli(model, labels)
