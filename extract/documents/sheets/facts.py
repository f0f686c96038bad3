"""What calamine does not tell of an XLSX sheet: hidden rows and columns, number formats, formulas without a result.

Read from the XML of the package (ECMA-376 part 1, 18.3) before calamine sees the file, so that a sheet with a stray cell
a million rows down is refused instead of filling the memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from lxml import etree

from extract.documents.shared.package import local, parse_part
from extract.documents.sheets.cell_looks import (
    Condition,
    Look,
    ShownText,
    Styles,
    conditions,
    read_strings,
    read_styles,
    rich_text,
)
from extract.documents.sheets.formulas import place_of
from extract.documents.sheets.number_format import BUILT_IN
from extract.errors import UnreadableDocument
from extract.numbers import whole_number

# A format that is none of the file's and none that is known: nobody can tell what it shows.
_UNKNOWN = "E"
# 2.5 by 0.8 inches in English Metric Units: a smaller picture cannot hold a legible table.
_MOST_COLUMNS = 200
_MIN_WIDTH, _MIN_HEIGHT = 2_286_000, 731_520


@dataclass
class SheetFacts:
    """Rows and columns count from 0. ``rows`` and ``cols`` are one more than the last that holds a value."""

    rows: int = 0
    cols: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    hidden_cols: set[int] = field(default_factory=set)
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    unsolved: dict[tuple[int, int], str] = field(default_factory=dict)
    boxes: list[str] = field(default_factory=list)
    pictures: int = 0
    #: What a sheet shows otherwise than by the value of a cell and its format.
    looks: dict[tuple[int, int], Look] = field(default_factory=dict)
    rich: dict[tuple[int, int], ShownText] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    #: Formulas that Excel works out again when it opens the file.
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    #: Places under pictures and text boxes: first and last of each.
    covered: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    shows_zeros: bool = True
    #: Widths of columns in digits of the standard font, where a sheet sets them.
    widths: dict[int, float] = field(default_factory=dict)


def xlsx_facts(archive: zipfile.ZipFile) -> list[SheetFacts]:
    """Return the facts of each sheet in the order of the workbook; parts a sheet lacks give a sheet without cells."""
    book = parse_part(archive, "xl/workbook.xml", "XLSX")
    targets = _relations(archive, "xl/workbook.xml")
    about = _About(_formats(archive), read_styles(archive), read_strings(archive), _is_worked_out(book))
    names = set(archive.namelist())
    facts = []
    for sheet in book.iter():
        if local(sheet) != "sheet":
            continue
        link = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
        kind, part = targets.get(str(link), ("", ""))
        if kind == "worksheet" and part not in names:
            raise UnreadableDocument(f"the XLSX file has no part for its sheet {sheet.get('name')!r}")
        facts.append(_sheet(archive, part, about) if kind == "worksheet" else SheetFacts())
    return facts


class _About(NamedTuple):
    """What all sheets of a workbook share."""

    formats: list[str]
    styles: Styles
    strings: dict[int, ShownText]
    is_worked_out: bool


def _is_worked_out(book: etree._Element) -> bool:
    """Tell whether every formula is worked out again when the workbook is opened."""
    return any(local(e) == "calcPr" and e.get("fullCalcOnLoad") in ("1", "true") for e in book.iter())


def _relations(archive: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Return the parts that a part refers to: identifier -> (kind, name)."""
    folder, name = posixpath.split(part)
    path = f"{folder}/_rels/{name}.rels"
    if path not in archive.namelist():
        return {}
    found = {}
    for relation in parse_part(archive, path, "XLSX"):
        target = relation.get("Target") or ""
        whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[relation.get("Id") or ""] = ((relation.get("Type") or "").rpartition("/")[2], whole)
    return found


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """Return the format code of each cell style."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    codes = dict(BUILT_IN)
    styles = []
    for element in parse_part(archive, "xl/styles.xml", "XLSX").iter():
        name = local(element)
        if name == "numFmt" and (element.get("numFmtId") or "").isdigit():
            codes[whole_number(element.get("numFmtId")) or 0] = element.get("formatCode") or ""
        elif name == "cellXfs":
            styles = [whole_number(xf.get("numFmtId")) or 0 for xf in element if local(xf) == "xf"]
    return [codes.get(style, _UNKNOWN) for style in styles]


def _sheet(archive: zipfile.ZipFile, part: str, about: _About) -> SheetFacts:
    facts = SheetFacts()
    row = -1
    sheet = parse_part(archive, part, "XLSX")
    facts.conditions = list(conditions(sheet, about.styles.hiding))
    for element in sheet.iter():
        name = local(element)
        if name == "sheetView" and element.get("showZeros") in ("0", "false"):
            facts.shows_zeros = False
        elif name == "col":
            _width(element, facts)
            if _is_hidden(element, "width"):
                last = min(whole_number(element.get("max")) or 0, 16384)
                facts.hidden_cols.update(range((whole_number(element.get("min")) or 1) - 1, last))
        elif name == "row":
            row = (whole_number(element.get("r")) or row + 2) - 1
            if _is_hidden(element, "ht"):
                facts.hidden_rows.add(row)
            _cells(element, row, about, facts)
    _drawings(archive, part, facts)
    return facts


def _width(column: etree._Element, facts: SheetFacts) -> None:
    width, first, last = (column.get(name) or "" for name in ("width", "min", "max"))
    if (
        first.isdecimal()
        and last.isdecimal()
        and int(last) - int(first) < _MOST_COLUMNS
        and re.fullmatch(r"\d+(\.\d+)?", width)
    ):
        facts.widths.update(dict.fromkeys(range(int(first) - 1, int(last)), float(width)))


def _is_hidden(element: etree._Element, size: str) -> bool:
    return element.get("hidden") in ("1", "true") or element.get(size) in ("0", "0.0")


def _cells(line: etree._Element, row: int, about: _About, facts: SheetFacts) -> None:
    col = -1
    for cell in line:
        if local(cell) != "c":
            continue
        at = place_of(cell.get("r") or "")
        col = at[1] if at else col + 1
        formula = value = None
        for child in cell:
            if local(child) == "f":
                formula = child
            elif child.text or len(child):
                value = child
        if formula is None and value is None:
            continue
        facts.rows, facts.cols = max(facts.rows, row + 1), max(facts.cols, col + 1)
        style = whole_number(cell.get("s")) or 0
        if style < len(about.formats) and about.formats[style] != "General":
            facts.formats[row, col] = about.formats[style]
        if any(look := about.styles.of(style)):
            facts.looks[row, col] = look
        kind = cell.get("t")
        if value is not None and kind == "e":
            facts.errors[row, col] = value.text or "#"
        elif value is not None and kind == "s" and (value.text or "").isdecimal():
            if (text := about.strings.get(whole_number(value.text) or 0)) is not None:
                facts.rich[row, col] = text
        elif value is not None and kind == "inlineStr" and (text := rich_text(value)) is not None:
            facts.rich[row, col] = text
        if formula is not None and value is None and kind != "str":
            facts.unsolved[row, col] = f"={formula.text or ''}"
        elif formula is not None and about.is_worked_out and kind not in ("str", "e", "b"):
            facts.formulas[row, col] = f"={formula.text or ''}"


def _drawings(archive: zipfile.ZipFile, part: str, facts: SheetFacts) -> None:
    """Count the pictures on a sheet that could hold a table and take the text of its text boxes."""
    names = set(archive.namelist())
    for kind, drawing in _relations(archive, part).values():
        if kind != "drawing" or drawing not in names:
            continue
        root = parse_part(archive, drawing, "XLSX")
        facts.covered.extend(span for anchor in root if (span := _covered(anchor)) is not None)
        for element in root.iter():
            if local(element) == "pic":
                sizes = [e for e in element.iter() if local(e) == "ext" and e.get("cx")]
                if not sizes or (
                    (whole_number(sizes[0].get("cx")) or 0) >= _MIN_WIDTH
                    and (whole_number(sizes[0].get("cy")) or 0) >= _MIN_HEIGHT
                ):
                    facts.pictures += 1
            elif local(element) == "txBody":
                facts.boxes.extend(_paragraphs(element))


def _covered(anchor: etree._Element) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """Return the first and last place that a picture or a box with text lies over."""
    shows = any(local(e) == "pic" for e in anchor.iter()) or any(
        (e.text or "").strip() for e in anchor.iter() if local(e) == "t"
    )
    corners = []
    for name in ("from", "to"):
        corner = next((part for part in anchor if local(part) == name), None)
        numbers = {local(e): e.text or "" for e in corner} if corner is not None else {}
        if all(numbers.get(of, "").isdecimal() for of in ("row", "col")):
            corners.append((int(numbers["row"]), int(numbers["col"])))
    if not shows or not corners:
        return None
    return corners[0], corners[-1]


def _paragraphs(body: etree._Element) -> Iterator[str]:
    for paragraph in body:
        if local(paragraph) == "p":
            yield "".join(e.text or "" for e in paragraph.iter() if local(e) == "t")
