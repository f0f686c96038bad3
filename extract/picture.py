"""A picture of one place on a page of a PDF: bytes and a locator in, PNG out.

The one thing to know: locators count in points from the lower left corner of the page as it is read
(extract/documents/pdf_page.py), so that the page is turned the same way here before it is cut.
"""

from __future__ import annotations

import io
import re

from extract.errors import UnreadableDocument

#: ``p3 x0,y0,x1,y1``: page, left, bottom, right, top.
_PLACE = re.compile(r"p(\d+) (-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)")
#: Points shown above and below the place (its row is shown whole), and pixels a point.
MARGIN, SCALE = 48.0, 2.5


def has_picture(locator: str) -> bool:
    """Tell whether a locator names a place on a page."""
    return _PLACE.fullmatch(locator) is not None


def picture_of(data: bytes, locator: str, *, margin: float = MARGIN) -> bytes:
    """Return a PNG of the row a place in a PDF stands in, the place itself framed.

    Raises:
        UnreadableDocument: the bytes are no PDF, or have no such page.
    """
    import pypdfium2
    from PIL import ImageDraw

    from extract.documents.pdf_page import read_page

    place = _PLACE.fullmatch(locator)
    if place is None:
        raise UnreadableDocument(f"{locator}: is no place on a page")
    number, (left, bottom, right, top) = int(place[1]), (float(v) for v in place.groups()[1:])
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"no picture: the document cannot be opened as a PDF ({error})") from error
    try:
        if number > len(pdf):
            raise UnreadableDocument(f"no picture: the document has {len(pdf)} pages, {locator} names page {number}")
        page = pdf[number - 1]
        seen = read_page(page, number)
        image = page.render(scale=SCALE, rotation=(seen.rotation - seen.declared) % 360).to_pil().convert("RGB")
        height = image.height / SCALE
        frame = [left * SCALE, (height - top) * SCALE, right * SCALE, (height - bottom) * SCALE]
        ImageDraw.Draw(image).rectangle(frame, outline=(200, 0, 0), width=2)
        around = margin * SCALE
        box = (0, max(0, int(frame[1] - around)), image.width, min(image.height, int(frame[3] + around)))
        out = io.BytesIO()
        image.crop(box).save(out, format="PNG")
        return out.getvalue()
    finally:
        pdf.close()
