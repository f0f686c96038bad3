"""Header rows of the official tables: which columns of a grid are which columns of the form.

The one thing to know: a header is read before any order is trusted. What its labels say exactly is ``exact``; half a
label (本年新 twice in a row) is a guess from the form's own sequence; a missing label leaves a doubt.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from extract.document import Cell, Grid
from transform.forms.form import FormBlock, load_forms
from transform.forms.labels import clean, parse_label
from transform.recognition.label_index import (
    LIST_HEADER_CODE,
    LIST_HEADER_PERIOD,
    LIST_HEADER_VALUE,
    T2_HEADER_WORDS,
    T3_HEADER_WORDS,
    T3_NOTE,
    T4_GROUPS,
    match_label,
)

T3_COLUMNS = ("natural_person", "company", "research_inst", "ngo", "legal_service", "other_org", "total")
T4_LEAVES = ("upheld", "corrected", "other", "pending", "total")
T4_COLUMNS = tuple(f"{group}_{leaf}" for group in ("review", "lit_direct", "lit_post") for leaf in T4_LEAVES)
_T4_BY_CORE = {
    "结果维持": "upheld",
    "结果纠正": "corrected",
    "其他结果": "other",
    "其它结果": "other",
    "尚未审结": "pending",
    "总计": "total",
    "合计": "total",
}
_UNIT_IN_HEADER = re.compile(r"(?:单位:?|\()\s*(万元|亿元|元|万(?:件|条|项|个|次|篇|人次|人))\)?")


@dataclass(frozen=True, slots=True)
class HeaderColumn:
    """One column of the form over the grid columns ``start`` to ``stop`` (exclusive)."""

    id: str
    start: int
    stop: int
    exact: bool = True
    guess: str | None = None
    doubt: str | None = None
    unit: str | None = None
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """``kind`` is t2, t3, t4 or list; ``next_row`` follows its last row; ``cells`` is what it consists of.

    ``without_totals``: Table 4 whose header names its columns in the form's order, but not all of the three 总计.
    """

    kind: str
    columns: tuple[HeaderColumn, ...]
    next_row: int
    cells: tuple[Cell, ...] = ()
    block: str | None = None
    without_totals: bool = False


def header_kind(cell: Cell) -> str | None:
    """Return which table's header a cell belongs to (t2, t3, t4, list), if its text alone tells."""
    return _header_kind(cell.text)


@lru_cache(maxsize=16384)
def _header_kind(text: str) -> str | None:
    label, entries = match_label(text)
    core = label.core
    if not core:
        return None
    if core in T3_HEADER_WORDS or core.startswith(T3_NOTE):
        return "t3"
    if core in T4_GROUPS and label.numbering is None:
        return "t4"
    if (
        core in T2_HEADER_WORDS
        or core.startswith("第二十条第")
        or re.match(r"^(中华人民共和国)?政府信息公开条例第二十条", core)
    ):
        return "t2"
    roles = {e.role for e in entries}
    if roles == {"t3_column"}:
        return "t3"
    if roles == {"t4_leaf"}:
        return "t4"
    if roles == {"t2_column"}:
        return "t2"
    if core in ("统计指标", "指标名称"):
        return "list"
    return None


def is_row_label(cell: Cell, role: str) -> bool:
    """Return whether a cell names a row of a table and nothing else there (总计 alone does not)."""
    label, entries = match_label(cell.text)
    if not any(e.role == role for e in entries):
        return False
    return not any(e.role in ("t3_column", "t4_leaf") for e in entries) or label.numbering is not None


def read_t3_header(grid: Grid, row: int) -> Header:
    """Return the seven applicant columns of Table 3 whose header starts at a row."""
    stop = row
    while stop < grid.n_rows and stop < row + 7 and not any(is_row_label(c, "t3_row") for c in grid.row(stop)):
        stop += 1
    cells = _cells_between(grid, row, stop)
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        label, entries = match_label(cell.text)
        for entry in entries:
            if entry.role == "t3_column" and label.numbering is None:
                found.setdefault(entry.id, []).append(cell)
    columns = []
    for column_id in T3_COLUMNS:
        if column_id in found:
            deepest = max(found[column_id], key=lambda c: c.row)
            columns.append(HeaderColumn(column_id, deepest.col, deepest.col + deepest.col_span))
    columns = _fill_gaps(columns, grid, T3_COLUMNS)
    if not _one_beside_another(columns, cells):
        columns = [HeaderColumn(c.id, c.start, c.stop, False, None, "header out of place") for c in columns]
    return Header("t3", tuple(columns), max(stop, row + 1), tuple(cells))


def _one_beside_another(columns: list[HeaderColumn], cells: list[Cell]) -> bool:
    """Tell whether columns follow one another in the form's order.

    总计 and 自然人 may stand elsewhere where nothing is lost: all seven there without a gap, in one row or with 法人或其他组织
    over its five.
    """
    if all(a.stop <= b.start for a, b in pairwise(columns)):
        return True
    placed = sorted(columns, key=lambda c: c.start)
    if len(columns) < len(T3_COLUMNS) or any(a.stop != b.start for a, b in pairwise(placed)):
        return False
    within = [c for c in columns if c.id not in ("natural_person", "total")]
    if any(a.stop != b.start for a, b in pairwise(within)):
        return False
    heads = [c for c in cells if parse_label(c.text).core == "法人或其他组织"]
    spans = any(c.col == within[0].start and c.col + c.col_span == within[-1].stop for c in heads)
    one_row = len({c.row for c in cells if match_label(c.text)[1] and c.text.strip()}) == 1
    return spans or (one_row and not heads)


def read_t4_header(grid: Grid, row: int) -> Header:
    """Return the fifteen columns of Table 4 whose header starts at a row."""
    stop = row
    while stop < grid.n_rows and stop < row + 7:
        texts = [c for c in grid.row(stop) if c.text.strip()]
        if not texts or not all(_t4_header_cell(c) for c in texts):
            break
        stop += 1
    cells = _cells_between(grid, row, stop)
    # A label printed again in each row it would span stands over its column once.
    deepest = {c.col: c for c in sorted(cells, key=lambda c: c.row) if parse_label(c.text).core in _T4_BY_CORE}
    leaves = [deepest[col] for col in sorted(deepest)]
    groups = [c for c in cells if parse_label(c.text).core in T4_GROUPS]
    placed = []
    for leaf in leaves:
        over = [
            parse_label(g.text).core
            for g in groups
            if g.col <= leaf.col and leaf.col + leaf.col_span <= g.col + g.col_span
        ]
        group = next((T4_GROUPS[core] for core in ("未经复议直接起诉", "复议后起诉", "行政复议") if core in over), None)
        placed.append((leaf, group, _T4_BY_CORE[parse_label(leaf.text).core]))
    ids = [f"{group}_{leaf}" for _, group, leaf in placed]
    if len(set(ids)) == len(ids) and all(group for _, group, _ in placed):
        columns = [HeaderColumn(i, c.col, c.col + c.col_span) for i, (c, _, _) in zip(ids, placed, strict=True)]
    elif [leaf for _, _, leaf in placed] == list(T4_LEAVES) * 3:
        # The fifteen leaves stand in the form's order under group headings that do not span them.
        columns = [
            HeaderColumn(i, c.col, c.col + c.col_span, False, "group headings do not span their columns")
            for i, (c, _, _) in zip(T4_COLUMNS, placed, strict=True)
        ]
    else:
        columns = [
            HeaderColumn(f"{group}_{leaf}", c.col, c.col + c.col_span, False, None, "header incomplete")
            for c, group, leaf in placed
            if group and ids.count(f"{group}_{leaf}") == 1
        ]
    named = [leaf for _, _, leaf in placed if leaf != "total"]
    short = len(placed) < len(T4_COLUMNS) and named == list(T4_LEAVES[:4]) * 3 and len({*_group_cores(groups)}) == 4
    return Header("t4", tuple(columns), max(stop, row + 1), tuple(cells), without_totals=short)


def _group_cores(groups: list[Cell]) -> list[str]:
    return [parse_label(group.text).core for group in groups]


def read_t2_header(grid: Grid, row: int, block: str | None) -> Header:
    """Return the columns of one block of Table 2 (信息内容 | …); ``block`` is what the last 第二十条第（…）项 said."""
    cells = [c for c in grid.row(row) if c.row == row]
    rest = [
        c
        for c in cells
        if c.text.strip()
        and parse_label(c.text).core not in T2_HEADER_WORDS
        and not parse_label(c.text).core.startswith("第二十条第")
    ]
    block = next((b for b in map(_block_of_heading, cells) if b), block)
    columns = []
    for cell in rest:
        entries = [e for e in match_label(cell.text)[1] if e.role == "t2_column"]
        if entries:
            forms = tuple(sorted({f for e in entries for f in e.forms}))
            columns.append(
                HeaderColumn(
                    entries[0].id, cell.col, cell.col + cell.col_span, unit=_header_unit(cell.text), forms=forms
                )
            )
        else:
            columns.append(HeaderColumn("", cell.col, cell.col + cell.col_span, False, unit=_header_unit(cell.text)))
    if any(not c.id for c in columns):
        columns = _complete(columns, [c.text for c in rest], block)
    return Header("t2", tuple(c for c in columns if c.id), row + 1, tuple(cells), block)


def read_list_header(grid: Grid, row: int, year: int | None = None) -> Header:
    """Return the columns ``value`` (统计数), ``period`` (本期实际), ``cumulative`` (历年累计) and ``code`` (代码) of a statistical list.

    Of columns for several years that of the report's ``year`` is ``value``, the others ``other_year``; where it is not among
    them, each is doubtful. A list in two halves side by side has two of each; a row's value is in the first to the right of its label. Its label and unit columns are found row by row.
    """
    cores = {id(cell): re.sub(r"^\d{4}", "", parse_label(cell.text).core) for cell in grid.row(row)}
    years = {id(c): int(m[1]) for c in grid.row(row) if (m := re.match(r"(20\d\d)(?=\D)", parse_label(c.text).core))}
    several = len(set(years.values())) > 1
    year_to_date = "本年累计" in cores.values()
    columns: list[HeaderColumn] = []
    codes: list[HeaderColumn] = []
    for cell in grid.row(row):
        core = cores[id(cell)]
        start, stop = cell.col, cell.col + cell.col_span
        if core in LIST_HEADER_PERIOD:
            columns.append(HeaderColumn("period" if year_to_date else "value", start, stop))
        elif several and id(cell) in years and core in (*LIST_HEADER_VALUE, "年"):
            own = years[id(cell)] == year
            doubt = None if year in years.values() else "columns for several years, none of them the report's"
            columns.append(HeaderColumn("value" if own or doubt else "other_year", start, stop, doubt=doubt))
        elif core in LIST_HEADER_VALUE:
            beside = year_to_date and core == "本年累计" and any(core in LIST_HEADER_PERIOD for core in cores.values())
            guess = "column 本年累计, the year's; one of a part of the year stands beside it" if beside else None
            columns.append(HeaderColumn("value", start, stop, guess=guess))
        elif core in LIST_HEADER_CODE:
            codes.append(HeaderColumn("code", start, stop))
        elif core in ("历年累计", "累计"):
            columns.append(HeaderColumn("cumulative", start, stop))
    return Header("list", (*columns, *codes), row + 1, tuple(c for c in grid.row(row)))


def _cells_between(grid: Grid, start: int, stop: int) -> list[Cell]:
    return [c for c in grid.cells if start <= c.row < stop]


def _t4_header_cell(cell: Cell) -> bool:
    core = parse_label(cell.text).core
    return core in _T4_BY_CORE or core in T4_GROUPS


def _header_unit(text: str) -> str | None:
    match = _UNIT_IN_HEADER.search(clean(text))
    return match[1] if match else None


def _block_of_heading(cell: Cell) -> str | None:
    match = re.search(r"第二十条第([一二三四五六七八九])项", parse_label(cell.text).core)
    return f"t2_art20_{'一二三四五六七八九'.index(match[1]) + 1}" if match else None


def all_blocks(block: str | None = None) -> list[FormBlock]:
    """Return the blocks of Table 2 in both forms that print it, or those of one item of Article 20."""
    return [b for f in ("sc_2019", "sc_2021") for b in load_forms()[f].table("blocks").blocks if block in (None, b.id)]


def _complete(columns: list[HeaderColumn], texts: list[str], block: str | None) -> list[HeaderColumn]:
    """Name half-printed headers from the form's own sequence: 本年新 | 本年新 | 对外公开 is made, disclosed, total."""
    for candidate in all_blocks(block):
        if len(candidate.columns) != len(columns):
            continue
        if all(
            column.id == item.id or (not column.id and _fragment(parse_label(text).short, item.cores))
            for column, text, item in zip(columns, texts, candidate.columns, strict=True)
        ):
            form = next(f for f in ("sc_2019", "sc_2021") if candidate in load_forms()[f].table("blocks").blocks)
            return [
                column
                if column.id
                else HeaderColumn(
                    item.id,
                    column.start,
                    column.stop,
                    False,
                    "half a header, completed from its neighbours",
                    None,
                    column.unit,
                    (form,),
                )
                for column, item in zip(columns, candidate.columns, strict=True)
            ]
    return columns


def _fragment(text: str, cores: frozenset[str]) -> bool:
    """Return whether a text is part of a label: its characters stand in it in order."""

    def within(core: str) -> bool:
        rest = iter(core)
        return all(char in rest for char in text)

    return len(text) >= 2 and any(within(core) for core in cores)


def _fill_gaps(columns: list[HeaderColumn], grid: Grid, order: tuple[str, ...]) -> list[HeaderColumn]:
    """Give a missing header its place where exactly its columns are left between two known neighbours."""
    known = {c.id: c for c in columns}
    if len(known) < 4 or len(known) == len(order):
        return columns
    out: list[HeaderColumn] = []
    for position, column_id in enumerate(order):
        if column_id in known:
            out.append(known[column_id])
            continue
        before = out[-1].stop if out else None
        after = next((known[i].start for i in order[position + 1 :] if i in known), None)
        missing = 0
        for later in order[position:]:
            if later in known:
                break
            missing += 1
        if before is not None and (after if after is not None else grid.n_cols) - before == missing:
            out.append(
                HeaderColumn(column_id, before, before + 1, False, "header missing, placed between its neighbours")
            )
    return out
