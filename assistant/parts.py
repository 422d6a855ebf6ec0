"""A question cut into what it asks: each part with what it is about, in the order they are asked.

"What is dropout, when should I use it, and who won yesterday?" asks three things; the second leans
on the first, the third does not. What is told before a question ("I have 600 mails. Is it …") is
its situation and stays with it; what is told after it is only searched for.
"""

import re
from dataclasses import replace

from assistant.names import names_in
from assistant.part import (
    CODE,
    LONGEST_SUBJECT,
    WHERE,
    Part,
    compared,
    kind_of,
    subject_of,
    trim,
    where_subject,
)
from ingest.keywords import analyse

MOST = 3  # parts
OWN_WORDS = 3  # words from which a later part says by itself what it is about
SIDE_WORDS = 3  # of a thing that is compared in a situation; more is something to do
TERM_WORDS = 4  # stems up to which a subject is a term that a later part can lean on

LEAD = re.compile(
    r"^(?:(?:please|hi|hello|hey|so|ok|okay|well|and|but|also|actually)[,.! ]+)*"
    r"(?:(?:can|could|would|will) you (?:please )?(?:tell me|explain|describe|show me)(?: to me)?"
    r"|i (?:want|would like|need|'d like) to (?:know|understand|learn)(?: about)?"
    r"|i (?:do not|don't) understand|help me understand|tell me(?: more)?(?: about)?|remind me"
    r"|do you know|in simple (?:words|terms),?|briefly,?)?\s*(?:please )?",
    re.I,
)
# "I want to learn X" asks for a way, "I want to learn how X works" for an explanation.
LEARN = re.compile(
    r"^\W*(?:i (?:want|would like|need|have)|i(?:'|’)d like) to (?:learn|study|get into|get started"
    r"|start)\b(?!(?: to)? (?:how|why|what|whether|when)\b)",
    re.I,
)
# "Can you show me a Dockerfile" asks for the thing itself.
SHOWN = re.compile(r"\b(?:show|give) me (?:an?|some|the) \w", re.I)
# "My R² is negative, how is that possible?": what is told is what is asked about.
TOLD = re.compile(
    r"^(?!(?:what|why|how|when|which|where|who|is|are|do|does|did|can|could|should|explain|if)\b)"
    r"[^?]+[,;.:] +(?:but |and )?(?P<asks>(?:why|how|what) (?:is|are|does|do|can|could|would|did)"
    r" (?:(?:i|you|we|one) \w+ )?(?:that|this|it)\b[^?,;]*|how"
    r"|(?:is|are|does|should|can) (?:that|this|it)\b[^?,;]*)\??$",
    re.I,
)
SENTENCE_END = re.compile(r"(?<=[?!])\s+|(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<=[^.]\.)\s+")
WH = r"(?:when|why|how|what|where|which|who|whose)"
VERB = r"(?:is|are|was|were|do|does|did|would|should|can|could|may|might|will|has|have)"
WHO = r"(?:i|you|we|it|they|there|this|that|the|an?|one|people|my|our)"
ASKING = re.compile(
    rf"^(?:{WH}|{VERB}|am|explain|define|describe|compare|show|give|list|name|tell)\b", re.I
)
JOINED = re.compile(
    rf"(?:[,;:?]\s+(?:and |but |or )?(?:also )?|\s+(?:and|but)\s+(?:also )?)"
    rf"(?:say |tell me |explain )?(?={WH}\b(?: (?:often|much|many|long|big|large|far|fast))?"
    rf"\s+(?:{VERB}|to|i|it|they|we|you|first|happens|goes)\b)"
    r"|[,;:?]?\s+(?:and|but) (?=(?:when|why|how)\s*\??$)"
    r"|,?\s+and (?:also )?(?=which(?: [\w-]+){4})"
    r"|[,;]\s+and (?:also )?(?=who \w+ \w)"
    rf"|[,;]\s+(?:and|but) (?:also )?(?={VERB} {WHO}\b)"
    rf"|\s+and (?:also )?(?=(?:do|does|did|can|could|should|would|will) (?:i|you|we|they)\b)"
    r"|,?\s+and (?:also )?(?=(?:tell|show|give) me\b|explain\b)|\?\s+(?=\w)",
    re.I,
)
PRONOUN = re.compile(
    r"(?:it|they|them|this|that|these|those|i|one|use it|use them|you use it)", re.I
)
BACK = re.compile(r"\b(?:it|they|them)\b", re.I)
POINTING = re.compile(
    r"\b(?:it|they|them|both|the others?|which one"
    r"|(?:of|from|with|like|about|is|does) (?:that|those)"
    r"|(?:need|use|want|have|choose|pick|get|take) one)\b(?! \w+ing\b)",
    re.I,
)


def read_parts(text: str) -> tuple[Part, ...]:
    """Split a question into what it asks, in order; what leans on the first part names its subject.

    A comparison stays one part with what is asked about its two sides.
    """
    bare = LEAD.sub("", text, count=1).strip() or text
    if WHERE.search(bare) or LEARN.match(text):
        return (Part("where", where_subject(bare), bare),)
    told = TOLD.match(bare)
    if told and not is_topic(JOINED.split(bare)[0]):
        return (Part(kind_of(told["asks"]), "", bare),)
    parts: list[Part] = []
    for situation, sentence in asking(bare):
        parts = added(parts, situation, pieces_of(sentence))
    shown = bool(SHOWN.search(text))
    return tuple(replace(part, wants_code=part.wants_code or shown) for part in parts[:MOST])


def asking(text: str) -> list[tuple[str, str]]:
    """Give the sentences that ask, each with what was told before it.

    Where none plainly asks ("bm25 in python") all of it does.
    """
    sentences = [s for s in SENTENCE_END.split(text) if re.search(r"\w", s)]
    asks = [s.endswith("?") or bool(ASKING.match(LEAD.sub("", s, count=1))) for s in sentences]
    if not any(asks):
        return [("", text)]
    found: list[tuple[str, str]] = []
    told: list[str] = []
    for sentence, one_asks in zip(sentences, asks, strict=True):
        if one_asks:
            found.append((" ".join(told), sentence))
            told = []
        else:
            told.append(sentence)
    return found


def pieces_of(sentence: str) -> list[str]:
    """Cut a sentence where another question begins; a comparison keeps what is asked about it."""
    bare = (LEAD.sub("", piece or "", count=1).strip(" ?.!,;") for piece in JOINED.split(sentence))
    pieces: list[str] = []
    for piece in filter(None, bare):  # "When and where did …" asks one thing
        if pieces and is_bare(pieces[-1]):
            pieces[-1] = f"{pieces[-1]} and {piece}"
        else:
            pieces.append(piece)
    if len(pieces) < 2 or not compared(sentence):
        return pieces or [sentence.strip(" ?.!,;")]
    own = [piece for piece in pieces[1:] if not leans(piece)]
    first = sentence if not own else pieces[0]
    return [first.strip(" ?.!,;"), *own] if compared(first) else pieces


def added(parts: list[Part], situation: str, pieces: list[str]) -> list[Part]:
    """Put the pieces of a sentence behind the parts that were read before."""
    topic = ""
    if len(pieces) > 1 and is_topic(pieces[0]):  # "batch norm: what is it good for?"
        topic = trim(pieces[0])
        pieces = pieces[1:]
    elif len(pieces) > 1 and not ASKING.match(pieces[0]) and not compared(pieces[0]):
        # "After 200 steps the loss is nan; what do I look at first?"
        situation = f"{situation} {pieces[0]}," if situation else f"{pieces[0]},"
        pieces = pieces[1:]
    for number, piece in enumerate(pieces):
        sides = compared(piece)
        if sides and not (situation and max(map(word_count, sides)) > SIDE_WORDS):
            parts = [*parts, Part("compare", " ".join(sides), piece, sides=sides)]
        elif situation and number == 0:
            parts = [*parts, of_situation(situation, ": ".join(filter(None, (topic, piece))))]
        elif topic:
            parts = [*parts, on_topic(topic, piece)]
        elif parts and leans(piece):
            parts = leaning(parts, piece)
        else:
            parts = [*parts, part_of(piece)]
    return parts


def part_of(piece: str) -> Part:
    """Read a piece that says by itself what it is about."""
    return Part(kind_of(piece), subject_of(piece), piece, wants_code=bool(CODE.search(piece)))


def of_situation(told: str, piece: str) -> Part:
    """Read a question together with what was told before it: no single term is asked about."""
    return Part(kind_of(piece), "", f"{told} {piece}", wants_code=bool(CODE.search(piece)))


def on_topic(topic: str, piece: str) -> Part:
    """Read a piece with the topic that was named in front.

    "In a confusion matrix, what do rows stand for": rows alone stand for many things.
    """
    resolved = re.sub(r"(?i)\b(?:it|they|them|that|this)\b", lambda _: topic, piece, count=1)
    one = part_of(resolved)
    return one if topic in resolved else replace(one, text=f"{topic}: {resolved}")


def leaning(parts: list[Part], piece: str) -> list[Part]:
    """Read a piece that is about what the first part is about, by its term or as more of it."""
    first = parts[0]
    if first.sides or not first.subject or len(analyse(first.subject)) > TERM_WORDS:
        whole = f"{parts[-1].text}, and {piece}"
        return [*parts[:-1], replace(parts[-1], text=whole)]
    own = part_of(piece)
    if BACK.search(piece) or not own.subject or PRONOUN.fullmatch(own.subject):
        # What is done ("read a ROC curve") takes no pronoun's place.
        takes = first.kind != "how" and BACK.search(piece)
        text = f"{first.subject}: {piece}"
        if takes or is_bare(piece):
            text = BACK.sub(lambda _: first.subject, piece, count=1)
        return [*parts, replace(own, subject=first.subject, text=text)]
    return [*parts, replace(own, subject="", text=f"{first.subject}: {piece}")]


def is_topic(piece: str) -> bool:
    """Say whether a piece only names what the question is about."""
    asks = re.search(
        r"(?i)\b(?:who|what|why|how|when|which|is|are|do|does|can|explain|define)\b", piece
    )
    return asks is None and len(piece.split()) <= LONGEST_SUBJECT


def word_count(text: str) -> int:
    """Count the words of a text."""
    return len(text.split())


def is_bare(piece: str) -> bool:
    """Say whether a piece is only a question word."""
    return len(piece.split()) == 1


def leans(piece: str) -> bool:
    """Say whether a later piece is about what was asked first: by a pronoun, or in few words."""
    return bool(POINTING.search(piece)) or (len(analyse(piece)) < OWN_WORDS and not names_in(piece))
