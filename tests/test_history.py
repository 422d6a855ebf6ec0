"""Conversations to choose from: those that began with the same question can be told apart."""

from datetime import UTC, datetime, timedelta, timezone

from assistant.conversation import Conversation
from ui.history import labels, when_words

NOW = datetime(2026, 11, 14, 15, 0, tzinfo=timezone(timedelta(hours=2)))


def begun(title: str, at: str) -> Conversation:
    return Conversation(at, title, at, at, 1)


def test_conversations_of_one_title_say_when() -> None:
    listed = (
        begun("What is drift?", "2026-11-14T12:05:00.000000Z"),
        begun("What is LoRA?", "2026-11-14T11:00:00.000000Z"),
        begun("What is drift?", "2026-11-13T08:30:00.000000Z"),
        begun("What is drift?", "2025-02-03T23:30:00.000000Z"),
    )
    assert labels(listed, NOW) == [
        "What is drift? (today, 14:05)",
        "What is LoRA?",
        "What is drift? (yesterday, 10:30)",
        "What is drift? (4 Feb 2025, 01:30)",
    ]


def test_the_day_is_that_of_the_clock_here() -> None:
    late = "2026-11-13T22:30:00.000000Z"
    assert when_words(late, NOW) == "today, 00:30"
    assert when_words(late, NOW.astimezone(UTC)) == "yesterday, 22:30"
