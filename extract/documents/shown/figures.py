"""Figures read from the picture of a page by the shape of their signs: boxes of cells in, what is printed in each out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from extract.documents.shown.signs import JUNK, read_signs

Image = Any
#: Left, top, right, bottom in pixels from the upper left corner.
Pixels = tuple[float, float, float, float]
# A cell whose pixels differ by less than this (of 255) shows nothing.
_NO_INK = 12
# So much of the way from paper to the darkest a pixel is ink. Hair lines of small signs are no darker than the first;
# what is not read so is cut out again by the others, which part signs that touch or join what is broken.
_INK = (0.42, 0.42, 0.52, 0.33)
# Height of a digit in ems: in all looks but the first they are told by the signs themselves, for type of another size.
_DIGIT = 0.71
# Pixels inside the middle of its border at which a cell begins, and how far from there what is left of a border may lie.
_INSET = 2
_BORDER = 7
# What is left of a border covers this share of a side.
_BORDER_SHARE = 0.4
# Ink of fewer pixels is dust.
# Where so many pale pixels stand away from signs something lies over them. Nothing darker than this is a watermark.
_MUCH_PALE = 16
_PALE = 100
_DUST = 3
# A line of figures is no higher than this, in ems.
_LINE = 0.95
# A sign wider than this, in ems, may be several that touch; each of them is at least so wide.
_WIDE, _NARROW = 0.5, 0.22
_MOST_TOUCHING = 4
# The net is not sure of a sign below this.
_SURE = 0.8
_SURE_ALONE = 0.97
# A point is no larger, in ems.
_POINT = 0.16
# A line with more signs is no figure.
_MOST_SIGNS = 16

Box = tuple[int, int, int, int]


class Spot(NamedTuple):
    """The ink of one sign: ``picture`` is cut out tightly; ``cut`` says that it may go on outside the cell, ``low`` that it is
    a dot at the foot of its line.
    """

    picture: Image
    cut: bool
    low: bool = False


def read_figures(grey: Image, cells: Sequence[Pixels], ems: Sequence[float], *, watermarked: bool = False) -> list[str]:
    """Return what stands in each cell of a page (grey, uint8), its lines parted by ``\\n``.

    Empty where nothing is drawn. ``JUNK`` stands for each sign that could not be read. ``ems`` are the sizes of the type
    in each cell, in pixels. On a ``watermarked`` page pale ink alone is nothing.
    """
    least = _PALE if watermarked else _NO_INK
    found = [JUNK] * len(cells)
    for number, share in enumerate(_INK):
        unread = [n for n, text in enumerate(found) if JUNK in text]
        lines = [_lines(grey, cells[n], ems[n], least, share) for n in unread]
        sizes = [_em(line, ems[n]) if number else ems[n] for n, line in zip(unread, lines, strict=True)]
        for n, text in zip(unread, _read(lines, sizes), strict=True):
            if not number or JUNK not in text:
                found[n] = text
    return found


def _em(lines: Sequence[Sequence[Spot]], usual: float) -> float:
    """Return the size of the type by its highest sign, the usual size where that is no likely one."""
    em = max((spot.picture.shape[0] for line in lines for spot in line), default=0) / _DIGIT
    return em if 0.6 * usual < em < 1.7 * usual else usual


def _read(cells: Sequence[list[list[Spot]]], ems: Sequence[float]) -> list[str]:
    """Read the signs of many cells at once."""
    ways = [[[_candidates(spot, em) for spot in line] for line in cell] for cell, em in zip(cells, ems, strict=True)]
    pictures: list[Image] = []
    sizes: list[float] = []
    for of_cell, em in zip(ways, ems, strict=True):
        for way in (way for line in of_cell for spot in line for way in spot):
            pictures += way
            sizes += [em] * len(way)
    read = iter(read_signs(pictures, sizes))
    return [
        "\n".join(
            "".join(_best(of_spot, spot, read) for of_spot, spot in zip(of_line, line, strict=True))
            for of_line, line in zip(of_cell, cell, strict=True)
        )
        for of_cell, cell in zip(ways, cells, strict=True)
    ]


def _best(ways: Sequence[Sequence[Image]], spot: Spot, read: Iterator[tuple[str, float]]) -> str:
    text, sure = JUNK, 0.0
    for n, way in enumerate(ways):
        told = [next(read) for _ in way]
        least = min(s for _, s in told)
        if JUNK in (sign for sign, _ in told):
            continue
        if least > sure and not (n and sure > _SURE_ALONE):
            text, sure = "".join(sign for sign, _ in told), least
    if spot.low:
        text, sure = ".", 1.0
    return text if sure >= _SURE and not spot.cut else JUNK


def _candidates(spot: Spot, em: float) -> list[list[Image]]:
    """Return the ways in which ink can be cut into signs, as one sign first."""
    ways = [[spot.picture]]
    wide = spot.picture.shape[1]
    if wide > _WIDE * em:
        for count in range(2, _MOST_TOUCHING + 1):
            if wide < count * _NARROW * em:
                break
            ways.append(_split(spot.picture, count, em))
    return ways


def _split(picture: Image, count: int, em: float) -> list[Image]:
    wide = picture.shape[1]
    weights = (250 - np.minimum(picture, 250)).sum(axis=0, dtype=np.int64)
    near = max(round(0.12 * em), 1)
    cuts = [0]
    for n in range(1, count):
        at = round(wide * n / count)
        low = max(at - near, cuts[-1] + 1)
        cuts.append(low + int(weights[low : at + near + 1].argmin()))
    return [_tight(picture[:, a:b]) for a, b in pairwise((*cuts, wide))]


def _tight(picture: Image) -> Image:
    black = picture < (250 + int(picture.min())) / 2
    rows, columns = np.flatnonzero(black.any(axis=1)), np.flatnonzero(black.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else picture


def _lines(grey: Image, cell: Pixels, em: float, least: int, share: float) -> list[list[Spot]]:
    """Return the lines of a cell from top to bottom, the ink of each sign of a line from left to right."""
    left, top, right, bottom = (round(side) for side in cell)
    part = grey[max(top, 0) + _INSET : bottom - _INSET + 1, max(left, 0) + _INSET : right - _INSET + 1]
    if min(part.shape) < 4:
        return []
    darkest, lightest = int(part.min()), int(part.max())
    if lightest - darkest < least:
        return []
    paper = lightest
    if 2 * np.count_nonzero(part == lightest) < part.size:
        paper = int(np.bincount(part.ravel(), minlength=256).argmax())
    if paper - darkest < lightest - paper:
        part, paper, darkest = 255 - part, 255 - paper, 255 - lightest
    # What is left of the borders may be darker than what stands between them.
    inner = part[_BORDER:-_BORDER, _BORDER:-_BORDER]
    if inner.size and paper - (inner_darkest := int(inner.min())) >= least:
        darkest = inner_darkest
    if paper - darkest < least:
        return []
    washed = _is_washed(inner, paper, darkest)
    if paper < 245:
        part = np.minimum(part * (250.0 / paper), 255).astype(np.uint8)
        darkest, paper = round(darkest * 250.0 / paper), 250
    black = part < paper - share * (paper - darkest)
    _without_borders(black)
    out = []
    for first, last in _rows(black, em):
        spots: list[Spot] = []
        feet: list[int] = []
        for start, end in _runs(black[first:last].any(axis=0)):
            ink = black[first:last, start:end]
            if np.count_nonzero(ink) < _DUST:
                continue
            rows = np.flatnonzero(ink.any(axis=1))
            upper, lower = first + int(rows[0]), first + int(rows[-1]) + 1
            cut = washed or start == 0 or end == black.shape[1] or upper == 0 or lower == black.shape[0]
            spots.append(Spot(part[upper:lower, start:end], cut))
            feet.append(lower)
        if spots:
            _mark_points(spots, feet, em)
            out.append(spots if len(spots) <= _MOST_SIGNS else [Spot(spots[0].picture, True)])
    return out


def _mark_points(spots: list[Spot], feet: list[int], em: float) -> None:
    """Mark the points: dots at the foot of a line, of so few pixels that the net cannot tell. A comma reaches below it."""
    foot = max((foot for spot, foot in zip(spots, feet, strict=True) if spot.picture.shape[0] > 0.4 * em), default=None)
    for n, spot in enumerate(spots):
        if foot is not None and max(spot.picture.shape) <= _POINT * em and abs(feet[n] - foot) <= 0.5 * _POINT * em:
            spots[n] = spot._replace(low=True)


def _is_washed(part: Image, paper: int, darkest: int) -> bool:
    """Tell whether something pale lies over or under the signs of a cell: a watermark, a stroke of a marker."""
    dark = part < (paper + darkest) / 2
    if np.count_nonzero(part < paper - _NO_INK) < 2 * np.count_nonzero(dark):
        return False
    pale = part < paper - _NO_INK
    near = dark.copy()
    for shift in (1, 2):
        near[shift:] |= dark[:-shift]
        near[:-shift] |= dark[shift:]
    across = near.copy()
    for shift in (1, 2):
        across[:, shift:] |= near[:, :-shift]
        across[:, :-shift] |= near[:, shift:]
    return bool(np.count_nonzero(pale & ~across) >= _MUCH_PALE)


def _rows(black: Image, em: float) -> list[tuple[int, int]]:
    """Return the rows of pixels of each line of signs; strokes of one sign may stand apart (the bar of 5)."""
    out: list[tuple[int, int]] = []
    for first, last in _runs(black.any(axis=1)):
        if out and last - out[-1][0] <= _LINE * em:
            out[-1] = out[-1][0], last
        else:
            out.append((first, last))
    return out


def _without_borders(black: Image) -> None:
    """Clear what is left of the borders along the sides of a cell."""
    for across in (0, 1):
        lines = black.T if across else black
        counts = lines.sum(axis=1).tolist()
        covered = _BORDER_SHARE * lines.shape[1]
        for way in (1, -1):
            near = [n for n, count in enumerate(counts[::way][:_BORDER]) if count > covered]
            if near:
                lines[::way][: near[-1] + 1] = False


def _runs(flags: Image) -> list[tuple[int, int]]:
    """Return the runs of true in a row of flags: first, one past the last."""
    row = flags.tobytes()
    runs = []
    end = 0
    while (start := row.find(1, end)) >= 0:
        end = row.find(0, start)
        if end < 0:
            end = len(row)
        runs.append((start, end))
    return runs
