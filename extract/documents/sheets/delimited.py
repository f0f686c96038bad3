"""Delimited text (CSV, TSV), as sheets are exported, to a Document: text whose every line has as many fields as the others.

The one thing to know: only where all lines agree is a text taken for a table. Prose with commas never agrees, and a
page's flattened text (one cell a line) has no delimiter at all.
"""

from __future__ import annotations

import csv
import io

from extract.document import Document, Reading
from extract.documents.shared.blocks import lines
from extract.documents.shared.encoding import decode
from extract.documents.sheets.layout import LaidOut, SheetCell, lay_out

_LEAST_ROWS = 3


def read_delimited(data: bytes, document_id: str) -> Document | None:
    """Return the table of a delimited text file, or None where the text is none."""
    rows = _rows(decode(data)[0].replace("\x00", ""))
    if rows is None:
        return None
    out = LaidOut()
    cells = [
        SheetCell(row, col, "\n".join(lines(text)), locator(row, col), 1, 1)
        for row, texts in enumerate(rows)
        for col, text in enumerate(texts)
        if text.strip()
    ]
    lay_out(cells, locator, out)
    reading = Reading("python csv", True, tuple(out.grids))
    return Document(document_id, "text/csv", len(data), tuple(out.blocks), (reading,), notes=tuple(out.notes))


def locator(row: int, col: int) -> str:
    """Return the place as the contract writes it for tables: ``t1 r7 c4``, lines and fields of the file from 1."""
    return f"t1 r{row + 1} c{col + 1}"


def _rows(text: str) -> list[list[str]] | None:
    for delimiter in ",\t;":
        if text.count(delimiter) < _LEAST_ROWS:
            continue
        try:
            rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)]
        except csv.Error:
            continue
        widths = {len(row) for row in rows if row}
        if len(widths) == 1 and widths != {1} and sum(1 for row in rows if row) >= _LEAST_ROWS:
            return rows
    return None
