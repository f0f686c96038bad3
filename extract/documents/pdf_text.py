"""The text of PDF pages outside the tables: lines joined into paragraphs, page marks left out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from extract.documents.pdf_lattice import into_lines, line_text
from extract.documents.pdf_page import Page
from extract.documents.pdf_table import Box

# Alone on a line at the edge of a page: "- 4 -", "— 4 —", "4", "第 4 页 共 6 页", "4/6".
_PAGE_MARK = re.compile(r"^[-–—－─\s]*(?:第\s*)?\d{1,4}\s*(?:页)?\s*(?:[/共,，]\s*(?:共)?\s*\d{1,4}\s*页?)?[-–—－─\s]*$")
# The share of the page's height, at its top and bottom, in which page marks stand.
_MARGIN = 0.12
# A heading or paragraph is not joined with the next line beyond this distance, in sizes of its characters.
_LEADING = 2.6


@dataclass(frozen=True)
class Paragraph:
    """A paragraph and where it begins."""

    page: int
    top: float
    left: float
    text: str


@dataclass(frozen=True)
class _Line:
    page: int
    left: float
    right: float
    baseline: float
    size: float
    text: str


def paragraphs(page: Page, tables: Iterable[Box]) -> list[Paragraph]:
    """Return the paragraphs of a page in reading order, without the characters that stand in its tables."""
    boxes = list(tables)
    chars = [c for c in page.chars if not any(b[0] <= c.x <= b[2] and b[1] <= c.y <= b[3] for b in boxes)]
    lines = []
    for chars_of_line in into_lines(chars):
        line = _Line(
            page.number,
            chars_of_line[0].left,
            chars_of_line[-1].right,
            chars_of_line[0].baseline,
            max(c.size for c in chars_of_line),
            line_text(chars_of_line),
        )
        at_edge = not page.height * _MARGIN < line.baseline < page.height * (1 - _MARGIN)
        if not (at_edge and _PAGE_MARK.match(line.text)):
            lines.append(line)
    return _join(lines, boxes)


def _join(lines: list[_Line], boxes: list[Box]) -> list[Paragraph]:
    """Join lines that continue each other: the first is full, the next begins at the margin without indent."""
    if not lines:
        return []
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    out: list[Paragraph] = []
    before: _Line | None = None
    for line in lines:
        if (
            before is not None
            and before.right >= right - 2.5 * before.size
            and line.left <= left + 1.2 * line.size
            and abs(line.size - before.size) <= 0.1 * before.size
            and before.baseline - line.baseline <= _LEADING * before.size
            and not any(line.baseline < b[3] and b[1] < before.baseline for b in boxes)
        ):
            last = out[-1]
            out[-1] = Paragraph(last.page, last.top, last.left, last.text + line.text)
        else:
            out.append(Paragraph(line.page, line.baseline + line.size, line.left, line.text))
        before = line
    return out
