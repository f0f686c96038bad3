"""How an operator wants real portals asked: who answers for it, from where, how fast, how often, by which way."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from extract.crawling.host_job import RECHECK
from extract.errors import UsageError
from extract.fetching.addresses import HostMap
from extract.fetching.fetch import Fetcher
from flows.home.home import SAMPLE_VANTAGE

#: Requests a host gets in one run: five hours and a half at one a second; the largest city columns need some 6,000.
BUDGET = 20_000
#: The proxy is read here and never handed on: its address may hold a password, and Prefect keeps what flows are given.
PROXY = "GONGKAI_PROXY"


@dataclass(frozen=True)
class CrawlSettings:
    """``contact`` is sent to every real host. ``vantage`` names the place and network the crawl runs from and is kept
    with every attempt. ``rate`` is requests a second and host, ``budget`` requests a host and run. ``ip``: 4 or 6 for
    that family of addresses only. ``recheck``: ask for every archived report again, if it has changed."""

    contact: str | None = None
    vantage: str | None = None
    rate: float = 1.0
    budget: int = BUDGET
    ip: int | None = None
    recheck: bool = False

    @property
    def recheck_after(self) -> timedelta:
        return timedelta(0) if self.recheck else RECHECK

    def fetcher(self, host_map: HostMap | None = None, stop: Callable[[], bool] | None = None) -> Fetcher:
        """Return the Fetcher for real hosts, or for the sample portal's without limit of rate.

        Raises:
            UsageError: no contact for real hosts, a rate or address family that cannot be, a vantage that is taken.
        """
        if host_map is not None:
            return Fetcher(rate=0.0, backoff=0.05, host_map=host_map, stop=stop)
        if not self.contact:
            raise UsageError("real servers are only asked with a contact of yours: --contact, or GONGKAI_CONTACT")
        if self.vantage == SAMPLE_VANTAGE:
            raise UsageError(f"the vantage {SAMPLE_VANTAGE!r} marks the sample portal; name another with --vantage")
        if self.budget < 1:
            raise UsageError("the budget must leave a host at least one request")
        proxy = os.environ.get(PROXY) or None
        return Fetcher(rate=self.rate, contact=self.contact, stop=stop, ip=self.ip, proxy=proxy)
