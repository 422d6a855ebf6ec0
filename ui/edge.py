"""The edge of the page: what a place's script asked for is answered, whatever goes wrong."""

import errno
import sys
from collections.abc import Callable
from typing import Any

from ingest.errors import InputError, StudypathError
from ui.markup import one_line

NO_COOKIE = "Please load this page again, with cookies allowed, and try once more."
FULL = (errno.ENOSPC, errno.EDQUOT)
DISK_FULL = "The disk is full. Make room, then try again: what was there before is kept."


def guarded(made: Callable[[], dict[str, Any]], our_fault: str) -> dict[str, Any]:
    """Give what was made, or as `problem` why there is nothing, in one line; never raises.

    `our_fault` is the sentence for what nobody foresaw: it says what became of what was asked for.
    """
    try:
        return made()
    except StudypathError as error:
        return {"problem": one_line(str(error))}
    except Exception as error:  # the edge: the page must go on whatever happened
        print(f"studypath: {type(error).__name__}: {error}", file=sys.stderr)
        full = isinstance(error, OSError) and error.errno in FULL
        return {"problem": DISK_FULL if full else our_fault}


def must_be(learner: str) -> str:
    """Raise InputError for one without our cookie.

    It is not sent along by other sites: they cannot note anything behind one's back.
    """
    if not learner:
        raise InputError(NO_COOKIE)
    return learner
