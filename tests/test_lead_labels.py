"""The labelled leads: the file is whole, the tool takes grades, the weights come from them."""

import json
import re
from pathlib import Path

import pytest

import assistant.weights as shipped
from corpus import learning_path
from eval.fit_leads import BAD, CONDITIONS, KINDS, fingerprint, fitted, read
from eval.label_leads import take
from eval.leads import LABELS, Labelled, Place, digest, load_labels, write_labels
from eval.reading import chosen, load_fresh
from ingest.curriculum import parse
from ingest.errors import InputError

ITEM = {
    "id": "tea",
    "section": "m1w1-basic-ml-concepts",
    "form": "definition",
    "question": "What is tea?",
    "labels": [["note:m1w1-basic-ml-concepts", "Tea", "0123456789abcdef", 2]],
}


def sections() -> set[str]:
    curriculum = parse(learning_path().read_text(encoding="utf-8"))
    return {s.id for month in curriculum.months for week in month.weeks for s in week.sections}


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def test_the_labels_are_whole_and_wide() -> None:
    items = load_labels(sections=sections())
    graded = [item for item in items if item.labels]
    assert len(graded) >= 250
    assert {item.section for item in graded} >= sections() - {"general"}
    assert {grade for item in graded for _, grade in item.labels} == {0, 1, 2}
    assert len({item.question for item in items}) == len(items)


def test_no_sentence_of_a_page_is_kept() -> None:
    for item in load_labels():
        for place, _ in item.labels:
            assert re.fullmatch(r"[0-9a-f]{16}", place.digest)
            assert place.at.startswith(("note:", "http", "https", "studypath:"))
            assert len(place.heading) <= 200


@pytest.mark.parametrize(
    "change",
    [
        {"form": "riddle"},
        {"id": ""},
        {"more": 1},
        {"labels": [["note:a", "Tea", "short", 1]]},
        {"labels": [["note:a", "Tea", "0123456789abcdef", 3]]},
        {"labels": [["note:a", "Tea", "0123456789abcdef"]]},
        {"labels": ITEM["labels"] * 2},  # type: ignore[operator]
        {"section": "m9w9-tea"},
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, change: dict[str, object]) -> None:
    path = tmp_path / "leads.jsonl"
    path.write_text(json.dumps(ITEM | {"id": "first"}) + "\n" + json.dumps(ITEM | change))
    with pytest.raises(InputError, match=r"leads\.jsonl:2"):
        load_labels(path, sections())


def test_labels_are_written_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "leads.jsonl"
    items = load_labels()
    write_labels(items, path)
    assert path.read_text() == LABELS.read_text()
    assert load_labels(path) == items


def test_a_sentence_is_known_whatever_its_marks() -> None:
    assert digest("**Tea** is\na drink.") == digest("tea is a drink.")
    assert digest("Tea is a drink.") != digest("Tea is no drink.")


# ── the tool ────────────────────────────────────────────────────────────────────────────────────

SHEET = json.dumps({"id": "tea", "places": [["note:a", "Tea", "a" * 16], ["u", "Pot", "b" * 16]]})


def test_grades_are_added_to_the_labels() -> None:
    old = Place("note:a", "Old", "c" * 16)
    (item,) = take([Labelled("tea", "s", "how", "Tea?", ((old, 1),))], SHEET, "tea 02\n\n")
    assert [(place.heading, grade) for place, grade in item.labels] == [
        ("Old", 1),
        ("Tea", 0),
        ("Pot", 2),
    ]


@pytest.mark.parametrize("line", ["tea 0", "tea 012", "tea 03", "coffee 01"])
def test_grades_that_do_not_fit_are_refused(line: str) -> None:
    with pytest.raises(InputError, match="line 1"):
        take([Labelled("tea", "s", "how", "Tea?", ())], SHEET, line)


# ── the weights ─────────────────────────────────────────────────────────────────────────────────


def test_the_shipped_weights_are_what_the_labels_give() -> None:
    """`python -m eval.fit_leads collect` and `write` after a change of labels or features."""
    collected = read()
    assert collected.fingerprint == fingerprint() == shipped.LABELS
    assert list(collected.names) == list(shipped.WEIGHTS)
    weights, base = fitted(collected)
    assert base == pytest.approx(shipped.BASE, abs=0.02)
    assert list(shipped.WEIGHTS.values()) == pytest.approx(weights.shared.tolist(), abs=0.02)
    for kind, row in zip(KINDS, weights.kinds, strict=True):
        own = [shipped.WEIGHTS[n] + shipped.KIND_WEIGHTS[kind].get(n, 0) for n in shipped.WEIGHTS]
        assert own == pytest.approx(row.tolist(), abs=0.03)


def test_bad_signs_never_help_and_conditions_never_count() -> None:
    for kind in KINDS:
        extra = shipped.KIND_WEIGHTS[kind]
        for name in BAD:
            assert shipped.WEIGHTS[name] + extra.get(name, 0.0) <= 0.02
        for name in CONDITIONS:
            assert shipped.WEIGHTS[name] + extra.get(name, 0.0) == pytest.approx(0.0, abs=0.01)


# ── the questions for reading ───────────────────────────────────────────────────────────────────


def test_fresh_questions_cover_the_path_and_are_none_of_the_labelled() -> None:
    fresh = load_fresh()
    assert {item.section for item in fresh} == sections() - {"general"}
    assert not {f.question for f in fresh} & {item.question for item in load_labels()}
    drawn = chosen(fresh, 50, 5)
    assert len(drawn) == 50
    assert drawn == chosen(fresh, 50, 5)
