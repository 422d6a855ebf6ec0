"""From staged passages to published postings and vectors."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from ingest.embed import export_onnx, graph_path, model_id, passage_embedder, windows
from ingest.keywords import KeywordIndex
from ingest.library import Entry
from ingest.progress import Progress
from ingest.shipped import shipped_vectors
from ingest.twins import find_twins
from ingest.writer import LibraryWriter

Report = Callable[[Progress], None]

# One batch is kept before the next begins: at 13-15 passages a second a kill costs at most 20 s of
# embedding, and the progress moves often enough to be believed.
EMBED_BATCH = 256
FIRST_BATCH = 48  # small, so that the time left is known soon


def indexed_text(entry: Entry) -> str:
    """Give the text that keyword search sees: title, headings, passage."""
    return "\n".join((entry.title, " > ".join(entry.passage.heading_path), entry.passage.text))


def context_line(entry: Entry) -> str:
    """Give the line that says where a passage stands; it is embedded with every window."""
    return " > ".join((entry.title, *entry.passage.heading_path[-2:]))


def publish_keywords(writer: LibraryWriter, facts: Mapping[str, str], report: Report) -> int:
    """Index the staged generation for keyword search and publish it; returns its passage count."""
    entries = writer.staged()
    if not writer.has_changes() and writer.postings_are_readable():
        writer.tell(facts)
        return len(entries)
    report(Progress("keywords", 0, len(entries), "making the library searchable"))
    kept, twins = (entries, {}) if facts.get("collection") == "1" else without_twins(entries)
    index = KeywordIndex.build([indexed_text(entry) for entry in kept])
    writer.publish(index, [entry.passage.id for entry in kept], twins, facts)
    report(Progress("keywords", len(entries), len(entries), "keyword search is ready"))
    return len(entries)


def without_twins(entries: Sequence[Entry]) -> tuple[tuple[Entry, ...], dict[str, str]]:
    """Keep the first of near-identical passages; returns them and dropped id -> kept id."""
    # A flagged copy must not stand for a clean passage.
    clean = [row for row, entry in enumerate(entries) if not entry.passage.flag]
    found = find_twins([entries[row].passage.text for row in clean])
    rows = {clean[row]: clean[first] for row, first in found.items()}
    kept = tuple(entry for row, entry in enumerate(entries) if row not in rows)
    return kept, {entries[row].passage.id: entries[first].passage.id for row, first in rows.items()}


def publish_vectors(writer: LibraryWriter, model: str, cache: Path, report: Report) -> float:
    """Embed what has no vector yet, build the vector index and publish it.

    Returns the seconds spent embedding. Every batch is kept as it is made, by the hash of its text
    and the model, so that a killed run resumes without embedding anything twice.
    """
    if writer.vectors_are_current():
        export_question_model(model, cache, report)  # the cache may have been cleared since
        return 0.0
    name = model_id(model)
    texts = window_texts(writer, model)
    hashes = {window_id: text_hash(text) for window_id, text in texts.items()}
    keep_shipped(writer, name, hashes.values())
    known = writer.known_vectors(name)
    missing = {hashes[w]: text for w, text in texts.items() if hashes[w] not in known}
    seconds = embed_missing(writer, model, missing, len(texts), report)
    export_question_model(model, cache, report)
    report(Progress("vectors", 0, len(texts), "making the library searchable by meaning"))
    vectors = writer.load_vectors(name, list(hashes.values()))
    writer.publish_vectors(list(hashes), vectors, {"model": name})
    return seconds


def export_question_model(model: str, cache: Path, report: Report) -> None:
    """Export the model that reads questions, unless that was done before."""
    if not graph_path(model, cache).exists():
        report(Progress("model", 0, 1, "preparing the model that reads questions"))
        export_onnx(model, cache)


def keep_shipped(writer: LibraryWriter, model: str, hashes: Iterable[str]) -> None:
    """Take over the vectors that ship with the product for the texts that have none yet."""
    known = writer.known_vectors(model)
    found, vectors = shipped_vectors(model, [h for h in hashes if h not in known])
    if found:
        writer.keep_vectors(model, found, vectors, len(known) + len(found))


def window_texts(writer: LibraryWriter, model: str) -> dict[str, str]:
    """Give the texts to embed by window id, `<passage id>#<number>`."""
    dropped = writer.twin_ids()
    return {
        f"{entry.passage.id}#{number}": text
        for entry in writer.staged()
        if entry.passage.id not in dropped
        for number, text in enumerate(windows(entry.passage.text, context_line(entry), model))
    }


def embed_missing(
    writer: LibraryWriter, model: str, missing: Mapping[str, str], total: int, report: Report
) -> float:
    """Embed texts (by hash) in batches of like length and keep each batch; returns seconds."""
    if not missing:
        return 0.0
    name = model_id(model)
    report(Progress("embed", total - len(missing), total, "loading the embedding model"))
    embedder = passage_embedder(model)
    order = sorted(missing, key=lambda h: len(missing[h]), reverse=True)
    characters = sum(len(missing[h]) for h in order)
    began, read = time.perf_counter(), 0
    starts = [0, *range(FIRST_BATCH, len(order), EMBED_BATCH)]
    for start, stop in zip(starts, [*starts[1:], len(order)], strict=True):
        batch = order[start:stop]
        vectors = embedder.encode([missing[h] for h in batch])
        done = total - len(order) + stop
        writer.keep_vectors(name, batch, np.asarray(vectors, dtype=np.float32), done)
        read += sum(len(missing[h]) for h in batch)
        eta = (time.perf_counter() - began) / read * (characters - read)
        report(Progress("embed", done, total, "reading for meaning", eta))
    return time.perf_counter() - began


def text_hash(text: str) -> str:
    """Name a text by its content."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]
