"""A reading of tables without ruling lines, from the positions of their text: rows of figures, labels beside, headers above.

Only tables of many columns are read so (Table 3, Table 4): figures that stand under each other in at least four columns.
The one thing to know: what belongs to one cell is told by the distance of its lines alone. Where rows stand as close as
lines, labels run together and name nothing, so that nothing is placed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from extract.documents.drawn.page import Char, Page
from extract.documents.drawn.table import Box, PdfTable
from extract.documents.drawn.text_lines import into_lines, line_text, text_of

_FIGURE = re.compile(r"^(?:\d[\d,.]*|[-—/]+)$")
# A gap wider than this share of the letters' size parts two cells of a line.
_GAP = 0.35
# Lines of one cell are nearer to each other than this share of their size (1.15 to 1.5 within a cell).
_LEADING = 1.6
_HEADING = 1.25
_MIN_COLUMNS, _MIN_ROWS = 4, 3
# Table 4 has a single row, but of fifteen columns.
_MANY_COLUMNS = 10


@dataclass
class _Piece:
    """Characters that belong together: part of a line, then all lines of a cell."""

    chars: list[Char]

    @property
    def left(self) -> float:
        return min(c.left for c in self.chars)

    @property
    def right(self) -> float:
        return max(c.right for c in self.chars)

    @property
    def top(self) -> float:
        return max(c.baseline for c in self.chars)

    @property
    def bottom(self) -> float:
        return min(c.baseline for c in self.chars)

    @property
    def size(self) -> float:
        return max(c.size for c in self.chars)

    @property
    def text(self) -> str:
        return text_of(self.chars)

    def overlaps(self, left: float, right: float) -> bool:
        return self.left < right and left < self.right


def find_borderless(page: Page) -> list[PdfTable]:
    """Return the tables of a page that no ruling lines show, from the top."""
    lines = [_pieces(line) for line in into_lines(c for c in page.chars if c.turn == 0)]
    figures = [[piece for piece in line if _FIGURE.match(line_text(piece.chars))] for line in lines]
    found: list[PdfTable] = []
    ceiling = page.height
    for block in _blocks([line for line in figures if len(line) >= _MIN_COLUMNS]):
        columns = _columns([piece for row in block for piece in row])
        if len(block) < _MIN_ROWS and len(columns) < _MANY_COLUMNS:
            continue
        found.append(_find(page, lines, figures, block, columns, ceiling))
        ceiling = block[-1][0].bottom
    return found


def _blocks(rows: Sequence[list[_Piece]]) -> list[list[list[_Piece]]]:
    """Part the rows of figures into tables: in one table no two figures of a row stand under one of another row."""
    blocks: list[list[list[_Piece]]] = []
    columns: list[tuple[float, float]] = []
    for row in rows:
        joined = _columns([piece for line in [*(blocks[-1] if blocks else []), row] for piece in line])
        # Left of a table's first figures stand its labels.
        fits = blocks and row[0].right > columns[0][0] and len(joined) >= len(columns)
        if fits and all(sum(piece.overlaps(*column) for piece in row) <= 1 for column in joined):
            blocks[-1].append(row)
        else:
            blocks.append([row])
            joined = _columns(row)
        columns = joined
    return blocks


def _find(
    page: Page,
    lines: Sequence[list[_Piece]],
    figures: Sequence[list[_Piece]],
    block: Sequence[list[_Piece]],
    columns: Sequence[tuple[float, float]],
    ceiling: float,
) -> PdfTable:
    top, bottom, start = block[0][0].top, block[-1][0].bottom, columns[0][0]
    # Once its columns are known, a row that leaves most of its cells empty is one too.
    rows = [
        under
        for line in figures
        if (under := [p for p in line if any(p.overlaps(*column) for column in columns)])
        and bottom <= under[0].bottom <= top
    ]
    taken = {id(piece) for row in rows for piece in row}
    others = [piece for line in lines for piece in line if id(piece) not in taken and piece.top < ceiling]
    # A heading above the table is set in larger letters.
    largest = _HEADING * max(piece.size for row in rows for piece in row)
    headers = [p for p in others if p.bottom > top + p.size and p.right > start and p.size < largest]
    labels = [
        p for p in others if p.right <= start + p.size * _GAP and bottom - 4 * p.size < p.bottom < top + 4 * p.size
    ]
    return _table(
        page, rows, columns, _cells(labels, [row[0].bottom for row in rows]), _header(_cells(headers), columns)
    )


def _pieces(line: Sequence[Char]) -> list[_Piece]:
    pieces = [_Piece([line[0]])]
    for char in line[1:]:
        before = pieces[-1].chars[-1]
        if char.left - before.right > _GAP * min(char.size, before.size):
            pieces.append(_Piece([char]))
        else:
            pieces[-1].chars.append(char)
    return pieces


def _columns(pieces: Sequence[_Piece]) -> list[tuple[float, float]]:
    """Return the (left, right) of figures that stand under each other."""
    columns: list[tuple[float, float]] = []
    for piece in sorted(pieces, key=lambda p: p.left):
        if columns and piece.left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], piece.right))
        else:
            columns.append((piece.left, piece.right))
    return columns


def _cells(pieces: Sequence[_Piece], beside: Sequence[float] = ()) -> list[_Piece]:
    """Join the lines of each cell: one below the other, and as near as lines of this table come.

    ``beside`` are the baselines of the rows of figures: two labels on the line of one each are two rows' labels.
    """
    near = 1.12 * min(_distances(pieces), default=0.0)
    last = {y: max((p for p in pieces if _is_level(p, y)), key=lambda p: p.left, default=None) for y in beside}
    level = {id(piece) for piece in last.values() if piece is not None}
    cells: list[_Piece] = []
    marked: set[int] = set()
    for piece in sorted(pieces, key=lambda p: (-p.top, p.left)):
        above = next(
            (
                cell
                for cell in reversed(cells)
                if cell.overlaps(piece.left, piece.right)
                and 0 < cell.bottom - piece.top <= near * max(cell.size, piece.size)
            ),
            None,
        )
        if above is None or (id(piece) in level and id(above) in marked):
            above = _Piece([])
            cells.append(above)
        above.chars += piece.chars
        if id(piece) in level:
            marked.add(id(above))
    return cells


def _distances(pieces: Sequence[_Piece]) -> Iterator[float]:
    """Yield how far below each other, in sizes of their letters, pieces stand that lie over each other as lines do."""
    ordered = sorted(pieces, key=lambda p: -p.top)
    for n, piece in enumerate(ordered):
        for other in ordered[n + 1 :]:
            distance = piece.bottom - other.top
            if distance > _LEADING * piece.size:
                break
            if distance > 0.5 * piece.size and piece.overlaps(other.left, other.right):
                yield distance / piece.size


def _is_level(piece: _Piece, baseline: float) -> bool:
    return abs(piece.bottom - baseline) < 0.3 * piece.size


def _header(cells: Sequence[_Piece], columns: Sequence[tuple[float, float]]) -> list[tuple[_Piece, range]]:
    """Return the cells above the figures with the columns each stands over, from the top; only the table's own."""
    over = []
    for cell in sorted(cells, key=lambda c: -c.bottom):
        under = [n for n, column in enumerate(columns) if cell.overlaps(*column)]
        if under:
            over.append((cell, range(under[0], under[-1] + 1)))
    lowest = {n: cell for cell, span in over for n in span}
    nearest = max((cell.top for cell in lowest.values()), default=0.0)
    return [(cell, span) for cell, span in over if cell.bottom <= nearest + 6 * cell.size]


def _table(
    page: Page,
    rows: Sequence[Sequence[_Piece]],
    columns: Sequence[tuple[float, float]],
    labels: Sequence[_Piece],
    header: Sequence[tuple[_Piece, range]],
) -> PdfTable:
    beside = [[label for label in labels if _covers(label, row[0])] for row in rows]
    for cells in beside:
        cells.sort(key=lambda cell: cell.left)
    width = max((len(cells) for cells in beside), default=1) or 1
    levels = _levels([span for _, span in header])
    depth = max(levels, default=-1) + 1
    placed: list[tuple[int, int, int, int, Box, str]] = [
        (level, width + span.start, 1, len(span), _box(cell), cell.text)
        for level, (cell, span) in zip(levels, header, strict=True)
    ]
    done: set[int] = set()
    for number, (row, cells) in enumerate(zip(rows, beside, strict=True)):
        for col, cell in enumerate(cells):
            if id(cell) in done:
                continue
            done.add(id(cell))
            height = sum(1 for other in beside[number:] if cell in other)
            span = 1 if cell is not cells[-1] else width - col
            placed.append((depth + number, col, height, span, _box(cell), cell.text))
        for n, column in enumerate(columns):
            inside = [piece for piece in row if piece.overlaps(*column)]
            text = " ".join(piece.text for piece in inside)
            box = _box(inside[0]) if inside else (column[0], row[0].bottom, column[1], row[0].bottom + row[0].size)
            placed.append((depth + number, width + n, 1, 1, box, text))
    placed.sort(key=lambda cell: cell[:2])
    left = min((label.left for label in labels), default=columns[0][0] - 1)
    borders = [(a[1] + b[0]) / 2 for a, b in pairwise(columns)]
    first = columns[0][0] - 1
    edges = [*(left + (first - left) * n / width for n in range(width)), first, *borders, columns[-1][1]]
    boxes = [cell[4] for cell in placed]
    outline = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    return PdfTable(page.number, outline, tuple(round(x, 2) for x in edges), depth + len(rows), tuple(placed))


def _levels(spans: Sequence[range]) -> list[int]:
    """Return the header row of each cell, given from the top: below all cells that stand over one of its columns, and in
    the last row where none stands under it.
    """

    def share(one: range, other: range) -> bool:
        return one.start < other.stop and other.start < one.stop

    levels: list[int] = []
    for n, span in enumerate(spans):
        levels.append(max((levels[m] for m in range(n) if share(spans[m], span)), default=-1) + 1)
    last = max(levels, default=0)
    return [
        last if not any(share(span, below) for below in spans[n + 1 :]) else level
        for n, (span, level) in enumerate(zip(spans, levels, strict=True))
    ]


def _covers(label: _Piece, figure: _Piece) -> bool:
    """Tell whether a label stands beside a figure: the figure's line runs through it, or between two of its lines."""
    return label.bottom - 0.5 * label.size <= figure.bottom <= label.top + 0.5 * label.size


def _box(piece: _Piece) -> Box:
    return piece.left, piece.bottom - 0.2 * piece.size, piece.right, piece.top + 0.8 * piece.size
