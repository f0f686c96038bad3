"""What the picture of a page shows counts: figures that are drawn and not text, text that nobody sees, fonts that lie.

Typeset here with invented figures, a kind of defect a test; each after bug reports of readers of PDFs.
"""

from __future__ import annotations

import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader

from extract.document import Cell
from extract.documents.ocr.models import missing
from extract.documents.pdf.page import read_page
from extract.documents.pdf.scanned import is_picture
from extract.documents.read_document import read_document
from tests.defects.shown_sheets import (
    as_pictures,
    as_shapes,
    backwards,
    corrected,
    in_fields,
    in_font,
    lying_font,
    marked,
    patched,
    picture_of,
    without_figures,
)
from tests.pdf_sheet import A4, Look, canvas, draw, figures, finish, read, report, seen, tables, write
from transform.observations.shown_cell import judge


@pytest.mark.parametrize("drawn", [in_fields, as_shapes, as_pictures])
def test_figures_that_are_no_text_are_read_from_the_picture(drawn):
    """pdf_oxide#92, tabula-java#314, pdfparser#603: fields, curves and small pictures were confirmed blanks."""
    data, values = report(Look(write=drawn))
    found = seen(read(data))
    assert {key: o.value for key, o in found.items()} == {key: float(text) for key, text in values.items()}
    assert {o.reading for o in found.values()} == {"single"}


@pytest.mark.skipif(missing() is not None, reason="the extra ocr is not installed")
def test_signs_that_lean_too_far_are_read_by_the_recogniser():
    """A picture of a figure that the reader of signs does not know; where the two contradict each other it stays unread."""

    def leaning(c, cell, x0, y0, x1, y1, look):
        if cell.kind != "value":
            return write(c, cell, x0, y0, x1, y1, look)
        upright = picture_of(cell.text)
        size = (upright.width + 30, upright.height)
        picture = upright.transform(size, Image.Transform.AFFINE, (1, 0.45, -0.45 * size[1], 0, 1, 0), fillcolor=255)
        wide = 7 * size[0] / size[1]
        c.drawImage(ImageReader(picture), (x0 + x1 - wide) / 2, (y0 + y1) / 2 - 3.5, wide, 7)

    buffer, c = canvas()
    values = figures()
    draw(c, tables(values)["t4"], Look(write=leaning))
    found = seen(read(finish(buffer, c)))
    right = [key for key, o in found.items() if o.value == float(values[key])]
    assert len(found) == 15 and len(right) >= 12
    assert {o.status for key, o in found.items() if key not in right} <= {"unreadable"}
    assert {o.reading for o in found.values()} == {"doubtful"}


def test_ink_that_is_no_figure_is_never_blank():
    def scribbled(c, cell, x0, y0, x1, y1, look):
        without_figures(c, cell, x0, y0, x1, y1, look)
        if cell.kind == "value":
            c.bezier(x0 + 4, y0 + 4, x0 + 9, y1 + 5, x0 + 14, y0 - 9, x1 - 4, y1 - 5)

    found = seen(read(report(Look(write=scribbled))[0]))
    assert {(o.value, o.status, o.reading) for o in found.values()} == {(None, "unreadable", "doubtful")}


def test_empty_cells_are_blank():
    found = seen(read(report(Look(write=without_figures))[0]))
    assert {(o.value, o.status, o.reading) for o in found.values()} == {(None, "blank", "confirmed")}


@pytest.mark.parametrize("new", [False, True])
def test_figure_under_a_patch_is_not_what_is_shown(new):
    """unidoc#194: a wrong figure was covered with a white picture, nothing or the right figure on it."""
    data, values = report(Look(write=lambda *cell: patched(*cell, new=new)))
    found = seen(read(data))
    assert {key: o.value for key, o in found.items()} == {k: float(text) if new else None for k, text in values.items()}
    assert "confirmed" not in {o.reading for o in found.values()}


def test_raised_mark_is_no_digit():
    """A note mark beside a figure: 22¹ is 22 and not 221."""

    data, values = report(Look(write=marked))
    found = seen(read(data))
    assert {key: o.value for key, o in found.items()} == {key: float(text) for key, text in values.items()}


@pytest.mark.parametrize("all_of_it", [False, True])
def test_struck_figure_is_not_the_value(all_of_it):
    data, values = report(Look(write=lambda *cell: corrected(*cell, new=not all_of_it)))
    found = seen(read(data))
    if all_of_it:
        assert {o.value for o in found.values()} == {None}
    else:
        assert {key: o.value for key, o in found.items()} == {key: float(text) for key, text in values.items()}
    assert "confirmed" not in {o.reading for o in found.values()}


def test_grey_figures_between_black_borders_are_seen():
    def grey(c, cell, x0, y0, x1, y1, look):
        c.setFillGray(0.65 if cell.kind == "value" else 0)
        write(c, cell, x0, y0, x1, y1, look)
        c.setFillGray(0)

    data, values = report(Look(write=grey, line_width=1.5))
    found = seen(read(data))
    assert {(key, o.value, o.reading) for key, o in found.items()} == {
        (key, float(text), "confirmed") for key, text in values.items()
    }


def test_digits_drawn_from_right_to_left():
    """pdfplumber#1056: each digit a text of its own, the last one first."""

    data, values = report(Look(write=backwards))
    assert {key: o.value for key, o in seen(read(data)).items()} == {key: float(text) for key, text in values.items()}


@pytest.mark.parametrize(
    "swapped",
    [
        {"6": "8", "8": "6"},
        {str(n): str((n + 1) % 10) for n in range(10)},
        {str(n): chr(0xF030 + n) for n in range(10)},
    ],
    ids=["two digits", "shifted", "private use"],
)
def test_font_that_names_other_digits_than_it_draws(swapped):
    """pdf-inspector#457: both readings of the text share the font's map, so that both were wrong and agreed."""
    with lying_font(swapped) as font:
        data, values = report(Look(write=in_font(font)))
    found = seen(read(data))
    assert {key: o.value for key, o in found.items()} == {key: float(text) for key, text in values.items()}
    assert not [key for key, o in found.items() if o.reading == "confirmed" and set(swapped) & set(values[key])]


def test_what_lies_beside_the_page_is_not_read():
    """An old report beside the part of the sheet that is shown (the crop box)."""
    values = figures()
    buffer, c = canvas((1220.0, 842.0), cropBox=(40, 20, 605, 830))
    for old, new in zip(tables(figures(start=5001)).values(), tables(values).values(), strict=True):
        draw(c, old, left=650)
        draw(c, new)
        c.showPage()
    found = seen(read(finish(buffer, c)))
    assert {key: o.value for key, o in found.items()} == {key: float(text) for key, text in values.items()}
    assert {o.reading for o in found.values()} == {"confirmed"}


def scan(c) -> None:
    """Draw a picture that fills the page."""
    c.drawImage(ImageReader(Image.new("RGB", (60, 80), "white")), 0, 0, *A4)


def drawn_letters(c) -> None:
    c.drawString(290, 30, "- 1 -")
    for n in range(300):
        c.circle(50 + n % 30 * 15, 700 - n // 30 * 15, 2, stroke=0, fill=1)


def typed_over_a_scan(c) -> None:
    scan(c)
    for n in range(60):
        c.drawString(60 + n % 6 * 60, 700 - n // 6 * 20, str(101 + n))


def scan_over_letters(c) -> None:
    draw(c, tables(figures())["t4"])
    scan(c)


def letters_under_a_seal(c) -> None:
    draw(c, tables(figures())["t4"])
    seal = Image.new("RGBA", (60, 80), (255, 255, 255, 0))
    ImageDraw.Draw(seal).ellipse([20, 20, 40, 40], outline=(255, 0, 0, 255))
    c.drawImage(ImageReader(seal), 0, 0, *A4, mask="auto")


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        (drawn_letters, True),
        (typed_over_a_scan, True),
        (scan_over_letters, True),
        (letters_under_a_seal, False),
    ],
)
def test_which_pages_are_read_as_the_pictures_they_show(drawn, expected):
    buffer, c = canvas()
    drawn(c)
    c.showPage()
    pdf = pypdfium2.PdfDocument(finish(buffer, c))
    sheet = pdf[0]
    text = sheet.get_textpage().get_text_range()
    assert is_picture(text, read_page(sheet, 1)) is expected


def test_page_without_a_recogniser_is_looked_at_all_the_same(monkeypatch):
    import sys

    for module in ("cv2", "onnxruntime", "rapidocr"):
        monkeypatch.setitem(sys.modules, module, None)
    document = read_document(report()[0])
    cells = [
        cell for reading in document.readings for grid in reading.grids for cell in grid.cells if cell.text.isdigit()
    ]
    assert len(cells) == 400
    assert [cell.text for cell in cells] == ["".join(cell.shown.split()) for cell in cells]


@pytest.mark.parametrize(
    ("text", "shown", "doubt", "value", "status", "sure"),
    [
        ("165", "165", None, 165, "reported", True),
        ("1,650", "1,650", None, 1650, "reported", True),
        ("—", "-", None, None, "slash", True),
        ("", "", None, None, "blank", True),
        ("165", "1?5", None, 165, "reported", True),
        ("165", None, None, 165, "reported", True),
        ("", "165", None, 165, "reported", False),
        ("", "1?5", None, None, "unreadable", False),
        ("165", "", None, None, "blank", False),
        ("165", "185", None, 165, "reported", False),
        ("165", "185", "letters printed over each other", 185, "reported", False),
        ("9165", "165", None, 165, "reported", False),
        ("\ufffd\ufffd", "16", None, 16, "reported", False),
    ],
)
def test_text_and_picture_of_a_cell(text, shown, doubt, value, status, sure):
    judged = judge(Cell(0, 0, text, "p1 0,0,1,1", doubt=doubt, shown=shown))
    assert (judged.value.value, judged.value.status) == (value, status)
    assert (not judged.doubt and judged.value.status != "unreadable" and judged.text == text) is sure
