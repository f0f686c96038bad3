"""PDF to a Document, its tables read twice: by camelot (or pdfplumber) and by our own lattice over pdfium.

The two readings share neither parser nor locator, so that agreement means something. Reading A is camelot's; where a
property of the file makes camelot unreliable it is pdfplumber's instead. Reading B is ``pdf_lattice``. Tables are looked
for only on pages with ruling lines that name a table's words or follow such a page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from extract.document import Block, Document, Reading
from extract.documents.drawn import borderless as pdf_borderless
from extract.documents.drawn import lattice as pdf_lattice
from extract.documents.drawn.page import Page
from extract.documents.drawn.paragraphs import Paragraph, in_reading_order, paragraphs, plain_paragraphs
from extract.documents.drawn.table import Box, PdfTable, number_tables, reading_order
from extract.documents.pdf.drawing import drawing_of
from extract.documents.pdf.page import read_page
from extract.documents.pdf.scanned import read_scanned
from extract.documents.pdf.unread_cells import recognised
from extract.documents.second_reading.second import second_reading
from extract.documents.shared.bounds import PAGES
from extract.documents.shared.sniff import MEDIA_TYPES
from extract.documents.shared.table_words import page_words
from extract.documents.shown.fonts import settled
from extract.documents.shown.witness import looked_at
from extract.errors import UnreadableDocument

# Prose holds one word of the official tables now and then; two of them on a page of a long document mean that a table may
# stand there.
_MIN_WORDS = 2
# Less than this share of Chinese characters in a text of some length: the letters of a font without Unicode values.
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_MIN_CHINESE = 0.1
_ENOUGH = 100
# In a short document every page is looked at.
_SHORT = 12
# In a long one the positions of the characters are read on ruled candidate pages only (13 ms a page).
_LONG = 40


def read_pdf(data: bytes, document_id: str) -> Document:
    """Read a PDF file.

    Raises:
        UnreadableDocument: not a PDF pdfium can open, protected by a password, or without pages.
    """
    pdf = _open(data)
    try:
        return _read(pdf, data, document_id)
    finally:
        pdf.close()


def _read(pdf: Any, data: bytes, document_id: str) -> Document:
    n_pages = len(pdf)
    if n_pages == 0:
        raise UnreadableDocument("the PDF has no pages")
    if n_pages > PAGES:
        raise UnreadableDocument(f"the PDF has {n_pages} pages; a report has at most {PAGES}")
    texts, pages, candidates = _read_pages(pdf)
    title = (pdf.get_metadata_value("Title") or "").strip()
    scanned, lacking = read_scanned(pdf, texts, pages)
    ruled = [pages[n] for n in candidates if pages[n].ruled]
    lattices = [table for page in ruled for table in pdf_lattice.find_tables(page)]
    drawn = {table.page for table in lattices}
    bare = [pages[n] for n in candidates if n not in drawn and _is_named(texts[n - 1])]
    borderless = [table for page in bare for table in pdf_borderless.find_borderless(page)]
    own = reading_order([*lattices, *borderless])
    reader, other, failures = second_reading(data, ruled, bare, own)
    looked = looked_at((own, other), pages, drawing_of(pdf), unruled={page.number for page in bare})
    (own, other), lies = settled(recognised(looked, pages, drawing_of(pdf)))
    if lies and not any(map(_is_named, texts)):
        # Not a label that makes sense: the font lies of every sign, and the pages are read as the pictures they show.
        scanned, lacking = read_scanned(pdf, texts, pages, range(1, n_pages + 1))
        own, other, reader = ([], [], "") if scanned else (own, other, reader)
    way = "lattice" if not borderless else "lattice, text positions" if lattices else "text positions"
    ours = f"pdfium {_pdfium()} {way}" if own else ""
    if scanned:
        other, reader = reading_order([*other, *scanned.first]), " + ".join(filter(None, (reader, scanned.readers[0])))
        own, ours = reading_order([*own, *scanned.second]), " + ".join(filter(None, (ours, scanned.readers[1])))
    readings = _readings(reader, other, ours, own)
    # Where something cannot be seen or does not count, our reading knows it and the other does not.
    if any(page.hidden for page in ruled) or any(table.marks or table.struck for table in own):
        readings = readings[::-1]
        first = own
    else:
        first = other or own
    blocks = _blocks(texts, pages, first, own, scanned.paragraphs if scanned else ())
    pictures = sum(page.pictures for page in pages.values())
    return Document(
        document_id,
        MEDIA_TYPES["pdf"],
        len(data),
        blocks,
        readings,
        {"title": title} if title else {},
        pages=n_pages,
        pictures=pictures,
        notes=(*_notes(pages.values(), texts, scanned is not None), *failures, *lacking),
        by_words=any(map(str.strip, texts)),
    )


def _open(data: bytes) -> Any:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(data)
        # What is typed into the fields of a form is drawn only by a document that was asked for its forms.
        pdf.init_forms()
        return pdf
    except pypdfium2.PdfiumError as error:
        # Of a file without pages pdfium tells the error of the file before; this word stands in every encrypted one.
        if "password" in str(error).lower() and b"/Encrypt" in data:
            raise UnreadableDocument("the PDF is protected by a password") from error
        raise UnreadableDocument(f"the PDF is cut or damaged: {error}") from error


def _read_pages(pdf: Any) -> tuple[list[str], dict[int, Page], list[int]]:
    """Return the text of every page, the content of those read closely, and the pages that may hold tables (from 1).

    These are the pages with a table's words and each next one, for tables run over the foot of a page.
    """
    n_pages = len(pdf)
    texts: list[str] = []
    pages: dict[int, Page] = {}
    candidates = []
    named_before = False
    for number in range(1, n_pages + 1):
        page = pdf[number - 1]
        textpage = page.get_textpage()
        texts.append(textpage.get_text_range())
        named = n_pages <= _SHORT or _is_named(texts[-1])
        if named or named_before:
            candidates.append(number)
        if named or named_before or n_pages <= _LONG:
            pages[number] = read_page(page, number, textpage, only_ruled=n_pages > _LONG)
        named_before = named
        textpage.close()
        page.close()
    return texts, pages, candidates


def _is_named(text: str) -> bool:
    closed_up = "".join(text.split())
    return sum(word in closed_up for word in page_words()) >= _MIN_WORDS


def _pdfium() -> str:
    from pypdfium2 import PYPDFIUM_INFO

    return str(PYPDFIUM_INFO.tag)


def _readings(reader: str, other: list[PdfTable], own_reader: str, own: list[PdfTable]) -> tuple[Reading, ...]:
    readings = []
    if other:
        readings.append(Reading(reader, False, number_tables(other)))
    if own:
        readings.append(Reading(own_reader, False, number_tables(own)))
    return tuple(readings)


def _blocks(
    texts: Sequence[str],
    pages: dict[int, Page],
    first: list[PdfTable],
    own: list[PdfTable],
    scanned: Sequence[Paragraph],
) -> tuple[Block, ...]:
    """Return paragraphs and the grids of the first reading in reading order; ``scanned`` are those of pictures."""
    boxes: dict[int, list[Box]] = {}
    for table in (table for table in (*first, *own) if not table.in_text):
        boxes.setdefault(table.page, []).append(table.box)
    found = paragraphs([(page, boxes.get(page.number, ())) for page in pages.values() if page.chars])
    found += scanned
    recognised = {paragraph.page for paragraph in scanned}
    for number, text in enumerate(texts, 1):
        if number not in recognised and (number not in pages or not pages[number].chars):
            found += plain_paragraphs(number, text)
    return in_reading_order(found, first)


def _notes(pages: Collection[Page], texts: Sequence[str], recognised: bool) -> tuple[str, ...]:
    needed = "" if recognised else "; needs character recognition"
    notes = []
    letters = "".join("".join(text.split()) for text in texts)
    if not letters:
        notes.append(f"no text layer: the pages are pictures{needed}")
    elif len(letters) >= _ENOUGH and len(_CHINESE.findall(letters)) < _MIN_CHINESE * len(letters):
        notes.append(f"hardly a Chinese character in the text layer: its fonts may lack Unicode values{needed}")
    unmapped = sum(page.unmapped for page in pages)
    if unmapped:
        notes.append(f"{unmapped} character(s) have no Unicode value in the file")
    slanted = sum(page.slanted for page in pages)
    if slanted:
        notes.append(f"{slanted} slanted character(s) left out (a watermark)")
    for reason, count in sorted(Counter(hidden.reason for page in pages for hidden in page.hidden).items()):
        notes.append(f"{count} {reason} character(s) left out")
    return tuple(notes)
