"""The flow of a document while it is read: text, line breaks and tables in reading order, then Blocks and Grids.

Shared by the readers of formats that know their tables (HTML, DOCX). A table that turns out to arrange the page only is
dissolved into the text of its cells, in place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from extract.document import Block, Cell, Grid
from extract.documents.shared.bounds import TABLE_PLACES

# Text of this length in one cell is an article, so the table around it arranges the page (a filling instruction inside
# a label, the longest text seen in an official table, has about 200 characters) ...
_ARTICLE = 800
# ... unless the table has as many short cells as a statistical table has.
_STATISTICAL = 20

# White space that is trimmed at the ends of a line: also non-breaking, full-width and zero-width spaces, soft hyphens.
_EDGES = (
    " \t\r\n\f\v\u00a0\u3000\u00ad\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u2060\ufeff"
)
_RUNS = re.compile(r"[ \t\r\f\v]+")


class PlacedCell(NamedTuple):
    """A cell of a table under construction: 0-based origin, spans, and what it shows (as in ``Cell``)."""

    row: int
    col: int
    row_span: int
    col_span: int
    text: str
    doubt: str | None = None
    mark: str | None = None
    struck: str | None = None


@dataclass(frozen=True, slots=True)
class GridMark:
    """A finished table in the flow, not yet numbered."""

    n_rows: int
    n_cols: int
    cells: tuple[PlacedCell, ...]

    @property
    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.text)

    def as_text(self) -> str:
        """Return the cells a line each, for a table inside a cell that has to keep its text."""
        return "\n".join(cell.text for cell in self.cells if cell.text)


class Raised(str):
    """Text above or below its line."""

    __slots__ = ()


class Struck(str):
    """Text that is struck out."""

    __slots__ = ()


Item = str | GridMark
#: Stands for something shown in a cell that is no text.
OBJECT = "\ufffc"
# Raised text outside of tables that is longer than this is no note mark.
_LONGEST_MARK = 8


def lines(text: str) -> list[str]:
    """Return the non-empty lines of a text, runs of blanks made one and the ends trimmed."""
    out = []
    for line in text.split("\n"):
        line = line.strip(_EDGES)
        if line:
            out.append(_RUNS.sub(" ", line))
    return out


def cell_text(items: list[Item]) -> str:
    """Return the text of a cell, its lines kept apart by ``\\n``; a table inside is told cell by cell."""
    try:
        text = "".join(items)  # type: ignore[arg-type]
    except TypeError:
        text = "".join(i if isinstance(i, str) else f"\n{i.as_text()}\n" for i in items)
    if text.isalnum():  # most cells: a number or a label, with nothing to trim
        return text
    return "\n".join(lines(text))


def shown(items: list[Item], objects: int = 0) -> tuple[str, str | None, str | None, str | None]:
    """Return text, doubt, mark and struck text of a cell; ``objects`` is the number of things in it that are no text."""
    text = cell_text([item for item in items if not isinstance(item, Raised | Struck)])
    mark = cell_text([item for item in items if isinstance(item, Raised)]) or None
    struck = cell_text([item for item in items if isinstance(item, Struck)]) or None
    doubt = None
    if not text and mark and not struck:
        text, mark, doubt = mark, None, "all of the cell stands above or below the line"
    if objects:
        text, doubt = text or OBJECT, doubt or "something that is no text is shown in the cell"
    return text, doubt, mark, struck


def settle(mark: GridMark, cell_items: list[list[Item]], outside: list[Item]) -> None:
    """Put a finished table into the flow: as a grid, or dissolved into its cells' text where it arranges the page only.

    It arranges the page where it has one column or one filled cell, or holds other tables or articles. A table full of
    short cells stays a grid all the same; articles in it then stand after it, so that no prose is lost.
    """
    texts = [cell.text for cell in mark.cells]
    nested = [sum(i.filled for i in items if isinstance(i, GridMark)) for items in cell_items]
    articles = [text for text in texts if len(text) > _ARTICLE]
    short = sum(1 for text, inner in zip(texts, nested, strict=True) if not inner and 0 < len(text) <= _ARTICLE)
    holds_others = any(nested) or bool(articles)
    statistical = short >= _STATISTICAL and short > sum(nested)
    if mark.n_cols < 2 or mark.filled < 2 or (holds_others and not statistical):
        for items in cell_items:
            outside.extend(("\n", *items, "\n"))
        return
    outside.append(mark)
    outside.extend(f"\n{text}\n" for text in articles)


def assemble(items: list[Item]) -> tuple[tuple[Block, ...], tuple[Grid, ...], tuple[str, ...]]:
    """Return the blocks, the numbered grids and notes on what was not made a grid."""
    blocks: list[Block] = []
    grids: list[Grid] = []
    notes: list[str] = []
    start = 0
    pending: list[str] = []

    def flush() -> None:
        nonlocal start
        for line in lines("".join(pending)):
            blocks.append(Block(line, start))
            start += len(line) + 1
        pending.clear()

    for item in items:
        if isinstance(item, Struck) or (isinstance(item, Raised) and len(item) <= _LONGEST_MARK):
            continue
        if isinstance(item, str):
            pending.append(item)
            continue
        if item.n_rows * item.n_cols > TABLE_PLACES:
            notes.append(f"a table of {item.n_rows} rows by {item.n_cols} columns kept as text: too large for a grid")
            pending.append(f"\n{item.as_text()}\n")
            continue
        flush()
        grids.append(number_grid(item, len(grids) + 1))
        blocks.append(Block("", start, grids[-1].number))
        start += 1
    flush()
    return tuple(blocks), tuple(grids), tuple(notes)


def number_grid(mark: GridMark, number: int) -> Grid:
    """Return the table as a Grid whose places are written ``t2 r7 c4``, counted from 1."""
    cells = tuple(
        Cell(row, col, text, f"t{number} r{row + 1} c{col + 1}", row_span, col_span, doubt, raised, struck)
        for row, col, row_span, col_span, text, doubt, raised, struck in mark.cells
    )
    return Grid(number, mark.n_rows, mark.n_cols, cells)
