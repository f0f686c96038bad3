"""A government whose figures cover its region against the governments below it.

The one thing to know: the region's figure holds its own organs' as well, so it is at least the sum of those below; a
report that is missing below makes the sum smaller and leaves the comparison true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from transform.check_rows import Key, ReportCells, Term, across_row, name_of
from transform.forms import load_identities
from transform.jurisdictions import unit_in_year

IDENTITY = "agg_lower_le_region"


def level_checks(
    governments: Sequence[Mapping[str, Any]],
    load: Callable[[int, Iterable[Mapping[str, Any]], frozenset[str]], ReportCells],
) -> Iterator[dict[str, Any]]:
    """Yield a check for each report of scope ``region`` and each count, where a government below it reported as well."""
    keys = level_keys()
    by_year: dict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for report in governments:
        by_year[report["year"]].append(report)
    for year, reports in sorted(by_year.items()):
        below: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for report in reports:
            unit = unit_in_year(report["unit_id"], year, synthetic=report["synthetic"])
            if unit is not None and unit.parent_unit_id:
                below[unit.parent_unit_id].append(report)
        upper = [r for r in reports if r["scope"] == "region" and below[r["unit_id"]]]
        if not upper:
            continue
        cells = load(year, reports, frozenset(indicator for indicator, _ in keys))
        for report in upper:
            for key in keys:
                row = _check(key, report, below[report["unit_id"]], cells)
                if row is not None:
                    yield row


def _check(
    key: Key, report: Mapping[str, Any], below: Sequence[Mapping[str, Any]], cells: ReportCells
) -> dict[str, Any] | None:
    whole = cells.get(report["report_id"], {}).get(key)
    parts = [(r, cell) for r in below if (cell := cells.get(r["report_id"], {}).get(key)) and cell.printed is not None]
    if whole is None or not parts:
        return None
    name = name_of(*key)
    terms = [Term(report, name, whole), *(Term(r, name, cell) for r, cell in parts)]
    total = round(sum(cell.printed or 0.0 for _, cell in parts), 6)
    return across_row(IDENTITY, ">=", key[1], whole.printed, total, terms)


def level_keys() -> list[Key]:
    """Return the counts of which a region has at least as many as the governments in it."""
    identity = next(i for i in load_identities() if i.id == IDENTITY)
    names = identity.for_each[1] if identity.for_each else ()
    return [(name.partition("[")[0], name.partition("[")[2].rstrip("]") or None) for name in names]
