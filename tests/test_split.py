"""Several reports in one document, and reports cut over several pages."""

from extract.documents import read_document
from tests.test_recognise import seven, table3
from transform.observation import Hints
from transform.read_report import read_report


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
