"""Fingerprints of sentences: what makes no difference, what does, and finding them again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.sentences import digest, fingerprint, runs, spans, words_of

SENTENCE = "The scaler's range is 0–1, unless you set “clip”."


@pytest.mark.parametrize(
    "same",
    [
        "the SCALER’S range is 0-1 unless you set 'clip'",
        '  The\tscaler\'s\n range is  0—1, unless you set "clip" …',
        "**The** `scaler's` _range_ is 0–1, unless you [set](https://example.org/set) “clip”.",
        "The sca\u00adler's range is 0–1, unless\u00a0you set “clip”.",
        "The scaler's range is 0–1, unless you set “ｃｌｉｐ”.",
    ],
)
def test_case_space_quotes_dashes_and_markdown_make_no_difference(same: str) -> None:
    assert fingerprint(same) == fingerprint(SENTENCE)


@pytest.mark.parametrize(
    "other",
    [
        "The scaler's range is 0–2, unless you set “clip”.",
        "The range is 0–1, unless you set “clip”.",
        "The scaler's range is 0–1, if you set “clip”.",
        "Is the scaler's range 0–1, unless you set “clip”?",
    ],
)
def test_other_words_or_another_order_do(other: str) -> None:
    assert fingerprint(other) != fingerprint(SENTENCE)


def test_composed_and_combined_letters_are_one() -> None:
    assert fingerprint("déjà vu, straße") == fingerprint("de\u0301ja\u0300 vu, STRASSE")


def test_the_fingerprint_is_what_the_file_format_says() -> None:
    count, sign = fingerprint("Two  Words.")

    assert (count, sign) == (2, digest(["two", "words"]))
    assert len(sign) == 16
    assert int(sign, 16) >= 0


def test_a_sentence_is_found_where_it_stands() -> None:
    text = f"# Scaling\n\nFirst. {SENTENCE} More of it."
    key = fingerprint(SENTENCE)

    ((found, start, end),) = spans(text, {key})

    assert found == key
    assert text[start:end] == SENTENCE[:-2]


TEXTS = st.text(alphabet='abcXYZ 09.,-–’"*_`é\u0301\u00adß½ﬁ\n')


@given(TEXTS, TEXTS, TEXTS)
def test_any_sentence_is_found_again_in_any_text(before: str, sentence: str, after: str) -> None:
    words = words_of(sentence)
    key = fingerprint(sentence)

    found = [k for k, _, _ in spans(f"{before} {sentence} {after}", {key})]

    assert bool(found) == bool(words)


@given(TEXTS)
def test_words_stand_where_they_say(text: str) -> None:
    words = words_of(text)

    assert all(words_of(text[w.start : w.end])[0].text == w.text for w in words)
    assert all(a.end <= b.start for a, b in pairwise(words))


def test_runs_are_all_stretches_of_one_length() -> None:
    assert runs("One, two; three.", 2) == {("one", "two"), ("two", "three")}
    assert runs("one", 2) == frozenset()
