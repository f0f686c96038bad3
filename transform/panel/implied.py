"""Zeros that a report's own arithmetic forces: cells in, the empty cells that can only be zero out.

No count of the forms is negative where parts add up to a total, so a total of 0 makes every part 0, and parts that reach
the total leave nothing for the empty ones. The one thing to know: this never gives a value. It is told beside the
missing one, and only where exact equalities leave no other choice and nothing in the report contradicts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from transform.forms.expressions import Rule, Side
from transform.observation import CellName
from transform.observations.checks import SEVERITY, rules_within, undivided
from transform.panel.cells import CellsByName, ReportCell

#: What is plainly empty; an unreadable cell may hold anything.
EMPTY = ("blank", "slash", "none_word")


def implied_zeros(form: str, cells: CellsByName) -> frozenset[CellName]:
    """Return the (indicator, applicant) of every empty cell of one form that must be zero."""
    printed = {(indicator, applicant): cell for (of, indicator, applicant), cell in cells.items() if of == form}
    if not any(cell.status in EMPTY for cell in printed.values()):
        return frozenset()
    rules = [rule for rule in (undivided(r, form, printed) for r in equalities(form)) if _usable(rule, printed)]
    figures = {key: cell.printed for key, cell in printed.items()}
    zeros: set[CellName] = set()
    found: set[CellName] = {("", None)}
    while found:
        found = set().union(*(_forced(rule, figures) for rule in rules))
        zeros |= found
        figures |= dict.fromkeys(found, 0.0)
    if any(_contradicts(rule, figures) for rule in rules):
        return frozenset()
    return frozenset(zeros)


@lru_cache(maxsize=8)
def equalities(form: str) -> tuple[Rule, ...]:
    """Return the exact equalities of a form; all their terms are counts and so never negative."""
    return tuple(r for r in rules_within(form) if SEVERITY[r.identity.status] == "exact" and r.operator == "==")


@lru_cache(maxsize=8)
def covered(form: str) -> frozenset[CellName]:
    """Return the cells that some exact equality of the form covers."""
    return frozenset(key for rule in equalities(form) for key in rule.cells)


def _usable(rule: Rule, printed: Mapping[CellName, ReportCell]) -> bool:
    """A term that is not printed, cannot be read, is doubted or breaks some equality makes a rule no evidence."""
    cells = [printed.get(key) for key in rule.cells]
    return all(
        cell is not None
        and cell.reading != "doubtful"
        and cell.consistency != "broken"
        and (cell.status in EMPTY or (cell.printed is not None and cell.printed >= 0))
        for cell in cells
    )


def _forced(rule: Rule, figures: Mapping[CellName, float | None]) -> set[CellName]:
    for one, other in ((rule.left, rule.right), (rule.right, rule.left)):
        unknown = {key for key in one.cells if figures[key] is None}
        if unknown and _known(other, figures) and _rest(one, figures) == _rest(other, figures):
            return unknown
    return set()


def _contradicts(rule: Rule, figures: Mapping[CellName, float | None]) -> bool:
    return (
        _known(rule.left, figures)
        and _known(rule.right, figures)
        and _rest(rule.left, figures) != _rest(rule.right, figures)
    )


def _known(side: Side, figures: Mapping[CellName, float | None]) -> bool:
    return all(figures[key] is not None for key in side.cells)


def _rest(side: Side, figures: Mapping[CellName, float | None]) -> float:
    return round(sum(figures[key] or 0.0 for key in side.cells), 6)
