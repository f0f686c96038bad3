"""Text outside the tables of a picture, line by line, and which way up a page is.

Lines are found by the detector on a small copy of the page and read by the recogniser; each letter becomes a Char, so
that paragraphs are put together as those of any PDF.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from extract.documents.drawn.page import Char
from extract.documents.ocr.models import LINE_HEIGHT, read_line, text_map
from extract.documents.ocr.rulings import without_letters

Image = Any
#: Left, top, right, bottom in pixels.
PixelBox = tuple[float, float, float, float]
# Width of the copy on which text is looked for.
_SMALL = 832
_LIKELY = 0.3
# The detector marks the core of a line; the line is larger by this share of area to circumference.
_GROW = 1.5
_SURE = 0.5
# Lines of prose are read narrower than they are: as right, and faster by as much.
_SQUEEZE = 0.75
# Lines tried to tell which way up a page is, and their length in heights.
_TRIED = 6
_TRIED_LENGTH = 12
_UPRIGHT = 0.8


def read_text(flat: Image, tables: Sequence[PixelBox], points: float) -> list[Char]:
    """Return the letters of a straight page outside its tables; ``points`` is the size of a pixel."""
    page = flat.copy()
    for left, top, right, bottom in tables:
        page[max(round(top) - 3, 0) : round(bottom) + 4, max(round(left) - 3, 0) : round(right) + 4] = 250
    height = page.shape[0]
    chars = []
    for left, top, right, bottom in text_lines(page):
        part = page[top:bottom, left:right]
        if part.shape[0] < 6 or part.shape[1] < 6:
            continue
        scale = LINE_HEIGHT / part.shape[0] * _SQUEEZE
        line = cv2.resize(
            part,
            (max(round(part.shape[1] * scale), 8), LINE_HEIGHT),
            interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC,
        )
        glyphs = read_line(line)
        if not glyphs or float(np.mean([g.sure for g in glyphs])) < _SURE:
            continue
        size = (bottom - top) * 0.8 * points
        y = (height - bottom + 0.2 * (bottom - top)) * points
        xs = [glyph.x for glyph in glyphs]
        # Letters reach to the middle between their neighbours; a blank is read as such, or it is none.
        ends = [0.0, *((a + b) / 2 for a, b in pairwise(xs)), line.shape[1]]
        for n, glyph in enumerate(glyphs):
            if glyph.text.strip():
                x0, x1 = ((left + end / scale) * points for end in ends[n : n + 2])
                chars.append(Char(glyph.text, (left + glyph.x / scale) * points, y + size / 3, x0, x1, y, size))
    return chars


def text_lines(page: Image) -> list[tuple[int, int, int, int]]:
    """Return the boxes of the lines of text of a page, from top to bottom."""
    height, width = page.shape
    factor = min(_SMALL / width, 1.0)
    small = (max(round(width * factor / 32), 1) * 32, max(round(height * factor / 32), 1) * 32)
    likely = text_map(cv2.resize(page, small, interpolation=cv2.INTER_AREA))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((likely > _LIKELY).astype(np.uint8), connectivity=8)
    boxes = []
    for n in range(1, count):
        left, top, wide, high, _area = (int(v) for v in stats[n])
        if min(wide, high) < 3 or float(likely[labels == n].mean()) < _SURE:
            continue
        grow = wide * high * _GROW / (2 * (wide + high))
        box = left - grow, top - grow, left + wide + grow, top + high + grow
        across, down = width / small[0], height / small[1]
        boxes.append(
            (
                max(round(box[0] * across), 0),
                max(round(box[1] * down), 0),
                min(round(box[2] * across), width),
                min(round(box[3] * down), height),
            )
        )
    return sorted(boxes, key=lambda box: (box[1] + box[3], box[0]))


def upright(flat: Image) -> tuple[Image, int]:
    """Return a page turned so that its text stands upright, and by how many degrees against the clock it was turned.

    Which way its lines run is told by the gaps: letters stand nearer to each other than lines do. Which of the two ways
    up is told by reading a few lines.
    """
    _, letters = without_letters(flat)
    lying = _lies(letters)
    best, best_turn, best_sure = flat, 0, -1.0
    for turn in (1, 3) if lying else (0, 2):
        turned = np.ascontiguousarray(np.rot90(flat, turn))
        sure = _readable(turned, np.ascontiguousarray(np.rot90(letters, turn)))
        if sure > best_sure:
            best, best_turn, best_sure = turned, turn * 90, sure
        if best_sure >= _UPRIGHT:
            break
    return best, best_turn


def _lies(letters: Image) -> bool:
    def in_rows(mask: Image) -> int:
        joined = cv2.morphologyEx(np.ascontiguousarray(mask), cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
        return sum(s[4] for s in stats[1:count].tolist() if 12 <= s[3] <= 70 and s[2] >= 3 * s[3])

    return in_rows(letters.T) > 1.5 * in_rows(letters)


def _readable(flat: Image, letters: Image) -> float:
    """Return how sure the recogniser is of a few lines of a page held this way."""
    joined = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((3, 25), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    lines = [s for s in stats[1:count].tolist() if 14 <= s[3] <= 70 and s[2] >= 3 * s[3]]
    lines.sort(key=lambda s: -s[4])
    sure = []
    for left, top, wide, high, _ in lines[:_TRIED]:
        part = flat[max(top - 3, 0) : top + high + 3, left : left + min(wide, _TRIED_LENGTH * high)]
        scale = LINE_HEIGHT / part.shape[0]
        line = cv2.resize(part, (max(round(part.shape[1] * scale), 8), LINE_HEIGHT), interpolation=cv2.INTER_AREA)
        glyphs = read_line(line)
        # Letters on their side or upside down give few and unsure ones, or one again and again (一一一一).
        different = len({g.text for g in glyphs}) / max(len(glyphs), 1)
        sure.append(float(np.mean([g.sure for g in glyphs])) * min(1.5 * different, 1.0) if len(glyphs) >= 4 else 0.0)
    return float(np.median(sure)) if sure else 0.0
