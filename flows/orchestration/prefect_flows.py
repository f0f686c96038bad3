"""The Prefect flows: crawl, read, release. A task is a batch of work: a host, some 50 documents, a release.

The one thing to know: flows take plain values, so that they could be deployed as they are; what threads share (the
archive, the stop signal) is made inside them. Each document's outcome goes to gongkai's own ledger; Prefect's database
may be deleted at any time.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed, wait
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.utilities.annotations import quote

from extract.archiving.archive import Archive
from extract.crawling.crawl import CrawlSummary, Failure, crawl
from extract.fetching.fetch import Fetcher
from extract.portal import Portal
from extract.portals.registry import load_portals
from flows.home import storing
from flows.home.finished import Finished, note
from flows.home.home import SAMPLE_VANTAGE, Home
from flows.home.settings import CrawlSettings
from flows.orchestration.one_per_host import alone_on
from flows.reading.backends import Engine, engine, engine_named, is_elsewhere, refuse_strangers, workers_told
from flows.reading.manifest import Work
from flows.releasing.release_archive import release_archive
from flows.terminal.output import progress, say
from flows.todo.batches import BatchSummary, batches, keep, manifest_of
from flows.todo.waiting import crawl_inputs, waiting

#: Hosts fetched from at the same time: a thread sleeps nearly all the time at one request a second.
HOSTS = 200
#: Batches handed out at the same time at most, two for each worker of a large cluster: a thread only waits.
BATCHES = 1000
#: Failures after which the crawl of a portal is not finished: no answer, or a list that was not read whole.
UNFINISHED = ("error", "truncated", "incomplete_list")


def _threads(number: int) -> Any:
    return ThreadPoolTaskRunner(max_workers=number)


@flow(name="gongkai crawl", task_runner=_threads(HOSTS), persist_result=False)
def crawl_portals(
    home: str,
    portals_file: str,
    portal_ids: list[str],
    years: list[int] | None = None,
    host_map: dict[str, list] | None = None,
    settings: dict[str, Any] | None = None,
    one_per_host: bool = False,
) -> list[CrawlSummary]:
    """Fetch what the named portals announce into the archive, one task a host; a host that fails does not stop others.

    ``settings`` are the fields of CrawlSettings. ``one_per_host``: no host is asked by two runs of the Prefect server.
    """
    place = Home(Path(home))
    wanted = set(portal_ids)
    hosts: dict[str, list[Portal]] = defaultdict(list)
    for portal in load_portals(portals_file):
        if portal.portal_id in wanted:
            hosts[portal.host].append(portal)
    told_years = range(years[0], years[-1] + 1) if years else None
    addresses = (
        {host: (str(address), int(port)) for host, (address, port) in host_map.items()}
        if host_map is not None
        else None
    )
    stop = threading.Event()
    told = CrawlSettings(**(settings or {}))
    fetcher = told.fetcher(addresses, stop.is_set)
    summaries = []
    with Archive(place.archive, write=True) as archive:
        try:
            futures = [
                crawl_host.with_options(task_run_name=f"crawl {host}").submit(
                    place, portals, archive, fetcher, told_years, told, one_per_host
                )
                for host, portals in sorted(hosts.items())
            ]
            for future in progress(as_completed(futures), len(futures), "host"):
                summaries.append(_result(future))
        except BaseException:
            # Threads cannot be interrupted; they look at this between requests.
            stop.set()
            raise
    return summaries


@task(cache_policy=NO_CACHE, persist_result=False)
def crawl_host(
    home: Home,
    portals: list[Portal],
    archive: Archive,
    fetcher: Fetcher,
    years: range | None,
    settings: CrawlSettings,
    one_per_host: bool = False,
) -> CrawlSummary:
    """Crawl the portals of one host, and note those whose crawl came to its end."""
    sample = fetcher.host_map is not None
    with alone_on(portals[0].host) if one_per_host else nullcontext():
        summary = crawl(
            portals,
            archive,
            years=years,
            fetcher=fetcher,
            vantage=SAMPLE_VANTAGE if sample else settings.vantage,
            budget=None if sample else settings.budget,
            recheck=settings.recheck_after,
            workers=1,
            stop=fetcher.stop,
        )
    cut_off = {failure.portal_id for failure in summary.failures if failure.outcome in UNFINISHED}
    if not summary.stopped:
        for portal in portals:
            if portal.portal_id not in cut_off:
                inputs = crawl_inputs(portal, years, sample=sample)
                now = datetime.now(UTC).isoformat(timespec="seconds")
                note(home.ledger, Finished(f"crawl/{portal.portal_id}", inputs, "", now))
    return summary


@flow(name="gongkai read", task_runner=_threads(BATCHES), persist_result=False)
def read_documents(home: str) -> list[BatchSummary]:
    """Read every archived document that has to be read, on the engine that the environment names, a task a batch.

    A task hands its batch to a worker of the engine and waits; no more batches are handed out than keep all workers busy.
    """
    place = Home(Path(home))
    with ExitStack() as stack:
        archive = stack.enter_context(Archive(place.archive))
        found = waiting(place, archive)
        if not found.why:
            return []
        told = "; ".join(f"{count} {why}" for why, count in Counter(found.why.values()).most_common())
        say(f"reading {found.documents} documents: {told}")
        place.parts.mkdir(parents=True, exist_ok=True)
        stop = place.parts / f".stop-{uuid.uuid4().hex}"
        name = engine_named()
        # Workers elsewhere see the store, not this machine's disk; those of a shared disk need no store.
        stored = storing.for_cluster(place) if is_elsewhere(name) else ""
        workers = stack.enter_context(engine(name, workers_told()))
        refuse_strangers(workers, manifest_of(place, (), stored=stored))
        bar = stack.enter_context(progress(None, found.documents, "document"))
        room = threading.Semaphore(2 * workers.slots)
        futures = []
        try:
            for batch in batches(found.works(archive), workers.slots, found.seconds):
                room.acquire()
                named = f"read {sum(len(work.records) for work in batch)} documents"
                # Quoted: Prefect would look for other tasks' results in each of a batch's thousand values.
                futures.append(
                    read_some.with_options(task_run_name=named).submit(
                        place, workers, quote(batch), room, bar, str(stop), stored
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
    home: Home, found: Engine, batch: Sequence[Work], room: threading.Semaphore, bar: Any, stop: str, stored: str = ""
) -> BatchSummary:
    """Have a batch of documents read into one part by a worker, and note what came of it."""
    try:
        if Path(stop).exists():
            return BatchSummary(0, ())
        read = found.read(manifest_of(home, batch, stop=stop, stored=stored))
        if stored and read.part:
            storing.fetch_part(home, read.part)
        summary = keep(home, batch, read)
        bar.update(summary.documents)
        return summary
    finally:
        room.release()


@flow(name="gongkai release", task_runner=_threads(1), persist_result=False)
def make_release(home: str, portals_file: str, version: str | None = None, as_of: str | None = None) -> str:
    """Make the release of what the archive holds; return its folder."""
    return str(release_task.submit(home, portals_file, version, as_of).result())


@task(name="release", cache_policy=NO_CACHE, persist_result=False)
def release_task(home: str, portals_file: str, version: str | None, as_of: str | None) -> Path:
    """Assemble the tables from parts and archive, check them, and move the release into place."""
    return release_archive(Home(Path(home)), Path(portals_file), version=version, as_of=as_of)


def _result(future: PrefectFuture[CrawlSummary]) -> CrawlSummary:
    """Return a host's summary; a task that broke is a failure of that host and of no other."""
    future.wait()
    if future.state.is_completed():
        return future.result()
    reason = future.state.message or future.state.name
    name = future.task_run_id
    return CrawlSummary((), (Failure("", "", "", str(name), "error", f"the crawl of a host broke off: {reason}"),))
