"""The evaluation, from a home to a run: questions -> search -> answers -> figures -> record."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from assistant.asked import Encode
from assistant.rank import PER_SOURCE
from assistant.retrieve import ALPHA, DEPTH, METHOD
from assistant.search import Searcher
from assistant.settings import Settings
from eval import judging, ragas_scores
from eval.ablation import PRODUCT, Measured, rank_all, retrieval_figures, scores_of
from eval.answer_figures import answer_figures, latency_figures
from eval.asking import Answered, ask_all, timed
from eval.figures import Figure
from eval.judge import open_judge
from eval.machine import installed, machine
from eval.ragas_scores import Sample
from eval.records import Run
from eval.remember import Remembering
from eval.samples import samples_of
from eval.suite import (
    NO_NOTES,
    NOTES,
    OWN,
    SETS,
    Read,
    Suite,
    fingerprint,
    load_suite,
    sample,
)
from ingest.embed import Embedder, model_id, question_embedder
from ingest.errors import InputError
from ingest.indexing import Report
from ingest.progress import Progress

ROOT = Path(__file__).resolve().parent.parent
# Answers asked for in each mode unless told otherwise. 240 in both modes over the notes that ship
# took 169 s of processor time, indexing included (`studypath eval`, empty home and empty cache).
LIMIT = 240
TIMED = 20  # questions whose answers are timed, in each mode
MEMORY = "eval-sentences.npz"  # what was encoded before, in the cache folder
PACKAGES = ("torch", "onnxruntime", "chromadb", "rank-bm25", "ir-measures", "ragas")


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked: questions of a split, at most `limit` of them in each mode (0: all).

    Without `timings` the clock is left out, without `ragas` its scores, where the figures must be
    the same everywhere. `judge` names the engine that judges answers for RAGAS, empty for none.
    `own` says that the questions are those of a file, which `split` then names.
    """

    split: str = "dev"
    limit: int = LIMIT
    modes: tuple[str, ...] = (NOTES, NO_NOTES)
    timings: bool = True
    ragas: bool = True
    judge: str = ""
    sets: tuple[Read, ...] = SETS
    own: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What was measured in one mode."""

    mode: str
    measured: Measured
    answers: tuple[Answered, ...]
    figures: tuple[Figure, ...]


def evaluate(
    settings: Settings,
    options: Options,
    report: Report,
    now: Callable[[], datetime],
    clock: Callable[[], float] = time.perf_counter,
) -> Run:
    """Ask the questions of a home with our notes and without them, and measure all that can be.

    Raises LibraryError when the home holds no library.
    """
    began, at = clock(), now()
    plain = question_embedder(settings.model, settings.cache)
    memory = Remembering(plain, settings.cache / MEMORY)
    whole = Searcher(settings, memory)
    if whole.vectors is None:  # the product then reads nothing for meaning
        whole.embedder = None
    suite = load_suite(whole.library, options.split, options.sets)
    court = Court(settings, options.judge) if options.judge else None
    parts = []
    for mode in options.modes:
        searcher, held = opened(whole, suite, mode)
        if any(held.grades.values()):
            parts.append(measure_mode(searcher, held, mode, options, plain, report, court))
        memory.save()
    whole.library.close()
    if not parts:
        raise InputError(f"{settings.home} answers none of the questions: `studypath ingest` there")
    if court:
        court.judge.close()
    report(Progress("done", 1, 1))
    return Run(
        id=f"{at:%Y%m%d-%H%M%S}-{fingerprint(suite.items)[:6]}",
        at=at.isoformat(timespec="seconds"),
        about={
            **about(settings, suite, options, whole),
            **({"judge": court.told()} if court else {}),
        },
        seconds=clock() - began,
        figures=tuple(figure for part in parts for figure in part.figures),
        answers=tuple(row for part in parts for row in part.answers),
        measured=MappingProxyType({part.mode: part.measured for part in parts}),
    )


def opened(whole: Searcher, suite: Suite, mode: str) -> tuple[Searcher, Suite]:
    """Give the search of a mode, and what it can be held to."""
    if mode == NOTES:
        return whole, suite
    notes = frozenset(passage for passage, kind in suite.kinds.items() if kind == "note")
    return Searcher(whole.settings, whole.embedder, notes), suite.without_notes()


def measure_mode(
    searcher: Searcher,
    suite: Suite,
    mode: str,
    options: Options,
    plain: Embedder,
    report: Report,
    court: "Court | None" = None,
) -> Part:
    """Search for all questions, ask a sample of them, and time a few."""
    chosen = sample(suite.asked, options.limit)
    wanted = {item.id for item in chosen}
    rankings = rank_all(
        searcher,
        [item for item in suite.asked if item.id in wanted or item.refuse is None],
        report,
    )
    measured = scores_of(rankings, suite)
    answers = ask_all(searcher, chosen, suite, rankings[PRODUCT], mode, report)
    figures = [*answer_figures(answers, mode), *retrieval_figures(measured, suite, mode)]
    if options.ragas:
        samples = samples_of(answers, suite, searcher)
        report(Progress("score", 0, len(samples), message=mode))
        figures += ragas_scores.figures_of(ragas_scores.score_all(samples, searcher.encode), mode)
        figures.append(ragas_scores.spans_figure(samples, mode))
        if court:
            figures += court.figures(samples[: judging.JUDGED], mode, searcher.encode, report)
    if options.timings:
        reader = plain if searcher.embedder else None
        fresh = Searcher(searcher.settings, reader, searcher.left_out)
        answerable = [item for item in chosen if item.refuse is None]
        figures += latency_figures(timed(fresh, sample(answerable, TIMED), report), mode)
    return Part(mode, measured, answers, tuple(figures))


class Court:
    """The judge of one run, with what it remembers; raises InputError when it is not usable."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.judge = open_judge(settings, name)
        ragas_scores.must_be_installed()
        self._memory = judging.Memory(settings.cache / "eval-judge.jsonl")
        self._failures: dict[str, Mapping[str, Mapping[str, int]]] = {}
        self._remembered = 0

    def figures(
        self, samples: Sequence[Sample], mode: str, encode: Encode, report: Report
    ) -> list[Figure]:
        """Judge samples of one mode."""
        scorers = ragas_scores.judge_scorers(self.judge, encode)
        found = judging.judge_all(samples, scorers, self.judge.name, self._memory, report)
        self._failures[mode] = found.failures
        self._remembered += found.remembered
        return judging.judged_figures(found, mode)

    def told(self) -> Mapping[str, Any]:
        """Describe the judge, its cost and its failures for the record."""
        return {
            "name": self.judge.name,
            "repeats": judging.REPEATS,
            **self.judge.cost.told(),
            "remembered_scores": self._remembered,
            "failures": self._failures,
        }


# ── what a run was made of ──────────────────────────────────────────────────────────────────────


def about(settings: Settings, suite: Suite, options: Options, searcher: Searcher) -> dict[str, Any]:
    """Describe what decides the figures of a run."""
    kinds = [("refused", True), ("answerable", False)]
    return {
        "commit": commit(),
        "version": installed("studypath"),
        "config": {
            "engine": settings.engine,
            "llm": settings.llm,
            "fusion": METHOD,
            "alpha": ALPHA,
            "depth": DEPTH,
            "per_source": PER_SOURCE,
            "unsupported": settings.unsupported,
        },
        "model": model_id(settings.model),
        "library": {
            "passages": len(searcher.ids),
            "vectors": searcher.vectors is not None,
            "notes": sum(kind == "note" for kind in suite.kinds.values()),
        },
        "golden": {
            "fingerprint": fingerprint(suite.items),
            "split": options.split,
            **({"set": OWN} if options.own else {}),
            "limit": options.limit,
            "questions": len(suite.items),
            **{name: sum(bool(i.refuse) == is_one for i in suite.items) for name, is_one in kinds},
            "checkable": sum(bool(suite.grades.get(i.id)) for i in suite.items),
            "not_checkable": len(suite.not_checkable),
            "unmatched": list(suite.unmatched),
        },
        "machine": {**machine(PACKAGES), "load": load()},
    }


def commit() -> str:
    """Name the commit of this code, with a plus when files differ from it; empty elsewhere."""
    git = ["git", "-C", str(ROOT)]
    try:
        done = subprocess.run(
            [*git, "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def load() -> str:
    """Give the machine's load of the last minute, empty where it is not told."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
