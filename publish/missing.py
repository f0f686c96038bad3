"""Why a figure is missing, as a letter: what Stata's extended missing values ``.a`` to ``.d`` say.

``a``: the form has no such item. ``b``: the form has it and the report does not print it. ``c``: it is printed, but blank
or not one number. ``d``: no figure can be formed, and ``missing_reason`` of the row says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from publish.schemas import PANELS
from transform.crosswalk import PanelColumn, panel_columns
from transform.forms import load_forms

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
_RATIO_COLUMNS = ("value", "numerator", "denominator")
_RATIO_REASONS = {"not_printed": "b", "blank": "c"}


def missing_letters(name: str, table: pa.Table) -> dict[str, list[str | None]]:
    """Return for each column of figures of a table, row by row, the letter where the figure is missing, else None.

    Columns that are no figures, and tables that have none, are left out.
    """
    if name in PANELS:
        about = [c for c in ("year", "form", "missing_reason") if c in table.column_names]
        rows = table.select(about).to_pylist()
        return {c.name: _letters(rows, table, c.name, _concept_reason(c)) for c in panel_columns() if c.name in table.column_names}
    if "missing_reason" in table.column_names:
        rows = table.select(["missing_reason"]).to_pylist()
        columns = [c for c in _RATIO_COLUMNS if c in table.column_names]
        return {column: _letters(rows, table, column, _ratio_reason) for column in columns}
    return {}


def _letters(rows: list[Row], table: pa.Table, column: str, reason: Callable[[Row, bool], str]) -> list[str | None]:
    values = table[column].to_pylist()
    seen = table[f"{column}_read"].to_pylist() if f"{column}_read" in table.column_names else [None] * len(rows)
    return [
        None if value is not None else reason(row, read is not None)
        for row, value, read in zip(rows, values, seen, strict=True)
    ]


def _concept_reason(column: PanelColumn) -> Callable[[Row, bool], str]:
    forms = load_forms()

    def reason(row: Row, printed: bool) -> str:
        if row.get("missing_reason") is not None:
            return "d"
        if printed:
            return "c"
        if row["form"] is not None:
            return "b" if row["form"] in column.alternatives else "a"
        prescribed = [f for f in column.alternatives if forms[f].first_year <= row["year"] <= (forms[f].last_year or row["year"])]
        return "b" if prescribed else "a"

    return reason


def _ratio_reason(row: Row, printed: bool) -> str:
    return _RATIO_REASONS.get(row["missing_reason"], "d")
