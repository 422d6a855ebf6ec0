"""Every question of an evaluation asked of the product, and what can be said of each answer."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from assistant.answer import Answer, Sentence
from assistant.ask import Assistant
from assistant.condense import turns_of
from assistant.manner import Manner
from assistant.search import Searcher
from assistant.support import SUPPORTED, support, support_code
from assistant.verify import CODE, is_frame, statements
from eval.questions import holds, plain
from eval.suite import Item, Suite
from ingest.indexing import Report
from ingest.progress import Progress

RIGHT = 0.5  # share of its key points that a right answer says at least
CONTEXTS = 10  # passages that count as retrieved for an answer
WARM_UP = 3  # questions asked before the clock runs


@dataclass(frozen=True, slots=True)
class Cited:
    """One citation of an answer, as a report shows it."""

    n: int
    passage_id: str
    quote: str
    title: str
    where: str
    url: str


@dataclass(frozen=True, slots=True)
class Answered:
    """One question with its answer and the scores that apply to it, each 0..1.

    `contexts` are the first passages found, best first. Scores that do not apply are left out.
    """

    id: str
    mode: str
    question: str
    type: str
    group: str
    section_ids: tuple[str, ...]
    expected: str | None
    refused: bool
    reason: str | None
    text: str
    citations: tuple[Cited, ...]
    contexts: tuple[str, ...]
    sections: tuple[str, ...]
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def answerable(self) -> bool:
        """Whether it has an answer in the library."""
        return self.expected is None


def ask_all(
    searcher: Searcher,
    items: Sequence[Item],
    suite: Suite,
    contexts: Mapping[str, Sequence[str]],
    mode: str,
    report: Report,
    clock: Callable[[], float] = time.perf_counter,
) -> tuple[Answered, ...]:
    """Ask every question, in its conversation; `contexts` are the passages found for each."""
    assistant = Assistant(searcher.settings, searcher)
    answered = []
    began = clock()
    for done, item in enumerate(items, 1):
        answer = answer_to(assistant, item)
        found = tuple(contexts.get(item.id, ()))[:CONTEXTS]
        answered.append(judged(item, answer, searcher, suite.grades.get(item.id, {}), found, mode))
        left = (clock() - began) / done * (len(items) - done)
        report(Progress("ask", done, len(items), message=mode, eta_seconds=left))
    return tuple(answered)


def answer_to(assistant: Assistant, item: Item) -> Answer:
    """Ask one question after the ones that came before it."""
    answers: list[Answer] = []
    for earlier in item.before:
        answers.append(assistant.ask(earlier, Manner(history=turns_of(answers))))
    return assistant.ask(item.question, Manner(history=turns_of(answers)))


def judged(
    item: Item,
    answer: Answer,
    searcher: Searcher,
    grades: Mapping[str, int],
    contexts: tuple[str, ...],
    mode: str,
) -> Answered:
    """Put an answer beside what was expected of it."""
    text = "\n".join(sentence.text for sentence in answer.sentences)
    cited = tuple(
        Cited(c.n, c.passage_id, c.quote, c.title, c.where, c.url) for c in answer.citations
    )
    scores = {
        **expected_scores(item, answer, text),
        **context_scores(contexts, grades),
        **({} if off_the_path(answer) else citation_scores(answer, searcher)),
    }
    return Answered(
        id=item.id,
        mode=mode,
        question=item.question,
        type=item.type,
        group=item.group,
        section_ids=item.section_ids,
        expected=item.refuse,
        refused=answer.refused,
        reason=answer.reason,
        text=text,
        citations=cited,
        contexts=contexts,
        sections=answer.sections,
        scores=MappingProxyType(scores),
    )


def off_the_path(answer: Answer) -> bool:
    """Say whether an answer is about the path itself, whatever was asked.

    It is put together from the path's lines and times; no passage says its sentences.
    """
    return bool(answer.citations) and answer.citations[0].kind == "path"


def expected_scores(item: Item, answer: Answer, text: str) -> dict[str, float]:
    """Score an answer, or a refusal, against what was expected.

    A question without key points is answered rightly by its section, if that is known.
    """
    if item.refuse:
        return {"refused": float(answer.refused), "right": float(answer.refused)}
    folded = plain(text)
    met = [any(holds(folded, word) for word in point) for point in item.key_points]
    scores = {}
    if item.section_ids:
        at = {f"section@{k}": set(answer.sections[:k]) & set(item.section_ids) for k in (1, 3)}
        scores = {name: float(bool(found)) for name, found in at.items()}
    scores["answered"] = float(not answer.refused)
    if not met and not item.section_ids:
        return scores
    share = sum(met) / len(met) if met else scores["section@1"]
    if met:
        scores["key_points"] = share
    return {**scores, "right": float(not answer.refused and share >= RIGHT)}


def context_scores(contexts: Sequence[str], grades: Mapping[str, int]) -> dict[str, float]:
    """Score the passages found by their ids; nothing applies where no passage is expected."""
    if not grades:
        return {}
    hits = sum(passage in grades for passage in contexts)
    return {
        "context_precision_by_id": hits / len(contexts) if contexts else 0.0,
        "context_recall_by_id": hits / len(grades),
    }


def citation_scores(answer: Answer, searcher: Searcher) -> dict[str, float]:
    """Score how far what is cited says what the answer says; headings and lead-ins state nothing.

    Precision is the share of citations whose passage alone supports their sentence, recall the
    share of sentences that their passages together support; without a citation they support none.
    """
    stating = [sentence for sentence in answer.sentences if not is_frame(sentence)]
    if answer.refused or not stating:
        return {}
    passage = {c.n: c.passage_id for c in answer.citations}
    entries = searcher.library.entries(list(dict.fromkeys(passage.values())))
    quote = {c.n: c.quote for c in answer.citations}
    texts = {
        n: f"{entries[i].passage.text}\n{quote[n]}" if i in entries else quote[n]
        for n, i in passage.items()
    }
    alone = [
        says([texts[n]], sentence, searcher)
        for sentence in stating
        for n in sentence.citations
        if n in texts
    ]
    together = [
        says([texts[n] for n in sentence.citations if n in texts], sentence, searcher)
        for sentence in stating
    ]
    relevance = [sentence.relevance for sentence in stating]
    return {
        **({"citation_precision": sum(alone) / len(alone)} if alone else {}),
        "citation_recall": sum(together) / len(together),
        "relevance": sum(relevance) / len(relevance),
    }


def says(texts: Sequence[str], sentence: Sentence, searcher: Searcher) -> bool:
    """Tell whether texts support all that a sentence, a block of code or a table states."""
    if not texts:
        return False
    if CODE.match(sentence.text):
        return support_code(sentence.text, texts).verdict == SUPPORTED
    return all(
        support(claim, texts, searcher.encode, idf=searcher.idf).verdict == SUPPORTED
        for claim in statements(sentence.text)
    )


def timed(
    searcher: Searcher,
    items: Sequence[Item],
    report: Report,
) -> tuple[float, ...]:
    """Ask questions with nothing remembered; gives the milliseconds of each answer."""
    assistant = Assistant(searcher.settings, searcher)
    times = []
    for done, item in enumerate([*items[:WARM_UP], *items], 1):
        answer = assistant.ask(item.question)
        times.append(answer.timings.total)
        report(Progress("time", done, len(items) + WARM_UP))
    return tuple(times[len(items[:WARM_UP]) :])
