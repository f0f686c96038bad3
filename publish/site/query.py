"""Questions to a release in SQL, each asked in a process of its own that is killed where it does not end or takes too much.

DuckDB and not Datasette, because it reads the release's own Parquet and needs no second copy in SQLite; it also knows the types,
lists and comments of the tables. Its access to files and networks is switched off and the switch locked before a question is
asked (publish/site/question.py). The release's folder is read and never written to.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from extract.apart import Apart
from extract.errors import UsageError
from extract.workers import TaskFailure
from publish.files.release_files import table_files
from publish.schema.schemas import load_schemas
from publish.schema.sql import name_of, rows_in
from publish.site.question import Answer, Question, stopped

__all__ = ["Answer", "Database"]

#: A question may take this long, give this many rows, and be this long itself.
SECONDS, ROWS, CHARACTERS = 20.0, 2_000, 20_000
#: Questions asked at once; memory of the process of each, for what DuckDB's own limit does not count.
AT_ONCE, MEGABYTES = 2, 1536
#: DuckDB is asked to stop first; a question that does not listen is ended with its process this many seconds later.
GRACE = 10.0


class Database:
    """A release to ask; use it as a context manager. Questions of several threads run side by side."""

    def __init__(self, release: Path, *, seconds: float = SECONDS, limit: int = ROWS):
        self._seconds, self._limit = seconds, limit
        self._aside = tempfile.TemporaryDirectory(prefix="gongkai-query-")
        # Two threads of DuckDB use two seconds of processor time a second.
        on_the_clock = seconds + GRACE
        self._processes = Apart(AT_ONCE, 2 * on_the_clock, MEGABYTES, on_the_clock=on_the_clock)
        try:
            path = release / "exports" / "gongkai.duckdb"
            self._path = path if path.is_file() else _built(release, Path(self._aside.name))
            self._tables: Mapping[str, Sequence[tuple[str, str]]] = self._call("tables", "")
        except BaseException:
            self._close()
            raise

    def __enter__(self) -> Database:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def ask(self, sql: str) -> Answer:
        """Return what one SELECT gives.

        Raises:
            UsageError: it is no single SELECT, DuckDB refuses it, or it took too long or too much; the message is for whoever asked.
        """
        if len(sql) > CHARACTERS:
            raise UsageError(f"the question has {len(sql)} characters, at most {CHARACTERS} are read")
        found = self._call("answer", sql)
        if isinstance(found, str):
            raise UsageError(found)
        return found

    def tables(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Return name and type of each column, by table and view."""
        return self._tables

    def _call(self, function: str, sql: str) -> Any:
        question = Question(str(self._path), self._aside.name, sql, self._seconds, self._limit)
        found = self._processes.call(f"publish.site.question:{function}", question)
        if not isinstance(found, TaskFailure):
            return found
        if found.kind == "timeout":
            raise UsageError(stopped(self._seconds))
        if found.kind in ("memory", "died"):
            raise UsageError(f"the question took more than {MEGABYTES} MB of memory, or its process died; ask for less")
        raise UsageError(found.reason[:1000])

    def _close(self) -> None:
        self._processes.close()
        self._aside.cleanup()


def _built(release: Path, aside: Path) -> Path:
    """Return a database made of a release's Parquet files, for a release without one."""
    import duckdb

    path = aside / "gongkai.duckdb"
    with duckdb.connect(str(path)) as connection:
        for name, schema in sorted(load_schemas().items()):
            if files := table_files(release, schema):
                connection.execute(f"CREATE TABLE {name_of(name)} AS FROM {rows_in(files)}")
    return path
