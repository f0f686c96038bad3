"""A picture of a page made even and straight: any picture in, grey paper-white pixels with level lines out.

Ink is dark on white (255) afterwards whatever the light was. Coloured ink (stamps, pens) fades: of each pixel the
brightest channel counts. Tilt is turned back first; what is left of it, perspective and curl are taken out by a smooth
displacement fitted to the ruling lines, which are straight on paper. Turning by 90 or 180 degrees is ``ocr_read``'s.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from extract.documents.ocr.rulings import ridges, without_letters

#: Pixels of the shorter side of a page while it is read: 200 dots an inch on A4.
SHORT_SIDE = 1654
_LARGEST_ENLARGEMENT = 4.0
_LARGEST_TILT = 8.0
# A piece of a ruling line must be this long to say how the page is bent; so many pieces are needed.
_PIECE = 80
_ENOUGH_PIECES = 4
# The page is not taken for bent by more than this share of its width (a wrong fit would be).
_LARGEST_BEND = 0.04

Image = Any


def even(picture: Image) -> Image:
    """Return a picture (grey or colour, rows by columns, uint8) at the working size, its paper white."""
    grey = picture.max(axis=2) if picture.ndim == 3 else picture
    grey = _resized(np.ascontiguousarray(grey))
    height, width = grey.shape
    small = cv2.resize(grey, (max(width // 4, 1), max(height // 4, 1)), interpolation=cv2.INTER_AREA)
    # The brightest of a neighbourhood wider than any letter is its paper.
    paper = cv2.dilate(cv2.medianBlur(small, 3), np.ones((13, 13), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 8)
    paper = np.maximum(cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR), 40)
    flat = cv2.divide(grey, paper, scale=255.0)
    white = float(np.median(flat))
    return cv2.convertScaleAbs(flat, alpha=250.0 / max(white, 1.0))


def _resized(grey: Image) -> Image:
    height, width = grey.shape
    factor = min(SHORT_SIDE / min(height, width), _LARGEST_ENLARGEMENT)
    if min(height, width) * 1.6 < max(height, width):
        # No page but a strip (a table cut out of one): its longer side is the width of a page.
        factor = min(SHORT_SIDE / max(height, width), _LARGEST_ENLARGEMENT)
    if abs(factor - 1) < 0.05:
        return grey
    how = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return cv2.resize(grey, (round(width * factor), round(height * factor)), interpolation=how)


def level(flat: Image) -> Image:
    """Turn a page back by its tilt (a few degrees)."""
    angle = _tilt(flat)
    if abs(angle) < 0.03:
        return flat
    height, width = flat.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return cv2.warpAffine(flat, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def _tilt(flat: Image) -> float:
    """Return the angle at which rows of text and ruling lines stand sharpest in the sums along them."""
    small = 255 - cv2.resize(flat, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small = np.where(small > 60, small, 0).astype(np.uint8)
    _height, _width = small.shape
    coarse = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)

    def sharpness(image: Image, angle: float) -> float:
        rows, columns = image.shape
        turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, 1.0)
        sums = cv2.warpAffine(image, turn, (columns, rows), flags=cv2.INTER_LINEAR).sum(axis=1, dtype=np.float64)
        return float(np.square(np.diff(sums)).sum())

    best = max(np.arange(-_LARGEST_TILT, _LARGEST_TILT + 0.1, 0.5), key=lambda a: sharpness(coarse, a))
    best = max(np.arange(best - 0.4, best + 0.41, 0.1), key=lambda a: sharpness(coarse, a))
    return float(max(np.arange(best - 0.1, best + 0.11, 0.04), key=lambda a: sharpness(small, a)))


def unbend(flat: Image) -> Image:
    """Straighten the ruling lines of a level page; a page with too few of them is returned as it is."""
    height, width = flat.shape
    bare, _ = without_letters(flat)
    across = _bend(_pieces(ridges(bare).mean_along()), height, width)
    down = _bend(_pieces(ridges(np.ascontiguousarray(bare.T)).mean_along()), width, height)
    if across is None and down is None:
        return flat
    ys, xs = np.mgrid[0:height:16, 0:width:16].astype(np.float32)
    shift_y = np.zeros_like(ys) if across is None else _surface(across, xs / width, ys / height)
    shift_x = np.zeros_like(xs) if down is None else _surface(down, ys / height, xs / width)
    if max(np.abs(shift_y).max(), np.abs(shift_x).max()) < 0.7:
        return flat
    return _remap(flat, shift_x, shift_y)


def _remap(flat: Image, shift_x: Image, shift_y: Image) -> Image:
    height, width = flat.shape
    size = (shift_x.shape[1] * 16, shift_x.shape[0] * 16)
    wide_x = cv2.resize(shift_x.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[:height, :width]
    wide_y = cv2.resize(shift_y.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[:height, :width]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    return cv2.remap(flat, xs + wide_x, ys + wide_y, cv2.INTER_CUBIC, borderValue=255)


def _pieces(score: Image) -> list[tuple[Image, Image]]:
    """Return the points (x, y) of each long piece of a line that runs along x, one point every few pixels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((score > 0.8).astype(np.uint8), connectivity=8)
    pieces = []
    for n in range(1, count):
        left, top, wide, high, _ = stats[n]
        if wide < _PIECE or high > max(12, wide * 0.08):
            continue
        mask = labels[top : top + high, left : left + wide] == n
        xs = np.arange(0, wide, 8)
        weights = mask[:, xs] * score[top : top + high, left : left + wide][:, xs]
        total = weights.sum(axis=0)
        keep = total > 0
        ys = (weights * np.arange(high)[:, None]).sum(axis=0)[keep] / total[keep] + top
        pieces.append((xs[keep] + left, ys))
    return pieces


def _bend(pieces: list[tuple[Image, Image]], height: int, width: int) -> Image | None:
    """Fit the displacement that makes each piece straight: coefficients of ``_terms``, None where it cannot be told."""
    if len(pieces) < _ENOUGH_PIECES or sum(len(xs) for xs, _ in pieces) < 100:
        return None
    kept = list(range(len(pieces)))
    solution = None
    for _ in range(3):
        rows, values = [], []
        for n in kept:
            xs, ys = pieces[n]
            terms = _terms(xs / width, ys / height)
            # A piece's own height drops out where its mean is taken away.
            rows.append(terms - terms.mean(axis=0))
            values.append(ys - ys.mean())
        matrix, target = np.concatenate(rows), np.concatenate(values)
        damping = np.eye(matrix.shape[1]) * 0.3
        solution = np.linalg.lstsq(
            np.concatenate([matrix, damping]), np.concatenate([target, np.zeros(len(damping))]), rcond=None
        )[0]
        errors = [float(np.abs(v - r @ solution).max()) for r, v in zip(rows, values, strict=True)]
        limit = max(1.5, 3 * float(np.median(errors)))
        good = [n for n, error in zip(kept, errors, strict=True) if error <= limit]
        if len(good) == len(kept) or len(good) < _ENOUGH_PIECES:
            break
        kept = good
    grid = _surface(solution, *np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9)))
    return None if np.abs(grid).max() > _LARGEST_BEND * width else solution


def _terms(along: Image, across: Image) -> Image:
    """Return the terms of the displacement at places (0 to 1): linear in ``across``, cubic along the line."""
    u, v = along - 0.5, across - 0.5
    return np.stack([u, u**2, u**3, u * v, u**2 * v, u**3 * v, u * v**2, u**2 * v**2], axis=-1)


def _surface(coefficients: Image, along: Image, across: Image) -> Image:
    return _terms(along, across) @ coefficients
