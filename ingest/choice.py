"""Which resources an ingest is to read, and what it would do with each, asked beforehand."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from difflib import get_close_matches

from ingest.curriculum import Resource
from ingest.errors import FetchFailed, InputError
from ingest.fetch import Page
from ingest.links import classify, clean
from ingest.sources import fetch_resource

NOT_CHOSEN = "not chosen"


@dataclass(frozen=True, slots=True)
class Choice:
    """Resources by the beginning of their section's id and by kind; empty for all of them.

    `ids`, when given, names the only resources to read.
    """

    sections: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    ids: tuple[str, ...] | None = None

    def takes(self, resource: Resource) -> bool:
        """Say whether a resource is to be read."""
        return (
            (self.ids is None or resource.id in self.ids)
            and (not self.kinds or resource.kind in self.kinds)
            and (not self.sections or any(begins(resource.section_id, s) for s in self.sections))
        )

    def check(self, resources: Sequence[Resource]) -> None:
        """Raise InputError for a section, kind or id that no resource has."""
        sections = sorted({resource.section_id for resource in resources})
        for prefix in self.sections:
            if not any(begins(section, prefix) for section in sections):
                near = get_close_matches(prefix, sections, cutoff=0.4) or sections[:3]
                raise InputError(
                    f"no section with resources begins with '{prefix}': there are {', '.join(near)}"
                )
        kinds = sorted({resource.kind for resource in resources})
        for kind in self.kinds:
            if kind not in kinds:
                raise InputError(f"no resource is of kind '{kind}': there are {', '.join(kinds)}")
        known = {resource.id for resource in resources}
        for id in self.ids or ():
            if id not in known:
                like = ", ".join(get_close_matches(id, known, cutoff=0.4)) or "none like it"
                raise InputError(f"no resource has the id '{id}': there is {like}")


EVERYTHING = Choice()


def begins(section_id: str, prefix: str) -> bool:
    """Say whether an id begins with a prefix; "m1w1" does not mean week 10."""
    cut = prefix[-1:].isdigit() and section_id[len(prefix) : len(prefix) + 1].isdigit()
    return section_id.startswith(prefix) and not cut


@dataclass(frozen=True, slots=True)
class Step:
    """What an ingest would do with one resource.

    `action` is "fetch", "conditional" (ask whether what was read before has changed), "skip" (by
    design, with the reason) or "not chosen".
    """

    resource: Resource
    action: str
    reason: str = ""


def plan(resources: Sequence[Resource], choice: Choice, held: Set[str]) -> tuple[Step, ...]:
    """Say what would be done with each resource; `held` are the ids whose text was read before."""
    return tuple(_step(resource, choice, held) for resource in resources)


def _step(resource: Resource, choice: Choice, held: Set[str]) -> Step:
    if not choice.takes(resource):
        return Step(resource, NOT_CHOSEN)
    if not needs_a_connection(resource):
        try:
            fetch_resource(resource, _Nowhere())
        except FetchFailed as failure:
            return Step(resource, "skip", failure.reason)
    return Step(resource, "conditional" if resource.id in held else "fetch")


def needs_a_connection(resource: Resource) -> bool:
    """Say whether a resource is more than a name or a place to talk."""
    return resource.url is not None and classify(clean(resource.url)) != "community"


class _Nowhere:
    """A transport that asks nobody."""

    def get(self, url: str) -> Page:
        """Refuse every address."""
        raise FetchFailed("skipped", f"{url} is not asked")
