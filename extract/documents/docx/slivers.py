"""Columns of a hair's breadth taken out of a Word file's tables, bytes in, bytes out.

LibreOffice keeps borders apart that the old Word drew a twentieth of a millimetre from each other (a header's and its
figures'), and makes a column of each gap; a figure would then stand in two columns. The one thing to know: a table is
left as it is where such a column holds text.
"""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from extract.documents.docx.table import W

# Twentieths of a point: no column of a table with characters in it is narrower than 3 points.
_SLIVER = 60


def without_slivers(docx: bytes) -> bytes:
    """Return a DOCX in whose tables borders nearer than 3 points are one."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "word/document.xml":
                root = etree.fromstring(
                    content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
                )
                for table in list(root.iter(W + "tbl")):
                    _close_gaps(table)
                content = etree.tostring(root)
            new.writestr(name, content)
    return out.getvalue()


def _close_gaps(table: etree._Element) -> None:
    columns = table.findall(f"{W}tblGrid/{W}gridCol")
    widths = [_number(column, "w") for column in columns]
    # Old border -> new border.
    places, kept, reached = [0], 0, 0
    for width in widths:
        reached += width
        if reached >= _SLIVER:
            kept, reached = kept + 1, 0
        places.append(kept)
    if kept == len(widths):
        return
    changes: list[tuple[etree._Element, int]] = []
    for row in table.findall(W + "tr"):
        before = row.find(f"{W}trPr/{W}gridBefore")
        start = _number(before, "val") if before is not None else 0
        if before is not None:
            changes.append((before, places[min(start, len(widths))]))
        for cell in row.findall(W + "tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            end = start + (max(1, _number(span, "val")) if span is not None else 1)
            if end > len(widths):
                return  # The rows do not keep to the grid.
            new = places[end] - places[start]
            if new == 0 and "".join(t.text or "" for t in cell.iter(W + "t")).strip():
                return
            changes.append((cell, new))
            start = end
    for element, value in changes:
        if element.tag != W + "tc":
            element.set(W + "val", str(value))
        elif value == 0:
            line = element.getparent()
            assert line is not None
            line.remove(element)
        else:
            _set_span(element, value)


def _set_span(cell: etree._Element, value: int) -> None:
    properties = cell.find(W + "tcPr")
    if properties is None:
        properties = etree.Element(W + "tcPr")
        cell.insert(0, properties)
    span = properties.find(W + "gridSpan")
    if span is None:
        span = etree.SubElement(properties, W + "gridSpan")
    span.set(W + "val", str(value))


def _number(element: etree._Element, name: str) -> int:
    try:
        return int(float(element.get(W + name) or 0))
    except ValueError:
        return 0
