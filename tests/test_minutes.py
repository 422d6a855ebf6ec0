"""Estimates with their source, and the steps of a section where resources are missing."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import corpus
import ui.cli
from assistant.learner import Event, Studied
from assistant.material import load_material
from assistant.minutes import Estimate, Length, estimates, lengths, section_minutes
from assistant.standing import Standing, standing
from assistant.steps import Step, steps
from ingest.curriculum import Curriculum, load, parse
from ingest.library import SourceRow, open_library

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SECTION = "m1w2-data-preprocessing"
NOBODY = standing(())


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return load(corpus.learning_path())


def estimated(
    curriculum: Curriculum, length: Length | None, kind: str, by: Standing = NOBODY
) -> Estimate:
    resource = next(r for r in curriculum.section(SECTION).resources if r.kind == kind)
    measured = {resource.id: length} if length else {}
    return estimates(curriculum, measured, {}, by)[resource.id]


def test_captions_tell_how_long_a_video_is(curriculum: Curriculum) -> None:
    found = estimated(curriculum, Length(seconds=1500, videos=1), "video")
    assert found.words() == "about 25 min, from its captions"


def test_words_tell_how_long_a_reading_takes_but_no_longer_than_its_section(
    curriculum: Curriculum,
) -> None:
    found = estimated(curriculum, Length(words=2000), "reading")
    assert found.words() == "about 10 min, from its 2,000 words at 200 a minute"
    most = estimated(curriculum, Length(words=1_000_000), "reading")
    assert most == Estimate(
        360, "from its 1,000,000 words at 200 a minute, at most the section's hours"
    )


@pytest.mark.parametrize(
    ("length", "kind"),
    [(None, "video"), (Length(words=120), "reading"), (Length(words=5000), "practical")],
)
def test_the_rest_is_a_share_of_the_path_s_hours(
    curriculum: Curriculum, length: Length | None, kind: str
) -> None:
    found = estimated(curriculum, length, kind)
    assert found.source == "a share of the path's 5–6 hours"
    assert found.minutes == {"video": 58, "reading": 39, "practical": 58}[kind]


def test_own_time_beats_every_estimate(curriculum: Curriculum) -> None:
    video = next(r for r in curriculum.section(SECTION).resources if r.kind == "video")
    deeds = (
        Event(1, NOW, Studied(SECTION, video.id, "started", 30.0)),
        Event(2, NOW, Studied(SECTION, video.id, "done", 12.0)),
    )
    found = estimated(curriculum, Length(seconds=1500, videos=1), "video", standing(deeds))
    assert found == Estimate(42, "as long as it took you")


def test_everything_of_a_path_has_an_estimate_with_a_source(curriculum: Curriculum) -> None:
    found = estimates(curriculum, {}, {}, NOBODY)
    linked = [r for r in curriculum.resources if r.url and r.section_id != "general"]
    assert {r.id for r in linked} <= found.keys()
    assert all(one.minutes >= 1 and one.source for one in found.values())
    for section in curriculum.sections:
        total = sum(one.estimate.minutes for one in steps(section, {}, found))
        assert total == pytest.approx(section_minutes(curriculum, section)[0], abs=6)


def test_sections_without_hours_share_their_week_or_take_what_others_take() -> None:
    link = "- [A](https://example.org/{})"
    text = "\n\n".join(
        [
            *("## Month 1: A", "### Week 1: B", "**Time Investment: 10 hours**"),
            *("#### One (4 hours)", link.format(1), "#### Two", link.format(2)),
            *("### Week 2: C", "#### Three", link.format(3)),
        ]
    )
    curriculum = parse(text)
    told = [section_minutes(curriculum, section) for section in curriculum.sections]
    assert told == [
        (240, "the path's 4 hours"),
        (360, "the week's 10 hours"),
        (240, "what the path's other sections take"),
    ]


# ── what is missing ─────────────────────────────────────────────────────────────────────────────


def ledger(curriculum: Curriculum, statuses: dict[str, str]) -> dict[str, SourceRow]:
    return {
        r.id: SourceRow(
            r.id, r.kind, r.title, r.url, None, (SECTION,), statuses.get(r.kind, "indexed"),
            "a stand-in is read", 3, 0, "",
        )
        for r in curriculum.section(SECTION).resources
    }  # fmt: skip


def steps_with(curriculum: Curriculum, statuses: dict[str, str], note: bool) -> tuple[Step, ...]:
    found = estimates(curriculum, {}, {SECTION: 3000} if note else {}, NOBODY)
    return steps(curriculum.section(SECTION), ledger(curriculum, statuses), found)


def test_a_section_that_was_read_is_studied_as_the_path_says(curriculum: Curriculum) -> None:
    actions = [step.action for step in steps_with(curriculum, {}, note=True)]
    assert actions == ["watch", "read", "practise", "practise", "exercise", "exercise"]


def test_the_notes_stand_in_for_a_video_that_is_gone(curriculum: Curriculum) -> None:
    first, *others = steps_with(curriculum, {"video": "not-found"}, note=True)
    assert first.title == "Notes on Data Preprocessing"
    assert first.mark == (
        "in place of the video “Data Preprocessing in Python by Krish Naik” (it is gone)"
    )
    assert "watch" not in [step.action for step in others]


def test_another_of_its_kind_stands_in_for_a_practice(curriculum: Curriculum) -> None:
    found = steps_with(curriculum, {"practical": "login-wall"}, note=True)
    (practice,) = (step for step in found if step.action == "practise")
    assert practice.title == "Category Encoders Library"
    assert "(it is behind a login)" in practice.mark


def test_without_notes_what_is_there_stands_in(curriculum: Curriculum) -> None:
    statuses = {"video": "not-found", "reading": "postponed"}
    found = steps_with(curriculum, statuses, note=False)
    assert found[0].action == "practise"
    assert "the video" in found[0].mark
    assert "the reading" in found[0].mark


def test_a_video_without_captions_can_still_be_watched(curriculum: Curriculum) -> None:
    first, *_ = steps_with(curriculum, {"video": "no-captions"}, note=True)
    assert (first.action, first.mark) == ("watch", "")


def test_a_stand_in_that_was_read_says_so(curriculum: Curriculum) -> None:
    first, *_ = steps_with(curriculum, {"video": "partial"}, note=True)
    assert (first.action, first.mark) == ("watch", "a stand-in is read")


# ── a real library ──────────────────────────────────────────────────────────────────────────────


PATH = """## Month 1: A

### Week 1: B

#### Two things (2 hours)

- **Video:** [A talk](https://www.youtube.com/watch?v=abcdefghijk)
- **Reading:** [Gradient descent](https://ruder.io/optimizing-gradient-descent/)
- **Reading:** [Not there](https://example.org/not-there)
"""
TALK = "WEBVTT\n\n" + "\n\n".join(
    f"00:{minute:02}:00.000 --> 00:{minute:02}:40.000\n"
    f"In minute {minute} a vector index finds the nearest neighbours of a query quickly."
    for minute in range(12)
)


def test_lengths_are_measured_on_captions_and_linked_pages(
    small_warc: Path, tmp_path: Path
) -> None:
    (tmp_path / "path.md").write_text(PATH, encoding="utf-8")
    (tmp_path / "abcdefghijk.vtt").write_text(TALK, encoding="utf-8")
    home = tmp_path / "home"
    arguments = ["ingest", "--path", str(tmp_path / "path.md"), "--transcripts", str(tmp_path)]
    arguments += ["--archive", str(small_warc), "--offline", "--no-vectors", "--json"]
    assert ui.cli.main([*arguments, "--home", str(home)]) == 0
    with open_library(home) as library:
        measured = lengths(library)
    talk = measured["m1w1-two-things/a-talk"]
    assert (talk.videos, talk.words) == (1, 0)
    assert 11 * 60 <= talk.seconds <= 12 * 60
    assert 3000 < measured["m1w1-two-things/gradient-descent"].words < 12_000
    material = load_material(home)
    (section,) = material.curriculum.sections
    watch, read = steps(section, material.rows, material.estimates(NOBODY))
    assert watch.estimate == Estimate(12, "from its captions")
    assert "words at 200 a minute" in read.estimate.source
    assert read.mark == "in place of the reading “Not there” (it is not in the library)"


def test_a_ledger_of_links_that_nobody_tried_says_nothing_of_them(tmp_path: Path) -> None:
    (tmp_path / "path.md").write_text(PATH, encoding="utf-8")
    home = tmp_path / "home"
    arguments = ["ingest", "--path", str(tmp_path / "path.md"), "--offline", "--no-vectors"]
    assert ui.cli.main([*arguments, "--json", "--home", str(home)]) == 0
    material = load_material(home)
    assert material.rows == {}
    assert [section.id for section in material.curriculum.sections] == ["m1w1-two-things"]
