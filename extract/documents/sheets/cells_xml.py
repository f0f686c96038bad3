"""Excel's XML of 2003 (SpreadsheetML) to sheets: what web systems write and name .xls.

Its one file holds cells, merges, formats and what is hidden ("XML Spreadsheet Reference", Microsoft, 2001), so that nothing
else is needed to read it. Values and facts come out as those of XLSX do.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from typing import Any

from lxml import etree

from extract.documents.shared.bounds import PART_BYTES, PLACES
from extract.documents.shared.package import local, parse
from extract.documents.sheets.facts import SheetFacts
from extract.documents.sheets.values import Place, SheetValues
from extract.errors import UnreadableDocument

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_WHAT = "Excel 2003 XML"
# Formats that have a name instead of a code.
_NAMED = {"General Number": "General", "Fixed": "0.00", "Standard": "#,##0.00", "Percent": "0.00%"}
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384


def read_sheets(data: bytes) -> tuple[list[SheetValues], list[SheetFacts]]:
    """Return the sheets of a workbook, one after the other.

    Raises:
        UnreadableDocument: no well-formed XML, too large, or a place or number in it that is none.
    """
    if len(data) > PART_BYTES:
        raise UnreadableDocument(f"the {_WHAT} file has more than {PART_BYTES} bytes")
    book = parse(data, "Workbook", _WHAT)
    formats = _formats(book)
    read = [_sheet(sheet, formats) for sheet in _children(book, "Worksheet")]
    return [values for values, _ in read], [facts for _, facts in read]


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (child for child in element if local(child) == name)


def _formats(book: etree._Element) -> dict[str, str]:
    """Return the number format of each style; one that a style does not set is its parent's."""
    styles = [style for group in _children(book, "Styles") for style in _children(group, "Style")]
    own: dict[str, str] = {}
    parents = {_text(style, "ID"): _text(style, "Parent") for style in styles}
    for style in styles:
        for number in _children(style, "NumberFormat"):
            code = _text(number, "Format")
            own[_text(style, "ID")] = _NAMED.get(code, code)
    found: dict[str, str] = {}
    for name in parents:
        seen, at = set[str](), name
        while at and at not in own and at not in seen:
            seen.add(at)
            at = parents.get(at, "")
        found[name] = own.get(at, "") or "General"
    return found


def _sheet(sheet: etree._Element, formats: dict[str, str]) -> tuple[SheetValues, SheetFacts]:
    facts = SheetFacts()
    cells: dict[Place, Any] = {}
    merged: list[tuple[Place, Place]] = []
    columns: dict[int, str] = {}
    for table in _children(sheet, "Table"):
        _columns(table, facts, columns)
        number = -1
        for row in _children(table, "Row"):
            number = _at(row, number, _LAST_ROW)
            span = _number(row, "Span")
            if _is_hidden(row, "Height"):
                facts.hidden_rows.update(range(number, min(number + span + 1, _LAST_ROW)))
            col = -1
            for cell in _children(row, "Cell"):
                col = _at(cell, col, _LAST_COLUMN)
                down, across = _number(cell, "MergeDown"), _number(cell, "MergeAcross")
                code = formats.get(_text(cell, "StyleID") or _text(row, "StyleID") or columns.get(col, ""), "General")
                _cell(cell, (number, col), code, cells, facts)
                if down or across:
                    merged.append(
                        ((number, col), (min(number + down, _LAST_ROW - 1), min(col + across, _LAST_COLUMN - 1)))
                    )
                col += across
            number += span
    name, visible = (
        _text(sheet, "Name"),
        not any(local(option) == "Visible" for options in _children(sheet, "WorksheetOptions") for option in options),
    )
    if not cells or facts.rows * facts.cols > PLACES:
        return SheetValues(name, True, visible), facts
    rows = tuple(tuple(cells.get((row, col), "") for col in range(facts.cols)) for row in range(facts.rows))
    return SheetValues(name, True, visible, (0, 0), rows, tuple(merged)), facts


def _columns(table: etree._Element, facts: SheetFacts, styles: dict[int, str]) -> None:
    number = -1
    for column in _children(table, "Column"):
        number = _at(column, number, _LAST_COLUMN)
        covered = range(number, min(number + _number(column, "Span") + 1, _LAST_COLUMN))
        if _is_hidden(column, "Width"):
            facts.hidden_cols.update(covered)
        if style := _text(column, "StyleID"):
            styles.update(dict.fromkeys(covered, style))
        number = covered[-1]


def _cell(cell: etree._Element, place: Place, code: str, cells: dict[Place, Any], facts: SheetFacts) -> None:
    data = next(_children(cell, "Data"), None)
    formula = _text(cell, "Formula")
    if data is None and not formula:
        return
    facts.rows, facts.cols = max(facts.rows, place[0] + 1), max(facts.cols, place[1] + 1)
    if data is None:
        facts.unsolved[place] = formula
        return
    cells[place] = _value(_text(data, "Type"), "".join(str(text) for text in data.itertext()))
    if code != "General":
        facts.formats[place] = code


def _value(kind: str, text: str) -> Any:
    if kind == "Number":
        try:
            value = float(text)
        except ValueError as error:
            raise UnreadableDocument(
                f"the {_WHAT} file is damaged: {text[:20]!r} stands where a number should"
            ) from error
        return int(value) if value.is_integer() else value
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "DateTime":
        with contextlib.suppress(ValueError):
            return datetime.datetime.fromisoformat(text.strip())
    return text


def _is_hidden(element: etree._Element, size: str) -> bool:
    return _text(element, "Hidden") == "1" or _text(element, size) in ("0", "0.0")


def _at(element: etree._Element, before: int, limit: int) -> int:
    """Return the place of a row, column or cell, from 0: the next one unless it says which."""
    index = _number(element, "Index")
    number = index - 1 if index else before + 1
    if not before < number < limit:
        raise UnreadableDocument(f"the {_WHAT} file is damaged: a {local(element)} stands at {number + 1}")
    return number


def _number(element: etree._Element, name: str) -> int:
    text = _text(element, name)
    if text and not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UnreadableDocument(f"the {_WHAT} file is damaged: {name} of a {local(element)} is {text[:20]!r}")
    return int(text or 0)


def _text(element: etree._Element, name: str) -> str:
    return str(element.get(_SS + name) or "")
