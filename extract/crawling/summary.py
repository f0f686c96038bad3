"""What a crawl came to: a summary of each host, what could not be had, and what a portal no longer shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from extract.portal import Portal


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
    """What one host's work came to.

    ``reports`` counts the announced reports by title year (None: no year in it), ``before`` those archived before this
    run; ``fetched`` are the reports and attachments that this run brought, new or asked for again.
    """

    host: str
    requests: int
    bytes: int
    errors: int
    fetched: int
    already_archived: int
    reports: Mapping[int | None, int]
    seconds: float
    before: Mapping[int, int] = field(default_factory=dict)


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


def alarms_of(portal: Portal, before: Mapping[int, int], announced: Mapping[int | None, int]) -> Iterator[Alarm]:
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
