"""Ranking measures against values worked out by hand, and the comparison of fusions."""

import math

import numpy as np
import pytest

from eval.retrieval import (
    ALPHAS,
    Scores,
    average,
    compare_fusions,
    difference,
    fusion_methods,
    measure,
    table,
)

pytest.importorskip("ir_measures", reason="the eval group is not installed")

OTHERS = [f"other{i}" for i in range(60)]


def test_measures_equal_hand_computed_values():
    scores = measure(
        {
            "two": ["x", "a", "b"],
            "seventh": [*OTHERS[:6], "c", *OTHERS[6:20]],
            "too deep": [*OTHERS[:50], "c"],
            "found nothing": [],
        },
        {
            "two": {"a": 2, "b": 1},
            "seventh": {"c": 1},
            "too deep": {"c": 1},
            "found nothing": {"c": 1},
            "never asked": {"c": 2},
        },
    )

    gained = 2 / math.log2(3) + 1 / math.log2(4)
    possible = 2 / math.log2(2) + 1 / math.log2(3)
    assert scores["two"] == Scores(1, 0.5, pytest.approx(gained / possible), 1)
    assert scores["seventh"] == Scores(0, pytest.approx(1 / 7), pytest.approx(1 / 3), 1)
    for nothing in ("too deep", "found nothing", "never asked"):
        assert scores[nothing] == Scores(0, 0, 0, 0)


def test_recall_counts_every_answering_passage():
    ranking = ["a", *OTHERS[:48], "b", "c"]

    scores = measure({"q": ranking}, {"q": {"a": 1, "b": 2, "c": 1}})

    assert scores["q"].recall50 == pytest.approx(2 / 3)


def test_a_passage_listed_twice_counts_once_at_its_first_place():
    scores = measure({"q": ["x", "x", "a"]}, {"q": {"a": 1}})

    assert scores["q"].mrr10 == pytest.approx(1 / 2)


def test_rankings_without_a_judgement_are_left_out():
    assert set(measure({"judged": ["a"], "not": ["a"]}, {"judged": {"a": 1}})) == {"judged"}


def test_average_is_over_questions_and_zero_without_any():
    both = average({"p": Scores(1, 1, 1, 1), "q": Scores(0, 0.5, 0, 1)})

    assert both == Scores(0.5, 0.75, 0.5, 1)
    assert average({}) == Scores(0, 0, 0, 0)


def test_difference_encloses_the_mean_and_is_the_same_each_time():
    generator = np.random.default_rng(3)
    first, second = generator.random(80), generator.random(80)

    lead = difference(first, second)

    assert lead == difference(first, second)
    assert lead.mean == pytest.approx(float((first - second).mean()))
    # The bootstrap's spread is the standard error of the mean, up to sampling noise.
    error = float((first - second).std()) / math.sqrt(80)
    assert lead.high - lead.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert lead.low < lead.mean < lead.high


def test_difference_of_equal_or_no_scores_is_zero():
    same = np.array([0.25, 0.5])

    assert difference(same, same).high == 0
    assert difference(same[:0], same[:0]).mean == 0


def interleaved(keywords, vectors):
    return [passage for pair in zip(keywords, vectors, strict=True) for passage in pair]


LEGS = {
    "words find it": (["a", "x"], ["y", "z"]),
    "meaning finds it": (["x", "y"], ["b", "z"]),
    "nobody judged": (["x", "y"], ["y", "z"]),
}
GRADES = {"words find it": {"a": 2}, "meaning finds it": {"b": 2}, "not asked": {"c": 1}}


def test_comparison_puts_the_best_method_first():
    comparison = compare_fusions(
        LEGS,
        GRADES,
        {
            "nothing": lambda keywords, vectors: [],
            "keywords": lambda keywords, vectors: keywords,
            "both": interleaved,
        },
    )

    assert comparison.questions == 2
    assert [method.name for method in comparison.methods] == ["both", "keywords", "nothing"]
    best, second, last = comparison.methods
    assert best.scores.ndcg10 == pytest.approx((1 + 1 / math.log2(3)) / 2)
    assert second.scores == Scores(0.5, 0.5, 0.5, 0.5)
    assert second.behind.mean == pytest.approx(best.scores.ndcg10 - 0.5)
    assert last.behind.low > 0


def test_table_names_each_method_once_with_the_number_of_questions():
    text = table(compare_fusions(LEGS, GRADES, {"both": interleaved, "none": lambda k, v: []}))

    lines = text.splitlines()
    assert "2 questions" in lines[0]
    assert lines[2].startswith("| both | 1.000 |")
    assert lines[2].endswith("| best |")
    assert lines[3].startswith("| none | 0.000 |")
    assert len({line.count("|") for line in lines}) == 1


def test_no_judged_question_gives_a_table_without_crashing():
    comparison = compare_fusions(LEGS, {}, {"both": interleaved})

    assert comparison.questions == 0
    assert comparison.methods[0].scores == Scores(0, 0, 0, 0)


def test_every_fusion_and_weight_is_passed_on():
    seen = []

    def fuse(keywords, vectors, method, alpha):
        seen.append((method, alpha))
        return keywords

    methods = fusion_methods(fuse, lambda k, v: k, lambda k, v: v)
    for method in methods.values():
        method(["a"], ["b"])

    assert methods["bm25"](["a"], ["b"]) == ["a"]
    assert methods["vectors"](["a"], ["b"]) == ["b"]
    expected = {(method, alpha) for method in ("convex", "distribution") for alpha in ALPHAS}
    assert set(seen) - {("rrf", 0.5)} == expected
    assert list(methods)[:4] == ["bm25", "vectors", "rrf", "convex 0.3"]
