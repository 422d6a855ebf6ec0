"""What makes a span a good answer: features in 0..1, weighed by assistant/weights.py.

Sorting by similarity alone is not enough: the sentence most like a question is often the question
itself, or a pointer to where the answer stands. So a span is scored by what it does (defines,
explains, gives a reason) for the subject of the question, where it stands, and how it opens.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from assistant.names import Name
from assistant.part import Part
from assistant.spans import Span
from assistant.weights import BASE, KIND_WEIGHTS, WEIGHTS
from ingest.keywords import analyse

Stems = frozenset[str]
Texts = tuple[tuple[str, ...], ...]
Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span with what surrounds it: stems of the span and its headings, and the passage's score.

    `title` is the nearest heading, `heading` its stems, `place` those of all headings and titles;
    `texts` are the stems of the span and of each heading in their order; `similarity` is the cosine
    of question and span; `name_near` says that something found of its document says the name that
    an answer has to say; numbered steps follow a span that `opens_steps`; `following` counts
    what follows in its paragraph or list; a `later_step` is a numbered one after another.
    """

    span: Span
    stems: Stems
    title: str
    heading: Stems
    place: Stems
    passage_score: float
    similarity: float
    kind: str
    texts: Texts
    opens_steps: bool = False
    following: int = 0
    name_near: bool = False
    later_step: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A part of a question with the stems of its subject and of all its words.

    `names` are other names of the subject: the long form of an acronym, or its acronym. `name` is
    a proper name that an answer has to say, in any of its ways; `compound` the stems in their order
    of a subject that is one term ("graph neural network").
    """

    part: Part
    subject: Stems
    words: Stems
    idf: Mapping[str, float]
    names: tuple[Stems, ...] = ()
    name: Name = ()
    compound: tuple[str, ...] = ()


DANGLING = re.compile(
    r"^\W*(?:this|that|these|those|it|its|they|their|them|he|she|his|her|such|however|therefore"
    r"|thus|"
    r"hence|moreover|furthermore|also|additionally|in addition|besides|similarly|likewise|instead|"
    r"otherwise|nevertheless|nonetheless|consequently|accordingly|conversely|then|so|but|and|or"
    r"|yet|"
    r"as (?:shown|seen|mentioned|described|noted|discussed|above|before|a result|such)|finally|"
    r"second(?:ly)?|third(?:ly)?|lastly|for (?:example|instance)|in (?:this|that|these|those"
    r"|contrast|"
    r"other words|particular|short|fact|both|either|the (?:above|following|next|previous|figure|"
    r"example|code|first|second|same|latter|former))|on the (?:other|contrary)|the (?:former"
    r"|latter|"
    r"above|following|same|other|figure|result|resulting|example|output|code|previous|next|second|"
    r"third|plot|above-mentioned)|here|there|both|neither|one of (?:these|them)|another|again"
    r"|still|"
    r"now|note|e\.g|i\.e|to do (?:this|so|that)|with (?:this|that|these|it)|after (?:this|that)|"
    r"because of (?:this|that)|because (?:it|this|they)|by doing (?:so|this)|at this"
    r"|from (?:this|here|"
    r"these)|which|where|while this|if (?:this|it|they)|when (?:this|it|they)|yes|no|ok|okay|right|"
    r"more (?:formally|precisely|specifically)|specifically|of course|unfortunately|interestingly|"
    r"(?:each|all|some|most|many) of (?:these|those|them|this)|that said|until now|as you|while"
    r"|whereas|wow|recall (?:that|how|from)|remember (?:that|how)|great|let|click|tip|warning"
    r"|see)\b",
    re.I,
)
ABOUT_TEXT = re.compile(
    r"\b(?:in this (?:section|chapter|tutorial|guide|article|post|lesson|page|notebook|video"
    r"|example|"
    r"module|course|part|unit|paper|work|blog)|this (?:section|chapter|tutorial|guide|article|post|"
    r"lesson|page|notebook|video|document|course|unit|book|example|blog|module|repo|repository)|"
    r"(?:we|you)(?:'ll| will| are going to|'re going to)|let(?:'s| us)\b|see (?:the|also|below"
    r"|above|"
    r"our|section|chapter|figure|table|this|how|here)|refer to|read more|learn more|for more|"
    r"more (?:information|details)|check out|click|described (?:above|below|in)|shown (?:above"
    r"|below|in)|"
    r"mentioned (?:above|earlier|before)|as we (?:saw|will|have)|next section|previous section"
    r"|following "
    r"(?:section|chapter|example|figure|table|code|tutorial)|(?:above|below) (?:figure|example"
    r"|code|"
    r"table|plot)|(?:figure|table|fig\.?|eq\.?|listing) \(?\d|sign up|subscribe|github (?:issue"
    r"|repo)|pull "
    r"request|newsletter|table of contents|work in progress|todo|stay tuned"
    r"|contributions? (?:are|is)|"
    r"star us|join (?:us|our)|licen[cs]ed? under|copyright|cite (?:this|us)|documentation"
    r"|takeaways?|"
    r"learning objectives?|estimated time|hint \d|your turn|available here|et al\.?)(?!\w)",
    re.I,
)
FIRST_PERSON = re.compile(r"\b(?:I|I'm|I've|[Mm]y|me|[Ww]e|[Ww]e've|[Ww]e're|[Oo]ur|us)\b")
OPENING = (
    r"^\W*(?:the |an? |in [\w -]{3,40}, )?(?P<head>[^.;:!?]{1,80}?)"
    r"(?:,[^,.;]{2,60},)? ?(?:\([^)]{1,60}\))?,? "
)
SAYS_WHAT = re.compile(
    OPENING + r"(?:is|are|was|were|refers? to|means?|denotes?|describes?|stands for|measures?"
    r"|(?:can|may) be (?:defined|described|thought of|seen|understood)|consists? of|occurs?"
    r"|happens?)\b",
    re.I,
)
SAYS_DOES = re.compile(
    OPENING + r"(?:works?|uses?|takes?|computes?|maps?|turns?|converts?|splits?|stores?|combines?"
    r"|adds?|learns?|returns?|gives?|keeps?|trains?|finds?|shows?)\b",
    re.I,
)
# "A runner executes the jobs": with an article and nothing but the subject, any verb will do.
SAYS_ANY = re.compile(r"^\W*An? (?P<head>[\w -]{2,60}?) \w*[a-rt-z]s\b")
FORMS = 8_000  # spans of which it stays in memory how they are written, about 0.7 KB each
WHOLE = 2  # sentences after a lead in its paragraph; more do not make it more complete
DOES = 0.7  # what a thing does says what it is, but less so
NEAR = 3  # stems between which the words of one term stand
FRONT = 3  # words beside the subject's own at the front of a sentence, such as "the" and "and"
NOT_DEFINING = re.compile(
    r"^\W*(?:[\w`*\"()/-]+ ){0,8}?(?:is|are|was|were) (?:also|not|often|usually|still|only|now"
    r"|available|"
    r"used|useful|important|based|called|shown|given|set|done|released|supported|required|included|"
    r"provided|implemented|very|one thing|ready|installed|defined (?:in|by|as follows))\b",
    re.I,
)
EXPLAINS = {
    "how": r"\b(?:by \w+ing|^to \w+ .+ (?:use|can)|can be (?:\w+ed|done)|"
    r"works? (?:by|as|in|like)|first|then|next|after|each|step|steps|until"
    r"|repeat|"
    r"compute[sd]?|calculate[sd]?|starts? (?:with|at|from)|begins?|process|turns?|using|through|"
    r"moves?|replace[sd]?|keeps?|searche?s?|train(?:s|ed)?|descends?|pass(?:es)?|split|apply"
    r"|fit)\b",
    "why": r"\b(?:because|since|so that|so (?:the|a|it|you|they)|reasons?|in order to|due to"
    r"|causes?d?|"
    r"leads? to|prevents?|avoids?|allows?|helps?|makes?|otherwise|without|ensures?|enables?"
    r"|reduces?|"
    r"matters?|advantage|benefit|purpose|therefore|problem|improves?|faster|cheaper|better)\b",
    "when": r"\b(?:use[sd]? (?:it|\w+ )|when|if|suitable|suits|best (?:for|when)|good (?:for"
    r"|choice|fit)|"
    r"prefer(?:red)?|avoid|should|choose|appropriate|useful|works? (?:well|best)|recommended"
    r"|whenever|"
    r"only|need|instead of|rather than|not)\b",
    "list": r"\b(?:include[sd]?|such as|are|types?|kinds?|several|two|three|four|five|common"
    r"|main|namely|"
    r"for example|following)\b",
    "compare": r"\b(?:whereas|while|unlike|in contrast|compared (?:to|with)|but|more|less|faster"
    r"|slower|"
    r"difference|differs?|than|instead|rather|both|on the other hand|trade-?off)\b",
    "check": r"\b(?:yes|no|not|is|are|can|cannot|should|only|always|never|does|do|possible|need)\b",
    "what": r"\b(?:is|are|means?|refers? to|called|known as|measures?)\b",
}
HEADINGS = {
    "how": r"^(?:how\b|steps?\b|using\b|.*\b(?:works?|algorithm|procedure|works?\?|usage"
    r"|quick ?start|example)\b)",
    "why": r"\b(?:why|benefits?|advantages?|motivation|purpose|reasons?|problem|mistakes?)\b",
    "when": r"\b(?:when|use cases?|choosing|choose|limitations?|which|vs\.?|versus|should)\b",
    "compare": r"\b(?:vs\.?|versus|difference|differences|compar\w+|choosing|trade-?offs?)\b",
    "list": r"\b(?:types?|kinds?|families|methods|overview|list|parameters|metrics|components)\b",
}
HEADING = {kind: re.compile(pattern, re.I) for kind, pattern in HEADINGS.items()}
EXPLAIN = {kind: re.compile(pattern, re.I) for kind, pattern in EXPLAINS.items()}
ENOUGH = {"how": 3, "why": 2, "when": 2, "list": 2, "compare": 2, "check": 2, "what": 1}


def features(candidate: Candidate, asked: Asked) -> dict[str, float]:
    """Describe a span as an answer to one part of a question, each feature in 0..1."""
    form, kind = form_of(candidate.span.text), asked.part.kind
    text = form.text
    subject = named_share(asked, candidate.stems | candidate.heading)
    return {
        "defines": defines(text, asked, opens=candidate.span.position == 0),
        "heading": named(asked, candidate.heading),
        "heading_kind": heading_kind(candidate, asked),
        "opens_section": 1.0 / (1 + candidate.span.position),
        "subject": subject,
        "about": named_share(asked, candidate.stems | candidate.place),
        "together": together(asked.compound, candidate.texts),
        "name": float(says(asked.name, candidate.texts)),
        "coverage": share(asked.words, candidate.stems | candidate.place, asked.idf),
        "similarity": max(0.0, candidate.similarity),
        "opens_steps": subject * candidate.opens_steps,
        "explains": min(1.0, len(EXPLAIN[kind].findall(text)) / ENOUGH[kind])
        if kind in EXPLAIN
        else 0.0,
        "passage": candidate.passage_score,
        "note": float(candidate.kind == "note"),
        "dangling": form.dangling,
        "about_text": form.about_text,
        "first_person": form.first_person,
        "question": form.question,
        "length": 0.0 if candidate.opens_steps else form.length,
        "untidy": form.untidy,
        "followed": min(candidate.following, WHOLE) / WHOLE,
        "listed": float(candidate.span.kind in ("item", "ordered")),
    }


@dataclass(frozen=True, slots=True)
class Form:
    """How a span is written, whatever is asked: its text without emphasis, and features of it."""

    text: str
    dangling: float
    about_text: float
    first_person: float
    question: float
    length: float
    untidy: float


@lru_cache(maxsize=FORMS)
def form_of(span: str) -> Form:
    """Look at how a span is written."""
    text = plain(span)
    return Form(
        text=text,
        dangling=float(bool(DANGLING.match(text))),
        about_text=float(bool(ABOUT_TEXT.search(text))),
        first_person=float(bool(FIRST_PERSON.search(text))),
        question=float(text.rstrip("\"'”) ").endswith("?")),
        length=badly_sized(len(text.split())),
        untidy=untidy(text),
    )


def heading_kind(candidate: Candidate, asked: Asked) -> float:
    """Say whether the heading promises this kind of answer for the subject ("How HNSW works")."""
    pattern = HEADING.get(asked.part.kind)
    if pattern is None or not pattern.search(candidate.title):
        return 0.0
    return share(asked.subject, candidate.heading, asked.idf)


def score(named: Mapping[str, float], kind: str) -> float:
    """Weigh the features of a span for one kind of question."""
    return BASE + sum(weight(name, kind) * value for name, value in named.items())


def weight(name: str, kind: str) -> float:
    """Give the weight of a feature for one kind of question."""
    return WEIGHTS[name] + KIND_WEIGHTS.get(kind, {}).get(name, 0.0)


def defines(text: str, asked: Asked, *, opens: bool = False) -> float:
    """Say how clearly a sentence defines the subject: 1 with the whole subject in front.

    A sentence that `opens` a section with the subject in front says what it is, by any verb.
    """
    if not asked.subject or NOT_DEFINING.match(text):
        return 0.0
    found = [0.0]
    for pattern, worth in ((SAYS_WHAT, 1.0), (SAYS_DOES, DOES)):
        if match := pattern.match(text):
            found.append(worth * named(asked, frozenset(analyse(match["head"]))))
    if (match := SAYS_ANY.match(text)) and named(asked, frozenset(analyse(match["head"]))) == 1:
        found.append(DOES)
    if opens:
        found.append(DOES * named(asked, front(text, asked)))
    return max(found)


def front(text: str, asked: Asked) -> Stems:
    """Give the stems of a sentence up to where it has named the whole subject; none if it never."""
    words = text.split()[: 2 * len(asked.subject) + FRONT]
    for end in range(1, len(words) + 1):
        stems = frozenset(analyse(" ".join(words[:end])))
        if asked.subject <= stems:
            return stems
    return frozenset()


def says(name: Name, texts: Texts) -> bool:
    """Say whether texts hold a proper name in one of its ways; no name asks for nothing."""
    return not name or any(together(way, texts) == 1 for way in name)


def together(stems: Sequence[str], texts: Texts) -> float:
    """Give the share of neighbouring stems that stand near each other in a text.

    "Graph neural network" is not what a text on neural search and knowledge graphs speaks of.
    """
    if len(stems) < 2:
        return float(not stems or any(stems[0] in text for text in texts))
    near = {
        (one, other)
        for text in texts
        for place, one in enumerate(text)
        for other in text[max(0, place - NEAR) : place + NEAR + 1]
    }
    return sum(pair in near for pair in pairwise(stems)) / (len(stems) - 1)


def named_share(asked: Asked, stems: Stems) -> float:
    """Give the share of the subject that stems name, by whichever of its names."""
    return max(share(name, stems, asked.idf) for name in (asked.subject, *asked.names))


def named(asked: Asked, stems: Stems) -> float:
    """Say how well stems name the subject, by any of its names; 1 when they say no more."""
    return max(agreement(name, stems) for name in (asked.subject, *asked.names))


def agreement(one: Stems, other: Stems) -> float:
    """Compare two sets of stems: 1 when equal, 0 when disjoint (Dice coefficient)."""
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


def share(wanted: Stems, present: Stems, idf: Mapping[str, float]) -> float:
    """Give the idf-weighted share of the wanted stems that are present."""
    total = sum(idf.get(stem, 1.0) for stem in wanted)
    return sum(idf.get(s, 1.0) for s in wanted & present) / total if total else 0.0


def badly_sized(words: int) -> float:
    """Grow from 0 to 1 for sentences under 7 or over 35 words."""
    if words < 7:
        return (7 - words) / 7
    return min(1.0, max(0, words - 35) / 30)


def untidy(text: str) -> float:
    """Grow with what marks a fragment, a link list, a signature or a formula torn apart."""
    signs = len(re.findall(r"[^\w\s.,;:'\"()?!%-]", text))
    marks = min(1.0, signs / max(12, len(text) / 6))
    fragment = 0.0 if re.search(r"[.!?:][\"')\]”’*_`]*$", text) else 0.5
    opening = 0.3 if re.match(r"^[a-z]", text) else 0.0
    unbalanced = 0.5 if abs(text.count("(") - text.count(")")) else 0.0
    return min(1.0, marks + fragment + opening + unbalanced)


def plain(text: str) -> str:
    """Strip Markdown emphasis and join lines, for matching patterns only."""
    straight = text.translate({0x2019: "'", 0x2018: "'", 0x201C: '"', 0x201D: '"'})
    return " ".join(re.sub(r"(\*\*|__|(?<!\w)[*_]|[*_](?!\w))", "", straight).split())
