"""One thing that is asked: its kind, its subject, and the two sides of a comparison."""

import re
from dataclasses import dataclass

LONGEST_SUBJECT = 8  # words; a longer "subject" is a clause, not a term


@dataclass(frozen=True, slots=True)
class Part:
    """One thing asked: `kind` is what, how, why, when, compare, list, check or where.

    `subject` is the term it is about (empty when none was recognised) and `sides` the two terms
    of a comparison. `wants_code` is true when steps or code are asked for.
    """

    kind: str
    subject: str
    text: str
    sides: tuple[str, str] | None = None
    wants_code: bool = False


WHERE = re.compile(
    r"\bwhere(?:'s| (?:do|does|can|should|could|would|will|is|are|in))\b.*\b(?:learn|study|read"
    r"|find|start|tutorial|video|article|documentation|docs|notebook"
    r"|cover"
    r"|covered|taught|explained|practi[cs]e|path|course|begin)\b"
    r"|\b(?:which|what) (?:week|weeks|month|section|sections|part|resource|resources|video|videos"
    r"|article|lesson)s?\b.*\b(?:cover|covers|teach|teaches|about|learn|explain|explains|for|on"
    r"|should|do|is|are|deal|deals)\b"
    r"|\bhow (?:long|many hours|much time|many weeks|many months)\b.*\b(?:takes?|need|spend"
    r"|study|learn"
    r"|course|path|weeks?|weekends?|months?|sections?|part|free)\b"
    # "Which tutorial in the path …", "what does the path offer on …", "which documentation shows …"
    r"|\b(?:is|are) there\b.*\bin (?:the|this|my) (?:path|course|curriculum)\b"
    r"|\b(?:which|what)\b.*\b(?:is|are|stands?) in (?:the|this|my) (?:path|course|curriculum)\b"
    r"|\bwhat (?:does|do) (?:the|this|my) (?:path|course|curriculum|notes) (?:offer|have|hold)\b"
    r"|\b(?:which|what) (?:of the [\w -]{0,30}resources|(?:documentation|docs|tutorial|site"
    r"|book)s?)\b.*\b(?:explains?|covers?|teach(?:es)?|shows?|comes? with|ha(?:s|ve))\b"
    r"|\bwhere (?:does|do|is|are|will)\b.*\b(?:come up|appear|turn up|mentioned|treated)\b"
    r"|\b(?:in )?(?:which|what) (?:week|month|section)\??$"
    r"|\bwhat (?:should|do|must) i (?:begin|start) with\b"
    r"|\b(?:what|which)\b.*\b(?:learn|study|read|watch|(?:i|we|to) do) (?:first|next"
    r"|before|after)\b"
    r"|\bwhat (?:do|should|must) i (?:learn|study|read|know|watch)\b"
    r"|\bwhen (?:do|will|does) (?:i|we|the path|the course|it) (?:learn|study|cover|reach|get to)\b"
    r"|\bin (?:which|what) (?:week|month|section)\b|\bresources? (?:for|on|about)\b"
    r"|\bin week \d+ of month \d+\b.*\b(?:learn|topics?|cover|study)\b"
    r"|^(?:what|which)\b.*\b(?:topics?|resources?|videos?|articles?|sections?)\b(?: (?:are|is)"
    r"(?: there)?)?\W*$"
    r"|\bwhat (?:comes?|stands?|is|goes) (?:directly |right )?(?:before|after) "
    r"|\bwhat (?:are the prerequisites|prerequisites|do i need(?: to know)? before"
    r"|should i know before)\b"
    r"|\bwhere (?:do|should|can|would) i (?:get )?start(?:ed)?\b|\bwhat (?:is|comes) next\b",
    re.I,
)
CODE = re.compile(
    r"\b(?:code|snippet|example|implement|script|function call|syntax|in python|with (?:numpy"
    r"|pandas"
    r"|scikit-?learn|sklearn|pytorch|keras|tensorflow|docker)|install|command|set up|configure"
    r"|write)\b",
    re.I,
)
ARTICLE = re.compile(r"^(?:an?|the|some|your|my|its|this|that|these|those|any)\s+", re.I)
TAIL = re.compile(
    r"(?:[,:\s]+(?:please|exactly|actually|really|in (?:simple|plain|short|general|detail|depth"
    r"|one)"
    r"(?: words| terms| english| sentence)?|in (?:machine|deep) learning|in ml|in ai|in python"
    r"|for beginners|mean|means|meaning|explained|stand for|used for|good for|do|does|again|like"
    r"|then|about|for|called|useful|simply))+\s*$",
    re.I,
)
COMPARE = (
    re.compile(
        r"\b(?:dif+\w*|distinction|trade-?offs?|comparison|choose|choosing"
        r"|decide|choice) between (?P<a>.+?) (?:and|or|vs\.?|versus) (?P<b>.+)$",
        re.I,
    ),
    re.compile(r"\bcompare[ds]? (?P<a>.+?) (?:and|with|to|against|vs\.?|versus) (?P<b>.+)$", re.I),
    re.compile(
        r"\bhow (?:is|are|does|do) (?P<a>.+?) (?:different from|differ from|different to"
        r"|compare (?:to|with)|better than|related to|unlike) (?!each other)(?P<b>.+)$",
        re.I,
    ),
    re.compile(
        r"^(?:what is |explain |which is better,? |which one,? )?(?P<a>[^?]+?),? "
        r"(?:vs\.?|versus) (?P<b>[^,:?]+)",
        re.I,
    ),
    re.compile(
        r"\b(?:should i (?:use|choose|pick|prefer|take)|which is better:?,?|do i (?:need|want|use)"
        r"|is it better to use|when to use) (?P<a>.+?),? (?:or|over|instead of|rather than) "
        r"(?P<b>.+)$",
        re.I,
    ),
    re.compile(r"\bhow do (?P<a>.+?),? and (?P<b>.+?) (?:differ|compare)\b", re.I),
    re.compile(
        r"^(?:do i need |is it )?(?P<a>[^,:?]{2,50}?),? or (?:will |would "
        r"|is )?(?P<b>[^,:?]{2,50}?)"
        r"(?: do)?(?:[:,?]\s*(?:which|what|who|when)\b.*)$",
        re.I,
    ),
    re.compile(
        r"\bwhy (?:use|choose|prefer) (?P<a>.+?) (?:over|instead of|rather than) (?P<b>.+)$", re.I
    ),
    # "CSV or Parquet?", "PyTorch or TensorFlow for a beginner?": two names and nothing else.
    re.compile(
        r"^(?!(?:what|how|why|when|which|where|who|is|are|am|was|do|does|did|can|could|should|would"
        r"|will|has|have|if|i|we|my|explain|define|list|name|tell|show)\b)"
        r"(?P<a>[\w-]+(?: [\w-]+){0,3}?) or (?P<b>[\w-]+(?: [\w-]+){0,3}?)(?: for .+)?$",
        re.I,
    ),
)
KINDS = (
    ("where", WHERE),
    (
        "when",
        re.compile(
            r"^(?:when|in which (?:case|situation)s?|under what|for which)\b|^(?!how\b).*\b(?:when"
            r"(?: to| should| would| do| can)|should i use|(?:good|bad) idea)\b",
            re.I,
        ),
    ),
    (
        "why",
        re.compile(
            r"^(?:why|what for|for what reason|what makes|how come)\b|\bhow (?:is|can) (?:that|this"
            r"|it)(?: be)?(?: even)? possible\b|\bwhy\b|\bwhat(?: is| are"
            r"|'s) the (?:point"
            r"|purpose|reason|benefit|advantage|use|goal|motivation)s?\b"
            r"|\bwhat (?:do|would|can) (?:i|we|you|one)"
            r" (?:win|gain|get|lose) (?:by|from|with)\b|\bwhat "
            r"(?:causes?|happens)\b|\b(?:benefit|advantage|drawback|disadvantage|downside)s?"
            r" of\b",
            re.I,
        ),
    ),
    (
        "how",
        re.compile(
            r"^how\b|\bhow (?:to|do|does|can|should|would|is|are)\b|^(?:implement|compute"
            r"|calculate|build|train|evaluate|set up|install|create|write|use|steps)\b",
            re.I,
        ),
    ),
    (
        "list",
        re.compile(
            r"^(?:which|name|list)\b|\bwhat (?:are|kinds|types|sorts|methods|ways|metrics"
            r"|options|techniques|algorithms)\b|\b(?:types|kinds) of\b",
            re.I,
        ),
    ),
    (
        "check",
        re.compile(r"^(?:is|are|does|do|can|could|should|will|would|has|have|was|did)\b", re.I),
    ),
)
SUBJECT = (
    re.compile(r"^what does it mean (?:for .+? )?(?:to|when|if|that) (?P<s>.+)$", re.I),
    re.compile(
        r"^what(?:'s| is| are| was| were)? (?:the )?(?:meaning|definition|idea|concept|intuition"
        r"|purpose|point|goal|role|use|benefit|advantage|drawback|disadvantage|downside|reason)s?"
        r"(?: behind| of| for| to use)? (?P<s>.+)$",
        re.I,
    ),
    re.compile(
        r"^what (?:does|do|did) (?P<s>.+?) (?:mean|do|stand for|measure|refer to|tell)\b", re.I
    ),
    # "What does the learning rate control": the verb is said last, and its subject before it.
    re.compile(
        r"^what (?:does|do|did) (?P<s>.+?(?<! in)(?<! of)(?<! on)(?<! to)(?<! for)(?<! with)"
        r"(?<! during)(?<! a)(?<! an)(?<! the)(?<! and)(?<! or)) [a-z]+"
        r"(?: (?:at|for|to|on|about|of|with|from|by|off|up|out|me|you|us))?$",
        re.I,
    ),
    re.compile(r"^what(?:'s| is| are| was| were) (?P<s>.+)$", re.I),
    re.compile(
        r"^(?:explain|define|describe|understand|summari[sz]e)(?: to me)?(?: what| how)?(?: is"
        r"| are)? "
        r"(?P<s>.+?)(?: is| are| works?)?$",
        re.I,
    ),
    re.compile(
        r"^how (?:does|do|did|is|are|can|could|would|should|to)\b(?: (?:one|i|we|you)\b)? "
        r"(?P<s>.+?)(?: works?)?$",
        re.I,
    ),
    re.compile(
        r"^why(?: (?:is|are|does|do|did|would|should|use|can|not)\b)?(?: (?:it|one|i|we|you|people)"
        r"\b)?(?: (?:need(?: to)?|use)\b)? (?P<s>.+)$",
        re.I,
    ),
    re.compile(
        r"^when(?: (?:is|are|does|do|would|should|to|can)\b)?(?: (?:one|i|we|you)\b)?(?: (?:use"
        r"|choose|prefer|need|apply)\b)? (?P<s>.+)$",
        re.I,
    ),
    re.compile(r"^should (?:i|we|you|one) (?:use|choose|prefer) (?P<s>.+)$", re.I),
)
# "... used for X", but not "a trained classifier".
CLAUSE = re.compile(
    r"(?<!\ba)(?<!\ban)(?<!\bthe)\s+(?:used|useful|important|needed|necessary|better|helpful|called|applied|good|bad|prevented"
    r"|avoided|computed|calculated|measured|trained|evaluated|implemented|detected|chosen|so|that"
    r"|which|when|if|because|instead|rather)\b.*$",
    re.I,
)


def kind_of(text: str) -> str:
    """Name the kind of one part of a question."""
    if re.match(r"^what(?:'s| is) (?:an?|the) [\w -]+$", text, re.I) and not KINDS[2][1].search(
        text
    ):
        return "what"
    for kind, pattern in KINDS:
        if pattern.search(text):
            return kind
    return "what"


def subject_of(text: str) -> str:
    """Find the term that a part of a question is about; empty when it is a whole clause."""
    plain = text.strip(" ?.!,;:\"'“”")
    for pattern in SUBJECT:
        match = pattern.match(plain)
        if match:
            return trim(match["s"])
    return trim(plain) if len(plain.split()) <= LONGEST_SUBJECT else ""


def trim(subject: str) -> str:
    """Cut articles, politeness and trailing clauses off a subject."""
    previous, current = None, subject.strip(" ?.!,;:\"'“”")
    while previous != current:
        previous = current
        shorter = TAIL.sub("", ARTICLE.sub("", current)).strip(" ?.!,;:\"'“”")
        current = shorter or current
    clause = TAIL.sub("", CLAUSE.sub("", current)).strip()
    return clause if clause else current


# "CSV vs Parquet for a table of a few GB": where it is to be used is no part of a side.
SITUATION = re.compile(
    r"(?<=\w) (?:for|when|if|given) (?:an?|the|my|our|your|this|these|some|i|we)\b.*$",
    re.I,
)


def compared(text: str) -> tuple[str, str] | None:
    """Find the two sides of a comparison, or None."""
    plain = text.strip(" ?.!,;:")
    for pattern in COMPARE:
        match = pattern.search(plain)
        if match:
            one, other = trim(match["a"]), trim(SITUATION.sub("", match["b"]))
            if one and other and max(len(one.split()), len(other.split())) <= LONGEST_SUBJECT:
                return one, other
    return None


WHERE_WORDS = re.compile(
    r"\b(?:where|do|does|can|should|could|i|we|you|one|learn(?:ing)?|study|read|find|start"
    r"|cover(?:ed|s)?"
    r"|is|are|the|path|course|curriculum|which|what|week|month|section|resources?|videos?|articles?"
    r"|teach(?:es)?|taught|about|explain(?:s|ed)?|first|next|before|after|how|long|many|hours"
    r"|much|time"
    r"|weeks?|months?|take|takes|to|in|for|on|of|and|it|there|best|good|topics?|lessons?|will|would"
    r"|need|know|whole|entire|altogether|total|complete|me|my|this|that|from|with|get|practi[cs]e|watch|go|want|like|understand|started|into|comes?|stands?|prerequisites?|builds?"
    r"|directly|right|going|trying|anything|everything|all|some|any|please|am|i'm|new|complete(?:ly)?|total(?:ly)?|absolute(?:ly)?|beginner|newcomer|scratch|zero|started|going|a|an|begin|when"
    r"|deals?)\b",
    re.I,
)


def where_subject(text: str) -> str:
    """Keep the words of a where-question that name what is to be learnt."""
    return " ".join(WHERE_WORDS.sub(" ", re.sub(r"[?.!,;:]", " ", text)).split())
