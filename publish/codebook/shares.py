"""How complete and how sure a column is, year by year: rows, missing, confirmed, consistent.

Comes in: the tables of a release as they lie on disk. Goes out: one count for each column (concept, indicator, ratio) and
year, by DuckDB within a limit of memory. The one thing to know: a concept is counted where the form of the report has it,
for what a form never asked is not missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publish.files.stored import StoredTables
from publish.schema.schemas import PANELS, SCHEMA_VERSION, TableSchema
from publish.schema.sql import name_of, rows_in, text_of
from transform.forms.crosswalk import panel_columns

_RATIOS = ("indicators", "indicators_2024")
_MEMORY, _THREADS = "512MB", 2
_FIELDS = ("kind", "table", "name", "year", "rows", "missing", "confirmed", "consistent", "schema_version")


@dataclass(frozen=True)
class Share:
    """Of ``rows`` in a year, ``missing`` have no value; of the others so many are ``confirmed`` and ``consistent``.

    ``consistent`` counts ``holds`` alone. Both are None where the column has no such flags.
    """

    kind: str
    table: str
    name: str
    year: int
    rows: int
    missing: int
    confirmed: int | None = None
    consistent: int | None = None


def shares(tables: StoredTables, schemas: Mapping[str, TableSchema]) -> list[Share]:
    """Return the counts of every column that can be missing in a table with years, of every indicator, and every ratio."""
    import duckdb

    found: list[Share] = []
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": _THREADS}) as connection:
        for name in tables:
            if "year" not in tables.names(name):
                continue
            rows = f"{rows_in(tables.files(name))} WHERE year IS NOT NULL"
            found += _columns(connection, name, rows, schemas[name])
            if name in PANELS:
                found += _concepts(connection, name, rows)
            elif name in _RATIOS:
                found += _grouped(connection, "ratio", name, rows)
            elif name == "observations":
                found += _grouped(connection, "indicator", name, f"{rows} AND is_current")
    return sorted(found, key=lambda s: (s.kind, s.table, s.name, s.year))


def write_shares(directory: Path, found: list[Share]) -> None:
    """Write ``codebook_years.csv``: the counts, a line for each column and year."""
    with (directory / "codebook_years.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_FIELDS)
        for s in found:
            confirmed, consistent = ("" if n is None else n for n in (s.confirmed, s.consistent))
            writer.writerow([s.kind, s.table, s.name, s.year, s.rows, s.missing, confirmed, consistent, SCHEMA_VERSION])


def told_by_year(found: list[Share]) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the shares of each (kind, table, name) as the codebook tells them: ``2019 12%; 2020 5%``."""
    told: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for s in found:
        texts = told.setdefault(
            (s.kind, s.table, s.name), {"missing_by_year": [], "confirmed_by_year": [], "consistent_by_year": []}
        )
        texts["missing_by_year"].append(_percent(s.year, s.missing, s.rows))
        if s.confirmed is not None and s.consistent is not None:
            texts["confirmed_by_year"].append(_percent(s.year, s.confirmed, s.rows - s.missing))
            texts["consistent_by_year"].append(_percent(s.year, s.consistent, s.rows - s.missing))
    return {key: {name: "; ".join(filter(None, years)) for name, years in texts.items()} for key, texts in told.items()}


def _percent(year: int, part: int, whole: int) -> str:
    return f"{year} {100 * part / whole:.0f}%" if whole else ""


def _columns(connection: Any, name: str, rows: str, schema: TableSchema) -> Iterator[Share]:
    concepts = {c.name for c in panel_columns()} if name in PANELS else set()
    columns = [c.name for c in schema.columns if c.nullable and c.name not in concepts]
    counts = ["year", "count(*)", *(f"count({name_of(column)})" for column in columns)]
    for year, total, *known in connection.execute(f"SELECT {', '.join(counts)} FROM {rows} GROUP BY year").fetchall():
        for column, there in zip(columns, known, strict=True):
            yield Share("column", name, column, year, total, total - there)


def _concepts(connection: Any, name: str, rows: str) -> Iterator[Share]:
    # A query each: DuckDB's time grows with the square of the filters in one.
    for column in panel_columns():
        value, read, ok = (name_of(f"{column.name}{flag}") for flag in ("", "_read", "_ok"))
        # A value may come from another form than the report's main one.
        asked = f"form IN ({', '.join(map(text_of, column.alternatives))}) OR {value} IS NOT NULL"
        counts = f"count(*), count(*) - count({value}), count({value}) FILTER ({read} = 'confirmed'), count({value}) FILTER ({ok} = 'holds')"
        for told in connection.execute(f"SELECT year, {counts} FROM {rows} AND ({asked}) GROUP BY year").fetchall():
            yield Share("concept", name, column.name, *told)


def _grouped(connection: Any, kind: str, name: str, rows: str) -> Iterator[Share]:
    counts = "count(*), count(*) - count(value), count(value) FILTER (reading = 'confirmed'), count(value) FILTER (consistency = 'holds')"
    for told in connection.execute(f"SELECT indicator, year, {counts} FROM {rows} GROUP BY indicator, year").fetchall():
        yield Share(kind, name, *told)
