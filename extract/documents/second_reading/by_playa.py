"""A PDF page as camelot's parsers take it: lines of letters and drawn lines, from playa, without what a lattice never asks for.

camelot's own way makes boxes of text and their order, which took a quarter of its time, and opens the file a second time
where its fonts were looked at before. What is made here is what is left of it: the same letters, put into lines by the
same rule (playa's), and the same drawings.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from extract.documents.second_reading.content import painted

# Heights of a line of text, in thousandths of its size, within which camelot was exact (measured: 880 + 120 and
# 1000 + 140 right; 2856, the outermost box of Noto CJK, wrong).
_TRUSTED_HEIGHT = range(400, 1801)
# camelot's own margins for a line of text.
_LINES: dict[str, Any] = {
    "line_overlap": 0.5,
    "char_margin": 1.0,
    "word_margin": 0.1,
    "detect_vertical": True,
    "all_texts": True,
}
# Forms stand in forms, but not this deep.
_MAX_DEPTH = 8


@dataclass(frozen=True)
class Layout:
    """``drawings`` holds the lines and rectangles of the page and its forms (a playa ``LTPage``), without letters."""

    drawings: Any
    size: tuple[float, float]
    images: list[Any]
    chars: list[Any]
    horizontal: list[Any]
    vertical: list[Any]


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """Open a file with playa, in the frame that camelot reads it in."""
    import playa

    # What is wrong with a file is told by its readings, not by a hundred lines of the parser.
    logging.getLogger("playa").setLevel(logging.CRITICAL)
    with playa.parse(data, space="page", password="") as document:
        yield document


def trusted(document: Any, pages: Collection[int]) -> set[int]:
    """Return those of the pages (from 1) all of whose fonts have a height with which camelot places text right."""
    return {
        number
        for number in pages
        if all(round(font.ascent - font.descent) in _TRUSTED_HEIGHT for font in _fonts(document.pages[number - 1]))
    }


def layout(page: Any) -> Layout:
    """Return the lines of letters of a playa page, and what is drawn on it."""
    from playa.miner import LAParams, LTPage
    from playa.utils import transform_bbox

    left, bottom, right, top = transform_bbox(page.ctm, page.mediabox)
    size = (right - left, top - bottom)
    found = Layout(LTPage(page.page_idx + 1, (0, 0, *size)), size, [], [], [], [])
    _collect(painted(page), found, LAParams(**_LINES), 0)
    return found


def _collect(parent: Any, found: Layout, margins: Any, depth: int) -> None:
    """Add what a page or a form holds; letters of a form make no line with those around it."""
    from playa.content import ImageObject, TextObject, XObjectObject
    from playa.miner import LTChar, LTImage, LTTextLineVertical, process_object

    chars: list[Any] = []
    # Each object is asked while the page stands where it was painted: playa keeps one state for all of them.
    for item in parent:
        if type(item) is TextObject:
            chars.extend(char for glyph in item if _is_on(char := LTChar(glyph), found.size))
        elif type(item) is XObjectObject:
            if depth < _MAX_DEPTH:
                _collect(item, found, margins, depth + 1)
        elif type(item) is ImageObject:
            found.images.append(LTImage(item))
        else:
            found.drawings.extend(drawn for drawn in process_object(item) if _is_on(drawn, found.size))
    found.chars.extend(chars)
    for line in found.drawings.group_objects(margins, chars) if chars else ():
        line.analyze(margins)
        (found.vertical if isinstance(line, LTTextLineVertical) else found.horizontal).append(line)


def _is_on(item: Any, size: tuple[float, float]) -> bool:
    """Tell whether some of an item lies on the page: what lies beside it nobody sees."""
    return bool(item.x0 <= size[0] and item.x1 >= 0 and item.y0 <= size[1] and item.y1 >= 0)


def _fonts(page: Any) -> Iterator[Any]:
    """Yield the fonts of a page and of the forms that can be drawn on it."""
    yield from page.fonts.values()
    yield from _fonts_of_forms(page.doc, page.resources, 0)


def _fonts_of_forms(document: Any, resources: Any, depth: int) -> Iterator[Any]:
    from playa.pdftypes import ContentStream, resolve1

    forms = resolve1(resources.get("XObject"))
    for reference in forms.values() if isinstance(forms, dict) else ():
        form = resolve1(reference)
        own = resolve1(form.get("Resources")) if isinstance(form, ContentStream) else None
        if not isinstance(own, dict):
            continue
        fonts = resolve1(own.get("Font"))
        for font in fonts.values() if isinstance(fonts, dict) else ():
            spec = resolve1(font)
            if isinstance(spec, dict):
                yield document.get_font(getattr(font, "objid", 0), spec)
        if depth < _MAX_DEPTH:
            yield from _fonts_of_forms(document, own, depth + 1)
