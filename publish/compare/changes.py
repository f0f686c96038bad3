"""What differs between two releases: rows added and removed, cells changed, with both values and why.

Comes in: two release folders. Goes out: rows of the table ``changes``, in DuckDB until they are written. The one thing to
know: tables are joined on their keys as they lie on disk, observations year by year, within a limit of memory; nothing is
held row by row in Python. How each table is compared is data (``publish/compare/compared.json``), why is ``publish/compare/why.py``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.data_file import read_json
from publish.compare.side import ReleaseSide, side_of
from publish.compare.why import explain, load_facts
from publish.files.release_files import PARQUET
from publish.schema.schemas import Column, TableSchema, arrow_schema, load_schemas
from publish.schema.sql import name_of, no_rows, rows_in

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "changes"
_MEMORY, _THREADS = "512MB", 2
_BATCH = 50_000
_RULES = Path(__file__).resolve().parent / "compared.json"
#: Observations are joined by document, and by its place among the versions that hold it: an earlier version that turns up
#: later gives every later one another number, and changes no figure.
_OBSERVED_BY = ("report_id", "_place", "document_id", "indicator", "applicant", "occurrence")
#: Tables in an order in which what rests on another comes after it.
_ORDER = (
    "documents",
    "report_documents",
    "reports",
    "attributions",
    "observations",
    "leftovers",
    "sections",
    "revisions",
    "units",
    "hand_readings",
    "coverage",
    "publishers",
    "panel",
    "checks",
    "panel_2024",
    "indicators",
    "indicators_2024",
    "audit",
)


@contextmanager
def compared(old: ReleaseSide, new: ReleaseSide) -> Iterator[Any]:
    """Give a DuckDB connection that holds the table ``changes``, for the length of a ``with`` block."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="gongkai-changes-") as aside:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "temp_directory": f"{aside}/spill",
        }
        with duckdb.connect(f"{aside}/changes.duckdb", config=settings) as connection:
            columns = ", ".join(f'"{c.name}" {_KINDS[c.type]}' for c in load_schemas()[TABLE].columns)
            connection.execute(f"CREATE TABLE {TABLE} ({columns})")
            load_facts(connection, old, new)
            for name in _order(old, new):
                _compare(connection, name, old, new)
            yield connection


def change_batches(connection: Any, release: str | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of ``changes`` in the order of its key, in batches of one size: the same rows, the same batches."""
    import pyarrow as pa

    schema = load_schemas()[TABLE]
    wanted = arrow_schema(schema, release=release)
    order = ", ".join(f'"{name}" ASC NULLS LAST' for name in schema.key)
    names = ", ".join(name_of(name) for name in schema.names)
    found = connection.sql(f"SELECT {names} FROM {TABLE} ORDER BY {order}").to_arrow_reader(_BATCH)
    held: list[pa.RecordBatch] = []
    for batch in found:
        held.append(batch)
        while sum(b.num_rows for b in held) >= _BATCH:
            table = pa.Table.from_batches(held)
            yield table.slice(0, _BATCH).combine_chunks().cast(wanted).to_batches()[0]
            held = table.slice(_BATCH).to_batches()
    if held:
        yield pa.Table.from_batches(held).combine_chunks().cast(wanted).to_batches()[0]


def write_changes(directory: Path, version: str, previous: Path | None) -> None:
    """Write ``changes.parquet`` of a release whose other tables lie in ``directory``; empty without a previous one."""
    import pyarrow.parquet as pq

    with pq.ParquetWriter(
        directory / f"{TABLE}.parquet", arrow_schema(load_schemas()[TABLE], release=version), **PARQUET
    ) as writer:
        if previous is not None:
            with compared(side_of(previous), side_of(directory)) as connection:
                for batch in change_batches(connection, version):
                    writer.write_batch(batch)


@lru_cache(maxsize=1)
def _rules() -> Mapping[str, Any]:
    return read_json(_RULES)


def _order(old: ReleaseSide, new: ReleaseSide) -> list[str]:
    names = (old.schemas.keys() | new.schemas.keys()) - {TABLE}
    return [name for name in _ORDER if name in names] + sorted(names - set(_ORDER))


def _compare(connection: Any, name: str, old: ReleaseSide, new: ReleaseSide) -> None:
    files_before, files_now = old.files(name), new.files(name)
    if not files_before and not files_now:
        return
    if (
        old.schema_version != new.schema_version
        and name not in _rules()["appears"]
        and not (files_before and files_now)
    ):
        _whole(connection, name, None, "added" if files_now else "removed", old)
        return
    schema = new.schemas[name] if name in new.schemas else old.schemas[name]
    before = (
        {c.name: c for c in old.schemas[name].columns} if name in old.schemas else {c.name: c for c in schema.columns}
    )
    shared = [c for c in schema.columns if c.name in before and before[c.name].type == c.type]
    for column in sorted(before.keys() ^ {c.name for c in schema.columns}):
        _whole(connection, name, column, "removed" if column in before else "added", old)
    for of_old, of_new in _pairs(schema, files_before, files_now):
        _join(connection, name, schema, shared, of_old, of_new)
        explain(connection, name)


def _pairs(schema: TableSchema, old: list[Path], new: list[Path]) -> Iterator[tuple[list[Path], list[Path]]]:
    """Yield the files of a table to be joined with each other: those of one year, or all."""
    if "{year}" not in schema.path:
        yield old, new
        return
    for name in sorted({path.name for path in (*old, *new)}):
        yield [path for path in old if path.name == name], [path for path in new if path.name == name]


def _join(
    connection: Any, name: str, schema: TableSchema, shared: list[Column], old: list[Path], new: list[Path]
) -> None:
    """Fill the table ``difference``: a row for each row added or removed, and for each cell changed."""
    keys = list(_OBSERVED_BY) if name == "observations" else list(schema.key)
    skipped = {*schema.key, *_rules()["not_compared"].get(name, ())}
    cells = [c for c in shared if c.name not in skipped]
    told_by = next((c for c in schema.columns if c.name == _rules()["told_by"].get(name)), None)
    for side, files in (("o", old), ("n", new)):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {side} AS {_rows(name, side, schema, files)}")
    equal = " AND ".join(f'o."{key}" IS NOT DISTINCT FROM n."{key}"' for key in keys)
    differing = " OR ".join(f'o."{c.name}" IS DISTINCT FROM n."{c.name}"' for c in cells) or "false"
    key = " || '|' || ".join(
        f"coalesce({_as_text(f'coalesce(n.{name_of(k)}, o.{name_of(k)})', c.type)}, '')"
        for k in schema.key
        for c in schema.columns
        if c.name == k
    )
    both = ", ".join(f'o."{c.name}" AS "o_{c.name}", n."{c.name}" AS "n_{c.name}"' for c in shared)
    entries = [
        f"CASE WHEN \"o_{c.name}\" IS DISTINCT FROM \"n_{c.name}\" THEN {{'column': '{c.name}', "
        f"'old': {_as_text(name_of(f'o_{c.name}'), c.type)}, 'new': {_as_text(name_of(f'n_{c.name}'), c.type)}}} END"
        for c in cells
    ]
    none = 'CAST(NULL AS STRUCT("column" VARCHAR, "old" VARCHAR, "new" VARCHAR))'
    changed = f"unnest([{', '.join(entries) or none}])"
    whole = {
        s: "CAST(NULL AS VARCHAR)" if told_by is None else _as_text(f'{s}."{told_by.name}"', told_by.type) for s in "on"
    }
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE difference AS
        WITH joined AS (
            SELECT {key} AS row_key, o._here AS _before, n._here AS _now, {both},
                   {whole["o"]} AS _old, {whole["n"]} AS _new
            FROM o FULL OUTER JOIN n ON {equal}
            WHERE o._here IS NULL OR n._here IS NULL OR {differing}
        ), cells AS (
            SELECT *, {changed} AS cell FROM joined WHERE _before AND _now
        )
        SELECT * EXCLUDE (_before, _now, _old, _new), CASE WHEN _now IS NULL THEN 'removed' ELSE 'added' END AS change,
               NULL AS "column", CASE WHEN _now IS NULL THEN _old END AS old, CASE WHEN _before IS NULL THEN _new END AS new
        FROM joined WHERE _before IS NULL OR _now IS NULL
        UNION ALL BY NAME
        SELECT * EXCLUDE (cell, _before, _now, _old, _new), 'changed' AS change, cell."column" AS "column", cell.old AS old,
               cell.new AS new
        FROM cells WHERE cell IS NOT NULL
    """)


def _rows(name: str, side: str, schema: TableSchema, files: list[Path]) -> str:
    if not files:
        place = {"_place": "BIGINT"} if name == "observations" else {}
        return no_rows({c.name: _KINDS[c.type] for c in schema.columns} | place | {"_here": "BOOLEAN"})
    rows = f"SELECT *, true AS _here FROM {rows_in(files)}"
    if name != "observations":
        return rows
    places = f"({rows}) LEFT JOIN {side}_places USING (report_id, version, document_id)"
    return f"SELECT *, coalesce(place, version) AS _place FROM {places}"


def _whole(connection: Any, table: str, column: str | None, change: str, old: ReleaseSide) -> None:
    """Say that a table or a column came or went with the schema."""
    connection.execute(
        f"INSERT INTO {TABLE} (\"table\", row_key, change, \"column\", why, previous) VALUES (?, '', ?, ?, 'schema', ?)",
        [table, change, column, old.name],
    )


def _as_text(value: str, kind: str) -> str:
    if kind == "double":
        whole = f"CAST(CAST({value} AS BIGINT) AS VARCHAR)"
        return (
            f"CASE WHEN {value} = trunc({value}) AND abs({value}) < 1e15 THEN {whole} ELSE CAST({value} AS VARCHAR) END"
        )
    return f"array_to_string({value}, '|')" if kind.startswith("list") else f"CAST({value} AS VARCHAR)"


_KINDS = {
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "list<string>": "VARCHAR[]",
}
