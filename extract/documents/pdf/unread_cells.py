"""Cells that show something which the reader of signs could not read, read by the recogniser of lines.

Only cells whose text says nothing are asked about, so that a clean PDF loads no recogniser. What it reads counts where it is a
figure and agrees with every sign that was read by its shape.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from extract.documents.drawn.page import Page
from extract.documents.drawn.table import Box, PdfTable
from extract.documents.shown.signs import JUNK
from extract.documents.shown.witness import Draw

_FIGURE = re.compile(r"^[\d.,/-]{1,16}$")
# Below this the recogniser is not sure. A lone digit it sees in any stroke.
_SURE = 0.9
_FEWEST_DIGITS = 2
_DOUBT = "read from the picture by the recogniser of lines alone"
_DOTS = 200
_AROUND = 6.0


def recognised(readings: Sequence[Sequence[PdfTable]], pages: Mapping[int, Page], draw: Draw) -> list[list[PdfTable]]:
    """Return the tables, with what the recogniser reads in cells that have no text and were not read; they stay as they
    are without the extra ``ocr``.
    """
    out = [list(tables) for tables in readings]
    unread: dict[int, dict[Box, str]] = {}
    for table in (table for tables in out for table in tables):
        for index, shown in table.shown.items():
            if JUNK in shown and not any(map(str.isalnum, table.cells[index][5])):
                unread.setdefault(table.page, {})[table.cells[index][4]] = shown
    if not unread:
        return out
    from extract.documents.ocr.models import missing

    if missing():
        return out
    read = {number: _read(pages[number], cells, draw) for number, cells in unread.items()}
    return [[_with(table, read.get(table.page, {})) for table in tables] for tables in out]


def _with(table: PdfTable, read: Mapping[Box, str]) -> PdfTable:
    found = {n: read[table.cells[n][4]] for n in table.shown if table.cells[n][4] in read}
    if not found:
        return table
    return replace(table, shown={**table.shown, **found}, doubts=dict.fromkeys(found, _DOUBT) | dict(table.doubts))


def _read(page: Page, cells: Mapping[Box, str], draw: Draw) -> dict[Box, str]:
    from extract.documents.ocr.ink import read_ink
    from extract.documents.ocr.ruled import Lattice
    from extract.documents.ocr.strips import read_cells

    lefts, bottoms, rights, tops = zip(*cells, strict=True)
    outline = (
        max(min(lefts) - _AROUND, 0.0),
        max(min(bottoms) - _AROUND, 0.0),
        min(max(rights) + _AROUND, page.width),
        min(max(tops) + _AROUND, page.height),
    )
    picture = draw(page, outline, _DOTS)
    lattices = []
    for box in cells:
        left, top, right, bottom = picture.pixels(box)
        lattices.append(Lattice((left, right), (top, bottom), ((0, 0, 1, 1),), frozenset()))
    ink, found = read_ink(picture.grey, lattices)
    texts = read_cells(ink, [cell for of_lattice in found for cell in of_lattice])
    out = {}
    for (box, shown), text in zip(cells.items(), texts, strict=True):
        figure = "\n".join(line for line in text.lines if line)
        is_figure = _FIGURE.match("".join(figure.split())) and sum(map(str.isdigit, figure)) >= _FEWEST_DIGITS
        if is_figure and text.sure >= _SURE and _agrees(figure, shown):
            out[box] = figure
    return out


def _agrees(figure: str, shown: str) -> bool:
    pattern = ".*".join(map(re.escape, re.split(rf"{re.escape(JUNK)}+", "".join(shown.split()))))
    return re.fullmatch(pattern, "".join(figure.split())) is not None
