"""Portals -> the archive: every list page read, every announced report and its attachments fetched once.

Threads only fetch, one host a thread. What is archived already is not asked for again unless the list shows a new
title or date for it, or half a year has gone by; list pages are asked for on every run. A host that does not answer
leaves records that say so, and the run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from extract.archiving.archive import Archive
from extract.crawling.host_job import HostJob
from extract.crawling.summary import Alarm, CrawlSummary, Failure, HostSummary
from extract.fetching.addresses import HostMap
from extract.fetching.fetch import Fetcher
from extract.portal import Portal

__all__ = ["Alarm", "CrawlSummary", "Failure", "HostSummary", "crawl"]

WORKERS = 200  # threads sleep nearly all the time at one request a second and host
RECHECK = timedelta(days=180)  # reports are corrected in silence: what is archived is asked for again after this time


def crawl(
    portals: Iterable[Portal],
    archive: Archive,
    *,
    years: Container[int] | None = None,
    host_map: HostMap | None = None,
    rate: float | None = None,
    contact: str | None = None,
    vantage: str | None = None,
    budget: int | None = None,
    recheck: timedelta = RECHECK,
    workers: int = WORKERS,
    stop: Callable[[], bool] | None = None,
    fetcher: Fetcher | None = None,
) -> CrawlSummary:
    """Fetch what the portals announce into the archive, which must be open for writing.

    ``years``: report years (by title) to fetch; titles without a year are fetched always. ``host_map``: the sample
    mode (see Fetcher), whose rate is without limit unless ``rate`` (requests a second and host) is given; otherwise
    it is 1. ``contact``: the operator, required for real hosts. ``vantage``: where the crawl runs from, kept with
    every record. ``budget``: the most requests a host gets in this run. ``recheck``: how long ago a report must have
    been asked for to be asked for again (conditionally) though its entry is the same. ``stop`` is asked between requests.

    Raises:
        UsageError: no contact for real hosts, or a host map that leaves the loopback.
    """
    stop = stop or (lambda: False)
    if fetcher is None:
        if rate is None:
            rate = 0.0 if host_map is not None else 1.0
        backoff = 2.0 if rate or host_map is None else 0.05
        fetcher = Fetcher(rate=rate, contact=contact, host_map=host_map, backoff=backoff, stop=stop)
    by_host: dict[str, list[Portal]] = {}
    for portal in portals:
        by_host.setdefault(portal.host, []).append(portal)
    oldest = (datetime.now(UTC) - recheck).isoformat()
    jobs = [
        HostJob(host, tuple(rows), archive, fetcher, years, vantage, budget, oldest, stop)
        for host, rows in sorted(by_host.items())
    ]
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(jobs))), thread_name_prefix="host") as pool:
        list(pool.map(HostJob.run, jobs))
    return CrawlSummary(
        hosts=tuple(job.summary() for job in jobs),
        failures=tuple(failure for job in jobs for failure in job.failures),
        stopped=stop(),
        alarms=tuple(alarm for job in jobs for alarm in job.alarms),
    )
