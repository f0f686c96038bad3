"""Section C, as far as it concerns a table: forms in other years, headings, what stands around, between and instead."""

from __future__ import annotations

import re

from typesetting.html_page import body_html
from typesetting.report import Paragraph

from tests.defects.sample import Draft, PrintedCell, PrintedTable, kind
from tests.defects.tables import change, split


@kind("C60_old_form_in_later_year", "sc_2019")
def old_form_later(draft: Draft) -> None:
    draft.year = 2022 + draft.seed


@kind("C61_new_form_in_earlier_year")
def new_form_earlier(draft: Draft) -> None:
    draft.year = 2016 if draft.form == "sc_2019" else 2020


@kind("C66_headings_missing")
def headings_missing(draft: Draft) -> bytes:
    return draft.page(
        body_html([b for b in draft.blocks() if not (isinstance(b, Paragraph) and b.kind == "heading")], draft.markup)
    )


@kind("C66b_section_numbers_restart")
def numbers_restart(draft: Draft) -> bytes:
    """Six sections of prose, then the tables under 一、二、三 again."""
    blocks = draft.blocks()
    prose = [b for b in blocks if isinstance(b, Paragraph)]
    tables = [b for b in blocks if isinstance(b, PrintedTable)]
    names = {
        "t2": "一、主动公开政府信息情况",
        "t3": "二、收到和处理政府信息公开申请情况",
        "t4": "三、政府信息公开行政复议、行政诉讼情况",
    }
    out: list = list(prose)
    for table in tables:
        if table.name in names:
            out.append(Paragraph(names.pop(table.name), "heading"))
        out.append(table)
    return draft.page(body_html(out, draft.markup))


@kind("C67_titles_vary")
def titles_vary(draft: Draft) -> bytes:
    names = {
        "一、总体情况": "一、工作概述",
        "二、主动公开政府信息情况": "二、信息公开概况",
        "四、政府信息公开行政复议、行政诉讼情况": "四、因政府信息公开工作被申请行政复议提起行政诉讼情况",
        "五、存在的主要问题及改进情况": "五、存在的主要问题及整改措施",
    }
    blocks = [Paragraph(names.get(b.text, b.text), b.kind) if isinstance(b, Paragraph) else b for b in draft.blocks()]
    return draft.page(body_html(blocks, draft.markup))


@kind("C68_template_text_left")
def template_text(draft: Draft) -> bytes:
    left = "该部分以表格形式报告。表格如下：（单位：件，示例 1、2、3）"
    return draft.page(draft.html(prose={2: (left,), 3: (left,), 4: (left, "（具体网址）")}))


@kind("C69_sentence_instead_of_table")
def sentence_instead(draft: Draft) -> bytes:
    for key in draft.keys("t4"):
        del draft.printed[key]
    return draft.page(draft.html({**_without(draft, "t4")}, prose={4: ("未出现申请行政复议、提起行政诉讼的情况。",)}))


@kind("C69b_sentence_before_table")
def sentence_before(draft: Draft) -> bytes:
    said = "行政处罚处理决定数量39件，不存在其他情况；行政复议0件，行政诉讼0件。"
    return draft.page(draft.html(prose={2: (said,), 4: (said,)}))


def _without(draft: Draft, name: str) -> dict[str, list[PrintedTable]]:
    class Anything(dict):
        def __missing__(self, key):
            return ""

    from typesetting.forms import form_tables

    tables = form_tables(draft.form, Anything(draft.printed), draft.layout)
    return {k: v for k, v in tables.items() if k != name}


@kind("C75_flip_book")
def flip_book(draft: Draft) -> tuple[bytes, ...]:
    """The report over two or three pages, Table 3 cut over two of them."""
    blocks = draft.blocks()
    at = next(i for i, b in enumerate(blocks) if isinstance(b, PrintedTable) and b.name == "t3")
    upper, lower = split(blocks[at], (8, 14, 20)[draft.seed % 3])
    parts = [[*blocks[:at], upper], [lower, *blocks[at + 1 :]]]
    return tuple(draft.page(body_html(part, draft.markup)) for part in parts)


@kind("C76_index_table_before")
def index_table(draft: Draft) -> bytes:
    rows = (
        ("索 引 号", "003013/2020-00017", "组配分类", "年度报告"),
        ("发布机构", "甲县人民政府办公室", "发文日期", "2020-01-26"),
        ("文号", "甲政〔2020〕12号", "总计", "1"),
        ("名称", "政府信息公开工作年度报告", "其他", "12"),
    )
    index = "<table>" + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows) + "</table>"
    return draft.page(index + draft.html())


@kind("C76b_hundreds_of_empty_cells")
def empty_cells(draft: Draft) -> bytes:
    empty = "<table>" + ("<tr>" + "<td>&nbsp;</td>" * 12 + "</tr>") * 40 + "</table>"
    named = empty.replace("&nbsp;", "信息分类", 1)
    return draft.page(named + draft.html())


@kind("C76c_navigation_table")
def navigation_table(draft: Draft) -> bytes:
    names = ("行政许可", "行政处罚", "规章", "规范性文件", "行政强制", "其他", "总计", "行政复议")
    menu = "<table><tr>" + "".join(f"<td><a href='#'>{n}</a></td>" for n in names) + "</tr>"
    menu += "<tr>" + "".join(f"<td>{i}</td>" for i in range(1, 9)) + "</tr></table>"
    return draft.page(menu + draft.html() + menu)


@kind("C77_charts_between")
def charts_between(draft: Draft) -> bytes:
    picture = '<p align=center><img src="/upload/chart12.png" width="620" height="380" alt="图1"></p>'
    return draft.page(draft.html().replace("<table", f"{picture}<table"))


@kind("C77b_table_repeated_as_chart_data")
def chart_data(draft: Draft) -> bytes:
    """A small table of shares beside the official ones: other figures under words of the form."""
    data = "<table><tr><td>申请人</td><td>自然人</td><td>商业企业</td><td>其他</td></tr><tr><td>占比（%）</td><td>71.2</td><td>20.1</td><td>8.7</td></tr></table>"
    return draft.page(draft.html().replace("<table", f"{data}<table", 1) + data)


@kind("C78a_tables_gone")
def tables_gone(draft: Draft) -> bytes:
    """Headings two, three and four with nothing between: not read, never zero."""
    draft.lose(draft.printed)
    body = body_html([b for b in draft.blocks() if not isinstance(b, PrintedTable)], draft.markup)
    return draft.page(
        body if draft.seed % 2 else body.replace("三、收到", '<p><img src="/t2.jpg" width=640 height=900></p>三、收到')
    )


@kind("C78b_wrong_date_above")
def wrong_date(draft: Draft) -> bytes:
    return draft.page("<div>2009年12月3日 星期二 今日气温 12 至 25</div>" + draft.html())


@kind("C78c_caption_with_year_in_value_column")
def caption_with_year(draft: Draft) -> bytes:
    """单位:… | | 2019年度 above the header, the year over a column of values."""

    def caption(table: PrintedTable) -> PrintedTable:
        wide = len(table.widths)
        year = PrintedCell((f"{draft.year}年度", str(draft.year))[draft.seed % 2], "note", wide - 2)
        row = (PrintedCell("单位：甲县人民政府", "note"), PrintedCell("", "note"), year)
        return PrintedTable(table.name, (row, *table.rows), table.widths)

    tables = draft.tables()
    return draft.page(tables={name: [caption(t) for t in several] for name, several in tables.items()})


@kind("C78d_banner_invalid")
def banner(draft: Draft) -> bytes:
    return draft.page('<div class="banner">文件已失效</div>' + draft.html())


@kind("C78e_old_categories_in_prose")
def old_categories(draft: Draft) -> bytes:
    said = "答复中，信息不存在4件，不属于本单位公开7件，同意公开12件。"
    return draft.page(draft.html(prose={1: (said,), 3: (said,)}))


@kind("C78f_carried_in_told_in_prose")
def carried_in_prose(draft: Draft) -> bytes:
    new, carried = (int(draft.printed[row, "total"]) for row in ("req_new", "req_carried_in"))
    said = f"全年受理政府信息公开申请{new + carried}件（新收{new}件，上年结转{carried}件），网上申请{new - 1}件。"
    return draft.page(draft.html(prose={1: (said,)}))


@kind("C79_unit_row_and_footnote_row")
def unit_and_footnote(draft: Draft) -> bytes:
    """A row 单位：件 above and a footnote row below the table, both merged over its whole width."""

    def frame(table: PrintedTable) -> PrintedTable:
        wide = len(table.widths)
        top, bottom = (
            PrintedCell("单位：件", "note", wide),
            PrintedCell("注：1.本表统计口径见说明；2.统计到12月31日。", "note", wide),
        )
        return PrintedTable(table.name, ((top,), *table.rows, (bottom,)), table.widths)

    tables = draft.tables()
    return draft.page(tables={name: [frame(t) for t in several] for name, several in tables.items()})


@kind("C80_serial_numbers_before_labels")
def serial_numbers(draft: Draft) -> bytes:
    """A column 序号 with running numbers before the labels of Table 3."""
    (table,) = draft.tables()["t3"]
    rows = []
    for number, row in enumerate(table.rows):
        first = PrintedCell("序号", "header", 1, 3) if number == 0 else PrintedCell(str(number - 2), "note")
        rows.append((first, *row) if number == 0 or number > 2 else row)
    made = PrintedTable("t3", tuple(rows), (0.5, *table.widths))
    return draft.page(tables=draft.tables() | {"t3": [change(made, lambda c: c)]})


@kind("C81_last_year_beside")
def last_year_beside(draft: Draft) -> bytes:
    """The same tables of the year before stand below under a heading that names it: they are that year's."""
    figures = dict(draft.printed)
    body = draft.html()
    draft.printed = {k: str(int(t) + 7) if t.isdigit() else t for k, t in figures.items()}
    before = "".join(re.findall(r"<table.*?</table>", draft.html(), flags=re.S))
    draft.printed = figures
    return draft.page(f"{body}<p><b>附：{draft.year - 1}年数据</b></p>{before}")


@kind("C82_same_tables_twice")
def same_tables_twice(draft: Draft) -> bytes:
    """The page holds a second copy for printing: the same figures again raise no doubt."""
    body = draft.html()
    return draft.page(f"{body}<hr>{''.join(re.findall('<table.*?</table>', body, flags=re.S))}")
