"""The whole release as one DuckDB file: every table with comments, its codebook, and views for the usual questions.

The one thing to know: the file is written in the storage format of DuckDB 1.0, so that older programs open it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from publish.files.release_files import table_files
from publish.schema.schemas import SCHEMA_VERSION, TableSchema
from publish.schema.sql import name_of, rows_in, text_of
from transform.forms.crosswalk import panel_columns

#: Left to itself DuckDB takes most of the machine's memory for what it could as well write out: it is given what it needs for some
#: hundred thousand rows of the panel, the widest table. The other core has the other exports.
_SETTINGS: dict[str, Any] = {"threads": 1, "memory_limit": "256MB"}


def write_duckdb(path: Path, version: str, directory: Path, schemas: Mapping[str, TableSchema]) -> None:
    """Write the database from the Parquet files and the codebook of a release that lie in ``directory``."""
    import duckdb

    path.unlink(missing_ok=True)
    with (
        TemporaryDirectory(prefix=".spill-", dir=path.parent) as spill,
        duckdb.connect(config=_SETTINGS | {"temp_directory": spill}) as connection,
    ):
        connection.execute(f"ATTACH {text_of(path)} AS made (STORAGE_VERSION 'v1.0.0')")
        connection.execute("USE made")
        for name, schema in sorted(schemas.items()):
            with _transaction(connection):
                _table(connection, directory, name, schema)
        with _transaction(connection):
            connection.execute(
                f"CREATE TABLE codebook AS FROM read_csv({text_of(directory / 'codebook.csv')}, all_varchar=true, header=true, "
                "delim=',', quote='\"', escape='\"', max_line_size=10000000)"
            )
            _comment(
                connection,
                "TABLE",
                "codebook",
                "Every column, concept, indicator, identity, ratio and value, explained.",
            )
            connection.execute(
                f"CREATE TABLE release AS SELECT {text_of(version)} AS version, {text_of(SCHEMA_VERSION)} AS schema_version"
            )
            _comment(connection, "TABLE", "release", "Which release this is.")
            for name, query, comment in _views(schemas):
                connection.execute(f"CREATE VIEW {name_of(name)} AS {query}")
                _comment(connection, "VIEW", name, comment)
        connection.execute("USE memory")
        connection.execute("DETACH made")


@contextmanager
def _transaction(connection: Any) -> Iterator[None]:
    """Commit what is done within; what is not yet committed stays in memory."""
    connection.execute("BEGIN")
    yield
    connection.execute("COMMIT")


def _table(connection: Any, directory: Path, name: str, schema: TableSchema) -> None:
    connection.execute(f"CREATE TABLE {name_of(name)} AS FROM {rows_in(table_files(directory, schema))}")
    _comment(connection, "TABLE", name, schema.description)
    for column in schema.columns:
        _comment(connection, "COLUMN", f"{name}.{column.name}", column.description)


def _views(schemas: Mapping[str, TableSchema]) -> Iterator[tuple[str, str, str]]:
    """Yield name, query and comment of each view whose tables there are."""
    if {"observations", "report_documents"} <= schemas.keys():
        yield (
            "current_figures",
            "SELECT o.* FROM observations o JOIN report_documents d USING (report_id, version, document_id) "
            "WHERE o.is_current AND o.source = 'table' AND d.preferred",
            "Figures of official tables: current version of each report, from its preferred document, each printed figure once.",
        )
    columns = set(schemas["panel"].names) if "panel" in schemas else set()
    if concepts := [c.name for c in panel_columns() if c.name in columns]:
        yield (
            "panel_long",
            " UNION ALL ".join(_concept(name, columns) for name in concepts),
            "The panel with one row per unit, year and concept: value, reading, consistency, zero implied, scope.",
        )
    if {"coverage", "units"} <= schemas.keys():
        yield (
            "gaps",
            "SELECT c.*, u.full_name, u.level FROM coverage c LEFT JOIN units u ON u.unit_id = c.unit_id "
            "AND c.year >= u.valid_from AND (u.valid_to IS NULL OR c.year <= u.valid_to) "
            "WHERE c.expected AND c.status NOT IN ('found', 'late')",
            "Reports that were due and are not in the data, with the reason.",
        )


def _concept(name: str, columns: set[str]) -> str:
    zero = name_of(f"{name}_zero") if f"{name}_zero" in columns else "NULL::BOOLEAN"
    return (
        f"SELECT unit_id, year, {text_of(name)} AS concept, {name_of(name)} AS value, {name_of(f'{name}_read')} AS reading, "
        f"{name_of(f'{name}_ok')} AS consistency, {zero} AS zero, form, scope, report_id, synthetic FROM panel"
    )


def _comment(connection: Any, kind: str, name: str, comment: str) -> None:
    target = ".".join(name_of(part) for part in name.split("."))
    connection.execute(f"COMMENT ON {kind} {target} IS {text_of(comment)}")
