"""PDF to a Document, its tables read twice: by camelot (or pdfplumber) and by our own lattice over pdfium.

The two readings share neither parser nor locator, so that agreement means something. Reading A is camelot's; where a
property of the file makes camelot unreliable it is pdfplumber's instead. Reading B is ``pdf_lattice``. Tables are looked
for only on pages with ruling lines that name a table's words or follow such a page.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from extract.document import Block, Document, Reading
from extract.documents import pdf_lattice
from extract.documents.pdf_page import Page, read_page
from extract.documents.pdf_table import Box, PdfTable, number_tables, reading_order
from extract.documents.pdf_text import paragraphs, plain_paragraphs
from extract.documents.sniff import MEDIA_TYPES
from extract.errors import UnreadableDocument

# Words of the official tables (2014 list, forms of 2019 and 2021); a page with one of them may hold a table.
_TABLE_WORDS = (
    "第二十条", "信息内容", "申请人情况", "自然人", "商业企业", "结果维持", "行政复议", "统计指标", "单位",
    "本年新收", "上年结转", "年度办理结果", "处理决定数量", "制发件数", "采购总金额",
)  # fmt: skip
# In a short document every page is looked at.
_SHORT = 12
# In a long one the positions of the characters are read on the candidate pages only (13 ms a page).
_LONG = 40


def read_pdf(data: bytes, document_id: str) -> Document:
    """Read a PDF file.

    Raises:
        UnreadableDocument: not a PDF pdfium can open, protected by a password, or without pages.
    """
    pdf = _open(data)
    try:
        n_pages = len(pdf)
        if n_pages == 0:
            raise UnreadableDocument("the PDF has no pages")
        texts = [_plain_text(pdf, index) for index in range(n_pages)]
        candidates = _candidates(texts)
        wanted = candidates if n_pages > _LONG else range(1, n_pages + 1)
        pages = {number: read_page(pdf[number - 1], number) for number in wanted}
        title = (pdf.get_metadata_value("Title") or "").strip()
    finally:
        pdf.close()
    ruled = [n for n in candidates if len(pages[n].horizontal) >= 2 and len(pages[n].vertical) >= 2]
    own = reading_order(table for n in ruled for table in pdf_lattice.find_tables(pages[n]))
    reader, other = _other_reading(data, ruled, pages)
    readings = _readings(reader, other, own)
    first = other or own
    blocks = _blocks(texts, pages, first, own)
    pictures = sum(page.pictures for page in pages.values())
    return Document(
        document_id, MEDIA_TYPES["pdf"], len(data), blocks, readings, {"title": title} if title else {},
        pages=n_pages, pictures=pictures, notes=_notes(pages.values()),
    )  # fmt: skip


def _open(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableDocument("the PDF is protected by a password") from error
        raise UnreadableDocument(f"the PDF is cut or damaged: {error}") from error


def _plain_text(pdf: Any, index: int) -> str:
    textpage = pdf[index].get_textpage()
    text: str = textpage.get_text_range()
    textpage.close()
    return text


def _candidates(texts: Sequence[str]) -> list[int]:
    """Return the pages (from 1) on which tables are looked for: those with a table's words, and each next one."""
    if len(texts) <= _SHORT:
        return list(range(1, len(texts) + 1))
    named = {
        number
        for number, text in enumerate(texts, 1)
        if any(word in "".join(text.split()) for word in _TABLE_WORDS)
    }  # fmt: skip
    return sorted(named | {number + 1 for number in named if number < len(texts)})


def _other_reading(data: bytes, ruled: Sequence[int], pages: dict[int, Page]) -> tuple[str, list[PdfTable]]:
    """Return reading A: its reader and its tables, page by page the one that can be trusted there, or neither."""
    from extract.documents import pdf_camelot, pdf_plumber

    # A layer made by character recognition is no second witness of what is printed.
    printed = [n for n in ruled if len(pages[n].chars) > pages[n].invisible]
    trusted = pdf_camelot.trusted(data, printed) if printed else set()
    by_camelot = [n for n in printed if n in trusted and not pages[n].doubled]
    by_plumber = [n for n in printed if n not in by_camelot and not pages[n].rotation]
    tables = pdf_camelot.read_tables(data, by_camelot) + pdf_plumber.read_tables(data, by_plumber)
    names = [pdf_camelot.name()] * bool(by_camelot) + [pdf_plumber.name()] * bool(by_plumber)
    return " + ".join(names), reading_order(tables)


def _readings(reader: str, other: list[PdfTable], own: list[PdfTable]) -> tuple[Reading, ...]:
    from pypdfium2 import PYPDFIUM_INFO

    readings = []
    if other:
        readings.append(Reading(reader, False, number_tables(other)))
    if own:
        readings.append(Reading(f"pdfium {PYPDFIUM_INFO.tag} lattice", False, number_tables(own)))
    return tuple(readings)


def _blocks(
    texts: Sequence[str], pages: dict[int, Page], first: list[PdfTable], own: list[PdfTable]
) -> tuple[Block, ...]:
    """Return paragraphs and the grids of the first reading in reading order."""
    boxes: dict[int, list[Box]] = {}
    for table in (*first, *own):
        boxes.setdefault(table.page, []).append(table.box)
    found = paragraphs([(page, boxes.get(page.number, ())) for page in pages.values()])
    for number, text in enumerate(texts, 1):
        if number not in pages:
            found += plain_paragraphs(number, text)
    placed: list[tuple[int, float, float, str, int | None]] = [(p.page, -p.top, p.left, p.text, None) for p in found]
    placed += [(t.page, -t.box[3], t.box[0], "", number) for number, t in enumerate(first, 1)]
    placed.sort(key=lambda item: item[:3])
    blocks = []
    start = 0
    for _, _, _, text, grid in placed:
        blocks.append(Block(text, start, grid))
        start += len(text) + 1
    return tuple(blocks)


def _notes(pages: Collection[Page]) -> tuple[str, ...]:
    notes = []
    if not any(page.chars for page in pages):
        notes.append("no text layer: the pages are pictures")
    unmapped = sum(page.unmapped for page in pages)
    if unmapped:
        notes.append(f"{unmapped} character(s) have no Unicode value in the file")
    invisible = sum(page.invisible for page in pages)
    if invisible:
        notes.append(f"{invisible} invisible character(s) left out (a layer made by character recognition)")
    return tuple(notes)
