"""Tables that a page break cut in two, made whole: page grids in, tables out.

Only grids of formats with pages and positions (PDF, OFD, scans) are touched. The one thing to know: a row is rejoined
only where the form's own labels prove that it was cut (neither half of the label is a label, the whole is), or where
its second half holds nothing but the rest of wrapped digits.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extract.document import Cell, Grid
from transform.label_index import match_label

#: Column borders nearer than this (points) are the same border; tables whose sides differ by more are not one table.
SAME_EDGE = 3.5
SAME_SIDE = 8.0
_DIGITS = re.compile(r"^[\d\s.,]*$")


def stitch(grids: tuple[Grid, ...]) -> list[Grid]:
    """Return the grids with those that continue on the next page put together.

    Rows are appended, columns mapped by their x positions; a rejoined cell carries both places (``p1 …; p2 …``).
    """
    out: list[Grid] = []
    last_page: int | None = None
    for index, grid in enumerate(grids):
        first_of_page = index == 0 or grids[index - 1].page != grid.page
        if (
            out
            and first_of_page
            and last_page is not None
            and grid.page == last_page + 1
            and _same_sides(out[-1], grid)
        ):
            out[-1] = _append(out[-1], grid)
        else:
            out.append(grid)
        last_page = grid.page
    return out


def _same_sides(first: Grid, second: Grid) -> bool:
    if not first.edges or not second.edges:
        return False
    return abs(first.edges[0] - second.edges[0]) <= SAME_SIDE and abs(first.edges[-1] - second.edges[-1]) <= SAME_SIDE


def _append(first: Grid, second: Grid) -> Grid:
    assert first.edges and second.edges
    edges = _merged_edges(first.edges, second.edges)
    top = [_moved(cell, first.edges, edges, 0) for cell in first.cells]
    bottom = [_moved(cell, second.edges, edges, first.n_rows) for cell in second.cells]
    n_rows = first.n_rows + second.n_rows
    top, bottom, joined = _rejoin_row(top, bottom, first.n_rows)
    if joined:
        n_rows -= 1
    top, bottom = _rejoin_groups(top, bottom, first.n_rows)
    cells = tuple(sorted([*top, *bottom], key=lambda c: (c.row, c.col)))
    return replace(first, n_rows=n_rows, n_cols=len(edges) - 1, cells=cells, edges=edges)


def _merged_edges(first: tuple[float, ...], second: tuple[float, ...]) -> tuple[float, ...]:
    left, right = first[0] + SAME_SIDE, first[-1] - SAME_SIDE
    new = [x for x in second if left < x < right and all(abs(x - e) > SAME_EDGE for e in first)]
    return tuple(sorted([*first, *new]))


def _moved(cell: Cell, own: tuple[float, ...], edges: tuple[float, ...], rows_above: int) -> Cell:
    def place(x: float) -> int:
        return min(range(len(edges)), key=lambda i: abs(edges[i] - x))

    start, stop = place(own[cell.col]), place(own[cell.col + cell.col_span])
    return replace(cell, row=cell.row + rows_above, col=start, col_span=max(1, stop - start))


def _rejoin_row(top: list[Cell], bottom: list[Cell], cut: int) -> tuple[list[Cell], list[Cell], bool]:
    """Join the last row of a page and the first of the next where they are two halves of one row."""
    last = {c.col: c for c in top if c.row + c.row_span == cut}
    first = {c.col: c for c in bottom if c.row == cut}
    if not last or not first or not _halves(last, first):
        return top, bottom, False
    joined: list[Cell] = []
    for col in sorted(last.keys() | first.keys()):
        above, below = last.get(col), first.get(col)
        if above and below:
            joined.append(_glued(above, below, above.row_span + below.row_span - 1))
        elif above:
            joined.append(above)
        elif below:
            joined.append(replace(below, row=cut - 1))
    kept = [c for c in top if c not in last.values()]
    moved = [replace(c, row=c.row - 1) for c in bottom if c not in first.values()]
    return kept + joined, moved, True


def _halves(last: dict[int, Cell], first: dict[int, Cell]) -> bool:
    below = [c for _, c in sorted(first.items()) if c.text]
    if not below:
        return False
    labels_below = [c for c in below if not _DIGITS.match(c.text)]
    labels_above = [c for _, c in sorted(last.items()) if c.text and not _DIGITS.match(c.text)]
    if not labels_above:
        return False
    if not labels_below:
        # The rest of digits that a narrow column wrapped: it stands under the digits it belongs to.
        return all(c.col in last and last[c.col].text and _DIGITS.match(last[c.col].text) for c in below)
    above, under = labels_above[-1], labels_below[-1]
    return above.col == under.col and not match_label(under.text)[1] and bool(match_label(above.text + under.text)[1])


def _rejoin_groups(top: list[Cell], bottom: list[Cell], cut: int) -> tuple[list[Cell], list[Cell]]:
    """Join a group label (（四）无 / 法提供) that the break cut while its rows are whole."""
    for above in [c for c in top if c.row + c.row_span == cut and c.text and not match_label(c.text)[1]]:
        for below in [c for c in bottom if c.row == cut and c.col == above.col]:
            if match_label(above.text + below.text)[1] and not match_label(below.text)[1]:
                top = [c for c in top if c is not above]
                bottom = [c for c in bottom if c is not below]
                top.append(_glued(above, below, above.row_span + below.row_span))
    return top, bottom


def _glued(above: Cell, below: Cell, row_span: int) -> Cell:
    text = "\n".join(t for t in (above.text, below.text) if t)
    locator = "; ".join(c.locator for c in (above, below) if c.text) or above.locator
    return replace(above, text=text, locator=locator, row_span=row_span)
