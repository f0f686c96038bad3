"""Finding the official tables in the grids of a document: a Reading in, FormTables out.

Every printed cell of an official table ends as a FormCell or as a left-over with its reason, never as nothing. The one
thing to know: a cell's place is what its row's and its column's labels say; where the structure does not line up with
the labels the cell is still placed, but carries a ``guess`` or a ``doubt`` that keeps it from being ``confirmed``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

from extract.document import Cell, Grid, Reading
from transform.forms.form import load_forms
from transform.forms.labels import clean, parse_label
from transform.observation import FormCell, FormTable
from transform.recognition.headers import (
    T3_COLUMNS,
    T4_COLUMNS,
    Header,
    HeaderColumn,
    all_blocks,
    header_kind,
    is_row_label,
    read_t2_header,
    read_t3_header,
    read_t4_header,
)
from transform.recognition.label_index import Entry, match_label, nearest_row
from transform.recognition.placing import Found, is_label, is_number, is_value
from transform.recognition.statistical_list import list_role, read_list
from transform.recognition.stitch import stitch
from transform.recognition.values import parse_value

_ROLE_OF_KIND = {"t2": "t2_row", "t3": "t3_row"}
_LISTS = {"list14": "sc_2014", "early": "pre2014_local"}
_TABLE_OF_KIND = {"t2": "t2", "t3": "t3", "t4": "t4", "list14": "sc_2014_t1", "early": "e_t1"}


def recognise(reading: Reading, year: int | None = None) -> list[FormTable]:
    """Return the official tables of one reading, in the order they stand.

    ``year`` (report year, if told) decides between the forms of 2019 and 2021 only where no label does.
    """
    grids = stitch(reading.grids)
    found: list[Found] = []
    carried: tuple[Header, int] | None = None
    for grid in grids:
        result, carried = _walk(grid, carried, year)
        if result.cells:
            _sweep(grid, result)
            found.append(result)
    return _tables(found, reading, year)


def _walk(grid: Grid, carried: tuple[Header, int] | None, year: int | None) -> tuple[Found, tuple[Header, int] | None]:
    """Read one grid row by row; ``carried`` is the header of a table that a split left without one."""
    found = Found()
    role = list_role(grid)
    if role:
        read_list(grid, role, found, year)
        return found, None
    header: Header | None = carried[0] if carried and carried[1] == grid.n_cols else None
    inherited = header is not None
    block: str | None = None
    row = 0
    while row < grid.n_rows:
        own = [c for c in grid.row(row) if c.row == row]
        kind = next((k for k in map(header_kind, own) if k and k != "list"), None)
        label = _row_label(grid, row, header)
        if label is not None and not (kind and label[1].role == "t3_row" and kind == "t3"):
            if block and label[1].block not in (None, block):
                found.headless.add(label[1].id)
            _place_row(grid, row, header, label, found, inherited)
            row += 1
        elif kind == "t2":
            new = read_t2_header(grid, row, block)
            block = new.block
            found.use(*new.cells)
            if new.columns:
                header, inherited = new, False
            elif header and header.kind != "t2":
                header = None
            row = new.next_row
        elif kind == "t3":
            header, inherited = read_t3_header(grid, row), False
            found.use(*[c for c in header.cells if is_label(c)])
            row = header.next_row
        elif kind == "t4":
            header, inherited = read_t4_header(grid, row), False
            found.use(*header.cells)
            row = _place_t4(grid, header, found)
            header = None
        else:
            row += 1
    return found, (header, grid.n_cols) if header and found.cells else None


def _row_label(grid: Grid, row: int, header: Header | None) -> tuple[Cell, Entry, str | None, list[Cell]] | None:
    """Return (label cell, what it names, guess, all label cells) of a row, or None.

    The deepest label decides: 三、本年度办理结果 | （三）不予公开 | 1.属于国家秘密 is row 1 of its group. A row whose deepest
    label cell names nothing is a local sub-row, not its parent.
    """
    cells = _left_of_values(grid, row, header)
    named: list[tuple[Cell, Entry]] = []
    for cell in cells:
        for entry in match_label(cell.text)[1]:
            if entry.role in ("t2_row", "t3_row") and is_row_label(cell, entry.role):
                named.append((cell, entry))
                break
        else:
            lone_other = parse_label(cell.text).core == "其他"
            if header and header.kind == "t3" and cell.row == row and (lone_other or _beside(header, cell)):
                # 3.其他 or （七）总计 whose number was lost: a row by its place, never the column of that name.
                named += [(cell, e) for e in match_label(cell.text)[1] if e.role == "t3_row"][:1]
    labels = [c for c in cells if not is_value(c) or any(c is n for n, _ in named)]
    if not labels:
        return None
    deepest = labels[-1]
    if named and named[-1][0] is deepest:
        entry = named[-1][1]
        guess = (
            "row 总计 without its number"
            if parse_label(deepest.text).core == "总计" and not _numbered(deepest)
            else None
        )
        return (deepest, entry, guess, labels) if deepest.row == row else None
    if deepest.row != row or header is None or header.kind not in _ROLE_OF_KIND or header_kind(deepest):
        return None
    nearest = nearest_row(deepest.text, _ROLE_OF_KIND[header.kind])
    if nearest and not nearest.item.heading:
        return deepest, nearest, f"label {clean(deepest.text)!r} read as {nearest.item.label_zh!r}", labels
    return None


def _beside(header: Header, cell: Cell) -> bool:
    """Tell whether a cell stands to the left of all columns of a header."""
    return cell.col + cell.col_span <= min((c.start for c in header.columns), default=0)


def _numbered(cell: Cell) -> bool:
    return match_label(cell.text)[0].numbering is not None


def _left_of_values(grid: Grid, row: int, header: Header | None) -> list[Cell]:
    """Return the filled cells of a row up to its first value, wherever the header's columns begin.

    Where the header has fewer label columns than the rows, its first columns stand over the rows' labels.
    """
    limit = min((c.start for c in header.columns), default=0) if header else 0
    out: list[Cell] = []
    for cell in grid.row(row):
        if cell.col >= limit and is_value(cell) and (out or header is not None):
            if cell.text.strip() or cell.col > 0:
                break
        elif cell.text.strip():
            if header and out and cell.col >= limit and _words_for_a_figure(grid, cell, row, out[-1], header):
                break
            out.append(cell)
    return out


def _words_for_a_figure(grid: Grid, cell: Cell, row: int, label: Cell, header: Header) -> bool:
    """Tell whether words stand where the first figure of a row does (未收费, 见附件): right of the row's own label, one cell
    for each column from there on. A local sub-row (行政检查) has one cell more."""
    if len(cell.text) > 12 or is_label(cell) or header.kind not in _ROLE_OF_KIND:
        return False
    role = _ROLE_OF_KIND[header.kind]
    if not any(e.role == role and not e.item.heading for e in match_label(label.text)[1]):
        return False
    rest = [c for c in grid.row(row) if c.col >= cell.col]
    while len(rest) > len(header.columns) and not rest[-1].text.strip():
        rest.pop()
    return len(rest) == len(header.columns)


def _place_row(
    grid: Grid,
    row: int,
    header: Header | None,
    label: tuple[Cell, Entry, str | None, list[Cell]],
    found: Found,
    inherited: bool,
) -> None:
    cell, entry, guess, labels = label
    found.use(*labels)
    kind = "t2" if entry.role == "t2_row" else "t3"
    values = [c for c in grid.row(row) if c.col >= cell.col + cell.col_span]
    if header is None or header.kind != kind:
        header = _header_by_order(kind, entry, values)
        if header is None:
            return
    if entry.item.heading and (entry.id != "res_other" or cell.row_span > 1):
        for value in values:
            if value.text.strip():
                found.use(value)
                found.leftovers.append(
                    (kind, value, f"subtotal beside the heading {entry.item.label_zh}, not in the national form")
                )
        return
    columns = [c for c in header.columns if kind == "t3" or _belongs(c.id, entry)]
    if not columns:
        return
    placed, doubt = _line_up(columns, values)
    doubt = doubt or _moved(header, values, placed)
    if len(columns) < (len(T3_COLUMNS) if kind == "t3" else _n_columns(entry, {c.id for c in columns})):
        doubt = doubt or "header incomplete"
    for column, value in placed:
        found.use(value)
        why = (
            doubt
            or column.doubt
            or ("value cell merged over several rows" if value.row_span > 1 and value.text.strip() else None)
        )
        if value.row != row:
            continue
        if inherited and header.kind == "t2":
            why = why or "header of another part of the table"
        indicator, applicant = (entry.id, column.id) if kind == "t3" else (f"{entry.id}.{column.id}", None)
        forms = entry.forms if kind == "t3" else tuple(f for f in column.forms if f in entry.forms) or column.forms
        found.cells.append(
            (
                kind,
                FormCell(
                    indicator, applicant, value, guess is None, column.exact, guess or column.guess, why, column.unit
                ),
                forms,
            )
        )


def _moved(header: Header, values: list[Cell], placed: list[tuple[HeaderColumn, Cell]]) -> str | None:
    """Return a doubt where a row ends before its header does, or after it, so that its cells may not be under their own.

    Before: where no figure stands in its last column, a cell may be lost and a spare one beside the table moved into it.
    """
    end = max((c.col + c.col_span for c in header.cells), default=0)
    if not end or not placed or not values:
        return None
    if values[-1].col >= end:
        return _moved_down(header, placed)
    if values[-1].col + values[-1].col_span < end and not is_number(placed[-1][1]):
        return "row ends before its header does"
    return None


def _moved_down(header: Header, placed: list[tuple[HeaderColumn, Cell]]) -> str | None:
    """Return a doubt where a row has an empty cell more than its header and an empty one before a figure.

    Which of the two is the one too many cannot be told, unless the row's own total stands in its place.
    """
    figures = [parse_value(cell.text) for _, cell in placed]
    last_filled = max((n for n, f in enumerate(figures) if f.status != "blank"), default=0)
    if not any(f.status == "blank" for f in figures[:last_filled]):
        return None
    parts = [f.value or 0.0 for f in figures[:-1]]
    total = figures[-1].value if header.kind == "t3" and len(figures) == len(T3_COLUMNS) else None
    if total and abs(sum(parts) - total) < 1e-9:
        return None
    return "row has a cell more than its header"


def _n_columns(entry: Entry, seen: set[str]) -> int:
    """Return how many columns the form prints over a row of Table 2 under the columns that were found."""
    return min(
        (
            len(b.columns)
            for b in all_blocks()
            if entry.id in {r.id for r in b.rows} and seen <= {c.id for c in b.columns}
        ),
        default=len(seen) + 1,
    )


def _belongs(column_id: str, entry: Entry) -> bool:
    return any(column_id in {c.id for c in b.columns} and entry.id in {r.id for r in b.rows} for b in all_blocks())


def _header_by_order(kind: str, entry: Entry, values: list[Cell]) -> Header | None:
    """Take the form's own sequence where a table has no header: possible only when the count fits, and doubtful."""
    doubt = "no header over the row, columns by order"
    if kind == "t3":
        ids: list[str] = list(T3_COLUMNS)
    else:
        options = [[c.id for c in b.columns] for b in all_blocks() if entry.id in {r.id for r in b.rows}]
        ids = next((o for o in options if len(o) == len(values)), [])
    if not ids or len(values) != len(ids) or not all(is_value(v) for v in values):
        return None
    columns = tuple(
        HeaderColumn(i, v.col, v.col + v.col_span, False, None, doubt) for i, v in zip(ids, values, strict=True)
    )
    return Header(kind, columns, 0)


def _line_up(columns: list[HeaderColumn], values: list[Cell]) -> tuple[list[tuple[HeaderColumn, Cell]], str | None]:
    """Match the value cells of a row with the header's columns: (pairs, doubt or None).

    No doubt remains only if the match is the one order-preserving one in which every column overlaps its own cell and
    no filled cell is left over.
    """
    if len(values) == len(columns) and all(
        v.col == c.start and v.col + v.col_span == c.stop for c, v in zip(columns, values, strict=True)
    ):
        return list(zip(columns, values, strict=True)), None
    over = [[v for v in values if v.col < c.stop and v.col + v.col_span > c.start] for c in columns]
    direct = [cells[0] for cells in over if len(cells) == 1]
    filled_extra = [v for v in values if v.text.strip() and not any(v in cells for cells in over)]
    if len(direct) == len(columns) and len({id(v) for v in direct}) == len(columns) and not filled_extra:
        return list(zip(columns, direct, strict=True)), None
    inside = [v for v in values if any(v in cells for cells in over)]
    if (
        len(inside) == len(columns)
        and not filled_extra
        and all(v in cells for v, cells in zip(inside, over, strict=True))
    ):
        return list(zip(columns, inside, strict=True)), None
    tiled = _tiled(columns, values)
    if tiled and not filled_extra:
        return tiled, None
    tail = list(values)
    while len(tail) > len(columns) and not tail[-1].text.strip():
        tail.pop()
    if len(tail) == len(columns):
        return list(zip(columns, tail, strict=True)), "row does not line up with its header, columns by order"
    pairs, taken = [], set()
    for column, cells in zip(columns, over, strict=True):
        value = next((v for v in cells if id(v) not in taken), None)
        if value is not None:
            taken.add(id(value))
            pairs.append((column, value))
    why = "row has more cells than its header" if len(values) > len(columns) else "row has fewer cells than its header"
    return pairs, why


def _tiled(columns: list[HeaderColumn], values: list[Cell]) -> list[tuple[HeaderColumn, Cell]] | None:
    """Match columns that the row's cells fill edge to edge, each with at most one filled cell, its first."""
    pairs = []
    for column in columns:
        inside = [v for v in values if column.start <= v.col and v.col + v.col_span <= column.stop]
        if sum(v.col_span for v in inside) != column.stop - column.start or any(v.text.strip() for v in inside[1:]):
            return None
        pairs.append((column, inside[0]))
    return pairs


def _place_t4(grid: Grid, header: Header, found: Found) -> int:
    """Read the first row of values under the header of Table 4; return the row after it."""
    row = header.next_row
    while row < grid.n_rows and not any(c.row == row for c in grid.row(row)):
        row += 1
    if row >= grid.n_rows or not header.columns:
        return row
    if not any(c.text.strip() for c in grid.row(row)) and row + 1 < grid.n_rows and _filled_with_values(grid, row + 1):
        # An empty row between the header and the figures.
        row += 1
    values = [c for c in grid.row(row) if c.row == row]
    if any(not is_value(v) and v.col >= header.columns[0].start for v in values) and not any(
        is_value(v) and v.text.strip() for v in values
    ):
        return row
    cells = [v for v in values if is_value(v)]
    if header.without_totals and len(cells) == len(T4_COLUMNS):
        by_order = [HeaderColumn(i, c.col, c.col + c.col_span, False) for i, c in zip(T4_COLUMNS, cells, strict=True)]
        placed = list(zip(by_order, cells, strict=True))
        doubt: str | None = "header without 总计 is shorter than its row, columns by order"
    else:
        placed, doubt = _line_up(list(header.columns), cells)
        doubt = doubt or _moved(header, cells, placed)
        if not _whole_groups(header):
            doubt = doubt or "header incomplete"
    for column, value in placed:
        found.use(value)
        why = (
            doubt
            or column.doubt
            or ("value cell merged over several rows" if value.row_span > 1 and row + 1 < grid.n_rows else None)
        )
        found.cells.append(("t4", FormCell(column.id, None, value, True, column.exact, column.guess, why, None), ()))
    return row + 1


def _whole_groups(header: Header) -> bool:
    """Tell whether a header of Table 4 names each group it names with all of its five columns."""
    groups = Counter(column.id.rpartition("_")[0] for column in header.columns)
    return set(groups.values()) == {len(T4_COLUMNS) // 3}


def _filled_with_values(grid: Grid, row: int) -> bool:
    cells = [c for c in grid.row(row) if c.text.strip()]
    return len(cells) >= 10 and all(is_value(c) for c in cells)


def _sweep(grid: Grid, found: Found) -> None:
    """List every filled cell of an official table that was neither a label nor placed."""
    kind = found.cells[0][0]
    strays: list[Cell] = []
    for cell in grid.cells:
        if id(cell) in found.used or not cell.text.strip() or is_label(cell):
            continue
        if parse_value(cell.text).status in ("slash",) and not any(ch.isalnum() for ch in cell.text):
            reason = "mark outside the form's cells"
        elif is_number(cell):
            reason = "number outside the form's rows and columns"
            strays.append(cell)
        else:
            reason = "text that is no label of the form"
        found.leftovers.append((kind, cell, reason))
    if grid.edges and strays:
        _doubt_beside(grid, strays, found)


def _doubt_beside(grid: Grid, strays: list[Cell], found: Found) -> None:
    """Mark the cells that a number on its own, in a row without a label, can be the rest of: those directly above it.

    Only where rows were put together from lines and characters, which pages cut.
    """
    why = "a number without a place stands below"
    alone = [s for s in strays if not any(is_label(c) for c in grid.row(s.row)) and s.col > 0]
    for stray in alone:
        above = {
            id(c)
            for c in grid.row(stray.row - 1)
            if c.col < stray.col + stray.col_span and stray.col < c.col + c.col_span
        }
        found.cells[:] = [
            (kind, replace(cell, doubt=cell.doubt or why) if id(cell.cell) in above else cell, forms)
            for kind, cell, forms in found.cells
        ]


def _cut_rows(rows: list[str], order: list[str], headless: set[str]) -> set[str]:
    """Return the printed rows after which a row of the form, or the heading of the next block, is missing.

    What is missing may have been cut out of the page from the middle of one row to the middle of the next, and the
    rest of two figures then reads as one.
    """
    following = dict(pairwise(order))
    printed = set(rows)
    return {
        a for a in printed if (b := following.get(a)) and (b not in printed or (b in headless and a not in headless))
    }


def _form_rows(form: str, kind: str, divided: bool, printed: list[str]) -> list[str]:
    if kind in _LISTS:
        # Local lists differ: a row without a number of its own is only missed where others print it.
        items = load_forms()[_LISTS[kind]].table("list").rows
        return [r.id for r in items if not r.heading and (kind == "list14" or r.numbering or r.id in printed)]
    if kind == "t2":
        return [r.id for b in load_forms()[form].table("blocks").blocks for r in b.rows]
    rows = load_forms()["sc_2021" if divided else "sc_2019"].table("matrix").rows
    return [r.id for r in rows if not r.heading]


def _tables(found: list[Found], reading: Reading, year: int | None) -> list[FormTable]:
    """Group what was found by official table and tell the form of each from what only one form prints."""
    votes: Counter[str] = Counter()
    t3_rows = set()
    for result in found:
        for kind, cell, forms in result.cells:
            if kind == "t2" and len(forms) == 1 and cell.doubt is None:
                votes[forms[0]] += 1
            if kind == "t3":
                t3_rows.add(cell.indicator)
    divided = any(r.startswith("res_other_") for r in t3_rows)
    told = votes.most_common(1)[0][0] if votes else None
    modern = told or ("sc_2021" if divided else "sc_2019" if t3_rows and (year is None or year < 2021) else None)
    modern = modern or ("sc_2021" if year is None or year >= 2021 else "sc_2019")
    cut: dict[str, set[str]] = {}
    for kind in ("t2", "t3", "list14", "early"):
        rows = [c.indicator.partition(".")[0] for result in found for k, c, _ in result.cells if k == kind]
        headless = {row for result in found for row in result.headless}
        cut[kind] = _cut_rows(rows, _form_rows(modern, kind, divided, rows), headless)
    tables: list[FormTable] = []
    for result in found:
        for kind in dict.fromkeys(k for k, _, _ in result.cells):
            cells = tuple(
                replace(c, guess=c.guess or "the form's next row is missing")
                if c.indicator.partition(".")[0] in cut.get(kind, ())
                else c
                for k, c, _ in result.cells
                if k == kind
            )
            if kind == "t3" and any(c.indicator.startswith("res_other_") for c in cells):
                # （六）其他处理 is a heading beside its three parts; empty cells beside it are no cells of the form.
                cells, dropped = _without_heading(cells)
            else:
                dropped = []
            form = _LISTS.get(kind, modern)
            if kind in ("t3", "t4") and divided:
                form = "sc_2021"
            leftovers = tuple((c, r) for k, c, r in result.leftovers if k == kind) + tuple(dropped)
            tables.append(FormTable(form, _TABLE_OF_KIND[kind], reading.reader, reading.structural, cells, leftovers))
    return tables


def _without_heading(cells: tuple[FormCell, ...]) -> tuple[tuple[FormCell, ...], list[tuple[Cell, str]]]:
    kept = tuple(c for c in cells if c.indicator != "res_other")
    reason = "subtotal beside the heading （六）其他处理, not in the national form"
    return kept, [(c.cell, reason) for c in cells if c.indicator == "res_other" and c.cell.text.strip()]
