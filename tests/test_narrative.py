"""The narrative: six sections whatever their headings say, and no contacts in what is released."""

import pytest

from extract.document import Block, Document, Reading
from transform.identity.narrative import redact, sections


def document(*lines):
    """A document of plain lines; None stands for a table."""
    blocks, start, grids = [], 0, 0
    for line in lines:
        grids += line is None
        blocks.append(Block(line or "", start, grids if line is None else None))
        start += len(line or "") + 1
    return Document("0" * 64, "text/html", 1, tuple(blocks), (Reading("test", True, ()),))


def split(*lines):
    return {s.section: (s.title, s.text) for s in sections(document(*lines))}


NATIONAL = (
    "一、总体情况",
    "推进公开。",
    "二、主动公开政府信息情况",
    None,
    "三、收到和处理政府信息公开申请情况",
    None,
    "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况",
    None,
    "五、存在的主要问题及改进情况",
    "仍有不足。",
    "六、其他需要报告的事项",
    "无。",
)


def test_six_national_sections_and_what_stands_before_them():
    got = split("某县2019年政府信息公开工作年度报告", "本报告根据条例编制。", *NATIONAL)
    assert sorted(got) == [0, 1, 2, 3, 4, 5, 6]
    assert got[0] == ("", "本报告根据条例编制。")
    assert got[1] == ("总体情况", "推进公开。")
    assert got[2] == ("主动公开政府信息情况", "")
    assert got[4] == ("因政府信息公开工作被申请行政复议、提起行政诉讼情况", "")
    assert (got[5][1], got[6][1]) == ("仍有不足。", "无。")


@pytest.mark.parametrize(
    ("heading", "number"),
    [
        ("一、工作概述", 1),
        ("一、信息公开概况", 1),
        ("第一部分 概述", 1),
        ("1、基本情况", 1),
        ("二、行政机关主动公开政府信息情况", 2),
        ("三、政府信息公开申请的收到和处理情况", 3),
        ("三、依申请公开政府信息情况", 3),
        ("四、政府信息公开行政复议、行政诉讼情况", 4),
        ("四、因政府信息公开申请行政复议、提起行政诉讼的情况", 4),
        ("五、政府信息公开工作存在的主要问题及改进措施", 5),
        ("五、存在的问题和下一步工作打算", 5),
        ("六、其他需要报告的事项", 6),
        ("六、需要说明的其他事项", 6),
        ("总体情况", 1),
    ],
)
def test_reworded_heading_keeps_its_section(heading, number):
    assert split(heading, "内容。")[number][1] == "内容。"


def test_number_of_a_section_comes_from_its_words():
    got = split("一、总体情况", "甲。", "二、存在的主要问题及改进情况", "乙。", "三、其他需要报告的事项", "丙。")
    assert {n: text for n, (_, text) in got.items()} == {1: "甲。", 5: "乙。", 6: "丙。"}


def test_headings_listed_in_the_introduction_start_no_section():
    intro = "本报告由总体情况、主动公开政府信息情况、收到和处理政府信息公开申请情况、存在的主要问题及改进情况组成。"
    got = split(intro, *NATIONAL)
    assert got[0][1] == intro
    assert got[1][1] == "推进公开。"


def test_subheadings_and_table_labels_start_no_section():
    got = split(
        "一、总体情况",
        "（一）主动公开情况。发布10条。",
        "（二）依申请公开情况",
        "收到3件。",
        "一、本年新收政府信息公开申请数量",
        "四、结转下年度继续办理",
    )
    assert list(got) == [1]


def test_section_told_twice_is_joined_in_order():
    got = split("一、总体情况", "甲。", "三、收到和处理政府信息公开申请情况", "乙。", "一、总体情况", "丙。")
    assert got[1][1] == "甲。\n丙。"


def test_headings_within_one_line_are_split():
    got = split(
        "本报告根据条例编制。 一、总体情况 推进公开。 二、主动公开政府信息情况 第二十条 五、存在的主要问题及改进情况 仍有不足。 六、其他需要报告的事项 无。"
    )
    assert {n: text for n, (_, text) in got.items()} == {
        0: "本报告根据条例编制。",
        1: "推进公开。",
        2: "第二十条",
        5: "仍有不足。",
        6: "无。",
    }


def test_page_counters_menus_and_footers_are_no_narrative():
    plain = split("某县2019年政府信息公开工作年度报告", "本报告根据条例编制。", *NATIONAL)
    page = split(
        "首页 政务公开",
        "今天是2026年11月20日",
        "某县2019年政府信息公开工作年度报告",
        "发布日期：2020-01-26 浏览次数：123",
        "本报告根据条例编制。",
        *NATIONAL,
        "版权所有：某县人民政府 网站标识码：9901000001",
        "联系我们",
    )
    assert page == plain


def test_page_marks_are_dropped():
    assert split("一、总体情况", "甲", "— 4 —", "乙。")[1][1] == "甲\n乙。"


def test_report_without_headings_is_what_stands_before_the_first():
    assert split("全年发布10条。") == {0: ("", "全年发布10条。")}
    assert sections(document(None)) == ()


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("电话：0551-64495818，邮编：230000。", "电话：〔略〕，邮编：230000。"),
        ("联系电话: (0551)64495818、64495819;", "联系电话: 〔略〕;"),
        ("电 话 ： 0517 - 87222589 ，", "电 话 ： 〔略〕 ，"),
        ("电子邮箱：hz_zwgk@126.com）", "电子邮箱：〔略〕）"),
        ("联系人：张三，电话：64495818", "联系人：〔略〕，电话：〔略〕"),
        ("联系人：欧阳锋、李四；", "联系人：〔略〕；"),
        ("手机13812345678。", "手机〔略〕。"),
        ("传真：0551—64495818", "传真：〔略〕"),
    ],
)
def test_contacts_are_taken_out(text, clean):
    assert redact(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "收到申请1234567件，金额29628302.01元。",
        "2019年1月1日至2019年12月31日",
        "国办公开办函〔2019〕60号",
        "公众号关注人数达6598人，信息722条。",
        "12345热线受理工单138123条。",
        "主动公开信息13812345件",
        "邮编：223001",
        "占比0.5%",
    ],
)
def test_figures_are_not_contacts(text):
    assert redact(text) == text
