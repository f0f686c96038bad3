"""XLSX, XLS and Excel 2003 XML to a Document: calamine or lxml gives the values, every run of rows without a gap becomes a grid.

Hidden sheets, rows and columns are left out and noted: nobody who opens the published file sees them, and what stands in
them is often the figures of another year or a draft, which would pass for this report's. A number is written as its
format shows it. Where the format shows something else (a dash for zero, nothing), the number in the file stays, noted.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections import Counter
from typing import Any

from extract.document import Document, Reading
from extract.documents.shared.blocks import lines
from extract.documents.shared.package import open_package, read_part
from extract.documents.shared.sniff import MEDIA_TYPES
from extract.documents.sheets.facts import SheetFacts, xlsx_facts
from extract.documents.sheets.layout import LaidOut, SheetCell, lay_out
from extract.documents.sheets.number_format import plain, show, show_date
from extract.documents.sheets.values import SheetValues, read_values
from extract.errors import UnreadableDocument

# calamine takes 24 bytes a place up to the last cell with a value; the largest real sheet seen has 60 by 16 places.
_MOST_PLACES = 4_000_000


def read_xlsx(data: bytes, document_id: str) -> Document:
    """Read an XLSX workbook.

    Raises:
        UnreadableDocument: damaged, encrypted, too large after unpacking, or no visible cell holds anything.
    """
    with open_package(data, "XLSX") as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                read_part(archive, name, "XLSX")  # calamine believes what the file says of its sizes.
        facts = xlsx_facts(archive)
    return _read("xlsx", data, document_id, facts)


def read_xls(data: bytes, document_id: str) -> Document:
    """Read an XLS workbook (also one saved by WPS as ET). Raises UnreadableDocument as ``read_xlsx`` does."""
    from extract.documents.sheets.facts_xls import xls_facts

    return _read("xls", data, document_id, xls_facts(data))


def read_excel_xml(data: bytes, document_id: str) -> Document:
    """Read a workbook in Excel's XML of 2003. Raises UnreadableDocument as ``read_xlsx`` does."""
    from lxml import etree

    from extract.documents.sheets.cells_xml import read_sheets

    sheets, facts = read_sheets(data)
    return _document(
        "excel_xml", "Excel 2003 XML", len(data), document_id, sheets, facts, f"lxml {etree.__version__} excel xml"
    )


def _read(kind: str, data: bytes, document_id: str, facts: list[SheetFacts]) -> Document:
    wanted = [number for number, known in enumerate(facts) if known.rows * known.cols <= _MOST_PLACES]
    sheets = read_values(kind.upper(), data, wanted)
    if len(sheets) != len(facts):
        raise UnreadableDocument(
            f"the {kind.upper()} file has {len(facts)} sheets of which {len(sheets)} can be opened"
        )
    return _document(kind, kind.upper(), len(data), document_id, sheets, facts, f"calamine {_version()} {kind}")


def _document(
    kind: str, what: str, size: int, document_id: str, sheets: list[SheetValues], facts: list[SheetFacts], reader: str
) -> Document:
    wanted = [number for number, known in enumerate(facts) if known.rows * known.cols <= _MOST_PLACES]
    notes: list[str] = []
    out = LaidOut()
    pictures = 0
    for number, (sheet, known) in enumerate(zip(sheets, facts, strict=True)):
        if not sheet.has_cells:
            notes.append(f"sheet {sheet.name!r} left out: not a sheet of cells")
        elif not sheet.is_visible:
            if known.rows:
                notes.append(f"hidden sheet {sheet.name!r} left out")
        elif number not in wanted:
            notes.append(f"sheet {sheet.name!r} left out: {known.rows} rows by {known.cols} columns are too large")
        else:
            places = _Places(f"s{number + 1}", known)
            lay_out(_cells(sheet, places, known, notes), places.locator, out)
            for text in known.boxes:
                out.paragraph(text)
            pictures += known.pictures
    if not out.blocks and not pictures:
        raise UnreadableDocument("; ".join([f"no visible cell of the {what} file holds anything", *notes]))
    reading = Reading(reader, True, tuple(out.grids))
    return Document(
        document_id,
        MEDIA_TYPES[kind],
        size,
        tuple(out.blocks),
        (reading,),
        pictures=pictures,
        notes=tuple(notes + out.notes),
    )


def _version() -> str:
    from importlib.metadata import version

    return version("python-calamine")


class _Places:
    """Rows and columns of a sheet counted without the hidden ones, and back."""

    def __init__(self, sheet: str, facts: SheetFacts):
        self.sheet = sheet
        self.hidden_rows = sorted(facts.hidden_rows)
        self.hidden_cols = sorted(facts.hidden_cols)

    def row(self, number: int) -> int:
        return number - bisect_left(self.hidden_rows, number)

    def col(self, number: int) -> int:
        return number - bisect_left(self.hidden_cols, number)

    def locator(self, row: int, col: int) -> str:
        """Return the place in the file of the visible row and column."""
        return f"{self.sheet} {_letters(_back(col, self.hidden_cols))}{_back(row, self.hidden_rows) + 1}"


def _back(number: int, hidden: list[int]) -> int:
    for left_out in hidden:
        if left_out > number:
            break
        number += 1
    return number


def _cells(sheet: SheetValues, places: _Places, facts: SheetFacts, notes: list[str]) -> list[SheetCell]:
    """Return the visible cells that hold text, merges resolved, rows and columns counted without the hidden ones."""
    texts = _texts(sheet, facts, notes)
    spans = {top_left: (last[0], last[1]) for top_left, last in sheet.merged}
    covered = {at for first, last in spans.items() for at in _covered(first, last, facts)} - set(spans)
    inside = {at: text for at, text in texts.items() if at in covered and text}
    if inside:
        # Excel shows only the first cell of a merged range; what a program left below it is not printed.
        notes.append(f"sheet {sheet.name!r}: {len(inside)} value(s) under merged cells left out")
    cells = []
    unseen = 0
    for first in sorted({*texts, *spans}):
        if first in covered:
            continue
        last = spans.get(first, first)
        row, col = places.row(first[0]), places.col(first[1])
        height, width = places.row(last[0] + 1) - row, places.col(last[1] + 1) - col
        text = texts.get(first, "")
        if height and width:
            cells.append(SheetCell(row, col, text, places.locator(row, col), height, width))
        elif text:
            unseen += 1
    if unseen:
        notes.append(f"sheet {sheet.name!r}: {unseen} cell(s) in hidden rows or columns left out")
    return cells


def _covered(first: tuple[int, int], last: tuple[int, int], facts: SheetFacts) -> list[tuple[int, int]]:
    """Return the places of a merged range as far as the sheet holds anything (a range may cover whole columns)."""
    rows = range(first[0], min(last[0], max(first[0], facts.rows)) + 1)
    cols = range(first[1], min(last[1], max(first[1], facts.cols)) + 1)
    return [(row, col) for row in rows for col in cols]


def _texts(sheet: SheetValues, facts: SheetFacts, notes: list[str]) -> dict[tuple[int, int], str]:
    told: Counter[str] = Counter()
    texts: dict[tuple[int, int], str] = {at: formula for at, formula in facts.unsolved.items()}
    first_row, first_col = sheet.first
    for row, values in enumerate(sheet.rows, first_row):
        for col, value in enumerate(values, first_col):
            if value != "":
                texts[row, col] = _text(value, facts.formats.get((row, col), "General"), told)
    if facts.unsolved:
        notes.append(
            f"sheet {sheet.name!r}: {len(facts.unsolved)} formula(s) without a result in the file kept as formulas"
        )
    for what, count in sorted(told.items()):
        notes.append(f"sheet {sheet.name!r}: {count} number(s) {what}")
    return texts


def _text(value: Any, code: str, told: Counter[str]) -> str:
    if isinstance(value, str):
        return "\n".join(lines(value))
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        shown = show(value, code)
        if shown is None:
            told[f"whose format ({code}) does not show them as they are, kept as the file holds them"] += 1
            return plain(value)
        if _is_rounded(value, shown):
            told[f"rounded by their format ({code}), kept as shown"] += 1
        return shown
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return show_date(value, code)
    return str(value)


def _is_rounded(value: int | float, shown: str) -> bool:
    digits = "".join(c for c in shown if c.isdigit() or c == ".").strip(".")
    held = abs(value) * (100 if "%" in shown else 1)
    return not digits or abs(float(digits) - held) > 1e-9 * max(1.0, held)


def _letters(col: int) -> str:
    letters = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
