"""The Anhui openness platform (also in parts of 甘肃, 湖北, 四川 and 青海): ``/public/column/{organ}?type=3``.

``type=3`` is the organisation's column of annual reports. It shows its reports as a list, or as a row of years
(``title=2021`` or ``timeFrame=2021``) each of which shows one report in full. Longer lists turn their pages through
``/site/label/8888?labelName=publicInfoList``, which gives the entries as HTML, by page number from 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import MOST_PAGES, Fetch, Page, announcements, incomplete, own_report, page_tag

MOST_YEARS = 60
PAGE_COUNT = re.compile(r"\bpageCount\s*[:=]\s*['\"]?(\d+)", re.I)
PAGE_SIZE = re.compile(r"\bpageSize\s*[:=]\s*['\"]?(\d+)", re.I)
SITE_ID = re.compile(r"\bsiteId\s*[:=]\s*['\"]?(\d+)", re.I)
CATEGORY = re.compile(r"\bcatId\s*[:=]\s*['\"]?(\d+)", re.I)
LABEL_FILE = re.compile(r"\bfile\s*[:=]\s*['\"]?(/[\w/.%-]+)", re.I)


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the column: listed on it, on the label's further pages, and shown under its years."""
    first = fetch(portal.list_url)
    if first.outcome != "ok":
        return
    yield from announcements(portal, first)
    yield from own_report(portal, first)
    for page in label_pages(portal, first, fetch):
        yield from announcements(portal, page)
    years = year_pages(portal, first)
    if len(years) > MOST_YEARS:
        incomplete(first, f"the column names {len(years)} years; the first {MOST_YEARS} were read")
    for url in years[:MOST_YEARS]:
        page = fetch(url)
        if page.outcome != "ok":
            incomplete(page, f"a year of the column gave {page.outcome}")
            continue
        yield from own_report(portal, page)
        yield from announcements(portal, page)


def label_pages(portal: Portal, first: Page, fetch: Fetch) -> Iterator[Page]:
    """Yield the label's pages from the second on, as many as the column says it has."""
    count = PAGE_COUNT.search(first.text)
    total = whole_number(count[1]) or 1 if count else 1
    if total <= 1:
        return
    site = page_tag(first, "SiteId") or (SITE_ID.search(first.text) or ["", ""])[1]
    organ = portal.params.get("organ_id") or (re.search(r"/public/column/(\d+)", first.url) or ["", ""])[1]
    query = {
        "labelName": "publicInfoList",
        "siteId": portal.params.get("site_id", site),
        "organId": organ,
        "type": "3",
        "pageSize": (PAGE_SIZE.search(first.text) or ["", "15"])[1],
        "action": "list",
        "isDate": "true",
        "dateFormat": "yyyy-MM-dd",
    }
    if category := portal.params.get("cat_id") or (CATEGORY.search(first.text) or ["", ""])[1]:
        query["catId"] = category
    if file := LABEL_FILE.search(first.text):
        query["file"] = file[1]
    before = ""
    for number in range(2, min(total, MOST_PAGES) + 1):
        page = fetch(urljoin(first.url, f"/site/label/8888?{urlencode({**query, 'pageIndex': str(number)})}"))
        if page.outcome not in ("ok", "empty_list"):
            incomplete(page, f"page {number} of {total} gave {page.outcome}")
            return
        if page.text == before:
            return
        before = page.text
        yield page


def year_pages(portal: Portal, first: Page) -> list[str]:
    """Return the addresses behind the column's row of years."""
    found: dict[str, None] = {}
    column = urlsplit(first.url).path
    for url in dict.fromkeys(anchor.url for anchor in first.anchors):
        if url is None or urlsplit(url).path != column:
            continue
        if {"title", "timeFrame"} & parse_qs(urlsplit(url).query).keys() and url != first.url:
            found[url] = None
    return list(found)
