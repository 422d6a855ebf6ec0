"""Short answers: accepted spellings, small typing errors, and longer answers by key points; pure.

An answer passes when, apart from words that say nothing ("it is called the … method"), it is an
accepted one; a longer answer passes when it begins with an accepted one, denies nothing, and what
follows explains it in words of the question or of the key points. Naming several things, a denial,
or a word that is merely close to an accepted one leaves the answer unsure or wrong.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.quiz import Short
from ingest.keywords import analyse

_FILLER = """
a an the it is its it's that's that this thats was are be would i i'd id think guess believe suppose
say answer my called name named known as we you they one calls call term word so usually often
typically of at course simply just probably maybe perhaps about here must should
"""
_KINDS = """
method technique algorithm metric parameter function indexer format mechanism penalty property plot
step model module system scheme service kind type component tool framework process approach file
score measure operation code identifier test graph setting transform transformation trigger norm
regularization package library feature signal layer pattern architecture machine kit class object
bug effect trick strategy vector search network problem part port inference principle concept
embedding
"""
# Words around an answer that do not change which thing it names.
FILLER = frozenset(_FILLER.split())
# Nouns for kinds of things: "the iloc indexer", "zero-shot setting".
KINDS = frozenset(_KINDS.split())
NOTHING = re.compile(
    r"\W*|(?:i\s+)?(?:do\s*n[o']?t|dont|do not)\s+know|no idea|idk|dunno|skip|pass|none|n/?a|\?+",
    re.I,
)
DENIAL = re.compile(
    r"\b(?:not|no|non|never|neither|nor|none|without|cannot|except|unlike|opposite|inverse|reverse"
    r"|contrary|instead|rather|but|anything|isnt|arent|wasnt|doesnt|dont|wont|cant"
    r"|hardly|against|lack|lacks|lacking|absence|false|wrong|incorrect|anti)\b|n['’]t\b",
    re.I,
)
HEDGE = re.compile(
    r"\b(?:or|either|between|not|never|isnt|isn't|other than|except|more than|less than|fewer than"
    r"|greater than|larger than|smaller than|above|below|over|under|at least|at most|unless)\b"
    r"|n't\b|[<>≤≥≠]",
    re.I,
)
ALTERNATIVES = re.compile(
    r"\s*(?:,|;|\s/\s|\bor\b|\balso (?:called|known as)\b|\baka\b|\ba\.k\.a\.|\bi\.e\."
    r"|\(|\)|=|\bsometimes\b)\s*",
    re.I,
)
EXPLAINS = re.compile(
    r"\s*(?:,|;|:|\(|\s[-–—]\s|—|\.\s|\b(?:because|since|as it|as they|which|that|who|it)\b)\s*",
    re.I,
)
# A token may be mistyped by one letter from five letters on, by two from ten on.
ONE_SLIP, TWO_SLIPS = 5, 10
LONGEST = 2_000
# Share of the words of the question or a key point that an explanation must touch.
EXPLAINED = 0.4


@dataclass(frozen=True, slots=True)
class Told:
    """The grade of a short answer, as `Grade` of `assistant/grading.py` has it."""

    share: float
    verdict: str
    words: str
    met: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def graded_short(
    short: Short,
    question: str,
    points: Sequence[str],
    answer: str,
    known_words: Collection[str] = (),
) -> Told:
    """Grade a short answer; `known_words` are words of the field, in lower case."""
    answer = answer[:LONGEST]
    met, missing = points_met(points, answer)
    denies = bool(DENIAL.search(without_wordings(answer, (*short.accepted, *points))))
    if names(answer, short.accepted):
        return Told(1.0, "right", "an accepted answer", met, missing)
    if denies:
        return Told(0.0, *denied(answer, short.accepted), met, missing)
    parts = [part for part in ALTERNATIVES.split(answer) if tokens(part)]
    if len(parts) > 1 and all(names(part, short.accepted) for part in parts):
        return Told(1.0, "right", "accepted answers", met, missing)
    if slip := mistyped(answer, short.accepted, known_words):
        return Told(1.0, "right", f"taken as “{slip}”, mistyped", met, missing)
    head, rest = head_and_rest(answer)
    if rest and names(head, short.accepted):
        if explains(rest, question, points):
            return Told(1.0, "right", "an accepted answer with its grounds", met, missing)
        return Told(
            0.0, "unsure", "it begins right; whether the rest fits, see below", met, missing
        )
    if len(parts) == 1 and begins(answer, short.accepted, question):
        return Told(1.0, "right", "an accepted answer with words of the question", met, missing)
    if holds(answer, short.accepted):
        return Told(0.0, "unsure", "it names the answer among other words", met, missing)
    if met:
        return Told(0.0, "unsure", "it describes the thing and does not name it", met, missing)
    return Told(0.0, *far(answer, short.accepted), met, missing)


def denied(answer: str, accepted: Sequence[str]) -> tuple[str, str]:
    """Judge an answer that denies something."""
    if holds(answer, accepted):
        return "unsure", "it names the answer and denies something"
    return "wrong", "not an accepted answer"


def far(answer: str, accepted: Sequence[str]) -> tuple[str, str]:
    """Judge an answer that names nothing accepted: a sentence may yet mean it."""
    if len(tokens(answer)) > 6:
        return "unsure", "it does not name the answer; see whether it means it"
    if shares_word(answer, accepted):
        return "unsure", "it shares a word with the answer"
    return "wrong", "not an accepted answer"


def is_nothing(answer: str) -> bool:
    """Say whether a text gives no answer at all: empty, "?", "I don't know"."""
    return bool(NOTHING.fullmatch(answer.strip().rstrip(".!")))


def is_hedged(answer: str, question: str) -> bool:
    """Say whether a text denies its number, or names it beside others or within bounds.

    Words of the question deny nothing: "the false positive rate is 0.15".
    """
    asked = set(re.findall(r"\w+", question.casefold()))
    own = re.sub(r"\w+", lambda word: "" if word[0].casefold() in asked else word[0], answer)
    return bool(HEDGE.search(own) or DENIAL.search(own))


def tokens(text: str) -> tuple[str, ...]:
    """Cut a text into its words: plain characters, singular, one spelling, no marks."""
    plain = unicodedata.normalize("NFKC", text).replace("’", "'").replace("`", "")
    plain = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", plain).casefold()
    return tuple(singular(word) for word in re.findall(r"[^\W_]+(?:'[a-z]+)?", plain))


def singular(word: str) -> str:
    """Take off the s of a plural and the British spelling."""
    word = re.sub(r"is(?=(?:e|ed|ing|ation|ations)$)", "iz", word) if len(word) > 6 else word
    if (
        len(word) > 3
        and word.endswith("s")
        and "'" not in word
        and not word.endswith(("ss", "us", "is", "as"))
    ):
        return word[:-1]
    return word


def core(text: str, keep: Collection[str] = ()) -> tuple[str, ...]:
    """Give the words that name something; words in `keep` stay in any case."""
    return tuple(w for w in tokens(text) if w in keep or w not in FILLER)


def names(answer: str, accepted: Sequence[str]) -> bool:
    """Say whether an answer is an accepted one in other spelling, or with the kind of thing."""
    for one in accepted:
        own = tokens(one)
        said = core(answer, own)
        key = core(one)
        if joined(said) == joined(key) or (said and joined(said) == joined(own)):
            return True
        # "iloc indexer", "the metric recall": the kind before or behind, not in between.
        kinds = KINDS - set(key)
        if stripped(said, kinds) == key:
            return True
    return False


def begins(answer: str, accepted: Sequence[str], question: str) -> bool:
    """Say whether an answer is an accepted one and then only words of the question.

    Before it they could be the other one of two: "bias, not variance", "bias over variance".
    """
    said, asked = core(answer), {*tokens(question), *FILLER, *KINDS}
    keys = [core(one) for one in accepted]
    return any(said[: len(k)] == k and set(said[len(k) :]) <= asked for k in keys if k)


def joined(words: Sequence[str]) -> str:
    """Write words together, so that "cross-encoder" and "crossencoder" are one."""
    return "".join(words)


def stripped(words: tuple[str, ...], kinds: Collection[str]) -> tuple[str, ...]:
    """Take the names of kinds off both ends, and leave at least one word."""
    while len(words) > 1 and words[0] in kinds:
        words = words[1:]
    while len(words) > 1 and words[-1] in kinds:
        words = words[:-1]
    return words


def holds(answer: str, accepted: Sequence[str]) -> bool:
    """Say whether the words of an accepted answer stand in a text one after the other."""
    said = " ".join(tokens(answer))
    return any(re.search(rf"(?<!\S){re.escape(' '.join(tokens(a)))}(?!\S)", said) for a in accepted)


def shares_word(answer: str, accepted: Sequence[str]) -> bool:
    """Say whether a text holds a word of an accepted answer that names more than a kind."""
    said = set(core(answer)) - KINDS
    return any(said & (set(core(one)) - KINDS) for one in accepted)


def without_wordings(answer: str, wordings: Sequence[str]) -> str:
    """Take known wordings out, since "missing not at random" denies nothing."""
    text = " ".join(answer.casefold().split())
    for one in sorted(wordings, key=len, reverse=True):
        pattern = r"\W+".join(map(re.escape, re.findall(r"\w+", one.casefold())))
        text = re.sub(rf"\b{pattern}\b", " ", text) if pattern else text
    return text


def mistyped(answer: str, accepted: Sequence[str], known_words: Collection[str]) -> str:
    """Give the accepted answer that a text is with small typing errors, or nothing.

    First letters and digits must be right, and a mistyped word must not be another word of the
    field: "L2" is no slip for "L1", nor "asymmetric" for "symmetric".
    """
    for one in accepted:
        key = core(one)
        said = stripped(core(answer, tokens(one)), KINDS - set(key))
        if len(said) == len(key) and said != key:
            pairs = list(zip(said, key, strict=True))
            if all(a == b or is_slip(a, b, known_words) for a, b in pairs):
                return one
    return ""


def is_slip(typed: str, meant: str, known_words: Collection[str]) -> bool:
    """Say whether one word is another with a small typing error."""
    from rapidfuzz.distance import OSA

    if typed[:1] != meant[:1] or typed in known_words or any(c.isdigit() for c in typed + meant):
        return False
    allowed = 0 if len(meant) < ONE_SLIP else 1 if len(meant) < TWO_SLIPS else 2
    return OSA.distance(typed, meant, score_cutoff=allowed) <= allowed


def head_and_rest(answer: str) -> tuple[str, str]:
    """Cut an answer into what it names and what follows."""
    begun = re.match(r"\s*(?:it|that|this)(?:['’]s| is| would be)\s+", answer, re.I)
    start = begun.end() if begun else 0
    found = EXPLAINS.search(answer, start)
    while found and not tokens(answer[start : found.start()]):
        found = EXPLAINS.search(answer, found.end())
    if not found:
        return answer, ""
    return answer[start : found.start()], answer[found.end() :]


def explains(rest: str, question: str, points: Sequence[str]) -> bool:
    """Say whether an explanation speaks of what was asked, in its words or those of the points."""
    said = set(analyse(rest))
    wanted = [set(analyse(text)) for text in (question, *points)]
    # Too few words cannot be told from a second answer.
    return len(said) >= 2 and any(
        len(said & words) >= max(2, EXPLAINED * min(len(words), len(said))) for words in wanted
    )


def points_met(points: Sequence[str], answer: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sort the key points by whether an answer holds most of their words."""
    said = set(analyse(answer))
    met = tuple(point for point in points if covers(said, set(analyse(point))))
    return met, tuple(point for point in points if point not in met)


def covers(said: Collection[str], wanted: Collection[str]) -> bool:
    """Say whether at least 60 % of a point's words, and two of them, are said."""
    shared = len(set(said) & set(wanted))
    return bool(wanted) and shared >= max(min(2, len(wanted)), 0.6 * len(wanted))
