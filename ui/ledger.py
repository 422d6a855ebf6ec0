"""Lines of the ledger, and what stands beside it, as objects for scripts."""

from typing import TYPE_CHECKING

from ui.render import SCHEMA, opening

if TYPE_CHECKING:
    from ingest.additions import Addition
    from ingest.choice import Step
    from ingest.library import FlaggedRow, SourceRow


def source_json(row: "SourceRow") -> dict[str, object]:
    """Write a line of the ledger as the object of the `studypath sources` contract."""
    return {
        "schema": SCHEMA,
        "resource_id": row.resource_id,
        "kind": row.kind,
        "title": row.title,
        "url": row.url,
        "resolved_url": row.resolved_url,
        "section_ids": list(row.section_ids),
        "status": row.status,
        "reason": row.reason,
        "passages": row.passages,
        "bytes": row.bytes,
        "fetched_at": row.fetched_at,
    }


def addition_json(addition: "Addition", row: "SourceRow | None") -> dict[str, object]:
    """Write an addition and what became of it (`row`, None while it was not read) as an object."""
    return {
        "schema": SCHEMA,
        "id": addition.id,
        "what": addition.what,
        "title": row.title if row else addition.title,
        "section_id": addition.section_id,
        "added_at": addition.added_at,
        "file": addition.file,
        "status": row.status if row else "",
        "reason": row.reason if row else "",
        "passages": row.passages if row else 0,
    }


def step_json(step: "Step") -> dict[str, object]:
    """Write what an ingest would do with one resource as an object."""
    return {
        "schema": SCHEMA,
        "resource_id": step.resource.id,
        "kind": step.resource.kind,
        "title": step.resource.title,
        "url": step.resource.url,
        "section_id": step.resource.section_id,
        "action": step.action,
        "reason": step.reason,
    }


def flagged_json(row: "FlaggedRow") -> dict[str, object]:
    """Write a flagged passage as the object of `studypath sources --flagged`."""
    entry = row.entry
    return {
        "schema": SCHEMA,
        "resource_id": row.resource_id,
        "title": row.title,
        "url": entry.url,
        "section_ids": list(entry.section_ids),
        "heading_path": list(entry.passage.heading_path),
        "passage_id": entry.passage.id,
        "flag": entry.passage.flag,
        "text": opening(entry.passage.text),
    }
