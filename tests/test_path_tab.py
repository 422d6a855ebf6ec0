"""The place "My path" without a browser: what it plans, notes, and refuses."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.learner import Attempt, Known, Learner, Rhythm, Studied
from assistant.lines import Line
from assistant.plan import StudyPlan
from ingest.curriculum import load
from ui.edge import NO_COOKIE
from ui.next_page import Ticked, plan_html
from ui.path_study import Study
from ui.path_tab import KEPT, answered, drawn, first_drawn, form, kept, noted, planned

MONDAY = datetime(2026, 3, 2, 18, tzinfo=UTC)
BASICS = "m1w1-basic-ml-concepts"
VIDEO = f"{BASICS}/statquest-ml-fundamentals-playlist"
NOTES = f"note/{BASICS}"
ALLOWED = {"p", "span", "strong", "a", "ol", "ul", "li", "div", "button", "code", "h3"}

Ask = Callable[..., dict[str, Any]]


class Clock:
    """A clock that stands still until it is set."""

    now = MONDAY

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ask(tmp_path: Path, clock: Clock) -> Ask:
    """Give a function that asks as the page does: for all of it, or with `state` to note."""
    study = Study(tmp_path, clock)

    def run(learner: str = "me", **sent: object) -> dict[str, Any]:
        if "state" in sent:
            return answered(study, sent, learner, noted)
        told = answered(study, sent, learner, planned)
        return told if "problem" in told else {**told, **answered(study, sent, learner, drawn)}

    return run


def deeds(home: Path, learner: str = "me") -> list[object]:
    with Learner(home, MONDAY + timedelta(days=9), learner) as record:
        return [event.deed for event in record.events()]


def test_whoever_opens_it_first_waits_for_nothing_to_be_read(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = Study(tmp_path, clock)
    first_drawn(study)
    assert list(tmp_path.iterdir()) == []  # nobody's record
    monkeypatch.setattr("assistant.material.load_material", None)  # a call of it would fail
    assert "problem" not in answered(study, {}, "me", drawn)


# ── the plan ────────────────────────────────────────────────────────────────────────────────────


def test_before_anything_is_read_the_calendar_s_minutes_are_planned(ask: Ask) -> None:
    told = ask()
    assert (told["minutes"], told["calendar"]) == (60, "Your calendar gives 60 minutes today.")
    assert "Monday, 2 March 2026 · 60 of 60 minutes" in told["plan"]
    assert "StatQuest ML Fundamentals Playlist" in told["plan"]
    assert "<code>studypath ingest</code> does." in told["plan"]
    assert "No section is begun yet." in told["mastery"]


def test_looking_makes_no_record(ask: Ask, tmp_path: Path) -> None:
    assert "problem" not in ask()
    assert "problem" not in ask(learner="")
    assert not (tmp_path / "learners").exists()


def test_other_minutes_give_another_plan_and_a_long_day_a_longer_slider(ask: Ask) -> None:
    assert "20 of 20 minutes" in ask(minutes=20)["plan"]
    assert ask(minutes=20)["most"] == 240
    assert ask(minutes=611)["most"] == 615


def test_a_free_day_and_a_week_without_time_are_told_to_people(ask: Ask, tmp_path: Path) -> None:
    with Learner(tmp_path, MONDAY) as record:
        record.set_rhythm(Rhythm(minutes=(0, 30, 30, 30, 30, 0, 0)))
    told = ask()
    assert told["minutes"] == 0
    assert "Monday, 2 March 2026 is free in your week: move the slider" in told["plan"]
    assert "0 of the 31 sections" in told["plan"]
    with Learner(tmp_path, MONDAY) as record:
        record.set_rhythm(Rhythm(minutes=(0,) * 7))
    assert "<code>studypath settings --weekdays 60</code>" in ask()["plan"]


def test_who_knows_the_whole_path_is_told_so(ask: Ask, tmp_path: Path) -> None:
    import corpus

    with Learner(tmp_path, MONDAY) as record:
        record.add(MONDAY, *(Known(s.id) for s in load(corpus.learning_path()).sections))
    told = ask()
    assert "nothing to plan" in told["plan"]
    assert "Nothing new is left of the path; no review is due today." in told["plan"]
    assert "<svg" in told["mastery"]


def test_a_home_with_a_collection_says_that_it_has_no_path(ask: Ask, tmp_path: Path) -> None:
    from ingest.build import BuildOptions, build_library
    from ingest.embed import MODEL

    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.md").write_text("# Ropes\n\nA rope is made of strands.\n")
    options = BuildOptions(
        model=MODEL, cache=tmp_path, documents=tmp_path / "texts", offline=True, vectors=False
    )
    build_library(tmp_path, options, lambda progress: None)
    assert "a collection has no sections" in ask()["problem"]


# ── what was done ───────────────────────────────────────────────────────────────────────────────


def test_done_is_the_record_of_the_terminal_and_can_be_taken_back(ask: Ask, tmp_path: Path) -> None:
    told = ask(state="done", what=NOTES)
    assert told["told"] == "Done: Notes on Basic ML Concepts. The plan is made anew."
    assert f'data-state="reopened" data-what="{NOTES}"' in told["plan"]
    assert told["minutes"] < 60  # its estimate is off the day
    told = ask(state="reopened", what=NOTES)
    assert told["told"].startswith("Open again: Notes on Basic ML Concepts.")
    assert "Done today" not in told["plan"]
    assert told["minutes"] == 60
    assert deeds(tmp_path) == [
        Studied(BASICS, NOTES, "done", None),
        Studied(BASICS, NOTES, "reopened", None),
    ]


def test_a_piece_is_noted_with_its_minutes(ask: Ask, tmp_path: Path) -> None:
    assert 'aria-label="Studied 60 min: StatQuest ML' in ask()["plan"]
    told = ask(state="started", what=VIDEO, spent=60)
    assert told["told"].startswith("Begun: StatQuest ML Fundamentals Playlist, 60 min.")
    assert "Nothing is left for today: its 60 minutes are used;" in told["plan"]
    assert ask(minutes=0)["plan"] == told["plan"]
    assert deeds(tmp_path) == [Studied(BASICS, VIDEO, "started", 60)]


def test_an_exercise_is_done_and_taken_back(ask: Ask) -> None:
    import corpus

    words = load(corpus.learning_path()).section(BASICS).exercises[0].text
    told = ask(state="done", what=BASICS, exercise=words, minutes=600)
    assert told["told"] == f"Done: {words}. The plan is made anew."
    assert "<h3>Done today</h3>" in told["plan"]
    told = ask(state="reopened", what=BASICS, exercise=words, minutes=600)
    assert "<h3>Done today</h3>" not in told["plan"]


def test_a_section_is_known_until_it_is_opened_again(ask: Ask, tmp_path: Path) -> None:
    told = ask(state="known", what=BASICS, section=BASICS)
    assert told["told"] == "Known: Basic ML Concepts. The plan is made anew."
    assert told["section"] == BASICS
    assert f'data-state="reopened" data-what="{BASICS}"' in told["card"]
    assert "· known" in told["tree"]
    told = ask(state="reopened", what=BASICS, section=BASICS)
    assert "· known" not in told["tree"]
    assert deeds(tmp_path)[0] == Known(BASICS)
    assert "no section" in ask(state="known", what=VIDEO)["problem"]


def test_settings_are_kept_for_the_caller_alone(tmp_path: Path, clock: Clock) -> None:
    study = Study(tmp_path, clock)
    told = answered(study, {}, "visitor-1", form)
    assert told["values"]["schedule"] is True
    assert told["goals"].count("<option") == 32
    sent = {"fields": {"weekdays": "30", "saturday": "30", "sunday": "30", "schedule": False}}
    told = kept(study, sent, "visitor-1")
    assert (told["told"], told["minutes"]) == (KEPT, 30)
    assert answered(study, {}, "me", planned)["minutes"] == 60
    with Learner(tmp_path, MONDAY, "visitor-1") as record:
        assert record.rhythm() == Rhythm(minutes=(30,) * 7)


@pytest.mark.parametrize("fields", [{"zone": "nowhere"}, {"sunday": "-5"}])
def test_settings_that_cannot_be_make_no_record(
    tmp_path: Path, clock: Clock, fields: dict[str, str]
) -> None:
    study = Study(tmp_path, clock)
    assert list(kept(study, {"fields": fields}, "me")) == ["errors"]
    assert kept(study, {"fields": {"zone": "UTC"}}, "") == {"problem": NO_COOKIE}
    assert not (tmp_path / "learners").exists()


@pytest.mark.parametrize("sent", [None, 7, [], {"fields": 7}, {"fields": {"zone": ["UTC"]}}])
def test_settings_of_no_shape_change_nothing(tmp_path: Path, clock: Clock, sent: object) -> None:
    assert kept(Study(tmp_path, clock), sent, "me")["told"] == KEPT
    with Learner(tmp_path, MONDAY) as record:
        assert record.rhythm() == Rhythm()


def test_yesterday_is_not_today(ask: Ask, clock: Clock) -> None:
    ask(state="done", what=NOTES)
    clock.now += timedelta(days=1)
    told = ask()
    assert told["minutes"] == 60
    assert "Done today" not in told["plan"]


def test_each_learner_has_a_record_of_their_own(ask: Ask, tmp_path: Path) -> None:
    ask(state="done", what=NOTES, learner="visitor-1")
    assert "Done today" not in ask()["plan"]
    assert len(deeds(tmp_path, "visitor-1")) == 1


def test_answers_given_in_a_terminal_show_as_mastery(ask: Ask, tmp_path: Path) -> None:
    from assistant.items import load_items

    item = next(i for i in load_items().values() if i.section_id == BASICS)
    with Learner(tmp_path, MONDAY) as record:
        record.add(MONDAY, Attempt(item.id, item.topic, 1.0))
    told = ask()["mastery"]
    assert 'class="bar seen"' in told
    assert "1 observation" in told


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"state": "done", "what": f"{BASICS}/statquest"}, "did you mean"),
        ({"state": "done", "what": "../../x"}, "no section or resource"),
        ({"state": "done", "what": ""}, "no section or resource"),
        ({"state": "done", "what": 7}, "no id"),
        ({"state": "done", "what": "x" * 301}, "no id"),
        ({"state": "done", "what": BASICS, "exercise": "sew a sail"}, "names no single exercise"),
        ({"state": "done", "what": BASICS, "exercise": ["x"]}, "no exercise"),
        ({"state": "forgotten", "what": BASICS}, "nothing that can be noted"),
        ({"state": "", "what": BASICS}, "nothing that can be noted"),
        ({"state": "started", "what": VIDEO, "spent": 0}, "is no time"),
        ({"state": "started", "what": VIDEO, "spent": 10**9}, "is no time"),
        ({"state": "started", "what": VIDEO, "spent": True}, "is no time"),
        ({"minutes": -1}, "is no time"),
        ({"minutes": "60"}, "is no time"),
        ({"minutes": float("nan")}, "is no time"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_nothing_is_noted(
    ask: Ask, tmp_path: Path, sent: dict[str, object], said: str
) -> None:
    (name, words), *rest = ask(**sent).items()
    assert (name, rest) == ("problem", [])
    assert said in words
    assert "\n" not in words
    assert not (tmp_path / "learners").exists()


def test_without_a_cookie_of_ours_nothing_is_noted(ask: Ask, tmp_path: Path) -> None:
    assert ask(state="done", what=NOTES, learner="") == {"problem": NO_COOKIE}
    assert not (tmp_path / "learners").exists()


def test_a_damaged_record_is_told_with_its_cure(ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "learners" / "me"
    folder.mkdir(parents=True)
    (folder / "learner.db").write_bytes(b"no database" * 999)
    assert "is damaged" in ask()["problem"]


# ── hostile words ───────────────────────────────────────────────────────────────────────────────


class Tags(HTMLParser):
    """The elements of a text, and what their attributes hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        (
            '"><img src=x onerror=hit()>',
            "</li><script>hit()</script>",
            "${hit(1)} {{x}} `b`",
            "' onclick='hit()",
            "javascript:hit()",
        )
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(("read", "exercise", "quiz", "review")), HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_hostile_words_are_only_words(
    action: str, title: str, reason: str, url: str, id: str
) -> None:
    line = Line(action, id, "", title, url, 5, reason, resource_id=id, of=9, left=9, source=reason)
    plan = StudyPlan(MONDAY.date(), 5, (line,), (), (reason,))
    found = Tags(plan_html(plan, reason, [Ticked(id, title, title)]))
    assert found.names <= ALLOWED
    assert not any(name.startswith("on") for name, _ in found.attributes)
    links = [value or "" for name, value in found.attributes if name == "href"]
    assert all(link.startswith(("http://", "https://", "/read/")) for link in links)
