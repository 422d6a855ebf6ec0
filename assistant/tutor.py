"""Help with an exercise: its next hint, its solution when that is due, or the list of a place."""

from collections.abc import Sequence

from assistant.answer import Answer, Citation, Sentence
from assistant.cite import cite_path, cite_quotes
from assistant.exercises import exercise_help
from assistant.manner import Manner
from assistant.scope import read_scope
from assistant.search import Searcher
from assistant.where import asks_for_exercises, exercise_lines
from ingest.curriculum import Curriculum


def help_with_exercise(
    typed: str, manner: Manner, searcher: Searcher, curriculum: Curriculum | None
) -> Answer | None:
    """Answer a question about an exercise; None for any other question."""
    if curriculum is None:
        return None
    scope = read_scope(typed, manner.scope, curriculum, searcher.idf)
    if scope.section_ids and asks_for_exercises(scope.text):
        lines = exercise_lines(scope.section_ids, curriculum)
        sentences, citations = cite_path(lines, searcher.library, curriculum)
        if sentences:
            return of_sections(typed, sentences, citations, scope.section_ids)

    def within(text: str) -> tuple[str, ...]:
        return read_scope(text, manner.scope, curriculum, searcher.idf).section_ids

    helped = exercise_help(
        typed,
        manner.history,
        within,
        curriculum,
        searcher.library,
        searcher.idf,
        hints=manner.hints,
    )
    if helped is None:
        return None
    task = helped.progress.task
    if task is None:
        return Answer(typed, refused=True, reason="unclear", message=helped.message)
    section_ids = (task.section_id,)
    if not helped.quotes:
        return Answer(
            typed,
            refused=True,
            reason="not_covered",
            message=helped.message,
            nearest_sections=section_ids,
        )
    sentences, citations = cite_quotes(helped.quotes, [None] * len(helped.quotes), curriculum)
    return of_sections(typed, sentences, citations, section_ids, helped.message)


def of_sections(
    typed: str,
    sentences: Sequence[Sentence],
    citations: Sequence[Citation],
    section_ids: tuple[str, ...],
    message: str = "",
) -> Answer:
    """Put an answer together whose sections are known."""
    return Answer(
        question=typed,
        sentences=tuple(sentences),
        citations=tuple(citations),
        message=message,
        nearest_sections=section_ids[:3],
        sections=section_ids,
    )
