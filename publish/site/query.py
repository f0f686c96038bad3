"""Questions to a release in SQL: a read-only DuckDB database that can open nothing else, with limits of time and rows.

The one thing to know: DuckDB and not Datasette, because it reads the release's own Parquet and needs no second copy in
SQLite; it also knows the types, lists and comments of the tables. Its access to files and networks is switched off and
the switch locked before a question is asked.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from extract.errors import UsageError
from publish.files.release_files import table_files
from publish.schema.schemas import load_schemas
from publish.schema.sql import name_of, rows_in

#: A question may take this long, give this many rows, and be this long itself.
SECONDS, ROWS, CHARACTERS = 20.0, 2_000, 20_000
_MEMORY = "1GB"


@dataclass(frozen=True)
class Answer:
    """The rows a question gave; ``cut`` where there were more than the limit."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    cut: bool
    seconds: float


class Database:
    """A release to ask; use it as a context manager. Questions of several threads run side by side."""

    def __init__(self, release: Path, *, seconds: float = SECONDS, limit: int = ROWS):
        self._seconds, self._limit = seconds, limit
        self._aside = tempfile.TemporaryDirectory(prefix="gongkai-query-")
        path = release / "exports" / "gongkai.duckdb"
        try:
            if not path.is_file():
                path = _built(release, Path(self._aside.name))
            self._connection = _connect(path)
        except BaseException:
            self._aside.cleanup()
            raise

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._aside.cleanup()

    def ask(self, sql: str) -> Answer:
        """Return what one SELECT gives.

        Raises:
            UsageError: it is no single SELECT, DuckDB refuses it, or it took too long; the message is for whoever asked.
        """
        import duckdb

        if len(sql) > CHARACTERS:
            raise UsageError(f"the question has {len(sql)} characters, at most {CHARACTERS} are read")
        cursor = self._connection.cursor()
        timer = threading.Timer(self._seconds, cursor.interrupt)
        started = time.monotonic()
        try:
            statements = cursor.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in (
                duckdb.StatementType.SELECT,
                duckdb.StatementType.EXPLAIN,
            ):
                raise UsageError("ask one SELECT at a time: a release is read only")
            timer.start()
            cursor.execute(statements[0])
            rows = cursor.fetchmany(self._limit + 1)
            columns = [column[0] for column in cursor.description or ()]
        except duckdb.InterruptException:
            raise UsageError(
                f"stopped after {self._seconds:g} seconds; ask for less, or open the files with DuckDB itself"
            ) from None
        except duckdb.Error as error:
            raise UsageError(str(error)) from error
        finally:
            timer.cancel()
            cursor.close()
        return Answer(columns, rows[: self._limit], len(rows) > self._limit, time.monotonic() - started)

    def tables(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return name and type of each column, by table and view."""
        found: dict[str, list[tuple[str, str]]] = {}
        cursor = self._connection.cursor()
        for table, column, kind in cursor.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
        ).fetchall():
            found.setdefault(table, []).append((column, kind))
        cursor.close()
        return found


def _connect(path: Path) -> Any:
    import duckdb

    return duckdb.connect(
        str(path),
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "memory_limit": _MEMORY,
            "threads": "2",
            "lock_configuration": "true",
        },
    )


def _built(release: Path, aside: Path) -> Path:
    """Return a database made of a release's Parquet files, for a release without one."""
    import duckdb

    path = aside / "gongkai.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, schema in sorted(load_schemas().items()):
            if files := table_files(release, schema):
                connection.execute(f"CREATE TABLE {name_of(name)} AS FROM {rows_in(files)}")
    return path
