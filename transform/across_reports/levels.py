"""A government whose figures cover its region against the governments below it.

The one thing to know: the region's figure holds its own organs' as well, so it is at least the sum of those below; a
report that is missing below makes the sum smaller and leaves the comparison true.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from transform.across_reports.check_rows import Load, Report, ReportCells, Term, across_row
from transform.forms.form import load_identities
from transform.observation import CellName, cell_name, cell_named
from transform.places.jurisdictions import unit_in_year

IDENTITY = "agg_lower_le_region"


def level_groups(governments: Iterable[Report]) -> list[tuple[Report, list[Report]]]:
    """Return each report of scope ``region`` with those of its year of the governments right below it, where there are any."""
    reports = list(governments)
    below: dict[tuple[str, int], list[Report]] = defaultdict(list)
    for report in reports:
        unit = unit_in_year(report["unit_id"], report["year"], synthetic=report["synthetic"])
        if unit is not None and unit.parent_unit_id:
            below[unit.parent_unit_id, report["year"]].append(report)
    found = (
        (report, below.get((report["unit_id"], report["year"]), []))
        for report in reports
        if report["scope"] == "region"
    )
    return [(report, under) for report, under in found if under]


def level_checks(groups: Sequence[tuple[Report, Sequence[Report]]], load: Load) -> Iterator[dict[str, Any]]:
    """Yield a check for each group of ``level_groups`` and each count; the groups are of one year."""
    if not groups:
        return
    keys = level_keys()
    reports = {r["report_id"]: r for upper, below in groups for r in (upper, *below)}
    cells = load(groups[0][0]["year"], reports.values(), frozenset(indicator for indicator, _ in keys))
    for upper, below in groups:
        for key in keys:
            row = _check(key, upper, below, cells)
            if row is not None:
                yield row


def _check(key: CellName, report: Report, below: Sequence[Report], cells: ReportCells) -> dict[str, Any] | None:
    whole = cells.get(report["report_id"], {}).get(key)
    parts = [(r, cell) for r in below if (cell := cells.get(r["report_id"], {}).get(key)) and cell.printed is not None]
    if whole is None or not parts:
        return None
    name = cell_name(*key)
    terms = [Term(report, name, whole), *(Term(r, name, cell) for r, cell in parts)]
    total = round(sum(cell.printed or 0.0 for _, cell in parts), 6)
    return across_row(IDENTITY, ">=", key[1], whole.printed, total, terms)


def level_keys() -> list[CellName]:
    """Return the counts of which a region has at least as many as the governments in it."""
    identity = next(i for i in load_identities() if i.id == IDENTITY)
    names = identity.for_each[1] if identity.for_each else ()
    return [cell_named(name) for name in names]
