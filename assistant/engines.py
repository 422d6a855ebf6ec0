"""The engines by name: what is usable now and why the others are not, and the one that answers."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from assistant.breaker import Breaker
from assistant.generate import Chunk, Endpoint, EngineFailed, Model, is_loopback, models_at
from assistant.keys import Key, scrub
from assistant.local_model import Served, model_file, serve, why_not
from assistant.prompts import Message
from assistant.settings import Limits, Settings
from ingest.errors import InputError, ModelMissing

EXTRACTIVE, AUTO = "extractive", "auto"
# What auto takes, in this order, the first that is usable: an endpoint that was named, then what
# runs on this machine, then a service whose key and model were configured, then quotes alone.
ORDER = ("openai", "ollama", "local", "anthropic", EXTRACTIVE)
NAMES = (EXTRACTIVE, AUTO, "openai", "ollama", "anthropic", "local")
SPOKEN = {
    "openai": "The language model",
    "ollama": "The model in Ollama",
    "anthropic": "The model at Anthropic",
    "local": "The local model",
}
OPENAI = "https://api.openai.com/v1"
# Tokens sent to a local model, unless they were set: the 0.27B test model read 105 tokens a second
# on two cores with a load of 4, and one of 1.5B reads about a fifth of that: 1500 take 70 s.
LOCAL_CONTEXT = 1500
EMBEDDING = ("embed", "bge-", "minilm", "e5-")  # names of models that write nothing


@dataclass(frozen=True, slots=True)
class EngineState:
    """Whether an engine can answer now; `why` says what to do when it cannot, else what it is."""

    name: str
    usable: bool
    why: str
    model: str | None = None


def check_engine(name: str) -> None:
    """Raise InputError for a name that no engine has."""
    if name not in NAMES:
        raise InputError(f"there is no engine {name!r}: use one of {', '.join(NAMES)}")


def usable(settings: Settings) -> tuple[EngineState, ...]:
    """Say of every engine whether it is usable now, in the order of ORDER.

    Costs no token: only servers on this machine are asked, for their list of models.
    """
    return tuple(STATES[name](settings) for name in ORDER)


def choose(settings: Settings, name: str) -> EngineState:
    """Give the state of the engine to use; for auto, of the best usable one."""
    return best(settings, usable(settings)) if name == AUTO else STATES[name](settings)


def best(settings: Settings, states: Sequence[EngineState]) -> EngineState:
    """Give what auto takes of the states of all engines, which are in the order of ORDER.

    OpenAI's own service is taken only when nothing else is usable: a key that lies in the
    environment for other programs is no order to use it.
    """
    named = is_named(settings)
    first = next((s for s in states if s.usable and (named or s.name != "openai")), None)
    last, quotes = states[ORDER.index("openai")], states[ORDER.index(EXTRACTIVE)]
    by_key = not settings.base_url and last.usable and first is quotes
    return last if by_key or first is None else first


def is_named(settings: Settings) -> bool:
    """Say whether an endpoint was named that auto may use: with its key, unless it is near."""
    url = settings.base_url
    return bool(url) and (bool(settings.api_key) or is_loopback(url) or url.startswith("http:"))


def limits_for(settings: Settings, state: EngineState) -> Limits:
    """Give an engine's limits: a model on this machine gets a shorter prompt and may read longer.

    It says nothing before it has read the prompt, so the time between words does not bind it.
    """
    limits = settings.limits
    if state.name != "local":
        return limits
    usual = limits.context == Limits().context
    return replace(limits, read=limits.total, context=LOCAL_CONTEXT if usual else limits.context)


# ── one engine each ─────────────────────────────────────────────────────────────────────────────


def extractive_state(settings: Settings) -> EngineState:
    """Quotes need nothing."""
    return EngineState(EXTRACTIVE, True, "verbatim quotes, without a language model")


def openai_state(settings: Settings) -> EngineState:
    """An endpoint needs an address or a key, and a model."""
    name, url = "openai", settings.base_url
    if not url and not settings.api_key:
        why = "no endpoint: set STUDYPATH_BASE_URL and STUDYPATH_LLM, and a key if it wants one"
        return EngineState(name, False, why)
    if not url and settings.llm.startswith("claude"):
        return EngineState(name, False, f"{settings.llm} is a model of Anthropic", settings.llm)
    if url and is_loopback(url):
        found = models_at(f"{url}/models", settings.api_key)
        if found is None:
            why = f"nothing answers at {scrub(url)}: start the server, or change STUDYPATH_BASE_URL"
            return EngineState(name, False, why, settings.llm or None)
        model = settings.llm or next(iter(found), "")
    else:
        model = settings.llm
    if not model:
        return EngineState(name, False, "no model is named: set STUDYPATH_LLM, or give --model")
    place = scrub(url, (settings.api_key,)) or "OpenAI"
    return EngineState(name, True, f"at {place}{'' if url else ', by its key'}", model)


def ollama_state(settings: Settings) -> EngineState:
    """Ollama needs to run, and to have the model."""
    name, url = "ollama", settings.ollama_url
    if not is_loopback(url):
        if settings.llm:
            return EngineState(name, True, f"at {scrub(url)}, not asked", settings.llm)
        return EngineState(name, False, "no model is named: set STUDYPATH_LLM, or give --model")
    found = models_at(f"{url}/api/tags", Key())
    if found is None:
        return EngineState(name, False, f"nothing answers at {scrub(url)}: start Ollama")
    writing = [model for model in found if not any(word in model.lower() for word in EMBEDDING)]
    if settings.llm:
        same = [model for model in writing if settings.llm in (model, model.partition(":")[0])]
        if not same:
            why = f"it has no model {settings.llm}: run `ollama pull {settings.llm}`"
            return EngineState(name, False, why, settings.llm)
        return EngineState(name, True, f"at {scrub(url)}", same[0])
    if not writing:
        return EngineState(name, False, "it has no model yet: run `ollama pull` with one's name")
    return EngineState(name, True, f"at {scrub(url)}", writing[0])


def local_state(settings: Settings) -> EngineState:
    """A local model needs its file and the library that serves it."""
    path = model_file(settings)
    if problem := why_not(path):
        return EngineState("local", False, problem)
    return EngineState("local", True, f"from {path}", path.stem if path else None)


def anthropic_state(settings: Settings) -> EngineState:
    """Anthropic needs a key, and a model of its own."""
    name = "anthropic"
    if not settings.anthropic_key:
        return EngineState(name, False, "no key: set ANTHROPIC_API_KEY and STUDYPATH_LLM")
    if not settings.llm.startswith("claude"):
        why = "no model of Anthropic is named: set STUDYPATH_LLM to one (claude-…)"
        return EngineState(name, False, why, settings.llm or None)
    return EngineState(name, True, "by its key", settings.llm)


STATES: dict[str, Callable[[Settings], EngineState]] = {
    "openai": openai_state,
    "ollama": ollama_state,
    "local": local_state,
    "anthropic": anthropic_state,
    EXTRACTIVE: extractive_state,
}


# ── answering ───────────────────────────────────────────────────────────────────────────────────


class Engines:
    """The language models of one assistant, each with its breaker; safe for several threads."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        check_engine(settings.engine)
        self._settings, self._clock, self._sleep = settings, clock, sleep
        self._models: dict[Endpoint, Model] = {}
        self._breakers: dict[tuple[str, str | None], Breaker] = {}
        self._served: dict[Path, Served] = {}
        self._lock = Lock()

    def chosen(self, name: str = "") -> EngineState:
        """Give the engine for a question; `name` goes before the settings' one.

        Raises InputError for a name that no engine has.
        """
        name = name or self._settings.engine
        check_engine(name)
        return choose(self._settings, name)

    def stream(
        self, state: EngineState, messages: Sequence[Message], answer_tokens: int
    ) -> Iterator[Chunk]:
        """Give the answer of an engine as it arrives; raises EngineFailed.

        After several failures in a row the engine is left alone for a while, and fails at once.
        """
        if not state.usable:
            raise EngineFailed(f"{state.name} is not usable: {state.why}")
        breaker = self._breaker(state)
        if not breaker.allows():
            raise EngineFailed(f"{state.name} failed several times and is left alone for a while")
        went_well = True
        try:
            yield from self._model(state).stream(messages, answer_tokens)
        except (EngineFailed, ModelMissing):
            went_well = False
            raise
        finally:
            (breaker.succeeded if went_well else breaker.failed)()

    def _breaker(self, state: EngineState) -> Breaker:
        with self._lock:
            key = (state.name, state.model)
            return self._breakers.setdefault(key, Breaker(self._clock))

    def _model(self, state: EngineState) -> Model:
        settings = self._settings
        with self._lock:  # a local file is loaded once, whoever asks first
            endpoint = self._endpoint(state, settings)
            if endpoint not in self._models:
                limits = limits_for(settings, state)
                self._models[endpoint] = Model(endpoint, limits, self._clock, self._sleep)
            return self._models[endpoint]

    def _endpoint(self, state: EngineState, settings: Settings) -> Endpoint:
        model = state.model or ""
        match state.name:
            case "openai":
                return Endpoint("openai", settings.base_url or OPENAI, model, settings.api_key)
            case "ollama":
                return Endpoint("ollama", settings.ollama_url, model, Key())
            case "anthropic":
                url = settings.anthropic_url
                return Endpoint("anthropic", url, model, settings.anthropic_key)
            case _:
                path = model_file(settings)
                if path is None:
                    raise ModelMissing(why_not(path))
                if path not in self._served:
                    self._served[path] = serve(path, limits_for(settings, state))
                return self._served[path].endpoint

    def close(self) -> None:
        """Let go of all connections, and stop a local server."""
        with self._lock:
            for model in self._models.values():
                model.close()
            self._models.clear()
            self._served.clear()
