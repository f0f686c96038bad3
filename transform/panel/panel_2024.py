"""panel_2024: the rows of the panel at the boundaries of the end of 2024.

In: the panel. Out: one row per unit there was at the end of 2024 and year, with the concepts summed over the
units that made it up then. The one thing to know: a sum needs the report of every member, all of one known scope; where
one is missing, or land moved otherwise than in whole units, the row says why and has no figures. Nothing is apportioned.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from transform.forms.crosswalk import panel_columns
from transform.observation import Row
from transform.panel.cells import CONSISTENCIES, READINGS, worst
from transform.panel.panel import tell_changes_of_scope, zero_columns
from transform.places.territory import BOUNDARIES, Territory, reach, territory_of, units_at_boundaries

if TYPE_CHECKING:
    import pyarrow as pa

#: Why a row has no figures.
REASONS = (
    "report_missing",
    "territory_split",
    "partial_transfer",
    "not_separate",
    "scope_unknown",
    "scope_differs",
    "merged_in_year",
)
#: What of a row of the panel decides which are added; the concepts stay in Arrow.
_ABOUT = ("unit_id", "year", "form", "scope", "report_id", "synthetic")


def panel_2024_of(panel: pa.Table, spans: Mapping[bool, range] | None = None) -> pa.Table:
    """Return the table, sorted by unit and year: for each unit of 2024 of which a report is in the panel (or of a unit
    that is part of it today) every year the panel spans.

    ``panel`` may be the rows of some units, if it holds all the units that any of them took in; ``spans`` are then the years
    of the whole panel, of real and of invented reports.
    """
    import pyarrow as pa

    if not panel.num_rows:
        return pa.table({})
    concepts = panel.select([name for column in panel_columns() for name in _names(column.name)])
    # Most units are what they were, and their concepts those of one row; where units are added, the sums stand below.
    sums: list[dict[str, Any]] = []
    places: list[int | None] = []
    rows = _rows([{**row, "place": place} for place, row in enumerate(panel.select(_ABOUT).to_pylist())], spans)
    for row in rows:
        used = row.pop("used")
        if len(used) > 1:
            sums.append(_sums(concepts.take(used).to_pylist()))
            used = [panel.num_rows + len(sums) - 1]
        places.append(used[0] if used else None)
    whole = pa.concat_tables([concepts, pa.Table.from_pylist(sums, concepts.schema)]).take(pa.array(places, pa.int64()))
    table = pa.Table.from_pylist(rows)
    for field in whole.schema:
        column = whole[field.name]
        table = table.append_column(field.name, column.fill_null(False) if field.name.endswith("_zero") else column)
    return table


def _rows(panel: Sequence[Row], spans: Mapping[bool, range] | None) -> list[dict[str, Any]]:
    """Return the rows without their concepts, and the places in the panel of those whose concepts are added (``used``)."""
    rows: list[dict[str, Any]] = []
    for synthetic in (False, True):
        own = {(row["unit_id"], row["year"]): row for row in panel if row["synthetic"] is synthetic}
        if not own:
            continue
        years = (spans or {}).get(synthetic) or range(min(year for _, year in own), max(year for _, year in own) + 1)
        concerned = reach({unit_id for unit_id, _ in own}, synthetic=synthetic)
        for unit in units_at_boundaries(synthetic=synthetic):
            if unit.unit_id not in concerned:
                continue
            found = []
            for year in years:
                territory = territory_of(unit.unit_id, year, synthetic=synthetic)
                found.append((year, _members(territory, unit.unit_id, year, own)))
            if any(told for _, (_, told, _, _) in found):
                about = {
                    "unit_id": unit.unit_id,
                    "jurisdiction_code": unit.code,
                    "jurisdiction": unit.full_name,
                    "synthetic": synthetic,
                }
                rows += [_row(about, year, *told) for year, told in found]
    rows.sort(key=lambda row: (row["unit_id"], row["year"]))
    tell_changes_of_scope(rows)
    return rows


def _members(
    territory: Territory, unit_id: str, year: int, own: Mapping[tuple[str, int], Row]
) -> tuple[tuple[str, ...], list[Row], str | None, str | None]:
    """Return the members of a territory, their reports, and why they cannot be added (reason, detail)."""
    members = territory.members
    found = [own[member, year] for member in members if (member, year) in own]
    if territory.reason:
        # The unit's own report of that year shows that it is followed, though it covers other land.
        return (), [own[unit_id, year]] if (unit_id, year) in own else [], territory.reason, territory.detail
    if unit_id not in members and (unit_id, year) in own and not found:
        # A body created early in the next year reports on the whole of its territory.
        return (unit_id,), [own[unit_id, year]], None, None
    lacking = [member for member in members if (member, year) not in own]
    if lacking:
        return members, found, "report_missing", ", ".join(lacking)
    beside = [unit for unit in territory.absorbed if (unit, year) in own]
    if beside:
        return members, found, "merged_in_year", f"{', '.join(beside)} reported on {year} as well"
    scopes = sorted({row["scope"] for row in found})
    if len(found) > 1 and "unknown" in scopes:
        return members, found, "scope_unknown", ", ".join(row["unit_id"] for row in found if row["scope"] == "unknown")
    if len(scopes) > 1:
        return members, found, "scope_differs", ", ".join(f"{row['unit_id']} {row['scope']}" for row in found)
    return members, found, None, None


def _row(
    about: Row, year: int, members: tuple[str, ...], found: list[Row], reason: str | None, detail: str | None
) -> dict[str, Any]:
    used = [] if reason else found
    forms, scopes = {row["form"] for row in used}, {row["scope"] for row in used}
    return {
        **about,
        "year": year,
        "form": forms.pop() if len(forms) == 1 else None,
        "scope": scopes.pop() if len(scopes) == 1 else None,
        "scope_changed": None,
        "members": list(members),
        "report_ids": sorted(r["report_id"] for r in used),
        "missing_reason": reason,
        "missing_detail": detail,
        "used": [r["place"] for r in used],
    }


def _sums(used: Sequence[Row]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for column in panel_columns():
        name = column.name
        printed = all(r[f"{name}_read"] is not None for r in used)
        values = [r[name] for r in used]
        row[name] = round(sum(values), 6) if printed and None not in values else None
        row[f"{name}_read"] = worst([r[f"{name}_read"] for r in used], READINGS) if printed else None
        row[f"{name}_ok"] = worst([r[f"{name}_ok"] for r in used], CONSISTENCIES) if printed else None
        if name in zero_columns():
            row[f"{name}_zero"] = printed and row[name] is None and all(r[name] == 0 or r[f"{name}_zero"] for r in used)
    return row


def _names(concept: str) -> list[str]:
    return [concept, f"{concept}_read", f"{concept}_ok", *([f"{concept}_zero"] if concept in zero_columns() else [])]


__all__ = ["BOUNDARIES", "REASONS", "panel_2024_of"]
