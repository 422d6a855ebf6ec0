"""The decision to refuse: its questions, the fit on made-up data, and floors on our own notes."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.judge import weights
from assistant.settings import Settings
from assistant.signals import SIGNALS
from corpus import learning_path
from eval.fusion import DEV
from eval.logistic import auc, choose_ridge, fit, folds, held_out
from eval.questions import load
from eval.refusal import WAYS, by_cover, cases_of, fitted, former, judged
from eval.refusal_cases import LONG, REFUSALS, SITUATED, Case, gather, learners_questions
from eval.refusal_fit import (
    ANSWER,
    ANSWER_BY_KNOWN,
    ANSWER_BY_WORDS,
    BY_MEANING,
    OFF_PATH,
    OFF_PATH_BY_WORDS,
    data_of,
    nested,
    zero_line,
)
from eval.refusal_report import curve, curve_table, draw, outcomes_table, sets_table
from ingest.build import BuildOptions, build_library
from ingest.curriculum import parse
from ingest.embed import MODEL

# ── the questions ───────────────────────────────────────────────────────────────────────────────


def test_the_questions_are_many_and_a_fourth_is_kept_apart() -> None:
    sections = {
        section.id for section in parse(learning_path().read_text(encoding="utf-8")).sections
    }
    questions = load(REFUSALS, sections)
    everything = [*load(DEV), *questions, *load(SITUATED), *load(LONG)]
    ids = [q.id for q in (*everything, *learners_questions())]
    assert len(set(ids)) == len(ids)
    assert len({q.question.lower().strip("?. ") for q in everything}) == len(everything)
    count = Counter((q.group, q.split) for q in questions)
    for group, least in (("off_path", 60), ("not_covered", 100), ("note", 60)):
        dev, test = count[group, "dev"], count[group, "test"]
        assert dev + test >= least
        assert 0.25 <= test / (dev + test) <= 0.65
    assert len({q.type for q in questions if q.refuse == "not_covered"}) >= 6


# ── the fit ─────────────────────────────────────────────────────────────────────────────────────


def made_up(seed: int, count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Rows of two telling columns, up and down, and one of noise, with their labels."""
    random = np.random.default_rng(seed)
    labels = (random.random(count) > 0.4).astype(float)
    noise = random.normal(size=(count, 3))
    return np.column_stack([labels, -labels, np.zeros(count)]) + noise, labels


def test_a_fit_finds_what_tells_and_which_way() -> None:
    rows, labels = made_up(1)
    model = fit(rows, labels, np.ones(len(rows)), [0, 0, 0], 0.001)
    up, down, noise = model.weights
    assert up > 0.5
    assert down < -0.5
    assert abs(noise) < 0.3
    assert auc(model.scores(rows), labels) > 0.8  # 0.84 is the most these rows allow


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=3, max_size=3), st.integers(0, 5))
def test_weights_keep_their_sign(signs: list[int], seed: int) -> None:
    rows, labels = made_up(seed, 60)
    model = fit(rows, labels, np.ones(len(rows)), signs, 0.001)
    assert all(weight * sign >= 0 for weight, sign in zip(model.weights, signs, strict=True))
    assert np.isfinite(model.scores(rows)).all()


@settings(deadline=None)
@given(st.lists(st.sampled_from("abcdefghij"), min_size=10, max_size=60), st.integers(2, 5))
def test_a_group_is_in_one_fold_and_folds_are_alike(groups: list[str], count: int) -> None:
    fold = folds(groups, count)
    assert all(len(set(fold[np.array(groups) == g])) == 1 for g in set(groups))
    assert set(fold) <= set(range(count))
    assert (fold == folds(groups, count)).all()
    sizes = np.bincount(fold, minlength=count)
    assert sizes.max() - sizes.min() <= max(Counter(groups).values())


def test_what_cannot_be_told_is_not_told() -> None:
    random = np.random.default_rng(3)
    rows, labels = random.normal(size=(200, 12)), (random.random(200) > 0.5).astype(float)
    worth, fold = np.ones(200), folds([str(n // 2) for n in range(200)], 5)
    ridge = choose_ridge(rows, labels, worth, fold, [0] * 12, [0.001, 0.1])
    scores = held_out(rows, labels, worth, fold, lambda r, t, w, _: fit(r, t, w, [0] * 12, ridge))
    assert 0.3 < auc(scores, labels) < 0.7
    seen = fit(rows, labels, worth, [0] * 12, 0.0)
    assert auc(seen.scores(rows), labels) > auc(scores, labels)  # what nesting guards against


def case(number: int, outcome: str, home: str, near: float) -> Case:
    signals = dict.fromkeys(SIGNALS, 0.5) | {"near": near, "nearest": near, "coverage": near}
    signals |= {"found": 1.0, "by_meaning": 1.0, "by_known": 1.0, "size": float(home == "full")}
    return Case(
        f"q{number}", "?", home, outcome, "dev", f"s{number // 2}", signals, True, True, False, ""
    )


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    random = np.random.default_rng(0)
    middles = {"answered": 0.7, "not_covered": 0.45, "off_path": 0.2}
    return [
        case(
            n,
            outcome,
            home,
            float(np.clip(random.normal(middle + 0.1 * (home == "full"), 0.1), 0, 1)),
        )
        for home in ("full", "notes")
        for n, (outcome, middle) in enumerate(list(middles.items()) * 30)
    ]


def test_both_homes_answer_the_share_that_is_asked_for(cases: list[Case]) -> None:
    data = data_of(cases, list(ANSWER), "answered")
    for home in ("full", "notes"):
        worth = data.worth[data.homes == home]
        sides = data.labels[data.homes == home]
        assert worth[sides == 1].sum() == pytest.approx(worth[sides == 0].sum())
    slope, zero = zero_line(data.rows[:, 0], data, (0.9, 0.9))
    for home in ("full", "notes"):
        mine = (data.homes == home) & (data.labels == 1)
        cut = zero + slope * data.rows[mine, -1]
        assert (data.rows[mine, 0] >= cut).mean() == pytest.approx(0.9, abs=0.04)
    odds = nested(data, list(ANSWER.values()), (0.9, 0.9))
    assert auc(odds, data.labels) > 0.9


def test_the_report_counts_what_was_said(cases: list[Case], tmp_path: Path) -> None:
    said = [c.outcome for c in cases]
    table = outcomes_table(cases, said)
    assert "1.000 (30/30) | 1.000 (30/30)" in table
    wrong = outcomes_table(cases, ["answered"] * len(cases))
    assert "| off_path questions refused | 0.000 (0/30) | 0.000 (0/30) |" in wrong
    near = np.array([c.signals["near"] for c in cases])
    points = curve(cases, near, "full")
    assert [p[0] for p in points] == sorted((p[0] for p in points), reverse=True)
    assert all(0 <= value <= 1 for p in points for value in p)
    assert "| 0.95 |" in curve_table(cases, {"near": near}, "full")
    draw(cases, {"near": near, "model": near - 0.5}, "model", tmp_path / "one.svg")
    draw(cases, {"near": near, "model": near - 0.5}, "model", tmp_path / "two.svg")
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert {former(c) for c in cases} == {True, False}


def test_each_set_of_questions_is_counted_alone(cases: list[Case]) -> None:
    some = [replace(c, id=f"{'long' if n % 2 else 'other'}-{n}") for n, c in enumerate(cases)]
    table = sets_table(some, ["answered"] * len(some))
    assert [line.split(" | ")[0].strip("| ") for line in table.splitlines()[2:]] == [
        f"{name}: {outcome}"
        for name in ("long", "plain")
        for outcome in ("answered", "not_covered", "off_path")
    ]
    assert "| long: answered | 1.000 (15/15) | 1.000 (15/15) |" in table
    assert "| plain: off_path | 0.000 (0/15) | 0.000 (0/15) |" in table


def test_off_path_is_fitted_on_known_signals() -> None:
    assert set(ANSWER_BY_KNOWN) | set(OFF_PATH) <= set(SIGNALS)
    by_words = set(ANSWER_BY_WORDS) | set(OFF_PATH_BY_WORDS)
    assert by_words <= set(SIGNALS) - BY_MEANING


def test_each_case_is_for_one_pair_of_decisions(cases: list[Case]) -> None:
    worded = [replace(c, signals={**c.signals, "by_meaning": 0.0}) for c in cases[::2]]
    alone = [replace(c, signals={**c.signals, "by_known": 0.0}) for c in cases]
    every = [*cases, *alone, *worded]
    assert [cases_of(every, decisions) for decisions in WAYS] == [cases, alone, worded]
    assert {by_cover(c) for c in worded} == {True}
    assert set(fitted(every)) == set(weights())


# ── floors, on a real home ──────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_floors_on_our_own_notes(tmp_path: Path) -> None:
    """About a fifth of the development questions, so that it stays below half a minute."""
    build_library(tmp_path / "home", BuildOptions(MODEL, tmp_path, offline=True), lambda _: None)
    questions = [q for q in (*load(DEV), *load(REFUSALS)) if q.split == "dev"]
    asked = gather(Settings(home=tmp_path / "home", cache=tmp_path), questions[::4])
    said = judged(asked)
    for outcome, least in (("answered", 0.85), ("not_covered", 0.85), ("off_path", 0.95)):
        mine = [s for c, s in zip(asked, said, strict=True) if c.outcome == outcome]
        right = sum((s == "answered") == (outcome == "answered") for s in mine)
        assert len(mine) >= 12, outcome
        assert right / len(mine) >= least, outcome
    again = gather(Settings(home=tmp_path / "home", cache=tmp_path), questions[::40])
    known = {c.id: c.signals for c in asked}
    assert all(c.signals == known[c.id] for c in again)  # remembered vectors change nothing
