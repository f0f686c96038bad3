"""A table as CSV that opens in Excel: UTF-8 with a byte order mark, lines ended by CR LF as RFC 4180 has them.

Missing is an empty field. Text that a spreadsheet would take for a formula has an apostrophe in front
(``publish/schema/safe_text.py``). Whole numbers have no decimal point, lists are joined by ``|``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.schema.safe_text import safe_text

if TYPE_CHECKING:
    import pyarrow as pa

JOIN = "|"
_BATCH = 5_000


def write_csv(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write a table, given as one or several tables of some of its rows, as CSV."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for number, table in enumerate(tables):
            if number == 0:
                writer.writerow(table.column_names)
            for batch in table.to_batches(max_chunksize=_BATCH):
                writer.writerows(zip(*(_texts(column) for column in batch.columns), strict=True))


def _texts(column: pa.Array) -> list[str]:
    """Return a column as CSV fields; each value that comes again and again is turned into text once."""
    import pyarrow as pa

    if column.null_count == len(column):
        return [""] * len(column)
    if not pa.types.is_list(column.type):
        coded = column.dictionary_encode()
        texts = [as_text(value) for value in coded.dictionary.to_pylist()]
        return ["" if code is None else texts[code] for code in coded.indices.to_pylist()]
    return [as_text(value) for value in column.to_pylist()]


def rows_of(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a table as tuples, some thousands at a time in memory."""
    for batch in table.to_batches(max_chunksize=_BATCH):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def as_text(value: Any) -> str:
    """Return one value as a CSV field."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, list):
        return safe_text(JOIN.join(value))
    return safe_text(str(value))
