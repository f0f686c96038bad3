"""Indicators: ratios of the panel's concepts, with numerator, denominator and why a value is missing.

The formulas and their labels are data (data/reference/forms/indicators.json). The one thing to know: a ratio is taken of
one report, or of the sums of panel_2024, never a mean of ratios; a missing part makes it missing and is never read as 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from extract.errors import ReferenceDataError
from transform.cells import CONSISTENCIES, READINGS, worst
from transform.crosswalk import Part, panel_columns, parse_sum
from transform.forms import load_forms, read_reference

Row = Mapping[str, Any]
#: Names of the invented province's units begin so (transform/units.py).
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
            raise ReferenceDataError(f"indicators.json: {entry['id']}: given twice, or no column {', '.join(sorted(unknown))}")
        shared = frozenset.intersection(*(forms[part.indicator] for part in (*above, *below)))
        ratios.append(Ratio(**{k: entry[k] for k in ("id", "label_en", "label_zh", "numerator", "denominator", "note")},
                            above=above, below=below, forms=shared))  # fmt: skip
    return tuple(ratios)


def indicator_rows(panel: Iterable[Row], coverage: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows of ``indicators``, sorted: the ratios of every report in the panel, and ``published_on_time`` for
    every report that coverage expects."""
    rows = [row for report in panel for row in _ratios(report, report["form"])]
    on_time = read_reference("indicators")["coverage"]["id"]
    rows += [_on_time(row, on_time) for row in coverage if row["expected"]]
    return sorted(rows, key=_key)


def indicator_2024_rows(panel_2024: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows of ``indicators_2024``, sorted; a territory without figures has a row for each ratio of that year's
    form with the reason."""
    rows: list[dict[str, Any]] = []
    for territory in panel_2024:
        reason = territory["missing_reason"]
        if reason is None:
            rows += _ratios(territory, territory["form"])
        else:
            form = form_of_year(territory["year"])
            rows += [_row(territory, ratio.id, None, None, reason, None, None) for ratio in load_ratios() if form in ratio.forms]
    return sorted(rows, key=_key)


def form_of_year(year: int) -> str | None:
    """Return the form prescribed for reports on a year."""
    forms = [f for f in load_forms().values() if f.first_year <= year and (f.last_year is None or year <= f.last_year)]
    return max(forms, key=lambda f: f.first_year).id if forms else None


def _ratios(report: Row, form: str | None) -> Iterator[dict[str, Any]]:
    for ratio in load_ratios():
        printed = all(report[f"{name}_read"] is not None for name in ratio.columns)
        # A report may follow an older form in one of its tables.
        if not printed and form not in ratio.forms:
            continue
        above, below = _sum(ratio.above, report), _sum(ratio.below, report)
        reason = None
        if above is None or below is None:
            reason = "blank" if printed else "not_printed"
        elif below == 0:
            reason = "zero_denominator"
        reading = worst([report[f"{name}_read"] for name in ratio.columns], READINGS) if printed else None
        consistency = worst([report[f"{name}_ok"] for name in ratio.columns], CONSISTENCIES) if printed else None
        yield _row(report, ratio.id, above, below, reason, reading, consistency)


def _sum(parts: Iterable[Part], report: Row) -> float | None:
    total = 0.0
    for part in parts:
        value = report[part.indicator]
        if value is None:
            return None
        total += part.sign * value
    return round(total, 6)


def _on_time(coverage: Row, name: str) -> dict[str, Any]:
    told = ON_TIME.get(coverage["status"]) if coverage["days_late"] is not None else None
    reason = None
    if told is None:
        reason = "date_unknown" if coverage["status"] in ON_TIME else coverage["status"]
    about = {**coverage, "synthetic": coverage["unit_id"].startswith(INVENTED)}
    return _row(about, name, told, None if told is None else 1.0, reason, None, None)


def _row(
    about: Row, indicator: str, above: float | None, below: float | None, reason: str | None,
    reading: str | None, consistency: str | None,
) -> dict[str, Any]:  # fmt: skip
    value = above / below if reason is None and above is not None and below else None
    return {
        "unit_id": about["unit_id"], "year": about["year"], "indicator": indicator, "value": value, "numerator": above,
        "denominator": below, "missing_reason": reason, "reading": reading, "consistency": consistency,
        "synthetic": about["synthetic"],
    }  # fmt: skip


def _key(row: Row) -> tuple[str, int, str]:
    return row["unit_id"], row["year"], row["indicator"]
