"""博达 VSB: the list's first page is ``nb.htm``, its second ``nb/23.htm``: the numbers count down to ``nb/1.htm``.

Numbers below a page are fixed for ever (new entries make a new highest number), so only the links tell the way.
Where the links are missing, the count on the page (``1/24``) does: page 2 of 24 is ``nb/23.htm``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import MOST_PAGES, Fetch, Page, announcements, incomplete
from extract.portals.lists.paging import linked_pages, paging_links, shown

COUNT = re.compile(
    r"(?:第|页次[:：]?|\b)1\s*/\s*(\d{1,3})(?:页|\b)|_simple_list_gotopage_fun\((\d+)|共\s*(\d{1,3})\s*页"
)


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the list's pages."""
    first = fetch(portal.list_url)
    if first.outcome != "ok":
        return
    yield from announcements(portal, first)
    further = linked_pages(fetch, first) if paging_links(first, first) else _counted_pages(fetch, first)
    for page in further:
        yield from announcements(portal, page)


def _counted_pages(fetch: Fetch, first: Page) -> Iterator[Page]:
    match = COUNT.search(first.facts.words) or COUNT.search(first.text)
    count = whole_number(match[1] or match[2] or match[3]) or 1 if match else 1
    name = urlsplit(first.url).path.rsplit("/", 1)[-1].removesuffix(".htm")
    seen: set[str] = set(shown(first))
    for number in range(min(count, MOST_PAGES) - 1, 0, -1):
        page = fetch(urljoin(first.url, f"{name}/{number}.htm"))
        if page.outcome != "ok":
            incomplete(page, f"page {count - number + 1} of {count} gave {page.outcome}")
            return
        if shown(page) <= seen:
            return
        seen |= shown(page)
        yield page
