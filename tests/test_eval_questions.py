"""The golden questions: the committed file, what the reader refuses, and finding the passages."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from eval.questions import (
    REFUSALS,
    TYPES,
    Evidence,
    Question,
    Row,
    covered,
    load,
    resolve,
    rows,
)
from ingest.errors import InputError

ROOT = Path(__file__).parent.parent
DEV = ROOT / "eval" / "golden" / "dev.yaml"

PAGE = "https://example.org/soil"


@pytest.fixture(scope="module")
def dev():
    return load(DEV)


# --- the committed file


def test_dev_questions_cover_every_group(dev):
    groups = [question.group for question in dev]

    assert groups.count("page") >= 90
    assert groups.count("path") >= 15
    assert groups.count("note") >= 25
    assert all(groups.count(refusal) >= 20 for refusal in REFUSALS)


def test_dev_questions_use_every_type_and_no_question_twice(dev):
    assert {question.type for question in dev} == set(TYPES)
    wordings = [question.question.casefold() for question in dev]
    assert len(set(wordings)) == len(wordings)


def test_dev_evidence_is_words_and_not_sentences(dev):
    for question in dev:
        for evidence in question.evidence:
            assert 2 <= len(evidence.contains) <= 4, question.id
            assert sum(len(term.split()) for term in evidence.contains) <= 12, question.id
            assert not any(term.rstrip().endswith((". ", "!")) for term in evidence.contains)


def test_dev_answers_have_two_to_four_key_points(dev):
    for question in dev:
        assert question.refuse or 2 <= len(question.key_points) <= 4, question.id


def test_dev_sections_are_in_the_path():
    curriculum = pytest.importorskip("ingest.curriculum", reason="no curriculum parser yet")
    path = ROOT / "corpus" / "learning_path.md"
    if not path.exists():
        pytest.skip("corpus/learning_path.md is not there yet")
    sections = {section.id for section in curriculum.load(path).sections}

    questions = load(DEV, sections)

    asked = {section_id for question in questions for section_id in question.section_ids}
    assert asked - sections == {"general"}


def test_dev_note_questions_are_answered_by_the_notes_that_ship(dev):
    notes = {path.stem: path for path in (ROOT / "corpus" / "notes").glob("m*.md")}
    if not notes:
        pytest.skip("no notes yet")
    # The whole note as one passage: the words may stand in any part of it.
    passages = [
        Row(name, (), "", "note", (name,), (), path.read_text(encoding="utf-8"))
        for name, path in notes.items()
    ]
    asked = [question for question in dev if question.group == "note"]

    relevance = resolve(asked, passages)

    assert {question.id for question in asked} == set(relevance.grades)


# --- what the reader refuses


def entry(**changes):
    whole = {
        "id": "soil-loam",
        "question": "What is loam?",
        "type": "definition",
        "section_ids": ["m1w1-soil"],
        "evidence": [{"url": PAGE, "heading": "Loam", "contains": ["sand", "clay"]}],
        "key_points": [["sand"], ["clay"]],
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


def written(tmp_path, *entries):
    import yaml

    path = tmp_path / "golden.yaml"
    path.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return path


def test_a_whole_question_is_read(tmp_path):
    (question,) = load(written(tmp_path, entry()))

    assert question == Question(
        id="soil-loam",
        question="What is loam?",
        type="definition",
        section_ids=("m1w1-soil",),
        evidence=(Evidence(PAGE, "Loam", ("sand", "clay")),),
        key_points=(("sand",), ("clay",)),
    )
    assert question.group == "page"


def test_a_number_is_a_word_to_look_for(tmp_path):
    (question,) = load(written(tmp_path, entry(evidence=[{"url": PAGE, "contains": [256]}])))

    assert question.evidence[0].contains == ("256",)


def test_a_refusal_needs_neither_evidence_nor_section(tmp_path):
    bare = {"id": "off", "question": "Who won?", "type": "fact", "refuse": "off_path"}

    (question,) = load(written(tmp_path, bare))

    assert question.group == "off_path"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "riddle"}, "“riddle” is not known: use one of definition"),
        ({"refuse": "boring", "evidence": None}, "“boring” is not known"),
        ({"refuse": "off_path"}, "to be refused but has evidence"),
        ({"evidence": None}, "no evidence or no section_ids"),
        ({"section_ids": None}, "no evidence or no section_ids"),
        ({"section_ids": "m1w1-soil"}, "“m1w1-soil” is not a list"),
        ({"question": "  "}, "question: “  ” is not text"),
        ({"question": None}, "lacks question"),
        ({"id": "Soil Loam"}, "lower-case words joined by hyphens"),
        ({"id": ["soil"]}, "id: “['soil']” is not text"),
        ({"answer": "Loam is soil."}, "unknown key answer"),
        ({"key_points": ["sand"]}, "key_points: “sand” is not a list"),
        ({"evidence": [PAGE]}, "write url, heading and contains"),
        ({"evidence": [{"url": PAGE, "contains": []}]}, "contains is empty"),
        ({"evidence": [{"url": PAGE, "contains": ["a b c d e f g"]}]}, "over 6 words"),
        ({"evidence": [{"url": PAGE, "contains": ["a"], "page": 1}]}, "unknown key page"),
        ({"evidence": [{"url": PAGE, "contains": ["a"], "heading": ["a"]}]}, "is not text"),
    ],
)
def test_a_wrong_question_is_named_with_its_line(tmp_path, changes, message):
    wrong = entry(**{"id": "wrong-one"} | changes)
    path = written(tmp_path, entry(), wrong)
    line = path.read_text(encoding="utf-8").count("\n", 0, path.stat().st_size // 2)

    with pytest.raises(InputError) as caught:
        load(path)

    said = str(caught.value)
    assert message in said
    assert said.startswith(f"{path}:")
    assert int(said.removeprefix(f"{path}:").split(":")[0]) > line // 2
    assert str(wrong["id"]) in said


def test_an_id_used_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="“soil-loam” is used twice"):
        load(written(tmp_path, entry(), entry(question="And loam?")))


def test_a_section_that_the_path_does_not_have_is_refused(tmp_path):
    path = written(tmp_path, entry())

    assert load(path, {"m1w1-soil"})
    with pytest.raises(InputError, match=r"“soil-loam”: the path has no section “m1w1-soil”"):
        load(path, {"m2w1-water"})


@pytest.mark.parametrize("url", ["note:m9w9-nowhere", "path:m9w9-nowhere"])
def test_a_note_of_a_section_that_the_path_does_not_have_is_refused(tmp_path, url):
    path = written(tmp_path, entry(evidence=[{"url": url, "contains": ["sand"]}]))

    with pytest.raises(InputError, match="no section “m9w9-nowhere”"):
        load(path, {"m1w1-soil"})


@pytest.mark.parametrize("text", ["", "soil: loam\n", "just words\n", "[]\n"])
def test_a_file_without_a_list_is_refused(tmp_path, text):
    path = tmp_path / "golden.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match="holds no list of questions"):
        load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"- id: a\n  question: [\n- b", ":3: not YAML"),
        (b"- id: \xff\xfe", "cannot be read"),
        (b"- id: a\x00b", "not YAML"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path, content, message):
    path = tmp_path / "golden.yaml"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message):
        load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.yaml: cannot be read"):
        load(tmp_path / "none.yaml")


# --- finding the passages


def question(*evidence, id="soil-loam"):
    return Question(id, "What is loam?", "definition", ("m1w1-soil",), evidence)


def row(id, text, *headings, url=PAGE, kind="article", section_ids=("m1w1-soil",)):
    return Row(id, (url,), "Soil", kind, section_ids, headings, text)


LOAM = Evidence(PAGE, "Loam", ("sand", "clay"))


def test_words_under_the_heading_are_grade_two_and_elsewhere_grade_one():
    relevance = resolve(
        [question(LOAM)],
        [
            row("best", "Sand, silt and clay.", "2.1. Loam¶"),
            row("good", "Sand and clay are found here.", "Digging"),
            row("half", "Only sand.", "Loam"),
            row("elsewhere", "Sand and clay.", "Loam", url="https://example.org/other"),
        ],
    )

    assert relevance.grades == {"soil-loam": {"best": 2, "good": 1}}


def test_the_title_and_a_heading_inside_a_passage_count_as_its_heading():
    passages = [
        row("joined", "## Peat\n\nWet.\n\n## Loam\n\nSand and clay.", "Peat"),
        row("code", "Sand and clay\n#no", "Peat"),
    ]

    relevance = resolve(
        [question(LOAM), question(Evidence(PAGE, "soil", ("wet",)), id="t")], passages
    )

    assert relevance.grades == {"soil-loam": {"joined": 2, "code": 1}, "t": {"joined": 2}}


def test_words_may_stand_in_the_headings_and_marks_do_not_matter():
    answering = row("best", "holds `clay\\_minerals` and **more**", "Sand’s use")

    relevance = resolve(
        [question(Evidence(PAGE, "", ("sand's use", "clay_minerals and more")))], [answering]
    )

    assert relevance.grades["soil-loam"] == {"best": 1}


def test_a_term_is_found_where_a_word_begins_only():
    passages = [row("stem", "sandy clays"), row("inside", "thousand clays")]

    relevance = resolve([question(LOAM)], passages)

    assert relevance.grades["soil-loam"] == {"stem": 1}


def test_addresses_are_compared_by_page():
    passages = [row("same", "sand, clay", url="http://example.org/soil/#loam")]

    assert resolve([question(LOAM)], passages).grades["soil-loam"] == {"same": 1}


def test_a_passage_answers_at_each_of_its_addresses():
    merged = Row("kept", ("https://example.org/copy", PAGE), "", "article", (), (), "sand, clay")

    assert resolve([question(LOAM)], [merged]).grades["soil-loam"] == {"kept": 1}


def test_notes_and_the_path_are_found_by_section():
    passages = [
        row("note", "sand, clay", url="x:note", kind="note"),
        row("card", "sand, clay", url="x:card", kind="path"),
        row("other note", "sand, clay", url="x:n2", kind="note", section_ids=("m2w1-water",)),
        row("schedule", "sand, clay", url="x:s", kind="path", section_ids=()),
    ]

    def found(url):
        return set(
            resolve([question(Evidence(url, "", ("sand", "clay")))], passages).grades.get(
                "soil-loam", ()
            )
        )

    assert found("note:m1w1-soil") == {"note"}
    assert found("path:m1w1-soil") == {"card"}
    assert found("path:") == {"card", "schedule"}


def test_questions_without_their_page_and_pages_without_the_words_are_told_apart():
    relevance = resolve(
        [
            question(LOAM),
            question(Evidence("https://example.org/away", "", ("sand",)), id="away"),
            Question("off", "Who won?", "fact", refuse="off_path"),
        ],
        [row("other", "about water")],
    )

    assert relevance.grades == {}
    assert relevance.unmatched == ("soil-loam",)
    assert relevance.not_checkable == ("away",)


def test_rows_are_the_passages_a_search_can_return():
    passage = SimpleNamespace(heading_path=("Loam",), text="sand, clay")
    found = SimpleNamespace(
        passage=passage,
        title="Soil",
        url=PAGE,
        kind="article",
        section_ids=("m1w1-soil",),
        also_in=(SimpleNamespace(url="https://example.org/copy"),),
    )
    library = SimpleNamespace(
        keywords=lambda: (None, ["p1", "p2"]),
        entries=lambda ids: {"p1": found} if ids == ["p1", "p2"] else {},
    )

    assert rows(library) == (
        Row(
            "p1",
            (PAGE, "https://example.org/copy"),
            "Soil",
            "article",
            ("m1w1-soil",),
            ("Loam",),
            "sand, clay",
        ),
    )


def test_key_points_are_found_by_any_of_their_words():
    loam = Question(
        "soil-loam", "?", "definition", key_points=(("sand",), ("clay", "silt"), ("drain",))
    )

    assert covered(loam, "Loam mixes SAND with silty soil.") == (True, True, False)
