"""Tables as one Excel workbook, the codebook as its first sheet, written by openpyxl.

Text is written as text: what would start a formula has an apostrophe in front (``publish/schema/safe_text.py``). The one thing to
know: a sheet holds 1,048,576 rows, and a workbook of millions of cells takes minutes to write and to open; a table with
more than ``MOST_ROWS`` or ``MOST_CELLS`` is not cut but left out, and a last sheet says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.exports.csv_files import JOIN, rows_of
from publish.files.stored import stored
from publish.schema.safe_text import CUT, safe_text
from publish.schema.schemas import SCHEMA_VERSION

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ROWS = 1_048_576
#: Some 3,000 reports of the panel; openpyxl writes 50,000 cells a second.
MOST_CELLS = 500_000
MOST_CHARACTERS = 32_767
_WIDTH, _WIDE = 16, 40
#: A workbook must state when it was made, and a release reads no clock.
_MADE = datetime(2008, 5, 1)


def write_excel(
    path: Path,
    version: str,
    tables: Mapping[str, pa.Table],
    codebook: Sequence[Mapping[str, str]],
    *,
    names: Sequence[str] | None = None,
    most: int = MOST_ROWS,
    most_cells: int = MOST_CELLS,
) -> None:
    """Write the codebook and the tables, or those of some ``names`` in their order, a sheet each."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title = f"gongkai {version}"
    book.properties.description = f"schema_version {SCHEMA_VERSION}"
    book.properties.creator = "gongkai contributors"
    book.properties.created = book.properties.modified = _MADE
    fields = list(codebook[0]) if codebook else []
    _sheet(book, "codebook", fields, ([row[field] for field in fields] for row in codebook), _WIDE)
    left_out = []
    held = stored(tables)
    for name in tables if names is None else names:
        rows, columns = held.rows(name), len(held.names(name))
        if rows + 1 > most:
            left_out.append([name, f"{rows} rows are more than a sheet holds: open {name}.csv or the Parquet file"])
        elif rows * columns > most_cells:
            told = f"{rows * columns} cells are more than the {most_cells} that Excel opens with ease"
            left_out.append([name, f"{told}: open {name}.csv or the Parquet file"])
        else:
            table = tables[name]
            _sheet(book, name, table.column_names, rows_of(table), _WIDTH)
    if left_out:
        _sheet(book, "left out", ["table", "why"], left_out, _WIDE)
    book.save(path)


def _sheet(book: Any, name: str, header: Sequence[str], rows: Iterable[Iterable[Any]], width: int) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"
    for number in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    bold = Font(bold=True)
    cells = [WriteOnlyCell(sheet, value=title) for title in header]
    for cell in cells:
        cell.font = bold
    sheet.append(cells)
    for row in rows:
        sheet.append([_value(value) for value in row])


def _value(value: Any) -> Any:
    if isinstance(value, list):
        value = JOIN.join(value)
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str | None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    text = safe_text(ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - len(CUT)] + CUT
    # openpyxl writes an empty text as a cell with nothing in it, which reads as missing.
    return text or None
