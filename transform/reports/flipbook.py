"""Flip-books: one report cut over pageN.html, read as one document and given back page by page.

In: the pages' Documents in order. Out: the ReportReadings of each page. The one thing to know: a table that starts on
one page ends on the next, under a header that only the first page prints; so the pages are laid end to end before
anything is recognised, and every place is then written as a place of its own page again.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extract.document import Block, Cell, Document, Grid, Reading
from transform.observation import Check, Hints, Leftover, Observation, ReportReading

_PAGE = re.compile(r"^(?P<book>.*/)?page(?P<number>\d{1,3})\.html?$", re.IGNORECASE)
_PLACE = re.compile(r"^#(\d+) (.*)$", re.DOTALL)
_CHARACTERS = re.compile(r"^ch (\d+)-(\d+)$")
#: More pages than this are no report.
MOST_PAGES = 60


def page_of_book(name: str) -> tuple[str, int] | None:
    """Return (book, page number) of an address or path that is a page of a flip-book, else None.

    >>> page_of_book("http://example.gov.cn/book/files/basic-html/page9.html")
    ('http://example.gov.cn/book/files/basic-html/', 9)
    """
    match = _PAGE.match(name)
    return (match["book"] or "", int(match["number"])) if match else None


def read_book(pages: list[Document], hints: Hints | None = None) -> list[list[ReportReading]]:
    """Return the ReportReadings of each page, in the pages' order; all share the identity of the report they are part of.

    Checks and sections are the whole report's and stand with the page that holds most of its cells.
    """
    from transform.reports.read_report import read_report

    joined, starts = _joined(pages)
    out: list[list[ReportReading]] = [[] for _ in pages]
    for reading in read_report(joined, hints):
        cells = [_page(o.locator, starts) for o in reading.observations]
        rest = [_page(o.locator, starts) for o in reading.leftovers]
        holding = sorted(set(cells) | set(rest)) or [0]
        main = max(holding, key=lambda p: (cells.count(p), -p))
        for page in holding:
            out[page].append(_part(reading, pages, page, page == main, starts))
    for page, document in enumerate(pages):
        if not out[page]:
            out[page] = read_report(document, hints)
    return out


def _joined(pages: list[Document]) -> tuple[Document, list[int]]:
    blocks: list[Block] = []
    grids: list[Grid] = []
    starts: list[int] = []
    offset = 0
    for number, page in enumerate(pages):
        starts.append(offset)
        first = len(grids)
        blocks += [
            replace(b, start=b.start + offset, grid=b.grid + first if b.grid is not None else None) for b in page.blocks
        ]
        for grid in page.readings[0].grids if page.readings else ():
            cells = tuple(_marked(cell, number) for cell in grid.cells)
            grids.append(replace(grid, number=grid.number + first, cells=cells))
        offset += len(page.text) + 1
    reading = Reading(pages[0].readings[0].reader if pages[0].readings else "", True, tuple(grids))
    meta = next((p.meta for p in pages if p.meta), {})
    notes = tuple(note for page in pages for note in page.notes)
    pictures = sum(p.pictures for p in pages)
    return replace(
        pages[0], blocks=tuple(blocks), readings=(reading,), meta=meta, pictures=pictures, notes=notes
    ), starts


def _marked(cell: Cell, page: int) -> Cell:
    return replace(cell, locator=f"#{page} {cell.locator}")


def _page(locator: str, starts: list[int]) -> int:
    marked = _PLACE.match(locator)
    if marked:
        return int(marked[1])
    characters = _CHARACTERS.match(locator)
    return max(i for i, start in enumerate(starts) if start <= int(characters[1])) if characters else 0


def _own(locator: str, starts: list[int]) -> str:
    """Return a place as a place of its own page."""
    marked = _PLACE.match(locator)
    if marked:
        return marked[2]
    characters = _CHARACTERS.match(locator)
    if not characters:
        return locator
    start = starts[_page(locator, starts)]
    return f"ch {int(characters[1]) - start}-{int(characters[2]) - start}"


def _part(reading: ReportReading, pages: list[Document], page: int, main: bool, starts: list[int]) -> ReportReading:
    document = pages[page]

    def here(observation: Observation | Leftover) -> bool:
        return _page(observation.locator, starts) == page

    checks = tuple(_check(c, pages, page, starts) for c in reading.checks) if main else ()
    return replace(
        reading,
        document_id=document.document_id,
        media_type=document.media_type,
        size=document.size,
        observations=tuple(replace(o, locator=_own(o.locator, starts)) for o in reading.observations if here(o)),
        leftovers=tuple(replace(o, locator=_own(o.locator, starts)) for o in reading.leftovers if here(o)),
        checks=checks,
        sections=reading.sections if main else (),
    )


def _check(check: Check, pages: list[Document], page: int, starts: list[int]) -> Check:
    """Return a check with each place as one of its own page, and those pages where they are several."""
    at = [_page(place, starts) if place else page for place in check.locators]
    named = (pages[number].document_id if place else "" for number, place in zip(at, check.locators, strict=True))
    places = tuple(_own(place, starts) for place in check.locators)
    return replace(check, locators=places, term_documents=tuple(named) if {*at} - {page} else ())
