"""Section T: reports as copies of web pages hold them: text that lost its tables, in the ways programs lose them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from typesetting.forms import load_form

from tests.defects.flattened import Lines, by_rows, lines, piped, text
from tests.defects.lists import EARLY, LIST, _early, _table
from tests.defects.sample import Draft, PrintedCell, PrintedTable, kind
from tests.defects.tables import flat


def padded(table: PrintedTable) -> Lines:
    """A line a row, cells kept apart with |, merged cells leaving empty ones at the end: 行政许可 | 858 | ||"""
    width = len(table.widths)
    out = []
    for row in table.rows:
        cells = [c.text for c in row] + [""] * (width - len(row))
        out.append(" | ".join(cells).rstrip() + " |")
    return out


def a_cell_a_line(table: PrintedTable) -> Lines:
    return [f"{text} |" for text in flat(table) if text.strip()]


def bars_between(table: PrintedTable) -> Lines:
    return [line for text in flat(table) if text.strip() for line in (text, "|")]


def small_tables(table: PrintedTable) -> Lines:
    """A small table a row of Table 3, its columns renamed 数据1 … 数据6; Table 4 in three; as language models write them."""
    if table.name == "t4":
        figures = [c.text for c in table.rows[-1]]
        out: Lines = []
        for number, group in enumerate(("行政复议", "行政诉讼（未经复议直接起诉）", "行政诉讼（复议后起诉）")):
            out += [f"### {group}", "| 结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计 |", "|---|---|---|---|---|"]
            out.append("| " + " | ".join(figures[5 * number : 5 * number + 5]) + " |")
        return out
    if table.name != "t3":
        return ["| " + " | ".join(c.text for c in row) + " |" for row in table.rows]
    out = ["### 申请人情况 (自然人)", "| (数据项目) | 数量 |", "|---|---|", "| - | - |"]
    for row in table.rows[3:]:
        labels = [c.text for c in row if c.kind == "label"]
        values = [c.text for c in row if c.kind == "value"]
        out += [
            "### " + " ".join(labels),
            "| 类别 | 数据1 | 数据2 | 数据3 | 数据4 | 数据5 | 数据6 | 总计 |",
            "|" + "---|" * 8,
        ]
        out.append(f"| {labels[-1]} | " + " | ".join(values) + " |")
    return out


WAYS: dict[str, Callable[[PrintedTable], Lines]] = {
    "a": padded,
    "b": a_cell_a_line,
    "c": bars_between,
    "d": piped,
    "e": by_rows(" "),
    "f": flat,
}


@kind("T01_padded_pipe_rows")
def padded_rows(draft: Draft) -> bytes:
    return text(draft, padded)


@kind("T02_a_cell_a_line_with_its_bar")
def cell_with_bar(draft: Draft) -> bytes:
    return text(draft, (a_cell_a_line, bars_between)[draft.seed % 2])


@kind("T03_a_small_table_a_row")
def renamed_columns(draft: Draft) -> bytes:
    return text(draft, small_tables)


@kind("T04_article_lines_missing")
def without_articles(draft: Draft) -> bytes:
    """No line 第二十条第（一）项, brackets in a label."""
    way = WAYS["aef"[draft.seed % 3]]
    made = [line for line in lines(draft, way) if not re.match(r"\s*\|?\s*第二十条第", line)]
    return "\n".join(made).replace("规章", "规章（设区的市以上政府填写）", 1).encode()


@kind("T05_local_rows_in_text")
def local_rows(draft: Draft) -> bytes:
    """A row that the form has not, in Tables 2 and 3; its figures are left over."""
    way = WAYS["ade"[draft.seed % 3]]

    def more(table: PrintedTable) -> Lines:
        rows = list(table.rows)
        values = sum(c.kind == "value" for c in rows[-1])
        if table.name in ("t2", "t3") and values > 1:
            local = PrintedCell("其他主动公开文件" if table.name == "t2" else "（八）转送其他单位")
            extra = tuple(PrintedCell(str(9000 + i), "note") for i in range(values))
            rows.insert(len(rows) - 1, (local, *extra))
        return way(replace(table, rows=tuple(rows)))

    return text(draft, more)


@kind("T06_phrases_cut_by_line_ends")
def cut_phrases(draft: Draft) -> bytes:
    """Lines end within 第二十条第（一）项, 申请人情况, 本年新收政府信息公开申请数量."""
    made = "\n".join(lines(draft, WAYS["bef"[draft.seed % 3]]))
    for phrase in ("第二十条第（一）项", "申请人情况", "本年新收政府信息公开申请数量", "结转下年度继续办理"):
        made = made.replace(phrase, phrase[: len(phrase) // 2] + "\n" + phrase[len(phrase) // 2 :])
    return made.encode()


@kind("T07_years_in_the_prose_after")
def years_after(draft: Draft) -> bytes:
    """Sentences with years and other numbers between the tables and behind them, headings lost."""
    made = "\n".join(lines(draft, WAYS["abe"[draft.seed % 3]]))
    made = re.sub(
        r"\n(?:五|5)、[^\n]*\n", f"\n{draft.year} 年，我局有 3 处不足，{draft.year + 1} 年将改进 2 项工作。\n", made
    )
    return made.replace("\n四、", f"\n以上为 {draft.year} 年度 12 个月的数据。\n四、", 1).encode()


@kind("T08_traditional_characters")
def traditional(draft: Draft) -> bytes:
    from opencc import OpenCC

    if draft.seed % 3 == 2:
        return OpenCC("s2t").convert(draft.page().decode()).encode()
    return OpenCC("s2t").convert("\n".join(lines(draft, WAYS["af"[draft.seed % 3]]))).encode()


@kind("T09_signs_of_changes", "sc_2019")
def signs(draft: Draft) -> bytes | None:
    """减4, ↓4, 4（减）, --4 in 本年增/减."""
    for number, key in enumerate(k for k in draft.keys("t2") if k[0].endswith(".items_change")):
        figure = 3 + 2 * number
        down = ("减{}", "减少{}", "↓{}", "{}（减）", "{}(减少)", "--{}")[(number + draft.seed) % 6]
        draft.say(key, down.format(figure), -figure)
    return None if draft.seed % 3 == 2 else text(draft, WAYS["ae"[draft.seed % 3]])


@kind("T10_marks_and_empty_cells_between_bars")
def marks(draft: Draft) -> bytes:
    """Empty cells and marks among the figures, each cell kept apart."""
    for key in draft.keys("t3"):
        if draft.dice(0, 5) == 0 and key[1] != "total":
            draft.say(key, ("", "/", "-")[draft.seed % 3])
    return text(draft, piped)


@kind("T11_words_for_the_fee", "sc_2021")
def words(draft: Draft) -> bytes | None:
    draft.say(("admin_fees.amount", None), ("未收费", "约3万元", "无收费项目")[draft.seed % 3], None, "unreadable")
    return None if draft.seed == 2 else text(draft, WAYS["af"[draft.seed % 3]])


@kind("T12_one_table_alone")
def alone(draft: Draft) -> bytes:
    """One page of several: Table 4 and the last rows of Table 3, or Table 2 alone; the rest lies elsewhere."""
    made = lines(draft, by_rows(" "))
    if draft.seed % 2:
        cut = next(i for i, line in enumerate(made) if line.startswith("三、收到"))
        gone = draft.keys("t3") + draft.keys("t4")
        made = made[:cut]
    else:
        cut = next(i for i, line in enumerate(made) if line.startswith("四、结转"))
        gone = draft.keys("t2") + [k for k in draft.keys("t3") if k[0] != "req_carried_out"]
        made = made[cut:]
    draft.lose(gone)
    return "\n".join(made).encode()


@kind("T13_note_marks_in_text")
def note_marks(draft: Draft) -> bytes:
    made = "\n".join(lines(draft, WAYS["abef"[draft.seed % 4]]))
    for label, mark in (
        ("自然人", "¹"),
        ("（七）总计", "①"),
        ("行政许可", "②"),
        ("尚未审结", "*"),
        ("予以公开", "[1]"),
    ):
        made = made.replace(label, label + mark)
    return made.encode()


@kind("T14_codes_of_a_list_in_text", EARLY)
def codes(draft: Draft) -> bytes:
    """A code column behind the label and its unit. Of a row without a code nobody can tell whether its one number is one."""
    uncoded = {row["id"] for row in load_form(EARLY)["tables"][0]["rows"] if not row["numbering"]}
    draft.lose(key for key in draft.printed if key[0] in uncoded)
    way = (flat, by_rows(" "), piped)[draft.seed % 3]
    return "\n".join(way(_early(draft, ("code", "value")))).encode()


@kind("T15_serial_numbers_of_a_list", LIST)
def serials(draft: Draft) -> bytes:
    table = _table(draft)
    rows = [(PrintedCell(str(n) if n else "序号", "note"), *row) for n, row in enumerate(table.rows)]
    table = replace(table, rows=tuple(rows), widths=(1.0, *table.widths))
    if draft.seed % 3 == 2:
        from tests.defects.lists import _page

        return _page(draft, table)
    return "\n".join(["统计表", *(flat, by_rows(" "))[draft.seed % 3](table)]).encode()
