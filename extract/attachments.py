"""The attachments of a report's page: PDF, Word, Excel, OFD and archive files, and pictures of tables.

Links in menus and footers are left out where the page marks its body; a download script (``downfile.jsp?filename=…``)
counts by the name it carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from extract.documents.encoding import decode
from extract.portals.base import absolute, anchor_title
from extract.portals.titles import clean

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
    soup = BeautifulSoup(decode(data)[0], "lxml")
    found: set[str] = set()
    for anchor in soup.find_all("a", href=True):
        href = unquote(str(anchor["href"]))
        title = anchor_title(anchor)
        named = FILE.search(urlsplit(href).path) or FILE.search(urlsplit(href).query)
        if not named and not (DOWNLOAD.search(href) and FILE.search(title)):
            continue
        yield from _once(absolute(url, str(anchor["href"])), title, found)
    for frame in soup.find_all(["iframe", "embed", "object"]):
        source = str(frame.get("src") or frame.get("data") or "")
        if FILE.search(unquote(source)):
            yield from _once(absolute(url, source), clean(str(frame.get("title") or "")), found)
    for picture in _pictures(soup):
        yield from _once(absolute(url, str(picture["src"])), clean(str(picture.get("alt") or "")), found)


def _pictures(soup: BeautifulSoup) -> Iterator[Tag]:
    """Yield the pictures in the article's text, if the page tells where that is, but not its icons."""
    for body in soup.find_all(id=BODY) or soup.find_all(class_=BODY):
        for picture in body.find_all("img", src=True):
            size = f"{picture.get('width', '')} {picture.get('height', '')}"
            sizes = [int(number) for number in re.findall(r"\d+", size)]
            icon = "icon" in str(picture["src"]).lower() or (sizes and max(sizes) < SMALL_PICTURE)
            if PICTURE.search(urlsplit(str(picture["src"])).path) and not icon:
                yield picture


def _once(address: str | None, title: str, found: set[str]) -> Iterator[tuple[str, str]]:
    if address is not None and address not in found:
        found.add(address)
        yield address, title
