"""The XxgkAnnualReport family (亳州, 池州, 阜阳, parts of 内蒙古): ``/XxgkAnnualReport/`` with ``…/show/4816.html``.

Lists turn their pages as ``page_1.html``, ``page_2.html``; organisations have their own lists in a menu of links to
``/XxgkAnnualReport/showList/…``.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import MOST_PAGES, Fetch, Page, announcements, incomplete
from extract.portals.lists.paging import linked_pages, paging_links, shown

LIST = re.compile(r"/xxgkAnnualReport/(showList|list|index)\b", re.I)


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the list and of the organisations' lists it links to."""
    waiting, named = deque([portal.list_url]), {_list_of(portal.list_url)}
    while waiting:
        url = waiting.popleft()
        for page in _pages(fetch, url):
            yield from announcements(portal, page)
            for target in dict.fromkeys(anchor.url for anchor in page.anchors):
                if target is None or _list_of(target) in named or not LIST.search(urlsplit(target).path):
                    continue
                if urlsplit(target).netloc != urlsplit(url).netloc:
                    continue
                if len(named) > MOST_PAGES:
                    incomplete(page, f"more than {MOST_PAGES} lists; the others were left out")
                    return
                named.add(_list_of(target))
                waiting.append(target)


def _pages(fetch: Fetch, url: str) -> Iterator[Page]:
    first = fetch(url)
    if first.outcome != "ok":
        return
    yield first
    if paging_links(first, first):
        yield from linked_pages(fetch, first)
        return
    count = re.search(r"共\s*(\d{1,3})\s*页|totalPages?\s*[:=]\s*['\"]?(\d+)", first.text)
    seen = set(shown(first))
    total = whole_number(count[1] or count[2], MOST_PAGES) or 1 if count else 1
    for number in range(2, total + 1):
        page = fetch(urljoin(first.url, f"page_{number}.html"))
        if page.outcome != "ok":
            incomplete(page, f"page {number} gave {page.outcome}")
            return
        if shown(page) <= seen:
            return
        seen |= shown(page)
        yield page


def _list_of(url: str) -> str:
    return re.sub(r"(page_\d+|index)\.html?$", "", url)
