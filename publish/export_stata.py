"""A table as a Stata file (.dta, format 118: Stata 14 and later, UTF-8), written by pandas.

Columns of a fixed set of values are numbers with value labels (``confirmed 已确认``; the first word is the value of the
Parquet file); figures that are missing say why by ``.a`` to ``.e`` (``publish/missing.py``), which pandas cannot write: they
are put into the file that it wrote, at the places that the format states (``help dta`` of Stata).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from extract.errors import ReleaseError
from publish.export_csv import JOIN
from publish.missing import EmptyCells, missing_letters
from publish.printed import concept_zh
from publish.schemas import SCHEMA_VERSION, Column, TableSchema
from publish.words import column_zh, missing_words, value_words

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

#: Limits of the format, in characters.
LONGEST_NAME, LONGEST_LABEL = 32, 80
_STATA_14: Final = 118
#: A file must state when it was made, and a release reads no clock.
_MADE = datetime(2008, 5, 1)
#: ``.a`` is this many times ``.b - .a`` above ``.``: as a double, and as the key of a value label.
_MISSING_DOUBLE, _STEP_DOUBLE, _MISSING_KEY = 0x7FE0000000000000, 0x10000000000, 0x7FFFFFE5
#: Bytes of a value by the type's number in the file; a number up to 2,045 is a text of so many bytes.
_WIDTHS = {32768: 8, 65526: 8, 65527: 4, 65528: 4, 65529: 2, 65530: 1}
_MAP, _TYPES, _DATA = b"<map>", b"<variable_types>", b"<data>"
_YES_NO = {0: "no 否", 1: "yes 是"}


def write_stata(path: Path, version: str, table: pa.Table, schema: TableSchema, empty: EmptyCells | None = None) -> None:
    """Write a table as .dta; ``empty`` are the cells of the release without a figure, which tell a blank from what is unreadable.

    Raises:
        ReleaseError: a column's name is too long for Stata.
    """
    import pandas as pd

    long = [name for name in table.column_names if len(name) > LONGEST_NAME]
    if long:
        raise ReleaseError(f"table {schema.name}: Stata has no names of more than {LONGEST_NAME} characters: {', '.join(long)}")
    letters = missing_letters(schema.name, table, empty)
    labels = {column.name: value_labels(column, column.name in letters) for column in schema.columns}
    pd.DataFrame({column.name: _values(table[column.name], column) for column in schema.columns}).to_stata(
        path, version=_STATA_14, write_index=False, time_stamp=_MADE,
        data_label=f"gongkai {version} {schema.name}, schema_version {SCHEMA_VERSION}"[:LONGEST_LABEL],
        variable_labels={column.name: variable_label(column) for column in schema.columns},
        value_labels={name: told for name, told in labels.items() if told},
    )  # fmt: skip
    if table.num_rows and letters:
        _put_letters(path, {table.column_names.index(name): held for name, held in letters.items()})


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
        return {_MISSING_KEY + _step(letter): f"{english} {chinese}" for letter, (english, chinese) in missing_words().items()}
    return {}


def _values(values: pa.ChunkedArray, column: Column) -> Any:
    """Return a column as pandas writes it: codes and whole numbers with missing ones, figures, texts without missing ones."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    nullable = {pa.int8(): pd.Int8Dtype(), pa.int32(): pd.Int32Dtype()}.get
    if column.type == "bool":
        return values.cast(pa.int8()).to_pandas(types_mapper=nullable)
    if column.allowed:
        codes = pc.add(pc.index_in(values, value_set=pa.array(column.allowed)), 1)
        return codes.cast(pa.int8()).to_pandas(types_mapper=nullable)
    if column.type == "double":
        return values.to_pandas()
    if column.type.startswith("int"):
        return values.cast(pa.int32()).to_pandas(types_mapper=nullable)
    texts = pc.binary_join(values, JOIN) if column.type == "list<string>" else values
    return pd.Series(pc.fill_null(texts, "").to_numpy(), dtype=object)


def _put_letters(path: Path, letters: Mapping[int, np.ndarray]) -> None:
    """Put letters in place of missing doubles, by the number of the column."""
    import numpy as np

    with path.open("rb") as file:
        head = file.read(1_000_000)
    # Places of the file's fourteen parts: the third are the types, the tenth are the rows.
    places = struct.unpack_from("<14Q", head, head.index(_MAP) + len(_MAP))
    variables = (places[3] - places[2] - 2 * len(_TYPES) - 1) // 2
    types = struct.unpack_from(f"<{variables}H", head, places[2] + len(_TYPES))
    starts = [0, *accumulate(_WIDTHS.get(kind, kind) for kind in types)]
    columns: Any = {
        "names": [str(n) for n in letters], "formats": ["<u8"] * len(letters), "offsets": [starts[n] for n in letters],
        "itemsize": starts[-1],
    }  # fmt: skip
    count = len(next(iter(letters.values())))
    rows = np.memmap(path, mode="r+", dtype=np.dtype(columns), offset=places[9] + len(_DATA), shape=count)
    for number, held in letters.items():
        for letter in missing_words():
            rows[str(number)][held == letter] = _MISSING_DOUBLE + _step(letter) * _STEP_DOUBLE
    rows.flush()


def _step(letter: str) -> int:
    return ord(letter) - ord("a") + 1


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
