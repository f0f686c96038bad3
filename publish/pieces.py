"""Tables of a release in sorted pieces, and the pieces merged into its Parquet files.

Comes in: tables of one bucket of documents or one year (``flows/assembling.py``). Goes out: the files of the release. The one
thing to know: a piece is checked before it is written, alone and beside what it refers to, so that of a merged table only
the order and the key are left to check; a merge holds some thousand rows of those pieces whose keys overlap.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.files import PARQUET, ROW_GROUP, files_of, write_tables
from publish.identities import check_identities, released_identities
from publish.schemas import TableSchema, arrow_schema, load_schemas
from publish.validate import Problem, canonical, check_tables

if TYPE_CHECKING:
    import pyarrow as pa

Key = tuple[tuple[bool, Any], ...]


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
            pq.write_table(rows, target, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, version="2.6")
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
    with pq.ParquetWriter(target, wanted, **PARQUET) as writer:
        for group in _row_groups(_merged(pieces, schema, problems), wanted):
            writer.write_table(group, row_group_size=ROW_GROUP)
    return problems


def _merged(pieces: list[Path], schema: TableSchema, problems: list[Problem]) -> Iterator[pa.Table]:
    """Yield the rows of sorted pieces in the order of the key: of those pieces that come next, all up to the key where one of
    them has to be read on or another begins, sorted together."""
    heads: list[tuple[Key, int, _Piece]] = []
    for number, path in enumerate(pieces):
        piece = _Piece(path, schema.key)
        if piece.first is not None:
            heapq.heappush(heads, (piece.first, number, piece))
    while heads:
        first, number, piece = heapq.heappop(heads)
        taking = [(number, piece)]
        last, rows = piece.load()
        while heads and heads[0][0] <= last and (rows < ROW_GROUP or heads[0][0] == first):
            _, number, piece = heapq.heappop(heads)
            taking.append((number, piece))
            end, more = piece.load()
            last, rows = min(last, end), rows + more
        following = heads[0][0] if heads and heads[0][0] <= last else None
        yield _sorted([piece.until(last, following) for _, piece in taking], schema, problems)
        for number, piece in taking:
            if piece.first is not None:
                heapq.heappush(heads, (piece.first, number, piece))


def _sorted(tables: list[pa.Table], schema: TableSchema, problems: list[Problem]) -> pa.Table:
    """Return the rows of sorted tables sorted; keys that stand twice among them are added to the problems."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if len(tables) == 1:
        return tables[0]
    table = pa.concat_tables(tables)
    table = table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in schema.key]))
    keys = table.select(schema.key).combine_chunks()
    if keys.group_by(schema.key).aggregate([]).num_rows < keys.num_rows:
        found = keys.to_pylist()
        for before, row in pairwise(found):
            if before == row:
                told = ", ".join(f"{name}={value}" for name, value in row.items())
                problems.append(Problem(schema.name, f"key ({', '.join(schema.key)}) not unique", f"in two pieces: {told}"))
    return table


class _Piece:
    """One sorted file, of which a row group is in memory once its turn has come."""

    def __init__(self, path: Path, key: tuple[str, ...]):
        import pyarrow.parquet as pq

        self._path, self._names = path, key
        self._rows: pa.Table | None = None
        self._groups, self._next = pq.read_metadata(path).num_row_groups, 0
        #: Key of the next row, None at the end.
        self.first = self._peek()

    def load(self) -> tuple[Key, int]:
        """Have the next rows in memory; return the key of the last of them and their number."""
        import pyarrow.parquet as pq

        if self._rows is None:
            self._rows = pq.ParquetFile(self._path).read_row_group(self._next).combine_chunks()
            self._next += 1
        return self._key_at(self._rows.num_rows - 1), self._rows.num_rows

    def until(self, last: Key, following: Key | None) -> pa.Table:
        """Return the rows in memory up to a key, or below a following one, and go on after them."""
        rows = self._rows
        assert rows is not None
        low, high = 0, rows.num_rows
        while low < high:
            middle = (low + high) // 2
            key = self._key_at(middle)
            low, high = (middle + 1, high) if (key <= last if following is None else key < following) else (low, middle)
        self._rows = rows.slice(low) if low < rows.num_rows else None
        self.first = self._peek() if self._rows is None else self._key_at(0)
        return rows.slice(0, low)

    def _peek(self) -> Key | None:
        """Return the first key of the next row group without keeping the rows: most pieces wait long for their turn."""
        import pyarrow.parquet as pq

        if self._next == self._groups:
            return None
        for batch in pq.ParquetFile(self._path).iter_batches(batch_size=1, row_groups=[self._next], columns=list(self._names)):
            return tuple(_sortable(batch.column(name)[0].as_py()) for name in self._names)
        return None

    def _key_at(self, row: int) -> Key:
        assert self._rows is not None
        return tuple(_sortable(self._rows[name][row].as_py()) for name in self._names)


def _sortable(value: Any) -> tuple[bool, Any]:
    # Missing values stand last, as pyarrow sorts them.
    return (True, "") if value is None else (False, value)


def _row_groups(tables: Iterator[pa.Table], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the same rows in tables of exactly a row group, the last one shorter: the bytes are those of one table written."""
    import pyarrow as pa

    held: list[pa.Table] = []
    rows, written = 0, False
    for table in tables:
        held.append(table)
        rows += table.num_rows
        while rows >= ROW_GROUP:
            whole = pa.concat_tables(held)
            yield _plain(whole.slice(0, ROW_GROUP), schema)
            written = True
            held, rows = [whole.slice(ROW_GROUP)], rows - ROW_GROUP
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
