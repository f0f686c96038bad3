"""DOCX to a Document: the XML of word/document.xml read as it stands (ECMA-376 part 1, WordprocessingML).

Tracked insertions are kept and deletions dropped, fields give their result, a text box is read once, headers and footers
are left out. Text is what Word shows: hidden text is left out, raised and struck text is no part of a cell's text.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator

from lxml import etree

from extract.document import Document, Reading
from extract.documents.docx.drawings import pictures_of
from extract.documents.docx.run_looks import PLAIN, RAISED, SIGNS, STRUCK, UNSEEN, Looks
from extract.documents.docx.table import W, place_cells
from extract.documents.shared.blocks import OBJECT, GridMark, Item, PlacedCell, Raised, Struck, assemble, settle, shown
from extract.documents.shared.colours import WHITE, Colour, hex_colour
from extract.documents.shared.package import open_package, parse, read_part
from extract.documents.shared.sniff import MEDIA_TYPES, sniff
from extract.errors import UnreadableDocument
from extract.numbers import whole_number

_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_TRANSITIONAL = b"http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ALTERNATE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_EXTENT = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}extent"
_BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_VML_IMAGE = "{urn:schemas-microsoft-com:vml}imagedata"
_OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
_TEXT_PATH = "{urn:schemas-microsoft-com:vml}textpath"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
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
        main = _main_part(archive)
        body = _part(archive, main).find(W + "body")
        title = _title(archive)
        pictures = pictures_of(archive, body) if body is not None else []
        if body is None:
            raise UnreadableDocument("the DOCX file has no body")
        story = _Story(Looks(_beside(archive, main, "styles")), numbered_by(_beside(archive, main, "numbering")))
        story.chunks = _chunks(archive, main)
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


def _beside(archive: zipfile.ZipFile, main: str, name: str) -> etree._Element | None:
    """Return a part that lies beside the main part (styles, numbering); None where there is none that can be read."""
    path = f"{main.rpartition('/')[0]}/{name}.xml".lstrip("/")
    if path not in archive.namelist():
        return None
    try:
        return _part(archive, path)
    except UnreadableDocument:
        return None  # How text looks is then told by the runs alone.


def _chunks(archive: zipfile.ZipFile, main: str) -> dict[str, bytes]:
    """Return the bytes of the parts in other formats (altChunk), by relationship."""
    folder, _, name = main.rpartition("/")
    path = f"{folder}/_rels/{name}.rels".lstrip("/")
    if path not in archive.namelist():
        return {}
    found = {}
    for relation in _part(archive, path):
        target = (relation.get("Target") or "").lstrip("/")
        if (relation.get("Type") or "").endswith("/aFChunk"):
            place = target if target in archive.namelist() else f"{folder}/{target}".lstrip("/")
            if place in archive.namelist():
                found[relation.get("Id") or ""] = read_part(archive, place, "DOCX")
    return found


class _Story:
    """Walks the body and gathers text and finished tables in reading order."""

    def __init__(self, looks: Looks, numbered: Callable[[etree._Element], bool]) -> None:
        self.looks = looks
        self.numbered = numbered
        self.chunks: dict[str, bytes] = {}
        self.items: list[Item] = []
        self.notes: list[str] = []
        self.pictures = 0
        # One entry an open field: True once its result has begun. Fields nest and may span paragraphs.
        self.fields: list[bool] = []
        self.paragraph: etree._Element | None = None
        self.look = PLAIN
        self.ground: Colour | None = WHITE
        # What the cell being read shows that is no text, and why its text may not be what is shown.
        self.objects = 0
        self.doubt: str | None = None

    def walk(self, parent: etree._Element, sink: list[Item]) -> None:
        for element in parent:
            tag = element.tag
            if tag == W + "r":
                before, self.look = self.look, self.looks.of(element, self.paragraph, ground=self.ground)
                self.walk(element, sink)
                self.look = before
            elif tag == W + "t":
                if element.text and all(self.fields):
                    self._text(element.text.replace("\n", " "), sink)
            elif tag == W + "p":
                before_paragraph, self.paragraph = self.paragraph, element
                if self.numbered(element):
                    self.objects += 1
                self.walk(element, sink)
                self.paragraph = before_paragraph
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
                self._field(element, sink)
            elif tag in (W + "bdo", W + "dir"):
                inner: list[Item] = []
                self.walk(element, inner)
                backwards = tag == W + "bdo" and element.get(W + "val") == "rtl"
                sink.extend(
                    type(i)(i[::-1]) if isinstance(i, str) else i for i in reversed(inner)
                ) if backwards else sink.extend(inner)
            elif tag == W + "sdt":
                if element.find(f"{W}sdtPr/{W}dataBinding") is not None:
                    self.doubt = "a control whose text is kept in another part of the file"
                self.walk(element, sink)
            elif tag == _ALTERNATE:
                self._alternate(element, sink)
            elif tag in (W + "drawing", W + "pict", W + "object"):
                self._drawing(element, sink)
            elif tag == _MATH_TEXT:
                sink.append(element.text or "")
            elif tag == W + "altChunk":
                self._chunk(element, sink)
            else:
                self.walk(element, sink)

    def _text(self, text: str, sink: list[Item]) -> None:
        if self.look == UNSEEN:
            return
        if self.look == SIGNS:
            text = "".join(OBJECT if not sign.isspace() else sign for sign in text)
        sink.append(Struck(text) if self.look == STRUCK else Raised(text) if self.look == RAISED else text)

    def _field(self, element: etree._Element, sink: list[Item]) -> None:
        kind = element.get(W + "fldCharType")
        if kind == "begin":
            if all(self.fields) and (chosen := _chosen(element)) is not None:
                self._text(chosen, sink)
            self.fields.append(False)
        elif self.fields and kind == "separate":
            self.fields[-1] = True
        elif self.fields and kind == "end":
            self.fields.pop()

    def _chunk(self, element: etree._Element, sink: list[Item]) -> None:
        """Read a part in another format in its place: HTML as a page, anything else is named."""
        data = self.chunks.get(element.get(_RELATION) or "", b"")
        if not data or sniff(data) not in ("html", "mhtml"):
            self.notes.append("a part in another format (altChunk) left unread")
            return
        from extract.documents.html.read import items_of_page

        sink.append("\n")
        sink.extend(items_of_page(data))

    def _alternate(self, element: etree._Element, sink: list[Item]) -> None:
        """Read one of several forms of the same thing: the first, which Word shows, or the next that holds anything."""
        for form in element:
            if len(form):
                self.walk(form, sink)
                return

    def _drawing(self, element: etree._Element, sink: list[Item]) -> None:
        if _holds_picture(element):
            self.pictures += 1
        if next(element.iter(_BLIP, _VML_IMAGE, _OLE_OBJECT), None) is not None and self.look != UNSEEN:
            self.objects += 1
        for art in element.iter(_TEXT_PATH):
            self._text(art.get("string") or "", sink)
        for embedded in element.iter(_OLE_OBJECT):
            self.notes.append(f"an embedded object ({embedded.get('ProgID') or 'unknown'}) left unread")
        for box in _outer_boxes(element):
            sink.append("\n")
            self.walk(box, sink)
            sink.append("\n")

    def _table(self, table: etree._Element, sink: list[Item]) -> None:
        n_rows, cells = place_cells(table)
        outer = self.fields, self.objects, self.doubt, self.paragraph, self.ground
        contents: list[list[Item]] = []
        placed: list[PlacedCell] = []
        for cell in cells:
            # A field never begins in one cell and ends in another; a broken one must not swallow the cells after it.
            self.fields, self.objects, self.doubt, self.paragraph = [], 0, None, None
            self.ground = _ground(cell.element, table)
            if cell.element.find(f"{W}tcPr/{W}cellDel") is not None:
                self.doubt = "the cell is deleted by a change that is tracked"
            items: list[Item] = []
            self.walk(cell.element, items)
            contents.append(items)
            text, doubt, mark, struck = shown(items, self.objects)
            place = (cell.row, cell.col, cell.row_span, cell.col_span)
            placed.append(PlacedCell(*place, text, doubt or self.doubt, mark, struck))
        self.fields, self.objects, self.doubt, self.paragraph, self.ground = outer
        n_cols = max((cell.col + cell.col_span for cell in placed), default=0)
        sink.append("\n")
        settle(GridMark(n_rows, n_cols, tuple(placed)), contents, sink)


def numbered_by(numbering: etree._Element | None) -> Callable[[etree._Element], bool]:
    """Return what tells whether Word puts a number of its own before a paragraph (17.9); bullets are ornaments."""
    kinds: dict[tuple[str, str], str] = {}
    if numbering is not None:
        abstract = {one.get(W + "abstractNumId"): one for one in numbering.findall(W + "abstractNum")}
        for number in numbering.findall(W + "num"):
            of = number.find(W + "abstractNumId")
            levels = abstract.get(of.get(W + "val")) if of is not None else None
            for level in levels.findall(W + "lvl") if levels is not None else ():
                form = level.find(W + "numFmt")
                key = number.get(W + "numId") or "", level.get(W + "ilvl") or "0"
                kinds[key] = form.get(W + "val") or "" if form is not None else "decimal"

    def numbered(paragraph: etree._Element) -> bool:
        about = paragraph.find(f"{W}pPr/{W}numPr") if kinds else None
        if about is None:
            return False
        number, level = about.find(W + "numId"), about.find(W + "ilvl")
        key = (
            (number.get(W + "val") or "" if number is not None else ""),
            (level.get(W + "val") or "0" if level is not None else "0"),
        )
        return kinds.get(key, "none") not in ("none", "bullet")

    return numbered


def _chosen(field: etree._Element) -> str | None:
    """Return the entry that a drop-down field of a form shows (17.16.9); None for other fields."""
    choice = field.find(f"{W}ffData/{W}ddList")
    if choice is None:
        return None
    entries = [entry.get(W + "val") or "" for entry in choice.findall(W + "listEntry")]
    for name in ("result", "default"):
        at = choice.find(W + name)
        if at is not None:
            number = at.get(W + "val") or "0"
            return (
                entries[int(number)]
                if number.isascii() and number.isdecimal() and int(number[:4]) < len(entries)
                else ""
            )
    return entries[0] if entries else ""


def _ground(cell: etree._Element, table: etree._Element) -> Colour | None:
    """Return the colour behind the text of a cell; None where a style of tables may colour it."""
    for shading in (cell.find(f"{W}tcPr/{W}shd"), table.find(f"{W}tblPr/{W}shd")):
        if shading is not None:
            fill = (shading.get(W + "fill") or "auto").lower()
            return WHITE if fill == "auto" else hex_colour(fill)
    return WHITE if table.find(f"{W}tblPr/{W}tblStyle") is None else None


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
        return (whole_number(extent.get("cx")) or 0) >= _MIN_WIDTH and (
            whole_number(extent.get("cy")) or 0
        ) >= _MIN_HEIGHT
    return next(element.iter(_VML_IMAGE), None) is not None
