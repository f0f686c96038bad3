"""开普云 UCAP: ``/gsq/c100549/list.shtml`` with ``list_2.shtml``, or a list that a script fills from JSON.

The script asks ``/common/search/{channel}?_isAgg=true&_isJson=true&_pageSize=&page=`` (also ``/search/`` and
``/searchList/``), pages from 1; the server caps the page size, so the pages it gives are counted, not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode, urljoin

from extract.fetching.urls import absolute
from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.link_titles import clean, is_report_title, year_of_title
from extract.portals.lists.list_page import (
    MOST_PAGES,
    Fetch,
    Page,
    announcements,
    entries_of,
    incomplete,
    iso_date,
    json_of,
)
from extract.portals.lists.paging import pages

CHANNEL = re.compile(r"((?:/common)?/search(?:List)?)/([0-9a-f]{32})", re.I)
CHANNEL_TAG = re.compile(r"\bchannel_?id['\"]?\s*(?:content\s*)?[:=]\s*['\"]([0-9a-f]{32})['\"]", re.I)


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the list's pages; where they show none, those of its channel's JSON."""
    found = False
    first: Page | None = None
    for page in pages(fetch, portal.list_url, second=2):
        first = first or page
        for link in announcements(portal, page):
            found = True
            yield link
    if first is not None and (not found or CHANNEL.search(first.text)):
        yield from _channel(portal, first, fetch)


def _channel(portal: Portal, first: Page, fetch: Fetch) -> Iterator[ReportLink]:
    match, tag = CHANNEL.search(first.text), CHANNEL_TAG.search(first.text)
    channel = portal.params.get("channel_id") or (match[2] if match else None) or (tag[1] if tag else None)
    if channel is None:
        return
    path = match[1] if match else "/common/search"
    seen: set[str] = set()
    total = 0
    for number in range(1, MOST_PAGES + 1):
        query = {"_isAgg": "true", "_isJson": "true", "_pageSize": "20", "_template": "index", "page": str(number)}
        page = fetch(urljoin(first.url, f"{path}/{channel}?{urlencode(query)}"))
        answer = json_of(page)
        data = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(data, dict) or "results" not in data:
            incomplete(page, f"page {number} of the channel gave {page.outcome}, no list")
            return
        total = whole_number(data.get("total")) or 0
        fresh = [item for item in entries_of(data["results"]) if str(item.get("url")) not in seen]
        if not fresh:
            break
        for item in fresh:
            seen.add(str(item.get("url")))
            title, url = clean(str(item.get("title") or "")), absolute(page.url, str(item.get("url") or ""))
            title = re.sub("<[^<>]+>", "", title)
            if url is not None and is_report_title(title, column=True):
                date = re.match(r"(\d{4})-(\d\d)-(\d\d)", str(item.get("publishedTimeStr") or ""))
                published = iso_date(*date.groups()) if date else None
                yield ReportLink(portal.portal_id, url, title, published, year_of_title(title))
        if len(seen) >= total:
            return
    if len(seen) < total:
        incomplete(first, f"the channel claims {total} entries, {len(seen)} were given")
