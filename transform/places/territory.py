"""Territories at the boundaries of one year: a unit and an earlier year in, the units that made it up then out.

The one thing to know: only whole units are added together. Where any part of a territory came from or went to a unit
that is not inside it today, there is no answer, and the reason is told; nothing is apportioned. The changes are those of
units.csv: ``successors`` of units that ended, ``transfers`` of units that went on, and counties that changed their parent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from transform.places.jurisdictions import Unit, all_units, is_below, unit_in_year

#: The year whose boundaries panel_2024 and indicators_2024 use, at its end.
BOUNDARIES = 2024


@dataclass(frozen=True)
class Territory:
    """The ``members`` that made up a unit's territory at the end of a year, or why there are none.

    ``reason`` is ``territory_split`` (a unit ended and its land went to several), ``partial_transfer`` (land went from or
    to another unit) or ``not_separate`` (it was no unit of its own, nor made of whole ones). ``absorbed`` are the units
    that ended in this very year: their figures may stand in a report of their own or in that of the unit that went on.
    """

    members: tuple[str, ...]
    reason: str | None = None
    detail: str | None = None
    absorbed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Change:
    """Land that went between units at the end of a year; harmless where all parties lie in one territory today."""

    year: int
    reason: str
    parties: frozenset[str]
    words: str


@dataclass(frozen=True)
class _History:
    born: dict[str, int]
    joined: dict[str, tuple[tuple[str, int], ...]]
    changes: dict[str, tuple[_Change, ...]]


def territory_of(unit_id: str, year: int, *, synthetic: bool = False) -> Territory:
    """Return what made up at the end of ``year`` the territory that a unit has at the end of ``BOUNDARIES``.

    For a later year, and for a unit without any change in between, that is the unit itself.
    """
    history = _history(synthetic)
    inside = _inside(history, unit_id, year)
    for one in sorted(inside):
        for change in history.changes.get(one, ()):
            if year < change.year <= BOUNDARIES and not change.parties <= inside:
                return Territory((), change.reason, change.words)
    for one in sorted(inside):
        born = history.born.get(one)
        made = any(at == born for _, at in history.joined.get(one, ()))
        if born is not None and born > year and not made:
            return Territory((), "not_separate", f"{one} begins in {born}")
    members = tuple(sorted(one for one in inside if _holds(one, year, synthetic=synthetic)))
    absorbed = tuple(sorted(p for one in inside for p, at in history.joined.get(one, ()) if at == year))
    return Territory(members, absorbed=absorbed)


def units_at_boundaries(*, synthetic: bool = False) -> tuple[Unit, ...]:
    """Return the units that there are at the end of ``BOUNDARIES``, zones included."""
    return tuple(unit for unit in all_units(synthetic=synthetic) if unit.at_end_of(BOUNDARIES))


def absorbed_in(unit_id: str, year: int, *, synthetic: bool = False) -> tuple[str, ...]:
    """Return the units of which the whole territory came to a unit in a year."""
    return tuple(sorted(p for p, at in _history(synthetic).joined.get(unit_id, ()) if at == year))


def mergers(*, synthetic: bool = False) -> tuple[tuple[str, str], ...]:
    """Return each unit with one of which the whole territory came to it."""
    return tuple((unit, merged) for unit, found in sorted(_history(synthetic).joined.items()) for merged, _ in found)


def reach(unit_ids: Collection[str], *, synthetic: bool = False) -> set[str]:
    """Return units with every unit that their territory came to, and came to from there."""
    heirs: dict[str, list[str]] = defaultdict(list)
    for unit, merged in mergers(synthetic=synthetic):
        heirs[merged].append(unit)
    reached, waiting = set(unit_ids), list(unit_ids)
    while waiting:
        new = [heir for heir in heirs.get(waiting.pop(), ()) if heir not in reached]
        reached.update(new)
        waiting += new
    return reached


def _inside(history: _History, unit_id: str, year: int) -> set[str]:
    inside, waiting = {unit_id}, [unit_id]
    while waiting:
        for predecessor, at in history.joined.get(waiting.pop(), ()):
            if year < at <= BOUNDARIES and predecessor not in inside:
                inside.add(predecessor)
                waiting.append(predecessor)
    return inside


def _holds(unit_id: str, year: int, *, synthetic: bool) -> bool:
    unit = unit_in_year(unit_id, year, synthetic=synthetic)
    return unit is not None and unit.at_end_of(year)


@lru_cache(maxsize=2)
def _history(synthetic: bool) -> _History:
    spells: dict[str, list[Unit]] = defaultdict(list)
    for unit in all_units(synthetic=synthetic):
        spells[unit.unit_id].append(unit)
    joined: dict[str, list[tuple[str, int]]] = defaultdict(list)
    changes: list[_Change] = []
    for unit_id, of_unit in spells.items():
        for spell, following in zip(of_unit, [*of_unit[1:], None], strict=True):
            others = [s for s in spell.successors if s != unit_id]
            if following is None and spell.valid_to is not None and len(others) == 1:
                joined[others[0]].append((unit_id, spell.valid_to))
            elif spell.valid_to is not None and others:
                reason = "territory_split" if following is None else "partial_transfer"
                changes.append(_change(spell.valid_to, reason, unit_id, others))
            for transfer in spell.transfers:
                to, _, at = transfer.partition("@")
                # A county made out of a province's own land stays in the province.
                parties = [to] if is_below(spells[to][0], unit_id, synthetic=synthetic) else [unit_id, to]
                changes.append(_Change(int(at), "partial_transfer", frozenset(parties), f"{unit_id} to {to} in {at}"))
    changes += _changes_of_parents(spells, synthetic=synthetic)
    by_unit: dict[str, list[_Change]] = defaultdict(list)
    for change in changes:
        for party in change.parties:
            by_unit[party].append(change)
    born = {unit_id: of_unit[0].valid_from for unit_id, of_unit in spells.items() if of_unit[0].valid_from is not None}
    return _History(
        born,
        {unit_id: tuple(sorted(found)) for unit_id, found in joined.items()},
        {unit_id: tuple(sorted(found, key=lambda c: (c.year, c.words))) for unit_id, found in by_unit.items()},
    )


def _change(year: int, reason: str, unit_id: str, others: list[str]) -> _Change:
    return _Change(year, reason, frozenset([unit_id, *others]), f"{unit_id} to {', '.join(sorted(others))} in {year}")


def _changes_of_parents(spells: dict[str, list[Unit]], *, synthetic: bool) -> list[_Change]:
    """Return a change for each unit that moved from one parent to another that goes on beside it (寿县 to 淮南市)."""
    changes = []
    for unit_id, of_unit in spells.items():
        steps = list(pairwise(of_unit))
        last = of_unit[-1]
        if last.valid_to is not None and len(last.successors) == 1 and last.successors[0] in spells:
            heir = next((s for s in spells[last.successors[0]] if s.at_end_of(last.valid_to)), None)
            steps += [(last, heir)] if heir is not None else []
        for before, after in steps:
            old, new, year = before.parent_unit_id, after.parent_unit_id, before.valid_to
            if not old or not new or old == new or year is None:
                continue
            ended = spells[old][-1]
            if ended.valid_to == year:
                # What became of a parent that ended is told by its own successors.
                continue
            parties = [p for p, q in ((old, new), (new, old)) if not is_below(spells[q][0], p, synthetic=synthetic)]
            changes.append(
                _Change(year, "partial_transfer", frozenset(parties), f"{unit_id} from {old} to {new} in {year}")
            )
    return changes
