"""Questions that point at what was said before: a pronoun, a comparison with one side unsaid."""

import re

from assistant.ellipsis import VERB, is_relation, owner_of, relation_of
from assistant.subjects import AFTER_NOUNS, VERB_FORMS, doing, topic_of
from assistant.talk import Talk, lower_first, other_side, own_matter, statement

# ── comparisons with one side unsaid ────────────────────────────────────────────────────────────

_VERSUS = re.compile(
    r"^(?:or|vs\.?|versus|(?:as )?compared (?:to|with)|as opposed to|rather than|unlike|and not)"
    r" (?P<what>.+)$",
    re.I,
)
_DIFFERENCE = re.compile(
    r"\b(?:what(?:'s| is| are)|explain|tell me) the (?:main |key |big )?"
    r"(?:differences?|distinction)"
    r"(?: between (?:them|these|those|the two|both|it and (?P<both>.+)))?"
    r"(?: (?:to|from|with) (?P<what>.+))?$",
    re.I,
)
_WHICH = re.compile(
    r"^(?P<wh>which|which one|which (?:one )?of (?:them|these|those|the two)|what) "
    r"(?P<rest>(?:is|are|was|do|does|should|would|can|could|matters?|works?|performs?|fits?|suits?"
    r"|costs?|needs?|gives?)\b.*)$",
    re.I,
)
_COMPARED = (
    r"(?:better|worse|faster|slower|cheaper|simpler|easier|harder|safer|stronger|weaker|larger"
    r"|smaller|more \w+|less \w+)"
)
_COMPARATIVE = re.compile(
    r"^(?P<ask>(?:when |why |how )?(?:is|are|isn't|aren't)) "
    r"(?P<what>[\w.+#-]+(?: [\w.+#-]+){0,3}?) "
    rf"(?P<how>(?:much |really |always |actually )?{_COMPARED})"
    r"(?P<rest>(?: (?:for|in|on|when|at) .+)?)$",
    re.I,
)
_DIFFERS = re.compile(r"^how (?:is|are|does|do) (?P<what>.+?) (?:different|differ|compare)$", re.I)
_SAME = re.compile(
    r"^(?P<ask>(?:is|are|do|does|will) (?!(?:it|they|this|that|these|those)\b)[\w.+# -]+? the same"
    r"(?: thing)?)$",
    re.I,
)
_CHOICE = re.compile(r"\b(?:or|vs\.?|versus|than|between)\b", re.I)


def compared_with(said: str, talk: Talk, led: bool) -> str:
    """Read "versus vertical scaling?", "which is faster?", "is Prefect simpler?"."""
    versus = _VERSUS.match(said)
    if versus and talk.subject and not VERB.search(versus["what"]):
        return f"What is the difference between {talk.subject} and {versus['what']}"
    difference = _DIFFERENCE.search(said)
    if difference:
        return difference_of(difference["what"] or difference["both"] or "", talk)
    which = _WHICH.match(said)
    if which and talk.items and not talk.pair and is_choice(which):
        return f"{', '.join(talk.items[:-1])} or {talk.items[-1]}: which {which['rest']}"
    if which and talk.pair and not _CHOICE.search(said) and is_choice(which):
        one, other = talk.pair
        return f"{one} or {other}: which {which['rest']}"
    comparative = _COMPARATIVE.match(said)
    if comparative and not _CHOICE.search(said) and talk.subject:
        what, other = sides_of(comparative["what"], talk)
        if other and other.lower() not in what.lower().split():
            found = comparative
            return f"{found['ask']} {what} {found['how']} than {other}{found['rest']}"
    same = _SAME.match(said)
    if same and talk.subject:
        return f"{same['ask']} as {talk.subject}"
    differs = _DIFFERS.match(said)
    if differs and not re.search(r"\band\b|each other", differs["what"], re.I):
        what, other = sides_of(differs["what"], talk)
        if other:
            return f"How is {what} different from {other}"
    return ""


def is_choice(which: re.Match[str]) -> bool:
    """Say whether "which …" asks for one of two, and not for a kind of thing."""
    if which["wh"].lower() == "what":
        return bool(re.match(rf"^(?:is|are) {_COMPARED}", which["rest"], re.I))
    asked = re.split(r"\b(?:for|in|on|when|if|with|at)\b", which["rest"])[0]
    return "one" in which["wh"].lower() or not own_matter(asked)


def difference_of(what: str, talk: Talk) -> str:
    """Complete "what is the difference?" with both terms."""
    if what and talk.subject:
        return f"What is the difference between {talk.subject} and {what}"
    if not talk.pair:
        return ""
    return f"What is the difference between {talk.pair[0]} and {talk.pair[1]}"


def sides_of(what: str, talk: Talk) -> tuple[str, str]:
    """Give both terms of a comparison of which one, or a pronoun, was said."""
    if re.match(r"^(?:it|this|that|the former)$", what, re.I):
        return talk.subject, other_side(talk)
    if re.match(r"^(?:they|these|those|both|the two)$", what, re.I):
        return (talk.pair[0], talk.pair[1]) if talk.pair else ("", "")
    return what, talk.subject


# ── pronouns ────────────────────────────────────────────────────────────────────────────────────

# "Is it similar to X" speaks of something, "is it wise to do X" does not.
_OF_SOMETHING = (
    "able|applicable|close|comparable|connected|due|equal|equivalent|going|likely|limited|linked|prone|related"
    "|resistant|robust|same|sensitive|similar|specific|superior|supposed|tied|used"
)
_EXPLETIVE = re.compile(
    rf"\b(?:is|was|isn't|would) it (?:be )?(?:(?:also|still|really|always|even|so|very|too|more) )?"
    rf"(?!(?:{_OF_SOMETHING})\b)\w+ (?:to|that|if|when|whether|for \w+ to)\b"
    rf"|\bit(?:'s| is| be| was) (?!(?:{_OF_SOMETHING})\b)\w+ (?:to|that|if|when|whether)\b"
    r"|\bit (?:costs?|takes?|helps?|pays|hurts?|makes? sense|is worth)(?: \w+)? to\b"
    r"|\b(?:is|would) it (?:be )?a (?:good|bad) (?:idea|practice|sign)\b"
    r"|\bis it worth (?:the )?\w+ing\b"
    r"|\b(?:does|do) it (?:make sense|matter|help)(?: \w+)? (?:to|that|if|when|whether|which|how)\b"
    r"|\bdoes it mean (?:to|that|if|when)\b|\b(?:does|would|will) it take (?:to|for)\b"
    r"|\bit depends\b|\bis it like to\b|\bit is (?:said|known)\b",
    re.I,
)
_MEANT_HERE = (
    r"(?:week|month|section|path|course|curriculum|lesson|error|message|exercise|project|page)"
)
_GENERIC = (
    r"(?:method|approach|algorithm|technique|metric|concept|idea|thing|tool|library|term|model"
    r"|framework|pattern|process|strategy|architecture|structure|measure|score|function|topic)s?"
)
_POINTING = re.compile(
    rf"\b(?:this|that|these|those|such an?) (?!{_MEANT_HERE}\b)(?P<noun>{_GENERIC})\b"
    rf"|\b(?:the same|the) (?P<the>{_GENERIC.replace('|model', '').replace('|process', '')})"
    r"(?= (?:still|also|itself|actually|work|works|do|does|is|are|fail|fails|scale|scales)\b|$)",
    re.I,
)
_ITS = re.compile(r"\b(?P<its>its|their)(?P<np>(?: [\w-]+){1,3})?", re.I)
_AFTER_PRONOUN_WORDS = """
a actually all also always an and as at back ever even for from if in into need of on only or really
so still than the then to too up using usually via when with without
"""
_GOES_ON = "|".join(sorted(AFTER_NOUNS | frozenset(_AFTER_PRONOUN_WORDS.split())))
_BEFORE_THAT_WORDS = """
is are does do can did would should of for with like than from to after before about do learn use
explain in avoid fix prevent need understand on by
"""
_BEFORE_THAT = _BEFORE_THAT_WORDS.split()
_BEHIND = "|".join(rf"(?<=\b{word} )" for word in _BEFORE_THAT)
_THOSE = re.compile(
    rf"(?:\b(?:these|those|this)|(?:{_BEHIND}|^)that) (?!{_MEANT_HERE}\b)(?!(?:{_GOES_ON})\b)"
    r"(?!i\b|we\b|you\b)(?P<noun>[a-z][\w-]*)",
    re.I,
)
_IT = re.compile(
    rf"\b(?:it|they|them)\b|(?<=\bis )this(?= [\w-]+$)|(?<=\bare )these(?= [\w-]+$)"
    rf"|\b(?:this|these|those)\b(?=\s*$|[,;]| (?:{_GOES_ON})\b)"
    rf"|(?:{_BEHIND}|^)that\b"
    rf"(?=\s*$|[,;]| (?:{_GOES_ON})\b)(?! (?:a|an|the|all)\b)",
    re.I,
)
_ONE = re.compile(
    r"(?<=\bneed )one\b|(?<=\buse )one\b|(?<=\bbuild )one\b|(?<=\bwrite )one\b|(?<=\bwant )one\b"
    r"|(?<=\bhave )one\b|(?<=\bmake )one\b|(?<=\bcreate )one\b|(?<=\bchoose )one\b",
    re.I,
)
_BOTH = re.compile(r"\b(?:they|them|both(?: of them)?|the two|these two)\b", re.I)
_CLAUSE = re.compile(
    r"[,;:.?]\s|\b(?:and|but|when|if|because|so|while|although|where|how|why|what|whether)\b"
    r"|\b(?:without|by|before|after|instead of) \w+ing\b",
    re.I,
)


def pronoun(said: str, talk: Talk, led: bool) -> str:
    """Put the subject in the place of a pronoun that nothing in the question explains."""
    subject = talk.subject
    if not subject:
        return clause_pronoun(said, talk)
    plain = _EXPLETIVE.sub(lambda match: "\u0000" * len(match[0]), said)
    if talk.pair and topic_of(talk.last).sides and _BOTH.search(plain):
        match = _BOTH.search(plain)
        if match and not explained(plain, match.start()):
            return put(said, match, f"{talk.pair[0]} and {talk.pair[1]}", talk)
    for pattern in (_POINTING, _THOSE, _ITS, _IT, _ONE):
        for match in pattern.finditer(plain):
            if not explained(plain, match.start(), same_clause=pattern is _ITS):
                return put(said, match, instead_of(match, pattern, plain, talk), talk)
    return ""


def instead_of(match: re.Match[str], pattern: re.Pattern[str], text: str, talk: Talk) -> str:
    """Write what stands in the place of a pronoun that was found."""
    if pattern is _THOSE:
        return f"the {match['noun']} of {talk.subject}"
    if pattern is _ITS:
        return possessive(match, text, talk)
    if pattern is _IT:
        return meant(match, text, talk)
    return with_article(talk.subject) if pattern is _ONE else talk.subject


def meant(match: re.Match[str], text: str, talk: Talk) -> str:
    """Say what "it" stands for: the thing, or what was done to several of them."""
    if not talk.action or match[0].lower() in ("they", "them", "these", "those"):
        return talk.subject
    if re.search(r"\bdo $", text[: match.start()], re.I):
        return talk.action
    several = re.search(r"[^su]s$", talk.subject, re.I)
    return doing(talk.action) if several else talk.subject


def clause_pronoun(said: str, talk: Talk) -> str:
    """Answer a pronoun that stands for a whole clause with that clause itself before it."""
    plain = _EXPLETIVE.sub("", said)
    match = _IT.search(plain) or _POINTING.search(plain)
    if not match or explained(plain, match.start()):
        return ""
    return f"{statement(talk.last.strip(' ?.!'))}: {lower_first(said)}"


def explained(text: str, place: int, *, same_clause: bool = False) -> bool:
    """Say whether what stands before a pronoun in its own question explains it."""
    before = text[:place]
    cuts = [cut.start() for cut in _CLAUSE.finditer(before) if cut.start() > 0]
    if same_clause:
        return bool(own_matter(before))
    return bool(cuts) and bool(own_matter(before[: cuts[-1]]))


def put(said: str, match: re.Match[str], replaced: str, talk: Talk) -> str:
    """Write a question with a pronoun replaced; "instead" gets the other side when there is one."""
    before = said[: match.start()]
    if talk.action and replaced == talk.action:
        before = re.sub(r"\bdo $", "", before, flags=re.I)
    text = f"{before}{replaced}{said[match.end() :]}"
    other = other_side(talk)
    if re.search(r"\binstead$", text, re.I) and other and other.lower() not in text.lower():
        return f"{text} of {other}"
    return text


def possessive(match: re.Match[str], text: str, talk: Talk) -> str:
    """Write "its range" as "the range of X" at a question's end, else as "X's"."""
    several = talk.action and re.search(r"[^su]s$", talk.subject, re.I)
    subject = doing(talk.action) if several and match["its"].lower() == "its" else talk.subject
    if match["np"] and match.end() == len(text):
        return f"the{match['np']} of {subject}"
    return f"{subject}{'’' if subject.endswith('s') else '’s'}{match['np'] or ''}"


def with_article(subject: str) -> str:
    """Write "one" as a thing of that name."""
    if re.match(r"(?:an?|the) ", subject):
        return subject
    return f"{'an' if subject[:1].lower() in 'aeiou' else 'a'} {subject}"


# ── questions without any matter of their own ───────────────────────────────────────────────────

_PATH = re.compile(
    r"\b(?:path|course|curriculum|roadmap|today|this (?:week|month)|first|start|begin)\b", re.I
)
_DEFINES = re.compile(
    r"^(?:what|who)(?:'s| is| are)(?: (?:an?|meant by))? "
    r"(?!(?:the|some|any|other|common|main|typical|good|best|possible|usual)\b)\w",
    re.I,
)
_FRAGMENT = re.compile(
    r"^(?:how (?:many|much|long|big|large|fast|often)|which|what)\b",
    re.I,
)
_INSTEAD = re.compile(r"\binstead$", re.I)


def ownerless(said: str, talk: Talk, led: bool) -> str:
    """Read "what are the drawbacks?", "is it slow?", "how many layers?" as asked of the subject."""
    subject = talk.subject or talk.last.strip(" ?.!")
    if _INSTEAD.search(said) and own_matter(said) and talk.subject:
        return f"{said} of {subject}"
    bare = not own_matter(said)
    if _CHOICE.search(said):
        return ""
    if bare and is_relation(said) and not _DEFINES.match(said):
        if not VERB.search(said):
            return relation_of(said, talk)
        owner = owner_of(talk) or subject
        return f"{said} {'of' if ' the ' in said.lower() else 'for'} {owner}"
    if bare and not _PATH.search(said) and not _DEFINES.match(said) and len(said.split()) > 1:
        return f"{said} {'' if ends_in_verb(said) else 'for '}{subject}"
    fragment = _FRAGMENT.match(said) and not VERB.search(said[5:])
    short = 5 if said.lower().startswith("how") else 3
    if fragment and len(said.split()) <= short and not VERB_FORMS & set(said.lower().split()):
        return f"{said} for {subject}"
    return ""


def ends_in_verb(said: str) -> bool:
    """Say whether a question ends in a verb that wants its object."""
    last = said.lower().split()[-1]
    return last in VERB_FORMS and bool(re.match(r"(?:how|when|why)\b", said, re.I))
