"""Our own reading of a page's tables: ruling lines give a lattice, each character goes where its centre lies.

It shares nothing with the other readings: characters and lines come from pdfium, and the placing is done here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from extract.documents.drawn.page import Char, Page, Ruling
from extract.documents.drawn.set_apart import set_apart
from extract.documents.drawn.table import Box, PdfTable, spans
from extract.documents.drawn.text_lines import doubt_about, is_turned, page_marks, text_of

# Lines closer than this are one (double borders, the two edges of a thin rectangle); rows are at least 8 points high.
_SNAP = 3.0
# Lines that miss each other by less than this touch (corners that do not quite meet).
_REACH = 3.0
# Pieces of a line with a smaller gap between them are one line (cells drawn one by one, dashes).
_GAP = 3.0
# A border is there when it covers this much of the side of a cell.
_COVER = 0.6
# Lines that stick out of the lattice by more than this bound a row or column whose own outer line is missing.
_OVERHANG = 6.0
_MIN_LENGTH = 6.0
# A letter is nearly as high as its size; one higher than its row is printed over the table (a stamp, a watermark).
_LETTER_HEIGHT = 0.75


def find_tables(page: Page) -> list[PdfTable]:
    """Return the ruled tables of a page with at least two columns and one row."""
    horizontal = _join(page.horizontal)
    vertical = _join(page.vertical)
    tables = []
    for rows, columns in _groups(horizontal, vertical):
        table = _table(page, rows, columns)
        if table is not None:
            tables.append(table)
    return tables


def _join(rulings: Sequence[Ruling]) -> list[Ruling]:
    """Snap lines to common positions and join the pieces of each into whole lines."""
    if not rulings:
        return []
    by_position = sorted(rulings)
    clusters: list[list[Ruling]] = [[by_position[0]]]
    for ruling in by_position[1:]:
        # Measured from the first of the cluster, so that a run of close lines does not drift.
        if ruling.position - clusters[-1][0].position <= _SNAP:
            clusters[-1].append(ruling)
        else:
            clusters.append([ruling])
    joined: list[Ruling] = []
    for cluster in clusters:
        total = sum(r.end - r.start for r in cluster)
        position = sum(r.position * (r.end - r.start) for r in cluster) / total if total > 0 else cluster[0].position
        start, end = None, 0.0
        for piece in sorted(cluster, key=lambda r: r.start):
            if start is None:
                start, end = piece.start, piece.end
            elif piece.start <= end + _GAP:
                end = max(end, piece.end)
            else:
                joined.append(Ruling(position, start, end))
                start, end = piece.start, piece.end
        if start is not None:
            joined.append(Ruling(position, start, end))
    return [ruling for ruling in joined if ruling.end - ruling.start >= _MIN_LENGTH]


def _groups(horizontal: Sequence[Ruling], vertical: Sequence[Ruling]) -> list[tuple[list[Ruling], list[Ruling]]]:
    """Return the sets of lines that hang together: every table of the page has its own."""
    parent = list(range(len(horizontal) + len(vertical)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical):
            if h.start - _REACH <= v.position <= h.end + _REACH and v.start - _REACH <= h.position <= v.end + _REACH:
                parent[root(i)] = root(len(horizontal) + j)
    groups: dict[int, tuple[list[Ruling], list[Ruling]]] = {}
    for i, h in enumerate(horizontal):
        groups.setdefault(root(i), ([], []))[0].append(h)
    for j, v in enumerate(vertical):
        groups.setdefault(root(len(horizontal) + j), ([], []))[1].append(v)
    return [group for group in groups.values() if group[0] and group[1]]


def _positions(lines: Sequence[Ruling], across: Sequence[Ruling]) -> list[float]:
    """Return the positions of the lines, and of a missing outer one where the crossing lines stick out."""
    positions = sorted({line.position for line in lines})
    merged = [positions[0]]
    for position in positions[1:]:
        if position - merged[-1] > _SNAP:
            merged.append(position)
    low, high = min(line.start for line in across), max(line.end for line in across)
    if merged[0] - low > _OVERHANG:
        merged.insert(0, low)
    if high - merged[-1] > _OVERHANG:
        merged.append(high)
    return merged


def _table(page: Page, horizontal: list[Ruling], vertical: list[Ruling]) -> PdfTable | None:
    xs = _positions(vertical, horizontal)
    ys = _positions(horizontal, vertical)[::-1]
    n_rows, n_cols = len(ys) - 1, len(xs) - 1
    if n_cols < 2 or n_rows < 1:
        return None
    at_x, at_y = [_at(vertical, x) for x in xs], [_at(horizontal, y) for y in ys]
    right_border = [[_covered(at_x[c + 1], ys[r + 1], ys[r]) for c in range(n_cols - 1)] for r in range(n_rows)]
    lower_border = [[_covered(at_y[r + 1], xs[c], xs[c + 1]) for c in range(n_cols)] for r in range(n_rows - 1)]
    origins = spans(
        n_rows,
        n_cols,
        lambda row, col: not right_border[row][col],
        lambda row, col: not lower_border[row][col],
    )
    owner = {
        (r, c): n
        for n, (row, col, h, w) in enumerate(origins)
        for r in range(row, row + h)
        for c in range(col, col + w)
    }
    boxes: list[Box] = [(xs[col], ys[row + h], xs[col + w], ys[row]) for row, col, h, w in origins]
    held: list[list[Char]] = [[] for _ in origins]
    hidden: dict[int, str] = {}
    overprinted = 0
    descending = [-y for y in ys]

    def place(x: float, y: float) -> int | None:
        row, col = bisect_left(descending, -y) - 1, bisect_left(xs, x) - 1
        return owner[row, col] if 0 <= row < n_rows and 0 <= col < n_cols else None

    marks = page_marks(page)
    for char in page.chars:
        cell = place(char.x, char.y)
        if cell is None or char in marks:
            continue
        if char.size * _LETTER_HEIGHT > boxes[cell][3] - boxes[cell][1]:
            overprinted += 1
        else:
            held[cell].append(char)
    for unseen in page.hidden:
        cell = place(unseen.x, unseen.y)
        if cell is not None:
            hidden[cell] = f"the file holds text here that cannot be seen ({unseen.reason})"
    if not any(held):
        return None
    strokes = [line for line in page.horizontal if all(abs(line.position - y) > _SNAP for y in ys)]
    parted = [set_apart(chars, strokes) for chars in held]
    held = [apart.kept for apart in parted]
    cells = tuple((*origin, box, text_of(chars)) for origin, box, chars in zip(origins, boxes, held, strict=True))
    doubts = {
        n: doubt for n, (box, chars) in enumerate(zip(boxes, held, strict=True)) if (doubt := doubt_about(chars, box))
    }
    edges = tuple(round(x, 2) for x in xs)
    outline = (xs[0], ys[-1], xs[-1], ys[0])
    turned = frozenset(n for n, chars in enumerate(held) if is_turned(chars))
    return PdfTable(
        page.number,
        outline,
        edges,
        n_rows,
        cells,
        hidden | doubts,
        overprinted,
        turned,
        marks={n: apart.marks for n, apart in enumerate(parted) if apart.marks},
        struck={n: apart.struck for n, apart in enumerate(parted) if apart.struck},
    )


def _at(lines: Sequence[Ruling], position: float) -> list[Ruling]:
    return [line for line in lines if abs(line.position - position) <= _SNAP]


def _covered(lines: Sequence[Ruling], start: float, end: float) -> bool:
    """Tell whether a side of a cell has its border: enough of it lies on these lines."""
    covered = sum(max(0.0, min(line.end, end) - max(line.start, start)) for line in lines)
    return covered >= _COVER * (end - start)
