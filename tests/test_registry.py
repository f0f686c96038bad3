"""The portal registry: every shipped row is sound, and a wrong row is named by file, line and column."""

import pytest

from extract.errors import ReferenceDataError
from extract.portals.lists.link_titles import is_report_title, year_of_title
from extract.portals.registry import COLUMNS, load_portals

ROW = {
    "portal_id": "990101-www.shili.gov.cn",
    "jurisdiction_code": "990101",
    "host": "www.shili.gov.cn",
    "family": "trs_static",
    "list_url": "https://www.shili.gov.cn/nb/",
    "params": '""',
    "grade": "A",
    "synthetic": "true",
}


def registry(tmp_path, *rows):
    lines = [",".join(COLUMNS)]
    lines += [",".join(row.get(column, "") for column in COLUMNS) for row in rows]
    path = tmp_path / "portals.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_shipped_registry_loads_and_covers_the_divisions():
    portals = load_portals()
    codes = {portal.jurisdiction_code for portal in portals if portal.jurisdiction_code}
    assert len(codes) == 3202
    assert not any(portal.synthetic for portal in portals)
    yaohai = next(portal for portal in portals if portal.jurisdiction_code == "340102")
    assert (yaohai.family, yaohai.params["organ_id"], yaohai.grade) == ("longxun", "13741", "C")
    assert all(portal.family == "generic_list" for portal in portals if portal.grade == "D")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"jurisdiction_code": "34010"}, "column jurisdiction_code: '34010' is not six digits"),
        ({"family": "dede"}, "column family: 'dede' is none of"),
        ({"list_url": "https://www.clone.com/nb/"}, "column list_url: .* is not an http"),
        ({"host": "gov.cn.clone.com"}, "column host: .* does not lie under gov.cn"),
        ({"params": "{"}, "column params: is not JSON"),
        ({"params": "7"}, "column params: must be a JSON object"),
        ({"synthetic": "false"}, "column synthetic: is false for code '990101'"),
        ({"grade": "E"}, "column grade"),
        ({"valid_from": "199"}, "column valid_from"),
    ],
)
def test_wrong_row_is_named_by_line_and_column(tmp_path, change, message):
    good = {**ROW, "params": ""}
    path = registry(tmp_path, good, {**good, "portal_id": "other", **change})
    with pytest.raises(ReferenceDataError, match=rf"portals\.csv line 3, {message}"):
        load_portals(path)


def test_two_rows_with_one_id_are_refused(tmp_path):
    with pytest.raises(ReferenceDataError, match=r"line 3: portal_id .* stands already in line 2"):
        load_portals(registry(tmp_path, {**ROW, "params": ""}, {**ROW, "params": ""}))


@pytest.mark.parametrize(
    ("title", "is_one", "year"),
    [
        ("示例市2023年政府信息公开工作年度报告", True, 2023),
        ("示例区人民政府办公室2019年政府信息公开年度报告（2020年1月）", True, 2019),
        ("示例市生态环境局２０２１年度政府信息公开工作年度报告", True, 2021),
        ("二〇一九年政府信息公开年报", True, 2019),
        ("示例局关于2012年信息公开工作情况的报告", True, 2012),
        ("2019-2020年度政府信息公开年报", True, None),
        ("政府信息公开年报", False, None),
        ("2021年法治政府建设年度报告", False, 2021),
        ("关于做好2021年政府信息公开工作年度报告编制的通知", False, 2021),
        ("一图读懂2022年政府信息公开工作年度报告", False, 2022),
        ("示例市政府网站工作年度报表（2021年度）", False, 2021),
    ],
)
def test_titles_of_reports_and_their_years(title, is_one, year):
    assert is_report_title(title, column=True) is is_one
    assert year_of_title(title) == year


def test_short_title_is_enough_only_in_the_column():
    assert is_report_title("示例局2021年年度报告", column=True)
    assert not is_report_title("示例局2021年年度报告")
