"""A page of a portal taken apart in linear time: its lines of text, its links, its tags. For the process that does it
(extract/crawling/pages_apart.py): lxml alone, every element looked at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from extract.fetching.urls import absolute
from extract.numbers import whole_number
from extract.portals.lists.link_titles import LONGEST_TITLE, clean
from extract.portals.lists.list_page import DATE, Anchor, iso_date

#: More links than a page of a list has; what comes after them is left out, and the page is called incomplete.
MOST_LINKS = 20_000
#: Elements that can be one entry of a list: a link, and the day printed beside it.
ENTRY = frozenset({"li", "tr", "dd", "dl", "p", "div", "td"})
LONGEST_ENTRY = 5_000  # characters
MOST_IN_ENTRY = 50  # links to the same address
#: Elements whose text is not shown.
SILENT = frozenset({"script", "style", "template", "title"})
BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "select",
        "table",
        "tbody",
        "td",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)


def parse(text: str) -> etree._Element | None:
    """Return the root of a page, None where there is nothing to take apart."""
    try:
        return etree.fromstring(text.encode("utf-8", "replace"), etree.HTMLParser(encoding="utf-8"))
    except (etree.XMLSyntaxError, ValueError):
        return None


def lines(root: etree._Element, most: int) -> list[str]:
    """Return a page's lines of text as a browser would break them, at most ``most``."""
    found: list[str] = []
    parts: list[str] = []

    def end_line() -> None:
        if parts and (line := clean("".join(parts))):
            found.append(line)
        parts.clear()

    for event, element, shown in _walk(root):
        if event == "start":
            if element.tag in BLOCKS:
                end_line()
            if shown and element.text:
                parts.append(element.text)
        else:
            if element.tag in BLOCKS:
                end_line()
            if shown and element.tail:
                parts.append(element.tail)
        if len(found) >= most:
            return found
    end_line()
    return found


def _walk(root: etree._Element) -> Iterator[tuple[str, Any, bool]]:
    """Yield (``start`` or ``end``, element, whether the text there is shown); comments have an end alone."""
    silent = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            silent += element.tag in SILENT
            yield event, element, not silent
        else:
            silent -= event == "end" and element.tag in SILENT
            yield "end", element, not silent


@dataclass
class _Frame:
    """What is known of an element that is still open: its text so far, its links, and those whose day is looked for."""

    tag: Any
    text: list[str] = field(default_factory=list)
    length: int = 0
    href: str | None = None
    several: bool = False
    waiting: list[_Link] = field(default_factory=list)
    opened: _Link | None = None

    def say(self, text: str) -> None:
        if self.length < LONGEST_ENTRY:
            self.text.append(text[:LONGEST_ENTRY])
            self.length += len(text) + 1

    def link(self, href: str) -> None:
        self.several |= self.href is not None and href != self.href
        self.href = href


@dataclass
class _Link:
    href: str
    attribute: str
    text: str = ""
    date: str | None = None


def anchors(root: etree._Element, url: str, most: int = MOST_LINKS) -> list[Anchor]:
    """Return the links of a page (or of a part of one) in order, with titles and the days printed in their entries."""
    links: list[_Link] = []
    frames = [_Frame("")]
    for event, element, shown in _walk(root):
        if event == "start":
            frames.append(_Frame(element.tag))
            if element.tag == "a" and element.get("href") is not None:
                if len(links) >= most:
                    break
                links.append(_Link(element.get("href"), element.get("title") or ""))
                frames[-1].opened = links[-1]
                frames[-1].waiting.append(links[-1])
                frames[-1].link(element.get("href"))
            if shown and element.text:
                frames[-1].say(element.text)
            continue
        if isinstance(element.tag, str):
            _close(frames)
        if shown and element.tail:
            frames[-1].say(element.tail)
    return [_anchor(link, url) for link in links]


def _close(frames: list[_Frame]) -> None:
    """End an element: what it holds is its parent's too."""
    frame, parent = frames.pop(), frames[-1]
    if frame.opened is not None:
        frame.opened.text = " ".join(frame.text)
    if frame.tag in ENTRY and frame.waiting and not frame.several:
        _date(frame)
    for text in frame.text:
        parent.say(text)
    if frame.href is not None:
        parent.link(frame.href)
        parent.several |= frame.several
    # Only the nearest entry with no other article in it counts: the next entry's date is not this one's.
    parent.waiting = [] if parent.several else [*parent.waiting, *frame.waiting][:MOST_IN_ENTRY]


def _date(frame: _Frame) -> None:
    text = " ".join(frame.text)
    left = []
    for link in frame.waiting:
        if dates := DATE.findall(text.replace(link.text, " ") if link.text else text):
            link.date = iso_date(*dates[-1])
        else:
            left.append(link)
    frame.waiting = left


def _anchor(link: _Link, url: str) -> Anchor:
    """Return a link under its fuller name: its title attribute, unless its text says more."""
    text, attribute = clean(link.text[:LONGEST_ENTRY]), clean(link.attribute[:LONGEST_ENTRY])
    cut = text.rstrip(".…· ")
    title = attribute if attribute and (len(attribute) >= len(text) or text != cut) else text
    return Anchor(link.href, absolute(url, link.href), text[:LONGEST_TITLE], title[:LONGEST_TITLE], link.date)


def tags(root: etree._Element) -> dict[str, str]:
    """Return the page's meta tags by their names in lower case, the first of each name."""
    found: dict[str, str] = {}
    for tag in root.iter("meta"):
        name = (tag.get("name") or "").lower()
        if name and name not in found and len(found) < 1000:
            found[name] = clean((tag.get("content") or "")[:LONGEST_ENTRY])
    return found


def is_number(line: str) -> bool:
    """Tell whether a line is a whole number and nothing else."""
    return whole_number(line) is not None
