"""A government's change from one year to the next against the changes of its peers.

The change of a count is log((x(t) + 10) / (x(t-1) + 10)): ten on both sides, so that small numbers do not jump. Peers are
all governments of the same level that reported on both years. A change stands out where it lies further from the peers'
median than threefold (log 3) and than four times their spread (1.4826 times the median distance from the median).
The one thing to know: with fewer than six governments of a level there are no peers, and no check.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from math import log
from statistics import median
from typing import Any

from transform.across_reports.check_rows import Load, Report, ReportCells, Term, across_row
from transform.forms.crosswalk import PanelColumn, panel_columns
from transform.forms.form import load_identities
from transform.observation import CellName, cell_name
from transform.places.jurisdictions import unit_in_year
from transform.places.territory import absorbed_in

IDENTITY = "jump_beyond_peers"
FEWEST, FOLD, SPREADS, OFFSET = 6, 3.0, 4.0, 10.0
Pair = tuple[Report, Report]
#: A count, a level, real or invented.
Peers = tuple[str, str, bool]


def peer_pairs(year: int, governments: Sequence[Report]) -> list[Pair]:
    """Return each government's report on a year with the one on the year before."""
    by_place = {(r["unit_id"], r["year"]): r for r in governments}
    return [
        (report, by_place[report["unit_id"], year - 1])
        for report in governments
        if report["year"] == year
        and (report["unit_id"], year - 1) in by_place
        # A unit that took in another grows by it.
        and not absorbed_in(report["unit_id"], year, synthetic=report["synthetic"])
    ]


def peer_changes(pairs: Sequence[Pair], load: Load) -> Iterator[tuple[Peers, float]]:
    """Yield the change of each count of each pair, with the peers that it is one of."""
    for peers, change, _ in _changes(pairs, load):
        yield peers, change


def peer_limits(changes: Iterable[tuple[Peers, float]]) -> dict[Peers, tuple[float, float]]:
    """Return of all peers that are enough their median change, and how far from it a change may lie."""
    found: dict[Peers, list[float]] = defaultdict(list)
    for peers, change in changes:
        found[peers].append(change)
    limits = {}
    for peers, all_changes in found.items():
        if len(all_changes) >= FEWEST:
            middle = median(all_changes)
            spread = 1.4826 * median(abs(change - middle) for change in all_changes)
            limits[peers] = middle, round(max(log(FOLD), SPREADS * spread), 6)
    return limits


def peer_checks(
    pairs: Sequence[Pair], limits: Mapping[Peers, tuple[float, float]], load: Load
) -> Iterator[dict[str, Any]]:
    """Yield a check for each count of each pair that has peers; ``limits`` are those of all pairs of the year."""
    for peers, change, terms in _changes(pairs, load):
        if peers in limits:
            middle, limit = limits[peers]
            yield across_row(IDENTITY, "<=", None, round(abs(change - middle), 6), limit, terms)


@lru_cache(maxsize=1)
def peer_indicators() -> frozenset[str]:
    """Return the indicators whose changes are compared."""
    return frozenset(
        p.indicator for c in _columns() for alts in c.alternatives.values() for parts in alts for p in parts
    )


@lru_cache(maxsize=1)
def _columns() -> tuple[PanelColumn, ...]:
    identity = next(i for i in load_identities() if i.id == IDENTITY)
    return tuple(c for c in panel_columns() if identity.for_each and c.name in identity.for_each[1])


def _changes(pairs: Sequence[Pair], load: Load) -> Iterator[tuple[Peers, float, list[Term]]]:
    if not pairs:
        return
    year = pairs[0][0]["year"]
    now, then = (load(y, [pair[n] for pair in pairs], peer_indicators()) for n, y in enumerate((year, year - 1)))
    for report, before in pairs:
        unit = unit_in_year(report["unit_id"], year, synthetic=report["synthetic"])
        for column in _columns() if unit is not None else ():
            new, old = _figure(column, report, now), _figure(column, before, then)
            if unit is not None and new is not None and old is not None:
                yield (
                    (column.name, unit.level, report["synthetic"]),
                    log((new[0] + OFFSET) / (old[0] + OFFSET)),
                    [*new[1], *old[1]],
                )


def _figure(column: PanelColumn, report: Report, held: ReportCells) -> tuple[float, list[Term]] | None:
    """Return a concept's value as printed with its cells; None where a part is missing or negative."""
    cells: Mapping[CellName, Any] = held.get(report["report_id"], {})
    for parts in column.alternatives.get(report["form"], ()):
        found = [(part, cells.get(part.cell)) for part in parts]
        if all(cell is not None and cell.printed is not None for _, cell in found):
            value = sum(part.sign * cell.printed for part, cell in found if cell is not None)
            if value >= 0:
                return value, [Term(report, cell_name(*part.cell), cell) for part, cell in found]
    return None
