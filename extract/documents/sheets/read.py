"""XLSX, XLS and Excel 2003 XML to a Document: calamine or lxml gives the values, every run of rows without a gap becomes a grid.

Hidden sheets, rows and columns are left out and noted: nobody who opens the published file sees them, and what stands in
them is often the figures of another year or a draft, which would pass for this report's. A cell is what the sheet shows of
it: by its format, its font, conditions that hide it, and with formulas worked out that the file does not hold a result of.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left
from collections import Counter
from typing import Any

from extract.document import Document, Reading
from extract.documents.shared.blocks import OBJECT, lines
from extract.documents.shared.bounds import PLACES
from extract.documents.shared.package import open_package, read_part
from extract.documents.shared.sniff import MEDIA_TYPES
from extract.documents.sheets.cell_looks import ShownText
from extract.documents.sheets.facts import SheetFacts, xlsx_facts
from extract.documents.sheets.formulas import calculate
from extract.documents.sheets.layout import LaidOut, SheetCell, lay_out
from extract.documents.sheets.number_format import plain, puts_signs_between, show, show_date, show_text
from extract.documents.sheets.values import SheetValues, read_values
from extract.errors import UnreadableDocument

# Formulas that rest on formulas, this deep.
_MOST_DEEP = 20


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
    wanted = [number for number, known in enumerate(facts) if known.rows * known.cols <= PLACES]
    sheets = read_values(kind.upper(), data, wanted)
    if len(sheets) != len(facts):
        raise UnreadableDocument(
            f"the {kind.upper()} file has {len(facts)} sheets of which {len(sheets)} can be opened"
        )
    return _document(kind, kind.upper(), len(data), document_id, sheets, facts, f"calamine {_version()} {kind}")


def _document(
    kind: str, what: str, size: int, document_id: str, sheets: list[SheetValues], facts: list[SheetFacts], reader: str
) -> Document:
    wanted = [number for number, known in enumerate(facts) if known.rows * known.cols <= PLACES]
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
    shown = _texts(sheet, facts, notes)
    texts = {at: one.text or one.struck or "" for at, one in shown.items()}
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
            one = shown.get(first, ShownText(""))
            if width == 1 and _is_too_wide(one.text, facts.widths.get(first[1])):
                one = one._replace(doubt=one.doubt or "the number is wider than its column: the sheet may show ####")
            locator = places.locator(row, col)
            cells.append(SheetCell(row, col, one.text, locator, height, width, one.doubt, one.mark, one.struck))
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


def _texts(sheet: SheetValues, facts: SheetFacts, notes: list[str]) -> dict[tuple[int, int], ShownText]:
    """Return what each cell that holds anything shows."""
    counts: Counter[str] = Counter()
    first_row, first_col = sheet.first
    values = {
        (row, col): value
        for row, line in enumerate(sheet.rows, first_row)
        for col, value in enumerate(line, first_col)
        if value != ""
    }
    texts: dict[tuple[int, int], ShownText] = {}
    for at in {*values, *facts.unsolved, *facts.errors}:
        texts[at] = _looked_at(at, values.get(at), _shown(at, values, facts, counts), facts, counts)
    for at in _under(texts, facts):
        shown = texts.get(at, ShownText(""))
        texts[at] = ShownText(shown.text or OBJECT, shown.doubt or "a picture or a box lies over the cell")
    for what, count in sorted(counts.items()):
        notes.append(f"sheet {sheet.name!r}: {count} {what}")
    return texts


def _shown(
    at: tuple[int, int], values: dict[tuple[int, int], Any], facts: SheetFacts, counts: Counter[str]
) -> ShownText:
    """Return what a cell shows by its value, its formula and its format."""
    code = facts.formats.get(at, "General")
    if at in facts.errors:
        return ShownText(facts.errors[at])
    if at in facts.rich:
        return facts.rich[at]
    formula = facts.unsolved.get(at) or facts.formulas.get(at)
    if formula is None:
        return ShownText(*_text(values[at], code, facts, counts))
    if "DISPIMG" in formula.upper():
        return ShownText(OBJECT, "a picture in the cell")
    result = calculate(formula, lambda place: _number_in(place, values, facts))
    stored = values.get(at)
    if result is None and stored is None:
        counts["formula(s) without a result in the file kept as formulas"] += 1
        return ShownText(formula, "a formula without a result in the file")
    if result is None or (isinstance(stored, int | float) and abs(stored - result) < 1e-9):
        # A file that is worked out again when it is opened may show something else than it holds.
        doubt = None if result is not None else "a formula that is worked out again when the file is opened"
        text, unsure = _text(stored, code, facts, counts)
        return ShownText(text, unsure or doubt)
    counts["formula(s) worked out here, since the file does not hold what it shows"] += 1
    text, unsure = _text(result, code, facts, counts)
    return ShownText(text, unsure or "worked out from the formula in the file")


def _number_in(
    place: tuple[int, int], values: dict[tuple[int, int], Any], facts: SheetFacts, depth: int = 0
) -> float | None:
    """Return the number a cell holds once formulas are worked out; 0 for a blank or a text, None where it cannot be told."""
    formula = facts.unsolved.get(place) or facts.formulas.get(place)
    if formula is not None:
        if depth > _MOST_DEEP:
            return None
        return calculate(formula, lambda other: _number_in(other, values, facts, depth + 1))
    if place in facts.errors:
        return None
    value = values.get(place, 0)
    return float(value) if isinstance(value, int | float) else 0.0 if isinstance(value, str) else None


def _looked_at(at: tuple[int, int], value: Any, shown: ShownText, facts: SheetFacts, counts: Counter[str]) -> ShownText:
    """Return what is left of a cell's text after its font, and the conditions that hide it."""
    look = facts.looks.get(at)
    hidden = look is not None and look.white and at not in facts.rich
    for condition in facts.conditions:
        if condition.covers(at):
            answer = condition.hides(value)
            hidden = hidden or answer is True
            if answer is None:
                shown = shown._replace(doubt=shown.doubt or "a conditional format may hide it")
    if hidden:
        counts["cell(s) whose text cannot be seen left out"] += 1
        return ShownText("")
    if look is None or at in facts.rich:
        return shown
    if look.signs:
        return ShownText(OBJECT, "in a font of signs")
    if look.struck:
        return ShownText("", struck=shown.text)
    if look.raised:
        return shown._replace(doubt=shown.doubt or "all of the cell stands above or below the line")
    return shown


def _under(texts: dict[tuple[int, int], ShownText], facts: SheetFacts) -> list[tuple[int, int]]:
    """Return the places under pictures and text boxes, as far as the sheet holds anything."""
    return [
        (row, col)
        for first, last in facts.covered
        for row in range(first[0], min(last[0] + 1, facts.rows))
        for col in range(first[1], min(last[1] + 1, facts.cols))
    ]


def _text(value: Any, code: str, facts: SheetFacts, counts: Counter[str]) -> tuple[str, str | None]:
    """Return what a format shows of a value, and a doubt."""
    if isinstance(value, str):
        return show_text("\n".join(lines(value)), code), None
    if isinstance(value, bool):
        return str(value).upper(), None
    if isinstance(value, int | float):
        if value == 0 and not facts.shows_zeros:
            return "", None
        shown = show(value, code)
        if shown is None:
            counts[f"number(s) whose format ({code}) is not understood, kept as the file holds them"] += 1
            return plain(value), f"the format {code} is not understood"
        if puts_signs_between(code):
            return shown, f"the format {code} puts signs between the digits"
        if _is_rounded(value, shown):
            counts[f"number(s) that their format ({code}) shows otherwise than the file holds them, kept as shown"] += 1
        return shown, None
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return show_date(value, code), None
    return str(value), None


def _is_too_wide(text: str, width: float | None) -> bool:
    """Tell whether a number does not fit into its column, where its width is set; text runs over, numbers do not."""
    return width is not None and len(text) > width + 0.5 and text.replace(",", "").replace(".", "").isdecimal()


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
