"""A list page -> PageFacts: what the families go by, read once, within limits of size, for the process that does it."""

from __future__ import annotations

import re
from html import unescape

from extract.documents.shared.encoding import decode
from extract.fetching.urls import absolute
from extract.portals.lists import html_page
from extract.portals.lists.link_titles import LONGEST_TITLE, clean
from extract.portals.lists.list_page import Anchor, PageFacts

#: Bytes of a list page that are read. The largest list seen, a column with all its entries in one script, has 1.1 MB.
LIST_BYTES = 4 * 1024 * 1024
MOST_LINES = 20_000
MOST_RECORDS = 10_000
RECORD = re.compile(r"<record>\s*<!\[CDATA\[", re.I)
RECORD_END = re.compile(r"\]\]>\s*</record>", re.I)
NEXT_GROUP = re.compile(r"<nextgroup>", re.I)
NEXT_GROUP_END = re.compile(r"</nextgroup>", re.I)


def list_facts(asked: tuple[str, bytes, int]) -> PageFacts:
    """Return what a list page (its address, its bytes, how many it has in all) holds."""
    url, data, size = asked
    text = decode(data[:LIST_BYTES])[0]
    cut = f"the page has {size} bytes; the first {LIST_BYTES} were read" if size > LIST_BYTES else None
    if text.lstrip()[:1] in ("{", "["):
        return PageFacts(text, cut=cut)
    root = html_page.parse(text)
    if root is None:
        return PageFacts(text, cut=cut)
    anchors = html_page.anchors(root, url)
    records, group = _records(url, text), _next_group(url, text)
    for found, most, what in (
        (anchors, html_page.MOST_LINKS, "links"),
        (records, MOST_RECORDS, "records"),
    ):
        if len(found) >= most:
            cut = f"the page has more than {most} {what}; the others were left out"
    return PageFacts(
        text,
        "\n".join(html_page.lines(root, MOST_LINES)),
        tuple(anchors),
        html_page.tags(root),
        _heading(root),
        root.find(".//table") is not None,
        tuple(dict.fromkeys(picture.get("src") or "" for picture in root.iter("img")))[:MOST_LINES],
        tuple(records),
        group,
        cut,
    )


def _heading(root) -> str:
    for heading in root.iter("h1", "h2"):
        return clean(" ".join(map(str, heading.itertext(with_tail=False)))[:LONGEST_TITLE])
    return ""


def _records(url: str, text: str) -> list[tuple[str, tuple[Anchor, ...]]]:
    """Return the HTML fragments of jpage's records in a page or an answer, in order, with their links."""
    found: list[tuple[str, tuple[Anchor, ...]]] = []
    at = 0
    while (
        len(found) < MOST_RECORDS
        and (start := RECORD.search(text, at))
        and (end := RECORD_END.search(text, start.end()))
    ):
        fragment, at = text[start.end() : end.start()], end.end()
        # Some servers escape the fragment inside its CDATA once more.
        fragment = fragment if "<" in fragment else unescape(fragment)
        found.append((fragment, _links(url, fragment)))
    return found


def _next_group(url: str, text: str) -> str | None:
    """Return the address that jpage gives for the next records."""
    start = NEXT_GROUP.search(text)
    end = NEXT_GROUP_END.search(text, start.end()) if start else None
    if start is None or end is None:
        return None
    fragment = text[start.end() : end.start()].replace("<![CDATA[", "").replace("]]>", "")
    return next((absolute(url, link.href) for link in _links(url, fragment)), None)


def _links(url: str, fragment: str) -> tuple[Anchor, ...]:
    root = html_page.parse(fragment) if fragment.strip() else None
    return () if root is None else tuple(html_page.anchors(root, url, most=100))
