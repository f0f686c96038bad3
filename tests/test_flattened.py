"""Tables out of text that lost its grid: one answer or none."""

from extract.documents.read_document import read_document
from transform.flattened.recognise_text import recognise_text
from transform.forms.form import load_forms
from transform.observations.observe import observe
from transform.recognition.headers import T4_COLUMNS

ALL = {"t2", "t3", "t4"}


def read(lines: list[str], year: int | None = 2019):
    tables = recognise_text(read_document("\n".join(lines).encode()), ALL, year)
    return {(o.indicator, o.applicant): o for o in observe(tables)}, tables


def table3_lines(values: dict[str, list[object]] | None = None, form: str = "sc_2019") -> list[str]:
    """One cell a paragraph, in reading order."""
    out = [
        "三、收到和处理政府信息公开申请情况",
        "申请人情况",
        "自然人",
        "商业企业",
        "科研机构",
        "社会公益组织",
        "法律服务机构",
        "其他",
        "总计",
    ]
    for i, item in enumerate(r for r in load_forms()[form].table("matrix").rows if not r.heading):
        parts = [i + 1, i + 2, 0, 3 * i, 0, 1]
        out += [item.label_zh, *map(str, (values or {}).get(item.id, [*parts, sum(parts)]))]
    return out


def test_one_cell_a_paragraph_is_placed_by_its_labels():
    got, _ = read(table3_lines())
    assert len(got) == 161
    assert got["res_refused_third_party", "company"].value == 9
    assert {o.reading for o in got.values()} == {"single"}


def test_a_lost_cell_leaves_its_row_unplaced_or_doubtful_never_shifted():
    lines = table3_lines()
    at = lines.index("4.保护第三方合法权益")
    assert lines[at + 2] == "9"
    del lines[at + 2]
    got, _ = read(lines)
    wrong = [
        k for k, o in got.items() if k[0] != "res_refused_third_party" and o.value != read(table3_lines())[0][k].value
    ]
    assert wrong == []
    assert (
        got.get(("res_refused_third_party", "company")) is None
        or got["res_refused_third_party", "company"].reading != "confirmed"
    )


def test_page_mark_inside_the_table_is_no_number():
    lines = table3_lines()
    lines.insert(lines.index("2.重复申请") + 4, "— 4 —")
    got, _ = read(lines)
    assert len(got) == 161
    assert got["res_np_duplicate", "total"].value == read(table3_lines())[0]["res_np_duplicate", "total"].value


def table4_lines(numbers: list[int]) -> list[str]:
    return [
        *table3_lines(),
        "四、政府信息公开行政复议、行政诉讼情况",
        "行政复议",
        "行政诉讼",
        *map(str, numbers),
        "五、存在的主要问题及改进情况",
    ]


def test_table_4_that_adds_up_in_one_way_is_placed():
    numbers = [3, 1, 0, 2, 6, 4, 0, 1, 1, 6, 9, 2, 3, 0, 14]
    got, _ = read(table4_lines(numbers))
    assert [got[c, None].value for c in T4_COLUMNS] == numbers


def test_table_4_that_adds_up_in_no_way_is_not_guessed():
    got, tables = read(table4_lines([3, 1, 0, 2, 7, 4, 0, 1, 1, 6, 9, 2, 3, 0, 14]))
    assert not any(k[0] in T4_COLUMNS for k in got)
    assert any("Table 4" in reason for t in tables for _, reason in t.leftovers)


def test_block_printed_by_columns_is_told_by_what_cannot_be():
    # 279 | -62 | 647 under three headings: a negative number of decisions is no reading.
    lines = [
        "第二十条第（一）项",
        "规章 1 2 3",
        "规范性文件 4 5 6",
        "第二十条第（五）项",
        "信息内容 上一年项目数量 本年增/减 处理决定数量",
        "39 122 678 279 -62 647",
        "行政许可 其他对外管理服务事项",
        "第二十条第（六）项",
        "行政处罚 1101 -23 996",
        "行政强制 37 0 7",
        "第二十条第（八）项",
        "行政事业性收费 3 0",
        "第二十条第（九）项",
        "政府集中采购 3977 29628302.01",
        *table3_lines(),
    ]
    got, _ = read(lines)
    assert got["other_services.items_change", None].value == -62
    assert got["licensing.decisions", None].value == 678
    assert got["procurement.amount", None].value == 29628302.01


def test_row_that_shows_fewer_than_seven_figures_is_left_over_and_shifts_no_other():
    lines = table3_lines()
    at = lines.index("5.属于三类内部事务信息")
    gone = lines[at + 2 : at + 5]
    del lines[at + 2 : at + 5]
    got, tables = read(lines)
    whole = read(table3_lines())[0]
    assert len(gone) == 3 and not any(k[0] == "res_refused_internal" for k in got)
    assert {k: o.value for k, o in got.items()} == {
        k: o.value for k, o in whole.items() if k[0] != "res_refused_internal"
    }
    assert sum("shows 4 of its 7" in reason for t in tables for _, reason in t.leftovers) == 4


def test_labels_wrapped_around_their_figures_do_not_hide_the_table():
    lines = table3_lines()
    at = lines.index("一、本年新收政府信息公开申请数量")
    lines[at : at + 8] = ["一、本年新收政府信", *lines[at + 1 : at + 8], "息公开申请数量"]
    got, _ = read(lines)
    assert len(got) == 161
    assert got["req_new", "total"].value == read(table3_lines())[0]["req_new", "total"].value


def test_digit_inside_a_quoted_label_of_a_local_list_is_no_figure():
    lines = ["指标名称", "单位", "2012年度", "主动公开信息数", "条", "812", "新增的行政规范性文件数", "条", "23"]
    for number in range(1, 6):
        lines += [f"({number + 4})“免予公开范围{number}”数", "条", str(number * 11)]
    got, _ = read(lines, 2012)
    assert [got[f"e_exempt_{n}", None].value for n in range(1, 6)] == [11, 22, 33, 44, 55]
