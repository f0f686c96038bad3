"""The second reader of figures: each printed digit by its shape, with a small net of our own.

It shares nothing with the recogniser of lines: ink is cut into single signs, and each is told by a net trained on typeset
digits (``data/reference/ocr/train_digits.py`` makes the weights beside it). What is no digit, two digits in one, or half
of one, is ``junk`` to it: a cell with junk is not read.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from extract.data_file import REFERENCE
from extract.documents.ocr.ink import Ink, Line
from extract.errors import ReferenceDataError

Image = Any
SIGNS = "0123456789.,-/"
#: Pixels of the picture of a sign as the net sees it.
SIGN_SHAPE = (18, 14)
_WEIGHTS = REFERENCE / "ocr" / "digits.npz"
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


def sign_features(picture: Image, em: float) -> Image:
    """Return what the net sees of a sign cut out tightly: its darkness (0 paper, 1 ink) and its size in ems."""
    high, wide = picture.shape
    dark = np.clip((250.0 - picture.astype(np.float32)) / 250.0, 0, 1)
    dark = cv2.resize(
        dark, SIGN_SHAPE[::-1], interpolation=cv2.INTER_AREA if high > SIGN_SHAPE[0] else cv2.INTER_LINEAR
    )
    dark = dark / max(float(np.percentile(dark, 95)), 0.15)
    return np.concatenate(
        [np.minimum(dark, 1.2).ravel(), [2 * high / em, 2 * wide / em, min(wide / high, 3.0)]]
    ).astype(np.float32)


def probabilities(features: Image) -> Image:
    """Return for signs (rows of features) how likely each of ``SIGNS`` is, junk last."""
    w1, b1, w2, b2, w3, b3 = _weights()
    hidden = np.maximum(features @ w1 + b1, 0)
    hidden = np.maximum(hidden @ w2 + b2, 0)
    logits = hidden @ w3 + b3
    logits -= logits.max(axis=1, keepdims=True)
    raised = np.exp(logits)
    return raised / raised.sum(axis=1, keepdims=True)


@lru_cache(maxsize=1)
def _weights() -> tuple[Image, ...]:
    try:
        with np.load(_WEIGHTS) as file:
            return tuple(file[name].astype(np.float32) for name in ("w1", "b1", "w2", "b2", "w3", "b3"))
    except (OSError, KeyError, ValueError) as error:
        raise ReferenceDataError(f"{_WEIGHTS.name}: {error}; make it again with train_digits.py beside it") from error


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
    features, kept = [], True
    for left, top, right, bottom in boxes:
        part = ink.grey[top:bottom, left:right]
        rows, columns = np.flatnonzero((part < ink.limit).any(axis=1)), np.flatnonzero((part < ink.limit).any(axis=0))
        if not len(rows) or not len(columns):
            kept = False
            break
        features.append(sign_features(part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], ink.em))
    if not kept:
        return "", 0.0
    told = probabilities(np.stack(features))
    text, sure = "", 1.0
    for row in told:
        sign = int(row.argmax())
        if sign >= len(SIGNS):
            return "?", 0.0
        text += SIGNS[sign]
        sure = min(sure, float(row[sign]))
    return text, sure


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
