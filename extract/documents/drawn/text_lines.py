"""Characters to lines of text: in cells and paragraphs, turned or set from top to bottom, and what is odd about them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from extract.documents.drawn.page import Char, Page

_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
# Room that a cell keeps free beside its text: 5.4 points on each side in Word, more with an indent.
_PADDING = 16.0
# Letters of one line overlap, and differ in height, by less than this share of their size (0.15 in condensed text).
_OVER = 0.2


# A page's mark, alone in its part of the line: "- 4 -", "— 4 —", "第 4 页". A bare number could be a figure.
_PAGE_MARK = re.compile(r"^(?:[-–—－─]+\d{1,4}[-–—－─]+|第\d{1,4}页(?:[/,，]?共\d{1,4}页)?)$")
# The share of the page's height, at its top and bottom, in which page marks stand.
_MARGIN = 0.12


def text_of(chars: Iterable[Char]) -> str:
    """Return characters as lines from top to bottom, joined by ``\\n``; a gap wider than a quarter em is a space.

    Text set from top to bottom is read column by column, from the right.
    """
    chars = list(chars)
    lines = _columns(chars) if _is_set_downwards(chars) else into_lines(chars)
    return "\n".join(line_text(line) for line in lines)


def into_lines(chars: Iterable[Char]) -> list[list[Char]]:
    """Group characters into lines by their baselines, each line in the direction of its reading."""
    lines: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: (c.turn, -c.baseline, c.left)):
        before = lines[-1][0] if lines else None
        if (
            before is not None
            and before.turn == char.turn
            and before.baseline - char.baseline <= 0.4 * min(before.size, char.size)
        ):
            lines[-1].append(char)
        else:
            lines.append([char])
    for line in lines:
        line.sort(key=lambda c: c.left + c.right)
    return lines


def line_text(line: Sequence[Char]) -> str:
    """Return the text of one line, a space where a gap wider than a quarter em stands."""
    parts: list[str] = []
    for index, char in enumerate(line):
        if index and char.left - line[index - 1].right > 0.25 * char.size:
            parts.append(" ")
        parts.append(char.text)
    return "".join(parts)


def doubt_about(chars: Sequence[Char], box: tuple[float, float, float, float]) -> str | None:
    """Return what makes the number in a cell unsure, None where nothing does.

    A narrow column wraps a number: 10 is printed as 1 over 0. Where the column had room for both, two numbers stand in
    the cell (a date of a stamp below a figure); where letters lie on each other, two layers were printed.
    """
    if not any(char.text.isdigit() for char in chars):
        return None
    lines = into_lines(chars)
    for line in lines:
        pairs = [(a, b, min(a.size, b.size)) for a, b in pairwise(line)]
        if any(b.left < a.right - _OVER * size for a, b, size in pairs):
            return "letters printed over each other"
        if any(abs(a.baseline - b.baseline) > _OVER * size for a, b, size in pairs if (a.text + b.text).isdigit()):
            return "digits at two heights of one line"
    if len(lines) < 2 or not all(char.text.isdigit() or char.text in ",." for char in chars):
        return None
    for above, below in pairwise(lines):
        width = above[-1].right - above[0].left
        digit = below[0].right - below[0].left
        if above[0].turn == 0 and width + digit + _PADDING < box[2] - box[0]:
            return "digits on two lines of a cell that has room for one"
    return None


def is_turned(chars: Sequence[Char]) -> bool:
    """Tell whether text does not run from left to right."""
    return any(char.turn for char in chars) or _is_set_downwards(chars)


def page_marks(page: Page) -> set[Char]:
    """Return the characters of the page's own marks (its number), which may fall into the last row of a table."""
    edge = [c for c in page.chars if not page.height * _MARGIN < c.baseline < page.height * (1 - _MARGIN)]
    marks: set[Char] = set()
    for line in into_lines(edge):
        part: list[Char] = []
        for char in [*line, None]:
            if part and (char is None or char.left - part[-1].right > 1.5 * char.size):
                if _PAGE_MARK.match("".join(c.text for c in part)):
                    marks.update(part)
                part = []
            if char is not None:
                part.append(char)
    return marks


def _is_set_downwards(chars: Sequence[Char]) -> bool:
    """Tell text set from top to bottom by the order of its characters in the file: each stands below the last."""
    if len(chars) < 4 or any(char.turn for char in chars):
        return False
    if sum(bool(_CHINESE.match(char.text)) for char in chars) * 2 < len(chars):
        return False
    below = sum(abs(b.x - a.x) < 0.35 * a.size and 0.5 * a.size < a.y - b.y < 2.5 * a.size for a, b in pairwise(chars))
    return below * 4 >= 3 * (len(chars) - 1)


def _columns(chars: Sequence[Char]) -> list[list[Char]]:
    columns: list[list[Char]] = []
    for char in sorted(chars, key=lambda c: -c.x):
        if columns and columns[-1][0].x - char.x < 0.5 * char.size:
            columns[-1].append(char)
        else:
            columns.append([char])
    for column in columns:
        column.sort(key=lambda c: -c.y)
    return columns
