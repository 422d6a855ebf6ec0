"""The answer without a model: which spans are chosen, and why, on pages written for it."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from assistant.asked import Evidence
from assistant.extractive import choose_quotes, merge
from assistant.features import (
    Asked,
    Candidate,
    agreement,
    badly_sized,
    features,
    plain,
    score,
    share,
    untidy,
)
from assistant.part import Part
from assistant.question import read_question
from assistant.quotes import Quote, overlaps
from assistant.retrieve import Hit
from assistant.spans import Span, spans_of
from assistant.weights import WEIGHTS
from ingest.extract import read_markdown
from ingest.keywords import analyse
from ingest.library import Entry
from ingest.split import split


def hits(*pages: str, kind: str = "article") -> tuple[Hit, ...]:
    """Split pages of Markdown and give all passages as hits, the first page's the best."""
    found: list[Hit] = []
    for number, text in enumerate(pages):
        title = text.strip().split("\n")[0].lstrip("# ")
        document = read_markdown(
            text, id=f"d{number}", url="", title=title, kind=kind, fetched_at=""
        )
        for passage in split(document, lambda words: len(words.split())):
            entry = Entry(passage, document.title, kind, "", "", ())
            found.append(Hit(entry, max(0.1, 1.0 - len(found) / 20), ("bm25",), 0.0, 1.0))
    return tuple(found)


def quotes(
    question: str, *pages: str, kind: str = "article", expansions: Sequence[tuple[str, str]] = ()
) -> tuple[Quote, ...]:
    evidence = Evidence(hits(*pages, kind=kind), lambda stem: 1.0, None, tuple(expansions))
    return choose_quotes(read_question(question), evidence)


def said(found: Sequence[Quote]) -> list[str]:
    return [span.text for quote in found for span in quote.spans]


GARDEN = """# Garden soil

In this section we will look at compost.

## Compost

For more information on compost, please refer to the original compost handbook. What is compost? \
Compost is decayed plant matter that feeds the soil. It is dark and crumbly. However, compost \
needs air.

## Related

- [Compost bins](https://example.org/a)
- [Compost shop](https://example.org/b)

Figure 3: compost in a bin.
"""
TEA = """# Tea

## Green tea

Green tea is tea whose leaves are steamed soon after picking. Green tea keeps its colour because \
the heat stops the enzymes.

## How to brew green tea

To brew green tea, follow four steps:

1. Heat the water to 70 degrees.
2. Pour it over the leaves.
3. Wait for two minutes.
4. Take the leaves out.

Use green tea when you want a light drink. Avoid it when the water is hard.

```python
def brew(leaves: int) -> str:
    water = heat(70)

    return f"{leaves} g in {water}"
```

## Black tea

Black tea is tea whose leaves are left to oxidise fully before drying.

## Green tea vs black tea

Green tea is steamed and stays light, whereas black tea is oxidised and turns dark.

| Aspect | Green tea | Black tea |
| --- | --- | --- |
| Leaves | steamed | oxidised |
| Colour | light | dark |
"""


# ── which span opens the answer ─────────────────────────────────────────────────────────────────


def test_a_definition_wins_over_the_question_and_the_pointer() -> None:
    spans = said(quotes("What is compost?", GARDEN))
    assert spans[0] == "Compost is decayed plant matter that feeds the soil."
    text = " ".join(spans)
    for words in ("refer to", "What is compost", "In this section", "Figure 3", "Compost shop"):
        assert words not in text


def test_nothing_is_said_when_nothing_fits() -> None:
    assert quotes("What is a volcano?", GARDEN, TEA) == ()
    assert quotes("What is compost?") == ()
    assert quotes("What is compost?", "# Empty\n\n\n") == ()


@pytest.mark.parametrize(
    "filling",
    [
        "In this chapter we will discuss gravel.",
        "See the gravel page for more information on gravel.",
        "What is gravel?",
        "- [Gravel](https://example.org/1)\n- [More gravel](https://example.org/2)",
        "It, however, is not gravel at all as shown above.",
        "Figure 2: gravel on a path",
    ],
)
def test_talk_about_the_text_is_no_answer(filling: str) -> None:
    assert said(quotes("What is gravel?", f"# Paths\n\n## Surfaces\n\n{filling}\n")) == []


def test_a_sentence_that_leans_takes_along_the_one_before() -> None:
    page = """# Rivers

## Meander

A river that flows slowly moves from side to side. This bend in the river is called a meander.
"""
    spans = said(quotes("What is a meander?", page))
    assert spans[:2] == [
        "A river that flows slowly moves from side to side.",
        "This bend in the river is called a meander.",
    ]


def test_no_answer_opens_with_a_dangling_word() -> None:
    for question in (
        "What is compost?",
        "What is green tea?",
        "Why does green tea keep its colour?",
    ):
        for quote in quotes(question, GARDEN, TEA):
            assert not re.match(r"(?:This|It|However|These|As shown)\b", quote.spans[0].text)


def test_the_path_is_not_quoted_as_an_explanation() -> None:
    page = "# Compost\n\n## Compost\n\nCompost is decayed plant matter that feeds the soil.\n"
    assert quotes("What is compost?", page)
    assert quotes("What is compost?", page, kind="path") == ()


def test_an_acronym_is_answered_by_its_long_form() -> None:
    page = "# Trees\n\n## Random Forest\n\nA random forest is a set of trees that vote together.\n"
    pairs = (("RF", "Random Forest"),)
    assert quotes("What is RF?", page) == ()
    assert said(quotes("What is RF?", page, expansions=pairs)) == [
        "A random forest is a set of trees that vote together."
    ]


def test_each_part_of_a_question_is_answered() -> None:
    text = " ".join(said(quotes("What is green tea and when should I use it?", TEA)))
    assert "Green tea is tea whose leaves are steamed" in text
    assert "Use green tea when you want a light drink." in text


def test_why_is_answered_with_a_reason() -> None:
    text = " ".join(said(quotes("Why does green tea keep its colour?", TEA)))
    assert "because the heat stops the enzymes" in text


def test_a_name_is_answered_by_that_very_name() -> None:
    """What green tea does is no answer to what another tea does, however alike the words."""
    assert quotes("Why does green tea from Uji keep its colour?", TEA) == ()
    assert quotes("Why does green tea keep its colour?", TEA)
    page = TEA.replace("green tea", "Sencha").replace("Green tea", "Sencha")
    assert said(quotes("What is Sencha?", page))[0].startswith("Sencha is tea")
    assert quotes("What is Gyokuro?", page) == ()


def test_words_of_one_term_must_stand_together() -> None:
    page = "# Search\n\n## Bean\n\nA bean is a seed that is sown before leaves of tea are green.\n"
    assert quotes("What is green bean tea?", page) == ()


def test_an_article_and_the_subject_alone_define_by_any_verb() -> None:
    page = "# Jobs\n\n## Work\n\nMuch is done at night. A runner executes the jobs of others.\n"
    assert said(quotes("What is a runner?", page)) == ["A runner executes the jobs of others."]
    other = page.replace("A runner", "A rested runner of marathons")
    assert quotes("What is a runner?", other) == ()


def test_a_compound_is_found_written_together_and_apart() -> None:
    page = "# Gear\n\n## Rain boots\n\nRain boots are shoes that keep water out.\n"
    assert quotes("What are rain-boots?", page)
    assert quotes("What are rain boots?", page.replace("Rain boots are", "Rain-boots are"))


def test_the_sentence_that_opens_a_section_defines_its_heading_by_any_verb() -> None:
    page = "# Paths\n\n## Kerb\n\nA kerb keeps the gravel of a path in its place.\n"
    assert said(quotes("What is a kerb?", page)) == [
        "A kerb keeps the gravel of a path in its place."
    ]


# ── steps, code, comparisons ────────────────────────────────────────────────────────────────────


def test_how_is_answered_with_all_the_steps() -> None:
    found = quotes("How do I brew green tea?", TEA)
    steps = [span.text for quote in found for span in quote.spans if span.kind == "ordered"]
    assert steps == [
        "Heat the water to 70 degrees.",
        "Pour it over the leaves.",
        "Wait for two minutes.",
        "Take the leaves out.",
    ]


def test_how_it_works_opens_with_what_announces_the_steps() -> None:
    page = """# Bread

## How a sourdough rises

Sourdough insertion into the oven happens after each rise, by hand, then the process starts again.

Sourdough rises in two steps:

1. Yeast turns sugar into gas.
2. Gluten keeps the gas inside.
"""
    assert said(quotes("How does sourdough rise?", page))[:3] == [
        "Sourdough rises in two steps:",
        "Yeast turns sugar into gas.",
        "Gluten keeps the gas inside.",
    ]


def test_a_list_that_stands_in_a_table_is_given_with_it() -> None:
    page = """# Tea

## Kinds of tea

The kinds of tea differ in how their leaves are treated.

| Kind | Leaves |
| --- | --- |
| white | dried |
| oolong | partly oxidised |
"""
    text = " ".join(said(quotes("What kinds of tea are there?", page)))
    assert "differ in how their leaves" in text
    assert "| oolong | partly oxidised |" in text
    assert "oolong" not in " ".join(said(quotes("Why do kinds of tea differ?", page)))


def test_a_list_is_gathered_from_several_headings() -> None:
    pages = [
        f"# Trees\n\n## {name}\n\n{name} is a kind of pruning that {what}.\n"
        for name, what in (
            ("Thinning", "takes out whole branches"),
            ("Raising", "removes the lowest limbs of a trunk"),
            ("Pollarding", "cuts everything back to a stump each winter"),
        )
    ]
    text = " ".join(said(quotes("Which kinds of pruning are there?", *pages)))
    assert all(name in text for name in ("Thinning", "Raising", "Pollarding"))


def test_a_side_of_a_comparison_is_told_by_a_sentence_that_names_it() -> None:
    green = "# Tea\n\n## Green tea\n\nGreen tea is tea whose leaves are steamed after picking.\n"
    black = "# Tea\n\n## Black tea\n\nTea of this kind is dark. Black tea is tea that oxidised.\n"
    found = quotes("green tea vs black tea", green, black)
    for quote in found:
        assert re.search("(?i)green|black", quote.spans[0].text)


def test_code_is_given_whole() -> None:
    found = quotes("How do I brew green tea in Python?", TEA)
    (code,) = (span.text for quote in found for span in quote.spans if span.kind == "code")
    assert code.startswith("```python\ndef brew")
    assert code.endswith('return f"{leaves} g in {water}"\n```')


def test_a_comparison_tells_both_sides_apart() -> None:
    for question in (
        "What is the difference between green tea and black tea?",
        "green tea vs black tea",
        "Should I use green tea or black tea?",
    ):
        found = quotes(question, TEA)
        text = " ".join(said(found))
        assert "whereas black tea is oxidised" in text
        assert "| Colour | light | dark |" in text


def test_a_comparison_cites_both_sides_from_their_own_pages() -> None:
    green = "# Tea\n\n## Green tea\n\nGreen tea is tea whose leaves are steamed after picking.\n"
    black = "# Drinks\n\n## Black tea\n\nBlack tea is tea whose leaves are left to oxidise.\n"
    found = quotes("How is green tea different from black tea?", green, black)
    assert {quote.hit.entry.passage.doc_id for quote in found} == {"d0", "d1"}
    assert quotes("How is green tea different from black tea?", green) == ()
    assert quotes("How is green tea different from oolong?", green, black) == ()


# ── quotes are verbatim ─────────────────────────────────────────────────────────────────────────

QUESTIONS = (
    "What is compost?",
    "How do I brew green tea?",
    "green tea vs black tea",
    "Why compost?",
    "When do I use green tea?",
    "What is green tea and how do I brew it in Python?",
    "Is black tea dark?",
)


def check(found: Sequence[Quote]) -> None:
    """Hold quotes to what is promised of them."""
    for number, quote in enumerate(found):
        passage = quote.hit.entry.passage
        assert 0 <= quote.start < quote.end <= len(passage.text)
        assert quote.start == quote.spans[0].start
        assert quote.end == quote.spans[-1].end
        assert 0 <= quote.relevance <= 1
        end = quote.start
        for span in quote.spans:
            assert passage.text[span.start : span.end] == span.text
            assert span.start >= end
            end = span.end
        assert not any(overlaps(quote, other) for other in found[:number])


@pytest.mark.parametrize("question", QUESTIONS)
def test_quotes_are_verbatim_in_order_and_apart(question: str) -> None:
    found = quotes(question, GARDEN, TEA)
    assert found
    check(found)


def test_meaning_may_reorder_but_not_change_the_words() -> None:
    def encode(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array([[len(t), t.count("e"), 1.0] for t in texts], dtype=np.float32)
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    for question in QUESTIONS:
        evidence = Evidence(hits(GARDEN, TEA), lambda stem: 1.0, encode)
        check(choose_quotes(read_question(question), evidence))


markdown = st.lists(
    st.sampled_from(
        [
            "# Tea", "## Tea", "Tea is a drink.", "It is hot.", "This is tea:", "1. Tea first.",
            "2. Then more tea.", "- tea, a leaf", "```\ntea()\n```", "```", "| tea | x |",
            "|---|---|", "", "\u200b", "Tea (", "tea tea tea? Tea!", "**Tea** is _a_ `leaf`.",
            "> Tea is said.",
            "$$tea$$", "Tea\tis.\x0bTea is", "...", "Ist Tee Tea?", "Tea works by tea.",
            "é. É is tea",
        ]
    ),
    max_size=12,
).map("\n\n".join)  # fmt: skip
asked = st.sampled_from(
    [
        "What is tea?", "tea", "how does tea work", "tea vs leaf", "why tea and when?", "list tea",
        "is tea hot?", "what is the the", "difference between tea and tea", "tea in python code",
        "tea: what is it, how do I use it, and why is it good for me?", "a", "and or",
    ]
)  # fmt: skip


@given(markdown, markdown, asked)
@settings(max_examples=60, deadline=None)
def test_no_page_breaks_it(one: str, other: str, question: str) -> None:
    check(quotes(question, f"# A\n\n{one}", f"# B\n\n{other}"))


def test_quotes_that_touch_become_one() -> None:
    (hit,) = hits("# A\n\nOne is here. Two is there. Three is far.\n")
    spans = spans_of(hit.entry.passage.text)
    parts = [Quote(hit, s.start, s.end, (s,), 0.1 * n) for n, s in enumerate(spans)]
    assert [len(q.spans) for q in merge(parts)] == [3]
    assert [q.relevance for q in merge(parts)] == [0.2]
    assert len(merge([parts[0], parts[2]])) == 2
    assert len(merge([parts[1], parts[0]])) == 2


# ── features ────────────────────────────────────────────────────────────────────────────────────


def candidate(text: str, title: str = "Compost") -> Candidate:
    span = Span(text, 0, len(text), "prose", 0, 0)
    heading = frozenset(analyse(title))
    stems = tuple(analyse(text))
    texts = (stems, tuple(analyse(title)))
    return Candidate(span, frozenset(stems), title, heading, heading, 0.5, 0.0, "article", texts)


def ask_for(subject: str, kind: str = "what") -> Asked:
    stems = frozenset(analyse(subject))
    return Asked(Part(kind, subject, subject), stems, stems, dict.fromkeys(stems, 1.0))


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("Compost is decayed plant matter.", "Compost is also sold in bags here."),
        ("Compost is decayed plant matter.", "It is compost, decayed plant matter."),
        ("Compost is decayed plant matter.", "In this section compost is decayed matter."),
        ("Compost is decayed plant matter.", "Is compost decayed plant matter?"),
        ("Compost is decayed plant matter.", "I think that compost is a fine thing."),
        ("Compost is decayed plant matter.", "Compost."),
        ("Compost is decayed plant matter.", "A bin is a box for compost and more."),
    ],
)
def test_the_score_prefers_what_defines(better: str, worse: str) -> None:
    values = [score(features(candidate(t), ask_for("compost")), "what") for t in (better, worse)]
    assert values[0] > values[1]


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("However, it works.", "dangling", 1.0),
        ("This makes soil.", "dangling", 1.0),
        ("Thistles make soil.", "dangling", 0.0),
        ("**It** makes soil.", "dangling", 1.0),
        ("As shown in Figure 3, soil is dark.", "about_text", 1.0),
        ("See the documentation.", "about_text", 1.0),
        ("Soil is dark.", "about_text", 0.0),
        ("Why is soil dark?", "question", 1.0),
        ('He asked "why?"', "question", 1.0),
        ("Then we dig it.", "first_person", 1.0),
        ("We dig it.", "first_person", 1.0),
        ("Ice melts in May.", "first_person", 0.0),
        ("Compost is decayed plant matter.", "defines", 1.0),
        ("Compost (or humus) is decayed plant matter.", "defines", 1.0),
        ("Compost’s colour is dark.", "heading", 1.0),
        ("Compost is used in gardens.", "defines", 0.0),
    ],
)
def test_features_by_hand(text: str, name: str, value: float) -> None:
    assert features(candidate(text), ask_for("compost"))[name] == value


@given(
    st.text(min_size=1, max_size=120).filter(str.strip),
    st.sampled_from(["what", "how", "why", "when", "compare", "list", "check", "where"]),
)
@settings(max_examples=80, deadline=None)
def test_features_are_complete_and_within_0_and_1(text: str, kind: str) -> None:
    named = features(candidate(text), ask_for("compost bin", kind))
    assert set(named) == set(WEIGHTS)
    assert all(0 <= value <= 1 for value in named.values())
    assert np.isfinite(score(named, kind))


@given(st.frozensets(st.sampled_from("abcd")), st.frozensets(st.sampled_from("abcd")))
def test_agreement_and_share(one: frozenset[str], other: frozenset[str]) -> None:
    assert agreement(one, other) == agreement(other, one)
    assert 0 <= agreement(one, other) <= 1
    assert (agreement(one, other) == 1) == (one == other != frozenset())
    weights = {"a": 3.0, "b": 1.0}
    assert 0 <= share(one, other, weights) <= 1
    assert share(one, one | other, weights) == (1 if one else 0)


def test_sizes_and_tidiness() -> None:
    assert badly_sized(20) == 0
    assert badly_sized(1) > badly_sized(4) > 0
    assert badly_sized(500) == 1
    tidy = "Compost is decayed plant matter that feeds the soil."
    assert untidy(tidy) == 0
    for text in ("| - | * | [a](b) | # |", "and then (the rest", "θ ∈ R^d ∇J(θ_t) = ∑_i x_i"):
        assert untidy(text) > 0.4
    assert plain("**Bold** and _soft_ snake_case `x_y` “said”") == (
        'Bold and soft snake_case `x_y` "said"'
    )


def test_a_table_that_only_mentions_both_sides_compares_nothing() -> None:
    page = (
        "# Tea\n\n## Class\n\n| Class | `GreenTeaBlackTeaMixer` |\n|---|---|\n| Use | brewing |\n"
    )
    text = " ".join(said(quotes("green tea vs black tea", TEA, page)))
    assert "| Colour | light | dark |" in text
    assert "Mixer" not in text
