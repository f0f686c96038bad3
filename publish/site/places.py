"""The place of a figure in its document: the tables of HTML, DOCX and sheets rebuilt, the pages of PDFs as pictures.

In: the bytes of a stranger's file, read in a worker process with limits. Out: plain text in plain cells, contacts
removed, so that nothing of the file's own markup reaches a page; or a PNG of each page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from extract.workers import TaskFailure, WorkerPool

Payload = Callable[[str], bytes]

#: What one document may cost, and pixels a point of a page's picture.
SECONDS, MEGABYTES, SCALE = 60.0, 2048, 1.6
#: Tables of more cells than this are no official table.
MOST_CELLS = 5_000
_PAGE = re.compile(r"p(\d+) (-?[\d.]+),(-?[\d.]+),(-?[\d.]+),(-?[\d.]+)")


@dataclass(frozen=True)
class SourceCell:
    """One cell of a table rebuilt: its text, place and spans."""

    text: str
    locator: str
    row_span: int
    col_span: int


@dataclass(frozen=True)
class SourcePage:
    """One page: its picture (PNG) and its size in points."""

    png: bytes
    width: float
    height: float


@dataclass(frozen=True)
class Source:
    """What can be shown of a document: tables as rows of cells, or pages by number; ``reason`` where nothing can."""

    tables: tuple[tuple[tuple[SourceCell, ...], ...], ...] = ()
    pages: Mapping[int, SourcePage] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class Wanted:
    """A document and the places in it that are to be shown."""

    document_id: str
    data: bytes
    locators: frozenset[str]


def sources(wanted: Iterable[tuple[str, frozenset[str]]], payload: Payload) -> Iterator[tuple[str, Source]]:
    """Yield (document_id, Source) for documents and their locators, read one after the other in a worker process."""
    ids: list[str] = []

    def tasks() -> Iterator[tuple[str, Wanted]]:
        for document_id, locators in wanted:
            ids.append(document_id)
            yield "publish.site.places:source_of", Wanted(document_id, payload(document_id), locators)

    with WorkerPool(1, SECONDS, MEGABYTES) as pool:
        for number, found in pool.run(tasks()):
            yield ids[number], Source(reason=found.reason) if isinstance(found, TaskFailure) else found


def source_of(wanted: Wanted) -> Source:
    """Return what can be shown of one document (runs in a worker)."""
    from extract.errors import GongkaiError

    pages = sorted({int(match[1]) for text in wanted.locators if (match := _PAGE.fullmatch(text))})
    try:
        if pages:
            return Source(pages=_pictures(wanted.data, pages))
        return Source(tables=_tables(wanted))
    except GongkaiError as error:
        return Source(reason=str(error))


def page_place(locator: str) -> tuple[int, float, float, float, float] | None:
    """Return page, left, bottom, right, top of a place on a page, in points; None for other places."""
    match = _PAGE.fullmatch(locator)
    return (int(match[1]), *(float(part) for part in match.groups()[1:])) if match else None  # type: ignore[return-value]


def _tables(wanted: Wanted) -> tuple[tuple[tuple[SourceCell, ...], ...], ...]:
    from extract.documents.read_document import read_document
    from transform.identity.contacts import redact

    for reading in read_document(wanted.data).readings:
        found = []
        for grid in reading.grids:
            if len(grid.cells) > MOST_CELLS or not any(cell.locator in wanted.locators for cell in grid.cells):
                continue
            rows: list[list[SourceCell]] = [[] for _ in range(grid.n_rows)]
            for cell in sorted(grid.cells, key=lambda c: (c.row, c.col)):
                rows[cell.row].append(SourceCell(redact(cell.text), cell.locator, cell.row_span, cell.col_span))
            found.append(tuple(tuple(row) for row in rows))
        if found:
            return tuple(found)
    return ()


def _pictures(data: bytes, numbers: Iterable[int]) -> dict[int, SourcePage]:
    import pypdfium2

    from extract.documents.pdf.page import read_page
    from extract.errors import UnreadableDocument

    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise UnreadableDocument(f"no picture: the document cannot be opened as a PDF ({error})") from error
    try:
        pages = {}
        for number in numbers:
            if number > len(pdf):
                continue
            page = pdf[number - 1]
            # Places count on the page as it is read, so that it is turned the same way.
            seen = read_page(page, number)
            image = page.render(scale=SCALE, rotation=(seen.rotation - seen.declared) % 360).to_pil().convert("L")
            out = io.BytesIO()
            image.quantize(16).save(out, format="PNG", optimize=True)
            pages[number] = SourcePage(out.getvalue(), image.width / SCALE, image.height / SCALE)
        return pages
    finally:
        pdf.close()
