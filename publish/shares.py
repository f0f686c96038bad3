"""How complete and how sure a column is, year by year: rows, missing, confirmed, consistent.

Comes in: the tables of a release. Goes out: one count for each column (concept, indicator, ratio) and year. The one thing
to know: a concept is counted where the form of the report has it, for what a form never asked is not missing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from publish.schemas import PANELS, SCHEMA_VERSION, TableSchema
from publish.stored import stored
from transform.crosswalk import panel_columns

if TYPE_CHECKING:
    import pyarrow as pa

_RATIOS = ("indicators", "indicators_2024")
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


def shares(tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema]) -> list[Share]:
    """Return the counts of every column that can be missing in a table with years, of every indicator, and every ratio."""
    found: list[Share] = []
    lying = stored(tables)
    for name in lying:
        if "year" not in lying.names(name) or not lying.rows(name):
            continue
        for year, rows in (one for table in lying.by_file(name) for one in _by_year(table)):
            found += _columns(name, year, rows, schemas[name])
            if name in PANELS:
                found += _concepts(name, year, rows)
            elif name in _RATIOS:
                found += _grouped("ratio", name, year, rows)
            elif name == "observations":
                found += _grouped("indicator", name, year, _current(rows))
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
        texts = told.setdefault((s.kind, s.table, s.name), {"missing_by_year": [], "confirmed_by_year": [], "consistent_by_year": []})
        texts["missing_by_year"].append(_percent(s.year, s.missing, s.rows))
        if s.confirmed is not None and s.consistent is not None:
            texts["confirmed_by_year"].append(_percent(s.year, s.confirmed, s.rows - s.missing))
            texts["consistent_by_year"].append(_percent(s.year, s.consistent, s.rows - s.missing))
    return {key: {name: "; ".join(filter(None, years)) for name, years in texts.items()} for key, texts in told.items()}


def _percent(year: int, part: int, whole: int) -> str:
    return f"{year} {100 * part / whole:.0f}%" if whole else ""


def _by_year(table: pa.Table) -> Iterator[tuple[int, pa.Table]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    for year in sorted(pc.unique(pc.drop_null(table["year"])).to_pylist()):
        yield year, table.filter(pc.equal(table["year"], pa.scalar(year, table["year"].type)))


def _columns(name: str, year: int, rows: pa.Table, schema: TableSchema) -> Iterator[Share]:
    concepts = {c.name for c in panel_columns()} if name in PANELS else set()
    for column in schema.columns:
        if column.nullable and column.name not in concepts:
            yield Share("column", name, column.name, year, rows.num_rows, rows[column.name].null_count)


def _concepts(name: str, year: int, rows: pa.Table) -> Iterator[Share]:
    forms = rows["form"].to_pylist()
    for column in panel_columns():
        flags = (rows[name].to_pylist() for name in (column.name, f"{column.name}_read", f"{column.name}_ok"))
        # A value may come from another form than the report's main one.
        asked = [
            told for form, *told in zip(forms, *flags, strict=True) if form in column.alternatives or told[0] is not None
        ]
        known = [told for told in asked if told[0] is not None]
        if asked:
            yield Share("concept", name, column.name, year, len(asked), len(asked) - len(known),
                        sum(reading == "confirmed" for _, reading, _ in known), sum(ok == "holds" for _, _, ok in known))  # fmt: skip


def _grouped(kind: str, name: str, year: int, rows: pa.Table) -> Iterator[Share]:
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pc.is_valid(rows["value"])
    flags = {"known": known, "confirmed": pc.equal(rows["reading"], "confirmed"), "consistent": pc.equal(rows["consistency"], "holds")}
    counted = {flag: pc.cast(pc.fill_null(pc.and_(known, told), False), pa.int64()) for flag, told in flags.items()}
    groups = pa.table({"indicator": rows["indicator"]} | counted).group_by("indicator")
    for row in groups.aggregate([(flag, "sum") for flag in flags] + [([], "count_all")]).to_pylist():
        yield Share(kind, name, row["indicator"], year, row["count_all"], row["count_all"] - row["known_sum"],
                    row["confirmed_sum"], row["consistent_sum"])  # fmt: skip


def _current(rows: pa.Table) -> pa.Table:
    return rows.filter(rows["is_current"])
