"""Several reports in one document, and reports cut over several pages."""

from extract.documents.read_document import read_document
from tests.test_recognise import seven, table3
from transform.observation import Hints
from transform.reports.flipbook import page_of_book, read_book
from transform.reports.read_report import read_report


def page(*parts: str) -> str:
    return f"<html><head><title>信息公开年报</title></head><body>{''.join(parts)}</body></html>"


def report(title: str, start: int) -> str:
    rows = {"req_new": seven(start), "req_carried_in": seven(start + 1), "res_granted_full": seven(start + 2)}
    return f"<h2>{title}</h2><p>一、总体情况</p><p>本机关认真落实各项要求。</p>{table3(rows)}"


def test_two_bodies_in_one_page_are_two_reports():
    html = page(
        report("合肥市瑶海区人民政府2020年政府信息公开工作年度报告", 10),
        report("合肥市瑶海区司法局2020年政府信息公开工作年度报告", 70),
    )
    readings = read_report(read_document(html.encode()), Hints())
    assert [r.identity.publisher for r in readings] == ["合肥市瑶海区人民政府", "合肥市瑶海区司法局"]
    assert [r.identity.subject_kind for r in readings] == ["government", "department"]
    values = [
        next(o.value for o in r.observations if (o.indicator, o.applicant) == ("req_new", "company")) for r in readings
    ]
    assert values == [13, 73]
    assert {o.occurrence for r in readings for o in r.observations} == {1}
    assert len({o.locator for r in readings for o in r.observations}) == 2 * 21


def test_two_years_in_one_page_are_two_reports():
    html = page(
        report("瑶海区人民政府2019年政府信息公开工作年度报告", 10),
        report("瑶海区人民政府2020年政府信息公开工作年度报告", 70),
    )
    readings = read_report(read_document(html.encode()), Hints(jurisdiction_code="340102"))
    assert [r.identity.year for r in readings] == [2019, 2020]


def test_a_repeated_title_is_one_report():
    title = "合肥市瑶海区人民政府2020年政府信息公开工作年度报告"
    html = page(f"<p>{title}</p><h1>{title}</h1>", report(title, 10), f"<p>上一篇：{title}</p>")
    assert len(read_report(read_document(html.encode()), Hints())) == 1


def test_report_cut_over_two_pages_keeps_its_header_and_its_places():
    whole = {
        "req_new": seven(10),
        "req_carried_in": seven(20),
        "res_granted_full": seven(30),
        "res_granted_part": seven(40),
    }
    first = table3({k: whole[k] for k in ("req_new", "req_carried_in")})
    second = table3({k: whole[k] for k in ("res_granted_full", "res_granted_part")}, header="<!-- -->")
    title = "<h1>威海市文登区信访局2022年政府信息公开工作年度报告</h1>"
    pages = [read_document(f"<html><body>{part}</body></html>".encode()) for part in (title + first, second)]
    one, two = read_book(pages)
    assert {o.indicator for o in one[0].observations} == {"req_new", "req_carried_in"}
    assert {o.indicator for o in two[0].observations} == {"res_granted_full", "res_granted_part"}
    cell = next(o for o in two[0].observations if (o.indicator, o.applicant) == ("res_granted_full", "ngo"))
    assert (cell.value, cell.locator, cell.reading) == (42, "t1 r1 c5", "confirmed")
    assert one[0].identity == two[0].identity and one[0].identity.year == 2022
    assert (one[0].document_id, two[0].document_id) == tuple(p.document_id for p in pages)
    # A check over both pages says on which page each figure stands.
    (sums,) = [c for c in one[0].checks if (c.identity, c.applicant) == ("t3_outcome_sum_2021", "ngo")]
    there = dict(zip(sums.indicators, zip(sums.term_documents, sums.locators, strict=True), strict=True))
    assert there["res_granted_part[ngo]"] == (pages[1].document_id, "t1 r2 c5")
    assert page_of_book("http://x.gov.cn/b/page10.html") == ("http://x.gov.cn/b/", 10)
    assert page_of_book("http://x.gov.cn/b/homepage1.html") is None
