"""A home's library as a command meets it: it must be there, or what ships is built first."""

from assistant.settings import Settings
from ingest.errors import LibraryError
from ui.terminal import complain


def must_exist(settings: Settings) -> None:
    """Raise LibraryError for a home that was named and is not there."""
    if settings.home_given and not settings.home.exists():
        raise LibraryError(
            f"there is no folder {settings.home}: `studypath ingest --home {settings.home}` makes"
            " a library there"
        )


def ensure_library(settings: Settings) -> None:
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


def places(settings: Settings) -> dict[str, str]:
    """Give the place in words of every section of the library's path."""
    from ingest.curriculum import parse
    from ingest.library import open_library
    from ui.keeper import places_of

    with open_library(settings.home) as library:
        text = library.path_text
    return dict(places_of(parse(text) if text else None))
