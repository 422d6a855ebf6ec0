"""What is shipped, what is pinned, and what `make` says when something is missing."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import corpus

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
GROUPS = {"core": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_every_tracked_kind_of_file(wheel: zipfile.ZipFile) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("assistant", "corpus", "eval", "ingest", "ui")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    assert {"corpus/learning_path.md", "ingest/py.typed"} <= expected
    assert not expected - set(wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert tops == {"assistant", "corpus", "eval", "ingest", "ui", "studypath-0.1.0.dist-info"}


def test_the_paths_of_shipped_files_exist() -> None:
    assert corpus.learning_path().is_file()
    assert corpus.notes()
    assert all(path.is_file() and path.stem.startswith("m") for path in corpus.notes())


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "each line is name==version"
    found = {canonicalize_name(name): version for name, version in pairs}
    assert len(found) == len(pairs), "each name once"
    assert list(found) == sorted(found), "in alphabetical order"
    return found


@pytest.mark.parametrize("group", GROUPS)
def test_each_named_dependency_has_a_pin_in_its_range(group: str) -> None:
    pinned = pins()
    for requirement in map(Requirement, GROUPS[group]):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement} has no line in constraints.txt"
        assert requirement.specifier.contains(version), f"{requirement} does not allow {version}"


def installed(requirements: list[str]) -> Iterator[tuple[str, str]]:
    """Name and version of all that these requirements brought along, however indirectly."""
    todo = [(Requirement(text), "") for text in requirements]
    seen: set[tuple[str, str]] = set()
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            found = distribution(requirement.name)
        except PackageNotFoundError:  # a group that is not installed here
            continue
        yield canonicalize_name(requirement.name), found.version
        for wanted in ("", *requirement.extras):
            if (canonicalize_name(requirement.name), wanted) not in seen:
                seen.add((canonicalize_name(requirement.name), wanted))
                todo += [(Requirement(text), wanted) for text in found.requires or []]


def test_nothing_we_bring_along_is_unpinned() -> None:
    pinned = pins()
    every = dict(installed([line for group in GROUPS.values() for line in group]))
    assert len(every) > len(GROUPS["core"])
    loose = {  # a local part names the build, as in torch's 2.13.0+cpu
        f"{name}=={version}"
        for name, version in every.items()
        if pinned.get(name) != version.split("+")[0]
    }
    assert not loose


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what make needs, and no environment yet."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def make(folder: Path, *arguments: str, **environment: str) -> list[str]:
    """Run make where it must fail; return what it said, without make's own last line."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={**os.environ, **environment, "MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if not re.match(r"make(\[\d+\])?:", line)]
    return said


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not here")
class TestMakeFailsWithOneLine:
    def test_without_a_python(self, clone: Path) -> None:
        (line,) = make(clone, "run", "PYTHON=/nowhere/python3")
        assert "Python 3.11 or newer" in line
        assert "/nowhere/python3" in line
        assert not (clone / ".venv").exists()

    def test_without_the_venv_module(self, clone: Path) -> None:
        python = clone / "python"
        python.write_text(
            f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexec "{sys.executable}" "$@"\n'
        )
        python.chmod(0o755)
        (line,) = make(clone, "test", "PYTHON=./python")
        assert "venv" in line
        assert not (clone / ".venv").exists()

    @pytest.mark.slow
    def test_without_a_package_index(self, clone: Path) -> None:
        (line,) = make(
            clone,
            "run",
            f"PYTHON={sys.executable}",
            PIP_CONFIG_FILE=os.devnull,
            PIP_FIND_LINKS="",
            PIP_INDEX_URL="http://127.0.0.1:9/simple",
            PIP_RETRIES="0",
        )
        assert "package index" in line
        assert not list((clone / ".venv").glob(".ready*")), "a failed set-up is tried again"
