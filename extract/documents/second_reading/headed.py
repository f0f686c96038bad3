"""A reading of tables without ruling lines whose figures stand under headings (Table 2), from playa's letters.

A row is a line of text; a figure belongs to the heading it stands under. The one thing to know: the other reading of such a
table is its text in its order, as pdfium gives it, so that its letters stay in the text. Where a label or a heading takes
several lines, it is not known which row a line belongs to, and nothing is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from extract.documents.drawn.table import Box, PdfTable
from extract.documents.second_reading.by_playa import layout

_FIRST_HEADING = "信息内容"
# What parts two sets of rows with headings of their own.
_TITLE = re.compile(r"^第.{1,3}条第[（(].{1,3}[）)]项$")
_FIGURE = re.compile(r"^(?:-?[\d,.]+|[-—/]+|无)$")
# Words whose baselines differ by less than this share of their size stand on one line.
_LEVEL = 0.4


@dataclass(frozen=True)
class _Word:
    left: float
    right: float
    baseline: float
    size: float
    text: str

    @property
    def box(self) -> Box:
        return self.left, self.baseline - 0.2 * self.size, self.right, self.baseline + 0.8 * self.size


def name() -> str:
    """Return the reader's name for ``Reading.reader``."""
    from importlib.metadata import version

    return f"playa {version('playa-pdf')} under headings"


def read_headed(document: Any, pages: Sequence[int]) -> list[PdfTable]:
    """Return the tables under headings on these pages (from 1) of a playa document."""
    tables = []
    for number in pages:
        rows = _lines(_words(document.pages[number - 1]))
        starts = [n for n, row in enumerate(rows) if _squeezed(row[0]) == _FIRST_HEADING and len(row) > 1]
        for start, following in pairwise([*starts, len(rows)]):
            table = _table(number, rows[start], rows[start + 1 : following])
            if table is not None:
                tables.append(table)
    return tables


def _words(page: Any) -> list[_Word]:
    """Return the pieces of text that playa puts together as lines, with the baseline of their letters."""
    words = []
    for line in layout(page).horizontal:
        letters = [item for item in line if hasattr(item, "matrix") and item.get_text().strip()]
        if letters:
            size = max(letter.size for letter in letters)
            text = "".join(letter.get_text() for letter in letters)
            words.append(_Word(letters[0].x0, letters[-1].x1, letters[0].matrix[5], size, text))
    return words


def _lines(words: Sequence[_Word]) -> list[list[_Word]]:
    lines: list[list[_Word]] = []
    for word in sorted(words, key=lambda w: -w.baseline):
        if lines and lines[-1][0].baseline - word.baseline < _LEVEL * min(lines[-1][0].size, word.size):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [sorted(line, key=lambda w: w.left) for line in lines]


def _table(page: int, headings: Sequence[_Word], lines: Sequence[Sequence[_Word]]) -> PdfTable | None:
    """Return the rows under a line of headings, None where one of them is not plain."""
    rows: list[Sequence[_Word]] = []
    for line in lines:
        if _TITLE.match(_squeezed(line[0])) and len(line) == 1:
            break
        if len(line) == 1 and rows and not _is_near(rows[-1][0], line[0]):
            break
        rows.append(line)
    columns = [word for word in headings[1:]]
    placed = []
    for number, row in enumerate(rows, 1):
        cells = _row(number, row, columns)
        if cells is None:
            return None
        placed += cells
    if not placed:
        return None
    heads = [(0, col, 1, 1, word.box, word.text) for col, word in enumerate(headings)]
    edges = (headings[0].left, *((a.right + b.left) / 2 for a, b in pairwise(headings)), headings[-1].right)
    bottom, top = rows[-1][0].box[1], headings[0].box[3]
    outline = (
        min(row[0].left for row in (headings, *rows)),
        bottom,
        max(row[-1].right for row in (headings, *rows)),
        top,
    )
    return PdfTable(page, outline, tuple(round(x, 2) for x in edges), len(rows) + 1, (*heads, *placed), in_text=True)


def _row(
    number: int, row: Sequence[_Word], columns: Sequence[_Word]
) -> list[tuple[int, int, int, int, Box, str]] | None:
    label, *figures = row
    if _FIGURE.match(label.text) or not figures or not all(_FIGURE.match(figure.text) for figure in figures):
        return None
    cells = [(number, 0, 1, 1, label.box, label.text)]
    taken = set()
    for figure in figures:
        under = [n for n, column in enumerate(columns) if figure.left < column.right and column.left < figure.right]
        if len(under) != 1 or under[0] in taken:
            return None
        taken.add(under[0])
        cells.append((number, under[0] + 1, 1, 1, figure.box, figure.text))
    for n, column in enumerate(columns):
        if n not in taken:
            # Below the heading nothing is printed on this line.
            cells.append((number, n + 1, 1, 1, (column.left, label.box[1], column.right, label.box[3]), ""))
    return sorted(cells)


def _is_near(above: _Word, below: _Word) -> bool:
    return above.baseline - below.baseline < 3 * above.size


def _squeezed(word: _Word) -> str:
    return "".join(word.text.split())
