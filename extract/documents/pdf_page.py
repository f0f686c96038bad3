"""One PDF page as pdfium sees it: characters, ruling lines and pictures, in one upright frame.

Positions are in points from the lower left corner of the page as it is shown, x to the right and y up: on a page without
rotation and with its box at the origin, as almost all are, these are the coordinates of the PDF itself.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

# A page of a chart or a map has tens of thousands of paths; a page of ruled tables a few hundred.
_PATH_LIMIT = 20_000
# A filled shape or a stroke thinner than this is a line, not an area.
_THIN = 3.0
_MAX_STROKE = 5.0
# A line is straight along an axis if it strays from it by no more than this.
_STRAY = 1.0
# A picture smaller than this, in points, cannot hold a legible table.
_MIN_PICTURE = (200.0, 60.0)
# Components of a colour that is not told apart from the paper.
_WHITE = 250

# Text that runs at more than this slope to the axes is no text of a table.
_SLANT = 0.1
# pdfium gives a hyphen that ends a line of text this code.
_LINE_END_HYPHEN = 2
# Forms stand in forms, but not this deep.
_MAX_DEPTH = 8
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

Transform = Callable[[float, float], tuple[float, float]]
Matrix = tuple[float, float, float, float, float, float]


class Char(NamedTuple):
    """A printed character: its centre, the ends of its advance, its baseline and its size in points."""

    text: str
    x: float
    y: float
    left: float
    right: float
    baseline: float
    size: float


class Ruling(NamedTuple):
    """A straight line along an axis: at ``position``, from ``start`` to ``end``."""

    position: float
    start: float
    end: float


@dataclass(frozen=True)
class Page:
    """The content of one page. ``number`` counts from 1; ``rotation`` is the page's own, in degrees clockwise."""

    number: int
    width: float
    height: float
    rotation: int
    chars: tuple[Char, ...]
    horizontal: tuple[Ruling, ...]
    vertical: tuple[Ruling, ...]
    pictures: int
    invisible: int
    unmapped: int
    doubled: int
    slanted: int


def read_page(page: Any, number: int, *, only_ruled: bool = False) -> Page:
    """Return the content of a ``pypdfium2.PdfPage``.

    With ``only_ruled`` the characters, which cost most of the time, are read only where lines could make a table.
    """
    box = page.get_bbox()
    rotation = page.get_rotation()
    upright = _upright(box, rotation)
    width, height = box[2] - box[0], box[3] - box[1]
    if rotation in (90, 270):
        width, height = height, width
    horizontal, vertical, pictures = _objects(page, upright)
    if only_ruled and not (len(horizontal) >= 2 and len(vertical) >= 2):
        return Page(number, width, height, rotation, (), horizontal, vertical, pictures, 0, 0, 0, 0)
    printed, invisible, unmapped, slanted = _chars(page, upright, width, height)
    chars = tuple(_without_doubles(printed))
    doubled = len(printed) - len(chars)
    return Page(number, width, height, rotation, chars, horizontal, vertical, pictures, invisible, unmapped, doubled, slanted)


def _upright(box: tuple[float, float, float, float], rotation: int) -> Transform:
    left, bottom, right, top = box
    if rotation == 90:
        return lambda x, y: (y - bottom, right - x)
    if rotation == 180:
        return lambda x, y: (right - x, top - y)
    if rotation == 270:
        return lambda x, y: (top - y, x - left)
    return lambda x, y: (x - left, y - bottom)


def _chars(page: Any, upright: Transform, width: float, height: float) -> tuple[list[Char], int, int, int]:
    """Return the visible characters, and how many were left out as invisible (render mode 3), have no Unicode value
    (they are U+FFFD) or were left out as slanted (a watermark is; no table is).
    """
    import pypdfium2.raw as raw

    textpage = page.get_textpage()
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    chars: list[Char] = []
    invisible = unmapped = slanted = 0
    # Asked of every character this would cost as much as all the rest.
    texts = (item for item, _, _ in _objects_of(raw, page, _IDENTITY, (raw.FPDF_PAGEOBJ_TEXT,)))
    hides = any(_is_hidden(raw, item) for item in texts)
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if code == _LINE_END_HYPHEN:
            code = 0x2D
        if code <= 32 or code in (0xA0, 0x3000):
            continue
        if code in (0xFFFD, 0xFFFE, 0xFFFF) or raw.FPDFText_HasUnicodeMapError(textpage, index) == 1:
            unmapped += 1
            code = 0xFFFD
        if hides and _is_hidden(raw, raw.FPDFText_GetTextObject(textpage, index)):
            invisible += 1
            continue
        if not raw.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
            continue
        raw.FPDFText_GetLooseCharBox(textpage, index, loose)
        raw.FPDFText_GetCharOrigin(textpage, index, x, y)
        raw.FPDFText_GetMatrix(textpage, index, matrix)
        if min(abs(matrix.a), abs(matrix.b)) > _SLANT * max(abs(matrix.a), abs(matrix.b)):
            slanted += 1
            continue
        size = raw.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d)
        x0, y0 = upright(left.value, bottom.value)
        x1, y1 = upright(right.value, top.value)
        centre_x, centre_y = (x0 + x1) / 2, (y0 + y1) / 2
        if not (0 <= centre_x <= width and 0 <= centre_y <= height):
            continue
        loose_ends = sorted((upright(loose.left, loose.bottom)[0], upright(loose.right, loose.top)[0]))
        baseline = upright(x.value, y.value)[1]
        chars.append(Char(chr(code), centre_x, centre_y, loose_ends[0], loose_ends[1], baseline, size))
    textpage.close()
    return chars, invisible, unmapped, slanted


def _without_doubles(chars: list[Char]) -> list[Char]:
    """Drop characters printed twice on the same spot, as bold is imitated (a real repetition is an advance away)."""
    doubled: set[int] = set()
    order = sorted(range(len(chars)), key=lambda n: (chars[n].text, chars[n].y, chars[n].x))
    for place, n in enumerate(order):
        char = chars[n]
        reach = max(char.size * 0.15, 0.3)
        for earlier in range(place - 1, -1, -1):
            other = chars[order[earlier]]
            if other.text != char.text or char.y - other.y >= reach:
                break
            if abs(other.x - char.x) < reach and order[earlier] not in doubled:
                doubled.add(n)
                break
    return [char for n, char in enumerate(chars) if n not in doubled] if doubled else chars


def _objects(page: Any, upright: Transform) -> tuple[tuple[Ruling, ...], tuple[Ruling, ...], int]:
    """Return horizontal and vertical ruling lines and the number of pictures large enough to hold a table."""
    import pypdfium2.raw as raw

    horizontal: list[Ruling] = []
    vertical: list[Ruling] = []
    pictures = paths = 0
    shapes = (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE)
    for item, kind, matrix in _objects_of(raw, page, _IDENTITY, shapes):
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            # The unit square holds the image.
            corners = [upright(*_apply(matrix, x, y)) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
            width, height = _extent(corners)
            if width >= _MIN_PICTURE[0] and height >= _MIN_PICTURE[1]:
                pictures += 1
            else:
                _add_thin(corners, horizontal, vertical)
            continue
        paths += 1
        if paths > _PATH_LIMIT:
            return (), (), pictures
        filled, stroked = _drawn(item, matrix, raw)
        if not (filled or stroked):
            continue
        for points, closed in _outlines(item, matrix, upright, raw):
            if stroked:
                ends = points + points[:1] if closed or filled else points
                for (x0, y0), (x1, y1) in pairwise(ends):
                    if abs(y1 - y0) <= _STRAY and abs(x1 - x0) > abs(y1 - y0):
                        horizontal.append(Ruling((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
                    elif abs(x1 - x0) <= _STRAY and abs(y1 - y0) > abs(x1 - x0):
                        vertical.append(Ruling((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
            elif len(points) >= 3:
                _add_thin(points, horizontal, vertical)
    return tuple(horizontal), tuple(vertical), pictures


def _objects_of(
    raw: Any, parent: Any, outer: Matrix, kinds: tuple[int, ...], depth: int = 0
) -> Iterator[tuple[Any, int, Matrix]]:
    """Yield the objects of some kinds on a page, also inside forms: object, kind, matrix to the page's user space.

    pypdfium2's own iteration wraps every object in one of its own, which costs more than all the rest.
    """
    if depth:
        count, get = raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject
    else:
        count, get = raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject
    own = raw.FS_MATRIX()
    for index in range(count(parent)):
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind not in kinds and kind != raw.FPDF_PAGEOBJ_FORM:
            continue
        raw.FPDFPageObj_GetMatrix(item, own)
        matrix = _compose((own.a, own.b, own.c, own.d, own.e, own.f), outer)
        if kind != raw.FPDF_PAGEOBJ_FORM:
            yield item, kind, matrix
        elif depth < _MAX_DEPTH:
            yield from _objects_of(raw, item, matrix, kinds, depth + 1)


def _is_hidden(raw: Any, item: Any) -> bool:
    return bool(raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _extent(points: list[tuple[float, float]]) -> tuple[float, float]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return max(xs) - min(xs), max(ys) - min(ys)


def _add_thin(points: list[tuple[float, float]], horizontal: list[Ruling], vertical: list[Ruling]) -> None:
    """Take a filled shape as a line where it is thin; an area (shading) draws no border."""
    width, height = _extent(points)
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if height <= _THIN and width > height:
        horizontal.append(Ruling((min(ys) + max(ys)) / 2, min(xs), max(xs)))
    elif width <= _THIN and height > width:
        vertical.append(Ruling((min(xs) + max(xs)) / 2, min(ys), max(ys)))


def _drawn(item: Any, matrix: Matrix, raw: Any) -> tuple[bool, bool]:
    """Tell whether a path is filled and whether it is stroked in a way that can be seen on white paper."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, fill, stroke)
    filled = bool(fill.value) and _visible(item, raw.FPDFPageObj_GetFillColor)
    stroked = bool(stroke.value) and _visible(item, raw.FPDFPageObj_GetStrokeColor)
    if stroked:
        width = ctypes.c_float()
        raw.FPDFPageObj_GetStrokeWidth(item, width)
        scale = math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))
        stroked = width.value * scale <= _MAX_STROKE
    return filled, stroked


def _visible(item: Any, colour_of: Any) -> bool:
    red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
    if not colour_of(item, red, green, blue, alpha):
        return True
    return alpha.value > 0 and min(red.value, green.value, blue.value) < _WHITE


def _outlines(
    item: Any, matrix: Matrix, upright: Transform, raw: Any
) -> Iterator[tuple[list[tuple[float, float]], bool]]:
    """Yield the polylines of a path in the upright frame; a path with a curve in it is no ruling and gives none."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[tuple[float, float]] = []
    closed = False
    for index in range(raw.FPDFPath_CountSegments(item)):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_BEZIERTO:
            return
        if kind == raw.FPDF_SEGMENT_MOVETO:
            if len(points) > 1:
                yield points, closed
            points, closed = [], False
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        points.append(upright(*_apply(matrix, x.value, y.value)))
        closed = closed or bool(raw.FPDFPathSegment_GetClose(segment))
    if len(points) > 1:
        yield points, closed


def _compose(first: Matrix, then: Matrix) -> Matrix:
    a, b, c, d, e, f = first
    a2, b2, c2, d2, e2, f2 = then
    return (
        a * a2 + b * c2, a * b2 + b * d2, c * a2 + d * c2, c * b2 + d * d2, e * a2 + f * c2 + e2, e * b2 + f * d2 + f2
    )  # fmt: skip


def _apply(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f
