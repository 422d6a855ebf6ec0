"""Where the files that ship with studypath lie: the path, our notes, the quiz bank."""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent


def learning_path() -> Path:
    """Return the Markdown file of the built-in learning path."""
    return _FOLDER / "learning_path.md"


def notes() -> tuple[Path, ...]:
    """Return our notes, one Markdown file per section id (`m1w1-….md`), sorted by name."""
    return tuple(sorted((_FOLDER / "notes").glob("m*w*-*.md")))


def how_to(section_id: str) -> Path:
    """Return the page of tasks ("How to …") that goes with a section's note."""
    return _FOLDER / "howto" / f"{section_id}.md"


def questions(section_id: str) -> Path:
    """Return the page of questions that goes with a section's note."""
    return _FOLDER / "questions" / f"{section_id}.md"


def known() -> tuple[Path, ...]:
    """Return the questions that entries of our notes answer, one file per section id."""
    return tuple(sorted((_FOLDER / "known").glob("m*w*-*.md")))


def quizzes() -> tuple[Path, ...]:
    """Return the quiz bank, one YAML file per section id, sorted by name."""
    return tuple(sorted((_FOLDER / "quiz").glob("m*w*-*.yaml")))


def prerequisites() -> Path:
    """Return the YAML file that says what each section and topic builds on."""
    return _FOLDER / "prerequisites.yaml"


def vectors() -> Path:
    """Return the vectors of the notes and the path, made by `python -m ingest.shipped`."""
    return _FOLDER / "vectors.npz"


def known_vectors() -> Path:
    """Return the vectors of the known questions, made by `python -m ingest.shipped`."""
    return _FOLDER / "known.npz"
