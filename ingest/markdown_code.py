"""Code on a page -> fenced blocks and inline spans, every line as it stands."""

import re

from lxml import etree

from ingest.html_tree import visible

# How sites name the language of a block, by generator: HTML5 and Prism (language-x, lang-x),
# Sphinx (highlight-x), GitHub (highlight-source-x), SyntaxHighlighter (brush: x), pandoc
# (sourceCode x), Hugo and others (data-lang).
_LANGUAGE = re.compile(
    r"\b(?:language|lang|highlight-source|highlight-text|highlight|brush:?)[-\s]\s*([\w+#.-]+)"
    r"|\bsourceCode\s+([\w+#.-]+)"
)
_SAME = {
    "ipython3": "python", "ipython": "python", "ipython2": "python", "python3": "python",
    "py": "python", "py3": "python", "pycon": "python", "pycon3": "python", "py3tb": "",
    "shell-session": "console", "sh-session": "console", "js": "javascript", "ts": "typescript",
    "yml": "yaml", "golang": "go", "default": "", "none": "", "text": "", "plaintext": "",
    "plain": "", "txt": "", "notranslate": "", "nohighlight": "", "no-highlight": "",
    "source": "", "output": "", "basic": "", "html-basic": "html",
}  # fmt: skip
_LINE_ELEMENTS = ("div", "li", "p", "tr")


def read_code(pre: "etree._Element") -> tuple[str, str]:
    """Return the language (or an empty string) and the exact text of a <pre> element."""
    text = "".join(_code_parts(pre)).replace("\r\n", "\n").replace("\t", "    ")
    lines = [visible(line).rstrip() for line in text.split("\n")]
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    return _language(pre, lines), "\n".join(lines)


def _code_parts(element: "etree._Element") -> list[str]:
    """Collect the text below an element; a line in an element of its own ends with a newline."""
    parts = [element.text or ""]
    children = list(element)
    own_lines = _is_one_line_each(children)
    for child in children:
        if child.tag == "br":
            parts.append("\n")
        elif not _is_line_number(child):
            parts += _code_parts(child)
            apart = own_lines or child.tag in _LINE_ELEMENTS
            if apart and not "".join(parts[-3:]).endswith("\n"):
                parts.append("\n")
        parts.append(child.tail or "")
    return parts


def _is_one_line_each(children: list["etree._Element"]) -> bool:
    """Tell whether spans named "line" hold one line each without a newline between them."""
    if len(children) < 2:
        return False
    named = all(
        "line" in (child.get("class") or "").replace("-", " ").split() for child in children
    )
    return named and not any("\n" in (child.tail or "") for child in children)


def _is_line_number(element: "etree._Element") -> bool:
    named = re.search(r"\b(?:linenos?|line-?numbers?|lnt?)\b", element.get("class") or "")
    return bool(named) and element.tag != "code"  # Prism names the code itself "line-numbers"


def _language(pre: "etree._Element", lines: list[str]) -> str:
    inner = [code for code in pre.iter("code")][:1]
    outer: list[etree._Element] = []
    for ancestor in pre.iterancestors():
        if len(outer) == 3 or ancestor.tag in ("article", "main", "body", "section", "td", "li"):
            break
        outer.append(ancestor)
    for element in (*inner, pre, *outer):
        named = element.get("data-lang") or element.get("data-language")
        found = _LANGUAGE.search(element.get("class") or "")
        name = named or (found and (found[1] or found[2]))
        if name:
            name = _SAME.get(name.lower(), name.lower())
            if name:
                return name if re.fullmatch(r"[\w+#.-]{1,20}", name) else ""
    return "python" if any(line.startswith(">>> ") for line in lines[:20]) else ""


def fence(language: str, text: str) -> str:
    """Put text into a fence that is longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return f"{marks}{language}\n{text}\n{marks}"


def inline_code(text: str) -> str:
    """Put one line of code between backticks, leaving blanks at its ends outside."""
    core = " ".join(text.split())
    if not core:
        return text
    marks = "`" * (max((len(run) for run in re.findall(r"`+", core)), default=0) + 1)
    inner = f" {core} " if core[0] == "`" or core[-1] == "`" else core
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return f"{before}{marks}{inner}{marks}{after}"
