"""TRS WCM (拓尔思) and look-alikes: static list pages index.html, index_1.html, … and directories per year.

The list tells its number of pages in a script: ``createPageHTML(5, 0, "index", "html")`` or ``var countPage = 5``. The
count is of pages, the numbers in names begin with the second page: page 2 is index_1, page 5 of 5 is index_4.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from extract.fetching.urls import directory
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import MOST_LISTS, Fetch, announcements, incomplete, sub_lists
from extract.portals.lists.paging import pages

DEEPEST = 3


def find_reports(portal: Portal, fetch: Fetch, *, second: int = 1) -> Iterator[ReportLink]:
    """Yield the reports of a list and of the lists in directories under it (``2021n/``, ``gqzf/``), three deep."""
    waiting = deque([(portal.list_url, 0)])
    named = {directory(portal.list_url)}
    while waiting:
        url, depth = waiting.popleft()
        for page in pages(fetch, url, second=second):
            yield from announcements(portal, page)
            if depth == DEEPEST:
                continue
            for deeper in sub_lists(page, portal.list_url):
                if directory(deeper) in named:
                    continue
                if len(named) >= MOST_LISTS:
                    incomplete(page, f"more than {MOST_LISTS} lists lie under this one; the others were left out")
                    break
                named.add(directory(deeper))
                waiting.append((deeper, depth + 1))
