"""The text of PDF pages outside the tables: lines joined into paragraphs, page marks left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extract.document import Block
from extract.documents.drawn.page import Page
from extract.documents.drawn.table import Box, PdfTable
from extract.documents.drawn.text_lines import into_lines, line_text

# Alone on a line at the edge of a page: "- 4 -", "— 4 —", "4", "第 4 页 共 6 页", "4/6".
_PAGE_MARK = re.compile(
    r"^[-–—－─\s]*(?:第\s*)?\d{1,4}\s*(?:页)?\s*(?:[/共,，]\s*(?:共)?\s*\d{1,4}\s*页?)?[-–—－─\s]*$"
)
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


def paragraphs(pages: Sequence[tuple[Page, Sequence[Box]]]) -> list[Paragraph]:
    """Return the paragraphs of pages in reading order, without the characters that stand in their tables."""
    out: list[Paragraph] = []
    before: _Line | None = None
    for page, boxes in pages:
        lines = _lines(page, boxes)
        left = min((line.left for line in lines), default=0.0)
        right = max((line.right for line in lines), default=0.0)
        for line in lines:
            if before is not None and _continues(before, line, left, boxes):
                out[-1] = replace(out[-1], text=out[-1].text + line.text)
            else:
                out.append(Paragraph(page.number, line.baseline + line.size, line.left, line.text))
            is_full = line.right >= right - 2.5 * line.size
            before = line if is_full else None
        # A table at the foot of the page parts its text from that of the next.
        if before is not None and any(box[3] < before.baseline for box in boxes):
            before = None
    return out


def in_reading_order(found: Sequence[Paragraph], tables: Sequence[PdfTable], start: int = 0) -> tuple[Block, ...]:
    """Return paragraphs and grids as the blocks of a Document, whose text begins at ``start``.

    A table's grid is its number among ``tables``, from 1; one that stands in the text has no block of its own.
    """
    placed: list[tuple[int, float, float, str, int | None]] = [(p.page, -p.top, p.left, p.text, None) for p in found]
    placed += [(t.page, -t.box[3], t.box[0], "", number) for number, t in enumerate(tables, 1) if not t.in_text]
    placed.sort(key=lambda item: item[:3])
    blocks = []
    for _, _, _, text, grid in placed:
        blocks.append(Block(text, start, grid))
        start += len(text) + 1
    return tuple(blocks)


def _continues(before: _Line, line: _Line, left: float, boxes: Sequence[Box]) -> bool:
    """Tell whether a line goes on with the full line before it: no indent, same size, nothing between them."""
    if line.left > left + 1.2 * line.size or abs(line.size - before.size) > 0.1 * before.size:
        return False
    if line.page != before.page:
        return line.page == before.page + 1 and not any(box[1] > line.baseline for box in boxes)
    return before.baseline - line.baseline <= _LEADING * before.size and not any(
        line.baseline < box[3] and box[1] < before.baseline for box in boxes
    )


def _lines(page: Page, boxes: Sequence[Box]) -> list[_Line]:
    outside = [c for c in page.chars if not any(b[0] <= c.x <= b[2] and b[1] <= c.y <= b[3] for b in boxes)]
    lines = []
    for chars in into_lines(outside):
        size = max(char.size for char in chars)
        line = _Line(page.number, chars[0].left, chars[-1].right, chars[0].baseline, size, line_text(chars))
        at_edge = not page.height * _MARGIN < line.baseline < page.height * (1 - _MARGIN)
        if not (at_edge and _PAGE_MARK.match(line.text)):
            lines.append(line)
    return lines


def plain_paragraphs(number: int, text: str) -> list[Paragraph]:
    """Return the lines of a page's text as pdfium orders them, where positions are not worth their time."""
    return [
        Paragraph(number, -float(order), 0.0, line.strip())
        for order, line in enumerate(text.splitlines())
        if line.strip() and not _PAGE_MARK.match(line.strip())
    ]
