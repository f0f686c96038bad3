"""The sample portal's files: every publication under its address, the lists that announce them, and the routing table.

In: publications. Out: ``{path under data/sample: bytes}`` of ``site/``, ``routes.json`` and ``portals.csv``. Addresses with a
query lie under ``_query/`` of their host, which no address reaches by itself.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256

from .dice import Dice
from .docx_file import docx_file
from .html_page import Markup, body_html
from .pages import Entry, Site, article_page, jpage_list, list_page, openness_list, openness_years, static_lists
from .pdf_file import pdf_file
from .publications import Publication
from .report import Paragraph, report_blocks

PORTAL_COLUMNS = (
    "portal_id",
    "jurisdiction_code",
    "host",
    "family",
    "list_url",
    "params",
    "site_id_code",
    "grade",
    "valid_from",
    "valid_to",
    "synthetic",
    "evidence",
    "last_verified",
)
COLUMN = "政府信息公开年报"


@dataclass(frozen=True)
class Column:
    """One column of one portal: a row of the registry. ``place`` is its directory, jpage column id or organ id."""

    code: str
    family: str
    place: str
    site: Site
    grade: str = "A"
    valid_from: int | None = None
    valid_to: int | None = None
    evidence: str = "invented"
    articles: str = ""  # real hosts: where the report stands, relative to the list; "{year}" is filled in
    list_path: str = ""  # real hosts whose list address is no directory of the family's kind

    def takes(self, publication: Publication) -> bool:
        return publication.host == self.site.host and (self.valid_from or 0) <= publication.year <= (
            self.valid_to or 9999
        )


def _invented(code: str, family: str, place: str, host: str, name: str, scheme: str = "http", **more) -> Column:
    gbk = {"charset": "gbk", "declared": "gb2312"} if more.pop("gbk", False) else {}
    return Column(
        code, family, place, Site(host, name, f"{more.pop('site_code', code)}0001", scheme=scheme, **gbk), **more
    )


def _real(
    code: str, family: str, place: str, host: str, name: str, scheme: str, grade: str, evidence: str, **more
) -> Column:
    return Column(code, family, place, Site(host, name, scheme=scheme), grade, evidence=evidence, **more)


COLUMNS = (
    _invented("990100", "trs_static", "/zwgk/zfxxgk/zfxxgknb/", "www.shilishi-99.gov.cn", "示例市人民政府网", "https"),
    _invented("990102", "hanweb_jpage", "1229700102", "www.dongliqu-99.gov.cn", "东例区人民政府网"),
    _invented("990103", "trs_static", "/xxgk/zfxxgknb/", "www.xiliqu-99.gov.cn", "西例区人民政府网"),
    _invented("990104", "longxun", "990104", "www.nanliqu-99.gov.cn", "南例区人民政府网", "https"),
    _invented("990105", "hanweb_jpage", "1229700105", "www.beiliqu-99.gov.cn", "北例区人民政府网", valid_to=2020),
    _invented("990106", "longxun", "990106", "www.yanghequ-99.gov.cn", "样河区人民政府网", "https"),
    _invented(
        "990107",
        "trs_static",
        "/zwgk/xxgknb/",
        "www.linfanqu-99.gov.cn",
        "临范区人民政府网",
        gbk=True,
        valid_to=2019,
        site_code="990117",
    ),
    _invented(
        "990117",
        "trs_static",
        "/zfxxgk/fdzdgknr/zfxxgknb/",
        "www.linfanqu-99.gov.cn",
        "临范区人民政府网",
        gbk=True,
        valid_from=2020,
    ),
    _invented("990108", "hanweb_jpage", "1229700108", "www.xinyangqu-99.gov.cn", "新样区人民政府网", valid_from=2019),
    _invented("990109", "longxun", "990109", "www.gaoliqu-99.gov.cn", "高例区人民政府网"),
    _real(
        "340102",
        "longxun",
        "13741",
        "www.hfyaohai.gov.cn",
        "瑶海区人民政府",
        "https",
        "C",
        "list: the platform's pattern, organ id seen on a report's page; year page: the platform's title= parameter",
    ),
    _real(
        "310000",
        "trs_static",
        "/nw12344/",
        "www.shanghai.gov.cn",
        "上海市人民政府",
        "https",
        "B",
        "list: directory of real reports; article address ours",
        articles="sample-office-2019.html",
    ),
    _real(
        "320800",
        "trs_static",
        "/col/4122_231438/",
        "www.huaian.gov.cn",
        "淮安市人民政府",
        "http",
        "B",
        "list: directory of the report; article address true",
        articles="art/17383392/17404450095975A5KfNzE.html",
    ),
    _real(
        "320813",
        "trs_static",
        "/col/1167_462443/",
        "www.hongze.gov.cn",
        "洪泽区人民政府",
        "http",
        "B",
        "list: directory of the report on 2024; article address ours",
        articles="art/sample-2023.html",
    ),
    _real(
        "320831",
        "trs_static",
        "/",
        "www.jinhu.gov.cn",
        "金湖县人民政府",
        "http",
        "D",
        "portal address only; article address ours",
        articles="sample-2023.html",
    ),
    _real(
        "321300",
        "trs_static",
        "/cnsq/gknb/",
        "www.suqian.gov.cn",
        "宿迁市人民政府",
        "http",
        "B",
        "list: directory of the report on 2021; article address ours",
        articles="sample-2023.shtml",
    ),
)
HTML_CONTENT_TYPE = {
    "www.linfanqu-99.gov.cn": "text/html; charset=ISO-8859-1",  # wrong, as servers' defaults are
    "www.shilishi-99.gov.cn": "text/html; charset=UTF-8",
    "www.gaoliqu-99.gov.cn": "text/html;charset=UTF-8",
}
NOISE = (
    ("政府信息公开指南", "2019-11-08"),
    ("关于做好{year}年政府信息公开工作年度报告编制工作的通知", "2020-12-14"),
    ("{year}年政府网站工作年度报表", "2021-01-19"),
    ("政府信息公开目录", "2016-05-05"),
)


@dataclass
class _Files:
    """What has been made so far."""

    files: dict[str, bytes] = field(default_factory=dict)
    routes: list[dict] = field(default_factory=list)
    addresses: dict[int, list[str]] = field(default_factory=dict)  # by the publication's place in the list

    def add(self, site: Site, path: str, data: str | bytes) -> None:
        if isinstance(data, str):
            data = data.encode(site.charset)
        name = f"site/{site.host}/{path.lstrip('/')}"
        if self.files.setdefault(name, data) != data:
            raise ValueError(f"two files at {name}")

    def route(self, site: Site, path: str, query: dict[str, str], data: str | bytes, name: str, **more) -> None:
        self.add(site, f"_query/{name}", data)
        self.routes.append({"host": site.host, "path": path, "query": query, "file": f"_query/{name}", **more})


def portal_files(publications: list[Publication], *, pdf: bool = True) -> tuple[dict[str, bytes], dict[int, list[str]]]:
    """Return the sample portal's files and the addresses of each publication (page first, then its file).

    ``pdf``: False leaves the PDF files out, where the font to make them is not installed.
    """
    made = _Files()
    for column in COLUMNS:
        entries: list[Entry] = []
        for place, publication in enumerate(publications):
            if column.takes(publication):
                made.addresses[place] = []
                entries += _publish(made, column, publication, made.addresses[place], pdf)
        if column.site.id_code:
            entries += _noise(made, column)
        _list(made, column, sorted(entries, key=lambda entry: (entry.day or "", entry.href), reverse=True))
    robots = "User-agent: *\nDisallow: /admin/\n"
    made.add(
        COLUMNS[0].site, "robots.txt", b"\xef\xbb\xbf" + robots.encode()
    )  # a byte order mark, as seen on real hosts
    made.files["routes.json"] = _json({"html_content_type": HTML_CONTENT_TYPE, "routes": made.routes})
    made.files["portals.csv"] = _portals()
    return dict(sorted(made.files.items())), made.addresses


def _publish(
    made: _Files, column: Column, publication: Publication, addresses: list[str], pdf: bool
) -> Iterable[Entry]:
    report, day = publication.report, publication.published_on
    files = []
    in_page = publication.carrier == "html"
    if not in_page:
        name = f"{report.title}.{publication.carrier}"
        blocks = report_blocks(report)
        path, href = _attachment(column, publication, name)
        data = docx_file(blocks) if publication.carrier == "docx" else pdf_file(blocks, report.title) if pdf else None
        _store(made, column, path, data)
        files.append((href, name))
    body = report_blocks(report, with_tables=in_page)[1:]
    if not in_page:
        body = [block for block in body if isinstance(block, Paragraph)]
    html = body_html(list(body), publication.markup)
    page = article_page(column.site, report.title, day, publication.publisher, html, files)
    for number, published in enumerate((day, *publication.copies)):
        copy = (
            page
            if number == 0
            else page.replace(f"{day} 09:30", f"{published} 16:05").replace(
                f"发布日期：{day}", f"发布日期：{published}"
            )
        )
        path, entry = _article(column, publication, published, number)
        _store_article(made, column, publication, path, copy)
        addresses.append(_absolute(column, entry.href))
        if entry.title:
            yield entry
    if files:
        addresses.append(
            _absolute(column, files[0][0]) if column.family != "trs_static" else _beside(addresses[0], files[0][0])
        )


def _article(column: Column, publication: Publication, day: str | None, number: int) -> tuple[str, Entry]:
    """Return the path of a report's page and how the list announces it."""
    title = publication.report.title
    if column.articles:
        return column.place + column.articles, Entry("./" + column.articles, title, day)
    if column.family == "longxun" and not column.site.id_code:
        # The year page of the column is the report; the list announces years, not articles.
        return "", Entry(f"/public/column/{column.place}?type=3&title={publication.year}", "", None)
    assert day
    return _address(column, day, title, f"{publication.version}/{number}")


def _address(column: Column, day: str, title: str, which: str) -> tuple[str, Entry]:
    year, month, date = day.split("-")
    number = Dice("article", column.site.host, title, which)(10_000_000, 99_999_999)
    if column.family == "trs_static":
        href = f"./{year}{month}/t{year}{month}{date}_{number}.html"
        return column.place + href[2:], Entry(href, title, day)
    if column.family == "hanweb_jpage":
        path = f"/art/{year}/{int(month)}/{int(date)}/art_{column.place}_{number}.html"
    else:
        path = f"/public/{column.place}/{number}.html"
    return path, Entry(path, title, day)


def _store_article(made: _Files, column: Column, publication: Publication, path: str, page: str) -> None:
    if path:
        made.add(column.site, path, page)
    else:
        query = {"type": "3", "title": str(publication.year)}
        made.route(
            column.site, f"/public/column/{column.place}", query, page, f"column-{column.place}-{publication.year}.html"
        )


def _attachment(column: Column, publication: Publication, name: str) -> tuple[str, str]:
    """Return the path of a report's file and the address its page links to."""
    digest = sha256(f"{column.site.host}/{name}".encode()).hexdigest()
    suffix = "." + publication.carrier
    day = (publication.published_on or f"{publication.year + 1}0000").replace("-", "")
    if column.family == "hanweb_jpage":
        filename = digest[:32] + suffix
        return f"_query/{filename}", f"/module/download/downfile.jsp?classid=0&filename={filename}"
    if column.family == "longxun":
        path = f"/group3/M00/{digest[0].upper()}D/8{digest[1].upper()}/wKgS{digest[2:24]}{suffix}"
        return path, path
    number = int(digest[:12], 16) % 10**12
    file = f"{'P' if suffix == '.pdf' else 'W'}0{day}{number:012d}{suffix}"
    where = _article(column, publication, publication.published_on, 0)[0].rpartition("/")[0]
    return f"{where}/{file}", f"./{file}"


def _store(made: _Files, column: Column, path: str, data: bytes | None) -> None:
    """Add a report's file (None: not made) and the route to it, where a script gives it out."""
    if data is not None:
        made.add(column.site, path, data)
    if column.family == "hanweb_jpage":
        file = path.removeprefix("_query/")
        answer = {
            "content_type": "application/octet-stream",  # what downfile.jsp answers, whatever the file is
            "disposition": f'attachment; filename="{file}"',
        }
        download = {
            "host": column.site.host,
            "path": "/module/download/downfile.jsp",
            "query": {"filename": file},
            "file": path,
        }
        made.routes.append(download | answer)


def _noise(made: _Files, column: Column) -> list[Entry]:
    """Return the list's entries that are no reports, with their pages."""
    dice = Dice("noise", column.site.host, column.place)
    entries = []
    for pattern, day in NOISE[: dice(2, 4)]:
        title = pattern.format(year=dice(2017, 2021))
        path, entry = _address(column, day, title, "noise")
        body = body_html([Paragraph("本页为样本，正文从略。")], Markup())
        made.add(column.site, path, article_page(column.site, title, day, column.site.name, body, []))
        entries.append(entry)
    return entries


def _list(made: _Files, column: Column, entries: list[Entry]) -> None:
    site = column.site
    if column.family == "trs_static":
        for name, page in static_lists(site, COLUMN, entries, 7).items():
            made.add(site, column.place + name, page)
    elif column.family == "hanweb_jpage":
        page, answer = jpage_list(site, COLUMN, column.place, entries, 5)
        made.add(site, f"/col/col{column.place}/index.html", page)
        made.route(
            site,
            "/module/web/jpage/dataproxy.jsp",
            {"columnid": column.place},
            answer,
            f"dataproxy-{column.place}.xml",
            window=True,
            content_type="text/xml; charset=utf-8",
        )
    elif site.id_code:
        here = [replace(entry, href=f"{site.scheme}://{site.host}{entry.href}") for entry in entries]
        first, *more = openness_list(site, COLUMN, column.place, here, 8)
        for number, fragment in enumerate(more, 2):
            query = {"labelName": "publicInfoList", "organId": column.place, "pageIndex": str(number)}
            made.route(site, "/site/label/8888", query, fragment, f"label-{column.place}-{number}.html")
        made.route(site, f"/public/column/{column.place}", {"type": "3"}, first, f"column-{column.place}.html")
    else:
        years = [int(route["query"]["title"]) for route in made.routes if route["host"] == site.host]
        page = openness_years(site, COLUMN, column.place, years)
        made.route(site, f"/public/column/{column.place}", {"type": "3"}, page, f"column-{column.place}.html")
    if column.place != "/":
        home = list_page(site, site.name, f'<ul><li><a href="{list_url(column)}">{COLUMN}</a></li></ul>')
        name = f"site/{site.host}/index.html"
        made.files.setdefault(name, home.replace('content="信息公开年报"', 'content="网站首页"').encode(site.charset))


def list_url(column: Column) -> str:
    """Return the address of a column's list."""
    base = f"{column.site.scheme}://{column.site.host}"
    if column.family == "trs_static":
        return base + column.place
    if column.family == "hanweb_jpage":
        return f"{base}/col/col{column.place}/index.html"
    return f"{base}/public/column/{column.place}?type=3"


def _absolute(column: Column, href: str) -> str:
    if href.startswith("./"):
        return list_url(column) + href[2:]
    return f"{column.site.scheme}://{column.site.host}{href}"


def _beside(page: str, href: str) -> str:
    return page.rpartition("/")[0] + "/" + href.removeprefix("./")


def _portals() -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, PORTAL_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for column in COLUMNS:
        site = column.site
        key = {"hanweb_jpage": "column_id", "longxun": "organ_id"}.get(column.family)
        writer.writerow(
            {
                "portal_id": f"{column.code}-{site.host}",
                "jurisdiction_code": column.code,
                "host": site.host,
                "family": column.family,
                "list_url": list_url(column),
                "params": json.dumps({key: column.place}) if key else "",
                "site_id_code": site.id_code,
                "grade": column.grade,
                "valid_from": column.valid_from or "",
                "valid_to": column.valid_to or "",
                "synthetic": str(column.code.startswith("99")).lower(),
                "evidence": column.evidence,
                "last_verified": "",
            }
        )
    return file.getvalue().encode()


def _json(table: object) -> bytes:
    return (json.dumps(table, ensure_ascii=False, indent=1) + "\n").encode()
