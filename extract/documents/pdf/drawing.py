"""Parts of the pages of an open PDF drawn by pdfium, with the fields and notes that stand on them."""

from __future__ import annotations

import math
from typing import Any

from extract.documents.drawn.page import Page
from extract.documents.drawn.table import Box
from extract.documents.shown.witness import Draw, Picture


def drawing_of(pdf: Any) -> Draw:
    """Return what draws parts of the pages of a ``pypdfium2.PdfDocument`` as they are read."""

    def draw(page: Page, box: Box, dots: int) -> Picture:
        scale = dots / 72
        cut = box[0], box[1], page.width - box[2], page.height - box[3]
        loaded = pdf[page.number - 1]
        try:
            turn = (page.rotation - page.declared) % 360
            grey = loaded.render(scale=scale, rotation=turn, crop=cut, grayscale=True).to_numpy()
            if grey.ndim == 3:
                grey = grey[:, :, 0]
        finally:
            loaded.close()
        # pdfium draws whole pixels: the page is stretched to them.
        across, down = math.ceil(page.width * scale) / page.width, math.ceil(page.height * scale) / page.height
        return Picture(
            grey, across, down, math.ceil(cut[0] * scale) / across, page.height - math.ceil(cut[3] * scale) / down
        )

    return draw
