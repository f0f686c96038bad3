"""The pages around a report, as the three families of portal software make them, with the national page tags.

Tags: 国办发〔2017〕47号, 政府网站发展指引, 网页标签. Real hosts get no SiteIDCode, since theirs was not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Site:
    """A portal's site. ``charset`` is what its pages are encoded in, ``declared`` what they say."""

    host: str
    name: str
    id_code: str = ""
    charset: str = "utf-8"
    declared: str = "utf-8"
    scheme: str = "http"


@dataclass(frozen=True)
class Entry:
    """One line of a list: an article's address, its title and its day (None where the list prints none)."""

    href: str
    title: str
    day: str | None


def article_page(site: Site, title: str, day: str | None, source: str, body: str, files: list[tuple[str, str]]) -> str:
    """Return an article's page. ``files`` are (address, name) of what hangs on it."""
    tags = {"ArticleTitle": title, "PubDate": f"{day} 09:30" if day else "", "ContentSource": source}
    date = f'<div class="info">发布日期：{day}　来源：{escape(source)}</div>' if day else ""
    index = (
        f'<table class="xxgk-index"><tr><td>发布机构</td><td>{escape(source)}</td><td>发文日期</td><td>{day}</td></tr>'
        f"<tr><td>名称</td><td colspan=3>{escape(title)}</td></tr></table>"
        if day
        else ""
    )
    hanging = "".join(f'<p>附件：<a href="{escape(href)}">{escape(name)}</a></p>' for href, name in files)
    return _page(
        site,
        title,
        {name: text for name, text in tags.items() if text},
        f'{index}<h1>{escape(title)}</h1>{date}\n<div id="zoom" class="TRS_Editor article-content">\n{body}\n{hanging}</div>',
    )


def list_page(site: Site, column: str, entries: str, script: str = "") -> str:
    """Return a column's page around its entries."""
    tags = {
        "ColumnName": column,
        "ColumnType": "信息公开年报",
        "ColumnDescription": f"{site.name}{column}",
        "ColumnKeywords": column,
    }
    return _page(
        site, column, tags, f'<div class="position">首页 &gt; 政府信息公开 &gt; {column}</div>\n{entries}\n{script}'
    )


def _page(site: Site, title: str, tags: dict[str, str], body: str) -> str:
    of_site = {"SiteName": site.name, "SiteDomain": site.host}
    if site.id_code:
        of_site["SiteIDCode"] = site.id_code
    meta = "\n".join(f'<meta name="{name}" content="{escape(text)}">' for name, text in {**of_site, **tags}.items())
    code = f"　网站标识码：{site.id_code}" if site.id_code else ""
    menu = '<a href="/">首页</a> <a href="/zwgk/">政务公开</a>' if site.id_code else '<a href="/">首页</a>'
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html; charset={site.declared}">\n'
        f"<title>{escape(title)}_{escape(site.name)}</title>\n{meta}\n</head>\n<body>\n"
        f'<div class="header">{escape(site.name)} {menu}</div>\n'
        f'{body}\n<div class="footer">版权所有：{escape(site.name)}{code}</div>\n</body>\n</html>\n'
    )


def static_lists(site: Site, column: str, entries: list[Entry], per_page: int) -> dict[str, str]:
    """Return the pages of a static list by file name: ``index.html``, then ``index_1.html`` for page 2 and so on."""
    pages = [entries[at : at + per_page] for at in range(0, len(entries), per_page)] or [[]]
    found = {}
    for number, part in enumerate(pages):
        lines = "\n".join(_line(entry) for entry in part)
        script = f'<script>createPageHTML({len(pages)}, {number}, "index", "html");</script>'
        name = "index.html" if number == 0 else f"index_{number}.html"
        found[name] = list_page(site, column, f'<ul class="list">\n{lines}\n</ul>', script)
    return found


def jpage_list(site: Site, column: str, column_id: str, entries: list[Entry], embedded: int) -> tuple[str, str]:
    """Return a jpage column: its page with the first records embedded, and the answer of dataproxy.jsp with all of them."""
    records = [f"<record><![CDATA[{_line(entry)}]]></record>" for entry in entries]
    unit = f"unit{column_id}"
    script = (
        f'<div id="{unit}"><script type="text/xml"><datastore>\n<recordset>{"".join(records[:embedded])}</recordset>\n'
        f"</datastore></script></div>\n<script>$('#{unit}').jpage({{themeName:'default',proxyUrl:'/module/web/jpage/dataproxy.jsp',"
        f"perPage:{embedded},startAt:1,showMode:'normal',totalRecord:{len(records)},ajaxParam:{{col:1,appid:1,webid:99,path:'/',"
        f"columnid:{column_id},sourceContentType:1,unitid:'{unit}',webname:'{site.name}',permissiontype:0}}}});</script>"
    )
    answer = (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<datastore>\n<totalrecord>{len(records)}</totalrecord>"
        f"<totalpage>{-(-len(records) // embedded)}</totalpage>\n<recordset>{''.join(records)}</recordset>\n</datastore>\n"
    )
    return list_page(site, column, "", script), answer


def openness_list(site: Site, column: str, organ: str, entries: list[Entry], per_page: int) -> list[str]:
    """Return the pages of an Anhui openness column: the column's page, then what the label gives for page 2 and on."""
    pages = [entries[at : at + per_page] for at in range(0, len(entries), per_page)]
    lists = [
        '<ul class="clearfix xxgk_nav_list">\n' + "\n".join(_line(entry, "date") for entry in part) + "\n</ul>"
        for part in pages
    ]
    script = (
        f"<script>var pageCount = {len(pages)}; Ls.pagination({{pageIndex: 1, pageSize: {per_page}, siteId: 99{organ},"
        f" organId: {organ}, labelName: 'publicInfoList', file: '/xxgk/publicInfoList_newest'}});</script>"
    )
    return [list_page(site, column, lists[0], script), *lists[1:]]


def openness_years(site: Site, column: str, organ: str, years: list[int]) -> str:
    """Return the page of an Anhui openness column that shows its reports by year."""
    links = "\n".join(
        f'<li><a href="/public/column/{organ}?type=3&amp;title={year}">{year}年</a></li>' for year in years
    )
    return list_page(site, column, f'<ul class="nianbao-year">\n{links}\n</ul>')


def _line(entry: Entry, css: str = "") -> str:
    title = escape(entry.title)
    short = title if len(title) <= 24 else title[:23] + "…"
    day = f"<span{f' class={css}' if css else ''}>{entry.day}</span>" if entry.day else ""
    return f'<li><a href="{escape(entry.href)}" target="_blank" title="{title}">{short}</a>{day}</li>'
