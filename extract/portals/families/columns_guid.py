"""The 河北 platform: ``/columns/GUID/index.html`` filled from ``/columns/GUID/templates/GUID/blocks/GUID?page=N``.

The block is an HTML fragment; pages count from 1, and numbers beyond the last give the last page again or nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import MOST_PAGES, Fetch, announcements, incomplete
from extract.portals.lists.paging import linked_pages, shown

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
BLOCK = re.compile(rf"(?:/[\w-]+){{0,6}}/columns/{GUID}/templates/{GUID}/blocks/{GUID}", re.I)


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the column's own page and of its blocks' pages."""
    first = fetch(portal.list_url)
    if first.outcome != "ok":
        return
    yield from announcements(portal, first)
    for page in linked_pages(fetch, first):
        yield from announcements(portal, page)
    seen = set(shown(first))
    for block in dict.fromkeys([*BLOCK.findall(first.text), *filter(None, [portal.params.get("block")])]):
        for number in range(1, MOST_PAGES + 1):
            page = fetch(urljoin(first.url, f"{block}?page={number}"))
            if page.outcome not in ("ok", "empty_list"):
                incomplete(page, f"page {number} of a block gave {page.outcome}")
                break
            # The block may show what its page does: only the second page of nothing new ends the walk.
            if number > 1 and shown(page) <= seen:
                break
            seen |= shown(page)
            yield from announcements(portal, page)
