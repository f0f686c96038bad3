"""广东 gkmlpt: a page that a script fills, over a JSON interface of 100 entries a page.

``/gkmlpt/index`` holds ``window._CONFIG`` with the site's ``SID`` and its ``TREE`` of categories;
``/gkmlpt/api/all/{category}?page=N&sid=SID`` gives ``{total, articles: […]}``. Some servers count pages from 0, some
from 1, and some give page 1 for both: entries are told apart by their id.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urljoin, urlsplit

from extract.fetching.urls import absolute
from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.link_titles import clean, is_column_title, is_report_title, year_of_title
from extract.portals.lists.list_page import MOST_PAGES, Fetch, Page, entries_of, incomplete, iso_date, json_of

SID = re.compile(r"['\"]?\bSID\b['\"]?\s*:\s*['\"]?(\d+)")
# A node of TREE, wherever it stands: {"id":2629,"name":"政府信息公开年报",…} with its keys in either order.
NODE = re.compile(r"\{([^{}\[\]]+)")
ID = re.compile(r"\bid['\"]?\s*:\s*['\"]?(\d+)")
NAME = re.compile(r"\bname['\"]?\s*:\s*(\"(?:[^\"\\]|\\.)*\")")
LONGEST_NODE = 2000  # characters
BEIJING = timezone(timedelta(hours=8))
LAST_SECOND = 4_102_444_800  # the year 2100; what is larger are milliseconds or no time


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the category of annual reports."""
    first = fetch(portal.list_url.partition("#")[0])
    if first.outcome != "ok":
        return
    base = first.url.partition("/gkmlpt/")[0] + "/gkmlpt/"
    config = first if SID.search(first.text) else fetch(urljoin(base, "index"))
    sid = portal.params.get("sid") or (SID.search(config.text) or ["", ""])[1]
    fragment = urlsplit(portal.list_url).fragment
    category = portal.params.get("category_id") or (fragment if fragment.isdigit() else None) or _category(config)
    if not sid or not category:
        incomplete(first, f"{'no SID' if not sid else 'no category of annual reports'} in the page's configuration")
        return
    seen: set[str] = set()
    total = 0
    # 1 first: where pages count from 0, page 1 is the second and page 0 is asked for at the end.
    for number in [*range(1, MOST_PAGES + 1)]:
        fresh, total = _articles(fetch, base, category, sid, number, seen)
        yield from _reports(portal, base, fresh)
        if not fresh or len(seen) >= total:
            break
    if len(seen) < total:
        fresh, total = _articles(fetch, base, category, sid, 0, seen)
        yield from _reports(portal, base, fresh)
    if len(seen) < total:
        incomplete(first, f"the category claims {total} entries, {len(seen)} were given")


def _articles(
    fetch: Fetch, base: str, category: str, sid: str, number: int, seen: set[str]
) -> tuple[list[dict[str, Any]], int]:
    page = fetch(urljoin(base, f"api/all/{category}?page={number}&sid={sid}"))
    data = json_of(page)
    if not isinstance(data, dict) or "articles" not in data:
        incomplete(page, f"page {number} of the category gave {page.outcome}, no list")
        return [], 0
    total = whole_number(data.get("total")) or 0
    fresh = []
    for article in entries_of(data["articles"]):
        key = str(article.get("id") or article.get("url"))
        if key not in seen:
            seen.add(key)
            fresh.append(article)
    return fresh, total


def _reports(portal: Portal, base: str, articles: list[dict[str, Any]]) -> Iterator[ReportLink]:
    for article in articles:
        title = clean(re.sub("<[^<>]+>", "", str(article.get("title") or "")))
        url = absolute(base, str(article.get("post_url") or article.get("url") or ""))
        if url is not None and is_report_title(title, column=True):
            yield ReportLink(portal.portal_id, url, title, _date(article), year_of_title(title))


def _date(article: dict[str, Any]) -> str | None:
    """Return the date of publication: text, or seconds since 1970 shown in Beijing time."""
    for name in ("display_publish_time", "first_publish_time", "date", "create_time"):
        value = str(article.get(name) or "")
        if match := re.match(r"(\d{4})-(\d{1,2})-(\d{1,2})", value):
            return iso_date(*match.groups())
        seconds = whole_number(value)
        if seconds is not None and 10**8 < seconds < LAST_SECOND:
            return datetime.fromtimestamp(seconds, BEIJING).date().isoformat()
    return None


def _category(config: Page) -> str | None:
    for match in NODE.finditer(config.text):
        node = match[1][:LONGEST_NODE]
        number, name = ID.search(node), NAME.search(node)
        if number is None or name is None:
            continue
        try:
            if is_column_title(json.loads(name[1])):
                return number[1]
        except ValueError:
            continue
    return None
