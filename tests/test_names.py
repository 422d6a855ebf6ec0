"""Which words of a question an answer must say: proper names, and words that nobody knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.features import says, together
from assistant.names import names_in, rarest
from ingest.analysis import Word, word
from ingest.keywords import analyse


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("How does XGBoost handle missing values?", ["XGBoost"]),
        ("how do i set ef_search", ["ef_search"]),
        ("What is k8s?", ["k8s"]),
        ("Overfitting is bad. Why does Keras warn?", ["Keras"]),  # a first word is always capital
        ("Why do transformers need positions?", []),
        ("I use Docker and Kubernetes", ["Docker", "Kubernetes"]),
        ("WHAT IS OVERFITTING IN MACHINE LEARNING", []),  # shouting names nothing
        ("Why is it slow? How do I use FAISS, and FAISS alone?", ["FAISS"]),
        ("42 is what share of 100", []),
        ("Which rank for LoRA on a 7B model, within 24 GB and 200ms?", ["LoRA"]),  # sizes
        ("What is 2D convolution in VGG16?", ["2D", "VGG16"]),
        ("a code like XJ-4410 is not found, and Milvus is slow", ["Milvus"]),  # one example of many
        (
            'The encoder throws "Found unknown categories Lima" on Monday with Keras',
            ["Keras"],
        ),  # a message
        ("RuntimeError: Expected all Tensors on Cuda", []),
        ("What does a KeyError of “Pandas” mean?", ["KeyError", "Pandas"]),
        ("", []),
    ],
)
def test_names_have_capitals_or_digits(text: str, names: list[str]) -> None:
    assert [w.surface for w in names_in(text)] == names


def test_a_word_that_nobody_knows_is_a_name() -> None:
    found = names_in("what is flurbix pooling", lambda w: w.surface == "flurbix")
    assert [w.surface for w in found] == ["flurbix"]


def test_the_rarest_name_is_asked_for_in_all_its_ways() -> None:
    idf = {"xgboost": 7.0, "boost": 3.0, "xg": 8.0, "python": 1.0}
    name = rarest([word("Python"), word("XGBoost")], lambda stem: idf.get(stem, 0.5))
    assert ("xgboost",) in name
    assert all("python" not in way for way in name)
    assert says(name, (("xgboost", "tree"),))
    assert says(name, (tuple(analyse("XG Boost grows trees")),))
    assert not says(name, (("boost", "tree"),))
    far = "boost is what many of our oldest and tallest fruit trees need, says XG"
    assert not says(name, (tuple(analyse(far)),))
    assert says(rarest([], lambda stem: 1.0), ())


def test_a_name_is_as_rare_as_its_commonest_form() -> None:
    # "mlops" alone is rare where the pages write "ML Ops"; that must not make it the name.
    idf = {"mlops": 9.0, "ml": 1.0, "op": 1.5, "dvc": 4.0}
    name = rarest([word("MLOps"), word("DVC")], lambda stem: idf.get(stem, 0.5))
    assert name == (("dvc",),)


def test_words_of_a_term_stand_together() -> None:
    term = ("graph", "neural", "network")
    assert together(term, (tuple(analyse("A graph neural network passes messages")),)) == 1
    assert together(term, (tuple(analyse("A neural network is a graph")),)) == 1
    assert together(term, (("neural", "search"), ("knowledge", "graph"))) == 0
    assert together(("graph",), (("a",), ("graph",))) == 1
    assert together(("graph",), (("a",),)) == 0
    assert together((), ()) == 1


@given(st.text(max_size=80))
def test_no_text_breaks_it(text: str) -> None:
    found = names_in(text)
    assert len(set(found)) == len(found)
    assert all(isinstance(w, Word) and w.forms and not w.stop for w in found)
