"""From answers to figures: what is answered, how rightly, and what is refused."""

from collections.abc import Mapping, Sequence

import numpy as np

from eval.asking import Answered
from eval.figures import Figure, figure, parted, share

REFUSALS = ("off_path", "not_covered")
# Of questions that have an answer, each a share or an average.
OF_ANSWERABLE = (
    *("answered", "key_points", "section@1", "section@3"),
    *("context_precision_by_id", "context_recall_by_id"),
)
# Of what was answered, whether or not it should have been.
OF_ANSWERED = ("citation_precision", "citation_recall", "relevance")


def answer_figures(rows: Sequence[Answered], mode: str) -> list[Figure]:
    """Give the figures of one mode: all questions, then parts of them."""
    answerable = [row for row in rows if row.answerable]
    answered = [row for row in rows if not row.refused]
    figures = [named(name, mode, answerable) for name in OF_ANSWERABLE]
    figures.append(
        figure(
            "key_points_when_answered",
            mode,
            [
                r.scores["key_points"]
                for r in answerable
                if "key_points" in r.scores and not r.refused
            ],
        )
    )
    figures += [named(name, mode, answered) for name in OF_ANSWERED]
    figures += refusal_figures(rows, mode)
    # Where neither key points nor a section are known, only similarity can be told.
    known = [row for row in rows if "right" in row.scores]
    right = [bool(row.scores["right"]) and row.answerable for row in known if not row.refused]
    figures.append(share("answered_precision", mode, right))
    figures.append(share("accuracy", mode, [bool(row.scores["right"]) for row in known]))
    return [*figures, *by_parts(answerable, mode)]


def named(name: str, mode: str, rows: Sequence[Answered]) -> Figure:
    """Average one score over the rows that it applies to."""
    return figure(name, mode, [row.scores[name] for row in rows if name in row.scores])


def by_parts(rows: Sequence[Answered], mode: str) -> list[Figure]:
    """Part key-point recall and the answered share by section, type and where the answer stands."""
    figures = []
    for name in ("key_points", "answered"):
        values = {row.id: row.scores[name] for row in rows if name in row.scores}
        parts: dict[str, Mapping[str, Sequence[str]]] = {
            "section": {row.id: row.section_ids for row in rows},
            "type": {row.id: (row.type,) for row in rows},
            "group": {row.id: (row.group,) for row in rows},
        }
        for by, of in parts.items():
            figures += parted(name, mode, values, of, by)
    return figures


def refusal_figures(rows: Sequence[Answered], mode: str) -> list[Figure]:
    """Give precision and recall of refusing at all, and of each outcome by its own code.

    `refused` by outcome counts any refusal of a question that must be refused with this code.
    Without a question to be refused there is no precision to speak of.
    """
    must = [row for row in rows if not row.answerable]
    refused = [row for row in rows if row.refused and must]
    figures = [
        share("refusal_precision", mode, [not row.answerable for row in refused]),
        share("refusal_recall", mode, [row.refused for row in must]),
    ]
    for outcome in REFUSALS:
        meant = [row for row in rows if row.expected == outcome]
        told = [row for row in refused if row.reason == outcome]
        figures += [
            share("refused", mode, [row.refused for row in meant], "outcome", outcome),
            share("precision", mode, [row.expected == outcome for row in told], "outcome", outcome),
            share("recall", mode, [row.reason == outcome for row in meant], "outcome", outcome),
        ]
    answered = [row for row in rows if not row.refused and must]
    figures += [
        share("precision", mode, [row.answerable for row in answered], "outcome", "answered"),
        share("recall", mode, [not r.refused for r in rows if r.answerable], "outcome", "answered"),
    ]
    return figures


def latency_figures(times: Sequence[float], mode: str) -> list[Figure]:
    """Give the median and the 95th percentile of answer times in ms, with bootstrap intervals."""
    figures = []
    column = np.array(times, dtype=np.float64)
    for quantile in (50, 95):
        name = f"latency_p{quantile}_ms"
        if not len(column):
            figures.append(figure(name, mode, ()))
            continue
        rows = np.random.default_rng(0).integers(len(column), size=(2_000, len(column)))
        low, high = np.quantile(np.percentile(column[rows], quantile, axis=1), (0.025, 0.975))
        value = float(np.percentile(column, quantile))
        figures.append(Figure(name, mode, value, len(column), float(low), float(high)))
    return figures
