"""What the page's places answer when something goes wrong."""

import errno

import pytest

from ingest.errors import InputError
from ui.edge import DISK_FULL, NO_COOKIE, guarded, must_be

FAULT = "Ours."


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (InputError("two\nlines"), "two lines"),
        (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL),
        (OSError(errno.EACCES, "Permission denied"), FAULT),
        (KeyError("x"), FAULT),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    error: Exception, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def made() -> dict[str, object]:
        raise error

    assert guarded(made, FAULT) == {"problem": told}
    # What nobody foresaw is written down for whoever runs the server.
    assert (type(error).__name__ in capsys.readouterr().err) == (told != "two lines")


def test_who_has_no_cookie_is_asked_for_one() -> None:
    assert guarded(lambda: {"who": must_be("ada")}, FAULT) == {"who": "ada"}
    assert guarded(lambda: {"who": must_be("")}, FAULT) == {"problem": NO_COOKIE}
