"""A reading of a PDF's tables by pdfplumber: its lattice over lines, characters from pdfminer.six.

It stands in for camelot where a property of the file makes that one unreliable: exact on fonts without ascent and
descent and, with repeated characters removed, on imitated bold; wrong on rotated pages, which it is not given.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from extract.documents.pdf_table import Box, PdfTable

# Edges closer than this are one; pdfplumber has snapped them already, to 3 points.
_SAME = 1.0


def name() -> str:
    """Return the reader's name for ``Reading.reader``."""
    from importlib.metadata import version

    return f"pdfplumber {version('pdfplumber')} lines"


def read_tables(data: bytes, pages: Sequence[int]) -> list[PdfTable]:
    """Return the ruled tables of these pages (from 1)."""
    if not pages:
        return []
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    tables = []
    with pdfplumber.open(io.BytesIO(data), pages=list(pages), password="") as pdf:
        for page in pdf.pages:
            page = page.dedupe_chars(tolerance=1)
            for found in page.find_tables():
                table = _table(page, found.cells)
                if table is not None:
                    tables.append(table)
    return tables


def _table(page: Any, boxes: Sequence[Box]) -> PdfTable | None:
    """Put pdfplumber's cells (x0, top, x1, bottom, y down, merged ones whole) at rows and columns."""
    from pdfplumber.utils import extract_text

    height = float(page.height)
    left, top = page.bbox[:2]
    xs = _edges(x for box in boxes for x in (box[0], box[2]))
    ys = _edges(y for box in boxes for y in (box[1], box[3]))
    if len(xs) < 3:
        return None
    cells = []
    for box in sorted(boxes, key=lambda b: (_index(ys, b[1]), _index(xs, b[0]))):
        row, col = _index(ys, box[1]), _index(xs, box[0])
        chars = [
            char
            for char in page.chars
            if box[0] <= (char["x0"] + char["x1"]) / 2 < box[2] and box[1] <= (char["top"] + char["bottom"]) / 2 < box[3]
        ]
        place = (box[0] - left, height - (box[3] - top), box[2] - left, height - (box[1] - top))
        row_span, col_span = _index(ys, box[3]) - row, _index(xs, box[2]) - col
        cells.append((row, col, row_span, col_span, place, extract_text(chars) if chars else ""))
    outline = (xs[0] - left, height - (ys[-1] - top), xs[-1] - left, height - (ys[0] - top))
    edges = tuple(round(x - left, 2) for x in xs)
    return PdfTable(int(page.page_number), outline, edges, len(ys) - 1, tuple(cells))


def _edges(values: Iterable[float]) -> list[float]:
    edges: list[float] = []
    for value in sorted(values):
        if not edges or value - edges[-1] > _SAME:
            edges.append(float(value))
    return edges


def _index(edges: Sequence[float], value: float) -> int:
    return min(range(len(edges)), key=lambda index: abs(edges[index] - value))
