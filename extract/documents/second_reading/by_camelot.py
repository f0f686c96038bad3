"""A reading of a PDF's tables by camelot: its lattice over vector lines, characters from playa (pdfminer's successor).

camelot places text by boxes made from the font's ascent and descent. Where a font declares both as 0 (Noto CJK does),
playa takes the font's outermost box instead, and the text lands a row off without a warning: ``pdf_playa.trusted`` tests
for that. Its lattice is given the page directly where camelot and playa are of versions known to take it so, and asked
through ``camelot.read_pdf`` where they are not: the same cells, slower.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from extract.documents.drawn.table import PdfTable, spans
from extract.documents.second_reading.by_playa import layout

# The layout of lines into boxes of text and the order of these, which a lattice never asks for, took three quarters of
# camelot's time (without them the same text in every cell of some seventy files).
_LAYOUT = {"boxes_flow": None, "line_margin": 0.0}
# What is called below camelot's and playa's public functions is that of these versions.
_KNOWN_VERSIONS = {"camelot-py": "2.0.", "playa-pdf": "1.1."}


def name(flavor: str = "lattice vector") -> str:
    """Return the reader's name for ``Reading.reader``."""
    from importlib.metadata import version

    return f"camelot {version('camelot-py')} {flavor}"


def read_tables(document: Any, data: bytes, pages: Sequence[int]) -> list[PdfTable]:
    """Return the ruled tables of these pages (from 1) of a file, open as a playa document, without those that camelot is
    seen to have misread.

    Raises:
        PermissionError: the file forbids taking its text out. pdfium does not ask; camelot refuses, and so its reading
            is left out.
    """
    if not pages:
        return []
    if not document.is_extractable:
        raise PermissionError("the file's permissions forbid taking its text out, and camelot heeds them")
    lattice = _lattice()
    found = (
        _read(data, pages, flavor="lattice", engine="vector")
        if lattice is None
        else _directly(lattice, document, pages)
    )
    return [_table(table) for table in found if not table.rotation and not _runs_over_borders(table)]


def _lattice() -> Any | None:
    """Return camelot's lattice to be called directly, None where it or playa is not as it is known."""
    from importlib.metadata import version

    if any(not version(package).startswith(known) for package, known in _KNOWN_VERSIONS.items()):
        return None
    try:
        from camelot.parsers import Lattice
        from camelot.utils import compute_whitespace, get_rotation  # noqa: F401
        from playa.interp import LazyInterpreter  # noqa: F401
        from playa.miner import LTPage, process_object  # noqa: F401
    except ImportError:
        return None
    called = ("prepare_page_parse", "extract_tables", "record_parse_metadata", "compute_parse_errors")
    return Lattice if all(hasattr(Lattice, method) for method in called) else None


def _directly(lattice: Any, document: Any, pages: Sequence[int]) -> list[Any]:
    from camelot.utils import get_rotation

    # It speaks of every page without a table; the pages are ours to choose, so there is nothing to hear.
    logging.getLogger("camelot").setLevel(logging.ERROR)
    parser = _without_frame(lattice)(engine="vector")
    found: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in pages:
            page = layout(document.pages[number - 1])
            # It turns a page on which it sees more text set from top to bottom; the pages it is given stand upright.
            if get_rotation(page.chars, page.horizontal, page.vertical):
                continue
            parser.prepare_page_parse(
                "", page.drawings, page.size, number, page.images, page.horizontal, page.vertical, "", layout_kwargs={}
            )
            found += parser.extract_tables()
    return found


def _without_frame(lattice: Any) -> Any:
    """Return the lattice without the pandas frame of each table: a third of its time, and never asked for."""
    from camelot.utils import compute_whitespace

    class Unframed(lattice):
        def record_parse_metadata(self, table: Any) -> None:
            self.compute_parse_errors(table)
            table.whitespace = compute_whitespace(table.data)
            table.textlines = self.horizontal_text + self.vertical_text

    return Unframed


def read_raster(data: bytes, pages: Sequence[int]) -> list[PdfTable]:
    """Return the tables of these pages (from 1) whose lines are part of a picture."""
    return [_table(table) for table in _read(data, pages, flavor="lattice", engine="raster") if not table.rotation]


def read_borderless(data: bytes, pages: Sequence[int]) -> list[PdfTable]:
    """Return the tables that camelot finds on these pages (from 1) by the alignment of their text, a row a line of text."""
    return [_table(table, bordered=False) for table in _read(data, pages, flavor="network") if not table.rotation]


def _read(data: bytes, pages: Sequence[int], **options: str) -> list[Any]:
    if not pages:
        return []
    import camelot

    logging.getLogger("camelot").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = ",".join(map(str, pages))
        return list(camelot.read_pdf(data, pages=numbers, layout_kwargs=_LAYOUT, **options))


def _runs_over_borders(table: Any) -> bool:
    """Tell whether camelot made one line of the text of two cells (wide letter spacing): all of it is put into one."""
    for line in table.textlines:
        if not line.get_text().strip():
            continue
        middle = (line.y0 + line.y1) / 2
        for row in table.cells:
            if not row[0].y1 < middle < row[0].y2:
                continue
            for cell, following in pairwise(row):
                if cell.right and following.left and line.x0 < cell.x2 < line.x1:
                    centres = [(char.x0 + char.x1) / 2 for char in line if hasattr(char, "x0")]
                    if min(centres) < cell.x2 < max(centres):
                        return True
    return False


def _table(table: Any, *, bordered: bool = True) -> PdfTable:
    cells = table.cells
    n_rows, n_cols = len(cells), len(cells[0])
    # A border missing on either side of it is missing.
    origins = spans(
        n_rows,
        n_cols,
        lambda row, col: bordered and not (cells[row][col].right and cells[row][col + 1].left),
        lambda row, col: bordered and not (cells[row][col].bottom and cells[row + 1][col].top),
    )
    placed = []
    for row, col, height, width in origins:
        first, last = cells[row][col], cells[row + height - 1][col + width - 1]
        texts = (cells[r][c].text for r in range(row, row + height) for c in range(col, col + width))
        text = "\n".join(text.strip("\n") for text in texts if text.strip())
        if not text and not bordered:
            # Between no lines there is no empty cell: the row may be the second line of a label.
            continue
        placed.append((row, col, height, width, (first.x1, last.y1, last.x2, first.y2), text))
    edges = (*(round(cell.x1, 2) for cell in cells[0]), round(cells[0][-1].x2, 2))
    box = (cells[-1][0].x1, cells[-1][0].y1, cells[0][-1].x2, cells[0][-1].y2)
    return PdfTable(int(table.page), box, edges, n_rows, tuple(placed))
