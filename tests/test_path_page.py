"""The tree, the card and the map as HTML: what they say, for any path, and nothing but words."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from assistant.learner import Attempt, Event, Rhythm, Studied
from assistant.material import Material, load_material
from assistant.overview import overview
from assistant.prerequisites import Need, Place, Prerequisites
from ingest.curriculum import Curriculum, parse
from ingest.library import SourceRow
from tests.test_path_tab import HOSTILE, Tags
from ui.path_card import state_words
from ui.path_map import MOST, lines_of, map_html, wrapped
from ui.path_page import tree_html
from ui.path_study import Shelf, Study
from ui.path_tab import answered, chosen, drawn

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
SHIPPED = load_material(None)
LINK = "        - **Reading:** [R](https://example.org/)\n"


def path_of(months: int, weeks: int, sections: int, title: str = "T") -> Curriculum:
    written = ["# P", ""]
    for m in range(1, months + 1):
        written += [f"## Month {m}: M", ""]
        for w in range(1, weeks + 1):
            written += [f"### Week {w}: W", ""]
            for s in range(1, sections + 1):
                written += [f"#### {title} {m}-{w}-{s} (1-2 hours)", "", "- **Resources:**", LINK]
    return parse("\n".join(written))


def drawing(curriculum: Curriculum, edges: Sequence[tuple[int, int]] = ()) -> str:
    ids = [section.id for section in curriculum.sections]
    needs: dict[Place, tuple[Need, ...]] = {Place(one): () for one in ids}
    for before, after in edges:
        place = Place(ids[after])
        needs[place] = (*needs[place], Need(Place(ids[before]), "because"))
    material = Material(curriculum, Prerequisites(needs), {}, {}, {}, {}, {})
    states = {s.section_id: s for s in overview(material.basis((), Rhythm(), NOW)).sections}
    return map_html(curriculum, material.prerequisites, states)


# ── the map ─────────────────────────────────────────────────────────────────────────────────────


def test_a_line_that_others_say_already_is_left_out() -> None:
    assert lines_of({"a": (), "b": ("a",), "c": ("a", "b"), "d": ("c", "a")}) == [
        ("a", "b"),
        ("b", "c"),
        ("c", "d"),
    ]


def test_the_picture_names_every_section_and_its_lines() -> None:
    drawn = drawing(path_of(2, 1, 3), [(0, 1), (0, 4), (1, 2), (0, 2)])
    assert drawn.count('class="node open"') == 6
    assert drawn.count('class="line"') == 3
    assert 'aria-label="T 1-1-3, not begun, builds on 2"' in drawn
    assert "<li>T 1-1-3 (not begun): builds on T 1-1-2, T 1-1-1</li>" in drawn


@pytest.mark.parametrize(
    ("shape", "columns"),
    [((4, 2, 4), 4), ((1, 5, 3), 5), ((1, 1, 25), 3), ((1, 1, 1), 1), ((2, 2, 50), 20)],
)
def test_any_path_is_laid_out_in_columns_that_fit(
    shape: tuple[int, int, int], columns: int
) -> None:
    drawn = drawing(path_of(*shape))
    assert drawn.count('class="column"') == columns
    places = re.findall(r'class="box" x="(\d+)" y="(\d+)"', drawn)
    assert len(set(places)) == shape[0] * shape[1] * shape[2]  # none over another
    width, height = (int(n) for n in re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawn)[0])
    assert all(int(x) + 224 <= width and int(y) + 72 <= height for x, y in places)
    assert "Nothing is known of what builds on what" in drawn


def test_a_path_of_hundreds_is_a_list() -> None:
    assert "<svg" in drawing(path_of(1, 1, MOST))
    drawn = drawing(path_of(1, 1, MOST + 1))
    assert "<svg" not in drawn
    assert drawn.count("<li>") == MOST + 1
    assert "301 sections are too many for a picture" in drawn


def test_long_and_wide_titles_end_with_dots() -> None:
    assert wrapped("Neural Networks") == ["Neural Networks"]
    assert wrapped("Contextual Embeddings & Language Models") == [
        "Contextual Embeddings &",
        "Language Models",
    ]
    assert wrapped("x" * 80) == ["x" * 25 + "…"]
    assert all(line.endswith("…") for line in wrapped("深度学习" * 9))
    assert wrapped("")[0] == ""


# ── the tree ────────────────────────────────────────────────────────────────────────────────────


def test_only_the_month_at_hand_is_open() -> None:
    curriculum = path_of(3, 1, 2)
    material = Material(curriculum, Prerequisites({}), {}, {}, {}, {}, {})
    states = {s.section_id: s for s in overview(material.basis((), Rhythm(), NOW)).sections}
    html = tree_html(curriculum, states, curriculum.sections[3].id)
    assert re.findall(r'data-open="month-\d"( open)?', html) == ["", " open", ""]
    assert html.count('class="now"') == 1
    assert 'class="now"' not in tree_html(curriculum, states, "")


# ── a card ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("status", "reason", "passages", "said"),
    [
        ("indexed", "", 12, "read (12 passages)"),
        ("unchanged", "", 1, "read (1 passage)"),
        ("partial", "from an archived copy", 3, "read in part (3 passages): from an archived copy"),
        ("not-found", "404", 0, "gone: 404"),
        ("login-wall", "the page asks", 0, "behind a login or paywall: the page asks"),
        ("postponed", "`studypath ingest` reads it", 0, "not read yet"),
        ("new-word", "", 0, "new word"),
    ],
)
def test_what_became_of_a_link_is_said_in_words(
    status: str, reason: str, passages: int, said: str
) -> None:
    row = SourceRow(
        "r", "reading", "R", "https://e.org", None, ("s",), status, reason, passages, 0, ""
    )
    assert state_words(row) == said


def test_a_card_knows_any_state_of_a_section(tmp_path: Path) -> None:
    study = Study(tmp_path, lambda: NOW)
    told = answered(study, {"section": "m4w4-end-to-end-ai-system-implementation"}, "me", chosen)
    assert told["section"] == "m4w4-end-to-end-ai-system-implementation"
    assert "<h3>Deliverables</h3>" in told["card"]
    assert "<h3>Unlocks</h3>" not in told["card"]
    for unknown in ("", "m9w9-x", "../../etc", "<script>"):
        told = answered(study, {"section": unknown}, "me", chosen)
        assert told["section"] == "m1w1-basic-ml-concepts"
    assert "problem" in answered(study, {"section": 7}, "me", chosen)
    assert "problem" in answered(study, {"section": "x" * 301}, "me", chosen)


def test_a_click_works_out_nothing_twice(tmp_path: Path) -> None:
    study = Study(tmp_path, lambda: NOW)
    first = study.situation("me")
    for section_id in ("m1w1-basic-ml-concepts", "m2w2-transformer-architecture"):
        assert "card" in answered(study, {"section": section_id}, "me", chosen)
    assert study.situation("me") is first
    study.note("me", "done", "m1w1-basic-ml-concepts", None, None)
    assert study.situation("me") is not first


def hostile_material(words: str) -> Material:
    written = (
        f"# P\n\n## Month 1: M\n\n### Week 1: W\n\n#### S\n\n- **Topics:**\n    - A\n"
        f"- **Practical exercises:**\n    - E\n- **Resources:**\n{LINK}"
    )
    curriculum = parse(written)
    month = curriculum.months[0]
    week = month.weeks[0]
    section = week.sections[0]
    section = replace(
        section,
        title=words,
        concept=words,
        topics=(replace(section.topics[0], text=words or "A"),),
        exercises=(replace(section.exercises[0], text=words or "E"),),
        resources=tuple(replace(r, title=words, url=words) for r in section.resources),
    )
    month = replace(month, title=words, weeks=(replace(week, title=words, sections=(section,)),))
    curriculum = replace(curriculum, months=(month,))
    return replace(SHIPPED, curriculum=curriculum, prerequisites=Prerequisites({}))


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(HOSTILE)
def test_hostile_words_are_only_words_in_tree_card_and_map(tmp_path: Path, words: str) -> None:
    study = Study(tmp_path, lambda: NOW)
    study._shelf = Shelf(hostile_material(words), (), 0.0)
    told = answered(study, {}, "me", drawn)
    assert "problem" not in told
    found = Tags("".join(str(told[name]) for name in ("tree", "map", "card", "mastery", "hours")))
    assert not found.names & {"script", "img", "iframe", "object", "style", "form"}
    assert not any(name.startswith("on") for name, _ in found.attributes)
    links = [value or "" for name, value in found.attributes if name == "href"]
    assert all(link.startswith(("http://", "https://", "/read/", "#path=")) for link in links)


def test_states_and_numbers_come_from_the_record(tmp_path: Path) -> None:
    material = SHIPPED
    item = next(iter(material.items.values()))
    events = (
        Event(1, NOW, Attempt(item.id, item.topic, 1.0)),
        Event(2, NOW, Studied(item.section_id)),
    )
    found = overview(material.basis(events, Rhythm(), NOW))
    states = {one.section_id: one for one in found.sections}
    html = tree_html(material.curriculum, states, "")
    percent = round(100 * states[item.section_id].mastery.value)
    assert f"{percent} % · 5–6 h · done" in html
    assert f"width:{percent}%" in html
    assert html.count("% ·") == 1  # of the others no answer showed anything
