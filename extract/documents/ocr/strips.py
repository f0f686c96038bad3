"""Cells to text by the recogniser: lines of ink set side by side into strips that it reads in one go.

Single figures read alone are misread (measured: 0.08 to 0.58 right); so the figures of a row are set side by side with
gaps between them, and each letter goes back to its cell by where it stands in the strip. The lines of a label follow one
another in one strip, as if they had never been broken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from extract.documents.ocr.ink import Ink, InkCell, Line
from extract.documents.ocr.models import LINE_HEIGHT, read_line

Image = Any
# Height of the strip in ems, and the gaps between cells and between the lines of one cell.
_STRIP = 1.22
_CELL_GAP = 0.8
_LINE_GAP = 0.12
_WIDEST = 26.0
# A cell with more than this many ems of text is read by itself.
_SHORT = 5.0
_ONLY_NOUGHTS = re.compile(r"^[\dOo.,]*$")
_AS_NOUGHT = str.maketrans("Oo", "00")


@dataclass(frozen=True)
class CellText:
    """``lines`` are the texts of the ink lines of a cell, ``sure`` how sure the recogniser is of its least sure letter."""

    lines: tuple[str, ...]
    sure: float


def read_cells(ink: Ink, cells: list[InkCell], squeeze: float = 1.0) -> list[CellText]:
    """Return the text of each cell, in the order of the cells; strips are made narrower by ``squeeze``."""
    texts: list[list[str]] = [["" for _ in cell.lines] for cell in cells]
    sure = [1.0] * len(cells)
    for strip in _strips(ink, cells):
        image, pieces = _image(ink, [(n, k, cells[n].lines[k]) for n, k in strip], cells)
        if squeeze != 1.0:
            image = cv2.resize(
                image, (max(round(image.shape[1] * squeeze), 8), LINE_HEIGHT), interpolation=cv2.INTER_AREA
            )
        for glyph in read_line(image):
            x = glyph.x / squeeze
            owner = min(pieces, key=lambda piece: max(piece[2] - x, x - piece[3]))
            n, k = owner[0], owner[1]
            texts[n][k] += glyph.text
            sure[n] = min(sure[n], glyph.sure)
    return [CellText(_noughts(lines), s) for lines, s in zip(texts, sure, strict=True)]


def _noughts(lines: list[str]) -> tuple[str, ...]:
    """A row of noughts alone looks like the letter: in a cell with nothing but digits and O, O is nought."""
    stripped = tuple(line.strip() for line in lines)
    if any("O" in line or "o" in line for line in stripped) and all(_ONLY_NOUGHTS.match(line) for line in stripped):
        return tuple(line.translate(_AS_NOUGHT) for line in stripped)
    return stripped


def _strips(ink: Ink, cells: list[InkCell]) -> list[list[tuple[int, int]]]:
    """Return which lines (cell, line) are set side by side, in reading order."""
    strips: list[list[tuple[int, int]]] = []
    row: list[tuple[int, int]] = []
    length = 0.0
    for n, cell in enumerate(cells):
        if not cell.lines:
            continue
        own = [(n, k) for k in range(len(cell.lines))]
        wide = sum(line.width for line in cell.lines) / ink.em
        if wide > _SHORT:
            strips += _cut(own, cells, ink.em)
            continue
        if row and length + wide > _WIDEST:
            strips.append(row)
            row, length = [], 0.0
        row = row + own
        length += wide + _CELL_GAP
    if row:
        strips.append(row)
    return strips


def _cut(own: list[tuple[int, int]], cells: list[InkCell], em: float) -> list[list[tuple[int, int]]]:
    """Cut the lines of a cell full of prose into strips of a bearable length."""
    out: list[list[tuple[int, int]]] = [[]]
    length = 0.0
    for n, k in own:
        wide = cells[n].lines[k].width / em
        if out[-1] and length + wide > 2 * _WIDEST:
            out.append([])
            length = 0.0
        out[-1].append((n, k))
        length += wide
    return out


def _image(
    ink: Ink, lines: list[tuple[int, int, Line]], cells: list[InkCell]
) -> tuple[Image, list[tuple[int, int, float, float]]]:
    """Return a strip at LINE_HEIGHT and, for each line, (cell, line, left, right) in its pixels."""
    parts: list[Image] = []
    pieces = []
    x = 0
    before = None
    for n, k, line in lines:
        gap = round(LINE_HEIGHT / _STRIP * (_LINE_GAP if before == n else _CELL_GAP / (2 if before is None else 1)))
        part = line_image(ink, line, cells[n])
        parts += [np.full((LINE_HEIGHT, gap), 250, np.uint8), part]
        pieces.append((n, k, float(x + gap), float(x + gap + part.shape[1])))
        x += gap + part.shape[1]
        before = n
    parts.append(np.full((LINE_HEIGHT, LINE_HEIGHT // 3), 250, np.uint8))
    return np.concatenate(parts, axis=1), pieces


def line_image(ink: Ink, line: Line, cell: InkCell) -> Image:
    """Return one line of ink at LINE_HEIGHT, on white, at the scale of its page's em."""
    high = max(ink.em * _STRIP, line.height * 1.1)
    top = round((line.top + line.bottom) / 2 - high / 2)
    canvas = np.full((round(high), line.width + 4), 250, np.uint8)
    # Only this line's own rows: what stands above and below belongs to other lines.
    first = max(line.top - 1, round(cell.box[1]), 0)
    last = min(line.bottom + 1, round(cell.box[3]), ink.grey.shape[0])
    left, right = max(line.left - 2, 0), min(line.right + 2, ink.grey.shape[1])
    part = ink.grey[first:last, left:right]
    at = max(first - top, 0)
    part = part[: max(canvas.shape[0] - at, 0)]
    canvas[at : at + part.shape[0], : part.shape[1]] = part
    width = max(round(canvas.shape[1] * LINE_HEIGHT / canvas.shape[0]), 4)
    return cv2.resize(
        canvas, (width, LINE_HEIGHT), interpolation=cv2.INTER_AREA if high > LINE_HEIGHT else cv2.INTER_CUBIC
    )
