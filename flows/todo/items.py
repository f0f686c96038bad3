"""What the archive holds to read: a ReadingItem for everything that is read in one go, in the order it was fetched.

The one thing to know: a ReadingItem carries all that its reading is told (the bytes of the documents read together, what the
list page said), so that its ``inputs`` change whenever anything of that does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from extract.archiving.archive import Archive, iter_documents
from extract.archiving.shown import Showing, page_shown_on, showing_of
from extract.record import Record
from flows.reading.manifest import PayloadPlace, Picture, ReadingItem
from flows.reading.read import books
from transform.observation import Hints
from transform.reports.flipbook import page_of_book


def each_item(archive: Archive) -> Iterator[ReadingItem]:
    """Yield what there is to read, each document once: under the first record that brought it. The pictures that pages show
    come last."""
    pages = _newest_pages(archive.each_record(outcome="ok"))
    together = books(pages)
    shown: dict[str, ReadingItem] = {}
    for record in iter_documents(archive.each_record(outcome="ok")):
        showing = showing_of(archive, record) if page_shown_on(record) else None
        if showing is None:
            yield _item(record, pages, together)
        elif showing.key in shown:
            shown[showing.key] = replace(shown[showing.key], records=(*shown[showing.key].records, record))
        else:
            shown[showing.key] = _shown(record, showing)
    yield from shown.values()


def hints_of(record: Record) -> Hints:
    """Return what the archive knows of a document; what the person who imported a file says is evidence."""
    vouched = record.jurisdiction_code if record.kind == "import" else None
    return Hints(
        url=record.requested_url or record.url,
        link_title=record.link_title,
        published_on=record.link_published_on,
        year=record.link_year,
        jurisdiction_code=record.jurisdiction_code,
        told_jurisdiction=vouched,
        told_year=record.told_year,
        sure=bool(record.sure),
        synthetic=record.synthetic,
    )


def place_of(record: Record) -> PayloadPlace:
    assert record.document_id and record.warc_file is not None and record.warc_offset is not None
    return PayloadPlace(record.document_id, record.warc_file, record.warc_offset)


def _item(record: Record, pages: dict[str, Record], together: dict[str, list[str]]) -> ReadingItem:
    book = together.get(record.url, [])
    # An older page stands in its own place among the newest of the others.
    shown = [record if url == record.url else pages[url] for url in book]
    place = book.index(record.url) if book else 0
    return ReadingItem(
        (record,), hints_of(record), record.url, place_of(record), tuple(place_of(page) for page in shown), place
    )


def _shown(record: Record, showing: Showing) -> ReadingItem:
    pictures = tuple(Picture(one.requested_url or one.url, place_of(one)) for one in showing.pictures)
    return ReadingItem((record,), hints_of(showing.page), showing.page.url, place_of(showing.page), pictures=pictures)


def _newest_pages(records: Iterable[Record]) -> dict[str, Record]:
    """Return the newest record of each address that is a page of a flip-book; ``records`` are sorted by time."""
    return {r.url: r for r in records if r.document_id and page_of_book(r.url)}
