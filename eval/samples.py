"""Answers as RAGAS sees them: with the texts of what was found, of what was expected, and cited."""

from collections.abc import Mapping, Sequence

from assistant.search import Searcher
from eval.asking import Answered
from eval.ragas_scores import Sample
from eval.suite import Suite


def samples_of(rows: Sequence[Answered], suite: Suite, searcher: Searcher) -> tuple[Sample, ...]:
    """Make a sample of every answered question that has an answer; refusals are scored apart."""
    references = {item.id: item.reference for item in suite.items}
    return tuple(
        sample_of(row, references.get(row.id, ""), suite.grades.get(row.id, {}), searcher)
        for row in rows
        if row.answerable and not row.refused
    )


def sample_of(
    row: Answered, reference: str, grades: Mapping[str, int], searcher: Searcher
) -> Sample:
    """Read the passages of one answer."""
    cited = list(dict.fromkeys(citation.passage_id for citation in row.citations))
    entries = searcher.library.entries([*row.contexts, *grades, *cited])
    texts = {i: entry.passage.text for i, entry in entries.items()}
    found = [i for i in row.contexts if i in texts]
    expected = [i for i in grades if i in texts]
    return Sample(
        id=row.id,
        question=row.question,
        answer=row.text,
        reference=reference,
        contexts=tuple(texts[i] for i in found),
        context_ids=tuple(found),
        expected=tuple(texts[i] for i in expected),
        expected_ids=tuple(expected),
        cited=tuple(texts[i] for i in cited if i in texts),
        quotes=tuple(citation.quote for citation in row.citations),
    )
