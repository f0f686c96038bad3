"""A reading of a PDF's tables by pdfplumber: its lattice over lines, characters from pdfminer.six.

It stands in for camelot where a property of the file makes that one unreliable: exact on fonts without ascent and
descent and, with repeated characters removed, on imitated bold; wrong on rotated pages, which it is not given.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from extract.documents.drawn.page import Page
from extract.documents.drawn.table import Box, PdfTable

# Edges closer than this are one; pdfplumber has snapped them already, to 3 points.
_SAME = 1.0
# Components of a colour (0 to 1) that is not told apart from the paper.
_WHITE = 0.98
# Text at more than this slope is a watermark; letters higher than their row are printed over the table.
_SLANT = 0.1
_LETTER_HEIGHT = 0.75
_THIN = 3.0


def name() -> str:
    """Return the reader's name for ``Reading.reader``."""
    from importlib.metadata import version

    return f"pdfplumber {version('pdfplumber')} lines"


def read_tables(data: bytes, pages: Sequence[Page]) -> list[PdfTable]:
    """Return the ruled tables of these pages, without what is slanted, white or printed twice on the same spot."""
    if not pages:
        return []
    import pdfplumber

    logging.getLogger("pdfminer").setLevel(logging.ERROR)
    tables = []
    white_text = {page.number for page in pages if any(hidden.reason == "white" for hidden in page.hidden)}
    with pdfplumber.open(io.BytesIO(data), pages=[page.number for page in pages], password="") as pdf:
        for page in pdf.pages:
            seen = _is_seen_but_letters if page.page_number not in white_text else _is_seen
            page = page.filter(_on(page.bbox, seen)).dedupe_chars(tolerance=1)
            for found in page.find_tables():
                table = _table(page, found.cells)
                if table is not None:
                    tables.append(table)
    return tables


def _on(box: Box, seen: Callable[[dict[str, Any]], bool]) -> Callable[[dict[str, Any]], bool]:
    """Return what tells whether an item is seen and some of it lies on the page."""
    left, top, right, bottom = box

    def is_on(item: dict[str, Any]) -> bool:
        inside = item["x0"] <= right and item["x1"] >= left and item["top"] <= bottom and item["bottom"] >= top
        return bool(inside) and seen(item)

    return is_on


def _is_seen(item: dict[str, Any]) -> bool:
    return _is_seen_but_letters(item) and not (item["object_type"] == "char" and _is_white(item["non_stroking_color"]))


def _is_seen_but_letters(item: dict[str, Any]) -> bool:
    if item["object_type"] == "char":
        a, b = abs(item["matrix"][0]), abs(item["matrix"][1])
        return bool(min(a, b) <= _SLANT * max(a, b))
    if item["object_type"] == "line":
        return not _is_white(item["stroking_color"])
    if item["object_type"] == "rect":
        thin = min(item["width"], item["height"]) <= _THIN
        return not (
            (item["stroke"] and _is_white(item["stroking_color"]))
            or (thin and not item["stroke"] and _is_white(item["non_stroking_color"]))
        )
    return True


def _is_white(colour: Any) -> bool:
    # A grey is a number, another colour its components, a pattern has a name.
    colour = (colour,) if isinstance(colour, (int, float)) else colour
    if not isinstance(colour, (tuple, list)) or not all(isinstance(part, (int, float)) for part in colour):
        return False
    return max(colour) <= 1 - _WHITE if len(colour) == 4 else len(colour) > 0 and min(colour) >= _WHITE


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
            if box[0] <= (char["x0"] + char["x1"]) / 2 < box[2]
            and box[1] <= (char["top"] + char["bottom"]) / 2 < box[3]
            and char["size"] * _LETTER_HEIGHT <= box[3] - box[1]
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
