"""Portals -> the archive: every list page read, every announced report and its attachments fetched once.

Threads only fetch, one host a thread. What is archived already is not asked for again unless the list shows a new
title or date for it; list pages are asked for on every run. A host that does not answer leaves records that say so,
and the run goes on.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from extract.addresses import HostMap
from extract.archive import Archive
from extract.attachments import attachments
from extract.exchange import Exchange, utc_now
from extract.fetch import Fetcher
from extract.portal import Portal, ReportLink
from extract.portals import Page, find_reports
from extract.portals.base import page_tag
from extract.portals.titles import year_of_title
from extract.record import Record

WORKERS = 200  # threads sleep nearly all the time at one request a second and host
ROUNDS = 4  # how often what failed is tried again: reports at the end of a host's work, lists at once
PASSING = frozenset({"error", "truncated"})  # what another attempt may well mend
FITFUL = frozenset({"gated", "soft_404", "geo_blocked"})  # on a host that answers otherwise, this comes and goes too
DOWN_AFTER = 3  # addresses in a row that a host did not answer at all: it is down for this run
log = logging.getLogger("gongkai.crawl")


@dataclass(frozen=True)
class Failure:
    """An address that could not be had, or a list that could not be read whole, and why."""

    host: str
    portal_id: str
    jurisdiction_code: str
    url: str
    outcome: str
    reason: str
    year: int | None = None


@dataclass(frozen=True)
class HostSummary:
    """What one host's work came to. ``reports`` counts the announced reports by title year (None: no year in it)."""

    host: str
    requests: int
    bytes: int
    errors: int
    fetched: int
    already_archived: int
    reports: Mapping[int | None, int]
    seconds: float


@dataclass(frozen=True)
class Alarm:
    """A portal that shows less than it did: ``silent`` (no list any more) or ``lost_years`` (reports not listed).

    What is archived stays; someone should look at the portal: a redesign, a move, or a withdrawal.
    """

    portal_id: str
    kind: str
    years: tuple[int, ...]
    message: str


@dataclass(frozen=True)
class CrawlSummary:
    """A crawl's result: hosts in alphabetical order, failures in the order of hosts; ``stopped`` if asked to stop."""

    hosts: tuple[HostSummary, ...]
    failures: tuple[Failure, ...]
    stopped: bool = False
    alarms: tuple[Alarm, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.failures and not self.stopped


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
    workers: int = WORKERS,
    stop: Callable[[], bool] | None = None,
    fetcher: Fetcher | None = None,
) -> CrawlSummary:
    """Fetch what the portals announce into the archive, which must be open for writing.

    ``years``: report years (by title) to fetch; titles without a year are fetched always. ``host_map``: the sample
    mode (see Fetcher), whose rate is without limit unless ``rate`` (requests a second and host) is given; otherwise
    it is 1. ``contact``: the operator, required for real hosts. ``vantage``: where the crawl runs from, kept with
    every record. ``budget``: the most requests a host gets in this run. ``stop`` is asked between requests.

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
    jobs = [
        _HostJob(host, tuple(rows), archive, fetcher, years, vantage, budget, stop)
        for host, rows in sorted(by_host.items())
    ]
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(jobs))), thread_name_prefix="host") as pool:
        list(pool.map(_HostJob.run, jobs))
    return CrawlSummary(
        hosts=tuple(job.summary() for job in jobs),
        failures=tuple(failure for job in jobs for failure in job.failures),
        stopped=stop(),
        alarms=tuple(alarm for job in jobs for alarm in job.alarms),
    )


@dataclass
class _HostJob:
    """The work on one host: its portals one after the other, then what failed once more."""

    host: str
    portals: tuple[Portal, ...]
    archive: Archive
    fetcher: Fetcher
    years: Container[int] | None
    vantage: str | None
    budget: int | None
    stop: Callable[[], bool]
    failures: list[Failure] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    reports: Counter = field(default_factory=Counter)
    requests: int = 0
    received: int = 0
    errors: int = 0
    good: int = 0
    fetched: int = 0
    already: int = 0
    unanswered: int = 0
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    lists: dict[str, Page] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)
    waiting: list[tuple[_Wanted, Record]] = field(default_factory=list)

    def run(self) -> None:
        self.started = time.monotonic()
        for portal in self.portals:
            try:
                self._portal(portal)
            except Exception as error:  # one portal's odd page must not end the run of the others
                log.exception("%s: the crawl of this portal broke off", portal.portal_id)
                self._fail(portal, portal.list_url, "error", f"the crawl broke off: {type(error).__name__}: {error}")
        for round_ in range(1, ROUNDS + 1):
            again, self.waiting = self.waiting, []
            for wanted, record in again:
                if self._worth_another(record):
                    self._get(wanted, last=round_ == ROUNDS)
                else:
                    self._give_up(wanted, record)
        self.seconds = time.monotonic() - self.started

    def summary(self) -> HostSummary:
        return HostSummary(
            self.host,
            self.requests,
            self.received,
            self.errors,
            self.fetched,
            self.already,
            dict(sorted(self.reports.items(), key=lambda item: (item[0] is None, item[0]))),
            self.seconds,
        )

    def _portal(self, portal: Portal) -> None:
        notes: list[str] = []
        site = _Site(portal)
        before = self.archive.archived_years(portal.portal_id)
        announced: Counter[int | None] = Counter()
        for link in find_reports(portal, lambda url: self._list(portal, site, url, notes)):
            if self.stop():
                return
            announced[link.year] += 1
            self.reports[link.year] += 1
            if self.years is None or link.year is None or link.year in self.years:
                self._get(_Wanted(portal, site, link, "report"))
        failed = {failure.url for failure in self.failures}
        for note in dict.fromkeys(notes):
            url, _, what = note.partition(": ")
            if url not in failed:
                self._fail(portal, url, "incomplete_list", what)
        self.alarms += _alarms(portal, before, announced)

    def _list(self, portal: Portal, site: _Site, url: str, notes: list[str]) -> Page:
        """Fetch and archive a list page (again on every run, once a run) and return it to its family."""
        if url not in self.lists:
            for _ in range(ROUNDS):
                record, exchange = self._fetch(portal, site, url, "list", None, self.archive.validators(url))
                if record.outcome not in FITFUL and not self._worth_another(record):
                    break
            data = exchange.data
            if exchange.status == 304 and record.document_id:
                data = self.archive.payload(record.document_id)
            self.lists[url] = Page(exchange.url, record.outcome, data, exchange.status, notes)
            # Families probe (is page 2 index_1 or index_2?); beyond the first page they say themselves what is missing.
            if record.outcome not in ("ok", "empty_list") and url == portal.list_url.partition("#")[0]:
                self._fail(portal, url, record.outcome, record.reason or "")
        page = self.lists[url]
        if page.outcome == "ok":
            site.see(page, notes)
        return page

    def _get(self, wanted: _Wanted, *, last: bool = False) -> None:
        """Fetch a report or an attachment unless it is archived as announced; then the attachments of a page."""
        portal, link = wanted.portal, wanted.link
        if link.url in self.visited or self.stop():
            return
        known = self.archive.latest(link.url, kinds=("report", "attachment", "import"))
        if known is not None and _as_announced(known, link):
            self.visited.add(link.url)
            self.already += 1
            self._attachments(wanted, known, self.archive.payload(known.document_id) if known.document_id else b"")
            return
        validators = self.archive.validators(link.url)
        record, exchange = self._fetch(portal, wanted.site, link.url, wanted.kind, link, validators)
        if record.outcome == "ok":
            self.visited.add(link.url)
            self.fetched += 1
            self._attachments(wanted, record, exchange.data)
        elif not last and (record.outcome in FITFUL or self._worth_another(record)):
            self.waiting.append((wanted, record))
        else:
            self._give_up(wanted, record)

    def _give_up(self, wanted: _Wanted, record: Record) -> None:
        self.visited.add(wanted.link.url)
        self._fail(wanted.portal, wanted.link.url, record.outcome, record.reason or "", wanted.link.year)

    def _worth_another(self, record: Record) -> bool:
        """Tell whether an address that failed is worth asking for once more in this run."""
        if self.unanswered >= DOWN_AFTER or (record.reason or "").startswith("not asked"):
            return False
        # More than a quarter of the answers were good: the gate is not shut, it swings.
        return record.outcome in PASSING or (record.outcome in FITFUL and 3 * self.good > self.errors)

    def _attachments(self, wanted: _Wanted, record: Record, data: bytes) -> None:
        if wanted.kind != "report" or record.media_type != "text/html":
            return
        link = wanted.link
        for url, title in attachments(record.url, data):
            year = year_of_title(title) or link.year
            attachment = replace(link, url=url, title=title or link.title, year=year, parent_url=record.url)
            self._get(replace(wanted, link=attachment, kind="attachment"))

    def _fetch(
        self,
        portal: Portal,
        site: _Site,
        url: str,
        kind: str,
        link: ReportLink | None,
        headers: Mapping[str, str],
    ) -> tuple[Record, Exchange]:
        """Fetch an address, archive every exchange, and return the last one with its record."""
        if self.unanswered >= DOWN_AFTER:
            exchanges = [_not_asked(url, f"the host left {DOWN_AFTER} addresses in a row unanswered in this run")]
        elif self.budget is not None and self.requests >= self.budget:
            exchanges = [_not_asked(url, f"the host's budget of {self.budget} requests is spent")]
        else:
            exchanges = self.fetcher.fetch(url, kind=kind, headers=headers)
            self.requests += sum(not (one.reason or "").startswith("not asked") for one in exchanges)
            answered = any(one.status is not None for one in exchanges if one.kind is None)
            self.unanswered = 0 if answered else self.unanswered + 1
        for exchange in exchanges:
            self.received += len(exchange.body)
            if exchange.kind is None:
                self.errors += exchange.outcome not in ("ok", "moved", "empty_list")
                self.good += exchange.outcome == "ok"
            record = self.archive.add(
                exchange,
                kind=exchange.kind or kind,
                portal=portal,
                link=None if exchange.kind else link,
                jurisdiction_code="" if exchange.kind else site.code,
                vantage=self.vantage,
            )
        return record, exchanges[-1]

    def _fail(self, portal: Portal, url: str, outcome: str, reason: str, year: int | None = None) -> None:
        log.warning("%s: %s: %s (%s)", portal.portal_id, url, outcome, reason)
        self.failures.append(Failure(self.host, portal.portal_id, portal.jurisdiction_code, url, outcome, reason, year))


@dataclass
class _Site:
    """Whose site a portal is: a lead (grade D) is attributed only once its SiteIDCode has confirmed the code."""

    portal: Portal
    code: str = ""
    seen: bool = False

    def __post_init__(self) -> None:
        if self.portal.grade != "D":
            self.code = self.portal.jurisdiction_code

    def see(self, page: Page, notes: list[str]) -> None:
        """Take the SiteIDCode of the first list page that has one."""
        if self.seen or not (site_id := page_tag(page, "SiteIDCode")):
            return
        self.seen = True
        expected = self.portal.site_id_code or self.portal.jurisdiction_code
        if expected and site_id.startswith(expected):
            self.code = self.portal.jurisdiction_code
        elif expected:
            notes.append(f"{page.url}: the site calls itself {site_id}, the registry expects {expected}")


@dataclass(frozen=True)
class _Wanted:
    portal: Portal
    site: _Site
    link: ReportLink
    kind: str


def _alarms(portal: Portal, before: Mapping[int, int], announced: Mapping[int | None, int]) -> Iterator[Alarm]:
    """Compare what a portal announces with what it announced when its reports were archived."""
    if not before:
        return
    if not announced:
        count = sum(before.values())
        yield Alarm(portal.portal_id, "silent", tuple(before), f"{count} reports are archived, none is listed now")
        return
    fewer = [year for year, count in before.items() if announced.get(year, 0) < count]
    if fewer:
        told = ", ".join(f"{year} ({announced.get(year, 0)} of {before[year]})" for year in fewer)
        yield Alarm(portal.portal_id, "lost_years", tuple(fewer), f"fewer reports are listed than archived: {told}")


def _as_announced(known: Record, link: ReportLink) -> bool:
    """Tell whether what is archived is what the list announces now."""
    if known.kind == "import":
        return True
    if link.published_on and known.link_published_on and link.published_on != known.link_published_on:
        return False
    return known.link_title is None or known.link_title == link.title


def _not_asked(url: str, why: str) -> Exchange:
    return Exchange(url, utc_now(), "error", f"not asked: {why}")
