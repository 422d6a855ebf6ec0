"""The home before and after a command: is there a library, and what was added taken up."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.errors import LibraryError
from ui.terminal import complain

if TYPE_CHECKING:
    from assistant.settings import Settings


def must_exist(settings: "Settings") -> None:
    """Raise LibraryError for a home that was named and is not there."""
    if settings.home_given and not settings.home.exists():
        raise LibraryError(
            f"there is no folder {settings.home}: `studypath ingest --home {settings.home}` makes"
            " a library there"
        )


def ensure_library(settings: "Settings") -> None:
    """Build the library of what ships when the home holds none, for keyword search."""
    must_exist(settings)
    if (settings.home / "library.db").exists():
        return
    from ingest.build import BuildOptions, build_library

    complain(
        f"no library in {settings.home} yet: indexing what ships, for keyword search"
        " (`studypath ingest` reads the linked pages and adds search by meaning)"
    )
    options = BuildOptions(model=settings.model, cache=settings.cache, offline=True, vectors=False)
    build_library(settings.home, options, lambda progress: None)


def take_up(settings: "Settings", added: Sequence[str], as_json: bool) -> None:
    """Read what was added, by resource id, and drop what went; says so when that must wait.

    Search by meaning is brought up to date where it was so before; elsewhere an ingest does it.
    """
    from ingest.build import BuildOptions, build_library
    from ingest.choice import Choice
    from ingest.library import open_library
    from ui.terminal import progress_report

    try:
        ensure_library(settings)
        with open_library(settings.home) as library:
            complete = library.meta.get("vectors_for") == library.meta.get("generation")
        options = BuildOptions(
            model=settings.model,
            cache=settings.cache,
            vectors=complete,
            choice=Choice(ids=tuple(added)),
            contact=settings.contact,
        )
        with progress_report(as_json) as report:
            build_library(settings.home, options, report)
    except LibraryError as error:
        complain(f"noted; the next `studypath ingest` takes it up ({error})")


def places(settings: "Settings") -> dict[str, str]:
    """Give the place in words of every section of the library's path."""
    from ingest.curriculum import parse
    from ingest.library import open_library
    from ui.keeper import places_of

    with open_library(settings.home) as library:
        text = library.path_text
    return dict(places_of(parse(text) if text else None))
