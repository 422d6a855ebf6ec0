"""The labelled claims, the fit, the thresholds: what the verdict's figures stand on."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corpus
from assistant.support import FITTED, Thresholds, models, support, verdict_of
from eval.claims import LABELS, Claim, load_claims, note_paragraphs, rarity
from eval.grounding import (
    FALSE_DROPPED,
    FALSE_SUPPORTED,
    Scored,
    by_kind,
    choose_thresholds,
    curve,
    features_of,
    fitted,
    out_of_fold,
    summary,
)
from eval.roc import roc_points, roc_svg
from eval.signed_fit import area, fit
from ingest.errors import InputError


def claim(label: str, n: int = 0) -> Claim:
    return Claim(n, f"note{n % 7}", "dev", "A quote.", label, "kind", f"Sentence {n}.")


def test_every_quote_stands_in_its_note_and_both_splits_have_all_labels() -> None:
    claims = load_claims()
    notes = {path.stem: " ".join(path.read_text("utf-8").split()) for path in corpus.notes()}
    assert len(claims) >= 300
    assert all(c.quote in notes[c.note] for c in claims)
    assert {(c.split, c.label) for c in claims} == {(s, x) for s in ("dev", "test") for x in LABELS}
    assert len({(c.quote, c.sentence) for c in claims}) == len(claims)
    assert not {c.quote for c in claims if c.split == "dev"} & {
        c.quote for c in claims if c.split == "test"
    }


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('[maybe, paraphrase, "x"]', "'maybe'"),
        ('[supported, negated, "x"]', "'negated'"),
        ('[supported, "x"]', "a claim is"),
    ],
)
def test_a_wrong_claim_is_named(tmp_path: Path, row: str, problem: str) -> None:
    file = tmp_path / "claims.yaml"
    file.write_text(f"- note: n\n  split: dev\n  quote: Q\n  claims:\n    - {row}\n", "utf-8")
    with pytest.raises(InputError, match=problem):
        load_claims(file)


def test_the_committed_models_keep_their_signs_and_thresholds() -> None:
    assert json.loads(FITTED.read_text("utf-8")).keys() == {"by_meaning", "by_words"}
    for model in models().values():
        assert 0 < model.thresholds.weak < model.thresholds.supported < 1
        assert model.weights["grave"] < 0 < model.weights["kin"]


def test_words_alone_keep_the_promise_on_the_claims() -> None:
    idf = rarity(note_paragraphs(corpus.notes()))
    claims = [c for c in load_claims() if c.label == "unsupported"]
    passed = [c for c in claims if support(c.sentence, [c.quote], idf=idf).verdict == "supported"]
    assert len(passed) <= 0.05 * len(claims)


@given(st.lists(st.floats(0, 1), min_size=5, max_size=40), st.lists(st.floats(0, 1), min_size=5))
def test_the_thresholds_keep_their_promises(bad: list[float], good: list[float]) -> None:
    found = [Scored(claim("unsupported"), s) for s in bad]
    found += [Scored(claim("supported"), s) for s in good]
    chosen = choose_thresholds(found)
    assert chosen.weak <= chosen.supported
    if chosen.supported < 1:
        passed = sum(verdict_of(s, chosen) == "supported" for s in bad)
        assert passed <= FALSE_SUPPORTED * len(bad)
    dropped = sum(verdict_of(s, chosen) == "unsupported" for s in good)
    assert dropped <= FALSE_DROPPED * len(good) or chosen.weak < chosen.supported


def test_a_fit_finds_what_tells_and_keeps_signs() -> None:
    described = [{"a": x / 20, "b": (x * 7 % 20) / 20} for x in range(20)]
    bias, weights = fit(described, [float(x >= 10) for x in range(20)], ["a"], ["b"], 0.001)
    assert weights["a"] > 1
    assert weights.get("b", 0.0) <= 0
    assert bias < 0
    _, turned = fit(described, [float(x < 10) for x in range(20)], ["a"], ["b"], 0.001)
    assert "a" not in turned  # it would have to speak against


def test_area_and_curve() -> None:
    assert area([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert area([0.5], [0.5]) == 0.5
    points = roc_points([0.9, 0.4], [0.5, 0.1])
    assert points[0] == (0.0, 0.0)
    assert points[-1] == (1.0, 1.0)
    assert (0.0, 0.5) in points
    assert roc_svg({"one": ([0.9], [0.1])}, "x", "y").count("<polyline") == 1


def test_scores_out_of_fold_come_from_other_notes() -> None:
    # Each note is its own giveaway: a model that saw the note would know the label.
    claims = [claim("supported" if n % 2 else "unsupported", n) for n in range(28)]
    described = [{"coverage": float(n % 2)} for n in range(28)]
    found = out_of_fold(described, claims)
    assert all((s.score > 0.5) == (s.claim.label == "supported") for s in found)
    assert fitted(described, claims).weights["coverage"] > 0


def test_figures_are_counted() -> None:
    found = [
        Scored(claim("supported"), 0.9),
        Scored(claim("weak"), 0.5),
        Scored(claim("unsupported"), 0.95),
        Scored(claim("unsupported"), 0.1),
    ]
    bars = Thresholds(0.8, 0.4)
    assert summary("m", found, bars) == "| m | 0.500 | 0.750 | 1/2 | 1/1 | 0/1 | 1/2 | 0/1 |"
    assert "| unsupported | kind | 2 | 1 | 1 |" in by_kind(found, bars)
    assert "| 0.8 | 1.000 | 0.500 | 0.000 | 0.500 |" in curve(found)


def test_every_claim_is_described_by_features_of_0_to_1() -> None:
    claims = load_claims()[:20]
    for named in features_of(claims, None, rarity(["a text"])):
        assert all(0 <= value <= 1 for value in named.values())
