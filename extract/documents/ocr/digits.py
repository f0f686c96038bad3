"""The second reader of figures: each printed digit by its shape, with a small net of our own.

It shares nothing with the recogniser of lines: ink is cut into single signs, and each is told by a net trained on typeset
digits (``shown/signs.py``). What is no digit, two digits in one, or half of one, is junk to it: a cell with junk is not read.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from extract.documents.ocr.ink import Ink, Line
from extract.documents.shown.signs import JUNK, read_signs

# A sign this much wider, in ems, than the widest digit may be two that touch.
_WIDE = 0.5
_MOST_TOUCHING = 4
_DUST = 5


@dataclass(frozen=True)
class Figure:
    """``text`` of one line as the net reads it, ``sure`` of its least sure sign (0 where one is no digit)."""

    text: str
    sure: float


def read_figure(ink: Ink, line: Line) -> Figure:
    """Read a line of ink as a figure."""
    signs = _signs(ink, line)
    if not signs or len(signs) > 14:
        return Figure("", 0.0)
    read = [_read_sign(ink, sign, line) for sign in signs]
    read = _with_broken_joined(ink, signs, read, line)
    text = "".join(t for t, _ in read)
    return Figure(text, min(sure for _, sure in read))


def _signs(ink: Ink, line: Line) -> list[tuple[int, int, int, int]]:
    """Cut a line into signs: spots of ink, those above one another as one; left, top, right, bottom."""
    part = (ink.grey[line.top : line.bottom, line.left : line.right] < ink.limit).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8)
    boxes: list[list[int]] = []
    for left, top, wide, high, area in sorted(stats[1:count].tolist()):
        if area < _DUST:
            continue
        if boxes:
            last = boxes[-1]
            shared = min(left + wide, last[2]) - max(left, last[0])
            if shared > 0.5 * min(wide, last[2] - last[0]):
                last[0], last[1] = min(last[0], left), min(last[1], top)
                last[2], last[3] = max(last[2], left + wide), max(last[3], top + high)
                continue
        boxes.append([left, top, left + wide, top + high])
    return [(a + line.left, b + line.top, c + line.left, d + line.top) for a, b, c, d in boxes]


def _read_sign(ink: Ink, box: tuple[int, int, int, int], line: Line) -> tuple[str, float]:
    """Read one spot of ink: as one sign or, where it is wide, as several that touch."""
    best = _told(ink, [box])
    wide = (box[2] - box[0]) / ink.em
    if wide <= _WIDE or best[1] > 0.97:
        return best
    for count in range(2, _MOST_TOUCHING + 1):
        if wide / count < 0.22:
            break
        told = _told(ink, _split(ink, box, count))
        if told[1] > best[1]:
            best = told
    return best


def _split(ink: Ink, box: tuple[int, int, int, int], count: int) -> list[tuple[int, int, int, int]]:
    left, top, right, bottom = box
    columns = (250 - np.minimum(ink.grey[top:bottom, left:right], 250)).sum(axis=0, dtype=np.int64)
    cuts = [0]
    for n in range(1, count):
        at = round((right - left) * n / count)
        near = max(round(0.12 * ink.em), 1)
        low = max(at - near, cuts[-1] + 1)
        cuts.append(low + int(columns[low : at + near + 1].argmin()))
    cuts.append(right - left)
    return [(left + a, top, left + b, bottom) for a, b in itertools.pairwise(cuts)]


def _told(ink: Ink, boxes: list[tuple[int, int, int, int]]) -> tuple[str, float]:
    pictures, kept = [], True
    for left, top, right, bottom in boxes:
        part = ink.grey[top:bottom, left:right]
        rows, columns = np.flatnonzero((part < ink.limit).any(axis=1)), np.flatnonzero((part < ink.limit).any(axis=0))
        if not len(rows) or not len(columns):
            kept = False
            break
        pictures.append(part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    if not kept:
        return "", 0.0
    told = read_signs(pictures, [ink.em] * len(pictures))
    if any(sign == JUNK for sign, _ in told):
        return JUNK, 0.0
    return "".join(sign for sign, _ in told), min(sure for _, sure in told)


def _with_broken_joined(
    ink: Ink, signs: list[tuple[int, int, int, int]], read: list[tuple[str, float]], line: Line
) -> list[tuple[str, float]]:
    """Read two neighbouring spots as one sign where neither is a sign and both together are (a broken digit)."""
    out: list[tuple[str, float]] = []
    n = 0
    while n < len(signs):
        if n + 1 < len(signs) and min(read[n][1], read[n + 1][1]) < 0.7:
            a, b = signs[n], signs[n + 1]
            joined = (a[0], min(a[1], b[1]), b[2], max(a[3], b[3]))
            told = _told(ink, [joined])
            if joined[2] - joined[0] < 0.65 * ink.em and told[1] > max(0.9, min(read[n][1], read[n + 1][1])):
                out.append(told)
                n += 2
                continue
        out.append(read[n])
        n += 1
    return out
