"""The place "My path": the path with a learner's progress, one section's card, and what is next.

What the browser sends is checked; whose record it is, the server alone decides.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ingest.errors import InputError
from ui.edge import guarded, must_be
from ui.next_page import LEAST_RANGE, STEP, Ticked, plan_html
from ui.pages import visitor_of
from ui.path_study import NOTHING, Situation, Study
from ui.study import DAY, NOT_READ, TIMES

if TYPE_CHECKING:
    from assistant.material import Basis, Material
    from assistant.plan import StudyPlan
    from assistant.today import Budget
    from ui.sessions import Sessions

MORE = "move the slider to plan {}."
USED = "No time is left of what you chose: move the slider to plan more."
OUR_FAULT = "Something went wrong on our side. Nothing was noted: please try again."
KEPT = "Saved. The plan is made anew."
STATES = ("started", "done", "reopened", "known")
LONGEST_ID, LONGEST_EXERCISE = 300, 2_000  # characters


@dataclass(frozen=True, slots=True)
class Wish:
    """What a browser asked for; `minutes` is None for those of the learner's calendar.

    `section` is the one whose card is shown, empty for the one at hand.
    """

    minutes: int | None
    state: str = ""
    what: str = ""
    exercise: str | None = None
    spent: int | None = None
    section: str = ""


def build_path(study: Study, sessions: "Sessions") -> None:
    """Place the tab inside the page that is being built."""
    import gradio as gr

    from ui.path_page import shell_html
    from ui.path_script import SCRIPT

    gr.HTML(
        shell_html(),
        elem_id="path",
        apply_default_css=False,
        js_on_load=SCRIPT,
        server_functions=server_functions(study, sessions),
    )


def server_functions(study: Study, sessions: "Sessions") -> list[Callable[..., dict[str, Any]]]:
    """Make the functions that the place's script calls; each answers for the caller alone."""
    import gradio as gr

    def learner(request: gr.Request) -> str:
        return sessions.learner(visitor_of(request))

    def plan(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, learner(request), planned)

    def path(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, learner(request), drawn)

    def card(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, learner(request), chosen)

    def note(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, learner(request), noted)

    def settings(sent: Any, request: gr.Request) -> dict[str, Any]:
        return answered(study, sent, learner(request), form)

    def keep(sent: Any, request: gr.Request) -> dict[str, Any]:
        return kept(study, sent, learner(request))

    return [plan, path, card, note, settings, keep]


def answered(
    study: Study,
    sent: object,
    learner: str,
    answer: Callable[[Study, str, Wish], dict[str, Any]],
) -> dict[str, Any]:
    """Answer a browser; what goes wrong is told in one line, it never raises."""
    return guarded(lambda: answer(study, learner, wish_of(sent)), OUR_FAULT)


def wish_of(sent: object) -> Wish:
    """Read what a browser sent; raises InputError for a value that is none."""
    given: Mapping[str, object] = sent if isinstance(sent, dict) else {}
    state, what, exercise, section = (
        given.get(name) or "" for name in ("state", "what", "exercise", "section")
    )
    if state and state not in STATES:
        raise InputError(NOTHING)
    if not isinstance(what, str) or len(what) > LONGEST_ID:
        raise InputError("This is no id of a section or a resource: load the page again.")
    if not isinstance(exercise, str) or len(exercise) > LONGEST_EXERCISE:
        raise InputError("This is no exercise of a section: load the page again.")
    if not isinstance(section, str) or len(section) > LONGEST_ID:
        raise InputError("This is no section of your path: choose one in the tree.")
    return Wish(
        minutes=minutes_in(given.get("minutes"), least=0),
        state=str(state),
        what=what,
        exercise=exercise or None,
        spent=minutes_in(given.get("spent"), least=1) if state == "started" else None,
        section=section,
    )


def minutes_in(value: object, least: int) -> int | None:
    """Read minutes of a day, None for none; raises InputError for what is no such number."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= DAY:
        raise InputError(f"{value!r:.40} is no time: give whole minutes, {least} to {DAY}")
    return value


# ── what is next ────────────────────────────────────────────────────────────────────────────────


def planned(study: Study, learner: str, wish: Wish) -> dict[str, Any]:
    """Give the plan as the page shows it."""
    from assistant.plan import plan
    from assistant.today import budget

    situation = study.situation(learner)
    material, basis = situation.material, situation.basis
    time_there_is = budget(basis)
    wanted = time_there_is.left if wish.minutes is None else wish.minutes
    found = plan(basis, wanted, situation.view) if wanted else idle(situation, time_there_is)
    return {
        "plan": plan_html(found, "" if basis.rows else NOT_READ, ticked(material, basis)),
        "minutes": wanted,
        "most": max(LEAST_RANGE, -(-max(wanted, time_there_is.minutes) // STEP) * STEP),
        "calendar": calendar_words(time_there_is),
    }


def idle(situation: Situation, time_there_is: "Budget") -> "StudyPlan":
    """Say why there is no plan, and where the learner stands all the same."""
    from ui.plan_text import idle_plan

    found = situation.overview
    told = idle_plan(situation.basis, time_there_is, MORE, TIMES)
    words = (USED,) if time_there_is.left else told.words
    return replace(told, slips=found.slips, words=(*words, *found.words))


def calendar_words(time_there_is: "Budget") -> str:
    """Say how much time the learner's calendar gives today."""
    if not time_there_is.minutes:
        return "Your calendar keeps today free."
    return f"Your calendar gives {time_there_is.minutes} minutes today."


def ticked(material: "Material", basis: "Basis") -> tuple[Ticked, ...]:
    """Name what was done today and can be taken back, the latest first."""
    from assistant.targets import target
    from assistant.today import done_on, local_date

    zone = basis.rhythm.zone
    found = []
    for done in reversed(done_on(basis.events, local_date(basis.now, zone), zone)):
        section_id, is_exercise, words = done.key.partition("#")
        if is_exercise:
            found.append(Ticked(section_id, words, words))
            continue
        with suppress(InputError):  # the path may have changed since
            found.append(Ticked(done.key, "", target(material, done.key).title))
    return tuple(found)


def noted(study: Study, learner: str, wish: Wish) -> dict[str, Any]:
    """Note what was done, and give all that it changes."""
    told = study.note(must_be(learner), wish.state, wish.what, wish.exercise, wish.spent)
    return {"told": told, **planned(study, learner, wish), **drawn(study, learner, wish)}


# ── the path ────────────────────────────────────────────────────────────────────────────────────


def drawn(study: Study, learner: str, wish: Wish) -> dict[str, Any]:
    """Give the tree, the map, the card and how far the learner is."""
    from ui.path_map import map_html
    from ui.path_page import mastery_html, tree_html
    from ui.report_page import hours_html

    situation = study.situation(learner)
    curriculum = situation.material.curriculum
    states = {one.section_id: one for one in situation.overview.sections}
    return {
        "tree": tree_html(curriculum, states, situation.current),
        "map": map_html(curriculum, situation.material.prerequisites, states),
        "mastery": mastery_html(situation.report),
        "hours": hours_html(situation.report),
        **chosen(study, learner, wish),
    }


def first_drawn(study: Study) -> None:
    """Draw the place for nobody, so that whoever opens it first need not wait for what it reads."""
    planned(study, "", Wish(None))
    drawn(study, "", Wish(None))


def chosen(study: Study, learner: str, wish: Wish) -> dict[str, Any]:
    """Give the card of a section; of one that the path does not have, that of the one at hand."""
    situation = study.situation(learner)
    sections = situation.material.curriculum.sections
    first = situation.current or (sections[0].id if sections else "")
    known = {section.id for section in sections}
    section_id = wish.section if wish.section in known else first
    if not section_id:
        return {"card": "", "section": ""}
    return {"card": card_of(study, situation, section_id), "section": section_id}


def card_of(study: Study, situation: Situation, section_id: str) -> str:
    """Write the card of a section."""
    from assistant.grounds import grounds_of
    from assistant.section import section_card
    from ui.path_card import Shown, card_html

    material, basis, seen = situation.material, situation.basis, situation.view
    section = basis.curriculum.section(section_id)
    return card_html(
        Shown(
            card=section_card(
                section_id, material.curriculum, material.prerequisites, material.ledger
            ),
            section=section,
            curriculum=basis.curriculum,
            states={one.section_id: one for one in situation.overview.sections},
            estimates=basis.estimates,
            standing=seen.standing,
            tasks=study.tasks(situation, section_id),
            grounds=grounds_of(
                section, basis.events, basis.curriculum, basis.items, seen.masteries, basis.now
            ),
            now=basis.now,
            current=section_id == situation.current,
        )
    )


# ── settings ────────────────────────────────────────────────────────────────────────────────────


def form(study: Study, learner: str, wish: Wish) -> dict[str, Any]:
    """Give the settings as they fill the form."""
    from ui.path_page import goals_html
    from ui.path_settings import values_of

    basis = study.situation(learner).basis
    return {"values": values_of(basis), "goals": goals_html(basis.curriculum, basis.rhythm.goal)}


def kept(study: Study, sent: object, learner: str) -> dict[str, Any]:
    """Keep the settings of a form, or say beside which field one cannot be kept."""
    from ui.path_settings import changed

    given: Mapping[str, object] = sent if isinstance(sent, dict) else {}
    fields = given.get("fields")

    def keep(study: Study, learner: str, wish: Wish) -> dict[str, Any]:
        basis = study.situation(must_be(learner)).basis
        told = fields if isinstance(fields, dict) else {}
        rhythm, errors = changed(study.material(learner), basis.rhythm, told)
        if errors:
            return {"errors": errors}
        study.keep(learner, rhythm)
        plan = planned(study, learner, wish)
        return {"told": KEPT, **plan, **drawn(study, learner, wish), **form(study, learner, wish)}

    return answered(study, sent, learner, keep)
