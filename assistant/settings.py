"""One frozen Settings, read from the environment and the command line by entry points only."""

import os
from dataclasses import dataclass
from pathlib import Path

from ingest.embed import MODEL
from ingest.errors import InputError


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the learner's data lives and which models answer.

    `home_given` is true when the learner named the home folder, so that a typing error is not
    answered with a new empty library. `contact` is the e-mail or web address that servers are told
    when their pages are fetched.
    """

    home: Path
    cache: Path
    model: str = MODEL
    engine: str = "extractive"
    home_given: bool = False
    contact: str = ""


def load_settings(home: str | None = None, engine: str | None = None) -> Settings:
    """Read STUDYPATH_HOME and the other variables of docs/usage.md; arguments go before them.

    Raises InputError when the home names a file.
    """
    from platformdirs import user_cache_path, user_data_path

    named = home or os.environ.get("STUDYPATH_HOME")
    folder = Path(named).expanduser() if named else user_data_path("studypath", appauthor=False)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--home {folder} is a file: name a folder")
    cache = os.environ.get("STUDYPATH_CACHE")
    return Settings(
        home=folder,
        cache=Path(cache).expanduser() if cache else user_cache_path("studypath", appauthor=False),
        model=os.environ.get("STUDYPATH_MODEL", MODEL),
        engine=engine or os.environ.get("STUDYPATH_ENGINE", "extractive"),
        home_given=home is not None,
        contact=os.environ.get("STUDYPATH_CONTACT", "").strip(),
    )
