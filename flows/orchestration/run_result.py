"""What came of a run, and how it is passed on: to the store, to the alarms, to the person at the terminal."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from extract.crawling.summary import HostSummary
from extract.errors import ReleaseError
from flows.home import alarms, storing
from flows.home.home import Home
from flows.terminal.crawl_report import alarm_lines, host_table
from flows.terminal.output import DONE, SOME_FAILED, say


@dataclass
class RunResult:
    """What each stage of a run gave: hosts crawled, a line for each unreadable document, the release (and a line for each document
    left out of it), or why there is none.

    ``store_trouble`` is why the store could not be brought up to the home; empty where it could, or none is named.
    """

    hosts: list[HostSummary] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    release: Path | None = None
    left_out: list[str] = field(default_factory=list)
    error: ReleaseError | None = None
    store_trouble: str = ""
    alarms: alarms.AlarmChanges | None = None

    @property
    def failures(self) -> list[str]:
        """A line for each host, page or document that failed, sorted."""
        crawled = (failure for host in self.hosts for failure in host.failures)
        lines = {f"{one.url or one.host}: {one.outcome}: {one.reason}" for one in crawled}
        return sorted(lines.union(self.unreadable))

    @property
    def exit_code(self) -> int:
        """A portal that has fallen silent is a failure; one that lists fewer years than before is reported and fails nothing."""
        silent = any(alarm.kind == "silent" for host in self.hosts for alarm in host.alarms)
        return SOME_FAILED if self.failures or silent or self.left_out or self.store_trouble else DONE


def push_to_store(home: Home, result: RunResult) -> None:
    """Copy what is new to the store that GONGKAI_STORE names, if it names one; where that fails the run goes on."""
    result.store_trouble = storing.push_home(home)


def update_alarms(home: Home, result: RunResult, run: str) -> None:
    """Compare the troubles of a run with those that stood before it, and post what changed; ``run`` names it there."""
    troubles, looked_at = alarms.crawl_troubles(result.hosts)
    if result.error is not None:
        troubles.append(alarms.release_trouble(result.error))
    elif result.release:
        looked_at.add(alarms.RELEASE)
    troubles += [alarms.Trouble(line, line, alarms.RELEASE) for line in result.left_out]
    looked_at.add(storing.STORE)
    if result.store_trouble:
        troubles.append(alarms.Trouble(f"{storing.STORE} not written", result.store_trouble, storing.STORE))
    release = result.release.name if result.release else None
    result.alarms = alarms.update(home, troubles, looked_at, run=run, release=release)


def report(result: RunResult) -> None:
    """Print the crawled hosts, and on standard error what failed.

    Raises:
        ReleaseError: the one that kept the run from a release.
    """
    if table := host_table(result.hosts):
        print(f"{table}\n")
    for line in [*alarm_lines(result.hosts), *result.failures]:
        say(line)
    for line in result.left_out:
        say(line)
    if result.left_out:
        say(f"{len(result.left_out)} documents are left out of the release, named above")
    if result.store_trouble:
        say(f"the store has not everything of this home: {result.store_trouble}")
    if failures := result.failures:
        say(f"{len(failures)} failed, named above; what did not answer is tried again by the next run")
    if result.error is not None:
        raise result.error
