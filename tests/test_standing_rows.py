"""Rows that stand by themselves in text that lost its tables: what cannot be placed costs only itself."""

import pytest

from extract.documents.read_document import read_document
from tests.test_flattened import ALL, read, table3_lines
from transform.flattened.recognise_text import recognise_text
from transform.observations.observe import observe
from transform.recognition.headers import T3_COLUMNS, T4_COLUMNS
from transform.recognition.values import parse_value

T2_2021 = [
    "第二十条第（一）项 | |||",
    "信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |",
    "规章 | 0 | 1 | 2 |",
    "行政规范性文件 | 3 | 4 | 5 |",
    "第二十条第（五）项 | |||",
    "信息内容 | 本年处理决定数量 | ||",
    "行政许可 | 858 | ||",
    "第二十条第（六）项 | |||",
    "信息内容 | 本年处理决定数量 | ||",
    "行政处罚 | 40 | ||",
    "行政强制 | 1 | ||",
    "第二十条第（八）项 | |||",
    "信息内容 | 本年收费金额（单位：万元） | ||",
    "行政事业性收费 | 12.5 | ||",
]


def values(got):
    return {k: o.value for k, o in got.items()}


def test_padded_pipe_rows_are_read_as_their_figures():
    got, tables = read(T2_2021, 2022)
    assert values(got) == {
        ("regulations.issued", None): 0,
        ("regulations.repealed", None): 1,
        ("regulations.in_force", None): 2,
        ("normative.issued", None): 3,
        ("normative.repealed", None): 4,
        ("normative.in_force", None): 5,
        ("licensing.decisions", None): 858,
        ("penalties.decisions", None): 40,
        ("coercion.decisions", None): 1,
        ("admin_fees.amount", None): 12.5,
    }
    assert not [left for t in tables for left in t.leftovers]


def test_table_2_without_the_line_of_its_article_and_with_a_bracket_in_a_label():
    lines = [
        "信息内容",
        "本年制发件数",
        "本年废止件数",
        "现行有效件数",
        "规章（设区的市以上政府填报）",
        "0",
        "0",
        "7",
        "行政规范性文件",
        "1",
        "0",
        "9",
        "其他主动公开文件",
        "4",
        "4",
        "4",
    ]
    got, tables = read(lines, 2023)
    assert got["regulations.in_force", None].value == 7
    assert got["normative.in_force", None].value == 9
    assert [cell.text for t in tables for cell, _ in t.leftovers] == ["4", "4", "4"]


def test_explicit_blank_before_the_first_number_keeps_the_columns():
    lines = ["信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |", "规章 | | | 6 |", "行政规范性文件 | | 2 | |"]
    got, _ = read(lines, 2023)
    assert [got[f"regulations.{c}", None].value for c in ("issued", "repealed", "in_force")] == [None, None, 6]
    assert [got[f"normative.{c}", None].value for c in ("issued", "repealed", "in_force")] == [None, 2, None]


def small_tables(rows: dict[str, list[int]]) -> list[str]:
    out = [
        "## 三、收到和处理政府信息公开申请情况",
        "",
        "### 申请人情况 (自然人)",
        "| (数据项目) | 数量 |",
        "|---|---|",
        "| - | - |",
    ]
    for label, figures in rows.items():
        out += [
            f"### {label}",
            "| 类别 | 数据1 | 数据2 | 数据3 | 数据4 | 数据5 | 数据6 | 总计 |",
            "|---|---|---|---|---|---|---|---|",
            f"| {label} | " + " | ".join(map(str, figures)) + " |",
            "",
        ]
    return out


def test_a_small_table_a_row_with_digits_in_its_header_is_placed_row_by_row():
    rows = {
        "一、本年新收政府信息公开申请数量": [705, 3, 0, 0, 5, 0, 713],
        "5. 属于三类内部事务信息": [13, 0, 0, 0, 0, 0, 13],
        "7. 属于行政执法案卷": [0] * 7,
        "3. 其他": [142, 1, 0, 0, 0, 0, 143],
        "（七）总计": [710, 3, 0, 0, 5, 0, 719],
    }
    got, _ = read([*small_tables(rows), "1.申请人无正当理由逾期不补正，行政机关不再处理其政府信息公开申请"], 2025)
    assert [got["req_new", c].value for c in T3_COLUMNS] == [705, 3, 0, 0, 5, 0, 713]
    assert [got["res_other_residual", c].value for c in T3_COLUMNS] == [142, 1, 0, 0, 0, 0, 143]
    assert {got["req_new", c].reading for c in T3_COLUMNS} == {"single"}


def test_row_that_stands_by_itself_is_doubtful_unless_its_own_sum_proves_it():
    rows = {
        "一、本年新收政府信息公开申请数量": [705, 3, 0, 0, 5, 0, 713],
        "5. 属于三类内部事务信息": [0] * 7,
        "7. 属于行政执法案卷": [4, 0, 0, 0, 0, 0, 9],
    }
    strangers = {f"某某事项{name}": [n, 9, 8, 7, 6] for n, name in enumerate("甲乙丙丁", 3)}
    got, tables = read(small_tables({**rows, **strangers}), 2025)
    assert {k[0]: o.reading for k, o in got.items()} == {
        "req_new": "single",
        "res_refused_internal": "doubtful",
        "res_refused_enforcement_file": "doubtful",
    }
    assert sum(len(t.leftovers) for t in tables) >= 12


def test_labels_behind_their_figures_are_not_taken_for_the_next_rows():
    lines = ["申请人情况", "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计"]
    whole = table3_lines()
    for start in range(9, len(whole), 8):
        label, *figures = whole[start : start + 8]
        lines += [*figures, label]
    got, _ = read(lines)
    true = values(read(whole)[0])
    assert {k: v for k, v in values(got).items() if v != true[k]} == {}


@pytest.mark.parametrize("figures", [[0] * 15, [3, 1, 0, 2, 6, 4, 0, 1, 1, 6, 9, 2, 3, 0, 14]])
def test_table_4_alone_on_its_page_is_a_line_of_fifteen(figures):
    lines = [
        "四、结转下年度继续办理 1 0 0 0 0 2 3",
        "四、政府信息公开行政复议、行政诉讼情况",
        "2020 年，我局未出现申请行政复议、提起行政诉讼的情况。",
        "行政复议 行政诉讼",
        "未经复议直接起诉 复议后起诉",
        "结 结 其 尚 总 结 结 其 尚 总 结 结 其 尚 总",
        "果 果 他 未 计 果 果 他 未 计 果 果 他 未 计",
        "维 纠 结 审 维 纠 结 审 维 纠 结 审",
        "持 正 果 结 持 正 果 结 持 正 果 结",
        " ".join(map(str, figures)),
        "五、存在的主要问题及改进情况",
        "2021 年，我局将进一步提高认识。",
    ]
    got, _ = read(lines, 2020)
    assert [got[c, None].value for c in T4_COLUMNS] == figures
    assert got["req_carried_out", "total"].value == 3


def test_table_4_in_three_small_tables_is_placed_group_by_group():
    header = "| 结果维持 | 结果纠正 | 其他结果 | 尚未审结 | 总计 |"
    lines = ["## 四、政府信息公开行政复议、行政诉讼情况"]
    groups = {
        "行政复议": [27, 10, 9, 15, 61],
        "行政诉讼（未经复议直接起诉）": [3, 0, 0, 0, 3],
        "行政诉讼（复议后起诉）": [8, 0, 1, 1, 10],
    }
    for heading, figures in groups.items():
        lines += [f"### {heading}", header, "|---|---|---|---|---|", "| " + " | ".join(map(str, figures)) + " |"]
    got, _ = read([*lines, "## 五、存在的主要问题", "2025 年，仍有短板 3 处。"], 2025)
    assert [got[c, None].value for c in T4_COLUMNS] == [f for group in groups.values() for f in group]


def test_text_that_ends_within_a_row_gives_what_is_before_the_end_as_doubtful():
    lines = table3_lines()[:9]
    lines += ["一、本年新收政府信息公开申请数量 |", *(f"{n} |" for n in (1, 2, 0, 0, 0, 0, 3))]
    lines += ["二、上年结转政府信息公开申请数量 |", *(f"{n} |" for n in (4, 0, 5))]
    got, _ = read(lines)
    assert [got["req_carried_in", c].value for c in T3_COLUMNS[:3]] == [4, 0, 5]
    assert {got["req_carried_in", c].reading for c in T3_COLUMNS[:3]} == {"doubtful"}
    assert got["req_new", "total"].reading == "single"


def listed(lines: list[str], year: int = 2012):
    return {k[0]: v for k, v in values(read(lines, year)[0]).items()}


ROWS = {
    "主动公开信息数": ("条", "01", 345, 1200, "e_proactive_total"),
    "新增的行政规范性文件数": ("条", "03", 12, 40, "e_normative_new"),
    "提供服务类信息数": ("条", "04", 55, 130, "e_service_info"),
    "申请总数": ("条", "10", 7, 21, "e_requests_total"),
    "1.当面申请数": ("条", "11", 2, 6, "e_req_in_person"),
    "对申请的答复总数": ("条", "17", 7, 21, "e_replies_total"),
    "行政复议数": ("件", "32", 1, 2, "e_review_total"),
    "行政诉讼数": ("件", "33", 0, 1, "e_litigation_total"),
}


@pytest.mark.parametrize("joint", ["\n", "  ", " | "])
def test_of_two_columns_the_years_is_taken_and_a_code_never(joint):
    header = joint.join(["指标名称", "计量单位", "代码", "本期实际", "本年累计"])
    rows = [joint.join([label, unit, code, str(now), str(year)]) for label, (unit, code, now, year, _) in ROWS.items()]
    got = listed([header, *rows])
    assert got == {indicator: year for _, _, _, year, indicator in ROWS.values()}


@pytest.mark.parametrize("joint", ["\n", "  ", " | "])
def test_codes_of_an_empty_form_are_no_figures(joint):
    header = joint.join(["指标名称", "计量单位", "代码", "本期实际", "本年累计"])
    rows = [joint.join([label, unit, code, "", ""]) for label, (unit, code, *_) in ROWS.items()]
    assert {v for v in listed([header, *rows]).values()} <= {None}


@pytest.mark.parametrize("joint", ["\n", " "])
def test_serial_numbers_before_the_labels_are_no_figures(joint):
    rows = [
        ("一、主动公开情况", None, None),
        ("（一）主动公开政府信息数", "条", 317),
        ("其中：主动公开规范性文件数", "条", 0),
        ("制发规范性文件总数", "件", 316),
        ("（二）通过不同渠道和方式公开政府信息的情况", None, None),
        ("1.政府公报公开政府信息数", "条", 227),
        ("2.政府网站公开政府信息数", "条", 128),
        ("3.政务微博公开政府信息数", "条", 81),
        ("4.政务微信公开政府信息数", "条", 4),
    ]
    lines = ["统计指标", "单位", "统计数"]
    for number, (label, unit, figure) in enumerate(rows, 1):
        lines.append(joint.join([str(number), label, *([unit, str(figure)] if unit else [])]))
    got = listed("\n".join(lines).split("\n"), 2016)
    assert list(got.values()) == [317, 0, 316, 227, 128, 81, 4]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("减4", -4),
        ("减少4", -4),
        ("↓4", -4),
        ("4（减）", -4),
        ("2(减少)", -2),
        ("--4", -4),
        ("增4", 4),
        ("4（增加）", 4),
        ("0（减）", 0),
    ],
)
def test_sign_of_a_change_is_read_and_its_text_kept(printed, value):
    assert parse_value(printed).value == value
    lines = ["信息内容", "上一年项目数量", "本年增/减", "处理决定数量", "行政许可", "6", printed, "2"]
    got, _ = read(lines)
    change = got["licensing.items_change", None]
    assert (change.value, change.value_text) == (value, printed)


@pytest.mark.parametrize("printed", ["未收费", "约3万元"])
def test_words_in_a_numbers_place_are_an_unreadable_cell(printed):
    lines = ["信息内容", "本年收费金额（单位：万元）", "行政事业性收费", printed, "三、收到和处理政府信息公开申请情况"]
    for text in (lines, [*lines[:2], f"行政事业性收费 | {printed} | |", lines[4]]):
        got, _ = read(text, 2022)
        fee = got["admin_fees.amount", None]
        assert (fee.value, fee.status, fee.value_text) == (None, "unreadable", printed)


def test_unit_in_brackets_behind_the_amount_is_the_amounts():
    assert (parse_value("1200（元）").value, parse_value("1200（元）").unit) == (1200, "元")


def test_traditional_characters_are_read_and_kept_as_printed():
    from opencc import OpenCC

    lines = OpenCC("s2t").convert("\n".join([*T2_2021[:6], "行政許可 | 減少3 | ||", *table3_lines()]))
    tables = recognise_text(read_document(lines.encode()), ALL, 2022)
    got = {(o.indicator, o.applicant): o for o in observe(tables)}
    assert got["regulations.in_force", None].value == 2
    assert got["licensing.decisions", None].value_text == "減少3"
    assert got["req_new", "company"].value == 2


def test_label_wrapped_around_its_figures_names_its_row():
    lines = [
        *("申请人情况", "自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他", "总计"),
        "一、本年新收政府信息公开申请数量 1507 467 106 25 545 33 1625",
        "9 5",
        "（二）部分公开（区分处理的，只计这一情",
        "447 7 0 0 0 0 454",
        "形，不计其他情形）",
        "本 2.其他法律行政法规禁 30 1 0 0 0 0 31",
        "年 止公开",
        "（六）其",
        "1、申请人无正当理由逾期不补",
        "正、行政机关不再处理其政府信 67 3 0 0 1 0 71",
        "息公开申请",
        "（七）总计 2932 53 0 0 61 4 3050",
        *("某某事项 5 6", "某某事项 7 8", "某某事项 9 9 9"),
    ]
    got, _ = read(lines, 2024)
    totals = {k[0]: o.value for k, o in got.items() if k[1] == "total"}
    assert totals == {
        "res_granted_part": 454,
        "res_refused_law_prohibits": 31,
        "res_other_not_clarified": 71,
        "res_total": 3050,
    }
    # Digits that a narrow column wrapped onto the next line leave their row unplaced, not wrong.
    assert not any(k[0] == "req_new" for k in got)
    assert {o.reading for o in got.values()} == {"single"}


def test_rows_of_table_2_without_any_header_are_read_as_doubtful_and_sentences_are_not():
    got, _ = read(["规章 0 0 7", "行政规范性文件 1 0 9", "行政许可 12"], 2022)
    assert {k[0]: (o.value, o.reading) for k, o in got.items() if k[0].endswith((".in_force", ".decisions"))} == {
        "regulations.in_force": (7, "doubtful"),
        "normative.in_force": (9, "doubtful"),
        "licensing.decisions": (12, "doubtful"),
    }
    assert not read(["主动公开行政许可746件、行政处罚887件，行政强制3项。"], 2022)[0]
