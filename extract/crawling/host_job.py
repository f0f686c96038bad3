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
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from extract.archiving.archive import READABLE, Archive
from extract.crawling.answers import DOWN_AFTER, Answers, was_not_asked
from extract.crawling.pages_apart import apart, why
from extract.crawling.report_page import MOST_ATTACHMENTS, NOT_YET, REASON, ReportPage, shows_report
from extract.crawling.site import Site
from extract.crawling.summary import Alarm, Failure, HostSummary, alarms_of, not_yet_alarm
from extract.fetching.exchange import Exchange, utc_now
from extract.fetching.fetch import Fetcher
from extract.portal import Portal, ReportLink
from extract.portals.find_reports import find_reports
from extract.portals.lists.link_titles import year_of_title
from extract.portals.lists.list_facts import LIST_BYTES
from extract.portals.lists.list_page import Page, head_tag, page_tag, published_on
from extract.record import Record
from extract.workers import TaskFailure

ROUNDS = 4  # how often what failed is tried again: reports at the end of a host's work, lists at once
PASSING = frozenset({"error", "truncated"})  # what another attempt may well mend
# On a host that answers otherwise, this comes and goes too.
FITFUL = frozenset({"gated", "soft_404", "geo_blocked", NOT_YET})
RECHECK = timedelta(days=180)  # reports are corrected in silence: what is archived is asked for again after this time
MOST_REPORTS = 10_000  # more than all bodies of a city publish in twenty years
HTML = "text/html"
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
    answers: Answers = field(default_factory=Answers)
    received: int = 0
    fetched: int = 0
    already: int = 0
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    read: tuple[str, bytes, ReportPage | None] = ("", b"", None)
    lists: dict[Any, Page] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)
    failed_before: list[_Wanted] = field(default_factory=list)
    waiting: list[tuple[_Wanted, Record]] = field(default_factory=list)
    not_yet: dict[str, list[ReportLink]] = field(default_factory=dict)

    def run(self) -> None:
        self.started = time.monotonic()
        for portal in self.portals:
            self._carefully(portal, portal.list_url, partial(self._portal, portal))
        for wanted in self.failed_before:
            self._carefully(wanted.portal, wanted.link.url, partial(self._get, wanted, again=True))
        for round_ in range(1, ROUNDS + 1):
            again, self.waiting = self.waiting, []
            for wanted, record in again:
                if self._worth_another(record):
                    get = partial(self._get, wanted, again=True, last=round_ == ROUNDS)
                    self._carefully(wanted.portal, wanted.link.url, get)
                else:
                    self._give_up(wanted, record)
        self.alarms += [not_yet_alarm(portal_id, links) for portal_id, links in sorted(self.not_yet.items())]
        self.seconds = time.monotonic() - self.started

    def _carefully(self, portal: Portal, url: str, work: Callable[[], None]) -> None:
        """Do a part of the work: one odd page must not end what is done for the others."""
        try:
            work()
        except Exception as error:
            log.exception("%s: the crawl of this portal broke off", portal.portal_id)
            self._fail(portal, url, "error", f"the crawl broke off: {type(error).__name__}: {str(error)[:300]}")

    def summary(self) -> HostSummary:
        return HostSummary(
            self.host,
            self.answers.totals["requests"],
            self.received,
            self.answers.totals["errors"],
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
        site = Site(portal)
        before = self.archive.archived_years(portal.portal_id)
        self.before.update(before)
        announced: Counter[int | None] = Counter()

        def fetch(url: str, form: Mapping[str, str] | None = None) -> Page:
            return self._list(portal, site, url, notes, form)

        for link in find_reports(portal, fetch):
            if self.fetcher.stop():
                return
            if announced.total() == MOST_REPORTS:
                notes.append(
                    f"{portal.list_url}: more than {MOST_REPORTS} reports are listed; the others were left out"
                )
                break
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
        self, portal: Portal, site: Site, url: str, notes: list[str], form: Mapping[str, str] | None = None
    ) -> Page:
        """Fetch and archive a list page (again on every run, once a run) and return it to its family."""
        key = (url, tuple(form.items()) if form is not None else None)
        if key not in self.lists:
            validators = self.archive.validators(url) if form is None else {}
            for _ in range(ROUNDS):
                record, exchange = self._fetch(portal, site, url, "list", None, validators, form)
                if was_not_asked(record.reason):
                    break
                if record.outcome not in FITFUL and not self._worth_another(record):
                    break
            page = Page(exchange.url, record.outcome, status=exchange.status, notes=notes)
            self.lists[key] = self._read_list(portal, site, page, self._data(record, exchange))
            # Families probe (is page 2 index_1 or index_2?); beyond the first page they say themselves what is missing.
            if record.outcome not in ("ok", "empty_list") and url == portal.list_url.partition("#")[0]:
                self._fail(portal, url, record.outcome, record.reason or "")
        page = self.lists[key]
        if page.outcome == "ok":
            site.see(page.url, page_tag(page, "SiteIDCode"), notes)
        return page

    def _read_list(self, portal: Portal, site: Site, page: Page, data: bytes) -> Page:
        """Return a list page with what stands on it; one that cannot be taken apart is an error, and the list goes on."""
        if page.outcome not in ("ok", "empty_list"):
            return page
        facts = apart("extract.portals.lists.list_facts:list_facts", (page.url, data[:LIST_BYTES], len(data)))
        if isinstance(facts, TaskFailure):
            self._fail(portal, page.url, "error", why(facts))
            return replace(page, outcome="error")
        if facts.cut:
            self._fail(portal, page.url, "incomplete_list", facts.cut)
        site.learn_list(facts)
        return replace(page, facts=facts)

    def _get(self, wanted: _Wanted, *, again: bool = False, last: bool = False) -> None:
        """Fetch a report or an attachment unless it is archived as announced; then the attachments of a page.

        What failed in an earlier run waits (unless it is asked for ``again``) until everything else was tried once.
        """
        portal, link = wanted.portal, wanted.link
        if link.url in self.visited or self.fetcher.stop():
            return
        known = self.archive.latest(link.url, kinds=READABLE)
        if known is not None and _as_announced(known, link) and not self._due_again(known):
            self.visited.add(link.url)
            self.already += 1
            if wanted.kind == "report" and known.media_type == HTML and known.document_id:
                page = self._read_report(portal, known.url, self.archive.payload(known.document_id))
                self._attachments(wanted, known, page)
            return
        if known is None and not again and self.archive.tried(link.url):
            self.failed_before.append(wanted)
            return
        validators = self.archive.validators(link.url)
        record, exchange = self._fetch(portal, wanted.site, link.url, wanted.kind, link, validators)
        if record.outcome == "ok":
            self.visited.add(link.url)
            self.fetched += 1
            if wanted.kind == "report" and record.media_type == HTML:
                page = self._read_report(portal, record.url, self._data(record, exchange))
                self._attachments(wanted, record, page)
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
        if record.outcome == NOT_YET:
            self.not_yet.setdefault(wanted.portal.portal_id, []).append(wanted.link)
        self._fail(wanted.portal, wanted.link.url, record.outcome, record.reason or "", wanted.link.year)

    def _worth_another(self, record: Record) -> bool:
        """Tell whether an address that failed is worth asking for once more in this run."""
        if self.answers.is_down(record.url) or was_not_asked(record.reason):
            return False
        return record.outcome in PASSING or (record.outcome in FITFUL and self.answers.swings(record.url))

    def _read_report(self, portal: Portal, url: str, data: bytes) -> ReportPage | None:
        """Return what stands on a report's page; None for one that cannot be taken apart, or holds nothing."""
        if (url, data) != self.read[:2]:
            page = apart("extract.crawling.report_page:report_page", (url, data))
            if isinstance(page, TaskFailure):
                self._fail(portal, url, "error", f"its attachments are not known: {why(page)}")
                page = None
            self.read = (url, data, page)
        return self.read[2]

    def _attachments(self, wanted: _Wanted, record: Record, page: ReportPage | None) -> None:
        if page is None:
            return
        link, portal_id = wanted.link, wanted.portal.portal_id
        if len(page.attachments) == MOST_ATTACHMENTS:
            self._fail(
                wanted.portal, record.url, "incomplete_list", f"more than {MOST_ATTACHMENTS} files hang on the page"
            )
        for url, title in page.attachments:
            year = year_of_title(title) or link.year
            published = link.published_on or record.link_published_on
            attachment = ReportLink(portal_id, url, title or link.title, published, year, record.url)
            self._get(replace(wanted, link=attachment, kind="attachment"))

    def _fetch(
        self,
        portal: Portal,
        site: Site,
        url: str,
        kind: str,
        link: ReportLink | None,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> tuple[Record, Exchange]:
        """Fetch an address, archive every exchange, and return the last one with its record."""
        if self.answers.is_down(url):
            exchanges = [_not_asked(url, f"the host left {DOWN_AFTER} addresses in a row unanswered in this run")]
        elif self.budget is not None and self.answers.requests(url) >= self.budget:
            exchanges = [_not_asked(url, f"the host's budget of {self.budget} requests is spent")]
        else:
            exchanges = self.fetcher.fetch(url, kind=kind, headers=headers, form=form)
            self.answers.count(exchanges)
        if kind in ("report", "attachment"):
            exchanges[-1] = self._promised(portal, site, url, exchanges[-1])
        for exchange in exchanges:
            self.received += len(exchange.body)
            self.answers.judge(exchange)
            if kind == "report" and exchange.outcome == "ok" and exchange.media_type == HTML:
                site.see(exchange.url, head_tag(exchange.data, "SiteIDCode"), None)
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

    def _promised(self, portal: Portal, site: Site, url: str, exchange: Exchange) -> Exchange:
        """Return the answer for a promised report or file, as no report yet where its page shows none."""
        if exchange.outcome != "ok" or exchange.status == 304 or exchange.media_type != HTML:
            return exchange
        page = self._read_report(portal, exchange.url, exchange.data)
        if page is None:
            return exchange
        # A page that is the list too shares everything with it.
        template = (
            frozenset[int]() if (exchange.url, None) in self.lists or (url, None) in self.lists else site.template
        )
        if not shows_report(page, template):
            return replace(exchange, outcome=NOT_YET, reason=REASON)
        site.learn_report(page)
        return exchange

    def _fail(self, portal: Portal, url: str, outcome: str, reason: str, year: int | None = None) -> None:
        log.warning("%s: %s: %s (%s)", portal.portal_id, url, outcome, reason)
        self.failures.append(Failure(self.host, portal.portal_id, portal.jurisdiction_code, url, outcome, reason, year))


@dataclass(frozen=True)
class _Wanted:
    portal: Portal
    site: Site
    link: ReportLink
    kind: str


def _as_announced(known: Record, link: ReportLink) -> bool:
    """Tell whether what is archived is what the list announces now."""
    if known.kind == "import":
        return True
    if link.published_on and known.link_published_on and link.published_on != known.link_published_on:
        return False
    return known.link_title is None or known.link_title == link.title


def _not_asked(url: str, why: str) -> Exchange:
    return Exchange(url, utc_now(), "error", f"not asked: {why}")
