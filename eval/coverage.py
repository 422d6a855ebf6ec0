"""Ask for every topic of the path and say what defines it, in our notes and in the linked pages.

    python -m eval.coverage --home HOME > docs/coverage.md

A passage defines a topic when one of its sentences defines it (the topic's words stand in front of
a defining verb), or when it opens the text under a heading of the topic's words.
"""

import argparse
import sys
from dataclasses import dataclass

from assistant.answer import Answer, Citation
from assistant.ask import Assistant
from assistant.asked import Evidence, ask_for
from assistant.features import features
from assistant.leads import candidates_of
from assistant.question import read_question
from assistant.retrieve import Found
from assistant.search import Searcher
from assistant.settings import load_settings
from ingest.curriculum import Curriculum, Section, parse
from ingest.errors import InputError

DEEP = 60  # passages looked at for a topic
DEFINES = 0.5  # of features.defines: at least about half of the words in front are the topic's
HEADED = 0.66  # of agreement between topic and heading


@dataclass(frozen=True, slots=True)
class Row:
    """One topic: passages that define it (notes, linked pages) and the answer to "Explain …"."""

    section: Section
    topic: str
    notes: int
    linked: int
    answer: Answer


def defining(question: str, found: Found, searcher: Searcher) -> tuple[int, int]:
    """Count the hits that define the subject of a question: in our notes, and in linked pages."""
    read = read_question(question)
    evidence = Evidence(found.hits, searcher.idf, None, found.expansions)
    asked = ask_for(read.parts[0], read, evidence)
    counts = {True: 0, False: 0}
    for hit in found.hits:
        if hit.entry.kind == "path":
            continue
        for _, candidate in candidates_of(hit):
            named = features(candidate, asked)
            opens = candidate.span.position == 0 and candidate.span.kind == "prose"
            if named["defines"] >= DEFINES or (opens and named["heading"] >= HEADED):
                counts[hit.entry.kind == "note"] += 1
                break
    return counts[True], counts[False]


def rows(assistant: Assistant, searcher: Searcher, curriculum: Curriculum) -> list[Row]:
    """Ask for every topic of the path, in its order."""
    made = []
    for section in curriculum.sections:
        for topic in section.topics:
            question = f"Explain {topic.text}"
            notes, linked = defining(question, searcher.find(question, DEEP), searcher)
            made.append(Row(section, topic.text, notes, linked, assistant.ask(question)))
    return made


def report(made: list[Row], curriculum: Curriculum) -> str:
    """Write the table as Markdown, one heading per section, with the totals in front."""
    answered = [row for row in made if not row.answer.refused]
    at_home = [row for row in answered if row.section.id in first_sections(row.answer)]
    both = [row for row in made if row.notes and row.linked]
    lines = [
        "# Coverage",
        "",
        "Every topic of the path, asked as “Explain TOPIC”: how many passages define it, in our"
        " notes and in the linked pages, and what the answer cites first.",
        "`python -m eval.coverage --home HOME > docs/coverage.md` makes this page.",
        "",
        f"{len(made)} topics: {len(answered)} answered, {len(at_home)} of them first from the"
        f" topic's own section; {sum(row.notes > 0 for row in made)} defined in our notes,"
        f" {sum(row.linked > 0 for row in made)} in linked pages, {len(both)} in both.",
    ]
    section_id = ""
    for row in made:
        if row.section.id != section_id:
            section_id = row.section.id
            lines += ["", f"## {curriculum.place(section_id)}", ""]
            lines += ["| Topic | Notes | Linked | The answer's citations |", "|---|---|---|---|"]
        lines.append(f"| {row.topic} | {row.notes} | {row.linked} | {cited(row.answer)} |")
    return "\n".join(lines) + "\n"


def first_sections(answer: Answer) -> tuple[str, ...]:
    """Give the sections of the first citation."""
    return answer.citations[0].section_ids if answer.citations else ()


def cited(answer: Answer) -> str:
    """Name what an answer cites, or why it was refused."""
    if answer.refused:
        return f"refused: {answer.reason}"
    return "; ".join(dict.fromkeys(citation_words(c) for c in answer.citations))


def citation_words(citation: Citation) -> str:
    """Name one citation in a table cell."""
    title = citation.title.replace("|", "\\|")
    if citation.kind != "note":
        return f"[{title}]({citation.deep_link})"
    heading = citation.deep_link.partition("#")[2].replace("-", " ")
    return f"notes › {heading or title}"


def main(arguments: list[str] | None = None) -> None:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home")
    options = parser.parse_args(arguments)
    settings = load_settings(options.home)
    searcher = Searcher(settings)
    if not searcher.library.path_text:
        raise InputError("a collection has no topics: name a --home that holds a path")
    curriculum = parse(searcher.library.path_text)
    sys.stdout.write(report(rows(Assistant(settings), searcher, curriculum), curriculum))


if __name__ == "__main__":
    main()
