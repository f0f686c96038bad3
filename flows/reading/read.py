"""Documents to ReportReadings, in this process or in limited worker processes.

A document never fails a run: what it gives is either its readings or the reason, in words, why there are none. What was read
already comes as it lies in the cache, and is only interpreted. This module is imported by every worker and by ``gongkai
extract``: it loads nothing heavy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.document import Document
from extract.documents.formats import BY_WORDS, PAGE_WITH_PICTURES, reader_of
from extract.documents.page_with_pictures import read_page_with_pictures
from extract.documents.read_document import read_document
from extract.documents.shared.sniff import sniff
from extract.errors import UnfinishedDocument, UnreadableDocument
from flows.cache.document_files import CachedDocument, pack, unpack
from transform.observation import Hints, ReportReading
from transform.reports.flipbook import MOST_PAGES, page_of_book, read_book
from transform.reports.read_report import read_report
from transform.reports.shown_pictures import read_shown

if TYPE_CHECKING:
    from extract.workers import WorkerPool

log = logging.getLogger(__name__)

#: What one document may cost: seconds of processor time and memory. The slowest real scan seen took 25 s; a bomb must not take
#: the machine along.
SECONDS, MEGABYTES = 60.0, 2048

Result = list[ReportReading] | str


@dataclass(frozen=True)
class Entry:
    """What was made of bytes that were read anew, as it goes into the cache (``flows/cache/document_files.py``)."""

    document_id: str
    readers: str
    data: bytes


@dataclass(frozen=True)
class ItemResult:
    """What one item came to: of each reading its document, status and reason, or the reason why there is none; what
    ``readers`` took part; whether to try ``again`` in the next run; and what goes into the cache."""

    readings: tuple[tuple[str, str, str | None], ...] | str
    readers: str = ""
    again: bool = False
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Packed:
    """What some items came to, in their order, and all their readings as rows of a part (``transform.reports.parts.packed``)."""

    told: tuple[ItemResult, ...]
    rows: bytes | None


@dataclass(frozen=True)
class Source:
    """One document as it comes to be read: its bytes or, where it was read already, its ``entry`` of the cache.

    What is read anew goes into the cache under ``document_id``; without one it does not.
    """

    data: bytes = b""
    document_id: str = ""
    entry: bytes | None = None


@dataclass(frozen=True)
class LoadedItem:
    """What is read in one go: documents, what is known of them from outside, and a name for messages.

    A page of a flip-book comes with all ``pages`` of its book in order, ``page`` being its own place among them: a table
    may begin on the page before. The ``pictures`` that a page shows, (address, bytes), come with the page, whose address is
    ``name``, and with ``joined``, what the cache holds or is to hold of all of them read together: the readings are the
    pictures', each under its own document_id.
    """

    pages: tuple[Source, ...]
    hints: Hints
    name: str | None = None
    page: int = 0
    pictures: tuple[tuple[str, bytes], ...] = ()
    joined: Source | None = None


class Reading:
    """One item while it is read: what readers took part, what is new, and whether it came to its end."""

    def __init__(self, item: LoadedItem):
        self.item = item
        self.readers: set[str] = set()
        self.entries: list[Entry] = []
        self.again = False

    def result(self) -> Result:
        """Return the readings, or the reason why there are none."""
        item = self.item
        try:
            pages = [self._page(place) for place in range(len(item.pages))]
            if item.joined is not None:
                return read_shown(pages[0], self._joined(item.joined, pages[0]), item.hints)
            if len(pages) > 1:
                return read_book(pages, item.hints)[item.page]
            return read_report(pages[0], item.hints)
        except UnreadableDocument as error:
            self.again |= isinstance(error, UnfinishedDocument)
            return error.reason
        except MemoryError:
            self.again = True
            return "needs more memory than there was"
        except Exception as error:
            # A document that trips a fault of ours must not end the run; the fault is logged whole.
            log.exception("%s: fault while reading", item.name or "document")
            return f"fault of gongkai while reading: {type(error).__name__}: {error}"

    def _page(self, place: int) -> Document:
        source = self.item.pages[place]
        if source.entry is not None:
            return self._known(source.entry)
        # The other pages of a book, and the page that shows pictures, are kept when they are read for themselves.
        document_id = source.document_id if place == self.item.page and self.item.joined is None else ""
        reader = reader_of(sniff(source.data))
        self.readers.add(reader)
        try:
            return self._noted(document_id, reader, read_document(source.data, name=self.item.name))
        except UnreadableDocument as error:
            if document_id and not isinstance(error, UnfinishedDocument):
                self._keep(document_id, CachedDocument(reader, None, error.reason))
            raise

    def _joined(self, source: Source, page: Document) -> Document:
        if source.entry is not None:
            return self._known(source.entry)
        joined = read_page_with_pictures(page, _as_they_stand(self.item))
        return self._noted(source.document_id, PAGE_WITH_PICTURES, joined)

    def _known(self, entry: bytes) -> Document:
        cached = unpack(entry)
        self.readers.update(cached.readers.split())
        return cached.get()

    def _noted(self, document_id: str, reader: str, document: Document) -> Document:
        readers = f"{reader} {BY_WORDS}" if document.by_words else reader
        self.readers.update(readers.split())
        if document.unfinished:
            self.again = True
        elif document_id:
            self._keep(document_id, CachedDocument(readers, document))
        return document

    def _keep(self, document_id: str, cached: CachedDocument) -> None:
        self.entries.append(Entry(document_id, cached.readers, pack(cached)))


def read_item(item: LoadedItem) -> Result:
    """Read what a item names and everything it says of its reports; return the reason where nothing can be read."""
    return Reading(item).result()


def _as_they_stand(item: LoadedItem) -> list[bytes]:
    """Return the pictures in the order in which the page shows them, each once; those that it shows no more come last."""
    from extract.crawling.attachments import attachments

    places = {url: place for place, (url, _) in enumerate(attachments(item.name or "", item.pages[0].data))}
    shown = sorted(item.pictures, key=lambda picture: places.get(picture[0], len(places)))
    return list(dict.fromkeys(data for _, data in shown))


def read_packed(items: Sequence[LoadedItem]) -> Packed:
    """Read some items, their readings as rows: as objects they cost as much again on their way. For worker processes."""
    from transform.reports.parts import packed

    told, readings = [], []
    for item in items:
        reading = Reading(item)
        result = reading.result()
        if not isinstance(result, str):
            readings += result
        came = result if isinstance(result, str) else told_of(result)
        told.append(ItemResult(came, " ".join(sorted(reading.readers)), reading.again, tuple(reading.entries)))
    return Packed(tuple(told), packed(readings) if readings else None)


def told_of(readings: Iterable[ReportReading]) -> tuple[tuple[str, str, str | None], ...]:
    """Return of each reading its document, status and reason."""
    return tuple((one.document_id, one.status, one.reason) for one in readings)


def reading_pool(workers: int) -> WorkerPool:
    """Return a pool of worker processes with the limits for documents."""
    from extract.workers import WorkerPool

    return WorkerPool(workers, SECONDS, MEGABYTES)


def read_items(pool: WorkerPool, items: Iterable[LoadedItem]) -> Iterator[tuple[int, Result]]:
    """Read items in worker processes and yield (place in ``items``, what it gave) as they finish.

    A document on which a worker dies, runs out of time or memory, or meets a fault of ours, gives that as its reason.
    """
    from extract.workers import TaskFailure

    for index, result in pool.run(("flows.reading.read:read_item", item) for item in items):
        yield index, result.reason if isinstance(result, TaskFailure) else result


def read_groups(
    pool: WorkerPool, groups: Iterable[tuple[Sequence[int], Sequence[LoadedItem]]]
) -> Iterator[tuple[Sequence[int], Packed]]:
    """Read groups of items, (numbers, items) each, in worker processes, a group as one task; yield its numbers and what it
    gave. Of several that came to nothing together each is read again alone: that one of them is at fault costs no other."""
    from extract.workers import TaskFailure

    held: dict[int, tuple[Sequence[int], Sequence[LoadedItem]]] = {}

    def tasks() -> Iterator[tuple[str, Sequence[LoadedItem]]]:
        for place, group in enumerate(groups):
            held[place] = group
            yield "flows.reading.read:read_packed", group[1]

    alone: list[tuple[Sequence[int], Sequence[LoadedItem]]] = []
    for place, result in pool.run(tasks()):
        numbers, items = held.pop(place)
        if not isinstance(result, TaskFailure):
            yield numbers, result
        elif len(numbers) == 1:
            # Time, memory, a process that was killed: the machine may be why.
            yield numbers, Packed((ItemResult(result.reason, again=True),), None)
        else:
            alone += [([number], [item]) for number, item in zip(numbers, items, strict=True)]
    if alone:
        yield from read_groups(pool, alone)


def books(names: Iterable[str]) -> dict[str, list[str]]:
    """Return, for each name that is a page of a flip-book, the names of all its pages in order; a page alone is no book."""
    pages: dict[str, dict[int, str]] = {}
    for name in names:
        place = page_of_book(name)
        if place:
            pages.setdefault(place[0], {})[place[1]] = name
    whole = [[found[n] for n in sorted(found)] for found in pages.values() if 1 < len(found) <= MOST_PAGES]
    return {name: book for book in whole for name in book}
