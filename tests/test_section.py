"""A section's card: what it shows, from the path, the ledger and the prerequisites."""

import json
from pathlib import Path

import pytest

import ui.cli
from assistant.prerequisites import Need, Place, Prerequisites
from assistant.section import SectionCard, section_card
from ingest.build import BuildOptions, build_library
from ingest.curriculum import Curriculum, parse
from ingest.embed import MODEL
from ingest.library import open_library
from ui.section import section_json, section_text

SECTION = "m2w3-vector-database-fundamentals"
EARLIER = "m2w2-contextual-embeddings-language-models"
TOPIC = "Indexing techniques (HNSW, IVF)"
GRAPH = Prerequisites(
    {
        Place(SECTION): (Need(Place(EARLIER), "vectors come from models"),),
        Place(SECTION, TOPIC): (Need(Place(SECTION, "Similarity search principles"), "they rank"),),
        Place("m2w3-building-a-semantic-search-system"): (Need(Place(SECTION), "it stores them"),),
        Place("elsewhere"): (Need(Place(SECTION), "of another path"),),
    }
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("homes") / "path"
    options = BuildOptions(model=MODEL, cache=home, offline=True, vectors=False)
    build_library(home, options, lambda progress: None)
    return home


@pytest.fixture(scope="module")
def made(home: Path) -> tuple[SectionCard, Curriculum]:
    with open_library(home) as library:
        curriculum = parse(library.path_text)
        return section_card(SECTION, curriculum, GRAPH, library.sources()), curriculum


def test_a_card_holds_what_the_section_holds(made: tuple[SectionCard, Curriculum]) -> None:
    card, curriculum = made
    section = curriculum.section(SECTION)
    assert [topic for topic, _ in card.topics] == [topic.text for topic in section.topics]
    assert len(card.exercises) == len(section.exercises)
    assert len(card.resources) == len(section.resources)
    assert card.note is not None
    assert card.note.passages > 10
    assert [need.place.section_id for need in card.requires] == [EARLIER]
    assert card.needed_for == ("m2w3-building-a-semantic-search-system",)
    assert dict(card.topics)[TOPIC][0].place.topic == "Similarity search principles"


def test_its_text_says_where_it_stands_and_what_became_of_its_links(
    made: tuple[SectionCard, Curriculum],
) -> None:
    card, curriculum = made
    text = section_text(card, curriculum)
    assert text.startswith("Month 2 · Week 3 · Vector Database Fundamentals · ")
    assert "Builds on\n  - Month 2 · Week 2 · Contextual Embeddings" in text
    assert "vectors come from models" in text
    assert f"  - {TOPIC}" in text
    assert "https://" in text
    for row in card.resources:
        assert row.title.split("[")[0] in text
        assert row.passages or row.status in text


def test_its_json_is_whole(made: tuple[SectionCard, Curriculum]) -> None:
    card, _ = made
    told = json.loads(json.dumps(section_json(card)))
    assert told["schema"] == 1
    assert told["section_id"] == SECTION
    assert told["requires"] == [
        {"section_id": EARLIER, "topic": None, "reason": "vectors come from models"}
    ]
    assert [t["topic"] for t in told["topics"]] == [topic for topic, _ in card.topics]
    assert {row["status"] for row in told["resources"]} == {row.status for row in card.resources}


@pytest.mark.parametrize("as_json", [True, False])
def test_the_command_prints_the_card(
    home: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    code = ui.cli.main(["section", SECTION, "--home", str(home), *(["--json"] if as_json else [])])
    out = capsys.readouterr().out
    assert code == 0
    assert "Vector Database Fundamentals" in out
    assert not as_json or json.loads(out)["requires"]


def test_an_unknown_section_gets_the_nearest(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ui.cli.main(["section", "m2w3-vector-databases", "--home", str(home)]) == 2
    assert SECTION in capsys.readouterr().err
