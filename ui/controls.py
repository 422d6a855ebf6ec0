"""How a visitor's questions are answered: scope, engine and depth, as they are offered and kept.

What a browser sends names one of the values that are offered; anything else changes nothing.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from assistant.engines import AUTO, EXTRACTIVE, NAMES, EngineState, best, usable
from assistant.manner import DEPTHS, Manner
from assistant.precious import ME
from ingest.curriculum import OWN, Curriculum, Section
from ingest.errors import InputError, StudypathError
from ui.latest import Latest
from ui.markup import one_line
from ui.sessions import VISITORS, Sessions, place_of

if TYPE_CHECKING:
    from ui.keeper import Keeper

LOOK_AGAIN = 10.0  # seconds that the states of the engines are held: a server may have gone
WHOLE = ""
ENGINES = {
    EXTRACTIVE: "Quotes only",
    "openai": "Language model",
    "ollama": "Ollama",
    "local": "Local model",
    "anthropic": "Anthropic",
}
DEPTH_WORDS = {"brief": "Brief", "normal": "Normal", "deep": "Deep"}
NOT_NOW = "{} (not available now)"
UNKNOWN = "That cannot be chosen any more: load the page again."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a visitor chose.

    `scope` is empty for the whole path, else "m2", "m2w3", the id of a section, or OWN; `engine` is
    empty for the one of the settings.
    """

    scope: str = WHOLE
    engine: str = ""
    depth: str = "normal"


def scopes(
    curriculum: Curriculum | None, *, added: bool
) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """List what can be asked alone, as groups of (value, words); the first is without a name."""
    if curriculum is None:
        return ()
    first = [(WHOLE, "Whole path")] + ([(OWN, "What I added")] if added else [])
    groups = [("", tuple(first))]
    for month in curriculum.months:
        named = f"Month {month.number}" if month.number else ""
        options = [(f"m{month.number}", named)] if named else []
        for week in month.weeks:
            if week.number:
                words = " · ".join(filter(None, (named, f"Week {week.number}")))
                options.append((f"m{month.number}w{week.number}", words))
            options += [(s.id, one_line(s.title)) for s in week.sections]
        groups.append((named or "Sections", tuple(options)))
    return tuple(groups)


def sections_of(scope: str, curriculum: Curriculum | None) -> tuple[str, ...]:
    """Give the ids of the sections of a scope; empty for the whole path, and for none there is."""
    if curriculum is None or not scope:
        return ()
    if scope == OWN:
        return (OWN,)
    return tuple(s.id for s in curriculum.sections if scope in parts_of(s))


def parts_of(section: Section) -> set[str]:
    """Name the parts of the path that a section belongs to, itself among them."""
    month, week = f"m{section.month}", f"m{section.month}w{section.week}"
    return (
        {section.id} | ({month} if section.month else set()) | ({week} if section.week else set())
    )


def engine_words(state: EngineState) -> str:
    """Name an engine for people, with its model."""
    words = ENGINES.get(state.name, state.name)
    return f"{words}: {one_line(state.model)}" if state.model else words


class Controls:
    """What each visitor chose, checked against what there is; safe to call from any thread.

    A choice is kept in the file of the visitor's learner, and in memory for who has none. Who
    comes from elsewhere has the choice between quotes and what the server was started with: other
    engines may cost money.
    """

    def __init__(
        self,
        keeper: "Keeper",
        sessions: Sessions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper, self._sessions, self._clock = keeper, sessions, clock
        self._lock = RLock()
        self._held: Latest[str, Choice] = Latest(VISITORS)
        self._states: tuple[tuple[EngineState, ...], str, float] | None = None

    def manner(self, visitor: str) -> Manner:
        """Give how a visitor's next question is to be answered."""
        choice = self.of(visitor)
        return Manner(
            scope=sections_of(choice.scope, self._keeper.curriculum),
            engine=choice.engine,
            depth=choice.depth,
        )

    def of(self, visitor: str) -> Choice:
        """Give what a visitor chose, as far as it can be had: a path may have changed since."""
        held = self._chosen(visitor)
        return Choice(
            scope=held.scope if self._is_there(held.scope) else WHOLE,
            engine=held.engine if held.engine in self._engines_for(visitor) else "",
            depth=held.depth if held.depth in DEPTHS else "normal",
        )

    def choose(self, visitor: str, sent: object) -> None:
        """Keep what a browser sent; raises InputError for what is not offered."""
        given: Mapping[str, object] = sent if isinstance(sent, dict) else {}
        offered = {
            "scope": self._scope_values(),
            "engine": {state.name for state in self._offered(visitor)},
            "depth": set(DEPTHS),
        }
        wanted: dict[str, str] = {}
        for name, values in offered.items():
            value = given.get(name)
            if value is None:
                continue
            if not isinstance(value, str) or value not in values:
                raise InputError(UNKNOWN)
            wanted[name] = value
        with self._lock:  # two that come together both count
            choice = replace(self._chosen(visitor), **wanted)
            self._hold(visitor, choice)
            if kept := self._sessions.kept(visitor):
                kept.choose(place_of(visitor), choice.scope, choice.engine, choice.depth)

    def told(self, visitor: str) -> dict[str, Any]:
        """Give what is offered and chosen, for the page; `ready` once the library is open."""
        choice, offered = self.of(visitor), self._offered(visitor)
        engines = [(s.name, engine_words(s)) for s in offered if s.usable]
        chosen = choice.engine or self._default()
        if chosen not in dict(engines):
            words = next((engine_words(s) for s in offered if s.name == chosen), chosen)
            engines.append((chosen, NOT_NOW.format(words)))
        return {
            "ready": self._keeper.wait(0),
            "scopes": self._scopes(),
            "engines": engines,
            "depths": list(DEPTH_WORDS.items()),
            "scope": choice.scope,
            "engine": chosen,
            "depth": choice.depth,
        }

    # ── what there is ───────────────────────────────────────────────────────────────────────

    def _scopes(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        try:
            added = any(row.kind == OWN and row.passages for row in self._keeper.sources())
        except StudypathError:  # the library is still being prepared
            added = False
        return scopes(self._keeper.curriculum, added=added)

    def _is_there(self, scope: str) -> bool:
        if scope == OWN:
            return OWN in self._scope_values()
        return bool(sections_of(scope, self._keeper.curriculum))

    def _scope_values(self) -> set[str]:
        return {value for _, options in self._scopes() for value, _ in options}

    def _offered(self, visitor: str) -> tuple[EngineState, ...]:
        states, default = self._engines()
        known = self._engines_for(visitor)
        return tuple(s for s in states if s.name in known and (s.usable or s.name == default))

    def _engines_for(self, visitor: str) -> tuple[str, ...]:
        near = self._sessions.learner(visitor) == ME
        return NAMES if near else (EXTRACTIVE, self._default())

    def _default(self) -> str:
        return self._engines()[1]

    def _engines(self) -> tuple[tuple[EngineState, ...], str]:
        """Give the states of all engines, and the name of the one that the settings choose."""
        now = self._clock()
        with self._lock:
            if self._states is None or now - self._states[2] > LOOK_AGAIN:
                settings = self._keeper.settings
                states, taken = usable(settings), settings.engine
                if taken == AUTO:
                    taken = best(settings, states).name
                elif taken not in NAMES:  # the library says so when it is opened
                    taken = EXTRACTIVE
                self._states = states, taken, now
            return self._states[:2]

    # ── memory and disk ─────────────────────────────────────────────────────────────────────

    def _chosen(self, visitor: str) -> Choice:
        with self._lock:
            held = self._held.get(visitor)
        if held is None:
            held = self._kept(visitor)
            self._hold(visitor, held)
        return held

    def _kept(self, visitor: str) -> Choice:
        try:
            kept = self._sessions.kept(visitor)
            found = kept.chosen(place_of(visitor)) if kept else None
        except InputError:  # a file that cannot be used: the chat says so
            found = None
        return Choice(*found) if found else Choice()

    def _hold(self, visitor: str, choice: Choice) -> None:
        with self._lock:
            self._held.keep(visitor, choice)
