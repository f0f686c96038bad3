"""Documents of one report are put together on evidence, never against what they say, and nothing is lost."""

from __future__ import annotations

import random
from dataclasses import replace

from tests.report_factory import FIGURES, NOBODY, PUBLISHER, document_id, identity, reading, record
from tests.whole_line import assemble
from transform.observation import Leftover, Section
from transform.reports.parts import to_table, unreadable_reading

PAGE = "https://b.example/2022/page.html"
FILE = "https://b.example/2022/report.pdf"


def rows(readings, records, table="reports", **units):
    return assemble(to_table(readings), records, **units)[table].to_pylist()


def test_the_order_of_crawling_and_reading_changes_no_table():
    readings = [
        reading(n, who=identity(year=y)) for n, y in zip("abcdef", (2021, 2022, 2022, 2023, 2021, 2022), strict=True)
    ]
    records = [record(n, f"https://{n}.example/", f"2026-02-0{d}") for d, n in enumerate("abcdef", 1)]
    first = assemble(to_table(readings), records)
    for seed in range(5):
        mixed, shuffled = list(readings), list(records)
        random.Random(seed).shuffle(mixed)
        random.Random(seed + 9).shuffle(shuffled)
        again = assemble(to_table(mixed), shuffled)
        assert {n: t.to_pylist() for n, t in again.items()} == {n: t.to_pylist() for n, t in first.items()}


def test_an_attachment_that_names_nobody_inherits_the_page():
    page = reading("page", {}, text="一、总体情况的文字")
    attachment = reading("file", who=identity(**NOBODY), media_type="application/pdf", text="")
    records = [record("page", PAGE), record("file", FILE, kind="attachment", parent_url=PAGE)]
    tables = assemble(to_table([attachment, page]), records)
    (report,) = tables["reports"].to_pylist()
    assert report["report_id"] == f"CN-990102/{PUBLISHER}/2022"
    assert (report["cells"], report["status"]) == (len(FIGURES), "read")
    assert set(tables["observations"]["publisher"].to_pylist()) == {PUBLISHER}
    assert set(tables["observations"]["year"].to_pylist()) == {2022}
    assert tables["sections"].to_pylist()[0]["text"] == "一、总体情况的文字"
    assert tables["panel"].to_pylist()[0]["requests_received"] == 30


def test_an_attachment_of_another_year_keeps_its_own():
    page = reading("page", {})
    attachment = reading("file", who=identity(**(NOBODY | {"year": 2021})))
    records = [record("page", PAGE), record("file", FILE, kind="attachment", parent_url=PAGE)]
    found = {r["report_id"]: r["year"] for r in rows([page, attachment], records)}
    assert found == {f"CN-990102/{PUBLISHER}/2022": 2022, f"document/{document_id('file')}": 2021}


def test_departments_attached_to_one_page_stay_apart():
    page = reading("page", {}, who=identity(**NOBODY))
    offices = ["示例市发展和改革局", "示例市教育局"]
    files = [reading(o, who=identity(publisher=o, subject_kind="department")) for o in offices]
    records = [record("page", PAGE)] + [record(o, f"{FILE}{o}", kind="attachment", parent_url=PAGE) for o in offices]
    assert [r["publisher"] for r in rows([page, *files], records)] == [*offices, None]


def test_city_copy_and_own_copy_are_one_report_with_both_observed():
    own, city = reading("own"), reading("city", media_type="application/pdf")
    records = [
        record("city", "https://city.example/b", jurisdiction_code="990100"),
        record("own", "https://b.example/b", "2026-02-03"),
    ]
    tables = assemble(to_table([own, city]), records)
    (report,) = tables["reports"].to_pylist()
    assert (report["first_seen"], report["last_seen"]) == ("2026-02-01T08:00:00Z", "2026-02-03T08:00:00Z")
    assert tables["observations"].num_rows == 2 * len(FIGURES)
    preferred = {r["document_id"]: (r["preferred"], r["preference"]) for r in tables["report_documents"].to_pylist()}
    assert preferred == {document_id("own"): (True, 1), document_id("city"): (False, 2)}


def test_the_same_figures_under_no_name_belong_to_the_report_that_has_one():
    named, bare = reading("named"), reading("bare", who=identity(**NOBODY))
    records = [record("named", "https://b.example/a"), record("bare", "https://c.example/x.pdf")]
    assert len(rows([named, bare], records)) == 1


def test_few_figures_prove_nothing():
    small = {"req_new[total]": "1", "review_total": "0"}
    named, bare = reading("named", small), reading("bare", small, who=identity(**NOBODY))
    records = [record("named", "https://b.example/a"), record("bare", "https://c.example/x.pdf")]
    assert len(rows([named, bare], records)) == 2


def test_equal_figures_of_two_places_stay_two_reports():
    here, there = (
        reading("here"),
        reading("there", who=identity(unit_id="CN-990103", jurisdiction_code="990103", publisher="示例市丙区人民政府")),
    )
    assert len(rows([here, there], [record("here", "https://b.example/"), record("there", "https://c.example/")])) == 2


def test_a_page_with_three_figures_does_not_stand_before_its_attachment():
    page = reading("page", {"req_new[total]": "30", "review_total": "7", "res_total[total]": "29"})
    attachment = reading("file", media_type="application/pdf")
    records = [record("page", PAGE), record("file", FILE, kind="attachment", parent_url=PAGE)]
    assert rows([page, attachment], records)[0]["cells"] == len(FIGURES)


def test_a_report_without_unit_or_year_is_kept_under_its_document():
    nobody = reading("a", who=identity(**NOBODY))
    tables = assemble(to_table([nobody]), [record("a", "https://b.example/x")])
    (report,) = tables["reports"].to_pylist()
    assert (report["report_id"], report["unit_id"], report["year"]) == (f"document/{document_id('a')}", None, None)
    assert tables["observations"].num_rows == len(FIGURES)
    assert tables["panel"].num_rows == 0


def test_two_readings_of_one_report_in_one_document_keep_every_figure_once():
    half = reading("a", {"review_total": "7"})
    rest = reading("a", {"review_total": "7", "review_upheld": "4"})
    moved = tuple(replace(o, locator=o.locator.replace("t1 ", "t2 ")) for o in rest.observations)
    table = assemble(to_table([half, replace(rest, observations=moved)]), [])["observations"]
    found = {(r["indicator"], r["occurrence"], r["locator"]) for r in table.to_pylist()}
    assert found == {("review_total", 1, "t1 r1 c2"), ("review_total", 2, "t2 r1 c2"), ("review_upheld", 1, "t2 r2 c2")}


def test_two_bodies_in_one_document_are_two_reports():
    first, second = reading("a", who=identity(publisher="甲管委会")), reading("a", who=identity(publisher="乙管委会"))
    assert [r["publisher"] for r in rows([first, second], [record("a", PAGE)])] == ["乙管委会", "甲管委会"]


def test_an_unreadable_document_is_a_row_of_reports_and_documents():
    told = record("x", FILE, link_title="2021年年报", link_year=2021, media_type="application/zip")
    tables = assemble(to_table([unreadable_reading(told, "damaged archive")]), [told])
    (report,), (document,) = tables["reports"].to_pylist(), tables["documents"].to_pylist()
    assert (report["status"], report["reason"], report["cells"]) == ("unreadable", "damaged archive", 0)
    assert (document["url"], document["media_type"], document["warc_offset"]) == (FILE, "application/zip", 100)


def test_list_pages_are_no_documents_and_failures_are_none():
    records = [
        record("list", "https://b.example/", kind="list"),
        record("a", PAGE),
        record("gate", FILE, outcome="gated"),
        record("n", FILE, document_id=None, outcome="error"),
    ]
    assert [r["document_id"] for r in rows([reading("a")], records, "documents")] == [document_id("a")]


def test_left_overs_are_kept_with_their_reason():
    left = Leftover("t1 r9 c1", "含附属单位", "no label of the form")
    assert rows([reading("a", leftovers=(left, left))], [], "leftovers") == [
        {"document_id": document_id("a"), "locator": "t1 r9 c1", "text": "含附属单位", "reason": "no label of the form"}
    ]


def test_contacts_do_not_reach_the_released_narrative():
    told = replace(reading("a"), sections=(Section(6, "六、其他", "本报告由办公室负责解释，电话：0999-1234567。"),))
    (section,) = rows([told], [], "sections")
    assert "1234567" not in section["text"] and section["text"].startswith("本报告由办公室负责解释")


def test_units_follow_the_reports():
    units = [
        {"unit_id": "CN-990102", "jurisdiction_code": "990102", "valid_to": ""},
        {"unit_id": "CN-110000", "jurisdiction_code": "110000", "valid_to": "2020"},
    ]
    assert rows([reading("a")], [], "units", units=units) == [
        {"unit_id": "CN-990102", "jurisdiction_code": "990102", "valid_to": None}
    ]


def test_publishers_list_every_name_used():
    early, late = reading("a", who=identity(year=2020)), reading("b", who=identity(year=2022))
    (body,) = rows([early, late], [], "publishers")
    assert (body["publisher_id"], body["first_year"], body["last_year"]) == (f"CN-990102/{PUBLISHER}", 2020, 2022)
    assert (body["names_used"], body["kind"]) == ([PUBLISHER], "government")


def test_checks_name_their_report_document_and_places():
    checks = {c["identity"]: c for c in rows([reading("a", FIGURES | {"review_total": "8"})], [], "checks")}
    review = checks["t4_review_2021"]
    assert (review["status"], review["left"], review["right"], review["residual"]) == ("broken", 8, 7, 1)
    assert review["report_ids"] == [f"CN-990102/{PUBLISHER}/2022"] and review["document_ids"] == [document_id("a")]
    assert review["indicators"][0] == "review_total" and review["locators"][0] == "t1 r30 c2"
    assert checks["t3_balance_2021"]["status"] == "holds" or len(checks) > 1


def test_a_place_before_the_name_makes_no_other_body():
    short, full = reading("a"), reading("b", {"review_total": "7"}, who=identity(publisher="乙区人民政府"))
    tables = assemble(to_table([short, full, reading("c", who=identity(publisher="乙区人民政府", year=2023))]), [])
    assert {r["report_id"] for r in tables["reports"].to_pylist()} == {
        f"CN-990102/{PUBLISHER}/2022",
        "CN-990102/乙区人民政府/2023",
    }
    (body,) = tables["publishers"].to_pylist()
    assert (body["publisher"], body["names_used"]) == (PUBLISHER, ["乙区人民政府", PUBLISHER])


def test_townships_of_like_names_stay_apart():
    names = ["大桥镇人民政府", "桥镇人民政府"]
    found = rows([reading(n, who=identity(publisher=n, subject_kind="township")) for n in names], [])
    assert {r["publisher"] for r in found} == set(names)


def test_the_name_of_a_report_does_not_depend_on_which_copy_was_fetched_first():
    copies = [reading("a"), reading("b", who=identity(publisher="乙区人民政府办公室"))]
    for first, second in (("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-01-01")):
        (report,) = rows(copies, [record("a", "https://b.example/", first), record("b", "https://c.example/", second)])
        assert report["report_id"] == f"CN-990102/{PUBLISHER}/2022"
