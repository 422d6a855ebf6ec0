"""Which spans are compared by meaning: those that an answer can open with, and nothing is lost."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.asked import Encode, Evidence, ask_for
from assistant.extractive import choose_quotes
from assistant.features import weight
from assistant.leads import EMBEDDED, Lead, by_meaning, leads_of, rank_spans, rough_spans, ways_in
from assistant.part import Part
from assistant.question import read_question
from assistant.weights import KIND_WEIGHTS
from tests.test_extractive import hits

PAGE = """# Gradient descent

Gradient descent is an iterative method that moves the parameters against the gradient of the loss.
It is used to train neural networks. This works because the gradient points uphill.

- Batch gradient descent reads all examples before each step.
- Stochastic gradient descent reads one example for each step.

## How gradient descent works

To take a step of gradient descent, three things are done:

1. Compute the gradient of the loss with respect to each parameter.
2. Multiply it by the learning rate.
3. Subtract the product from the parameter, and begin again.

## When to choose a learning rate

Should the learning rate be small? See the figure below for a sketch of gradient descent. Choose a
learning rate that is as large as the loss allows, since gradient descent then needs fewer steps.
"""
OTHER = """# Momentum

Momentum makes gradient descent faster, because steps in one direction add up. It keeps a mean of
past gradients. Unlike plain gradient descent, momentum passes small valleys of the loss.
"""
QUESTIONS = (
    "What is gradient descent?",
    "How does gradient descent work?",
    "Why does momentum help gradient descent?",
    "When should I choose a small learning rate?",
    "Which kinds of gradient descent are there?",
    "Is momentum faster than gradient descent?",
    "My loss jumps up and down for hours and never settles, so what could I set to another value?",
)


def encoder(seed: int, spread: float) -> Encode:
    """Give each text a unit vector of its own; the larger `spread`, the less alike they are."""

    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = []
        for text in texts:
            digest = hashlib.sha256(f"{seed} {text}".encode()).digest()
            chance = np.random.default_rng(int.from_bytes(digest[:8], "big"))
            row = np.ones(8) + spread * chance.normal(size=8)
            rows.append(row / np.linalg.norm(row))
        return np.asarray(rows, dtype=np.float32)

    return encode


def told(leads: Sequence[Lead]) -> list[tuple[str, tuple[str, ...], float, float]]:
    return [
        (
            lead.item.hit.id,
            tuple(s.text for s in lead.spans),
            round(lead.score, 4),  # of fewer rows a product is summed in another order
            round(lead.item.features["similarity"], 4),
        )
        for lead in leads
    ]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(QUESTIONS), st.integers(0, 999), st.sampled_from((0.1, 0.5, 1.0, 3.0)))
def test_sparing_spans_changes_no_lead(typed: str, seed: int, spread: float) -> None:
    question, found = read_question(typed), hits(PAGE, OTHER)
    encode = encoder(seed, spread)
    evidence = Evidence(found, lambda stem: 1.0 + len(stem) / 10, encode)
    asked = ask_for(question.parts[0], question, evidence)
    rough = rough_spans(asked, found)
    finer = [s for s in rough if s.candidate.span.kind not in ("code", "table")][:EMBEDDED]
    every = by_meaning(finer, rough, asked, encode)
    spared = rank_spans(asked, found, evidence)
    for way in ways_in(asked):
        kind = asked.part.kind
        leads = leads_of(every, asked, kind, way)
        assert told(leads_of(spared, asked, kind, way)) == told(leads)


def test_what_can_open_nothing_is_not_compared() -> None:
    compared: list[str] = []
    encode = encoder(1, 0.5)

    def noting(texts: Sequence[str]) -> NDArray[np.float32]:
        compared.extend(texts)
        return encode(texts)

    question = read_question("What is gradient descent?")
    evidence = Evidence(hits(PAGE, OTHER), lambda _: 1.0, noting)
    assert "moves the parameters" in choose_quotes(question, evidence)[0].spans[0].text
    said = "\n".join(compared)
    assert "Gradient descent is an iterative method" in said
    for no_lead in ("Should the learning rate be small?", "See the figure below"):
        assert no_lead in PAGE.replace("\n", " ")
        assert no_lead not in said


def test_both_sides_of_a_comparison_are_compared_as_before() -> None:
    part = Part("compare", "", "momentum or gradient descent", ("momentum", "gradient descent"))
    question = read_question("What is the difference between momentum and gradient descent?")
    found, encode = hits(PAGE, OTHER), encoder(2, 0.5)
    evidence = Evidence(found, lambda _: 1.0, encode)
    asked = ask_for(part, question, evidence)
    compared = [s for s in rank_spans(asked, found, evidence) if s.candidate.similarity]
    spoken = [
        s for s in rough_spans(asked, found) if s.candidate.span.kind not in ("code", "table")
    ]
    assert len(compared) == min(EMBEDDED, len(spoken)) > 5


@pytest.mark.parametrize("kind", ["", *KIND_WEIGHTS])
def test_a_span_gains_by_being_alike(kind: str) -> None:
    """Else what a span can reach at the most would not be what it reaches when it is most alike."""
    assert weight("similarity", kind) >= 0
