"""大汉 xxgk: ``/module/xxgk/xxgkAnnualReport.jsp?area=ORG&fbtime=YEAR`` shows one organisation's report of one year.

There is no list: the years are the page's own selector, or are asked for one after the other. Some servers ignore
``fbtime`` and show the latest report under every year; the title tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.list_page import Fetch, Page, announcements, incomplete, own_report

# The Regulation came into force on 1 May 2008; the first reports under it are those of that year.
FIRST_YEAR = 2008


def find_reports(portal: Portal, fetch: Fetch) -> Iterator[ReportLink]:
    """Yield each year's page that shows a report no other year's page showed already."""
    first = fetch(portal.list_url)
    seen: set[str] = set()
    pages = [first] if first.outcome == "ok" else []
    for year in _years(portal, first):
        url = year_address(portal, year)
        if url != portal.list_url:
            page = fetch(url)
            if page.outcome == "ok":
                pages.append(page)
            elif page.outcome not in ("not_found", "soft_404", "empty_list"):
                incomplete(page, f"the page of {year} gave {page.outcome}")
    for page in pages:
        yield from announcements(portal, page)
        for link in own_report(portal, page):
            if link.title not in seen:
                seen.add(link.title)
                yield replace(link, url=page.url)


def year_address(portal: Portal, year: int) -> str:
    """Return the address of one year's report."""
    parts = urlsplit(portal.list_url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    query |= {"area": portal.params.get("area", query.get("area", "")), "fbtime": str(year)}
    return urlunsplit(parts._replace(query=urlencode(query)))


def _years(portal: Portal, first: Page) -> list[int]:
    named = re.findall(r"fbtime=(20\d\d)|<option[^<>]*value=['\"]?(20\d\d)\b", first.text)
    told = {year for one in named if (year := whole_number(one[0] or one[1]))}
    if len(told) > 1:
        return sorted(told)
    return list(range(portal.valid_from or FIRST_YEAR, (portal.valid_to or date.today().year) + 1))
