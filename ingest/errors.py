"""What can go wrong, said so that a learner knows the next step.

StudypathError            our fault or the machine's: exit code 1
├── InputError            something given to us is wrong: exit code 2
│   ├── LibraryError      the home folder does not hold what was asked of it
│   └── LearnerError      a file of the learner's own cannot be opened; it is never overwritten
├── FetchFailed           one link could not be read; its ledger row says why
├── Postponed             a run ended before a link was read; the next one goes on
└── ModelMissing          a model or an optional part is not installed
"""


class StudypathError(Exception):
    """The root of every error this project raises on purpose.

    The message is one line: what happened, the value that was wrong, what to do next.
    """

    exit_code = 1


class InputError(StudypathError):
    """Something the learner gave us (a file, a line, an option) cannot be used."""

    exit_code = 2


class LibraryError(InputError):
    """The home folder's library is missing, locked, or was made by another model or version."""


class LearnerError(InputError):
    """A file that holds the learner's own work is damaged, newer than this version, or in use."""


class ModelMissing(StudypathError):
    """A model or an optional package is not here; the message names what installs it."""


class FetchFailed(StudypathError):
    """One link gave no usable page.

    `status` is the word that goes into the ledger, `reason` the sentence beside it.
    """

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


class Postponed(StudypathError):
    """A run may ask no further: its budget is spent, or it was stopped. The next run goes on.

    No FetchFailed: what steps over a page that is missing must not step over this, or a link cut
    short would stand in the library as if that were all of it.
    """
