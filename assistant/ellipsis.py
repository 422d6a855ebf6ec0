"""Questions of which nearly everything is unsaid: "why?", "the second one?", "and in Keras?"."""

import re

from assistant.subjects import AFTER_NOUNS, VERB_FORMS, doing, topic_of
from assistant.talk import LIGHT, ORDINALS, OWNED, Talk, lower_first, other_side, statement
from ingest.analysis import words

# ── remarks: the whole question is the one before ───────────────────────────────────────────────

_WHY = re.compile(
    r"^(?:why|how come|how so|really|why (?:is|does) (?:that|this|it))(?: so)?$", re.I
)
_WHY_NOT = re.compile(r"^why not(?: (?:use |just use )?(?P<what>[\w.+# -]+))?$", re.I)
_HOW = re.compile(r"^(?:how|how exactly|how does (?:it|that|this) work)$", re.I)
_WHEN = re.compile(r"^(?:when|in which cases?|in what (?:cases?|situations?))$", re.I)
_WHERE = re.compile(r"^where$", re.I)
_EXAMPLE = re.compile(
    r"^(?:(?:give|show|have|got|is there|are there|do you have|with|what is|what would be)\b ?"
    r"(?:me |us )?)?"
    r"(?:an?|any|some|another|one|the|more)? ?(?:\w+ )?(?:example|instance|use case)s?"
    r"(?: of (?:it|that|this|one|them))?"
    r"(?P<tail> (?:in|with|using|for) [\w.+# -]+)?$"
    r"|^(?:for example|for instance|such as|like what|like|e\.g)$",
    re.I,
)
_CODE = re.compile(
    r"^(?:(?:show|give|write|have|is there|are there|can i see|let me see)\b ?(?:me |us )?)?"
    r"(?:it |that )?"
    r"(?:in|as|with|the|some|any|a|sample|example)? ?(?:\w+ )?(?:code|snippet|implementation)s?"
    r"(?: (?:for|of) (?:it|that|this|them))?(?P<tail> (?:in|with|using) [\w.+#-]+)?$",
    re.I,
)
_MORE = re.compile(
    r"^(?:(?:tell|show) me |say )?(?:(?:some|a (?:bit|little)) )?more(?: details?)?"
    r"(?: about (?:it|that|this|them))?$"
    r"|^(?:go on|continue|elaborate|expand|keep going|go deeper|and)"
    r"(?: (?:on|about) (?:it|that|this))?$"
    r"|^(?:explain|describe)? ?(?:it |that |this |them )?(?:more |further|deeper|again"
    r"|in (?:more |greater )?(?:detail|depth)|in full)(?: detail)?$"
    r"|^what about (?:it|that|this|them)$",
    re.I,
)
_SIMPLER = re.compile(
    r"^i (?:still )?(?:do not|don't|didn't) (?:understand|get)(?: it| that| this)?$|^(?:i am|i'm) "
    r"(?:confused|lost)$|^(?:explain|say|put) (?:it|that|this)? ?(?:more )?(?:simply|simpler|"
    r"in (?:simple|simpler|plain|other|your own|easy) (?:words|terms|english))$"
    r"|^(?:in )?(?:simple|simpler|plain|other) (?:words|terms|english)(?: please)?$|^simpler$"
    r"|^what (?:does|do) (?:that|this|it) mean$|^what do you mean(?: by (?:that|this|it))?$|^huh$"
    r"|^(?:like|as if) i(?:'m| am| were) (?:five|5|a child)$|^explain$|^meaning$",
    re.I,
)
_NEXT = re.compile(
    r"^what(?:'s| is| comes)? next$|^what (?:should|do|can) i (?:learn|study|read|do) "
    r"(?:next|after (?:that|this|it))$",
    re.I,
)
_ELSE = re.compile(r"^(?:what|anything|something|who|how|where) else\b(?P<rest>.*)$", re.I)
_STEPWISE = re.compile(r"^(?:explain |show )?(?:it |that |this )?step[- ]by[- ]step$", re.I)
_SHORTER = re.compile(
    r"^(?:summari[sz]e|recap|sum up|shorter|briefly|in short|in brief|in one (?:sentence|line|word)"
    r"|tl;?dr)(?: (?:it|that|this))?$",
    re.I,
)
_PERSONAL = re.compile(
    r"^(?P<wh>how|when|where|why) (?P<aux>do|does|can|could|should|would|to)\b ?(?P<rest>.*)$", re.I
)
_YES_NO = re.compile(
    r"^(?:is|are|was|were|does|do|did|can|could|should|would|will|has|have|must|may)\b", re.I
)


def remark(said: str, talk: Talk, led: bool) -> str:
    """Read "why?", "for example?", "show me code", "tell me more", "I don't understand"."""
    last = talk.last.strip(" ?.!")
    subject = talk.subject or last
    against, other = _WHY_NOT.match(said), _ELSE.match(said)
    example, code = _EXAMPLE.match(said), _CODE.match(said)
    if _WHY.match(said):
        return why(last, subject)
    if against:
        return why_not(last, owner_of(talk) or subject, against["what"] or "")
    if example:
        return f"What is an example of {subject}{example['tail'] or ''}"
    if code:
        return in_code(last, subject, code["tail"] or "")
    if other:
        rest = other["rest"].strip() or "is there to know"
        return f"What else {rest} besides {subject}"
    return told_again(said, talk, last)


def told_again(said: str, talk: Talk, last: str) -> str:
    """Read "tell me more", "in simple words", "step by step" and bare question words."""
    subject = talk.subject or last
    for pattern, text in (
        (_HOW, f"How does {subject} work"),
        (_WHEN, f"When should I use {subject}"),
        (_WHERE, f"Where do I learn about {subject}"),
        (_NEXT, f"What should I learn after {subject}"),
        (_STEPWISE, f"{last}, step by step" if talk.action else f"Explain {subject} step by step"),
        (_MORE, f"Explain {subject} in detail" if talk.subject else last),
        (_SIMPLER, f"Explain {subject} in simple words" if talk.subject else last),
        (_SHORTER, f"Explain {subject} briefly" if talk.subject else last),
    ):
        if pattern.match(said):
            return text
    return ""


def what_is(name: str) -> str:
    """Ask for a thing, or for several."""
    return f"What {'are' if re.search('[^su]s$', name) else 'is'} {name}"


def owner_of(talk: Talk) -> str:
    """Say what steps, costs or risks belong to: what is done, or the thing itself."""
    return doing(talk.action) if talk.action else talk.subject


def why(last: str, subject: str) -> str:
    """Ask for the reason of what was asked: "Does X help?" becomes "Why does X help?"."""
    if _YES_NO.match(last):
        return f"Why {lower_first(last)}"
    personal = _PERSONAL.match(last)
    if personal and personal["wh"].lower() != "why" and personal["aux"].lower() != "to":
        aux = personal["aux"].lower()
        asker = re.match(r"(?:i|we|you|one)\b", personal["rest"], re.I)
        return f"Why {'should' if asker and aux != 'would' else aux} {personal['rest']}"
    if re.match(r"why\b", last, re.I):
        return last
    sides = topic_of(last).sides
    if sides:
        return f"Why do {sides[0]} and {sides[1]} differ"
    return f"{statement(last)}, why is that" if subject == last else f"Why {subject}"


def why_not(last: str, subject: str, what: str) -> str:
    """Ask for the reason against: "Should I do X?" becomes "Why should I not do X?"."""
    if what:
        fits = not VERB.search(what) and len(what.split()) <= 4
        joint = "for" if re.match(r"\w+ing\b", subject) else "instead of"
        return f"Why not {what} {joint} {subject}" if fits else ""
    asked = re.match(r"^(\w+) (i|we|you|one|people) (.+)$", last, re.I)
    if asked and _YES_NO.match(last):
        return f"Why {asked[1].lower()} {asked[2]} not {asked[3]}"
    return f"Why not {lower_first(subject)}"


def in_code(last: str, subject: str, tail: str) -> str:
    """Ask for the code of what was asked."""
    if re.match(r"how (?:do|can|should|would|to)\b", last, re.I):
        return f"{last}, in code{tail}"
    return f"How is {subject} implemented in code{tail}"


# ── one of several ──────────────────────────────────────────────────────────────────────────────

_THING = (
    r"(?:one|option|method|kind|type|way|point|item|approach|technique|idea|thing"
    r"|of (?:them|these|those|the two))"
)
_ORDINAL = re.compile(
    rf"\b(?:the )(?P<nth>{'|'.join(ORDINALS)}|other)(?: {_THING})?"
    rf"(?= (?:{'|'.join(sorted(AFTER_NOUNS))}|in|for|with|of|when|\w+er)\b|\s*$|[,?])",
    re.I,
)


def one_of(said: str, talk: Talk, led: bool) -> str:
    """Read "the second one", "the latter", "the other one" as what was listed or compared."""
    match = _ORDINAL.search(said)
    if not match:
        return ""
    nth = match["nth"].lower()
    named = talk.pair if nth in ("former", "latter", "other") and talk.pair else talk.items
    named = named or talk.pair
    if nth == "other":
        chosen = other_side(talk)
    else:
        place = ORDINALS[nth]
        chosen = named[place] if -len(named) <= place < len(named) else ""
    if not chosen:
        return ""
    rest = (said[: match.start()] + chosen + said[match.end() :]).strip()
    if re.fullmatch(rf"(?:(?:and|or|what about|how about) )?{re.escape(chosen)}", rest, re.I):
        return what_is(chosen)
    return re.sub(r"^(?:tell me )?(?:more )?about ", "Explain ", rest, flags=re.I)


# ── another word in the question before ─────────────────────────────────────────────────────────

_ABOUT = re.compile(r"^(?:what|how) about (?P<what>.+)$", re.I)
_PREPOSITION = r"(?:in|with|using|for|on|at|during|from|without|under|when|if)"
_PREPOSED = re.compile(rf"^(?P<prep>{_PREPOSITION}) (?P<what>.+)$", re.I)
_TOOL = frozenset({"in", "with", "using", "on"})
VERB = re.compile(
    r"\b(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have|how|why|what|when|where"
    r"|which|who|explain|show|give|tell)\b",
    re.I,
)
_PRONOUN_ONLY = re.compile(r"^(?:it|this|that|they|them|these|those|one|more)$", re.I)


def another(said: str, talk: Talk, led: bool) -> str:
    """Read "what about L2?", "and recall?", "in Keras?" as the last question with another word."""
    about = _ABOUT.match(said)
    what = about["what"].strip() if about else said
    if _PRONOUN_ONLY.match(what):
        return f"Explain {talk.subject} in detail" if talk.subject else ""
    if VERB.search(re.sub(r"^(?:when|if)\b", "", what, flags=re.I)) and not (
        about and re.match(r"^(?:when|if)\b", what, re.I)
    ):
        return ""
    preposed = _PREPOSED.match(what)
    if preposed and (about or led or len(what.split()) <= 4):
        return with_place(talk, preposed["prep"].lower(), preposed["what"])
    if is_relation(what) and (about or led or what.lower().startswith(("its ", "their "))):
        return relation_of(what, talk)
    if (
        not (about or led)
        or len(what.split()) > 6
        or re.match(r"^(?:its|their|the same)\b", what, re.I)
    ):
        return ""
    return with_word(talk, re.sub(r"^(?:an?|the) ", "", what, flags=re.I))


def with_place(talk: Talk, prep: str, what: str) -> str:
    """Put "in Keras" into the last question, in place of "in PyTorch" when that stands there."""
    last = talk.last.strip(" ?.!")
    group = "|".join(sorted(_TOOL)) if prep in _TOOL else prep
    held = re.match(rf".*\b(?P<prep>{group}) (?P<rest>.+)", last, re.I)
    if held:
        words = held["rest"].split()
        ends = VERB_FORMS | {"and", "or", "for", "to", "when"}
        stop = next((n for n, w in enumerate(words) if n and w.lower() in ends), len(words))
        rest = " ".join(words[stop:])
        return f"{last[: held.start('prep')]}{prep} {what} {rest}"
    return f"{last} {prep} {what}"


def with_word(talk: Talk, what: str) -> str:
    """Put another term into the last question, in place of its subject or of what is like it."""
    last = talk.last.strip(" ?.!")
    first, _, rest = what.partition(" ")
    if rest and first.lower() in ("too", "very", "more", "less", "not"):
        return (
            re.sub(rf"\b{re.escape(first)} \w+", what, last, count=1, flags=re.I)
            if re.search(rf"\b{re.escape(first)} \w+", last, re.I)
            else f"{last} {what}"
        )
    replaced = talk.pair[1] if topic_of(last).sides else talk.subject
    if not replaced or replaced.lower() not in last.lower():
        return what_is(what)
    replaced = re.sub(r"^(?:an?|the) ", "", replaced)
    what = like_shaped(what, replaced)
    return re.sub(re.escape(replaced), lambda _: what, last, count=1, flags=re.I)


def like_shaped(what: str, replaced: str) -> str:
    """Complete "L2" after "L1 regularization": a name that differs in its number alone."""
    first, _, rest = replaced.partition(" ")
    bare = re.sub(r"\d+", "", what.lower())
    same = bool(re.search(r"\d", what)) and bare == re.sub(r"\d+", "", first.lower())
    return f"{what} {rest}" if rest and same else what


# ── what belongs to something ───────────────────────────────────────────────────────────────────


def is_relation(text: str) -> bool:
    """Say whether a phrase names only what something has: "the drawbacks", "pros and cons"."""
    named = {word.surface.lower() for word in words(text) if not word.stop}
    return bool(named & OWNED) and named <= LIGHT


def relation_of(what: str, talk: Talk) -> str:
    """Ask for what something has: "the drawbacks" of the subject."""
    if not talk.subject:
        return ""
    what = re.sub(r"^(?:its|their|the|any|some|an?) ", "", what, flags=re.I)
    owner = owner_of(talk)
    verb = "are" if re.search(r"s$|\band\b", what.split()[-1]) or " and " in what else "is"
    return f"What {verb} the {what} of {owner}"
