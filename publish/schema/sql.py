"""Names, texts and Parquet files as DuckDB's SQL writes them, for every query that is put together from a schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


def name_of(name: str) -> str:
    """Return a quoted name."""
    return '"' + name.replace('"', '""') + '"'


def text_of(text: object) -> str:
    """Return a quoted text."""
    return "'" + str(text).replace("'", "''") + "'"


def province_of(column: str) -> str:
    """Return an expression for the two digits of the province in a unit_id; an empty text where there is none."""
    return f"coalesce(regexp_extract({column}, '[0-9]{{2}}'), '')"


def rows_in(files: Iterable[Path]) -> str:
    """Return what stands after FROM to read Parquet files, one or more, with their own columns alone."""
    return f"read_parquet([{', '.join(map(text_of, files))}], hive_partitioning=false)"


def no_rows(kinds: Mapping[str, str]) -> str:
    """Return a SELECT that gives columns, by name and SQL type, and no row."""
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {name_of(name)}' for name, kind in kinds.items())} WHERE false"
