"""An official form as rows of labels and cells, in the shape it is printed in, ready to be filled with a report's figures.

Labels, their order and their nesting come from data/reference/forms; nothing is known here of any report.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from transform.forms.form import Form, Item, OfficialTable, load_forms
from transform.forms.reference import read_reference
from transform.observation import CellName


@dataclass(frozen=True)
class FormSpot:
    """One place of a redrawn form: a label (``zh`` as printed, ``en``), or the place of a figure (``key``)."""

    zh: str = ""
    en: str = ""
    key: CellName | None = None
    rows: int = 1
    columns: int = 1
    scope: str = ""
    depth: int = 0


@dataclass(frozen=True)
class FormGrid:
    """One official table redrawn."""

    title_zh: str
    title_en: str
    rows: tuple[tuple[FormSpot, ...], ...]


@lru_cache(maxsize=8)
def redrawn(form_id: str) -> tuple[FormGrid, ...]:
    """Return the tables of a form; none where the form is no official one (``narrative``)."""
    forms = load_forms()
    if form_id not in forms:
        return ()
    titles = {table["id"]: table.get("title_en", "") for table in read_reference(form_id)["tables"]}
    draw = {"blocks": _blocks, "matrix": _matrix, "single_row": _single_row, "list": _list}
    form = forms[form_id]
    return tuple(FormGrid(t.title_zh, titles.get(t.id, ""), tuple(draw[t.kind](form, t))) for t in form.tables)


def _blocks(form: Form, table: OfficialTable) -> Iterable[tuple[FormSpot, ...]]:
    width = 1 + max(len(block.columns) for block in table.blocks)
    for block in table.blocks:
        yield (FormSpot(block.label_zh, columns=width, scope="colgroup"),)
        header = [FormSpot("信息内容", "Content", scope="col")]
        yield (*header, *(FormSpot(c.label_zh, c.label_en, scope="col") for c in block.columns))
        for row in block.rows:
            label = FormSpot(row.label_zh, row.label_en, scope="row")
            yield (label, *(FormSpot(key=(f"{row.id}.{column.id}", None)) for column in block.columns))


def _matrix(form: Form, table: OfficialTable) -> Iterable[tuple[FormSpot, ...]]:
    labels = {"法人或其他组织": "Legal persons or other organisations"}
    grouped = [c for c in table.columns if c.group]
    first = [FormSpot("申请人情况", "Applicants", rows=2, columns=3, scope="col")]
    for column in table.columns:
        if not column.group:
            first.append(FormSpot(column.label_zh, column.label_en, rows=2, scope="col"))
        elif column is grouped[0]:
            first.append(FormSpot(column.group, labels.get(column.group, ""), columns=len(grouped), scope="colgroup"))
    yield tuple(first)
    yield tuple(FormSpot(c.label_zh, c.label_en, scope="col") for c in grouped)
    waiting: list[FormSpot] = []
    for row in table.rows:
        leaves = [r for r in table.rows if _under(table, r, row.id) and not _has_rows(table, r)]
        depth = _depth(table, row)
        if leaves:
            waiting.append(FormSpot(row.label_zh, row.label_en, rows=len(leaves), scope="rowgroup"))
            continue
        label = FormSpot(row.label_zh, row.label_en, columns=3 - depth, scope="row")
        yield (*waiting, label, *(FormSpot(key=(row.id, column.id)) for column in table.columns))
        waiting = []


def _single_row(form: Form, table: OfficialTable) -> Iterable[tuple[FormSpot, ...]]:
    paths = [(c.label_zh.split("／"), c) for c in table.columns]
    depth = max(len(path) for path, _ in paths)
    for level in range(depth):
        row: list[FormSpot] = []
        n = 0
        while n < len(paths):
            path, column = paths[n]
            same = [p for p, _ in paths[n:]]
            span = next((k for k, p in enumerate(same) if p[: level + 1] != path[: level + 1]), len(same))
            last = level == len(path) - 1
            if level < len(path) - 1:
                row.append(FormSpot(path[level], scope="colgroup", columns=span))
            elif last:
                row.append(FormSpot(path[level], column.label_en, rows=depth - level, scope="col"))
            n += max(span, 1)
        yield tuple(row)
    yield tuple(FormSpot(key=(column.id, None)) for _, column in paths)


def _list(form: Form, table: OfficialTable) -> Iterable[tuple[FormSpot, ...]]:
    yield (
        FormSpot("统计指标", "Indicator", scope="col"),
        FormSpot("单位", "Unit", scope="col"),
        FormSpot("统计数", "Value", scope="col"),
    )
    for row in table.rows:
        label = FormSpot(_numbered(row), row.label_en, scope="row", depth=_depth(table, row))
        if row.heading:
            yield (FormSpot(label.zh, label.en, columns=3, scope="rowgroup", depth=label.depth),)
        else:
            yield (label, FormSpot(row.unit or "", scope="unit"), FormSpot(key=(row.id, None)))


def _numbered(row: Item) -> str:
    number = row.numbering or ""
    return row.label_zh if not number or row.label_zh.startswith(number) else f"{number} {row.label_zh}"


def _depth(table: OfficialTable, row: Item) -> int:
    parents = {r.id: r.parent for r in table.rows}
    depth, parent = 0, row.parent
    while parent:
        depth, parent = depth + 1, parents.get(parent)
    return depth


def _under(table: OfficialTable, row: Item, ancestor: str) -> bool:
    parents = {r.id: r.parent for r in table.rows}
    parent = row.parent
    while parent:
        if parent == ancestor:
            return True
        parent = parents.get(parent)
    return False


def _has_rows(table: OfficialTable, row: Item) -> bool:
    return any(r.parent == row.id for r in table.rows)
