"""Ruling lines in a picture of a page, found in two ways: as ridges of grey, and by the shape of black pixels.

Both take a page made even and straight (``ocr_page``) and give Rulings in points as ``pdf_page`` does. The one thing to
know: a ridge is averaged along the line before it is judged, so that a thin grey line counts as much as a thick one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np

Image = Any
#: Position, start and end in pixels.
Line = tuple[float, float, float]
# Pixels at the working size (200 dots an inch): a line is judged over this length, letters are shorter.
_ALONG = 49
_SHORTEST = 34
# So much of the length around a pixel of a line is marked.
_FILLED = 0.8
_MOST_LINES = 40
_LETTER_CONTRAST = 50
_STRAIGHT = 0.7
# A ridge is darker than its two sides by this much, and by so many times the noise.
_CONTRAST = 7.0
_NOISES = 2.2
# Lines are up to this far from their sides.
_SIDES = (2, 4, 6)
# A black line is at least this much darker than its surroundings; a line of this length is surely one.
_FAINTEST = 9.0
_LONG = 160


@dataclass(frozen=True)
class Ridges:
    """``found`` marks pixels (rows by columns) darker than what lies above and below, lines running along x."""

    found: Image

    def mean_along(self, length: int = _ALONG) -> Image:
        """Return the share of marked pixels over a length around each pixel (0 to 1)."""
        near = cv2.dilate(self.found, np.ones((3, 1), np.uint8))
        return cv2.blur(near.astype(np.float32), (length, 1))

    @cached_property
    def _strict(self) -> Image:
        # The mean along the line lengthened every stroke: here it is taken back, so that short ones vanish.
        return cv2.erode(self.found, np.ones((1, 7), np.uint8))

    def cover(self, y: float, start: float, end: float) -> float:
        """Return the share of the way from ``start`` to ``end`` at height ``y`` on which a line is found."""
        top, left, right = round(y), round(start) + 3, round(end) - 2
        band = self._strict[max(top - 3, 0) : top + 4, max(left, 0) : max(right, 0)]
        return float(band.any(axis=0).mean()) if band.size else 0.0


def ridges(flat: Image) -> Ridges:
    """Return the ridges of an even page that run along x; give it the transposed page for those along y."""
    grey = cv2.blur(flat, (9, 1)).astype(np.int16)
    contrast = np.zeros_like(grey)
    for side in _SIDES:
        above, below = np.roll(grey, side, axis=0), np.roll(grey, -side, axis=0)
        above[:side], below[-side:] = 255, 255
        np.maximum(contrast, np.minimum(above, below) - grey, out=contrast)
    noise = float(np.median(np.abs(grey[::3, ::3] - np.median(grey)))) * 1.48
    return Ridges((contrast > max(_CONTRAST, _NOISES * noise)).astype(np.uint8))


def without_letters(flat: Image) -> tuple[Image, Image]:
    """Return an even page with its letters painted over, so that no row of them passes for a line, and their pixels.

    Letters are dark spots of some size both ways; a line, whole or broken, is thin, and a table is large and empty.
    """
    mean = cv2.blur(flat, (61, 61)).astype(np.int16)
    dark = ((mean - flat) > _LETTER_CONTRAST).astype(np.uint8)
    _count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
    small, large = np.minimum(wide, high), np.maximum(wide, high)
    filled = area / np.maximum(wide * high, 1)
    letter = (small >= 6) & (small <= 60) & ((large < 20 * small) | (small >= 14))
    # A corner of a broken line is as large as a letter, but emptier.
    letter &= filled > np.where(small > 14, 0.22, 0.12)
    letter[0] = False
    for n in np.flatnonzero(letter & (small <= 14) & (large >= 18)):
        # The end of a broken line with a stub of the line across: nearly all of it is one straight stroke.
        left, top, width, height = stats[n, :4]
        spot = labels[top : top + height, left : left + width] == n
        across = np.convolve(spot.sum(axis=0 if height > width else 1), np.ones(3), "same").max()
        letter[n] = across < _STRAIGHT * area[n]
    letters = letter[labels].astype(np.uint8)
    mask = cv2.dilate(letters, np.ones((5, 5), np.uint8))
    return np.where(mask > 0, np.uint8(250), flat), letters


def lines_of_ridges(found: Ridges) -> list[Line]:
    """Return the lines along x among ridges: (y, start, end) in pixels."""
    score = found.mean_along()
    count, labels, stats, _ = cv2.connectedComponentsWithStats((score > _FILLED).astype(np.uint8), connectivity=8)
    lines: list[Line] = []
    for n in range(1, count):
        left, top, wide, high, _ = (int(v) for v in stats[n])
        if wide < _SHORTEST:
            continue
        part = (labels[top : top + high, left : left + wide] == n) * score[top : top + high, left : left + wide]
        lines += [
            line for y, start, end in _straight(part, left, top) if (line := _between_marks(found.found, y, start, end))
        ]
    return lines


def _straight(part: Image, left: int, top: int) -> list[Line]:
    """Return the straight lines in a spot of the score: one, or several where strokes of letters hang between them."""
    lines: list[Line] = []
    sums = part.sum(axis=1)
    while len(lines) < _MOST_LINES:
        row = int(sums.argmax())
        if sums[row] < _SHORTEST * _FILLED:
            break
        first, last = max(row - 4, 0), row + 5
        band = part[first:last]
        columns = np.flatnonzero(band.max(axis=0) > 0)
        y = float((band.sum(axis=1) * np.arange(first, first + len(band))).sum() / band.sum()) + top
        for run in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
            if len(run) >= _SHORTEST:
                lines.append((y, float(left + run[0]), float(left + run[-1] + 1)))
        sums[first:last] = 0
    return lines


def _between_marks(found: Image, y: float, start: float, end: float) -> Line | None:
    """The mean over a length smears the ends: they are where the marks themselves end."""
    left = max(round(start) - 4, 0)
    marks = np.flatnonzero(found[max(round(y) - 3, 0) : round(y) + 4, left : round(end) + 4].any(axis=0))
    return (y, float(left + marks[0]), float(left + marks[-1] + 1)) if len(marks) else None


def line_darkness(across: Image, down: Image) -> float:
    """Return by how much the long lines of a page are darker than what is around them."""
    found = []
    for page in (across, down):
        contrast = cv2.blur(page, (41, 41)).astype(np.int16) - page
        _, lines = lines_of_black(page, _FAINTEST)
        for y, start, end in lines:
            if end - start >= _LONG:
                band = contrast[max(round(y) - 1, 0) : round(y) + 2, round(start) : round(end)]
                found.append(float(np.median(band.max(axis=0))))
    return float(np.clip(np.median(found), 2 * _FAINTEST, 120)) if found else 2 * _FAINTEST


def lines_of_black(flat: Image, darkness: float) -> tuple[Image, list[Line]]:
    """Return the black pixels that make lines along x, and the lines as (y, start, end): the second way.

    A pixel is black where it is darker than the mean around it by ``darkness``; what is left after opening with a
    stretch longer than any stroke is a line. Gaps of a few pixels are closed first.
    """
    mean = cv2.blur(flat, (41, 41)).astype(np.int16)
    dark = ((mean - cv2.blur(flat, (5, 1))) > darkness).astype(np.uint8)
    black = cv2.dilate(dark, np.ones((2, 1), np.uint8))
    closed = cv2.morphologyEx(black, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, 41), np.uint8))
    count, _, stats, centres = cv2.connectedComponentsWithStats(opened, connectivity=8)
    lines = []
    for n in range(1, count):
        left, _top, wide, high, area = (int(v) for v in stats[n])
        if high <= 16 and area >= 0.5 * wide:
            lines.append((float(centres[n][1]) - 0.5, float(left), float(left + wide)))
    return opened, lines
