"""Answer the development questions, to be read, with their figures.

    python -m eval.answers --home HOME [--show] [--only WORD]

The figures are those of `studypath eval` (docs/evaluation.md), over all questions of one file and
with our notes; `--only` takes those whose id, type or group holds a word.
"""

import argparse
import sys

from assistant.search import Searcher
from assistant.settings import load_settings
from eval.answer_figures import answer_figures
from eval.asking import Answered, ask_all
from eval.suite import NOTES, load_suite, of_file
from eval.summary import markdown, shown


def told(row: Answered) -> str:
    """Write one question with its answer for reading."""
    scores = ", ".join(f"{name} {value:.2f}" for name, value in row.scores.items())
    lines = [f"## {row.id} [{row.expected or row.type}] {scores}", f"Q: {row.question}"]
    lines += [f"REFUSED {row.reason}"] if row.refused else [row.text]
    lines += [f"  [{c.n}] {c.title} | {c.where} | {c.url}" for c in row.citations]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Print the figures, and with --show every answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    parser.add_argument("--questions", default="dev", help="name of a file in eval/golden")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args(arguments)
    searcher = Searcher(load_settings(options.home))
    suite = load_suite(searcher.library, sets=(of_file(options.questions),))
    chosen = [i for i in suite.asked if options.only in f"{i.id} {i.type} {i.group}"]
    rows = ask_all(searcher, chosen, suite, {}, NOTES, lambda progress: None)
    if options.show:
        sys.stdout.write("\n\n".join(map(told, rows)) + "\n\n")
    figures = [f for f in answer_figures(rows, NOTES) if f.by in ("", "outcome") and f.n]
    table = [[f"{f.name} {f.key}".strip(), shown(f)] for f in figures]
    sys.stdout.write(markdown(["figure", "value"], table) + "\n")


if __name__ == "__main__":
    main()
