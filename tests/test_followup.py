"""Questions that lean on the conversation, and those that do not."""

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.followup import resolve
from assistant.manner import Turn
from assistant.subjects import doing, listed_in, topic_of
from eval.followups import DIALOGUES, always, by_rules, load, never, readings, report, stuck

KINDS = (
    "There are three.\n- **Filter methods**: score.\n- **Wrapper methods**: try.\n- Trees: split."
)


def talk(*questions: str, answer: str = "") -> tuple[Turn, ...]:
    turns = [Turn(question, sections=("s",)) for question in questions]
    return (*turns[:-1], Turn(questions[-1], answer, ("s",)))


@pytest.mark.parametrize(
    ("before", "asked", "read"),
    [
        ("What is L1 regularization?", "and how is it different from L2?",
         "How is L1 regularization different from L2?"),
        ("What is L1 regularization?", "what about L2?", "What is L2 regularization?"),
        ("What is bagging?", "why?", "Why bagging?"),
        ("Does bagging reduce variance?", "why", "Why does bagging reduce variance?"),
        ("How do I tune a random forest?", "why?", "Why should I tune a random forest?"),
        ("What is bagging?", "show me code", "How is bagging implemented in code?"),
        ("What is bagging?", "Give me an example, please", "What is an example of bagging?"),
        ("How do I read a CSV file?", "and in R?", "How do I read a CSV file in R?"),
        ("How do I read a file in pandas?", "with polars?", "How do I read a file with polars?"),
        ("What is bagging?", "what are the drawbacks?", "What are the drawbacks of bagging?"),
        ("What is bagging?", "its limits?", "What are the limits of bagging?"),
        ("What is bagging?", "when should I use boosting instead?",
         "When should I use boosting instead of bagging?"),
        ("What is bagging?", "is boosting better?", "Is boosting better than bagging?"),
        ("What is bagging?", "or boosting?",
         "What is the difference between bagging and boosting?"),
        ("What is bagging?", "thanks! tell me more", "Explain bagging in detail"),
        ("What is bagging?", "I don't understand", "Explain bagging in simple words"),
        ("Compare Flask and Django", "which is faster?", "Flask or Django: which is faster?"),
        ("Compare Flask and Django", "do they scale?", "Do Flask and Django scale?"),
        ("Compare Flask and Django", "explain the latter", "Explain Django"),
        ("How do I clean old logs?", "can I do that at night?", "Can I clean old logs at night?"),
        ("Why is a circuit breaker useful?", "do I need one?", "Do I need a circuit breaker?"),
        ("My loss is nan, what is wrong?", "how do I fix it?", "My loss is nan: how do I fix it?"),
    ],
)  # fmt: skip
def test_a_leaning_question_is_read_with_what_it_leans_on(
    before: str, asked: str, read: str
) -> None:
    resolved = resolve(asked, talk(before))
    assert resolved.text == read
    assert resolved.used


@pytest.mark.parametrize(
    "asked",
    [
        "What is Docker?",
        "And what is a Docker image?",
        "Is it possible to scale a service down to zero?",
        "Is it wise to store secrets in an image?",
        "What does it mean to standardise a column?",
        "What is request batching and why does it help?",
        "If my index is stale, how do I refresh it?",
        "Which metric that ignores order fits retrieval?",
        "What should I learn first?",
        "How do I begin this week?",
        "What is a parameter?",
        "Why do gradients vanish?",
        "docker compose",
        "Traceback (most recent call last):\n  File x\nValueError: it is wrong",
        "",
        "?",
        "ok",
    ],
)
def test_a_question_with_its_own_matter_is_left_alone(asked: str) -> None:
    resolved = resolve(asked, talk("What is a confusion matrix?"))
    assert resolved.text == asked
    assert not resolved.used


@pytest.mark.parametrize("asked", ["why?", "and in Python?", "is it fast?", "which is better?"])
def test_without_a_conversation_nothing_is_resolved(asked: str) -> None:
    assert resolve(asked, ()).text == asked


def test_the_thing_meant_may_stand_several_turns_back() -> None:
    history = talk("What is bagging?", "why?", "tell me more", "give an example")
    assert resolve("when does it fail?", history).text == "When does bagging fail?"


def test_a_question_is_taken_up_again_by_its_place() -> None:
    history = talk("What is bagging?", "What is Docker?", "What is drift?")
    read = resolve("Back to my first question, how long does it take?", history)
    assert read.text == "How long does bagging take?"


def test_an_aside_off_the_path_is_passed_over() -> None:
    history = (*talk("What is bagging?"), Turn("Who won the cup in 1974?", refused=True))
    assert resolve("is it slow?", history).text == "Is bagging slow?"


def test_a_refusal_near_the_path_is_what_is_talked_about() -> None:
    refused = Turn("What is federated bagging?", sections=("s",), refused=True)
    history = (*talk("What is drift?"), refused)
    assert resolve("why?", history).text == "Why federated bagging?"
    assert resolve("why?", (Turn("What is bagging?", refused=True),)).text == "Why bagging?"


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ("the second?", "What are Wrapper methods?"),
        ("explain the last one", "Explain Trees"),
        ("how does the first work?", "How does Filter methods work?"),
    ],
)
def test_one_of_what_was_listed(asked: str, read: str) -> None:
    history = talk("Which ways of selection are there?", answer=KINDS)
    assert resolve(asked, history).text.lower() == read.lower()


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("How does HNSW work?", "HNSW"),
        ("What is a multi-stage build?", "multi-stage build"),
        ("What are the drawbacks of early stopping?", "early stopping"),
        ("Is accuracy a good metric for imbalanced data?", "accuracy"),
        ("How can a circuit breaker protect a service?", "circuit breaker"),
        ("Explain tokenization", "tokenization"),
        ("What happens if the learning rate is too high?", "learning rate"),
        ("My loss is nan, what is wrong?", ""),
    ],
)
def test_what_a_question_is_about(question: str, subject: str) -> None:
    assert topic_of(question).subject == subject


def test_an_action_is_named_by_its_gerund() -> None:
    assert topic_of("How do I merge two tables in pandas?").action == "merge two tables"
    assert [doing(a) for a in ("merge two tables", "split text", "tune k", "see x")] == [
        "merging two tables", "splitting text", "tuning k", "seeing x",
    ]  # fmt: skip


def test_a_list_needs_two_items() -> None:
    assert listed_in("- Only one") == ()
    assert listed_in("1. Drift: x\n2. Decay: y") == ("Drift", "Decay")


SOME_WORDS = """
it that this they why how is what the second one in Python and or better than code its drawbacks
dropout ? . , which do about example [ ( \\ * é \u200b instead same more back to my first question
"""
words = st.lists(st.sampled_from(SOME_WORDS.split()), max_size=9).map(" ".join)


@given(words | st.text(max_size=60), st.lists(words | st.text(max_size=60), max_size=4))
def test_nothing_typed_breaks_it(asked: str, questions: Sequence[str]) -> None:
    history = tuple(Turn(question, question) for question in questions)
    resolved = resolve(asked, history)
    assert resolved == resolve(asked, history)
    assert bool(resolved.used) or resolved.text == asked
    if not history:
        assert resolved.text == asked


@pytest.mark.parametrize(
    "unit", ["so ", "is it ", "a", "- ", "what about ", "in ", "the second ", "which is ", "a-"]
)
def test_long_input_takes_no_long_time(unit: str) -> None:
    began = time.process_time()
    for length in (590, 20_000):
        long = unit * (length // len(unit))
        resolve(long, (Turn(long, long), Turn("What is bagging?", long)))
        resolve("is it fast?", (Turn(long, long),))
    assert time.process_time() - began < 2


def test_the_dialogues_are_read_better_than_by_either_baseline() -> None:
    dialogues = load(DIALOGUES)
    assert len(dialogues) >= 30
    assert len({dialogue.section for dialogue in dialogues}) == 31
    errors = {
        reader: sum(not r.right for d in dialogues for r in readings(d, reader))
        for reader in (by_rules, never, always)
    }
    assert errors[by_rules] <= 4
    assert errors[by_rules] * 5 < min(errors[never], errors[always])
    assert "| rules |" in report(dialogues, [])


def test_stand_alone_questions_do_not_stick_together() -> None:
    assert stuck(["What is drift?", "What is Docker?", "why?"]) == ["why?"]
