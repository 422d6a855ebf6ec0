"""Verdicts of whole answers: what is kept, flagged, left out, numbered anew."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, Citation, Sentence
from assistant.ask import Assistant
from assistant.entail import Nli, load_nli
from assistant.relevance import relevance
from assistant.retrieve import Hit
from assistant.settings import Settings
from assistant.support import squeezed, support, support_quote, unmarked
from assistant.verify import is_frame, renumbered, resolved, steps_renumbered, verify
from ingest.build import BuildOptions, build_library
from ingest.embed import MODEL
from ingest.errors import InputError
from ingest.library import Entry
from ingest.split import Passage

DROPOUT = (
    "Dropout sets random activations to zero during training, usually 20% to 50% of them."
    " At inference dropout is switched off. Dropout is not used in the output layer."
)
PENALTY = (
    "L2 regularization adds the sum of squared weights to the loss.\n\n"
    "```python\nmodel.fit(X, y)\nprint(model.score(X, y))\n```\n"
)
TEXTS = {"dropout": DROPOUT, "penalty": PENALTY}


def cited(n: int, passage_id: str) -> Citation:
    text = TEXTS[passage_id]
    return Citation(
        n, passage_id, text[:40], "Regularization", "note", "u", "u", (), "Month 1", 0, 40,
        "page", "",
    )  # fmt: skip


def written(*sentences: Sentence, question: str = "How does dropout work?") -> Answer:
    citations = (cited(1, "dropout"), cited(2, "penalty"), cited(3, "dropout"))
    return Answer(question, sentences, citations, engine="written")


def verdicts(answer: Answer) -> list[str]:
    return [s.verdict for s in answer.sentences]


# ── support ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "sentence",
    [
        "At inference dropout is switched off.",
        "- At inference **dropout** is switched off. [1]",
        "at  inference\ndropout is switched off",
    ],
)
def test_a_quotation_is_supported_by_its_own_words(sentence: str) -> None:
    found = support(sentence, ["Nothing of the kind.", DROPOUT])
    assert (found.verdict, found.score, found.source) == ("supported", 1.0, 1)
    assert found.quote == "At inference dropout is switched off."


def test_a_sentence_without_its_not_is_no_quotation() -> None:
    assert support("Dropout is used in the output layer.", [DROPOUT]).verdict == "unsupported"
    # The words stand there, but the sentence goes on.
    assert support("Dropout is not used", [DROPOUT]).score < 1


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Dropout sets 80% of the activations to zero.", "80%"),
        ("PyTorch sets random activations to zero during training.", "PyTorch"),
        ("At inference dropout is switched on, never off.", "never"),
    ],
)
def test_the_reason_names_what_is_not_said(sentence: str, why: str) -> None:
    found = support(sentence, [DROPOUT])
    assert found.verdict == "unsupported"
    assert why in found.why


def test_without_words_or_quotes_nothing_is_supported() -> None:
    for sentence, quotes in (("", [DROPOUT]), ("…", [DROPOUT]), ("Dropout is off.", [])):
        assert support(sentence, quotes).verdict == "unsupported"


@given(st.text(max_size=60), st.lists(st.text(max_size=80), max_size=3))
def test_any_text_gets_a_verdict_and_a_verbatim_quote(sentence: str, quotes: list[str]) -> None:
    found = support(sentence, quotes)
    assert 0 <= found.score <= 1
    assert not found.quote or found.quote in quotes[found.source]


def test_code_is_supported_line_by_line() -> None:
    shown = Sentence("```py\nmodel.fit(X, y)\nprint( model.score(X, y) )\n```", (2,), block=True)
    half = Sentence("```\nmodel.fit(X, y)\nos.remove(path)\n```", (2,), block=True)
    none = Sentence("```\nos.remove(path)\n```", (2,), block=True)
    flagged = verify(written(shown, half, none), TEXTS.get, policy="flag")
    assert verdicts(flagged) == ["supported", "weak", "unsupported"]


def test_where_in_a_passage_the_support_stands() -> None:
    passage = Passage("p", "d", 0, DROPOUT, 0, len(DROPOUT), ("Dropout",), None, "", 40)
    hit = Hit(Entry(passage, "t", "note", "u", "", ()), 1.0, ("bm25",), 0.0, 0.0)
    start, end = support_quote("It is turned off at inference time.", hit)
    assert DROPOUT[start:end] == "At inference dropout is switched off."


class Entailing:
    """A language-inference model that always says the same."""

    def __init__(self, *logits: float) -> None:
        self.logits = logits

    def predict(self, pairs: list[tuple[str, str]]) -> Any:
        return np.array([self.logits] * len(pairs))


def test_a_language_inference_model_has_its_say() -> None:
    column = {"contradiction": 0, "entailment": 1, "neutral": 2}
    claim = "During training some activations become zero by dropout."
    plain = support(claim, [DROPOUT]).score
    assert support(claim, [DROPOUT], nli=Nli(Entailing(-5, 9, -5), column)).score > plain
    assert support(claim, [DROPOUT], nli=Nli(Entailing(9, -5, -5), column)).score < plain


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no model"):
        load_nli(tmp_path)


# ── relevance ───────────────────────────────────────────────────────────────────────────────────


def test_relevance_tells_an_answer_from_what_stands_beside_it() -> None:
    question = "What is dropout?"
    answers = relevance("Dropout is the random zeroing of activations in training.", question)
    beside = relevance("A learning rate of 0.1 is a common start.", question)
    assert answers > 0.7 > 0.2 > beside
    assert relevance("It zeroes random activations.", question, context="Dropout") > beside
    assert relevance("Anything.", "???") == 0.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_relevance_is_a_share(sentence: str, question: str) -> None:
    assert 0 <= relevance(sentence, question) <= 1


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


def test_unsupported_sentences_are_left_out_and_said_so() -> None:
    answer = written(
        Sentence("Dropout was invented by two sisters in 1890.", (1,)),
        Sentence("L2 regularization adds the sum of squared weights to the loss.", (2,)),
        Sentence("At inference dropout is switched off.", (3,)),
    )
    kept = verify(answer, TEXTS.get)
    assert [s.citations for s in kept.sentences] == [(1,), (2,)]
    assert [(c.n, c.passage_id) for c in kept.citations] == [(1, "penalty"), (2, "dropout")]
    assert "left out one sentence" in kept.message
    flagged = verify(answer, TEXTS.get, policy="flag")
    assert verdicts(flagged) == ["unsupported", "supported", "supported"]
    assert flagged.citations == answer.citations


def test_an_answer_with_nothing_left_is_a_refusal() -> None:
    answer = written(Sentence("## Dropout", ()), Sentence("Cats sleep a lot.", (1,)))
    refused = verify(answer, TEXTS.get)
    assert (refused.refused, refused.reason) == (True, "not_covered")
    assert refused.message
    assert not refused.sentences
    assert not refused.citations
    assert verify(refused, TEXTS.get) == refused


def test_headings_and_lead_ins_stand_with_what_they_announce() -> None:
    answer = written(
        Sentence("## Dropout", ()),
        Sentence("Two things matter:", ()),
        Sentence("1. Dropout costs 99 euros.", (1,), block=True),
        Sentence("2. At inference dropout is switched off.", (1,), block=True),
        Sentence("## Prices", ()),
        Sentence("It costs 99 euros.", (1,)),
    )
    kept = verify(answer, TEXTS.get)
    assert [s.text for s in kept.sentences] == [
        "## Dropout",
        "Two things matter:",
        "1. At inference dropout is switched off.",
    ]
    assert "2 sentences" in kept.message


def test_a_sentence_without_a_number_gets_that_of_the_passage_that_says_it() -> None:
    answer = written(
        Sentence("L2 regularization adds the sum of squared weights to the loss.", ()),
        Sentence("Everyone likes it.", ()),
    )
    flagged = verify(answer, TEXTS.get, policy="flag")
    assert [s.citations for s in flagged.sentences] == [(2,), ()]
    assert verdicts(flagged) == ["supported", "unsupported"]


def test_a_passage_that_is_gone_leaves_its_quote() -> None:
    answer = written(Sentence(f"{DROPOUT[:40]}", (1,)))
    assert verdicts(verify(answer, {}.get)) == ["supported"]


def test_rows_of_a_table_are_judged_one_by_one() -> None:
    table = "| Thing | When |\n|---|---|\n| At inference dropout is switched off | |\n| Cats | 9 |"
    flagged = verify(written(Sentence(table, (1,), block=True)), TEXTS.get, policy="flag")
    assert verdicts(flagged) == ["weak"]


def test_what_states_nothing() -> None:
    for text in ("## Steps", "**In short**", "There are three steps:", "…"):
        assert is_frame(Sentence(text, ()))
    for text in ("Dropout zeroes activations.", "```\nx = 1\n```", "- Dropout is off."):
        assert not is_frame(Sentence(text, ()))


def test_a_pronoun_means_what_was_asked_about() -> None:
    assert resolved("It is switched off.", "dropout") == "dropout is switched off."
    assert resolved("2. They vanish.", "gradients") == "2. gradients vanish."
    assert resolved("Iterations help.", "dropout") == "Iterations help."
    assert resolved("It is off.", "") == "It is off."


NUMBERS = st.lists(st.integers(1, 6), max_size=4).map(tuple)


@given(st.lists(NUMBERS, max_size=6), st.sets(st.integers(1, 6)))
def test_numbers_have_no_hole_and_none_dangles(
    used: list[tuple[int, ...]], known: set[int]
) -> None:
    citations = [Citation(n, f"p{n}", "q", "t", "note", "u", "u", (), "", 0, 1, "page", "")
                 for n in sorted(known)]  # fmt: skip
    sentences = [Sentence(f"s{i}", numbers) for i, numbers in enumerate(used)]
    new, kept = renumbered(sentences, citations)
    assert [c.n for c in kept] == list(range(1, len(kept) + 1))
    assert {n for s in new for n in s.citations} == {c.n for c in kept}
    passages = {c.n: c.passage_id for c in kept}
    for before, after in zip(sentences, new, strict=True):
        meant = dict.fromkeys(f"p{n}" for n in before.citations if n in known)
        assert [passages[n] for n in after.citations] == list(meant)
    seen = [n for s in new for n in s.citations]
    assert list(dict.fromkeys(seen)) == sorted(set(seen))


@given(st.lists(st.sampled_from(["step", "prose"]), max_size=8), st.integers(1, 30))
def test_steps_count_without_holes(shape: list[str], first: int) -> None:
    texts = [f"{first + 2 * i}. Do it." if s == "step" else "Prose." for i, s in enumerate(shape)]
    expected = 0
    for sentence in steps_renumbered([Sentence(t, ()) for t in texts]):
        expected = expected + 1 if sentence.text != "Prose." else 0
        assert sentence.text == (f"{expected}. Do it." if expected else "Prose.")


# ── the extractive engine ───────────────────────────────────────────────────────────────────────

QUESTIONS = (
    "What is overfitting?",
    "How does HNSW search work?",
    "Difference between precision and recall",
    "When should I use target encoding?",
    "Why does dropout help?",
    "How do I write a Dockerfile for a model?",
    "What is a circuit breaker?",
    "Show code for cross-validation",
    "Where do I learn about transformers?",
)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """Return an assistant over what ships; the home is shared by the test modules of a session."""
    home = tmp_path_factory.getbasetemp() / "shipped"
    cache = Path(os.environ.get("STUDYPATH_CACHE", home.parent / "cache"))
    if not home.exists():
        build_library(home, BuildOptions(MODEL, cache, offline=True), lambda _: None)
    return Assistant(Settings(home=home, cache=cache))


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_extractive_sentence_is_its_own_quote(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert not answer.refused
    quotes = {c.n: c.quote for c in answer.citations}
    on_path = all(c.kind == "path" or "path" in c.passage_id for c in answer.citations)
    for sentence in answer.sentences:
        assert sentence.verdict == "supported"
        assert 0 < sentence.relevance <= 1
        cited_quotes = [quotes[n] for n in sentence.citations]
        if question.startswith("Where") or on_path:
            continue  # put together from lines of the path
        words = squeezed(unmarked(sentence.text))
        assert any(words in squeezed(quote) for quote in cited_quotes)
        if not sentence.block:
            assert support(sentence.text, cited_quotes).verdict == "supported"


def test_verdicts_of_quotations_cost_nothing(assistant: Assistant) -> None:
    times = sorted(assistant.ask(q).timings.verify for q in QUESTIONS[:5] for _ in range(2))
    assert 0 < times[0] < 5
