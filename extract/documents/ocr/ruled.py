"""The lattice of each table in a picture: lines in, places of the printed cells out, in pixels.

The one thing to know: a line of a table ends on lines that cross it. What does not, strokes of letters that happen to
stand in a row, is no line; so the lattice needs no minimum of darkness or thickness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np

from extract.documents.drawn.table import spans
from extract.documents.ocr.rulings import (
    Line,
    Ridges,
    line_darkness,
    lines_of_black,
    lines_of_ridges,
    ridges,
    without_letters,
)

Image = Any
# Pixels at 200 dots an inch. Lines nearer than this are one; ends this near to a crossing line touch it.
_SNAP = 11.0
_TOUCH = 14.0
# Pieces of a broken line at one height with a smaller gap between them are one line.
_GAP = 34.0
# Two broken lines may both end this far short of their corner, if ink is there on so much of the way.
_CORNER = 40.0
_INK_AT_CORNER = 0.6
_SAME = 4.0
_HIDDEN = 420.0
# What is left of a line between its outer crossings must be this share of it.
_KEPT = 0.8
# A border is there when this much of the side of a cell is covered, surely not when less than the second; between them
# the cells on both sides are in doubt.
_COVER = 0.6
_NO_COVER = 0.45
_LOST_TO_LETTERS = 0.4
# Beside an upright line stands paper, on one side at least: a cell keeps its letters away from its borders. Where ink
# stands on both sides at one height (this far from the line, over so much of it), strokes of letters are the line.
_NEAR, _FAR = 5, 9
_LETTERS_BESIDE = 0.07
_INK = 70
# A border must be drawn as much without a gap as the outline of its table is, less this: strokes of letters in a row
# cover up to 0.96 of the way, lines of a clean page all of it.
_SLACK = 0.03
_LEAST_SOLID = 0.9
# A line of this length is no stroke of letters; on it a side covered by this share has its border.
_LONG = 200
# Where the outline of a table is broken, less will do.
_LONG_BROKEN = 120
_PART = 0.4
# A line that parts cells does so over more than one row of letters, unless the table has no more.
_SHORTEST_PART = 46.0


@dataclass(frozen=True)
class Lattice:
    """``xs`` and ``ys`` are the line positions in pixels from the upper left corner; ``origins`` the printed cells (row,
    col, row_span, col_span); ``unsure`` the indices of those with a border that may or may not be there.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    origins: tuple[tuple[int, int, int, int], ...]
    unsure: frozenset[int]

    def box(self, origin: tuple[int, int, int, int]) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom of a cell."""
        row, col, high, wide = origin
        return self.xs[col], self.ys[row], self.xs[col + wide], self.ys[row + high]


def by_ridges(flat: Image) -> list[Lattice]:
    """Return the lattices of an even page, its lines found as ridges."""
    bare, letters = without_letters(flat)
    across, down = ridges(bare), ridges(np.ascontiguousarray(bare.T))
    whole_across, whole_down = ridges(flat), ridges(np.ascontiguousarray(flat.T))
    return _lattices(
        flat,
        lines_of_ridges(across),
        lines_of_ridges(down),
        _cover(across, whole_across, letters),
        _cover(down, whole_down, letters.T, _dark(flat).T),
    )


def by_black(flat: Image) -> list[Lattice]:
    """Return the lattices of an even page, its lines found by the shape of black pixels."""
    bare, letters = without_letters(flat)
    across_bare, down_bare = bare, np.ascontiguousarray(bare.T)
    # Half as dark as the page's own long lines: fainter strokes are not looked at where the lines are black.
    darkness = line_darkness(across_bare, down_bare) / 2
    black_across, across = lines_of_black(across_bare, darkness)
    black_down, down = lines_of_black(down_bare, darkness)
    own = np.ones((3, 9), np.uint8)
    near = Ridges(cv2.dilate(black_across, own)), Ridges(cv2.dilate(black_down, own))
    return _lattices(
        flat, across, down, _cover(near[0], near[0], letters), _cover(near[1], near[1], letters.T, _dark(flat).T)
    )


def _dark(flat: Image) -> Image:
    return (cv2.blur(flat, (61, 61)).astype(np.int16) - flat) > _INK


def _cover(
    bare: Ridges, whole: Ridges, letters: Image, dark: Image | None = None
) -> Callable[[float, float, float], float]:
    """Return what tells how much of a side of a cell is covered by a line.

    Where a letter touches a line the line was painted over with it: the page as it is may make up for a part of it. No
    letter stands across a line without touching it, so where one does there is none.
    """

    def cover(position: float, start: float, end: float) -> float:
        sure = bare.cover(position, start, end)
        at = round(position)
        through = letters[max(at - 2, 0) : at + 3, round(start) + 3 : round(end) - 2]
        if through.size and through.all(axis=0).sum() >= 2:
            return 0.0
        if dark is not None and _FAR < at < len(dark) - _FAR:
            rows = slice(round(start) + 4, round(end) - 3)
            left, right = (
                dark[at - _FAR + 1 : at - _NEAR + 1, rows].any(axis=0),
                dark[at + _NEAR : at + _FAR, rows].any(axis=0),
            )
            both = int((left & right).sum())
            if both >= 2 and both > _LETTERS_BESIDE * len(left):
                return 0.0
        return max(sure, min(whole.cover(position, start, end), sure + _LOST_TO_LETTERS))

    return cover


def _solid(flat: Image, at: int, start: int, end: int) -> float:
    """Return the share of the way on which a line at ``at`` is drawn, half as dark as its median or darker."""
    best = 0.0
    for row in range(max(at - 2, 1), min(at + 3, flat.shape[0] - 1)):
        band = flat[row - 1 : row + 2, start:end].min(axis=0) if end > start else flat[:0]
        if not band.size:
            return 1.0
        middle = float(np.partition(band, len(band) // 2)[len(band) // 2])
        if middle < 240:
            best = max(best, float((band < (250 + middle) / 2).mean()))
    return best


def _lattices(
    flat: Image,
    across: list[Line],
    down: list[Line],
    cover_across: Callable[[float, float, float], float],
    cover_down: Callable[[float, float, float], float],
) -> list[Lattice]:
    across, down = _joined(across, flat), _joined(down, flat.T)
    while True:
        kept_across, kept_down = _crossed(across, down, flat), _crossed(down, across, flat.T)
        if len(kept_across) == len(across) and len(kept_down) == len(down):
            break
        across, down = kept_across, kept_down
    found = []
    for rows, columns in _groups(across, down):
        lattice = _lattice(flat, rows, columns, cover_across, cover_down)
        if lattice is not None:
            found.append(lattice)
    return sorted(found, key=lambda lattice: (lattice.ys[0], lattice.xs[0]))


def _joined(lines: list[Line], flat: Image) -> list[Line]:
    """Join pieces at one height over small gaps, and over larger ones where letters that touch the line hide it."""
    done: list[Line] = []
    for position, start, end in sorted(lines, key=lambda line: line[1]):
        for n in range(len(done) - 1, -1, -1):
            other, first, last = done[n]
            gap = start - last
            if abs(other - position) <= _SAME and (
                gap <= _GAP
                or (gap <= _HIDDEN and _solid(flat, round((other + position) / 2), round(last), round(start)) >= 0.85)
            ):
                length, old = end - start, last - first
                done[n] = ((other * old + position * length) / (old + length), first, max(last, end))
                break
        else:
            done.append((position, start, end))
    return done


def _crossed(lines: list[Line], others: list[Line], flat: Image) -> list[Line]:
    """Return the lines with their ends cut to the outermost lines that cross them; those without two are dropped."""
    kept = []
    for line in lines:
        position, start, end = line
        crossings = [
            p
            for p, s, e in others
            if (start - _TOUCH <= p <= end + _TOUCH and s - _TOUCH <= position <= e + _TOUCH)
            or _is_corner(line, (p, s, e), flat)
        ]
        if len(crossings) < 2:
            continue
        low, high = min(crossings), max(crossings)
        if high - low > 2 * _SNAP and high - low >= _KEPT * (end - start):
            kept.append((position, low, high))
    return kept


def _is_corner(line: Line, other: Line, flat: Image) -> bool:
    """Tell whether two broken lines make a corner: the piece in it, of both, is as large as a letter and taken for one."""

    def reaches(one: Line, to: float, page: Image) -> bool:
        position, start, end = one
        near = min((start, end), key=lambda place: abs(place - to))
        low, high = sorted((round(near), round(to)))
        return high - low <= _TOUCH or (
            high - low <= _CORNER and _solid(page, round(position), low, high) >= _INK_AT_CORNER
        )

    return reaches(line, other[0], flat) and reaches(other, line[0], flat.T)


def _groups(across: list[Line], down: list[Line]) -> list[tuple[list[Line], list[Line]]]:
    """Return the sets of lines that hang together."""
    parent = list(range(len(across) + len(down)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, (y, left, right) in enumerate(across):
        for j, (x, top, bottom) in enumerate(down):
            if left - _TOUCH <= x <= right + _TOUCH and top - _TOUCH <= y <= bottom + _TOUCH:
                parent[root(i)] = root(len(across) + j)
    groups: dict[int, tuple[list[Line], list[Line]]] = {}
    for i, line in enumerate(across):
        groups.setdefault(root(i), ([], []))[0].append(line)
    for j, line in enumerate(down):
        groups.setdefault(root(len(across) + j), ([], []))[1].append(line)
    return [group for group in groups.values() if len(group[0]) > 1 and len(group[1]) > 1]


def _positions(lines: list[Line]) -> list[float]:
    """Return the positions of lines, those nearer than a snap as one, weighted by length."""
    clusters: list[list[Line]] = []
    for line in sorted(lines):
        if clusters and line[0] - clusters[-1][0][0] <= _SNAP:
            clusters[-1].append(line)
        else:
            clusters.append([line])
    return [sum(p * (e - s) for p, s, e in c) / sum(e - s for _, s, e in c) for c in clusters]


def _needed_solid(flat: Image, xs: list[float], ys: list[float]) -> float:
    """Return how solid a border of this table must be, by its outline."""
    outer = [_solid(flat, round(y), round(a) + 4, round(b) - 3) for y in (ys[0], ys[-1]) for a, b in pairwise(xs)]
    outer += [_solid(flat.T, round(x), round(a) + 4, round(b) - 3) for x in (xs[0], xs[-1]) for a, b in pairwise(ys)]
    usual = float(np.percentile(outer, 25))
    return max(usual - _SLACK, _LEAST_SOLID)


def _border(
    flat: Image, lines: list[Line], cover: Callable[[float, float, float], float], side: Line, needed: float
) -> float:
    """Return how much of a side of a cell is a border (0 to 1).

    A side on a long line is one even if its line is broken; by itself it has to be solid.
    """
    position, start, end = side
    covered = cover(position, start, end)
    on_long = any(
        abs(p - position) <= _SNAP / 2
        and s - _TOUCH <= start
        and end <= e + _TOUCH
        and e - s >= max(_LONG if needed > _LEAST_SOLID else _LONG_BROKEN, 1.5 * (end - start))
        for p, s, e in lines
    )
    if on_long and covered >= _PART:
        return max(covered, _COVER + 0.1)
    if end - start > _LONG or _solid(flat, round(position), round(start) + 4, round(end) - 3) >= needed:
        return covered
    return 0.0


def _lattice(
    flat: Image,
    across: list[Line],
    down: list[Line],
    cover_across: Callable[[float, float, float], float],
    cover_down: Callable[[float, float, float], float],
) -> Lattice | None:
    xs, ys = _positions(down), _positions(across)
    if len(xs) < 3 or len(ys) < 2:
        return None
    needed = _needed_solid(flat, xs, ys)
    while True:
        lower = np.array(
            [
                [_border(flat, across, cover_across, (y, left, right), needed) for left, right in pairwise(xs)]
                for y in ys[1:-1]
            ]
        ).reshape(len(ys) - 2, len(xs) - 1)
        right = np.array(
            [
                [_border(flat.T, down, cover_down, (x, top, bottom), needed) for top, bottom in pairwise(ys)]
                for x in xs[1:-1]
            ]
        ).reshape(len(xs) - 2, len(ys) - 1)
        # A position at which no side of a cell has a border is no line of the table.
        keep_ys = _with_borders(lower, np.diff(xs), xs[-1] - xs[0])
        keep_xs = _with_borders(right, np.diff(ys), ys[-1] - ys[0])
        if len(keep_ys) == len(ys) and len(keep_xs) == len(xs):
            break
        xs, ys = [xs[n] for n in keep_xs], [ys[n] for n in keep_ys]
        if len(xs) < 3 or len(ys) < 2:
            return None
    n_rows, n_cols = len(ys) - 1, len(xs) - 1
    origins = spans(
        n_rows,
        n_cols,
        lambda row, col: bool(right[col][row] < _COVER),
        lambda row, col: bool(lower[row][col] < _COVER),
    )
    owner = {
        (r, c): n
        for n, (row, col, h, w) in enumerate(origins)
        for r in range(row, row + h)
        for c in range(col, col + w)
    }
    unsure = set()
    for row in range(n_rows):
        for col in range(n_cols):
            if col + 1 < n_cols and _NO_COVER < right[col][row] < _COVER + 0.06:
                unsure |= {owner[row, col], owner[row, col + 1]}
            if row + 1 < n_rows and _NO_COVER < lower[row][col] < _COVER + 0.06:
                unsure |= {owner[row, col], owner[row + 1, col]}
    return Lattice(tuple(xs), tuple(ys), tuple(origins), frozenset(unsure))


def _with_borders(cover: Image, lengths: Image, whole: float) -> list[int]:
    """Return the positions (outer ones included) with borders over some length; ``cover`` has a row for each inner one."""
    shortest = min(max(_SHORTEST_PART, whole * 0.2), 2 * _SHORTEST_PART, whole * 0.4)
    inner = [n for n, sides in enumerate(cover, 1) if lengths[sides >= _COVER].sum() >= shortest]
    return [0, *inner, len(cover) + 1]
