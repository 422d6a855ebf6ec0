"""What a question asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.question import LONGEST, read_question


@pytest.mark.parametrize(
    ("typed", "kind", "subject"),
    [
        ("What is overfitting?", "what", "overfitting"),
        ("whats overfitting", "what", "overfitting"),
        ("Explain the attention mechanism, please", "what", "attention mechanism"),
        ("overfitting", "what", "overfitting"),
        ("How does HNSW work?", "how", "HNSW"),
        ("how do i tokenize text in python", "how", "tokenize text"),
        ("Why is dropout used?", "why", "dropout"),
        ("Why does it help to shuffle data?", "why", "help to shuffle data"),
        ("When should I use LoRA?", "when", "LoRA"),
        ("What does RAG stand for?", "what", "RAG"),
        ("Could you tell me what a circuit breaker is?", "what", "a circuit breaker is"),
        ("batch norm: what is it good for?", "what", "batch norm"),
        ("What does it mean to prune a network?", "what", "prune a network"),
        ("king minus man plus woman, what is that about?", "what", "king minus man plus woman"),
        ("What do I win by quantising a network?", "why", "quantising a network"),
        ("How come my loss is nan?", "why", "loss is nan"),
    ],
)
def test_kind_and_subject(typed: str, kind: str, subject: str) -> None:
    part = read_question(typed).parts[0]
    assert part.kind == kind
    assert subject in part.subject or part.subject in subject


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("What does the learning rate control?", "learning rate"),
        ("What does a model in production need?", "model in production"),
        ("What do the query and key vectors represent?", "query and key vectors"),
        ("What does HNSW trade off?", "HNSW"),
        ("What does a confusion matrix show me?", "confusion matrix"),
        ("When do rules beat a trained classifier?", "rules beat a trained classifier"),
        ("What is dropout used for?", "dropout"),
    ],
)
def test_the_subject_is_what_the_verb_is_said_of(typed: str, subject: str) -> None:
    assert read_question(typed).parts[0].subject == subject


@pytest.mark.parametrize(
    ("typed", "sides"),
    [
        ("precision vs recall", ("precision", "recall")),
        ("What is the difference between L1 and L2 regularization?", ("L1", "L2 regularization")),
        ("How is IVF different from HNSW?", ("IVF", "HNSW")),
        ("Should I use pgvector or a dedicated store?", ("pgvector", "dedicated store")),
        ("HNSW or IVFFlat: which builds faster?", ("HNSW", "IVFFlat")),
        ("proof of stake vs proof of work", ("proof of stake", "proof of work")),
    ],
)
def test_comparisons_have_two_sides(typed: str, sides: tuple[str, str]) -> None:
    part = read_question(typed).parts[0]
    assert part.kind == "compare"
    assert part.sides == sides


def test_a_question_with_two_parts_keeps_its_subject() -> None:
    first, second = read_question("What is LoRA and when would I use it?").parts
    assert (first.kind, first.subject) == ("what", "LoRA")
    assert (second.kind, second.subject) == ("when", "LoRA")


def test_what_is_told_first_is_what_is_asked_about() -> None:
    (part,) = read_question("My R² is negative, how is that possible?").parts
    assert part.kind == "why"
    assert "R² is negative" in part.text
    assert read_question("Overfitting: what is that?").parts[0].kind == "what"


def test_what_stands_in_front_of_a_question_belongs_to_it() -> None:
    (part,) = read_question("In a confusion matrix, what do the rows stand for?").parts
    assert part.subject == "rows"
    assert "confusion matrix" in part.text


def test_how_often_opens_a_second_part() -> None:
    first, second = read_question("When is retraining needed and how often should I do it?").parts
    assert (first.kind, second.kind) == ("when", "how")


@pytest.mark.parametrize(
    "typed",
    [
        "Where do I learn about vector databases, and what first?",
        "Which week covers transformers?",
        "How long does the RAG section take?",
        "What should I learn first?",
        "drift detection which month",
        "where does docker come up",
        "I must write tests. Where does the path cover fixtures?",
        "Where's the tutorial on hybrid weights?",
        "Is there something hands-on in the path for Grafana?",
        "I'd like a drawn explanation of attention. What does the path offer?",
        "i want to try it myself, which tutorial is in the path",
        "Which documentation explains how the scores are defined?",
    ],
)
def test_questions_about_the_path(typed: str) -> None:
    assert read_question(typed).kind == "where"


@pytest.mark.parametrize(
    "typed", ["How long do I boil an egg?", "Where do query vectors come from?"]
)
def test_where_and_how_long_alone_are_not_about_the_path(typed: str) -> None:
    assert read_question(typed).kind != "where"


@pytest.mark.parametrize(
    "typed",
    [
        "Was ist der Unterschied zwischen Precision und Recall?",
        "Qu'est-ce que le surapprentissage et comment l'éviter ?",
        "¿Qué es el sobreajuste y cómo se evita?",
        "什么是过拟合",
        "Что такое переобучение?",
    ],
)
def test_another_language_is_told_apart(typed: str) -> None:
    assert "English" in read_question(typed).problem


@pytest.mark.parametrize(
    "typed", ["What is LoRA?", "BM25", "IVF vs HNSW", "café embeddings", "tf idf"]
)
def test_english_questions_pass(typed: str) -> None:
    assert read_question(typed).problem == ""


@pytest.mark.parametrize("typed", ["", "   ", "???", "\u200b", "\x00"])
def test_nothing_asked(typed: str) -> None:
    question = read_question(typed)
    assert question.problem.startswith("Please type a question")
    assert question.parts == ()


def test_a_stack_trace_is_searched_by_its_last_error() -> None:
    trace = (
        "Traceback (most recent call last):\n"
        '  File "train.py", line 3, in <module>\n'
        "    model.fit(X, y)\n"
        "ValueError: Input X contains NaN.\n"
    )
    question = read_question(trace)
    assert question.search == "ValueError: Input X contains NaN."
    assert "last line of the error" in question.remark


def test_a_very_long_text_is_shortened_and_says_so() -> None:
    question = read_question("I tried many things. " * 500 + "Why does my model overfit?")
    assert question.search == "Why does my model overfit?"
    assert question.remark
    assert len(read_question("word " * 2000).search.split()) <= LONGEST


@given(st.text(max_size=400))
def test_no_text_breaks_it(typed: str) -> None:
    question = read_question(typed)
    assert bool(question.parts) != bool(question.problem)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("CSV or Parquet?", ("CSV", "Parquet")),
        ("green tea or black tea for a guest?", ("green tea", "black tea")),
        ("microservices or a monolith", ("microservices", "monolith")),
        ("Is it hot or cold?", None),
        ("What is a leaf or a bud?", None),
        ("my tea is too hot or too cold", None),
    ],
)
def test_two_names_and_nothing_else_are_compared(text: str, sides: tuple[str, str] | None) -> None:
    (part,) = read_question(text).parts
    assert part.sides == sides
