"""The cells of a Word table at their places, merges resolved (ECMA-376 part 1, 17.4)."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_OFF = ("0", "false", "off")
# No official table has more than 16 columns.
_MAX_SPAN = 100
# Twentieths of a point: no letter is as low as this.
_NO_HEIGHT = 60


class WordCell:
    """A cell by its origin; ``element`` is the ``w:tc`` whose content is shown."""

    __slots__ = ("col", "col_span", "element", "row", "row_span")

    def __init__(self, element: etree._Element, row: int, col: int, col_span: int):
        self.element = element
        self.row = row
        self.col = col
        self.row_span = 1
        self.col_span = col_span


def place_cells(table: etree._Element) -> tuple[int, list[WordCell]]:
    """Return the number of rows and the cells of a ``w:tbl`` in reading order.

    A cell that continues a vertical or horizontal merge is not shown by Word and belongs to the one that began it.
    """
    cells: list[WordCell] = []
    # Column -> the cell that a vMerge in this column would continue.
    above: dict[int, WordCell] = {}
    row = -1
    for row, line in enumerate(_rows(table)):
        properties = line.find(W + "trPr")
        col = _number(properties, "gridBefore", 0)
        before: WordCell | None = None
        seen: dict[int, WordCell] = {}
        for element in _children(line, W + "tc"):
            about = element.find(W + "tcPr")
            width = max(1, min(_number(about, "gridSpan", 1), _MAX_SPAN))
            vertical, horizontal = _merge(about, "vMerge"), _merge(about, "hMerge")
            origin = above.get(col)
            if horizontal == "continue" and before is not None:
                before.col_span += width
            elif vertical == "continue" and origin is not None:
                origin.row_span = row - origin.row + 1
                seen[col] = before = origin
            else:
                before = WordCell(element, row, col, width)
                cells.append(before)
                if vertical is not None:
                    seen[col] = before
            col += width
        above = seen
    return row + 1, cells


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for row in _children(table, W + "tr"):
        properties = row.find(W + "trPr")
        if properties is None or (properties.find(W + "del") is None and not _is_hidden(properties)):
            yield row


def _is_hidden(row: etree._Element) -> bool:
    """Tell whether a row is hidden, or of a fixed height in which no letter can be seen."""
    hidden = row.find(W + "hidden")
    if hidden is not None and hidden.get(W + "val") not in _OFF:
        return True
    height = row.find(W + "trHeight")
    if height is None or height.get(W + "hRule") != "exact":
        return False
    return 0 < _number(row, "trHeight", 0) <= _NO_HEIGHT


def _children(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Yield the rows of a table or cells of a row, also those wrapped in content controls or custom XML."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (W + "sdt", W + "sdtContent", W + "customXml", W + "ins", W + "moveTo"):
            yield from _children(child, tag)


def _number(properties: etree._Element | None, name: str, default: int) -> int:
    element = properties.find(W + name) if properties is not None else None
    try:
        return int(element.get(W + "val") or "") if element is not None else default
    except ValueError:
        return default


def _merge(properties: etree._Element | None, name: str) -> str | None:
    """Return ``restart``, ``continue`` (the default where no value is given) or None."""
    element = properties.find(W + name) if properties is not None else None
    if element is None or element.get(W + "val") in _OFF:
        return None
    return "restart" if element.get(W + "val") == "restart" else "continue"
