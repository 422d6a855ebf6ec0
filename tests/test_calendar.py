"""Study blocks and their calendar, read back and held to the zone's real clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import corpus
from assistant.calendar_file import calendar_bytes, changes, offset_at
from assistant.learner import Attempt, Carded, Deed, Event, Known, Practised, Rhythm, Studied
from assistant.timetable import (
    Block,
    Part,
    fitting,
    remaining,
    review_minutes,
    timetable,
    week_minutes,
)
from ingest.curriculum import Curriculum, load, parse

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
PATH = """# Sail

## Month 1: Water

### Week 1: First

#### Wind (2-3 hours)

- **Topics:**
    - Points of sail
- **Resources:**
    - **Video:** [Points](https://example.org/points)

#### Trim (1 hour)

- **Topics:**
    - Sheets

#### Rules

- **Topics:**
    - Right of way
"""


@pytest.fixture(scope="module")
def path() -> Curriculum:
    return load(corpus.learning_path())


@pytest.fixture(scope="module")
def sail() -> Curriculum:
    return parse(PATH)


def record(*deeds: tuple[float, Deed]) -> tuple[Event, ...]:
    return tuple(Event(n, NOW + days * DAY, deed) for n, (days, deed) in enumerate(deeds, 1))


def study(day: datetime, title: str = "Wind") -> Block:
    return Block(day, 60, 0, (Part("m1w1-wind", title, 60, True),))


def written(*blocks: Block, zone: str = "Europe/Berlin", now: datetime = NOW) -> icalendar.Calendar:
    content = calendar_bytes(blocks, zone, "me", "Sail", now)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    return icalendar.Calendar.from_ical(content)


# ── the timetable ───────────────────────────────────────────────────────────────────────────────


def test_the_path_s_own_schedule_is_the_rhythm_until_one_is_set(path: Curriculum) -> None:
    assert week_minutes(Rhythm(), path.schedule) == (90,) * 5 + (210, 210)
    own = (30, 0, 30, 0, 30, 120, 0)
    assert week_minutes(Rhythm(minutes=own), path.schedule) == own


def test_a_path_without_a_schedule_plans_no_time(sail: Curriculum) -> None:
    assert week_minutes(Rhythm(), sail.schedule) == (0,) * 7
    assert timetable((), Rhythm(), sail, NOW, 4) == ()


def test_sections_follow_each_other_in_path_order(sail: Curriculum) -> None:
    blocks = timetable((), Rhythm(minutes=(90,) * 7, zone="Europe/Berlin"), sail, NOW, 1)
    assert {(b.start.astimezone(BERLIN).hour, b.minutes) for b in blocks} == {(18, 90)}
    assert [[(p.title, p.minutes, p.last) for p in b.parts] for b in blocks] == [
        [("Wind", 90, False)],
        [("Wind", 60, True), ("Trim", 30, False)],
        [("Trim", 30, True), ("Rules", 60, True)],  # without an estimate: the rest of a day
    ]


def test_what_is_done_or_known_is_not_planned_again(sail: Curriculum) -> None:
    wind, trim, rules = (section.id for section in sail.sections)
    events = record(
        (0, Studied(wind, state="started", minutes=40)),
        (0, Practised(wind, "Sail", 20)),
        (0, Studied(trim)),
        (0, Known(rules)),
    )
    assert [(r.section.id, r.minutes) for r in remaining(events, sail)] == [(wind, 90.0)]
    again = (*events, *record((1, Studied(trim, state="reopened")), (1, Known(rules, known=False))))
    assert [r.section.id for r in remaining(again, sail)] == [wind, trim, rules]


def test_reviews_come_first_within_their_share(sail: Curriculum) -> None:
    events = record(*((-1, Carded(f"m1w1-wind/{n}")) for n in range(200)))
    rhythm = Rhythm(minutes=(60, 0, 60, 60, 60, 60, 60), reviews=0.5)
    blocks = timetable(events, rhythm, sail, NOW, 1)
    first, second = blocks[:2]
    assert (first.kind, first.cards, first.minutes) == ("review", 60, 30)
    assert (second.kind, second.start) == ("study", first.start + timedelta(minutes=30))
    assert second.minutes == 30
    assert blocks[2].start.date() == date(2026, 3, 4)  # Tuesday is off, its cards wait


def test_reviews_planned_bring_their_cards_back(sail: Curriculum) -> None:
    events = record((-1, Carded("m1w1-wind/x")))
    blocks = timetable(events, Rhythm(minutes=(60,) * 7), sail, NOW, 4)
    days = [(b.start.date() - NOW.date()).days for b in blocks if b.cards]
    assert days == [0, 2, 13]  # as FSRS spaces "good" after "good"


def test_a_day_that_is_over_is_not_planned(sail: Curriculum) -> None:
    rhythm = Rhythm(minutes=(60,) * 7)
    for hour, first in ((18, 2), (19, 3), (23, 3)):
        now = NOW.replace(hour=hour)
        assert timetable((), rhythm, sail, now, 1)[0].start.day == first
    later = Rhythm(minutes=(60,) * 7, start=date(2026, 3, 6))
    assert timetable((), later, sail, NOW, 1)[0].start.day == 6


def test_the_learner_s_own_times_tell_how_long_reviews_take(sail: Curriculum) -> None:
    from assistant.learner import Reviewed

    slow = record(*((-40, Reviewed(f"m1w1-wind/{n}", "t", 3, 120)) for n in range(5)))
    blocks = timetable(slow, Rhythm(minutes=(60,) * 7), sail, NOW, 1)
    assert (blocks[0].cards, blocks[0].minutes) == (5, 10)


@given(st.integers(0, 500), st.floats(1, 600), st.floats(0, 1440))
def test_reviews_never_take_more_than_they_may(waiting: int, seconds: float, most: float) -> None:
    cards = fitting(waiting, seconds, most)
    assert 0 <= cards <= waiting
    assert review_minutes(cards, seconds) <= max(0, most)


# ── the file ────────────────────────────────────────────────────────────────────────────────────


def test_blocks_are_events_with_what_is_planned() -> None:
    start = datetime(2026, 3, 2, 18, tzinfo=BERLIN)
    review, block = written(Block(start, 10, 1), study(start + DAY)).events
    assert review["SUMMARY"] == "Review 1 card"
    assert review.decoded("DURATION") == timedelta(minutes=10)
    (alarm,) = review.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(0)
    assert alarm["ACTION"] == "DISPLAY"
    assert block["SUMMARY"] == "Study: Wind"
    assert "Wind: about 60 minutes, the last of it (m1w1-wind)" in block["DESCRIPTION"]
    assert block.decoded("DTSTAMP") == NOW
    assert block["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert block.decoded("DTSTART") == start + DAY
    assert not block.walk("VALARM")


def test_what_must_be_there_is_there() -> None:
    calendar = written(study(datetime(2026, 3, 2, 18, tzinfo=BERLIN)))
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"].startswith("-//studypath//")
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Europe/Berlin"]
    assert not calendar.errors
    for event in calendar.events:
        assert {"UID", "DTSTAMP", "DTSTART", "DURATION", "SUMMARY"} <= set(event)


def test_a_second_export_updates_the_same_events() -> None:
    start = datetime(2026, 3, 2, 18, tzinfo=BERLIN)
    before = written(Block(start, 10, 3), study(start)).events
    later = start.replace(hour=20)
    after = written(study(later, "Trim"), Block(later, 5, 1), now=NOW + DAY).events
    known = {event["UID"]: event for event in before}
    assert len(known) == 2
    assert {event["UID"] for event in after} == set(known)
    assert all(event["SEQUENCE"] > known[event["UID"]]["SEQUENCE"] for event in after)


def test_the_same_blocks_and_time_give_the_same_bytes() -> None:
    blocks = (study(datetime(2026, 3, 2, 18, tzinfo=BERLIN)),)
    made = [calendar_bytes(blocks, "Europe/Berlin", "me", "Sail", NOW) for _ in range(2)]
    assert made[0] == made[1]


def test_learners_do_not_share_events() -> None:
    blocks = (study(datetime(2026, 3, 2, 18, tzinfo=BERLIN)),)
    me, you = (
        icalendar.Calendar.from_ical(calendar_bytes(blocks, "UTC", who, "Sail", NOW)).events[0]
        for who in ("me", "you")
    )
    assert me["UID"] != you["UID"]


def test_utc_needs_no_rules_and_no_blocks_no_events() -> None:
    start = datetime(2026, 3, 2, 18, tzinfo=ZoneInfo("UTC"))
    content = calendar_bytes((study(start),), "UTC", "me", "Sail", NOW)
    assert b"DTSTART:20260302T180000Z" in content
    assert b"VTIMEZONE" not in content
    assert written().events == []


ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata",
         "Africa/Casablanca", "America/Santiago")  # fmt: skip


@pytest.mark.parametrize("zone", ZONES)
def test_rules_of_a_zone_are_its_clock(zone: str) -> None:
    """Each onset stands in the local time before it, as RFC 5545 3.6.5 has it."""
    place = ZoneInfo(zone)
    first = datetime(2026, 1, 1, 18, tzinfo=place)
    calendar = written(study(first), study(first + 364 * DAY), zone=zone)
    (rules,) = calendar.walk("VTIMEZONE")
    onsets = sorted(
        (
            (rule.DTSTART - rule.TZOFFSETFROM).replace(tzinfo=UTC),
            rule.TZOFFSETTO,
        )
        for rule in rules.subcomponents
    )
    moment = first.astimezone(UTC)
    while moment < first.astimezone(UTC) + 365 * DAY:
        held = [offset for onset, offset in onsets if onset <= moment][-1]
        assert held == offset_at(moment, place), moment
        moment += timedelta(minutes=30)
    assert len(onsets) == 1 + len(list(changes(first.astimezone(UTC), moment, place)))


def test_the_clocks_change_at_their_real_second() -> None:
    year = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert list(changes(*year, BERLIN)) == [
        datetime(2026, 3, 29, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 1, tzinfo=UTC),
    ]


def test_blocks_keep_their_local_time_over_a_change_of_clocks(sail: Curriculum) -> None:
    rhythm = Rhythm(minutes=(60,) * 7, zone="Europe/Berlin")
    now = datetime(2026, 3, 27, 9, tzinfo=UTC)
    blocks = timetable((), rhythm, sail, now, 1)
    assert {b.start.time() for b in blocks} == {time(18)}
    hours = [b.start.astimezone(UTC).hour for b in blocks]
    assert hours[:4] == [17, 17, 16, 16]
    events = written(*blocks).events
    assert [e.decoded("DTSTART") for e in events] == [b.start for b in blocks]


def test_a_time_that_is_skipped_moves_on(sail: Curriculum) -> None:
    rhythm = Rhythm(minutes=(60,) * 7, zone="Europe/Berlin")
    now = datetime(2026, 3, 28, 22, tzinfo=UTC)
    night = timetable((), rhythm, sail, now, 1, time(2, 30))[0]
    assert night.start.date() == date(2026, 3, 29)
    assert night.start.time() == time(3, 30)


LETTERS = st.text(st.characters(codec="utf-8"), max_size=200)


@settings(max_examples=100, deadline=None)
@given(LETTERS | st.sampled_from(["a\r\nATTENDEE:mailto:x@example.org", '\\,;:"\\n', "é" * 90]))
def test_any_title_stays_a_title(title: str) -> None:
    start = datetime(2026, 3, 2, 18, tzinfo=BERLIN)
    content = calendar_bytes((study(start, title),), "Europe/Berlin", "me", title, NOW)
    calendar = icalendar.Calendar.from_ical(content)
    (event,) = calendar.events
    shown = "".join(letter for letter in title if letter.isprintable() or letter.isspace())
    wanted = f"Study: {' '.join(shown.split())}".split()
    told = "".join(c for c in str(event["SUMMARY"]) if c.isprintable() or c.isspace()).split()
    assert told == wanted
    assert "ATTENDEE" not in event
    assert len(calendar.walk("VEVENT")) == 1
    assert not calendar.errors


def test_half_a_character_does_not_stop_the_file() -> None:
    (event,) = written(study(datetime(2026, 3, 2, 18, tzinfo=BERLIN), "a\ud800b")).events
    assert event["SUMMARY"] == "Study: ab"


def test_attempts_make_cards_of_their_own_day(path: Curriculum) -> None:
    item_id = f"{path.sections[0].id}/x"
    events = record((-1, Attempt(item_id, path.sections[0].topics[0].text, 0.0)))
    blocks = timetable(events, Rhythm(), path, NOW, 1)
    assert blocks[0].cards == 1
