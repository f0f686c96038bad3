"""A crawl of several hosts without Prefect, as tests want it: each host in a thread, one result for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from extract.archiving.archive import Archive
from extract.crawling.host_job import crawl_host
from extract.crawling.summary import Alarm, Failure, HostSummary
from extract.fetching.addresses import HostMap
from extract.fetching.fetch import Fetcher
from extract.portal import Portal


@dataclass(frozen=True)
class Crawled:
    """The hosts of a crawl in alphabetical order, and what all of them had to say."""

    hosts: tuple[HostSummary, ...]

    @property
    def failures(self) -> tuple[Failure, ...]:
        return tuple(failure for host in self.hosts for failure in host.failures)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        return tuple(alarm for host in self.hosts for alarm in host.alarms)

    @property
    def stopped(self) -> bool:
        return any(host.stopped for host in self.hosts)

    @property
    def ok(self) -> bool:
        return not self.failures and not self.stopped


def crawl(
    portals: Iterable[Portal],
    archive: Archive,
    *,
    host_map: HostMap | None = None,
    rate: float | None = None,
    contact: str | None = None,
    stop: Callable[[], bool] | None = None,
    fetcher: Fetcher | None = None,
    workers: int = 200,
    **options: Any,
) -> Crawled:
    """Crawl portals with a fetcher, or with one of this host map; ``options`` are those of ``crawl_host``."""
    if fetcher is None:
        rate = rate if rate is not None else 0.0 if host_map is not None else 1.0
        fetcher = Fetcher(rate=rate, contact=contact, host_map=host_map, backoff=2.0 if rate else 0.05, stop=stop)
    by_host: dict[str, list[Portal]] = defaultdict(list)
    for portal in portals:
        by_host[portal.host].append(portal)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        hosts = pool.map(lambda host: crawl_host(by_host[host], archive, fetcher, **options), sorted(by_host))
        return Crawled(tuple(hosts))
