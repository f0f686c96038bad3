"""What all families share: a fetched list page, and the announcements of annual reports on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any, Protocol
from urllib.parse import urlsplit

from extract.documents.shared.encoding import decode
from extract.fetching.urls import directory
from extract.numbers import whole_number
from extract.portal import Portal, ReportLink
from extract.portals.lists.link_titles import clean, is_report_title, year_of_title

# A list of 200 pages holds 3,000 entries; no column of annual reports comes near it, endless pagination does.
MOST_PAGES = 200
#: More lists than a city's bodies with a list a year have.
MOST_LISTS = 3_000

DATE = re.compile(r"(?<!\d)(20\d\d|19\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)")
META = re.compile(r"<meta\b[^<>]*>", re.I)
HEAD = 65_536  # bytes: tags stand in the head, behind some templates' scripts


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link of a page: ``href`` as written, ``url`` absolute under gov.cn (or None), ``text`` as shown, ``title`` what it is
    called (its title attribute, if that says more), ``date`` the day printed in its entry as YYYY-MM-DD."""

    href: str
    url: str | None
    text: str
    title: str
    date: str | None = None

    @property
    def compact(self) -> str:
        """The text without spaces, as words of paging are compared."""
        return self.text.replace(" ", "")


@dataclass(frozen=True)
class PageFacts:
    """What is read out of a list page, in a process of its own (extract/portals/lists/list_facts.py).

    ``words`` is the text as shown, ``tags`` its meta tags by name in lower case, ``heading`` its first h1 or h2, ``pictures`` their addresses as written. ``records`` are
    jpage's: the HTML of each with its links; ``next_group`` the address jpage gives for more. ``cut`` says what was left out.
    """

    text: str = ""
    words: str = ""
    anchors: tuple[Anchor, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    heading: str = ""
    has_table: bool = False
    pictures: tuple[str, ...] = ()
    records: tuple[tuple[str, tuple[Anchor, ...]], ...] = ()
    next_group: str | None = None
    cut: str | None = None


@dataclass(frozen=True)
class Page:
    """One answer to a list address: ``url`` after redirects, and what was read out of it.

    ``outcome`` is the Record's (only ``ok`` has anything to read); ``notes`` collects what a family found wrong with
    the list (see ``incomplete``), for the crawl's summary.
    """

    url: str
    outcome: str
    facts: PageFacts = PageFacts()
    status: int | None = None
    notes: list[str] | None = None

    @property
    def text(self) -> str:
        """The page's text, whatever encoding it declares."""
        return self.facts.text

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        return self.facts.anchors


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


def announcements(
    portal: Portal, page: Page, anchors: Iterable[Anchor] | None = None, *, column: bool = True
) -> Iterator[ReportLink]:
    """Yield the annual reports that a list page (or some of its links) announces.

    ``column``: the page is itself a column of annual reports, so that ``2021年年度报告`` is enough of a title.
    """
    for anchor in page.anchors if anchors is None else anchors:
        if anchor.url is None or anchor.url == page.url or not is_report_title(anchor.title, column=column):
            continue
        yield ReportLink(
            portal_id=portal.portal_id,
            url=anchor.url,
            title=anchor.title,
            published_on=anchor.date,
            year=year_of_title(anchor.title),
        )


def own_report(portal: Portal, page: Page) -> Iterator[ReportLink]:
    """Yield the page itself where it shows a report in full: a report's title and a table of figures under it."""
    title = page_tag(page, "ArticleTitle") or page.facts.heading
    if is_report_title(title, column=True) and page.facts.has_table:
        date = DATE.match(re.sub("[—–―]+", "-", page_tag(page, "PubDate")))
        published = iso_date(*date.groups()) if date else None
        yield ReportLink(portal.portal_id, page.url, title, published, year_of_title(title))


def iso_date(year: str, month: str, day: str) -> str | None:
    """Return YYYY-MM-DD, or None for what is no date (20231301 in an address)."""
    try:
        return date(whole_number(year) or 0, whole_number(month) or 0, whole_number(day) or 0).isoformat()
    except ValueError:
        return None


def page_tag(page: Page, name: str) -> str:
    """Return one of the national page tags (国办发〔2017〕47号, 网页标签), empty when the page has it not."""
    return page.facts.tags.get(name.lower(), "")


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
    for url in dict.fromkeys(anchor.url for anchor in page.anchors):
        if url is None:
            continue
        parts = urlsplit(url)
        deeper = parts.netloc == root.netloc and parts.path.startswith(root.path) and parts.path != root.path
        if deeper and re.search(r"/(index\.s?html?)?$", parts.path) and directory(url) != directory(page.url):
            found[url] = None
    return list(found)
