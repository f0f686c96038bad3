"""PDF: two independent readings of typeset tables with known cells."""

import copy
import io

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase._cidfontdata import CIDFontInfo
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from extract.document import Document
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))

ROWS = [
    ["第二十条第（一）项", None, None, None],
    ["信息内容", "本年制发件数", "本年废止件数", "现行有效件数"],
    ["规章", "1", "20", "311"],
    ["行政规范性文件", "4,567", "", "89"],
]
PLACES = {
    (0, 0): ("第二十条第（一）项", 1, 4),
    (1, 0): ("信息内容", 1, 1),
    (1, 1): ("本年制发件数", 1, 1),
    (1, 2): ("本年废止件数", 1, 1),
    (1, 3): ("现行有效件数", 1, 1),
    (2, 0): ("规章", 1, 1),
    (2, 1): ("1", 1, 1),
    (2, 2): ("20", 1, 1),
    (2, 3): ("311", 1, 1),
    (3, 0): ("行政规范性文件", 1, 1),
    (3, 1): ("4,567", 1, 1),
    (3, 2): ("", 1, 1),
    (3, 3): ("89", 1, 1),
}


def canvas(**options):
    buffer = io.BytesIO()
    return buffer, Canvas(buffer, pageCompression=0, **{"pagesize": (595, 842), **options})


def table(c, rows=ROWS, x=70, top=700, widths=(130, 110, 110, 110), height=30, size=11, lines=True, font=FONT):
    """Typeset rows; None in a row is a place that the cell before it spans."""
    edges = [x]
    for width in widths:
        edges.append(edges[-1] + width)
    c.setFont(font, size)
    c.setLineWidth(0.5)
    for r, row in enumerate(rows):
        y0, y1 = top - (r + 1) * height, top - r * height
        for col, text in enumerate(row):
            if text is None:
                continue
            last = col
            while last + 1 < len(row) and row[last + 1] is None:
                last += 1
            if lines:
                c.rect(edges[col], y0, edges[last + 1] - edges[col], height, stroke=1, fill=0)
            for n, line in enumerate(text.split("\n")):
                middle = (edges[col] + edges[last + 1]) / 2
                c.drawCentredString(middle, (y0 + y1) / 2 - 4 - n * (size + 1) + (text.count("\n")) * 6, line)
    return edges


def finish(buffer, c) -> bytes:
    c.save()
    return buffer.getvalue()


def places(grid):
    return {(cell.row, cell.col): (cell.text, cell.row_span, cell.col_span) for cell in grid.cells}


def read(data) -> Document:
    return read_document(data)


def both(document, number=0):
    assert len(document.readings) == 2
    first, second = document.readings
    assert first.reader.split()[0] in ("camelot", "pdfplumber")
    assert second.reader.startswith("pdfium")
    assert not first.structural and not second.structural
    return places(first.grids[number]), places(second.grids[number])


def test_two_readings_agree_on_every_cell_and_span():
    buffer, c = canvas()
    table(c)
    document = read(finish(buffer, c))
    assert both(document) == (PLACES, PLACES)
    assert document.media_type == "application/pdf"
    assert document.pages == 1
    assert document.readings[0].reader.startswith("camelot")


def test_locator_is_page_and_box_in_points():
    buffer, c = canvas()
    c.showPage()
    table(c)
    document = read(finish(buffer, c))
    for reading in document.readings:
        grid = reading.grids[0]
        assert grid.page == 2
        assert [round(edge) for edge in grid.edges] == [70, 200, 310, 420, 530]
        page, box = grid.at(2, 3).locator.split(" ")
        assert page == "p2"
        assert [round(float(value)) for value in box.split(",")] == [420, 610, 530, 640]


def test_label_merged_over_rows_is_one_cell():
    buffer, c = canvas()
    c.setLineWidth(0.5)
    c.rect(70, 610, 60, 90)
    table(c, [["甲", "1"], ["乙", "2"], ["丙", "3"]], x=130, widths=(100, 100))
    c.drawCentredString(100, 650, "合计")
    for got in both(read(finish(buffer, c))):
        assert got == {
            (0, 0): ("合计", 3, 1),
            (0, 1): ("甲", 1, 1),
            (0, 2): ("1", 1, 1),
            (1, 1): ("乙", 1, 1),
            (1, 2): ("2", 1, 1),
            (2, 1): ("丙", 1, 1),
            (2, 2): ("3", 1, 1),
        }


def test_number_wrapped_in_a_narrow_cell_keeps_its_lines_in_order():
    buffer, c = canvas()
    table(c, [["本年新收", "结果"], ["123\n45", "7"]], widths=(80, 80))
    for got in both(read(finish(buffer, c))):
        assert got[1, 0] == ("123\n45", 1, 1)
        assert got[1, 1] == ("7", 1, 1)


def test_two_numbers_in_a_cell_are_not_joined_to_one():
    buffer, c = canvas()
    table(c, [["信息内容", "数量"], ["规章", "12  34"]])
    own = both(read(finish(buffer, c)))[1]
    assert own[1, 1][0] == "12 34"


def turned(angle):
    """Begin a page of 595 by 842 points whose rotation shows it upright again, drawn on as it is shown."""
    # reportlab swaps the sides of a page turned by 90 or 270 degrees.
    buffer, c = canvas(pagesize=(595, 842) if angle == 180 else (842, 595))
    c.setPageRotation(angle)
    c.translate(*{90: (595, 0), 180: (595, 842), 270: (0, 842)}[angle])
    c.rotate(angle)
    return buffer, c


def test_rotated_page():
    buffer, c = turned(90)
    table(c, top=500, x=300)
    document = read(finish(buffer, c))
    assert both(document) == (PLACES, PLACES)
    first, second = (reading.grids[0].at(2, 3).locator for reading in document.readings)
    assert first == second
    assert document.readings[0].reader.startswith("camelot")


@pytest.mark.parametrize("angle", [180, 270])
def test_other_rotations_in_our_own_reading(angle):
    buffer, c = turned(angle)
    table(c, top=500)
    document = read(finish(buffer, c))
    assert places(document.readings[-1].grids[0]) == PLACES
    assert [round(edge) for edge in document.readings[-1].grids[0].edges] == [70, 200, 310, 420, 530]


def test_font_without_ascent_and_descent_is_read_by_pdfplumber(monkeypatch):
    info = copy.deepcopy(CIDFontInfo[FONT])
    descriptor = info["DescendantFonts"][0]["FontDescriptor"]
    descriptor.update({"Ascent": 0, "Descent": 0, "FontBBox": [-1002, -1048, 2928, 1808]})
    monkeypatch.setitem(CIDFontInfo, FONT, info)
    buffer, c = canvas()
    table(c, height=16)
    document = read(finish(buffer, c))
    assert both(document) == (PLACES, PLACES)
    assert document.readings[0].reader.startswith("pdfplumber")


def test_imitated_bold_is_read_once():
    buffer, c = canvas()
    table(c)
    c.translate(0.3, 0)
    table(c, lines=False)
    document = read(finish(buffer, c))
    assert both(document) == (PLACES, PLACES)


def test_blank_table_is_read_twice_too():
    header = [["申请人情况"] + [None] * 9, ["", *"甲乙丙丁戊己庚", "总计", ""]]
    rows = header + [["一、本年新收"] + [""] * 9] + [[""] * 10 for _ in range(30)]
    buffer, c = canvas()
    table(c, rows, height=16, size=8, widths=[50] * 10, top=780, x=40)
    first, second = both(read(finish(buffer, c)))
    assert first == second
    assert first[2, 0][0] == "一、本年新收"
    assert first[32, 9] == ("", 1, 1)


def test_real_repetition_of_digits_stays():
    buffer, c = canvas()
    table(c, [["信息内容", "数量"], ["规章", "1111"], ["其他", "3300"]])
    for got in both(read(finish(buffer, c))):
        assert got[1, 1][0] == "1111"
        assert got[2, 1][0] == "3300"


def test_white_line_splits_no_row():
    buffer, c = canvas()
    edges = table(c)
    c.setStrokeColorRGB(1, 1, 1)
    c.line(edges[0], 625, edges[-1], 625)
    document = read(finish(buffer, c))
    assert places(document.readings[-1].grids[0]) == PLACES


def test_missing_top_line_loses_no_row():
    buffer, c = canvas()
    c.setFont(FONT, 11)
    for x in (70, 170, 270):
        c.line(x, 610, x, 700)
    for y in (670, 640, 610):
        c.line(70, y, 270, y)
    for row, (label, value) in enumerate([("信息内容", "数量"), ("规章", "7"), ("其他", "8")]):
        c.drawCentredString(120, 681 - row * 30, label)
        c.drawCentredString(220, 681 - row * 30, value)
    own = places(read(finish(buffer, c)).readings[-1].grids[0])
    assert own == {
        (0, 0): ("信息内容", 1, 1),
        (0, 1): ("数量", 1, 1),
        (1, 0): ("规章", 1, 1),
        (1, 1): ("7", 1, 1),
        (2, 0): ("其他", 1, 1),
        (2, 1): ("8", 1, 1),
    }


def test_thin_filled_shapes_and_forms_are_lines_too():
    buffer, c = canvas()
    c.beginForm("lines")
    for y in (0, 30, 60):
        c.rect(0, y, 200, 0.6, stroke=0, fill=1)
    for x in (0, 100, 200):
        c.rect(x, 0, 0.6, 60, stroke=0, fill=1)
    c.endForm()
    c.saveState()
    c.translate(70, 640)
    c.doForm("lines")
    c.restoreState()
    c.setFont(FONT, 11)
    for text, x, y in (("信息内容", 90, 680), ("数量", 200, 680), ("规章", 90, 650), ("5", 200, 650)):
        c.drawString(x, y, text)
    document = read(finish(buffer, c))
    assert places(document.readings[-1].grids[0])[1, 1] == ("5", 1, 1)
    assert [round(edge) for edge in document.readings[-1].grids[0].edges] == [70, 170, 270]


def test_invisible_characters_are_not_read():
    buffer, c = canvas()
    table(c)
    text = c.beginText(460, 620)
    text.setTextRenderMode(3)
    text.setFont(FONT, 11)
    text.textOut("9")
    c.drawText(text)
    document = read(finish(buffer, c))
    own = document.readings[0]
    assert own.reader.startswith("pdfium")
    assert places(own.grids[0]) == PLACES
    assert [cell.text for cell in own.grids[0].cells if cell.doubt] == ["311"]
    assert any("invisible" in note for note in document.notes)


def test_watermark_across_a_table_is_not_read():
    buffer, c = canvas()
    table(c)
    c.saveState()
    c.translate(260, 560)
    c.rotate(40)
    c.setFont(FONT, 40)
    c.drawString(0, 0, "内部资料99")
    c.restoreState()
    document = read(finish(buffer, c))
    assert places(document.readings[-1].grids[0]) == PLACES
    assert any("slanted" in note for note in document.notes)


def test_text_in_letters_that_mean_nothing_is_told():
    buffer, c = canvas()
    c.setFont("Helvetica", 10)
    for line in range(6):
        c.drawString(70, 700 - 20 * line, "EBFGEH#IJ KL )5MNO )PQNO RSTUNO")
    assert any("Unicode" in note for note in read(finish(buffer, c)).notes)
    buffer, c = canvas()
    table(c)
    c.drawString(70, 300, "本机关认真落实公开要求。" * 10)
    assert read(finish(buffer, c)).notes == ()


def test_reading_that_fails_leaves_the_other_and_a_note(monkeypatch):
    from extract.documents.second_reading import by_camelot

    def fail(*args):
        raise ValueError("bad stream")

    monkeypatch.setattr(by_camelot, "read_tables", fail)
    buffer, c = canvas()
    table(c)
    document = read(finish(buffer, c))
    assert [places(reading.grids[0]) for reading in document.readings] == [PLACES]
    assert document.blocks[0].grid == 1
    assert any("bad stream" in note for note in document.notes)


def test_blocks_keep_reading_order_and_drop_page_marks():
    buffer, c = canvas()
    c.setTitle("示例年度报告")
    c.setFont(FONT, 12)
    c.drawString(94, 780, "二、主动公开政府信息情况")
    table(c)
    c.setFont(FONT, 12)
    c.drawString(94, 500, "三、收到和处理政府信息公开申请情况")
    c.drawCentredString(297, 40, "- 1 -")
    document = read(finish(buffer, c))
    assert [block.text or block.grid for block in document.blocks] == [
        "二、主动公开政府信息情况",
        1,
        "三、收到和处理政府信息公开申请情况",
    ]
    assert document.meta["title"] == "示例年度报告"
    for block in document.blocks:
        assert document.text[block.start : block.start + len(block.text)] == block.text


def test_lines_of_a_paragraph_are_joined_over_a_page_break():
    buffer, c = canvas()
    c.setFont(FONT, 12)
    c.drawString(94, 130, "全年共受理申请" + "甲" * 28)
    c.drawString(70, 106, "乙" * 37)
    c.drawCentredString(297, 40, "— 1 —")
    c.showPage()
    c.setFont(FONT, 12)
    c.drawString(70, 780, "一百二十件。")
    c.drawString(94, 756, "另起一段。")
    c.drawString(70, 732, "丙" * 37)
    document = read(finish(buffer, c))
    assert document.blocks[0].text == "全年共受理申请" + "甲" * 28 + "乙" * 37 + "一百二十件。"
    assert document.blocks[1].text.startswith("另起一段。")


def test_several_tables_of_one_page_are_apart():
    buffer, c = canvas()
    table(c, top=760)
    table(c, [["信息内容", "本年处理决定数量"], ["行政许可", "12"]], widths=(100, 120), top=400)
    for reading in read(finish(buffer, c)).readings:
        assert [(grid.number, grid.n_rows, grid.n_cols) for grid in reading.grids] == [(1, 4, 4), (2, 2, 2)]


def test_page_without_text_layer_is_said_to_be_a_picture(monkeypatch):
    monkeypatch.setattr("extract.documents.ocr.models.missing", lambda: "no recogniser")
    from PIL import Image

    buffer, c = canvas()
    picture = io.BytesIO()
    Image.new("L", (900, 1200), 200).save(picture, "PNG")
    picture.seek(0)
    from reportlab.lib.utils import ImageReader

    c.drawImage(ImageReader(picture), 0, 0, 595, 842)
    document = read(finish(buffer, c))
    assert document.readings == ()
    assert document.pictures == 1
    assert document.notes[0] == "no text layer: the pages are pictures; needs character recognition"


def test_password_protection():
    buffer, c = canvas(encrypt=StandardEncryption("", ownerPassword="owner", strength=128))
    table(c)
    assert both(read(finish(buffer, c))) == (PLACES, PLACES)
    buffer, c = canvas(encrypt=StandardEncryption("secret", ownerPassword="owner", strength=128))
    table(c)
    with pytest.raises(UnreadableDocument, match="password"):
        read(finish(buffer, c))


def test_long_document_is_read_where_its_tables_stand():
    buffer, c = canvas()
    for number in range(60):
        c.setFont(FONT, 12)
        if number == 30:
            table(c)
        else:
            c.drawString(94, 700, f"正文第{number}段")
        c.showPage()
    document = read(finish(buffer, c))
    assert document.pages == 60
    assert both(document) == (PLACES, PLACES)
    assert document.readings[0].grids[0].page == 31
    assert "正文第59段" in document.text


@pytest.mark.parametrize("kept", [9, 200, 1500])
def test_cut_file_is_unreadable_with_a_reason(kept):
    buffer, c = canvas()
    table(c)
    with pytest.raises(UnreadableDocument) as raised:
        read(finish(buffer, c)[:kept])
    assert "PDF" in raised.value.reason
