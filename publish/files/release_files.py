"""The tables of a release as Parquet files, written and read back.

Which table lies in which file is in its schema (``path``). The one thing to know: the same rows give the same bytes;
files hold plain strings, zstd 3, statistics of what tells rows apart and a page index, and no pandas metadata.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.schema.schemas import TableSchema

if TYPE_CHECKING:
    import pyarrow as pa

CHECKSUMS = "checksums.txt"
#: Names of folders under releases/ in which a release is being made; what a killed process left is found by it.
ASIDE = ".*.tmp*"
#: Rows of a group and its cells, whichever are fewer: those of one unit lie in one or two, and a reader that asks for one unit
#: decodes no more; groups of fewer cells are read slower as a whole.
ROW_GROUP, GROUP_CELLS = 40_000, 4_000_000
#: How every Parquet file of a release is written.
PARQUET: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "write_statistics": True,
    "write_page_index": True,
    "version": "2.6",
    "data_page_version": "1.0",
    "store_schema": True,
}


def row_group(schema: TableSchema) -> int:
    """Return how many rows a group of a table's files has."""
    return max(1, min(ROW_GROUP, GROUP_CELLS // len(schema.columns)))


def parquet_of(schema: TableSchema) -> dict[str, Any]:
    """Return how the files of a table are written.

    Statistics are those of identifiers, names, years and texts: they let a reader skip groups. Figures and flags of every value
    stand in every group, and of a wide table their statistics are most of what is read before the first row.
    """
    told = [
        c.name
        for c in schema.columns
        if c.type not in ("double", "bool") and not c.allowed and not c.type.startswith("list")
    ]
    return PARQUET | {"write_statistics": told}


def write_tables(directory: Path, tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema]) -> None:
    """Write tables that are ``canonical`` already, observations in one file a year."""
    import pyarrow.parquet as pq

    for name, table in sorted(tables.items()):
        for path, part in files_of(table, schemas[name]):
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(part, target, row_group_size=row_group(schemas[name]), **parquet_of(schemas[name]))


def table_files(directory: Path, schema: TableSchema) -> list[Path]:
    """Return the files of one table in a release, sorted by name."""
    return sorted(directory.glob(schema.path.replace("{year}", "*")))


def write_checksums(directory: Path, heading: str) -> None:
    """Write ``checksums.txt``: the sha256 of every other file, as ``sha256sum -c`` reads it."""
    lines = [f"# {heading}"]
    for path in sorted(release_files(directory)):
        lines.append(f"{sha256(directory / path)}  {path}")
    (directory / CHECKSUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_checksums(directory: Path) -> dict[str, str]:
    """Return sha256 by file name; empty if there is no ``checksums.txt``."""
    path = directory / CHECKSUMS
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = [line.split("  ", 1) for line in lines if line and not line.startswith("#")]
    return {pair[-1]: pair[0] for pair in pairs}


def release_files(directory: Path) -> list[str]:
    """Return the names of all files of a release but ``checksums.txt``, with ``/`` on every platform."""
    return [
        path.relative_to(directory).as_posix()
        for path in directory.rglob("*")
        if path.is_file() and path != directory / CHECKSUMS
    ]


def rows_by_table(directory: Path) -> dict[str, int]:
    """Return how many rows each table of a release has, as its files say, sorted by name."""
    import pyarrow.parquet as pq

    rows: dict[str, int] = {}
    for path in sorted(directory.rglob("*.parquet")):
        table = path.parent.name if path.parent != directory else path.stem
        rows[table] = rows.get(table, 0) + pq.read_metadata(path).num_rows
    return rows


def write_whole(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, in place of what was there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        aside.write_text(text, encoding="utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_of(table: pa.Table, schema: TableSchema) -> list[tuple[str, pa.Table]]:
    """Return a table as the files of a release hold it: (path, rows) of each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if "{year}" not in schema.path:
        return [(schema.path, table)]
    years = sorted(pc.unique(pc.drop_null(table["year"])).to_pylist())
    files = [
        (schema.path.replace("{year}", str(y)), table.filter(pc.equal(table["year"], pa.scalar(y, pa.int16()))))
        for y in years
    ]
    unknown = table.filter(pc.is_null(table["year"]))
    if unknown.num_rows or not files:
        files.append((schema.path.replace("{year}", "unknown"), unknown))
    return files
