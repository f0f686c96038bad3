"""TRS WCM (拓尔思) and look-alikes: static list pages index.html, index_1.html, … and directories per year.

The list tells its number of pages in a script: ``createPageHTML(5, 0, "index", "html")`` or ``var countPage = 5``. The
count is of pages, the numbers in names begin with the second page: page 2 is index_1, page 5 of 5 is index_4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

from extract.portal import Portal, ReportLink
from extract.portals.base import MOST_PAGES, Fetch, Page, announcements, directory, incomplete, sub_lists

# createPageHTML(count, current, name, extension); some templates put the id of an element first.
PAGER = re.compile(
    r"createPageHTML\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?(\d+)\s*,\s*\d+\s*,\s*['\"](\w+)['\"]\s*,\s*['\"](\w+)['\"]", re.I
)
COUNT = re.compile(r"(?:var\s+)?\bcountPage\s*=\s*['\"]?(\d+)", re.I)
DEEPEST = 3


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of a list and of the lists in directories under it (``2021n/``, ``gqzf/``), three deep."""
    waiting = [(portal.list_url, 0)]
    visited: set[str] = set()
    while waiting:
        url, depth = waiting.pop(0)
        if directory(url) in visited:
            continue
        visited.add(directory(url))
        for page in pages(fetch, url):
            yield from announcements(portal, page)
            if depth < DEEPEST:
                waiting += [(deeper, depth + 1) for deeper in sub_lists(page, portal.list_url)]


def pages(fetch: Fetch, url: str) -> Iterator[Page]:
    """Yield a list's pages. The walk ends early at a page that is not there or repeats the one before."""
    first = fetch(url)
    if first.outcome != "ok":
        return
    yield first
    count, name, extension = pager(first)
    if count > MOST_PAGES:
        incomplete(first, f"the list claims {count} pages; the first {MOST_PAGES} were read")
    before = first.data
    for number in range(1, min(count, MOST_PAGES)):
        page = fetch(urljoin(first.url, f"{name}_{number}.{extension}"))
        if page.outcome != "ok":
            incomplete(page, f"page {number + 1} of {count} gave {page.outcome}")
            return
        if page.data == before:
            return
        before = page.data
        yield page


def pager(page: Page) -> tuple[int, str, str]:
    """Return the number of pages, the name and the extension of the numbered ones."""
    if match := PAGER.search(page.text):
        return int(match[1]), match[2], match[3]
    extension = "shtml" if page.url.endswith(".shtml") else "html"
    if match := COUNT.search(page.text):
        return int(match[1]), "index", extension
    return 1, "index", extension
