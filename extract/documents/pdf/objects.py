"""What is drawn on a PDF page besides its letters: ruling lines, filled areas, pictures, and which text is hidden.

Everything is in the user space of the page (before its rotation). The one thing to know: only what can be seen on paper
counts as a line, and text that can't be seen is named here with the reason why.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import Any, NamedTuple

from extract.documents.drawn.matrices import Matrix, Point, apply, compose
from extract.documents.drawn.page import Segment
from extract.documents.shared.bounds import PATHS

# A filled shape or a stroke thinner than this is a line, not an area.
_THIN = 3.0
_MAX_STROKE = 5.0
# A filled square up to this size is a dot; so many of them, each at most so far from the next, make a line. Dots whose
# middles differ by less than a row's height lie in one row.
_DOT, _FEWEST_DOTS, _DOT_GAP, _DOT_ROW = 1.6, 6, 3.0, 0.4
# A line is straight along an axis if it strays from it by no more than this.
_STRAY = 1.0
# A picture smaller than this, in points, cannot hold a legible table.
_MIN_PICTURE = (200.0, 60.0)
# A picture of this share of a page that is opaque over this share of itself hides what was painted before it.
_FILLS, _OPAQUE = 0.6, 0.95
# Components of a colour that is not told apart from the paper.
_WHITE = 250
# Text within this distance of the same text is imitated bold.
_SAME_SPOT = 1.0
# Forms stand in forms, but not this deep.
_MAX_DEPTH = 8
# Areas are sought by squares of this many points; few pages are larger than 2000.
_SQUARE, _FAR = 64.0, 2000.0
# A clip of more pieces than this is an artist's, not a table's.
_CLIP_PIECES = 4
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)

Box = tuple[float, float, float, float]


class Area(NamedTuple):
    """A filled rectangle or a picture: ``order`` counts the objects of the page as they are painted."""

    order: int
    box: Box
    white: bool
    covers: bool


@dataclass
class PageObjects:
    """``unseen`` are white or transparent lines; ``dots`` the middles of squares so small that a row of them is a line;
    ``texts`` maps each text object (its address) that may be hidden by itself to
    what is known of it, ``orders`` maps all where areas may cover them; ``repeated`` counts text printed again on the same
    spot, as bold is imitated, on pages with lines that could make a table; ``curved`` counts filled shapes with curves, as
    letters are that were made into drawings.
    """

    horizontal: list[Segment] = field(default_factory=list)
    vertical: list[Segment] = field(default_factory=list)
    unseen: list[Segment] = field(default_factory=list)
    dots: list[Point] = field(default_factory=list)
    pictures: list[Box] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    texts: dict[int, Text] = field(default_factory=dict)
    orders: dict[int, int] = field(default_factory=dict)
    covers: Covers | None = None
    repeated: int = 0
    curved: int = 0

    def cover_at(self, x: float, y: float) -> int:
        """Return the order of the last area that hides what was painted before it at a place, -1 where there is none."""
        return -1 if self.covers is None else self.covers.last_at(x, y)

    def hidden(self, address: int, x: float, y: float, cover: int) -> str | None:
        """Return why a character of a text object can't be seen at a place, None if it can; ``cover`` is ``cover_at`` there."""
        text = self.texts.get(address)
        if text is not None:
            if text.reason == "white":
                under = (a for a in self.areas if a.order < text.order and not a.white)
                return None if any(_inside(a.box, x, y) for a in under) else "white"
            if text.reason:
                return text.reason
            if text.clip is not None and not _inside(text.clip, x, y):
                return "clipped"
        return "covered" if cover > self.orders.get(address, cover) else None


class Text(NamedTuple):
    """A text object that may be hidden: wholly for a ``reason``, or where it lies outside its ``clip`` or under an area."""

    order: int
    reason: str | None
    clip: Box | None


def read_objects(page: Any) -> PageObjects:
    """Return what is drawn on a ``pypdfium2.PdfPage``."""
    import pypdfium2.raw as raw

    found = PageObjects()
    texts: list[tuple[Any, Text, Matrix, Matrix]] = []
    left, bottom, right, top = page.get_bbox()
    paths = 0
    colours = _Colours()
    for order, (item, kind, matrix, outer) in enumerate(_walk(raw, page, _IDENTITY)):
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            texts.append((item, _text(raw, item, order, outer, colours), matrix, outer))
        elif kind == raw.FPDF_PAGEOBJ_IMAGE:
            box = _add_picture(matrix, order, found)
            fills = (box[2] - box[0]) * (box[3] - box[1]) >= _FILLS * (right - left) * (top - bottom)
            if fills and any(not text.reason for _, text, *_ in texts) and _is_opaque(raw, page, item):
                found.areas[-1] = found.areas[-1]._replace(covers=True)
        elif paths < PATHS:
            paths += 1
            _add_path(raw, item, matrix, order, found, colours)
    if paths >= PATHS:
        found.horizontal, found.vertical, found.areas, found.dots = [], [], [], []
    if len(found.dots) >= _FEWEST_DOTS:
        found.horizontal += (Segment(start, y, end, y) for y, start, end in _dotted((y, x) for x, y in found.dots))
        found.vertical += (Segment(x, start, x, end) for x, start, end in _dotted(found.dots))
    if len(found.horizontal) >= 2 and len(found.vertical) >= 2:
        seen = [(item, matrix, outer) for item, text, matrix, outer in texts if not text.reason]
        found.repeated = _repeated(raw, seen)
    covers = Covers(found.areas)
    found.covers = covers if covers.last >= 0 else None
    for item, text, _, outer in texts:
        clip = text.clip
        if clip is not None and _contains(clip, _bounds(raw, item, outer)):
            clip = None
        if text.reason or clip:
            found.texts[address_of(item)] = text._replace(clip=clip)
        if text.order < covers.last:
            found.orders[address_of(item)] = text.order
    return found


def address_of(item: Any) -> int:
    """Return the address of an object that pdfium names, by which it is the same in every answer; 0 where there is none."""
    return ctypes.addressof(item.contents) if item else 0


def _walk(raw: Any, parent: Any, outer: Matrix, depth: int = 0) -> Iterator[tuple[Any, int, Matrix, Matrix]]:
    """Yield paths, pictures and texts as they are painted, also inside forms: object, kind, its matrix to the page's
    user space, that of the form around it.

    pypdfium2's own iteration wraps every object in one of its own, which costs more than all the rest.
    """
    if depth:
        count, get = raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject
    else:
        count, get = raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject
    wanted = (raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT)
    own = raw.FS_MATRIX()
    for index in range(count(parent)):
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind not in wanted and kind != raw.FPDF_PAGEOBJ_FORM:
            continue
        raw.FPDFPageObj_GetMatrix(item, own)
        matrix = (own.a, own.b, own.c, own.d, own.e, own.f)
        if depth:
            matrix = compose(matrix, outer)
        if kind != raw.FPDF_PAGEOBJ_FORM:
            yield item, kind, matrix, outer
        elif depth < _MAX_DEPTH:
            yield from _walk(raw, item, matrix, depth + 1)


class Covers:
    """The areas that hide what was painted before them, by the squares of the page they touch: a table whose every cell
    has a ground of its own has hundreds.
    """

    def __init__(self, areas: list[Area]) -> None:
        self._squares: dict[tuple[int, int], list[Area]] = {}
        self._everywhere: list[Area] = []
        covers = sorted((area for area in areas if area.covers), key=lambda area: -area.order)
        self.last = covers[0].order if covers else -1
        for area in covers:
            squares = _squares(area.box)
            if squares is None:
                self._everywhere.append(area)
            for square in squares or ():
                self._squares.setdefault(square, []).append(area)

    def last_at(self, x: float, y: float) -> int:
        """Return the order of the last area painted over a place, -1 where there is none."""
        last = -1
        if -_FAR < x < _FAR and -_FAR < y < _FAR:
            for area in self._squares.get((int(x // _SQUARE), int(y // _SQUARE)), ()):
                if _inside(area.box, x, y):
                    last = area.order
                    break
        for area in self._everywhere:
            if _inside(area.box, x, y):
                return max(last, area.order)
        return last


def _squares(box: Box) -> list[tuple[int, int]] | None:
    """Return the squares of a net over the page that a box touches, None where there are too many to count."""
    left, bottom, right, top = box
    # Written so that a side that is no number (NaN) is too far, too.
    if not (-_FAR < left <= right < _FAR and -_FAR < bottom <= top < _FAR):
        return None
    columns = range(int(left // _SQUARE), int(right // _SQUARE) + 1)
    rows = range(int(bottom // _SQUARE), int(top // _SQUARE) + 1)
    return [(column, row) for column in columns for row in rows]


def _text(raw: Any, item: Any, order: int, outer: Matrix, colours: _Colours) -> Text:
    mode = raw.FPDFTextObj_GetTextRenderMode(item)
    reason = None
    if mode in (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP):
        reason = "invisible"
    elif mode in (raw.FPDF_TEXTRENDERMODE_FILL, raw.FPDF_TEXTRENDERMODE_FILL_CLIP):
        red, green, blue, alpha = colours.of(item, raw.FPDFPageObj_GetFillColor)
        if alpha == 0:
            reason = "invisible"
        elif min(red, green, blue) >= _WHITE:
            reason = "white"
    return Text(order, reason, _clip(raw, item, outer))


def _repeated(raw: Any, texts: list[tuple[Any, Matrix, Matrix]]) -> int:
    """Count the texts that lie on another within a point (pdfium itself gives such text only once)."""
    squares = [(int(matrix[4] // 2), int(matrix[5] // 2)) for _, matrix, _ in texts]
    # Two places nearer than half a square fall into one square of at least one of four shifted nets.
    nets = [
        [(n, x + dx >> 1, y + dy >> 1) for x, y in squares]
        for n, (dx, dy) in enumerate(((0, 0), (1, 0), (0, 1), (1, 1)))
    ]
    counts = Counter(chain.from_iterable(nets))
    if len(counts) == 4 * len(texts):
        return 0
    repeated = 0
    places: dict[tuple[int, int, int], list[tuple[Any, Matrix]]] = {}
    for (item, _, outer), *keys in zip(texts, *nets, strict=True):
        if all(counts[key] == 1 for key in keys):
            continue
        near = next((places[key] for key in keys if key in places), None)
        if near is not None:
            box = _bounds(raw, item, outer)
            for other, around in near:
                below = _bounds(raw, other, around)
                sides = zip(box, below, strict=True)
                if box[2] - box[0] > _SAME_SPOT and all(abs(a - b) <= _SAME_SPOT for a, b in sides):
                    repeated += 1
                    break
        for key in keys:
            places.setdefault(key, []).append((item, outer))
    return repeated


def _clip(raw: Any, item: Any, outer: Matrix) -> Box | None:
    """Return the rectangle that an object is clipped to, None if it is not clipped."""
    path = raw.FPDFPageObj_GetClipPath(item)
    count = raw.FPDFClipPath_CountPaths(path)
    if not 0 < count <= _CLIP_PIECES:
        return None
    x, y = ctypes.c_float(), ctypes.c_float()
    box: Box | None = None
    for piece in range(count):
        points = []
        for index in range(raw.FPDFClipPath_CountPathSegments(path, piece)):
            raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(path, piece, index), x, y)
            points.append(apply(outer, x.value, y.value))
        if points:
            left, bottom, right, top = _box(points)
            box = (
                (left, bottom, right, top)
                if box is None
                else (max(box[0], left), max(box[1], bottom), min(box[2], right), min(box[3], top))
            )
    return box


def _bounds(raw: Any, item: Any, outer: Matrix) -> Box:
    sides = tuple(ctypes.c_float() for _ in range(4))
    raw.FPDFPageObj_GetBounds(item, *sides)
    left, bottom, right, top = (side.value for side in sides)
    if outer == _IDENTITY:
        return left, bottom, right, top
    return _box([apply(outer, x, y) for x, y in ((left, bottom), (right, bottom), (right, top), (left, top))])


def _add_picture(matrix: Matrix, order: int, found: PageObjects) -> Box:
    # The unit square holds the image.
    corners = [apply(matrix, x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    box = _box(corners)
    found.areas.append(Area(order, box, False, False))
    width, height = box[2] - box[0], box[3] - box[1]
    if max(width, height) >= _MIN_PICTURE[0] and min(width, height) >= _MIN_PICTURE[1]:
        found.pictures.append(box)
    else:
        _add_thin(box, found.horizontal, found.vertical)
    return box


def _is_opaque(raw: Any, page: Any, item: Any) -> bool:
    """Tell whether a picture hides what was painted before it: a scan does, a stamp on nothing does not."""
    if raw.FPDFPageObj_HasTransparency(item):
        return False
    bitmap = raw.FPDFImageObj_GetRenderedBitmap(page.pdf, page, item)
    if not bitmap:
        return False
    try:
        if raw.FPDFBitmap_GetFormat(bitmap) != raw.FPDFBitmap_BGRA:
            return True
        size = raw.FPDFBitmap_GetStride(bitmap) * raw.FPDFBitmap_GetHeight(bitmap)
        pixels = ctypes.cast(raw.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_ubyte * size)).contents
        alphas = bytes(pixels)[3::4]
        return alphas.count(255) >= _OPAQUE * len(alphas)
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _add_path(raw: Any, item: Any, matrix: Matrix, order: int, found: PageObjects, colours: _Colours) -> None:
    filled, stroked = _drawn(raw, item, matrix, colours)
    if filled is None and stroked is None:
        return
    outlines = list(_outlines(raw, item, matrix))
    found.curved += bool(filled) and not outlines
    for points, closed in outlines:
        if stroked is not None:
            horizontal: list[Segment] = []
            vertical: list[Segment] = []
            for (x0, y0), (x1, y1) in pairwise(points + points[:1] if closed or filled is not None else points):
                if abs(y1 - y0) <= _STRAY and abs(x1 - x0) > abs(y1 - y0):
                    horizontal.append(Segment(min(x0, x1), (y0 + y1) / 2, max(x0, x1), (y0 + y1) / 2))
                elif abs(x1 - x0) <= _STRAY and abs(y1 - y0) > abs(x1 - x0):
                    vertical.append(Segment((x0 + x1) / 2, min(y0, y1), (x0 + x1) / 2, max(y0, y1)))
            if stroked:
                found.horizontal += horizontal
                found.vertical += vertical
            else:
                found.unseen += horizontal + vertical
        if filled is not None and len(points) >= 3:
            box = _box(points)
            if filled and _is_dot(box):
                found.dots.append(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
            elif min(box[2] - box[0], box[3] - box[1]) > _THIN:
                solid = len(points) <= 5 and not raw.FPDFPageObj_HasTransparency(item)
                found.areas.append(Area(order, box, not filled, solid))
            elif stroked is None and filled:
                _add_thin(box, found.horizontal, found.vertical)
            elif stroked is None:
                _add_thin(box, found.unseen, found.unseen)


def _add_thin(box: Box, horizontal: list[Segment], vertical: list[Segment]) -> None:
    """Take a filled shape as a line where it is thin; an area (shading) draws no border."""
    left, bottom, right, top = box
    if top - bottom <= _THIN and right - left > top - bottom:
        horizontal.append(Segment(left, (bottom + top) / 2, right, (bottom + top) / 2))
    elif right - left <= _THIN and top - bottom > right - left:
        vertical.append(Segment((left + right) / 2, bottom, (left + right) / 2, top))


def _is_dot(box: Box) -> bool:
    wide, high = box[2] - box[0], box[3] - box[1]
    return max(wide, high) <= _DOT and min(wide, high) > 0.5 * max(wide, high)


def _dotted(places: Iterable[Point]) -> Iterator[tuple[float, float, float]]:
    """Yield the lines that dots make: where each lies across, its start and its end along. Dots are (across, along)."""
    rows: dict[int, list[float]] = {}
    for across, along in places:
        rows.setdefault(round(across / _DOT_ROW), []).append(along)
    for row, alongs in rows.items():
        alongs.sort()
        start = before = alongs[0]
        count = 0
        for along in (*alongs[1:], math.inf):
            count += 1
            if along - before > _DOT_GAP:
                if count >= _FEWEST_DOTS:
                    yield row * _DOT_ROW, start, before
                start, count = along, 0
            before = along


def _drawn(raw: Any, item: Any, matrix: Matrix, colours: _Colours) -> tuple[bool | None, bool | None]:
    """Tell of a path's fill and of its stroke whether they can be seen on white paper; None where there is none."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(item, fill, stroke)
    filled = colours.visible(item, raw.FPDFPageObj_GetFillColor) if fill.value else None
    stroked = colours.visible(item, raw.FPDFPageObj_GetStrokeColor) if stroke.value else None
    if stroked is not None:
        width = ctypes.c_float()
        raw.FPDFPageObj_GetStrokeWidth(item, width)
        scale = math.sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))
        if width.value * scale > _MAX_STROKE:
            stroked = None
    return filled, stroked


class _Colours:
    """The colours of objects, asked through four numbers that are made once (making them costs more than asking)."""

    def __init__(self) -> None:
        self._parts = tuple(ctypes.c_uint() for _ in range(4))

    def of(self, item: Any, colour_of: Any) -> tuple[int, int, int, int]:
        """Return red, green, blue and alpha; a colour that pdfium cannot tell (a pattern) counts as black."""
        red, green, blue, alpha = self._parts
        if not colour_of(item, red, green, blue, alpha):
            return 0, 0, 0, 255
        return red.value, green.value, blue.value, alpha.value

    def visible(self, item: Any, colour_of: Any) -> bool:
        red, green, blue, alpha = self.of(item, colour_of)
        return alpha > 0 and min(red, green, blue) < _WHITE


def _outlines(raw: Any, item: Any, matrix: Matrix) -> Iterator[tuple[list[Point], bool]]:
    """Yield the polylines of a path; a path with a curve in it is no ruling and gives none."""
    x, y = ctypes.c_float(), ctypes.c_float()
    points: list[Point] = []
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
        points.append(apply(matrix, x.value, y.value))
        closed = closed or bool(raw.FPDFPathSegment_GetClose(segment))
    if len(points) > 1:
        yield points, closed


def _box(points: list[Point]) -> Box:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _inside(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _contains(outer: Box, inner: Box) -> bool:
    return _inside(outer, inner[0], inner[1]) and _inside(outer, inner[2], inner[3])
