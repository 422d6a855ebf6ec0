"""Ways of cutting documents: what is measured of each, and that they differ in nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui.cli
from assistant.settings import load_settings
from eval.figures import figure
from eval.retrieval import Difference
from eval.splitters import (
    FIGURES,
    POINTS,
    WAYS,
    Compared,
    Way,
    WayScores,
    ahead_of,
    compare_splitters,
    compared_json,
    compared_table,
    home_of,
    sentences_alone,
)
from eval.suite import NOTES
from ingest.embed import graph_path
from ingest.extract import read_markdown

pytest.importorskip("ir_measures", reason="the eval group is not installed")

LONG = " ".join(f"Sentence {n} says that keel {n} matters." for n in range(40))
TEXT = f"# Boats\n\nBefore.\n\n## Keels\n\n{LONG}\n\n### Fins\n\nShort.\n\n## Sails\n\n{LONG}\n"


def words(text: str) -> int:
    return len(text.split())


def test_sentences_alone_cut_across_headings_and_lose_no_word() -> None:
    document = read_markdown(TEXT, id="d", url="u", title="Boats", kind="note", fetched_at="")
    found = sentences_alone(document, words, 60)
    assert all(p.text == document.text[p.start : p.end] for p in found)
    assert all(words(p.text) <= 60 for p in found)
    assert " ".join(" ".join(p.text for p in found).split()) == " ".join(document.text.split())
    assert found[0].heading_path == ()
    assert {p.heading_path for p in found} >= {("Keels",), ("Sails",)}
    assert any("## Sails" in p.text and p.heading_path != ("Sails",) for p in found)


@given(st.text(alphabet="ab. \n#`", max_size=200))
def test_any_text_is_cut_into_parts_of_it(text: str) -> None:
    document = read_markdown(text, id="d", url="u", title="", kind="note", fetched_at="")
    for passage in sentences_alone(document, words, 5):
        assert passage.text == document.text[passage.start : passage.end]
        assert passage.text.strip()


def test_the_first_way_is_the_product_and_names_differ() -> None:
    assert WAYS[0].name.endswith("(the product)")
    assert len({way.name for way in WAYS}) == len(WAYS)


def test_the_difference_is_paired_over_what_both_have() -> None:
    product = {name: {"a": 1.0, "b": 0.0, "c": 1.0} for name in FIGURES}
    other = {name: {"a": 1.0, "b": 1.0} for name in FIGURES}
    assert ahead_of(product, other)["hit5"].mean == pytest.approx(0.5)


def test_the_table_has_a_line_for_each_way() -> None:
    figures = tuple(figure(name, NOTES, [0.5, 1.0]) for name in FIGURES)
    away = {name: Difference(0.1, -0.1, 0.3) for name in FIGURES}
    ways = (WayScores("a", 10, 80.0, figures, {}), WayScores("b", 2_000, 9.0, figures, away))
    text = compared_table(Compared("", "dev", "m@1", ways, 1.0))
    assert POINTS in text
    assert "| a | 10 | 80 | 0.750 (" in text
    assert "+0.100 (-0.100 to +0.300)" in text.splitlines()[-1]


@pytest.mark.slow
def test_a_library_is_split_anew_and_no_home_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(str(tmp_path / "mine"))
    graph = graph_path(settings.model, settings.cache)
    cache = tmp_path / "cache"
    cache.mkdir()
    if graph.exists():
        (cache / graph.name).symlink_to(graph)
    settings = replace(settings, cache=cache)
    # One way twice: another one would have all notes embedded anew.
    found = compare_splitters(
        settings, None, "dev", lambda p: None, [WAYS[0], Way("again", WAYS[0].cut)]
    )
    product, again = found.ways
    # The graph of the vectors is built by several threads: a search may miss another neighbour.
    for one, other in zip(product.figures, again.figures, strict=True):
        assert (one.name, one.n) == (other.name, other.n)
        assert one.value == pytest.approx(other.value, abs=0.02)
    assert all(abs(one.mean) <= 0.02 for one in again.ahead.values())
    assert product.passages == again.passages > 1_000
    assert {f.name: f.n > 100 for f in product.figures} == dict.fromkeys(FIGURES, True)
    assert all(0.5 < f.value < 1.0 for f in product.figures)
    assert not (tmp_path / "mine").exists()
    assert (home_of(None, settings) / "library.db").exists()
    assert json.loads(json.dumps(compared_json(found)))["schema"] == 1


def test_two_archives_are_too_many(capsys: pytest.CaptureFixture[str]) -> None:
    assert ui.cli.main(["eval", "splitters", "a.warc.gz", "b.warc.gz"]) == 2
    assert "one archive" in capsys.readouterr().err
    assert ui.cli.main(["eval", "splitters", "/nowhere/a.warc.gz"]) == 2
