"""A list of any software, and the way from a home page to it.

The national page tags (国办发〔2017〕47号) say which page is the column of annual reports: ColumnType
``信息公开年报``. From a home page the links towards it are followed, at most three deep; the column's software is then
told from the page itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from extract.portal import Portal, ReportLink
from extract.portals.families import trs_static
from extract.portals.lists.link_titles import is_column_title, leads_to_column
from extract.portals.lists.list_page import Fetch, Page, announcements, page_tag

DEEPEST = 3
MOST_VISITS = 30


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield the reports of the portal's list; for a home page, of each column of annual reports found from it."""
    first = fetch(portal.list_url)
    if first.outcome != "ok":
        return
    if portal.grade != "D":
        yield from trs_static.find_reports(portal, fetch)
        return
    from extract.portals.lists.detect import detect_family

    for column in columns(first, fetch):
        family = detect_family(column) or portal.params.get("family_prior", "trs_static")
        yield from _of_family(family, replace(portal, list_url=column.url), fetch)


def columns(home: Page, fetch: Fetch) -> Iterator[Page]:
    """Yield the pages that are columns of annual reports, by their tags or by the name of the link to them."""
    waiting, visited, found = [(home, 0)], {home.url}, False
    while waiting and len(visited) <= MOST_VISITS:
        page, depth = waiting.pop(0)
        if depth and is_column(page):
            found = True
            yield page
            continue
        if depth >= DEEPEST or (found and depth):
            continue
        near, far = [], []
        for anchor in page.anchors:
            url, title = anchor.url, anchor.title
            if url is None or url in visited or site_of(url) != site_of(home.url):
                continue
            if is_column_title(title):
                near.append(url)
            elif leads_to_column(title):
                far.append(url)
        # What is called 政府信息公开年报 is the column; 政府信息公开 only leads there.
        for url in dict.fromkeys(near or far):
            if len(visited) > MOST_VISITS:
                break
            visited.add(url)
            following = fetch(url)
            if following.outcome == "ok":
                if near and not is_column(following) and any(True for _ in announcements(_ANY, following)):
                    found = True
                    yield following
                else:
                    waiting.append((following, depth + 1))


def is_column(page: Page) -> bool:
    """Tell whether the page's own tags call it a column of annual reports."""
    return "信息公开年报" in page_tag(page, "ColumnType") or is_column_title(page_tag(page, "ColumnName"))


def site_of(url: str) -> str:
    """Return the part of a host that tells the government: the last three labels (funan.gov.cn), two for gov.cn."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-3:])


def _of_family(family: str, portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    from importlib import import_module

    if family == "generic_list":
        family = "trs_static"
    yield from import_module(f"extract.portals.families.{family}").find_reports(portal, fetch)


_ANY = Portal("", "", "", "generic_list", "")
