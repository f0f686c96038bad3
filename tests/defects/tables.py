"""Changes of printed tables that several kinds of defect share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from typesetting.table import places, split

from tests.defects.sample import PrintedCell, PrintedTable

__all__ = ["change", "everywhere", "flat", "join", "places", "relabel", "split", "with_row"]
Change = Callable[[PrintedCell], PrintedCell | list[PrintedCell] | None]


def change(table: PrintedTable, cell: Change) -> PrintedTable:
    """Return a table with each cell changed, replaced by several, or (None) left out."""
    rows = []
    for row in table.rows:
        out: list[PrintedCell] = []
        for one in row:
            made = cell(one)
            out += made if isinstance(made, list) else [made] if made is not None else []
        rows.append(tuple(out))
    return replace(table, rows=tuple(rows))


def relabel(
    table: PrintedTable, text: Callable[[str], str], kinds: Sequence[str] = ("label", "header", "caption", "note")
):
    """Return a table with the text of its labels changed."""
    return change(table, lambda cell: replace(cell, text=text(cell.text)) if cell.kind in kinds else cell)


def everywhere(tables: dict[str, list[PrintedTable]], what: Callable[[PrintedTable], PrintedTable]):
    return {name: [what(table) for table in several] for name, several in tables.items()}


def with_row(table: PrintedTable, after: str, row: Sequence[PrintedCell], grow: str | None = None) -> PrintedTable:
    """Return a table with one row more after the one with a label, and the merged cell ``grow`` one row longer."""
    out = []
    for old in table.rows:
        if grow:
            old = tuple(replace(c, rows=c.rows + 1) if c.text == grow else c for c in old)
        out.append(old)
        if any(c.text == after for c in old):
            out.append(tuple(row))
    return replace(table, rows=tuple(out))


def flat(table: PrintedTable) -> list[str]:
    """Return the texts of a table's cells in reading order."""
    return [cell.text for row in table.rows for cell in row]


def join(tables: Sequence[PrintedTable]) -> PrintedTable:
    """Put tables of any width below one another in one grid; short rows end early."""
    widest = max(tables, key=lambda table: len(table.widths))
    return PrintedTable("joined", tuple(row for table in tables for row in table.rows), widest.widths)
