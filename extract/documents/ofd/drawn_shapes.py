"""The shapes and pictures of OFD pages drawn by pdfium: what stands on a page beside its text, as pixels.

Letters are not drawn, for the fonts of an OFD are not read; so a cell with text has no picture to be judged by.
"""

from __future__ import annotations

import ctypes
import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from extract.documents.drawn.page import Page
from extract.documents.drawn.table import Box
from extract.documents.ofd.page import Shape
from extract.documents.shown.witness import Draw, Picture

# A picture of more pixels is none of a figure.
_MOST_PIXELS = 40_000_000


def drawing_of(shapes: Mapping[int, Sequence[Shape]], file: Callable[[str], bytes | None]) -> Draw:
    """Return what draws parts of pages, given the shapes of each and the bytes of a picture by its name."""

    def draw(page: Page, box: Box, dots: int) -> Picture:
        import pypdfium2

        scale = dots / 72
        cut = box[0], box[1], page.width - box[2], page.height - box[3]
        pdf: Any = pypdfium2.PdfDocument.new()
        try:
            sheet = pdf.new_page(page.width, page.height)
            for shape in shapes.get(page.number, ()):
                if shape.steps:
                    _add_path(sheet, shape)
                else:
                    _add_picture(pdf, sheet, shape, file(shape.file))
            grey = sheet.render(scale=scale, crop=cut, grayscale=True).to_numpy().copy()
        finally:
            pdf.close()
        across, down = math.ceil(page.width * scale) / page.width, math.ceil(page.height * scale) / page.height
        left, top = math.ceil(cut[0] * scale) / across, page.height - math.ceil(cut[3] * scale) / down
        return Picture(grey[:, :, 0] if grey.ndim == 3 else grey, across, down, left, top)

    return draw


def _add_path(sheet: Any, shape: Shape) -> None:
    import pypdfium2.raw as raw

    path = raw.FPDFPageObj_CreateNewPath(*shape.steps[0][1][0])
    before = shape.steps[0][1][0]
    for command, points in shape.steps[1:]:
        if command in "SM":
            raw.FPDFPath_MoveTo(path, *points[0])
        elif command in "LA":
            raw.FPDFPath_LineTo(path, *points[-1])
        elif command == "C":
            raw.FPDFPath_Close(path)
        else:
            # A curve of one handle is one of two, each two thirds of the way to it.
            handles = (
                points[:2]
                if len(points) == 3
                else [
                    tuple(end + (points[0][n] - end) * 2 / 3 for n, end in enumerate(to)) for to in (before, points[1])
                ]
            )
            raw.FPDFPath_BezierTo(path, *handles[0], *handles[1], *points[-1])
        before = points[-1] if points else before
    if shape.fill is not None:
        raw.FPDFPageObj_SetFillColor(path, shape.fill, shape.fill, shape.fill, 255)
    if shape.stroke is not None:
        raw.FPDFPageObj_SetStrokeColor(path, shape.stroke, shape.stroke, shape.stroke, 255)
        raw.FPDFPageObj_SetStrokeWidth(path, shape.width)
    filled = raw.FPDF_FILLMODE_WINDING if shape.fill is not None else raw.FPDF_FILLMODE_NONE
    raw.FPDFPath_SetDrawMode(path, filled, shape.stroke is not None)
    raw.FPDFPage_InsertObject(sheet, path)


def _add_picture(pdf: Any, sheet: Any, shape: Shape, data: bytes | None) -> None:
    """Add a picture, a grey box in its place where its file cannot be read: something is drawn there."""
    import pypdfium2.raw as raw
    from PIL import Image
    from pypdfium2 import PdfBitmap

    try:
        picture = Image.open(io.BytesIO(data or b""))
        if picture.width * picture.height > _MOST_PIXELS:
            raise ValueError("too many pixels")
        coloured = picture.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        paper.alpha_composite(coloured)
        shown = paper.convert("RGB")
    except Exception:
        # Strangers' pictures break decoders in many ways.
        shown = Image.new("RGB", (3, 3), (90, 90, 90))
    item = raw.FPDFPageObj_NewImageObj(pdf)
    raw.FPDFImageObj_SetBitmap((raw.FPDF_PAGE * 1)(), 0, item, PdfBitmap.from_pil(shown))
    raw.FPDFPageObj_SetMatrix(item, ctypes.byref(raw.FS_MATRIX(*shape.matrix)))
    raw.FPDFPage_InsertObject(sheet, item)
