"""Where the files that ship with studypath lie: the learning path and our own notes."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def learning_path() -> Path:
    """Return the Markdown file of the built-in learning path."""
    return _FOLDER / "learning_path.md"


def notes() -> tuple[Path, ...]:
    """Return our notes, one Markdown file per section id (`m1w1-….md`), sorted by name."""
    return tuple(sorted((_FOLDER / "notes").glob("m*w*-*.md")))
