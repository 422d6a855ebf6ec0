"""What a question asks for: its kind, its subject, its parts, and whether it can be read at all."""

import re
from dataclasses import dataclass

from assistant.part import Part
from assistant.parts import read_parts

LONGEST = 60  # words of a question that are searched; MiniLM reads about 200 words, BM25 dilutes


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it was typed and as it is searched; `problem` says why it cannot be answered.

    `remark` tells the learner what was made of an odd question (a stack trace, a long text).
    """

    typed: str
    search: str
    parts: tuple[Part, ...]
    problem: str = ""
    remark: str = ""

    @property
    def kind(self) -> str:
        """The kind of the first part."""
        return self.parts[0].kind if self.parts else "what"


CONTRACTED = re.compile(r"\b(what|how|where|who)['’]?s\b(?!')", re.I)


def read_question(typed: str) -> Question:
    """Understand a question; never raises. An unreadable one has `problem` set and no parts."""
    text = re.sub(
        r"(?i)\b(what|how|where|who)['’]?s\b(?!')", r"\1 is", " ".join(tidy(typed).split())
    )
    if not re.search(r"\w", text):
        return Question(
            typed, "", (), problem="Please type a question, for example “What is overfitting?”"
        )
    error = last_error(typed)
    if error:
        part = Part("what", "", error)
        remark = f"I searched for the last line of the error: {error}"
        return Question(typed, error, (part,), remark=remark)
    if foreign(text):
        problem = "The material of this path is in English: please ask in English."
        return Question(typed, text, (), problem=problem)
    search, remark = shorten(text)
    return Question(typed, search, read_parts(search), remark=remark)


def tidy(text: str) -> str:
    """Drop control and zero-width characters and Markdown decoration of a typed question."""
    kept = "".join(c for c in text if c.isprintable() or c.isspace())
    return re.sub(r"[\u200b-\u200f\u2060\ufeff`*]", "", kept)


TRACE = re.compile(r"Traceback \(most recent call last\)|^\s+File \"|^\s+at \S+\(.*\)$", re.M)
RAISED = re.compile(r"^\s*((?:\w+\.)*\w*(?:Error|Exception|Warning|Interrupt)\b.*)$", re.M)


def last_error(text: str) -> str:
    """Find the line that names the error in a pasted stack trace; empty when it is none."""
    if not TRACE.search(text):
        return ""
    raised = RAISED.findall(text)
    return " ".join(raised[-1].split())[:300] if raised else ""


# Words that carry the grammar of each language and are not English words as well.
FUNCTION_WORDS = {
    "English": "what is are the how does do why when which of to and can i in a an for with should",
    "German": "was ist wie und der das ein eine einen nicht für mit wann warum ich kann zwischen",
    "French": "qu quoi que est ce le la les des une pour avec quand pourquoi comment je dans et du",
    "Spanish": "qué que cómo como es el los las una para con cuándo por entre y del puedo cuál son",
    "Italian": "che cosa come è il gli una per con quando perché sono di della tra cos posso",
    "Portuguese": "o que é como os uma para com quando por são do da entre posso qual você",
    "Dutch": "wat hoe het een en van voor met wanneer waarom ik kan tussen niet zijn wordt",
}
WORDS_OF = {language: frozenset(words.split()) for language, words in FUNCTION_WORDS.items()}


def foreign(text: str) -> bool:
    """Guess whether a question is in another language than English, by letters and small words."""
    letters = [c for c in text if c.isalpha()]
    if letters and sum(c > "\u024f" for c in letters) > 0.4 * len(letters):
        return True
    words = re.findall(r"[^\W\d_]+", text.lower())
    counts = {language: sum(w in own for w in words) for language, own in WORDS_OF.items()}
    english = counts.pop("English")
    return max(counts.values()) >= 2 and max(counts.values()) > english


def shorten(text: str) -> tuple[str, str]:
    """Keep what can be searched of a long text: its questions, else its beginning."""
    words = text.split()
    if len(words) <= LONGEST and len(text) < 600:
        return text, ""
    asked = [s.strip() for s in re.findall(r"[^.?!]*\?", text) if len(s.split()) > 2]
    chosen = " ".join((asked[-1] if asked else text).split()[:LONGEST])[:600]
    return (
        chosen,
        f"That is long: I searched for “{chosen[:120]}{'…' if len(chosen) > 120 else ''}”",
    )
