"""Turning the pages of a list: by its links (下一页, numbers), or by the numbers its script tells.

Every walk ends: at a page that is missing, that shows nothing new, or at MOST_PAGES, and says so where it ended early.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from extract.numbers import whole_number
from extract.portals.lists.list_page import MOST_PAGES, Fetch, Page, incomplete

NEXT = re.compile(r"^(下一?页|后一?页|下一頁|next(page)?|>|>>|»|›)$", re.I)
NUMBER = re.compile(r"^\[?\d{1,3}\]?$")
# createPageHTML(count, current, name, extension); some templates put the id of an element first.
PAGER = re.compile(
    r"createPageHTML\(\s*(?:['\"][^'\"]*['\"]\s*,\s*)?(\d+)\s*,\s*\d+\s*,\s*['\"](\w+)['\"]\s*,\s*['\"]\.?(\w+)['\"]",
    re.I,
)
COUNT = re.compile(r"(?:var\s+)?\b(?:countPage|pageCount|totalPages?)\s*[:=]\s*['\"]?(\d+)", re.I)


def pages(fetch: Fetch, url: str, *, second: int = 1) -> Iterator[Page]:
    """Yield a list's pages, by the numbers its script tells, else by its links.

    ``second`` is the number in the second page's name (TRS: index_1; others: index_2). Where that page is missing or
    the first again, the other numbering is tried.
    """
    first = fetch(url)
    if first.outcome != "ok":
        incomplete(first, f"the list gave {first.outcome}")
        return
    yield first
    told = pager(first)
    if told is None:
        yield from linked_pages(fetch, first)
    else:
        yield from numbered_pages(fetch, first, *told, second=second)


def numbered_pages(
    fetch: Fetch, first: Page, count: int, name: str, extension: str, *, second: int = 1
) -> Iterator[Page]:
    """Yield pages 2 to ``count``, named ``name_N.extension`` beside the first."""
    if count > MOST_PAGES:
        incomplete(first, f"the list claims {count} pages; the first {MOST_PAGES} were read")
        count = MOST_PAGES

    def page(number: int) -> Page:
        return fetch(urljoin(first.url, f"{name}_{number}.{extension}"))

    if count > 1:
        attempt = page(second)
        if attempt.outcome != "ok" or shown(attempt) <= shown(first):
            second = 3 - second
    seen: set[str] = set(shown(first))
    for number in range(2, count + 1):
        following = page(number - 2 + second)
        if following.outcome != "ok":
            incomplete(following, f"page {number} of {count} gave {following.outcome}")
            return
        if shown(following) <= seen:
            return
        seen |= shown(following)
        yield following


def linked_pages(fetch: Fetch, first: Page) -> Iterator[Page]:
    """Yield the pages that a list's paging links lead to, whichever way they count."""
    visited = {first.url}
    seen: set[str] = set(shown(first))
    waiting = deque(paging_links(first, first))
    named = {first.url, *waiting}
    while waiting:
        url = waiting.popleft()
        if url in visited:
            continue
        if len(visited) >= MOST_PAGES:
            incomplete(first, f"the list goes on after {MOST_PAGES} pages; it was left there")
            return
        visited.add(url)
        page = fetch(url)
        if page.outcome != "ok":
            incomplete(page, f"a page of the list gave {page.outcome}")
            continue
        # Endless lists give their last page for every number beyond it.
        if shown(page) <= seen:
            continue
        seen |= shown(page)
        yield page
        further = [link for link in paging_links(first, page) if link not in named]
        named.update(further)
        waiting += further


def paging_links(first: Page, page: Page) -> list[str]:
    """Return the addresses of a page's paging links that stay in the same list, 下一页 first, each once."""
    following: list[str] = []
    numbered: list[str] = []
    for anchor in page.anchors:
        text = anchor.compact
        is_next = NEXT.match(text) is not None
        if anchor.url is not None and (is_next or NUMBER.match(text)) and same_list(first.url, anchor.url):
            (following if is_next else numbered).append(anchor.url)
    return list(dict.fromkeys([*following, *numbered]))


def same_list(first: str, url: str) -> bool:
    """Tell whether an address is a page of the same list: same path, beside it, or under it (nb.htm, nb/23.htm)."""
    place, path, stem = _place(first)
    other = urlsplit(url)
    if place != other.netloc:
        return False
    return (
        other.path == path
        or other.path.startswith(stem)
        or other.path.rsplit("/", 1)[0] in (path.rsplit("/", 1)[0], stem)
    )


@lru_cache(maxsize=64)
def _place(url: str) -> tuple[str, str, str]:
    """Return an address's host, its path, and its path without number and extension."""
    parts = urlsplit(url)
    return parts.netloc, parts.path, re.sub(r"(_?\d+)?\.\w+$", "", parts.path)


def pager(page: Page) -> tuple[int, str, str] | None:
    """Return the number of pages a script tells, with the name and extension of the numbered ones; or None."""
    if match := PAGER.search(page.text):
        return whole_number(match[1]) or 0, match[2], match[3]
    match = COUNT.search(page.text)
    if match is None:
        return None
    name = urlsplit(page.url).path.rsplit("/", 1)[-1]
    stem, _, extension = name.rpartition(".")
    return whole_number(match[1]) or 0, stem or "index", extension or "html"


def shown(page: Page) -> frozenset[str]:
    """Return what a page links to, paging links left out: two pages that show the same are one."""
    return frozenset(
        anchor.url or anchor.href
        for anchor in page.anchors
        if not NEXT.match(anchor.compact) and not NUMBER.match(anchor.compact)
    )
