"""A batch of archived documents -> one part and the ledger's rows: the unit of work of reading."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from extract.archive import Archive
from extract.ledger import DocumentOutcome, Ledger
from extract.record import Record
from extract.workers import WorkerPool
from flows.home import Home
from flows.reading import Job, books, read_jobs
from flows.work import hints_of, reader_version
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


def batches(records: Sequence[Record], workers: int) -> list[list[Record]]:
    """Return records in batches of at most ``DOCUMENTS``, of equal size and as many for each worker."""
    rounds = max(1, -(-len(records) // (DOCUMENTS * workers)))
    size = max(1, -(-len(records) // (rounds * workers)))
    return [list(records[start : start + size]) for start in range(0, len(records), size)]


def read_batch(
    home: Home,
    archive: Archive,
    records: Sequence[Record],
    pool: WorkerPool,
    *,
    tick: Callable[[], object] = lambda: None,
    stop: Callable[[], bool] = lambda: False,
) -> BatchSummary:
    """Read documents in worker processes, write them as one part, then note each outcome in the ledger.

    The part is there before the ledger says so: a run killed in between reads the batch again into the same part.
    When asked to stop, what was read is kept.
    """
    results: dict[int, list[ReportReading]] = {}
    unreadable = []
    for index, result in read_jobs(pool, _jobs(archive, records)):
        if isinstance(result, str):
            unreadable.append((records[index].url, result))
            result = [unreadable_reading(records[index], result)]
        results[index] = result
        tick()
        if stop():
            break
    if results:
        _keep(home, [(records[index], results[index]) for index in sorted(results)])
    return BatchSummary(len(results), tuple(sorted(unreadable)))


def _jobs(archive: Archive, records: Sequence[Record]) -> Iterator[Job]:
    for record in records:
        data = archive.payload(str(record.document_id))
        book = _book(archive, record) if page_of_book(record.url) else []
        pages = tuple(archive.payload(str(page.document_id)) for page in book)
        place = next((i for i, page in enumerate(book) if page.url == record.url), 0)
        yield Job(data, hints_of(record), record.url, pages, place)


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


def _keep(home: Home, read: Sequence[tuple[Record, list[ReportReading]]]) -> None:
    version = reader_version()
    names = "\n".join(sorted(str(record.document_id) for record, _ in read))
    part = f"{version[:16]}/{hashlib.sha256(names.encode()).hexdigest()[:32]}.parquet"
    write_part(home.parts / part, [reading for _, readings in read for reading in readings])
    outcomes = [
        DocumentOutcome(str(record.document_id), version, readings[0].status, readings[0].reason, part)
        for record, readings in read
    ]
    with Ledger(home.ledger) as ledger:
        ledger.record_outcomes(outcomes)
