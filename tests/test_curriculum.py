"""A learning path is read whole, whatever its author's habits, and written back the same."""

import re
from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus import learning_path
from ingest.curriculum import (
    Curriculum,
    Exercise,
    Hours,
    Month,
    Resource,
    ScheduleLine,
    Section,
    Topic,
    Week,
    load,
    parse,
    render,
    slug,
)
from ingest.errors import InputError
from ingest.links import clean, safe_http
from ingest.outline import outline

LINK = "- [A page](https://example.org/a)"


def without_lines(value: Any) -> Any:
    """Return a record with every line number and problem taken out."""
    if isinstance(value, tuple):
        return tuple(without_lines(part) for part in value)
    if not is_dataclass(value):
        return value
    blank = {"line": 0, "end_line": 0, "problems": ()}
    named = {f.name: without_lines(getattr(value, f.name)) for f in fields(value)}
    return type(value)(**{name: blank.get(name, part) for name, part in named.items()})


def section_of(text: str) -> Section:
    """Read the only section of the lines put under one heading."""
    path = f"## Month 1: M\n\n### Week 1: W\n\n#### S (5-6 hours)\n\n{text}\n"
    return parse(path).sections[0]


# The path that ships with studypath


@pytest.fixture(scope="module")
def path() -> Curriculum:
    return load(learning_path())


def test_the_numbers_of_the_path_hold(path):
    assert path.title == "AI Engineering Learning Path"
    assert [month.number for month in path.months] == [1, 2, 3, 4]
    assert [week.number for month in path.months for week in month.weeks] == [1, 2, 3, 4] * 4
    assert len(path.sections) == 31
    links = [resource.link for resource in path.resources if resource.link]
    assert len(links) == 133
    assert sum("google.com/search?q=" in link for link in links) == 54
    assert sum(resource.link is not None for resource in path.general.resources) == 9
    assert len(path.resources) == 201
    assert sum(len(section.topics) for section in path.sections) == 123
    assert Counter(e.kind for section in path.sections for e in section.exercises) == {
        "exercise": 60,
        "requirement": 5,
        "deliverable": 4,
    }
    assert len(path.schedule) == 9
    assert path.problems == ()


def test_every_address_of_the_path_is_ready_to_fetch(path):
    for resource in path.resources:
        assert (resource.url is None) == (resource.link is None)
        if resource.url and resource.link:
            assert safe_http(resource.url)
            assert resource.url == clean(resource.link)
            assert "google.com/search" not in resource.url
    urls = {resource.url for resource in path.resources}
    assert "https://www.youtube.com/watch?v=d12-tP5oCTY" in urls
    assert "https://github.com/pgvector/pgvector#tutorial" in urls


def test_ids_of_the_path_are_pinned(path):
    ids = [section.id for section in path.sections]
    assert ids[0] == "m1w1-basic-ml-concepts"
    assert "m2w3-vector-database-fundamentals" in ids
    assert ids[-1] == "m4w4-end-to-end-ai-system-implementation"
    assert len(set(ids)) == 31
    everything = [resource.id for resource in path.resources]
    assert len(set(everything)) == len(everything)
    assert "m2w2-transformer-architecture/the-illustrated-transformer-by-jay-alammar" in everything


def test_the_lines_of_a_section_can_be_quoted(path):
    lines = learning_path().read_text(encoding="utf-8").splitlines()
    for section in path.sections:
        assert lines[section.line - 1].startswith(f"#### {section.title}")
        assert lines[section.end_line - 1].strip()
        for item in (*section.topics, *section.exercises, *section.resources):
            assert section.line < item.line <= section.end_line
            shown = item.title if isinstance(item, Resource) else item.text
            assert shown in lines[item.line - 1].replace("\\", "")
    for line in path.schedule:
        assert line.text in lines[line.line - 1].replace("**", "")


def test_a_nested_topic_is_a_topic(path):
    topics = path.section("m1w2-data-preprocessing").topics
    assert [(topic.text, topic.depth) for topic in topics][1:4] == [
        ("Feature scaling techniques", 0),
        ("Categorical encoding methods", 1),
        ("Data normalization and standardization", 0),
    ]


def test_resources_keep_kind_note_and_unescaped_title(path):
    by_title = {resource.title: resource for resource in path.resources}
    book = by_title['"Release It!" by Michael Nygard']
    assert (book.kind, book.url) == ("reading", None)
    assert by_title["Production-ready ML Project Template"].kind == "github"
    assert by_title["End-to-End ML Project Structure"].kind == "github"
    nielsen = by_title["Neural Networks and Deep Learning"]
    assert nielsen.note == "(Note: File [2] refers to Michael Nielsen's online book)"
    assert by_title["Python for Data Analysis, 3E (wesmckinney.com)"].note == (
        '"Python for Data Analysis" by Wes McKinney'
    )
    assert by_title["AI Engineers Discord"].kind == "community"
    assert by_title["The Batch by Andrew Ng"].kind == "newsletter"


def test_the_capstone_has_hours_by_week_only(path):
    week = path.months[3].weeks[3]
    assert (week.title, week.hours) == ("Capstone Project", Hours(20.0, 24.0))
    assert week.sections[0].hours is None
    assert path.sections[0].hours == Hours(5.0, 6.0)


def test_the_schedule_of_the_path(path):
    said = [(line.day, line.minutes, line.text) for line in path.schedule]
    assert said[0] == ("Weekdays", (60, 120), "per day")
    assert said[3] == ("Weekdays", None, "Focus on: Small, incremental progress daily")
    assert said[5][:2] == ("Day 1 (Saturday)", (60, 60))
    assert said[7] == (
        "Day 2 (Sunday)",
        (120, 180),
        "Complete practical exercises / Complete exercises",
    )


def test_places_are_said_in_words(path):
    assert path.place("m2w3-vector-database-fundamentals") == (
        "Month 2 · Week 3 · Vector Database Fundamentals"
    )
    assert path.place("general") == "Additional resources"
    assert path.section("general") is path.general
    with pytest.raises(InputError, match="did you mean m2w3-vector-database-fundamentals"):
        path.section("m2w3-vector-databases")


def test_nothing_of_the_original_is_changed_but_its_prose(path, curriculum_text):
    original = parse(curriculum_text)

    def carried(curriculum: Curriculum) -> tuple[Any, ...]:
        goalless = [
            [without_lines(getattr(s, f.name)) for f in fields(s) if f.name != "concept"]
            for s in without_lines(curriculum.sections)
        ]
        weeks = [
            (m.number, m.title, w.number, w.title, w.hours)
            for m in curriculum.months
            for w in m.weeks
        ]
        rest = (curriculum.title, curriculum.general, curriculum.schedule)
        return goalless, weeks, without_lines(rest)

    assert carried(path) == carried(original)
    for ours, theirs in zip(path.sections, original.sections, strict=True):
        assert ours.concept
        assert ours.concept != theirs.concept
    assert not set(path.intro.split(". ")) & set(original.intro.split(". "))


def test_every_line_of_the_original_but_its_prose_is_carried_over(curriculum_text):
    def kept(text: str) -> list[str]:
        body = text[text.index("## Month 1") :].splitlines()
        return [line for line in body if line.strip() and "**Concept:**" not in line]

    ours = learning_path().read_text(encoding="utf-8")
    assert kept(ours) == kept(curriculum_text)
    assert "merged the content" not in ours


def test_the_original_is_read_to_the_same_numbers(curriculum_text):
    original = parse(curriculum_text)
    assert len(original.sections) == 31
    assert sum(resource.link is not None for resource in original.resources) == 133
    assert original.problems == ()
    assert "merged the content" not in original.intro
    assert without_lines(parse(render(original))) == without_lines(original)


# Other authors' habits


@pytest.mark.parametrize("bullet", ["-", "*", "+", "1."])
@pytest.mark.parametrize(
    ("outer", "inner"),
    [("", "   "), ("  ", "      "), ("", "\t"), ("    ", "        "), (" ", "    ")],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_bullets_indents_and_line_ends_do_not_matter(bullet, outer, inner, newline):
    text = newline.join(
        [
            "\ufeff# T",
            "## Month 1 - M",
            "### Week 1 – W",
            "#### S",
            "",
            f"{outer}{bullet} **Topics:**",
            f"{inner}{bullet} one",
            f"{inner}{bullet} two",
            f"{outer}{bullet} **Practical exercises:**",
            f"{inner}{bullet} do",
            f"{outer}{bullet} **Resources:**",
            f"{inner}{bullet} 📺 **Video:** [A](https://example.org/a)",
            f"{inner}{bullet} **Reading:** [B](https://example.org/b)",
        ]
    )
    curriculum = parse(text)
    (section,) = curriculum.sections
    assert curriculum.title == "T"
    assert (curriculum.months[0].title, curriculum.months[0].weeks[0].title) == ("M", "W")
    assert [topic.text for topic in section.topics] == ["one", "two"]
    assert section.exercises == (Exercise("do", 10, "exercise"),)
    assert [(r.kind, r.title, r.line) for r in section.resources] == [
        ("video", "A", 12),
        ("reading", "B", 13),
    ]
    assert curriculum.problems == ()


@pytest.mark.parametrize(
    ("written", "title", "hours"),
    [
        ("S (5-6 hours)", "S", Hours(5, 6)),
        ("S (5–6 hours)", "S", Hours(5, 6)),
        ("S (5 to 6 hrs)", "S", Hours(5, 6)),
        ("S (20 hours)", "S", Hours(20, 20)),
        ("S (1.5 hours)", "S", Hours(1.5, 1.5)),
        ("S (1,5 h)", "S", Hours(1.5, 1.5)),
        ("S (~90 minutes)", "S", Hours(1.5, 1.5)),
        ("S (30-45 min)", "S", Hours(0.5, 0.75)),
        ("S (6-5 hours)", "S", Hours(5, 6)),
        ("S (3-4 hours per day)", "S", Hours(3, 4)),
        ("S – 5 hours", "S", Hours(5, 5)),
        ("S: 5-6 hours", "S", Hours(5, 6)),
        ("S (part 2)", "S (part 2)", None),
        ("Python in 24 hours", "Python in 24 hours", None),
        ("S", "S", None),
    ],
)
def test_hours_of_a_section(written, title, hours):
    section = parse(f"## Month 1\n### Week 1\n#### {written}\n{LINK}\n").sections[0]
    assert (section.title, section.hours) == (title, hours)
    assert section.id == f"m1w1-{slug(title, '')}"


@pytest.mark.parametrize(
    "line",
    [
        "**Time Investment: 10-12 hours**",
        "**Time investment:** 10–12 hours",
        "- **Time:** 10-12 hours",
        "Duration: 10 to 12 hours",
    ],
)
def test_hours_of_a_week_stand_under_it_or_in_it(line):
    week = parse(f"## Month 1\n### Week 1: W\n\n{line}\n\n#### S\n{LINK}").months[0].weeks[0]
    assert (week.hours, week.title) == (Hours(10, 12), "W")
    week = parse(f"## Month 1\n### Week 1: W (10-12 hours)\n\n#### S\n{LINK}").months[0].weeks[0]
    assert (week.hours, week.title) == (Hours(10, 12), "W")


@pytest.mark.parametrize(
    ("heading", "number", "title"),
    [
        ("Month 3: Title", 3, "Title"),
        ("Month 3 - Title", 3, "Title"),
        ("month 3 — Title: more", 3, "Title: more"),
        ("MONTH 3. Title", 3, "Title"),
        ("🚀 Month 3 | Title", 3, "Title"),
        ("**Month 12**", 12, ""),
        ("Month 3 Title", 3, "Title"),
        ("Month 3: .NET", 3, ".NET"),
    ],
)
def test_headings_of_months(heading, number, title):
    (month,) = parse(f"## {heading}\n### Week 1\n#### S\n{LINK}").months
    assert (month.number, month.title) == (number, title)


def test_months_without_weeks_hold_their_sections_in_week_0():
    curriculum = parse(
        f"## Month 1: M\n\n### Overview\n\nJust prose.\n\n### First (2 hours)\n\n{LINK}\n\n"
        "### Second\n- **Topics:**\n  - one\n\n## Month 2: N\n- **Resources:**\n"
        "  - [B](https://example.org/b)\n"
    )
    assert [section.id for section in curriculum.sections] == [
        "m1w0-first",
        "m1w0-second",
        "m2w0-n",
    ]
    assert curriculum.place("m1w0-first") == "Month 1 · First"


def test_weeks_without_months_are_in_month_0():
    curriculum = parse(f"# T\n## Week 1: W\n### S\n{LINK}\n## Week 2: V\n### S\n{LINK}\n")
    assert [(m.number, [w.number for w in m.weeks]) for m in curriculum.months] == [(0, [1, 2])]
    assert [section.id for section in curriculum.sections] == ["m0w1-s", "m0w2-s"]
    assert curriculum.place("m0w2-s") == "Week 2 · S"


def test_a_week_without_sections_is_its_own_section():
    curriculum = parse(
        "## Month 1\n### Week 1: Basics\n**Time: 5 hours**\n#### Topics\n- one\n- two\n"
        f"#### Resources\n{LINK}\n"
    )
    (section,) = curriculum.sections
    assert (section.id, len(section.topics), len(section.resources)) == ("m1w1-basics", 2, 1)
    assert (section.line, section.end_line) == (2, 8)
    assert curriculum.months[0].weeks[0].hours == Hours(5, 5)


def test_links_without_months_and_weeks_belong_to_general():
    curriculum = parse("# List\n\nSee [this](https://example.org/a).\n\n- https://example.org/b\n")
    assert curriculum.months == ()
    assert [resource.title for resource in curriculum.general.resources] == [
        "this",
        "https://example.org/b",
    ]
    assert {resource.section_id for resource in curriculum.resources} == {"general"}


def test_weekdays_are_no_weeks_wherever_they_stand():
    curriculum = parse(
        f"## Month 1\n### Week 1\n#### S\n{LINK}\n### Weekdays (1 hour)\n- 30 minutes: read\n"
        "- Rest\n### Week 2\n#### T\n- x\n"
        "## Study schedule\n- **Monday:** 45 min of practice\n- **Weekends:**\n  - **2 h:** build\n"
    )
    assert [section.id for section in curriculum.sections] == ["m1w1-s", "m1w2-t"]
    assert [(line.day, line.minutes, line.text) for line in curriculum.schedule] == [
        ("Weekdays", (60, 60), ""),
        ("Weekdays", (30, 30), "read"),
        ("Weekdays", None, "Rest"),
        ("Monday", (45, 45), "of practice"),
        ("Weekends", (120, 120), "build"),
    ]


def test_flat_lists_and_paragraph_labels_are_parts_too():
    section = section_of(
        "**Goal:** Learn it\nfor good.\n\n**Topics:**\n\n- one\n- two\n\n"
        "- **Exercises:**\n- do\n- **Deliverables:**\n- a report\n\n**Resources**\n\n" + LINK
    )
    assert section.concept == "Learn it for good."
    assert [topic.text for topic in section.topics] == ["one", "two"]
    assert [(e.text, e.kind) for e in section.exercises] == [
        ("do", "exercise"),
        ("a report", "deliverable"),
    ]
    assert len(section.resources) == 1


def test_a_section_of_mere_bullets_has_topics():
    section = section_of(f"- one\n- [ ] two\n{LINK}\n")
    assert [topic.text for topic in section.topics] == ["one", "two"]
    assert [resource.title for resource in section.resources] == ["A page"]


def test_a_topic_that_links_is_also_a_resource():
    section = section_of("- **Topics:**\n  - Learn [PCA](https://example.org/pca) well\n")
    assert section.topics[0].text == "Learn PCA well"
    assert [(r.title, r.url) for r in section.resources] == [("PCA", "https://example.org/pca")]


def resources_of(lines: str) -> list[tuple[str, str, str | None, str]]:
    text = "- **Resources:**\n" + "\n".join(f"    {line}" for line in lines.split("\n"))
    found = section_of(f"{text}\n\n#### Other\n\n{LINK}")
    return [(r.kind, r.title, r.url, r.note) for r in found.resources]


A, B = "https://example.org/a", "https://example.org/b"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"- 📺 **Video:** [T]({A})", [("video", "T", A, "")]),
        (f"- **Video**: [T]({A})", [("video", "T", A, "")]),
        (f"- Video: [T]({A})", [("video", "T", A, "")]),
        (f"- 📺 [T]({A})", [("video", "T", A, "")]),
        (f"- [T]({A})", [("reading", "T", A, "")]),
        ("- [T](https://youtu.be/x)", [("video", "T", "https://youtu.be/x", "")]),
        (f"- **[T]({A})**", [("reading", "T", A, "")]),
        (f"- **Case study:** [T]({A})", [("case study", "T", A, "")]),
        (f'- 📚 "Book" by X: [Site]({A})', [("reading", "Site", A, '"Book" by X')]),
        (f"- [T]({A}) – free to read", [("reading", "T", A, "free to read")]),
        (
            f"- **Reading:** [T]({A}) and [U]({B})",
            [("reading", "T", A, ""), ("reading", "U", B, "")],
        ),
        (f"- Slides: {A}, video: {B}", [("slides", A, A, ""), ("slides", "video", B, "")]),
        (f"- {A}", [("reading", A, A, "")]),
        (f"- Great post: <{A}>", [("reading", "Great post", A, "")]),
        (f"- [Great post] ({A})", [("reading", "Great post", A, "")]),
        (f"- {A} (a classic).", [("reading", "(a classic).", A, "")]),
        (f"- <a href='{A}'>T</a>", [("reading", "T", A, "")]),
        ("- [![badge](x.svg)](https://example.org/a)", [("reading", "badge", A, "")]),
        ('- **Reading:** "Book: a story" by X', [("reading", '"Book: a story" by X', None, "")]),
        ("- **Deep Learning with Python**", [("reading", "Deep Learning with Python", None, "")]),
        ('- "Release It\\!" by X', [("reading", '"Release It!" by X', None, "")]),
        (
            f"- 📊 **GitHub Templates:**\n    - [T]({A})\n    - [U]({B})\n- Last",
            [("github", "T", A, ""), ("github", "U", B, ""), ("reading", "Last", None, "")],
        ),
        (
            f"- Community forums\n    - [T]({A})\n    - A group without a link",
            [("community", "T", A, ""), ("community", "A group without a link", None, "")],
        ),
        (
            f"- **Reading:** [T]({A})\n    - chapters 1-3\n    - skip the proofs",
            [("reading", "T", A, "chapters 1-3; skip the proofs")],
        ),
        (
            '- **Book:** "T" by X\n    - chapters 1-3',
            [("book", '"T" by X', None, "chapters 1-3")],
        ),
        (
            "- [T](https://www.google.com/search?q=https://example.org/a%3Fv%3D1%23x)",
            [("reading", "T", "https://example.org/a?v=1#x", "")],
        ),
        ("- [T](https://example.org/a_(b))", [("reading", "T", "https://example.org/a_(b)", "")]),
        ("- [T](<https://example.org/a b>)", [("reading", "T", "https://example.org/a%20b", "")]),
        ("- see https://example.org/a\\_b!", [("reading", "see", "https://example.org/a_b", "")]),
    ],
)
def test_a_resource_line(lines, expected):
    assert resources_of(lines) == expected


def test_reference_links_and_unused_definitions_are_kept():
    section = section_of(f"See [the page][1].\n\n[1]: {A}\n[unused]: {B} 'A title'\n")
    assert [(r.title, r.url) for r in section.resources] == [("the page", A), ("A title", B)]


def test_code_comments_and_front_matter_hold_no_links():
    curriculum = parse(
        f"---\nlink: {B}\n---\n# T\n\n```\n[x]({B})\n```\n`[x]({B})`\n<!-- [x]({B})\n\n{B} -->\n\n"
        f"[y]({A})\n"
    )
    assert [(r.url, r.line) for r in curriculum.resources] == [(A, 14)]


def test_links_in_prose_belong_to_where_they_stand():
    curriculum = parse(
        f"# T\n\n[one]({A})\n\n## Month 1\n\n[two]({A})\n\n### Week 1\n\n[three]({A})\n\n"
        f"#### [four]({A}) (2 hours)\n\nText with [five]({A}).\n\n| a |\n|---|\n| [six]({A}) |\n\n"
        f"## Schedule\n\n- Read [seven]({A})\n\n## Last words\n\n- Be [eight]({A})\n"
    )
    assert [r.title for r in curriculum.sections[0].resources] == ["four", "five", "six"]
    assert [r.title for r in curriculum.general.resources] == [
        *("one", "two", "three", "seven", "eight"),
    ]


@pytest.mark.parametrize(
    ("line", "title", "said"),
    [
        ("[Broken](https://example.org/x", "Broken", "not closed"),
        ("[Broken(https://example.org/x)", "Broken", "not closed"),
        ("[Broken](https://example.org/a b)", "Broken", "a space"),
        ("[Broken]()", "Broken", "empty address"),
        ("[Broken](javascript:alert(1))", "Broken", "no http or https"),
        ("[Broken](ftp://example.org/)", "Broken", "no http or https"),
        ("[Broken](www.example.org)", "Broken", "no https:// (https://www.example.org may be"),
        (
            "[Broken](htp://example.org/a)",
            "Broken",
            "misspelt (https://example.org/a may",
        ),
        ("[Broken](https://)", "Broken", "no http or https"),
        ("📺 **Video:**", None, "names no resource"),
        ("[](ftp://example.org/)", None, "a link leads to"),
    ],
)
def test_malformed_resources_are_reported_and_kept_by_title(line, title, said):
    curriculum = parse(
        "## Month 1\n### Week 1\n#### S\n- **Resources:**\n"
        f"  - **Paper:** [Good]({A})\n  - {line}\n"
    )
    (problem,) = curriculum.problems
    assert problem.line == 6
    assert said in problem.message
    kept = [(r.title, r.url, r.link, r.line) for r in curriculum.resources[1:]]
    assert kept == ([(title, None, None, 6)] if title else [])


def test_a_broken_link_beside_a_good_one_loses_only_itself():
    found = resources_of(f"- **Paper:** [T]({A}) and [U]({B}")
    assert found == [("paper", "T", A, ""), ("paper", "U", None, "")]


def test_in_prose_only_foreign_schemes_are_problems():
    curriculum = parse(
        f"[a]({A}) [b](#week-1) [c](notes.md) [d](mailto:me@example.org) [e](file:///etc/passwd)\n"
    )
    assert [problem.line for problem in curriculum.problems] == [1]
    assert [r.title for r in curriculum.resources] == ["a", "e"]


def test_odd_headings_are_reported():
    curriculum = parse(
        f"## Month 1\n### Weeks 1-2: W\n#### S\n{LINK}\n### Week 1: again\n#### T\n{LINK}\n"
        f"## Month 1\n### Week Four: V\n{LINK}\n### Week 5\n####\n{LINK}\n"
    )
    assert [(p.line, p.message.split(":")[0]) for p in curriculum.problems] == [
        (2, "one heading for weeks 1-2"),
        (5, "Week 1 stands here again (first on line 2)"),
        (8, "Month 1 stands here again (first on line 1)"),
        (9, "“Week Four"),
        (12, "a section without a title"),
    ]
    assert len(curriculum.sections) == 4


# What cannot be read


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff  \r\n"])
def test_an_empty_path_is_refused(text):
    with pytest.raises(InputError, match=r"^my\.md is empty: "):
        parse(text, "my.md")


def test_a_path_without_links_is_refused():
    with pytest.raises(InputError, match=r"^my\.md has no http or https link: add"):
        parse("## Month 1\n### Week 1\n#### S\n- **Resources:**\n  - A book\n", "my.md")
    with pytest.raises(InputError, match=r"link \(line 2: “X” has an empty address"):
        parse("## Resources\n- [X]()\n", "my.md")


def test_two_sections_of_a_week_must_differ():
    text = f"## Month 1\n### Week 2\n#### Same (2 hours)\n{LINK}\n#### same\n{LINK}\n"
    with pytest.raises(InputError) as caught:
        parse(text, "my.md")
    assert str(caught.value) == (
        "my.md:5: section 'same' stands twice in month 1, week 2 (first on line 3):"
        " rename one of them"
    )
    assert caught.value.exit_code == 2
    other_week = parse(text.replace("#### same", "### Week 3\n#### Same"))
    assert [section.id for section in other_week.sections] == ["m1w2-same", "m1w3-same"]


def test_like_slugs_of_different_titles_are_numbered():
    text = "\n".join(f"#### {title}\n{LINK}" for title in ("C", "C++", "C#", "🚀", "数据"))
    ids = [section.id for section in parse(f"## Month 1\n### Week 1\n{text}").sections]
    assert ids == ["m1w1-c", "m1w1-c-2", "m1w1-c-3", "m1w1-section", "m1w1-数据"]


def test_files_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(InputError, match="is a folder: name the Markdown file"):
        load(tmp_path)
    with pytest.raises(InputError, match="there is no file"):
        load(tmp_path / "missing.md")
    latin = tmp_path / "latin.md"
    latin.write_bytes("# Path\n\nCafé\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"latin\.md:3: byte 0xE9 is not UTF-8: save the file"):
        load(latin)
    with pytest.raises(InputError, match="2,000,001 characters"):
        parse("x" * 2_000_001)


def test_errors_are_one_line(tmp_path: Path):
    for text in ("", "no links", f"## Week 1\n### S\n{LINK}\n### S\n{LINK}"):
        with pytest.raises(InputError) as caught:
            parse(text)
        assert "\n" not in str(caught.value)


# Properties


def linked(text: str) -> Counter[str]:
    pieces = (piece for block in outline(text) for piece in block.pieces)
    return Counter(p.link for p in pieces if p.link and safe_http(clean(p.link)))


FRAGMENTS = st.sampled_from(
    [
        *(
            "a",
            "b c",
            "Time: 5 hours",
            "Topics:",
            "**Topics:**",
            "**Concept:** x",
            "**Resources:**",
        ),
        *(
            "Resources: y",
            "**Practical exercises:**",
            "**Deliverables:**",
            "📺",
            "📚",
            "**Video:**",
        ),
        *(
            "Video:",
            "[t](https://x.org/a)",
            "https://z.org/_b_",
            "<https://auto.org>",
            "[](http://e.de)",
        ),
        *(
            "[T u](https://www.google.com/search?q=https://y.org/%3Fa)",
            "[half](https://q.org",
            "[half",
        ),
        *("[e]()", "[j](javascript:x)", "[rel](n.md)", "[in](#a)", "(5-6 hours)", "- 5 hours"),
        *("50 minutes", "30-90 minutes:", "**30 minutes:**", "Monday: x", "**Day 1 (Saturday):**"),
        *(
            "Weekdays",
            "**Time Investment: 10-12 hours**",
            "1.",
            "2)",
            "\\*",
            "\\[x\\]",
            "&amp;",
            "&copy;",
        ),
        *("`c[o`", "*em*", "C#", "#", "+", "=", "---", "|a|b|", "<a href='https://h.org/x'>h</a>"),
        *("[ ] task", "[![b](c)](https://d.org)", "and", ",", ":", "—", "(", ")", "[1]", "Week 2"),
        *("[1]: https://ref.org", "Month 3", "Week Four:", "**GitHub Templates:**", "**A b c d:**"),
        *("<!--", "-->", "~~~", "```", "ü", "ﬁ", "**", "_", "\\", ">", "!", "(2 hours per day)"),
    ]
)
MARKS = st.sampled_from(
    [
        *("- ", "- ", "* ", "  - ", "    - ", "      * ", "\t- ", "1. ", "", "> ", "   "),
        *("# ", "## ", "## Month 1: ", "## Month 2 - ", "### ", "### Week 1: ", "### Week 2 "),
        *("#### ", "#### ", "##### ", "### Weekdays ", "## Weekly schedule ", "## Resources "),
    ]
)
LINES = st.tuples(MARKS, st.lists(FRAGMENTS, max_size=4).map(" ".join)).map("".join)
PATHS = st.lists(LINES, min_size=1, max_size=25).map("\n".join)


@given(st.text() | PATHS)
@settings(deadline=None)
@example("\x00")
@example("- " * 200 + "[a](https://x.org)")
def test_any_text_is_read_or_refused(text):
    try:
        curriculum = parse(text)
    except InputError:
        return
    assert curriculum.resources


@given(PATHS)
@settings(max_examples=300, deadline=None)
def test_no_link_is_lost_and_the_path_is_written_back_the_same(text):
    try:
        curriculum = parse(text)
    except InputError:
        return
    again = parse(render(curriculum))
    assert without_lines(again) == without_lines(curriculum)
    if not any("not closed" in problem.message for problem in curriculum.problems):
        assert Counter(r.link for r in curriculum.resources if r.link) == linked(text)


TEXTS = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "So", "Sk", "Mn")))
    | st.lists(FRAGMENTS, min_size=1, max_size=3).map(" ".join)
).map(lambda text: " ".join(text.split()))
# Words that no rule about hours, labels or notes has an opinion on, with all of Markdown's marks.
TITLES = TEXTS.map(
    lambda text: f"T{text}".rstrip(": ").replace("hour", "h_r").replace("min", "m_n")
)
HOURS = st.none() | st.builds(
    lambda low, more: Hours(low / 2, (low + more) / 2), st.integers(0, 80), st.integers(0, 9)
)


@st.composite
def sections(draw: st.DrawFn, month: int, week: int, title: str) -> Section:
    section_id = f"m{month}w{week}-{slug(title, 'section')}"
    depths = [0]
    for deeper in draw(st.lists(st.integers(-1, 1), max_size=4)):
        depths.append(min(max(0, depths[-1] + deeper), 3))
    topics = tuple(Topic(draw(TITLES), 0, depth) for depth in depths)
    kinds = draw(st.lists(st.sampled_from(["exercise", "requirement", "deliverable"]), max_size=3))
    exercises = tuple(Exercise(draw(TITLES), 0, kind) for kind in kinds)
    names = draw(st.lists(TITLES, min_size=1, max_size=3, unique_by=lambda t: slug(t, "resource")))
    resources = []
    for name in names:
        link = draw(st.none() | st.sampled_from(["https://x.org/(a)", "https://x.org/?a&amp;b=1"]))
        note = draw(st.sampled_from(["", "(chapter 1)", "for [2] weeks"])) if link else ""
        url = clean(link) if link else None
        name_id = f"{section_id}/{slug(name, 'resource')}"
        kind = draw(st.sampled_from(["video", "github", "case study", "reading"]))
        resources.append(Resource(name_id, section_id, kind, name, url, link, 0, note))
    return Section(
        section_id,
        title,
        month,
        week,
        draw(HOURS),
        draw(TITLES),
        topics,
        exercises,
        tuple(resources),
        0,
        0,
    )


@st.composite
def curricula(draw: st.DrawFn) -> Curriculum:
    months = []
    for month in draw(st.lists(st.integers(0, 12), max_size=3, unique=True)):
        weeks = []
        for week in draw(st.lists(st.integers(0, 9), max_size=2, unique=True)):
            names = st.lists(TITLES, max_size=2, unique_by=lambda t: slug(t, "section"))
            held = tuple(draw(sections(month, week, title)) for title in draw(names))
            weeks.append(Week(week, month, draw(TITLES), draw(HOURS), held, 0))
        months.append(Month(month, draw(TITLES), tuple(weeks), 0))
    link = Resource("general/a", "general", "reading", "a", A, A, 0, "")
    general = Section("general", "Additional resources", 0, 0, None, "", (), (), (link,), 0, 0)
    minutes = st.none() | st.tuples(st.integers(1, 60), st.integers(60, 300))
    days = st.sampled_from(["Monday", "Day 1 (Saturday)", "Weekdays"])
    schedule = draw(
        st.lists(st.builds(ScheduleLine, days, minutes, TITLES, st.just(0)), max_size=3)
    )
    return Curriculum(draw(TITLES), draw(TITLES), tuple(months), general, tuple(schedule), ())


@given(curricula())
@settings(max_examples=150, deadline=None)
def test_a_generated_path_is_read_back_as_it_was_written(curriculum):
    assert without_lines(parse(render(curriculum))) == without_lines(curriculum)


def test_line_numbers_survive_the_way_through_render():
    curriculum = parse(render(load(learning_path())))
    lines = render(curriculum).splitlines()
    for section in curriculum.sections:
        assert re.match(r"#### \S", lines[section.line - 1])
