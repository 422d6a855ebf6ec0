"""Progress reports: what they say, and that nothing of others is markup or leaves the page."""

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import corpus
from assistant.export import REPORT
from assistant.learner import (
    Asked,
    Attempt,
    Carded,
    Deed,
    Event,
    Known,
    Practised,
    Reviewed,
    Rhythm,
    Studied,
)
from assistant.prerequisites import Prerequisites, load_prerequisites
from assistant.quiz import load_quiz
from assistant.report import Report, report_of
from ingest.curriculum import Curriculum, load, parse
from ui.markup import one_line
from ui.report_page import POLICY, report_html
from ui.report_plot import Column, column_plot
from ui.report_text import report_markdown
from ui.report_words import hours_number, time_words

NOW = datetime(2026, 3, 11, 19, 0, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
FIRST, SECOND = "m1w1-basic-ml-concepts", "m1w1-python-for-ml-implementation"
RHYTHM = Rhythm(minutes=(60, 60, 60, 60, 60, 0, 0), zone="Europe/Berlin")


@pytest.fixture(scope="module")
def path() -> Curriculum:
    return load(corpus.learning_path())


def record(*deeds: tuple[float, Deed]) -> tuple[Event, ...]:
    return tuple(Event(n, NOW + days * DAY, deed) for n, (days, deed) in enumerate(deeds, 1))


def made(
    path: Curriculum, *deeds: tuple[float, Deed], rhythm: Rhythm = RHYTHM, learner: str = "me"
) -> Report:
    items = {item.id: item for item in load_quiz(corpus.quizzes()[0])}
    known = load_prerequisites(corpus.prerequisites())
    return report_of(record(*deeds), rhythm, learner, path, items, known, NOW)


@pytest.fixture(scope="module")
def report(path: Curriculum) -> Report:
    """Return the report of a learner who did a bit of everything."""
    topic = path.sections[0].topics[0].text
    item = f"{FIRST}/which-kind-of-learning"
    exercise = path.sections[0].exercises[0].text
    return made(
        path,
        (-9, Studied(FIRST, path.sections[0].resources[0].id, "done", 50)),
        (-9, Attempt(item, topic, 1.0, "x", "quiz", 60)),
        (-8, Attempt(f"{FIRST}/learning-without-target", topic, 0.0, "x", "quiz", 60)),
        (-7, Practised(FIRST, exercise, 90)),
        (-2, Reviewed(item, topic, 3, 30)),
        (-2, Reviewed(f"{FIRST}/learning-without-target", topic, 1, 30)),
        (-1, Studied(FIRST)),
        (-1, Asked("What is bias?", (SECOND,))),
        (0, Known(SECOND)),
    )


# ── what is in it ───────────────────────────────────────────────────────────────────────────────


def test_sections_have_their_state_mastery_and_time(report: Report) -> None:
    first, second, third = report.standings[:3]
    assert (first.state, first.minutes, first.estimate) == ("done", 140, (5.0, 6.0))
    assert first.mastery.count > 0
    assert first.mastery.low < first.mastery.value < first.mastery.high
    assert (second.state, second.mastery.count) == ("known", 0)
    assert second.mastery.value > third.mastery.value
    assert third.state == "not begun"
    assert (report.finished, [s.section_id for s in report.begun]) == (2, [FIRST, SECOND])


def test_weeks_set_what_was_planned_beside_what_was_done(report: Report) -> None:
    assert [(w.monday, w.planned, w.done) for w in report.weeks] == [
        (date(2026, 3, 2), 300, 50 + 1 + 1 + 90),
        (date(2026, 3, 9), 300, 1.0),
    ]
    assert report.untimed == 1


def test_a_week_counts_from_the_start_only(path: Curriculum) -> None:
    rhythm = Rhythm(minutes=(60,) * 7, start=date(2026, 3, 6))
    weeks = made(path, (-4, Studied(FIRST, minutes=10)), rhythm=rhythm).weeks
    assert [(w.monday.day, w.planned) for w in weeks] == [(2, 180), (9, 420)]


def test_at_most_eight_weeks_are_shown(path: Curriculum) -> None:
    weeks = made(path, (-300, Studied(FIRST, minutes=10)), (0, Studied(FIRST))).weeks
    assert len(weeks) == 8
    assert weeks[-1].monday == date(2026, 3, 9)


def test_an_evening_belongs_to_the_learner_s_own_day(path: Curriculum) -> None:
    """At 23:30 UTC on a Sunday it is Monday in Berlin, and another week."""
    late = (datetime(2026, 3, 8, 23, 30, tzinfo=UTC) - NOW) / DAY
    weeks = made(path, (late, Studied(FIRST, minutes=10))).weeks
    assert [w.monday for w in weeks] == [date(2026, 3, 9)]


def test_what_was_done_lately_is_told_newest_first(report: Report, path: Curriculum) -> None:
    title = path.sections[0].title
    assert [(done.day.day, done.words) for done in report.lately] == [
        (11, f"Marked as known: {path.sections[1].title}"),
        (10, f"Done: {title}"),
        (9, "Reviewed 2 cards, 1 forgotten"),
        (4, f"Practised: {path.sections[0].exercises[0].text}, in {title}"),
        (3, f"Quiz: 0 of 1 right, in {title}"),
        (2, f"Quiz: 1 of 1 right, in {title}"),
        (2, f"Done: {path.sections[0].resources[0].title}, in {title}"),
    ]


def test_what_comes_next_says_what_is_weak(report: Report) -> None:
    assert len(report.coming) == 3
    assert report.coming[0].section_id not in (FIRST, SECOND)
    assert report.coming[0].minutes == 330
    reasons = [reason for one in report.coming for reason in one.reasons]
    assert any(re.search(r"your mastery of it is 0\.\d\d$", reason) for reason in reasons)


def test_reviews_are_forecast_by_day(path: Curriculum) -> None:
    told = made(path, (0, Carded(f"{FIRST}/x")), (0, Carded(f"{FIRST}/y")))
    assert told.cards == 2
    assert len(told.dues) == 14
    assert told.dues[0] == (date(2026, 3, 11), 2)


def test_a_record_with_nothing_in_it_gives_a_report(path: Curriculum) -> None:
    empty = made(path)
    assert empty.finished == 0
    assert len(empty.weeks) == 1
    assert "Nothing is in the record yet." in report_html(empty)
    assert "No card comes due in the next 14 days." in report_html(empty)
    assert [one.reasons for one in empty.coming] == [()] * 3  # each waits for the one before only
    assert "Nothing is in the record yet." in report_markdown(empty)


def test_a_finished_path_says_so(path: Curriculum) -> None:
    done = made(path, *((0, Studied(section.id)) for section in path.sections))
    assert "Every section of the path is done." in report_html(done)
    assert "Every section of the path is done." in report_markdown(done)


# ── how it is written ───────────────────────────────────────────────────────────────────────────


class _Page(HTMLParser):
    """Collects tags and attributes, and checks that what opens is closed."""

    VOID = frozenset({"meta", "br", "line", "circle", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        if "style" not in self.open:
            self.words.append(text)


def read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    assert page.open == []
    return page


def svgs(html: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def test_the_page_asks_nobody_for_anything(report: Report) -> None:
    html = report_html(report)
    page = read(html)
    assert not {"script", "link", "img", "iframe", "image", "use", "object"} & set(page.tags)
    assert not [a for a in page.attributes if a[1] in ("src", "href", "style") or a[1][:2] == "on"]
    assert "url(" not in html
    assert "@import" not in html
    assert ("meta", "content", POLICY) in page.attributes


def test_every_drawing_says_in_words_what_it_shows(report: Report) -> None:
    drawings = svgs(report_html(report))
    told = [one for one in drawings if one.get("aria-hidden") != "true"]
    assert len(told) == len(report.begun) + 2
    for one in told:
        assert one.get("role") == "img"
        assert one.findtext("title")
    hours, reviews = told[-2:]
    assert "week of Mon 2 Mar: planned 5 h, done 2 h 22 min" in str(hours.findtext("desc"))
    assert "card" in str(reviews.findtext("desc"))
    ids = re.findall(r' id="(.*?)"', report_html(report))
    assert len(ids) == len(set(ids))


def test_both_forms_say_the_same_numbers(report: Report) -> None:
    page = " ".join(read(report_html(report)).words)
    markdown = report_markdown(report)
    mastery = report.standings[0].mastery
    for words in (
        f"{mastery.value:.2f} ({mastery.low:.2f} to {mastery.high:.2f})",
        "2 h 22 min",
        "marked as known, no answers",
        report.standings[0].title,
    ):
        assert words in page
        assert words in markdown


def test_both_forms_are_known_as_ours(report: Report) -> None:
    for text in (report_html(report), report_markdown(report)):
        assert REPORT.mark in text.encode()[:2048]


HOSTILE = st.text(min_size=1, max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</title></svg><img src=x onerror=alert(1)>",
        "](javascript:x) ![x](https://example.org/x.png) | # a",
        "a | b",
        "https://example.org/x",
        "\ud800\u202e\x1b[31m",
        "-->",
    ]
)


@settings(max_examples=60, deadline=None)
@given(HOSTILE.filter(one_line), HOSTILE)  # a path has no title without letters
def test_no_words_of_others_are_markup(title: str, exercise: str) -> None:
    path = parse("# P\n\n## Month 1: M\n\n### Week 1: W\n\n#### S\n\n[x](https://example.org)\n")
    (section,) = path.sections
    renamed = rename(path, title)
    events = record((0, Practised(section.id, exercise, 5)), (0, Studied(section.id, "r-x")))
    told = report_of(events, Rhythm(), "me", renamed, {}, Prerequisites({}), NOW)
    plain = report_of(
        record((0, Practised(section.id, "x", 5)), (0, Studied(section.id, "r-x"))),
        Rhythm(), "me", rename(path, "x"), {}, Prerequisites({}), NOW,
    )  # fmt: skip
    assert read(report_html(told)).tags == read(report_html(plain)).tags
    assert shape(report_markdown(told)) == shape(report_markdown(plain))
    report_html(told).encode("utf-8", "replace").decode()


def rename(path: Curriculum, title: str) -> Curriculum:
    """Give a path other titles than any file could hold."""
    from dataclasses import replace

    (month,) = path.months
    (week,) = month.weeks
    (section,) = week.sections
    week = replace(week, sections=(replace(section, title=title),))
    return replace(path, title=title, months=(replace(month, title=title, weeks=(week,)),))


def shape(markdown: str) -> list[str]:
    """Give the kinds of blocks and marks that Markdown is read as."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(markdown)
    inline = [child.type for token in tokens for child in token.children or ()]
    return [t.type for t in tokens] + [kind for kind in inline if kind not in ("text",)]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=14))
def test_columns_stay_inside_their_drawing(heights: list[float]) -> None:
    columns = [Column("a", "b", (h, h / 2), ("1", "2")) for h in heights]
    (drawing,) = svgs(column_plot("n", "title", "desc", columns))
    height = float(str(drawing.get("height")))
    for bar in drawing.iter("rect"):
        x, width = (float(str(bar.get(name)).rstrip("%")) for name in ("x", "width"))
        y, tall = float(str(bar.get("y"))), float(str(bar.get("height")))
        assert 0 <= x <= x + width <= 100.01
        assert 0 < y <= y + tall <= height


@pytest.mark.parametrize(
    ("minutes", "words", "number"),
    [(0, "0 min", "0"), (59.6, "1 h", "1"), (150, "2 h 30 min", "2.5"), (870, "14 h 30 min", "15")],
)
def test_times_in_words_and_numbers(minutes: float, words: str, number: str) -> None:
    assert time_words(minutes) == words
    assert hours_number(minutes) == number
