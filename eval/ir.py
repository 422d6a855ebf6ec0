"""Scores of ranked lists (the door of ir-measures).

MacAvaney et al., "Streamlining Evaluation with ir-measures", 2022.
"""

from collections.abc import Mapping, Sequence

from ingest.errors import ModelMissing

Grades = Mapping[str, Mapping[str, int]]  # question id -> id of what answers it -> grade
Rankings = Mapping[str, Sequence[str]]  # question id -> ids, best first


def score(
    rankings: Rankings, grades: Grades, measures: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Score each judged question's ranked ids; one without a ranking scores 0 everywhere.

    `measures` maps a name of ours to one of ir-measures, such as "nDCG@10", which takes grades as
    linear gains. Raises ModelMissing when the evaluation group is not installed.
    """
    try:
        import ir_measures
    except ImportError as error:
        raise ModelMissing(
            "ir-measures is not installed: run `pip install 'studypath[eval]'`"
        ) from error

    names = {ir_measures.parse_measure(text): name for name, text in measures.items()}
    # Ranks stand for scores, so that no tie is broken by another rule than ours.
    run = {
        question: {found: -float(rank) for rank, found in enumerate(dict.fromkeys(ranking))}
        for question, ranking in rankings.items()
        if question in grades and ranking
    }
    judged = {question: dict(answers) for question, answers in grades.items()}
    values = {question: dict.fromkeys(measures, 0.0) for question in grades}
    for metric in ir_measures.iter_calc(list(names), judged, run) if run else ():
        values[metric.query_id][names[metric.measure]] = float(metric.value)
    return values
