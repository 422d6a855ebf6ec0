"""What stands under one heading of a learning path: its goal, topics, exercises and resources."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ingest.outline import Block, Piece, plain
from ingest.path_lines import (
    EMOJI,
    Hours,
    Label,
    Problem,
    Reference,
    block_label,
    has_link,
    kind_named,
    known_kind,
    label,
    leading_hours,
    links_in_prose,
    references,
    trimmed,
    undecorated,
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing to learn; `depth` counts the topics it is nested under."""

    text: str
    line: int
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Exercise:
    """One thing to do; `kind` is "exercise", "requirement" or "deliverable"."""

    text: str
    line: int
    kind: str


@dataclass(frozen=True, slots=True)
class Body:
    """All that was read under a heading; `lists_work` tells whether it is more than prose."""

    concept: str
    hours: Hours | None
    topics: tuple[Topic, ...]
    exercises: tuple[Exercise, ...]
    references: tuple[Reference, ...]
    problems: tuple[Problem, ...]
    lists_work: bool


def read_body(blocks: Sequence[Block], *, listed: bool = False, loose_topics: bool = False) -> Body:
    """Read the blocks under a heading, up to the next one.

    With `listed` the heading itself says that resources follow; with `loose_topics` list items
    under no label are topics, as in a section that is nothing but a list.
    """
    reading = _Reading(listed, loose_topics, "resources" if listed else "prose")
    for place, block in enumerate(blocks):
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        for line in _lines(block, reading.part == "resources"):
            reading.take(line, following)
    return Body(
        reading.concept,
        reading.hours,
        tuple(reading.topics),
        tuple(reading.exercises),
        tuple(reading.references),
        tuple(reading.problems),
        reading.lists_work,
    )


def _lines(block: Block, in_resources: bool) -> Iterator[Block]:
    """Part a paragraph where one of its lines begins with a label or names a resource."""
    if block.kind != "text":
        yield block
        return
    begun: list[Piece] = []
    for number in sorted({piece.line for piece in block.pieces}):
        line = [piece for piece in block.pieces if piece.line == number]
        picture, _ = undecorated(line)
        new = label(line) or picture in EMOJI or (in_resources and has_link(line))
        if begun and new:
            yield replace(block, pieces=tuple(begun), line=begun[0].line)
            begun = []
        begun += line
    if begun:
        yield replace(block, pieces=tuple(begun), line=begun[0].line)


@dataclass(slots=True)
class _Reading:
    """What has been read so far, and the part of the section that the next line belongs to.

    A part ends where the next label or paragraph begins, not where indentation says so: hand-made
    lists are indented every way.
    """

    listed: bool
    loose_topics: bool
    part: str
    level: int = 0  # of the label that opened the part
    group: tuple[int, str] | None = None  # level and kind of a line such as "GitHub templates:"
    parent: int | None = None  # level of the last resource
    first_topic: int | None = None  # level of the part's first topic
    concept: str = ""
    hours: Hours | None = None
    lists_work: bool = False
    topics: list[Topic] = field(default_factory=list)
    exercises: list[Exercise] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def take(self, line: Block, following: Block | None) -> None:
        if line.kind == "heading":
            part = block_label(plain(line.pieces))
            self._open(part if part and part != "time" else self._base(), 0)
            self._links(line.pieces)
            return
        head = label(line.pieces)
        part = self._part_opened(head, line) if head else None
        if head and part == "time":
            self.hours = self.hours or (leading_hours(plain(head.rest)) or (None,))[0]
            self._links(head.rest)
            return
        inline = bool(head and part)
        if head and part:
            self._open(part, line.level)
            line = replace(line, pieces=head.rest)
            if not head.rest:
                return
        if self.part == "resources":
            self._resource(line, following, inline)
        elif self.part == "prose":
            self._loose(line)
        elif line.kind == "item" or inline or self.part == "concept":
            self._work(line)
            if inline and self.part == "concept":
                self._open(self._base(), 0)
        else:
            self._after_list(line)

    def _base(self) -> str:
        return "resources" if self.listed else "prose"

    def _open(self, part: str, level: int) -> None:
        self.part, self.level = part, level
        self.group = self.parent = self.first_topic = None

    def _part_opened(self, head: Label, line: Block) -> str | None:
        """Say which part a label opens here, if it is no more than a word inside a part."""
        part = block_label(head.name)
        nested = self.part != "prose" and line.level > self.level
        if nested and (self.part == "resources" or not head.strong):
            return None
        if part == "time":
            return part if leading_hours(plain(head.rest)) else None
        if nested and head.rest and not has_link(head.rest):
            return None
        if self.part == "resources" and part != "resources" and has_link(head.rest):
            return None
        return part

    def _links(self, pieces: Sequence[Piece]) -> None:
        found, problems = links_in_prose(pieces)
        self.references += found
        self.problems += problems

    def _work(self, line: Block) -> None:
        """Take a line of the goal, the topics or the exercises."""
        self._links(line.pieces)
        text = plain(line.pieces)
        if not text:
            return
        if self.part == "concept":
            joint = "; " if line.kind == "item" else " "
            self.concept = f"{self.concept}{joint}{text}" if self.concept else text
        elif self.part == "topics":
            self._topic(text, line)
        else:
            self.exercises.append(Exercise(text, line.line, self.part))
            self.lists_work = True

    def _topic(self, text: str, line: Block) -> None:
        if self.first_topic is None:
            self.first_topic, depth = line.level, 0
        else:
            depth = min(max(0, line.level - self.first_topic), self.topics[-1].depth + 1)
        self.topics.append(Topic(text, line.line, depth))
        self.lists_work = True

    def _after_list(self, line: Block) -> None:
        """Take running text after a list: at the margin it ends the list's part."""
        self._links(line.pieces)
        if line.level == 0:
            self._open(self._base(), 0)

    def _loose(self, line: Block) -> None:
        """Take a line that stands under no label."""
        if line.kind == "item" and self._names_resource(line):
            self._add(line, "", listed=False)
            return
        self._links(line.pieces)
        text = plain(line.pieces)
        if line.kind == "item" and self.loose_topics and text:
            self._topic(text, line)

    def _names_resource(self, line: Block) -> bool:
        picture, _ = undecorated(line.pieces)
        head = label(line.pieces)
        known = head is not None and bool(head.rest) and known_kind(head.name) is not None
        return has_link(line.pieces) or (self.loose_topics and (picture in EMOJI or known))

    def _resource(self, line: Block, following: Block | None, inline: bool) -> None:
        picture, _ = undecorated(line.pieces)
        head, linked = label(line.pieces), has_link(line.pieces)
        deeper = following if following and following.kind == "item" else None
        deeper = deeper if deeper and deeper.level > line.level else None
        if self.group and line.level <= self.group[0]:
            self.group = None
        if head and not head.rest and (head.colon or deeper):
            self.group, self.parent = (line.level, kind_named(head.name) or ""), None
            if not deeper:
                message = f"“{head.name}” names no resource: write its title after the colon"
                self.problems.append(Problem(line.line, message))
            return
        if not head and not linked and deeper and self._leads(line, deeper):
            self.group, self.parent = (line.level, known_kind(plain(line.pieces)) or ""), None
            return
        bare = not head and not linked and picture not in EMOJI
        if bare and self.parent is not None and line.level > self.parent:
            self._note(plain(line.pieces))
        elif bare and line.kind == "text" and not inline:
            self._open(self._base(), 0) if line.level == 0 else self._links(line.pieces)
        else:
            self._add(line, self.group[1] if self.group else "", listed=True)
            if head and head.rest and not self.group:
                self.group = (line.level, kind_named(head.name) or "")

    def _leads(self, line: Block, deeper: Block) -> bool:
        return plain(line.pieces).endswith(":") or has_link(deeper.pieces)

    def _add(self, line: Block, kind: str, listed: bool) -> None:
        found, problems = references(line.pieces, line.line, kind, listed)
        self.references += found
        self.problems += problems
        if found:
            self.parent = line.level
            self.lists_work = True

    def _note(self, text: str) -> None:
        last = self.references[-1]
        note = "; ".join(words for words in (last.note, text) if words)
        self.references[-1] = replace(last, note=trimmed(note) if last.link else note)
