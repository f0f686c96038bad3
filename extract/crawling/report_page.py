"""A page where a report was promised: what hangs on it, and whether it shows a report yet.

Portals answer with "busy", "under maintenance" or "under review", in any words, with a status of success and inside their usual
template. Such a page is told by what it lacks: no figures, no file, no picture, and hardly a sentence of its own, that is, one that
does not stand on the list or on other reports' pages too. Read in a process of its own (extract/crawling/pages_apart.py).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass

from lxml import etree

from extract.crawling.attachments import FILE, attachments_of
from extract.documents.shared.encoding import decode
from extract.portals.lists.html_page import is_number, lines, parse
from extract.portals.lists.link_titles import clean

NOT_YET = "not_yet"
REASON = "no report yet: a page without figures, file or text of its own (busy, under maintenance, under review?)"
#: More files than hang on any report; each is asked for.
MOST_ATTACHMENTS = 300
MOST_LINES = 20_000
#: Characters of sentences of its own; the shortest reports without a table have about 400.
FEW_SENTENCES = 300
#: Characters of text of its own, in whatever lines.
LITTLE_TEXT = 1500
SENTENCE = re.compile(r"[。，；]")
FIGURE = re.compile(r"\d\s*[余多]?\s*[条件]")
SHORTEST_SENTENCE = 20
FEW_CELLS = 8
NAMES_A_FILE = ("href", "src", "data", "value", "data-src", "data-url", "data-file")


@dataclass(frozen=True)
class ReportPage:
    """``attachments``: (address, title) of each file. Of each line its key, its length, and whether it is a sentence; the
    keys of pictures; the keys of cells; how many cells hold a number. ``names_file``: some attribute names a file, or a frame
    shows another page. ``tells_figures``: a sentence gives a number of items or requests."""

    attachments: tuple[tuple[str, str], ...]
    lines: tuple[tuple[int, int, bool], ...]
    pictures: tuple[int, ...]
    cells: tuple[int, ...]
    figures: int
    names_file: bool
    tells_figures: bool

    def keys(self) -> Iterator[int]:
        """Yield the keys of what other pages of the site may show too."""
        yield from (key for key, _, _ in self.lines)
        yield from self.pictures
        yield from self.cells


def report_page(asked: tuple[str, bytes]) -> ReportPage | None:
    """Return what a page (its address, its bytes) holds; None where it holds nothing."""
    url, data = asked
    root = parse(decode(data)[0])
    if root is None:
        return None
    files = []
    for found in attachments_of(root, url):
        files.append(found)
        if len(files) == MOST_ATTACHMENTS:
            break
    shown = lines(root, MOST_LINES)
    cells = [text for text in map(_cell, root.iter("td", "th")) if text]
    return ReportPage(
        tuple(files),
        tuple((key_of(line), len(line), _is_sentence(line)) for line in shown),
        tuple(key_of(picture.get("src") or "") for picture in root.iter("img")),
        tuple(map(key_of, cells)),
        sum(map(is_number, cells)),
        _names_file(root),
        any("公开" in line and FIGURE.search(line[:2000]) for line in shown),
    )


def shows_report(page: ReportPage | None, template: Container[int]) -> bool:
    """Tell whether a page shows a report, or anything that may be one. ``template``: keys of what the site's pages share."""
    if page is None:
        return False
    if page.attachments or page.names_file or page.figures or page.tells_figures:
        return True
    fresh = [(length, sentence) for key, length, sentence in page.lines if key not in template]
    sentences = sum(length for length, sentence in fresh if sentence)
    text = sum(length for length, _ in fresh)
    cells = sum(key not in template for key in page.cells)
    pictures = any(key not in template for key in page.pictures)
    return pictures or sentences >= FEW_SENTENCES or text >= LITTLE_TEXT or cells >= FEW_CELLS


def key_of(line: str) -> int:
    """Return a line's key, the same in every process."""
    return zlib.crc32(line.encode("utf-8", "replace"))


def _is_sentence(line: str) -> bool:
    return len(line) >= SHORTEST_SENTENCE and SENTENCE.search(line) is not None


def _cell(cell: etree._Element) -> str:
    """Return the text of a cell that holds no table itself."""
    if cell.find(".//td") is not None:
        return ""
    return clean("".join(map(str, cell.itertext(with_tail=False)))[:200])


def _names_file(root: etree._Element) -> bool:
    for element in root.iter("a", "embed", "object", "iframe", "frame", "param", "input", "source", "video", "audio"):
        if element.tag in ("iframe", "frame", "embed", "object", "video"):
            return True
        if any(FILE.search((element.get(name) or "")[:2000]) for name in NAMES_A_FILE):
            return True
    return False
