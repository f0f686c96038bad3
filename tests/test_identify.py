"""What a document says of itself: whose report, on which year, about whom."""

import csv
import time
from pathlib import Path

import pytest

from extract.document import Block, Cell, Document, Grid, Reading
from transform.identity.bodies import read_body, unit_of_body
from transform.identity.identify import identify
from transform.identity.page_facts import PageFacts
from transform.observation import Hints
from transform.places.jurisdictions import all_units

PUBLISHERS = Path(__file__).parent / "data" / "publishers.csv"


def document(*lines, meta=None, index=(), grid_cells=()):
    """A document of plain lines, with an index table of (label, value) rows before it."""
    blocks, start = [], 0
    for line in lines:
        blocks.append(Block(line, start))
        start += len(line) + 1
    rows = index or grid_cells
    cells = [Cell(r, c, text, f"t1 r{r + 1} c{c + 1}") for r, row in enumerate(rows) for c, text in enumerate(row)]
    grids = (Grid(1, len(rows), 2, tuple(cells)),) if cells else ()
    readings = (Reading("test", True, grids),)
    return Document("0" * 64, "text/html", 1, tuple(blocks), readings, meta=meta or {})


def identified(*lines, hints=None, **parts):
    return identify(document(*lines, **parts), hints or Hints())


def test_two_hundred_publishers_have_the_right_place_and_kind():
    with PUBLISHERS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 200
    wrong = []
    for row in rows:
        title = f"{row['name']}{row['year']}年政府信息公开工作年度报告"
        told = identified(title, "一、总体情况", hints=Hints(jurisdiction_code=row["hint_code"] or None))
        place = "" if row["place"] == "ambiguous" else row["place"]
        found = (told.jurisdiction or "", told.jurisdiction_code or "", told.subject_kind, told.year)
        if found != (place, row["jurisdiction_code"], row["subject_kind"], int(row["year"])):
            wrong.append((row["name"], row["year"], found))
        elif told.publisher != row["name"] and row["subject_kind"] != "unknown":
            wrong.append((row["name"], told.publisher))
    assert wrong == []


def test_office_that_uploads_does_not_become_the_reporting_body():
    told = identified(
        "今天是2026年11月20日 星期五",
        "合肥市瑶海区人民政府2019年政府信息公开工作年度报告",
        "统计期限为2019年1月1日至2019年12月31日。",
        "一、总体情况",
        index=[("索引号", "1"), ("发布机构", "合肥市瑶海区人民政府办公室"), ("发文日期", "2020-01-26")],
    )
    assert (told.publisher, told.subject_kind, told.year) == ("合肥市瑶海区人民政府", "government", 2019)
    assert (told.unit_id, told.jurisdiction_code, told.published_on) == ("CN-340102", "340102", "2020-01-26")


def test_general_offices_own_report_is_not_the_governments():
    told = identified("2019年上海市人民政府办公厅政府信息公开工作年度报告", "发布日期：2020-01-31")
    assert (told.publisher, told.subject_kind, told.year) == ("上海市人民政府办公厅", "office", 2019)
    assert (told.jurisdiction_code, told.published_on) == ("310000", "2020-01-31")


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("2022年，全县各乡镇、各部门认真落实条例，我县共发布信息100条。", "government"),
        ("2022年，我办认真落实条例。", "office"),
        ("认真落实条例。", "unknown"),
    ],
)
def test_text_decides_where_only_the_uploader_is_named(sentence, kind):
    index = [("发布机构", "肥西县人民政府办公室"), ("文号", "无")]
    told = identified("2022年政府信息公开工作年度报告", "一、总体情况", sentence, index=index)
    assert (told.subject_kind, told.jurisdiction_code) == (kind, "340123")


def test_title_over_two_lines_and_spaced_digits():
    told = identified("洪泽区人民政府", "2023 年政府信息公开工作年度报告", "本报告由淮安市洪泽区人民政府办公室编制。")
    assert (told.publisher, told.year, told.jurisdiction_code) == ("洪泽区人民政府", 2023, "320813")
    told = identified(
        "瑶海区人民政府 2019 年政府信息公开 工作年度报告 本报告根据《中华人民共和国政府信息公开条例》编制"
    )
    assert (told.publisher, told.year) == ("瑶海区人民政府", 2019)


def test_noise_of_a_document_mirror_is_not_the_title():
    told = identified(
        "文库 - 下载即用。",
        "瑶海区人民政府2019年政府信息公开工作年报告.docx",
        "瑶海区人民政府2019年政府信息公开工作年报告.docx" * 6,
        "瑶海区人民政府 2019 年政府信息公开 工作年度报告 本报告根据《国务院办公厅政府信息与政务公开办公室关于政府信息公开"
        "工作年度报告有关事项的通知》要求编制。一、总体情况 2019 年,区政府办公室推进公开。",
    )
    assert (told.publisher, told.year, told.jurisdiction_code) == ("瑶海区人民政府", 2019, "340102")


def test_frozen_clock_and_day_of_publication_are_no_report_year():
    told = identified("2019年12月3日星期二", "政府信息公开工作年度报告", "发布时间：2024-01-20", "本单位认真落实。")
    assert told.year is None
    assert identified("2019年12月3日星期二", "肥西县审计局2023年政府信息公开工作年度报告", "一、总体情况").year == 2023


def test_year_is_never_taken_from_the_address():
    told = identified("政府信息公开工作年度报告", hints=Hints(url="http://www.example.gov.cn/2023n/t20230118_1.html"))
    assert told.year is None


def test_title_outweighs_a_period_copied_from_last_year():
    lines = ("会同县林业局2016年政府信息公开工作年度报告", "统计期限为2015年1月1日至2015年12月31日。")
    assert identified(*lines).year == 2016


def test_link_and_period_together_outweigh_a_wrong_title():
    lines = ("会同县林业局2016年政府信息公开工作年度报告", "统计期限为2015年1月1日至2015年12月31日。")
    hints = Hints(link_title="会同县林业局2015年政府信息公开年报", year=2015)
    assert identified(*lines, hints=hints).year == 2015


def test_report_published_before_its_year_was_over_is_on_the_year_before():
    lines = ("肥西县审计局2020年政府信息公开工作年度报告", "统计期限为2019年1月1日至2019年12月31日。")
    assert identified(*lines, meta={"PubDate": "2020-01-19 09:00"}).year == 2019


def test_period_speaks_where_the_title_has_no_year():
    told = identified("会同县林业局信息公开工作年度报告", "所列数据的统计期限从2015年1月1日起，至2015年12月31日止。")
    assert (told.year, told.publisher) == (2015, "会同县林业局")


def test_period_that_lost_its_letters_still_names_its_year():
    told = identified("会同县林业局信息公开工作年度报告", "统计期限为201911日至20191231日。")
    assert told.year == 2019


def test_years_in_chinese_numerals():
    assert identified("二〇一六年桐乡市政府信息公开工作年度报告").year == 2016
    assert identified("桐乡市二○一六年度政府信息公开工作年度报告").year == 2016


def test_side_bar_of_other_years_is_not_the_title():
    told = identified(
        "肥西县2021年政府信息公开工作年度报告",
        "肥西县2020年政府信息公开工作年度报告",
        "肥西县2019年政府信息公开工作年度报告",
        "肥西县2020年政府信息公开工作年度报告",
        "本报告根据条例编制。",
        "一、总体情况",
    )
    assert told.year == 2020


def test_cited_notice_is_no_title():
    told = identified("根据《国务院办公厅关于2021年政府信息公开工作年度报告格式的通知》编制。")
    assert (told.title, told.year, told.publisher) == (None, None, None)


def test_title_that_names_only_a_place_is_its_governments():
    told = identified("桐乡市2018年政府信息公开工作年度报告")
    assert (told.publisher, told.subject_kind, told.jurisdiction_code) == ("桐乡市人民政府", "government", "330483")
    assert identified("瑶海区人民政府信息公开工作年度报告（2018年度）").publisher == "瑶海区人民政府"


def test_code_is_that_of_the_report_year():
    told = {year: identified(f"崇川区人民政府{year}年政府信息公开工作年度报告") for year in (2018, 2019, 2020, 2022)}
    assert [told[year].jurisdiction_code for year in told] == ["320602", "320602", "320613", "320613"]
    assert {each.unit_id for each in told.values()} == {"CN-320602"}


def test_parent_printed_elsewhere_settles_an_ambiguous_name():
    told = identified("鼓楼区人民政府2019年政府信息公开工作年度报告", "请与徐州市鼓楼区人民政府办公室联系。")
    assert told.jurisdiction_code == "320302"


def test_site_code_settles_an_ambiguous_name():
    told = identified("朝阳区人民政府2019年政府信息公开工作年度报告", meta={"SiteIDCode": "1101050001"})
    assert told.jurisdiction_code == "110105"


def test_township_on_another_countys_host_keeps_its_own_county():
    told = identified(
        "湖南镇人民政府2021年政府信息公开工作年度报告",
        "联系地址：浙江省衢州市衢江区湖南镇破石村。",
        hints=Hints(jurisdiction_code="330303"),
    )
    assert (told.jurisdiction_code, told.subject_kind) == ("330803", "township")


def test_place_that_did_not_exist_is_not_the_portals_place():
    told = identified("无此县人民政府2019年政府信息公开工作年度报告", hints=Hints(jurisdiction_code="340100"))
    assert (told.unit_id, told.jurisdiction_code, told.publisher) == (None, None, "无此县人民政府")


def test_what_a_person_tells_is_evidence():
    title = "桐乡市2018年政府信息公开工作年度报告"
    told = identified(title, hints=Hints(told_year=2017, told_jurisdiction="340102"))
    assert (told.year, told.jurisdiction_code, told.attribution) == (2018, "330483", "doubtful")
    assert "against: person 2017" in told.year_evidence and "against: person 340102" in told.unit_evidence
    sure = identified(title, hints=Hints(told_year=2017, told_jurisdiction="340102", sure=True))
    assert (sure.year, sure.jurisdiction_code, sure.attribution) == (2017, "340102", "single")
    right = identified(title, hints=Hints(told_year=2018, told_jurisdiction="330483"))
    assert (right.year, right.jurisdiction_code, right.attribution) == (2018, "330483", "confirmed")
    silent = identified("一、主动公开政府信息情况", hints=Hints(told_year=2018, told_jurisdiction="330483"))
    assert (silent.year, silent.jurisdiction_code, silent.attribution) == (2018, "330483", "single")


@pytest.mark.parametrize(
    "lines",
    [
        ("宿州市人民政府2022年", "政府信息公开工作年度报告"),
        ("宿州市人民政府", "2022年度", "政府信息公开工作年度报告"),
        ("宿州市人民", "政府2022年政府信息", "公开工作年度报告"),
        ("宿州市", "人民政府2022年政府信息公开工作年度报告"),
        ("宿州市人民政府政府信息公开工作年度报告", "（2022年度）"),
    ],
)
def test_title_over_several_lines_is_one(lines):
    told = identified("政务公开", *lines, "本报告根据条例编制。", "一、总体情况")
    assert (told.publisher, told.year, told.unit_id) == ("宿州市人民政府", 2022, "CN-341300")


@pytest.mark.parametrize(
    "sentence",
    [
        "现将2021年度政府信息公开工作报告公布如下：",
        "根据《中华人民共和国政府信息公开条例》的规定，现公开宿州市埇桥区财政局2021年政府信息公开工作年度报告。",
        "本年报在2021年度宿州市各县（区）、市政府各部门的政府信息公开年度报告的基础上编制。",
        "按照要求，我局2021年政府信息公开工作年度报告由办公室编制。",
        "本单位2021年政府信息公开工作年度报告如下",
    ],
)
def test_sentence_never_beats_a_title(sentence):
    told = identified("宿州市人民政府2022年政府信息公开工作年度报告", sentence, "一、总体情况")
    assert (told.publisher, told.year, told.subject_kind) == ("宿州市人民政府", 2022, "government")


@pytest.mark.parametrize("words", ["我局", "本单位", "现公开", "各部门", "全市各乡镇", "本机关"])
def test_words_of_a_sentence_are_no_publisher(words):
    told = identified(f"现公布{words}2021年政府信息公开工作年度报告。", "一、总体情况")
    assert (told.publisher, told.unit_id) == (None, None)


@pytest.mark.parametrize(
    ("opening", "attribution"),
    [("桐乡市", "single"), ("浙江省", "single"), ("海宁市", "doubtful"), ("全市上下", "single")],
)
def test_opening_words_that_tell_of_another_place_are_a_doubt(opening, attribution):
    told = identified("桐乡市2021年政府信息公开工作年度报告", "一、总体情况", f"2021年，{opening}坚持依法公开。")
    assert (told.unit_id, told.attribution) == ("CN-330483", attribution)


def test_opening_words_name_the_body_where_nothing_else_does():
    told = identified("2021年政府信息公开工作年度报告", "一、总体情况", "2021年，桐乡市深入贯彻条例。")
    assert (told.publisher, told.unit_id, told.subject_kind) == ("桐乡市人民政府", "CN-330483", "government")


def test_sentence_speaks_where_there_is_no_title():
    told = identified("根据条例要求，现公布《贵阳市2021年政府信息公开工作年度报告》。", "一、总体情况")
    assert (told.publisher, told.year, told.subject_kind) == ("贵阳市人民政府", 2021, "government")


def test_report_named_in_a_letter_is_no_publisher():
    told = identified("根据《条例》第32条规定，应当在政府信息公开年度报告发布的行政诉讼案件数量，是有关情况。")
    assert (told.publisher, told.title) == (None, None)


@pytest.mark.parametrize(
    ("name", "year", "unit_id"),
    [
        ("郑州市管城区人民政府", 2020, "CN-410104"),
        ("洛阳市瀍河区", 2020, "CN-410304"),
        ("顺河区人民政府", 2020, "CN-410203"),
        ("齐齐哈尔市梅里斯区人民政府", 2020, "CN-230208"),
        ("北京市密云区人民政府", 2013, "CN-110228"),
        ("玉林市福绵管理区管委会", 2010, None),
        ("合肥市遥海区人民政府", 2020, None),
        ("合肥市某某开发区管委会", 2020, None),
        ("合肥市某某开发区财政局", 2020, None),
        ("合肥市某某区财政局", 2020, None),
        ("大同市城区人民政府", 2022, None),
        ("原平市人民政府", 2020, "CN-140981"),
        ("原阳县人民政府", 2020, "CN-410725"),
        ("固原市原州区人民政府", 2020, "CN-640402"),
        ("第八师石河子市", 2020, "CN-659001"),
        ("新疆生产建设兵团第三师图木舒克市人民政府", 2020, "CN-659003"),
        ("新疆生产建设兵团第八师", 2020, None),
        ("苏州高新区（虎丘区）", 2020, "CN-320505"),
        ("苏州高新区（虎丘区）管委会", 2020, "CN-320505"),
        ("重庆市公安局渝中区分局", 2021, "CN-500103"),
        ("合肥市公安局瑶海分局", 2021, "CN-340102"),
        ("合肥市市场监督管理局", 2021, "CN-340100"),
    ],
)
def test_rest_that_names_a_place_is_never_its_parents(name, year, unit_id):
    for hints in (Hints(), Hints(jurisdiction_code="340100"), Hints(jurisdiction_code="410000")):
        told = identified(f"{name}{year}年政府信息公开工作年度报告", "一、总体情况", hints=hints)
        assert (told.unit_id, told.jurisdiction_code is None) == (unit_id, unit_id is None)


def test_no_misprinted_district_and_no_unknown_zone_is_ever_its_parents():
    """Every county-level name of today with one character exchanged, and invented zones in it: unknown, or a unit of that name."""
    facts = PageFacts((), (), "", None, None)
    wrong = []
    for number, unit in enumerate(all_units()):
        if unit.level != "county" or unit.name == "市辖区" or not unit.at_end_of(2020):
            continue
        above = unit.full_name.removesuffix(unit.name)
        place = number % max(1, len(unit.name) - 1)
        misprint = unit.name[:place] + "山水江河东龙凤新"[number % 8] + unit.name[place + 1 :]
        zone = unit.name + "某江" + ("经济开发区", "工业园区", "新城", "管理区", "空港经济区")[number % 5]
        for name in (misprint, zone):
            for ending in ("人民政府", "管委会"):
                body = read_body("title", above + name + ending, 2020, unit.parent_code, False)
                found = unit_of_body(body, facts, 2020, unit.parent_code, False)
                if found is not None and found.level != "zone" and found.name not in name[:-3] + misprint:
                    wrong.append((above + name + ending, found.full_name, body.kind))
    assert [one for one in wrong if one[2] in ("government", "office", "zone")] == []
    assert len(wrong) < 20


@pytest.mark.parametrize(
    ("name", "publisher", "kind"),
    [
        ("南平市人民政府信息公开工作领导小组办公室", "南平市人民政府", "government"),
        ("福州市晋安区人民政府信息公开办", "福州市晋安区人民政府", "government"),
        ("微山县两城镇人民政府党政办公室", "微山县两城镇人民政府", "township"),
        ("微山县某某街道办事处党政办公室", "微山县某某街道办事处", "subdistrict"),
    ],
)
def test_office_that_wrote_a_report_leaves_it_its_bodys(name, publisher, kind):
    told = identified(f"本报告由{name}根据条例编制。", "统计期限为2016年1月1日至2016年12月31日。", "一、总体情况")
    assert (told.publisher, told.subject_kind, told.year) == (publisher, kind, 2016)


@pytest.mark.parametrize(
    "name",
    [
        "广州市黄埔区人民政府、广州开发区管理委员会",
        "广州开发区管理委员会、黄埔区人民政府",
        "广州开发区管委会（黄埔区人民政府）",
    ],
)
def test_joint_report_is_the_governments_and_told_for_the_zone(name):
    told = identified(f"{name}2020年政府信息公开工作年度报告")
    (zone,) = [piece for piece in told.evidence if piece.claim == "joint"]
    assert zone.words.startswith("广州开发区管") and told.attribution == "single"
    assert (told.unit_id, told.subject_kind, told.publisher) == (
        "CN-440112",
        "government",
        name.replace("（", "(").replace("）", ")"),
    )


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("2020年，我局高度重视政府信息公开工作。", "department"),
        ("2020年，我镇高度重视政府信息公开工作。", "township"),
        ("2020年，我市高度重视，我局配合。", "unknown"),
        ("2020年，某某经开区认真贯彻条例。", "zone"),
    ],
)
def test_voice_of_the_text_tells_the_kind_where_nothing_else_does(sentence, kind):
    assert identified("一、总体情况", sentence).subject_kind == kind


@pytest.mark.parametrize(
    ("code", "year", "unit_id"),
    [
        ("500110", 2009, "CN-500222"),
        ("370114", 2012, "CN-370181"),
        ("320613", 2018, "CN-320602"),
        ("330113", 2012, None),
    ],
)
def test_codes_of_portals_are_of_today(code, year, unit_id):
    for hints, meta in ((Hints(jurisdiction_code=code), {}), (Hints(), {"SiteIDCode": code + "0001"})):
        told = identified(f"{year}年政府信息公开工作年度报告", "一、总体情况", hints=hints, meta=meta)
        assert (told.unit_id, told.jurisdiction_code == code) == (unit_id, False)


def test_document_that_says_nothing_gets_nothing():
    told = identified("一、主动公开政府信息情况", "信息内容本年处理决定数量", "行政许可 97")
    assert (told.year, told.jurisdiction_code, told.publisher, told.subject_kind) == (None, None, None, "unknown")


def test_title_inside_a_sheet_is_found():
    told = identified(grid_cells=[("桐乡市人民政府2018年政府信息公开工作年度报告", ""), ("信息内容", "1")])
    assert (told.year, told.publisher) == (2018, "桐乡市人民政府")


@pytest.mark.parametrize(
    ("publisher", "sentence", "scope"),
    [
        ("肥西县人民政府", "2019年，全县共收到政府信息公开申请124件，其中县本级41件。", "region"),
        ("肥西县人民政府", "本报告由县政府办公室汇总各乡镇、各部门数据编制。", "region"),
        ("肥西县人民政府", "本报告由县政府办公室综合各部门报告的数据编制而成。", "own_level"),
        ("肥西县人民政府", "2019年，县政府认真落实条例。", "unknown"),
        ("肥西县审计局", "2019年，我局共收到政府信息公开申请2件。", "own_organ"),
        ("肥西县人民政府办公室", "本报告数据仅包括本机关的数据。", "own_organ"),
    ],
)
def test_scope_is_told_by_a_sentence_about_the_figures(publisher, sentence, scope):
    told = identified(f"{publisher}2019年政府信息公开工作年度报告", "一、总体情况", sentence)
    assert told.scope == scope
    assert (told.scope_evidence is None) == (scope == "unknown")


def test_identify_costs_less_than_three_milliseconds():
    sentence = "（{0}）{0}是完善制度，规范流程，按时答复申请，及时发布文件{0}件，做好解读和回应，提高服务水平。"
    lines = ["肥西县人民政府2019年政府信息公开工作年度报告", "本报告根据条例编制。", "一、总体情况"]
    lines += ["".join(sentence.format(number * 4 + part) for part in range(4)) for number in range(40)]
    assert 6_000 < sum(map(len, lines)) < 9_000
    identified(*lines)
    times = []
    for _ in range(7):
        begin = time.process_time()
        identified(*lines)
        times.append(time.process_time() - begin)
    assert min(times) < 0.003
