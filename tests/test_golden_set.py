"""The golden set's reader: the committed files, and what it refuses with file, line and remedy."""

from collections import Counter
from pathlib import Path

import pytest

from eval.golden_set import (
    ANSWERED,
    FILES,
    REFUSED,
    GoldenQuestion,
    Place,
    load_golden,
    sections_named,
    shown,
    unknown_sections,
)
from ingest.errors import InputError

GOOD = """
- id: one
  type: why
  section_ids: [soil]
  question: "Why does it drain?"
  reference: "Because sand has wide pores."
  key_points:
    - [pores, gaps]
  evidence:
    - url: note:soil
      heading: Sand
    - url: https://example.org/soil
      heading: "Soil > Sand"
      sentence: "0123456789abcdef"
      words: 7
- id: two
  type: off-path
  question: "Who sang it?"
"""


def written(tmp_path: Path, text: str) -> dict[str, Path]:
    file = tmp_path / "golden.yaml"
    file.write_text(text, encoding="utf-8")
    return {"dev": file}


# ── the committed files ─────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def every() -> tuple[GoldenQuestion, ...]:
    return load_golden()


def test_each_half_is_read_by_itself(every: tuple[GoldenQuestion, ...]) -> None:
    dev = load_golden("dev")

    assert {q.split for q in dev} == {"dev"}
    assert every[: len(dev)] == dev
    assert {q.split for q in every[len(dev) :]} == {"test"}
    assert len({q.id for q in every}) == len(every)


def test_every_type_is_asked_in_both_halves(every: tuple[GoldenQuestion, ...]) -> None:
    asked = Counter((q.type, q.split) for q in every)

    assert all(asked[kind, split] >= 5 for kind in (*ANSWERED, *REFUSED) for split in FILES)


def test_follow_ups_lean_on_the_turns_before_them(every: tuple[GoldenQuestion, ...]) -> None:
    follow_ups = [q for q in every if q.type == "follow-up"]

    assert all(q.before for q in follow_ups)
    assert any(len(q.before) > 1 for q in follow_ups)


def test_refusals_have_nothing_but_their_question(every: tuple[GoldenQuestion, ...]) -> None:
    refusals = [q for q in every if q.refuse]

    assert {q.refuse for q in refusals} == {"off_path", "not_covered"}
    assert not any(q.reference or q.key_points or q.evidence for q in refusals)


# ── the reader ──────────────────────────────────────────────────────────────────────────────────


def test_a_question_keeps_everything_written(tmp_path: Path) -> None:
    one, two = load_golden(files=written(tmp_path, GOOD))

    assert one.evidence == (
        Place("note:soil", "Sand"),
        Place("https://example.org/soil", "Soil > Sand", "0123456789abcdef", 7),
    )
    assert one.has_page
    assert one.refuse is None
    assert (two.refuse, two.has_page) == ("off_path", False)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("type: why", "type: riddle", "is not known"),
        ("id: one", "id: two", "used twice"),
        ("id: one", "id: One two", "lower-case"),
        ('  reference: "Because sand has wide pores."\n', "", "lacks reference"),
        ("type: why", "type: follow-up", "lacks before"),
        ("type: why", "type: false-premise", "lacks premise"),
        ("type: why", "type: multi-hop", "notes of one section"),
        ("type: off-path", "type: near-miss\n  reference: no", "does not belong"),
        ("url: note:soil", "url: path:soil", "no heading of our notes"),
        ("section_ids: [soil]", "section_ids: []", "no section_ids"),
        ("      words: 7\n", "", "write exactly"),
        ("heading: Sand", "heading: Sand\n      words: 7", "write exactly"),
        ("words: 7", "words: 2", "4 or more"),
        ("0123456789abcdef", "Sand has wide pores", "not a fingerprint"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError, match=told) as error:
        load_golden(files=written(tmp_path, GOOD.replace(old, new, 1)))

    assert str(error.value).startswith(f"{tmp_path / 'golden.yaml'}:")
    assert "\n" not in str(error.value)


def test_key_points_are_shown_by_any_of_their_words(tmp_path: Path) -> None:
    one = load_golden(files=written(tmp_path, GOOD))[0]

    assert shown(one, "There are GAPS.") == (True,)
    assert shown(one, "There are spores.") == (False,)


def test_sections_are_those_of_the_evidence_too(tmp_path: Path) -> None:
    text = GOOD.replace("note:soil", "note:rock")
    one = load_golden(files=written(tmp_path, text))[0]

    assert sections_named(one) == {"soil", "rock"}
    assert unknown_sections(one, ["soil"]) == ("rock",)
