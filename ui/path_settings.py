"""The settings of a learner in the place "My path": the form, and what of it cannot be kept.

The checks are those of `studypath settings`; each error stands beside its field.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ingest.errors import InputError
from ui.markup import one_line
from ui.study import DAY, a_day, any_minutes

if TYPE_CHECKING:
    from assistant.learner import Rhythm
    from assistant.material import Basis, Material

# Name, label, kind of field, what stands below it.
FIELDS = (
    ("weekdays", "Minutes, Monday to Friday", "number", "of each day"),
    ("saturday", "Minutes on Saturday", "number", ""),
    ("sunday", "Minutes on Sunday", "number", ""),
    ("start", "First day", "date", "empty: the day of your first entry"),
    ("zone", "Time zone", "text", "such as Europe/Berlin"),
)
LONGEST = 300  # characters of a field
VARIES = "the days differ: empty leaves them as they are"


def form_html() -> str:
    """Write the form, still without its values."""
    fields = "".join(field_html(*field) for field in FIELDS)
    return (
        '<details id="path-settings" data-open="settings"><summary><h2>Your week and your goal</h2>'
        f'</summary><form novalidate><div class="fields">{fields}'
        '<p class="field"><label for="path-goal">Goal</label><select id="path-goal" name="goal"'
        ' aria-describedby="path-goal-error"></select>'
        '<span class="error" id="path-goal-error"></span></p></div>'
        '<p class="check"><label><input type="checkbox" name="schedule" id="path-schedule">'
        " Take the minutes of the path's own schedule</label></p>"
        '<p class="do"><button type="submit" class="first">Save</button></p>'
        '<p id="path-kept" role="status"></p></form></details>'
    )


def field_html(name: str, label: str, kind: str, hint: str) -> str:
    """Write one field with its label, its hint and the place of its error."""
    span = f' min="0" max="{DAY}" step="5" inputmode="numeric"' if kind == "number" else ""
    zone = ' autocomplete="off" spellcheck="false" list="path-zones"' if name == "zone" else ""
    more = '<datalist id="path-zones"></datalist>' if name == "zone" else ""
    return (
        f'<p class="field"><label for="path-{name}">{label}</label>'
        f'<input id="path-{name}" name="{name}" type="{kind}"{span}{zone}'
        f' aria-describedby="path-{name}-hint path-{name}-error">{more}'
        f'<span class="hint" id="path-{name}-hint">{hint}</span>'
        f'<span class="error" id="path-{name}-error"></span></p>'
    )


def values_of(basis: "Basis") -> dict[str, Any]:
    """Give the settings as they fill the form; weekdays that differ are left empty."""
    from assistant.horizon import calendar

    rhythm = basis.rhythm
    week = calendar(basis.curriculum.schedule, rhythm)
    same = len(set(week[:5])) == 1
    return {
        "weekdays": str(week[0]) if same else "",
        "saturday": str(week[5]),
        "sunday": str(week[6]),
        "start": rhythm.start.isoformat() if rhythm.start else "",
        "zone": rhythm.zone,
        "schedule": not rhythm.minutes,
        "varies": "" if same else VARIES,
    }


def changed(
    material: "Material", rhythm: "Rhythm", sent: Mapping[str, object]
) -> "tuple[Rhythm, dict[str, str]]":
    """Read a form into settings; the second part are errors by field, empty when all can be kept.

    A field that was not sent, or minutes without a number, change nothing.
    """
    from assistant.horizon import calendar
    from assistant.learner import check_rhythm
    from assistant.targets import section_of
    from ui.study import minutes_changed

    week = calendar(material.curriculum.schedule, rhythm)
    errors: dict[str, str] = {}

    def read(name: str, reading: Callable[[str], Any]) -> Any:
        value = sent.get(name)
        if not isinstance(value, str) or not value.strip():
            return None
        try:
            return reading(value.strip()[:LONGEST])
        except (argparse.ArgumentTypeError, InputError) as error:
            errors[name] = words(error)
            return None

    days = (*[read("weekdays", any_minutes)] * 5, read("saturday", any_minutes))
    days = (*days, read("sunday", any_minutes))
    found = rhythm
    if sent.get("schedule") is True:
        found = replace(rhythm, minutes=())
    elif sent.get("schedule") is False or any(day is not None for day in days):
        found = replace(rhythm, minutes=minutes_changed(days, week))
    start = read("start", a_day)
    if isinstance(sent.get("start"), str) and "start" not in errors:
        found = replace(found, start=start)
    goal = read("goal", lambda name: section_of(material, name).id)
    if isinstance(sent.get("goal"), str) and "goal" not in errors:
        found = replace(found, goal=goal or "")
    zone = read("zone", str)
    if zone:
        found = replace(found, zone=zone)
    try:
        check_rhythm(found)
    except InputError as error:  # the rest was checked above
        errors.setdefault("zone", words(error))
    return found, errors


def words(error: Exception) -> str:
    """Write an error as a sentence."""
    told = one_line(str(error))
    return f"{told[:1].upper()}{told[1:]}."
