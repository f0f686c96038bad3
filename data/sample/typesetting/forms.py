"""The official forms as printed tables, from ``data/reference/forms``: labels, order, merged headers and group columns.

The figures come in as printed text; a missing key is an error, a blank cell is the empty text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from .table import PrintedCell, PrintedTable

FORMS = Path(__file__).resolve().parents[2] / "reference" / "forms"
Figures = Mapping[tuple[str, str | None], str]


@dataclass(frozen=True)
class Layout:
    """How a form is laid out. ``joined``: the blocks of table 2 in one grid, as in most Word files. ``undivided_other``:
    row （六） of the 2021 form without its three sub-rows, as some reports keep it from the 2019 form. ``broken_labels``:
    line breaks inside labels, as narrow columns have them."""

    joined: bool = True
    undivided_other: bool = False
    broken_labels: bool = False


def form_tables(form: str, figures: Figures, layout: Layout | None = None) -> dict[str, list[PrintedTable]]:
    """Return a form's tables by the section they stand in: ``t1`` (2014) or ``t2``, ``t3`` and ``t4``."""
    layout = layout or Layout()
    tables = {table["id"]: table for table in load_form(form)["tables"]}
    if form == "sc_2014":
        return {"t1": [_list(tables["sc_2014_t1"], figures)]}
    return {
        "t2": _blocks(tables["t2"], figures, layout),
        "t3": [_requests(tables["t3"], figures, layout)],
        "t4": [_cases(tables["t4"], figures)],
    }


@cache
def load_form(form: str) -> dict:
    return json.loads((FORMS / f"{form}.json").read_text(encoding="utf-8"))


def cells_of(form: str, layout: Layout | None = None) -> list[tuple[str, str | None]]:
    """Return every (indicator, applicant) a form prints, in the form's order."""

    class Anything(dict):
        def __missing__(self, key: tuple[str, str | None]) -> str:
            return ""

    printed = form_tables(form, Anything(), layout)
    return [
        (cell.indicator, cell.applicant)
        for tables in printed.values()
        for table in tables
        for row in table.rows
        for cell in row
        if cell.indicator
    ]


def value(figures: Figures, indicator: str, applicant: str | None = None, columns: int = 1) -> PrintedCell:
    return PrintedCell(figures[indicator, applicant], "value", columns, 1, indicator, applicant)


def _list(table: Mapping, figures: Figures) -> PrintedTable:
    rows = [tuple(PrintedCell(column["label_zh"], "header") for column in table["columns"])]
    for row, label in list_labels(table["rows"]):
        if row.get("heading"):
            rows.append((PrintedCell(label), PrintedCell("——", "note"), PrintedCell("", "note")))
        else:
            rows.append((PrintedCell(label), PrintedCell(row["unit"], "note"), value(figures, row["id"])))
    return PrintedTable("t1", tuple(rows), (6.4, 1.2, 2.0))


def list_labels(rows: list[Mapping]) -> list[tuple[Mapping, str]]:
    """Return the rows of the 2014 list with their labels as printed: number, 其中 and label."""
    headings = {row["id"] for row in rows if row.get("heading")}
    parts = {
        parent: [row["id"] for row in group]
        for parent, group in groupby(
            sorted(
                (r for r in rows if r["numbering"] == "其中" and r["parent"] not in headings), key=lambda r: r["parent"]
            ),
            key=lambda r: r["parent"],
        )
    }
    printed = []
    for row in rows:
        number, label = row["numbering"] or "", row["label_zh"]
        siblings = parts.get(row["parent"], [])
        if row["id"] in siblings and len(siblings) > 1:
            place = siblings.index(row["id"]) + 1
            label = f"{'其中：' if place == 1 else ''}{place}.{label}"
        elif number and number != "其中":
            label = number + ("" if number.startswith("（") else "." if number.isdigit() else "、") + label
        printed.append((row, label))
    return printed


def _blocks(table: Mapping, figures: Figures, layout: Layout) -> list[PrintedTable]:
    most = 1 + max(len(block["columns"]) for block in table["blocks"])
    tables, joined = [], []
    for block in table["blocks"]:
        width = most if layout.joined else 1 + len(block["columns"])
        spans = [1] * (len(block["columns"]) - 1)
        spans.append(width - 1 - len(spans))
        rows = [(PrintedCell(block["label_zh"], "caption", width),)]
        heads = [_broken(column["label_zh"], layout) for column in block["columns"]]
        rows.append(
            (
                PrintedCell("信息内容", "header"),
                *(PrintedCell(h, "header", s) for h, s in zip(heads, spans, strict=True)),
            )
        )
        for row in block["rows"]:
            cells = [
                value(figures, f"{row['id']}.{column['id']}", None, span)
                for column, span in zip(block["columns"], spans, strict=True)
            ]
            rows.append((PrintedCell(row["label_zh"]), *cells))
        joined += rows
        tables.append(PrintedTable("t2", tuple(rows), (2.2, *[1.6] * (width - 1))))
    if layout.joined:
        return [PrintedTable("t2", tuple(joined), (2.2, *[1.6] * (most - 1)))]
    return tables


def _broken(label: str, layout: Layout) -> str:
    """Return 本年新制作数量 on two lines, as pages print it."""
    return label.replace("本年新", "本年新\n", 1) if layout.broken_labels else label


def _requests(table: Mapping, figures: Figures, layout: Layout) -> PrintedTable:
    columns = table["columns"]
    group = [column for column in columns if column["group"]]
    rows: list[list[PrintedCell]] = [
        [
            PrintedCell(f"（{table['official_note_zh']}）", "note", 3, 3),
            PrintedCell("申请人情况", "header", len(columns)),
        ],
        [],
        [
            PrintedCell(
                c["label_zh"][:2] + "\n" + c["label_zh"][2:] if layout.broken_labels else c["label_zh"], "header"
            )
            for c in group
        ],
    ]
    for column in columns:
        if not column["group"]:
            rows[1].append(PrintedCell(column["label_zh"], "header", 1, 2))
        elif column is group[0]:
            rows[1].append(PrintedCell(column["group"], "header", len(group)))
    for cells in _request_rows(table["rows"], layout):
        label = cells[-1]
        assert label.indicator
        values = [value(figures, label.indicator, column["id"]) for column in columns]
        rows.append([*cells[:-1], PrintedCell(label.text, label.kind, label.columns, label.rows), *values])
    widths = (0.5, 1.1, 2.6, *[0.85] * len(columns))
    return PrintedTable("t3", tuple(map(tuple, rows)), widths)


def _request_rows(rows: list[Mapping], layout: Layout) -> list[list[PrintedCell]]:
    """Return the label cells of each row that prints figures; the last of them carries the row's indicator."""
    if layout.undivided_other:
        rows = [row for row in rows if row["parent"] != "res_other"]
    children = {
        row["id"]: [child for child in rows if child["parent"] == row["id"]] for row in rows if row.get("heading")
    }
    leaves = {
        identifier: sum(len(children.get(c["id"], ())) or 1 for c in below) for identifier, below in children.items()
    }
    printed: list[list[PrintedCell]] = []
    opened: list[PrintedCell] = []
    for row in rows:
        if leaves.get(row["id"]):
            opened.append(PrintedCell(row["label_zh"], "label", 1, leaves[row["id"]]))
            continue
        depth = {None: 0, "res": 1}.get(row["parent"], 2)
        printed.append([*opened, PrintedCell(row["label_zh"], "label", 3 - depth, 1, row["id"])])
        opened = []
    return printed


def _cases(table: Mapping, figures: Figures) -> PrintedTable:
    columns = table["columns"]
    paths = [column["label_zh"].split("／") for column in columns]
    rows: list[list[PrintedCell]] = [[], [], []]
    for top, of_top in groupby(paths, key=lambda path: path[0]):
        inner = list(of_top)
        rows[0].append(PrintedCell(top, "header", len(inner)))
        for middle, of_middle in groupby(inner, key=lambda path: path[1]):
            below = list(of_middle)
            if len(below[0]) == 2:
                rows[1].append(PrintedCell(middle, "header", 1, 2))
            else:
                rows[1].append(PrintedCell(middle, "header", len(below)))
                rows[2] += [PrintedCell(path[2], "header") for path in below]
    rows.append([value(figures, column["id"]) for column in columns])
    return PrintedTable("t4", tuple(map(tuple, rows)), tuple([1.0] * len(columns)))
