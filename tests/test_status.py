"""What a document is and how far it was read: a notice is no report, and a report is never called a notice."""

import pytest

from extract.documents.read_document import read_document
from tests.test_flattened import table3_lines, table4_lines
from transform.reports.read_report import read_report

NARRATIVE = [
    "甲县财政局2014年政府信息公开工作年度报告",
    "一、概述",
    "2014年，我局认真贯彻落实条例。",
    "二、主动公开政府信息情况",
    "全年主动公开政府信息224条。",
]
NO_REPORTS = {
    "notice": [
        "关于做好2020年政府信息公开工作年度报告编制工作的通知",
        "各乡镇人民政府，县政府各部门：",
        "现将有关事项通知如下：",
        "一、编制要求。年度报告应当于1月31日前发布，共收到申请5件的单位照实填写。",
    ],
    "rule": [
        "甲县政府信息公开办法",
        "第一条 为了规范公开，制定本办法。",
        "第二条 本办法适用于各部门。",
        "第三条 各部门应当在每年1月31日前公布年度报告。",
    ],
    "reply": [
        "甲县人民政府办公室：",
        "《关于有关事项的函》（甲府函〔2016〕1号）收悉。经研究，现答复如下：",
        "依照条例办理。",
    ],
    "guide": ["甲县政府信息公开指南", "一、公开范围", "申请人可以提出申请。"],
    "half a year": ["2022年上半年政府信息公开数据统计", "2022年上半年，全县共受理政府信息公开申请267件，答复263件。"],
    "a quarter": ["甲县2021年第三季度政府信息公开情况", "共受理政府信息公开申请12件。"],
    "empty form": [
        "政府信息公开情况统计报表",
        "指标名称",
        "计量单位",
        "代码",
        "主动公开信息数",
        "条",
        "01",
        "申请总数",
        "条",
        "10",
    ],
}


def read(lines):
    (report,) = read_report(read_document("\n".join(lines).encode()))
    return report


@pytest.mark.parametrize("kind", NO_REPORTS)
def test_what_is_no_report_has_neither_publisher_nor_figures(kind):
    report = read(NO_REPORTS[kind])
    assert report.status == "no_report"
    assert report.identity.publisher is None and report.identity.report_id is None
    assert not report.observations and not report.leftovers


def test_page_titled_annual_report_is_never_no_report():
    for kind, lines in NO_REPORTS.items():
        assert read(["甲县财政局2020年政府信息公开工作年度报告", *lines]).status != "no_report", kind


def test_one_official_figure_of_a_whole_year_makes_it_a_report():
    for kind in ("notice", "rule", "reply", "guide"):
        report = read([*NO_REPORTS[kind], *table3_lines()])
        assert report.status == "partly_read" and report.observations, kind


def test_report_in_prose_is_narrative():
    report = read(NARRATIVE)
    assert (report.status, report.identity.year) == ("narrative", 2014)
    assert [o.value for o in report.observations] == [224]


def test_report_without_tables_in_a_year_of_tables_is_not_narrative():
    report = read([line.replace("2014", "2022") for line in NARRATIVE])
    assert (report.status, report.reason) == ("partly_read", "no official table found")


def test_read_means_every_official_table_in_full():
    t2 = [
        *("第二十条第（一）项", "信息内容", "本年新制作数量", "本年新公开数量", "对外公开总数量"),
        *("规章", "0", "0", "0", "规范性文件", "1", "1", "9", "第二十条第（五）项"),
        *("信息内容", "上一年项目数量", "本年增/减", "处理决定数量"),
        *("行政许可", "6", "0", "2", "其他对外管理服务事项", "0", "0", "0", "第二十条第（六）项"),
        *("信息内容", "上一年项目数量", "本年增/减", "处理决定数量"),
        *("行政处罚", "6", "0", "2", "行政强制", "0", "0", "0", "第二十条第（八）项"),
        *("信息内容", "上一年项目数量", "本年增/减", "行政事业性收费", "0", "0", "第二十条第（九）项"),
        *("信息内容", "采购项目数量", "采购总金额", "政府集中采购", "2", "10.5"),
    ]
    whole = [
        "甲县财政局2019年政府信息公开工作年度报告",
        *t2,
        *table4_lines([3, 1, 0, 2, 6, 4, 0, 1, 1, 6, 9, 2, 3, 0, 14]),
    ]
    assert (read(whole).status, read(whole).reason) == ("read", None)
    less = [line for line in whole if line not in ("政府集中采购", "10.5", "采购项目数量", "采购总金额")]
    less.remove("2")
    assert read(less).status == "partly_read"
    assert "Table 2" in (read(less).reason or "")


def test_form_is_told_by_its_labels_though_no_figure_is_left():
    lines = [
        "第二十条第（一）项",
        "信息内容",
        "本年新制作数量",
        "本年新公开数量",
        "对外公开总数量",
        "规章",
        "0",
        "规范性文件",
    ]
    report = read(["甲乡2019年政府信息公开工作年度报告", "二、主动公开政府信息情况", *lines])
    assert (report.form, report.status) == ("sc_2019", "partly_read")
    assert "no figure in the tables" in (report.reason or "")
