"""A worker's side: a Manifest in, a part written, a Summary out. Runs in a process of its own, here or on a cluster.

Each document is read in a further process with limits of time and memory (extract/workers.py), so that a broken file ends
that process and neither the worker nor its batch. What was read anew goes into the cache. Nothing else is noted here that a
later run goes by: whoever handed the manifest out notes it, once the part is there.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import NamedTuple

from extract.archiving.archive import payload_at
from extract.archiving.store import is_stored, open_store
from extract.archiving.stored_archive import StoredArchive
from extract.errors import GongkaiError, StoreError
from extract.workers import WorkerPool
from flows.cache.document_files import DocumentReader, document_writer
from flows.cache.keys import all_keys
from flows.reading.manifest import Manifest, PayloadPlace, Read, ReadingItem, Summary
from flows.reading.read import LoadedItem, Source, read_groups, reading_pool, told_of
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
    """Read what a manifest names with the worker processes of ``pool`` into one part, and what was read anew into the cache."""
    start = time.process_time() + pool.spent
    rows: list[bytes] = []
    read: list[Read] = []
    unreadable: list[tuple[str, str]] = []
    stop = Path(manifest.stop) if manifest.stop else None
    with _written_to(manifest) as folders, document_writer(folders.documents) as documents:
        for numbers, found in read_groups(pool, _groups(manifest)):
            if found.rows is not None:
                rows.append(found.rows)
            for number, told in zip(numbers, found.told, strict=True):
                item = manifest.items[number]
                for entry in told.entries:
                    documents.add(entry.document_id, entry.readers, entry.data)
                results = told.readings
                if isinstance(results, str):
                    unreadable += [(record.url, results) for record in item.records]
                    without = [unreadable_reading(record, results) for record in item.records]
                    rows.append(packed(without))
                    results = told_of(without)
                # A page's pictures are all read; those whose own reading saw other states of the page are of another ReadingItem.
                for record in item.records:
                    document_id = str(record.document_id)
                    status, reason = next((status, reason) for of, status, reason in results if of == document_id)
                    read.append(Read(document_id, status, reason, told.readers, told.again))
            if stop and stop.exists():
                break
        kept = documents.close()
        part = _write(folders.parts, rows, {one.document_id for one in read}) if read else None
    read.sort(key=lambda one: one.document_id)
    spent = time.process_time() + pool.spent - start
    return Summary(part, tuple(read), tuple(sorted(unreadable)), spent, kept)


def check(archive: str, parts: str, version: str) -> str:
    """Return why this process cannot take part in a run; nothing where it can."""
    if _all_keys() != version:
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
def _all_keys() -> str:
    # Once a process: what it has loaded by then is what it goes on with.
    return all_keys()


def _groups(manifest: Manifest) -> Iterator[tuple[list[int], list[LoadedItem]]]:
    """Yield what is read in one task: some pages or cached documents, or one document of another kind, which takes as long as
    all of those."""
    numbers: list[int] = []
    loaded: list[LoadedItem] = []
    with _cache(manifest) as cache:
        for number, item in enumerate(manifest.items):
            own = _loaded(manifest, item, cache)
            page = (item.records[0].media_type or "").startswith("text/html") and not item.book and not item.pictures
            if not (page or item.is_cached):
                yield [number], [own]
                continue
            numbers.append(number)
            loaded.append(own)
            if len(loaded) == _TOGETHER:
                yield numbers, loaded
                numbers, loaded = [], []
    if loaded:
        yield numbers, loaded


def _loaded(manifest: Manifest, item: ReadingItem, cache: DocumentReader) -> LoadedItem:
    def payload(place: PayloadPlace) -> bytes:
        if is_stored(manifest.archive):
            return _stored(manifest.archive).payload(place.warc_file, place.warc_offset, place.document_id)
        return payload_at(Path(manifest.archive) / place.warc_file, place.warc_offset, place.document_id)

    def source(place: PayloadPlace) -> Source:
        entry = cache.entry(place.cached, place.document_id) if place.cached else None
        return Source(b"" if entry is not None else payload(place), place.document_id, entry)

    if not item.pictures:
        return LoadedItem(tuple(map(source, item.book or (item.data,))), item.hints, item.name, item.page)
    joined = cache.entry(item.joined, item.joined_id) if item.joined else None
    page = source(item.data)
    pictures: tuple[tuple[str, bytes], ...] = ()
    if joined is None:
        # In which order it shows them stands in the page itself.
        page = replace(page, data=payload(item.data))
        pictures = tuple((one.address, payload(one.place)) for one in item.pictures)
    return LoadedItem((page,), item.hints, item.name, 0, pictures, Source(b"", item.joined_id, joined))


class _Folders(NamedTuple):
    documents: Path
    parts: Path


@contextmanager
def _written_to(manifest: Manifest) -> Iterator[_Folders]:
    """Give the folders into which documents and the part are written; those of a store are put there at the end."""
    if not is_stored(manifest.parts):
        yield _Folders(Path(manifest.documents), Path(manifest.parts))
        return
    with TemporaryDirectory(prefix="gongkai-") as folder:
        folders = _Folders(Path(folder) / "documents", Path(folder) / "parts")
        yield folders
        for address, written in ((manifest.documents, folders.documents), (manifest.parts, folders.parts)):
            store = open_store(address)
            for path in sorted(written.glob("[!.]*")):
                store.put(path, path.name)


@contextmanager
def _cache(manifest: Manifest) -> Iterator[DocumentReader]:
    """Give what takes Documents out of the cache; the files of a store that are needed are fetched first."""
    with ExitStack() as stack:
        folder = Path(manifest.documents)
        if is_stored(manifest.documents):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="gongkai-")))
            store = open_store(manifest.documents)
            places = {place for item in manifest.items for place in (item.data.cached, item.joined) if place}
            places |= {page.cached for item in manifest.items for page in item.book if page.cached}
            for name in sorted({place.partition(" ")[0] for place in places}):
                with suppress(FileNotFoundError, StoreError):  # then it is read anew
                    store.get(name, folder / name)
        yield stack.enter_context(closing(DocumentReader(folder)))


@lru_cache(maxsize=2)
def _stored(archive: str) -> StoredArchive:
    return StoredArchive(open_store(archive))


def _write(parts: Path, rows: list[bytes], documents: set[str]) -> str:
    """Write a part under the sha256 of its bytes, so that the same result is the same file; return its name."""
    parts.mkdir(parents=True, exist_ok=True)
    aside = parts / f".{uuid.uuid4().hex}"
    write_rows(aside, rows, documents)
    name = f"{sha256(aside)[:32]}.parquet"
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
