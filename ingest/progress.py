"""How far a long job is, told to whoever watches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a job: `stage` is read, split, keywords, model, embed, vectors or done.

    While resources are read, `message` names one, `state` is "fetching", "reading" or the status
    it ended with, and `reason` says why. `under_way` names all that are read at this time.
    """

    stage: str
    done: int
    total: int
    message: str = ""
    eta_seconds: float | None = None
    state: str = ""
    reason: str = ""
    under_way: tuple[str, ...] = ()
