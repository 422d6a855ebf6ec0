"""The weekly schedule of a learning path: which day, how many minutes, for what."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.outline import Block, plain
from ingest.path_lines import Hours, label, leading_hours, split_hours

_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekdays?|weekends?|every day|daily|day [0-9]+"
)
_SCHEDULE = re.compile(
    rf"\W*(?:(?:(?:weekly|daily|study|suggested|sample) )*(?:schedule|timetable|routine)|{_DAY})\b",
    re.IGNORECASE,
)
_DAY_FIRST = re.compile(rf"((?:{_DAY})[^:]{{0,40}}):\s*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """One line of the schedule; `minutes` is (least, most), or None when the line names none.

    A budget in a heading ("Weekdays (1-2 hours per day)") is a line, too: its text is "per day".
    """

    day: str
    minutes: tuple[int, int] | None
    text: str
    line: int


def is_schedule(heading: str) -> bool:
    """Tell whether a heading opens a schedule or a day of one."""
    return bool(_SCHEDULE.match(heading))


def read_schedule(heading: Block, blocks: Sequence[Block]) -> tuple[ScheduleLine, ...]:
    """Read the lines under a schedule's heading; deeper headings name its days."""
    day, lines = _day(plain(heading.pieces), heading.line)
    days = [(0, day)]  # the level of each line that names a day, and the day
    for block, following in zip(blocks, [*blocks[1:], None], strict=False):
        if block.kind == "text":
            continue
        while len(days) > 1 and days[-1][0] >= block.level:
            days.pop()
        if block.kind == "heading":
            day, more = _day(plain(block.pieces), block.line)
            days = [(0, day)]
        elif _names_day(block, following):
            day, more = _day(plain(block.pieces), block.line)
            days = [*days, (block.level, day)]
        else:
            more = _line(block, days[-1][1])
        lines += more
    return lines


def _names_day(block: Block, following: Block | None) -> bool:
    if following is None or following.kind != "item" or following.level <= block.level:
        return False
    bold = all(piece.strong or not piece.text.strip() for piece in block.pieces)
    return bold and bool(plain(block.pieces)) and not leading_hours(plain(block.pieces))


def _day(text: str, line: int) -> tuple[str, tuple[ScheduleLine, ...]]:
    """Part a day's name from the time it offers."""
    name, hours, rest = split_hours(text.removesuffix(":"))
    while timed := leading_hours(name):
        hours, name = timed
    name = name or "Every week"
    return name, (ScheduleLine(name, _minutes(hours), rest, line),) if hours else ()


def _line(block: Block, day: str) -> tuple[ScheduleLine, ...]:
    head = label(block.pieces)
    if head and head.strong and (timed := leading_hours(head.name)) and not timed[1]:
        return (ScheduleLine(day, _minutes(timed[0]), plain(head.rest), block.line),)
    text = plain(block.pieces)
    lines: tuple[ScheduleLine, ...] = ()
    while match := _DAY_FIRST.fullmatch(text):
        (day, budget), text = _day(match[1], block.line), match[2]
        lines += budget
    hours = None
    if timed := leading_hours(text):
        hours, text = timed
    if text or hours:
        lines += (ScheduleLine(day, _minutes(hours), text, block.line),)
    return lines


def _minutes(hours: Hours | None) -> tuple[int, int] | None:
    return (round(hours.low * 60), round(hours.high * 60)) if hours else None
