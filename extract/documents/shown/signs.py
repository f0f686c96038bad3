"""Single printed signs told by their shape: a small net of our own over pictures of signs, numpy alone.

``data/reference/ocr/train_digits.py`` trains the net and writes the weights. What is no digit, two digits in one, or half
of one, is ``JUNK`` to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from extract.data_file import REFERENCE
from extract.errors import ReferenceDataError

Image = Any
SIGNS = "0123456789.,-/"
#: Pixels of the picture of a sign as the net sees it.
SIGN_SHAPE = (18, 14)
#: Stands for a sign that is none of ``SIGNS``.
JUNK = "?"
_WEIGHTS = REFERENCE / "ocr" / "digits.npz"
_PAPER = 250.0
# Darkness of a sign is measured at this share of its pixels, from the lightest.
_DARK = 0.95
_ROWS = 10


def read_signs(pictures: Sequence[Image], ems: Sequence[float]) -> list[tuple[str, float]]:
    """Return for each sign, cut out tightly (uint8, paper 250 or lighter), what it is and how sure that is (0 to 1).

    ``ems`` are the sizes of the type in pixels.
    """
    if not pictures:
        return []
    told = probabilities(features(pictures, ems))
    best = told.argmax(axis=1)
    sure = told[np.arange(len(best)), best]
    return [(SIGNS[n] if n < len(SIGNS) else JUNK, float(s)) for n, s in zip(best.tolist(), sure, strict=True)]


def features(pictures: Sequence[Image], ems: Sequence[float]) -> Image:
    """Return what the net sees of signs, a row each: their darkness (0 paper, 1 ink) and their sizes in ems."""
    out = np.empty((len(pictures), SIGN_SHAPE[0] * SIGN_SHAPE[1] + 3), np.float32)
    by_size: dict[tuple[int, int], list[int]] = {}
    for n, picture in enumerate(pictures):
        by_size.setdefault(picture.shape, []).append(n)
    for (high, wide), places in by_size.items():
        grey = np.stack([pictures[n] for n in places]).astype(np.float32)
        dark = np.clip((_PAPER - grey) / _PAPER, 0, 1)
        down, across = _scaling(high, wide)
        dark = (down @ dark @ across).reshape(len(places), -1)
        dark /= np.maximum(_percentile(dark), 0.15)
        out[places, :-3] = np.minimum(dark, 1.2)
        em = np.array([ems[n] for n in places], np.float32)
        out[places, -3] = 2 * high / em
        out[places, -2] = 2 * wide / em
        out[places, -1] = min(wide / high, 3.0)
    return out


def probabilities(seen: Image) -> Image:
    """Return for signs (rows of ``features``) how likely each of ``SIGNS`` is, junk last."""
    w1, b1, w2, b2, w3, b3 = _weights()
    hidden = np.maximum(_product(seen, w1) + b1, 0)
    hidden = np.maximum(_product(hidden, w2) + b2, 0)
    logits = _product(hidden, w3) + b3
    logits -= logits.max(axis=1, keepdims=True)
    raised = np.exp(logits)
    return raised / raised.sum(axis=1, keepdims=True)


def _product(rows: Image, weights: Image) -> Image:
    """Return the matrix product, a few rows at a time.

    From some size on numpy's library wakes threads that wait spinning: they cost more than the product.
    """
    return np.concatenate([rows[n : n + _ROWS] @ weights for n in range(0, len(rows), _ROWS)])


@lru_cache(maxsize=1)
def _weights() -> tuple[Image, ...]:
    try:
        with np.load(_WEIGHTS) as file:
            return tuple(file[name].astype(np.float32) for name in ("w1", "b1", "w2", "b2", "w3", "b3"))
    except (OSError, KeyError, ValueError) as error:
        raise ReferenceDataError(f"{_WEIGHTS.name}: {error}; make it again with train_digits.py beside it") from error


def _percentile(rows: Image) -> Image:
    place = _DARK * (rows.shape[1] - 1)
    low = int(place)
    ordered = np.partition(rows, (low, low + 1), axis=1)
    return (ordered[:, low] + (place - low) * (ordered[:, low + 1] - ordered[:, low]))[:, None]


@lru_cache(maxsize=1024)
def _scaling(high: int, wide: int) -> tuple[Image, Image]:
    """Return the matrices that bring a picture to ``SIGN_SHAPE`` from the left and from the right.

    Larger pictures are averaged by area. Smaller ones are interpolated.
    """
    if high <= SIGN_SHAPE[0]:
        way = _linear
    elif wide >= SIGN_SHAPE[1]:
        way = _areas
    else:
        way = _steps
    return way(high, SIGN_SHAPE[0]), np.ascontiguousarray(way(wide, SIGN_SHAPE[1]).T)


def _areas(size: int, wanted: int) -> Image:
    edges = np.arange(wanted + 1) * (size / wanted)
    pixels = np.arange(size)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return (np.clip(shared, 0, None) * (wanted / size)).astype(np.float32)


def _linear(size: int, wanted: int) -> Image:
    return _between((np.arange(wanted) + 0.5) * (size / wanted) - 0.5, size)


def _steps(size: int, wanted: int) -> Image:
    """Return what stands for areas where one side of a picture grows and the other shrinks (OpenCV's rule)."""
    share = wanted / size
    first = np.floor(np.arange(wanted) * (1 / share))
    part = np.arange(1, wanted + 1) - (first + 1) * share
    return _between(first + np.where(part <= 0, 0, part - np.floor(part)), size)


def _between(places: Image, size: int) -> Image:
    places = np.clip(places, 0, size - 1)
    low = np.minimum(np.floor(places).astype(int), max(size - 2, 0))
    part = places - low
    matrix = np.zeros((len(places), size), np.float32)
    rows = np.arange(len(places))
    matrix[rows, low] = 1 - part
    matrix[rows, np.minimum(low + 1, size - 1)] += part.astype(np.float32)
    return matrix
