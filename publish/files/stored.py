"""The tables of a release folder, each read when it is asked for and none kept.

The one thing to know: ``tables["panel"]`` reads the whole table; of one that has millions of rows ask for the number of rows,
for some columns, for the files, or for batches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from extract.errors import ReleaseError
from publish.files.release_files import table_files
from publish.schema.schemas import TableSchema

if TYPE_CHECKING:
    import pyarrow as pa


class Batches(Iterable["pa.Table"]):
    """Tables that together are one, of its files' groups of rows: at least one table, which may be empty.

    Raises:
        ReleaseError: a file is no Parquet file; the message names it.
    """

    def __init__(self, files: Sequence[Path], columns: Sequence[str] | None = None):
        self._files, self._columns = files, list(columns) if columns else None

    def __iter__(self) -> Iterator[pa.Table]:
        import pyarrow.parquet as pq

        for path in self._files:
            with _named(path), pq.ParquetFile(path, pre_buffer=False) as file:
                if not file.num_row_groups:
                    empty = file.schema_arrow.empty_table()
                    yield empty.select(self._columns) if self._columns else empty
                for number in range(file.num_row_groups):
                    yield file.read_row_group(number, columns=self._columns, use_threads=False)


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Name the file that cannot be read."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise ReleaseError(f"{path.name}: {error}; make the release again") from error


def _schema(path: Path) -> pa.Schema:
    import pyarrow.parquet as pq

    with _named(path):
        return pq.read_schema(path)


class StoredTables(Mapping[str, "pa.Table"]):
    """What a release folder holds of some schemas' tables."""

    def __init__(self, directory: Path, schemas: Mapping[str, TableSchema]):
        self._files = {
            name: files for name, schema in sorted(schemas.items()) if (files := table_files(directory, schema))
        }

    def __getitem__(self, name: str) -> pa.Table:
        import pyarrow as pa

        return pa.concat_tables([self._read(path) for path in self._files[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)

    def __contains__(self, name: object) -> bool:
        return name in self._files  # a Mapping's own would read the table

    def batches(self, name: str) -> Batches:
        """Return a table some thousand rows at a time, as often as it is gone through."""
        return Batches(self._files[name])

    def rows(self, name: str) -> int:
        """Return the number of rows of a table, from the footers of its files."""
        import pyarrow.parquet as pq

        return sum(pq.read_metadata(path).num_rows for path in self._files[name])

    def columns(self, name: str, *columns: str) -> pa.Table:
        """Return some columns of a table."""
        import pyarrow as pa

        return pa.concat_tables([self._read(path, columns) for path in self._files[name]])

    def names(self, name: str) -> list[str]:
        """Return the names of a table's columns."""
        return list(_schema(self._files[name][0]).names)

    def schemas(self, name: str) -> list[pa.Schema]:
        """Return the schema of each file of a table."""
        return [_schema(path) for path in self._files[name]]

    def files(self, name: str) -> list[Path]:
        """Return the files of a table, sorted by name."""
        return list(self._files[name])

    def _read(self, path: Path, columns: tuple[str, ...] | None = None) -> pa.Table:
        import pyarrow.parquet as pq

        with _named(path):
            return pq.read_table(path, columns=list(columns) if columns else None, partitioning=None)


class HeldTables(StoredTables):
    """The same of tables in memory."""

    def __init__(self, tables: Mapping[str, pa.Table]):
        self._tables = tables

    def __getitem__(self, name: str) -> pa.Table:
        return self._tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._tables))

    def __len__(self) -> int:
        return len(self._tables)

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def rows(self, name: str) -> int:
        return self._tables[name].num_rows

    def columns(self, name: str, *columns: str) -> pa.Table:
        return self._tables[name].select(list(columns))

    def names(self, name: str) -> list[str]:
        return self._tables[name].column_names


def stored(tables: Mapping[str, pa.Table]) -> StoredTables:
    """Return tables of either kind as ones to be read in pieces."""
    return tables if isinstance(tables, StoredTables) else HeldTables(tables)
