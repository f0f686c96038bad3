"""The printed table: rows of cells that may span, with relative column widths, independent of any file format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class PrintedCell:
    """One cell as printed. ``kind`` is ``caption``, ``header``, ``label``, ``note`` or ``value``; a value cell bears the
    ``indicator`` and ``applicant`` whose figure it prints."""

    text: str
    kind: str = "label"
    columns: int = 1
    rows: int = 1
    indicator: str | None = None
    applicant: str | None = None


@dataclass(frozen=True)
class PrintedTable:
    """Rows of cells from left to right; a cell that spans rows stands in its first row only."""

    name: str
    rows: tuple[tuple[PrintedCell, ...], ...]
    widths: tuple[float, ...]


def places(table: PrintedTable) -> Iterator[tuple[int, int, PrintedCell]]:
    """Yield (row, column, cell) of each cell's upper left corner.

    Raises:
        ValueError: cells overlap or leave a gap, so that the table is no rectangle.
    """
    taken: dict[tuple[int, int], PrintedCell] = {}
    for number, row in enumerate(table.rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            for down in range(cell.rows):
                for right in range(cell.columns):
                    if (number + down, column + right) in taken:
                        raise ValueError(
                            f"table {table.name}: two cells at row {number + down}, column {column + right}"
                        )
                    taken[number + down, column + right] = cell
            yield number, column, cell
    if len(taken) != len(table.rows) * len(table.widths):
        raise ValueError(f"table {table.name}: {len(taken)} places filled of {len(table.rows)} x {len(table.widths)}")


def split(table: PrintedTable, row: int) -> tuple[PrintedTable, PrintedTable]:
    """Cut a table before a row, as a page break does: a cell cut through keeps its text in the upper part."""
    upper: list[list[PrintedCell]] = [[] for _ in range(row)]
    lower: list[list[tuple[int, PrintedCell]]] = [[] for _ in range(len(table.rows) - row)]
    for number, column, cell in places(table):
        if number >= row:
            lower[number - row].append((column, cell))
        elif number + cell.rows <= row:
            upper[number].append(cell)
        else:
            upper[number].append(replace(cell, rows=row - number))
            lower[0].append((column, replace(cell, rows=number + cell.rows - row, text="")))
    ordered = tuple(tuple(cell for _, cell in sorted(cells, key=lambda item: item[0])) for cells in lower)
    return replace(table, rows=tuple(map(tuple, upper))), replace(table, rows=ordered)
