"""A sentence as words with their places: clauses, what a "not" reaches, what stands around a word.

Pure, and made for comparing a claim with a quote: see `assistant/claims.py`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.features import plain
from ingest.analysis import TOKEN, fold, stem, word


def listed(words: str) -> frozenset[str]:
    """Read a list of words that a space sets apart."""
    return frozenset(words.split())


NEGATORS = listed(
    "not no never none neither nor without cannot nothing nobody cant wont isnt arent"
)
# Verbs and adjectives that deny what follows without a "not".
DENIALS = frozenset(
    stem(w)
    for w in listed(
        "ignore disregard exclude avoid prevent lack omit skip vanish lose fail miss unseen"
        " independent needless unnecessary useless unlike reject leave hide unless regardless"
        " instead rather unrelated unable impossible false hardly rarely stop drop free"
    )
)
NOT_DENIED = listed("only just merely simply")  # "not only" denies nothing
KEPT = listed("keep keeps kept keeping")
REACH = 6  # content words that a "not" reaches within its clause
AROUND = 4  # words on each side that tell what a number or an adjective is said of

CONNECTIVES = (
    "whereas|while|but|because|since|although|though|unless|if|when|so|yet|until|which"
    "|rather than|after|before"
)
CODE = re.compile(r"`[^`]*`")
SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
CLAUSE_END = re.compile(
    r"[.!?](?=\s|$)|[;:()\n]|\s[–—-]\s|,(?=\s+(?:and|or|not|then|whose|who)\b)"
    rf"|,?\s(?=(?:{CONNECTIVES})\b)",
    re.IGNORECASE,
)
# "When it rains, …": the first comma ends what stands in front.
FRONTED = re.compile(
    r"(?:^|[.!?]\s+)(?:after|although|as|at|because|before|below|above|beyond|by|for|if|in|on|since"
    r"|to|under|unless|until|when|while|with|without|whereas)\b[^,.;:!?]*(?P<comma>,)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text: its stems (several for a compound), its clause, its place in the text.

    `names` are what it is called as a whole: the parts of "bi-encoder", the one of "model.eval".
    `content` is false for function words, which have no stems.
    """

    lower: str
    stems: frozenset[str]
    names: tuple[str, ...]
    content: bool
    clause: int
    sentence: int
    start: int


@dataclass(frozen=True, slots=True)
class Negation:
    """A word that denies, the stems that it reaches, and those of its clause and sentence.

    `plainly` is true for "not" and its like.
    """

    word: str
    reach: frozenset[str]
    within: frozenset[str]
    sentence: frozenset[str]
    plainly: bool


Wording = tuple[Token, ...]


def read(text: str) -> Wording:
    """Read a text as words; Markdown emphasis is dropped first, so places are in the plain text."""
    text = fold(plain(text))
    prose = CODE.sub(lambda match: re.sub(r"\W", " ", match[0]), text)
    clause_ends = [match.start() for match in CLAUSE_END.finditer(prose)]
    clause_ends += [match.start("comma") for match in FRONTED.finditer(prose)]
    clause_ends.sort()
    sentence_ends = [match.start() for match in SENTENCE_END.finditer(prose)]
    tokens: list[Token] = []
    for match in TOKEN.finditer(text):
        clause = bisect_left(clause_ends, match.start())
        sentence = bisect_left(sentence_ends, match.start())
        found = word(match[0])
        content = bool(found.forms) and not found.stop
        stems = frozenset(found.terms) if content else frozenset()
        names = found.forms[-1 if "-" in match[0] else 0] if content else ()
        lower = match[0].lower().replace("’", "'")
        tokens.append(Token(lower, stems, names, content, clause, sentence, match.start()))
    return tuple(tokens)


def stems_of(wording: Iterable[Token]) -> frozenset[str]:
    """Collect the stems of the content words."""
    return frozenset(s for token in wording for s in token.stems)


def denies(token: Token) -> bool:
    """Say whether a word is a plain "not" of any form."""
    return token.lower.replace("'", "") in NEGATORS or token.lower.endswith("n't")


def negations(wording: Wording) -> tuple[Negation, ...]:
    """Find what is denied: by "not" and its like, and by verbs such as "ignores"."""
    found = []
    for i, token in enumerate(wording):
        plainly = denies(token) and not (token.lower == "without" and _opens(wording, i))
        denial = token.stems & DENIALS or stem(token.lower) in DENIALS or _kept_from(wording, i)
        if not plainly and not denial and not denies(token):
            continue
        if plainly and i + 1 < len(wording) and wording[i + 1].lower in NOT_DENIED:
            continue
        after = [t for t in wording[i + 1 :] if t.clause == token.clause and t.content][:REACH]
        reached = stems_of(after)
        if not plainly:  # "unseen words" and "words that were unseen"
            before = [t for t in wording[:i] if t.clause == token.clause and t.content][-2:]
            reached |= stems_of(before) | token.stems
        within = stems_of(t for t in wording if t.clause == token.clause)
        sentence = stems_of(t for t in wording if t.sentence == token.sentence)
        found.append(Negation(token.lower, reached, within, sentence, plainly))
    return tuple(found)


def _opens(wording: Wording, at: int) -> bool:
    """Say whether a word opens its sentence: "Without scaling, …" says what would be otherwise."""
    return at == 0 or wording[at - 1].sentence != wording[at].sentence


def _kept_from(wording: Wording, at: int) -> bool:
    """Say whether a word is the "from" of "keeps gradients from vanishing"."""
    before = [t for t in wording[:at] if t.clause == wording[at].clause]
    return wording[at].lower == "from" and any(t.lower in KEPT for t in before)


def around(wording: Wording, at: int) -> Mapping[str, float]:
    """Give the stems around a word within its clause, each weighed by its nearness."""
    weights: dict[str, float] = {}
    for i in range(max(0, at - AROUND), min(len(wording), at + AROUND + 1)):
        token = wording[i]
        if i != at and token.clause == wording[at].clause:
            for s in token.stems:
                weights[s] = max(weights.get(s, 0.0), 1 / (1 + abs(i - at)))
    return weights


def shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Give the share of one surrounding that another one has, 0..1."""
    total = sum(one.values())
    both = sum(min(weight, other[s]) for s, weight in one.items() if s in other)
    return both / total if total else 0.0


def clauses(wording: Wording) -> list[Sequence[Token]]:
    """Cut a wording into its clauses, those without content words left out."""
    found: dict[int, list[Token]] = {}
    for token in wording:
        found.setdefault(token.clause, []).append(token)
    return [tokens for tokens in found.values() if any(t.content for t in tokens)]
