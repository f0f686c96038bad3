"""What ink stands in each cell of a lattice: ruling lines taken away, the rest cut into lines of letters.

The one thing to know: an empty cell is proved here, by ink and not by what a recogniser makes of it, and at two
darknesses: a cell with so much as a faint stroke is not blank.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from extract.documents.ocr.ruled import Lattice

Image = Any
# Pixels: a spot smaller than this is dust; a faint one has to be larger to count.
_DUST = 7
_FAINT_DUST = 14
_PAPER = 250
# What is left of a ruling line lies this near to it.
_REST = 6
# So much of the way from paper to ink is a trace.
_FAINT = 0.2


@dataclass(frozen=True)
class Line:
    """One line of letters: left, top, right, bottom of its ink in the page's pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left


@dataclass(frozen=True)
class InkCell:
    """``lines`` are empty where no ink stands; ``faint`` tells of traces too light or small to be letters; ``cut`` that
    ink runs into the border, so that a part of a letter may stand outside.
    """

    origin: tuple[int, int, int, int]
    box: tuple[float, float, float, float]
    lines: tuple[Line, ...]
    faint: bool
    cut: bool
    unsure: bool


@dataclass(frozen=True)
class Ink:
    """A page without its ruling lines: ``grey`` pixels, the ``limit`` below which a pixel is ink, and the ``em`` (height
    of a line of Chinese letters in the tables).
    """

    grey: Image
    limit: float
    em: float


def darkness_of(flat: Image) -> float:
    """Return how dark the ink of a page is (0 to 255)."""
    mean = cv2.blur(flat, (61, 61)).astype(np.int16)
    dark = flat[(mean - flat) > 40]
    return float(np.percentile(dark, 12)) if dark.size else 80.0


def read_ink(flat: Image, lattices: list[Lattice], share: float = 0.5) -> tuple[Ink, list[list[InkCell]]]:
    """Return the page without lines and, for each lattice, what stands in its cells.

    ``share`` of the way from paper to ink a pixel counts as ink.
    """
    grey = flat.copy()
    for lattice in lattices:
        _erase(grey, lattice)
    # Of the letters alone: ruling lines are often much darker.
    dark = darkness_of(grey)
    limit = _PAPER - share * (_PAPER - dark)
    smooth = cv2.blur(flat, (3, 3))[::3, ::3]
    noise = float(np.median(np.abs(smooth - np.median(smooth)))) * 1.48
    faint_limit = _PAPER - max(_FAINT * (_PAPER - dark), 5 * noise)
    found = [[_cell(grey, lattice, n, limit, faint_limit) for n in range(len(lattice.origins))] for lattice in lattices]
    heights = [line.height for cells in found for cell in cells for line in cell.lines if 8 <= line.height <= 70]
    em = float(np.percentile(heights, 75)) if heights else 28.0
    split = [[_with_single_lines(grey, cell, limit, em) for cell in cells] for cells in found]
    return Ink(grey, limit, em), split


def _erase(grey: Image, lattice: Lattice) -> None:
    """Paint the borders of the cells over, each where it really runs (a pixel or two beside the straight line)."""
    seen = set()
    for origin in lattice.origins:
        left, top, right, bottom = (round(v) for v in lattice.box(origin))
        for position, start, end, upright in (
            (top, left, right, False),
            (bottom, left, right, False),
            (left, top, bottom, True),
            (right, top, bottom, True),
        ):
            if (position, start, end, upright) not in seen:
                seen.add((position, start, end, upright))
                _erase_line(grey.T if upright else grey, position, start, end)


def _erase_line(grey: Image, y: int, start: int, end: int) -> None:
    top, left = max(y - 6, 0), max(start - 4, 0)
    band = grey[top : y + 7, left : end + 5]
    if band.shape[0] < 5 or band.shape[1] < 5:
        return
    along = cv2.blur(np.ascontiguousarray(band), (31, 1)).astype(np.float32)
    # Letters that touch the line from one side must not draw it to them: nearer to the straight line is better.
    distance = np.abs(np.arange(band.shape[0]) + top - y)[:, None]
    middle = (along + 9.0 * distance).argmin(axis=0)
    lowest = along.min(axis=0)
    thick = np.median((along < (lowest + _PAPER) / 2).sum(axis=0)) / 2
    reach = min(max(thick, 1.0), 3.5) + 1.0
    rows = np.arange(band.shape[0])[:, None]
    band[np.abs(rows - middle[None, :]) <= reach] = _PAPER


def _cell(grey: Image, lattice: Lattice, index: int, limit: float, faint_limit: float) -> InkCell:
    origin = lattice.origins[index]
    box = lattice.box(origin)
    left, top, right, bottom = (round(v) for v in box)
    left, top = left + 1, top + 1
    part = grey[top:bottom, left:right]
    if part.shape[0] < 4 or part.shape[1] < 4:
        return InkCell(origin, box, (), False, False, index in lattice.unsure)
    spots, cut = _spots(part < limit, _DUST)
    lines = tuple(Line(x0 + left, y0 + top, x1 + left, y1 + top) for x0, y0, x1, y1 in _lines(spots))
    faint = False
    if not lines:
        faint = bool(_spots(cv2.blur(np.ascontiguousarray(part), (3, 3)) < faint_limit, _FAINT_DUST)[0])
    return InkCell(origin, box, lines, faint, cut, index in lattice.unsure)


def _spots(black: Image, dust: int) -> tuple[list[tuple[int, int, int, int]], bool]:
    """Return the boxes of the spots of ink in a cell, and whether one of some size runs out of it.

    Dust and what is left of the ruling lines, thin along the border, are no spots.
    """
    high, wide = black.shape
    count, _, stats, _ = cv2.connectedComponentsWithStats(black.astype(np.uint8), connectivity=8)
    boxes, cut = [], False
    for left, top, width, height, area in stats[1:count].tolist():
        right, bottom = left + width, top + height
        at_side, at_end = left <= 1 or right >= wide - 1, top <= 1 or bottom >= high - 1
        if area < dust:
            continue
        if (at_side and width <= 3 and height >= 3) or (at_end and height <= 3 and width >= 3):
            continue
        near_end = top <= _REST or bottom >= high - _REST
        if near_end and height <= 4 and width >= 3 * height:
            continue
        cut = cut or (at_side and height > 6)
        boxes.append((left, top, right, bottom))
    return boxes, cut


def _lines(spots: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Group spots into lines of letters by their heights: spots that share rows are of one line."""
    lines: list[list[int]] = []
    for left, top, right, bottom in sorted(spots, key=lambda s: s[1]):
        if lines and top < lines[-1][3] - 1:
            last = lines[-1]
            last[0], last[2], last[3] = min(last[0], left), max(last[2], right), max(last[3], bottom)
        else:
            lines.append([left, top, right, bottom])
    return [(a, b, c, d) for a, b, c, d in lines]


def _with_single_lines(grey: Image, cell: InkCell, limit: float, em: float) -> InkCell:
    """Put strokes that stand apart (二, a dot) back to their line, and part lines that run into each other."""
    lines: list[Line] = []
    for line in cell.lines:
        before = lines[-1] if lines else None
        if before is not None and (
            line.bottom - before.top <= 1.15 * em
            and (min(line.height, before.height) < 0.45 * em or line.top - before.bottom < 0.1 * em)
        ):
            lines[-1] = Line(min(before.left, line.left), before.top, max(before.right, line.right), line.bottom)
        else:
            lines.append(line)
    out: list[Line] = []
    for line in lines:
        count = round(line.height / (1.1 * em))
        if count < 2:
            out.append(line)
            continue
        rows = (grey[line.top : line.bottom, line.left : line.right] < limit).sum(axis=1)
        cuts = [0]
        for n in range(1, count):
            at = round(line.height * n / count)
            near = max(round(0.25 * em), 2)
            low = max(at - near, cuts[-1] + 1)
            cuts.append(low + int(rows[low : at + near].argmin()))
        cuts.append(line.height)
        out += [
            Line(line.left, line.top + a, line.right, line.top + b) for a, b in itertools.pairwise(cuts) if b - a > 3
        ]
    tight = []
    for line in out:
        columns = np.flatnonzero((grey[line.top : line.bottom, line.left : line.right] < limit).any(axis=0))
        if len(columns):
            tight.append(Line(line.left + int(columns[0]), line.top, line.left + int(columns[-1]) + 1, line.bottom))
    return InkCell(cell.origin, cell.box, tuple(tight), cell.faint, cell.cut, cell.unsure)
