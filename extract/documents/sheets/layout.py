"""The cells of a sheet to blocks and grids: runs of rows with a gap around them, titles and prose set apart.

A sheet does not say where a table begins. Rows without text part the runs. In a run, a row of one cell (a title, a
paragraph) above the table or below it is text; the one right beside the table stays in the grid too, since it may be a
row of the form (第二十条第（一）项 above its header, a last label with nothing but blanks after it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from extract.document import Block, Cell, Grid
from extract.documents.shared.bounds import TABLE_PLACES

# Text longer than any label (the longest filling instruction has some 200 characters) is prose, also inside a table.
_PROSE = 200


class SheetCell(NamedTuple):
    """A cell with text, or a merged range: 0-based place, spans, place in the file."""

    row: int
    col: int
    text: str
    locator: str
    row_span: int
    col_span: int
    doubt: str | None = None
    mark: str | None = None
    struck: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is shown in it, not even struck text."""
        return not (self.text or self.struck)


@dataclass
class LaidOut:
    """Blocks and grids of the sheets laid out so far."""

    blocks: list[Block] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    start: int = 0

    def paragraph(self, text: str) -> None:
        for line in text.split("\n"):
            if line.strip():
                self._add(line, None)

    def grid(self, grid: Grid) -> None:
        self.grids.append(grid)
        self._add("", grid.number)

    def _add(self, text: str, grid: int | None) -> None:
        self.blocks.append(Block(text, self.start, grid))
        self.start += len(text) + 1


def lay_out(cells: list[SheetCell], locator: Callable[[int, int], str], out: LaidOut) -> None:
    """Append one sheet; ``locator`` tells the place in the file of a row and column, for those that are blank."""
    for run in _runs(cells):
        rows = _by_row(run)
        inside = [row for row, held in rows.items() if not _is_line(held)]
        if not inside:
            for held in rows.values():
                out.paragraph(_line(held))
            continue
        first, last = min(inside), max(inside)
        # A range that is merged downwards may begin above the first row with several cells.
        first = min((c.row for c in run if c.text and c.row <= first < c.row + c.row_span), default=first)
        above = [row for row in rows if row < first]
        below = [row for row in rows if row > last]
        for row in above:
            out.paragraph(_line(rows[row]))
        kept = {*above[-1:], *below, *(row for row in rows if first <= row <= last)}
        _grid([c for c in run if c.row in kept or first <= c.row <= last], locator, out)
        for row in below:
            out.paragraph(_line(rows[row]))


def _runs(cells: list[SheetCell]) -> list[list[SheetCell]]:
    """Part the cells where a row has no text; a merged range with text holds its rows together."""
    runs: list[list[SheetCell]] = []
    ends: list[int] = []
    for cell in sorted(c for c in cells if c.text):
        if not runs or cell.row > ends[-1]:
            runs.append([])
            ends.append(cell.row)
        runs[-1].append(cell)
        ends[-1] = max(ends[-1], cell.row + cell.row_span)
    for cell in cells:
        if not cell.text:
            run = next((run for run, end in zip(runs, ends, strict=True) if run[0].row <= cell.row < end), None)
            if run is not None:
                run.append(cell)
    return runs


def _by_row(run: list[SheetCell]) -> dict[int, list[SheetCell]]:
    rows: dict[int, list[SheetCell]] = {}
    for cell in sorted(run):
        if cell.text:
            for row in range(cell.row, cell.row + cell.row_span):
                rows.setdefault(row, []).append(cell)
    return dict(sorted(rows.items()))


def _is_line(held: list[SheetCell]) -> bool:
    """Tell a title, a paragraph or a line of details (填报单位：… 单位：件) from a row of a table."""
    if len(held) == 1:
        return held[0].row_span == 1 and not held[0].text.replace(".", "").replace(",", "").isdigit()
    return len(held) <= 4 and all("：" in c.text or ":" in c.text for c in held)


def _line(held: list[SheetCell]) -> str:
    return held[0].text if len(held) == 1 else "  ".join(c.text.replace("\n", " ") for c in held)


def _grid(run: list[SheetCell], locator: Callable[[int, int], str], out: LaidOut) -> None:
    """Append a run as a grid trimmed to the columns that hold text; the places between are blank cells."""
    filled = sorted(c for c in run if c.text)
    top, left = filled[0].row, min(c.col for c in filled)
    # Where the last text stands: a title merged over more columns does not widen the table.
    n_rows, n_cols = max(c.row + c.row_span for c in filled) - top, max(c.col for c in filled) + 1 - left
    if n_cols < 2 or n_rows * n_cols > TABLE_PLACES:
        if n_cols >= 2:
            out.notes.append(f"a table of {n_rows} rows by {n_cols} columns kept as text: too large for a grid")
        for cell in filled:
            out.paragraph(cell.text)
        return
    taken: set[tuple[int, int]] = set()
    placed: list[Cell] = []
    # Those with text first: damaged files have ranges that overlap.
    for cell in (*filled, *(c for c in run if not c.text)):
        row, col = cell.row - top, cell.col - left
        height, width = min(cell.row_span, n_rows - row), min(cell.col_span, n_cols - col)
        places = {(r, c) for r in range(row, row + height) for c in range(col, col + width)}
        if row < 0 or col < 0 or not places or places & taken:
            continue
        taken |= places
        placed.append(Cell(row, col, cell.text, cell.locator, height, width, cell.doubt, cell.mark, cell.struck))
    for row in range(n_rows):
        for col in range(n_cols):
            if (row, col) not in taken:
                placed.append(Cell(row, col, "", locator(row + top, col + left)))
    placed.sort(key=lambda cell: (cell.row, cell.col))
    out.grid(Grid(len(out.grids) + 1, n_rows, n_cols, tuple(placed)))
    for cell in filled:
        if len(cell.text) > _PROSE:
            out.paragraph(cell.text)
