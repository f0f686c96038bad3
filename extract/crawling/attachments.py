"""The attachments of a report's page: PDF, Word, Excel, OFD and archive files, and pictures of tables.

A download script (``downfile.jsp?filename=…``) counts by the name it carries; pictures count where the page marks its
article's text and they are larger than icons. Read with lxml itself: every report's page passes here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree

from extract.documents.shared.encoding import decode
from extract.fetching.urls import LONGEST, absolute
from extract.numbers import whole_number
from extract.portals.lists.html_page import parse
from extract.portals.lists.link_titles import LONGEST_TITLE, clean

FILE = re.compile(r"\.(pdf|docx?|wps|xlsx?|et|ofd|rtf|zip|rar|7z)(?![\w.])", re.I)
PICTURE = re.compile(r"\.(jpe?g|png|bmp|tiff?|gif|webp)$", re.I)
DOWNLOAD = re.compile(r"download|downfile|attach|/files?/", re.I)
# The element that holds an article's text, by the names the portals' software gives it.
BODY = re.compile(
    r"TRS_Editor|TRS_UEDITOR|zoom|zoomcon|article[-_]?(content|con|body)|main[-_]?(text|content)|content[-_]?(text|body)"
    r"|j-fontContent|gzk-article|wzy|xxgk[-_]?(content|detail|wz)|UCAP-CONTENT|vsb_content|news_content|pages_content",
    re.I,
)
SMALL_PICTURE = 150  # pixels: icons, arrows and QR codes


def attachments(url: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield (address, title) of each file a report's page at ``url`` hangs on it, each once, in the page's order."""
    root = parse(decode(data)[0])
    if root is not None:
        yield from attachments_of(root, url)


def attachments_of(root: etree._Element, url: str) -> Iterator[tuple[str, str]]:
    """Yield the same of a page that is taken apart already."""
    found: set[str] = set()
    for anchor in root.iter("a"):
        address = anchor.get("href") or ""
        if not address or len(address) > LONGEST:
            continue
        href = unquote(address)
        title = _title(anchor)
        parts = _split(href)
        named = FILE.search(parts[0]) or FILE.search(parts[1])
        if named or (DOWNLOAD.search(href) and FILE.search(title)):
            yield from _once(absolute(url, address), title, found)
    for frame in root.iter("iframe", "embed", "object"):
        source = frame.get("src") or frame.get("data") or ""
        if len(source) <= LONGEST and FILE.search(unquote(source)):
            yield from _once(absolute(url, source), clean((frame.get("title") or "")[:LONGEST_TITLE]), found)
    for picture in _pictures(root):
        yield from _once(
            absolute(url, picture.get("src") or ""), clean((picture.get("alt") or "")[:LONGEST_TITLE]), found
        )


def _pictures(root: etree._Element) -> Iterator[etree._Element]:
    """Yield the pictures in the article's text, if the page tells where that is, but not its icons."""
    for picture in root.iter("img"):
        source = picture.get("src") or ""
        if len(source) > LONGEST or not PICTURE.search(_split(source)[0]) or "icon" in source.lower():
            continue
        told = re.findall(r"\d+", f"{picture.get('width', '')} {picture.get('height', '')}"[:1000])
        sizes = [size for number in told if (size := whole_number(number)) is not None]
        if sizes and max(sizes) < SMALL_PICTURE:
            continue
        around = (f"{parent.get('id', '')} {parent.get('class', '')}" for parent in picture.iterancestors())
        if any(BODY.search(names) for names in around):
            yield picture


def _title(anchor: etree._Element) -> str:
    text = clean("".join(map(str, anchor.itertext(with_tail=False)))[:LONGEST_TITLE])
    attribute = clean((anchor.get("title") or "")[:LONGEST_TITLE])
    return attribute if len(attribute) > len(text) else text


def _split(href: str) -> tuple[str, str]:
    try:
        parts = urlsplit(href)
    except ValueError:
        return "", ""
    return parts.path, parts.query


def _once(address: str | None, title: str, found: set[str]) -> Iterator[tuple[str, str]]:
    if address is not None and address not in found:
        found.add(address)
        yield address, title
