"""A worker's side: a Manifest in, a part written, a Summary out. Runs in a process of its own, here or on a cluster.

Each document is read in a further process with limits of time and memory (extract/workers.py), so that a broken file ends
that process and neither the worker nor its batch. The one thing to know: nothing is noted here that a later run goes by.
Whoever handed the manifest out notes it, once the part is there.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import uuid
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from extract.archiving.archive import payload_at
from extract.archiving.durable import StoredArchive, state_of
from extract.archiving.store import is_stored, open_store
from extract.errors import GongkaiError
from extract.workers import WorkerPool
from flows.cache.fingerprints import reader_version, uses_of, version_but_labels
from flows.cache.label_questions import Asked, write_asked
from flows.home.home import asked_name
from flows.reading.manifest import Manifest, Place, Read, Summary, Work
from flows.reading.read import Job, read_groups, reading_pool, told_of
from publish.files.release_files import sha256
from transform.reports.parts import packed, unreadable_reading, write_rows

#: Pages of one task: what each task costs beside the reading (a message, an Arrow table) is a tenth of reading one page.
_TOGETHER = 8
_own = threading.local()


def read_manifest(text: str) -> str:
    """Read what a manifest (JSON) names into one part, in a process pool kept from manifest to manifest; return its Summary.

    Raises:
        GongkaiError: this worker has another reader than whoever handed out the manifest, or cannot see the archive.
    """
    manifest = Manifest.from_json(text)
    if refused := check(manifest.archive, manifest.parts, manifest.reader_version):
        raise GongkaiError(refused)
    return read_here(manifest, _pool()).to_json()


def read_here(manifest: Manifest, pool: WorkerPool) -> Summary:
    """Read what a manifest names with the worker processes of ``pool`` into one part."""
    start = time.process_time() + pool.spent
    rows: list[bytes] = []
    read: list[Read] = []
    unreadable: list[tuple[str, str]] = []
    stop = Path(manifest.stop) if manifest.stop else None
    asked: dict[str, Asked] = {}
    for numbers, found in read_groups(pool, _groups(manifest)):
        if found.rows is not None:
            rows.append(found.rows)
        for number, told in zip(numbers, found.told, strict=True):
            work, uses = manifest.works[number], uses_of(told.imported)
            results = told.readings
            if isinstance(results, str):
                unreadable += [(record.url, results) for record in work.records]
                without = [unreadable_reading(record, results) for record in work.records]
                rows.append(packed(without))
                results = told_of(without)
            # A page's pictures are all read; those whose own reading saw other states of the page are of another Work.
            for record in work.records:
                document_id = str(record.document_id)
                status, reason = next((status, reason) for of, status, reason in results if of == document_id)
                read.append(Read(document_id, status, reason, uses))
                if told.questions is not None:
                    asked[document_id] = Asked(version_but_labels(uses), told.questions)
        if stop and stop.exists():
            break
    part = _keep(manifest.parts, rows, {one.document_id for one in read}, asked) if read else None
    read.sort(key=lambda one: one.document_id)
    return Summary(part, tuple(read), tuple(sorted(unreadable)), time.process_time() + pool.spent - start)


def check(archive: str, parts: str, version: str) -> str:
    """Return why this process cannot take part in a run; nothing where it can."""
    if _reader_version() != version:
        return "has another version of gongkai's reader, its reference data or libraries: install the same, start the worker anew"
    if is_stored(archive):
        try:
            _stored(archive)
        except GongkaiError as error:
            return f"cannot read the store: {error}"
        return ""
    if not Path(archive).is_dir():
        return f"cannot see the archive {archive}: mount it there under the same path"
    try:
        Path(parts).mkdir(parents=True, exist_ok=True)
        # Trying is the only sure way: to root every place looks as if it could be written to.
        with TemporaryFile(dir=parts):
            pass
    except OSError as error:
        return f"cannot write to {parts} ({error.strerror}): mount it there under the same path"
    return ""


@lru_cache(maxsize=1)
def _reader_version() -> str:
    # Once a process: what it has loaded by then is what it goes on with.
    return reader_version()


def _groups(manifest: Manifest) -> Iterator[tuple[list[int], list[Job]]]:
    """Yield what is read in one task: some pages, or one document of another kind, which takes as long as all of those."""
    numbers: list[int] = []
    jobs: list[Job] = []
    for number, work in enumerate(manifest.works):
        job = _job(manifest, work)
        if not (work.records[0].media_type or "").startswith("text/html") or work.book or work.pictures:
            yield [number], [job]
            continue
        numbers.append(number)
        jobs.append(job)
        if len(jobs) == _TOGETHER:
            yield numbers, jobs
            numbers, jobs = [], []
    if jobs:
        yield numbers, jobs


def _job(manifest: Manifest, work: Work) -> Job:
    def payload(place: Place) -> bytes:
        if is_stored(manifest.archive):
            return _stored(manifest.archive).payload(place.warc_file, place.warc_offset, place.document_id)
        return payload_at(Path(manifest.archive) / place.warc_file, place.warc_offset, place.document_id)

    book = tuple(payload(one) for one in work.book)
    pictures = tuple((one.address, payload(one.place)) for one in work.pictures)
    return Job(payload(work.data), work.hints, work.name, book, work.page, pictures)


def _keep(parts: str, rows: list[bytes], documents: set[str], asked: dict[str, Asked]) -> str:
    """Write a part into a folder, or into a store; return its name."""
    if not is_stored(parts):
        return _write(Path(parts), rows, documents, asked)
    with TemporaryDirectory(prefix="gongkai-") as folder:
        name = _write(Path(folder), rows, documents, asked)
        store = open_store(parts)
        for written in (asked_name(name), name):
            store.put(Path(folder) / written, written)
    return name


@lru_cache(maxsize=2)
def _stored(archive: str) -> StoredArchive:
    """Return the archive of a store in the state whose number follows the ``#`` (of a later run, another address)."""
    url, _, number = archive.partition("#")
    store = open_store(url)
    return StoredArchive(store, state_of(store, int(number)))


def _write(parts: Path, rows: list[bytes], documents: set[str], asked: dict[str, Asked]) -> str:
    """Write a part under the sha256 of its bytes, so that the same result is the same file; return its name.

    What was asked of the labels lies beside it, and is there first.
    """
    aside = parts / f".{uuid.uuid4().hex}"
    write_rows(aside, rows, documents)
    name = f"{sha256(aside)[:32]}.parquet"
    write_asked(parts, name, asked)
    with aside.open("rb") as file:
        os.fsync(file.fileno())
    aside.replace(parts / name)
    return name


def _pool() -> WorkerPool:
    """Return this thread's pool of one worker process: a worker of a cluster may run several threads."""
    pool = getattr(_own, "pool", None)
    if pool is None:
        pool = _own.pool = reading_pool(1)
        atexit.register(pool.close)
    return pool
