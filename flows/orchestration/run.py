"""A run over a home: what there is to do, the stages of the line under Prefect, what came of it and what is told of it.

What there is to do is worked out without Prefect (``flows/todo/waiting.py``). Only if there is something is a server
started (``flows/orchestration/own_server.py``) and are the flows run (``flows/orchestration/prefect_flows.py``).
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from extract.archiving.archive import Archive
from extract.errors import ReleaseError, UsageError
from extract.portal import Portal
from extract.portals.registry import load_portals
from flows.home import alarms, storing
from flows.home.home import Home, find_home
from flows.home.settings import CrawlSettings
from flows.releasing import release_archive
from flows.terminal.crawl_report import alarm_lines, host_table
from flows.terminal.output import say
from flows.todo.waiting import is_of_sample, portals_to_crawl, waiting

if TYPE_CHECKING:
    from extract.crawling.crawl import CrawlSummary
    from flows.todo.batches import BatchSummary

DONE, SOME_FAILED = 0, 1
HostMap = dict[str, tuple[str, int]]
#: Serves the sample portal for the length of a ``with`` block and gives its host map.
ServeSample = Callable[[], AbstractContextManager[HostMap]]


@dataclass
class Outcome:
    """What a run came to: a line for every host, page or document that failed, and what was crawled of each host.

    A portal that has fallen silent is a failure, one that lists fewer years than before is told and fails nothing.
    """

    failures: list[str] = field(default_factory=list)
    summaries: list[CrawlSummary] = field(default_factory=list)
    released: Path | None = None
    store_trouble: str = ""
    told: alarms.Told | None = None

    @property
    def exit_code(self) -> int:
        silent = any(alarm.kind == "silent" for summary in self.summaries for alarm in summary.alarms)
        return SOME_FAILED if self.failures or silent or self.store_trouble else DONE

    def crawled(self, summaries: Iterable[CrawlSummary]) -> None:
        for summary in summaries:
            self.summaries.append(summary)
            self.failures += [
                f"{failure.url or failure.host}: {failure.outcome}: {failure.reason}" for failure in summary.failures
            ]

    def read(self, summaries: Iterable[BatchSummary]) -> None:
        self.failures += [f"{url}: unreadable: {reason}" for summary in summaries for url, reason in summary.unreadable]


@dataclass(frozen=True)
class Run:
    """One run over a home: what it may crawl, and each stage of the line as a step with its result in an Outcome."""

    home: Home
    portals_file: Path
    portals: tuple[Portal, ...]
    years: range | None
    settings: CrawlSettings
    sample: bool = False

    @classmethod
    def prepare(
        cls,
        portals_file: Path | None,
        years: range | None,
        jurisdictions: Sequence[str],
        home: Path | None,
        settings: CrawlSettings,
    ) -> Run:
        sample = portals_file is None
        place = find_home(home, sample=sample)
        file = release_archive.SAMPLE_PORTALS if portals_file is None else portals_file.resolve()
        if not sample:
            settings.fetcher()  # refuses what cannot be before a server is started for it
        portals = [p for p in load_portals(file) if not jurisdictions or p.jurisdiction_code in jurisdictions]
        if not portals:
            raise UsageError(f"{file}: no portal of {', '.join(jurisdictions) or 'any jurisdiction'}")
        storing.pull_told(place)
        if place.archive.is_dir():
            with Archive(place.archive) as archive:
                of_sample = is_of_sample(archive)
            if of_sample is not None and of_sample != sample:
                kind = "real portals" if sample else "the sample portal"
                raise UsageError(f"{place.folder}: holds an archive of {kind}; give another folder with --home")
        return cls(place, file, tuple(portals), years, settings, sample)

    @classmethod
    def over(cls, home: Home) -> Run:
        """Return a run that reads and releases what an archive holds, and asks no portal."""
        return cls(home, release_archive.portals_file_of(home), (), None, CrawlSettings())

    def portals_due(self) -> list[Portal]:
        if self.settings.recheck:
            return list(self.portals)
        return portals_to_crawl(self.home, self.portals, self.years, sample=self.sample)

    def is_current(self, version: str | None, as_of: str | None = None) -> bool:
        """Tell whether every archived document is read and the release made of it is there."""
        if not self.home.archive.is_dir():
            return False
        with Archive(self.home.archive) as archive:
            return not waiting(self.home, archive).why and release_archive.is_released(
                self.home, archive, self.portals_file, version, as_of
            )

    def engine(self) -> AbstractContextManager[str]:
        from flows.orchestration.own_server import prefect_api

        if url := os.environ.get("PREFECT_API_URL"):
            say(f"using the Prefect server {url}")
        else:
            say(f"starting Prefect's server for this run in {self.home.prefect}")
        return prefect_api(self.home.prefect)

    def crawl(
        self, portals: Sequence[Portal], outcome: Outcome, serve: ServeSample | None, *, one_per_host: bool = False
    ) -> None:
        if not portals:
            return
        from flows.orchestration.prefect_flows import crawl_portals

        say(f"crawling {len(portals)} portals")
        if not self.sample and not self.settings.vantage:
            say("no --vantage: the records will not say from where the portals were asked")
        # What failed is listed once, at the end; a fault of ours still shows at once.
        logging.getLogger("gongkai.crawl").setLevel(logging.ERROR)
        with contextlib.ExitStack() as stack:
            host_map = stack.enter_context((serve or release_archive.serve_sample)()) if self.sample else None
            addresses = {host: list(place) for host, place in host_map.items()} if host_map is not None else None
            summaries = crawl_portals(
                str(self.home.folder),
                str(self.portals_file),
                [portal.portal_id for portal in portals],
                list(self.years) if self.years else None,
                addresses,
                asdict(self.settings),
                one_per_host,
            )
            outcome.crawled(summaries)
        self.keep(outcome)

    def read(self, outcome: Outcome) -> None:
        if not self.home.archive.is_dir():
            return
        from flows.orchestration.prefect_flows import read_documents

        if summaries := read_documents(str(self.home.folder)):
            outcome.read(summaries)
            self.keep(outcome)

    def release(self, version: str | None, outcome: Outcome, as_of: str | None = None) -> None:
        from flows.orchestration.prefect_flows import make_release

        say("making the release")
        outcome.released = Path(make_release(str(self.home.folder), str(self.portals_file), version, as_of))
        self.keep(outcome)

    def keep(self, outcome: Outcome) -> None:
        """Copy what is new to the store that GONGKAI_STORE names, if it names one; where that fails the run goes on."""
        outcome.store_trouble = storing.push_told(self.home)


@contextmanager
def told(home: Home, outcome: Outcome, name: str) -> Iterator[None]:
    """Tell at the end of a run, also of one that made no release, what is newly wrong and what no longer is."""
    try:
        yield
    except ReleaseError as error:
        _tell(home, outcome, name, error)
        report(outcome)
        raise
    _tell(home, outcome, name, None)


def _tell(home: Home, outcome: Outcome, name: str, error: ReleaseError | None) -> None:
    troubles, looked_at = alarms.crawl_troubles(outcome.summaries)
    if error is not None:
        troubles.append(alarms.release_trouble(error))
    elif outcome.released:
        looked_at.add(alarms.RELEASE)
    looked_at.add(storing.STORE)
    if outcome.store_trouble:
        troubles.append(alarms.Trouble(f"{storing.STORE} not written", outcome.store_trouble, storing.STORE))
    outcome.told = alarms.tell(
        home, troubles, looked_at, run=name, release=outcome.released.name if outcome.released else None
    )


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: threads are told to stop, the server is stopped last."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report(outcome: Outcome) -> None:
    if table := host_table(outcome.summaries):
        print(f"{table}\n")
    for line in alarm_lines(outcome.summaries):
        say(line)
    for line in sorted(set(outcome.failures)):
        say(line)
    if outcome.store_trouble:
        say(f"the store has not everything of this home: {outcome.store_trouble}")
    if outcome.failures:
        say(f"{len(set(outcome.failures))} failed, named above; what did not answer is tried again by the next run")
