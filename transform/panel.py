"""The panel: one row per unit and year with harmonised concepts, from the observations of governments' reports.

The one thing to know: nothing is filled in. A blank stays missing, a sum with a missing part is missing, and beside each
concept stand the worst reading and the worst consistency of its parts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from transform.crosswalk import PanelColumn, Part, panel_columns

if TYPE_CHECKING:
    import pyarrow as pa

#: From best to worst.
READINGS = ("confirmed", "single", "doubtful")
CONSISTENCIES = ("holds", "uncovered", "not_evaluable", "broken")


@dataclass(frozen=True)
class _Cell:
    value: float | None
    unit: str | None
    reading: str
    consistency: str


@dataclass(frozen=True)
class _Concept:
    """``value`` is None where a part is blank or of another unit; ``reading`` and ``consistency`` are known all the same."""

    value: float | None
    reading: str
    consistency: str


_Cells = Mapping[tuple[str, str, str | None], _Cell]


def panel_rows(
    observations: pa.Table, reports: Sequence[Mapping[str, Any]], report_documents: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of the panel, sorted by unit and year.

    Where several reports of a government were found for one year, the one with the most cells is shown and
    ``reports_found`` counts them all. A cell that several documents of the report print comes from the most preferred;
    where another says something else its reading is ``doubtful``.
    """
    chosen = _governments(reports)
    preference = {
        (r["report_id"], r["version"], r["document_id"]): r["preference"] for r in report_documents
    }  # fmt: skip
    rows = []
    for year in sorted({report["year"] for report, _ in chosen}):
        cells = _cells(observations, year, {r["report_id"] for r, _ in chosen if r["year"] == year}, preference)
        for report, found in chosen:
            if report["year"] == year:
                rows.append(_row(report, found, cells.get(report["report_id"], {})))
    rows.sort(key=lambda r: (r["unit_id"], r["year"]))
    before: dict[str, str] = {}
    for row in rows:
        last, now = before.get(row["unit_id"], "unknown"), row["scope"]
        row["scope_changed"] = None if "unknown" in (last, now) else last != now
        before[row["unit_id"]] = now
    return rows


def concept_of(column: PanelColumn, form: str, cells: _Cells) -> _Concept | None:
    """Return a concept as one form's cells give it; None where the report does not print all of its parts.

    Of ``a | b`` the first that gives a value counts. Where both do and differ, there is no value and the consistency is
    ``broken``.
    """
    found = [c for parts in column.alternatives.get(form, ()) if (c := _sum(parts, form, cells)) is not None]
    if not found:
        return None
    told = [c for c in found if c.value is not None]
    if len({c.value for c in told}) > 1:
        return _Concept(None, _worst([c.reading for c in told], READINGS), "broken")
    return told[0] if told else found[0]


def _sum(parts: Sequence[Part], form: str, cells: _Cells) -> _Concept | None:
    printed = [cells.get((form, part.indicator, part.applicant)) for part in parts]
    known = [cell for cell in printed if cell is not None]
    if len(known) < len(parts):
        return None
    value = None
    if all(cell.value is not None for cell in known) and len({cell.unit for cell in known}) == 1:
        value = round(sum(part.sign * (cell.value or 0.0) for part, cell in zip(parts, known, strict=True)), 6) + 0.0
    return _Concept(value, _worst([c.reading for c in known], READINGS), _worst([c.consistency for c in known], CONSISTENCIES))


def _worst(values: Sequence[str], order: Sequence[str]) -> str:
    return max(values, key=order.index)


def _governments(reports: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    by_place: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for report in reports:
        if report["subject_kind"] == "government" and report["is_current"] and report["unit_id"] and report["year"] is not None:
            by_place.setdefault((report["unit_id"], report["year"]), []).append(report)
    return [
        (min(found, key=lambda r: (-r["cells"], -r["confirmed"], r["report_id"])), len(found))
        for _, found in sorted(by_place.items())
    ]


def _cells(
    observations: pa.Table, year: int, report_ids: set[str], preference: Mapping[tuple[str, int, str], int]
) -> dict[str, dict[tuple[str, str, str | None], _Cell]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pc.and_(
        pc.and_(pc.equal(observations["year"], year), pc.equal(observations["source"], "table")),
        pc.and_(observations["is_current"], pc.is_in(observations["report_id"], pa.array(sorted(report_ids), pa.string()))),
    )
    names = (
        "report_id", "version", "document_id", "occurrence", "form", "indicator", "applicant", "value_std", "unit_std",
        "status", "reading", "consistency",
    )  # fmt: skip
    table = observations.filter(wanted).select(names)
    rows = list(zip(*(table[name].to_pylist() for name in names), strict=True))
    rows.sort(key=lambda r: (r[0], preference[r[:3]], r[3]))
    cells: dict[str, dict[tuple[str, str, str | None], _Cell]] = {}
    for report_id, _, _, _, form, indicator, applicant, value, unit, status, reading, consistency in rows:
        of_report = cells.setdefault(report_id, {})
        key = form, indicator, applicant
        first = of_report.get(key)
        if first is None:
            of_report[key] = _Cell(value, unit, reading, consistency)
        elif first.value != value and reading != "doubtful" and status != "unreadable":
            of_report[key] = _Cell(first.value, first.unit, "doubtful", first.consistency)
    return cells


def _row(report: Mapping[str, Any], found: int, cells: _Cells) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit_id": report["unit_id"], "year": report["year"], "jurisdiction_code": report["jurisdiction_code"],
        "jurisdiction": report["jurisdiction"], "publisher": report["publisher"], "form": report["form"],
        "scope": report["scope"], "scope_changed": None, "report_id": report["report_id"], "version": report["version"],
        "reports_found": found, "synthetic": report["synthetic"],
    }  # fmt: skip
    # A report may follow one form in one table and another in the next: the main form first, then the others.
    forms = sorted({form for form, _, _ in cells}, key=lambda form: (form != report["form"], form))
    for column in panel_columns():
        told = [c for form in forms if (c := concept_of(column, form, cells)) is not None]
        concept = told[0] if told else None
        row[column.name] = concept.value if concept else None
        row[f"{column.name}_read"] = concept.reading if concept else None
        row[f"{column.name}_ok"] = concept.consistency if concept else None
    return row
