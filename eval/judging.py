"""Samples scored by a judge: repeated for its noise, remembered, failures counted, not zeroed."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean, stdev

from eval.figures import Figure, figure
from eval.judge import JudgeFailed
from eval.ragas_scores import Sample, Scorer
from ingest.indexing import Report
from ingest.progress import Progress

BY, NOISE_BY = "judge", "judge noise"
REPEATS = 3
REPEATED = 10  # samples that are judged REPEATS times, the others once
JUDGED = 40  # samples that are judged in each mode: the six metrics take some 30 calls for each

FAITHFUL = "faithfulness"
RELEVANT = "answer_relevancy"
OF_REFERENCE = ("context_precision", "context_recall", "factual_correctness", "noise_sensitivity")
METRICS = (FAITHFUL, RELEVANT, *OF_REFERENCE)
NOT_A_NUMBER = "NaN"
# What a metric raises when a judge's reply has the right shape and makes no sense: verdicts of
# another number than there are statements, for instance.
NONSENSE = (ValueError, IndexError, TypeError, ZeroDivisionError)


@dataclass(frozen=True, slots=True)
class Judged:
    """Scores as metric -> question -> values of the repeats that succeeded, and what failed."""

    values: Mapping[str, Mapping[str, tuple[float, ...]]]
    failures: Mapping[str, Mapping[str, int]]
    remembered: int


class Memory:
    """Scores on disk, one line each; a line that was cut off by a crash is passed over."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, float] = {}
        if file.exists():
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    told = json.loads(line)
                    self._known[str(told["key"])] = float(told["value"])
                except (ValueError, KeyError, TypeError):
                    continue

    def get(self, key: str) -> float | None:
        """Give what is known, None for nothing."""
        return self._known.get(key)

    def keep(self, key: str, value: float) -> None:
        """Remember a score at once: it was paid for."""
        self._known[key] = value
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"key": key, "value": value}) + "\n")


def applies(metric: str, sample: Sample) -> bool:
    """Say whether a sample holds what a metric needs."""
    if not sample.answer or (metric != RELEVANT and not sample.contexts):
        return False
    return bool(sample.reference) if metric in OF_REFERENCE else True


def key_of(judge: str, metric: str, sample: Sample, repeat: int) -> str:
    """Name a score by everything that decides it."""
    told = json.dumps([judge, metric, asdict(sample), repeat], sort_keys=True)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


def judge_all(
    samples: Sequence[Sample],
    scorers: Mapping[str, Scorer],
    judge: str,
    memory: Memory,
    report: Report,
) -> Judged:
    """Score samples by every metric that applies; what failed is asked again in the next run."""
    import asyncio

    return asyncio.run(judged(samples, scorers, judge, memory, report))


async def judged(
    samples: Sequence[Sample],
    scorers: Mapping[str, Scorer],
    judge: str,
    memory: Memory,
    report: Report,
) -> Judged:
    """Score samples one after the other, as `judge_all` does."""
    values: dict[str, dict[str, tuple[float, ...]]] = {name: {} for name in scorers}
    failures: dict[str, dict[str, int]] = {name: {} for name in scorers}
    remembered = 0
    for place, sample in enumerate(samples):
        for name, scorer in scorers.items():
            if not applies(name, sample):
                continue
            found: list[float] = []
            for repeat in range(REPEATS if place < REPEATED else 1):
                key = key_of(judge, name, sample, repeat)
                known = memory.get(key)
                remembered += known is not None
                value, why = (known, "") if known is not None else await tried(scorer, sample)
                if why:
                    failures[name][why] = failures[name].get(why, 0) + 1
                    continue
                if known is None:
                    memory.keep(key, value)
                found.append(value)
            if found:
                values[name][sample.id] = tuple(found)
        report(Progress("score", place + 1, len(samples), message="by the judge"))
    return Judged(values, failures, remembered)


async def tried(scorer: Scorer, sample: Sample) -> tuple[float, str]:
    """Score one sample; gives the value, or why there is none."""
    try:
        value = await scorer(sample)
    except JudgeFailed as failed:
        return 0.0, failed.kind
    except NONSENSE as error:
        return 0.0, f"a reply without sense ({type(error).__name__})"
    return (value, "") if math.isfinite(value) else (0.0, NOT_A_NUMBER)


def judged_figures(found: Judged, mode: str) -> list[Figure]:
    """Average every metric, and the spread of its repeats: the standard deviation of one score."""
    figures = []
    for name, values in found.values.items():
        failed = sum(found.failures[name].values())
        none = "no question has a written reference" if name in OF_REFERENCE else "nothing to judge"
        why = f"{failed} failures, no score" if failed else none
        figures.append(figure(name, mode, [mean(v) for v in values.values()], BY, "", why))
        spread = [stdev(v) for v in values.values() if len(v) > 1]
        figures.append(figure(name, mode, spread, NOISE_BY, "", "nothing was judged twice"))
    return figures
