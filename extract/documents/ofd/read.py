"""OFD (GB/T 33190-2016, China's own fixed layout) to a Document: its pages are read as our own reading reads a PDF's.

The package holds OFD.xml -> Document.xml -> Content.xml a page. Text and path objects become the same characters and ruling
lines that pdfium gives, so that one lattice finds the tables of both. There is one reading: its cells are never confirmed.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterable

from lxml import etree

from extract.document import Block, Document, Reading
from extract.documents.drawn.lattice import find_tables
from extract.documents.drawn.page import Page
from extract.documents.drawn.paragraphs import in_reading_order, paragraphs
from extract.documents.drawn.table import Box, PdfTable, number_tables, reading_order
from extract.documents.ofd.draw_styles import DrawStyle, read_styles
from extract.documents.ofd.drawn_shapes import drawing_of
from extract.documents.ofd.page import Drawn, draw, draw_annotations
from extract.documents.shared.bounds import PAGES
from extract.documents.shared.package import local, open_package, parse_part, read_part
from extract.documents.shared.sniff import MEDIA_TYPES
from extract.documents.shown.witness import looked_at
from extract.errors import UnreadableDocument

_A4 = (0.0, 0.0, 210.0, 297.0)


def read_ofd(data: bytes, document_id: str) -> Document:
    """Read an OFD file; places are in points from the lower left corner of the page, as in a PDF.

    Raises:
        UnreadableDocument: damaged, encrypted, too large after unpacking, without pages, or all of them empty.
    """
    notes: list[str] = []
    with open_package(data, "OFD") as archive:
        package = _Package(archive)
        if any(name.endswith("Encryptions.xml") for name in package.names.values()):
            raise UnreadableDocument("the OFD file is encrypted")
        root = package.parse("OFD.xml")
        drawn: list[Drawn] = []
        for body in (e for e in root if local(e) == "DocBody"):
            drawn += _pages(package, body, len(drawn), notes)
        pages = [sheet.page(number) for number, sheet in enumerate(drawn, 1)]
        tables = reading_order(table for page in pages if page.ruled for table in find_tables(page))
        tables = _looked_at(tables, pages, drawn, package)
    if not pages:
        raise UnreadableDocument("the OFD file has no pages")
    if not any(page.chars or page.pictures for page in pages):
        raise UnreadableDocument(f"the {len(pages)} page(s) of the OFD file hold no text and no picture")
    reading = Reading(f"lxml {etree.__version__} ofd lattice", False, number_tables(tables))
    title = _title(root)
    return Document(
        document_id,
        MEDIA_TYPES["ofd"],
        len(data),
        _blocks(pages, tables),
        (reading,) if tables else (),
        {"title": title} if title else {},
        pages=len(pages),
        pictures=sum(page.pictures for page in pages),
        notes=(*dict.fromkeys(notes), *_notes(pages)),
    )


class _Package:
    """The parts of an OFD file by their names, which refer to each other from the folder they stand in."""

    def __init__(self, archive: zipfile.ZipFile):
        self.archive = archive
        # Some writers separate folders by \\ or differ in case between a part and what refers to it.
        self.names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}

    def resolve(self, location: str, beside: str) -> str:
        location = location.strip().replace("\\", "/")
        if location.startswith("/"):
            return location.lstrip("/")
        return posixpath.normpath(posixpath.join(posixpath.dirname(beside), location))

    def file(self, name: str) -> bytes | None:
        """Return the bytes of a part, None where there is none."""
        found = self.names.get(name.lower())
        try:
            return None if found is None else read_part(self.archive, found, "OFD")
        except UnreadableDocument:
            return None

    def parse(self, name: str) -> etree._Element:
        return parse_part(self.archive, self.names.get(name.lower(), name), "OFD")


def _pages(package: _Package, body: etree._Element, before: int, notes: list[str]) -> list[Drawn]:
    """Return the pages of one document of the package; there may be several."""
    location = _child_text(body, "DocRoot")
    if not location:
        raise UnreadableDocument("the OFD file does not say where its document stands (DocRoot)")
    name = package.resolve(location, "OFD.xml")
    document = package.parse(name)
    box = _box(document.iter(), _A4)
    styles = DrawStyle()
    for element in document.iter():
        if local(element) in ("PublicRes", "DocumentRes") and element.text:
            try:
                resources = package.resolve(element.text, name)
                read_styles(package.parse(resources), resources, styles)
            except UnreadableDocument as error:
                notes.append(error.reason)
    templates = {
        e.get("ID") or "": package.resolve(e.get("BaseLoc") or "", name)
        for e in document.iter()
        if local(e) == "TemplatePage"
    }
    listed = [e for e in document.iter() if local(e) == "Page" and e.get("BaseLoc")]
    if before + len(listed) > PAGES:
        raise UnreadableDocument(f"the OFD file has more than {PAGES} pages")
    annotations = _annotations(package, document, name, notes)
    sheets = []
    for page in listed:
        sheet = _page(package, package.resolve(page.get("BaseLoc") or "", name), box, styles, templates)
        for part in annotations.get(page.get("ID") or "", ()):
            draw_annotations(part, styles, sheet)
        sheets.append(sheet)
    return sheets


def _annotations(
    package: _Package, document: etree._Element, name: str, notes: list[str]
) -> dict[str, list[etree._Element]]:
    """Return the annotations of a document by the identifier of their page."""
    found: dict[str, list[etree._Element]] = {}
    try:
        for listed in (e for e in document.iter() if local(e) == "Annotations" and e.text):
            place = package.resolve(listed.text or "", name)
            for page in (e for e in package.parse(place) if local(e) == "Page"):
                part = package.parse(package.resolve(_child_text(page, "FileLoc"), place))
                found.setdefault(page.get("PageID") or "", []).append(part)
    except UnreadableDocument as error:
        notes.append(error.reason)
    return found


def _page(package: _Package, name: str, box: Box, styles: DrawStyle, templates: dict[str, str]) -> Drawn:
    root = package.parse(name)
    area = next((e for e in root if local(e) == "Area"), None)
    box = _box(area if area is not None else (), box)
    drawn = Drawn(box)
    used = [e for e in root if local(e) == "Template" and e.get("TemplateID") in templates]
    # A template lies below the page's own content unless it says Foreground.
    for template in sorted(used, key=lambda e: e.get("ZOrder") == "Foreground"):
        if template.get("ZOrder") != "Foreground":
            draw(package.parse(templates[template.get("TemplateID") or ""]), styles, drawn)
    draw(root, styles, drawn)
    for template in used:
        if template.get("ZOrder") == "Foreground":
            draw(package.parse(templates[template.get("TemplateID") or ""]), styles, drawn)
    return drawn


def _looked_at(tables: list[PdfTable], pages: list[Page], drawn: list[Drawn], package: _Package) -> list[PdfTable]:
    """Return the tables with what is drawn in the cells that hold no text: figures as curves or small pictures."""
    shapes = {number: sheet.shapes for number, sheet in enumerate(drawn, 1)}
    if not tables:
        return tables
    draw = drawing_of(shapes, package.file)
    (found,) = looked_at((tables,), {page.number: page for page in pages}, draw, only_empty=True)
    return found


def _box(elements: Iterable[etree._Element], default: Box) -> Box:
    for element in elements:
        if local(element) == "PhysicalBox" and element.text:
            numbers = [float(part) for part in element.text.split()]
            if len(numbers) == 4 and numbers[2] > 0 and numbers[3] > 0:
                return numbers[0], numbers[1], numbers[2], numbers[3]
    return default


def _child_text(parent: etree._Element, name: str) -> str:
    return next(((e.text or "").strip() for e in parent.iter() if local(e) == name), "")


def _title(root: etree._Element) -> str:
    return _child_text(root, "Title")


def _blocks(pages: list[Page], tables: list[PdfTable]) -> tuple[Block, ...]:
    """Return paragraphs and grids in reading order."""
    boxes: dict[int, list[Box]] = {}
    for table in tables:
        boxes.setdefault(table.page, []).append(table.box)
    found = paragraphs([(page, boxes.get(page.number, ())) for page in pages if page.chars])
    return in_reading_order(found, tables)


def _notes(pages: list[Page]) -> tuple[str, ...]:
    counts = {
        "slanted character(s) left out (a watermark)": sum(page.slanted for page in pages),
        "character(s) left out that cannot be seen": sum(len(page.hidden) for page in pages),
        "character(s) have no Unicode value in the file": sum(page.unmapped for page in pages),
    }
    notes = tuple(f"{count} {what}" for what, count in counts.items() if count)
    if not any(page.chars for page in pages):
        notes = (*notes, "no text: the pages are pictures")
    return notes
