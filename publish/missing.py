"""Why a figure is missing, as a letter: what Stata's extended missing values ``.a`` to ``.e`` say.

``a``: the form has no such item. ``b``: the form has it and the report does not print it. ``c``: it is printed blank (empty,
a slash, 无). ``d``: no figure can be formed, and ``missing_reason`` of the row says why. ``e``: it is printed, and is not one
number, or one in a unit that cannot be told. The panel does not hold the status of cells: ``c`` and ``e`` are told apart by
the cells of its reports in ``observations``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.files import table_files
from publish.schemas import PANELS, TableSchema
from publish.stored import stored
from transform.crosswalk import PanelColumn, panel_columns
from transform.forms import load_forms
from transform.indicators import load_ratios

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
_RATIO_COLUMNS = ("value", "numerator", "denominator")
#: The table whose rows say of which reports the ratios of another are.
_PANEL_OF = {"indicators": "panel", "indicators_2024": "panel_2024"}
_Cell = tuple[str, str | None]


@dataclass(frozen=True)
class EmptyCells:
    """Of every report the cells that are printed and have no figure, with their status, and which reports a ratio is of."""

    by_report: Mapping[str, Mapping[_Cell, frozenset[str]]]
    reports: Mapping[tuple[str, str, int], tuple[str, ...]]

    def letter(self, reports: Iterable[str], concepts: Iterable[str]) -> str:
        """Return ``c`` where every cell of some concepts that has no figure is blank, else ``e``."""
        wanted = {cell for concept in concepts for cell in _cells(concept)}
        statuses = {
            status for report in reports for cell, held in self.by_report.get(report, {}).items() if cell in wanted for status in held
        }
        return "c" if statuses and "unreadable" not in statuses else "e"


def empty_cells(directory: Path, tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema]) -> EmptyCells:
    """Return the empty cells of a release whose observations lie in ``directory``, of reports in their current version."""
    import pyarrow.parquet as pq

    found: dict[str, dict[_Cell, frozenset[str]]] = {}
    columns = ["report_id", "indicator", "applicant", "status"]
    wanted = [("status", "!=", "reported"), ("is_current", "==", True)]
    for path in table_files(directory, schemas["observations"]) if "observations" in schemas else ():
        for row in pq.read_table(path, columns=columns, filters=wanted, partitioning=None).to_pylist():
            cells, cell = found.setdefault(row["report_id"], {}), (row["indicator"], row["applicant"])
            cells[cell] = cells.get(cell, frozenset()) | {row["status"]}
    held = stored(tables)
    reports = {
        (name, row["unit_id"], row["year"]): _reports(row)
        for name, panel in _PANEL_OF.items() if panel in tables
        for row in held.columns(panel, *(c for c in ("unit_id", "year", "report_id", "report_ids") if c in held.names(panel))).to_pylist()
    }
    return EmptyCells(found, reports)


def missing_letters(name: str, table: pa.Table, empty: EmptyCells | None = None) -> dict[str, list[str | None]]:
    """Return for each column of figures of a table, row by row, the letter where the figure is missing, else None.

    Columns that are no figures, and tables that have none, are left out. Without ``empty`` what is printed is ``c``.
    """
    if name in PANELS:
        about = [c for c in ("year", "form", "missing_reason", "report_id", "report_ids") if c in table.column_names]
        rows = table.select(about).to_pylist()
        return {c.name: _letters(rows, table, c.name, _concept_reason(c, empty)) for c in panel_columns() if c.name in table.column_names}
    if "missing_reason" in table.column_names:
        rows = table.select([c for c in ("unit_id", "year", "indicator", "missing_reason") if c in table.column_names]).to_pylist()
        columns = [c for c in _RATIO_COLUMNS if c in table.column_names]
        return {column: _letters(rows, table, column, _ratio_reason(name, empty)) for column in columns}
    return {}


def _letters(rows: list[Row], table: pa.Table, column: str, reason: Callable[[Row, bool], str]) -> list[str | None]:
    values = table[column].to_pylist()
    seen = table[f"{column}_read"].to_pylist() if f"{column}_read" in table.column_names else [None] * len(rows)
    return [
        None if value is not None else reason(row, read is not None)
        for row, value, read in zip(rows, values, seen, strict=True)
    ]


def _concept_reason(column: PanelColumn, empty: EmptyCells | None) -> Callable[[Row, bool], str]:
    forms = load_forms()

    def reason(row: Row, printed: bool) -> str:
        if row.get("missing_reason") is not None:
            return "d"
        if printed:
            return empty.letter(_reports(row), [column.name]) if empty else "c"
        if row["form"] is not None:
            return "b" if row["form"] in column.alternatives else "a"
        prescribed = [f for f in column.alternatives if forms[f].first_year <= row["year"] <= (forms[f].last_year or row["year"])]
        return "b" if prescribed else "a"

    return reason


def _ratio_reason(name: str, empty: EmptyCells | None) -> Callable[[Row, bool], str]:
    concepts = {ratio.id: ratio.columns for ratio in load_ratios()}

    def reason(row: Row, printed: bool) -> str:
        if row["missing_reason"] == "not_printed":
            return "b"
        if row["missing_reason"] != "blank":
            return "d"
        return empty.letter(empty.reports[name, row["unit_id"], row["year"]], concepts[row["indicator"]]) if empty else "c"

    return reason


def _reports(row: Row) -> tuple[str, ...]:
    return tuple(row["report_ids"] or ()) if "report_ids" in row else tuple(filter(None, (row["report_id"],)))


@lru_cache(maxsize=1024)
def _cells(concept: str) -> frozenset[_Cell]:
    """Return every cell that a concept is made of, in any form."""
    (column,) = (c for c in panel_columns() if c.name == concept)
    return frozenset((p.indicator, p.applicant) for alternatives in column.alternatives.values() for parts in alternatives for p in parts)
