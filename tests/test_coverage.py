"""Coverage: missing has a reason, and the reason is what the archive shows."""

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from extract.errors import ReferenceDataError
from extract.record import Record
from transform.places.jurisdictions import unit_in_year
from transform.tables.coverage import coverage_rows, is_expected, publication_rule
from transform.tables.statements import COLUMNS, Statement, load_statements

LIST = "http://www.example.gov.cn/nb/"
PAGE = "http://www.example.gov.cn/nb/2019.html"
NOW = "2026-11-20T08:00:00Z"


def attempt(outcome="ok", kind="list", url=LIST, at=NOW, **rest):
    return Record(url, at, outcome, kind, jurisdiction_code="340123", vantage="test", **rest)


def report(year=2019, unit_id="CN-340123", kind="government", status="read", published_on="2020-03-20", **rest):
    return {
        "report_id": f"{unit_id}/x/{year}",
        "unit_id": unit_id,
        "year": year,
        "subject_kind": kind,
        "status": status,
        "reason": None,
        "published_on": published_on,
        "is_current": True,
    } | rest


def row(records, reports=(), year=2019):
    return next(r for r in coverage_rows(records, reports, years=[year]) if r["unit_id"] == "CN-340123")


def test_rule_of_the_year_and_its_last_day():
    assert publication_rule(2018) == ("Order 492 Art. 31", date(2019, 3, 31))
    assert publication_rule(2019) == ("Order 711 Art. 49(2)", date(2020, 3, 31))
    assert publication_rule(2007) is None


def test_who_had_to_report():
    assert is_expected(unit_in_year("CN-340123", 2019), 2019)
    assert is_expected(unit_in_year("CN-340000", 2019), 2019)
    assert not is_expected(unit_in_year("CN-810000", 2019), 2019)
    assert not is_expected(unit_in_year("CN-330104", 2021), 2021)
    assert not is_expected(unit_in_year("CN-330113", 2020), 2020)
    assert not is_expected(unit_in_year("CN-ZONE-340100-gaoxin", 2019), 2019)


def test_report_in_time_and_late():
    assert [row([attempt()], [report()])[c] for c in ("expected", "due_on", "status", "days_late")] == [
        True,
        "2020-03-31",
        "found",
        0,
    ]
    late = row([attempt()], [report(published_on="2020-04-10")])
    assert (late["status"], late["days_late"]) == ("late", 10)


def test_report_without_a_day_is_found_and_its_delay_unknown():
    found = row([attempt()], [report(published_on=None)])
    assert (found["status"], found["days_late"]) == ("found", None)


def test_replaced_report_was_in_time_when_it_first_stood_there():
    versions = [report(is_current=False), report(published_on="2020-06-15")]
    assert row([attempt()], versions)["status"] == "found"


def test_not_on_a_list_that_was_read():
    missing = row([attempt()])
    assert (missing["status"], missing["last_tried_at"], missing["vantage"]) == ("not_found", NOW, "test")
    assert LIST in missing["evidence"]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("gated", "gated"),
        ("geo_blocked", "unreachable"),
        ("error", "unreachable"),
        ("truncated", "unreachable"),
        ("soft_404", "unreachable"),
        ("not_found", "unreachable"),
        ("empty_list", "not_found"),
    ],
)
def test_closed_list_is_not_a_missing_report(outcome, status):
    assert row([attempt(outcome)])["status"] == status


def test_one_closed_page_of_the_list_leaves_the_year_open():
    assert row([attempt(), attempt("gated", url=LIST + "index_1.html")])["status"] == "gated"


def test_list_read_after_the_day_stands_though_the_host_fell_silent_later():
    later = attempt("error", at="2026-11-21T08:00:00Z")
    assert row([attempt(), later])["status"] == "not_found"
    assert row([attempt(at="2019-05-01T00:00:00Z"), later])["status"] == "unreachable"


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ("gated", "gated"),
        ("error", "unreachable"),
        ("soft_404", "not_found"),
        ("not_found", "not_found"),
        ("ok", "unreadable"),
    ],
)
def test_reports_own_page_decides_before_the_list(outcome, status):
    assert row([attempt(), attempt(outcome, "report", PAGE, link_year=2019)])["status"] == status


def test_page_of_another_year_says_nothing():
    assert row([attempt(), attempt("gated", "report", PAGE, link_year=2018)])["status"] == "not_found"


def test_unreadable_report_is_not_missing():
    got = row([attempt()], [report(status="tables_are_pictures", reason="3 pictures could hold a table")])
    assert (got["status"], got["days_late"]) == ("unreadable", None)
    assert "3 pictures" in got["evidence"]


def test_unreadable_report_names_the_file_that_could_not_be_fetched():
    file, other = "http://www.example.gov.cn/nb/2019.pdf", "http://www.example.gov.cn/nb/table.xls"
    tried = [
        attempt(),
        attempt("error", "attachment", file, link_year=2019),
        attempt("ok", "attachment", other, link_year=2019),
        attempt("not_found", "attachment", file, link_year=2018),
    ]
    got = row(tried, [report(status="unreadable", reason="no table")])
    assert got["status"] == "unreadable"
    assert got["evidence"].endswith(f"no table; not fetched: {file}: error")
    late = row(
        [*tried, attempt("ok", "attachment", file, at="2026-11-21T08:00:00Z", link_year=2019)],
        [report(status="unreadable", reason="no table")],
    )
    assert late["evidence"].endswith("no table")


def test_offices_own_report_does_not_stand_for_the_government():
    got = row([attempt(), attempt("ok", "report", PAGE, link_year=2019)], [report(kind="office")])
    assert got["status"] == "not_found"
    assert "office" in got["evidence"]


def test_missing_that_the_portal_states():
    link = attempt("ok", "report", PAGE, link_year=2019, link_title="2019年未编制年度报告")
    assert row([attempt(), link])["status"] == "stated_missing"


def stated(**change):
    told = {
        "jurisdiction_code": "340123",
        "year": 2019,
        "stated_by": "示例县人民政府办公室",
        "stated_on": "2026-05-06",
        "source_url": "http://www.example.gov.cn/answer.html",
        "wording": "it never drew up a report on that year",
    }
    return Statement(**told | change)


@pytest.mark.parametrize(
    "records",
    [
        [attempt()],
        [attempt("gated")],
        [attempt("error")],
        [attempt(), attempt("not_found", "report", PAGE, link_year=2019)],
    ],
)
def test_official_statement_says_what_no_crawl_can(records):
    [found] = coverage_rows(records, [], years=[2019], statements=[stated()])
    assert found["status"] == "stated_missing"
    assert found["evidence"].startswith(
        "http://www.example.gov.cn/answer.html: 示例县人民政府办公室, 2026-05-06: it never"
    )
    assert (found["vantage"], found["last_tried_at"]) == ("test", NOW)
    [without] = coverage_rows(
        records, [], years=[2019], statements=[stated(year=2018), stated(jurisdiction_code="340102")]
    )
    assert without["status"] in ("not_found", "gated", "unreachable")


def test_statement_yields_to_a_report_and_counts_from_its_day():
    def status(reports=(), **change):
        rows = coverage_rows([attempt()], reports, years=[2019], statements=[stated(**change)])
        return rows[0]["status"]

    assert status([report()]) == "found"
    assert status([report(status="unreadable")]) == "unreadable"
    assert status([report(kind="office")]) == "stated_missing"
    assert status(stated_on="2026-11-21") == "not_found"  # made after the last attempt


def test_statements_file_is_sound_and_a_wrong_row_is_named(tmp_path):
    load_statements()
    good = "340123,2019,示例县人民政府办公室,2026-05-06,http://www.example.gov.cn/a.html,none was drawn up"
    path = tmp_path / "statements.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{good}\n", encoding="utf-8")
    assert [(one.jurisdiction_code, one.year) for one in load_statements(path)] == [("340123", 2019)]
    for wrong, message in [
        (good, "second row"),
        (good.replace("2019", "219"), "column year"),
        (good.replace("gov.cn", "com"), "column source_url"),
        (good.replace("none was drawn up", ""), "column wording"),
        (good.replace("2026-05-06", "May"), "column stated_on"),
    ]:
        path.write_text(f"{','.join(COLUMNS)}\n{good}\n{wrong}\n", encoding="utf-8")
        with pytest.raises(ReferenceDataError, match=f"statements.csv line 3: .*{message}"):
            load_statements(path)


def test_not_due_before_the_day_counted_from_the_last_attempt():
    assert row([attempt(at="2020-03-01T00:00:00Z")])["status"] == "not_due"
    assert row([attempt(at="2020-04-01T00:00:00Z")])["status"] == "not_found"
    assert row([attempt(at="2020-03-01T00:00:00Z")], [report(published_on="2020-02-01")])["status"] == "found"


def test_everyone_who_had_to_report_and_was_never_asked():
    rows = coverage_rows([attempt()], [], years=[2019], everyone=True)
    status = {r["unit_id"]: r["status"] for r in rows}
    assert (status["CN-340102"], status["CN-340123"]) == ("not_tried", "not_found")
    assert 3150 < len(rows) < 3250
    assert {r["unit_id"] for r in coverage_rows([attempt()], [], years=[2019])} == {"CN-340123"}


def test_report_of_a_unit_whose_portal_was_not_asked_has_a_row():
    rows = coverage_rows([attempt()], [report(unit_id="CN-340102")], years=[2019])
    assert {r["unit_id"]: r["status"] for r in rows} == {"CN-340102": "found", "CN-340123": "not_found"}


def test_recoded_unit_has_one_row_a_year():
    records = [replace(attempt(), jurisdiction_code=code, url=LIST + code) for code in ("320602", "320613")]
    rows = coverage_rows(records, [], years=[2018, 2019, 2020, 2021])
    assert [(r["unit_id"], r["year"]) for r in rows] == [("CN-320602", year) for year in (2018, 2019, 2020, 2021)]


def test_years_before_and_after_a_unit_have_no_row():
    records = [replace(attempt(), jurisdiction_code=code, url=LIST + code) for code in ("330104", "330113")]
    rows = coverage_rows(records, [], years=[2020, 2021])
    assert [(r["unit_id"], r["year"]) for r in rows] == [("CN-330104", 2020), ("CN-330113", 2021)]


def test_order_of_records_and_reports_changes_nothing():
    records = [attempt(), attempt("gated", "report", PAGE, link_year=2018), attempt("error", at="2026-11-21T08:00:00Z")]
    reports = [report(), report(kind="office"), report(2017, published_on=None)]
    expected = coverage_rows(records, reports, years=[2017, 2018, 2019])
    for order in permutations(range(3)):
        assert (
            coverage_rows([records[i] for i in order], [reports[i] for i in order], years=[2017, 2018, 2019])
            == expected
        )


@pytest.mark.parametrize(
    ("kind", "evidence", "status"),
    [
        ("government", None, "not_attributed"),
        ("department", "title: x; against: page title y", "not_attributed"),
        ("department", "title: x", "not_found"),
    ],
)
def test_report_of_doubtful_attribution_is_found_and_not_attributed(kind, evidence, status):
    report = {"report_id": "document/a", "unit_id": "CN-990102", "year": 2022, "subject_kind": kind, "status": "read"}
    report |= {
        "attribution": "doubtful",
        "unit_evidence": "title x",
        "year_evidence": "title 2022; against: period 2021",
    }
    report |= {"subject_evidence": evidence, "reason": None, "published_on": None}
    asked = Record(
        "https://b.example/list", "2023-06-01T08:00:00Z", "ok", "list", jurisdiction_code="990102", synthetic=True
    )
    rows = {(r["unit_id"], r["year"]): r for r in coverage_rows([asked], [report])}
    row = rows["CN-990102", 2022]
    assert row["status"] == status and row["days_late"] is None
    assert ("against: period 2021" in row["evidence"]) == (status == "not_attributed")
    sound = report | {"attribution": "single", "subject_kind": "government"}
    (found,) = [r for r in coverage_rows([asked], [sound]) if (r["unit_id"], r["year"]) == ("CN-990102", 2022)]
    assert found["status"] == "found"
