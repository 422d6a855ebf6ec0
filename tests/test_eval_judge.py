"""A language model as the judge: a reply is scored or counted as a failure, never zeroed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import BaseModel

from assistant.settings import Limits, Settings
from eval.figures import Figure
from eval.judge import NO_JSON, OTHER_SHAPE, SILENT, Judge, JudgeFailed, open_judge
from eval.judging import (
    BY,
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
from eval.ragas_scores import Sample, Scorer
from eval.suite import NOTES
from ingest.errors import InputError
from tests.model_server import ModelServer, hang, model_server, say, serving, status, vanish

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


def test_ragas_asks_our_engine(judge: Judge, model_server: ModelServer) -> None:
    pytest.importorskip("ragas", reason="the eval group is not installed")
    import asyncio

    import numpy as np

    from eval.judging import METRICS
    from eval.ragas_scores import judge_scorers

    scorers = judge_scorers(judge, lambda texts: np.ones((len(texts), 4), dtype=np.float32))
    assert tuple(scorers) == METRICS
    assert not set(scorers) & set(NO_JUDGE)
    told = {"statements": ["It lowers the loss.", "It is fast."]}
    verdicts = [
        {"statement": text, "reason": "r", "verdict": verdict}
        for text, verdict in zip(told["statements"], (1, 0), strict=True)
    ]
    model_server.script(say(json.dumps(told)), say(json.dumps({"statements": verdicts})))
    assert asyncio.run(scorers["faithfulness"](SAMPLE)) == pytest.approx(0.5)
