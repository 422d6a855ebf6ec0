"""One analysis for passages and questions: text -> words -> terms.

A term is what the keyword index knows: lower case, stemmed, without stop words. A word that is
written together from others (an identifier, a hyphenated or a dotted name) is kept whole and also
split, because a learner asks for `train_test_split` in either way.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from snowballstemmer.english_stemmer import EnglishStemmer

# Function words and the scaffolding of questions, with contractions as typed in a hurry. Words
# that name something in a curriculum stay out of it: few, one, self, mean, use, work, learn.
FUNCTION_WORDS = """
a about above after again against all almost already also although always am among an and any
anybody anyone anything are arent around as at away be became because become been before being
below besides between both but by can cannot cant could couldnt did didnt do does doesnt doing
done dont down during each eg either else ever every everyone everything explain for from further
had hadnt has hasnt have havent having he hence her here hers herself hi him himself his how
however hows i ie if im in instead into is isnt it itd itll its itself ive just let lets many may
maybe me might mine more most much must my myself neither never no nor not now of off often oh ok
on once only onto or other others otherwise ought our ours ourselves out over own perhaps please
quite rather really shall shant she should shouldnt since so some somebody someone something
sometimes still such tell than thanks that thats the their theirs them themselves then there
therefore theres these they theyre this those though through thus to together too toward towards
under unless until up upon us versus very via vs was wasnt we were werent what whatever whats when
whenever where whereas wheres wherever whether which while who whoever whom whose why will with
within wont would wouldnt yes yet you youd youll your youre yours yourself yourselves youve
"""
STOP_WORDS = frozenset(FUNCTION_WORDS.split())

# Each pair is a form that the stemmer would leave apart from its family, and a member of it.
# (Snowball makes "emb" of "embed" but "embed" of "embedding".)
FAMILY = {
    "embed": "embedding",
    "embeds": "embedding",
    "analysis": "analyse",
    "analyses": "analyse",
    "analyze": "analyse",
    "analyzes": "analyse",
    "analyzed": "analyse",
    "analyzing": "analyse",
    "axes": "axis",
    "bayes": "bayesian",
    "criteria": "criterion",
    "hypotheses": "hypothesis",
    "indices": "index",
    "matrices": "matrix",
    "vertices": "vertex",
    "cpus": "cpu",
    "gpus": "gpu",
    "tpus": "tpu",
}
# British spellings become American ones. The letters before the "is" keep supervise, precise,
# noise, exercise and enterprise out: rewriting those would part them from supervision, precision.
BRITISH_ISE = re.compile(
    r"(?<=al|an|ar|at|en|er|es|et|ic|id|il|im|in|it|gn|nt|om|on|or|rd|rn|tr)"
    r"is(?=(?:e|ed|es|er|ers|ing|ation|ations)$)"
)
BRITISH_OUR = re.compile(r"^(behavi|col|fav|flav|hon|lab|neighb)our")

# C++ and C#; A/B and I/O; words with inner dots, hyphens and one contraction at the end.
TOKEN = re.compile(
    r"(?<!\w)[A-Za-z](?:\+\+|\#(?!\w))"
    r"|(?<![\w/.])[A-Za-z]/[A-Za-z](?![\w/]|\.\w)"
    r"|\w+(?:[.\-‐]\w+)*(?:['’](?:s|t|d|m|re|ve|ll)\b)?"
)
ACCENTS = re.compile(r"[\u0300-\u036f]")
CONTRACTION = re.compile(r"['’](?:s|t|d|m|re|ve|ll)$")
PLURAL_CAPITALS = re.compile(r"(?<=[A-Z])s$")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
VERSION = re.compile(r"v?\d\w*(?:\.\d\w*)+", re.ASCII)

# Longer runs are encoded data or writing without spaces; no learner types them.
LONGEST_WORD = 64
# A hyphenated word of more parts is a page's address, not a name.
MOST_JOINED_PARTS = 4
# The captured pages hold about 150,000 different words as written.
CACHED_WORDS = 1 << 18


@dataclass(frozen=True, slots=True)
class Word:
    """One word as written, with the ways in which the index may hold it.

    Each of `forms` is a set of terms that together say the word: `(("onehot",), ("one", "hot"))`.
    The most specific form comes first, the separate parts last; plain words have one form of one
    term. Encoded junk has none.
    """

    surface: str
    forms: tuple[tuple[str, ...], ...]
    stop: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """Every term of every form, once each, in order."""
        return tuple(dict.fromkeys(term for form in self.forms for term in form))

    @property
    def is_plain(self) -> bool:
        """Say whether the word is written in letters only: no identifier, version or compound."""
        return self.surface.isalpha() and len(self.forms) == 1


def fold(text: str) -> str:
    """Bring typographic variants together: Unicode NFKC, Latin accents dropped; case is kept."""
    if text.isascii():
        return text
    return ACCENTS.sub("", unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text)))


def tokens(text: str) -> list[str]:
    """Cut text into words as written, in order."""
    return TOKEN.findall(fold(text))


def words(text: str) -> list[Word]:
    """Read text as words, in order, stop words included."""
    return [word(surface) for surface in tokens(text)]


def analyse(text: str) -> list[str]:
    """Turn text into index terms, in order, repeats included.

    A text of nothing but stop words keeps them, so that it is not silently empty.
    """
    return analyse_tokens(tokens(text))


def analyse_tokens(surfaces: list[str]) -> list[str]:
    """Turn words as written into index terms; see `analyse`."""
    terms = [term for surface in surfaces for term in _content_terms(surface)]
    return terms or [term for surface in surfaces for term in word(surface).terms]


@lru_cache(maxsize=CACHED_WORDS)
def _content_terms(surface: str) -> tuple[str, ...]:
    found = word(surface)
    return () if found.stop else found.terms


def parts(text: str) -> tuple[str, ...]:
    """Give the stems of the content words, case forgotten, hyphened and dotted words taken apart.

    "Retrieval-Augmented Generation" and "retrieval augmented generation" come out the same.
    """
    found = (word for word in words(text.lower()) if word.forms and not word.stop)
    return tuple(term for word in found for term in word.forms[-1])


@lru_cache(maxsize=CACHED_WORDS)
def word(surface: str) -> Word:
    """Read one word as `tokens` cuts it."""
    if len(surface) > LONGEST_WORD:
        return Word(surface, ())
    lower = surface.lower()
    if lower.replace("'", "").replace("’", "") in STOP_WORDS:
        return Word(surface, ((lower,),), stop=True)
    if lower[-1] in "+#" or "/" in lower:
        return Word(surface, ((lower,),))
    name = PLURAL_CAPITALS.sub("", CONTRACTION.sub("", surface)).replace("‐", "-").strip("_.-")
    if not name:
        return Word(surface, ())
    single = [part for part in name.split(".") if len(part) == 1 and part.isalpha()]
    if len(single) > 1 and len(single) == name.count(".") + 1:
        joined = "".join(single).lower()
        return Word(surface, ((joined,),), stop=joined in STOP_WORDS)
    wholes, pieces = _wholes(name), _pieces(name)
    forms = dict.fromkeys([*((whole,) for whole in wholes), pieces])
    return Word(surface, tuple(form for form in forms if form))


def _wholes(name: str) -> tuple[str, ...]:
    """Give the terms that stand for a compound as a whole, most specific first."""
    lower = name.lower()
    if "-" in name:
        hyphened = lower.split("-")
        named = len(hyphened) <= MOST_JOINED_PARTS and not all(p[0].isdigit() for p in hyphened)
        return (stem("".join(hyphened)),) if named else ()
    if VERSION.fullmatch(lower):
        return (lower.removeprefix("v"),)
    if "." in name:
        last = name.rpartition(".")[2].strip("_")
        return (lower, *(_wholes(last) if len(_pieces(last)) > 1 else ()))
    if "_" in name:
        return (lower,)
    return tuple(dict.fromkeys((lower, stem(lower)))) if CAMEL.search(name) else ()


def _pieces(name: str) -> tuple[str, ...]:
    """Give the stems of a name's parts, without the stop words among them."""
    pieces: list[str] = []
    for part in name.split("-"):
        if VERSION.fullmatch(part.lower()):
            pieces.append(part.lower().removeprefix("v"))
            continue
        for short in re.split(r"[._]+", part):
            pieces.extend(piece.lower() for piece in CAMEL.split(short) if piece)
    return tuple(dict.fromkeys(stem(piece) for piece in pieces if piece not in STOP_WORDS))


@lru_cache(maxsize=CACHED_WORDS)
def stem(lower: str) -> str:
    """Stem one lower-case word (Snowball English), British spellings as American ones.

    Short words in -s are names more often than plurals (AWS, OLS): they stay.
    """
    if len(lower) <= 3 and lower.endswith("s"):
        return lower
    base = FAMILY.get(lower) or american(lower)
    # A stemmer keeps its working state in itself: one for each call is safe with threads, and
    # costs 0.3 µs beside the 38 µs of stemming.
    return str(EnglishStemmer().stemWord(base))


def american(lower: str) -> str:
    """Spell a British word (-ise, -our) as an American one; others stay."""
    return BRITISH_OUR.sub(r"\1or", BRITISH_ISE.sub("iz", lower))


def fingerprint() -> str:
    """Identify this analysis: an index made by another one must not be searched with it."""
    probe = "The optimised OneHotEncoder's k-fold train_test_split, embedded (pd.get_dummies v1.2)"
    told_by = "\n".join([*analyse(probe), *sorted(STOP_WORDS)])
    return hashlib.sha256(told_by.encode()).hexdigest()[:16]
