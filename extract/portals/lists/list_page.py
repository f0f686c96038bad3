"""What all families share: a fetched list page, and the announcements of annual reports on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from html import unescape
from typing import Any, Protocol
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from extract.documents.shared.encoding import decode
from extract.fetching.urls import absolute, directory
from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.link_titles import clean, is_report_title, year_of_title

# A list of 200 pages holds 3,000 entries; no column of annual reports comes near it, endless pagination does.
MOST_PAGES = 200

DATE = re.compile(r"(?<!\d)(20\d\d|19\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
META = re.compile(r"<meta\b[^>]*>", re.I)
HEAD = 65_536  # bytes: tags stand in the head, behind some templates' scripts
ENTRY = ("li", "tr", "dd", "dl", "p", "div", "td")


@dataclass(frozen=True)
class Page:
    """One answer to a list address: ``url`` after redirects, ``data`` decoded of transfer and content encodings.

    ``outcome`` is the Record's (only ``ok`` has anything to read); ``notes`` collects what a family found wrong with
    the list (see ``incomplete``), for the crawl's summary.
    """

    url: str
    outcome: str
    data: bytes = b""
    status: int | None = None
    notes: list[str] | None = None

    @cached_property
    def text(self) -> str:
        """The page's text, whatever encoding it declares."""
        return decode(self.data)[0]

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.text if self.outcome == "ok" else "", "lxml")


class Fetch(Protocol):
    """Gets a list address (posts a form to it, if one is given) and returns the answer, archived already."""

    def __call__(self, url: str, form: Mapping[str, str] | None = None) -> Page: ...


def incomplete(page: Page, what: str) -> None:
    """Note that a list could not be read whole; the crawl reports it, since what is not listed looks not published."""
    if page.notes is not None:
        page.notes.append(f"{page.url}: {what}")


def json_of(page: Page) -> Any:
    """Return what an answer in JSON holds; None where it holds none (no answer, no JSON, nested too deeply)."""
    try:
        return json.loads(page.text) if page.outcome == "ok" else None
    except (ValueError, RecursionError):
        return None


def entries_of(found: Any) -> list[dict[str, Any]]:
    """Return the entries of a list in JSON: the objects in it, if it is a list."""
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def announcements(portal: Portal, page: Page, root: Tag | None = None, *, column: bool = True) -> Iterator[ReportLink]:
    """Yield the annual reports that a list page (or a part of it) links to.

    The title is the link's title attribute or its text, whichever says more (lists cut long titles with …); the date
    is the one that stands in the same entry. ``column``: the page is itself a column of annual reports, so that
    ``2021年年度报告`` is enough of a title.
    """
    for anchor in (root or page.soup).find_all("a", href=True):
        title = anchor_title(anchor)
        if not is_report_title(title, column=column):
            continue
        url = absolute(page.url, str(anchor["href"]))
        if url is None or url == page.url:
            continue
        yield ReportLink(
            portal_id=portal.portal_id,
            url=url,
            title=title,
            published_on=entry_date(anchor),
            year=year_of_title(title),
        )


def own_report(portal: Portal, page: Page) -> Iterator[ReportLink]:
    """Yield the page itself where it shows a report in full: a report's title and a table of figures under it."""
    title = page_tag(page, "ArticleTitle")
    if not title and (heading := page.soup.find(["h1", "h2"])):
        title = clean(heading.get_text(" "))
    if is_report_title(title, column=True) and page.soup.find("table") is not None:
        yield ReportLink(portal.portal_id, page.url, title, published_on(page.data), year_of_title(title))


def anchor_title(anchor: Tag) -> str:
    """Return what a link is called: its title attribute unless its text says more."""
    text = clean(anchor.get_text(" "))
    attribute = clean(str(anchor.get("title") or ""))
    cut = text.rstrip(".…· ")
    if attribute and (len(attribute) >= len(text) or text != cut):
        return attribute
    return text


def entry_date(anchor: Tag) -> str | None:
    """Return the date printed in the link's own list entry, as YYYY-MM-DD.

    Only the nearest enclosing entry with no other article in it counts: the next entry's date is not this one's.
    """
    for parent in anchor.parents:
        if not isinstance(parent, Tag) or parent.name not in ENTRY:
            continue
        others = {str(other.get("href")) for other in parent.find_all("a", href=True)} - {str(anchor["href"])}
        if others:
            return None
        text = parent.get_text(" ")
        if dates := DATE.findall(text.replace(anchor.get_text(" "), " ")):
            return iso_date(*dates[-1])
    return None


def iso_date(year: str, month: str, day: str) -> str | None:
    """Return YYYY-MM-DD, or None for what is no date (20231301 in an address)."""
    try:
        return date(whole_number(year) or 0, whole_number(month) or 0, whole_number(day) or 0).isoformat()
    except ValueError:
        return None


def page_tag(page: Page, name: str) -> str:
    """Return one of the national page tags (国办发〔2017〕47号, 网页标签), empty when the page has it not."""
    tag = page.soup.find("meta", attrs={"name": re.compile(f"^{name}$", re.I)})
    return clean(str(tag.get("content") or "")) if isinstance(tag, Tag) else ""


def head_tag(data: bytes, name: str) -> str:
    """Return a page tag like ``page_tag``, without taking the page apart: every report's page passes here."""
    for tag in META.findall(decode(data[:HEAD])[0]):
        if (found := re.search(r"\bname\s*=\s*['\"]?\s*([\w.:-]+)", tag, re.I)) and found[1].lower() == name.lower():
            content = re.search(r"\bcontent\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s>]+))", tag, re.I)
            return clean(unescape(content[1] or content[2] or content[3] or "")) if content else ""
    return ""


def published_on(data: bytes) -> str | None:
    """Return the day a page's own PubDate tells, as YYYY-MM-DD (the standard's own example is written with dashes)."""
    date = DATE.match(re.sub("[—–―]+", "-", head_tag(data, "PubDate")))
    return iso_date(*date.groups()) if date else None


def sub_lists(page: Page, under: str) -> list[str]:
    """Return the deeper list pages a page links to: directories and index files under the list's own directory."""
    root = urlsplit(directory(under))
    found: dict[str, None] = {}
    for anchor in page.soup.find_all("a", href=True):
        url = absolute(page.url, str(anchor["href"]))
        if url is None:
            continue
        parts = urlsplit(url)
        deeper = parts.netloc == root.netloc and parts.path.startswith(root.path) and parts.path != root.path
        if deeper and re.search(r"/(index\.s?html?)?$", parts.path) and directory(url) != directory(page.url):
            found[url] = None
    return list(found)
