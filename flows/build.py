"""The commands that run the line: ``build``, ``crawl``, ``import``, ``release``; and ``archive verify``.

Each first works out, without Prefect, what there is to do (``flows/work.py``). Only if there is something does it start
a server (``flows/engine.py``) and run the flows (``flows/line.py``). Results are printed, failures listed.
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

from extract.archive import Archive
from extract.errors import ReleaseError, UsageError
from extract.portal import Portal
from extract.registry import load_portals
from flows import alarms, releasing, storing
from flows.crawl_report import alarm_lines, host_table
from flows.home import Home, find_home
from flows.say import say
from flows.settings import CrawlSettings
from flows.work import is_of_sample, portals_to_crawl, waiting

if TYPE_CHECKING:
    from extract.crawl import CrawlSummary
    from flows.batches import BatchSummary

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


def build(
    portals_file: Path | None = None,
    years: range | None = None,
    jurisdictions: Sequence[str] = (),
    home: Path | None = None,
    *,
    version: str | None = None,
    settings: CrawlSettings | None = None,
    serve: ServeSample | None = None,
) -> int:
    """Crawl, read, check and release; return the exit code.

    Raises:
        UsageError: no portal is left, or the home holds the other kind of archive (sample or real).
        ReleaseError: no release could be made.
    """
    run = Run.prepare(portals_file, years, jurisdictions, home, settings or CrawlSettings())
    outcome = Outcome()
    due = run.portals_due()
    if due or not run.is_current(version):
        with told(run.home, outcome, "build"), _interruptible(), run.engine():
            run.crawl(due, outcome, serve)
            run.read(outcome)
            run.release(version, outcome)
    else:
        run.keep(outcome)
    _report(outcome)
    releasing.show_latest(run.home)
    return outcome.exit_code


def crawl(
    portals_file: Path | None = None,
    years: range | None = None,
    jurisdictions: Sequence[str] = (),
    home: Path | None = None,
    *,
    settings: CrawlSettings | None = None,
    serve: ServeSample | None = None,
) -> int:
    """Fetch what the portals announce into the archive; return the exit code. List pages are asked for every time."""
    run = Run.prepare(portals_file, years, jurisdictions, home, settings or CrawlSettings())
    outcome = Outcome()
    with told(run.home, outcome, "crawl"), _interruptible(), run.engine():
        run.crawl(run.portals, outcome, serve)
    _report(outcome)
    with Archive(run.home.archive) as archive:
        print(f"{run.home.archive}: {archive.index.count()} attempts on record")
    return outcome.exit_code


def verify(home: Path | None = None) -> int:
    """Re-read every record of the archive with its digests and print what is damaged; return the exit code.

    Raises:
        ArchiveError: there is no archive.
    """
    from extract.verify import verify_archive

    place = find_home(home, sample=False)
    found = verify_archive(place.archive)
    for damage in found.damages:
        where = damage.file if damage.offset is None else f"{damage.file}, offset {damage.offset}"
        print(f"{where}: {damage.what}")
    counts = (
        f"{found.files} files, {found.warc_records} records, {found.attempts} attempts, {found.documents} documents"
    )
    print(f"{place.archive}: {counts}: " + ("all is as it says" if found.ok else f"{len(found.damages)} damaged"))
    return DONE if found.ok else SOME_FAILED


def import_documents(
    paths: Sequence[Path], *, url: str | None, jurisdiction: str | None, year: int | None, home: Path | None = None
) -> int:
    """Take files, saved pages or WARCs that a person collected into the archive; return the exit code."""
    from extract.imports import import_files

    place = find_home(home, sample=False)
    storing.pull_told(place)
    with Archive(place.archive, write=True) as archive:
        records = import_files(paths, archive, url=url, jurisdiction=jurisdiction, year=year)
    for record in records:
        print(f"{record.document_id}  {record.media_type}  {record.url}")
    outcome = Outcome(store_trouble=storing.push_told(place))
    _report(outcome)
    return outcome.exit_code


def release(home: Path | None = None, *, version: str | None = None, as_of: str | None = None) -> int:
    """Make a release of what the archive holds, without network; return the exit code.

    Raises:
        ReleaseError: there is no archive, it is empty, or the release does not pass its checks.
    """
    place = find_home(home, sample=False)
    storing.pull_told(place)
    if not place.archive.is_dir():
        raise ReleaseError(f"{place.archive}: there is no archive; run gongkai crawl or gongkai import first")
    releasing.require_attempts(place, as_of)
    run = Run.over(place)
    outcome = Outcome()
    if not run.is_current(version, as_of):
        with told(place, outcome, "release"), _interruptible(), run.engine():
            run.read(outcome)
            run.release(version, outcome, as_of)
    else:
        run.keep(outcome)
    _report(outcome)
    releasing.show_latest(place, as_of, version)
    return outcome.exit_code


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
        file = releasing.SAMPLE_PORTALS if portals_file is None else portals_file.resolve()
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
        return cls(home, releasing.portals_file_of(home), (), None, CrawlSettings())

    def portals_due(self) -> list[Portal]:
        if self.settings.recheck:
            return list(self.portals)
        return portals_to_crawl(self.home, self.portals, self.years, sample=self.sample)

    def is_current(self, version: str | None, as_of: str | None = None) -> bool:
        """Tell whether every archived document is read and the release made of it is there."""
        if not self.home.archive.is_dir():
            return False
        with Archive(self.home.archive) as archive:
            return not waiting(self.home, archive).why and releasing.is_released(
                self.home, archive, self.portals_file, version, as_of
            )

    def engine(self) -> AbstractContextManager[str]:
        from flows.engine import prefect_api

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
        from flows.line import crawl_portals

        say(f"crawling {len(portals)} portals")
        if not self.sample and not self.settings.vantage:
            say("no --vantage: the records will not say from where the portals were asked")
        # What failed is listed once, at the end; a fault of ours still shows at once.
        logging.getLogger("gongkai.crawl").setLevel(logging.ERROR)
        with contextlib.ExitStack() as stack:
            host_map = stack.enter_context((serve or releasing.serve_sample)()) if self.sample else None
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
        from flows.line import read_documents

        if summaries := read_documents(str(self.home.folder)):
            outcome.read(summaries)
            self.keep(outcome)

    def release(self, version: str | None, outcome: Outcome, as_of: str | None = None) -> None:
        from flows.line import make_release

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
        _report(outcome)
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
def _interruptible() -> Iterator[None]:
    """Let SIGTERM end the run as Ctrl-C does: threads are told to stop, the server is stopped last."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(outcome: Outcome) -> None:
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
