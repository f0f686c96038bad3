"""Documents to ReportReadings, in this process or in limited worker processes.

The one thing to know: a document never fails a run. What it gives is either its readings or the reason, in words, why
there are none. This module is imported by every worker and by ``gongkai extract``: it loads nothing heavy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from extract.documents import read_document
from extract.errors import UnreadableDocument
from extract.workers import TaskFailure, WorkerPool
from transform.observation import Hints, ReportReading
from transform.read_report import read_report

#: What one document may cost. The slowest real report seen took 4 s; a bomb must not take the machine along.
SECONDS, MEGABYTES = 60.0, 2048

Result = list[ReportReading] | str


@dataclass(frozen=True)
class Job:
    """One document to read: its bytes, what is known of it from outside, and its name for messages."""

    data: bytes
    hints: Hints
    name: str | None = None


def read_job(job: Job) -> Result:
    """Read one document and everything it says of its reports; return the reason where nothing can be read."""
    try:
        return read_report(read_document(job.data, name=job.name), job.hints)
    except UnreadableDocument as error:
        return error.reason


def reading_pool(workers: int) -> WorkerPool:
    """Return a pool of worker processes with the limits for documents."""
    return WorkerPool(workers, SECONDS, MEGABYTES)


def read_jobs(pool: WorkerPool, jobs: Iterable[Job]) -> Iterator[tuple[int, Result]]:
    """Read documents in worker processes and yield (place in ``jobs``, result) as they finish.

    A document on which a worker dies, runs out of time or memory, or meets a fault of ours, gives that as its reason.
    """
    for index, result in pool.run(("flows.reading:read_job", job) for job in jobs):
        yield index, result.reason if isinstance(result, TaskFailure) else result
