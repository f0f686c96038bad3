"""The crawl over simulated portals on the loopback: what it finds, what it leaves alone, how it goes on."""

import hashlib
import os
from datetime import timedelta
from itertools import pairwise

import pytest
from warcio.archiveiterator import ArchiveIterator

from extract.archiving.archive import Archive
from extract.archiving.import_files import import_files
from extract.archiving.verify import verify_archive
from extract.crawling.attachments import attachments
from extract.documents.read_document import read_document
from extract.errors import UsageError
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal, report_page
from transform.tables.coverage import coverage_rows

HOST = "www.shili.gov.cn"


@pytest.fixture
def server():
    with PortalServer() as running:
        yield running


def run(server, archive_folder, portals, **options):
    with Archive(archive_folder, write=True) as archive:
        summary = crawl(portals, archive, host_map=server.host_map, **options)
        return summary, archive.records()


def reports(records, kind="report"):
    return {record.url: record for record in records if record.kind == kind and record.outcome == "ok"}


def static_list(server, years, *, pages, host=HOST, path="/nb/", per_page=3):
    """A TRS list whose page 2 is index_1."""
    entries = [
        f'<li><a href="./t{year}0120_{year}.html">{year}年政府信息公开工作年度报告</a><span>{year + 1}-01-20</span></li>'
        for year in years
    ]
    for number in range(pages):
        name = path if number == 0 else f"{path}index_{number}.html"
        part = entries[number * per_page : (number + 1) * per_page]
        server.add(
            host,
            name,
            f'<html><ul>{"".join(part)}</ul><script>createPageHTML({pages}, {number}, "index", "html")</script></html>',
        )
    for year in years:
        server.add(host, f"{path}t{year}0120_{year}.html", report_page(f"{year}年政府信息公开工作年度报告"))


def test_second_static_page_is_index_1(server, tmp_path):
    static_list(server, range(2014, 2022), pages=3)
    summary, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert summary.ok
    assert summary.hosts[0].reports == {year: 1 for year in range(2014, 2022)}
    assert sorted(record.link_year for record in reports(records).values()) == list(range(2014, 2022))
    assert (HOST, "/nb/index_3.html") not in server.asked
    first = reports(records)[f"https://{HOST}/nb/t20140120_2014.html"]
    assert (first.link_published_on, first.jurisdiction_code, first.synthetic) == ("2015-01-20", "990101", True)


def test_year_is_from_the_title_not_from_the_address(server, tmp_path):
    server.add(
        HOST, "/nb/", '<ul><li><a href="t20210914_1.html">示例市2018年政府信息公开年度报告</a>2019-03-20</li></ul>'
    )
    server.add(HOST, "/nb/t20210914_1.html", report_page("示例市2018年政府信息公开年度报告"))
    summary, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert summary.hosts[0].reports == {2018: 1}
    assert [record.link_published_on for record in reports(records).values()] == ["2019-03-20"]


def test_year_directories_are_walked_and_menus_are_not(server, tmp_path):
    server.add(
        HOST, "/nb/", '<a href="2021n/">2021年</a><a href="/nb/">政府信息公开年报</a><a href="/other/">政务公开</a>'
    )
    server.add(HOST, "/nb/2021n/", '<li><a href="1.html">示例局2021年政府信息公开年报</a></li>')
    server.add(HOST, "/nb/2021n/1.html", report_page("示例局2021年政府信息公开年报"))
    _, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert list(reports(records)) == [f"https://{HOST}/nb/2021n/1.html"]
    assert (HOST, "/other/") not in server.asked


@pytest.mark.parametrize("name", ["埇桥区", "浉河区", "湾沚区", "瀍河回族区", "猇亭区", "硚口区", "鄠邑区"])
def test_gbk_names_beyond_gb2312_survive(server, tmp_path, name):
    title = f"{name}2020年政府信息公开工作年度报告"
    with pytest.raises(UnicodeEncodeError):
        title.encode("gb2312")
    page = f'<meta charset="gb2312"><ul><li><a href="1.html">{title}</a><span>2021-01-29</span></li></ul>'
    server.add(HOST, "/nb/", Answer(page.encode("gbk"), content_type="text/html; charset=gb2312"))
    server.add(HOST, "/nb/1.html", Answer(report_page(title).encode("gbk")))
    _, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert [record.link_title for record in reports(records).values()] == [title]


def jpage(records, total, parameters="columnid:77,unitid:88,"):
    rows = "".join(f"<record><![CDATA[{record}]]></record>" for record in records)
    return (
        f"<html><script>$('#88').jpage({{totalRecord:{total},proxyUrl:'/module/web/jpage/dataproxy.jsp',perPage:2,"
        f"ajaxParam:{{col:1,appid:1,webid:5,path:'/',{parameters}sourceContentType:1,webname:'示例市',permissiontype:0}}}});"
        f"</script><script type='text/xml'><datastore><recordset>{rows}</recordset></datastore></script></html>"
    )


def jpage_record(year):
    title = f"示例市{year}年政府信息公开工作年度报告"
    return f"<li><a href='/art/{year}/1/1/art_77_{year}.html' title='{title}'>示例市{year}年政府信...</a><span>{year + 1}-01-30</span></li>"


def test_jpage_records_behind_the_page_are_found(server, tmp_path):
    years = list(range(2012, 2022))
    asked = []

    def proxy(request):
        from urllib.parse import parse_qs, urlsplit

        query = {key: value[0] for key, value in parse_qs(urlsplit(request.path).query).items()}
        asked.append((query["startrecord"], query["endrecord"], query["columnid"], query["unitid"]))
        first, last = int(query["startrecord"]), int(query["endrecord"])
        rows = "".join(f"<record><![CDATA[{jpage_record(year)}]]></record>" for year in years[first - 1 : last])
        return Answer(
            f"<datastore><totalrecord>10</totalrecord><recordset>{rows}</recordset></datastore>",
            content_type="text/xml",
        )

    server.add(HOST, "/col/col77/index.html", jpage([jpage_record(year) for year in years[:6]], 10))
    server.add(
        HOST,
        "*",
        lambda request: proxy(request) if "dataproxy" in request.path else Answer(report_page("示例市年度报告")),
    )
    summary, records = run(server, tmp_path, [portal(HOST, "hanweb_jpage", "/col/col77/index.html")])
    assert summary.ok, summary.failures
    assert asked == [("7", "12", "77", "88")]
    assert sorted(record.link_year for record in reports(records).values()) == years
    assert all(record.link_title.endswith("工作年度报告") for record in reports(records).values())


def test_jpage_with_fewer_records_than_claimed_is_told(server, tmp_path):
    page = '<nextgroup><![CDATA[<a href="./dataproxy.jsp?page=2&id=x%2B9Zk"></a>]]></nextgroup>'
    server.add(
        HOST,
        "/col/col77/index.html",
        jpage([jpage_record(2020)], 9, parameters="").replace("<recordset>", page + "<recordset>"),
    )
    server.add(HOST, "/art/2020/1/1/art_77_2020.html", report_page("示例市2020年政府信息公开工作年度报告"))
    summary, _ = run(server, tmp_path, [portal(HOST, "hanweb_jpage", "/col/col77/index.html")])
    assert "the column claims 9 records, 1 were given" in [failure.reason for failure in summary.failures]


def test_openness_column_pages_and_years(server, tmp_path):
    column = "/public/column/13741?type=3"
    server.add(
        HOST,
        column,
        (
            '<head><meta name="SiteId" content="6788"></head><ul class="xxgk_nav_list"><li><a title="示例区2022年政府信息公开工作年度报告"'
            ' href="/public/13741/22.html">示例区2022年…</a><span class="date">2023-01-11</span></li></ul>'
            f'<a href="{column}&title=2015">2015年</a><script>var a={{pageCount:2,pageSize:1}}</script>'
        ),
    )
    label = (
        "/site/label/8888?labelName=publicInfoList&siteId=6788&organId=13741&type=3&pageSize=1&action=list"
        "&isDate=true&dateFormat=yyyy-MM-dd&pageIndex=2"
    )
    server.add(
        HOST,
        label,
        '<li><a href="/public/13741/21.html">示例区2021年政府信息公开工作年度报告</a><span>2022-01-12</span></li>',
    )
    server.add(
        HOST, f"{column}&title=2015", report_page("示例区2015年政府信息公开年度报告", published="2016-03-01 09:00")
    )
    for year in (21, 22):
        server.add(HOST, f"/public/13741/{year}.html", report_page(f"示例区20{year}年政府信息公开工作年度报告"))
    summary, records = run(server, tmp_path, [portal(HOST, "longxun", column, organ_id="13741")])
    assert summary.ok, summary.failures
    found = {record.link_year: record.link_published_on for record in reports(records).values()}
    assert found == {2022: "2023-01-11", 2021: "2022-01-12", 2015: "2016-03-01"}


def test_attachments_come_with_their_page(server, tmp_path):
    server.add(HOST, "/nb/", '<li><a href="1.html">示例市2023年政府信息公开工作年度报告</a></li>')
    extra = '<a href="P0202401.pdf">附件：统计表</a><a href="/module/download/downfile.jsp?classid=0&filename=ab12.docx">附件2</a>'
    server.add(HOST, "/nb/1.html", report_page("示例市2023年政府信息公开工作年度报告", extra=extra))
    server.add(HOST, "/nb/P0202401.pdf", Answer(b"%PDF-1.4\n%%EOF", content_type="application/pdf"))
    server.add(
        HOST, "/module/download/downfile.jsp?classid=0&filename=ab12.docx", Answer(b"PK\x03\x04", content_type="x/y")
    )
    _, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    found = reports(records, "attachment")
    pdf = found[f"https://{HOST}/nb/P0202401.pdf"]
    assert (pdf.media_type, pdf.parent_url, pdf.link_year) == ("application/pdf", f"https://{HOST}/nb/1.html", 2023)
    assert len(found) == 2


def test_addresses_elsewhere_get_nothing(server, tmp_path):
    bad = [
        "http://169.254.169.254/latest/2023年政府信息公开年度报告",
        "file:///etc/passwd",
        "https://clone.example.com/1.html",
        "http://127.0.0.1:1/1.html",
        "http://user:pw@www.shili.gov.cn/1.html",
        "https://other.gov.cn/1.html",
    ]
    links = "".join(f'<li><a href="{url}">示例市202{i}年政府信息公开年度报告</a></li>' for i, url in enumerate(bad))
    server.add(HOST, "/nb/", links + '<li><a href="r.html">示例市2019年政府信息公开年度报告</a></li>')
    server.add(HOST, "/nb/r.html", Answer("", 302, headers={"Location": "http://169.254.169.254/"}))
    summary, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert set(server.asked) == {(HOST, "/nb/"), (HOST, "/nb/r.html")}
    outcomes = {record.url: (record.outcome, record.reason) for record in records if record.kind == "report"}
    assert outcomes == {
        f"https://{HOST}/nb/r.html": ("error", "redirects out of gov.cn, to http://169.254.169.254/"),
        "https://other.gov.cn/1.html": ("error", "not asked: the sample mode maps no such host"),
    }
    assert not summary.ok


def test_answers_are_classified_by_content(server, tmp_path):
    titles = {"gate": 2014, "cookie": 2015, "soft": 2016, "gone": 2017, "loop": 2018, "home": 2019}
    server.add(
        HOST,
        "/nb/",
        "".join(f'<li><a href="{name}.html">{year}年政府信息公开年度报告</a></li>' for name, year in titles.items()),
    )
    server.add(HOST, "/nb/gate.html", Answer("<script>document.cookie='__jsl_clearance_s=1'</script>", 521))
    server.add(HOST, "/nb/cookie.html", "<html><script>document.cookie='a=b';location.reload()</script></html>")
    server.add(HOST, "/nb/soft.html", "<html><body>抱歉，您访问的页面不存在或已删除</body></html>")
    server.add(HOST, "/nb/loop.html", Answer("", 302, headers={"Location": "/nb/loop.html", "Set-Cookie": "CT6T=1"}))
    server.add(HOST, "/nb/home.html", Answer("", 302, headers={"Location": "/"}))
    server.add(HOST, "/", "<html><title>示例市人民政府</title>" + "新闻" * 2000)
    _, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    last = {record.link_year: record.outcome for record in records if record.kind == "report"}
    assert last == {2014: "gated", 2015: "gated", 2016: "soft_404", 2017: "not_found", 2018: "gated", 2019: "soft_404"}
    # the redirect itself is kept beside the page it led to, both under the address the list gave
    assert [record.url for record in records if record.requested_url == f"https://{HOST}/nb/home.html"] == [
        f"https://{HOST}/"
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer("<script>document.cookie='a=b'</script>", 412), "gated"),
        (Answer("stop", 418), "gated"),
        (Answer("stop", 468), "gated"),
        (Answer("<script>var $_ts=window['$_ts']</script>" + " " * 400, 202), "gated"),
        (Answer("<html><script>$_ts.cd='x'</script>" + " " * 940 + "</html>"), "gated"),  # 988 bytes with status 200
        (Answer("Forbidden", 403), "geo_blocked"),
        (Answer("<html><body>本网站已迁移，新网址：http://new.shili.gov.cn</body></html>"), "moved"),
        (Answer("<html><title>404</title><body>信息不存在</body></html>"), "soft_404"),
        (Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n<html>"), "truncated"),
        (Answer("gone", 410), "not_found"),
    ],
)
def test_report_that_is_none_is_named_for_what_it_is(server, tmp_path, answer, outcome):
    server.add(HOST, "/nb/", '<li><a href="a.html">示例市2020年政府信息公开年度报告</a></li>')
    server.add(HOST, "/nb/a.html", answer)
    summary, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert {record.outcome for record in records if record.kind == "report"} == {outcome}
    assert [failure.outcome for failure in summary.failures] == [outcome]


def test_list_that_says_it_is_empty_is_no_failure(server, tmp_path):
    server.add(HOST, "/nb/", "<html><body><div>暂无相关信息</div></body></html>")
    summary, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert [record.outcome for record in records if record.kind == "list"] == ["empty_list"]
    assert not [failure for failure in summary.failures if failure.outcome != "incomplete_list"]


def test_lead_is_attributed_only_after_the_site_id_code(server, tmp_path):
    for host, site_id in (("www.right.gov.cn", "9901010007"), ("www.wrong.gov.cn", "9902020001")):
        server.add(
            host,
            "/nb/",
            f'<meta name="SiteIDCode" content="{site_id}"><li><a href="1.html">2020年政府信息公开年度报告</a></li>',
        )
        server.add(host, "/nb/1.html", report_page("2020年政府信息公开年度报告"))
    rows = [portal(host, "trs_static", "/nb/", grade="D") for host in ("www.right.gov.cn", "www.wrong.gov.cn")]
    summary, records = run(server, tmp_path, rows)
    codes = {record.url.split("/")[2]: record.jurisdiction_code for record in records if record.kind == "report"}
    assert codes == {"www.right.gov.cn": "990101", "www.wrong.gov.cn": None}
    assert ["9902020001" in failure.reason for failure in summary.failures] == [True]


def test_second_run_asks_only_for_lists_and_what_they_show_changed(server, tmp_path):
    static_list(server, [2019, 2020, 2021], pages=1)
    rows = [portal(HOST, "trs_static", "/nb/")]
    run(server, tmp_path, rows)
    server.asked.clear()
    summary, _ = run(server, tmp_path, rows)
    assert set(server.asked) == {(HOST, "/nb/")}
    assert (summary.hosts[0].fetched, summary.hosts[0].already_archived) == (0, 3)
    server.routes[HOST]["/nb/"] = server.routes[HOST]["/nb/"].replace("2021-01-20", "2021-06-01")
    server.routes[HOST]["/nb/t20200120_2020.html"] = report_page("2020年政府信息公开工作年度报告", extra="更正")
    _, records = run(server, tmp_path, rows)
    assert server.asked[(HOST, "/nb/t20200120_2020.html")] == 1
    versions = [record.document_id for record in records if record.link_year == 2020]
    assert len(versions) == len(set(versions)) == 2


def test_day_of_publication_is_the_pages_own_where_the_list_tells_none(server, tmp_path):
    titles = {"a": "2019年政府信息公开年度报告", "b": "2020年政府信息公开年度报告", "c": "2021年政府信息公开年度报告"}
    dated = "".join(f'<li><a href="{name}.html">{title}</a></li>' for name, title in titles.items() if name != "c")
    server.add(HOST, "/nb/", f'{dated}<li><a href="c.html">{titles["c"]}</a><span>2022-01-05</span></li>')
    for name, published in (("a", "2020-01-20 10:00"), ("b", "2021—02—03 08:30"), ("c", "2023-09-09 09:00")):
        extra = f'<a href="{name}.pdf">附件</a>'
        server.add(HOST, f"/nb/{name}.html", report_page(titles[name], published=published, extra=extra))
        server.add(HOST, f"/nb/{name}.pdf", b"%PDF-1.4\n" + name.encode() + b"\n%%EOF")
    _, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    days = {2019: "2020-01-20", 2020: "2021-02-03", 2021: "2022-01-05"}
    for kind in ("report", "attachment"):
        assert {one.link_year: one.link_published_on for one in reports(records, kind).values()} == days
    server.asked.clear()
    run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")])
    assert set(server.asked) == {(HOST, "/nb/")}


def test_archived_report_is_asked_for_again_after_half_a_year(server, tmp_path):
    """Conditionally: what has not changed is a revisit record, what has is a new version; imports are left alone."""
    static_list(server, [2019, 2020, 2021], pages=1)
    pages = {year: server.routes[HOST][f"/nb/t{year}0120_{year}.html"] for year in (2019, 2020, 2021)}
    pdf = '<a href="t.pdf">附件</a></div></body>'

    def conditional(request):
        known = request.headers.get("If-None-Match") == '"1"'
        body = pages[2019].replace("</div></body>", pdf)
        return Answer(b"" if known else body, 304 if known else 200, headers={"ETag": '"1"'})

    server.add(HOST, "/nb/t20190120_2019.html", conditional)
    server.add(HOST, "/nb/t.pdf", b"%PDF-1.4\n%%EOF")
    rows = [portal(HOST, "trs_static", "/nb/")]
    _, before = run(server, tmp_path, rows)
    server.asked.clear()
    run(server, tmp_path, rows, recheck=timedelta(days=180))
    assert set(server.asked) == {(HOST, "/nb/")}
    server.add(HOST, "/nb/t20210120_2021.html", pages[2021].replace("<td>12</td>", "<td>13</td>"))
    summary, after = run(server, tmp_path, rows, recheck=timedelta(0))
    assert summary.ok and summary.alarms == ()
    assert len(reports(before)) == len(reports(after)) == 3
    versions = {year: [r for r in after if r.link_year == year and r.kind == "report"] for year in pages}
    assert [[r.http_status for r in one] for one in versions.values()] == [[200, 304], [200, 200], [200, 200]]
    assert [len({r.document_id for r in one}) for one in versions.values()] == [1, 1, 2]
    assert (
        server.asked[(HOST, "/nb/t.pdf")] == 1
    )  # the attachments of a page that says it is unchanged are asked for too
    revisits = []
    for path in tmp_path.glob("*.warc.gz"):  # a run writes a file of its own
        with path.open("rb") as file:
            found = [one for one in ArchiveIterator(file) if one.rec_type == "revisit"]
            revisits += [one.rec_headers.get_header("WARC-Target-URI") for one in found]
    reasked = [f"https://{HOST}/nb/{name}" for name in ("t.pdf", "t20190120_2019.html", "t20200120_2020.html")]
    assert [url for url in sorted(set(revisits)) if not url.endswith(("/nb/", "/robots.txt"))] == reasked
    assert verify_archive(tmp_path).ok


def test_coverage_is_made_anew_from_the_archive_alone(server, tmp_path):
    static_list(server, [2019, 2020], pages=1)
    server.add(HOST, "/nb/t20190120_2019.html", Answer("<script>document.cookie='a=b'</script>", 412))
    _, records = run(
        server, tmp_path / "archive", [portal(HOST, "trs_static", "/nb/", code="990102")], vantage="示例机房"
    )

    def derived():
        with Archive(tmp_path / "archive") as archive:
            return coverage_rows(archive.records(), [])

    coverage = derived()
    for path in (tmp_path / "archive").glob("index*"):
        path.unlink()
    assert derived() == coverage
    last = max(record.retrieved_at for record in records if record.link_year == 2019)
    [gated] = [row for row in coverage if (row["unit_id"], row["year"]) == ("CN-990102", 2019)]
    assert (gated["status"], gated["vantage"], gated["last_tried_at"]) == ("gated", "示例机房", last)
    assert gated["evidence"] == f"https://{HOST}/nb/t20190120_2019.html: gated 412 (challenge, HTTP 412)"


def test_years_outside_the_range_are_not_fetched(server, tmp_path):
    static_list(server, range(2014, 2020), pages=2)
    _, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")], years=range(2016, 2018))
    assert sorted(record.link_year for record in reports(records).values()) == [2016, 2017]


def test_silent_host_leaves_records_and_the_others_go_on(server, tmp_path):
    static_list(server, [2020], pages=1)
    host_map = {**server.host_map, "www.silent.gov.cn": ("127.0.0.1", 1)}
    rows = [portal(HOST, "trs_static", "/nb/"), portal("www.silent.gov.cn", "trs_static", "/nb/", code="990102")]
    with Archive(tmp_path, write=True) as archive:
        summary = crawl(rows, archive, host_map=host_map)
        records = archive.records()
    assert [failure.jurisdiction_code for failure in summary.failures] == ["990102"]
    silent = [record for record in records if record.jurisdiction_code == "990102"]
    assert silent and all(record.outcome == "error" and "unreachable" in record.reason for record in silent)
    assert all(record.document_id is None for record in silent)
    assert len(reports(records)) == 1


def test_run_cut_off_goes_on_where_it_was(server, tmp_path):
    static_list(server, range(2008, 2020), pages=4)
    rows = [portal(HOST, "trs_static", "/nb/")]
    stops = iter([False] * 10 + [True] * 1000)
    summary, _ = run(server, tmp_path, rows, stop=lambda: next(stops))
    assert summary.stopped
    # killed while it wrote: the last record is cut in the middle
    path = next(tmp_path.glob("*.warc.gz"))
    os.truncate(path, path.stat().st_size - 100)
    with Archive(tmp_path, write=True) as archive:
        archived = {record.url for record in archive.records(outcome="ok") if record.kind == "report"}
    assert 0 < len(archived) < 12
    server.asked.clear()
    _, records = run(server, tmp_path, rows)
    assert len(reports(records)) == 12
    again = {f"https://{host}{path}" for host, path in server.asked}
    assert not again & archived


def test_redirected_report_is_not_fetched_twice(server, tmp_path):
    server.add(HOST, "/nb/", '<li><a href="old.html">2020年政府信息公开年度报告</a></li>')
    server.add(HOST, "/nb/old.html", Answer("", 301, headers={"Location": "/new/1.html"}))
    server.add(HOST, "/new/1.html", report_page("2020年政府信息公开年度报告"))
    rows = [portal(HOST, "trs_static", "/nb/")]
    _, records = run(server, tmp_path, rows)
    record = reports(records)[f"https://{HOST}/new/1.html"]
    assert record.requested_url == f"https://{HOST}/nb/old.html"
    server.asked.clear()
    run(server, tmp_path, rows)
    assert set(server.asked) == {(HOST, "/nb/")}


def test_rate_limit_is_kept_as_the_server_sees_it(server, tmp_path):
    static_list(server, range(2016, 2022), pages=2)
    run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")], rate=10.0)
    times = server.times[HOST]
    assert len(times) == 9  # robots.txt counts too
    assert min(after - before for before, after in pairwise(times)) >= 0.1


def test_real_hosts_need_a_contact_and_a_rate(tmp_path):
    with Archive(tmp_path, write=True) as archive:
        with pytest.raises(UsageError, match="contact"):
            crawl([portal(HOST, "trs_static", "/nb/")], archive)
        with pytest.raises(UsageError, match="rate"):
            crawl([portal(HOST, "trs_static", "/nb/")], archive, rate=0.0, contact="a@b.cn")
        with pytest.raises(UsageError, match="loopback"):
            crawl([portal(HOST, "trs_static", "/nb/")], archive, host_map={HOST: ("10.0.0.1", 80)})


def test_imported_page_is_a_record_like_a_fetched_one(tmp_path):
    page = report_page("示例市2016年政府信息公开年度报告").encode()
    saved = tmp_path / "saved.html"
    saved.write_bytes(b"<!-- saved from url=(0031)https://www.shili.gov.cn/2016.html -->\n" + page)
    with Archive(tmp_path / "archive", write=True) as archive:
        first = import_files([saved], archive, jurisdiction="990101")
        again = import_files([saved], archive, jurisdiction="990101")
        assert first == again
        [record] = archive.records()
        assert (record.kind, record.outcome, record.link_year) == ("import", "ok", 2016)
        assert (record.url, record.jurisdiction_code) == ("https://www.shili.gov.cn/2016.html", "990101")
        assert archive.payload(record.document_id) == saved.read_bytes()
        assert record.document_id == hashlib.sha256(saved.read_bytes()).hexdigest()


def test_imported_mhtml_is_kept_as_the_browser_saved_it(tmp_path):
    page = report_page("示例市2017年政府信息公开年度报告").encode()
    lines = [
        b"From: <Saved by Blink>",
        b"Snapshot-Content-Location: https://www.shili.gov.cn/2017.html",
        b"Subject: =?utf-8?B?MjAxN+W5tOaUv+W6nOS/oeaBr+WFrOW8gOW5tOW6puaKpeWRig==?=",
        b"MIME-Version: 1.0",
        b'Content-Type: multipart/related; type="text/html"; boundary="----M"',
        b"",
        b"------M",
        b"Content-Type: text/html",
        b"Content-Transfer-Encoding: 8bit",
        b"Content-Location: https://www.shili.gov.cn/2017.html",
        b"",
        page,
        b"------M--",
        b"",
    ]
    path = tmp_path / "saved.mhtml"
    path.write_bytes(b"\r\n".join(lines))
    with Archive(tmp_path / "archive", write=True) as archive:
        [record] = import_files([path], archive, jurisdiction="990102")
        assert (record.url, record.media_type) == ("https://www.shili.gov.cn/2017.html", "multipart/related")
        assert (record.kind, record.link_year, record.jurisdiction_code) == ("import", 2017, "990102")
        assert archive.payload(record.document_id) == path.read_bytes()
    assert "收到申请" in str(read_document(path.read_bytes()))


def test_imported_warc_gives_its_documents(server, tmp_path):
    static_list(server, [2020, 2021], pages=1)
    run(server, tmp_path / "one", [portal(HOST, "trs_static", "/nb/")])
    with Archive(tmp_path / "two", write=True) as archive:
        records = import_files(sorted((tmp_path / "one").glob("*.warc.gz")), archive)
        assert {record.link_year for record in records} >= {2020, 2021}
        for record in records:
            assert hashlib.sha256(archive.payload(record.document_id)).hexdigest() == record.document_id


def test_host_that_loses_years_or_falls_silent_is_an_alarm(server, tmp_path):
    static_list(server, range(2016, 2022), pages=2)
    rows = [portal(HOST, "trs_static", "/nb/")]
    assert run(server, tmp_path, rows)[0].alarms == ()
    assert run(server, tmp_path, rows)[0].alarms == ()
    static_list(server, range(2018, 2022), pages=2)
    [lost] = run(server, tmp_path, rows)[0].alarms
    assert (lost.kind, lost.years) == ("lost_years", (2016, 2017))
    server.add(HOST, "/nb/", "<html><body>栏目建设中</body></html>")
    [silent] = run(server, tmp_path, rows)[0].alarms
    assert (silent.kind, silent.portal_id) == ("silent", rows[0].portal_id)
    with Archive(tmp_path) as archive:
        assert len(reports(archive.records())) == 6  # nothing is deleted because a site deleted it


def test_budget_of_a_host_is_kept(server, tmp_path):
    static_list(server, range(2012, 2022), pages=4)
    summary, records = run(server, tmp_path, [portal(HOST, "trs_static", "/nb/")], budget=6)
    assert summary.hosts[0].requests == sum(server.asked.values()) + sum(server.robots_asked.values()) == 6
    left = [record for record in records if (record.reason or "").startswith("not asked: the host's budget")]
    assert left and all(record.outcome == "error" for record in left)
    assert not summary.ok


def test_attachments_are_files_and_pictures_of_tables_not_icons():
    page = """<html><body><div class="header"><img src="/logo.png"></div>
        <a href="/files/年报附件.PDF?v=1">附件1</a><a href="downfile.jsp?classid=0&amp;filename=ab.xls">表</a>
        <a href="/download?id=7">统计表.docx</a><a href="/zwgk/index.html">目录</a><a href="/app.apk">客户端</a>
        <a href="http://[bad">坏</a><a href="https://clone.example.com/a.pdf">别处</a>
        <div id="zoom"><p><img src="W02024.jpg" width="600"><img src="w.png" width="16" height="16"><img src="icon_pdf.gif"></p>
        <iframe src="/viewer?file=/a/b.pdf"></iframe></div></body></html>"""
    assert [address for address, _ in attachments("https://www.shili.gov.cn/nb/1.html", page.encode("gb18030"))] == [
        "https://www.shili.gov.cn/files/%E5%B9%B4%E6%8A%A5%E9%99%84%E4%BB%B6.PDF?v=1",
        "https://www.shili.gov.cn/nb/downfile.jsp?classid=0&filename=ab.xls",
        "https://www.shili.gov.cn/download?id=7",
        "https://www.shili.gov.cn/viewer?file=/a/b.pdf",
        "https://www.shili.gov.cn/nb/W02024.jpg",
    ]


def test_unchanged_list_is_read_from_the_archive(server, tmp_path):
    static_list(server, [2019, 2020], pages=1)
    body = server.routes[HOST]["/nb/"]

    def conditional(request):
        tag = {"ETag": '"v1"'}
        known = request.headers.get("If-None-Match") == '"v1"'
        return Answer(b"", 304, headers=tag) if known else Answer(body, headers=tag)

    server.add(HOST, "/nb/", conditional)
    rows = [portal(HOST, "trs_static", "/nb/")]
    run(server, tmp_path, rows)
    server.add(HOST, "/nb/t20200120_2020.html", Answer("never asked again", 500))
    summary, records = run(server, tmp_path, rows)
    assert summary.ok and summary.hosts[0].reports == {2019: 1, 2020: 1}
    lists = [record for record in records if record.kind == "list"]
    assert [record.http_status for record in lists] == [200, 304]
    assert len({(record.document_id, record.warc_offset) for record in lists}) == 1


def test_changed_figures_behind_the_same_list_entry_stay_the_first_version(server, tmp_path):
    """Only what a list shows (title, date) makes a report be asked for again: a page counter must not."""
    static_list(server, [2020], pages=1)
    rows = [portal(HOST, "trs_static", "/nb/")]
    run(server, tmp_path, rows)
    server.add(HOST, "/nb/t20200120_2020.html", report_page("2020年政府信息公开工作年度报告", extra="浏览次数：2"))
    _, records = run(server, tmp_path, rows)
    assert len([record for record in records if record.kind == "report"]) == 1
