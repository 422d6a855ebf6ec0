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
    day, lines = _day(heading)
    days = [(0, day)]  # the level of each line that names a day, and the day
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block.kind == "heading":
            day, budget = _day(block)
            days, lines = [(0, day)], lines + budget
        elif block.kind == "item":
            while len(days) > 1 and days[-1][0] >= block.level:
                days.pop()
            deeper = following and following.kind == "item" and following.level > block.level
            text = plain(block.pieces).removesuffix(":")
            if deeper and text and all(p.strong or not p.text.strip() for p in block.pieces):
                if not leading_hours(text):
                    day, budget = _day(block)
                    days, lines = [*days, (block.level, day)], lines + budget
                    continue
            lines = lines + _line(block, days[-1][1])
    return lines


def _day(block: Block) -> tuple[str, tuple[ScheduleLine, ...]]:
    name, hours, rest = split_hours(plain(block.pieces).removesuffix(":"))
    return name, (ScheduleLine(name, _minutes(hours), rest, block.line),) if hours else ()


def _line(block: Block, day: str) -> tuple[ScheduleLine, ...]:
    head = label(block.pieces)
    if head and head.strong and (timed := leading_hours(head.name)) and not timed[1]:
        return (ScheduleLine(day, _minutes(timed[0]), plain(head.rest), block.line),)
    text = plain(block.pieces)
    while match := _DAY_FIRST.fullmatch(text):
        day, text = match[1], match[2]
    hours = None
    if timed := leading_hours(text):
        hours, text = timed
    return (ScheduleLine(day, _minutes(hours), text, block.line),) if text or hours else ()


def _minutes(hours: Hours | None) -> tuple[int, int] | None:
    return (round(hours.low * 60), round(hours.high * 60)) if hours else None
