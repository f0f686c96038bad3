"""One picture of a page to tables, read twice, and text: pixels in, PdfTables and letters out.

The two readings of a table share the straightened page and nothing else: the first finds lines as ridges of grey and
reads strips of cells with the recogniser of lines, the second works on a larger, smoothed copy, finds lines by the shape
of black pixels and reads figures sign by sign. Positions are in points from the lower left corner of the upright page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from extract.documents.drawn.table import PdfTable
from extract.documents.ocr.digits import read_figure
from extract.documents.ocr.ink import Ink, InkCell, read_ink
from extract.documents.ocr.prose import upright
from extract.documents.ocr.ruled import Lattice, by_black, by_ridges
from extract.documents.ocr.rulings import lines_of_ridges, ridges, without_letters
from extract.documents.ocr.straighten import even, level, unbend
from extract.documents.ocr.strips import CellText, read_cells

Image = Any
# A table has this many cells, or it is a frame.
_FEWEST_CELLS = 4
# Pixels: a ruling line of a table, upright ones as well, is longer than any stroke.
_LONG_LINE = 60
# Below these the recogniser of lines, or the reader of digits, is not sure.
_SURE_LINE = 0.55
_SURE_SIGN = 0.85
_SECOND_SCALE = 1.2
# Its strips are narrower: the letters look different to the recogniser, and a third of the time is saved.
_SQUEEZE = 0.75
_WIDTH_IN_POINTS = 595.0


@dataclass(frozen=True)
class Straight:
    """A page made even, upright and straight: ``points`` is the size of a pixel, ``lattices`` those of the first way."""

    number: int
    flat: Image
    points: float
    lattices: tuple[Lattice, ...]
    turned: int

    @property
    def width(self) -> float:
        return self.flat.shape[1] * self.points

    @property
    def height(self) -> float:
        return self.flat.shape[0] * self.points

    @property
    def boxes(self) -> list[tuple[float, float, float, float]]:
        """The outlines of the tables in pixels from the upper left corner."""
        return [(lattice.xs[0], lattice.ys[0], lattice.xs[-1], lattice.ys[-1]) for lattice in self.lattices]


def straighten(picture: Image, number: int, width_in_points: float | None = None) -> Straight:
    """Make a picture of a page fit for reading and find its tables; no letter of the tables is read yet.

    ``width_in_points`` is the width of the page as it is shown; a picture by itself counts as wide as an A4 page.
    """
    flat, turned = upright(level(even(picture)))
    flat = unbend(level(flat) if turned % 180 else flat)
    shown = flat.shape[0] if turned % 180 else flat.shape[1]
    points = (width_in_points or _WIDTH_IN_POINTS) / shown
    lattices = tuple(lattice for lattice in by_ridges(flat) if len(lattice.origins) >= _FEWEST_CELLS)
    return Straight(number, flat, points, lattices, turned)


def may_hold_table(picture: Image) -> bool:
    """Tell quickly whether a picture has ruling lines both ways, however it lies."""
    bare, _ = without_letters(level(even(picture)))
    ways = (bare, np.ascontiguousarray(bare.T))
    return all(sum(end - start >= _LONG_LINE for _, start, end in lines_of_ridges(ridges(way))) >= 3 for way in ways)


def first_tables(page: Straight) -> list[PdfTable]:
    """Return the tables of a page as the recogniser of lines reads them."""
    ink, cells = read_ink(page.flat, list(page.lattices))
    tables = []
    for lattice, of_lattice in zip(page.lattices, cells, strict=True):
        texts = read_cells(ink, of_lattice)
        doubts = [_doubt(cell, text, _SURE_LINE) for cell, text in zip(of_lattice, texts, strict=True)]
        tables.append(_table(page, lattice, of_lattice, texts, doubts, page.points))
    return tables


def second_tables(page: Straight) -> list[PdfTable]:
    """Return the tables of a page as the reader of digits reads them, labels by the recogniser from another picture."""
    if not page.lattices:
        return []
    size = (round(page.flat.shape[1] * _SECOND_SCALE), round(page.flat.shape[0] * _SECOND_SCALE))
    flat = cv2.GaussianBlur(cv2.resize(page.flat, size, interpolation=cv2.INTER_CUBIC), (0, 0), 0.7)
    lattices = [lattice for lattice in by_black(flat) if len(lattice.origins) >= _FEWEST_CELLS]
    ink, cells = read_ink(flat, lattices, share=0.45)
    tables = []
    for lattice, of_lattice in zip(lattices, cells, strict=True):
        texts, doubts = _read_second(ink, of_lattice)
        tables.append(_table(page, lattice, of_lattice, texts, doubts, page.points / _SECOND_SCALE))
    return tables


def _read_second(ink: Ink, cells: list[InkCell]) -> tuple[list[CellText], list[str | None]]:
    texts: list[CellText | None] = []
    for cell in cells:
        figures = [read_figure(ink, line) for line in cell.lines] if _may_be_figure(ink, cell) else []
        if cell.lines and (not figures or min(figure.sure for figure in figures) < _SURE_SIGN):
            texts.append(None)
        else:
            texts.append(CellText(tuple(f.text for f in figures), min((f.sure for f in figures), default=1.0)))
    rest = [n for n, text in enumerate(texts) if text is None]
    read = dict(zip(rest, read_cells(ink, [cells[n] for n in rest], _SQUEEZE), strict=True))
    out, doubts = [], []
    for n, cell in enumerate(cells):
        text = texts[n] or read[n]
        doubt = _doubt(cell, text, _SURE_LINE)
        if n in read and _is_figure(text):
            doubt = doubt or "the reader of digits is not sure of it"
        out.append(text)
        doubts.append(doubt)
    return out, doubts


def _may_be_figure(ink: Ink, cell: InkCell) -> bool:
    return len(cell.lines) <= 3 and sum(line.width for line in cell.lines) < 9 * ink.em


def _is_figure(text: CellText) -> bool:
    joined = "".join(text.lines)
    letters = sum(char.isalpha() for char in joined)
    return letters == 0 or (any(char.isdigit() for char in joined) and letters <= 2)


def _doubt(cell: InkCell, text: CellText, sure: float) -> str | None:
    """Return why a cell's text may not be what is printed; labels are judged by their distance to the form's instead."""
    if cell.faint and not cell.lines:
        return "traces of ink, too faint to be read"
    if not cell.lines:
        return "a border of the cell is not sure" if cell.unsure else None
    if not any(text.lines):
        return "ink that was not read"
    if not _is_figure(text):
        return None
    if not all(text.lines):
        return "ink that was not read"
    if len(text.lines) > 1 and not all(any(char.isdigit() for char in line) for line in text.lines):
        # A stroke of a pen over a figure passes for the dash of an empty cell: '-' above '65' (seen).
        return "a mark without a digit stands with the figure"
    if text.sure < sure:
        return f"the recogniser is not sure ({text.sure:.2f})"
    if cell.cut:
        return "ink runs into the border"
    return "a border of the cell is not sure" if cell.unsure else None


def _table(
    page: Straight,
    lattice: Lattice,
    cells: Sequence[InkCell],
    texts: Sequence[CellText],
    doubts: Sequence[str | None],
    points: float,
) -> PdfTable:
    height = page.height

    def box(pixels: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        left, top, right, bottom = pixels
        return left * points, height - bottom * points, right * points, height - top * points

    placed = tuple(
        (*cell.origin, box(cell.box), "\n".join(line for line in text.lines if line))
        for cell, text in zip(cells, texts, strict=True)
    )
    outline = box((lattice.xs[0], lattice.ys[0], lattice.xs[-1], lattice.ys[-1]))
    edges = tuple(round(x * points, 2) for x in lattice.xs)
    found = {n: doubt for n, doubt in enumerate(doubts) if doubt}
    return PdfTable(page.number, outline, edges, len(lattice.ys) - 1, placed, found)
