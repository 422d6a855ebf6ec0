"""The form of a learner's settings: what it changes, what it leaves, and errors by field."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.horizon import calendar
from assistant.learner import Rhythm, check_rhythm
from assistant.material import Material, load_material
from ui.path_settings import FIELDS, changed, form_html, values_of

MATERIAL: Material = load_material(None)
WEEK = calendar(MATERIAL.curriculum.schedule, Rhythm())
GOAL = MATERIAL.curriculum.sections[4].id


def test_what_is_filled_in_comes_out_again() -> None:
    sent = {
        "weekdays": "45",
        "saturday": "90",
        "sunday": "0",
        "start": "2026-03-02",
        "zone": "Europe/Berlin",
        "goal": GOAL,
        "schedule": False,
    }
    found, errors = changed(MATERIAL, Rhythm(), sent)
    assert errors == {}
    assert found == Rhythm(
        minutes=(45, 45, 45, 45, 45, 90, 0),
        start=date(2026, 3, 2),
        zone="Europe/Berlin",
        goal=GOAL,
    )
    basis = MATERIAL.basis((), found, datetime(2026, 3, 2, tzinfo=UTC))
    told = values_of(basis)
    assert {name: told[name] for name in ("weekdays", "saturday", "sunday", "start", "zone")} == {
        name: sent[name] for name in ("weekdays", "saturday", "sunday", "start", "zone")
    }
    assert told["schedule"] is False


def test_the_path_s_schedule_stays_what_it_is_until_a_day_is_changed() -> None:
    as_filled = {
        "weekdays": "",
        "saturday": str(WEEK[5]),
        "sunday": str(WEEK[6]),
        "start": "",
        "zone": "UTC",
        "goal": "",
        "schedule": True,
    }
    assert changed(MATERIAL, Rhythm(), as_filled) == (Rhythm(), {})
    found, _ = changed(MATERIAL, Rhythm(), {**as_filled, "sunday": "5", "schedule": False})
    assert found.minutes == (*WEEK[:6], 5)
    own = Rhythm(minutes=(1, 2, 3, 4, 5, 6, 7), retention=0.8)
    found, _ = changed(MATERIAL, own, {**as_filled, "saturday": "6", "sunday": "7"})
    assert found == Rhythm(retention=0.8)


def test_days_that_differ_are_left_as_they_are() -> None:
    own = Rhythm(minutes=(1, 2, 3, 4, 5, 6, 7))
    sent = {"weekdays": "", "saturday": "60", "sunday": "7", "schedule": False}
    assert changed(MATERIAL, own, sent)[0].minutes == (1, 2, 3, 4, 5, 60, 7)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("weekdays", "-1", "give whole minutes, 0 to 1440."),
        ("saturday", "1441", "give whole minutes"),
        ("sunday", "soon", "'soon' is no time"),
        ("start", "2026-13-01", "is no date: write 2026-03-08."),
        ("zone", "Mars/Olympus", "is no time zone"),
        ("zone", "../../etc/passwd", "is no time zone"),
        ("goal", "m9w9-sailing", "did you mean"),
        ("goal", "general", "is no section to study"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field(name: str, value: str, said: str) -> None:
    found, errors = changed(MATERIAL, Rhythm(), {name: value})
    assert list(errors) == [name]
    assert said in errors[name]
    assert errors[name].endswith(".")
    assert found.minutes == ()


def test_all_errors_are_told_at_once() -> None:
    _, errors = changed(MATERIAL, Rhythm(), {"saturday": "x", "zone": "y", "start": "z"})
    assert set(errors) == {"saturday", "zone", "start"}


@given(
    st.dictionaries(
        st.sampled_from([*(name for name, *_ in FIELDS), "goal", "schedule", "x"]),
        st.one_of(st.text(), st.integers(), st.none(), st.booleans(), st.lists(st.text())),
    )
)
def test_whatever_is_sent_gives_settings_that_can_be_kept_or_errors(
    sent: dict[str, object],
) -> None:
    found, errors = changed(MATERIAL, Rhythm(), sent)
    if not errors:
        check_rhythm(found)


def test_the_form_names_every_field_for_a_screen_reader() -> None:
    html = form_html()
    for name, label, *_ in FIELDS:
        assert f'<label for="path-{name}">{label}</label>' in html
        assert f'id="path-{name}"' in html
