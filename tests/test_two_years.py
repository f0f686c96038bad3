"""Tables of two years in one report: each year its own, never both in the first."""

import pytest

from extract.documents.read_document import read_document
from tests.test_flattened import table3_lines
from tests.test_recognise import row, seven, table3
from transform.reports.read_report import read_report

TITLE = "甲县财政局2021年政府信息公开工作年度报告"
THIS, LAST = table3({"req_new": seven(100)}), table3({"req_new": seven(3)})


def read(html: str):
    page = f"<html><body><h1>{TITLE}</h1><p>三、收到和处理政府信息公开申请情况</p>{html}<p>五、存在的主要问题</p></body></html>"
    return read_report(read_document(page.encode()))


@pytest.mark.parametrize(
    "tables",
    [
        f"<p>2021年度</p>{THIS}<p>2020年度</p>{LAST}",
        f"<p>（一）2020年申请情况</p>{LAST}<p>（二）2021年申请情况</p>{THIS}",
        f"{THIS}<p>附：2020年度</p>{LAST}",
        THIS.replace("<table>", "<table><tr><td colspan=8>2021年</td></tr>")
        + LAST.replace("<table>", "<table><tr><td colspan=8>2020年</td></tr>"),
    ],
)
def test_each_year_has_its_own_table(tables):
    totals = {
        r.identity.year: [(o.value, o.reading) for o in r.observations if o.applicant == "total"] for r in read(tables)
    }
    assert totals == {2021: [(seven(100)[-1], "single")], 2020: [(seven(3)[-1], "single")]}
    assert {r.identity.publisher for r in read(tables)} == {"甲县财政局"}


def test_text_that_lost_its_tables_is_cut_by_year_too():
    this, last = table3_lines()[1:], table3_lines({"req_new": [5, 5, 0, 0, 0, 0, 10]})[1:]
    lines = [TITLE, "三、收到和处理政府信息公开申请情况", "2021年度", *this, "2020年度", *last, "五、存在的主要问题"]
    reports = read_report(read_document("\n".join(lines).encode()))
    totals = {r.identity.year: next(o.value for o in r.observations if o.applicant == "total") for r in reports}
    assert totals == {2021: 4, 2020: 10}


def test_captions_of_one_year_and_two_tables_without_years_are_one_report():
    assert len(read(f"<p>2021年度</p>{THIS}<p>2021年办理情况</p>{LAST}")) == 1
    (report,) = read(f"{THIS}<p>附表</p>{LAST}")
    assert {o.reading for o in report.observations} == {"doubtful"}


LIST = {
    "主动公开信息数": (345, 1200, "e_proactive_total"),
    "新增的行政规范性文件数": (12, 40, "e_normative_new"),
    "申请总数": (7, 21, "e_requests_total"),
    "对申请的答复总数": (7, 21, "e_replies_total"),
    "行政复议数": (1, 2, "e_review_total"),
    "行政诉讼数": (0, 1, "e_litigation_total"),
}


def listed(*header: str, column: int) -> dict[str, float | None]:
    rows = [row(label, "条", *figures[:2]) for label, figures in LIST.items()]
    page = (
        f"<h1>甲县2011年政府信息公开工作年度报告</h1><table>{row('指标名称', '单位', *header)}{''.join(rows)}</table>"
    )
    (report,) = read_report(read_document(page.encode()))
    assert all(o.value == LIST[label][column] for o, label in zip(report.observations, LIST, strict=True))
    assert len(report.leftovers) == len(LIST)
    return {o.reading for o in report.observations}


def test_of_two_years_columns_the_reports_is_taken():
    assert "doubtful" not in listed("2010年", "2011年", column=1)
    assert "doubtful" not in listed("2011年度", "2010年度", column=0)
    assert listed("2008年度", "2009年度", column=0) == {"doubtful"}


def test_of_a_part_of_the_year_and_the_year_the_years_column_is_taken_and_said_so():
    assert listed("本期实际", "本年累计", column=1) == {"single"}
