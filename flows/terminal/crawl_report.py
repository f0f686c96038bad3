"""A crawled host's summary as text: a line a host with its reports by year, against last time, and the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from extract.crawling.summary import HostSummary
from flows.terminal.show import columns

HEADER = ["host", "requests", "KiB", "errors", "fetched", "kept", "reports", "against last time"]


def host_table(hosts: Iterable[HostSummary]) -> str:
    """Return one line a host: requests, bytes, errors, documents fetched and left alone, announced reports by year."""
    rows = [
        [
            host.host,
            f"{host.requests:,}",
            f"{host.bytes / 1024:,.0f}",
            str(host.errors),
            str(host.fetched),
            str(host.already_archived),
            years(host.reports) or "none",
            change(host),
        ]
        for host in sorted(hosts, key=lambda host: host.host)
    ]
    return columns([HEADER, *rows]) if rows else ""


def alarm_lines(hosts: Iterable[HostSummary]) -> list[str]:
    """Return one line for each portal that shows less than it did."""
    alarms = [alarm for host in hosts for alarm in host.alarms]
    return [f"alarm: {one.portal_id}: {one.kind}: {one.message}" for one in sorted(alarms, key=lambda a: a.portal_id)]


def years(reports: Mapping[int | None, int]) -> str:
    """Return counts by year with runs of equal ones drawn together: ``2014-2019, 2020 x2, without a year x3``."""
    parts: list[tuple[int, int, int]] = []
    for year, count in sorted((year, count) for year, count in reports.items() if year is not None and count):
        if parts and parts[-1][1] == year - 1 and parts[-1][2] == count:
            parts[-1] = (parts[-1][0], year, count)
        else:
            parts.append((year, year, count))
    spans = [f"{first}{f'-{last}' if last > first else ''}{f' x{n}' if n > 1 else ''}" for first, last, n in parts]
    if unknown := reports.get(None):
        spans.append(f"without a year x{unknown}")
    return ", ".join(spans)


def change(host: HostSummary) -> str:
    """Return what a host announces more or less than is archived of it: ``+1 (2024), -2 (2016, 2017)``."""
    if not host.before:
        return "first"
    differences = {
        year: host.reports.get(year, 0) - host.before.get(year, 0)
        for year in sorted({*host.before, *(year for year in host.reports if year is not None)})
    }
    changes = []
    for sign in (1, -1):
        of_sign = {year: count for year, count in differences.items() if count * sign > 0}
        if of_sign:
            changes.append(f"{sum(of_sign.values()):+d} ({', '.join(map(str, of_sign))})")
    return ", ".join(changes) or "same"
