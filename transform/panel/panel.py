"""The panel: one row per unit and year with harmonised concepts, from the observations of governments' reports.

The one thing to know: nothing is filled in. A blank stays missing, a sum with a missing part is missing, and beside each
concept stand the worst reading and the worst consistency of its parts, and whether the report's own arithmetic leaves no
choice but zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from transform.forms.crosswalk import PanelColumn, panel_columns
from transform.forms.expressions import Part
from transform.observation import CellName
from transform.panel.cells import (
    CONSISTENCIES,
    READINGS,
    CellsByName,
    cells_of_year,
    current_governments,
    preference_of,
    worst,
)
from transform.panel.implied import EMPTY, covered, implied_zeros

if TYPE_CHECKING:
    import pyarrow as pa


class Concept(NamedTuple):
    """``value`` is None where a part is blank or of another unit; ``reading`` and ``consistency`` are known all the same.

    ``zero`` is true where it is missing and can only be zero.
    """

    value: float | None
    reading: str
    consistency: str
    zero: bool = False


def panel_rows(
    observations: pa.Table, reports: Sequence[Mapping[str, Any]], report_documents: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of the panel, sorted by unit and year.

    Where several reports of a government were found for one year, the one with the most cells is shown and
    ``reports_found`` counts them all.
    """
    chosen = current_governments(reports)
    preference = preference_of(report_documents)
    observations = _needed(observations)
    rows = []
    for year in sorted({report["year"] for report, _ in chosen}):
        cells = cells_of_year(observations, year, {r["report_id"] for r, _ in chosen if r["year"] == year}, preference)
        for report, found in chosen:
            if report["year"] == year:
                rows.append(_row(report, found, cells.get(report["report_id"], {})))
    rows.sort(key=lambda r: (r["unit_id"], r["year"]))
    tell_changes_of_scope(rows)
    return rows


def _needed(observations: pa.Table) -> pa.Table:
    """Return the cells that are part of a concept, and all of the reports that leave one empty: others may force it to zero."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = panel_columns()
    parts = {
        part
        for column in columns
        for found in column.alternatives.values()
        for alternative in found
        for part in alternative
    }
    names = pa.array(sorted({f"{part.indicator}|{part.applicant or ''}" for part in parts}), pa.string())
    named = pc.binary_join_element_wise(
        observations["indicator"], pc.fill_null(pc.cast(observations["applicant"], pa.string()), ""), "|"
    )
    empty = pc.is_in(observations["status"], pa.array(EMPTY, pa.string()))
    open_ones = pc.is_in(observations["report_id"], pc.unique(observations["report_id"].filter(empty)))
    return observations.filter(pc.or_(pc.is_in(named, names), open_ones))


def tell_changes_of_scope(rows: Iterable[dict[str, Any]]) -> None:
    """Set ``scope_changed`` in rows sorted by unit and year: whether it differs from the unit's row before."""
    before: dict[str, str | None] = {}
    for row in rows:
        last, now = before.get(row["unit_id"]), row["scope"]
        row["scope_changed"] = None if {last, now} & {"unknown", None} else last != now
        before[row["unit_id"]] = now


@lru_cache(maxsize=1)
def zero_columns() -> frozenset[str]:
    """Return the concepts that an exact equality can force to zero: those whose every part it covers in some form."""
    return frozenset(
        column.name
        for column in panel_columns()
        if any(
            all(part.sign > 0 and part.cell in covered(form) for part in parts)
            for form, alternatives in column.alternatives.items()
            for parts in alternatives
        )
    )


def concept_of(
    column: PanelColumn, form: str, cells: CellsByName, zeros: frozenset[CellName] = frozenset()
) -> Concept | None:
    """Return a concept as one form's cells give it; None where the report does not print all of its parts.

    Of ``a | b`` the first that gives a value counts. Where both do and differ, there is no value and the consistency is
    ``broken``.
    """
    found = [c for parts in column.alternatives.get(form, ()) if (c := _sum(parts, form, cells, zeros)) is not None]
    if len(found) < 2:
        return found[0] if found else None
    told = [c for c in found if c.value is not None]
    if len({c.value for c in told}) > 1:
        return Concept(None, worst([c.reading for c in told], READINGS), "broken")
    return told[0] if told else next((c for c in found if c.zero), found[0])


def _sum(parts: Sequence[Part], form: str, cells: CellsByName, zeros: frozenset[CellName]) -> Concept | None:
    known = [cell for part in parts if (cell := cells.get((form, *part.cell))) is not None]
    if len(known) < len(parts):
        return None
    value, zero = None, False
    values = [cell.value for cell in known]
    if None not in values:
        if len({cell.unit for cell in known}) == 1:
            value = (
                round(sum([part.sign * (figure or 0.0) for part, figure in zip(parts, values, strict=True)]), 6) + 0.0
            )
    else:
        zero = all(
            cell.value == 0 or (cell.status in EMPTY and part.cell in zeros)
            for part, cell in zip(parts, known, strict=True)
        )
    reading, consistency = (
        worst([c.reading for c in known], READINGS),
        worst([c.consistency for c in known], CONSISTENCIES),
    )
    return Concept(value, reading, consistency, zero)


def _row(report: Mapping[str, Any], found: int, cells: CellsByName) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit_id": report["unit_id"],
        "year": report["year"],
        "jurisdiction_code": report["jurisdiction_code"],
        "jurisdiction": report["jurisdiction"],
        "publisher": report["publisher"],
        "form": report["form"],
        "scope": report["scope"],
        "scope_changed": None,
        "report_id": report["report_id"],
        "version": report["version"],
        "reports_found": found,
        "synthetic": report["synthetic"],
    }
    # A report may follow one form in one table and another in the next: the main form first, then the others.
    forms = sorted({form for form, _, _ in cells}, key=lambda form: (form != report["form"], form))
    zeros = {form: implied_zeros(form, cells) for form in forms}
    row |= _no_concepts()
    for form in reversed(forms):
        for column, has_zero in _columns_of(form):
            concept = concept_of(column, form, cells, zeros[form])
            if concept is not None:
                name = column.name
                row[name], row[f"{name}_read"], row[f"{name}_ok"] = concept.value, concept.reading, concept.consistency
                if has_zero:
                    row[f"{name}_zero"] = concept.zero
    return row


@lru_cache(maxsize=1)
def _no_concepts() -> Mapping[str, Any]:
    row: dict[str, Any] = {}
    for column in panel_columns():
        row |= dict.fromkeys((column.name, f"{column.name}_read", f"{column.name}_ok"))
        if column.name in zero_columns():
            row[f"{column.name}_zero"] = False
    return row


@lru_cache(maxsize=8)
def _columns_of(form: str) -> tuple[tuple[PanelColumn, bool], ...]:
    """Return the concepts that a form prints, each with whether it can be told to be zero."""
    return tuple((column, column.name in zero_columns()) for column in panel_columns() if form in column.alternatives)
