"""Near-identical passages."""

from ingest.twins import find_twins

LONG = (
    "Gradient descent follows the slope of the loss downhill and takes a step whose size is set by"
    " the learning rate, again and again, until the loss no longer falls by a noticeable amount."
    " A larger batch gives a smoother slope at a higher price per step, and a smaller one is noisy."
)


def test_the_first_of_a_group_is_kept() -> None:
    texts = [LONG, "something else entirely, about trees and their leaves in the autumn", LONG]
    assert find_twins(texts) == {2: 0}


def test_a_changed_word_is_still_the_same_passage() -> None:
    assert find_twins([LONG, LONG.replace("noticeable", "measurable")]) == {1: 0}


def test_different_passages_that_share_a_sentence_stay_apart() -> None:
    other = (
        LONG.split(" A larger")[0] + " Trees split on one feature at a time instead of slopes" * 4
    )
    assert find_twins([LONG, other]) == {}


def test_case_and_punctuation_do_not_count() -> None:
    assert find_twins(["Cookies are used.", "cookies are used"]) == {1: 0}


def test_empty_texts_are_no_twins() -> None:
    assert find_twins(["", "", "..."]) == {}
