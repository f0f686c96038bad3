"""A batch of archived documents -> one part and the ledger's rows: the unit of work of reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from extract.archive import Archive
from extract.attachments import attachments
from extract.ledger import DocumentOutcome, Ledger
from extract.record import Record
from extract.shown import Showing, showing_of, together
from extract.workers import WorkerPool
from flows.home import Home
from flows.reading import Job, books, read_jobs
from flows.work import hints_of, part_of_showing, reader_version
from transform.observation import ReportReading
from transform.pages import page_of_book
from transform.parts import unreadable_reading, write_part

#: Documents in a batch: at 1 to 2 seconds each, a minute or two of work, of which orchestration is below 1 %.
DOCUMENTS = 50


@dataclass(frozen=True)
class BatchSummary:
    """What reading a batch came to: how many documents, and (address, reason) of each that could not be read."""

    documents: int
    unreadable: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Work:
    """What is read in one go: a document, or those of the pictures a page showed together that are to be read."""

    records: tuple[Record, ...]
    showing: Showing | None


def batches(records: Sequence[Record], workers: int) -> list[list[Record]]:
    """Return records in batches of about ``DOCUMENTS``, of like size and as many for each worker.

    The pictures of one page are never parted: they are read together.
    """
    rounds = max(1, -(-len(records) // (DOCUMENTS * workers)))
    size = max(1, -(-len(records) // (rounds * workers)))
    out: list[list[Record]] = []
    for group in together(records):
        if not out or len(out[-1]) + len(group) > size:
            out.append([])
        out[-1] += group
    return out


def read_batch(
    home: Home,
    archive: Archive,
    records: Sequence[Record],
    pool: WorkerPool,
    *,
    tick: Callable[[], object] = lambda: None,
    stop: Callable[[], bool] = lambda: False,
) -> BatchSummary:
    """Read documents in worker processes, write them as parts, then note each outcome in the ledger.

    A part is there before the ledger says so: a run killed in between reads the batch again into the same parts.
    When asked to stop, what was read is kept.
    """
    works = _works(archive, records)
    results: dict[int, list[ReportReading]] = {}
    unreadable = []
    for index, result in read_jobs(pool, (_job(archive, work) for work in works)):
        read = works[index].records
        if isinstance(result, str):
            unreadable += [(record.url, result) for record in read]
            result = [unreadable_reading(record, result) for record in read]
        results[index] = result
        for _ in read:
            tick()
        if stop():
            break
    _keep(home, [(works[index], results[index]) for index in sorted(results)])
    return BatchSummary(sum(len(works[index].records) for index in results), tuple(sorted(unreadable)))


def _works(archive: Archive, records: Sequence[Record]) -> list[_Work]:
    works: dict[object, _Work] = {}
    for record in records:
        showing = showing_of(archive, record)
        key = showing.key if showing else (record.document_id, record.url)
        before = works[key].records if key in works else ()
        works[key] = _Work((*before, record), showing)
    return list(works.values())


def _job(archive: Archive, work: _Work) -> Job:
    if work.showing:
        page = work.showing.page
        data = archive.payload(str(page.document_id))
        places = {url: place for place, (url, _) in enumerate(attachments(page.url, data))}
        # As they stand on the page; those that it shows no more come last.
        shown = sorted(work.showing.pictures, key=lambda r: places.get(r.requested_url or r.url, len(places)))
        once = dict.fromkeys(str(picture.document_id) for picture in shown)
        return Job(data, hints_of(page), page.url, pictures=tuple(archive.payload(one) for one in once))
    record = work.records[0]
    data = archive.payload(str(record.document_id))
    book = _book(archive, record) if page_of_book(record.url) else []
    pages = tuple(archive.payload(str(page.document_id)) for page in book)
    place = next((i for i, page in enumerate(book) if page.url == record.url), 0)
    return Job(data, hints_of(record), record.url, pages, place)


def _book(archive: Archive, record: Record) -> list[Record]:
    """Return the newest record of each page of the flip-book that a page belongs to, in order; [] where it is alone."""
    folder = page_of_book(record.url)
    newest = {
        page.url: page
        for page in sorted(archive.records(), key=lambda r: r.retrieved_at)
        if page.document_id
        and page.outcome == "ok"
        and (place := page_of_book(page.url))
        and folder
        and place[0] == folder[0]
    }
    newest[record.url] = record
    return [newest[url] for url in books(newest).get(record.url, [])]


def _keep(home: Home, read: Sequence[tuple[_Work, list[ReportReading]]]) -> None:
    version = reader_version()
    alone = sorted(str(record.document_id) for work, _ in read if not work.showing for record in work.records)
    batch = f"{version[:16]}/{hashlib.sha256(chr(10).join(alone).encode()).hexdigest()[:32]}.parquet"
    parts: dict[str, list[ReportReading]] = {}
    outcomes = []
    for work, readings in read:
        part = part_of_showing(work.showing) if work.showing else batch
        for document_id in (str(record.document_id) for record in work.records):
            # A page's pictures are all read; those whose own reading saw other states of the page are kept elsewhere.
            own = [reading for reading in readings if reading.document_id == document_id]
            parts.setdefault(part, []).extend(own)
            outcomes.append(DocumentOutcome(document_id, version, own[0].status, own[0].reason, part))
    for part, readings in parts.items():
        write_part(home.parts / part, readings)
    with Ledger(home.ledger) as ledger:
        ledger.record_outcomes(outcomes)
