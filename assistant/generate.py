"""The one door to language models: llama-index's LLM interface, its clients and their errors.

`Model.stream` gives text as it arrives and raises EngineFailed for everything that can go wrong
with it: foreign errors end here, rid of keys and of the request that they carry along.
"""

import email.utils
import json
import logging
import queue
import random
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assistant.keys import Key, scrub
from assistant.prompts import Message
from assistant.settings import Limits
from ingest.errors import StudypathError

if TYPE_CHECKING:
    import httpx
    import tenacity

FIRST_WAIT = 0.5  # seconds before the second try, doubled for each further one
LONGEST_WAIT = 20.0
PASSING = (408, 409, 425, 429, 500, 502, 503, 504, 529)
LONGEST_REASON = 160
NO_KEY = "none"  # endpoints without keys still want the header
PROBE_SECONDS = 0.6
# A server that ignores the limit on tokens is stopped at so many letters for each.
LETTERS_PER_TOKEN = 8


class EngineFailed(StudypathError):
    """A language model gave no answer; the message says why, in one line and without any key."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served: `engine` is openai, ollama or anthropic."""

    engine: str
    url: str
    model: str
    key: Key


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of an answer; the last one is empty and says how it ended: "stop" or "length"."""

    text: str
    end: str = ""


class Model:
    """A model behind an endpoint; safe to use from several threads.

    `sleep` waits between tries, `clock` gives seconds that only grow.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint, self.limits = endpoint, limits
        self._clock, self._sleep = clock, sleep
        for name in ("httpx", "httpx2", "httpcore", "openai", "anthropic"):
            logging.getLogger(name).setLevel(logging.WARNING)  # they log addresses and headers
        self._lock = threading.Lock()
        self._client: tuple[Opener, Callable[[], None]] | None = None

    def stream(self, messages: Sequence[Message], answer_tokens: int) -> Iterator[Chunk]:
        """Send messages and give the answer as it arrives, within the time and token limits.

        Raises EngineFailed. What fails before the first word is tried again; afterwards it is not.
        """
        self._prepare()  # the time to load a client's library is not the model's
        ends = self._clock() + self.limits.total
        arrived: queue.SimpleQueue[Chunk | EngineFailed] = queue.SimpleQueue()
        gone = threading.Event()
        reading = threading.Thread(
            target=self._read, args=(messages, answer_tokens, ends, arrived, gone), daemon=True
        )
        reading.start()
        letters = 0
        try:
            while True:
                item = self._next(arrived, ends)
                if isinstance(item, EngineFailed):
                    raise item
                letters += len(item.text)
                if letters > answer_tokens * LETTERS_PER_TOKEN:
                    yield Chunk("", "length")
                    return
                yield item
                if item.end:
                    return
        finally:
            gone.set()

    def _prepare(self) -> None:
        failure = None
        try:
            self._opener()
        except foreign_errors() as error:
            failure = self._failed(self._reason(error))
        if failure:  # raised here, so that it carries no foreign error along
            raise failure

    def _next(
        self, arrived: "queue.SimpleQueue[Chunk | EngineFailed]", ends: float
    ) -> Chunk | EngineFailed:
        try:
            return arrived.get(timeout=max(0.001, ends - self._clock()))
        except queue.Empty:
            # The reader may hang for as long as the other side drips: take its connection away.
            self.close()
            return self._failed(f"took longer than {self.limits.total:g} s")

    def _read(
        self,
        messages: Sequence[Message],
        answer_tokens: int,
        ends: float,
        arrived: "queue.SimpleQueue[Chunk | EngineFailed]",
        gone: threading.Event,
    ) -> None:
        """Read one answer in a thread of its own, so that nothing it does outlasts the limit."""
        failure = self._failed("ended in a way that nobody foresaw")
        try:
            first, rest = self._begin(messages, answer_tokens, ends)
            end = ""
            for text, how in chained(first, rest):
                if gone.is_set():
                    return
                end = how or end
                if text:
                    arrived.put(Chunk(text))
            if end:
                arrived.put(Chunk("", end))
                return
            failure = self._failed("stopped in the middle of its answer")
        except foreign_errors() as error:
            failure = self._failed(self._reason(error))
        finally:
            arrived.put(failure)  # nobody reads it after an end

    def _begin(
        self, messages: Sequence[Message], answer_tokens: int, ends: float
    ) -> tuple["Delta", Iterator["Delta"]]:
        """Open the answer up to its first words, and try again what may pass."""
        for attempt in self._tries(ends):
            with attempt:
                deltas = self._opener()(messages, answer_tokens)
                return next(deltas), deltas
        raise AssertionError("tenacity raises when there is no try left")

    def _tries(self, ends: float) -> "tenacity.Retrying":
        from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = asked_wait(error)
            backoff = FIRST_WAIT * 2.0 ** (state.attempt_number - 1) * (0.5 + random.random())
            return float(max(asked, min(backoff, LONGEST_WAIT)))

        def passes(error: BaseException) -> bool:
            in_time = self._clock() + asked_wait(error) + FIRST_WAIT < ends
            return in_time and may_pass(error)

        return Retrying(
            stop=stop_after_attempt(self.limits.tries),
            wait=wait,
            retry=retry_if_exception(passes),
            sleep=self._sleep,
            reraise=True,
        )

    def _reason(self, error: BaseException) -> str:
        status = status_of(error)
        name = type(error).__name__
        if status:
            known = STATUSES.get(status, "")
            return f"answered with status {status}{known} ({self._words(error)})"
        if "Timeout" in name:
            return "did not answer in time"
        if "Connect" in name:
            return "cannot be reached"
        if isinstance(error, StopIteration):
            return "gave no answer at all"
        return f"failed ({name}: {self._words(error)})"

    def _words(self, error: BaseException) -> str:
        words = " ".join(re.sub(r"<[^>]*>", " ", str(error)).split())
        words = scrub(words, (self.endpoint.key,))
        return words if len(words) <= LONGEST_REASON else words[:LONGEST_REASON] + "…"

    def _failed(self, reason: str) -> EngineFailed:
        return EngineFailed(f"{self.endpoint.engine} ({self.endpoint.model}) {reason}")

    def close(self) -> None:
        """Let go of the connections; the next answer opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            with suppress(OSError, RuntimeError):
                client[1]()

    def _opener(self) -> "Opener":
        with self._lock:
            if self._client is None:
                self._client = CLIENTS[self.endpoint.engine](self.endpoint, self.limits)
            return self._client[0]


STATUSES = {
    401: ": it refuses the key",
    403: ": it refuses the key",
    404: ": it does not know the model or the address",
    429: ": too many requests",
}

Delta = tuple[str, str]  # text, and "stop" or "length" once it has ended
Opener = Callable[[Sequence[Message], int], Iterator[Delta]]


def chained(first: Delta, rest: Iterator[Delta]) -> Iterator[Delta]:
    """Give the first and then the others."""
    yield first
    yield from rest


def foreign_errors() -> tuple[type[Exception], ...]:
    """Name what the clients raise; an answer in an odd shape breaks them with common errors."""
    common = (OSError, ValueError, TypeError, LookupError, AttributeError, RuntimeError)
    return (*http_errors(), *common, StopIteration)


def http_errors() -> tuple[type[Exception], ...]:
    """Name the errors of the clients that are loaded; each brings its own HTTP library."""
    named = (
        ("openai", ("OpenAIError",)),
        ("anthropic", ("AnthropicError",)),
        ("ollama", ("ResponseError", "RequestError")),
        ("httpx", ("HTTPError", "StreamError", "InvalidURL")),
        ("httpx2", ("HTTPError", "StreamError", "InvalidURL")),
    )
    return tuple(
        getattr(sys.modules[module], name)
        for module, names in named
        for name in names
        if module in sys.modules
    )


def status_of(error: BaseException | None) -> int:
    """Give the HTTP status an error carries, 0 for none."""
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and status > 0 else 0


def may_pass(error: BaseException) -> bool:
    """Say whether a later try may go well: after a status that passes, or a lost connection."""
    if status := status_of(error):
        return status in PASSING
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"APITimeoutError", "TimeoutException", "TimeoutError"}:
        return False  # it had its time
    return bool(names & {"APIConnectionError", "TransportError", "ConnectionError"})


def asked_wait(error: BaseException | None) -> float:
    """Give the seconds that the other side asks to wait (Retry-After), 0 for none."""
    response = getattr(error, "response", None)
    text = response.headers.get("retry-after", "") if response is not None else ""
    if re.fullmatch(r"\d{1,6}(?:\.\d*)?", text.strip()):
        return float(text)
    when = email.utils.parsedate_tz(text) if text else None
    if when is None:
        return 0.0
    moment = datetime.fromtimestamp(email.utils.mktime_tz(when), UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


# ── clients ─────────────────────────────────────────────────────────────────────────────────────


def is_loopback(url: str) -> bool:
    """Say whether an address leads to this machine."""
    import ipaddress
    from urllib.parse import urlsplit

    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def timeouts(limits: Limits) -> "httpx.Timeout":
    """Write the limits as the clients want them."""
    import httpx

    return httpx.Timeout(limits.read, connect=limits.connect, pool=limits.connect)


def openai_client(endpoint: Endpoint, limits: Limits) -> tuple[Opener, Callable[[], None]]:
    """Speak to an OpenAI-compatible endpoint."""
    import httpx
    from llama_index.llms.openai_like import OpenAILike

    # A proxy of the environment is for other machines.
    http = httpx.Client(
        timeout=timeouts(limits),
        trust_env=not is_loopback(endpoint.url),
        verify=not endpoint.url.startswith("http:"),  # nothing to verify; loading costs 20 ms
    )
    model = OpenAILike(
        model=endpoint.model,
        api_base=endpoint.url,
        api_key=endpoint.key.reveal() or NO_KEY,
        is_chat_model=True,
        temperature=0.0,
        max_retries=0,
        timeout=limits.read,
        http_client=http,
        context_window=limits.context + limits.answer,
    )

    def deltas(messages: Sequence[Message], answer_tokens: int) -> Iterator[Delta]:
        spoken = False
        sent = chat_messages(messages)
        for response in model.stream_chat(sent, max_tokens=answer_tokens):
            spoken = True
            yield response.delta or "", openai_end(response.raw)
        if not spoken:  # some servers answer whole when asked for a stream
            whole = model.chat(sent, max_tokens=answer_tokens)
            yield whole.message.content or "", openai_end(whole.raw)

    return deltas, http.close


def openai_end(raw: Any) -> str:
    """Say how an answer ended, empty while it goes on."""
    choices = getattr(raw, "choices", None) or ()
    reason = choices[0].finish_reason if choices else None
    return "" if not reason else "length" if reason == "length" else "stop"


def ollama_client(endpoint: Endpoint, limits: Limits) -> tuple[Opener, Callable[[], None]]:
    """Speak to Ollama."""
    from llama_index.llms.ollama import Ollama
    from ollama import Client

    client = Client(
        host=endpoint.url, timeout=timeouts(limits), trust_env=not is_loopback(endpoint.url)
    )

    def deltas(messages: Sequence[Message], answer_tokens: int) -> Iterator[Delta]:
        model = Ollama(
            model=endpoint.model,
            base_url=endpoint.url,
            temperature=0.0,
            context_window=limits.context + answer_tokens,
            additional_kwargs={"num_predict": answer_tokens},
            client=client,
        )
        for response in model.stream_chat(chat_messages(messages)):
            raw = response.raw or {}
            done = raw.get("done_reason") or "stop" if raw.get("done") else ""
            yield response.delta or "", "length" if done == "length" else done and "stop"

    return deltas, client.close


def anthropic_client(endpoint: Endpoint, limits: Limits) -> tuple[Opener, Callable[[], None]]:
    """Speak to Anthropic."""
    from anthropic import Anthropic as Client
    from anthropic import Timeout
    from llama_index.core.llms import LLMMetadata
    from llama_index.llms.anthropic import Anthropic, utils
    from llama_index.llms.anthropic.base import ANTHROPIC_NO_TEMP_MODELS

    if not isinstance(utils.MessageParam, type):
        # Since anthropic 2 it is a union of types, which llama-index's Anthropic 0.12 calls.
        utils.MessageParam = dict

    class AnyModel(Anthropic):  # type: ignore[misc]
        """Speaks to models that are newer than llama-index's list of them, too."""

        @property
        def metadata(self) -> Any:
            return LLMMetadata(
                context_window=limits.context + limits.answer,
                num_output=self.max_tokens,
                is_chat_model=True,
                model_name=self.model,
            )

        @property
        def _model_kwargs(self) -> dict[str, Any]:
            # Newer models take no temperature, and neither does the client of anthropic 2.
            named = {"model": self.model, "max_tokens": self.max_tokens}
            older = self.model in utils.CLAUDE_MODELS and self.model not in ANTHROPIC_NO_TEMP_MODELS
            return {**named, "extra_body": {"temperature": 0.0}} if older else named

    key = endpoint.key.reveal()
    client = Client(
        api_key=key,
        base_url=endpoint.url,
        timeout=Timeout(limits.read, connect=limits.connect),
        max_retries=0,
    )
    model = AnyModel(model=endpoint.model, api_key=key, base_url=endpoint.url)
    model._client = client  # its own one knows no time to connect

    def deltas(messages: Sequence[Message], answer_tokens: int) -> Iterator[Delta]:
        sent = chat_messages(messages)
        for response in model.stream_chat(sent, max_tokens=answer_tokens):
            reason = response.message.additional_kwargs.get("stop_reason") or ""
            ended = "length" if reason == "max_tokens" else reason and "stop"
            yield response.delta or "", ended

    return deltas, client.close


CLIENTS: dict[str, Callable[[Endpoint, Limits], tuple[Opener, Callable[[], None]]]] = {
    "openai": openai_client,
    "ollama": ollama_client,
    "anthropic": anthropic_client,
}


def chat_messages(messages: Sequence[Message]) -> list[Any]:
    """Write our messages as llama-index's."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=message.role, content=message.text) for message in messages]


def models_at(url: str, key: Key) -> tuple[str, ...] | None:
    """Ask a server on this machine for its models; None when nothing answers there.

    Asks `/api/tags` of Ollama and `/models` of others. Never call it for another machine.
    """
    import httpx

    headers = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
    http = url.startswith("http:")  # nothing to verify
    try:
        answer = httpx.get(
            url, headers=headers, timeout=PROBE_SECONDS, trust_env=False, verify=not http
        )
        found = answer.json() if answer.is_success else {}
    except (json.JSONDecodeError, UnicodeDecodeError):
        return ()
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    rows = found.get("models") or found.get("data") if isinstance(found, dict) else None
    names = [row.get("name") or row.get("id") for row in rows or () if isinstance(row, dict)]
    return tuple(name for name in names if isinstance(name, str))
