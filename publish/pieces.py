"""Tables of a release in sorted pieces, and the pieces merged into its Parquet files.

Comes in: tables of one bucket of documents or one year (``flows/assembling.py``). Goes out: the files of the release. The one
thing to know: a piece is checked before it is written, alone and beside what it refers to, so that of a merged table only
the order and the key are left to check; a merge holds some thousand rows of those pieces whose keys overlap.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.files import files_of, parquet_of, row_group, write_tables
from publish.identities import check_identities, released_identities
from publish.schemas import TableSchema, arrow_schema, load_schemas
from publish.validate import Problem, canonical, check_tables

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[tuple[bool, Any], ...]
_NOTHING: Key = ()


def write_pieces(
    folder: Path, piece: str, version: str, tables: Mapping[str, pa.Table], beside: Mapping[str, pa.Table]
) -> list[Problem]:
    """Write each table as one piece (observations as one a year), sorted; return what is wrong with them.

    ``beside`` are tables of the release that these refer to and that are not written here.
    """
    import pyarrow.parquet as pq

    schemas = load_schemas()
    ready = {name: canonical(table, schemas[name], version) for name, table in tables.items()}
    held = dict(beside) | ready
    problems = check_tables(held, schemas, only=ready)
    if not any(problem.rule == "columns" for problem in problems):
        problems += check_identities(held, schemas, released_identities())
    if problems:
        return problems
    for name, table in ready.items():
        for path, rows in files_of(table, schemas[name]):
            target = folder / path / f"{piece}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(rows, target, compression="zstd", compression_level=1, row_group_size=row_group(schemas[name]), version="2.6")
    return []


def write_rows(directory: Path, tables: Mapping[str, list[dict[str, Any]]], version: str) -> list[Problem]:
    """Write small tables into a release's folder, checked alone; return what is wrong with them."""
    import pyarrow as pa

    schemas = load_schemas()
    ready = {name: canonical(pa.Table.from_pylist(rows), schemas[name], version) for name, rows in tables.items()}
    problems = check_tables(ready, schemas)
    if not problems:
        write_tables(directory, ready, schemas)
    return problems


def merge_pieces(folder: Path, directory: Path, version: str, names: tuple[str, ...] | None = None) -> list[Problem]:
    """Merge the pieces of the named tables (default: of all) into the files of a release and delete them; return the keys
    that stand in two pieces."""
    problems = []
    for name, schema in sorted(load_schemas().items()):
        if names is not None and name not in names:
            continue
        for place in sorted(folder.glob(schema.path.replace("{year}", "*"))):
            target = directory / place.relative_to(folder)
            pieces = sorted(place.glob("*.parquet"))
            problems += _merge(pieces, target, schema, version)
            for piece in pieces:
                piece.unlink()
            place.rmdir()
        _drop_empty(directory, schema)
    return problems


def _merge(pieces: list[Path], target: Path, schema: TableSchema, version: str) -> list[Problem]:
    import pyarrow.parquet as pq

    wanted = arrow_schema(schema, release=version)
    problems: list[Problem] = []
    target.parent.mkdir(parents=True, exist_ok=True)
    size = row_group(schema)
    with pq.ParquetWriter(target, wanted, **parquet_of(schema)) as writer:
        for group in _row_groups(_merged(pieces, schema, problems), wanted, size):
            writer.write_table(group, row_group_size=size)
    return problems


def _merged(pieces: list[Path], schema: TableSchema, problems: list[Problem]) -> Iterator[pa.Table]:
    """Yield the rows of sorted pieces in the order of the key, as slices as long as no other piece comes between."""
    heads: list[tuple[Key, int, _Piece]] = []
    for number, path in enumerate(pieces):
        piece = _Piece(path, schema.key)
        if (first := piece.key()) is not None:
            heapq.heappush(heads, (first, number, piece))
    while heads:
        _, number, piece = heapq.heappop(heads)
        following = heads[0][0] if heads else None
        while (first := piece.key()) is not None and (following is None or first < following):
            yield piece.before(following)
        if first is not None:
            if first == following:
                told = ", ".join(f"{name}={value}" for name, (_, value) in zip(schema.key, first, strict=True))
                problems.append(Problem(schema.name, f"key ({', '.join(schema.key)}) not unique", f"in two pieces: {told}"))
                yield piece.one()
                first = piece.key()
            if first is not None:
                heapq.heappush(heads, (first, number, piece))


class _Piece:
    """One sorted file, of which a row group is in memory once its turn has come."""

    def __init__(self, path: Path, key: tuple[str, ...]):
        import pyarrow.parquet as pq

        self._path, self._names = path, key
        self._groups = range(pq.read_metadata(path).num_row_groups)
        self._next = 0
        self._rows: pa.Table | None = None
        self._columns: list[Any] = []
        self._at = 0
        self._first = self._peek()

    def key(self) -> Key | None:
        """Return the key of the next row, None at the end."""
        if self._first is not None:
            return self._first
        while self._rows is None or self._at == self._rows.num_rows:
            if self._next == len(self._groups):
                self._rows = None
                return None
            self._load()
        return self._key_at(self._at)

    def before(self, following: Key | None) -> pa.Table:
        """Return the next rows of this row group whose key is below another."""
        self._open()
        rows = self._rows
        assert rows is not None
        end = rows.num_rows
        if following is not None and not self._key_at(end - 1) < following:
            low, high = self._at, end - 1
            while low < high:
                middle = (low + high) // 2
                low, high = (middle + 1, high) if self._key_at(middle) < following else (low, middle)
            end = low
        found = rows.slice(self._at, end - self._at)
        self._at = end
        return found

    def one(self) -> pa.Table:
        """Return the next row."""
        self._open()
        assert self._rows is not None
        self._at += 1
        return self._rows.slice(self._at - 1, 1)

    def _open(self) -> None:
        if self._first is not None:
            self._first = None
            self.key()

    def _peek(self) -> Key | None:
        """Return the first key without keeping the rows: most pieces wait long for their turn."""
        import pyarrow.parquet as pq

        file = pq.ParquetFile(self._path)
        for batch in file.iter_batches(batch_size=1, columns=list(self._names)):
            if batch.num_rows:
                return tuple(_sortable(batch.column(name)[0].as_py()) for name in self._names)
        return None

    def _load(self) -> None:
        import pyarrow.parquet as pq

        self._rows = pq.ParquetFile(self._path).read_row_group(self._next).combine_chunks()
        self._columns = [self._rows[name] for name in self._names]
        self._next, self._at = self._next + 1, 0

    def _key_at(self, row: int) -> Key:
        return tuple(_sortable(column[row].as_py()) for column in self._columns)


def _sortable(value: Any) -> tuple[bool, Any]:
    # Missing values stand last, as pyarrow sorts them.
    return (True, "") if value is None else (False, value)


def _row_groups(tables: Iterator[pa.Table], schema: pa.Schema, size: int) -> Iterator[pa.Table]:
    """Yield the same rows in tables of exactly a row group, the last one shorter: the bytes are those of one table written."""
    import pyarrow as pa

    held: list[pa.Table] = []
    rows, written = 0, False
    for table in tables:
        held.append(table)
        rows += table.num_rows
        while rows >= size:
            whole = pa.concat_tables(held)
            yield _plain(whole.slice(0, size), schema)
            written = True
            held, rows = [whole.slice(size)], rows - size
    if rows or not written:
        yield _plain(pa.concat_tables([schema.empty_table(), *held]), schema)


def _plain(table: pa.Table, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_arrays([column.combine_chunks() for column in table.columns], schema=schema)


def _drop_empty(directory: Path, schema: TableSchema) -> None:
    """Delete the file of unknown years where it is empty and there are others: a bucket without figures left it."""
    import pyarrow.parquet as pq

    unknown = directory / schema.path.replace("{year}", "unknown")
    others = [path for path in directory.glob(schema.path.replace("{year}", "*")) if path != unknown]
    if "{year}" in schema.path and others and unknown.is_file() and pq.read_metadata(unknown).num_rows == 0:
        unknown.unlink()
