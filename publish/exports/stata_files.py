"""A table as a Stata file (.dta, format 118: Stata 14 and later, UTF-8).

Columns of a fixed set of values are numbers with value labels (``confirmed 已确认``; the first word is the value of the
Parquet file); figures that are missing say why by ``.a`` to ``.e`` (``publish/codebook/missing.py``). The one thing to know: pandas
writes the file for one row, which has the longest texts of the table; the rows themselves, which pandas would want all in
memory and whose letters it cannot write, are put in between what it wrote, as the format states (``help dta`` of Stata).
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from extract.errors import ReleaseError
from publish.codebook.missing import EmptyCells, missing_letters
from publish.codebook.printed import concept_zh
from publish.exports.csv_files import JOIN
from publish.schema.safe_text import CUT
from publish.schema.schemas import SCHEMA_VERSION, Column, TableSchema, arrow_schema
from publish.schema.words import column_zh, missing_words, value_words

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: Limits of the format, in characters; of a text in bytes.
LONGEST_NAME, LONGEST_LABEL, LONGEST_TEXT = 32, 80, 2_045
_STATA_14: Final = 118
#: A file must state when it was made, and a release reads no clock.
_MADE = datetime(2008, 5, 1)
#: ``.a`` is this many times ``.b - .a`` above ``.``: as a double, and as the key of a value label.
_MISSING_DOUBLE, _STEP_DOUBLE, _MISSING_KEY = 0x7FE0000000000000, 0x10000000000, 0x7FFFFFE5
#: Of a type by its number in the file: how numpy calls it, and its ``.``. A number up to 2,045 is a text of so many bytes.
_TYPES = {65526: ("<u8", _MISSING_DOUBLE), 65528: ("<i4", 0x7FFFFFE5), 65529: ("<i2", 0x7FE5), 65530: ("<i1", 0x65)}
#: The file's fourteen parts have their places in its map: of these, types, rows, and what follows the rows.
_MAP, _PARTS, _KINDS, _ROWS, _AFTER = b"<map>", 14, 2, 9, 10
_TYPES_TAG, _ROWS_TAG, _COUNT_TAG = b"<variable_types>", b"<data>", b"<N>"
_YES_NO = {0: "no 否", 1: "yes 是"}


def write_stata(
    path: Path, version: str, tables: Iterable[pa.Table], schema: TableSchema, empty: EmptyCells | None = None
) -> None:
    """Write a table, given as tables of some of its rows that are gone through twice, as .dta.

    ``empty`` are the cells of the release without a figure, which tell a blank from what is unreadable. A text of more than
    ``LONGEST_TEXT`` bytes is cut and says so.

    Raises:
        ReleaseError: a column's name is too long for Stata.
    """
    import numpy as np

    long = [column.name for column in schema.columns if len(column.name) > LONGEST_NAME]
    if long:
        raise ReleaseError(
            f"table {schema.name}: Stata has no names of more than {LONGEST_NAME} characters: {', '.join(long)}"
        )
    widths = {column.name: 1 for column in schema.columns if _is_text(column)}
    count = 0
    for table in tables:
        count += table.num_rows
        for name in widths:
            widths[name] = max(widths[name], _longest(_texts(table[name])))
    figures = missing_letters(schema.name, arrow_schema(schema).empty_table())
    made = _of_one_row(path, version, schema, widths, figures.keys())
    places = list(struct.unpack_from(f"<{_PARTS}Q", made, made.index(_MAP) + len(_MAP)))
    types = struct.unpack_from(f"<{len(schema.columns)}H", made, places[_KINDS] + len(_TYPES_TAG))
    row = np.dtype(
        [
            (c.name, _TYPES[kind][0] if kind in _TYPES else f"S{kind}")
            for c, kind in zip(schema.columns, types, strict=True)
        ]
    )
    more = (count - 1) * row.itemsize
    head, tail = (
        bytearray(made[: places[_ROWS] + len(_ROWS_TAG)]),
        made[places[_ROWS] + len(_ROWS_TAG) + row.itemsize :],
    )
    struct.pack_into(
        f"<{_PARTS}Q",
        head,
        made.index(_MAP) + len(_MAP),
        *places[:_AFTER],
        *(place + more for place in places[_AFTER:]),
    )
    struct.pack_into("<Q", head, made.index(_COUNT_TAG) + len(_COUNT_TAG), count)
    with path.open("wb") as file:
        file.write(head)
        for table in tables:
            letters = missing_letters(schema.name, table, empty)
            rows = np.zeros(table.num_rows, row)
            for column, kind in zip(schema.columns, types, strict=True):
                rows[column.name] = _values(table[column.name], column, kind, letters.get(column.name))
            file.write(rows.tobytes())
        file.write(tail)


def variable_label(column: Column) -> str:
    """Return ``English | 中文`` in at most 80 characters, the English cut first."""
    chinese = concept_zh(column.name) or column_zh(column.name)
    english = column.description.split(". ")[0].split("; ")[0].rstrip(".")
    chinese = _cut(chinese, LONGEST_LABEL // 2)
    room = LONGEST_LABEL - len(chinese) - 3 if chinese else LONGEST_LABEL
    return " | ".join(filter(None, (_cut(english, room), chinese)))


def value_labels(column: Column, figure: bool) -> dict[Any, str]:
    """Return the value labels of a column: of its values, or of why a figure is missing."""
    if column.type == "bool":
        return dict(_YES_NO)
    if column.allowed:
        return {code: f"{value} {value_words(value)[1]}".strip() for code, value in enumerate(column.allowed, start=1)}
    if figure:
        return {
            _MISSING_KEY + _step(letter): f"{english} {chinese}"
            for letter, (english, chinese) in missing_words().items()
        }
    return {}


def _of_one_row(
    path: Path, version: str, schema: TableSchema, widths: Mapping[str, int], figures: Collection[str]
) -> bytes:
    """Return the file that pandas writes for one row whose texts have some widths."""
    import pandas as pd

    labels = {column.name: value_labels(column, column.name in figures) for column in schema.columns}
    kinds: Any = {
        column.name: "int8" if _is_coded(column) else "float64" if column.type == "double" else "int32"
        for column in schema.columns
    }
    frame = pd.DataFrame(
        {
            c.name: pd.Series(["x" * widths[c.name]], dtype=object)
            if c.name in widths
            else pd.Series([0], dtype=kinds[c.name])
            for c in schema.columns
        }
    )
    frame.to_stata(
        path,
        version=_STATA_14,
        write_index=False,
        time_stamp=_MADE,
        data_label=f"gongkai {version} {schema.name}, schema_version {SCHEMA_VERSION}"[:LONGEST_LABEL],
        variable_labels={column.name: variable_label(column) for column in schema.columns},
        value_labels={name: told for name, told in labels.items() if told},
    )
    return path.read_bytes()


def _is_coded(column: Column) -> bool:
    return column.type == "bool" or bool(column.allowed)


def _is_text(column: Column) -> bool:
    return not (_is_coded(column) or column.type == "double" or column.type.startswith("int"))


def _texts(values: pa.ChunkedArray) -> Any:
    """Return texts (or lists joined) as bytes, a missing one empty, none longer than the format allows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.fill_null(pc.binary_join(values, JOIN) if pa.types.is_list(values.type) else values, "")
    if _longest(texts) <= LONGEST_TEXT:
        return texts
    return pa.chunked_array([[_cut_to_bytes(text) for text in texts.to_pylist()]], pa.string())


def _longest(texts: Any) -> int:
    import pyarrow.compute as pc

    return pc.max(pc.binary_length(texts)).as_py() or 0


def _cut_to_bytes(text: str) -> str:
    coded = text.encode()
    return (
        text if len(coded) <= LONGEST_TEXT else coded[: LONGEST_TEXT - len(CUT.encode())].decode(errors="ignore") + CUT
    )


def _values(values: pa.ChunkedArray, column: Column, kind: int, letters: np.ndarray | None) -> Any:
    """Return a column as it stands in the file: texts, codes and whole numbers, the bits of figures; letters where they are missing."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind not in _TYPES:
        return pc.cast(_texts(values), pa.binary()).to_numpy().astype(f"S{kind}")
    missing = _TYPES[kind][1]
    if column.type == "double":
        bits = pc.fill_null(values, 0.0).to_numpy().view(np.uint64).copy()
        bits[values.is_null().to_numpy()] = missing
        for letter in missing_words() if letters is not None else ():
            bits[letters == letter] = missing + _step(letter) * _STEP_DOUBLE
        return bits
    codes = (
        pc.add(pc.index_in(values, value_set=pa.array(column.allowed)), 1)
        if column.allowed
        else values.cast(pa.int32())
    )
    return pc.fill_null(codes.cast(pa.int32()), missing).to_numpy()


def _step(letter: str) -> int:
    return ord(letter) - ord("a") + 1


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
