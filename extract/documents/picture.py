"""A picture of one place on a page: bytes and a locator in, PNG out.

The one thing to know: locators count in points from the lower left corner of the page as it is read (turned as its
characters stand, see extract/documents/pdf/page.py; a scan also straightened), so that it is cut from that here too.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from extract.documents.shared.sniff import IMAGES, sniff
from extract.errors import UnreadableDocument

#: ``p3 x0,y0,x1,y1``: page, left, bottom, right, top.
_PLACE = re.compile(r"p(\d+) (-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)")
#: Points shown above and below the place (its row is shown whole), and pixels a point.
MARGIN, SCALE = 48.0, 2.5


def has_picture(locator: str) -> bool:
    """Tell whether a locator names a place on a page."""
    return _PLACE.fullmatch(locator) is not None


def picture_of(data: bytes, locator: str, *, margin: float = MARGIN) -> bytes:
    """Return a PNG of the row a place on a page stands in, the place itself framed.

    Raises:
        UnreadableDocument: the bytes have no such page, or it is a scan and character recognition is not installed.
    """
    from PIL import ImageDraw

    place = _PLACE.fullmatch(locator)
    if place is None:
        raise UnreadableDocument(f"{locator}: is no place on a page")
    number, (left, bottom, right, top) = int(place[1]), (float(v) for v in place.groups()[1:])
    image, scale = (
        _page_of_pdf(data, number, locator)
        if sniff(data) == "pdf"
        else _scanned(lambda: _pictures(data), number, locator)
    )
    height = image.height / scale
    frame = [left * scale, (height - top) * scale, right * scale, (height - bottom) * scale]
    ImageDraw.Draw(image).rectangle(frame, outline=(200, 0, 0), width=2)
    around = margin * scale
    box = (0, max(0, int(frame[1] - around)), image.width, min(image.height, int(frame[3] + around)))
    out = io.BytesIO()
    image.crop(box).save(out, format="PNG")
    return out.getvalue()


def _page_of_pdf(data: bytes, number: int, locator: str) -> tuple[Any, float]:
    """Return a page of a PDF and its pixels a point."""
    import pypdfium2

    from extract.documents.pdf.page import read_page
    from extract.documents.pdf.scanned import is_picture

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"no picture: the document cannot be opened as a PDF ({error})") from error
    try:
        if number > len(pdf):
            raise UnreadableDocument(f"no picture: the document has {len(pdf)} pages, {locator} names page {number}")
        page = pdf[number - 1]
        seen = read_page(page, number)
        if is_picture(page.get_textpage().get_text_range(), seen):
            from extract.documents.ocr.sources import pages_of_pdf

            return _scanned(lambda: pages_of_pdf(pdf, [number]), number, locator)
        turn = (seen.rotation - seen.declared) % 360
        return page.render(scale=SCALE, rotation=turn).to_pil().convert("RGB"), SCALE
    finally:
        pdf.close()


def _pictures(data: bytes) -> list[Any]:
    """Return the pictures of a picture file, a Word file or a page, as its reader numbers them."""
    kind = sniff(data)
    if kind in IMAGES:
        from extract.documents.ocr.sources import pictures_of_file

        return pictures_of_file(data)
    from extract.documents.ocr.sources import pictures_within

    if kind == "docx":
        from extract.documents.docx.read import pictures_within as pictures
    elif kind == "html":
        from extract.documents.html.read import pictures_within as pictures
    else:
        raise UnreadableDocument(f"no picture: the document is {kind}, and has no pages")
    return pictures_within(pictures(data))


def _scanned(sources: Callable[[], list[Any]], number: int, locator: str) -> tuple[Any, float]:
    """Return one of a scan's pictures as it was read, straightened, and its pixels a point."""
    from extract.documents.ocr.models import missing

    lacking = missing()
    if lacking:
        raise UnreadableDocument(f"no picture: {locator} is a place in a scan, straightened: {lacking}")
    import cv2
    from PIL import Image

    from extract.documents.ocr.read import straighten

    found = next((source for source in sources() if source[0] == number), None)
    if found is None:
        raise UnreadableDocument(f"no picture: {locator} names picture {number}, which the document does not have")
    cv2.setNumThreads(2)  # the same sums as when it was read
    page = straighten(found[1](), number, found[2])
    return Image.fromarray(page.flat).convert("RGB"), 1 / page.points
