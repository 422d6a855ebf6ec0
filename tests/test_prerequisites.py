"""What builds on what: the graph's rules on small examples, and the graph that ships."""

from pathlib import Path

import pytest

import corpus
from assistant.prerequisites import Need, Place, Prerequisites, load_prerequisites
from ingest.curriculum import Curriculum, load, parse
from ingest.errors import InputError


@pytest.fixture(scope="module")
def path() -> Curriculum:
    return load(corpus.learning_path())


@pytest.fixture(scope="module")
def shipped() -> Prerequisites:
    return load_prerequisites(corpus.prerequisites())


def graph(**edges: str) -> Prerequisites:
    """Make a graph of whole sections: `graph(b="a")` says that b builds on a."""
    return Prerequisites(
        {
            Place(name): tuple(Need(Place(other), "why") for other in others.split())
            for name, others in edges.items()
        }
    )


def test_every_section_and_topic_of_the_path_is_there_and_nothing_else(
    path: Curriculum, shipped: Prerequisites
) -> None:
    wanted = {Place(s.id) for s in path.sections}
    wanted |= {Place(s.id, t.text) for s in path.sections for t in s.topics}
    assert set(shipped.needs) == wanted
    named = {need.place for needs in shipped.needs.values() for need in needs}
    assert named <= wanted


def test_every_place_comes_after_what_it_builds_on(shipped: Prerequisites) -> None:
    order = {place: i for i, place in enumerate(shipped.order())}
    for place, needs in shipped.needs.items():
        for need in needs:
            assert order[need.place] < order[place]


def test_every_section_is_reached_from_the_first_one(
    path: Curriculum, shipped: Prerequisites
) -> None:
    first = path.sections[0].id
    assert shipped.of(first) == ()
    reached, waiting = {first}, [first]
    while waiting:
        for section_id in shipped.needed_for(waiting.pop()):
            if section_id not in reached:
                reached.add(section_id)
                waiting.append(section_id)
    assert reached == {section.id for section in path.sections}


def test_nothing_builds_on_what_the_path_teaches_later(
    path: Curriculum, shipped: Prerequisites
) -> None:
    rank = {Place(s.id): (i, -1) for i, s in enumerate(path.sections)}
    for i, section in enumerate(path.sections):
        rank |= {Place(section.id, t.text): (i, j) for j, t in enumerate(section.topics)}
    for place, needs in shipped.needs.items():
        for need in needs:
            assert rank[need.place] < rank[place], f"{place} needs {need.place}"


def test_every_edge_says_why_in_one_line_and_stands_once(shipped: Prerequisites) -> None:
    for place, needs in shipped.needs.items():
        assert len({need.place for need in needs}) == len(needs), place
        for need in needs:
            assert 3 <= len(need.reason.split()) <= 30, (place, need.reason)
            assert "\n" not in need.reason.strip()


def test_a_circle_is_named() -> None:
    with pytest.raises(InputError, match=r"circle: .*a.*b"):
        graph(a="b", b="c", c="a").order()


def test_needed_for_is_the_other_direction() -> None:
    made = graph(a="", b="a", c="a b")
    assert made.needed_for("a") == ("b", "c")
    assert made.needed_for("c") == ()
    assert [need.place.section_id for need in made.of("c")] == ["a", "b"]


def test_another_path_keeps_only_what_it_has(shipped: Prerequisites) -> None:
    other = parse(
        "# Other\n\n## Month 1\n\n### Week 1\n\n#### Basic ML Concepts (1 hour)\n\n"
        "- **Topics:**\n    - Something else\n- **Resources:**\n    - [A](https://a.example/)\n"
    )
    kept = shipped.within(other)
    assert list(kept.needs) == [Place("m1w1-basic-ml-concepts")]
    assert kept.of("m1w1-basic-ml-concepts") == ()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("a: b", "expected a list"),
        ("- {section: [", "not YAML"),
        ("- {requires: [], topics: []}", "needs `section`"),
        ("- {section: a, requires: [{section: b}], topics: []}", "needs `reason`"),
        ("- {section: a, requires: [], topics: [{requires: []}]}", "needs `topic`"),
        ("- {section: a, requires: [{reason: x}], topics: []}", "needs `section`"),
        (2 * "- {section: a, requires: [], topics: []}\n", "twice"),
        ("- {section: a, topics: []}", "needs `requires`"),
        ("- {section: a, requires: []}", "needs `topics`"),
        ("- {section: a, requires: 3, topics: []}", "needs `requires`"),
        (
            "- {section: a, requires: [{section: b, reason: x}], topics: []}\n"
            "- {section: b, requires: [{section: a, reason: x}], topics: []}",
            "circle",
        ),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, words: str, told: str) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(words, encoding="utf-8")
    with pytest.raises(InputError, match=told) as raised:
        load_prerequisites(file)
    assert "\n" not in str(raised.value)
