"""How surely the same figures were read in two releases: only rows whose key both releases have are counted.

In: two release folders. Out: for each table of figures, province and year the figures that both have, and how many of them were
``confirmed`` before and now. A gain cannot lower these shares: what only one release has is not in them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from publish.compare.side import ReleaseSide, side_of
from publish.schema.schemas import TableSchema
from publish.schema.sql import name_of, province_of, rows_in

_MEMORY, _THREADS = "512MB", 2
#: Observations are compared as the current version holds them: an earlier version that turns up changes every later number.
_NUMBERED, _CURRENT = "version", "is_current"


class SharedCount(NamedTuple):
    """Figures of one table, province and year that two releases have, and how many were confirmed in each."""

    table: str
    province: str
    year: int | None
    figures: int
    confirmed_before: int
    confirmed_now: int


def count_shared(before: Path, now: Path, tables: frozenset[str]) -> list[SharedCount]:
    """Return the counts of tables of two release folders.

    Raises:
        UsageError: one of the folders holds no release.
    """
    import duckdb

    old, new = side_of(before), side_of(now)
    found: dict[tuple[str, str, int | None], list[int]] = {}
    with tempfile.TemporaryDirectory(prefix="gongkai-losses-") as aside:
        settings = {"memory_limit": _MEMORY, "threads": _THREADS, "temp_directory": aside}
        with duckdb.connect(config=settings) as connection:  # type: ignore[arg-type]
            for name in sorted(tables & old.schemas.keys() & new.schemas.keys()):
                for files in _pairs(name, old, new):
                    for province, year, *numbers in _joined(connection, new.schemas[name], old.schemas[name], *files):
                        sums = found.setdefault((name, province, year), [0, 0, 0])
                        sums[:] = [a + b for a, b in zip(sums, numbers, strict=True)]
    return [SharedCount(*place, *numbers) for place, numbers in sorted(found.items(), key=str)]


def _pairs(name: str, old: ReleaseSide, new: ReleaseSide) -> Iterator[tuple[list[Path], list[Path]]]:
    """Yield the files of a table that are compared together: year by year where it has a file a year."""
    if "{year}" not in new.schemas[name].path:
        if old.files(name) and new.files(name):
            yield old.files(name), new.files(name)
        return
    of_name = {path.name: path for path in old.files(name)}
    yield from (([of_name[path.name]], [path]) for path in new.files(name) if path.name in of_name)


def _joined(
    connection: Any, schema: TableSchema, schema_before: TableSchema, old: list[Path], new: list[Path]
) -> list[tuple[Any, ...]]:
    names = set(schema.names) & set(schema_before.names)
    pairs = _figures(schema, names)
    if not pairs or "unit_id" not in names:
        return []
    key = [name for name in schema.key if name in names and name != _NUMBERED]
    on = " AND ".join(f"o.{name_of(name)} IS NOT DISTINCT FROM n.{name_of(name)}" for name in key)
    current = f" AND o.{_CURRENT} AND n.{_CURRENT}" if _CURRENT in names else ""
    both = [f"o.{value} IS NOT NULL AND n.{value} IS NOT NULL" for value, _ in pairs]
    sums = [" + ".join(f"count(*) FILTER ({condition})" for condition in both)]
    for side in "on":
        sums.append(
            " + ".join(
                f"count(*) FILTER ({condition} AND {side}.{read} = 'confirmed')"
                for condition, (_, read) in zip(both, pairs, strict=True)
            )
        )
    query = f"""SELECT {province_of("n.unit_id")}, {"n.year" if "year" in names else "NULL"}, {", ".join(sums)}
                FROM {rows_in(old)} o JOIN {rows_in(new)} n ON {on}{current} GROUP BY 1, 2"""
    return connection.execute(query).fetchall()


def _figures(schema: TableSchema, names: set[str]) -> list[tuple[str, str]]:
    """Return the columns of figures and those that say how surely each was read."""
    if {"value", "reading"} <= names:
        return [("value", "reading")]
    return [(name_of(n), name_of(f"{n}_read")) for n in schema.names if n in names and f"{n}_read" in names]
