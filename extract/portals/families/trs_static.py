"""TRS WCM (拓尔思) and look-alikes: static list pages index.html, index_1.html, … and directories per year.

The list tells its number of pages in a script: ``createPageHTML(5, 0, "index", "html")`` or ``var countPage = 5``. The
count is of pages, the numbers in names begin with the second page: page 2 is index_1, page 5 of 5 is index_4.
"""

from __future__ import annotations

from collections.abc import Iterator

from extract.fetching.urls import directory
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import Fetch, announcements, sub_lists
from extract.portals.lists.paging import pages

DEEPEST = 3


def find_reports(portal: Portal, fetch: Fetch, *, second: int = 1) -> Iterator[ReportLink]:
    """Yield the reports of a list and of the lists in directories under it (``2021n/``, ``gqzf/``), three deep."""
    waiting = [(portal.list_url, 0)]
    visited: set[str] = set()
    while waiting:
        url, depth = waiting.pop(0)
        if directory(url) in visited:
            continue
        visited.add(directory(url))
        for page in pages(fetch, url, second=second):
            yield from announcements(portal, page)
            if depth < DEEPEST:
                waiting += [(deeper, depth + 1) for deeper in sub_lists(page, portal.list_url)]
