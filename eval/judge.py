"""A language model of the assistant as a judge that replies in JSON, and what it cost."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from assistant.engines import EXTRACTIVE, Engines, EngineState
from assistant.generate import EngineFailed
from assistant.items import json_in
from assistant.prompts import tokens
from assistant.settings import Settings
from eval.judge_prompts import judge_messages
from ingest.errors import InputError, StudypathError

ANSWER_TOKENS = 1_500  # a reply lists every statement of an answer with a reason

SILENT = "no answer"
NO_JSON = "no JSON"
OTHER_SHAPE = "JSON of another shape"


class JudgeFailed(StudypathError):
    """A judge gave nothing that can be scored; `kind` says how in a word or two."""

    def __init__(self, kind: str, words: str = "") -> None:
        super().__init__(f"the judge gave {kind}{f': {words}' if words else ''}")
        self.kind = kind


class Shape(Protocol):
    """The type of a reply, as pydantic makes them."""

    @classmethod
    def model_json_schema(cls) -> dict[str, Any]:
        """Describe the type."""
        ...

    @classmethod
    def model_validate(cls, obj: Any) -> Any:
        """Read a value; raises ValueError."""
        ...


S = TypeVar("S", bound=Shape)


@dataclass(slots=True)
class Cost:
    """What was asked of a judge; tokens are estimated by letters."""

    calls: int = 0
    tokens_sent: int = 0
    tokens_written: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    def told(self) -> Mapping[str, object]:
        """Describe it for a record."""
        return {
            "calls": self.calls,
            "tokens_sent": self.tokens_sent,
            "tokens_written": self.tokens_written,
            "failed_calls": dict(self.failures),
        }


class Judge:
    """Asks one engine; `name` pins the engine, its model and where it is served."""

    def __init__(self, engines: Engines, state: EngineState) -> None:
        self._engines, self._state = engines, state
        self.name = f"{state.name} {state.model} {state.why}"
        self.cost = Cost()

    def ask(self, task: str, shape: type[S]) -> S:
        """Give the reply to a task in its shape; raises JudgeFailed."""
        messages = judge_messages(task, shape.model_json_schema())
        self.cost.calls += 1
        self.cost.tokens_sent += sum(tokens(message.text) for message in messages)
        try:
            return self._reply(messages, shape)
        except JudgeFailed as failed:
            self.cost.failures[failed.kind] += 1
            raise

    def _reply(self, messages: Any, shape: type[S]) -> S:
        try:
            stream = self._engines.stream(self._state, messages, ANSWER_TOKENS)
            text = "".join(chunk.text for chunk in stream)
        except EngineFailed as error:
            raise JudgeFailed(SILENT, str(error)) from None
        self.cost.tokens_written += tokens(text)
        told = json_in(text, "{", "}")
        if not isinstance(told, dict):
            raise JudgeFailed(NO_JSON, " ".join(text.split())[:60])
        try:
            return shape.model_validate(told)  # type: ignore[no-any-return]
        except ValueError:
            raise JudgeFailed(OTHER_SHAPE, " ".join(text.split())[:60]) from None

    def close(self) -> None:
        """Let go of the engine."""
        self._engines.close()


def open_judge(settings: Settings, name: str, option: str = "--judge") -> Judge:
    """Take an engine of the assistant to judge or to write; raises InputError for none usable."""
    engines = Engines(settings)
    state = engines.chosen(name)
    if state.name == EXTRACTIVE:
        raise InputError(f"{option} {name}: only a language model can do this: `studypath models`")
    if not state.usable:
        raise InputError(f"{option} {name} is not usable: {state.why}")
    return Judge(engines, state)
