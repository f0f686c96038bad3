"""Hard PDF tables: lines, letters and layers that mislead; every cell right or flagged, nothing silent.

Public reports of the same fault in other programs are named where a test covers one.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument
from tests.pdf_sheet import (
    A4,
    FONT,
    Look,
    assert_read,
    canvas,
    draw,
    edges,
    figures,
    finish,
    places,
    read,
    report,
    requests,
    seen,
    silent,
    tables,
    write,
)
from transform.reports.read_report import read_report

# Debian packages fonts-arphic-uming, fonts-arphic-gbsn00lp, fonts-wqy-zenhei, fonts-wqy-microhei.
FAMILIES = {
    "uming": "arphic/uming.ttc",
    "sungti": "arphic-gbsn00lp/gbsn00lp.ttf",
    "zenhei": "wqy/wqy-zenhei.ttc",
    "microhei": "wqy/wqy-microhei.ttc",
}
INSTALLED = {
    name: path for name, file in FAMILIES.items() if (path := Path("/usr/share/fonts/truetype") / file).is_file()
}


def one_page(look: Look, **options):
    buffer, c, values, table = requests(**options)
    draw(c, table, look)
    return finish(buffer, c), values


# Lines


def test_thin_grey_lines():
    assert_read(*one_page(Look(grey=0.9, line_width=0.1)))


def test_double_lines():
    assert_read(*report(Look(lines="double", line_width=0.4)))


def crossed(spacing):
    """Table 3 with labels on two lines and an invisible line through each row."""
    buffer, c, values, table = requests()

    def two_lines(c, cell, x0, y0, x1, y1, look):
        half = (len(cell.text) + 1) // 2
        broken = cell.kind == "label" and cell.rows == 1 and len(cell.text) > 6
        write(
            c, replace(cell, text=f"{cell.text[:half]}\n{cell.text[half:]}") if broken else cell, x0, y0, x1, y1, look
        )

    look = Look(write=two_lines)
    draw(c, table, look)
    xs, ys = edges(table, look)
    c.setStrokeGray(1)
    c.setLineWidth(0.5)
    for y in ys[3:-1]:
        c.line(xs[0], y - spacing, xs[-1], y - spacing)
    return finish(buffer, c), values


def test_invisible_white_line_splits_no_row():
    """pdfplumber#285: a white line through a row splits it in every reader of lines."""
    assert_read(*crossed(11))
    assert_read(*crossed(7))


@pytest.mark.parametrize("form", ["sc_2021", "sc_2019"])
def test_no_lines_at_all(form):
    data, values = report(Look(lines="none"), form=form)
    reading = assert_read(data, values, confirmed=0.4)
    # Blank space has no border: what only the text's position tells is never more than one reading, unless two agree.
    assert {o.reading for o in reading.observations} == {"confirmed", "single"}


def figures_under_headings(form: str, look: Look, *, empty: str = "") -> tuple[bytes, dict]:
    """Return a page with Table 2 and no lines, and its values; ``empty`` is a cell's value that is left out."""
    values = figures(form)
    table = tables(values, form)["t2"]
    printed = {cell.text for row in table.rows for cell in row}
    rows = tuple(
        tuple(replace(cell, text="" if cell.text == empty else cell.text) for cell in row) for row in table.rows
    )
    buffer, c = canvas()
    draw(c, replace(table, rows=rows), look)
    return finish(buffer, c), {key: "" if text == empty else text for key, text in values.items() if text in printed}


@pytest.mark.parametrize("form", ["sc_2021", "sc_2019"])
def test_figures_under_headings_without_lines_are_read_twice(form):
    """Once by the heading they stand under, once by their order; by playa and by pdfium."""
    reading = assert_read(*figures_under_headings(form, Look(lines="none")))
    assert {o.reader.partition(" ")[0] for o in reading.observations} == {"playa"}
    assert all(o.reader.endswith("; text order") for o in reading.observations)


def test_blank_cell_under_a_heading_stays_blank_and_its_row_is_read_once():
    data, values = figures_under_headings("sc_2021", Look(lines="none"), empty=figures()["regulations.repealed", None])
    row = [key for key in values if key[0].startswith("regulations.")]
    assert_read(data, values, confirmed=0.7, doubtful=row)


def test_labels_over_several_lines_leave_one_reading():
    assert_read(*figures_under_headings("sc_2019", Look(lines="none", width=250)), confirmed=0.0)


def test_figures_beside_their_heading_are_never_put_under_another():
    def to_the_right(c, cell, x0, y0, x1, y1, look):
        if cell.text.isdigit():
            c.setFont(look.font, look.size)
            c.drawRightString(x1 + 40, (y0 + y1) / 2 - 3, cell.text)
        else:
            write(c, cell, x0, y0, x1, y1, look)

    data, values = figures_under_headings("sc_2021", Look(lines="none", write=to_the_right))
    found = seen(read(data))
    assert silent(found, values) == []
    assert {o.reading for o in found.values()} == {"single"}


def test_two_tables_without_lines_on_a_page_are_apart():
    buffer, c = canvas()
    values = {key: text for key, text in figures().items() if key[1] or key[0].startswith(("review", "lit"))}
    both = tables(figures())
    c.setFont(FONT, 12)
    c.drawString(60, 810, "三、收到和处理政府信息公开申请情况")
    y = draw(c, both["t3"], Look(lines="none", row_height=20), top=800)
    c.setFont(FONT, 12)
    c.drawString(60, y - 20, "四、政府信息公开行政复议、行政诉讼情况")
    draw(c, both["t4"], Look(lines="none"), top=y - 30)
    assert_read(finish(buffer, c), values, confirmed=0.4)


def test_empty_cells_without_lines_stay_empty():
    buffer, c, values, table = requests()
    emptied = {text: "" for n, text in enumerate(values.values()) if n % 5 == 2}
    rows = tuple(tuple(replace(x, text=emptied.get(x.text, x.text)) for x in row) for row in table.rows)
    draw(c, replace(table, rows=rows), Look(lines="none"))
    assert_read(finish(buffer, c), {key: emptied.get(text, text) for key, text in values.items()}, confirmed=0)


def test_lines_between_rows_only():
    buffer, c, values, table = requests()
    draw(c, table, Look(lines="none"))
    xs, ys = edges(table, Look())
    for y in ys:
        c.line(xs[0], y, xs[-1], y)
    assert_read(finish(buffer, c), values, confirmed=0.4)


def test_lines_that_are_a_picture():
    buffer, c, values, table = requests()
    xs, ys = edges(table, Look())
    sheet = Image.new("RGB", (int(A4[0] * 3), int(A4[1] * 3)), "white")
    pen = ImageDraw.Draw(sheet)
    for row, column, cell in places(table):
        left, right, top, bottom = xs[column], xs[column + cell.columns], ys[row], ys[row + cell.rows]
        pen.rectangle([left * 3, (A4[1] - top) * 3, right * 3, (A4[1] - bottom) * 3], outline="black", width=2)
    c.drawImage(ImageReader(sheet), 0, 0, *A4)
    draw(c, table, Look(lines="none"))
    reading = assert_read(finish(buffer, c), values)
    assert all("raster" in o.reader and "text positions" in o.reader for o in reading.observations)


# Letters


def test_imitated_bold_is_read_once():
    """camelot#15, pdfplumber#71: text printed twice on a spot is read twice, 3010 as 33001100."""

    def bold(c, cell, x0, y0, x1, y1, look):
        for shift in (0, 0.25, 0.5):
            write(c, cell, x0 + shift, y0, x1 + shift, y1, look)

    assert_read(*report(Look(write=bold)))


def test_letter_spaced_headers():
    def spaced(c, cell, x0, y0, x1, y1, look):
        if cell.kind != "header" or not 2 <= len(cell.text) <= 4 or x1 - x0 > 60:
            return write(c, cell, x0, y0, x1, y1, look)
        c.setFont(look.font, 7)
        step = (x1 - x0 - 4) / len(cell.text)
        for n, letter in enumerate(cell.text):
            c.drawString(x0 + 3 + n * step, (y0 + y1) / 2 - 3, letter)

    assert_read(*report(Look(write=spaced)))


def upright_font():
    font = UnicodeCIDFont(FONT, isVertical=True)
    font.name = font.fontName = "STSong-V"
    pdfmetrics.registerFont(font)
    return font.name


def stacked(c, text, x, y, size):
    """One letter a line."""
    c.setFont(FONT, size)
    for n, letter in enumerate(text):
        c.drawCentredString(x, y + (len(text) / 2 - n - 0.9) * size * 1.02, letter)


def downwards(c, text, x, y, size):
    """Set from top to bottom, in columns of four from the right."""
    columns = [text[n : n + 4] for n in range(0, len(text), 4)]
    c.setFont(upright_font(), size)
    for n, column in enumerate(columns):
        c.drawString(x + ((len(columns) - 1) / 2 - n) * size * 1.2, y + len(column) * size / 2, column)


def turned(angle):
    def draw_turned(c, text, x, y, size):
        lines = [text[n : n + 4] for n in range(0, len(text), 4)]
        c.saveState()
        c.translate(x, y)
        c.rotate(angle)
        c.setFont(FONT, size)
        for n, line in enumerate(lines):
            c.drawCentredString(0, -size * 0.35 + ((len(lines) - 1) / 2 - n) * size * 1.2, line)
        c.restoreState()

    return draw_turned


@pytest.mark.parametrize(
    "way", [stacked, downwards, turned(90), turned(-90)], ids=["stacked", "downwards", "left", "right"]
)
def test_vertical_headers(way):
    def upright(c, cell, x0, y0, x1, y1, look):
        if cell.kind == "header" and 2 <= len(cell.text) <= 7 and x1 - x0 < 60:
            way(c, cell.text, (x0 + x1) / 2, (y0 + y1) / 2, min(look.size, (y1 - y0 - 2) / min(len(cell.text), 7)))
        else:
            write(c, cell, x0, y0, x1, y1, look)

    buffer, c = canvas()
    values = figures()
    for name, table in tables(values).items():
        heights = {"t2": None, "t3": [22, 22, 64] + [22] * (len(table.rows) - 3), "t4": [22, 40, 64, 22]}[name]
        draw(c, table, Look(write=upright), heights=heights)
        c.showPage()
    assert_read(finish(buffer, c), values)


@pytest.mark.parametrize("digits", [2, 3, 4])
def test_number_wrapped_in_a_column_one_digit_wide(digits):
    # 10 is printed as 1 over 0.
    start = {2: 10, 3: 131, 4: 1310}[digits]
    values = {key: str(start + n % 90) for n, key in enumerate(figures())}
    buffer, c = canvas()
    table = tables(values)["t3"]
    draw(c, replace(table, widths=(0.5, 1.1, 3.6, *[0.12] * 7)), Look(row_height=27))
    assert_read(finish(buffer, c), {key: text for key, text in values.items() if key[1]})


def test_two_numbers_in_a_cell_are_never_silently_one():
    buffer, c, values, table = requests()
    draw(c, table)
    xs, ys = edges(table, Look())
    c.setFont(FONT, 7)
    for row, (dx, dy) in enumerate([(0, -7.5), (9, 0), (4, 0), (4, -1)], 4):
        c.drawCentredString((xs[4] + xs[5]) / 2 + dx, (ys[row] + ys[row + 1]) / 2 - 3 + dy, "7")
    found = seen(read(finish(buffer, c)))
    assert silent(found, values) == []
    assert sum(o.reading == "confirmed" for o in found.values()) == len(values) - 4


@pytest.mark.parametrize("name", sorted(INSTALLED))
def test_font_families(name):
    pdfmetrics.registerFont(TTFont(name, str(INSTALLED[name])))
    assert_read(*report(Look(font=name)))


def without_ascent(name, path):
    font = TTFont(f"{name}-0", str(path))
    # reportlab takes fonts whose faces have one name for one font.
    font.face.name += b"0"
    font.face.ascent = font.face.descent = 0
    font.face.bbox = [-1002, -1048, 2928, 1808]
    pdfmetrics.registerFont(font)
    return font


@pytest.mark.parametrize("name", sorted(INSTALLED))
def test_font_without_ascent_and_descent(name):
    """playa#79: a font that declares both as 0 (Noto CJK does) puts text a row off, without a warning."""
    font = without_ascent(name, INSTALLED[name])
    reading = assert_read(*one_page(Look(font=font.fontName, row_height=16)))
    assert {o.reader.split()[0] for o in reading.observations} == {"pdfplumber"}


if INSTALLED:

    def test_font_without_ascent_inside_a_form_is_found():
        name, path = sorted(INSTALLED.items())[0]
        font = without_ascent(name, path)
        buffer, c, values, table = requests()
        c.beginForm("table")
        draw(c, table, Look(font=font.fontName, row_height=16))
        c.endForm()
        c.doForm("table")
        reading = assert_read(finish(buffer, c), values)
        assert {o.reader.split()[0] for o in reading.observations} == {"pdfplumber"}

    def test_letters_without_unicode_values_are_left_to_character_recognition(monkeypatch):
        """pdfplumber#159 and every other reader: nothing can be read; so it must be said."""
        monkeypatch.setattr("extract.documents.ocr.models.missing", lambda: "no recogniser")
        name, path = sorted(INSTALLED.items())[0]
        pdfmetrics.registerFont(TTFont(f"{name}-bare", str(path)))
        data, _ = report(Look(font=f"{name}-bare"))
        assert b"/ToUnicode" in data
        reading = read(data.replace(b"/ToUnicode", b"/ToNothing"))
        assert reading.status == "unreadable"
        assert "Unicode" in (reading.reason or "")
        assert "character recognition" in (reading.reason or "")
        assert reading.observations == ()


# Layers


def test_slanted_watermark():
    buffer, c, values, table = requests()
    draw(c, table)
    c.saveState()
    c.setFillGray(0.8)
    c.translate(120, 200)
    c.rotate(45)
    c.setFont(FONT, 48)
    c.drawString(0, 0, "内部资料2024严禁外传")
    c.restoreState()
    assert_read(finish(buffer, c), values)


def test_large_stamp_across_the_table():
    buffer, c, values, table = requests()
    draw(c, table)
    c.setFillColorRGB(1, 0, 0)
    c.setFont(FONT, 40)
    c.drawString(200, 400, "已审核2024")
    assert_read(finish(buffer, c), values)


def test_small_stamp_flags_the_cells_it_covers():
    buffer, c, values, table = requests()
    draw(c, table)
    c.setFillColorRGB(1, 0, 0)
    c.circle(400, 400, 40)
    c.setFont(FONT, 9)
    c.drawString(375, 405, "示例市政府")
    c.drawString(372, 392, "2024")
    found = seen(read(finish(buffer, c)))
    assert silent(found, values) == []
    unsure = {key for key, o in found.items() if o.reading != "confirmed"}
    assert 1 <= len(unsure) <= 6
    assert all(found[key].value == float(values[key]) for key in values if key not in unsure)


@pytest.mark.parametrize("kind", ["mode 3", "transparent", "white", "clipped", "covered", "off the page"])
def test_text_that_cannot_be_seen(kind):
    buffer, c, values, table = requests()
    draw(c, table)
    xs, ys = edges(table, Look())
    x, y = (xs[5] + xs[6]) / 2, ys[8] - 14
    inside = next(key for key, text in values.items() if text == table.rows[8][-5].text)
    c.saveState()
    text = c.beginText(x + 8, y)
    text.setFont(FONT, 8)
    if kind == "mode 3":
        text.setTextRenderMode(3)
    elif kind == "transparent":
        c.setFillAlpha(0)
    elif kind == "white":
        text.setFillColorRGB(1, 1, 1)
    elif kind == "clipped":
        path = c.beginPath()
        path.rect(10, 10, 20, 20)
        c.clipPath(path, stroke=0, fill=0)
    elif kind == "off the page":
        text.setTextOrigin(700, y)
    text.textOut("7")
    c.drawText(text)
    c.restoreState()
    if kind == "covered":
        # The old figure under a white patch with the new one on it.
        c.setFillGray(1)
        c.rect(xs[5] + 1, ys[9] + 1, xs[6] - xs[5] - 2, ys[8] - ys[9] - 2, stroke=0, fill=1)
        c.setFillGray(0)
        c.setFont(FONT, 8)
        c.drawCentredString(x, y, values[inside])
    doubtful = [] if kind == "off the page" else [inside]
    assert_read(finish(buffer, c), values, confirmed=0.99, doubtful=doubtful)


def test_white_letters_on_a_dark_header_are_seen():
    def inverted(c, cell, x0, y0, x1, y1, look):
        if cell.kind == "header":
            c.setFillGray(0.2)
            c.rect(x0, y0, x1 - x0, y1 - y0, stroke=0, fill=1)
            c.setFillGray(1)
        write(c, cell, x0, y0, x1, y1, look)
        c.setFillGray(0)

    assert_read(*one_page(Look(write=inverted)))


def test_shaded_rows_cover_nothing():
    def shaded(c, cell, x0, y0, x1, y1, look):
        c.setFillGray(0.9 if int(y0) % 2 else 1)
        c.rect(x0, y0, x1 - x0, y1 - y0, stroke=0, fill=1)
        c.setFillGray(0)
        write(c, cell, x0, y0, x1, y1, look)

    assert_read(*one_page(Look(write=shaded)))


# Damaged files


def damaged():
    data, _ = one_page(Look())
    start = data.rindex(b"startxref")
    return {
        "bad xref offset": data[:start] + b"startxref\n999999\n%%EOF\n",
        "no xref": data[: data.rindex(b"xref\n0")],
        "cut in the middle": data[: len(data) // 2],
        "cut in the header": data[:12],
        "only a header": b"%PDF-1.4\n",
        "zeros": b"%PDF-1.4\n" + bytes(5000),
        "no pages": b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF",
    }


@pytest.mark.parametrize("kind", sorted(damaged()))
def test_damaged_file_is_read_or_unreadable_with_a_reason(kind):
    data = damaged()[kind]
    try:
        document = read_document(data)
    except UnreadableDocument as error:
        assert "PDF" in error.reason
        assert kind != "bad xref offset"
        return
    # What pdfium can mend it mends; nothing is made up.
    assert kind in ("bad xref offset", "no xref", "cut in the middle")
    (found,) = read_report(document)
    _, values = one_page(Look())
    assert silent(seen(found), values) == []
