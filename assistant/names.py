"""Proper names in a question: what an answer must call by that very name.

"How does XGBoost handle missing values?" is not answered by how scikit-learn does it, however
alike the sentences are.
"""

import re
from collections.abc import Callable, Sequence

from ingest.analysis import Word, tokens, word

Name = tuple[tuple[str, ...], ...]  # ways to say a name, each the stems that say it together

SENTENCE_END = re.compile(r"(?<=[.?!:;])\s+")
# What is told beside a question and names nothing that an answer has to say: sizes and counts
# ("7B", "GB", "40-column"), a letter, a day; an example ("a code like XJ-4410"), and the words of a
# message.
BESIDE = re.compile(
    r"\d+(?:[.,]\d+)?(?:k|m|b|bn|kb|mb|gb|tb|ms|s|min|h|x|px)?|[kmgt]b|\d+-[a-z]+|[a-z]"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|january|february|april|june|july|august|september|october|november|december",
    re.I,
)
EXAMPLE = re.compile(
    r"\b(?:like|such as|for example|for instance|e\.g\.?|say)[,:]? [\w.-]*\d[\w.-]*", re.I
)
MESSAGE = re.compile(
    r"\w+(?:Error|Exception|Warning):.*|[\"“”](?:[^\s\"“”]+ )+[^\s\"“”]+[\"“”]", re.S
)


def no_stranger(_: Word) -> bool:
    """Know every word: nothing is taken for a name only because nobody knows it."""
    return False


def names_in(text: str, is_strange: Callable[[Word], bool] = no_stranger) -> tuple[Word, ...]:
    """Find the words of a question, or of a part of one, that name something, in order.

    A name has a capital or a digit where other words have none, or `is_strange`: no word of the
    language, and in no page. Capitals say nothing in a question that is written in capitals.
    """
    found: list[Word] = []
    for sentence in SENTENCE_END.split(EXAMPLE.sub(" ", MESSAGE.sub(" ", text))):
        content = [
            (position, w)
            for position, w in enumerate(word(surface) for surface in tokens(sentence))
            if w.forms and not w.stop
        ]
        raised = sum(w.surface[0].isupper() for _, w in content)
        shouting = len(content) > 1 and raised == len(content)
        for position, w in content:
            marked = is_marked(w.surface) or (w.surface[0].isupper() and position > 0)
            if BESIDE.fullmatch(w.surface):
                continue
            if (marked and not shouting) or is_strange(w):
                found.append(w)
    return tuple(dict.fromkeys(found))


def is_marked(surface: str) -> bool:
    """Say whether a word looks like a name anywhere: LoRA, GPT-3, ef_search, k8s."""
    inner = surface[1:]
    letters = any(c.isalpha() for c in surface)
    return letters and (inner != inner.lower() or "_" in inner or any(c.isdigit() for c in surface))


def rarest(names: Sequence[Word], idf: Callable[[str], float]) -> Name:
    """Give the ways to say the rarest of some names; none when there are no names."""
    if not names:
        return ()

    def rarity(name: Word) -> float:  # of its commonest form: "mlops" is seldom "ml ops"
        return min(max(idf(term) for term in form) for form in name.forms)

    return max(names, key=rarity).forms
