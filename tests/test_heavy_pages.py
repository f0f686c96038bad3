"""Pages made to be slow: the work on them grows with their size and not with its square, and one that gets stuck costs itself."""

import re
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from extract.apart import Apart
from extract.archiving.archive import Archive
from extract.crawling import host_job
from extract.crawling.report_page import MOST_ATTACHMENTS, report_page
from extract.fetching.classify import classify, without_tags
from extract.portals.lists.html_page import MOST_LINKS
from extract.portals.lists.list_facts import LIST_BYTES, list_facts
from extract.portals.lists.list_page import Page, announcements, own_report, sub_lists
from extract.portals.lists.paging import paging_links, shown
from tests.crawling import crawl
from tests.portal_server import PortalServer, portal
from tests.portal_server import report_page as page_of_report

HOST = "www.shili.gov.cn"
TITLE = "示例市2020年政府信息公开工作年度报告"
ROOT = Path(__file__).parents[1]
#: Seconds of the processor for one look at a page of a megabyte or so; what works in squares takes minutes.
ENOUGH = 5.0
HEAVY = {
    "titles": "<title>" * 20_000,
    "titles without an end": "<title " * 20_000,
    "scripts without an end": "<script " * 150_000,
    "style sheets without an end": "<style>" * 150_000,
    "comments without an end": "<!--" * 250_000,
    "openings": "<" * 1_000_000,
    "tags of the head": "<meta " * 150_000,
    "an empty list without an end": "暂无信息" + "<li " * 150_000,
    "links in one element": "<td>"
    + "".join(f'<a href="{n}.html">{TITLE}</a> 2020-01-01 ' for n in range(2000))
    + "</td>",
    "one link again and again": "<td>" + f'<a href="1.html">{TITLE}</a> ' * 10_000,
    "links": "".join(f'<li><a href="{n}.html">{TITLE}</a></li>' for n in range(MOST_LINKS + 1)),
    "elements in elements": "<div>" * 50_000,
    "records without an end": "<record><![CDATA[" * 30_000,
    "groups without an end": "<nextgroup>" * 100_000,
    "a title of a megabyte": f'<a href="1.html">{"2020年报告" * 80_000}</a>',
    "tables in tables": "<table><tr><td>" * 100 + "<table><tr><td>1</td></tr>" * 5_000,
    "pictures": '<div class="zoom">' + '<img src="a.png" width="9999">' * 20_000,
    "files": '<a href="a.pdf">附件</a><iframe src="b.pdf"></iframe>' * 10_000,
}


@pytest.mark.parametrize("name", HEAVY)
def test_look_at_a_page_takes_time_by_its_size(name):
    data = f"<html>{HEAVY[name]}".encode()
    start = time.process_time()
    for kind in ("list", "report", "attachment"):
        classify(kind, f"https://{HOST}/a.html", 200, data)
    without_tags(data.decode())
    facts = list_facts((f"https://{HOST}/nb/", data[:LIST_BYTES], len(data)))
    page = Page(f"https://{HOST}/nb/", "ok", facts)
    row = portal(HOST, "trs_static", "/nb/")
    list(announcements(row, page))
    list(own_report(row, page))
    sub_lists(page, page.url)
    paging_links(page, page)
    shown(page)
    found = report_page((page.url, data))
    assert time.process_time() - start < ENOUGH
    assert len(facts.anchors) <= MOST_LINKS
    assert found is None or len(found.attachments) <= MOST_ATTACHMENTS


def expressions():
    """Every regular expression of the modules that look at the text of a list, with its place."""
    for package in ("extract.portals.lists", "extract.portals.families", "extract.fetching"):
        for module in iter_modules([str(ROOT / package.replace(".", "/"))]):
            loaded = import_module(f"{package}.{module.name}")
            for name, value in vars(loaded).items():
                values = [member for entry in value for member in entry] if name == "TRACES" else [value]
                for number, one in enumerate(values):
                    if isinstance(one, re.Pattern) and isinstance(one.pattern, str):
                        yield f"{module.name}.{name}.{number}", one


@pytest.mark.parametrize(("place", "expression"), [pytest.param(*one, id=one[0]) for one in expressions()])
def test_expression_takes_time_by_the_length_of_its_text(place, expression):
    """Texts made of the expression's own words, again and again, are what would make it work in squares."""
    words = re.findall(r"[A-Za-z<>_/]{2,}|[\u4e00-\u9fff]{1,6}", expression.pattern)[:6] or ["a"]
    fillers = ("", " ", "a", "1", "/a", "{", "['", "=", ": ", "(")
    start = time.process_time()
    for filler in fillers:
        expression.search(filler * 10_000 + "!")
        for word in words:
            list(expression.finditer((word + filler) * 2_000 + "!"))
            expression.search(word + filler * 10_000 + "!")
    assert time.process_time() - start < ENOUGH / 3


def never_ends(asked):
    while True:
        pass


def test_page_that_gets_stuck_costs_itself_and_not_its_portal(tmp_path, monkeypatch):
    pages = Apart(2, 3.0, 1024)

    def apart(function, argument):
        stuck = b"class='stuck'" in argument[1]
        return pages.call("tests.test_heavy_pages:never_ends" if stuck else function, argument)

    monkeypatch.setattr(host_job, "apart", apart)
    other = "www.shili2.gov.cn"
    with PortalServer() as server, Archive(tmp_path, write=True) as archive:
        entries = "".join(f'<li><a href="{n}.html">示例市20{n}年政府信息公开工作年度报告</a></li>' for n in (19, 20))
        server.add(HOST, "/nb/", f"<html>{entries}<script>createPageHTML(2, 0, 'index', 'html')</script></html>")
        server.add(HOST, "/nb/index_1.html", f"<html class='stuck'>{entries}</html>")
        server.add(HOST, "/nb/19.html", page_of_report("示例市2019年政府信息公开工作年度报告"))
        server.add(HOST, "/nb/20.html", page_of_report("示例市2020年政府信息公开工作年度报告"))
        server.add(other, "/nb/", "<html class='stuck'></html>")
        rows = [portal(HOST, "trs_static", "/nb/"), portal(other, "trs_static", "/nb/", code="990102")]
        summary = crawl(rows, archive, host_map=server.host_map)
        reports = archive.records(kind="report", outcome="ok")
        lists = archive.records(kind="list", outcome="ok")
    assert [record.url[-7:] for record in reports] == ["19.html", "20.html"]
    assert {record.url for record in lists} >= {f"https://{HOST}/nb/index_1.html", f"https://{other}/nb/"}
    stuck = {failure.url for failure in summary.failures if "could not be taken apart" in failure.reason}
    assert stuck == {f"https://{HOST}/nb/index_1.html", f"https://{other}/nb/"}
    pages.close()


def test_list_beyond_its_limits_is_read_in_part_and_told(tmp_path):
    with PortalServer() as server, Archive(tmp_path, write=True) as archive:
        more = "<li><a href='/x'>x</a></li>" * (MOST_LINKS + 1)
        server.add(HOST, "/nb/", f'<html><li><a href="1.html">{TITLE}</a></li>{more}</html>')
        server.add(HOST, "/nb/1.html", page_of_report(TITLE))
        summary = crawl([portal(HOST, "trs_static", "/nb/")], archive, host_map=server.host_map)
        assert [record.url for record in archive.records(kind="report", outcome="ok")] == [f"https://{HOST}/nb/1.html"]
    assert [(failure.outcome, f"more than {MOST_LINKS} links" in failure.reason) for failure in summary.failures] == [
        ("incomplete_list", True)
    ]
