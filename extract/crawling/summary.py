"""What a crawl came to: a summary of each host, with what could not be fetched and what a portal no longer shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from extract.portal import Portal, ReportLink


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
class Alarm:
    """A portal that shows less than it did: ``silent`` (no list any more) or ``lost_years`` (reports not listed); or less than it
    promises: ``not_yet`` (pages of listed reports show none; they are asked for again in the next run).

    What is archived stays; someone should look at the portal: a redesign, a move, or a withdrawal.
    """

    portal_id: str
    kind: str
    years: tuple[int, ...]
    message: str


@dataclass(frozen=True)
class HostSummary:
    """What one host's work came to.

    ``reports`` counts the announced reports by title year (None: no year in it), ``before`` those archived before this
    run; ``fetched`` are the reports and attachments that this run brought, new or asked for again. ``stopped``: the run
    was stopped before the end.
    """

    host: str
    requests: int = 0
    bytes: int = 0
    errors: int = 0
    fetched: int = 0
    already_archived: int = 0
    reports: Mapping[int | None, int] = field(default_factory=dict)
    seconds: float = 0.0
    before: Mapping[int, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    stopped: bool = False


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
        years = ", ".join(f"{year} ({announced.get(year, 0)} of {before[year]})" for year in fewer)
        yield Alarm(portal.portal_id, "lost_years", tuple(fewer), f"fewer reports are listed than archived: {years}")


def not_yet_alarm(portal_id: str, links: Sequence[ReportLink]) -> Alarm:
    """Return the alarm for listed reports whose pages show none yet."""
    years = tuple(sorted({link.year for link in links if link.year is not None}))
    first = ", ".join(link.url for link in links[:3]) + (" …" if len(links) > 3 else "")
    return Alarm(
        portal_id, "not_yet", years, f"{len(links)} reports are listed, but their pages show none yet: {first}"
    )
