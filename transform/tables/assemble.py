"""From parts, archive Records and reference data to the tables of the contract (docs/contract.md).

Comes in: the table of parts (``transform/reports/parts.py``), every Record of the archive, the rows of units.csv. Goes out: one
pyarrow table per released table that could be built. The one thing to know: nothing here reads a clock or depends on an
order; the same parts and records give equal tables.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from extract.record import Record
from transform.identity.contacts import redact
from transform.observation import Observation, ReportIdentity
from transform.panel.panel import panel_rows
from transform.tables.attribution_table import attribution_rows
from transform.tables.publisher_table import publisher_rows
from transform.versions.copies import Copy
from transform.versions.copy_checks import copy_checks
from transform.versions.decisions import Decisions
from transform.versions.grouping import Group, group_copies
from transform.versions.report_versions import Cells, Version, revisions_of, versions_of
from transform.versions.rivals import settled

if TYPE_CHECKING:
    import pyarrow as pa

#: What became of a report is what became of its best document.
STATUSES = ("read", "partly_read", "narrative", "tables_are_pictures", "unreadable", "no_report")
#: Units of the invented province belong to releases that hold reports of it, and to no other.
_INVENTED = re.compile("CN-(ZONE-)?99")
_REPORT_KINDS = ("report", "attachment", "import")


@dataclass(frozen=True)
class _Entry:
    """One report in one version."""

    group: Group
    version: Version

    @property
    def identity(self) -> ReportIdentity:
        return self.group.identity


def assemble_shard(
    parts: pa.Table, records: Iterable[Record], decisions: Decisions | None = None
) -> dict[str, pa.Table]:
    """Return what can be told from a shard alone (``transform/versions/shards.py``): all but units, panel_2024 and the checks over
    several reports."""
    import pyarrow as pa

    records = list(records)
    cells_of = _cell_reader(parts)
    groups = settled(group_copies(parts, records, decisions), cells_of)
    entries, revisions = [], []
    for group in groups:
        versions = versions_of(group, cells_of)
        entries += [_Entry(group, version) for version in versions]
        revisions += [_revision_row(group, r) for r in revisions_of(versions, cells_of)]
    observations = _observations(parts, entries)
    reports = _reports(parts, entries)
    report_documents = _report_documents(entries)
    tables: dict[str, Any] = {
        "observations": observations,
        "leftovers": _leftovers(parts),
        "attributions": attribution_rows(groups),
        "reports": [{k: v for k, v in r.items() if k != "jurisdiction"} for r in reports],
        "documents": _documents(parts, records),
        "report_documents": report_documents,
        "checks": _with_copy_checks(_checks(parts, entries), parts, entries),
        "sections": _sections(parts, entries),
        "revisions": revisions,
        "publishers": publisher_rows(groups),
        "panel": panel_rows(observations, reports, report_documents),
    }
    return {name: rows if isinstance(rows, pa.Table) else _table(rows) for name, rows in tables.items()}


def unit_rows_of(units: Sequence[Mapping[str, Any]], synthetic: Collection[bool]) -> list[dict[str, Any]]:
    """Return the rows of units.csv that a release of real or of invented reports holds, empty texts as missing."""
    kept = [unit for unit in units if bool(_INVENTED.match(unit["unit_id"])) in synthetic]
    return [{k: (None if v == "" else v) for k, v in unit.items()} for unit in kept]


def _table(rows: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows)


def _cell_reader(parts: pa.Table) -> Any:
    """Return a function that gives the table cells of a copy, each read once."""
    column = parts["observations"].combine_chunks()
    known: dict[int, Cells] = {}

    def cells_of(copy: Copy) -> Cells:
        if copy.row not in known:
            known[copy.row] = {
                (o["indicator"], o["applicant"], o["occurrence"]): Observation(**o)
                for o in reversed(column[copy.row].as_py())
                if o["source"] == "table"
            }
        return known[copy.row]

    return cells_of


def _instances(entries: Sequence[_Entry]) -> list[tuple[_Entry, Copy]]:
    in_order = [sorted(entry.version.copies, key=lambda c: (c.document_id, c.ordinal)) for entry in entries]
    return [(entry, copy) for entry, copies in zip(entries, in_order, strict=True) for copy in copies]


def _observations(parts: pa.Table, entries: Sequence[_Entry]) -> pa.Table:
    """Return the observations of every document of every version; figures stay in Arrow from part to table."""
    import pyarrow as pa
    import pyarrow.compute as pc

    instances = _instances(entries)
    nested = parts["observations"].combine_chunks().take(pa.array([c.row for _, c in instances], pa.int64()))
    flat, parent = pc.list_flatten(nested), pc.list_parent_indices(nested)
    names = [
        "form",
        "indicator",
        "applicant",
        "value",
        "value_text",
        "unit",
        "value_std",
        "unit_std",
        "source",
        "status",
        "reading",
        "consistency",
        "locator",
        "reader",
        "occurrence",
    ]
    columns = {name: pc.struct_field(flat, name) for name in names}
    about = {
        "report_id": (pa.string(), [e.group.report_id for e, _ in instances]),
        "unit_id": (pa.string(), [e.identity.unit_id for e, _ in instances]),
        "jurisdiction_code": (pa.string(), [e.identity.jurisdiction_code for e, _ in instances]),
        "jurisdiction": (pa.string(), [e.identity.jurisdiction for e, _ in instances]),
        "publisher": (pa.string(), [e.identity.publisher for e, _ in instances]),
        "subject_kind": (pa.string(), [e.identity.subject_kind for e, _ in instances]),
        "scope": (pa.string(), [e.identity.scope for e, _ in instances]),
        "year": (pa.int16(), [e.identity.year for e, _ in instances]),
        "document_id": (pa.string(), [c.document_id for _, c in instances]),
        "version": (pa.int16(), [e.version.number for e, _ in instances]),
        "is_current": (pa.bool_(), [e.version.is_current for e, _ in instances]),
        "synthetic": (pa.bool_(), [e.identity.synthetic for e, _ in instances]),
    }
    for name, (kind, values) in about.items():
        columns[name] = pa.array(values, kind).take(parent)
    table = _count_again(pa.table(columns), instances)
    keys = ("report_id", "version", "document_id", "indicator", "applicant", "occurrence")
    return table.take(pc.sort_indices(table, sort_keys=[(key, "ascending") for key in keys]))


def _count_again(table: pa.Table, instances: Sequence[tuple[_Entry, Copy]]) -> pa.Table:
    """Number occurrences anew in documents of which two readings turned out to be one report."""
    import pyarrow as pa

    held = [(e.group.report_id, e.version.number, c.document_id) for e, c in instances]
    twice = {key for key, count in Counter(held).items() if count > 1}
    if not twice:
        return table
    keys = ("report_id", "version", "document_id", "indicator", "applicant", "occurrence")
    counts: dict[tuple[Any, ...], int] = {}
    occurrences = []
    for row in zip(*(table[key].to_pylist() for key in keys), strict=True):
        key, occurrence = row[:5], row[5]
        if row[:3] in twice:
            occurrence = counts[key] = counts.get(key, 0) + 1
        occurrences.append(occurrence)
    return table.set_column(table.schema.get_field_index("occurrence"), "occurrence", pa.array(occurrences, pa.int64()))


def _reports(parts: pa.Table, entries: Sequence[_Entry]) -> list[dict[str, Any]]:
    import numpy as np
    import pyarrow.compute as pc

    column = parts["observations"].combine_chunks()
    flat, parent = pc.list_flatten(column), pc.list_parent_indices(column)

    def counted(field: str, value: str) -> list[int]:
        found = parent.filter(pc.equal(pc.struct_field(flat, field), value)).to_numpy()
        return np.bincount(found, minlength=parts.num_rows).tolist()

    counts = pc.list_value_length(column).fill_null(0).to_pylist()
    confirmed, broken = counted("reading", "confirmed"), counted("consistency", "broken")
    rows = []
    for entry in entries:
        identity, first, copies = entry.identity, entry.version.copies[0], entry.version.copies
        best = min(copies, key=lambda c: (STATUSES.index(c.status), copies.index(c)))
        seen = [c.first_seen for c in copies if c.first_seen] + [c.last_seen for c in copies if c.last_seen]
        rows.append(
            {
                "report_id": entry.group.report_id,
                "version": entry.version.number,
                "unit_id": identity.unit_id,
                "jurisdiction_code": identity.jurisdiction_code,
                "jurisdiction": identity.jurisdiction,
                "publisher": identity.publisher,
                "subject_kind": identity.subject_kind,
                "subject_evidence": identity.subject_evidence,
                "scope": identity.scope,
                "scope_evidence": identity.scope_evidence,
                "year": identity.year,
                "form": next((c.form for c in copies if c.form), None),
                "attribution": identity.attribution,
                "unit_evidence": identity.unit_evidence and redact(identity.unit_evidence),
                "year_evidence": identity.year_evidence and redact(identity.year_evidence),
                "title": identity.title,
                "published_on": min((c.published_on for c in copies if c.published_on), default=None),
                "first_seen": min(seen, default=None),
                "last_seen": max(seen, default=None),
                "is_current": entry.version.is_current,
                "status": best.status,
                "reason": best.reason,
                "cells": counts[first.row],
                "confirmed": confirmed[first.row],
                "broken": broken[first.row],
                "synthetic": identity.synthetic,
            }
        )
    return rows


def _documents(parts: pa.Table, records: Sequence[Record]) -> list[dict[str, Any]]:
    read = {
        d: (m, s, p)
        for d, m, s, p in zip(
            *(parts[n].to_pylist() for n in ("document_id", "media_type", "size", "pages")), strict=True
        )
    }
    first: dict[str, Record] = {}
    for record in sorted(records, key=lambda r: (r.retrieved_at, r.url, r.warc_file or "", r.warc_offset or 0)):
        reportlike = record.outcome == "ok" and record.kind in _REPORT_KINDS
        if record.document_id and (reportlike or record.document_id in read):
            first.setdefault(record.document_id, record)
    rows = []
    for document_id in sorted(read.keys() | first.keys()):
        found = first.get(document_id)
        media_type, size, pages = read.get(document_id, (None, None, None))
        rows.append(
            {
                "document_id": document_id,
                "url": found and found.url,
                "retrieved_at": found and found.retrieved_at,
                "media_type": media_type or (found and found.media_type),
                "size": size if size is not None else found and found.size,
                "pages": pages,
                "warc_file": found and found.warc_file,
                "warc_offset": found.warc_offset if found else None,
            }
        )
    return rows


def _report_documents(entries: Sequence[_Entry]) -> list[dict[str, Any]]:
    rows = []
    for entry in entries:
        # A document of which two readings are one report stands here once.
        documents = list(dict.fromkeys(copy.document_id for copy in entry.version.copies))
        for place, document_id in enumerate(documents, start=1):
            rows.append(
                {
                    "report_id": entry.group.report_id,
                    "version": entry.version.number,
                    "document_id": document_id,
                    "preferred": place == 1,
                    "preference": place,
                }
            )
    return rows


def _leftovers(parts: pa.Table) -> list[dict[str, Any]]:
    rows = {
        (document_id, left["locator"], redact(left["text"]), left["reason"])
        for document_id, lefts in zip(parts["document_id"].to_pylist(), parts["leftovers"].to_pylist(), strict=True)
        for left in lefts
    }
    return [dict(zip(("document_id", "locator", "text", "reason"), row, strict=True)) for row in sorted(rows)]


def _checks(parts: pa.Table, entries: Sequence[_Entry]) -> pa.Table:
    """Return the checks of every document of every version, sorted by check_id; they stay in Arrow as the figures do."""
    import pyarrow as pa
    import pyarrow.compute as pc

    instances = _instances(entries)
    nested = parts["checks"].combine_chunks().take(pa.array([c.row for _, c in instances], pa.int64()))
    flat, parent = pc.list_flatten(nested), pc.list_parent_indices(nested)
    checks = {field.name: pc.struct_field(flat, field.name) for field in flat.type}
    report_ids, documents, heads = (
        pa.array(values, pa.string()).take(parent)
        for values in (
            [e.group.report_id for e, _ in instances],
            [c.document_id for _, c in instances],
            [f"{e.group.report_id}/v{e.version.number}/{c.document_id[:12]}" for e, c in instances],
        )
    )
    first = pc.binary_join(pc.list_slice(checks["indicators"], 0, 1), "")
    several = pc.greater(pc.list_value_length(checks["term_documents"]), 0)
    columns = {
        "check_id": _told_apart(pc.binary_join_element_wise(heads, checks["identity"], first, "/")),
        "report_ids": _each_alone(report_ids),
        "version": pa.array([e.version.number for e, _ in instances], pa.int16()).take(parent),
        "is_current": pa.array([e.version.is_current for e, _ in instances], pa.bool_()).take(parent),
        "document_ids": _each_alone(documents),
        **checks,
        "term_reports": pa.nulls(len(flat), pa.list_(pa.string())),
        "term_documents": pc.if_else(several, checks["term_documents"], None),
    }
    if pc.any(several).as_py():
        pairs = zip(documents.to_pylist(), checks["term_documents"].to_pylist(), strict=True)
        columns["document_ids"] = pa.array(
            [list(dict.fromkeys([d, *filter(None, terms)])) for d, terms in pairs], pa.list_(pa.string())
        )
    table = pa.table(columns)
    return table.take(pc.sort_indices(table["check_id"]))


def _with_copy_checks(checks: pa.Table, parts: pa.Table, entries: Sequence[_Entry]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    column = parts["observations"].combine_chunks()
    rows = copy_checks([(e.group, e.version) for e in entries], lambda copy: column[copy.row].as_py())
    if not rows:
        return checks
    table = pa.concat_tables([checks, pa.Table.from_pylist(rows, schema=checks.schema)])
    return table.take(pc.sort_indices(table["check_id"]))


def _each_alone(values: pa.Array) -> pa.Array:
    import pyarrow as pa

    return pa.ListArray.from_arrays(pa.array(range(len(values) + 1), pa.int32()), values)


def _told_apart(names: pa.Array) -> pa.Array:
    """Number the second and further of equal names, in their order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.count_distinct(names).as_py() == len(names):
        return names
    used: Counter[str] = Counter()
    told = []
    for name in names.to_pylist():
        used[name] += 1
        told.append(name if used[name] == 1 else f"{name}/{used[name]}")
    return pa.array(told, pa.string())


def _sections(parts: pa.Table, entries: Sequence[_Entry]) -> list[dict[str, Any]]:
    """Return the narrative of each version from the one document that tells most of it, contacts removed."""
    nested = parts["sections"].combine_chunks()
    rows = []
    for entry in entries:
        texts = [_joined(nested[copy.row].as_py()) for copy in entry.version.copies]
        fullest = max(texts, key=lambda t: (len([s for s in t if s > 0]), sum(len(text) for _, text in t.values())))
        for number, (title, text) in sorted(fullest.items()):
            rows.append(
                {
                    "report_id": entry.group.report_id,
                    "version": entry.version.number,
                    "section": number,
                    "title": _redacted(title),
                    "text": redact(text),
                }
            )
    return rows


@lru_cache(maxsize=4_096)
def _redacted(title: str) -> str:
    return redact(title)


def _joined(sections: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, str]]:
    joined: dict[int, tuple[str, str]] = {}
    for section in sections:
        title, text = joined.get(section["section"], (section["title"], ""))
        joined[section["section"]] = title, re.sub(r"\A\n", "", f"{text}\n{section['text']}")
    return joined


def _revision_row(group: Group, revision: Any) -> dict[str, Any]:
    old, new = revision.old, revision.new
    return {
        "report_id": group.report_id,
        "version": revision.version,
        "indicator": revision.indicator,
        "applicant": revision.applicant,
        "occurrence": revision.occurrence,
        "old_value": old and old.value,
        "new_value": new and new.value,
        "old_text": old and old.value_text,
        "new_text": new and new.value_text,
    }
