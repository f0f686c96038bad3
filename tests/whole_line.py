"""Steps of the line on what fits in memory, for tests that need a table and no run: parts, tables, a batch read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from extract.record import Record
from extract.workers import WorkerPool
from flows.home.home import Home
from flows.reading.manifest import ReadingItem
from flows.reading.read_manifest import read_here
from flows.todo.batches import BatchSummary, keep, manifest_of
from transform.across_reports.across import across_checks_of_year
from transform.observation import ReportReading
from transform.panel.panel_2024 import panel_2024_of
from transform.reports.parts import from_table, load_parts, packed, write_rows
from transform.tables.assemble import assemble_shard, unit_rows_of
from transform.versions.decisions import Decisions


def assemble(
    parts: pa.Table,
    records: Iterable[Record],
    *,
    units: Sequence[Mapping[str, Any]] = (),
    decisions: Decisions | None = None,
) -> dict[str, pa.Table]:
    """Return the tables of a release of one shard, without coverage and without ``units`` where no rows are given."""
    records = list(records)
    tables = assemble_shard(parts, records, decisions)
    reports = tables["reports"].to_pylist()
    checks = tables["checks"].to_pylist() + across_checks(tables["observations"], reports, tables["report_documents"])
    tables["checks"] = pa.Table.from_pylist(sorted(checks, key=lambda row: row["check_id"]))
    tables["panel_2024"] = panel_2024_of(tables["panel"])
    synthetic = {report["synthetic"] for report in reports} | {record.synthetic for record in records}
    if kept := unit_rows_of(units, synthetic):
        tables["units"] = pa.Table.from_pylist(kept)
    return tables


def across_checks(
    observations: pa.Table, reports: Sequence[Mapping[str, Any]], report_documents: pa.Table
) -> list[dict[str, Any]]:
    """Return the checks over several reports of all years."""
    blocks = (
        block
        for year in sorted({report["year"] for report in reports if report["year"] is not None})
        for block in across_checks_of_year(year, reports, report_documents, lambda _: observations)
    )
    return [row for block in blocks for row in block.rows]


def write_part(path: Path, readings: Iterable[ReportReading]) -> None:
    write_rows(path, [packed(readings)])


def read_part(path: Path) -> list[ReportReading]:
    """Return the readings of one part, sorted by document and by place in it."""
    return from_table(load_parts([path]))


def read_batch(home: Home, items: Sequence[ReadingItem], pool: WorkerPool) -> BatchSummary:
    """Read items with the worker processes of ``pool`` into one part, from this process, and note what came of them."""
    return keep(home, items, read_here(manifest_of(home, items), pool))
