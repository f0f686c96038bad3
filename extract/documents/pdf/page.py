"""One PDF page as pdfium sees it: characters, ruling lines and pictures, in one upright frame.

Positions are in points from the lower left corner of the page as it is read, x to the right and y up: on a page without
rotation and with its box at the origin, as almost all are, these are the coordinates of the PDF itself. A page is read
the way most of its characters stand, whatever rotation the file declares.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from extract.documents.drawn.page import Char, Hidden, Page, Ruling, Segment
from extract.documents.pdf.objects import PageObjects, address_of, read_objects

# Text that runs at more than this slope to the axes is no text of a table.
_SLANT = 0.1
# pdfium gives a hyphen that ends a line of text this code.
_LINE_END_HYPHEN = 2
# Sides of a page, in points, that differ by less are the same.
_SAME_SIDE = 0.5
# A picture of this share of a page fills it.
_FILLED = 0.6
_NO_VALUE = (0, 0xFFFD, 0xFFFE, 0xFFFF)

Transform = Callable[[float, float], tuple[float, float]]


class _Glyph(NamedTuple):
    """A character in the user space of the page, before it is known which way the page is read."""

    code: int
    x: float
    y: float
    loose: tuple[float, float, float, float]
    origin: tuple[float, float]
    size: float
    turn: int
    hidden: str | None


def read_page(page: Any, number: int, textpage: Any = None, *, only_ruled: bool = False) -> Page:
    """Return the content of a ``pypdfium2.PdfPage``, of whose text page one that is open already may be given.

    With ``only_ruled`` the characters, which cost most of the time, are read only where lines could make a table.
    """
    box = page.get_bbox()
    declared = page.get_rotation()
    objects = read_objects(page)
    glyphs: list[_Glyph] = []
    slanted = 0
    if not only_ruled or (len(objects.horizontal) >= 2 and len(objects.vertical) >= 2):
        opened = textpage or page.get_textpage()
        glyphs, slanted = _glyphs(opened, objects)
        if textpage is None:
            opened.close()
    rotation = _reading_rotation(glyphs, declared)
    upright = _upright(box, rotation)
    width, height = box[2] - box[0], box[3] - box[1]
    if rotation in (90, 270):
        width, height = height, width
    horizontal, vertical = _rulings(objects, upright, width, height)
    found = Page(
        number,
        width,
        height,
        rotation,
        declared,
        horizontal=horizontal,
        vertical=vertical,
        unseen=tuple(_turned(line, upright) for line in objects.unseen),
        pictures=len(objects.pictures),
        doubled=objects.repeated,
        slanted=slanted,
        curved=objects.curved,
        pictured=any((b[2] - b[0]) * (b[3] - b[1]) >= _FILLED * width * height for b in objects.pictures),
        cropped=None if _is_same(box, page.get_mediabox()) else box,
    )
    return _with_chars(found, glyphs, box)


def _is_same(box: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(abs(a - b) < _SAME_SIDE for a, b in zip(box, other, strict=True))


def _reading_rotation(glyphs: list[_Glyph], declared: int) -> int:
    turns = Counter(glyph.turn for glyph in glyphs if glyph.hidden is None)
    if not turns or turns[declared] * 2 >= turns.total():
        return declared
    return turns.most_common(1)[0][0]


def _upright(box: tuple[float, float, float, float], rotation: int) -> Transform:
    left, bottom, right, top = box
    if rotation == 90:
        return lambda x, y: (y - bottom, right - x)
    if rotation == 180:
        return lambda x, y: (right - x, top - y)
    if rotation == 270:
        return lambda x, y: (top - y, x - left)
    return lambda x, y: (x - left, y - bottom)


def _glyphs(textpage: Any, objects: PageObjects) -> tuple[list[_Glyph], int]:
    """Return the characters of a page, and how many were left out as slanted (a watermark is; no table is)."""
    import pypdfium2.raw as raw

    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    loose, matrix = raw.FS_RECTF(), raw.FS_MATRIX()
    glyphs: list[_Glyph] = []
    slanted = 0
    count, textpage = textpage.count_chars(), textpage.raw
    for index in range(count):
        code = raw.FPDFText_GetUnicode(textpage, index)
        if code == _LINE_END_HYPHEN:
            code = 0x2D
        if 0 < code <= 32 or code in (0xA0, 0x3000):
            continue
        if code in _NO_VALUE or raw.FPDFText_HasUnicodeMapError(textpage, index) == 1:
            code = 0xFFFD
        if not raw.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
            continue
        raw.FPDFText_GetLooseCharBox(textpage, index, loose)
        raw.FPDFText_GetCharOrigin(textpage, index, x, y)
        raw.FPDFText_GetMatrix(textpage, index, matrix)
        a, b = matrix.a, matrix.b
        if b and min(abs(a), abs(b)) > _SLANT * max(abs(a), abs(b)):
            slanted += 1
            continue
        centre = (left.value + right.value) / 2, (bottom.value + top.value) / 2
        hidden = None
        cover = objects.cover_at(*centre)
        if cover >= 0 or objects.texts:
            # Asked of every character of every page this would cost as much as all the rest.
            hidden = objects.hidden(address_of(raw.FPDFText_GetTextObject(textpage, index)), *centre, cover)
        turn = 0 if b == 0 < a else round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360
        size = raw.FPDFText_GetFontSize(textpage, index) * math.hypot(matrix.c, matrix.d)
        ends = (loose.left, loose.bottom, loose.right, loose.top)
        glyphs.append(_Glyph(code, *centre, ends, (x.value, y.value), size, turn, hidden))
    return glyphs, slanted


def _with_chars(page: Page, glyphs: list[_Glyph], box: tuple[float, float, float, float]) -> Page:
    """Put the characters into the page's frame; what stands outside it is not there."""
    uprights = {turn: _upright(box, turn) for turn in (0, 90, 180, 270)}
    upright = uprights[page.rotation]
    left, bottom = box[:2]
    chars: list[Char] = []
    hidden: list[Hidden] = []
    for code, x, y, loose, origin, size, standing, unseen in glyphs:
        x, y = upright(x, y)
        if not (0 <= x <= page.width and 0 <= y <= page.height):
            continue
        if unseen is not None:
            hidden.append(Hidden(chr(code), x, y, unseen))
            continue
        if standing == 0:
            start, end, baseline = loose[0] - left, loose[2] - left, origin[1] - bottom
        else:
            own = uprights[standing]
            start, end, baseline = own(loose[0], loose[1])[0], own(loose[2], loose[3])[0], own(*origin)[1]
        if end < start:
            start, end = end, start
        chars.append(Char(chr(code), x, y, start, end, baseline, size, (standing - page.rotation) % 360))
    printed = _without_doubles(chars)
    unmapped = sum(1 for char in printed if char.text == "\ufffd")
    return replace(
        page,
        chars=tuple(printed),
        hidden=tuple(hidden),
        unmapped=unmapped,
        doubled=page.doubled + len(chars) - len(printed),
    )


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


def _rulings(
    objects: PageObjects, upright: Transform, width: float, height: float
) -> tuple[tuple[Ruling, ...], tuple[Ruling, ...]]:
    """Return the lines of a page as far as they lie on it."""
    horizontal: list[Ruling] = []
    vertical: list[Ruling] = []
    for segment in (*objects.horizontal, *objects.vertical):
        x0, y0, x1, y1 = _turned(segment, upright)
        if y0 == y1:
            across, end, line, rulings = height, width, Ruling(y0, x0, x1), horizontal
        else:
            across, end, line, rulings = width, height, Ruling(x0, y0, y1), vertical
        if 0 <= line.position <= across and line.start < end and line.end > 0:
            rulings.append(line if line.start >= 0 and line.end <= end else _cut(line, end))
    return tuple(horizontal), tuple(vertical)


def _cut(line: Ruling, end: float) -> Ruling:
    return Ruling(line.position, max(line.start, 0.0), min(line.end, end))


def _turned(segment: Segment, upright: Transform) -> Segment:
    (x0, y0), (x1, y1) = upright(segment.x0, segment.y0), upright(segment.x1, segment.y1)
    return Segment(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
