r"""What is a formula in a text, and which formulas may be drawn; pure.

`$…$`, `$$…$$`, `\(…\)` and `\[…\]` are formulas where their content looks like mathematics; prices,
shell code and escaped brackets stay words. A page draws with KaTeX, which is a program that a
hostile text would write: only commands known to be harmless are handed to it, the rest is shown as
source. The rules for dollars are those of Pandoc's `tex_math_dollars`, made stricter.
"""

import re
from collections import Counter
from dataclasses import dataclass
from html import escape

# What the page's KaTeX looks for. These characters have no meaning, and `ui/markup.py` takes them
# out of every text, so nothing but what is written here is ever handed to it.
INLINE, DISPLAY = ("\ue002", "\ue003"), ("\ue004", "\ue005")
DELIMITERS: list[dict[str, str | bool]] = [
    {"left": INLINE[0], "right": INLINE[1], "display": False},
    {"left": DISPLAY[0], "right": DISPLAY[1], "display": True},
]
_MARKED = re.compile("([\ue002\ue004])([^\ue002-\ue005]*)([\ue003\ue005])")

LONGEST = 800  # characters of a formula, its delimiters included
DEEPEST = 12  # braces within braces
# Characters of formulas drawn in one answer; what comes after them is shown as source.
DRAWN_AT_MOST = 6_000

_ENDS = {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.S)
_ENVIRONMENT = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}")
_NUMBER = re.compile(r"[-+−]?\d[\d,.]*")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# What Markdown, where it does not know formulas, would take for code, a link or an address.
_MARKUP = re.compile(r"`|\]\s*[(\[]|!\[|://|\bwww\.|\w@\w|[\ue000-\uf8ff]")
# Where a subscript is mathematics and not a part of a name: `x_i`, `d_{model}`, but not `my_name`.
_SUBSCRIPT = re.compile(r"(?<![A-Za-z]{2})(?<=[\w)}\]|'])_(?:\{|\\|[A-Za-z](?![A-Za-z])|\d)")
_NAMED = re.compile(r"\\[A-Za-z]+\s*\{[^{}]*\}|[_^]\s*\{[^{}]*\}|\\[A-Za-z]+")
_SENTENCE = re.compile(r"(?:\b[A-Za-z]{2,}[,;.]?\s+){3}[A-Za-z]{2,}")
_OPERATOR = re.compile(r"[=<>+*/|!,×·÷±≤≥≠≈≡∈∉⊂⊆∪∩→←↔⇒∞√∑∏∫∂∇−]|(?<=[\w)])\s*-\s*\w|^-\w|\w\(")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that may stand in a formula without a backslash; others make it a text.
_FUNCTIONS = _words(
    "sin cos tan cot sec csc log ln lg exp max min arg argmax argmin sup inf lim det dim ker gcd"
    " lcm mod deg sgn sign rank tr var cov cor std pr sum avg mean med abs tanh sinh cosh sigmoid"
    " softmax relu loss bias"
)
_SMALL_WORDS = _words(
    "am an as at be by do go he if in is it me my no of on or so to up us vs we per for and the"
)
_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa varkappa lambda"
    " mu nu xi omicron pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega"
    " digamma Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega varGamma varDelta"
    " varTheta varLambda varXi varPi varSigma varUpsilon varPhi varPsi varOmega aleph beth gimel"
    " daleth ell hbar hslash imath jmath Re Im wp partial nabla infty emptyset varnothing degree"
    " angle measuredangle triangle square blacksquare Box Diamond diamond lozenge star bigstar"
    " diamondsuit heartsuit clubsuit spadesuit flat natural sharp checkmark dagger ddagger top bot"
    " forall exists nexists neg lnot prime backprime surd complement eth mho"
)
_RELATIONS = (
    "le leq leqslant leqq lt ge geq geqslant geqq gt ne neq equiv approx approxeq cong sim simeq"
    " thicksim propto varpropto asymp doteq coloneqq ll gg lll ggg prec succ preceq succeq in notin"
    " ni owns subset supset subseteq supseteq subsetneq supsetneq sqsubset sqsupset sqsubseteq"
    " sqsupseteq mid nmid parallel nparallel perp vdash dashv models vDash bowtie smile frown"
    " nless ngtr nleq ngeq nsubseteq nsupseteq triangleq because therefore not"
)
_OPERATORS = (
    "pm mp times div cdot cdotp ast circ bullet oplus ominus otimes oslash odot wedge vee land lor"
    " cap cup sqcap sqcup uplus setminus smallsetminus amalg wr boxplus boxtimes ltimes rtimes"
    " sum prod coprod int iint iiint oint bigcap bigcup bigvee bigwedge bigoplus bigotimes bigodot"
    " biguplus bigsqcup arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf"
    " ker lg lim liminf limsup ln log max min sec sin sinh sup tan tanh Pr argmax argmin bmod pmod"
    " mod pod limits nolimits over choose"
)
_ARROWS = (
    "to gets leftarrow rightarrow leftrightarrow Leftarrow Rightarrow Leftrightarrow longleftarrow"
    " longrightarrow longleftrightarrow Longleftarrow Longrightarrow Longleftrightarrow uparrow"
    " downarrow updownarrow Uparrow Downarrow Updownarrow mapsto longmapsto hookleftarrow"
    " hookrightarrow rightharpoonup rightharpoondown leftharpoonup leftharpoondown"
    " rightleftharpoons rightsquigarrow leadsto nearrow searrow swarrow nwarrow implies impliedby"
    " iff xrightarrow xleftarrow nrightarrow nleftarrow twoheadrightarrow"
)
DRESS = (
    "hat widehat tilde widetilde bar overline underline vec overrightarrow overleftarrow dot ddot"
    " dddot acute grave breve check mathring overbrace underbrace boxed cancel bcancel xcancel sout"
    " frac dfrac tfrac cfrac binom dbinom tbinom sqrt stackrel overset underset substack"
    " mathrm mathbf mathit mathsf mathtt mathbb mathcal mathfrak mathscr mathnormal boldsymbol bm"
    " text textrm textbf textit textsf texttt textnormal mbox operatorname rm bf it sf tt cal"
    " mathop mathbin mathrel mathord mathopen mathclose mathpunct mathinner displaystyle textstyle"
    " scriptstyle scriptscriptstyle"
)
_BRACKETS = (
    "left right middle big Big bigg Bigg bigl bigr bigm Bigl Bigr Bigm biggl biggr biggm Biggl"
    " Biggr Biggm lbrace rbrace lbrack rbrack langle rangle lvert rvert lVert rVert vert Vert"
    " lfloor rfloor lceil rceil lgroup rgroup lmoustache rmoustache ulcorner urcorner llcorner"
    " lrcorner backslash"
)
_SPACES = (
    "quad qquad enspace enskip thinspace medspace thickspace negthinspace negmedspace"
    " negthickspace nobreakspace space ldots cdots vdots ddots dots dotsc dotsb dotsm dotsi dotso"
    " hline nonumber notag tag label begin end colon"
)
_SIGNS = frozenset(",;:!>{}|\\%_&#$- \n")
COMMANDS = (
    _words(" ".join((_LETTERS, _RELATIONS, _OPERATORS, _ARROWS, DRESS, _BRACKETS, _SPACES)))
    | _SIGNS
)
# Spaces that lead back: many of them would draw a formula over the words before it.
_BACKWARDS = ("!", "negthinspace", "negmedspace", "negthickspace")
BACKWARDS_AT_MOST = 12
# Environments, and what KaTeX draws them as: those that number lines or stand alone in LaTeX
# become their twins that stand within a formula.
ENVIRONMENTS = {
    **{name: name for name in ("aligned", "gathered", "alignedat", "array", "cases", "rcases")},
    **{
        name: name
        for name in ["matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"]
    },
    **dict.fromkeys(("align", "align*", "split", "flalign", "flalign*"), "aligned"),
    **dict.fromkeys(
        ("gather", "gather*", "equation", "equation*", "multline", "multline*"), "gathered"
    ),
    **dict.fromkeys(("eqnarray", "eqnarray*"), "array}{rcl"),
}
_COLUMNS = re.compile(r"\\begin\{(?:array|alignedat)\}(?!\{[lcr|\d]{1,20}\})")
# The space below a row is free in LaTeX; here it is at most 99 points.
_ROW_SPACE = re.compile(r"\\\\\s*\[(?!\d{1,2}(?:\.\d)?pt\])")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula found in a text: its `source` with the delimiters and its content, on one line.

    `length` is the number of characters that it takes in the text.
    """

    source: str
    tex: str
    display: bool
    length: int

    @property
    def may_be_drawn(self) -> bool:
        """Whether every command is known to be harmless, and the whole is closed and small."""
        return may_be_drawn(self.tex)


def formula_at(text: str, at: int = 0) -> Formula | None:
    """Find the formula that begins at this place of a paragraph's text, outside any code."""
    start = next((start for start in _ENDS if text.startswith(start, at)), None)
    if start is None or not _may_open(text[at - 1 : at] if at else "", start):
        return None
    end = _ENDS[start]
    stop = _closing(text, at + len(start), end, at + LONGEST)
    if stop < 0:
        return None
    content = text[at + len(start) : stop]
    if start == "$" and (content[0].isspace() or content[-1].isspace()):
        return None
    if _MARKUP.search(content) or _BLANK_LINE.search(content):
        return None
    tex = " ".join(content.split())
    if not _is_mathematics(tex, start, text[stop + len(end) :][:4]):
        return None
    length = stop + len(end) - at
    source = " ".join(text[at : at + length].split())
    return Formula(source, tex, start in ("$$", "\\["), length)


def _may_open(before: str, start: str) -> bool:
    """Say whether a formula may begin after this character: not within a word or a price."""
    if start == "$$":
        return before not in ("$", "\\") or not before
    return not re.match(r"[A-Za-z0-9\\$\]]" if start == "\\(" else r"[A-Za-z0-9\\$]", before)


def _closing(text: str, start: int, end: str, limit: int) -> int:
    """Give where the content ends, -1 without an end; a backslash hides the character after it."""
    for found in re.compile(r"\\.|\$+", re.S).finditer(text, start, limit):
        if found[0] == end or found[0][0] == "$" == end[0]:
            # A run of dollars of another length closes nothing.
            return found.start() if found[0] == end and found.start() > start else -1
        if found[0][0] == "$" or found[0] in ("\\(", "\\["):
            return -1
    return -1


def _is_mathematics(tex: str, start: str, after: str) -> bool:
    if not re.search(r"\w", tex):
        return False
    commands = {name for name in _COMMAND.findall(tex) if name.isalpha()}
    has_command = bool(commands & COMMANDS)
    if start[0] == "$" and not _may_close(after, has_command):
        return False
    bare = _NAMED.sub(" ", tex)
    if has_command or "^" in tex or _SUBSCRIPT.search(tex):
        return not _SENTENCE.search(bare)
    if not all(_is_symbol(word, tex) for word in re.findall(r"[^\W\d_]{2,}(?!\w*\()", bare)):
        return False
    # A name of a program, or a command nobody knows.
    if re.search(r"\w_\w", tex) or not _SIGNS.issuperset(_COMMAND.findall(tex)):
        return False
    if start == "\\[":  # brackets are escaped in Markdown, too: "\[1, 2\]"
        return "=" in tex
    if start == "$$":
        return bool(_OPERATOR.search(tex))
    is_one = (len(tex) == 1 and tex.isalpha()) or (start == "$" and _NUMBER.fullmatch(tex))
    return bool(is_one or re.fullmatch(r"[A-Za-z]'{1,2}", tex) or _OPERATOR.search(tex))


def _may_close(after: str, has_command: bool) -> bool:
    """Say whether a closing dollar may stand before these characters."""
    if re.match(r"\d|\$", after):
        return False
    return has_command or not re.match(r"[A-Za-z_({](?!h\b)", after)  # "the $n$th"


def _is_symbol(word: str, tex: str) -> bool:
    """Say whether letters that stand together may be a product, a function or a known quantity."""
    if word.lower() in _FUNCTIONS:
        return True
    if word in _SMALL_WORDS or not word.isascii():
        return False
    return len(word) == 2 or ("=" in tex and word.isupper() and len(word) <= 5)


def may_be_drawn(tex: str) -> bool:
    """Say whether KaTeX can be given this: nothing in it loads, links, defines or overflows."""
    if len(tex) > LONGEST or not all(name in COMMANDS for name in _COMMAND.findall(tex)):
        return False
    if tex.endswith("\\") and not tex.endswith("\\\\"):
        return False
    bare = _COMMAND.sub("", tex)
    if re.search(r"[%#$`]", bare) or not _braces_match(bare):
        return False
    if _ROW_SPACE.search(tex) or _COLUMNS.search(tex) or not _environments_match(tex):
        return False
    names = Counter(_COMMAND.findall(tex))
    back = sum(names[name] for name in _BACKWARDS)
    return names["left"] == names["right"] and back <= BACKWARDS_AT_MOST


def _braces_match(bare: str) -> bool:
    depth = 0
    for mark in re.findall(r"[{}]", bare):
        depth += 1 if mark == "{" else -1
        if not 0 <= depth <= DEEPEST:
            return False
    return depth == 0


def _environments_match(tex: str) -> bool:
    opened: list[str] = []
    found = _ENVIRONMENT.findall(tex)
    if len(found) != len(re.findall(r"\\(?:begin|end)(?![A-Za-z])", tex)):
        return False
    for edge, name in found:
        if edge == "begin" and name in ENVIRONMENTS and len(opened) < DEEPEST:
            opened.append(name)
        elif edge == "begin" or not opened or opened.pop() != name:
            return False
    return not opened and ("&" not in _COMMAND.sub("", tex) or bool(found))


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def marked(source: str) -> str | None:
    """Put a formula between the page's delimiters, to be finished by one of the two below.

    None for one that may not be drawn.
    """
    formula = formula_at(source)
    if formula is None or not formula.may_be_drawn:
        return None
    left, right = DISPLAY if formula.display else INLINE
    return f"{left}{formula.tex}{right}"


def on_page(markdown: str) -> str:
    """Finish marked formulas for the page; beyond a limit they are shown as source."""
    drawn = 0

    def write(match: re.Match[str]) -> str:
        nonlocal drawn
        drawn += len(match[2])
        if drawn > DRAWN_AT_MOST:
            return f"`{_between_dollars(match)}`"
        # The page puts it back as HTML, so `<` and `&` are its words for them.
        return f"{match[1]}{escape(_for_katex(match[2]), quote=False)}{match[3]}"

    return _MARKED.sub(write, markdown)


def in_markdown(markdown: str) -> str:
    r"""Finish marked formulas for readers of Markdown: `$…$` and `$$…$$`.

    TeX's other name for `<` is used where `a<b` could open an element for a reader that does not
    know formulas.
    """

    def write(match: re.Match[str]) -> str:
        return re.sub(r"<(?=[A-Za-z/!?])", r"\\lt ", _between_dollars(match))

    return _MARKED.sub(write, markdown)


def _between_dollars(match: re.Match[str]) -> str:
    ends = "$$" if match[1] == DISPLAY[0] else "$"
    return f"{ends}{match[2]}{ends}"


def _for_katex(tex: str) -> str:
    """Write what KaTeX lacks with what it has; the numbers of lines stand after them."""
    tex = _ENVIRONMENT.sub(_environment, tex)
    tex = re.sub(r"\\label\s*\{[^{}]*\}", "", tex)
    tex = re.sub(r"\\tag\s*\{([^{}]*)\}", r"\\qquad (\\text{\1})", tex)
    return re.sub(r"\\mbox(?![A-Za-z])", r"\\text", tex)


def _environment(match: re.Match[str]) -> str:
    name = ENVIRONMENTS[match[2]]
    return f"\\{match[1]}{{{name if match[1] == 'begin' else name.partition('}')[0]}}}"
