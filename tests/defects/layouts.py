"""Section B in pages: rows, columns and labels that are not where and as the form prints them."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.defects.sample import Draft, Layout, PrintedCell, PrintedTable, kind
from tests.defects.tables import change, everywhere, join, places, relabel, split, with_row

T3_GROUPS = ("natural_person", "company", "research_inst", "ngo", "legal_service", "other_org", "total")


def _texts(draft: Draft, table: dict[str, str]) -> bytes:
    """Return the page with labels exchanged as ``table`` says."""
    return draft.page(tables=everywhere(draft.tables(), lambda t: relabel(t, lambda text: table.get(text, text))))


@kind("B25_header_halves", "sc_2019")
def header_halves(draft: Draft) -> bytes:
    return _texts(draft, {"本年新制作数量": "本年新", "本年新公开数量": "本年新", "对外公开总数量": "对外公开"})


@kind("B26_opposite_half", "sc_2019")
def opposite_half(draft: Draft) -> bytes:
    return _texts(draft, {"本年新制作数量": "制作数量", "本年新公开数量": "公开"})


@kind("B27_header_split")
def header_split(draft: Draft) -> bytes:
    def cut(text: str) -> str:
        middle = len(text) // 2
        return text[:middle] + ("\n", " ", "\n ", "\u3000")[draft.seed % 4] + text[middle:]

    return draft.page(tables=everywhere(draft.tables(), lambda t: relabel(t, cut, ("header",))))


@kind("B28_delta_label", "sc_2019")
def delta_label(draft: Draft) -> bytes:
    return _texts(draft, {"本年增/减": ("本年增/", "本年增\\减", "本年增／减", "本年增减")[draft.seed % 4]})


@kind("B29_header_shortened", "sc_2019")
def header_shortened(draft: Draft) -> bytes:
    return _texts(draft, {"对外公开总数量": "对外公开"})


@kind("B30_total_column_first")
def total_column_first(draft: Draft) -> bytes:
    """总计 stands before 自然人 in header and rows alike: labels decide, not the form's order."""

    def move(table: PrintedTable) -> PrintedTable:
        rows = []
        for row in table.rows:
            totals = [c for c in row if c.applicant == "total" or (c.kind == "header" and c.text == "总计")]
            first = next((i for i, c in enumerate(row) if c.applicant == "natural_person" or c.text == "自然人"), None)
            if totals and first is not None:
                rest = [c for c in row if c not in totals]
                row = (*rest[:first], *totals, *rest[first:])
            rows.append(row)
        return replace(table, rows=tuple(rows))

    tables = draft.tables()
    return draft.page(tables=tables | {"t3": [move(t) for t in tables["t3"]]})


@kind("B31_vertical_label")
def vertical_label(draft: Draft) -> bytes:
    joint = ("\n", "\n ", " \n")[draft.seed % 3]
    groups = (
        "三、本年度办理结果",
        "（三）不予公开",
        "（四）无法提供",
        "（五）不予处理",
        "（六）其他处理",
        "结果维持",
        "尚未审结",
    )
    return _texts(draft, {g: joint.join(g) for g in groups})


@kind("B33_letter_spaced_labels")
def letter_spaced(draft: Draft) -> bytes:
    return draft.page(
        tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: " ".join(x), ("header", "label")))
    )


@kind("B35_split_with_second_header")
def split_with_header(draft: Draft) -> bytes:
    return draft.page(tables=_cut(draft, header=True))


@kind("B35b_split_without_header")
def split_without_header(draft: Draft) -> bytes:
    # Columns that only another part's header names are right, but rest on it.
    return draft.page(tables=_cut(draft, header=False))


@kind("B35c_header_again_inside")
def header_again(draft: Draft) -> bytes:
    tables = draft.tables()
    upper, lower = _cut(draft, header=True)["t3"]
    return draft.page(tables=tables | {"t3": [replace(upper, rows=upper.rows + lower.rows)]})


def _cut(draft: Draft, header: bool) -> dict[str, list[PrintedTable]]:
    tables = draft.tables()
    (table,) = tables["t3"]
    head = 3
    row = head + (2, 5, 12, 17)[draft.seed % 4]
    upper, lower = split(table, row)
    if draft.seed % 2:  # the group's label again, as an editor repeats it
        names = {c.rows: c.text for r in table.rows[:row] for c in r if c.kind == "label" and c.rows > 1}
        lower = change(
            lower, lambda c: replace(c, text=_group(table, row, c)) if c.kind == "label" and not c.text else c
        )
        assert names
    if header:
        lower = replace(lower, rows=table.rows[:head] + lower.rows)
    return tables | {"t3": [upper, lower]}


def _group(table: PrintedTable, row: int, cell: PrintedCell) -> str:
    open_labels = [c for number, _, c in places(table) if c.kind == "label" and number < row < number + c.rows]
    return next((c.text for c in open_labels if c.columns == cell.columns and c.rows > cell.rows), "")


@kind("B36_page_mark_row")
def page_mark_row(draft: Draft) -> bytes:
    tables = draft.tables()
    (table,) = tables["t3"]
    mark = ("- 4 -", "— 4 —", "-5-")[draft.seed % 3]
    # A mark in a row of its own, merged over the whole table, between two groups of rows.
    marked = with_row(table, "二、上年结转政府信息公开申请数量", [PrintedCell(mark, "note", len(table.widths))])
    draft.rest.append(mark)
    return draft.page(tables=tables | {"t3": [marked]})


@kind("B39_review_header_short")
def review_header_short(draft: Draft) -> bytes:
    """总计 of Table 4 is not printed in the header, the fifteen values are: their order tells, so they are doubtful."""
    tables = draft.tables()
    (table,) = tables["t4"]
    rows = [tuple(c for c in row if c.text != "总计") for row in table.rows[:-1]]
    return draft.page(tables=tables | {"t4": [replace(table, rows=(*rows, table.rows[-1]))]})


@kind("B41_spare_empty_column")
def spare_empty_column(draft: Draft) -> bytes:
    return draft.page(tables=everywhere(draft.tables(), lambda t: _spare(t, ("end", "first", "ends")[draft.seed % 3])))


def _spare(table: PrintedTable, where: str) -> PrintedTable:
    empty = PrintedCell("", "note")
    rows = tuple(
        (empty, *r) if where == "first" else (*r, empty) if where == "end" else (*r, empty, empty) for r in table.rows
    )
    return replace(
        table,
        rows=rows,
        widths=(*table.widths, 0.2, 0.2)[: len(rows) and len(table.widths) + (2 if where == "ends" else 1)],
    )


@kind("B41b_spare_cell_at_row_ends")
def spare_cell_at_row_ends(draft: Draft) -> bytes:
    def add(table: PrintedTable) -> PrintedTable:
        return replace(
            table, rows=tuple((*r, PrintedCell("", "note")) if i % 2 else r for i, r in enumerate(table.rows))
        )

    return draft.page(tables=everywhere(draft.tables(), add))


@kind("B41c_double_columns")
def double_columns(draft: Draft) -> bytes:
    """Every column is two columns wide in the markup, now and then the second stands empty beside."""

    def double(cell: PrintedCell) -> PrintedCell | list[PrintedCell]:
        if cell.kind == "value" and cell.columns == 1 and draft.dice(0, 3) == 0:
            return [cell, PrintedCell("", "note")]
        return replace(cell, columns=cell.columns * 2)

    def widen(table: PrintedTable) -> PrintedTable:
        return replace(change(table, double), widths=tuple(w for width in table.widths for w in (width, width)))

    return draft.page(tables=everywhere(draft.tables(), widen))


@kind("B41d_empty_column_between")
def empty_column_between(draft: Draft) -> bytes:
    """An empty column between two applicants, which the header above leaves empty as well."""
    at = T3_GROUPS[1 + draft.seed % 4]
    label = {
        "company": "商业企业",
        "research_inst": "科研机构",
        "ngo": "社会公益组织",
        "legal_service": "法律服务机构",
    }[at]

    def add(cell: PrintedCell) -> PrintedCell | list[PrintedCell]:
        if cell.applicant == at or cell.text == label:
            return [PrintedCell("", cell.kind if cell.kind == "header" else "note"), cell]
        if cell.text in ("申请人情况", "法人或其他组织"):
            return replace(cell, columns=cell.columns + 1)
        return cell

    tables = draft.tables()
    return draft.page(tables=tables | {"t3": [change(t, add) for t in tables["t3"]]})


@kind("B42_collapsed_empties")
def collapsed_empties(draft: Draft) -> bytes:
    """A row of seven shows two cells: nobody can say whose they are."""
    row = ("req_new", "res_refused_third_party", "res_np_petition")[draft.seed % 3]
    gone = T3_GROUPS[1:6]
    draft.lose((row, a) for a in T3_GROUPS)
    tables = everywhere(
        draft.tables(), lambda t: change(t, lambda c: None if c.indicator == row and c.applicant in gone else c)
    )
    return draft.page(tables=tables)


@kind("B43_missing_second_cell", "sc_2019")
def missing_second_cell(draft: Draft) -> bytes:
    """行政事业性收费 has one cell under two headers: where it stands is what the markup says, but not sure."""
    gone = ("admin_fees.items_change", None)
    del draft.printed[gone]
    draft.printed[gone] = ""
    tables = everywhere(draft.tables(), lambda t: change(t, lambda c: None if c.indicator == gone[0] else c))
    draft.lose([gone, ("admin_fees.items_prior_year", None)])
    return draft.page(tables=tables)


@kind("B46_sub_rows_added", "sc_2019")
def sub_rows_added(draft: Draft) -> bytes:
    """其他对外管理服务事项 is followed by local sub-rows of its own."""
    draft.layout = Layout(joined=False)
    names = (("其中：行政检查", "其中：行政确认"), ("行政检查", "行政确认"))[draft.seed % 2]
    tables = draft.tables()
    out = []
    for table in tables["t2"]:
        after = "其他对外管理服务事项"
        for name in names:
            numbers = [str(draft.dice(2001, 2999)) for _ in range(3)]
            if any(c.text == "其他对外管理服务事项" for r in table.rows for c in r):
                draft.rest += numbers
                table = with_row(table, after, [PrintedCell(name), *(PrintedCell(n, "note") for n in numbers)])
                after = name
        out.append(table)
    return draft.page(tables=tables | {"t2": out})


@kind("B46b_sub_rows_under_merged_label", "sc_2019")
def sub_rows_merged(draft: Draft) -> bytes:
    """行政许可 spans two rows in a column of its own, the second for a part: only the first row is the form's."""
    draft.layout = Layout(joined=False)
    numbers = [str(draft.dice(2001, 2999)) for _ in range(3)]
    draft.rest += numbers
    tables = draft.tables()

    def grow(table: PrintedTable) -> PrintedTable:
        if not any(c.text == "行政许可" for r in table.rows for c in r):
            return table
        return with_row(table, "行政许可", [PrintedCell(n, "note") for n in numbers], grow="行政许可")

    return draft.page(tables=tables | {"t2": [grow(t) for t in tables["t2"]]})


@kind("B47_local_extra_row")
def local_extra_row(draft: Draft) -> bytes:
    tables = draft.tables()
    extra = [str(draft.dice(2001, 2999)) for _ in range(3)]
    draft.rest += extra
    wide = len(tables["t2"][0].widths) - 3
    cells = [
        PrintedCell("其他主动公开文件"),
        *(PrintedCell(x, "note") for x in extra[:2]),
        PrintedCell(extra[2], "note", wide),
    ]
    label = "规范性文件" if draft.form == "sc_2019" else "行政规范性文件"
    t3_extra = [str(draft.dice(3001, 3999)) for _ in T3_GROUPS]
    draft.rest += t3_extra
    row = [PrintedCell("6.本地另行统计的情形", "label"), *(PrintedCell(x, "note") for x in t3_extra)]
    t3 = with_row(tables["t3"][0], "5.要求行政机关确认或重新出具已获取信息", row)
    t3 = change(t3, lambda c: replace(c, rows=c.rows + 1) if c.text in ("（五）不予处理", "三、本年度办理结果") else c)
    return draft.page(tables=tables | {"t2": [with_row(t, label, cells) for t in tables["t2"]], "t3": [t3]})


@kind("B47b_subtotals_beside_headings")
def subtotals(draft: Draft) -> bytes:
    """A row with a subtotal under the heading of each group, as some offices add it."""
    (table,) = draft.tables()["t3"]
    for first in ("1.属于国家秘密", "1.本机关不掌握相关政府信息"):
        numbers = [str(draft.dice(5001, 9999)) for _ in T3_GROUPS]
        draft.rest += numbers
        rows = []
        for row in table.rows:
            if any(c.text == first for c in row):
                head = [replace(c, rows=c.rows + 1) for c in row if c.kind == "label" and c.text != first]
                rows.append((*head, PrintedCell("小计"), *(PrintedCell(n, "note") for n in numbers)))
                row = tuple(c for c in row if c.kind != "label" or c.text == first)
            rows.append(row)
        table = replace(table, rows=tuple(rows))
        table = change(table, lambda c: replace(c, rows=c.rows + 1) if c.text == "三、本年度办理结果" else c)
    return draft.page(tables=draft.tables() | {"t3": [table]})


@kind("B48_filling_instructions")
def filling_instructions(draft: Draft) -> bytes:
    return _texts(
        draft,
        {
            "本年增/减": "本年增/减（指2020年增加或减少的事项数,减用负值表示,如-8）",
            "规范性文件": "规范性文件（指以本机关名义印发的文件,不含行政处罚、行政强制的决定）",
            "行政规范性文件": "行政规范性文件(指本级制发的,含2020年以前)",
            "行政许可": "行政许可（填写2020年1月1日至12月31日的数量）",
            "本年制发件数": "本年制发件数（2022年内印发,如12）",
            "自然人": "自然人（含个体工商户）",
            "（七）总计": "（七）总计（第1至6项之和）",
            "四、结转下年度继续办理": "四、结转下年度继续办理（截至12月31日）",
        },
    )


@kind("B49_label_changed")
def label_changed(draft: Draft) -> bytes:
    return _texts(
        draft,
        {
            "规章": ("规章(制度)", "规章（制度）", "规  章")[draft.seed % 3],
            "行政规范性文件": "规范性文件",
            "2.其他法律行政法规禁止公开": (
                "2.其他法律行政止公开",
                "2.其它法律行政法规禁止公开",
                "2.其他法律行政法规禁止公升",
            )[draft.seed % 3],
            "5.要求行政机关确认或重新出具已获取信息": "5.要求行政机关确认或重新出具己获取信息",
        },
    )


@kind("B50_item_marks")
def item_marks(draft: Draft) -> bytes:
    mark = ("、", "．", " ", "）")[draft.seed % 4]
    return draft.page(
        tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: re.sub(r"^(\d)\.", rf"\1{mark}", x)))
    )


@kind("B50b_undivided_other", "sc_2021")
def undivided_other(draft: Draft) -> bytes:
    parts = ("res_other_not_clarified", "res_other_fee_unpaid", "res_other_residual")
    for applicant in T3_GROUPS:
        draft.printed["res_other", applicant] = str(sum(int(draft.printed.pop((part, applicant))) for part in parts))
    draft.layout = Layout(joined=draft.seed % 2 == 0, undivided_other=True)
    return draft.page()


@kind("B51_label_cut_in_spans")
def label_cut_in_spans(draft: Draft) -> bytes:
    tables = everywhere(
        draft.tables(), lambda t: relabel(t, lambda x: x[:1] + "§" + x[1:3] + "§" + x[3:] if len(x) > 1 else x)
    )
    body = draft.html(tables)
    return draft.page(re.sub(r'<span lang="EN-US">§</span>|§', "</span><span>", body))


@kind("B52_mixed_colspan", "sc_2019")
def mixed_colspan(draft: Draft) -> bytes:
    """上一年项目数量 one column, 本年增/减 two; the value under the first spans two, so that edges do not meet."""
    draft.layout = Layout(joined=False)

    def shift(cell: PrintedCell) -> PrintedCell:
        if cell.kind == "caption":
            return replace(cell, columns=cell.columns + 1)
        if cell.text == "本年增/减" or (cell.indicator or "").endswith("items_prior_year"):
            return replace(cell, columns=2)
        return cell

    def widen(table: PrintedTable) -> PrintedTable:
        if any(c.text == "处理决定数量" for r in table.rows for c in r):
            return replace(change(table, shift), widths=(*table.widths, 1.0))
        return table

    return draft.page(tables=everywhere(draft.tables(), widen))


@kind("B53_article_prefix")
def article_prefix(draft: Draft) -> bytes:
    names = ("中华人民共和国政府信息公开条例\n", "《中华人民共和国政府信息公开条例》", "条例")
    spaced = str.maketrans({"第": "第 ", "项": " 项"})

    def prefix(text: str) -> str:
        return names[draft.seed % 3] + (text.translate(spaced) if draft.seed % 2 else text)

    return draft.page(tables=everywhere(draft.tables(), lambda t: relabel(t, prefix, ("caption",))))


@kind("B53b_article_in_first_column", "sc_2021")
def article_in_first_column(draft: Draft) -> bytes:
    """第二十条第（一）项 stands in a merged cell to the left of its rows instead of above."""
    draft.layout = Layout(joined=False)

    def turn(table: PrintedTable) -> PrintedTable:
        caption, *rows = table.rows
        head = replace(caption[0], columns=1, rows=len(rows))
        return replace(table, rows=((head, *rows[0]), *rows[1:]), widths=(1.0, *table.widths))

    tables = draft.tables()
    return draft.page(tables=tables | {"t2": [turn(t) for t in tables["t2"]]})


@kind("B54_wrong_invented_headers")
def wrong_invented_headers(draft: Draft) -> bytes:
    """One small table a row, columns renamed 数据1 to 数据7: only the order tells, so nothing is sure."""
    tables = draft.tables()
    (table,) = tables["t3"]
    small = []
    for row in table.rows[3:]:
        values = [c for c in row if c.kind == "value"]
        label = [c for c in row if c.kind == "label"][-1]
        head = [PrintedCell("项目", "header"), *(PrintedCell(f"数据{i}", "header") for i in range(1, 8))]
        cells = [PrintedCell(label.text), *values]
        small.append(PrintedTable("t3", (tuple(head), tuple(cells)), (3.0, *[1.0] * 7)))
    draft.lose(draft.keys("t3"))
    return draft.page(tables=tables | {"t3": small})


@kind("B55_kangxi_radicals")
def kangxi(draft: Draft) -> bytes:
    radicals = str.maketrans("一二人力大工日心文無", "⼀⼆⼈⼒⼤⼯⽇⼼⽂⽆")
    return draft.page(tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: x.translate(radicals))))


TRADITIONAL = str.maketrans(
    "规强业构会组织结维纠复议诉讼总计开请无审处罚许可数项团义务制后经历线",
    "規強業構會組織結維糾復議訴訟總計開請無審處罰許可數項團義務製後經歷線",
)


@kind("B56_traditional")
def traditional(draft: Draft) -> bytes:
    return draft.page(tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: x.translate(TRADITIONAL))))


@kind("B56b_traditional_with_readings")
def traditional_with_readings(draft: Draft) -> bytes:
    readings = {"規": "規(guī)", "業": "業(yè)", "項": "項(xiàng)", "總": "總(zǒng)", "開": "開(kāi)", "請": "請(qǐng)"}
    translate = str.maketrans(readings)
    return draft.page(
        tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: x.translate(TRADITIONAL).translate(translate)))
    )


@kind("B57_pinyin_noise")
def pinyin_noise(draft: Draft) -> bytes:
    noise = {
        "政": "政(zheng)(zheng)",
        "府": "府(fu)(fu)",
        "年": "年(nian)",
        "公": "公(gong)",
        "总": "总(zong)",
        "其": "其(qi)",
    }
    return draft.page(
        tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: x.translate(str.maketrans(noise))))
    )


@kind("B58_spam_words")
def spam_words(draft: Draft) -> bytes:
    body = draft.html()
    return draft.page(body.replace("甲县", "星空游戏").replace("<p", "<p>星空游戏下载999</p><p", 1))


@kind("B59_noise_in_prose_number")
def noise_in_prose_number(draft: Draft) -> bytes:
    return draft.page(draft.html(prose={1: ("按要求推进，收到申请269<天>1189件。",)}))


@kind("B60_labels_repeated_instead_of_merged")
def labels_repeated(draft: Draft) -> bytes:
    """Merged labels and headers are printed again in every row and column they would span."""

    def unmerge(table: PrintedTable) -> PrintedTable:
        taken: dict[tuple[int, int], PrintedCell] = {}
        for row, column, cell in places(table):
            for down in range(cell.rows):
                for right in range(cell.columns):
                    taken[row + down, column + right] = replace(cell, rows=1, columns=1)
        rows = (tuple(taken[r, c] for c in range(len(table.widths))) for r in range(len(table.rows)))
        return replace(table, rows=tuple(rows))

    tables = draft.tables()
    return draft.page(
        tables=tables | {"t3": [unmerge(t) for t in tables["t3"]], "t4": [unmerge(t) for t in tables["t4"]]}
    )


@kind("B61_labels_blank_instead_of_merged")
def labels_blank(draft: Draft) -> bytes:
    """Group labels stand in their first row and column only; below and beside are empty cells."""

    def unmerge(table: PrintedTable) -> PrintedTable:
        taken: dict[tuple[int, int], PrintedCell] = {}
        for row, column, cell in places(table):
            for down in range(cell.rows):
                for right in range(cell.columns):
                    text = cell.text if (down, right) == (0, 0) else ""
                    taken[row + down, column + right] = replace(cell, text=text, rows=1, columns=1)
        rows = (tuple(taken[r, c] for c in range(len(table.widths))) for r in range(len(table.rows)))
        return replace(table, rows=tuple(rows))

    tables = draft.tables()
    return draft.page(tables=tables | {"t3": [unmerge(t) for t in tables["t3"]]})


@kind("B62_joined_in_one_grid")
def joined_in_one_grid(draft: Draft) -> bytes:
    tables = draft.tables()
    one = join([*tables["t2"], *tables["t3"], *tables["t4"]])
    return draft.page(tables={"t2": [], "t3": [], "t4": [one]})


@kind("B63_split_by_group")
def split_by_group(draft: Draft) -> bytes:
    """Table 3 in three tables, each under a header of its own; Table 2 in one a block; Table 4 in two."""
    draft.layout = Layout(joined=False)
    tables = _cut(draft, header=True)
    (cases,) = tables["t4"]
    heads = [[c for c in row] for row in cases.rows[:-1]]
    review = PrintedTable(
        "t4", ((heads[0][0],), tuple(replace(c, rows=1) for c in heads[1][:5]), cases.rows[-1][:5]), cases.widths[:5]
    )
    suits = PrintedTable(
        "t4", ((heads[0][1],), tuple(heads[1][5:]), tuple(heads[2]), cases.rows[-1][5:]), cases.widths[5:]
    )
    return draft.page(tables=tables | {"t4": [review, suits]})


@kind("B50c_numbers_missing")
def numbers_missing(draft: Draft) -> bytes:
    """Labels of Table 3 without their numbers: 其他 and 总计 are then rows by their place alone."""
    numbering = re.compile(r"^(?:[一二三四]、|（[一二三四五六七]）|\d\.)")
    tables = draft.tables()
    return draft.page(
        tables=tables | {"t3": [relabel(t, lambda x: numbering.sub("", x), ("label",)) for t in tables["t3"]]}
    )


@kind("B50d_half_width_punctuation")
def half_width(draft: Draft) -> bytes:
    marks = str.maketrans(
        {"（": "(", "）": ")", "、": ("、", ".", ",")[draft.seed % 3], "，": ",", "“": '"', "”": '"', "：": ":"}
    )
    return draft.page(tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: x.translate(marks))))


@kind("B50e_other_item_numbers")
def other_item_numbers(draft: Draft) -> bytes:
    forms = (lambda n: f"（{n}）", lambda n: "①②③④⑤⑥⑦⑧"[int(n) - 1], lambda n: f"({n})、")
    form = forms[draft.seed % 3]
    return draft.page(
        tables=everywhere(draft.tables(), lambda t: relabel(t, lambda x: re.sub(r"^(\d)\.", lambda m: form(m[1]), x)))
    )


@kind("B64_table_4_transposed")
def transposed(draft: Draft) -> bytes:
    """Table 4 with its columns as rows: not the form's table; what is not placed right must not be confirmed."""
    from typesetting.forms import load_form

    draft.lose(draft.keys("t4"))
    columns = next(t for t in load_form(draft.form)["tables"] if t["id"] == "t4")["columns"]
    rows = [tuple(PrintedCell(x) for x in c["label_zh"].split("／")[-2:]) for c in columns]
    cells = [(*r, PrintedCell(draft.printed[c["id"], None], "value")) for r, c in zip(rows, columns, strict=True)]
    return draft.page(tables=draft.tables() | {"t4": [PrintedTable("t4", tuple(cells), (2.0, 2.0, 1.0))]})


@kind("B64b_table_3_transposed")
def transposed_requests(draft: Draft) -> bytes:
    draft.lose(draft.keys("t3"))
    (table,) = draft.tables()["t3"]
    labels = [[c.text for c in r if c.kind == "label"][-1] for r in table.rows[3:]]
    values = [[c for c in r if c.kind == "value"] for r in table.rows[3:]]
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    rows = [(PrintedCell("申请人情况", "header"), *(PrintedCell(x, "header") for x in labels))]
    rows += [(PrintedCell(n), *(v[i] for v in values)) for i, n in enumerate(names)]
    return draft.page(tables=draft.tables() | {"t3": [PrintedTable("t3", tuple(rows), (2.0, *[1.0] * len(labels)))]})


@kind("B65_path_in_one_label")
def path_in_one_label(draft: Draft) -> bytes:
    """One column of labels, each with its group before it: （三）不予公开 1.属于国家秘密."""
    (table,) = draft.tables()["t3"]
    joint = (" ", "", "\n", "—")[draft.seed % 4]
    group, rows = "", []
    for row in table.rows[3:]:
        labels = [c for c in row if c.kind == "label"]
        first = next((c.text for c in labels if c.rows > 1 and c.text.startswith("（")), None)
        group = first if first else group if not labels[-1].text.startswith(("（", "一", "二", "四")) else ""
        text = f"{group}{joint}{labels[-1].text}" if group and group != labels[-1].text else labels[-1].text
        rows.append((PrintedCell(text), *(c for c in row if c.kind == "value")))
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    head = (PrintedCell("申请人情况", "header"), *(PrintedCell(n, "header") for n in names))
    return draft.page(tables=draft.tables() | {"t3": [PrintedTable("t3", (head, *rows), (3.0, *[1.0] * 7))]})


@kind("B66_headings_as_rows")
def headings_as_rows(draft: Draft) -> bytes:
    """One column of labels; 三、, （三）, （四） and （五） are rows of their own with empty or dashed cells."""
    (table,) = draft.tables()["t3"]
    mark = ("", "—", "/", "")[draft.seed % 4]
    rows = []
    for row in table.rows[3:]:
        *groups, label = (c for c in row if c.kind == "label")
        rows += [(PrintedCell(g.text), *(PrintedCell(mark, "note") for _ in T3_GROUPS)) for g in groups]
        rows.append((PrintedCell(label.text), *(c for c in row if c.kind == "value")))
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    head = (PrintedCell("申请人情况", "header"), *(PrintedCell(n, "header") for n in names))
    return draft.page(tables=draft.tables() | {"t3": [PrintedTable("t3", (head, *rows), (3.0, *[1.0] * 7))]})


@kind("B67_rowspans_lost")
def rowspans_lost(draft: Draft) -> bytes:
    """Merged labels without their rowspan: the rows below them begin at the left edge, under the wrong columns."""
    (table,) = draft.tables()["t3"]
    lost = change(table, lambda c: replace(c, rows=1) if c.kind == "label" else c)
    return draft.page(tables=draft.tables() | {"t3": [lost]})


@kind("B68_header_rows_without_spans")
def header_without_spans(draft: Draft) -> bytes:
    """The header of Table 3 has lost its spans: its cells do not stand over their columns, so nothing below is sure."""
    (table,) = draft.tables()["t3"]
    lost = change(table, lambda c: replace(c, rows=1, columns=1) if c.kind in ("header", "note") else c)
    draft.lose(draft.keys("t3"))
    return draft.page(tables=draft.tables() | {"t3": [lost]})
