"""Pictures of pages to tables read twice and text, with character recognition: what the readers of formats call.

Tables are looked for on every page, which costs little; letters are read on pages with tables and a few others. Without
the ``ocr`` extra ``models.missing`` says so, and a document's pictures are counted and left unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from extract.document import Block, Document, Reading
from extract.documents.drawn.page import Page
from extract.documents.drawn.paragraphs import Paragraph, in_reading_order, paragraphs
from extract.documents.drawn.table import Box, PdfTable, number_tables, reading_order
from extract.documents.ocr import models
from extract.documents.ocr.sources import Source
from extract.documents.shared.bounds import SCANNED_PAGES
from extract.documents.shared.table_words import words_of_each_table

# Pages with tables and pages of text beyond these are not read: a document has a minute.
_MOST_TABLE_PAGES = 6
_MOST_TEXT_PAGES = 4
# A document with fewer characters of its own is a wrapping around pictures.
_HARDLY_TEXT = 400
# Edges of a table's halves on two sheets are put over each other where their widths differ by less than this.
_SAME_WIDTH = 0.03


@dataclass(frozen=True)
class Recognised:
    """``first`` and ``second`` are the tables of the two readings, in reading order; ``reader`` their names."""

    first: tuple[PdfTable, ...]
    second: tuple[PdfTable, ...]
    paragraphs: tuple[Paragraph, ...]
    readers: tuple[str, str]
    notes: tuple[str, ...]


def recognise_pages(sources: Iterable[Source], *, text: bool = True) -> Recognised:
    """Read pictures of pages. Call only where ``models.missing()`` is None.

    With ``text`` false only tables are read (pictures inside a document that has its own text).
    """
    from concurrent.futures import ThreadPoolExecutor

    import cv2

    from extract.documents.ocr.leaves import leaves
    from extract.documents.ocr.models import name
    from extract.documents.ocr.prose import read_text
    from extract.documents.ocr.read import first_tables, may_hold_table, second_tables, straighten

    # The same sums in the same order whatever the machine: a document reads the same everywhere.
    cv2.setNumThreads(2)
    cv2.ocl.setUseOpenCL(False)
    first: list[PdfTable] = []
    second: list[PdfTable] = []
    pages: list[tuple[Page, Sequence[Box]]] = []
    notes: list[str] = []
    unread: list[int] = []
    n_tables = n_text = 0
    more = 0  # pages beyond one a sheet, so far
    # The second reading goes on beside the first and the text: neither knows of the other, and both leave the interpreter idle.
    with ThreadPoolExecutor(1) as beside:
        for number, picture, width in sources:
            if number > SCANNED_PAGES:
                unread.append(number)
                continue
            try:
                shown = picture()
                if n_text >= _MOST_TEXT_PAGES and not may_hold_table(shown):
                    unread.append(number)
                    continue
                sheet = straighten(shown, number, width)
                if sheet.turned:
                    notes.append(f"page {number} turned by {sheet.turned} degrees")
                parts = leaves(sheet)
                if len(parts) > 1:
                    notes.append(f"page {number} is {len(parts)} pages side by side")
                for place, part in enumerate(parts, number + more):
                    # Pages are counted as they follow each other, wherever they lie.
                    page = replace(part.page, number=place)
                    tables = None
                    if page.lattices and n_tables < _MOST_TABLE_PAGES:
                        n_tables += 1
                        where = (number, part.offset) if page.number != number or part.offset else None
                        tables = beside.submit(second_tables, page)
                        first += [replace(table, sheet=where) for table in first_tables(page)]
                    elif page.lattices or n_text >= _MOST_TEXT_PAGES:
                        unread.append(number)
                        continue
                    else:
                        n_text += 1
                    chars = read_text(page.flat, page.boxes, page.points) if text else []
                    if text:
                        boxes = [table.box for table in first if table.page == page.number]
                        pages.append((Page(page.number, page.width, page.height, 0, 0, tuple(chars)), boxes))
                    if tables is not None:
                        second += [replace(table, sheet=where) for table in tables.result()]
                more += len(parts) - 1
            except (cv2.error, ValueError, IndexError) as error:
                # One picture that cannot be worked with must not take the document along.
                notes.append(f"picture {number} not read: {type(error).__name__}: {error}")
                continue
    if unread:
        notes.append(
            f"page(s) {', '.join(map(str, dict.fromkeys(unread)))} left unread: more pictures than are read of one document"
        )
    readers = (f"{name()} ocr strips", "ocr digits of our own")
    return Recognised(
        tuple(_aligned(reading_order(first))),
        tuple(_aligned(reading_order(second))),
        tuple(paragraphs(pages)),
        readers,
        tuple(notes),
    )


def _aligned(tables: list[PdfTable]) -> list[PdfTable]:
    """Put the edges of a page's first table over those of the last table of the page before: sheets lie differently.

    Only the edges move, by which a table is followed over the page break; the places of its cells stay.
    """
    out: list[PdfTable] = []
    for n, table in enumerate(tables):
        before = out[-1] if out else None
        if before is not None and before.page == table.page - 1 and tables[n - 1].page != table.page:
            left, right = before.edges[0], before.edges[-1]
            own_left, own_right = table.edges[0], table.edges[-1]
            factor = (right - left) / (own_right - own_left)
            if abs(factor - 1) < _SAME_WIDTH:
                table = replace(table, edges=tuple(round(left + (x - own_left) * factor, 2) for x in table.edges))
        out.append(table)
    return out


def readings_of(found: Recognised) -> tuple[Reading, ...]:
    """Return the two readings as a document holds them."""
    pairs = zip(found.readers, (found.first, found.second), strict=True)
    return tuple(Reading(reader, False, number_tables(tables)) for reader, tables in pairs if tables)


def blocks_of(found: Recognised, start: int = 0) -> tuple[Block, ...]:
    """Return paragraphs and grids of the first reading in reading order; their text begins at ``start``."""
    return in_reading_order(found.paragraphs, found.first, start)


def read_picture(data: bytes, document_id: str, media_type: str) -> Document:
    """Read a picture file as a page (a TIFF as its pages); without the extra it is counted and left unread."""
    lacking = models.missing()
    if lacking:
        note = f"the file is a picture: its text needs character recognition ({lacking})"
        return Document(document_id, media_type, len(data), (), (), pictures=1, notes=(note,))
    from extract.documents.ocr.sources import pictures_of_file

    sources = pictures_of_file(data)
    found = recognise_pages(sources)
    return Document(
        document_id,
        media_type,
        len(data),
        blocks_of(found),
        readings_of(found),
        pages=len(sources) if len(sources) > 1 else None,
        pictures=len(sources),
        notes=("the file is a picture, read by character recognition", *found.notes),
    )


def with_pictures(document: Document, pictures: Sequence[bytes]) -> Document:
    """Return a document with the tables that stand in its pictures (files of pictures, in reading order).

    Nothing is looked at where the document's own tables are all there, and its text is added to only where it has
    hardly any of its own (page after page put in as pictures). Places are written ``p2 x0,y0,x1,y1``: the second picture.
    """
    own = "".join(
        "".join(cell.text.split()) for reading in document.readings for grid in reading.grids for cell in grid.cells
    )
    if not pictures:
        return document
    document = replace(document, by_words=bool(own))
    if all(word in own for word in words_of_each_table()):
        return document
    lacking = models.missing()
    if lacking:
        return replace(document, notes=(*document.notes, f"{len(pictures)} picture(s) left unread: {lacking}"))
    from extract.documents.ocr.sources import pictures_within

    bare = sum(len(block.text) for block in document.blocks) < _HARDLY_TEXT
    found = recognise_pages(pictures_within(pictures), text=bare)
    if not found.first and not (bare and found.paragraphs):
        return document
    structural = tuple(reading for reading in document.readings if reading.grids)
    start = len(document.text) + 1 if document.blocks else 0
    # Grids of a first reading that is the document's own have their blocks already; those of pictures come after them.
    added = blocks_of(found if not structural else replace(found, first=()), start)
    note = f"{len({table.page for table in found.first})} picture(s) with tables read by character recognition"
    return replace(
        document,
        blocks=(*document.blocks, *added),
        readings=(*structural, *readings_of(found)),
        notes=(*document.notes, note, *found.notes),
    )
