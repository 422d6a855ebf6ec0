"""What a question is about, as words that can stand in another question; pure.

`assistant/question.py` reads a question for retrieval; here its topic is cut out as a noun phrase,
so that "it" can be replaced by it, and things listed in an answer are named, for "the second one".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.part import compared
from assistant.parts import LEAD

READ = 600  # characters of a question that are looked at
LONGEST = 6  # words; more than these are a clause, and "it" cannot be replaced by a clause

# Words that end a noun phrase when they follow one, as verbs and their participles. Words that are
# nouns as often (search, test, score, index, cache, rank, model, scale, plan) are left out.
VERB_WORDS = """
add adapt affect agree aggregate allow apply average beat become behave break bring build change
choose collect combine compare compress compute contain control converge convert cost count cover
create decide decrease define depend describe detect differ discover discriminate drop encode ensure
estimate exist explain explode fail find fit fix generate get give grow handle happen have help hurt
implement improve increase indicate inspect keep know lead learn lose lower make matter mean measure
merge minimise minimize need normalise normalize occur optimise optimize overfit perform predict
prevent produce protect prove provide reduce refer reject remove represent require return run save
say sell send show shrink skip slow solve speed split stop store suffer suit take tell track turn
understand update use vanish want work write
"""
VERBS = VERB_WORDS.split()
DONE_WORDS = """
applied avoided based built calculated called changed chosen combined computed connected created
defined deployed detected done evaluated explained fixed found given handled implemented improved
initialised initialized known learned learnt loaded made measured needed placed prevented reduced
required run scaled scored solved stored taken taught trained tuned updated used written
"""
DONE = DONE_WORDS.split()
STATE_WORDS = """
able accurate bad best better cheap cheaper common complex dangerous different difficult easy
effective efficient enough equal essential expensive fast faster good hard harmful helpful important
inaccurate large larger low necessary negative possible relevant risky robust safe same sensitive
simple simpler slow slower small so stable strong suitable too true unstable useful useless valid
very weak worse worth wrong
"""
STATES = STATE_WORDS.split()
# What something has: named without an owner, it belongs to what was spoken of.
RELATION_WORDS = """
advantage alternative application assumption basic benefit best-practice caveat challenge complexity
component con consequence cost default detail disadvantage downside drawback effect equation example
formula goal idea implementation input intuition limit limitation math maths meaning mechanism
mistake motivation output parameter hyperparameter part performance pitfall principle pro problem
property purpose range reason requirement risk role rule setting side-effect speed stage step
strength trade-off tradeoff trick upside use-case variant version weakness
"""
RELATIONS = RELATION_WORDS.split()
# Asked with a person ("do I need X"), these say no action that "it" could stand for.
STATIVE_WORDS = "care get have know learn mean need prefer see think understand use want"
STATIVE = frozenset(STATIVE_WORDS.split())
DETERMINER_WORDS = """
a all an any both each every it its my our some the their these this your i we you
"""
DETERMINERS = frozenset(DETERMINER_WORDS.split())
AUXILIARY_WORDS = """
is are was were be do does did can could should would will might may must has have
"""
AUXILIARIES = frozenset(AUXILIARY_WORDS.split())
VERB_FORMS = frozenset({*VERBS, *(f"{verb}s" for verb in VERBS)})
AFTER_NOUNS = VERB_FORMS | AUXILIARIES | frozenset({*DONE, *STATES})
_RELATION = "|".join(sorted((re.escape(word) for word in RELATIONS), key=len, reverse=True))
_AUX = (
    r"(?:is|are|was|were|do|does|did|can|could|should|would|will|might|may|must|has|have|isn't"
    r"|aren't|don't|doesn't|can't)"
)
_PERSON = r"(?:i|we|you|one|people|they|someone|learners|engineers)"
_STRIPPED = re.compile(
    r"^(?:an?|the|some|any|your|my|our|its|their|this|that|these|those|so|too|very"
    r"|(?:main |different |various )?(?:kinds?|types?|sorts?|forms?|examples?) of)\s+",
    re.I,
)
_ENDS = re.compile(
    r"\s+(?:in|for|with|on|when|if|to|from|by|at|than|that|which|because|while|without|using|during"
    r"|before|after|via|into|as|and|or|but|instead|rather|versus|vs|are there|exist|actually|mean"
    r"|again|exactly|really)\b.*$|[,;:?!.(]+(?:\s.*)?$",
    re.I | re.S,
)
# Nothing follows the noun phrase of these, so a word that could be a verb ends it: "random walk".
_NAMING = (
    re.compile(
        rf"^(?:what|which|who)?(?:'s|\s*\b(?:is|are|were|was))?\s*(?:the |an? |some )?(?:\w+ )?"
        rf"(?:{_RELATION})e?s?(?: and (?:{_RELATION})s?)? (?:of|for|behind|in) (?P<np>.+)$",
        re.I,
    ),
    re.compile(r"^what(?:'s| is| are| was| were) (?:meant by )?(?P<np>.+)$", re.I),
    re.compile(
        r"^(?:explain|describe|define|summari[sz]e|compare|why|why not|what else about)"
        r"(?: use)? (?!(?:is|are|do|does|did|can|should|would)\b)(?P<np>.+)$",
        re.I,
    ),
)
_ACTING = (
    re.compile(r"^what happens (?:if|when|to) (?P<np>.+)$", re.I),
    re.compile(
        r"^(?:what|which|how many) (?:are |is )?(?:the )?(?P<np>(?:kinds|types) of .+)$", re.I
    ),
    re.compile(r"^(?:how|when|where) to (?P<verb>\w+) (?P<np>.+)$", re.I),
    re.compile(rf"^(?:how many|how much|which) (?P<np>(?!{_AUX}\b)\w.*)$", re.I),
    re.compile(
        rf"^(?:what |how |why |when |where )?(?:\w+ )?{_AUX}(?: not)? {_PERSON} "
        rf"(?:(?:not|always|really|ever|need to|have to|want to|best|still|also|then) )*"
        rf"(?P<verb>\w+(?: out| up| about| down)?) (?P<np>.+)$",
        re.I,
    ),
    re.compile(
        rf"^(?:what|how|why|when|where|which)?(?: \w+)? ?\b{_AUX}(?: not)? (?P<np>.+)$", re.I
    ),
)
_ASKING = re.compile(
    r"^(?:what|how|why|when|where|which|who|is|are|do|does|did|can|could|should|would|will|give|show"
    r"|i|my|we|it)\b",
    re.I,
)
_ITEM = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(\S.*)$", re.M)
_ITEM_HEAD = re.compile(r"^(?:\*\*|__)(.+?)[:.]?(?:\*\*|__)|^([^:–—]{2,60}?)(?::\s|\s[–—-]\s)")


@dataclass(frozen=True, slots=True)
class Topic:
    """What one question is about; `sides` holds both terms of a comparison, `subject` the first.

    `action` is what is done to the subject, when a question asks for that: "merge two tables".
    """

    subject: str = ""
    sides: tuple[str, ...] = ()
    action: str = ""


def topic_of(question: str) -> Topic:
    """Cut out what a question is about; empty when that is no noun phrase."""
    question = question.strip()[:READ]
    bare = LEAD.sub("", question, count=1).strip(" ?.!") or question
    sides = compared(bare)
    if sides:
        return Topic(sides[0], sides)
    for frame in (*_NAMING, *_ACTING):
        match = frame.match(bare)
        subject = noun_phrase(match["np"], whole=frame in _NAMING) if match else ""
        if match and subject:
            verb = match.groupdict().get("verb") or ""
            acts = verb and verb.lower() not in STATIVE
            return Topic(subject, action=f"{verb} {subject}" if acts else "")
    return Topic("" if _ASKING.match(bare) else noun_phrase(bare))


def noun_phrase(text: str, *, whole: bool = False) -> str:
    """Keep the noun phrase that a text begins with; empty when it is longer than a term.

    With `whole` no verb is expected at its end: "a multi-stage build", "a random walk".
    """
    words = _strip(_ENDS.sub("", f" {text.strip()}").strip()).split()
    looked_at = range(1, len(words) - whole)
    cut = next((n for n in looked_at if _ends(words, n)), len(words))
    phrase = " ".join(words[:cut]).strip(" \"'“”‘’")
    return phrase if 0 < cut <= LONGEST else ""


def _ends(words: Sequence[str], place: int) -> bool:
    """Say whether a noun phrase ends before this word."""
    word = words[place].lower()
    return word in AFTER_NOUNS or (word in DETERMINERS and words[place - 1].lower() != "of")


def _strip(phrase: str) -> str:
    before = None
    while before != phrase:
        before, phrase = phrase, _STRIPPED.sub("", phrase)
    return phrase


def listed_in(answer: str) -> tuple[str, ...]:
    """Name the things that an answer lists, in order; empty when it holds no list of two."""
    items = tuple(filter(None, (_item_name(line) for line in _ITEM.findall(answer))))
    return items if len(items) > 1 else ()


def _item_name(line: str) -> str:
    head = _ITEM_HEAD.match(line)
    if head:
        name: str = (head[1] or head[2]).strip(" *_`")
        # "Data drift" begins its line, "Docker Compose" is a name.
        common = re.fullmatch(r"[A-Z][a-z]+(?:[ -][a-z]+)+", name)
        return name[0].lower() + name[1:] if common else name
    # "Filter methods score each feature": what stands before a determiner is the verb.
    opening = re.match(r"^(\w[\w -]*?) \w+ (?:each|every|all|the|an?|its|one)\b", line)
    return noun_phrase(opening[1] if opening else line) or " ".join(line.split()[:LONGEST])


def doing(action: str) -> str:
    """Name an action: "merge two tables" becomes "merging two tables"."""
    verb, _, rest = action.partition(" ")
    if re.search(r"[^aeiou]e$|[aiou]ne$|[aeiou][st]e$|[aeiou][gdczvrkm]e$", verb):
        verb = verb[:-1]
    elif re.fullmatch(r"[^aeiou]+[aeiou][bdgmnpt]", verb):
        verb += verb[-1]
    return f"{verb}ing {rest}".strip()
