"""One HTML table while it is walked over, and the grid it becomes.

Cells take their places by the table model of HTML (row groups end row spans, the next free place is taken), with spans
clipped where they overrun the table.
"""

from __future__ import annotations

import re

from lxml import etree

from extract.documents.shared.blocks import OBJECT, GridMark, Item, PlacedCell, cell_text, settle, shown

# The standard bounds colspan at 1000; no official table has more than 16 columns.
_MAX_SPAN = 100
_MAX_COLUMNS = 400

_INTEGER = re.compile(r"\s*\+?(\d{1,9})")


class _Cell:
    __slots__ = ("col_span", "doubt", "filled", "group", "items", "marked", "objects", "row", "row_span")

    def __init__(self, row: int, group: int, row_span: int, col_span: int):
        self.row = row
        self.group = group
        self.row_span = row_span
        self.col_span = col_span
        self.items: list[Item] = []
        self.objects = 0
        self.filled = False
        self.marked = False
        self.doubt: str | None = None


class HtmlTable:
    """Collects the rows and cells of one table; ``outside`` is where the table itself stands in the flow."""

    def __init__(self, element: etree._Element, outside: list[Item]):
        self.element = element
        self.outside = outside
        self.cell_element: etree._Element | None = None
        self.row_element: etree._Element | None = None
        self._open: _Cell | None = None
        self._cells: list[_Cell] = []
        self._row_groups: list[int] = []
        self._group = 0

    def open_group(self) -> None:
        self._group += 1
        self.row_element = None

    def open_row(self, element: etree._Element | None) -> None:
        self._row_groups.append(self._group)
        self.row_element = element

    def open_cell(self, element: etree._Element) -> list[Item]:
        """Begin a cell and return the list that takes its text."""
        if not self._row_groups or (self.row_element is None and self._row_groups[-1] != self._group):
            self.open_row(None)
        self._open = _Cell(
            len(self._row_groups) - 1,
            self._group,
            span(element.get("rowspan"), 65534, zero=65534),
            span(element.get("colspan"), _MAX_SPAN, zero=1),
        )
        self._cells.append(self._open)
        self.cell_element = element
        return self._open.items

    @property
    def in_cell(self) -> bool:
        return self._open is not None

    def add_object(self) -> None:
        """Note that the open cell shows something that is no text."""
        if self._open is not None:
            self._open.objects += 1

    def add_marked(self) -> None:
        """Note that the open cell holds raised or struck text."""
        if self._open is not None:
            self._open.marked = True

    def add_filled(self) -> None:
        """Note that a script may write into the open cell."""
        if self._open is not None:
            self._open.filled = True

    def add_doubt(self, doubt: str) -> None:
        """Note why the text of the open cell may not be what is shown."""
        if self._open is not None:
            self._open.doubt = doubt

    def close_cell(self) -> None:
        self._open = None
        self.cell_element = None

    def finish(self) -> None:
        """Give every cell its place and put the table into the flow."""
        settle(place(self._cells, self._row_groups), [cell.items for cell in self._cells], self.outside)


def _shown(cell: _Cell) -> tuple[str, str | None, str | None, str | None]:
    if not (cell.marked or cell.objects or cell.filled):
        return cell_text(cell.items), cell.doubt, None, None
    text, doubt, mark, struck = shown(cell.items, cell.objects)
    if cell.filled and not text:
        text, doubt = OBJECT, "a script may write into the cell"
    return text, doubt or cell.doubt, mark, struck


def span(value: str | None, limit: int, zero: int) -> int:
    """Return a span attribute by HTML's rules: leading digits count, junk is 1, 0 is ``zero``, bounded by ``limit``."""
    if value is None:
        return 1
    match = _INTEGER.match(value)
    if match is None:
        return 1
    number = int(match.group(1))
    return zero if number == 0 else min(number, limit)


def place(cells: list[_Cell], row_groups: list[int]) -> GridMark:
    """Give each cell its row and column (HTML standard, "forming a table").

    Spans are clipped to the row group, to the last column in which a cell begins, and to the places still free.
    """
    n_rows = len(row_groups)
    group_end = {group: row + 1 for row, group in enumerate(row_groups)}
    # Columns taken by a row span from above: column -> first row that is free again.
    busy_until: dict[int, int] = {}
    placed: list[PlacedCell] = []
    row, col = -1, 0
    for cell in cells:
        if cell.row != row:
            row, col = cell.row, 0
        while col < _MAX_COLUMNS and busy_until.get(col, 0) > row:
            col += 1
        col = min(col, _MAX_COLUMNS)  # Beyond it cells only keep their text.
        width = 1
        while width < cell.col_span and col + width < _MAX_COLUMNS and busy_until.get(col + width, 0) <= row:
            width += 1
        height = max(1, min(cell.row_span, group_end.get(cell.group, n_rows) - row))
        for taken in range(col, col + width):
            busy_until[taken] = row + height
        placed.append(PlacedCell(row, col, height, width, *_shown(cell)))
        col += cell.col_span
    n_cols = max((cell.col for cell in placed), default=-1) + 1
    clipped = tuple(
        cell if cell.col + cell.col_span <= n_cols else cell._replace(col_span=n_cols - cell.col) for cell in placed
    )
    return GridMark(n_rows, n_cols, clipped)
