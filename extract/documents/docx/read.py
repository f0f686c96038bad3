"""DOCX to a Document: the XML of word/document.xml read as it stands (ECMA-376 part 1, WordprocessingML).

Tracked insertions are kept and deletions dropped, fields give their result, a text box is read once, hidden text,
headers and footers are left out.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from lxml import etree

from extract.document import Document, Reading
from extract.documents.docx.drawings import pictures_of
from extract.documents.docx.table import W, place_cells
from extract.documents.shared.blocks import GridMark, Item, PlacedCell, assemble, cell_text, settle
from extract.documents.shared.package import open_package, parse, read_part
from extract.documents.shared.sniff import MEDIA_TYPES
from extract.errors import UnreadableDocument

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_EXTENT = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}extent"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_VML_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
# 2.5 by 0.8 inches in English Metric Units (914,400 an inch): a smaller picture cannot hold a legible table.
_MIN_WIDTH = 2_286_000
_MIN_HEIGHT = 731_520

_DROPPED = frozenset(
    W + n
    for n in (
        "del",
        "moveFrom",
        "delText",
        "instrText",
        "delInstrText",
        "pPr",
        "rPr",
        "tblPr",
        "tblGrid",
        "sectPr",
        "tcPr",
        "trPr",
        "sdtPr",
        "sdtEndPr",
        "rt",
        "txbxContent",
    )
)


def read_docx(data: bytes, document_id: str) -> Document:
    """Read a Word file.

    Raises:
        UnreadableDocument: no ZIP, encrypted, a part missing, too large after unpacking, XML that is not well formed or
            declares a document type (which OOXML forbids), or no text and no picture.
    """
    with open_package(data, "DOCX") as archive:
        body = _part(archive, _main_part(archive)).find(W + "body")
        title = _title(archive)
        pictures = pictures_of(archive, body) if body is not None else []
    if body is None:
        raise UnreadableDocument("the DOCX file has no body")
    story = _Story()
    story.walk(body, story.items)
    blocks, grids, notes = assemble(story.items)
    if not blocks and not story.pictures:
        raise UnreadableDocument("the DOCX file holds no text and no picture")
    notes = (*notes, *dict.fromkeys(story.notes))
    reading = Reading(f"lxml {etree.__version__} docx", True, grids)
    document = Document(
        document_id,
        MEDIA_TYPES["docx"],
        len(data),
        blocks,
        (reading,),
        {"title": title} if title else {},
        pictures=story.pictures,
        notes=notes,
    )
    if not pictures:
        return document
    from extract.documents.ocr.recognise import with_pictures

    return with_pictures(document, pictures)


def pictures_within(data: bytes) -> list[bytes]:
    """Return the pictures of a Word file in the order in which they are read and numbered."""
    with open_package(data, "DOCX") as archive:
        body = _part(archive, _main_part(archive)).find(W + "body")
        return pictures_of(archive, body) if body is not None else []


def _main_part(archive: zipfile.ZipFile) -> str:
    """Return the name of the main part: word/document.xml, or what the package's relationships name instead."""
    names = archive.namelist()
    if "word/document.xml" in names:
        return "word/document.xml"
    if "_rels/.rels" in names:
        for relation in _part(archive, "_rels/.rels"):
            if (relation.get("Type") or "").endswith("/officeDocument"):
                return (relation.get("Target") or "").lstrip("/")
    raise UnreadableDocument("the DOCX file has no main part word/document.xml")


def _part(archive: zipfile.ZipFile, name: str) -> etree._Element:
    # Strict and transitional files differ in the name of their namespace alone.
    return parse(read_part(archive, name, "DOCX").replace(_STRICT, _TRANSITIONAL), name, "DOCX")


def _title(archive: zipfile.ZipFile) -> str:
    if "docProps/core.xml" not in archive.namelist():
        return ""
    try:
        title = _part(archive, "docProps/core.xml").find(_DC_TITLE)
    except UnreadableDocument:
        return ""  # The title is a hint; a damaged property file takes nothing from the report.
    return (title.text or "").strip() if title is not None else ""


class _Story:
    """Walks the body and gathers text and finished tables in reading order."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.notes: list[str] = []
        self.pictures = 0
        # One entry an open field: True once its result has begun. Fields nest and may span paragraphs.
        self.fields: list[bool] = []

    def walk(self, parent: etree._Element, sink: list[Item]) -> None:
        for element in parent:
            tag = element.tag
            if tag == W + "r":
                if not _is_hidden(element):
                    self.walk(element, sink)
            elif tag == W + "t":
                if element.text and all(self.fields):
                    sink.append(element.text.replace("\n", " "))
            elif tag == W + "p":
                self.walk(element, sink)
                if element.find(f"{W}pPr/{W}rPr/{W}del") is None:  # else its mark is deleted and the next one joins it
                    sink.append("\n")
            elif tag == W + "tbl":
                self._table(element, sink)
            elif tag in _DROPPED:
                continue
            elif tag in (W + "br", W + "cr"):
                sink.append("\n")
            elif tag in (W + "tab", W + "ptab"):
                sink.append(" ")
            elif tag == W + "noBreakHyphen":
                sink.append("-")
            elif tag == W + "sym":
                sink.append("\ufffd")
            elif tag == W + "fldChar":
                self._field(element.get(W + "fldCharType"))
            elif tag == _ALTERNATE:
                self._alternate(element, sink)
            elif tag in (W + "drawing", W + "pict", W + "object"):
                self._drawing(element, sink)
            elif tag == _MATH_TEXT:
                sink.append(element.text or "")
            elif tag == W + "altChunk":
                self.notes.append("a part in another format (altChunk) left unread")
            else:
                self.walk(element, sink)

    def _field(self, kind: str | None) -> None:
        if kind == "begin":
            self.fields.append(False)
        elif self.fields and kind == "separate":
            self.fields[-1] = True
        elif self.fields and kind == "end":
            self.fields.pop()

    def _alternate(self, element: etree._Element, sink: list[Item]) -> None:
        """Read one of several forms of the same thing: the first, which Word shows, or the next that holds anything."""
        for form in element:
            if len(form):
                self.walk(form, sink)
                return

    def _drawing(self, element: etree._Element, sink: list[Item]) -> None:
        if _holds_picture(element):
            self.pictures += 1
        for embedded in element.iter(_OLE_OBJECT):
            self.notes.append(f"an embedded object ({embedded.get('ProgID') or 'unknown'}) left unread")
        for box in _outer_boxes(element):
            sink.append("\n")
            self.walk(box, sink)
            sink.append("\n")

    def _table(self, table: etree._Element, sink: list[Item]) -> None:
        n_rows, cells = place_cells(table)
        outer = self.fields
        contents: list[list[Item]] = []
        for cell in cells:
            # A field never begins in one cell and ends in another; a broken one must not swallow the cells after it.
            self.fields = []
            items: list[Item] = []
            self.walk(cell.element, items)
            contents.append(items)
        self.fields = outer
        placed = tuple(
            PlacedCell(cell.row, cell.col, cell.row_span, cell.col_span, cell_text(items))
            for cell, items in zip(cells, contents, strict=True)
        )
        n_cols = max((cell.col + cell.col_span for cell in placed), default=0)
        sink.append("\n")
        settle(GridMark(n_rows, n_cols, placed), contents, sink)


def _is_hidden(run: etree._Element) -> bool:
    properties = run.find(W + "rPr")
    if properties is None:
        return False
    vanish = properties.find(W + "vanish")
    return vanish is not None and vanish.get(W + "val") not in ("0", "false", "off")


def _outer_boxes(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the contents of the text boxes in a drawing, each once: not the fallback form, not a box within a box."""
    for child in element:
        if child.tag == W + "txbxContent":
            yield child
        elif child.tag == _ALTERNATE:
            first = next((form for form in child if len(form)), None)
            if first is not None:
                yield from _outer_boxes(first)
        else:
            yield from _outer_boxes(child)


def _holds_picture(element: etree._Element) -> bool:
    if next(element.iter(_BLIP), None) is not None:
        extent = next(element.iter(_EXTENT), None)
        if extent is None:
            return True
        return int(extent.get("cx") or 0) >= _MIN_WIDTH and int(extent.get("cy") or 0) >= _MIN_HEIGHT
    return next(element.iter(_VML_IMAGE), None) is not None
