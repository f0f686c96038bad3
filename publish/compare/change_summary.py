"""The changes between two releases counted: by table and reason, and by table, province and year.

Comes in: a DuckDB connection that has a table or view ``changes``. Goes out: rows of text, for a terminal and CHANGELOG.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from publish.schema.sql import province_of, rows_in

#: Lines of one list; what is left is counted.
LISTED = 200
_COUNTS = (
    "count(*) FILTER (change = 'added'), count(*) FILTER (change = 'removed'), count(*) FILTER (change = 'changed')"
)


def by_reason(connection: Any) -> list[list[str]]:
    """Return a heading and, for each table and reason, rows added, rows removed and cells changed."""
    rows = connection.execute(f'SELECT "table", why, {_COUNTS} FROM changes GROUP BY 1, 2 ORDER BY 1, 2').fetchall()
    return [["table", "why", "added", "removed", "changed cells"], *_text(rows)]


def by_place(connection: Any, listed: int = LISTED) -> list[list[str]]:
    """Return a heading and the same counts for each table, province (two digits of its code) and year."""
    rows = connection.execute(
        f"SELECT \"table\", {province_of('unit_id')}, coalesce(CAST(year AS VARCHAR), ''), {_COUNTS} FROM changes GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()
    more = [[f"and {len(rows) - listed} more", "", "", "", "", ""]] if len(rows) > listed else []
    return [["table", "province", "year", "added", "removed", "changed cells"], *_text(rows[:listed]), *more]


def counted(path: Path, listed: int = LISTED) -> tuple[list[list[str]], list[list[str]]]:
    """Return ``by_reason`` and ``by_place`` of a file ``changes.parquet``; nothing at all where nothing changed."""
    import duckdb

    if not path.is_file():
        return [], []
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW changes AS FROM {rows_in([path])}")
        reasons, places = by_reason(connection), by_place(connection, listed)
    return (reasons, places) if len(reasons) > 1 else ([], [])


def changelog_lines(path: Path) -> list[str]:
    """Return what CHANGELOG.md tells of ``changes.parquet``, as Markdown; nothing where nothing changed."""
    reasons, places = counted(path, 40)
    if not reasons:
        return []
    return [
        "",
        "## What changed, and why",
        "",
        *_markdown(reasons, 2),
        "",
        "## Where",
        "",
        *_markdown(places, 3),
        "",
        "Every row with both values is in changes.parquet.",
    ]


def _text(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return [["" if value is None else str(value) for value in row] for row in rows]


def _markdown(rows: list[list[str]], words: int) -> list[str]:
    rule = "|" + "---|" * words + "---:|" * (len(rows[0]) - words)
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return [lines[0], rule, *lines[1:]]
