"""What a printed cell says."""

import pytest

from extract.documents.read_document import read_document
from transform.forms.measures import full_measure
from transform.recognition.values import parse_value, standardise
from transform.reports.read_report import read_report


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("１２", 12),
        ("1,234", 1234),
        ("1，234", 1234),
        (" 0 ", 0),
        ("-2", -2),
        ("－2", -2),
        ("+123", 123),
        ("增1558", 1558),
        ("增加5", 5),
        ("减38", -38),
        ("减少38", -38),
        ("0/0", 0),
        ("22（其中修订 16 件）", 22),
        ("55\n（含自然失效 29 件）", 55),
        ("12 件", 12),
        ("59237.2449", 59237.2449),
        ("\u00a07\u3000", 7),
    ],
)
def test_number_is_read_as_printed(text, value):
    assert parse_value(text).value == value
    assert parse_value(text).status == "reported"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", "blank"),
        ("\u00a0\n", "blank"),
        ("/", "slash"),
        ("-", "slash"),
        ("——", "slash"),
        ("无", "none_word"),
        ("详见附件", "unreadable"),
        ("3/5", "unreadable"),
        ("一", "unreadable"),
        ("2016年", "unreadable"),
        ("3,4", "unreadable"),
    ],
)
def test_everything_else_is_kept_apart_from_zero(text, status):
    assert parse_value(text).value is None
    assert parse_value(text).status == status


@pytest.mark.parametrize("text", ["12 34件", "12\n34件", "1 2.5", "-12 34", "1,2 34", "1 234.5", "12 34(减)"])
def test_digits_that_stand_apart_are_never_joined_without_a_word(text):
    assert parse_value(text).broken or parse_value(text).value is None


@pytest.mark.parametrize("text", ["1、234", "12(3)", "3 (5)"])
def test_two_figures_in_a_cell_are_a_doubt(text):
    assert parse_value(text).doubt or parse_value(text).value is None


def test_unit_in_the_cell_is_kept():
    assert parse_value("251000元").unit == "元"
    assert full_measure(parse_value("2601.953875万").unit, "万元") == "万元"
    assert standardise(113.96, "万元") == (1139600.0, "元")
    assert standardise(5.0, None) == (None, None)


@pytest.mark.parametrize(
    ("unit", "beside", "full"),
    [
        ("万", "万元", "万元"),
        ("万", None, "万元"),
        ("亿", "元", "亿元"),
        ("万", "件", "万件"),
        ("万", "万件", "万件"),
        ("万", "人次", "万人次"),
        ("份", "件", "份"),
        (None, "件", None),
    ],
)
def test_short_unit_is_completed_by_what_its_column_counts(unit, beside, full):
    assert full_measure(unit, beside) == full


def test_ten_thousands_of_cases_are_never_single_ones():
    page = (
        "<h1>示例市甲区人民政府2022年政府信息公开工作年度报告</h1><table><tr><td colspan=4>第二十条第（一）项</td></tr>"
        "<tr><td>信息内容</td><td>本年制发件数（单位：万件）</td><td>本年废止件数</td><td>现行有效件数（万件）</td></tr>"
        "<tr><td>规章</td><td>6</td><td>2部</td><td>1.2</td></tr><tr><td>行政规范性文件</td><td>12份</td><td>3个</td><td>60件</td></tr>"
        "<tr><td colspan=4>第二十条第（五）项</td></tr><tr><td>信息内容</td><td colspan=3>本年处理决定数量</td></tr>"
        "<tr><td>行政许可</td><td colspan=3>1.2万</td></tr></table>"
    )
    (reading,) = read_report(read_document(page.encode()))
    shown = {o.indicator: (o.value, o.unit, o.value_std, o.unit_std) for o in reading.observations}
    assert shown == {
        "regulations.issued": (6, "万件", 60_000, "件"),
        "regulations.repealed": (2, "部", 2, "件"),
        "regulations.in_force": (1.2, "万件", 12_000, "件"),
        "normative.issued": (12, "份", 12, "件"),
        "normative.repealed": (3, "个", 3, "件"),
        "normative.in_force": (60, "件", 60, "件"),
        "licensing.decisions": (1.2, "万件", 12_000, "件"),
    }


def test_digits_on_two_lines_are_joined_and_marked():
    assert parse_value("1\n0").value == 10
    assert parse_value("1\n0").broken
    assert not parse_value("10").broken
