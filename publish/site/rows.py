"""The rows of a release that one page needs: by table and one value of one column.

Two ways to the same rows: tables in memory, grouped once, while a release is made; filtered reads of the Parquet files,
for pages made on demand from a release of any size.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from publish.schema.schemas import load_schemas
from transform.observation import Row

if TYPE_CHECKING:
    import pyarrow as pa


class Rows(Protocol):
    """Where pages get their rows from; a table that the release does not have gives none."""

    def of(self, table: str, column: str, value: Any) -> list[Row]:
        """Return the rows whose ``column`` is ``value`` (or holds it, where it is a list), in the order of the file."""

    def all(self, table: str, *columns: str) -> list[Row]:
        """Return all rows of a table, with the named columns only."""


class RowsInMemory:
    """Rows of tables that are in memory; each column asked for is grouped once."""

    def __init__(self, tables: Mapping[str, pa.Table]):
        self._tables = tables
        self._groups: dict[tuple[str, str], dict[Any, list[int]]] = {}

    def of(self, table: str, column: str, value: Any) -> list[Row]:
        if table not in self._tables:
            return []
        if (table, column) not in self._groups:
            groups: dict[Any, list[int]] = defaultdict(list)
            for number, found in enumerate(self._tables[table][column].to_pylist()):
                for one in found if isinstance(found, list) else [found]:
                    groups[one].append(number)
            self._groups[table, column] = dict(groups)
        numbers = self._groups[table, column].get(value, [])
        return self._tables[table].take(sorted(set(numbers))).to_pylist() if numbers else []

    def all(self, table: str, *columns: str) -> list[Row]:
        return self._tables[table].select(list(columns)).to_pylist() if table in self._tables else []


class RowsOnDisk:
    """Rows of the Parquet files of a release, read when asked for."""

    def __init__(self, release: Path):
        self._release = release

    def of(self, table: str, column: str, value: Any) -> list[Row]:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        found: list[Row] = []
        for path in self._files(table):
            if pa.types.is_list(pq.read_schema(path).field(column).type):
                part = _read(path)
                parents = pc.list_parent_indices(part[column])
                numbers = pc.unique(parents.filter(pc.equal(pc.list_flatten(part[column]), value)))
                found += part.take(numbers).to_pylist()
            else:
                found += _read(path, filters=[(column, "=", value)]).to_pylist()
        return found

    def all(self, table: str, *columns: str) -> list[Row]:
        return [row for path in self._files(table) for row in _read(path, columns=list(columns)).to_pylist()]

    def _files(self, table: str) -> list[Path]:
        return sorted(self._release.glob(load_schemas()[table].path.replace("{year}", "*")))


def _read(path: Path, **options: Any) -> pa.Table:
    import pyarrow.parquet as pq

    return pq.read_table(path, partitioning=None, **options)
