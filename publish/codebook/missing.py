"""Why a figure is missing, as a letter: what Stata's extended missing values ``.a`` to ``.e`` say.

``a``: the form has no such item. ``b``: the form has it and the report does not print it. ``c``: it is printed blank (empty,
a slash, 无). ``d``: no figure can be formed, and ``missing_reason`` of the row says why. ``e``: it is printed, and is not one
number, or one in a unit that cannot be told. The panel does not hold the status of cells: ``c`` and ``e`` are told apart by
the cells of its reports in ``observations``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from publish.files.release_files import table_files
from publish.files.stored import stored
from publish.schema.schemas import PANELS, TableSchema
from transform.forms.crosswalk import PanelColumn, panel_columns
from transform.forms.form import load_forms
from transform.observation import CellName, Row
from transform.panel.indicators import load_ratios

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_LETTER_OF = {"not_printed": "b", "blank": "c"}
_RATIO_COLUMNS = ("value", "numerator", "denominator")
#: The table whose rows say of which reports the ratios of another are.
_PANEL_OF = {"indicators": "panel", "indicators_2024": "panel_2024"}


@dataclass(frozen=True)
class EmptyCells:
    """Of every report the cells that are printed and have no figure, with their status, and which reports a ratio is of."""

    by_report: Mapping[str, Mapping[CellName, frozenset[str]]]
    reports: Mapping[tuple[str, str, int], tuple[str, ...]]

    def letter(self, reports: Iterable[str], concepts: Iterable[str]) -> str:
        """Return ``c`` where every cell of some concepts that has no figure is blank, else ``e``."""
        wanted = {cell for concept in concepts for cell in _cells(concept)}
        statuses = {
            status
            for report in reports
            for cell, held in self.by_report.get(report, {}).items()
            if cell in wanted
            for status in held
        }
        return "c" if statuses and "unreadable" not in statuses else "e"


def empty_cells(directory: Path, tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema]) -> EmptyCells:
    """Return the empty cells of a release whose observations lie in ``directory``, of reports in their current version."""
    import pyarrow.parquet as pq

    found: dict[str, dict[CellName, frozenset[str]]] = {}
    columns = ["report_id", "indicator", "applicant", "status"]
    wanted = [("status", "!=", "reported"), ("is_current", "==", True)]
    for path in table_files(directory, schemas["observations"]) if "observations" in schemas else ():
        for row in pq.read_table(path, columns=columns, filters=wanted, partitioning=None).to_pylist():
            cells, cell = found.setdefault(row["report_id"], {}), (row["indicator"], row["applicant"])
            cells[cell] = cells.get(cell, frozenset()) | {row["status"]}
    held = stored(tables)
    reports = {
        (name, row["unit_id"], row["year"]): _reports(row)
        for name, panel in _PANEL_OF.items()
        if panel in tables
        for row in held.columns(
            panel, *(c for c in ("unit_id", "year", "report_id", "report_ids") if c in held.names(panel))
        ).to_pylist()
    }
    return EmptyCells(found, reports)


def missing_letters(name: str, table: pa.Table, empty: EmptyCells | None = None) -> dict[str, np.ndarray]:
    """Return for each column of figures of a table, row by row, the letter where the figure is missing, else an empty text.

    Columns that are no figures, and tables that have none, are left out. Without ``empty`` what is printed is ``c``.
    """
    if name in PANELS:
        return _of_concepts(table, empty)
    if "missing_reason" in table.column_names:
        letters = _of_ratios(name, table, empty)
        return {
            column: _where_missing(table, column, letters) for column in _RATIO_COLUMNS if column in table.column_names
        }
    return {}


def _of_concepts(table: pa.Table, empty: EmptyCells | None) -> dict[str, np.ndarray]:
    import numpy as np

    lost = (
        table["missing_reason"].is_valid().to_numpy()
        if "missing_reason" in table.column_names
        else np.zeros(table.num_rows, bool)
    )
    asked = list(zip(table["form"].to_pylist(), table["year"].to_pylist(), strict=True))
    kinds = {kind: number for number, kind in enumerate(dict.fromkeys(asked))}
    kind = np.array([kinds[one] for one in asked], dtype=np.int64)
    reports = [
        _reports(row)
        for row in table.select([c for c in ("report_id", "report_ids") if c in table.column_names]).to_pylist()
    ]
    found = {}
    for column in panel_columns():
        if column.name not in table.column_names:
            continue
        by_kind = np.array([_unprinted(column, form, year) for form, year in kinds], dtype="U1")
        letters = by_kind[kind] if kinds else np.zeros(0, dtype="U1")
        printed = table[f"{column.name}_read"].is_valid().to_numpy() & table[column.name].is_null().to_numpy() & ~lost
        for row in np.flatnonzero(printed):
            letters[row] = empty.letter(reports[row], [column.name]) if empty else "c"
        letters[lost] = "d"
        found[column.name] = _where_missing(table, column.name, letters)
    return found


def _unprinted(column: PanelColumn, form: str | None, year: int) -> str:
    """Return the letter of a concept that a report on a form does not print; without a form the year tells which were in force."""
    if form is not None:
        return "b" if form in column.alternatives else "a"
    forms = load_forms()
    return "b" if any(forms[f].first_year <= year <= (forms[f].last_year or year) for f in column.alternatives) else "a"


def _of_ratios(name: str, table: pa.Table, empty: EmptyCells | None) -> np.ndarray:
    import numpy as np

    concepts = {ratio.id: ratio.columns for ratio in load_ratios()}
    reasons = table["missing_reason"].to_pylist()
    letters = np.array([_LETTER_OF.get(reason, "d") for reason in reasons], dtype="U1")
    if empty:
        blank = [row for row, reason in enumerate(reasons) if reason == "blank"]
        for row, told in zip(
            blank, table.select(["unit_id", "year", "indicator"]).take(blank).to_pylist() if blank else (), strict=True
        ):
            letters[row] = empty.letter(empty.reports[name, told["unit_id"], told["year"]], concepts[told["indicator"]])
    return letters


def _where_missing(table: pa.Table, column: str, letters: np.ndarray) -> np.ndarray:
    import numpy as np

    return np.where(table[column].is_null().to_numpy(), letters, "")


def _reports(row: Row) -> tuple[str, ...]:
    return tuple(row["report_ids"] or ()) if "report_ids" in row else tuple(filter(None, (row["report_id"],)))


@lru_cache(maxsize=1024)
def _cells(concept: str) -> frozenset[CellName]:
    """Return every cell that a concept is made of, in any form."""
    (column,) = (c for c in panel_columns() if c.name == concept)
    return frozenset(
        (p.indicator, p.applicant)
        for alternatives in column.alternatives.values()
        for parts in alternatives
        for p in parts
    )
