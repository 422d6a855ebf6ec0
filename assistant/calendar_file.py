"""Study and review blocks as a calendar file, RFC 5545 (icalendar's door).

A block's UID hangs on its day, its kind and the learner, so that importing the file again moves and
renames what is there. Times are local to the learner's zone, whose rules (VTIMEZONE) are written
for the time that the blocks cover; lengths are durations, which also hold when the clocks change.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from assistant.timetable import Block

if TYPE_CHECKING:
    import icalendar

MAKER = "-//studypath//studypath//EN"
# The library escapes commas, semicolons and line ends; these have no place in a text at all.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ud800-\udfff]"
)


def calendar_bytes(
    blocks: Sequence[Block], zone: str, learner: str, title: str, now: datetime
) -> bytes:
    """Write blocks as the content of an .ics file; `now` is its DTSTAMP."""
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("PRODID", MAKER)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", line(f"Study: {title}"))
    if blocks and zone != "UTC":
        calendar.add_component(zone_rules(zone, blocks[0].start, blocks[-1].start))
    for block in blocks:
        calendar.add_component(event_of(block, zone, learner, now))
    content: bytes = calendar.to_ical()
    return content


def event_of(block: Block, zone: str, learner: str, now: datetime) -> "icalendar.Event":
    """Write one block as an event; one of reviews has an alarm."""
    import icalendar

    stamp = now.astimezone(UTC).replace(microsecond=0)
    summary = summary_of(block)
    event = icalendar.Event()
    event.add("UID", f"{block.kind}-{block.start:%Y%m%d}-{learner}@studypath.invalid")
    event.add("DTSTAMP", stamp)
    event.add("LAST-MODIFIED", stamp)
    # It must grow with every change: minutes since 1970 do, and fit into 32 bits.
    event.add("SEQUENCE", int(stamp.timestamp()) // 60)
    event.add("DTSTART", block.start.astimezone(UTC) if zone == "UTC" else block.start)
    event.add("DURATION", timedelta(minutes=block.minutes))
    event.add("SUMMARY", summary)
    event.add("DESCRIPTION", description_of(block))
    event.add("CATEGORIES", ["studypath", block.kind])
    event.add("TRANSP", "OPAQUE")
    if block.cards:
        alarm = icalendar.Alarm()
        alarm.add("ACTION", "DISPLAY")
        alarm.add("DESCRIPTION", summary)
        alarm.add("TRIGGER", timedelta(0))
        event.add_component(alarm)
    return event


def summary_of(block: Block) -> str:
    """Say in one line what a block is for."""
    if block.cards:
        return f"Review {block.cards} card{'' if block.cards == 1 else 's'}"
    return line(f"Study: {', '.join(part.title for part in block.parts)}")


def description_of(block: Block) -> str:
    """Say what a block holds, with minutes, which are estimates."""
    if block.cards:
        return f"{summary_of(block)}, about {block.minutes} minutes."
    return "\n".join(
        line(
            f"{part.title}: about {part.minutes} minutes"
            f"{', the last of it' if part.last else ''} ({part.section_id})"
        )
        for part in block.parts
    )


def line(text: str) -> str:
    """Put words on one line, without characters that nobody sees."""
    return " ".join(_UNSEEN.sub("", " ".join(text.split())).split())


def zone_rules(zone: str, first: datetime, last: datetime) -> "icalendar.Timezone":
    """Describe a zone from a day before a time to two days after another.

    The library's own description lets a zone spring forward an hour too late: RFC 5545 (3.6.5)
    wants each onset in the local time before it.
    """
    import icalendar

    place = ZoneInfo(zone)
    begin = first.astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
    rules = icalendar.Timezone()
    rules.add("TZID", zone)
    before = offset_at(begin, place)
    for moment in (begin, *changes(begin, last.astimezone(UTC) + timedelta(days=2), place)):
        local = moment.astimezone(place)
        rule = icalendar.TimezoneDaylight() if local.dst() else icalendar.TimezoneStandard()
        after = offset_at(moment, place)
        rule.add("DTSTART", (moment + before).replace(tzinfo=None))
        rule.add("TZOFFSETFROM", before)
        rule.add("TZOFFSETTO", after)
        rule.add("TZNAME", local.tzname() or zone)
        rules.add_component(rule)
        before = after
    return rules


def changes(begin: datetime, end: datetime, place: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments (UTC, to the second) at which a zone changes its offset.

    Two changes within a day would be missed; the nearest of any zone are 6.9 days apart (tzdata
    2026.6).
    """
    low, day = begin, timedelta(days=1)
    while low < end:
        high = low + day
        if offset_at(low, place) != offset_at(high, place):
            early, late = low, high
            while late - early > timedelta(seconds=1):
                middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
                if offset_at(middle, place) == offset_at(low, place):
                    early = middle
                else:
                    late = middle
            yield late
        low = high


def offset_at(moment: datetime, place: ZoneInfo) -> timedelta:
    """Give a zone's offset from UTC at a moment."""
    return moment.astimezone(place).utcoffset() or timedelta(0)
