"""What a PDF shows and what its text says are two: figures that are no text, text that nobody sees, fonts that lie.

Each after public bug reports of readers of PDFs. A writer draws one cell, as ``pdf_sheet.Look.write`` asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics, ttfonts

from tests.defects.sample import Draft, kind
from tests.pdf_sheet import FONT, Look, canvas, draw, finish, section, write

SWAPPED = {"6": "8", "8": "6"}


def picture_of(text: str, size: int = 64) -> Image.Image:
    """Return a text in black on white, cut out with a little room."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(v) for v in font.getbbox(text))
    picture = Image.new("L", (right - left + 8, bottom - top + 8), 255)
    ImageDraw.Draw(picture).text((4 - left, 4 - top), text, font=font, fill=0)
    return picture


def without_figures(c, cell, x0, y0, x1, y1, look):
    if cell.kind != "value":
        write(c, cell, x0, y0, x1, y1, look)


def in_fields(c, cell, x0, y0, x1, y1, look):
    if cell.kind != "value":
        return write(c, cell, x0, y0, x1, y1, look)
    c.acroForm.textfield(
        name=f"f{c.getPageNumber()}_{x0:.0f}_{y0:.0f}",
        value=cell.text,
        x=x0 + 3,
        y=y0 + 4,
        width=x1 - x0 - 6,
        height=y1 - y0 - 8,
        fontSize=9,
        borderWidth=0,
        fillColor=None,
        borderColor=None,
    )


def as_shapes(c, cell, x0, y0, x1, y1, look):
    """Draw a figure as filled shapes, one a row of its pixels."""
    if cell.kind != "value" or not cell.text:
        return write(c, cell, x0, y0, x1, y1, look)
    picture = picture_of(cell.text).point(lambda v: 255 * (v > 127))
    unit = 6 / picture.height
    left, top = (x0 + x1 - picture.width * unit) / 2, (y0 + y1) / 2 + 3
    path = c.beginPath()
    for row in range(picture.height):
        start = None
        for column in range(picture.width + 1):
            black = column < picture.width and picture.getpixel((column, row)) == 0
            if black and start is None:
                start = column
            elif not black and start is not None:
                path.rect(left + start * unit, top - (row + 1) * unit, (column - start) * unit, unit * 1.05)
                start = None
    c.drawPath(path, stroke=0, fill=1)


def as_pictures(c, cell, x0, y0, x1, y1, look):
    if cell.kind != "value" or not cell.text:
        return write(c, cell, x0, y0, x1, y1, look)
    picture = picture_of(cell.text)
    wide = 7 * picture.width / picture.height
    c.drawImage(ImageReader(picture), (x0 + x1 - wide) / 2, (y0 + y1) / 2 - 3.5, wide, 7)


def patched(c, cell, x0, y0, x1, y1, look, new: bool = True):
    """Draw an old figure, a white picture over it, and the new one on that."""
    if cell.kind != "value":
        return write(c, cell, x0, y0, x1, y1, look)
    c.setFont(FONT, 8)
    c.drawCentredString((x0 + x1) / 2, (y0 + y1) / 2 - 4, "47")
    patch = ImageReader(Image.new("RGB", (20, 10), "white"))
    c.drawImage(patch, x0 + 1.5, y0 + 1.5, x1 - x0 - 3, y1 - y0 - 3)
    if new:
        write(c, cell, x0, y0, x1, y1, look)


def backwards(c, cell, x0, y0, x1, y1, look):
    """Draw each digit as a text of its own, the last one first."""
    if cell.kind != "value":
        return write(c, cell, x0, y0, x1, y1, look)
    c.setFont(FONT, 8)
    left = (x0 + x1 - 4 * len(cell.text)) / 2
    for n, digit in reversed(list(enumerate(cell.text))):
        c.drawString(left + 4 * n, (y0 + y1) / 2 - 4, digit)


def marked(c, cell, x0, y0, x1, y1, look):
    """Put a raised note mark beside a figure."""
    write(c, cell, x0, y0, x1, y1, look)
    if cell.kind == "value" and cell.text:
        wide = pdfmetrics.stringWidth(cell.text, look.font, look.size)
        c.setFont(look.font, 5)
        c.drawString((x0 + x1 + wide) / 2 + 0.2, (y0 + y1) / 2, "1")


def corrected(c, cell, x0, y0, x1, y1, look, new: bool = True):
    """Strike an old figure out and write the new one beside it."""
    if cell.kind != "value":
        return write(c, cell, x0, y0, x1, y1, look)
    middle, low = (x0 + x1) / 2 - 3, (y0 + y1) / 2 - 4
    c.setFont(FONT, 8)
    c.drawRightString(middle - 1, low, "9")
    c.setLineWidth(0.5)
    c.line(middle - 7, low + 2.8, middle, low + 2.8)
    if new:
        c.drawString(middle + 1, low, cell.text)


@contextmanager
def lying_font(swapped: Mapping[str, str]) -> Iterator[str]:
    """Give the name of a font whose map to Unicode takes some signs for others; the file is to be finished within."""
    made = ttfonts.makeToUnicodeCMap
    name = "lying" + "".join(f"{ord(sign):x}" for pair in swapped.items() for sign in pair)
    pdfmetrics.registerFont(ttfonts.TTFont(name, Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"))
    ttfonts.makeToUnicodeCMap = lambda font, subset: made(
        font, [ord(swapped.get(chr(code), chr(code))) for code in subset]
    )
    try:
        yield name
    finally:
        ttfonts.makeToUnicodeCMap = made


def in_font(name: str):
    """Return a writer that sets figures in a font of its own."""

    def written(c, cell, x0, y0, x1, y1, look):
        write(c, cell, x0, y0, x1, y1, Look(font=name, size=8) if cell.kind == "value" else look)

    return written


def typeset(draft: Draft, look: Look) -> bytes:
    """Return a PDF of the draft's tables, two pages of them, with the title of the report."""
    buffer, c = canvas()
    section(c, f"甲县人民政府{draft.year}年政府信息公开工作年度报告", 812)
    tables = draft.tables()
    top = draw(c, tables["t2"][0], look)
    for table in tables["t2"][1:]:
        top = draw(c, table, look, top=top - 4)
    for table in (*tables["t3"], *tables["t4"]):
        c.showPage()
        draw(c, table, look)
    return finish(buffer, c)


@kind("W01_figures_in_form_fields", "sc_2021")
def figures_in_form_fields(draft: Draft) -> bytes:
    return typeset(draft, Look(write=in_fields))


@kind("W02_figures_as_shapes", "sc_2021")
def figures_as_shapes(draft: Draft) -> bytes:
    return typeset(draft, Look(write=as_shapes if draft.seed % 2 else as_pictures))


@kind("W03_old_figure_under_a_patch", "sc_2021")
def old_figure_under_a_patch(draft: Draft) -> bytes:
    return typeset(draft, Look(write=patched))


@kind("W04_font_names_other_digits", "sc_2021")
def font_names_other_digits(draft: Draft) -> bytes:
    with lying_font(SWAPPED) as name:
        return typeset(draft, Look(write=in_font(name)))


@kind("W05_mark_beside_a_figure", "sc_2021")
def mark_beside_a_figure(draft: Draft) -> bytes:
    return typeset(draft, Look(write=marked))


@kind("W06_figure_struck_out", "sc_2021")
def figure_struck_out(draft: Draft) -> bytes:
    return typeset(draft, Look(write=corrected))
