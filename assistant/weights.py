"""Weights of the features of a lead."""

from collections.abc import Mapping

BASE = 0.0
WEIGHTS: Mapping[str, float] = {
    "defines": 0.9,
    "heading": 0.78,
    "heading_kind": 0.9,
    "opens_section": 0.9,
    "subject": 1.2,
    "about": 0.0,  # conditions, not merits: see `fits` in assistant/leads.py
    "name": 0.0,
    "together": 0.0,
    "opens_steps": 0.0,
    "coverage": 0.6,
    "similarity": 0.77,
    "explains": 0.6,
    "passage": 1.88,
    "note": 0.35,
    "dangling": -1.5,
    "about_text": -1.3,
    "first_person": -0.35,
    "question": -1.5,
    "length": -1.44,
    "untidy": -1.0,
    "agrees": 0.0,
    "followed": 0.0,
    "listed": 0.0,
    "sides": 0.0,
}
# What a kind of question asks of its lead, beyond the common weights.
KIND_WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "what": {"defines": 1.0},
    "list": {"defines": -0.5, "explains": 0.6},
    "how": {"defines": -1.8, "explains": 0.9, "opens_steps": 1.2},
    "why": {"defines": -1.0, "explains": 1.2},
    "when": {"defines": -1.2, "explains": 1.6},
    "compare": {"defines": -0.8, "explains": 0.9},
    "check": {"defines": -0.9, "similarity": 0.6},
}
