"""How much a release holds, by table, province and year: rows, figures, and how many of the figures are confirmed.

Comes in: a release folder. Goes out: counts, the ground of the baseline in ``tests/baseline/release.csv`` and of what holds
``latest`` back. The one thing to know: tables are counted as they lie on disk, by DuckDB within a limit of memory. Rows
without a place of their own (documents, checks, …) count where the report they belong to does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publish.compare.side import ReleaseSide, side_of
from publish.schema.schemas import TableSchema
from publish.schema.sql import name_of, no_rows, province_of, rows_in

#: Against another release, or against what a person filled in: not what this release holds.
LEFT_OUT = ("changes", "audit")
_MEMORY, _THREADS = "512MB", 2


@dataclass(frozen=True)
class Count:
    """What one table holds of one province and year. ``figures`` are values printed or computed, ``confirmed`` those of them
    that were surely read; both None in a table of no figures. ``province`` is two digits of the unit's code; it is "" and
    ``year`` None where they are unknown."""

    table: str
    province: str
    year: int | None
    rows: int
    figures: int | None
    confirmed: int | None


def count_release(directory: Path) -> list[Count]:
    """Return the counts of a release folder, sorted by table, province and year, the unknown year first.

    Raises:
        UsageError: there is no release in the folder.
    """
    import duckdb

    side = side_of(directory)
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": _THREADS}) as connection:
        _places(connection, side)
        found = [
            one for name in sorted(side.schemas) if name not in LEFT_OUT for one in _of_table(connection, side, name)
        ]
    return sorted(found, key=lambda one: (one.table, one.province, one.year or 0))


def _of_table(connection: Any, side: ReleaseSide, name: str) -> Iterator[Count]:
    files = side.files(name)
    if not files:
        return
    schema = side.schemas[name]
    figures, confirmed = _measures(schema)
    unit, year, join = _place(schema)
    query = f"""SELECT {province_of(unit)}, {year}, count(*), {figures}, {confirmed}
                FROM {rows_in(files)} t {join} GROUP BY 1, 2"""
    for row in connection.execute(query).fetchall():
        yield Count(name, *row)


def _measures(schema: TableSchema) -> tuple[str, str]:
    """Return how to count the figures of a table and those confirmed: in ``value``, or in each concept that has a reading."""
    names = set(schema.names)
    pairs = (
        [("value", "reading")]
        if {"value", "reading"} <= names
        else [(n, f"{n}_read") for n in schema.names if f"{n}_read" in names]
    )
    if not pairs:
        return "NULL", "NULL"
    figures = " + ".join(f"count({name_of(value)})" for value, _ in pairs)
    confirmed = " + ".join(
        f"count(*) FILTER ({name_of(value)} IS NOT NULL AND {name_of(read)} = 'confirmed')" for value, read in pairs
    )
    return figures, confirmed


def _place(schema: TableSchema) -> tuple[str, str, str]:
    """Return the unit and the year of a table's row ``t``, and the join that finds them."""
    if "unit_id" in schema.names:
        return "t.unit_id", "t.year" if "year" in schema.names else "CAST(NULL AS SMALLINT)", ""
    if "report_id" in schema.names:
        return "p.unit_id", "p.year", "LEFT JOIN place_of_report p USING (report_id)"
    if "report_ids" in schema.names:
        return "p.unit_id", "p.year", "LEFT JOIN place_of_report p ON p.report_id = t.report_ids[1]"
    return "p.unit_id", "p.year", "LEFT JOIN place_of_document p USING (document_id)"


def _places(connection: Any, side: ReleaseSide) -> None:
    """Make the tables that say to which unit and year a report and a document belong."""
    reports, links = side.files("reports"), side.files("report_documents")
    place = "min(unit_id) AS unit_id, min(year) AS year"
    nowhere = {"unit_id": "VARCHAR", "year": "SMALLINT"}
    of_reports = (
        f"SELECT report_id, {place} FROM {rows_in(reports)} GROUP BY 1"
        if reports
        else no_rows({"report_id": "VARCHAR"} | nowhere)
    )
    connection.execute(f"CREATE TABLE place_of_report AS {of_reports}")
    of_documents = (
        f"SELECT document_id, {place} FROM {rows_in(links)} JOIN place_of_report USING (report_id) GROUP BY 1"
        if links
        else no_rows({"document_id": "VARCHAR"} | nowhere)
    )
    connection.execute(f"CREATE TABLE place_of_document AS {of_documents}")
