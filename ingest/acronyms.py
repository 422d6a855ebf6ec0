"""Acronyms that the indexed texts define: "Long Form (LF)" and "LF (Long Form)".

The idea of looking only beside parentheses and matching the letters in order is that of
Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical
text" (PSB 2003); here word initials count as proof, and a looser match needs a second passage.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.analysis import CONTRACTION, PLURAL_CAPITALS, STOP_WORDS, Word, parts, word

MARKUP = re.compile(r"\]\([^()\s]*\)|[*`\[\]\"“”]|__")
PARENTHESIS = re.compile(r"\(([^()\n]{2,80})\)")
SHORT = re.compile(r"(?=(?:[^A-Z]*[A-Z]){2})[A-Za-z0-9](?:[A-Za-z0-9]|[-./&](?=\w)){1,10}")
# Not right behind another parenthesis: "(NP (NN computer))" is a parse tree.
LAST_TOKEN = re.compile(r"(?<![\w./&(-])([\w./&-]+)\s*$")
# A long form does not reach over these.
BOUNDARY = re.compile(r"[,;:!?()|<>{}=]|\.\s|\n\s*\n|\s[-–—]\s")
PROSE = re.compile(r"(?:[^\W_]|[ \-–'’])+")
WORD_PART = re.compile(r"(-?)([^\W_]+)")
REACH = 160

# One word may give so many letters: operations gives the Ops of MLOps, global the Glo of GloVe.
MOST_LETTERS_OF_A_WORD = 4
# An acronym in small letters counts as one unless the word is mostly something else: "lora" yes,
# "map" no. Measured as written in the texts: small letters at most so many times the capitals.
SMALL_LETTERS_RATIO = 3
# Beside its commonest long form an acronym keeps another that at least a quarter as many passages
# define (CV: cross-validation, computer vision).
MOST_LONG_FORMS = 2
RIVAL_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Acronym:
    """One acronym with one of its long forms.

    `term` and `terms` are what the analysis makes of them; `passages` counts the passages that
    define it so; `any_case` says whether it may be typed in small letters.
    """

    short: str
    long: str
    term: str
    terms: tuple[str, ...]
    passages: int
    any_case: bool

    def is_meant_by(self, word: Word) -> bool:
        """Say whether a question's word is this acronym."""
        typed = _letters(CONTRACTION.sub("", word.surface))
        if typed.removesuffix("s") != _letters(self.short).removesuffix("s"):
            return False
        return self.any_case or sum(letter.isupper() for letter in word.surface) > 1


@dataclass(frozen=True, slots=True)
class Definition:
    """One place in one text that defines an acronym; `exact` when word initials spell it."""

    short: str
    long: str
    exact: bool


def definitions(text: str) -> tuple[Definition, ...]:
    """Find the acronyms that one text defines."""
    if "(" not in text:
        return ()
    text = MARKUP.sub("", text)
    found = []
    for match in PARENTHESIS.finditer(text):
        before = text[max(0, match.start() - REACH) : match.start()]
        inside = BOUNDARY.split(match[1])[0].strip()
        found.append(_after_its_long_form(inside, before) or _before_its_long_form(before, inside))
    return tuple(definition for definition in found if definition)


def _after_its_long_form(short: str, before: str) -> Definition | None:
    if not SHORT.fullmatch(short):
        return None
    spoken = BOUNDARY.split(before)[-1].split()
    letters = _letters(short)
    furthest = min(len(spoken), len(letters) + 5, 2 * len(letters))
    phrases = [" ".join(spoken[-size:]) for size in range(1, furthest + 1)]
    return _first_match(short, letters, phrases)


def _before_its_long_form(before: str, phrase: str) -> Definition | None:
    last = LAST_TOKEN.search(before)
    if not last or not SHORT.fullmatch(last[1]):
        return None
    return _first_match(last[1], _letters(last[1]), [phrase])


def _letters(short: str) -> str:
    return "".join(re.findall(r"[A-Za-z0-9]", PLURAL_CAPITALS.sub("", short))).lower()


def _first_match(short: str, letters: str, phrases: Sequence[str]) -> Definition | None:
    split = [
        [(piece.lower(), bool(hyphen)) for hyphen, piece in WORD_PART.findall(phrase)]
        for phrase in phrases
    ]
    for matches, exact in ((_initials_spell, True), (_letters_occur, False)):
        for phrase, pieces in zip(phrases, split, strict=True):
            # The acronym itself, "BERT (BERT-base)", explains nothing.
            if len(pieces) < 2 or letters in dict(pieces) or not PROSE.fullmatch(phrase):
                continue
            if pieces[0][0] in STOP_WORDS and phrase[0].islower():
                continue
            if matches(letters, pieces):
                return Definition(short, phrase.strip("'’-– "), exact)
    return None


def _initials_spell(letters: str, pieces: Sequence[tuple[str, bool]]) -> bool:
    """Match when every word gives its first letters in order.

    Function words and the later parts of hyphenated words may give none.
    """
    given = {0}
    for piece, hyphened in pieces:
        most = len(piece) if piece.isdigit() else MOST_LETTERS_OF_A_WORD
        beginnings = [piece[:count] for count in range(1, min(most, len(piece)) + 1)]
        reached = {
            start + len(beginning)
            for start in given
            for beginning in beginnings
            if letters.startswith(beginning, start)
        }
        given = reached | given if hyphened or piece in STOP_WORDS else reached
    return len(letters) in given


def _letters_occur(letters: str, pieces: Sequence[tuple[str, bool]]) -> bool:
    """Match when the letters occur in order, the first as an initial, the last in the last word."""
    phrase = " ".join(piece for piece, _ in pieces)
    end = 0
    for letter in letters[:-1]:
        at = phrase.find(letter, end)
        if at < 0 or (end == 0 and at > 0):
            return False
        end = at + 1
    last = phrase.rfind(letters[-1])
    return last >= end and " " not in phrase[last:]


@dataclass(frozen=True, slots=True)
class Expansion:
    """An acronym found in a question, short or long.

    `words` are the positions of the question's words that say it, `added` the terms that say it
    the other way.
    """

    acronym: Acronym
    words: tuple[int, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Glossary:
    """The acronyms of an index, found by their term and by the first term of their long form."""

    acronyms: tuple[Acronym, ...]
    _by_term: Mapping[str, Sequence[Acronym]]
    _by_first: Mapping[str, Sequence[Acronym]]

    def expand(self, question: Sequence[Word]) -> tuple[Expansion, ...]:
        """Find acronyms and long forms among a question's content words."""
        spelled = [(term, place) for place, w in enumerate(question) for term in parts(w.surface)]
        terms = tuple(term for term, _ in spelled)
        found = []
        for place, asked in enumerate(question):
            for term in asked.terms:
                for acronym in self._by_term.get(term, ()):
                    if acronym.is_meant_by(asked):
                        found.append(Expansion(acronym, (place,), acronym.terms))
        for start, term in enumerate(terms):
            for acronym in self._by_first.get(term, ()):
                end = start + len(acronym.terms)
                if terms[start:end] == acronym.terms:
                    places = dict.fromkeys(place for _, place in spelled[start:end])
                    found.append(Expansion(acronym, tuple(places), (acronym.term,)))
        return tuple(found)


def glossary(acronyms: tuple[Acronym, ...]) -> Glossary:
    """Make acronyms findable."""
    by_term: dict[str, list[Acronym]] = defaultdict(list)
    by_first: dict[str, list[Acronym]] = defaultdict(list)
    for acronym in acronyms:
        by_term[acronym.term].append(acronym)
        by_first[acronym.terms[0]].append(acronym)
    return Glossary(acronyms, dict(by_term), dict(by_first))


def with_expansions(question: Sequence[Word], expansions: Sequence[Expansion]) -> tuple[Word, ...]:
    """Give every word the other ways of saying it as further forms; equal words once."""
    forms = [list(word.forms) for word in question]
    for expansion in expansions:
        for place in expansion.words:
            forms[place].append(expansion.added)
    expanded = [
        replace(word, forms=tuple(dict.fromkeys(ways)))
        for word, ways in zip(question, forms, strict=True)
    ]
    return tuple({word.forms: word for word in reversed(expanded)}.values())[::-1]


def gather(found: Iterable[tuple[Definition, ...]], uses: Mapping[str, int]) -> tuple[Acronym, ...]:
    """Keep the acronyms with evidence enough, from each passage's definitions.

    `uses` counts words as written, in all texts. Ordered by acronym, the commonest long form first.
    """
    passages: Counter[tuple[str, tuple[str, ...]]] = Counter()
    shorts: dict[str, Counter[str]] = defaultdict(Counter)
    longs: dict[tuple[str, tuple[str, ...]], Counter[str]] = defaultdict(Counter)
    proven = set()
    for of_one_passage in found:
        keys = {}
        for one in of_one_passage:
            short = PLURAL_CAPITALS.sub("", one.short)
            key = word(short).forms[0][0], parts(one.long)
            if len(key[1]) > 1 and not word(short).stop:
                keys[key] = short, one
        for key, (short, one) in keys.items():
            passages[key] += 1
            shorts[key[0]][short] += 1
            longs[key][one.long] += 1
            if one.exact:
                proven.add(key)
    kept = defaultdict(list)
    for (term, terms), count in sorted(passages.items(), key=lambda item: (-item[1], item[0])):
        if (term, terms) in proven or count > 1:
            kept[term].append((terms, count))
    return tuple(
        Acronym(
            _commonest(shorts[term]),
            _commonest(longs[term, terms]),
            term,
            terms,
            count,
            _any_case(shorts[term], uses),
        )
        for term, forms in sorted(kept.items())
        for terms, count in forms[:MOST_LONG_FORMS]
        if count >= RIVAL_SHARE * forms[0][1]
    )


def _commonest(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))


def _any_case(shorts: Mapping[str, int], uses: Mapping[str, int]) -> bool:
    capitals = sum(uses.get(short, 0) for short in shorts)
    small = sum(uses.get(lower, 0) for lower in {short.lower() for short in shorts})
    return small <= SMALL_LETTERS_RATIO * capitals
