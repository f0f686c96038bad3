"""A table as a Stata file (.dta, format 118: Stata 14 and later, UTF-8), written by pyreadstat.

Columns of a fixed set of values are numbers with value labels (``confirmed 已确认``; the first word is the value of the
Parquet file); figures that are missing say why by ``.a`` to ``.e`` (``publish/missing.py``), which pandas cannot write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import ReleaseError
from publish.export_csv import JOIN
from publish.missing import EmptyCells, missing_letters
from publish.printed import concept_zh
from publish.schemas import SCHEMA_VERSION, Column, TableSchema
from publish.words import column_zh, missing_words, value_words

if TYPE_CHECKING:
    import pyarrow as pa

#: Limits of the format, in characters.
LONGEST_NAME, LONGEST_LABEL = 32, 80
_STATA_14 = 14
_NAMES, _NAME_FIELD = b"<varnames>", 129
_YES_NO = {0: "no 否", 1: "yes 是"}


def write_stata(path: Path, version: str, table: pa.Table, schema: TableSchema, empty: EmptyCells | None = None) -> None:
    """Write a table as .dta; ``empty`` are the cells of the release without a figure, which tell a blank from what is unreadable.

    Raises:
        ReleaseError: a column's name is too long for Stata.
    """
    import pandas as pd
    import pyreadstat

    long = [name for name in table.column_names if len(name) > LONGEST_NAME]
    if long:
        raise ReleaseError(f"table {schema.name}: Stata has no names of more than {LONGEST_NAME} characters: {', '.join(long)}")
    letters = missing_letters(schema.name, table, empty)
    # pyreadstat names a set of value labels after its variable and a number, which is too long for long names.
    short = {column.name: f"v{number}" for number, column in enumerate(schema.columns)}
    columns = {short[column.name]: _values(table, column, letters.get(column.name)) for column in schema.columns}
    labels = {short[column.name]: value_labels(column, column.name in letters) for column in schema.columns}
    pyreadstat.write_dta(
        pd.DataFrame(columns), str(path), version=_STATA_14,
        file_label=f"gongkai {version} {schema.name}, schema_version {SCHEMA_VERSION}"[:LONGEST_LABEL],
        column_labels={short[column.name]: variable_label(column) for column in schema.columns},
        variable_value_labels={name: told for name, told in labels.items() if told},
        missing_user_values={short[name]: list(missing_words()) for name in letters},
    )  # fmt: skip
    _rename(path, table.column_names)


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
        return {letter: f"{english} {chinese}" for letter, (english, chinese) in missing_words().items()}
    return {}


def _values(table: pa.Table, column: Column, letters: Sequence[str | None] | None) -> Any:
    import pandas as pd

    values = table[column.name].to_pylist()
    if column.type == "bool":
        return pd.array([None if v is None else int(v) for v in values], dtype="Int8")
    if column.allowed:
        codes: Mapping[str, int] = {value: code for code, value in enumerate(column.allowed, start=1)}
        return pd.array([None if v is None else codes[v] for v in values], dtype="Int8")
    if column.type == "list<string>":
        return ["" if v is None else JOIN.join(v) for v in values]
    if column.type == "string":
        return ["" if v is None else v for v in values]
    if letters is not None and any(letters):
        # A plain column whose first hundred values are all letters would be taken for text.
        mixed = [letter or value for letter, value in zip(letters, values, strict=True)]
        categories = [*dict.fromkeys(v for v in values if v is not None), *dict.fromkeys(filter(None, letters))]
        return pd.Categorical(mixed, categories=pd.Index(categories, dtype=object))
    return pd.array(values, dtype="Float64" if column.type == "double" else "Int32")


def _rename(path: Path, names: Sequence[str]) -> None:
    """Give the variables of a file their names; each has a field of 129 bytes, see ``help dta##variables`` of Stata."""
    with path.open("r+b") as file:
        at = file.read(1_000_000).index(_NAMES) + len(_NAMES)
        file.seek(at)
        file.write(b"".join(name.encode().ljust(_NAME_FIELD, b"\0") for name in names))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
