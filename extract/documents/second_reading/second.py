"""The reading of a PDF's tables that stands beside our own: which program reads which page, and why.

camelot reads a page unless something that can be tested makes it unreliable there; then it is pdfplumber's, with the
same letters and lines left out that nobody sees. A majority is never a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from extract.documents.drawn.page import Page
from extract.documents.drawn.table import PdfTable, reading_order
from extract.documents.second_reading import by_camelot as pdf_camelot
from extract.documents.second_reading import by_playa
from extract.documents.second_reading import by_plumber as pdf_plumber
from extract.documents.second_reading import headed as pdf_headed

# A cell of one reading is the place of another's if they share this much of the smaller one.
_SAME_PLACE = 0.5
# A line nearer than this, in points, to the border of a cell is that border.
_BORDER = 3.0


def second_reading(
    data: bytes, pages: Sequence[Page], bare: Sequence[Page], own: Sequence[PdfTable]
) -> tuple[str, list[PdfTable], tuple[str, ...]]:
    """Return the reader, its tables and what failed, for the pages on which tables may stand.

    ``own`` are the tables of our own reading: what it says against a cell (``doubts``) is a property of the file and
    holds for this reading too. No number comes from it. ``bare`` are the pages with a table's words and no lines.
    """
    # A layer made by character recognition is no second witness of what is printed.
    printed = [page for page in pages if page.chars and page not in bare]
    bare = [page for page in bare if page.chars]
    if not printed and not bare:
        return "", [], ()
    names: dict[str, None] = {}
    try:
        cropped = _as_read(data, [page for page in (*printed, *bare) if page.cropped], turn=False)
        upright = _as_read(cropped, [page for page in (*printed, *bare) if page.rotation != page.declared], turn=True)
        tables = _ruled(cropped, upright, printed, own, names) + _without_lines(upright, bare, own, names)
    except Exception as error:
        # Its parser is stricter than pdfium: what it cannot read keeps one reading.
        return "", [], (f"no second reading of the tables: {type(error).__name__}: {error}",)
    return " + ".join(names), reading_order(_completed(table, own) for table in tables), ()


def _ruled(
    data: bytes, upright: bytes, pages: Sequence[Page], own: Sequence[PdfTable], names: dict[str, None]
) -> list[PdfTable]:
    unclear = {table.page for table in own if table.overprinted}
    unclear |= {page.number for page in pages if _is_unclear(page, [t for t in own if t.page == page.number])}
    asked = [page for page in pages if page.rotation or page.number not in unclear]
    tables: list[PdfTable] = []
    by_camelot: list[Page] = []
    if asked:
        with by_playa.opened(upright) as document:
            trusted = by_playa.trusted(document, [page.number for page in asked])
            by_camelot = [page for page in asked if page.number in trusted]
            tables = pdf_camelot.read_tables(document, upright, [page.number for page in by_camelot])
    # camelot drops a grid of which nine tenths are blank; such a page is pdfplumber's too.
    short = {p.number for p in by_camelot if _on(tables, p.number) < _on(own, p.number) and not p.rotation}
    by_camelot = [page for page in by_camelot if page.number not in short]
    by_plumber = [page for page in pages if page not in by_camelot and not page.rotation]
    if by_camelot:
        names[pdf_camelot.name()] = None
    if by_plumber:
        names[pdf_plumber.name()] = None
    return [t for t in tables if t.page not in short] + pdf_plumber.read_tables(data, by_plumber)


def _without_lines(
    upright: bytes, pages: Sequence[Page], own: Sequence[PdfTable], names: dict[str, None]
) -> list[PdfTable]:
    """Read the pages whose tables no vector lines show: lines of a picture behind the text, else the text's alignment."""
    tables = pdf_camelot.read_raster(upright, [page.number for page in pages if page.pictures])
    drawn = {table.page for table in tables}
    aligned = [page.number for page in pages if page.number not in drawn and _on(own, page.number)]
    if drawn:
        names[pdf_camelot.name("lattice raster")] = None
    if aligned:
        names[pdf_camelot.name("network")] = None
    tables += pdf_camelot.read_borderless(upright, aligned)
    others = [page.number for page in pages if page.number not in drawn and page.number not in aligned]
    headed = _headed(upright, others)
    if headed:
        names[pdf_headed.name()] = None
    return tables + headed


def _headed(upright: bytes, pages: Sequence[int]) -> list[PdfTable]:
    if not pages:
        return []
    with by_playa.opened(upright) as document:
        return pdf_headed.read_headed(document, pages) if document.is_extractable else []


def _is_unclear(page: Page, tables: Sequence[PdfTable]) -> bool:
    """Tell whether a page holds what camelot reads and nobody sees, or what everybody sees once and it reads twice."""
    if page.doubled or page.slanted or any(hidden.reason == "white" for hidden in page.hidden):
        return True
    boxes = [cell[4] for table in tables for cell in table.cells] if page.unseen else []
    return any(_runs_through(line, box) for line in page.unseen for box in boxes)


def _runs_through(line: tuple[float, ...], box: tuple[float, ...]) -> bool:
    """Tell whether a line runs through a cell (and not along a border, where white ones do no harm)."""
    return all(line[low] < box[low + 2] - _BORDER and box[low] + _BORDER < line[low + 2] for low in (0, 1))


def _on(tables: Sequence[PdfTable], page: int) -> int:
    return sum(1 for table in tables if table.page == page)


def _as_read(data: bytes, pages: Sequence[Page], *, turn: bool) -> bytes:
    """Return the file with some pages declared as they are read, turned or cropped; nothing else in it is touched."""
    if not pages:
        return data
    import io

    import pypdfium2

    pdf: Any = pypdfium2.PdfDocument(data)
    try:
        for page in pages:
            sheet = pdf[page.number - 1]
            if turn:
                sheet.set_rotation(page.rotation)
            else:
                sheet.set_mediabox(*(page.cropped or sheet.get_mediabox()))
            sheet.close()
        file = io.BytesIO()
        pdf.save(file)
    finally:
        pdf.close()
    return file.getvalue()


def _completed(table: PdfTable, own: Sequence[PdfTable]) -> PdfTable:
    """Return a table with what is known of its cells from our own reading: doubts, and in cells whose text is turned the
    order of the lines, where both readings see the same characters (the others read such cells from left to right).
    """
    doubts: dict[int, str] = dict(table.doubts)
    cells = list(table.cells)
    for other in own:
        if other.page != table.page:
            continue
        for index in other.doubts.keys() | other.turned:
            *_, box, text = other.cells[index]
            for place, cell in enumerate(cells):
                if _shared(box, cell[4]) <= _SAME_PLACE:
                    continue
                if index in other.doubts:
                    doubts.setdefault(place, other.doubts[index])
                if (
                    index in other.turned
                    and not any(map(str.isdigit, text))
                    and sorted("".join(text.split())) == sorted("".join(cell[5].split()))
                ):
                    cells[place] = (*cell[:5], text)
    return replace(table, cells=tuple(cells), doubts=doubts)


def _shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the area two boxes share, as a share of the smaller."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return max(0.0, width) * max(0.0, height) / smaller if smaller > 0 else 0.0
