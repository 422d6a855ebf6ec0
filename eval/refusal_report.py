"""Tables and the curve of the decision between an answer and a refusal."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from eval.logistic import Rows, auc
from eval.refusal_cases import Case

SHARES = (0.99, 0.98, 0.97, 0.96, 0.95, 0.94, 0.92, 0.90, 0.85, 0.80)
SETS = ("asked", "long", "situated")  # as the ids of their questions begin; all others are plain
REFUSED = ("not_covered", "off_path")

Pairs = Sequence[tuple[str, str]]  # what should become of a question, and what did


def share(part: int, whole: int) -> str:
    """Write a share with its counts."""
    return f"{part / whole:.3f} ({part}/{whole})" if whole else "no cases"


def outcomes_table(cases: Sequence[Case], said: Sequence[str]) -> str:
    """Compare what should become of each question with what does, home by home."""
    homes = sorted({c.home for c in cases})
    lines = ["| Measure | " + " | ".join(homes) + " |", "|---" * (len(homes) + 1) + "|"]

    def row(name: str, cell: Callable[[Pairs], str]) -> None:
        pairs = [
            [(c.outcome, s) for c, s in zip(cases, said, strict=True) if c.home == home]
            for home in homes
        ]
        lines.append(f"| {name} | " + " | ".join(cell(p) for p in pairs) + " |")

    row("answerable questions answered", partial(kept, outcome="answered", right=is_answer))
    for reason in REFUSED:
        row(f"{reason} questions refused", partial(kept, outcome=reason, right=is_refusal))
    row("refusal precision", precision)
    for reason in REFUSED:
        row(f"{reason}: precision of the code", partial(code_precision, code=reason))
        row(f"{reason}: recall of the code", partial(kept, outcome=reason, right=reason.__eq__))
    return "\n".join(lines)


def sets_table(cases: Sequence[Case], said: Sequence[str]) -> str:
    """Say of each set of questions, home by home, what share becomes what it should."""
    homes = sorted({c.home for c in cases})
    lines = ["| Set | " + " | ".join(homes) + " |", "|---" * (len(homes) + 1) + "|"]
    right, every = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
    for case, one in zip(cases, said, strict=True):
        place = set_of(case), case.outcome, case.home
        every[place] += 1
        right[place] += is_answer(one) == is_answer(case.outcome)
    for name, outcome in sorted({place[:2] for place in every}):
        cells = [share(right[name, outcome, home], every[name, outcome, home]) for home in homes]
        lines.append(f"| {name}: {outcome} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def set_of(case: Case) -> str:
    """Name the set that a question is of."""
    name = case.id.partition("-")[0]
    return name if name in SETS else "plain"


def is_answer(said: str) -> bool:
    """Say whether what was said is an answer."""
    return said == "answered"


def is_refusal(said: str) -> bool:
    """Say whether what was said is a refusal, with whatever code."""
    return said != "answered"


def kept(pairs: Pairs, outcome: str, right: Callable[[str], bool]) -> str:
    """Write the share of the cases of one outcome of which what was said is right."""
    of_outcome = [s for o, s in pairs if o == outcome]
    return share(sum(right(s) for s in of_outcome), len(of_outcome))


def precision(pairs: Pairs) -> str:
    """Write how often a refusal was right, with whatever code."""
    refused = [o for o, s in pairs if s != "answered"]
    return share(sum(o != "answered" for o in refused), len(refused))


def code_precision(pairs: Pairs, code: str) -> str:
    """Write how often a code that was given was the right one."""
    given = [o for o, s in pairs if s == code]
    return share(sum(o == code for o in given), len(given))


def curve(cases: Sequence[Case], scores: Rows, home: str) -> list[tuple[float, float, float]]:
    """Give (answered share, near-misses answered, off-path answered) at every point to cut."""
    at = {
        outcome: np.sort(scores[[c.home == home and c.outcome == outcome for c in cases]])
        for outcome in ("answered", *REFUSED)
    }

    def above(outcome: str, cut: float) -> float:
        return float((at[outcome] > cut).mean())

    return [
        (above("answered", cut), above("not_covered", cut), above("off_path", cut))
        for cut in np.unique(scores).tolist()
    ]


def curve_table(cases: Sequence[Case], ways: dict[str, Rows], home: str) -> str:
    """Tabulate the near-misses answered wrongly at each share of answered questions, by way."""
    lines = [
        "| Answered | " + " | ".join(ways) + " |",
        "|---" * (len(ways) + 1) + "|",
    ]
    curves = {way: curve(cases, scores, home) for way, scores in ways.items()}
    for wanted in SHARES:
        cells = []
        for points in curves.values():
            fitting = [p for p in points if p[0] >= wanted]
            best = min(fitting, key=lambda p: (p[1], p[2])) if fitting else None
            cells.append(f"{best[1]:.3f}, {best[2]:.3f}" if best else "not reached")
        lines.append(f"| {wanted:.2f} | " + " | ".join(cells) + " |")
    here = np.array([c.home == home for c in cases])
    for reason in REFUSED:
        kept = here & np.array([c.outcome in ("answered", reason) for c in cases])
        labels = np.array([float(c.outcome == "answered") for c in cases])[kept]
        cells = [f"{auc(scores[kept], labels):.3f}" for scores in ways.values()]
        lines.append(f"| AUC, answerable or {reason} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(cases: Sequence[Case], ways: dict[str, Rows], chosen: str, file: Path) -> None:
    """Draw answered share against wrong answers, a panel for each home, into an SVG file."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "studypath"  # the same figures give the same file
    from matplotlib import pyplot

    homes = sorted({c.home for c in cases})
    figure, panels = pyplot.subplots(1, len(homes), figsize=(5 * len(homes), 4), sharey=True)
    for panel, home in zip(np.atleast_1d(panels), homes, strict=True):
        for way, scores in ways.items():
            points = sorted(curve(cases, scores, home))
            panel.plot([p[1] for p in points], [p[0] for p in points], label=f"{way}: near-misses")
            if way == chosen:
                panel.plot([p[2] for p in points], [p[0] for p in points], ":", label="… off path")
                now = [c.home == home and c.outcome == "answered" for c in cases]
                near = [c.home == home and c.outcome == "not_covered" for c in cases]
                panel.plot((scores[near] > 0).mean(), (scores[now] > 0).mean(), "ko")
        panel.set(title=home, xlabel="unanswerable questions answered", xlim=(-0.02, 0.6))
        panel.set_ylim(0.7, 1.01)
        panel.grid(alpha=0.3)
    np.atleast_1d(panels)[0].set_ylabel("answerable questions answered")
    np.atleast_1d(panels)[-1].legend(loc="lower right", fontsize=8)
    figure.tight_layout()
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)
