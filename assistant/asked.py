"""What a part of a question asks for: its subject by all its names, and what must be named."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.features import Asked
from assistant.names import Name, names_in, no_stranger, rarest
from assistant.part import TAIL, Part
from assistant.question import Question
from assistant.retrieve import Hit
from ingest.analysis import Word, words
from ingest.keywords import analyse

# What people call the same, and texts seldom put side by side as "long form (short form)".
ALIASES = (
    ("LLM", "language model"),
    ("2D", "two dimensions"),
    ("3D", "three dimensions"),
    ("DB", "database"),
    ("K8s", "Kubernetes"),
    ("Postgres", "PostgreSQL"),
    ("sklearn", "scikit-learn"),
)
# Words that say what kind of thing a name is of, and may be left out: "the bulkhead pattern".
KIND_WORDS = frozenset(
    {
        "algorithm",
        "approach",
        "concept",
        "function",
        "idea",
        "mechanism",
        "method",
        "metric",
        "model",
        "pattern",
        "principle",
        "procedure",
        "process",
        "rule",
        "strategy",
        "technique",
    }
)
THING_WORDS = 3  # of a thing that is asked about within another: "callback in Keras"
NAME_UP_TO = 4  # stems; a short subject ("graph neural network") is a name

Encode = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the answerer reads: hits, best first, and what helps to weigh their words.

    `idf` weighs a stem, `encode` compares sentences (None without vectors), `expansions` are the
    (acronym, long form) pairs that the question touches, and `is_strange` knows a word that is none
    of the language and in no page.
    """

    hits: tuple[Hit, ...]
    idf: Callable[[str], float]
    encode: Encode | None
    expansions: tuple[tuple[str, str], ...] = ()
    is_strange: Callable[[Word], bool] = no_stranger

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """The pairs of names that mean the same."""
        return (*self.expansions, *ALIASES)


def ask_for(part: Part, question: Question, evidence: Evidence) -> Asked:
    """Analyse one part of a question into stems, with the other names of its subject."""
    said = frozenset(analyse(part.text)) or frozenset(analyse(question.search))
    subject = frozenset(analyse(part.subject)) or said
    alike = other_names(subject, evidence.names)
    names = (*spellings(part.subject), *alike, *bare_names(part.subject))
    stems = said.union(subject, *names)
    weights = {s: evidence.idf(s) for s in stems}
    # What has another name may be called by that one, and "bias of a neuron" is no compound.
    one_term = not names and not any(word.stop for word in words(part.subject))
    compound = tuple(analyse(part.subject)) if one_term else ()
    return Asked(part, subject, said | subject, weights, names, name_in(part, evidence), compound)


def name_in(part: Part, evidence: Evidence) -> Name:
    """Find what an answer must call by its name, in all the ways to say it."""
    named = names_in(TAIL.sub("", part.text))
    if part.subject and len(frozenset(analyse(part.subject))) <= NAME_UP_TO:
        # In a long question a word that nobody knows may be one way to say it among others.
        named += names_in(part.subject, evidence.is_strange)
    name = rarest(named, evidence.idf)
    pairs = [tuple(tuple(analyse(n)) for n in pair) for pair in evidence.names]
    both = [*pairs, *(pair[::-1] for pair in pairs)]
    return (*name, *(other for one, other in both if any(set(way) <= set(one) for way in name)))


def bare_names(subject: str) -> tuple[frozenset[str], ...]:
    """Leave out of a subject what may go unsaid: what kind of thing it is, and within what.

    "Histogram metric in Prometheus" may stand under the heading "Histogram"; that the document
    speaks of Prometheus is asked for all the same.
    """
    whole = subject.lower().split()
    thing = whole[: whole.index("in")] if "in" in whole[1 : THING_WORDS + 1] else whole
    bare = thing[:-1] if thing and thing[-1].removesuffix("s") in KIND_WORDS else thing
    names = (frozenset(analyse(" ".join(words))) for words in (bare, thing) if words != whole)
    return tuple(dict.fromkeys(name for name in names if name))


def spellings(subject: str) -> tuple[frozenset[str], ...]:
    """Give the two ways to write a subject's compounds: together ("efsearch") and apart."""
    found = [word for word in words(subject) if word.forms and not word.stop]
    if all(len(word.forms) == 1 for word in found):
        return ()
    return tuple(frozenset(t for word in found for t in word.forms[end]) for end in (0, -1))


def other_names(
    subject: frozenset[str], expansions: Sequence[tuple[str, str]]
) -> tuple[frozenset[str], ...]:
    """Swap an acronym in a subject for its long form, and the other way round."""
    names = []
    for pair in expansions:
        one, other = (frozenset(analyse(name)) for name in pair)
        names += [(subject - a) | b for a, b in ((one, other), (other, one)) if a and a <= subject]
    return tuple(dict.fromkeys(names))
