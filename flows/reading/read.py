"""Documents to ReportReadings, in this process or in limited worker processes.

The one thing to know: a document never fails a run. What it gives is either its readings or the reason, in words, why
there are none. This module is imported by every worker and by ``gongkai extract``: it loads nothing heavy. All that
decides a reading is imported from here (flows/cache/fingerprints.py goes by it); what only hands the work out is not, at its head.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument
from flows.cache.uses import imports_noted
from transform.observation import Hints, ReportReading
from transform.recognition.answers import questions_noted
from transform.recognition.asked import Question
from transform.reports.flipbook import MOST_PAGES, page_of_book, read_book
from transform.reports.read_report import read_report
from transform.reports.shown_pictures import read_shown

if TYPE_CHECKING:
    from extract.workers import WorkerPool

log = logging.getLogger(__name__)

#: What one document may cost. The slowest real report seen took 4 s; a bomb must not take the machine along.
SECONDS, MEGABYTES = 60.0, 2048

Result = list[ReportReading] | str
#: A Result with the names of the project's modules that the reading imported, and what it asked of the forms' labels;
#: None where that could not be seen.
Noted = tuple[Result, tuple[str, ...] | None, tuple[Question, ...] | None]


@dataclass(frozen=True)
class Told:
    """What one job came to: of each reading its document, status and reason, or the reason why there is none; what was
    imported and asked by it, None where that could not be seen."""

    readings: tuple[tuple[str, str, str | None], ...] | str
    imported: tuple[str, ...] | None = None
    questions: tuple[Question, ...] | None = None


@dataclass(frozen=True)
class Packed:
    """What some jobs came to, in their order, and all their readings as rows of a part (``transform.reports.parts.packed``)."""

    told: tuple[Told, ...]
    rows: bytes | None


@dataclass(frozen=True)
class Job:
    """One document to read: its bytes, what is known of it from outside, and its name for messages.

    A page of a flip-book comes with all pages of its ``book`` in order, ``page`` being its own place among them: a table
    may begin on the page before. The ``pictures`` that a page shows, (address, bytes), come with the page's bytes as
    ``data`` and its address as ``name``: the readings are the pictures', each under its own document_id.
    """

    data: bytes
    hints: Hints
    name: str | None = None
    book: tuple[bytes, ...] = ()
    page: int = 0
    pictures: tuple[tuple[str, bytes], ...] = ()


def read_job(job: Job) -> Result:
    """Read one document and everything it says of its reports; return the reason where nothing can be read."""
    try:
        if job.book:
            return read_book([read_document(data, name=job.name) for data in job.book], job.hints)[job.page]
        if job.pictures:
            return read_shown(read_document(job.data, name=job.name), _as_they_stand(job), job.hints)
        return read_report(read_document(job.data, name=job.name), job.hints)
    except UnreadableDocument as error:
        return error.reason
    except Exception as error:
        # A document that trips a fault of ours must not end the run; the fault is logged whole.
        log.exception("%s: fault while reading", job.name or "document")
        return f"fault of gongkai while reading: {type(error).__name__}: {error}"


def _as_they_stand(job: Job) -> list[bytes]:
    """Return the pictures in the order in which the page shows them, each once; those that it shows no more come last."""
    from extract.crawling.attachments import attachments

    places = {url: place for place, (url, _) in enumerate(attachments(job.name or "", job.data))}
    shown = sorted(job.pictures, key=lambda picture: places.get(picture[0], len(places)))
    return list(dict.fromkeys(data for _, data in shown))


def read_noted(job: Job) -> Noted:
    """Read one document as ``read_job`` does, and tell which modules took part and what was asked of the forms' labels.

    For worker processes only: while it runs, every import of the process is watched.
    """
    with imports_noted() as names, questions_noted() as questions:
        result = read_job(job)
    return result, tuple(sorted(names)), tuple(sorted(questions))


def read_packed(jobs: Sequence[Job]) -> Packed:
    """Read some documents as ``read_noted`` does, their readings as rows: as objects they cost as much again on their way."""
    from transform.reports.parts import packed

    told, readings = [], []
    for job in jobs:
        result, imported, questions = read_noted(job)
        if not isinstance(result, str):
            readings += result
        told.append(Told(result if isinstance(result, str) else told_of(result), imported, questions))
    return Packed(tuple(told), packed(readings) if readings else None)


def told_of(readings: Iterable[ReportReading]) -> tuple[tuple[str, str, str | None], ...]:
    """Return of each reading its document, status and reason."""
    return tuple((one.document_id, one.status, one.reason) for one in readings)


def reading_pool(workers: int) -> WorkerPool:
    """Return a pool of worker processes with the limits for documents."""
    from extract.workers import WorkerPool

    return WorkerPool(workers, SECONDS, MEGABYTES)


def read_jobs(pool: WorkerPool, jobs: Iterable[Job]) -> Iterator[tuple[int, Noted]]:
    """Read documents in worker processes and yield (place in ``jobs``, what it gave) as they finish.

    A document on which a worker dies, runs out of time or memory, or meets a fault of ours, gives that as its reason.
    """
    from extract.workers import TaskFailure

    for index, result in pool.run(("flows.reading.read:read_noted", job) for job in jobs):
        yield index, (result.reason, None, None) if isinstance(result, TaskFailure) else result


def read_groups(
    pool: WorkerPool, groups: Iterable[tuple[Sequence[int], Sequence[Job]]]
) -> Iterator[tuple[Sequence[int], Packed]]:
    """Read groups of documents, (numbers, jobs) each, in worker processes, a group as one task; yield its numbers and what it
    gave. Of several that came to nothing together each is read again alone: that one of them is at fault costs no other."""
    from extract.workers import TaskFailure

    held: dict[int, tuple[Sequence[int], Sequence[Job]]] = {}

    def tasks() -> Iterator[tuple[str, Sequence[Job]]]:
        for place, group in enumerate(groups):
            held[place] = group
            yield "flows.reading.read:read_packed", group[1]

    alone: list[tuple[Sequence[int], Sequence[Job]]] = []
    for place, result in pool.run(tasks()):
        numbers, jobs = held.pop(place)
        if not isinstance(result, TaskFailure):
            yield numbers, result
        elif len(numbers) == 1:
            yield numbers, Packed((Told(result.reason),), None)
        else:
            alone += [([number], [job]) for number, job in zip(numbers, jobs, strict=True)]
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
