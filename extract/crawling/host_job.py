"""The crawl of one host: its portals one after the other, each list read, each announced report fetched once.

What is archived already is not asked for again unless the list shows a new title or date for it, or half a year has gone
by; list pages are asked for on every run. A host that does not answer leaves records that say so.
What failed in passing is tried again at the end; a host that leaves several addresses in a row unanswered is down for
this run. Every attempt is in the archive before anything is made of it.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from extract.archiving.archive import READABLE, Archive
from extract.crawling.attachments import attachments
from extract.crawling.summary import Alarm, Failure, HostSummary, alarms_of
from extract.fetching.exchange import Exchange, utc_now
from extract.fetching.fetch import Fetcher
from extract.portal import Portal, ReportLink
from extract.portals.find_reports import find_reports
from extract.portals.lists.link_titles import year_of_title
from extract.portals.lists.list_page import Page, head_tag, published_on
from extract.record import Record

ROUNDS = 4  # how often what failed is tried again: reports at the end of a host's work, lists at once
PASSING = frozenset({"error", "truncated"})  # what another attempt may well mend
FITFUL = frozenset({"gated", "soft_404", "geo_blocked"})  # on a host that answers otherwise, this comes and goes too
DOWN_AFTER = 3  # addresses in a row that a host did not answer at all: it is down for this run
RECHECK = timedelta(days=180)  # reports are corrected in silence: what is archived is asked for again after this time
log = logging.getLogger("gongkai.crawl")


def crawl_host(
    portals: Sequence[Portal],
    archive: Archive,
    fetcher: Fetcher,
    *,
    years: Container[int] | None = None,
    vantage: str | None = None,
    budget: int | None = None,
    recheck: timedelta = RECHECK,
) -> HostSummary:
    """Fetch what the portals of one host announce into the archive, which must be open for writing.

    ``years``: report years (by title) to fetch; titles without a year are fetched always. ``vantage``: where the crawl runs
    from, kept with every record. ``budget``: the most requests the host gets in this run. ``recheck``: how long ago a report
    must have been asked for to be asked for again (conditionally) though its entry is the same.
    """
    oldest = (datetime.now(UTC) - recheck).isoformat()
    job = HostJob(portals[0].host, tuple(portals), archive, fetcher, years, vantage, budget, oldest)
    job.run()
    return job.summary()


@dataclass
class HostJob:
    """One host's portals, and what was done so far. ``oldest``: what was last asked for before it is asked for again."""

    host: str
    portals: tuple[Portal, ...]
    archive: Archive
    fetcher: Fetcher
    years: Container[int] | None
    vantage: str | None
    budget: int | None
    oldest: str
    failures: list[Failure] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    reports: Counter = field(default_factory=Counter)
    before: Counter = field(default_factory=Counter)
    requests: int = 0
    received: int = 0
    errors: int = 0
    good: int = 0
    fetched: int = 0
    already: int = 0
    unanswered: Counter[str] = field(default_factory=Counter)
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    lists: dict[Any, Page] = field(default_factory=dict)
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
            dict(sorted(self.before.items())),
            tuple(self.failures),
            tuple(self.alarms),
            self.fetcher.stop(),
        )

    def _portal(self, portal: Portal) -> None:
        notes: list[str] = []
        site = _Site(portal)
        before = self.archive.archived_years(portal.portal_id)
        self.before.update(before)
        announced: Counter[int | None] = Counter()

        def fetch(url: str, form: Mapping[str, str] | None = None) -> Page:
            return self._list(portal, site, url, notes, form)

        for link in find_reports(portal, fetch):
            if self.fetcher.stop():
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
        self.alarms += alarms_of(portal, before, announced)

    def _list(
        self, portal: Portal, site: _Site, url: str, notes: list[str], form: Mapping[str, str] | None = None
    ) -> Page:
        """Fetch and archive a list page (again on every run, once a run) and return it to its family."""
        key = (url, tuple(form.items()) if form is not None else None)
        if key not in self.lists:
            validators = self.archive.validators(url) if form is None else {}
            for _ in range(ROUNDS):
                record, exchange = self._fetch(portal, site, url, "list", None, validators, form)
                if record.outcome not in FITFUL and not self._worth_another(record):
                    break
            data = self._data(record, exchange)
            self.lists[key] = Page(exchange.url, record.outcome, data, exchange.status, notes)
            # Families probe (is page 2 index_1 or index_2?); beyond the first page they say themselves what is missing.
            if record.outcome not in ("ok", "empty_list") and url == portal.list_url.partition("#")[0]:
                self._fail(portal, url, record.outcome, record.reason or "")
        page = self.lists[key]
        if page.outcome == "ok":
            site.see(page.url, page.data, notes)
        return page

    def _get(self, wanted: _Wanted, *, last: bool = False) -> None:
        """Fetch a report or an attachment unless it is archived as announced; then the attachments of a page."""
        portal, link = wanted.portal, wanted.link
        if link.url in self.visited or self.fetcher.stop():
            return
        known = self.archive.latest(link.url, kinds=READABLE)
        if known is not None and _as_announced(known, link) and not self._due_again(known):
            self.visited.add(link.url)
            self.already += 1
            self._attachments(wanted, known, self.archive.payload(known.document_id) if known.document_id else b"")
            return
        validators = self.archive.validators(link.url)
        record, exchange = self._fetch(portal, wanted.site, link.url, wanted.kind, link, validators)
        if record.outcome == "ok":
            self.visited.add(link.url)
            self.fetched += 1
            self._attachments(wanted, record, self._data(record, exchange))
        elif not last and (record.outcome in FITFUL or self._worth_another(record)):
            self.waiting.append((wanted, record))
        else:
            self._give_up(wanted, record)

    def _data(self, record: Record, exchange: Exchange) -> bytes:
        """Return what an answer brought: of one that says 'not modified', what is archived."""
        if exchange.status == 304 and record.document_id:
            return self.archive.payload(record.document_id)
        return exchange.data

    def _due_again(self, known: Record) -> bool:
        """Tell whether a report was last asked for so long ago that it may have been corrected since."""
        return known.kind != "import" and known.retrieved_at < self.oldest

    def _give_up(self, wanted: _Wanted, record: Record) -> None:
        self.visited.add(wanted.link.url)
        self._fail(wanted.portal, wanted.link.url, record.outcome, record.reason or "", wanted.link.year)

    def _worth_another(self, record: Record) -> bool:
        """Tell whether an address that failed is worth asking for once more in this run."""
        if self._is_down(record.url) or _is_not_asked(record.reason):
            return False
        # More than a quarter of the answers were good: the gate is not shut, it swings.
        return record.outcome in PASSING or (record.outcome in FITFUL and 3 * self.good > self.errors)

    def _attachments(self, wanted: _Wanted, record: Record, data: bytes) -> None:
        if wanted.kind != "report" or record.media_type != "text/html":
            return
        link, portal_id = wanted.link, wanted.portal.portal_id
        for url, title in attachments(record.url, data):
            year = year_of_title(title) or link.year
            published = link.published_on or record.link_published_on
            attachment = ReportLink(portal_id, url, title or link.title, published, year, record.url)
            self._get(replace(wanted, link=attachment, kind="attachment"))

    def _fetch(
        self,
        portal: Portal,
        site: _Site,
        url: str,
        kind: str,
        link: ReportLink | None,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> tuple[Record, Exchange]:
        """Fetch an address, archive every exchange, and return the last one with its record."""
        if self._is_down(url):
            exchanges = [_not_asked(url, f"the host left {DOWN_AFTER} addresses in a row unanswered in this run")]
        elif self.budget is not None and self.requests >= self.budget:
            exchanges = [_not_asked(url, f"the host's budget of {self.budget} requests is spent")]
        else:
            exchanges = self.fetcher.fetch(url, kind=kind, headers=headers, form=form)
            self.requests += sum(not _is_not_asked(one.reason) for one in exchanges)
            self._note_silence(exchanges)
        for exchange in exchanges:
            self.received += len(exchange.body)
            if exchange.kind is None:
                self.errors += exchange.outcome not in ("ok", "moved", "empty_list")
                self.good += exchange.outcome == "ok"
            if kind == "report" and exchange.outcome == "ok" and exchange.media_type == "text/html":
                site.see(exchange.url, exchange.data, None)
                if link is not None and link.published_on is None:
                    link = replace(link, published_on=published_on(exchange.data))
            record = self.archive.add(
                exchange,
                kind=exchange.kind or kind,
                portal=portal,
                link=None if exchange.kind else link,
                jurisdiction_code="" if exchange.kind else site.code,
                vantage=self.vantage,
            )
        return record, exchanges[-1]

    def _note_silence(self, exchanges: list[Exchange]) -> None:
        """Count the addresses in a row that each host left unanswered: what was not asked is no failure of any host."""
        hosts: dict[str, bool] = {}
        for exchange in exchanges:
            if exchange.kind is None and not _is_not_asked(exchange.reason):
                host = _host_of(exchange.url)
                hosts[host] = hosts.get(host, False) or not exchange.silent
        for host, answered in hosts.items():
            self.unanswered[host] = 0 if answered else self.unanswered[host] + 1

    def _is_down(self, url: str) -> bool:
        return self.unanswered[_host_of(url)] >= DOWN_AFTER

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

    def see(self, url: str, data: bytes, notes: list[str] | None) -> None:
        """Take the SiteIDCode of the first list page that has one; a report's page (no ``notes``) can only confirm it."""
        if self.seen or not (site_id := head_tag(data, "SiteIDCode")):
            return
        expected = self.portal.site_id_code or self.portal.jurisdiction_code
        if expected and site_id.startswith(expected):
            self.seen, self.code = True, self.portal.jurisdiction_code
        elif expected and notes is not None:
            self.seen = True
            notes.append(f"{url}: the site calls itself {site_id}, the registry expects {expected}")


@dataclass(frozen=True)
class _Wanted:
    portal: Portal
    site: _Site
    link: ReportLink
    kind: str


def _as_announced(known: Record, link: ReportLink) -> bool:
    """Tell whether what is archived is what the list announces now."""
    if known.kind == "import":
        return True
    if link.published_on and known.link_published_on and link.published_on != known.link_published_on:
        return False
    return known.link_title is None or known.link_title == link.title


def _host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _is_not_asked(reason: str | None) -> bool:
    return (reason or "").startswith("not asked")


def _not_asked(url: str, why: str) -> Exchange:
    return Exchange(url, utc_now(), "error", f"not asked: {why}")
