"""One frozen Settings, read from the environment and the command line by entry points only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.environment import read_environment
from assistant.keys import Key, scrub
from ingest.embed import MODEL
from ingest.errors import InputError

OLLAMA = "http://127.0.0.1:11434"
POLICIES = ("remove", "flag")
ANTHROPIC = "https://api.anthropic.com"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer of a language model may take.

    `connect` and `read` (between two chunks) and `total` in seconds; `context` and `answer` in
    tokens of what is sent and written, estimated by letters; `tries` counts the first one.
    """

    connect: float = 5.0
    read: float = 60.0
    total: float = 120.0
    context: int = 3000
    answer: int = 700
    tries: int = 3


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the learner's data lives and which models answer.

    `home_given` is true when the learner named the home folder, so that a typing error is not
    answered with a new empty library. `model` reads questions, `llm` writes answers; `base_url` is
    an OpenAI-compatible endpoint, empty for none; `unsupported` says what
    becomes of a model's sentences that no source says; `remark` what was left out, and why.
    `contact` is the e-mail or web address that servers are told when their pages are fetched.
    """

    home: Path
    cache: Path
    model: str = MODEL
    engine: str = "extractive"
    home_given: bool = False
    contact: str = ""
    llm: str = ""
    base_url: str = ""
    ollama_url: str = OLLAMA
    anthropic_url: str = ANTHROPIC
    gguf: Path | None = None
    api_key: Key = field(default_factory=Key)
    anthropic_key: Key = field(default_factory=Key)
    limits: Limits = Limits()
    unsupported: str = "remove"
    remark: str = ""


def load_settings(
    home: str | None = None, engine: str | None = None, llm: str | None = None
) -> Settings:
    """Read the variables of docs/usage.md; arguments go before them.

    Raises InputError when the home names a file, or a value cannot be read.
    """
    from platformdirs import user_cache_path, user_data_path

    named = home or os.environ.get("STUDYPATH_HOME")
    folder = Path(named).expanduser() if named else user_data_path("studypath", appauthor=False)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--home {folder} is a file: name a folder")
    cache = os.environ.get("STUDYPATH_CACHE")
    said = read_environment(folder)
    values = said.values
    gguf = values.get("STUDYPATH_GGUF")
    return Settings(
        home=folder,
        cache=Path(cache).expanduser() if cache else user_cache_path("studypath", appauthor=False),
        model=os.environ.get("STUDYPATH_MODEL", MODEL),
        engine=engine or values.get("STUDYPATH_ENGINE", "extractive"),
        home_given=home is not None,
        contact=os.environ.get("STUDYPATH_CONTACT", "").strip(),
        llm=llm or values.get("STUDYPATH_LLM", ""),
        base_url=address(values, "STUDYPATH_BASE_URL", ""),
        ollama_url=address(values, "STUDYPATH_OLLAMA_URL", OLLAMA),
        anthropic_url=address(values, "STUDYPATH_ANTHROPIC_URL", ANTHROPIC),
        gguf=Path(gguf).expanduser() if gguf else None,
        api_key=Key(values.get("STUDYPATH_API_KEY") or values.get("OPENAI_API_KEY", "")),
        anthropic_key=Key(values.get("ANTHROPIC_API_KEY", "")),
        limits=limits_of(values),
        unsupported=policy(values.get("STUDYPATH_UNSUPPORTED", "remove")),
        remark=said.remark,
    )


def address(values: Mapping[str, str], name: str, otherwise: str) -> str:
    """Read a web address without its last slash."""
    from urllib.parse import urlsplit

    text = values.get(name, otherwise).strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InputError(
            f"{name} is {scrub(text)!r}: give an address such as http://127.0.0.1:8080/v1"
        )
    return text


def policy(text: str) -> str:
    """Read what becomes of sentences that no source says."""
    if text not in POLICIES:
        raise InputError(f"STUDYPATH_UNSUPPORTED is {text!r}: use one of {', '.join(POLICIES)}")
    return text


def limits_of(values: Mapping[str, str]) -> Limits:
    """Read the limits of one answer."""
    usual = Limits()
    return Limits(
        connect=number(values, "STUDYPATH_CONNECT_TIMEOUT", usual.connect),
        read=number(values, "STUDYPATH_READ_TIMEOUT", usual.read),
        total=number(values, "STUDYPATH_TIMEOUT", usual.total),
        context=int(number(values, "STUDYPATH_CONTEXT_TOKENS", usual.context, least=500)),
        answer=int(number(values, "STUDYPATH_ANSWER_TOKENS", usual.answer, least=50)),
    )


def number(values: Mapping[str, str], name: str, otherwise: float, least: float = 0.1) -> float:
    """Read a number of at least `least`."""
    text = values.get(name)
    if text is None:
        return otherwise
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not least <= found < 1e7:
        raise InputError(f"{name} is {text!r}: give a number of at least {least:g}")
    return found
