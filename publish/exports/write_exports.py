"""The tables most people want in the formats their programs open: CSV, Stata, one Excel workbook, one DuckDB file.

Comes in: the Parquet files of a release and its codebook. Goes out: files under ``exports/``. The one thing to
know: CSV files have the same bytes whenever they are made of the same tables; the others hold the time or the version of
the library they were written with, so that they are the same by value only (``BY_VALUE``), and a release is told apart
from another without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from extract.errors import ReleaseError
from extract.workers import TaskFailure, WorkerPool
from publish.codebook.missing import empty_cells
from publish.exports.csv_files import write_csv
from publish.exports.duckdb_file import write_duckdb
from publish.exports.stata_files import write_stata
from publish.exports.workbook import write_excel
from publish.files.stored import StoredTables
from publish.schema.schemas import TableSchema

FOLDER = "exports"
#: Tables that are exported where a release has them.
EXPORTED = ("panel", "panel_2024", "indicators", "indicators_2024")
#: A release of no more rows, all tables together, is exported faster than worker processes start.
FEW_ROWS = 100_000
#: Processes: DuckDB takes as long as all the others. What one format may take (30 s and 400 MB at 50,000 reports) only ends what hangs.
WORKERS, SECONDS, MEGABYTES = 2, 86_400.0, 65_536
BY_VALUE = (".dta", ".xlsx", ".duckdb")
WORKBOOK, DATABASE = f"{FOLDER}/gongkai.xlsx", f"{FOLDER}/gongkai.duckdb"
FORMATS = {
    ".csv": ("csv", "text/csv", "UTF-8 with a byte order mark"),
    ".dta": ("dta", "application/x-stata-dta", "Stata 14 and later (format 118)"),
    ".xlsx": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel workbook, codebook first",
    ),
    ".duckdb": ("duckdb", "application/vnd.duckdb", "DuckDB database: every table, views, comments"),
}


@dataclass(frozen=True)
class Job:
    """The files of one format, to be made of a release whose Parquet files and ``codebook.csv`` lie in ``directory``."""

    directory: Path
    version: str
    schemas: Mapping[str, TableSchema]
    codebook: Sequence[Mapping[str, str]]
    names: Sequence[str]


def write_exports(
    directory: Path,
    version: str,
    schemas: Mapping[str, TableSchema],
    codebook: Sequence[Mapping[str, str]],
    names: Sequence[str] = EXPORTED,
) -> None:
    """Write the exports of a release whose Parquet files and ``codebook.csv`` lie in ``directory`` already.

    ``names`` are the tables for CSV, Stata and Excel; those the release does not have are left out. DuckDB holds all.
    The formats are written side by side in worker processes where there is much to write.

    Raises:
        ReleaseError: a file cannot be written.
    """
    tables = StoredTables(directory, schemas)
    job = Job(directory, version, schemas, codebook, [name for name in names if name in tables])
    (directory / FOLDER).mkdir(exist_ok=True)
    if sum(map(tables.rows, tables)) <= FEW_ROWS:
        for write in _WRITERS:
            write(job)
        return
    tasks = [f"{__name__}:{write.__name__}" for write in _WRITERS]
    with WorkerPool(WORKERS, SECONDS, MEGABYTES) as pool:
        for number, made in pool.run((task, job) for task in tasks):
            if isinstance(made, TaskFailure):
                raise ReleaseError(f"exports of release {version}, {tasks[number].partition(':')[2]}: {made.reason}")


def duckdb_file(job: Job) -> None:
    """Write the database."""
    write_duckdb(job.directory / DATABASE, job.version, job.directory, job.schemas)


def csv_files(job: Job) -> None:
    """Write each table as CSV."""
    tables = StoredTables(job.directory, job.schemas)
    for name in job.names:
        write_csv(job.directory / FOLDER / f"{name}.csv", tables.batches(name))


def stata_files(job: Job) -> None:
    """Write each table for Stata."""
    tables = StoredTables(job.directory, job.schemas)
    empty = empty_cells(job.directory, tables, job.schemas)
    for name in job.names:
        write_stata(job.directory / FOLDER / f"{name}.dta", job.version, tables.batches(name), job.schemas[name], empty)


def workbook(job: Job) -> None:
    """Write the Excel workbook."""
    write_excel(
        job.directory / WORKBOOK, job.version, StoredTables(job.directory, job.schemas), job.codebook, names=job.names
    )


#: The one that takes longest first: as long as the other three.
_WRITERS = (duckdb_file, csv_files, stata_files, workbook)


def is_by_value(name: str) -> bool:
    """Tell whether a file of a release is the same by value and not by bytes when it is made again."""
    return name.endswith(BY_VALUE)
