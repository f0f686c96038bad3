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

from lxml import etree

from extract.documents.shared.package import local, parse_part
from extract.documents.sheets.number_format import BUILT_IN
from extract.errors import UnreadableDocument

_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# 2.5 by 0.8 inches in English Metric Units: a smaller picture cannot hold a legible table.
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


def xlsx_facts(archive: zipfile.ZipFile) -> list[SheetFacts]:
    """Return the facts of each sheet in the order of the workbook; parts a sheet lacks give a sheet without cells."""
    book = parse_part(archive, "xl/workbook.xml", "XLSX")
    targets = _relations(archive, "xl/workbook.xml")
    formats = _formats(archive)
    names = set(archive.namelist())
    facts = []
    for sheet in book.iter():
        if local(sheet) != "sheet":
            continue
        link = next((value for name, value in sheet.attrib.items() if str(name).endswith("}id")), "")
        kind, part = targets.get(str(link), ("", ""))
        if kind == "worksheet" and part not in names:
            raise UnreadableDocument(f"the XLSX file has no part for its sheet {sheet.get('name')!r}")
        facts.append(_sheet(archive, part, formats) if kind == "worksheet" else SheetFacts())
    return facts


def place(reference: str) -> tuple[int, int] | None:
    """Return row and column (from 0) of a reference like C14, or None."""
    match = _PLACE.fullmatch(reference)
    if match is None:
        return None
    col = 0
    for letter in match.group(1):
        col = col * 26 + ord(letter) - 64
    return int(match.group(2)) - 1, col - 1


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
            codes[int(element.get("numFmtId") or 0)] = element.get("formatCode") or ""
        elif name == "cellXfs":
            styles = [int(xf.get("numFmtId") or 0) for xf in element if local(xf) == "xf"]
    return [codes.get(style, "General") for style in styles]


def _sheet(archive: zipfile.ZipFile, part: str, formats: list[str]) -> SheetFacts:
    facts = SheetFacts()
    row = -1
    for element in parse_part(archive, part, "XLSX").iter():
        name = local(element)
        if name == "col":
            if _is_hidden(element, "width"):
                last = min(int(element.get("max") or 0), 16384)
                facts.hidden_cols.update(range(int(element.get("min") or 1) - 1, last))
        elif name == "row":
            row = int(element.get("r") or row + 2) - 1
            if _is_hidden(element, "ht"):
                facts.hidden_rows.add(row)
            _cells(element, row, formats, facts)
        elif name == "sheetFormatPr" and element.get("zeroHeight") in ("1", "true"):
            # Rows are hidden unless they say otherwise; those that hold anything are written and say so.
            continue
    _drawings(archive, part, facts)
    return facts


def _is_hidden(element: etree._Element, size: str) -> bool:
    return element.get("hidden") in ("1", "true") or element.get(size) in ("0", "0.0")


def _cells(line: etree._Element, row: int, formats: list[str], facts: SheetFacts) -> None:
    col = -1
    for cell in line:
        if local(cell) != "c":
            continue
        at = place(cell.get("r") or "")
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
        style = int(cell.get("s") or 0)
        if style < len(formats) and formats[style] != "General":
            facts.formats[row, col] = formats[style]
        if formula is not None and value is None and cell.get("t") != "str":
            facts.unsolved[row, col] = f"={formula.text or ''}"


def _drawings(archive: zipfile.ZipFile, part: str, facts: SheetFacts) -> None:
    """Count the pictures on a sheet that could hold a table and take the text of its text boxes."""
    names = set(archive.namelist())
    for kind, drawing in _relations(archive, part).values():
        if kind != "drawing" or drawing not in names:
            continue
        for element in parse_part(archive, drawing, "XLSX").iter():
            if local(element) == "pic":
                sizes = [e for e in element.iter() if local(e) == "ext" and e.get("cx")]
                if not sizes or (
                    int(sizes[0].get("cx") or 0) >= _MIN_WIDTH and int(sizes[0].get("cy") or 0) >= _MIN_HEIGHT
                ):
                    facts.pictures += 1
            elif local(element) == "txBody":
                facts.boxes.extend(_paragraphs(element))


def _paragraphs(body: etree._Element) -> Iterator[str]:
    for paragraph in body:
        if local(paragraph) == "p":
            yield "".join(e.text or "" for e in paragraph.iter() if local(e) == "t")
