"""The picture of a page as a witness of its tables: tables and pages in, the same tables with what each cell shows out.

Only cells without a Chinese letter are looked at: figures, dashes and empty cells. What follows from the picture is
decided in ``transform.observations``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from extract.documents.drawn.page import Char, Page
from extract.documents.drawn.set_apart import strikes
from extract.documents.drawn.table import Box, PdfTable
from extract.documents.drawn.text_lines import page_marks
from extract.documents.shown.figures import Pixels, read_figures
from extract.documents.shown.signs import JUNK

Image = Any
# Dots an inch, those of the first look first: with fewer the net cannot read.
_DOTS = (200, 290, 250)
# Points around the tables that are drawn with them.
_AROUND = 6.0
# Two cells whose sides differ by no more than this, in points, are one.
_SAME = 2.5
_LETTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# A letter is nearly as high as its size.
_LETTER_HEIGHT = 0.75
_USUAL_SIZE = 10.5
_WHITE = 255
# A line that strikes out is no longer, and sticks out by no more, in points.
_LONG_STROKE, _STROKE = 150.0, 0.3
# Points around the letters of a cell without borders; letters reach so far below their line, in sizes.
_MARGIN, _BELOW = 1.5, 0.25
# Signs that look as one of the net's.
_SIGNS = str.maketrans(
    dict.fromkeys("—–－−─", "-") | dict.fromkeys("／", "/") | dict.fromkeys("，、", ",") | dict.fromkeys("．", ".")
)


class Picture(NamedTuple):
    """A part of a page (grey, uint8): pixels across and down to a point, and the corner it begins at in points."""

    grey: Image
    across: float
    down: float
    left: float
    top: float

    def pixels(self, box: Box) -> Pixels:
        left, bottom, right, top = box
        return (
            (left - self.left) * self.across,
            (self.top - top) * self.down,
            (right - self.left) * self.across,
            (self.top - bottom) * self.down,
        )


#: Draws a part of a page, given the page, the part and the dots an inch.
Draw = Callable[[Page, Box, int], Picture]


def looked_at(
    readings: Sequence[Sequence[PdfTable]],
    pages: Mapping[int, Page],
    draw: Draw,
    *,
    unruled: Container[int] = (),
    only_empty: bool = False,
) -> list[list[PdfTable]]:
    """Return the tables of several readings of the same pages with what the picture shows in ``shown``.

    On ``unruled`` pages no borders were drawn: the cells there end where their letters do. With ``only_empty`` cells that
    hold text are not looked at.
    """
    out = [list(tables) for tables in readings]
    for number in sorted({table.page for tables in readings for table in tables}):
        page = pages.get(number)
        if page is None:
            continue
        here = [(r, n, t) for r, tables in enumerate(out) for n, t in enumerate(tables) if t.page == number]
        for (r, n, table), shown in zip(
            here, _look(page, [t for *_, t in here], draw, number in unruled, only_empty), strict=True
        ):
            out[r][n] = replace(table, shown=shown)
    return out


def _look(
    page: Page, tables: Sequence[PdfTable], draw: Draw, is_unruled: bool, only_empty: bool
) -> list[dict[int, str]]:
    """Return for each table what its cells show, by their index."""
    texts: dict[Box, str] = {}
    looked: list[dict[int, Box]] = []
    for table in tables:
        lowest = min(box[3] - box[1] for *_, box, _ in table.cells)
        large = [char for char in page.chars if char.size * _LETTER_HEIGHT > lowest]
        cells = {
            n: (box, text)
            for n, (*_, box, text) in enumerate(table.cells)
            if not (text.strip() if only_empty else _LETTER.search(text)) and not _is_printed_over(large, box)
        }
        boxes = [_around_letters(page, box) if is_unruled else box for box, _ in cells.values()]
        places = _as_known(boxes, list(texts))
        for place, (_, text) in zip(places, cells.values(), strict=True):
            texts.setdefault(place, "".join(text.split()))
        looked.append(dict(zip(cells, places, strict=True)))
    apart = [
        char for table in tables for of_cell in (*table.marks.values(), *table.struck.values()) for char in of_cell
    ]
    shown = _read(page, texts, [*page_marks(page), *apart], draw) if texts else {}
    return [{index: shown[place] for index, place in of_table.items()} for of_table in looked]


def _is_printed_over(large: Sequence[Char], box: Box) -> bool:
    """Tell whether a letter higher than the cell runs into it (a stamp): its picture is then not the cell's own."""
    left, bottom, right, top = box
    return any(
        char.size * _LETTER_HEIGHT > top - bottom
        and char.left < right
        and char.right > left
        and char.baseline < top
        and char.baseline + char.size > bottom
        for char in large
    )


def _around_letters(page: Page, box: Box) -> Box:
    chars = [char for char in page.chars if box[0] <= char.x <= box[2] and box[1] <= char.y <= box[3]]
    if not chars:
        return box
    return _box_of(chars)


def _box_of(chars: Sequence[Char]) -> Box:
    return (
        min(char.left for char in chars) - _MARGIN,
        min(char.baseline - _BELOW * char.size for char in chars) - _MARGIN,
        max(char.right for char in chars) + _MARGIN,
        max(char.baseline + char.size for char in chars) + _MARGIN,
    )


def _body_of(page: Page, char: Char) -> Box:
    """Return where a letter stands, without its neighbours, with the line that strikes it out."""
    strokes = [line for line in page.horizontal if strikes(line, char) and line.end - line.start < _LONG_STROKE]
    return (
        min(char.left, *(line.start - _STROKE for line in strokes), char.left),
        char.baseline - _BELOW * char.size,
        max(char.right, *(line.end + _STROKE for line in strokes), char.right),
        char.baseline + char.size,
    )


def _as_known(boxes: list[Box], known: list[Box]) -> list[Box]:
    """Return the boxes, those that are nearly a known one as that."""
    if not boxes or not known:
        return boxes
    apart = np.abs(np.array(boxes)[:, None] - np.array(known)[None]).max(axis=2)
    nearest = apart.argmin(axis=1)
    return [known[near] if apart[n, near] <= _SAME else boxes[n] for n, near in enumerate(nearest)]


def _read(page: Page, texts: Mapping[Box, str], apart: Sequence[Char], draw: Draw) -> dict[Box, str]:
    """Return what is shown at each place; ``texts`` are what the file says there, ``apart`` letters to be left out.

    A place that is not read as the file has it is drawn and read again: the net seldom takes a sign for the same other
    sign at another size. What is shown there is what two looks agree on.
    """
    left, bottom, right, top = _outline(texts, page)
    sizes = [char.size for char in page.chars if left <= char.x <= right and bottom <= char.y <= top]
    size = median(sizes) if sizes else _USUAL_SIZE
    looks: dict[Box, list[str]] = {box: [] for box in texts}
    found: dict[Box, str] = {}
    for dots in _DOTS:
        again = [box for box in texts if box not in found]
        for box, shown in zip(again, _read_at(page, again, size, apart, draw, dots), strict=True):
            if _alike(shown, texts[box]) or (JUNK not in shown and shown in looks[box]):
                found[box] = shown
            looks[box].append(shown)
    for box, seen in looks.items():
        found.setdefault(box, next((shown for shown in seen if JUNK in shown), JUNK))
    return found


def _alike(shown: str, text: str) -> bool:
    return "".join(shown.split()) == text.translate(_SIGNS)


def _read_at(page: Page, boxes: Sequence[Box], size: float, apart: Sequence[Char], draw: Draw, dots: int) -> list[str]:
    if not boxes:
        return []
    picture = draw(page, _outline(boxes, page), dots)
    for char in apart:
        # The page's own number, note marks and what is struck out are no part of a figure.
        left, top, right, bottom = (max(round(v), 0) for v in picture.pixels(_body_of(page, char)))
        picture.grey[top:bottom, left:right] = _WHITE
    places, ems = [picture.pixels(box) for box in boxes], [size * picture.down] * len(boxes)
    return read_figures(picture.grey, places, ems, watermarked=page.slanted > 0)


def _outline(boxes: Iterable[Box], page: Page) -> Box:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return (
        max(min(lefts) - _AROUND, 0.0),
        max(min(bottoms) - _AROUND, 0.0),
        min(max(rights) + _AROUND, page.width),
        min(max(tops) + _AROUND, page.height),
    )
