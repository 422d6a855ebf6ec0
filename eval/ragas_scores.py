"""RAGAS, without a language model and with one as the judge (the door of ragas).

Es et al., "RAGAS: Automated Evaluation of Retrieval Augmented Generation", 2023. Refusals and
answers without what a metric needs are left out, never scored 0 or 1.
"""

import importlib.util
import logging
import math
import os
import re
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from assistant.asked import Encode
from eval.figures import Figure, figure
from eval.judge import Judge, JudgeFailed
from ingest.errors import ModelMissing

BY = "ragas"
CURE = "ragas is not installed: run `pip install 'studypath[eval]'`"
SPAN_WORDS = 3  # a shorter quotation is not looked for

BY_ID = ("id_based_context_precision", "id_based_context_recall")
BY_TEXT = ("non_llm_context_precision_with_reference", "non_llm_context_recall")
BY_REFERENCE = ("semantic_similarity", "rouge_score", "non_llm_string_similarity")
SPANS = "quoted_spans_alignment"
METRICS = (*BY_ID, *BY_TEXT, *BY_REFERENCE, SPANS)


@dataclass(frozen=True, slots=True)
class Sample:
    """One answered question as RAGAS sees it.

    `contexts` are the passages found, by `context_ids`, `expected` the passages that answer, by
    `expected_ids`; `cited` the passages that the answer cites and `quotes` what it quotes of them.
    """

    id: str
    question: str
    answer: str
    reference: str
    contexts: tuple[str, ...]
    context_ids: tuple[str, ...]
    expected: tuple[str, ...]
    expected_ids: tuple[str, ...]
    cited: tuple[str, ...]
    quotes: tuple[str, ...]

    @property
    def spans(self) -> tuple[str, ...]:
        """What the answer quotes, long enough to be looked for, without quotation marks in it."""
        bare = (quote.translate(MARKS) for quote in self.quotes)
        return tuple(span for span in bare if len(span.split()) >= SPAN_WORDS)

    @property
    def quoted(self) -> str:
        """The answer with what it cites in quotation marks."""
        return "\n".join(f'"{span}"' for span in self.spans)


@dataclass(frozen=True, slots=True)
class Made:
    """A question that RAGAS had written, with the answer expected and the passages behind it."""

    question: str
    reference: str
    contexts: tuple[str, ...]
    kind: str


MARKS = str.maketrans(dict.fromkeys('"“”„«»', " "))
Scorer = Callable[[Sample], Awaitable[float]]


def applies(metric: str, sample: Sample) -> bool:
    """Say whether a sample holds what a metric needs."""
    if metric in BY_ID or metric in BY_TEXT:
        return bool(sample.expected_ids and sample.context_ids)
    if metric in BY_REFERENCE:
        return bool(sample.reference and sample.answer)
    return bool(sample.spans)


def why_not(metric: str) -> str:
    """Say what is missing when a metric applies to nothing."""
    if metric in BY_REFERENCE:
        return "no question has a written reference answer"
    return "no answer quotes anything" if metric == SPANS else "no question has passages expected"


def score_all(
    samples: Sequence[Sample], encode: Encode
) -> Mapping[str, Mapping[str, float]] | None:
    """Score samples by every metric as metric -> question -> value; None without ragas."""
    import asyncio

    scorers = no_judge_scorers(encode)
    if scorers is None:
        return None

    async def score() -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {name: {} for name in METRICS}
        for sample in samples:
            for name in METRICS:
                if applies(name, sample):
                    value = await scorers[name](sample)
                    if math.isfinite(value):
                        found[name][sample.id] = value
        return found

    return asyncio.run(score())


def figures_of(scores: Mapping[str, Mapping[str, float]] | None, mode: str) -> list[Figure]:
    """Average every metric; one that applies to nothing says why."""
    found = []
    for name in METRICS:
        values = list((scores or {}).get(name, {}).values())
        why = CURE if scores is None else why_not(name)
        found.append(figure(name, mode, values, BY, "", why))
    return found


def spans_figure(samples: Sequence[Sample], mode: str) -> Figure:
    """Count what was quoted, to be read beside the alignment of it."""
    return figure("quoted_spans", mode, [float(len(s.spans)) for s in samples if s.spans], BY)


# ── the door ────────────────────────────────────────────────────────────────────────────────────


def must_be_installed() -> None:
    """Raise ModelMissing when ragas is not there, before anything is asked."""
    if importlib.util.find_spec("ragas") is None:
        raise ModelMissing(CURE)


@contextmanager
def imported() -> Iterator[None]:
    """Take names from ragas, which reports nothing home; raises ModelMissing without it."""
    os.environ.setdefault("RAGAS_DO_NOT_TRACK", "true")
    try:
        # Its deprecation warnings name a class that does not exist.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ImportError as error:
        raise ModelMissing(CURE) from error


def no_judge_scorers(encode: Encode) -> Mapping[str, Scorer] | None:
    """Make ragas' metrics that need no language model; None when ragas is not installed."""
    try:
        with imported():
            from ragas import SingleTurnSample
            from ragas.metrics import (
                IDBasedContextPrecision,
                IDBasedContextRecall,
                NonLLMContextPrecisionWithReference,
                NonLLMContextRecall,
            )
            from ragas.metrics.collections import (
                NonLLMStringSimilarity,
                QuotedSpansAlignment,
                RougeScore,
                SemanticSimilarity,
            )
    except ModelMissing:
        return None

    aligned = QuotedSpansAlignment(min_span_words=SPAN_WORDS)

    async def alignment(sample: Sample) -> float:
        found = await aligned.ascore(response=sample.quoted, retrieved_contexts=list(sample.cited))
        return float(found.value)

    return {
        BY_ID[0]: by_sample(IDBasedContextPrecision(), SingleTurnSample),
        BY_ID[1]: by_sample(IDBasedContextRecall(), SingleTurnSample),
        BY_TEXT[0]: by_sample(NonLLMContextPrecisionWithReference(), SingleTurnSample),
        BY_TEXT[1]: by_sample(NonLLMContextRecall(), SingleTurnSample),
        BY_REFERENCE[0]: by_reference(SemanticSimilarity(embeddings=local_embeddings(encode))),
        BY_REFERENCE[1]: by_reference(RougeScore()),
        BY_REFERENCE[2]: by_reference(NonLLMStringSimilarity()),
        SPANS: alignment,
    }


def by_sample(metric: Any, made: Any) -> Scorer:
    """Score by a metric that takes a sample of ragas; `made` makes one."""

    async def score(sample: Sample) -> float:
        given = made(
            user_input=sample.question,
            response=sample.answer,
            retrieved_contexts=list(sample.contexts),
            reference_contexts=list(sample.expected),
            retrieved_context_ids=list(sample.context_ids),
            reference_context_ids=list(sample.expected_ids),
        )
        return float(await metric.single_turn_ascore(given))

    return score


def by_reference(metric: Any) -> Scorer:
    """Score by a metric that holds an answer against its reference."""

    async def score(sample: Sample) -> float:
        found = await metric.ascore(reference=sample.reference, response=sample.answer)
        return float(found.value)

    return score


def judge_scorers(judge: Judge, encode: Encode) -> Mapping[str, Scorer]:
    """Make ragas' metrics that need a judge; raises ModelMissing when ragas is not installed."""
    with imported():
        from ragas.metrics.collections import (
            AnswerRelevancy,
            ContextPrecision,
            ContextRecall,
            FactualCorrectness,
            Faithfulness,
            NoiseSensitivity,
        )
    llm = our_llm(judge)

    def made(metric: Any, *names: str) -> Scorer:
        async def score(sample: Sample) -> float:
            given = {
                "user_input": sample.question,
                "response": sample.answer,
                "reference": sample.reference,
                "retrieved_contexts": list(sample.contexts),
            }
            found = await metric.ascore(**{name: given[name] for name in names})
            return float(found.value)

        return score

    asked, said, known, contexts = "user_input", "response", "reference", "retrieved_contexts"
    return {
        "faithfulness": made(Faithfulness(llm=llm), asked, said, contexts),
        "answer_relevancy": made(
            AnswerRelevancy(llm=llm, embeddings=local_embeddings(encode)), asked, said
        ),
        "context_precision": made(ContextPrecision(llm=llm), asked, known, contexts),
        "context_recall": made(ContextRecall(llm=llm), asked, contexts, known),
        "factual_correctness": made(FactualCorrectness(llm=llm), said, known),
        "noise_sensitivity": made(NoiseSensitivity(llm=llm), asked, said, known, contexts),
    }


def written_by(
    writer: Judge, passages: Sequence[str], count: int, encode: Encode
) -> tuple[Made, ...]:
    """Have questions about passages written, by RAGAS' own prompts; what failed is left out.

    Raises ModelMissing without ragas, and JudgeFailed when nothing came of it.
    """
    with imported():
        from ragas.run_config import RunConfig
        from ragas.testset import TestsetGenerator
        from ragas.testset.persona import Persona
    logging.getLogger("ragas").addHandler(logging.NullHandler())  # what fails is counted by us
    readers = [Persona(name=name, role_description=told) for name, told in READERS]
    llm = our_llm(writer)
    generator = TestsetGenerator(
        llm=llm, embedding_model=local_embeddings(encode), persona_list=readers
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # As a testset, one question that failed would fail all of them.
            under_way: Any = generator.generate_with_chunks(
                list(passages),
                count,
                transforms=steps_before(llm),
                run_config=RunConfig(max_workers=1, max_retries=1),
                raise_exceptions=False,
                return_executor=True,
            )
            found = under_way.results()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise JudgeFailed("nothing to write questions from", str(error)[:200]) from error
    made = [made_of(one) for one in found if getattr(one, "user_input", "")]
    if not made:
        raise JudgeFailed("no question that could be used")
    return tuple(made)


def steps_before(llm: Any) -> list[Any]:
    """Have ragas find themes and names in passages, and which passages share names.

    Its own steps also summarise every passage, which nothing here needs, and count tokens with a
    vocabulary that they fetch from the web.
    """
    from ragas.testset.transforms import Parallel
    from ragas.testset.transforms.extractors.llm_based import NERExtractor, ThemesExtractor
    from ragas.testset.transforms.relationship_builders import OverlapScoreBuilder
    from ragas.tokenizers import BaseTokenizer

    class Letters(BaseTokenizer):  # type: ignore[misc, unused-ignore]
        def encode(self, text: str) -> list[int]:
            return [ord(letter) for letter in text]

        def decode(self, tokens: list[int]) -> str:
            return "".join(map(chr, tokens))

    letters = Letters()  # passages are far below any limit: they stay whole
    names = NERExtractor(llm=llm, tokenizer=letters)
    themes = ThemesExtractor(llm=llm, tokenizer=letters)
    return [Parallel(themes, names), OverlapScoreBuilder(threshold=0.01)]


READERS = (
    ("Beginner", "Studies this material for the first time and asks what things are and why."),
    ("Practitioner", "Builds something with it and asks how it is done and what to watch for."),
)


def made_of(sample: Any) -> Made:
    """Take a question out of a sample of ragas."""
    texts = (sample.user_input, sample.reference)
    question, reference = (" ".join(str(text or "").split()) for text in texts)
    # Where there are several, ragas writes a mark before each.
    contexts = tuple(HOP.sub("", text) for text in sample.reference_contexts or ())
    kind = "multi-hop" if len(contexts) > 1 else "one passage"
    return Made(question, reference, contexts, kind)


HOP = re.compile(r"\A<\d+-hop>\s*")


def our_llm(judge: Judge) -> Any:
    """Let ragas ask an engine of the assistant."""
    from ragas.llms.base import InstructorBaseRagasLLM

    class Asked(InstructorBaseRagasLLM):  # type: ignore[misc, unused-ignore]
        is_async = True

        def generate(self, prompt: str, response_model: Any) -> Any:
            return judge.ask(prompt, response_model)

        async def agenerate(self, prompt: str, response_model: Any) -> Any:
            return judge.ask(prompt, response_model)

    return Asked()


def local_embeddings(encode: Encode) -> Any:
    """Let ragas embed by our own model."""
    from ragas.embeddings.base import BaseRagasEmbedding

    class LocalEmbeddings(BaseRagasEmbedding):  # type: ignore[misc, unused-ignore]
        def embed_text(self, text: str, **_: Any) -> list[float]:
            return [float(value) for value in encode([text])[0]]

        async def aembed_text(self, text: str, **_: Any) -> list[float]:
            return self.embed_text(text)

    return LocalEmbeddings()
