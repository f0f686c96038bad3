"""The cells of reports as the tables after them need them: observations in, one value per cell of each report out.

The one thing to know: a cell that several documents of a report print comes from the most preferred; where another says
something else its reading is ``doubtful``. Years are taken one at a time, so that a whole country fits in memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

#: From best to worst.
READINGS = ("confirmed", "single", "doubtful")
CONSISTENCIES = ("holds", "uncovered", "not_evaluable", "broken")

COLUMNS = (
    "report_id",
    "version",
    "document_id",
    "occurrence",
    "form",
    "indicator",
    "applicant",
    "value",
    "value_std",
    "unit_std",
    "status",
    "reading",
    "consistency",
    "locator",
)
Preference = Mapping[tuple[str, int, str], int]


class ReportCell(NamedTuple):
    """``printed`` is the number as printed, ``value`` the same in ``unit`` (元, 件); both None where there is none."""

    value: float | None
    unit: str | None
    reading: str
    consistency: str
    status: str = "reported"
    printed: float | None = None
    document_id: str = ""
    locator: str = ""


#: form, indicator, applicant
FormCellName = tuple[str, str, str | None]
CellsByName = Mapping[FormCellName, ReportCell]


def preference_of(report_documents: Iterable[Mapping[str, Any]]) -> Preference:
    """Return for each (report_id, version, document_id) its place in the order of preference, from 1."""
    return {(r["report_id"], r["version"], r["document_id"]): r["preference"] for r in report_documents}


def cells_of_year(
    observations: pa.Table,
    year: int,
    report_ids: Collection[str],
    preference: Preference,
    indicators: Collection[str] | None = None,
) -> dict[str, dict[FormCellName, ReportCell]]:
    """Return the table cells of the current versions of some reports on one year, by report_id."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pc.and_(
        pc.and_(pc.equal(observations["year"], year), pc.equal(observations["source"], "table")),
        pc.and_(
            observations["is_current"], pc.is_in(observations["report_id"], pa.array(sorted(report_ids), pa.string()))
        ),
    )
    if indicators is not None:
        wanted = pc.and_(wanted, pc.is_in(observations["indicator"], pa.array(sorted(indicators), pa.string())))
    table = _preferred_first(observations.filter(wanted).select(COLUMNS), preference)
    rows = zip(*(_listed(table[name]) for name in COLUMNS), strict=True)
    cells: dict[str, dict[FormCellName, ReportCell]] = {}
    for (
        report_id,
        _,
        document_id,
        _,
        form,
        indicator,
        applicant,
        printed,
        value,
        unit,
        status,
        reading,
        consistency,
        place,
    ) in rows:
        of_report = cells.setdefault(report_id, {})
        key = form, indicator, applicant
        first = of_report.get(key)
        if first is None:
            of_report[key] = ReportCell(value, unit, reading, consistency, status, printed, document_id, place)
        elif first.value != value and reading != "doubtful" and status != "unreadable":
            of_report[key] = first._replace(reading="doubtful")
    return cells


def _preferred_first(table: pa.Table, preference: Preference) -> pa.Table:
    """Sort cells by report, document in the order of preference, and occurrence."""
    import pyarrow as pa
    import pyarrow.compute as pc

    held = [pc.cast(table[name], pa.string()) for name in ("report_id", "version", "document_id")]
    document = pc.binary_join_element_wise(*held, "\x1f").combine_chunks().dictionary_encode()
    told = (name.split("\x1f") for name in document.dictionary.to_pylist())
    places = pa.array(
        [preference[report_id, int(version), document_id] for report_id, version, document_id in told], pa.int64()
    )
    keys = {
        "report_id": table["report_id"],
        "preference": places.take(document.indices),
        "occurrence": table["occurrence"],
    }
    return table.take(pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys]))


def _listed(column: pa.ChunkedArray) -> list[Any]:
    """Return a column as a list in which equal texts are one object: there are few of them, and many rows."""
    import pyarrow as pa

    if not pa.types.is_string(column.type):
        return column.to_pylist()
    found = column.combine_chunks().dictionary_encode()
    texts = [*found.dictionary.to_pylist(), None]
    return [texts[n] for n in found.indices.fill_null(len(texts) - 1).to_pylist()]


def current_governments(reports: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], int]]:
    """Return the government's current report for each unit and year, with how many were found; sorted by both.

    One whose attribution is doubtful is not counted. Where several were found the one with the most cells stands.
    """
    by_place: dict[tuple[str, int], list[Mapping[str, Any]]] = {}
    for report in reports:
        if (
            report["subject_kind"] == "government"
            and report.get("attribution") != "doubtful"
            and report["is_current"]
            and report["unit_id"]
            and report["year"] is not None
        ):
            by_place.setdefault((report["unit_id"], report["year"]), []).append(report)
    return [
        (min(found, key=lambda r: (-r["cells"], -r["confirmed"], r["report_id"])), len(found))
        for _, found in sorted(by_place.items())
    ]


def worst(values: Iterable[str], order: tuple[str, ...]) -> str:
    """Return the worst of some readings or consistencies."""
    found = set(values)
    return found.pop() if len(found) == 1 else max(found, key=order.index)
