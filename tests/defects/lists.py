"""The list of 2014 (政府信息公开情况统计表) and the local lists before it, in pages and as text."""

from __future__ import annotations

import re
from dataclasses import replace

from typesetting.forms import load_form
from typesetting.html_page import body_html
from typesetting.report import Paragraph

from tests.defects.sample import Draft, PrintedCell, PrintedTable, kind
from tests.defects.tables import change, relabel

LIST, EARLY = "sc_2014", "pre2014_local"


def _table(draft: Draft) -> PrintedTable:
    if draft.form == LIST:
        (table,) = draft.tables()["t1"]
        return table
    return _early(draft, ("value",))


def _early(draft: Draft, columns: tuple[str, ...]) -> PrintedTable:
    """Return the local list with the columns named: code, value, before (last year), cumulative."""
    names = {"code": "代码", "value": f"{draft.year}年度", "cumulative": "历年累计"}
    rows = [
        (
            PrintedCell("指标名称", "header"),
            PrintedCell("单位", "header"),
            *(PrintedCell(names[c], "header") for c in columns),
        )
    ]
    for row in load_form(EARLY)["tables"][0]["rows"]:
        key = (row["id"], None)
        if key not in draft.printed:
            continue
        cells = {
            "code": PrintedCell(row["numbering"] or "", "note"),
            "value": PrintedCell(draft.printed[key], "value", 1, 1, *key),
            "cumulative": PrintedCell(str(5000 + draft.dice(1, 4999)), "note"),
        }
        if "cumulative" in columns:
            draft.rest.append(cells["cumulative"].text)
        rows.append((PrintedCell(row["label_zh"]), PrintedCell(row["unit"], "note"), *(cells[c] for c in columns)))
    return PrintedTable("t1", tuple(rows), (6.0, 1.0, *[1.5] * len(columns)))


def _page(draft: Draft, *tables: PrintedTable) -> bytes:
    title = Paragraph(f"甲县人民政府{draft.year}年政府信息公开工作年度报告", "title")
    blocks = [
        title,
        Paragraph("一、概述", "heading"),
        Paragraph("按要求推进，分工明确。"),
        Paragraph("附表：统计表", "annex"),
    ]
    return draft.page(body_html([*blocks, *tables], draft.markup))


@kind("L01_list", LIST, EARLY)
def plain_list(draft: Draft) -> bytes:
    return _page(draft, _table(draft))


@kind("L02_year_and_cumulative_columns", EARLY)
def cumulative(draft: Draft) -> bytes:
    orders = (("value", "cumulative"), ("code", "cumulative", "value"), ("code", "value", "cumulative"))
    return _page(draft, _early(draft, orders[draft.seed % 3]))


@kind("L03_without_numbering", LIST, EARLY)
def without_numbering(draft: Draft) -> bytes:
    numbering = re.compile(r"^(?:[一二三四五六七八九十]+、|[（(][一二三四五六七八九十\d]+[）)]|(?:其中：)?\d\.)")
    return _page(draft, relabel(_table(draft), lambda x: numbering.sub("", x), ("label",)))


@kind("L04_unit_in_label", LIST)
def unit_in_label(draft: Draft) -> bytes:
    """（单位：条） behind the label, no column of units."""
    table = _table(draft)
    rows = []
    for label, unit, *rest in table.rows:
        text = label.text if unit.text in ("——", "单位", "") else f"{label.text}（单位：{unit.text}）"
        rows.append((replace(label, text=text), *rest))
    return _page(draft, PrintedTable("t1", tuple(rows), (table.widths[0], *table.widths[2:])))


@kind("L05_two_halves_side_by_side", LIST)
def side_by_side(draft: Draft) -> bytes:
    table = _table(draft)
    head, rows = table.rows[0], list(table.rows[1:])
    half = (len(rows) + 1) // 2
    empty = tuple(PrintedCell("", "note") for _ in head)
    right = rows[half:] + [empty] * (2 * half - len(rows))
    joined = [(*head, *head), *((*a, *b) for a, b in zip(rows[:half], right, strict=True))]
    return _page(draft, PrintedTable("t1", tuple(joined), table.widths * 2))


@kind("L06_split_by_heading", LIST)
def split_by_heading(draft: Draft) -> bytes:
    """One table a group (一、二、…), each under the header again."""
    table = _table(draft)
    head, *rows = table.rows
    parts: list[list] = [[]]
    for row in rows:
        if re.match(r"[一二三四五六七八九]、", row[0].text) and len(parts[-1]) > 8:
            parts.append([])
        parts[-1].append(row)
    return _page(draft, *(PrintedTable("t1", (head, *part), table.widths) for part in parts))


@kind("L07_blank_and_marks", LIST, EARLY)
def blank_and_marks(draft: Draft) -> bytes:
    for place, key in enumerate(list(draft.printed)):
        if place % 4 == draft.seed:
            draft.say(key, ("", "/", "-", "无")[place // 4 % 4])
    return _page(draft, _table(draft))


@kind("L08_headings_merged", LIST)
def headings_merged(draft: Draft) -> bytes:
    table = _table(draft)
    rows = [(replace(row[0], columns=3),) if row[1].text == "——" else row for row in table.rows]
    return _page(draft, replace(table, rows=tuple(rows)))


@kind("L09_spare_columns_and_spaces", LIST, EARLY)
def spare_columns(draft: Draft) -> bytes:
    table = relabel(_table(draft), lambda x: "　" + x[:2] + " " + x[2:], ("label",))
    table = replace(table, rows=tuple((*r, PrintedCell("", "note")) for r in table.rows), widths=(*table.widths, 0.3))
    return _page(draft, table)


@kind("L10_caption_and_footer", LIST, EARLY)
def caption_and_footer(draft: Draft) -> bytes:
    table = _table(draft)
    wide = len(table.widths)
    top = (
        PrintedCell(f"填报单位：甲县人民政府办公室 {draft.year}年度", "note", wide - 1),
        PrintedCell(str(draft.year), "note"),
    )
    signed = "单位负责人：甲 审核人：乙 填报人：丙 联系电话：0000-1234567 填报日期：2017-01-20"
    made = replace(table, rows=(top, *table.rows, (PrintedCell(signed, "note", wide),)))
    draft.rest.append(str(draft.year))
    return _page(draft, change(made, lambda c: c))


@kind("L11_one_cell_a_paragraph", LIST, EARLY)
def list_as_text(draft: Draft) -> bytes:
    lines = [cell.text for row in _table(draft).rows for cell in row if cell.text.strip()]
    return "\n".join([f"甲县人民政府{draft.year}年政府信息公开工作年度报告", *lines]).encode()


@kind("L12_one_row_a_line", LIST, EARLY)
def list_row_a_line(draft: Draft) -> bytes:
    lines = [" ".join(cell.text for cell in row) for row in _table(draft).rows]
    return "\n".join([f"甲县人民政府{draft.year}年政府信息公开工作年度报告", *lines]).encode()
