"""What one host, one file or one unfinished page costs: itself, and never a report beside it."""

from datetime import timedelta

import pytest

from extract.archiving.archive import Archive
from extract.fetching.fetch import Fetcher
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal, report_page
from transform.tables.coverage import coverage_rows

HOST, DEAD, OTHER = "www.shili.gov.cn", "www.si.gov.cn", "www.shili2.gov.cn"
YEARS = range(2014, 2024)


@pytest.fixture
def server():
    with PortalServer() as running:
        yield running


def run(server, folder, **options):
    with Archive(folder, write=True) as archive:
        summary = crawl(
            [portal(HOST, "trs_static", "/nb/", code="990102")], archive, host_map=server.host_map, **options
        )
        return summary, archive.records()


def title_of(year):
    return f"示例市{year}年政府信息公开工作年度报告"


def list_of_reports(server, extra=""):
    entries = "".join(f'<li><a href="{year}.html">{title_of(year)}</a></li>' for year in YEARS)
    server.add(HOST, "/nb/", f"<html><ul>{entries}</ul></html>")
    for year in YEARS:
        server.add(HOST, f"/nb/{year}.html", report_page(title_of(year), extra=extra if year == YEARS[0] else ""))


def reports_of(records):
    return {record.url.rsplit("/", 1)[-1] for record in records if record.kind == "report" and record.outcome == "ok"}


def links(host, count=3):
    return "".join(f'<a href="https://{host}/f{number}.pdf">附件{number}</a>' for number in range(count))


ALL = {f"{year}.html" for year in YEARS}


def test_dead_host_of_three_files_keeps_no_report_from_being_fetched(server, tmp_path):
    list_of_reports(server, links(DEAD, 5))
    server.add(DEAD, "*", Answer(raw=b"", reset=True))
    summary, records = run(server, tmp_path)
    assert reports_of(records) == ALL
    lost = [failure for failure in summary.failures if DEAD in failure.url]
    assert len(lost) == 5 and len(summary.failures) == 5
    assert sum("unanswered" in failure.reason for failure in lost) == 2


def test_files_that_may_not_be_asked_for_are_no_failures_of_the_host(server, tmp_path):
    list_of_reports(server, "".join(f'<a href="/files/f{number}.pdf">附件{number}</a>' for number in range(5)))
    server.add(HOST, "/robots.txt", Answer("User-agent: *\nDisallow: /files/\n", content_type="text/plain"))
    summary, records = run(server, tmp_path)
    assert reports_of(records) == ALL
    assert {(failure.outcome, failure.reason) for failure in summary.failures} == {
        ("gated", "not asked: robots.txt does not allow it")
    }


def test_portal_that_forbids_everything_is_gated(server, tmp_path):
    list_of_reports(server)
    server.add(HOST, "/robots.txt", Answer("User-agent: *\nDisallow: /\n", content_type="text/plain"))
    for _ in range(2):
        summary, records = run(server, tmp_path)
        assert [failure.outcome for failure in summary.failures] == ["gated"]
    assert set(server.asked) == set()
    assert {record.outcome for record in records if record.kind == "list"} == {"gated"}
    rows = coverage_rows(records, [], years=[2020])
    assert [row["status"] for row in rows if row["evidence"].startswith("https")] == ["gated"]


def test_what_was_never_tried_comes_before_what_failed(server, tmp_path):
    """The budget of a run is spent on the first reports again and again, unless those that failed wait."""
    list_of_reports(server)
    for year in list(YEARS)[:5]:
        server.add(HOST, f"/nb/{year}.html", Answer("busy", 500))
    for _ in range(2):
        fetcher = Fetcher(rate=0, host_map=server.host_map, attempts=1)
        _, records = run(server, tmp_path, budget=7, fetcher=fetcher)
    assert reports_of(records) == {f"{year}.html" for year in list(YEARS)[5:]}


TEMPLATE = (
    '<div class="head"><img src="/logo.png"><a href="/">首页</a><a href="/zwgk/">政务公开</a></div>{}'
    "<div>版权所有：示例市人民政府办公室，主办单位：示例市政务服务和数据管理局，技术支持：示例信息中心，未经许可不得转载。</div>"
)
#: Texts of our own; what decides is what the pages lack, so that any other words would do as well.
NOT_YET = [
    "系统忙，请过一会儿再来。",
    "本站正在维护，恢复时间另行通知。",
    "内容审核中。",
    "该文件整理完毕后将在此处登载，感谢您的耐心。",
    "Service is busy",
    "当前人数过多",
    "数据迁移期间，历史栏目不能查看。",
    "",
    "<table><tr><td>提示</td></tr><tr><td>请稍后</td></tr></table>",
    "<script>var a = '.pdf';</script>加载中",
]


@pytest.mark.parametrize("in_template", [False, True], ids=["bare", "in the template"])
def test_page_without_a_report_is_asked_for_again_and_never_a_document(server, tmp_path, in_template):
    """In any words, bare or inside the site's template, under the report's title or not."""
    shape = TEMPLATE if in_template else "{}"
    texts = dict(zip(range(2010, 2010 + len(NOT_YET)), NOT_YET, strict=True))
    entries = "".join(f'<li><a href="{year}.html">{title_of(year)}</a></li>' for year in texts)
    server.add(HOST, "/nb/", f"<html><body>{shape.format(f'<ul>{entries}</ul>')}</body></html>")
    for year, text in texts.items():
        body = shape.format(f"<h1>{title_of(year)}</h1><p>{text}</p>" if year % 2 else f"<p>{text}</p>")
        server.add(HOST, f"/nb/{year}.html", f"<html><body>{body}</body></html>")
    summary, records = run(server, tmp_path)
    assert reports_of(records) == set()
    assert [(alarm.kind, alarm.years) for alarm in summary.alarms] == [("not_yet", tuple(texts))]
    assert len(summary.failures) == len(texts)
    assert {row["status"] for row in coverage_rows(records, [], years=[2015]) if row["unit_id"]} <= {
        "unreachable",
        "not_tried",
    }
    for year in texts:
        server.add(HOST, f"/nb/{year}.html", f"<html>{shape.format(report_page(title_of(year)))}</html>")
    summary, records = run(server, tmp_path)
    assert reports_of(records) == {f"{year}.html" for year in texts}
    assert summary.ok and not summary.alarms


PARAGRAPH = "全年围绕群众关心的事项做好公开工作，回应社会关切，完善目录，规范程序，加强培训，各项任务按期完成。"
SHORT_REPORTS = {
    "a table of a form": "<table><tr><th>项目</th><th>件数</th></tr><tr><td>收到申请</td><td>3</td></tr></table>",
    "a blank form": "<table>" + "<tr><td>指标甲</td><td>指标乙</td><td></td></tr>" * 5 + "</table>",
    "a file": '<a href="nb.pdf">下载</a>',
    "a frame": '<iframe src="/viewer?id=1"></iframe>',
    "a picture": '<img src="/upload/2020/1.jpg">',
    "a sentence with figures": "<p>本机关全年主动公开信息12条。</p>",
    "text": f"<p>{PARAGRAPH}</p>" * 8,
    "flattened cells": "<br>".join(f"指标{number} {number}" for number in range(200)),
    "a file named in a field": '<input type="hidden" value="/upload/2020/nb.docx">',
}


@pytest.mark.parametrize("name", SHORT_REPORTS)
def test_short_report_is_kept(server, tmp_path, name):
    body = TEMPLATE.format(f'<ul><li><a href="1.html">{title_of(2020)}</a></li></ul>')
    server.add(HOST, "/nb/", f"<html><body>{body}</body></html>")
    server.add(HOST, "/nb/1.html", f"<html><body>{TEMPLATE.format(SHORT_REPORTS[name])}</body></html>")
    summary, records = run(server, tmp_path)
    assert reports_of(records) == {"1.html"} and not summary.alarms


def test_report_that_is_archived_stays_when_its_page_is_busy_for_once(server, tmp_path):
    list_of_reports(server)
    run(server, tmp_path)
    server.add(HOST, "/nb/2014.html", "<html>系统忙</html>")
    _, records = run(server, tmp_path, recheck=timedelta(0))
    last = [record for record in records if record.url.endswith("/2014.html")]
    assert (last[0].outcome, last[-1].outcome) == ("ok", "not_yet")
    with Archive(tmp_path) as archive:
        assert archive.latest(f"https://{HOST}/nb/2014.html").document_id == last[0].document_id
