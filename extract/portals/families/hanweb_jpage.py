"""大汉 jcms: column pages whose entries lie as XML records in the page and behind ``dataproxy.jsp``.

``/col/colN/index.html`` embeds a ``<datastore>`` with the first records, each an HTML fragment in CDATA, and the
parameters (``columnid``, ``unitid``, ``webid``, …) under which ``/module/web/jpage/dataproxy.jsp`` gives the rest, by
record number from 1: asked for with everything in the address, and where that gives no records the way the portal's own
script asks, with the parameters posted. Where they are missing, ``<nextgroup>`` holds the address of the next records.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import MOST_PAGES, Anchor, Fetch, Page, announcements, incomplete

TOTAL = re.compile(r"<totalrecord>\s*(\d+)\s*</totalrecord>|\btotalRecord\s*:\s*['\"]?(\d+)", re.I)
PROXY = re.compile(r"['\"]?proxyUrl['\"]?\s*:\s*['\"]([^'\"]+dataproxy\.jsp)", re.I)
PER_PAGE = re.compile(r"['\"]?perPage['\"]?\s*:\s*['\"]?(\d+)", re.I)
# ajaxParam:{col:1,appid:1,webid:13,path:'/',columnid:25,…} or the same between quotes.
PARAMETERS = re.compile(r"(?:ajaxParam|param)['\"]?\s*:\s*\{([^{}]{0,4000})\}", re.I)
PAIR = re.compile(r"(?<!\w)(\w+)['\"]?\s*:\s*(?:'([^']*)'|\"([^\"]*)\"|([\w/.-]+))")
MOST_PER_PAGE = 1000
Fragments = list[tuple[str, tuple[Anchor, ...]]]
GROUP = 3  # jpage asks for three pages of records at a time


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports among a column's records; the page's own links where it embeds no records."""
    first = fetch(portal.list_url)
    if first.outcome != "ok":
        return
    fragments = _new(records(first), seen := set[str]())
    if not fragments:
        yield from announcements(portal, first)
    yield from _reports(portal, first, fragments)
    total = total_records(first)
    for page in further_pages(portal, first, fetch, len(records(first))):
        fragments = _new(records(page), seen)
        if not fragments:
            break
        yield from _reports(portal, first, fragments)
    # Servers count entries that only logged-in people see; a difference is worth a look all the same.
    if total is not None and len(seen) < total:
        incomplete(first, f"the column claims {total} records, {len(seen)} were given")


def further_pages(portal: Portal, first: Page, fetch: Fetch, had: int) -> Iterator[Page]:
    """Yield the answers of dataproxy.jsp beyond the records the page embeds."""
    parameters, total = query(portal, first), total_records(first)
    if parameters is None:
        page = first
        for _ in range(MOST_PAGES):
            following = next_group(page)
            if following is None:
                return
            page = fetch(following)
            if page.outcome != "ok":
                incomplete(page, f"the next records gave {page.outcome}")
                return
            yield page
        return
    proxy = urljoin(first.url, (PROXY.search(first.text) or ["", "/module/web/jpage/dataproxy.jsp"])[1])
    per_page = whole_number((PER_PAGE.search(first.text) or ["", "15"])[1], MOST_PER_PAGE) or 15
    start, posts = had + 1, False
    for _ in range(MOST_PAGES):
        if total is not None and start > total:
            return
        end = start + per_page * GROUP - 1
        window = {"startrecord": str(start), "endrecord": str(end), "perpage": str(per_page)}
        page, posts = _window(fetch, proxy, window, parameters, posts)
        if page.outcome != "ok":
            incomplete(page, f"records {start} to {end} gave {page.outcome}")
            return
        yield page
        start = end + 1


def _window(
    fetch: Fetch, proxy: str, window: Mapping[str, str], parameters: Mapping[str, str], posts: bool
) -> tuple[Page, bool]:
    """Return a window of records and whether it had to be posted; ``posts``: the one before had to be."""
    page = None
    if not posts:
        page = fetch(f"{proxy}?{urlencode({**window, **parameters})}")
        if page.outcome == "ok" and records(page):
            return page, False
    posted = fetch(f"{proxy}?{urlencode(window)}", dict(parameters))
    if posted.outcome == "ok" and records(posted):
        return posted, True
    # Neither way gives any: the plain answer says why.
    return page or posted, posts


def records(page: Page) -> Fragments:
    """Return the records in a page or an answer, in order: the HTML of each with its links."""
    return list(page.facts.records)


def total_records(page: Page) -> int | None:
    """Return how many records the column claims to have."""
    match = TOTAL.search(page.text)
    return whole_number(match[1] or match[2]) if match else None


def query(portal: Portal, page: Page) -> dict[str, str] | None:
    """Return the column's query parameters: those of the page, overridden by the registry row's."""
    found: dict[str, str] = {}
    if match := PARAMETERS.search(page.text):
        found = {name: a or b or c for name, a, b, c in PAIR.findall(match[1])}
    if {"columnid", "unitid"} <= found.keys():
        return found
    known = {"columnid": portal.params.get("column_id"), "unitid": portal.params.get("unit_id")}
    if all(known.values()):
        webid = portal.params.get("web_id", "1")
        fixed = {"col": "1", "appid": "1", "webid": webid, "path": "/", "sourceContentType": "1", "permissiontype": "0"}
        return {**fixed, **{name: value for name, value in known.items() if value}}
    return None


def next_group(page: Page) -> str | None:
    """Return the address in ``<nextgroup>``, percent-encoded where the server forgot to."""
    url = page.facts.next_group
    if url is None:
        return None
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode(parse_qsl(parts.query, keep_blank_values=True))))


def _new(fragments: Fragments, seen: set[str]) -> Fragments:
    fresh = {fragment: anchors for fragment, anchors in fragments if fragment not in seen}
    seen.update(fresh)
    return list(fresh.items())


def _reports(portal: Portal, page: Page, fragments: Fragments) -> Iterator[ReportLink]:
    for _, anchors in fragments:
        yield from announcements(portal, page, anchors)
