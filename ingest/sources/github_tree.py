"""Which files of a repository are read, and in which order."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from ingest.code_source import language_of
from ingest.links import languages_in
from ingest.tarball import Member

_MARKDOWN = (".md", ".markdown", ".mdx")
# In the order in which one README is preferred to another of the same folder.
_READABLE = (*_MARKDOWN, ".txt", ".ipynb", ".rst", "")
_README = re.compile(r"readme(?:\.(?:md|markdown|mdx|txt|ipynb|rst|org|adoc))?", re.IGNORECASE)

# What belongs to every repository and says nothing about its subject; tests, generated and foreign
# code.
_NO_READING = re.compile(
    r"(?:licen[cs]e|copying|notice|patents|contribut(?:e|ing|ors)|code_of_conduct|security|support"
    r"|governance|maintainers|.*authors|citation|change-?log|changes|history|releases?"
    r"|release_notes|codeowners|roadmap|issue_template|pull_request_template|adopters)"
    r"(?:\.(?:md|markdown|rst|txt))?"
    r"|requirements.*\.txt|(?:robots|cmakelists|constraints|manifest|top_level|sources)\.txt"
    r"|(?:__init__|setup|conftest|conf|versioneer|_?version|noxfile|test_.*|.*_test)\.py"
    r"|(?:mkdocs|codecov|appveyor|environment|action|dependabot|conda.*|meta)\.ya?ml"
    r"|.*\.(?:min\.js|d\.ts|lock)|\..*",
    re.IGNORECASE,
)
_NO_READING_FOLDER = re.compile(
    r"tests?|testing|__tests__|testdata|fixtures|vendor|third_?party|node_modules|dist|build"
    r"|site-packages|migrations|locales?|changelogs?|contribut(?:e|ing)|sphinxext|_.*|\..*"
    r"|.*\.egg-info",
    re.IGNORECASE,
)
# Texts that programs read, and lists of names from which Sphinx draws a reference.
_DATA_FOLDER = re.compile(r"data|datasets?|corp(?:us|ora)|assets|input|output", re.IGNORECASE)
_STUB_FOLDER = re.compile(r"api|api[-_]?(?:docs?|reference)|reference|versions", re.IGNORECASE)
# Bytes from and up to which a file is a text to read; longer ones of a kind are data or generated.
# A notebook may carry pictures.
_SMALLEST = 80
_LARGEST = {"README": 1_000_000, "docs": 1_000_000, "plain": 100_000, "notebook": 10_000_000,
            "code": 200_000, "setup": 30_000}  # fmt: skip
_ORDER = tuple(_LARGEST)


def kind_of(path: str) -> str:
    """Say what a file is to a reader.

    "README", "docs", "plain" (text), "notebook", "code", "setup" (YAML and Dockerfiles), or empty.
    """
    name = PurePosixPath(path)
    suffix = name.suffix.lower()
    if _README.fullmatch(name.name):
        return "README"
    if suffix in _MARKDOWN or suffix == ".rst":
        return "docs"
    language = language_of(path)
    if language in ("yaml", "dockerfile"):
        return "setup"
    if language and language not in ("toml", "ini", "makefile"):
        return "code"
    return {".txt": "plain", ".ipynb": "notebook"}.get(suffix, "")


def is_text(path: str) -> bool:
    """Tell whether a file that is itself linked can be read."""
    return PurePosixPath(path).suffix.lower() in _READABLE or bool(language_of(path))


def media_of(path: str) -> str:
    """Name the content type under which a file is read."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _MARKDOWN:
        return "text/markdown; charset=utf-8"
    if suffix == ".ipynb":
        return "application/x-ipynb+json; charset=utf-8"
    language = language_of(path)
    return f"text/x-{language}; charset=utf-8" if language else "text/plain; charset=utf-8"


def best_readme(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of a folder's file names that are READMEs, the most readable first."""
    return tuple(sorted(filter(_README.fullmatch, names), key=_preference))


def _preference(name: str) -> tuple[int, str]:
    suffix = PurePosixPath(name).suffix.lower()
    return (_READABLE.index(suffix) if suffix in _READABLE else len(_READABLE), name)


def readme_in(paths: Iterable[str], folder: str) -> str:
    """Return the path of a folder's README; empty when it has none."""
    prefix = f"{folder}/" if folder else ""
    own = (path[len(prefix) :] for path in paths if path.startswith(prefix))
    found = best_readme(name for name in own if "/" not in name)
    return f"{prefix}{found[0]}" if found else ""


def reading_order(
    members: Sequence[Member], folder: str, links: Sequence[str] = ()
) -> tuple[str, ...]:
    """Order the readable files below a folder (empty for the whole repository).

    Its README comes first, then what the README links (`links` are paths of files or folders), in
    its author's order; then by kind (READMEs, documents, notebooks, code), the nearest first.
    """
    prefix = f"{folder}/" if folder else ""
    first = readme_in((member.path for member in members), folder)
    ranks = {link: place for place, link in reversed(tuple(enumerate(links)))}

    def rank(path: str) -> int:
        above = (str(parent) for parent in PurePosixPath(path).parents)
        return min(ranks.get(place, len(links)) for place in (path, *above))

    def key(path: str) -> tuple[bool, int, int, int, list[tuple[int, str]]]:
        depth = path.count("/")
        return path != first, rank(path), _ORDER.index(kind_of(path)), depth, _natural(path)

    below = (m for m in members if m.path.startswith(prefix))
    readable = [m.path for m in below if _is_reading(m.path[len(prefix) :], m.size)]
    return tuple(sorted(readable, key=key))


def _is_reading(path: str, size: int) -> bool:
    """Tell whether a file below the linked folder is worth reading, by its name and size."""
    *folders, name = path.split("/")
    kind = kind_of(path)
    if not kind or not _SMALLEST <= size <= _LARGEST[kind] or _NO_READING.fullmatch(name):
        return False
    if any(map(_NO_READING_FOLDER.fullmatch, folders)):
        return False
    if kind in ("plain", "setup") and any(map(_DATA_FOLDER.fullmatch, folders)):
        return False
    if name.lower().endswith(".rst") and any(map(_STUB_FOLDER.fullmatch, folders)):
        return False
    return all(language in ("en", "en-us") for language in languages_in(path))


def _natural(path: str) -> list[tuple[int, str]]:
    """Sort "2-x" before "10-x"."""
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+|[0-9]+", path.lower())
    return [(int(part), "") if part[:1] in "0123456789" else (-1, part) for part in parts]


def linked_paths(markdown: str, readme: str) -> tuple[str, ...]:
    """List the paths of the same repository that a README links, in its order, each once."""
    from ingest.markdown_source import markdown_tree

    root = markdown_tree(markdown)
    found: dict[str, None] = {}
    for link in root.iter("a") if root is not None else ():
        path = _path_of(link.get("href") or "", readme)
        if path:
            found[path] = None
    return tuple(found)


def _path_of(href: str, readme: str) -> str:
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return ""
    if parts.netloc:
        full = re.fullmatch(r"/[^/]+/[^/]+/(?:tree|blob)/[^/]+/(.+)", parts.path)
        return unquote(full[1]).strip("/") if full and parts.netloc.endswith("github.com") else ""
    if parts.scheme or not parts.path:
        return ""
    from_root = parts.path.startswith("/")
    kept: list[str] = [] if from_root else readme.split("/")[:-1]
    for part in unquote(parts.path).split("/"):
        if part == "..":
            kept = kept[:-1]
        elif part not in ("", "."):
            kept.append(part)
    return "/".join(kept)


def has_folder(paths: Iterable[str], folder: str) -> bool:
    """Tell whether any file stands in a folder or below it."""
    return any(path.startswith(f"{folder}/") for path in paths)


def moved_to(paths: Sequence[str], missing: str, *, file: bool) -> str:
    """Find where a missing file or folder stands now; empty when that is not certain.

    Certain is a single place of the same name, or the one of several whose path ends like the
    missing one with two names or more. Tests and hidden folders do not count.
    """
    name = missing.rpartition("/")[2]
    places = set(paths) if file else {str(p) for path in paths for p in PurePosixPath(path).parents}
    named = [place for place in places if place.rpartition("/")[2] == name]
    named = [p for p in named if not any(map(_NO_READING_FOLDER.fullmatch, p.split("/")[:-1]))]
    if len(named) == 1:
        return named[0]
    best = sorted(named, key=lambda place: _shared_end(place, missing), reverse=True)[:2]
    ends = [_shared_end(place, missing) for place in best]
    return best[0] if len(ends) == 2 and ends[0] >= 2 and ends[0] > ends[1] else ""


def _shared_end(one: str, other: str) -> int:
    """Count the names at the end that two paths have in common."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
