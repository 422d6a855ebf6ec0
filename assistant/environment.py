"""What the environment and `.env` files say about language models (python-dotenv's door)."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import InputError

NAMES = (
    "STUDYPATH_ENGINE",
    "STUDYPATH_LLM",
    "STUDYPATH_BASE_URL",
    "STUDYPATH_OLLAMA_URL",
    "STUDYPATH_ANTHROPIC_URL",
    "STUDYPATH_GGUF",
    "STUDYPATH_API_KEY",
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "STUDYPATH_CONNECT_TIMEOUT",
    "STUDYPATH_READ_TIMEOUT",
    "STUDYPATH_TIMEOUT",
    "STUDYPATH_CONTEXT_TOKENS",
    "STUDYPATH_ANSWER_TOKENS",
)
# The keys that go to the address named first.
_GOES_TO = {
    "STUDYPATH_BASE_URL": ("STUDYPATH_API_KEY", "OPENAI_API_KEY"),
    "STUDYPATH_ANTHROPIC_URL": ("ANTHROPIC_API_KEY",),
}
LARGEST = 100_000  # bytes of a .env file


@dataclass(frozen=True, slots=True)
class Said:
    """The values that were set, and words on what was left out."""

    values: Mapping[str, str]
    remark: str = ""


def read_environment(home: Path) -> Said:
    """Read the environment, then `.env` in the current folder, then `.env` in the home.

    What comes first goes first. A key is not sent to an address that only the `.env` of the current
    folder names: that folder may be anybody's. Raises InputError for a file that is no text.
    """
    own = {name: os.environ[name] for name in NAMES if os.environ.get(name)}
    here, there = read_file(Path(".env")), read_file(home / ".env")
    values = {**there, **here, **own}
    remark = ""
    for address, keys in _GOES_TO.items():
        if address in here and address not in own:
            for key in keys:
                if key in values and values[key] != here.get(key):
                    del values[key]
                    remark = (
                        f"{key} is not sent to the address that .env in this folder names: set"
                        f" {address} and the key in one place"
                    )
    return Said(values, remark)


def read_file(path: Path) -> dict[str, str]:
    """Read our names from a `.env` file; none when there is no such file."""
    from dotenv import dotenv_values

    try:
        if not path.is_file():
            return {}
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path} is larger than {LARGEST} bytes: it is no .env file")
        # A value that names another variable would carry a key into an address.
        found = dotenv_values(path, interpolate=False, encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{path} is no UTF-8 text: save it as NAME=value lines") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): mend or remove it") from None
    return {name: value for name in NAMES if (value := found.get(name))}
