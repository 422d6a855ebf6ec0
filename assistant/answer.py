"""The nouns of an answer: Sentence, Citation, Answer."""

from dataclasses import dataclass

STOPPED, FAILED = "stopped", "failed"


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote of one passage, with its place in the path and a deep link.

    `quote` equals the document's text from `start` to `end` (character offsets).
    """

    n: int
    passage_id: str
    quote: str
    title: str
    kind: str
    url: str
    deep_link: str
    section_ids: tuple[str, ...]
    where: str
    start: int
    end: int
    link_precision: str
    as_of: str
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """One unit of an answer (a sentence or a whole code block) and the citations that back it.

    `relevance` is in 0..1; `verdict` is "supported", "weak" or "unsupported"; `block` is true for
    code, tables and list items that stand on their own lines.
    """

    text: str
    citations: tuple[int, ...]
    verdict: str = "supported"
    relevance: float = 1.0
    block: bool = False


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent in each stage of one answer; to a language model's first word, if any."""

    retrieve: float = 0.0
    answer: float = 0.0
    verify: float = 0.0
    total: float = 0.0
    first_token: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets: sentences with citations, or a refusal with its reason.

    `reason` is None for an answer, else "off_path", "not_covered", "flagged_only" or "unclear"; of
    a question that a conversation keeps without an answer it is STOPPED or FAILED.
    `message` is for the learner: the refusal's sentence, or a remark such as a corrected word.
    `asked` is the question as it was understood in its conversation; equal to `question` when it
    stands alone.
    """

    question: str
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    refused: bool = False
    reason: str | None = None
    message: str = ""
    nearest_sections: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    engine: str = "extractive"
    model: str | None = None
    timings: Timings = Timings()
    asked: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether the question has no answer: it was stopped before there was one, or failed."""
        return self.reason in (STOPPED, FAILED)


def missing(
    question: str, message: str, why: str = STOPPED, begun: tuple[Sentence, ...] = ()
) -> Answer:
    """Stand for the answer that a question does not have; `begun` was written, but not verified."""
    told = tuple(Sentence(one.text, (), "unsupported", 1.0, one.block) for one in begun)
    return Answer(question, told, refused=not told, reason=why, message=message, engine="")
