"""Numbers that stand alone between a table and the edge of its page: they may be the rest of a figure that the page cut.

In: a Document of a format with pages. Out: the same, with a doubt at the cells of the row that the number may belong to. A number
that can be the page's own is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from extract.document import Block, Document, Grid
from transform.observation import Leftover

_ALONE = re.compile(r"\d{1,7}(?:\.\d+)?")
# Page numbers of a report seldom begin with its first sheet: covers and letters go before.
_NEAR = 3
_DOUBT = "a number stands alone beside the table, where its page ends"


def doubt_beside_tables(document: Document) -> tuple[Document, list[Leftover]]:
    """Return a document with a doubt at the edge of each table that a number stands alone beside, and those numbers."""
    if all(reading.structural for reading in document.readings):
        return document, []
    found = list(_beside(document))
    if not found:
        return document, []
    edges = {(page, lower) for _, page, lower in found}
    rest = [
        Leftover(f"ch {block.start}-{block.start + len(block.text)}", block.text, _DOUBT)
        for block in dict.fromkeys(block for block, _, _ in found)
    ]
    readings = tuple(
        replace(reading, grids=tuple(_doubted(grid, reading.grids, edges) for grid in reading.grids))
        for reading in document.readings
    )
    return replace(document, readings=readings), rest


def _beside(document: Document) -> Iterator[tuple[Block, int, bool]]:
    """Yield each number that stands alone beside a table, the table's page, and whether it stands below the table."""
    pages = {grid.number: grid.page for grid in document.readings[0].grids}
    found: list[tuple[Block, int, bool]] = []
    for before, block, after in zip(
        (None, *document.blocks), document.blocks, (*document.blocks[1:], None), strict=False
    ):
        if block.grid is not None or not _ALONE.fullmatch(block.text.strip()):
            continue
        for beside, lower in ((before, True), (after, False)):
            page = pages.get(beside.grid) if beside is not None and beside.grid is not None else None
            if page is not None:
                found.append((block, page, lower))
    offsets = Counter(_number(block) - page for block, page, _ in found)
    counting = {
        block
        for block, page, _ in found
        if _number(block) and (abs(_number(block) - page) <= _NEAR or offsets[_number(block) - page] > 2)
    }
    yield from (place for place in found if place[0] not in counting)


def _number(block: Block) -> int:
    text = block.text.strip()
    return int(text) if text.isdecimal() else 0


def _doubted(grid: Grid, grids: tuple[Grid, ...], edges: set[tuple[int, bool]]) -> Grid:
    on_page = [other.number for other in grids if other.page == grid.page]
    lower = (grid.page, True) in edges and grid.number == on_page[-1]
    upper = (grid.page, False) in edges and grid.number == on_page[0]
    if not (lower or upper):
        return grid
    rows = {grid.n_rows - 1} if lower else set()
    rows |= {0} if upper else set()
    cells = tuple(replace(cell, doubt=cell.doubt or _DOUBT) if rows & set(cell.rows) else cell for cell in grid.cells)
    return replace(grid, cells=cells)
