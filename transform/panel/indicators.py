"""Indicators: ratios of the panel's concepts, with numerator, denominator and why a value is missing.

The formulas and their labels are data (data/reference/forms/indicators.json). The one thing to know: a ratio is taken of
one report, or of the sums of panel_2024, never a mean of ratios; a missing part makes it missing and is never read as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from typing import TYPE_CHECKING, Any

from extract.errors import ReferenceDataError
from transform.forms.crosswalk import panel_columns
from transform.forms.expressions import Part, parse_sum
from transform.forms.form import load_forms
from transform.forms.reference import read_reference
from transform.observation import Row
from transform.panel.cells import CONSISTENCIES, READINGS

if TYPE_CHECKING:
    import pyarrow as pa

#: Names of the invented province's units begin so (transform/places/unit_rows.py).
INVENTED = ("CN-99", "CN-ZONE-99")
ON_TIME = {"found": 1.0, "late": 0.0}


@dataclass(frozen=True)
class Ratio:
    """One indicator: ``numerator`` and ``denominator`` are sums of panel columns, ``forms`` those that have all of them."""

    id: str
    label_en: str
    label_zh: str
    numerator: str
    denominator: str
    note: str | None
    above: tuple[Part, ...]
    below: tuple[Part, ...]
    forms: frozenset[str]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.indicator for part in (*self.above, *self.below)))


@lru_cache(maxsize=1)
def load_ratios() -> tuple[Ratio, ...]:
    """Return the ratios in the order of the file.

    Raises:
        ReferenceDataError: a formula names no column of the panel, or an id is given twice.
    """
    forms = {column.name: frozenset(column.alternatives) for column in panel_columns()}
    ratios: list[Ratio] = []
    for entry in read_reference("indicators")["indicators"]:
        above, below = parse_sum(entry["numerator"]), parse_sum(entry["denominator"])
        unknown = {part.indicator for part in (*above, *below)} - forms.keys()
        if unknown or entry["id"] in {ratio.id for ratio in ratios}:
            raise ReferenceDataError(
                f"indicators.json: {entry['id']}: given twice, or no column {', '.join(sorted(unknown))}"
            )
        shared = frozenset.intersection(*(forms[part.indicator] for part in (*above, *below)))
        ratios.append(
            Ratio(
                **{k: entry[k] for k in ("id", "label_en", "label_zh", "numerator", "denominator", "note")},
                above=above,
                below=below,
                forms=shared,
            )
        )
    return tuple(ratios)


def ratios_of(panel: pa.Table) -> pa.Table:
    """Return the rows of ``indicators`` or ``indicators_2024``: the ratios of every row of the panel or of panel_2024; a territory
    without figures has a row for each ratio of that year's form with the reason."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not panel.num_rows:
        return pa.table({})
    if "missing_reason" not in panel.column_names:
        panel = panel.append_column("missing_reason", pa.nulls(panel.num_rows, pa.string()))
    missing = pc.cast(panel["missing_reason"], pa.string())
    years = pc.unique(panel["year"])
    due = pa.array([form_of_year(year) for year in years.to_pylist()], pa.string()).take(
        pc.index_in(panel["year"], years)
    )
    form = pc.if_else(pc.is_valid(missing), due, pc.cast(panel["form"], pa.string()))
    return pa.concat_tables([_ratio(ratio, panel, form, missing) for ratio in load_ratios()])


def on_time_rows(coverage: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows of ``indicators`` that coverage gives: ``published_on_time`` for every report that it expects."""
    name = read_reference("indicators")["coverage"]["id"]
    return [_on_time(row, name) for row in coverage if row["expected"]]


def form_of_year(year: int) -> str | None:
    """Return the form prescribed for reports on a year."""
    forms = [f for f in load_forms().values() if f.first_year <= year and (f.last_year is None or year <= f.last_year)]
    return max(forms, key=lambda f: f.first_year).id if forms else None


def _ratio(ratio: Ratio, panel: pa.Table, form: pa.ChunkedArray, missing: pa.ChunkedArray) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    read = [pc.cast(panel[f"{name}_read"], pa.string()) for name in ratio.columns]
    consistent = [pc.cast(panel[f"{name}_ok"], pa.string()) for name in ratio.columns]
    printed = reduce(pc.and_, [pc.is_valid(column) for column in read])
    above, below = _sum(ratio.above, panel), _sum(ratio.below, panel)
    known, zero = pc.and_(pc.is_valid(above), pc.is_valid(below)), pc.fill_null(pc.equal(below, 0), False)
    lacking = pc.if_else(known, pc.if_else(zero, "zero_denominator", None), pc.if_else(printed, "blank", "not_printed"))
    reason = pc.coalesce(missing, lacking)
    table = pa.table(
        {
            "unit_id": panel["unit_id"],
            "year": panel["year"],
            "indicator": pa.repeat(ratio.id, panel.num_rows),
            "value": pc.if_else(pc.is_null(reason), pc.divide(above, below), None),
            "numerator": above,
            "denominator": below,
            "missing_reason": reason,
            "reading": _worst(read, READINGS),
            "consistency": _worst(consistent, CONSISTENCIES),
            "synthetic": panel["synthetic"],
        }
    )
    # A report may follow an older form in one of its tables.
    return table.filter(pc.or_(printed, pc.is_in(form, pa.array(sorted(ratio.forms), pa.string()))))


def _sum(parts: Iterable[Part], panel: pa.Table) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    total: Any = pa.scalar(0.0)
    for part in parts:
        total = pc.add(total, pc.multiply(pc.cast(panel[part.indicator], pa.float64()), float(part.sign)))
    return pa.array([None if value is None else round(value, 6) for value in total.to_pylist()], pa.float64())


def _worst(columns: Sequence[pa.ChunkedArray], order: tuple[str, ...]) -> pa.Array:
    """Return the worst of some readings or consistencies in each row, null where one is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pa.array(order, pa.string())
    found = [pc.index_in(column, value_set=known) for column in columns]
    return known.take(pc.max_element_wise(*found, skip_nulls=False))


def _on_time(coverage: Row, name: str) -> dict[str, Any]:
    told = ON_TIME.get(coverage["status"]) if coverage["days_late"] is not None else None
    reason = None
    if told is None:
        reason = "date_unknown" if coverage["status"] in ON_TIME else coverage["status"]
    return {
        "unit_id": coverage["unit_id"],
        "year": coverage["year"],
        "indicator": name,
        "value": told,
        "numerator": told,
        "denominator": None if told is None else 1.0,
        "missing_reason": reason,
        "reading": None,
        "consistency": None,
        "synthetic": coverage["unit_id"].startswith(INVENTED),
    }
