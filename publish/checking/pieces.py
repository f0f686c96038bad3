"""Tables of a release in sorted pieces, and the pieces merged into its Parquet files.

Comes in: tables of one shard of documents or one year (``flows/releasing/assembling.py``). Goes out: the files of the release. The one
thing to know: a piece is checked before it is written, alone and beside what it refers to, so that of a merged table only
the order and the key are left to check; a merge holds some thousand rows of those pieces whose keys overlap.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.checking.identities import check_identities, released_identities
from publish.checking.validate import Problem, canonical, check_tables, order_by_key
from publish.files.release_files import files_of, parquet_of, row_group, write_tables
from publish.schema.schemas import TableSchema, arrow_schema, load_schemas

if TYPE_CHECKING:
    import pyarrow as pa

RowKey = tuple[tuple[bool, Any], ...]
#: Rows of a piece that are in memory at a time while it is merged: of checks all pieces of all years may have their turn at once.
_HELD = 4_000


def write_pieces(
    folder: Path, piece: str, version: str, tables: Mapping[str, pa.Table], beside: Mapping[str, pa.Table]
) -> list[Problem]:
    """Write each table as one piece (observations as one a year), sorted; return what is wrong with them.

    ``beside`` are tables of the release that these refer to and that are not written here.
    """
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
            _write(rows, folder / path / f"{piece}.arrow", row_group(schemas[name]))
    return []


def read_piece(folder: Path, name: str, piece: str) -> pa.Table | None:
    """Return one piece of a table that is one file; None where there is none."""
    import pyarrow as pa

    path = folder / load_schemas()[name].path / f"{piece}.arrow"
    return pa.ipc.open_file(path).read_all() if path.is_file() else None


def _write(table: pa.Table, path: Path, rows: int) -> None:
    import pyarrow as pa

    path.parent.mkdir(parents=True, exist_ok=True)
    # Written and read once: what a Parquet file would save in space it costs many times in processor time.
    with pa.ipc.new_file(path, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table, max_chunksize=min(rows, _HELD))


def write_rows(directory: Path, tables: Mapping[str, list[dict[str, Any]]], version: str) -> list[Problem]:
    """Write small tables into a release's folder, checked alone; return what is wrong with them."""
    import pyarrow as pa

    schemas = load_schemas()
    ready = {name: canonical(pa.Table.from_pylist(rows), schemas[name], version) for name, rows in tables.items()}
    problems = check_tables(ready, schemas)
    if not problems:
        write_tables(directory, ready, schemas)
    return problems


def places_of(folder: Path, names: Collection[str] | None = None) -> list[tuple[str, Path]]:
    """Return where the pieces of the named tables (default: of all) lie: (table, folder) of each file of a release."""
    return [
        (name, place)
        for name, schema in sorted(load_schemas().items())
        if names is None or name in names
        for place in sorted(folder.glob(schema.path.replace("{year}", "*")))
    ]


def merge_place(name: str, place: Path, folder: Path, directory: Path, version: str) -> list[Problem]:
    """Merge the pieces of one place into their file of a release and delete them; return the keys that stand in two pieces."""
    import pyarrow.parquet as pq

    schema = load_schemas()[name]
    target = directory / place.relative_to(folder)
    pieces = sorted(place.glob("*.arrow"))
    wanted = arrow_schema(schema, release=version)
    problems: list[Problem] = []
    target.parent.mkdir(parents=True, exist_ok=True)
    size = row_group(schema)
    with pq.ParquetWriter(target, wanted, **parquet_of(schema)) as writer:
        for group in _row_groups(_merged(pieces, schema, problems), wanted, size):
            writer.write_table(group, row_group_size=size)
    for piece in pieces:
        piece.unlink()
    place.rmdir()
    return problems


def _merged(pieces: list[Path], schema: TableSchema, problems: list[Problem]) -> Iterator[pa.Table]:
    """Yield the rows of sorted pieces in the order of the key: of those pieces that come next, all up to the key where one of
    them has to be read on or another begins, sorted together."""
    heads: list[tuple[RowKey, int, _Piece]] = []
    most = row_group(schema)
    for number, path in enumerate(pieces):
        piece = _Piece(path, schema)
        if piece.first is not None:
            heapq.heappush(heads, (piece.first, number, piece))
    while heads:
        first, number, piece = heapq.heappop(heads)
        taking = [(number, piece)]
        last, rows = piece.load()
        while heads and heads[0][0] <= last and (rows < most or heads[0][0] == first):
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
    table = table.take(order_by_key(table, schema))
    same: Any = True
    for name in schema.key:
        one, other = table[name].slice(0, table.num_rows - 1), table[name].slice(1)
        same = pc.and_(
            same, pc.or_(pc.fill_null(pc.equal(one, other), False), pc.and_(pc.is_null(one), pc.is_null(other)))
        )
    for row in table.select(schema.key).slice(1).filter(same).to_pylist():
        told = ", ".join(f"{name}={value}" for name, value in row.items())
        problems.append(Problem(schema.name, f"key ({', '.join(schema.key)}) not unique", f"in two pieces: {told}"))
    return table


class _Piece:
    """One sorted file, of which a batch of rows is in memory once its turn has come."""

    def __init__(self, path: Path, schema: TableSchema):
        import pyarrow as pa

        self._path, self._names = path, schema.key
        self._key_alone = pa.ipc.IpcReadOptions(included_fields=[schema.names.index(name) for name in schema.key])
        self._rows: pa.Table | None = None
        self._next = 0
        #: RowKey of the next row, None at the end.
        self.first = self._peek()

    def load(self) -> tuple[RowKey, int]:
        """Have the next rows in memory; return the key of the last of them and their number."""
        import pyarrow as pa

        if self._rows is None:
            with pa.ipc.open_file(self._path) as file:
                self._rows = pa.Table.from_batches([file.get_batch(self._next)])
            self._next += 1
        return key_at(self._rows, self._names, self._rows.num_rows - 1), self._rows.num_rows

    def until(self, last: RowKey, following: RowKey | None) -> pa.Table:
        """Return the rows in memory up to a key, or below a following one, and go on after them."""
        rows = self._rows
        assert rows is not None
        low, high = 0, rows.num_rows
        while low < high:
            middle = (low + high) // 2
            key = key_at(rows, self._names, middle)
            low, high = (middle + 1, high) if (key <= last if following is None else key < following) else (low, middle)
        self._rows = rows.slice(low) if low < rows.num_rows else None
        self.first = self._peek() if self._rows is None else key_at(rows, self._names, low)
        return rows.slice(0, low)

    def _peek(self) -> RowKey | None:
        """Return the key of the next row without keeping the rows: most pieces wait long for their turn."""
        import pyarrow as pa

        with pa.ipc.open_file(self._path, options=self._key_alone) as file:
            if self._next == file.num_record_batches:
                return None
            batch = file.get_batch(self._next)
        return key_at(pa.Table.from_batches([batch]), self._names, 0) if batch.num_rows else None


def key_at(rows: pa.Table, names: tuple[str, ...], row: int) -> RowKey:
    """Return the key of one row, so that keys compare as the rows are sorted."""
    # Missing values stand last, as pyarrow sorts them.
    values = (rows[name][row].as_py() for name in names)
    return tuple((True, "") if value is None else (False, value) for value in values)


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


def drop_empty(directory: Path) -> None:
    """Delete the file of unknown years where it is empty and there are others: a shard without figures left it."""
    import pyarrow.parquet as pq

    for schema in load_schemas().values():
        unknown = directory / schema.path.replace("{year}", "unknown")
        others = [path for path in directory.glob(schema.path.replace("{year}", "*")) if path != unknown]
        if "{year}" in schema.path and others and unknown.is_file() and pq.read_metadata(unknown).num_rows == 0:
            unknown.unlink()
