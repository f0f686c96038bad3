"""Every family of portal software against a simulated portal with its traps: what is listed is found, once."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from extract.archiving.archive import Archive
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal, report_page

HOST = "www.shili.gov.cn"
YEARS = list(range(2012, 2022))


@pytest.fixture
def server():
    with PortalServer() as running:
        yield running


def found(server, tmp_path, row):
    """Crawl one portal; return the years of the reports archived, the summary, and the addresses asked for."""
    with Archive(tmp_path, write=True) as archive:
        summary = crawl([row], archive, host_map=server.host_map)
        records = [one for one in archive.records(outcome="ok") if one.kind == "report"]
    assert len({one.url for one in records}) == len(records)
    return sorted(one.link_year or 0 for one in records), summary, {path for _, path in server.asked}


def title(year, who="示例市"):
    return f"{who}{year}年政府信息公开工作年度报告"


def entry(year, href):
    return f'<li><a href="{href}" title="{title(year)}">{title(year)[:9]}…</a><span>{year + 1}-01-25</span></li>'


def add_reports(server, pattern, years=YEARS):
    for year in years:
        server.add(HOST, pattern.format(year), report_page(title(year)))


def test_list_that_starts_numbering_at_two_is_read_whole(server, tmp_path):
    """A TRS look-alike: the script is TRS's, the second page is index_2."""
    for number in range(5):
        name = "/nb/" if number == 0 else f"/nb/index_{number + 1}.html"
        part = "".join(entry(year, f"t{year}.html") for year in YEARS[number * 2 : number * 2 + 2])
        server.add(HOST, name, f'<ul>{part}</ul><script>createPageHTML(5, {number}, "index", "html")</script>')
    add_reports(server, "/nb/t{}.html")
    years, summary, _ = found(server, tmp_path, portal(HOST, "trs_static", "/nb/"))
    assert years == YEARS and summary.ok, summary.failures


def test_missing_page_in_the_middle_is_told(server, tmp_path):
    for number in (0, 1, 3):
        name = "/nb/" if number == 0 else f"/nb/index_{number}.html"
        server.add(
            HOST, name, f"<ul>{entry(YEARS[number], f't{YEARS[number]}.html')}</ul><script>countPage = 4</script>"
        )
    add_reports(server, "/nb/t{}.html")
    years, summary, _ = found(server, tmp_path, portal(HOST, "trs_static", "/nb/"))
    assert years == [2012, 2013]
    assert "page 3 of 4 gave not_found" in {one.reason for one in summary.failures}


def test_objectid_lists_number_from_two_and_name_no_date(server, tmp_path):
    ids = {year: f"6007a108f8fd1c2073eb{year}" for year in YEARS}
    for number in range(2):
        name = "/nb/" if number == 0 else "/nb/index_2.html"
        part = "".join(entry(year, f"{ids[year]}.html") for year in YEARS[number * 5 : number * 5 + 5])
        server.add(HOST, name, f'<ul>{part}</ul><script>createPageHTML(2, {number}, "index", "html")</script>')
    for year, name in ids.items():
        server.add(HOST, f"/nb/{name}.html", report_page(title(year)))
    years, summary, asked = found(server, tmp_path, portal(HOST, "objectid", "/nb/"))
    assert years == YEARS and summary.ok, summary.failures
    assert "/nb/index_1.html" not in asked


def test_vsb_pages_count_down(server, tmp_path):
    for number, name in enumerate(["/xxgk/nb.htm", "/xxgk/nb/3.htm", "/xxgk/nb/2.htm", "/xxgk/nb/1.htm"]):
        part = "".join(entry(year, f"/info/1517/{year}.htm") for year in YEARS[number * 3 : number * 3 + 3])
        following = f"/xxgk/nb/{3 - number}.htm"
        link = f'<a href="{following}">下页</a>' if number < 3 else '<span class="p_next_d">下页</span>'
        server.add(HOST, name, f'<ul>{part}</ul><a href="/xxgk/nb.htm">首页</a>{link}<a href="/xxgk/nb/1.htm">尾页</a>')
    add_reports(server, "/info/1517/{}.htm")
    years, summary, _ = found(server, tmp_path, portal(HOST, "vsb", "/xxgk/nb.htm"))
    assert years == YEARS and summary.ok, summary.failures


def test_vsb_without_links_counts_down_by_itself(server, tmp_path):
    for number, name in enumerate(["/xxgk/nb.htm", "/xxgk/nb/2.htm", "/xxgk/nb/1.htm"]):
        part = "".join(entry(year, f"/info/1517/{year}.htm") for year in YEARS[number * 4 : number * 4 + 4])
        server.add(HOST, name, f"<ul>{part}</ul>共10条 {number + 1}/3")
    add_reports(server, "/info/1517/{}.htm")
    years, summary, _ = found(server, tmp_path, portal(HOST, "vsb", "/xxgk/nb.htm"))
    assert years == YEARS and summary.ok, summary.failures


def ucap_json(server, cap):
    """A channel whose server gives at most ``cap`` entries a page, with an addressing without scheme."""

    def answer(request):
        query = {name: value[0] for name, value in parse_qs(urlsplit(request.path).query).items()}
        start = (int(query["page"]) - 1) * cap
        results = [
            {"title": title(year), "url": f"//{HOST}/c1/{year}.shtml", "publishedTimeStr": f"{year + 1}-01-25 09:00:00"}
            for year in YEARS[start : start + cap]
        ]
        body = {"data": {"channelId": "0" * 32, "total": len(YEARS), "rows": cap, "results": results}}
        return Answer(json.dumps(body, ensure_ascii=False), content_type="application/json")

    routes = server.routes.setdefault(HOST, {})
    routes["*"] = lambda request: answer(request) if "/common/search/" in request.path else Answer("404", 404)


def test_ucap_list_pages_and_json_channel(server, tmp_path):
    ucap_json(server, 4)
    server.add(HOST, "/c1/list.shtml", f"<ul></ul><script>load('/common/search/{'0' * 32}?_isJson=true')</script>")
    add_reports(server, "/c1/{}.shtml")
    years, summary, _ = found(server, tmp_path, portal(HOST, "ucap", "/c1/list.shtml"))
    assert years == YEARS and summary.ok, summary.failures


def test_ucap_static_pages_are_list_2(server, tmp_path):
    for number in range(2):
        name = "/c1/list.shtml" if number == 0 else "/c1/list_2.shtml"
        part = "".join(entry(year, f"/c1/{year}.shtml") for year in YEARS[number * 5 : number * 5 + 5])
        server.add(
            HOST, name, f"<ul>{part}</ul><script>createPageHTML('page_div',2, {number + 1},'list','shtml',10)</script>"
        )
    add_reports(server, "/c1/{}.shtml")
    years, summary, _ = found(server, tmp_path, portal(HOST, "ucap", "/c1/list.shtml"))
    assert years == YEARS and summary.ok, summary.failures


@pytest.mark.parametrize("first_page", [0, 1])
def test_gkmlpt_pages_from_0_or_1_give_each_entry_once(server, tmp_path, first_page):
    config = {"SID": 175, "TREE": [{"id": 1, "name": "指南"}, {"id": 2629, "name": "政府信息公开年报"}]}
    server.add(HOST, "/gkmlpt/annualreport", "<div id=app></div><script src=/gkmlpt/app.js></script>")
    server.add(HOST, "/gkmlpt/index", f"<script>window._CONFIG = {json.dumps(config, ensure_ascii=False)}</script>")

    def answer(request):
        query = {name: value[0] for name, value in parse_qs(urlsplit(request.path).query).items()}
        assert query["sid"] == "175"
        start = max(0, int(query["page"]) - first_page) * 4
        articles = [
            {
                "id": year,
                "title": title(year),
                "post_url": f"http://{HOST}/gkmlpt/content/2/post_{year}.html",
                "display_publish_time": 1706140800,
            }
            for year in YEARS[start : start + 4]
        ]
        return Answer(json.dumps({"total": len(YEARS), "articles": articles}), content_type="application/json")

    def any_path(request):
        return answer(request) if request.path.startswith("/gkmlpt/api/all/2629?") else Answer("404", 404)

    server.add(HOST, "*", any_path)
    add_reports(server, "/gkmlpt/content/2/post_{}.html")
    years, summary, _ = found(server, tmp_path, portal(HOST, "gkmlpt", "/gkmlpt/annualreport"))
    assert years == YEARS and summary.ok, summary.failures
    with Archive(tmp_path) as archive:
        dates = {one.link_published_on for one in archive.records(outcome="ok") if one.kind == "report"}
    assert dates == {"2024-01-25"}


@pytest.mark.parametrize("trap", ["page 0 is page 1", "an entry comes in between two pages"])
def test_gkmlpt_entries_given_twice_count_once(server, tmp_path, trap):
    config = {"SID": 175, "TREE": [{"id": 2629, "name": "政府信息公开年报"}]}
    server.add(HOST, "/gkmlpt/index", f"<script>window._CONFIG = {json.dumps(config, ensure_ascii=False)}</script>")
    entries = [{"id": year, "title": title(year), "post_url": f"/gkmlpt/content/2/post_{year}.html"} for year in YEARS]
    moved = [entries[0], {"id": 1, "title": "关于做好年报编制工作的通知", "post_url": "/n.html"}, *entries[1:]]

    def answer(request):
        number = int(parse_qs(urlsplit(request.path).query)["page"][0])
        start = max(number - 1, 0) * 4
        given = moved if trap.startswith("an entry") and number > 1 else entries
        total = len(given) + (trap == "page 0 is page 1")  # it counts one that is not shown, and so page 0 is asked for
        return Answer(
            json.dumps({"total": total, "articles": given[start : start + 4]}), content_type="application/json"
        )

    server.add(HOST, "*", lambda request: answer(request) if "/api/all/2629?" in request.path else Answer("404", 404))
    add_reports(server, "/gkmlpt/content/2/post_{}.html")
    years, summary, asked = found(server, tmp_path, portal(HOST, "gkmlpt", "/gkmlpt/index"))
    assert years == YEARS
    if trap == "page 0 is page 1":
        assert "/gkmlpt/api/all/2629?page=0&sid=175" in asked
        assert [one.reason for one in summary.failures] == ["the category claims 11 entries, 10 were given"]


def jpage(entries, total, *, group="", parameters="columnid:77,unitid:88,webid:5,path:'/'"):
    rows = "".join(f"<record><![CDATA[{one}]]></record>" for one in entries)
    asks = f"$('#88').jpage({{totalRecord:{total},perPage:2,ajaxParam:{{{parameters}}}}});"
    return f"<script>{asks}</script><datastore>{group}<recordset>{rows}</recordset></datastore>"


def test_jpage_records_are_posted_for_where_the_address_alone_gives_none(server, tmp_path):
    """The portal's own script posts the column's parameters; some servers read them from the body only."""
    posted = []

    def answer(request):
        query = {name: value[0] for name, value in parse_qs(urlsplit(request.path).query).items()}
        form = {name: value[0] for name, value in parse_qs(request.form).items()}
        if not form:
            return Answer("<datastore><recordset></recordset></datastore>", content_type="text/xml")
        posted.append((query["startrecord"], query["endrecord"], form["columnid"], form["unitid"]))
        years = YEARS[int(query["startrecord"]) - 1 : int(query["endrecord"])]
        rows = "".join(f"<record><![CDATA[{entry(year, f'/art/{year}.html')}]]></record>" for year in years)
        return Answer(f"<datastore><recordset>{rows}</recordset></datastore>", content_type="text/xml")

    server.add(HOST, "/col/col77/index.html", jpage([entry(YEARS[0], f"/art/{YEARS[0]}.html")], len(YEARS)))
    server.add(HOST, "*", lambda request: answer(request) if "dataproxy" in request.path else Answer("404", 404))
    add_reports(server, "/art/{}.html")
    years, summary, asked = found(server, tmp_path, portal(HOST, "hanweb_jpage", "/col/col77/index.html"))
    assert years == YEARS and summary.ok, summary.failures
    assert posted == [("2", "7", "77", "88"), ("8", "13", "77", "88")]
    assert sum("columnid=77" in path for path in asked) == 1  # once posting is known to work, nothing else is tried


def next_group(number):
    return f'<nextgroup><![CDATA[<a href="/module/web/jpage/dataproxy.jsp?page={number}&sn=x+/{number}"></a>]]></nextgroup>'


def test_jpage_next_groups_are_followed_to_their_end(server, tmp_path):
    def answer(request):
        number = int(parse_qs(urlsplit(request.path).query)["page"][0])
        part = [entry(year, f"/art/{year}.html") for year in YEARS[number * 4 - 4 : number * 4]]
        return Answer(jpage(part, len(YEARS), group=next_group(number + 1) if number < 3 else "", parameters=""))

    first = [entry(year, f"/art/{year}.html") for year in YEARS[:4]]
    server.add(HOST, "/col/col77/index.html", jpage(first, len(YEARS), group=next_group(2), parameters=""))
    server.add(HOST, "*", lambda request: answer(request) if "dataproxy" in request.path else Answer("404", 404))
    add_reports(server, "/art/{}.html")
    years, summary, asked = found(server, tmp_path, portal(HOST, "hanweb_jpage", "/col/col77/index.html"))
    assert years == YEARS and summary.ok, summary.failures
    assert len([path for path in asked if "dataproxy" in path]) == 2


def test_jpage_next_group_that_leads_nowhere_is_told(server, tmp_path):
    """Some servers encrypt what stands in the address, for a session that only a browser has."""
    page = jpage([entry(2020, "/art/2020.html")], 9, group=next_group(2), parameters="")
    server.add(HOST, "/col/col77/index.html", page)
    server.add(HOST, "*", lambda request: Answer("<datastore><recordset></recordset></datastore>"))
    server.add(HOST, "/art/2020.html", report_page(title(2020)))
    years, summary, _ = found(server, tmp_path, portal(HOST, "hanweb_jpage", "/col/col77/index.html"))
    assert years == [2020]
    assert "the column claims 9 records, 1 were given" in {one.reason for one in summary.failures}


def test_xxgk_annual_report_asks_year_by_year(server, tmp_path):
    """Years without a report show the latest one instead: it counts once, for the year of its title."""

    def page(request):
        year = int(re.search(r"fbtime=(\d+)", request.path)[1])
        return Answer(report_page(title(year if year in YEARS else YEARS[-1])))

    server.add(HOST, "*", page)
    row = portal(HOST, "hanweb_xxgk", "/module/xxgk/xxgkAnnualReport.jsp?area=002510119&fbtime=2021", area="002510119")
    years, summary, _ = found(server, tmp_path, row)
    assert years == YEARS and summary.ok, summary.failures


def test_annual_report_lists_by_page_number_and_organisation(server, tmp_path):
    menu = '<a href="/XxgkAnnualReport/showList/7/page_1.html">示例局</a>'
    for number in (1, 2):
        part = "".join(
            entry(year, f"/XxgkAnnualReport/show/{year}.html") for year in YEARS[number * 5 - 5 : number * 5]
        )
        server.add(HOST, f"/XxgkAnnualReport/page_{number}.html", f"{menu}<ul>{part}</ul>共2页")
    server.add(HOST, "/XxgkAnnualReport/", server.routes[HOST]["/XxgkAnnualReport/page_1.html"])
    server.add(HOST, "/XxgkAnnualReport/showList/7/page_1.html", menu + entry(2011, "/XxgkAnnualReport/show/2011.html"))
    add_reports(server, "/XxgkAnnualReport/show/{}.html", [2011, *YEARS])
    years, summary, _ = found(server, tmp_path, portal(HOST, "xxgk_annual_report", "/XxgkAnnualReport/"))
    assert years == [2011, *YEARS] and summary.ok, summary.failures


def test_guid_blocks_are_read_to_their_last_page(server, tmp_path):
    one, two, three = (f"{digit * 8}-1111-1111-1111-111111111111" for digit in "abc")
    block = f"/columns/{one}/templates/{two}/blocks/{three}"
    server.add(HOST, f"/columns/{one}/index.html", f"<div data-url='{block}?page=1'></div>")
    for number in range(1, 9):
        shown = min(number, 5)  # numbers beyond the last give the last page again
        part = "".join(entry(year, f"/content/{year}.html") for year in YEARS[shown * 2 - 2 : shown * 2])
        server.add(HOST, f"{block}?page={number}", f"<ul>{part}</ul>")
    add_reports(server, "/content/{}.html")
    years, summary, asked = found(server, tmp_path, portal(HOST, "columns_guid", f"/columns/{one}/index.html"))
    assert years == YEARS and summary.ok, summary.failures
    assert f"{block}?page=7" not in asked


def test_endless_pagination_ends(server, tmp_path):
    def page(request):
        number = int(request.path.rpartition("=")[2])
        part = entry(YEARS[min(number, 3)], f"/r/{YEARS[min(number, 3)]}.html")
        return Answer(f'<ul>{part}</ul><a href="/list?page={number + 1}">下一页</a>')

    server.add(HOST, "*", lambda request: page(request) if "page=" in request.path else Answer("404", 404))
    add_reports(server, "/r/{}.html")
    years, _, asked = found(server, tmp_path, portal(HOST, "generic_list", "/list?page=0"))
    assert years == YEARS[:4]
    assert len([path for path in asked if path.startswith("/list")]) == 5


def test_pagination_with_ever_new_links_is_cut_and_told(server, tmp_path):
    def page(request):
        number = int(request.path.rpartition("=")[2])
        return Answer(f'<a href="/news/{number}.html">新闻</a><a href="/list?page={number + 1}">下一页</a>')

    server.add(HOST, "*", lambda request: page(request) if "page=" in request.path else Answer("404", 404))
    _, summary, asked = found(server, tmp_path, portal(HOST, "generic_list", "/list?page=0"))
    assert len(asked) <= 205
    assert any("goes on after 200 pages" in one.reason for one in summary.failures)


def test_lead_finds_its_column_by_the_page_tags(server, tmp_path):
    tags = '<meta name="SiteIDCode" content="9901010003">'
    server.add(HOST, "/", f'{tags}<a href="/zwgk/">政务公开</a><a href="/news/">新闻</a>')
    server.add(HOST, "/zwgk/", '<a href="/zwgk/zfxxgk/">政府信息公开</a><a href="/zwgk/list1/">财政预决算</a>')
    server.add(HOST, "/zwgk/zfxxgk/", '<a href="/col/col9/index.html">政府信息公开年报</a>')
    rows = "".join(f"<record><![CDATA[{entry(year, f'/art/{year}.html')}]]></record>" for year in YEARS)
    server.add(
        HOST,
        "/col/col9/index.html",
        (
            f'{tags}<meta name="ColumnType" content="信息公开年报"><script type="text/xml"><datastore>'
            f"<recordset>{rows}</recordset></datastore></script>"
        ),
    )
    add_reports(server, "/art/{}.html")
    years, summary, asked = found(server, tmp_path, portal(HOST, "generic_list", "/", grade="D"))
    assert years == YEARS and summary.ok, summary.failures
    assert not asked & {"/news/", "/zwgk/list1/"}


def test_list_of_another_family_than_registered_is_read_and_told(server, tmp_path):
    rows = "".join(f"<record><![CDATA[{entry(year, f'/art/{year}.html')}]]></record>" for year in YEARS)
    server.add(HOST, "/nb/", f"<script type='text/xml'><datastore><recordset>{rows}</recordset></datastore></script>")
    add_reports(server, "/art/{}.html")
    years, summary, _ = found(server, tmp_path, portal(HOST, "trs_static", "/nb/"))
    assert years == YEARS
    assert [one.reason for one in summary.failures] == [
        "the list answers like hanweb_jpage, the registry calls it trs_static"
    ]


def test_city_list_keeps_government_office_and_districts_apart_by_title(server, tmp_path):
    titles = [
        "示例市2020年政府信息公开工作年度报告",
        "示例市人民政府办公室2020年政府信息公开工作年度报告",
        "示例市甲区2020年政府信息公开工作年度报告",
    ]
    part = "".join(f'<li><a href="{number}.html">{name}</a></li>' for number, name in enumerate(titles))
    server.add(HOST, "/nb/", f"<ul>{part}</ul>")
    for number, name in enumerate(titles):
        server.add(HOST, f"/nb/{number}.html", report_page(name))
    found(server, tmp_path, portal(HOST, "trs_static", "/nb/"))
    with Archive(tmp_path) as archive:
        kept = [one.link_title for one in archive.records(outcome="ok") if one.kind == "report"]
    assert sorted(kept) == sorted(titles)
