"""One question to a release's database, for the process that asks it: bounded in rows, width and size whatever the SQL is."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

#: Columns of an answer; characters of one value, and of all: what a browser shows without trouble.
COLUMNS, LONGEST, SIZE = 500, 10_000, 8_000_000
#: Memory of DuckDB itself, and what it may write aside.
MEMORY, ASIDE = "512MB", "1GB"


@dataclass(frozen=True)
class Question:
    """``database``: the file to ask; ``aside``: a folder for what DuckDB writes meanwhile, never near the release."""

    database: str
    aside: str
    sql: str
    seconds: float
    rows: int


@dataclass(frozen=True)
class Answer:
    """The rows a question gave; ``cut`` where there was more than the limits of rows, of a value's length, or of all."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    cut: bool
    seconds: float


def answer(question: Question) -> Answer | str:
    """Return what one SELECT gives, or why it gives nothing."""
    import duckdb

    cursor = _connection(question.database, question.aside).cursor()
    timer = threading.Timer(question.seconds, cursor.interrupt)
    started = time.monotonic()
    try:
        statements = cursor.extract_statements(question.sql)
        if len(statements) != 1 or statements[0].type not in (
            duckdb.StatementType.SELECT,
            duckdb.StatementType.EXPLAIN,
        ):
            return "ask one SELECT at a time: a release is read only"
        timer.start()
        cursor.execute(statements[0])
        columns = [column[0][:LONGEST] for column in cursor.description or ()]
        if len(columns) > COLUMNS:
            return f"the answer has {len(columns)} columns, at most {COLUMNS} are shown"
        rows, cut = _rows(cursor, question.rows)
    except duckdb.InterruptException:
        return stopped(question.seconds)
    except duckdb.Error as error:
        return str(error)[:LONGEST]
    finally:
        timer.cancel()
        cursor.close()
    return Answer(columns, rows, cut, time.monotonic() - started)


def stopped(seconds: float) -> str:
    """Say that a question took too long."""
    return f"stopped after {seconds:g} seconds; ask for less, or open the files with DuckDB itself"


def tables(question: Question) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return name and type of each column, by table and view."""
    found: dict[str, list[tuple[str, str]]] = {}
    cursor = _connection(question.database, question.aside).cursor()
    for table, column, kind in cursor.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
    ).fetchall():
        found.setdefault(table, []).append((column, kind))
    cursor.close()
    return found


def _rows(cursor: Any, most: int) -> tuple[list[tuple[Any, ...]], bool]:
    """Return the first rows, within the limits, and whether anything was cut."""
    rows: list[tuple[Any, ...]] = []
    size, cut = 0, False
    while row := cursor.fetchone():
        if len(rows) == most or size > SIZE:
            return rows, True
        values = tuple(map(_short, row))
        cut |= any(shown is not value for shown, value in zip(values, row, strict=True))
        size += sum(len(value) if isinstance(value, str) else 16 for value in values)
        rows.append(values)
    return rows, cut


def _short(value: Any) -> Any:
    """Return a value; text, a list or a structure that is too long as the beginning of its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else str(value)
    return value if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


@lru_cache(maxsize=1)
def _connection(path: str, aside: str) -> Any:
    """Open the database once a process: it can read this file and nothing else, and no question changes that."""
    import duckdb

    return duckdb.connect(
        path,
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "memory_limit": MEMORY,
            "temp_directory": aside,
            "max_temp_directory_size": ASIDE,
            "threads": "2",
            "lock_configuration": "true",
        },
    )
