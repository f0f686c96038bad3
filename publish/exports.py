"""The tables most people want in the formats their programs open: CSV, Stata, one Excel workbook, one DuckDB file.

Comes in: the tables of a release, its Parquet files and its codebook. Goes out: files under ``exports/``. The one thing to
know: CSV files have the same bytes whenever they are made of the same tables; the others hold the time or the version of
the library they were written with, so that they are the same by value only (``BY_VALUE``), and a release is told apart
from another without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from publish.export_csv import write_csv
from publish.export_duckdb import write_duckdb
from publish.export_excel import write_excel
from publish.export_stata import write_stata
from publish.missing import empty_cells
from publish.schemas import TableSchema

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "exports"
#: Tables that are exported where a release has them.
EXPORTED = ("panel", "panel_2024", "indicators", "indicators_2024")
BY_VALUE = (".dta", ".xlsx", ".duckdb")
WORKBOOK, DATABASE = f"{FOLDER}/gongkai.xlsx", f"{FOLDER}/gongkai.duckdb"
FORMATS = {
    ".csv": ("csv", "text/csv", "UTF-8 with a byte order mark"),
    ".dta": ("dta", "application/x-stata-dta", "Stata 14 and later (format 118)"),
    ".xlsx": ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel workbook, codebook first"),
    ".duckdb": ("duckdb", "application/vnd.duckdb", "DuckDB database: every table, views, comments"),
}


def write_exports(
    directory: Path, version: str, tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema],
    codebook: Sequence[Mapping[str, str]], names: Sequence[str] = EXPORTED,
) -> None:  # fmt: skip
    """Write the exports of a release whose Parquet files and ``codebook.csv`` lie in ``directory`` already.

    ``names`` are the tables for CSV, Stata and Excel; those the release does not have are left out. DuckDB holds all.
    """
    chosen = [name for name in names if name in tables]
    (directory / FOLDER).mkdir(exist_ok=True)
    empty = empty_cells(directory, tables, schemas)
    for name in chosen:
        table = tables[name]
        write_csv(directory / FOLDER / f"{name}.csv", table)
        write_stata(directory / FOLDER / f"{name}.dta", version, table, schemas[name], empty)
        del table
    write_excel(directory / WORKBOOK, version, {name: tables[name] for name in chosen}, codebook)
    write_duckdb(directory / DATABASE, version, directory, schemas)


def is_by_value(name: str) -> bool:
    """Tell whether a file of a release is the same by value and not by bytes when it is made again."""
    return name.endswith(BY_VALUE)
