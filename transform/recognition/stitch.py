"""Tables that a page break cut in two, made whole: page grids in, tables out.

Only grids of formats with pages and positions (PDF, OFD, scans) are touched. The one thing to know: a row is rejoined
only where the form's own labels prove that it was cut (neither half of the label is a label, the whole is), or where
its second half holds nothing but the rest of wrapped digits.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from extract.document import Cell, Grid
from transform.forms.labels import parse_label
from transform.recognition.label_index import all_entries, match_label

#: Column borders nearer than this (points) are the same border; tables whose sides differ by more are not one table.
SAME_EDGE = 3.5
SAME_SIDE = 8.0
_DIGITS = re.compile(r"^[\d\s.,]*$")
#: A digit of the largest letters that tables are set in, and the room a cell keeps free beside its text, in points.
_DIGIT, _PADDING = 7.0, 16.0


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
    bottom, repeated = _without_repeated_header(top, bottom, first.n_rows)
    n_rows = first.n_rows + second.n_rows - repeated
    top, bottom, joined = _rejoin_row(top, bottom, first.n_rows, edges)
    if joined:
        n_rows -= 1
    else:
        top, bottom = _with_doubts(top, bottom, first.n_rows)
    top, bottom = _rejoin_groups(top, bottom, first.n_rows)
    cells = tuple(sorted([*top, *bottom], key=lambda c: (c.row, c.col)))
    return replace(first, n_rows=n_rows, n_cols=len(edges) - 1, cells=cells, edges=edges)


def _without_repeated_header(top: list[Cell], bottom: list[Cell], cut: int) -> tuple[list[Cell], int]:
    """Leave out the header rows that Word repeats on each page, where the rest of a cut row stands below them."""

    def row(cells: list[Cell], number: int) -> list[tuple[int, str]]:
        return sorted((c.col, c.text) for c in cells if c.row == number and c.text)

    starts = [r for r in range(cut) if row(top, r) and row(top, r) == row(bottom, cut)]
    for start in starts[-1:]:
        count = 0
        while start + count < cut and (row(top, start + count) == row(bottom, cut + count)):
            count += 1
        rest = row(bottom, cut + count)
        if rest and all(_DIGITS.match(text) for _, text in rest):
            return [replace(c, row=c.row - count) for c in bottom if c.row >= cut + count], count
    return bottom, 0


def _merged_edges(first: tuple[float, ...], second: tuple[float, ...]) -> tuple[float, ...]:
    left, right = first[0] + SAME_SIDE, first[-1] - SAME_SIDE
    new = [x for x in second if left < x < right and all(abs(x - e) > SAME_EDGE for e in first)]
    return tuple(sorted([*first, *new]))


def _moved(cell: Cell, own: tuple[float, ...], edges: tuple[float, ...], rows_above: int) -> Cell:
    def place(x: float) -> int:
        return min(range(len(edges)), key=lambda i: abs(edges[i] - x))

    start, stop = place(own[cell.col]), place(own[cell.col + cell.col_span])
    return replace(cell, row=cell.row + rows_above, col=start, col_span=max(1, stop - start))


def _rejoin_row(
    top: list[Cell], bottom: list[Cell], cut: int, edges: tuple[float, ...]
) -> tuple[list[Cell], list[Cell], bool]:
    """Join the last row of a page and the first of the next where they are two halves of one row."""
    last = {c.col: c for c in top if c.row + c.row_span == cut}
    first = {c.col: c for c in bottom if c.row == cut}
    if not last or not first or not _halves(last, first):
        return top, bottom, False
    joined: list[Cell] = []
    for col in sorted(last.keys() | first.keys()):
        above, below = last.get(col), first.get(col)
        if above and below:
            joined.append(_glued(above, below, above.row_span + below.row_span - 1, edges))
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
        # Table 4 has no label: what stands below some of its figures, and is no whole row, is the rest of them.
        filled = [c for c in last.values() if c.text]
        within = all(c.col in last and last[c.col].text for c in below)
        return not labels_below and within and len(filled) >= 10 and len(below) * 2 < len(filled)
    if not labels_below:
        if all(c.col in last and last[c.col].text and _DIGITS.match(last[c.col].text) for c in below):
            # The rest of digits that a narrow column wrapped: it stands under the digits it belongs to.
            return True
        # A row of figures without a label is no row of the form: it belongs to the label above that has none.
        figures_above = [c for c in last.values() if c.text and _DIGITS.match(c.text)]
        return _names_a_row(labels_above[-1].text) and not figures_above and len(below) * 2 >= len(first) - 1
    above, under = labels_above[-1], labels_below[-1]
    if above.col != under.col or not match_label(above.text + under.text)[1]:
        return False
    # （一） | 予以公开: the rest alone is a label too, but a number alone is none.
    return not match_label(under.text)[1] or not parse_label(above.text).core


def _names_a_row(text: str) -> bool:
    return any(entry.role in ("t2_row", "t3_row") for entry in match_label(text)[1])


def _with_doubts(top: list[Cell], bottom: list[Cell], cut: int) -> tuple[list[Cell], list[Cell]]:
    """Mark the rows on both sides of the break where one was cut and it can't be told which halves belong together."""
    below = [c for c in bottom if c.row == cut and c.text]
    if _is_cut(top, cut):
        why = "the row above the page break was cut, its rest is not to be told"
        bottom = [replace(c, doubt=c.doubt or why) if c.row == cut else c for c in bottom]
    elif (
        below
        and all(_DIGITS.match(c.text) for c in below)
        and any(c.row == cut - 1 and _names_a_row(c.text) for c in top)
    ):
        why = "figures without a label follow the row on the next page"
        top = [replace(c, doubt=c.doubt or why) if c.row == cut - 1 else c for c in top]
    return top, bottom


def _is_cut(top: list[Cell], cut: int) -> bool:
    """Tell whether the last row of a page bears the beginning of a label, so that its rest stands on the next page."""
    labels = [c.text for c in sorted(top, key=lambda c: c.col) if c.row == cut - 1 and not _DIGITS.match(c.text)]
    if not labels or match_label(labels[-1])[1]:
        return False
    label = parse_label(labels[-1])
    return bool(label.core or label.numbering) and starts_row_label(label.core)


def starts_row_label(text: str) -> bool:
    """Tell whether the label of a row of Table 2 or 3 begins with a bare text."""
    return any(core.startswith(text) for core in _row_labels())


@lru_cache(maxsize=1)
def _row_labels() -> frozenset[str]:
    return frozenset(core for e in all_entries() if e.role in ("t2_row", "t3_row") for core in e.item.cores)


def _rejoin_groups(top: list[Cell], bottom: list[Cell], cut: int) -> tuple[list[Cell], list[Cell]]:
    """Join a group label (（四）无 / 法提供) that the break cut while its rows are whole."""
    for above in [c for c in top if c.row + c.row_span == cut and c.text and not match_label(c.text)[1]]:
        for below in [c for c in bottom if c.row == cut and c.col == above.col]:
            if match_label(above.text + below.text)[1] and not match_label(below.text)[1]:
                top = [c for c in top if c is not above]
                bottom = [c for c in bottom if c is not below]
                top.append(_glued(above, below, above.row_span + below.row_span))
    return top, bottom


def _glued(above: Cell, below: Cell, row_span: int, edges: tuple[float, ...] = ()) -> Cell:
    text = "\n".join(t for t in (above.text, below.text) if t)
    locator = "; ".join(c.locator for c in (above, below) if c.text) or above.locator
    doubt = above.doubt or below.doubt
    if edges and above.text and below.text and _DIGITS.match(above.text + below.text):
        width = edges[above.col + above.col_span] - edges[above.col]
        if width > (len(above.text.split("\n")[-1]) + 1) * _DIGIT + _PADDING:
            doubt = doubt or "digits on both sides of the page break in a column that has room for them"
    shown = None
    if above.shown is not None and below.shown is not None:
        shown = "\n".join(s for s in (above.shown, below.shown) if s)
    return replace(above, text=text, locator=locator, row_span=row_span, doubt=doubt, shown=shown)
