"""Blocks to a PDF with text, ruling lines and merged cells, a page break inside a table where the page ends.

The font is embedded as a subset, so that the file shows and reads the same without it. Written with reportlab in its
invariant mode; the same blocks, font file and reportlab give the same bytes.
"""

from __future__ import annotations

import io
from pathlib import Path

from .report import Block, Paragraph
from .table import PrintedCell, PrintedTable, places, split

# AR PL SungtiL GB (Debian: fonts-arphic-gbsn00lp), Arphic Public License: a TrueType Song face of the GB 2312 repertoire.
FONT_FILE = Path("/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf")
FONT = "SungtiL"
PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89
LEFT, TOP, BOTTOM = 62.0, 72.0, 66.0
WIDTH = PAGE_WIDTH - 2 * LEFT
SIZES = {"title": 18.0, "heading": 13.0, "body": 13.0, "annex": 13.0}
CELL_SIZE, CELL_LEADING, PAD = 9.0, 11.5, 3.0


def pdf_file(blocks: list[Block], title: str) -> bytes:
    """Return the bytes of a PDF with the blocks.

    Raises:
        FileNotFoundError: the font is not installed.
    """
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE)))
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), invariant=1, pageCompression=1)
    canvas.setTitle(title)
    canvas.setCreator("WPS 文字")
    sheet = _Sheet(canvas)
    for block in blocks:
        if isinstance(block, PrintedTable):
            sheet.table(block)
        else:
            sheet.paragraph(block)
    sheet.end()
    return file.getvalue()


class _Sheet:
    """The page being filled: a canvas and the height reached on it, from the top."""

    def __init__(self, canvas) -> None:
        self.canvas, self.y, self.number = canvas, PAGE_HEIGHT - TOP, 1

    def paragraph(self, paragraph: Paragraph) -> None:
        size = SIZES[paragraph.kind]
        leading = size * 1.75
        indent = 0.0 if paragraph.kind in ("title", "annex") else 2 * size
        for number, line in enumerate(wrap(paragraph.text, size, WIDTH, indent)):
            self.need(leading)
            self.y -= leading
            at = LEFT + (indent if number == 0 else 0)
            if paragraph.kind == "title":
                at = (PAGE_WIDTH - measure(line, size)) / 2
            self.write(at, self.y + size * 0.4, line, size)

    def table(self, table: PrintedTable) -> None:
        """Draw a table; it breaks where the page ends, but never inside its header or before its first row of figures."""
        self.y -= 6
        unit = WIDTH / sum(table.widths)
        widths = [width * unit for width in table.widths]
        while sum(row_heights(table, widths)) > self.y - BOTTOM:
            fits = self.rows_that_fit(table, widths)
            if not fits and self.y > PAGE_HEIGHT - TOP - 1:
                raise ValueError(f"table {table.name}: no row fits on a page")
            if fits:
                upper, table = split(table, fits)
                self.draw(upper, widths, row_heights(upper, widths))
            self.turn()
        self.draw(table, widths, row_heights(table, widths))
        self.y -= 12

    def rows_that_fit(self, table: PrintedTable, widths: list[float]) -> int:
        """Return how many rows fit on the page, 0 if no row of figures does. A cut cell's text stays in the upper part,
        so that part may be higher than its rows were."""
        head = sum(1 for row in table.rows[:4] if not any(cell.kind == "value" for cell in row))
        for rows in range(len(table.rows) - 1, head, -1):
            if sum(row_heights(split(table, rows)[0], widths)) <= self.y - BOTTOM:
                return rows
        return 0

    def draw(self, table: PrintedTable, widths: list[float], heights: list[float]) -> None:
        edges = [LEFT + sum(widths[:n]) for n in range(len(widths) + 1)]
        tops = [self.y - sum(heights[:n]) for n in range(len(heights) + 1)]
        lines: set[tuple[float, float, float, float]] = set()
        for row, column, cell in places(table):
            left, right = edges[column], edges[column + cell.columns]
            top, bottom = tops[row], tops[row + cell.rows]
            lines |= {
                (left, top, right, top),
                (left, bottom, right, bottom),
                (left, top, left, bottom),
                (right, top, right, bottom),
            }
            self.cell(cell, left, right, top, bottom)
        self.canvas.setLineWidth(0.6)
        for line in sorted(lines):
            self.canvas.line(*line)
        self.y = tops[-1]

    def cell(self, cell: PrintedCell, left: float, right: float, top: float, bottom: float) -> None:
        size = cell_size(cell, right - left)
        lines = wrap(cell.text, size, right - left - 2 * PAD)
        y = (top + bottom) / 2 + len(lines) * CELL_LEADING / 2
        for line in lines:
            y -= CELL_LEADING
            at = left + PAD if cell.kind == "label" and cell.rows == 1 else (left + right - measure(line, size)) / 2
            self.write(at, y + CELL_LEADING * 0.26, line, size)

    def write(self, x: float, y: float, text: str, size: float) -> None:
        if text:
            self.canvas.setFont(FONT, size)
            self.canvas.drawString(x, y, text)

    def need(self, height: float) -> None:
        if self.y - height < BOTTOM:
            self.turn()

    def turn(self) -> None:
        mark = f"- {self.number} -"
        self.write((PAGE_WIDTH - measure(mark, 10.5)) / 2, BOTTOM - 28, mark, 10.5)
        self.canvas.showPage()
        self.number += 1
        self.y = PAGE_HEIGHT - TOP

    def end(self) -> None:
        self.turn()
        self.canvas.save()


def row_heights(table: PrintedTable, widths: list[float]) -> list[float]:
    """Return the height of each row: its highest cell's; the last row of a taller merged cell takes the rest."""
    heights = [18.0] * len(table.rows)
    spanning = []
    for row, column, cell in places(table):
        width = sum(widths[column : column + cell.columns])
        lines = len(wrap(cell.text, cell_size(cell, width), width - 2 * PAD))
        height = lines * CELL_LEADING + 2 * PAD
        if cell.rows == 1:
            heights[row] = max(heights[row], height)
        else:
            spanning.append((row, cell.rows, height))
    for row, rows, height in spanning:
        short = height - sum(heights[row : row + rows])
        if short > 0:
            heights[row + rows - 1] += short
    return heights


def cell_size(cell: PrintedCell, width: float) -> float:
    """Return the letter size of a cell: a figure is made smaller rather than broken over two lines."""
    size = CELL_SIZE
    while cell.kind == "value" and size > 5 and measure(cell.text, size) > width - 2:
        size -= 0.5
    return size


def wrap(text: str, size: float, width: float, indent: float = 0.0) -> list[str]:
    """Break text into lines no wider than ``width``, anywhere between letters; figures stay whole."""
    lines = []
    for part in text.split("\n") if text else []:
        line, room = "", width - indent
        for piece in _pieces(part):
            wide = measure(piece, size)
            if line and wide > room:
                lines.append(line)
                line, room = "", width
            line, room = line + piece, room - wide
        lines.append(line)
        indent = 0.0
    return lines


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for letter in text:
        whole = letter.isascii() and not letter.isspace()
        if whole and pieces and pieces[-1].isascii() and not pieces[-1].isspace():
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def measure(text: str, size: float) -> float:
    from reportlab.pdfbase import pdfmetrics

    return pdfmetrics.stringWidth(text, FONT, size)
