"""Recognition of the official tables in grids: labels decide, order never confirms."""

import pytest

from extract.documents.read_document import read_document
from transform.forms.form import load_forms
from transform.observations.checks import evaluate, with_consistency
from transform.observations.observe import leftovers, observe
from transform.recognition.headers import T3_COLUMNS, T4_COLUMNS
from transform.recognition.recognise import recognise


def read(html: str, year: int | None = None):
    """Return (observations by (indicator, applicant), tables) of an HTML fragment."""
    document = read_document(f"<html><body>{html}</body></html>".encode())
    tables = recognise(document.readings[0], year) if document.readings else []
    observations = observe(tables)
    return {(o.indicator, o.applicant): o for o in observations}, tables


def row(*cells: object) -> str:
    return "<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"


def table3(rows: dict[str, list[object]], *, header: str | None = None, form: str = "sc_2019") -> str:
    """Return a plain Table 3: one label column, seven value columns."""
    header = header or (
        "<tr><td rowspan=3>（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）</td><td colspan=7>申请人情况</td></tr>"
        "<tr><td rowspan=2>自然人</td><td colspan=5>法人或其他组织</td><td rowspan=2>总计</td></tr>"
        "<tr><td>商业企业</td><td>科研机构</td><td>社会公益组织</td><td>法律服务机构</td><td>其他</td></tr>"
    )
    labels = {r.id: r.label_zh for r in load_forms()[form].table("matrix").rows}
    return "<table>" + header + "".join(row(labels.get(i, i), *cells) for i, cells in rows.items()) + "</table>"


def seven(start: int) -> list[int]:
    parts = [start, start + 3, start + 7, start + 12, start + 18, start + 25]
    return [*parts, sum(parts)]


T4_HEADER = (
    "<tr><td colspan=5>行政复议</td><td colspan=10>行政诉讼</td></tr>"
    "<tr>"
    + "".join(
        f"<td rowspan=2>{x}</td>" for x in ("结果<br>维持", "结果<br>纠正", "其他<br>结果", "尚未<br>审结", "总计")
    )
    + "<td colspan=5>未经复议直接起诉</td><td colspan=5>复议后起诉</td></tr>"
    "<tr>" + "".join(f"<td>{x}</td>" for x in ("结果维持", "结果纠正", "其他结果", "尚未审结", "总计") * 2) + "</tr>"
)


def test_every_cell_of_table_3_stands_under_its_own_applicant():
    got, _ = read(
        table3(
            {
                "req_new": seven(100),
                "req_carried_in": seven(9),
                "res_granted_full": seven(1),
                "req_carried_out": seven(50),
            }
        )
    )
    for column, value in zip(T3_COLUMNS, seven(100), strict=True):
        assert got["req_new", column].value == value
        assert got["req_new", column].reading == "confirmed"
    assert got["res_granted_full", "total"].value == sum(seven(1)[:6])


def test_blank_cell_is_not_zero():
    got, _ = read(table3({"req_new": [5, "", "&nbsp;", "/", "-", "无", 5]}))
    statuses = [got["req_new", c].status for c in T3_COLUMNS]
    assert statuses == ["reported", "blank", "blank", "slash", "slash", "none_word", "reported"]
    assert [got["req_new", c].value for c in T3_COLUMNS] == [5, None, None, None, None, None, 5]


def test_header_decides_before_order():
    # 总计 printed first: a reader that goes by order would shift every value by one.
    header = row("申请人情况", "总计", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    got, _ = read(table3({"req_new": [21, 1, 2, 3, 4, 5, 6]}, header=header))
    assert got["req_new", "total"].value == 21
    assert got["req_new", "other_org"].value == 6
    assert got["req_new", "total"].reading != "confirmed"  # the columns are not in the form's order


def test_row_with_fewer_cells_than_its_header_is_doubtful():
    got, _ = read(table3({"req_new": [124, 124]}))
    assert got["req_new", "natural_person"].reading == "doubtful"
    assert ("req_new", "total") not in got


def test_row_with_a_spare_filled_cell_is_doubtful():
    got, _ = read(table3({"req_new": ["", *seven(10)]}))
    assert all(o.reading != "confirmed" for o in got.values())


def test_spare_empty_cell_at_the_row_end_changes_nothing():
    got, _ = read(table3({"req_new": [*seven(10), ""], "req_carried_in": seven(2)}))
    assert [got["req_new", c].value for c in T3_COLUMNS] == seven(10)
    assert got["req_new", "total"].reading == "confirmed"


def test_table_without_header_is_never_confirmed():
    got, _ = read(table3({"req_new": seven(10), "res_granted_full": seven(20)}, header="<tr></tr>"))
    assert got["req_new", "company"].value == 13
    assert got["req_new", "company"].reading == "doubtful"


def test_misprinted_label_is_placed_but_not_confirmed():
    got, _ = read(table3({"req_new": seven(1), "7.属于行政执法案眷": seven(30)}))
    assert got["res_refused_enforcement_file", "company"].value == 33
    assert got["res_refused_enforcement_file", "company"].reading == "single"


def test_printed_variant_of_a_label_is_confirmed():
    got, _ = read(
        table3({"req_new": seven(1), "2.其他法律行政止公开": seven(30), "res_refused_security_stability": seven(3)})
    )
    assert got["res_refused_law_prohibits", "company"].reading == "confirmed"


def test_local_row_and_subtotal_are_left_over():
    got, tables = read(table3({"req_new": seven(1), "res_refused": seven(40), "8.本地另设的一行": seven(60)}))
    assert not any(i in ("res_refused",) for i, _ in got)
    rest = leftovers(tables)
    assert sum("subtotal" in r.reason for r in rest) == 7
    assert {r.text for r in rest if "outside" in r.reason} == {str(v) for v in seven(60)}


def test_undivided_other_handling_in_a_2021_report_keeps_the_2021_form():
    table2 = (
        "<table>" + row("信息内容", "本年制发件数", "本年废止件数", "现行有效件数") + row("规章", 1, 2, 3) + "</table>"
    )
    got, tables = read(table2 + table3({"req_new": seven(1), "res_other": seven(2)}), 2023)
    assert {t.form for t in tables} == {"sc_2021"}
    assert got["res_other", "total"].value == sum(seven(2)[:6])


def test_old_form_in_a_later_year_is_told_by_its_labels():
    table2 = (
        "<table>"
        + row("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量")
        + row("规章", 1, 2, 3)
        + "</table>"
    )
    _, tables = read(table2 + table3({"req_new": seven(1)}), 2022)
    assert {t.form for t in tables} == {"sc_2019"}


def test_half_header_is_completed_but_not_confirmed():
    got, _ = read(
        "<table>"
        + row("信息内容", "本年新", "本年新", "对外公开总数量")
        + row("规章", 4, 5, 6)
        + row("规范性文件", 7, 8, 9)
        + "</table>"
    )
    assert [got[f"regulations.{c}", None].value for c in ("made_new", "disclosed_new", "disclosed_total")] == [4, 5, 6]
    assert got["regulations.made_new", None].reading == "single"
    assert got["regulations.disclosed_total", None].reading == "confirmed"


def test_filling_instruction_with_digits_does_not_hide_the_label():
    header = row(
        "信息内容", "上一年项目数量", "本年增/减(指2020年增加或减少的事项数,减用负值表示,如-8)", "处理决定数量"
    )
    got, _ = read("<table>" + header + row("行政许可", 30, "减38", 7) + "</table>")
    assert got["licensing.items_change", None].value == -38


def test_value_spanning_a_spare_column_stays_under_its_header():
    html = (
        "<table><tr><td>信息内容</td><td>上一年项目数量</td><td colspan=2>本年增/减</td><td>处理决定数量</td></tr>"
        "<tr><td>行政许可</td><td colspan=2>11</td><td>22</td><td>33</td></tr></table>"
    )
    got, _ = read(html)
    assert [got[f"licensing.{c}", None].value for c in ("items_prior_year", "items_change", "decisions")] == [
        11,
        22,
        33,
    ]


def test_amount_keeps_its_printed_unit_and_none_is_guessed():
    head = row("信息内容", "采购项目数量", "采购总金额")
    with_unit, _ = read("<table>" + head + row("政府集中采购", 3, "251000元") + "</table>")
    without, _ = read("<table>" + head + row("政府集中采购", 3, "27270") + "</table>")
    in_header, _ = read(
        "<table>" + row("信息内容", "采购项目数量", "采购总金额(万元)") + row("政府集中采购", 3, "477.35") + "</table>"
    )
    key = "procurement.amount", None
    assert (with_unit[key].unit, with_unit[key].value_std) == ("元", 251000)
    assert (without[key].unit, without[key].value_std) == (None, None)
    assert (in_header[key].unit, in_header[key].value_std, in_header[key].unit_std) == ("万元", 4773500, "元")


def test_table_4_is_read_by_its_group_headings():
    got, _ = read("<table>" + T4_HEADER + row(*range(1, 16)) + "</table>")
    assert [got[c, None].value for c in T4_COLUMNS] == list(range(1, 16))
    assert {o.reading for o in got.values()} == {"confirmed"}


def test_tables_joined_in_one_grid_are_told_apart():
    html = table3({"req_new": seven(3), "req_carried_out": seven(9)}).removesuffix("</table>")
    got, _ = read(
        html + T4_HEADER.replace("colspan=5>行政复议", "colspan=5>行政复议") + row(*range(1, 16)) + "</table>"
    )
    assert got["req_carried_out", "total"].value == sum(seven(9)[:6])
    assert got["review_total", None].value == 5


def test_table_split_without_a_second_header_keeps_its_columns():
    top = table3({"req_new": seven(3)})
    bottom = table3({"res_granted_full": seven(30)}, header="<tr></tr>")
    got, _ = read(top + bottom)
    assert got["res_granted_full", "ngo"].value == 42


def test_a_row_after_which_the_form_is_cut_short_is_not_confirmed():
    # A page cut from the middle of one figure to the middle of another shows one whole row less.
    got, _ = read(table3({"req_new": seven(3), "res_granted_full": seven(5), "res_granted_part": seven(7)}))
    assert got["req_new", "total"].reading == "single"
    assert got["res_granted_full", "total"].reading == "confirmed"


def test_caption_with_a_year_is_no_value():
    html = (
        "<table>"
        + row("单位:某某局", "", "", "2019")
        + row("信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量")
    )
    got, tables = read(html + row("规章", 1, 2, 3) + "</table>")
    assert 2019 not in {o.value for o in got.values()}
    assert "2019" in {r.text for r in leftovers(tables)}


def test_swapped_rows_keep_their_labels_and_all_zero_sums_prove_nothing():
    rows = {"req_new": seven(10), "req_carried_in": [0] * 7}
    html = table3(rows)
    document = read_document(f"<html><body>{html}</body></html>".encode())
    observations = observe(recognise(document.readings[0]))
    checked = {(o.indicator, o.applicant): o for o in with_consistency(observations, evaluate(observations))}
    assert checked["req_new", "company"].consistency == "holds"  # its row adds up
    # Its row adds up to nothing but zeros, and the balance needs rows that are not printed.
    assert checked["req_carried_in", "company"].consistency == "not_evaluable"
    zeros = read_document(f"<html><body>{table3({'res_np_petition': [0] * 7})}</body></html>".encode())
    alone = observe(recognise(zeros.readings[0]))
    assert {c.status for c in evaluate(alone) if c.identity.startswith("t3_row_total")} == {"holds"}
    assert "holds" not in {o.consistency for o in with_consistency(alone, evaluate(alone))}


def test_list_of_2014_is_matched_by_label_and_group():
    items = [("（一）维持具体行政行为数", 3), ("（二）被依法纠错数", 4), ("（三）其他情形数", 5)]
    html = (
        "<table>"
        + row("统 计 指 标", "单位", "统计数")
        + row("一、主动公开情况", "—", "—")
        + row("（一）主动公开政府信息数（不同渠道和方式公开相同信息计1条）", "条", 1234)
        + row("其中：主动公开规范性文件数", "条", 17)
        + row("三、依申请公开情况", "—", "—")
        + row("（一）收到申请数", "件", 98)
        + row("四、行政复议数量", "件", 12)
        + "".join(row(a, "件", b) for a, b in items)
        + row("五、行政诉讼数量", "件", 30)
        + row("（二）被依法纠错数", "件", 7)
        + row("七、依申请公开信息收取的费用", "万元", "1.5")
        + "</table>"
    )
    got, tables = read(html)
    assert {t.form for t in tables} == {"sc_2014"}
    assert got["proactive_total", None].value == 1234 and got["proactive_total", None].reading == "confirmed"
    assert got["review_corrected", None].value == 4
    assert got["litigation_corrected", None].value == 7
    assert got["review_corrected", None].reading == "doubtful"  # label from memory, never seen on an annex
    assert (got["request_fees", None].value_std, got["request_fees", None].unit_std) == (15000, "元")


def test_mirror_in_traditional_characters_with_pinyin_notes_is_recognised():
    head = row("信(xìn)息(xī)內容", "本年新製(zhì)作數量", "本年新公開數量", "對外公開總數量")
    got, _ = read("<table>" + head + row("規(guī)章", 1, 2, 3) + row("規範性文件", 4, 5, 6) + "</table>")
    assert [got[f"normative.{c}", None].value for c in ("made_new", "disclosed_new", "disclosed_total")] == [4, 5, 6]
    assert got["regulations.made_new", None].value == 1


def test_letter_spaced_and_vertical_headers_are_recognised():
    header = row(
        "申请人情况", "自 然 人", "商 业<br>企 业", "科\n研\n机\n构", "社会公益组织", "法律服务机构", "其 他", "总 计"
    )
    got, _ = read(table3({"req_new": seven(10), "req_carried_in": seven(20)}, header=header))
    assert [got["req_new", c].value for c in T3_COLUMNS] == seven(10)
    assert got["req_new", "total"].reading == "confirmed"


def test_local_list_keeps_year_and_cumulative_columns_apart():
    head = row("指标名称", "单位", "代码", "历年累计", "2012年度")
    items = [
        ("主动公开信息数", 2345),
        ("新增的行政规范性文件数", 12),
        ("申请总数", 31),
        ("1.当面申请数", 4),
        ("行政复议数", 5),
    ]
    html = (
        "<table>"
        + head
        + "".join(row(label, "条", f"0{i}", v + 1000, v) for i, (label, v) in enumerate(items))
        + "</table>"
    )
    got, tables = read(html)
    assert {t.form for t in tables} == {"pre2014_local"}
    assert (got["e_requests_total", None].value, got["e_requests_total", None].reading) == (31, "confirmed")
    rest = leftovers(tables)
    assert {r.text for r in rest} == {str(v + 1000) for _, v in items}
    assert {r.reason for r in rest} == {"cumulative column, since reporting began"}


def test_header_with_fewer_label_columns_than_the_rows_is_not_trusted():
    header = row(
        "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）",
        "自然人",
        "商业企业",
        "科研机构",
        "社会公益组织",
        "法律服务机构",
        "其他",
        "总计",
    )
    body = row("一、本年新收政府信息公开申请数量", "", "", *seven(3)) + row(
        "三、本年度办理结果", "（三）不予公开", "1.属于国家秘密", *seven(40)
    )
    got, _ = read("<table>" + header + body + "</table>")
    assert [got["res_refused_state_secret", c].value for c in T3_COLUMNS] == seven(40)
    assert all(o.reading != "confirmed" for o in got.values())


def test_empty_row_under_the_header_of_table_4_is_not_its_row():
    got, _ = read("<table>" + T4_HEADER + row(*[""] * 15) + row(*range(1, 16)) + "</table>")
    assert [got[c, None].value for c in T4_COLUMNS] == list(range(1, 16))
    blank, _ = read("<table>" + T4_HEADER + row(*[""] * 15) + "</table>")
    assert {o.status for o in blank.values()} == {"blank"} and len(blank) == 15


def test_second_row_under_a_merged_label_is_left_over():
    html = "<table>" + row("信息内容", "上一年项目数量", "本年增/减", "处理决定数量")
    html += "<tr><td rowspan=2>行政许可</td><td>1</td><td>2</td><td>3</td></tr><tr><td>4</td><td>5</td><td>6</td></tr></table>"
    got, tables = read(html)
    assert got["licensing.decisions", None].value == 3
    assert {r.text for r in leftovers(tables)} == {"4", "5", "6"}


def test_number_of_a_row_without_its_dot_still_names_the_row():
    rows = {"req_new": seven(1), "res_other_not_clarified": seven(2), "res_other_fee_unpaid": seven(3)}
    html = table3({**rows, "3 其他": seven(40), "res_total": seven(50)}, form="sc_2021")
    got, _ = read(html)
    assert [got["res_other_residual", c].value for c in T3_COLUMNS] == seven(40)
    assert got["res_other_residual", "company"].reading == "confirmed"


def test_header_of_table_4_without_its_totals_is_read_by_order_and_doubtful():
    header = T4_HEADER.replace("<td rowspan=2>总计</td>", "").replace("<td>总计</td>", "")
    got, _ = read("<table>" + header + row(*range(1, 16)) + "</table>")
    assert [got[c, None].value for c in T4_COLUMNS] == list(range(1, 16))
    assert {o.reading for o in got.values()} == {"doubtful"}


def test_header_labels_repeated_in_every_cell_of_table_4_are_one_label_each():
    leaves = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    header = row(*["行政复议"] * 5, *["行政诉讼"] * 10)
    header += row(*leaves, *["未经复议直接起诉"] * 5, *["复议后起诉"] * 5) + row(*leaves * 3)
    got, _ = read("<table>" + header + row(*range(1, 16)) + "</table>")
    assert [got[c, None].value for c in T4_COLUMNS] == list(range(1, 16))
    assert {o.reading for o in got.values()} == {"confirmed"}


def test_total_column_printed_first_is_told_by_its_header():
    header = row("申请人情况", "总计", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")
    got, _ = read(table3({"req_new": [99, *seven(5)[:6]], "req_carried_in": [88, *seven(7)[:6]]}, header=header))
    assert (got["req_new", "total"].value, got["req_new", "natural_person"].value) == (99, 5)
    assert got["req_new", "other_org"].reading == "confirmed"


def test_spare_halves_of_double_columns_hide_no_figure_and_shift_none():
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    header = "<tr><td>申请人情况</td>" + "".join(f"<td colspan=2>{n}</td>" for n in names) + "</tr>"
    spare = [x for v in seven(5) for x in (v, "")]
    got, _ = read(table3({"req_new": spare, "req_carried_in": spare}, header=header))
    assert [got["req_new", c].value for c in T3_COLUMNS] == seven(5)
    assert got["req_new", "company"].reading == "confirmed"
    # Narrow cells that end half-way do not stand under the columns they begin in.
    narrow, _ = read(table3({"req_new": [5, "", 6, "", 7, "", 8], "req_carried_in": spare}, header=header))
    assert all(o.reading != "confirmed" for k, o in narrow.items() if k[0] == "req_new")


def test_table_4_in_traditional_characters_is_read_by_its_group_headings():
    header = T4_HEADER.translate(str.maketrans("复议诉讼结维纠审总计经后", "復議訴訟結維糾審總計經後"))
    got, _ = read("<table>" + header + row(*range(1, 16)) + "</table>")
    assert [got[c, None].value for c in T4_COLUMNS] == list(range(1, 16))
    assert {o.reading for o in got.values()} == {"confirmed"}


def test_cell_lost_beside_a_spare_column_shifts_nothing_unseen():
    # The spare cell behind the table moves under 总计, so that the row still has seven cells.
    names = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计")
    lost = [v for i, v in enumerate(seven(5)) if i != 2]
    html = table3({"req_new": [*seven(9), ""], "req_carried_in": [*lost, ""]}, header=row("申请人情况", *names, ""))
    got, _ = read(html)
    assert got["req_new", "total"].reading != "doubtful"
    assert {o.reading for k, o in got.items() if k[0] == "req_carried_in"} == {"doubtful"}


def test_list_row_that_lost_a_cell_does_not_take_the_cumulative_figure():
    head = row("指标名称", "单位", "代码", "历年累计", "2012年度")
    labels = ("主动公开信息数", "新增的行政规范性文件数", "提供服务类信息数", "网站专栏页面访问量", "现场接待人数")
    rows = [row(label, "条", f"0{i}", 1000 + i, 20 + i) for i, label in enumerate(labels)]
    rows[2] = row(labels[2], "条", 1002, 22)
    got, tables = read("<table>" + head + "".join(rows) + "</table>")
    assert got["e_column_visits", None].value == 23
    assert got["e_service_info", None].reading == "doubtful"
    assert "22" in {r.text for r in leftovers(tables)}


def test_list_in_two_halves_is_read_under_both_headers():
    left = [("主动公开政府信息数", 61), ("制发规范性文件总数", 12), ("政府公报公开政府信息数", 13)]
    right = [("政府网站公开政府信息数", 44), ("政务微博公开政府信息数", 25), ("政务微信公开政府信息数", 36)]
    html = "<table>" + row("统计指标", "单位", "统计数", "统计指标", "单位", "统计数")
    for (a, x), (b, y) in zip(left, right, strict=True):
        html += row(a, "条", x, b, "条", y)
    got, _ = read(html + "</table>")
    assert (got["proactive_total", None].value, got["channel_website", None].value) == (61, 44)
    assert got["channel_website", None].reading == "confirmed"


def test_row_named_with_its_group_before_it_is_that_row():
    rows = {"req_new": seven(1), "（三）不予公开 1.属于国家秘密": seven(20), "（五）不予处理2.重复申请": seven(30)}
    got, _ = read(table3({**rows, "三、本年度办理结果（七）总计": seven(50)}))
    assert [got["res_refused_state_secret", c].value for c in T3_COLUMNS] == seven(20)
    assert [got["res_np_duplicate", c].value for c in T3_COLUMNS] == seven(30)
    assert got["res_total", "total"].value == seven(50)[6]


def test_total_row_without_its_number_is_a_row_by_its_place_and_not_sure():
    got, _ = read(table3({"req_new": seven(1), "其他处理": seven(20), "总计": seven(30)}))
    assert [got["res_total", c].value for c in T3_COLUMNS] == seven(30)
    assert got["res_total", "company"].reading == "single"


@pytest.mark.parametrize("words", ["未统计", "约3件", "见附件", "5件左右", "*", "〇", "\uf031"])
def test_one_odd_cell_never_drops_its_row(words):
    got, _ = read(table3({"req_new": [words, 2, 0, 0, 0, 0, 3], "req_carried_in": [1, 2, 0, words, 0, 0, 3]}))
    assert [got["req_new", c].value for c in T3_COLUMNS[1:]] == [2, 0, 0, 0, 0, 3]
    assert got["req_new", "natural_person"].value_text == words
    assert got["req_new", "natural_person"].reading == "doubtful"
    assert len(got) == 14


@pytest.mark.parametrize("words", ["未收费", "约3万元", "无收费项目"])
def test_words_for_a_figure_are_an_unreadable_cell(words):
    table = row("信息内容", "本年收费金额（单位：万元）") + row("行政事业性收费", words)
    fee = read(f"<table>{table}</table>", 2022)[0]["admin_fees.amount", None]
    assert (fee.value, fee.value_text, fee.status) == (None, words, "unreadable")


def test_note_marks_in_labels_and_headers_lose_neither_row_nor_table():
    header = row(
        "申请人情况", "自然人¹", "商业企业②", "科研机构[1]", "社会公益组织（注2）", "法律服务机构※", "其他*", "总计①"
    )
    rows = row("一、本年新收政府信息公开申请数量³", *seven(3)) + row("（七）总计①", *seven(9))
    got, _ = read(f"<table>{header}{rows}</table><table>{T4_HEADER.replace('总计', '总计①')}{row(*range(15))}</table>")
    assert [got["req_new", c].value for c in T3_COLUMNS] == seven(3)
    assert [got["res_total", c].value for c in T3_COLUMNS] == seven(9)
    assert [got[c, None].value for c in T4_COLUMNS] == list(range(15))


def test_surplus_blank_cell_is_a_doubt_unless_the_rows_total_proves_the_place():
    shifted = ["", 258, 12, "", "", 1, 1, ""]
    proved = [258, 12, "", "", 1, 1, 272, ""]
    got, _ = read(table3({"req_new": proved, "res_granted_full": shifted, "res_total": [5, 1, 0, 0, 0, 0, "", ""]}))
    assert {got["res_granted_full", c].reading for c in T3_COLUMNS} == {"doubtful"}
    assert "doubtful" not in {got["req_new", c].reading for c in T3_COLUMNS}
    assert "doubtful" not in {got["res_total", c].reading for c in T3_COLUMNS}


CODED = {
    "主动公开信息数": ("01", 345, "e_proactive_total"),
    "新增的行政规范性文件数": ("03", 12, "e_normative_new"),
    "提供服务类信息数": ("04", 55, "e_service_info"),
    "申请总数": ("10", 7, "e_requests_total"),
    "对申请的答复总数": ("17", 7, "e_replies_total"),
    "行政复议数": ("32", 1, "e_review_total"),
}


@pytest.mark.parametrize(
    "header", [("指标名称", "单位", "代码", "统计数"), ("指标名称", "单位", "指标编码号", "本表数字"), None]
)
@pytest.mark.parametrize("filled", [True, False])
def test_code_of_a_list_is_never_its_value_whatever_the_header(header, filled):
    rows = [row(label, "条", code, value if filled else "") for label, (code, value, _) in CODED.items()]
    got, _ = read(f"<table>{row(*header) if header else ''}{''.join(rows)}</table>")
    assert {k[0]: o.value for k, o in got.items()} == {i: v if filled else None for _, v, i in CODED.values()}


def test_serial_number_of_a_list_is_never_its_value():
    rows = [row(n, label, "条", value) for n, (label, (_, value, _)) in enumerate(CODED.items(), 1)]
    got, tables = read(f"<table>{''.join(rows)}</table>")
    assert {k[0]: o.value for k, o in got.items()} == {i: v for _, v, i in CODED.values()}
    assert not [left for t in tables for left in t.leftovers]
