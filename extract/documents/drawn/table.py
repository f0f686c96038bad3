"""A table found on a PDF page by any of the readings, before it is numbered: boxes with text at rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from extract.document import Cell, Grid
from extract.documents.drawn.page import Char
from extract.documents.shared.blocks import lines

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class PdfTable:
    """``box`` is the outline; cells are (row, col, row_span, col_span, box, text); positions as in ``pdf_page``.

    ``doubts`` says of cells, by their index, why their text may not be what is printed, ``shown`` what their picture shows
    (as ``Cell.shown``; cells that are not in it were not looked at); ``overprinted`` counts letters
    left out because they are printed over the table; ``turned`` are the cells whose text does not run from left to right.
    ``sheet`` is (page of the file, points left of this page) where several pages lie on one sheet.
    ``marks`` and ``struck`` are letters of a cell that its text is without: note marks, and what is struck out.
    The letters of a table ``in_text`` stay in the text: they are read there once more.
    """

    page: int
    box: Box
    edges: tuple[float, ...]
    n_rows: int
    cells: tuple[tuple[int, int, int, int, Box, str], ...]
    doubts: Mapping[int, str] = field(default_factory=dict)
    overprinted: int = 0
    turned: frozenset[int] = frozenset()
    sheet: tuple[int, float] | None = None
    in_text: bool = False
    shown: Mapping[int, str] = field(default_factory=dict)
    marks: Mapping[int, tuple[Char, ...]] = field(default_factory=dict)
    struck: Mapping[int, tuple[Char, ...]] = field(default_factory=dict)

    def as_grid(self, number: int) -> Grid:
        """Return the table as a Grid whose places are written ``p3 x0,y0,x1,y1`` in points with one decimal."""
        page, offset = self.sheet or (self.page, 0.0)
        cells = tuple(
            Cell(
                row,
                col,
                "\n".join(lines(text)),
                _locator(page, (box[0] + offset, box[1], box[2] + offset, box[3])),
                row_span,
                col_span,
                self.doubts.get(index),
                mark=_letters(self.marks.get(index)),
                struck=_letters(self.struck.get(index)),
                shown=self.shown.get(index),
            )
            for index, (row, col, row_span, col_span, box, text) in enumerate(self.cells)
        )
        return Grid(number, self.n_rows, len(self.edges) - 1, cells, self.page, self.edges)


def _letters(chars: tuple[Char, ...] | None) -> str | None:
    return "".join(char.text for char in chars) if chars else None


def _locator(page: int, box: Box) -> str:
    # Adding 0.0 turns -0.0 into 0.0.
    return f"p{page} " + ",".join(f"{round(value, 1) + 0.0:.1f}" for value in box)


def number_tables(tables: Iterable[PdfTable]) -> tuple[Grid, ...]:
    """Return the tables in reading order, numbered from 1."""
    return tuple(table.as_grid(number) for number, table in enumerate(reading_order(tables), 1))


def reading_order(tables: Iterable[PdfTable]) -> list[PdfTable]:
    """Sort by page, then from top to bottom and left to right."""
    return sorted(tables, key=lambda table: (table.page, -table.box[3], table.box[0]))


def spans(
    n_rows: int, n_cols: int, joined_right: Callable[[int, int], bool], joined_below: Callable[[int, int], bool]
) -> list[tuple[int, int, int, int]]:
    """Return the printed cells (row, col, row_span, col_span) of a lattice in which some borders are missing.

    Places with no border between them are one cell. Where such a region is no rectangle (a line drawn half way) it is
    cut into rectangles, from the top left, so that no place is lost.
    """
    region = _regions(n_rows, n_cols, joined_right, joined_below)
    taken = [[False] * n_cols for _ in range(n_rows)]
    found: list[tuple[int, int, int, int]] = []
    for row in range(n_rows):
        for col in range(n_cols):
            if taken[row][col]:
                continue
            here = region[row][col]
            width = 1
            while col + width < n_cols and region[row][col + width] == here and not taken[row][col + width]:
                width += 1
            height = 1
            while row + height < n_rows and all(
                region[row + height][c] == here and not taken[row + height][c] for c in range(col, col + width)
            ):
                height += 1
            for r in range(row, row + height):
                for c in range(col, col + width):
                    taken[r][c] = True
            found.append((row, col, height, width))
    return found


def _regions(
    n_rows: int, n_cols: int, joined_right: Callable[[int, int], bool], joined_below: Callable[[int, int], bool]
) -> list[list[int]]:
    """Number the regions of places that no border parts (union-find over the places)."""
    parent = list(range(n_rows * n_cols))

    def root(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    for row in range(n_rows):
        for col in range(n_cols):
            if col + 1 < n_cols and joined_right(row, col):
                parent[root(row * n_cols + col + 1)] = root(row * n_cols + col)
            if row + 1 < n_rows and joined_below(row, col):
                parent[root((row + 1) * n_cols + col)] = root(row * n_cols + col)
    return [[root(row * n_cols + col) for col in range(n_cols)] for row in range(n_rows)]
