"""A question is cut into what it asks, and what is only told stays with what it is told for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.parts import MOST, read_parts
from assistant.refuse import missing_words


def texts(question: str) -> list[str]:
    return [part.text for part in read_parts(question)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "What is dynamic batching in a model server, and what is the catch?",
            [
                "What is dynamic batching in a model server",
                "dynamic batching in a model server: what is the catch",
            ],
        ),
        (
            "What is target encoding and why do people say it leaks?",
            ["What is target encoding", "why do people say target encoding leaks"],
        ),
        (
            "Explain the bag-of-words model, and which laptop under 1500 euro should I buy?",
            ["Explain the bag-of-words model", "which laptop under 1500 euro should I buy"],
        ),
        (
            "What is a learning curve plot for, and what was the score in the match last night?",
            ["What is a learning curve plot for", "what was the score in the match last night"],
        ),
        (
            "What is RAG, and who won the football world cup?",
            ["What is RAG", "who won the football world cup"],
        ),
        (
            "How do you read a ROC curve? What are the two axes?",
            ["How do you read a ROC curve", "read a ROC curve: What are the two axes"],
        ),
        (
            "What are spot instances and what happens to a training job when one is taken back?",
            [
                "What are spot instances",
                "what happens to a training job when one is taken back",
            ],
        ),
    ],
)
def test_several_things_asked_are_parts(question: str, expected: list[str]) -> None:
    assert texts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "After 200 steps the loss is nan; what do I inspect first?",
        "I have 600 labelled mails. Is it better to fine-tune or to freeze the model?",
        "load GloVe vectors and list the nearest words, how?",
        "When and where did the course begin?",
        "My model is 99% accurate, is that good?",
        "Which rank is sensible for a LoRA run on a 7B model, and when should I go higher?",
    ],
)
def test_a_situation_and_its_question_are_one(question: str) -> None:
    (only,) = read_parts(question)
    assert only.text.rstrip(" ?")[-20:] == question.rstrip(" ?")[-20:]
    assert only.text[:10] == question[:10]


def test_what_is_told_after_a_question_is_no_part_of_it() -> None:
    (only,) = read_parts("Can you show me a Dockerfile for an API? I'd like the image small.")
    assert (only.text, only.wants_code) == ("a Dockerfile for an API", True)


def test_a_comparison_keeps_what_is_asked_about_its_sides() -> None:
    (only,) = read_parts("data drift vs concept drift, what is the difference and does it matter?")
    assert only.sides == ("data drift", "concept drift")
    compared, other = read_parts("Explain fp16 vs int8 and tell me the weather in Lisbon?")[0:1] * 2
    assert compared.sides == other.sides == ("fp16", "int8")


def test_of_two_comparisons_and_a_question_each_is_a_part() -> None:
    one, other = read_parts(
        "How does round robin differ from least connections? And how do I migrate a React app?"
    )
    assert one.sides == ("round robin", "least connections")
    assert other.text == "how do I migrate a React app"


def test_a_situation_with_two_things_to_do_is_no_comparison() -> None:
    (only,) = read_parts("We are two people. Split the product into services or keep one app?")
    assert only.sides is None
    (named,) = read_parts("I am new to this. What is the difference between CSV and Parquet?")
    assert named.sides == ("CSV", "Parquet")


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=" abIit,.;:?!\n'and or what how", min_size=1, max_size=120))
def test_no_text_breaks_it(text: str) -> None:
    parts = read_parts(text)
    assert len(parts) <= MOST
    assert all(part.text.strip() for part in parts) or not text.strip(" ,.;:?!\n'")


def test_what_is_missing_is_named() -> None:
    assert missing_words(["who won?"]) == "Nothing in your library answers “who won”."
    assert missing_words([]) == ""
    assert "<b>" not in missing_words(["who <b>won</b>?"])
    assert missing_words(["x" * 300]).endswith("another part of this question.")
