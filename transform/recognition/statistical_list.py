"""The statistical lists of 2014 (国办发〔2014〕32号) and before: one label, unit and value a row.

The one thing to know: a row is told by its label and, where a label stands twice (其他情形数), by the total printed last
above it; its value by the column 统计数, never by being the only number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from extract.document import Cell, Grid
from transform.forms.labels import clean
from transform.forms.measures import STANDARD_MEASURES, counted
from transform.observation import FormCell
from transform.recognition.headers import Header, header_kind, read_list_header
from transform.recognition.label_index import Entry, match_label, nearest_row
from transform.recognition.placing import Found, is_number
from transform.recognition.values import parse_value


def list_role(grid: Grid) -> str | None:
    """Return which statistical list a grid is (list14_row or early_row), None if it is none."""
    seen: dict[str, set[str]] = {"list14_row": set(), "early_row": set()}
    titled = False
    for cell in grid.cells:
        entries = match_label(cell.text)[1] if cell.text else ()
        titled = titled or header_kind(cell) == "list"
        for entry in entries:
            if entry.role in seen and not any(e.role in ("t2_row", "t3_row", "t3_column") for e in entries):
                seen[entry.role].add(entry.id)
    role = max(seen, key=lambda r: len(seen[r]))
    return role if len(seen[role]) >= (3 if titled else 6) else None


def read_list(grid: Grid, role: str, found: Found, year: int | None = None) -> None:
    """Place the rows of a statistical list; ``role`` says of which (see ``list_role``), ``year`` is the report's, if known."""
    kind = "list14" if role == "list14_row" else "early"
    form = "sc_2014" if role == "list14_row" else "pre2014_local"
    header: Header | None = None
    parents: list[str] = []
    counts = Counter(len([c for c in grid.row(row) if c.row == row]) for row in range(grid.n_rows))
    usual = counts.most_common(1)[0][0]
    counting = _counting_columns(grid, role)
    found.use(*[c for c in grid.cells if c.col in counting and is_number(c)])
    for row in range(grid.n_rows):
        cells = grid.row(row)
        own = [c for c in cells if c.row == row]
        if header is None or any(header_kind(c) == "list" for c in own):
            candidate = read_list_header(grid, row, year)
            if candidate.columns and not any(is_number(c) for c in own):
                header = candidate
                found.use(*own)
                continue
        misfit = header is not None and bool(own) and _misfit(header, own, usual)
        starts = [(i, m) for i, c in enumerate(own) if (m := _list_label(c, role, parents))]
        for nth, (index, (entry, guess)) in enumerate(starts):
            stop = starts[nth + 1][0] if nth + 1 < len(starts) else len(own)
            rest = [c for c in own[index + 1 : stop] if c.col not in counting or not is_number(c)]
            _place_list_row(own[index], rest, entry, guess, header, kind, form, found, misfit)
            parents.append(entry.id)
        found.use(*[c for c in own if header_kind(c) == "list"])


def _counting_columns(grid: Grid, role: str) -> set[int]:
    """Return the columns that number the rows of a list (代码, 序号), whatever their header says or lacks.

    A column under 统计数 alone is never taken for one, nor where no other column holds figures.
    """
    rows = [row for row in range(grid.n_rows) if any(_names_row(c, role) for c in grid.row(row) if c.row == row)]
    columns: dict[int, list[float | None]] = {}
    for row in rows:
        for cell in grid.row(row):
            if cell.row == row and is_number(cell):
                columns.setdefault(cell.col, []).append(parse_value(cell.text).value)
    headers = {
        column.start
        for row in range(grid.n_rows)
        if any(header_kind(c) == "list" for c in grid.row(row))
        for column in read_list_header(grid, row).columns
        if column.id != "code"
    }
    return {
        col
        for col, values in columns.items()
        if col not in headers and len(values) >= 0.8 * len(rows) and counts_rows(values)
    }


def counts_rows(values: Sequence[float | None]) -> bool:
    """Tell whether numbers count rows: whole, rising from each to the next; a few of them seldom by more than a few."""
    numbers = [v for v in values if v is not None and v == int(v)]
    if len(numbers) < max(4, len(values)):
        return False
    steps = [b - a for a, b in pairwise(numbers)]
    small = sum(step <= 3 for step in steps) >= 0.6 * len(steps)
    return all(step > 0 for step in steps) and (small or (len(numbers) >= 6 and numbers[-1] < 150))


def _names_row(cell: Cell, role: str) -> bool:
    return not is_number(cell) and any(e.role == role for e in match_label(cell.text)[1])


def _list_label(cell: Cell, role: str, parents: list[str]) -> tuple[Entry, str | None] | None:
    """Return what a label of a list names; 其他情形数 stands twice and belongs to the total printed last above it."""
    if not cell.text.strip() or is_number(cell):
        return None
    entries = [e for e in match_label(cell.text)[1] if e.role == role]
    if len(entries) > 1:
        recent = {parent: i for i, parent in enumerate(parents)}
        entries = sorted(entries, key=lambda e: -recent.get(e.item.parent or "", -1))
        if recent.get(entries[0].item.parent or "", -1) < 0:
            return entries[0], "label stands twice in the form, its group was not printed"
    if entries:
        return entries[0], None
    if cell.text.strip() in STANDARD_MEASURES:
        return None
    nearest = nearest_row(cell.text, role)
    return (nearest, f"label {clean(cell.text)!r} read as {nearest.item.label_zh!r}") if nearest else None


def _place_list_row(
    label: Cell,
    rest: list[Cell],
    entry: Entry,
    guess: str | None,
    header: Header | None,
    kind: str,
    form: str,
    found: Found,
    misfit: bool,
) -> None:
    found.use(label)
    unit = next((c for c in rest if clean(c.text) in STANDARD_MEASURES), None)
    if unit is not None:
        found.use(unit)
    columns = header.columns if header else ()
    column = next((c for c in columns if c.id == "value" and c.start > label.col), None)
    values = []
    for cell in rest:
        over = next((c.id for c in columns if cell.col < c.stop and cell.col + cell.col_span > c.start), None)
        if over == "code" and not misfit:
            found.use(cell)
        elif over == "cumulative":
            found.use(cell)
            if cell.text.strip():
                found.leftovers.append((kind, cell, "cumulative column, since reporting began"))
        elif over in ("period", "other_year"):
            found.use(cell)
            if cell.text.strip():
                part = "a part of the year" if over == "period" else "another year"
                found.leftovers.append((kind, cell, f"column of {part}"))
        elif cell is not unit:
            values.append(cell)
    doubt = None
    if column is not None:
        under = [c for c in values if c.col < column.stop and c.col + c.col_span > column.start]
        value = under[0] if len(under) == 1 else None
        guess, doubt = guess or column.guess, column.doubt
        if value is None:
            value = next((c for c in values if is_number(c)), None)
            doubt = "value does not stand under 统计数"
    else:
        numbers = [c for c in values if is_number(c)]
        value = numbers[0] if len(numbers) == 1 else values[-1] if len(values) == 1 else None
        guess = guess or "no header over the value column"
        if value is None and numbers:
            value, doubt = numbers[0], "several numbers in the row and no header"
    if value is None:
        return
    if entry.item.heading:
        # A heading's unit and value are printed as dashes.
        found.use(*[c for c in rest if parse_value(c.text).status == "slash"])
        if value.text.strip() and parse_value(value.text).status != "slash":
            found.use(value)
            found.leftovers.append((kind, value, f"figure beside the heading {entry.item.label_zh}"))
        return
    found.use(value)
    if misfit:
        doubt = doubt or "row has not as many cells as its header"
    if entry.item.guessed:
        doubt = doubt or "label not yet seen on a real annex (unverified_recall)"
    printed_unit = clean(unit.text) if unit is not None else None
    if printed_unit and entry.item.unit and counted(printed_unit) != counted(entry.item.unit):
        guess = guess or f"unit {printed_unit} is not that of the form ({entry.item.unit})"
    exact = guess is None or guess.startswith(("no header", "unit", "column"))
    found.cells.append(
        (kind, FormCell(entry.id, None, value, exact, column is not None, guess, doubt, printed_unit), (form,))
    )


def _misfit(header: Header, own: list[Cell], usual: int) -> bool:
    """Tell whether a row of a list ends before its header's last filled cell, or beyond it unlike most rows or filled."""
    end = own[-1].col + own[-1].col_span
    filled = max((c.col + c.col_span for c in header.cells if c.text.strip()), default=0)
    beyond = end > max(c.col + c.col_span for c in header.cells)
    return end < filled or (beyond and (len(own) != usual or bool(own[-1].text.strip())))
