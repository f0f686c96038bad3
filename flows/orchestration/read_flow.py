"""The second stage: archived documents into parts, as a Prefect flow with a task for a batch of some 50 documents.

Flows take plain values. Each document's outcome goes to gongkai's own ledger; Prefect's database may be deleted at any time.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

from extract.archiving.archive import Archive
from flows.home import storing
from flows.home.home import Home
from flows.orchestration.run_result import RunResult, push_to_store
from flows.reading.backends import (
    Backend,
    backend_name,
    is_elsewhere,
    number_of_workers,
    open_backend,
    refuse_strangers,
)
from flows.reading.manifest import ReadingItem
from flows.terminal.output import progress, say
from flows.todo.batches import BatchSummary, batches, keep, manifest_of
from flows.todo.to_read import what_to_read

#: Batches handed out at the same time at most, two for each worker of a large cluster: a thread only waits.
BATCHES = 1000


def read(home: Home, result: RunResult) -> None:
    """Read every archived document that has to be read, and copy the parts to the store."""
    if home.archive.is_dir() and (summaries := read_documents(str(home.folder))):
        unreadable = (one for summary in summaries for one in summary.unreadable)
        result.unreadable += [f"{url}: unreadable: {reason}" for url, reason in unreadable]
        push_to_store(home, result)


@flow(name="gongkai read", task_runner=ThreadPoolTaskRunner(max_workers=BATCHES), persist_result=False)  # type: ignore[arg-type]
def read_documents(home: str) -> list[BatchSummary]:
    """Read every archived document that has to be read, on the worker backend that the environment names, a task a batch.

    A task hands its batch to a worker of the backend and waits; no more batches are handed out than keep all workers busy.
    """
    place = Home(Path(home))
    with ExitStack() as stack:
        archive = stack.enter_context(Archive(place.archive))
        found = what_to_read(place, archive)
        if not found.why:
            return []
        reasons = "; ".join(f"{count} {why}" for why, count in Counter(found.why.values()).most_common())
        say(f"reading {found.documents} documents: {reasons}")
        place.parts.mkdir(parents=True, exist_ok=True)
        stop = place.parts / f".stop-{uuid.uuid4().hex}"
        name = backend_name()
        # Workers elsewhere see the store, not this machine's disk; those of a shared disk need no store.
        stored = storing.for_cluster(place) if is_elsewhere(name) else ""
        backend = stack.enter_context(open_backend(name, number_of_workers()))
        refuse_strangers(backend, manifest_of(place, (), stored=stored))
        bar = stack.enter_context(progress(None, found.documents, "document"))
        room = threading.Semaphore(2 * backend.slots)
        futures = []
        try:
            for batch in batches(found.items(archive), backend.slots, found.seconds):
                room.acquire()
                named = f"read {sum(len(work.records) for work in batch)} documents"
                # Quoted: Prefect would look for other tasks' results in each of a batch's thousand values.
                futures.append(
                    read_some.with_options(task_run_name=named).submit(
                        place, backend, quote(batch), room, bar, str(stop), stored
                    )
                )
            return [future.result() for future in futures]
        except BaseException:
            # Workers look for this after each document; what they have read by then is kept.
            stop.touch()
            wait(futures)
            raise
        finally:
            stop.unlink(missing_ok=True)


@task(cache_policy=NO_CACHE, persist_result=False)
def read_some(
    home: Home,
    backend: Backend,
    batch: Sequence[ReadingItem],
    room: threading.Semaphore,
    bar: Any,
    stop: str,
    stored: str = "",
) -> BatchSummary:
    """Have a batch of documents read into one part by a worker, and note what came of it."""
    try:
        if Path(stop).exists():
            return BatchSummary(0, ())
        read = backend.read(manifest_of(home, batch, stop=stop, stored=stored))
        if stored:
            made = {"parts": read.part, "documents": read.documents}
            storing.fetch_made(home, [f"{folder}/{name}" for folder, name in made.items() if name])
        summary = keep(home, batch, read)
        bar.update(summary.documents)
        return summary
    finally:
        room.release()
