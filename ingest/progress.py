"""How far a long job is, told to whoever watches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a job: `stage` is read, split, keywords, model, embed, vectors or done."""

    stage: str
    done: int
    total: int
    message: str = ""
    eta_seconds: float | None = None
