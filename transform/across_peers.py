"""A government's change from one year to the next against the changes of its peers.

The change of a count is log((x(t) + 10) / (x(t-1) + 10)): ten on both sides, so that small numbers do not jump. Peers are
all governments of the same level that reported on both years. A change stands out where it lies further from the peers'
median than threefold (log 3) and than four times their spread (1.4826 times the median distance from the median).
The one thing to know: with fewer than six governments of a level there are no peers, and no check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import log
from statistics import median
from typing import Any

from transform.check_rows import Key, ReportCells, Term, across_row, name_of
from transform.crosswalk import PanelColumn, panel_columns
from transform.forms import load_identities
from transform.jurisdictions import unit_in_year
from transform.territory import absorbed_in

IDENTITY = "jump_beyond_peers"
FEWEST, FOLD, SPREADS, OFFSET = 6, 3.0, 4.0, 10.0
Report = Mapping[str, Any]


def peer_checks(
    year: int, governments: Sequence[Report], load: Callable[[int, Iterable[Report], frozenset[str]], ReportCells]
) -> Iterator[dict[str, Any]]:
    """Yield a check for each government that reported on a year and the one before, and each count of both years."""
    by_place = {(r["unit_id"], r["year"]): r for r in governments}
    pairs = [
        (report, by_place[report["unit_id"], year - 1])
        for report in governments
        if report["year"] == year and (report["unit_id"], year - 1) in by_place
        # A unit that took in another grows by it.
        and not absorbed_in(report["unit_id"], year, synthetic=report["synthetic"])
    ]
    if pairs:
        held = {y: load(y, [r for r in governments if r["year"] == y], peer_indicators()) for y in (year - 1, year)}
        for column in _columns():
            yield from _checks(column, pairs, held, year)


def peer_indicators() -> frozenset[str]:
    """Return the indicators whose changes are compared."""
    return frozenset(p.indicator for c in _columns() for alts in c.alternatives.values() for parts in alts for p in parts)


def _columns() -> list[PanelColumn]:
    identity = next(i for i in load_identities() if i.id == IDENTITY)
    return [c for c in panel_columns() if identity.for_each and c.name in identity.for_each[1]]


def _checks(
    column: PanelColumn, pairs: Sequence[tuple[Report, Report]], held: Mapping[int, ReportCells], year: int
) -> Iterator[dict[str, Any]]:
    levels: dict[str, list[tuple[float, list[Term]]]] = defaultdict(list)
    for report, before in pairs:
        unit = unit_in_year(report["unit_id"], year, synthetic=report["synthetic"])
        now, then = (_figure(column, r, held[r["year"]].get(r["report_id"], {})) for r in (report, before))
        if unit is not None and now is not None and then is not None:
            change = log((now[0] + OFFSET) / (then[0] + OFFSET))
            levels[f"{report['synthetic']} {unit.level}"].append((change, [*now[1], *then[1]]))
    for _, found in sorted(levels.items()):
        if len(found) < FEWEST:
            continue
        middle = median(change for change, _ in found)
        spread = 1.4826 * median(abs(change - middle) for change, _ in found)
        limit = round(max(log(FOLD), SPREADS * spread), 6)
        for change, terms in found:
            yield across_row(IDENTITY, "<=", None, round(abs(change - middle), 6), limit, terms)


def _figure(column: PanelColumn, report: Report, cells: Mapping[Key, Any]) -> tuple[float, list[Term]] | None:
    """Return a concept's value as printed with its cells; None where a part is missing or negative."""
    for parts in column.alternatives.get(report["form"], ()):
        found = [(part, cells.get((part.indicator, part.applicant))) for part in parts]
        if all(cell is not None and cell.printed is not None for _, cell in found):
            value = sum(part.sign * cell.printed for part, cell in found if cell is not None)
            if value >= 0:
                return value, [Term(report, name_of(part.indicator, part.applicant), cell) for part, cell in found]
    return None
