"""Settings from the environment and `.env` files; keys that show themselves to nobody."""

import copy
import json
import pickle
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.environment import NAMES
from assistant.keys import Key, scrub
from assistant.settings import Settings, load_settings
from ingest.errors import InputError

SECRET = "k-0123456789abcdef"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, with none of our names set."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, **values: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))


def test_without_anything_quotes_answer() -> None:
    settings = load_settings()
    assert (settings.engine, settings.base_url, settings.llm) == ("extractive", "", "")
    assert not settings.api_key
    assert not settings.anthropic_key


def test_the_environment_goes_first_then_the_folder_then_the_home(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    write(home, STUDYPATH_LLM="home", STUDYPATH_ENGINE="ollama", STUDYPATH_TIMEOUT="7")
    write(here, STUDYPATH_LLM="folder", STUDYPATH_ENGINE="local")
    monkeypatch.setenv("STUDYPATH_LLM", "environment")
    settings = load_settings(str(home))
    assert settings.llm == "environment"
    assert settings.engine == "local"
    assert settings.limits.total == 7
    assert load_settings(str(home), "auto", "given").llm == "given"


def test_only_our_names_are_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    write(here, STUDYPATH_HOME="/nowhere", PATH="/nowhere", STUDYPATH_LLM="m${OPENAI_API_KEY}")
    settings = load_settings()
    assert settings.home != Path("/nowhere")
    assert settings.llm == "m${OPENAI_API_KEY}"  # nothing is put in


def test_a_key_is_not_sent_where_only_the_folder_points(
    here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(here, STUDYPATH_BASE_URL="http://evil.example/v1", STUDYPATH_LLM="m")
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    write(tmp_path / "home", ANTHROPIC_API_KEY=SECRET)
    settings = load_settings(str(tmp_path / "home"))
    assert settings.base_url == "http://evil.example/v1"
    assert not settings.api_key
    assert settings.anthropic_key
    assert "set STUDYPATH_BASE_URL and the key in one place" in settings.remark
    write(here, STUDYPATH_BASE_URL="http://models.example/v1", STUDYPATH_API_KEY="k-folder")
    assert load_settings().api_key.reveal() == "k-folder"
    monkeypatch.setenv("STUDYPATH_BASE_URL", "http://models.example/v1")
    write(here, STUDYPATH_BASE_URL="http://models.example/v1")
    assert load_settings().api_key.reveal() == SECRET


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("STUDYPATH_BASE_URL", "localhost:8080", "give an address such as"),
        ("STUDYPATH_BASE_URL", "file:///etc/passwd", "give an address such as"),
        ("STUDYPATH_OLLAMA_URL", "http://[", "give an address such as"),
        ("STUDYPATH_TIMEOUT", "soon", "'soon': give a number of at least 0.1"),
        ("STUDYPATH_READ_TIMEOUT", "0", "at least 0.1"),
        ("STUDYPATH_CONTEXT_TOKENS", "nan", "at least 500"),
        ("STUDYPATH_ANSWER_TOKENS", "inf", "at least 50"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as caught:
        load_settings()
    assert name in str(caught.value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_error_shows_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDYPATH_BASE_URL", f"ftp://me:{SECRET}@models.example")
    with pytest.raises(InputError) as caught:
        load_settings()
    assert SECRET not in str(caught.value)


def test_a_file_that_is_no_text_is_named(here: Path) -> None:
    (here / ".env").write_bytes(b"\xff\xfe\x00A=1")
    with pytest.raises(InputError, match=r"\.env is no UTF-8 text"):
        load_settings()


def test_a_folder_named_env_is_none(here: Path) -> None:
    (here / ".env").mkdir()
    assert load_settings().engine == "extractive"


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_shows_itself_nowhere(tmp_path: Path) -> None:
    key = Key(f" {SECRET}\n")
    settings = Settings(home=tmp_path, cache=tmp_path, api_key=key)
    shown = [repr(key), str(key), f"{key}", f"{key!r:>30}", repr(settings), str(asdict(settings))]
    shown += [repr([key]), repr({key: key}), repr(replace(settings, llm="x")), "%s" % key]  # noqa: UP031
    assert not any(SECRET in text for text in shown)
    assert key.reveal() == SECRET
    assert copy.deepcopy(key) is key
    assert key == Key(SECRET) != Key("other")
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        json.dumps(key)
    assert bool(key)
    assert not Key("  ")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"bad key {SECRET}!", "bad key …!"),
        ("at http://me:pass@host/v1", "at http://host/v1"),
        ("GET https://h/x?a=1&api_key=abc&b=2", "GET https://h/x?a=1&api_key=…&b=2"),
        ("Authorization: Bearer abc.def-ghi", "Authorization: Bearer …"),
        ("Incorrect API key: sk-proj-abcdefgh12345", "Incorrect API key: …"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_scrubbed_text(text: str, clean: str) -> None:
    assert scrub(text, (Key(SECRET), Key())) == clean


@given(st.text(), st.text(min_size=4).filter(lambda key: len(key.strip()) >= 4), st.text())
def test_no_text_keeps_a_key(before: str, key: str, after: str) -> None:
    secret = Key(key)
    scrubbed = scrub(before + secret.reveal() + after, (secret,))
    assert secret.reveal() not in scrubbed or secret.reveal() in "…" * 4
