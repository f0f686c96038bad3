"""Sheets: each cell as the sheet shows it, at its place; nothing hidden read, nothing left out unsaid."""

import csv
import datetime
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.drawing.image import Image

from extract.document import Document, Grid
from extract.documents.read_document import read_document
from extract.documents.sheets.number_format import show
from extract.errors import UnreadableDocument

DATA = Path(__file__).parent / "data"


def workbook(rows, **options):
    """Return an openpyxl workbook with one sheet of these rows."""
    book = openpyxl.Workbook()
    fill(book.active, rows)
    return book


def fill(sheet, rows):
    for row, values in enumerate(rows, 1):
        for col, value in enumerate(values, 1):
            if value is not None:
                sheet.cell(row, col, value)


def save(book):
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(book) -> Document:
    return read_document(save(book))


def texts(grid: Grid):
    return [
        [cell.text if (cell := grid.at(row, col)) else None for col in range(grid.n_cols)] for row in range(grid.n_rows)
    ]


def grids(document):
    return document.readings[0].grids


def edit(data, name, change):
    """Return a package with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content.decode()) if member == name else content)
    return out.getvalue()


TABLE = [["信息内容", "本年制发件数", "现行有效件数"], ["规章", 0, 12], ["行政规范性文件", 3, None]]


def test_integers_are_printed_without_a_point_and_blanks_stay_blank():
    document = read(workbook(TABLE))
    (grid,) = grids(document)
    assert texts(grid) == [
        ["信息内容", "本年制发件数", "现行有效件数"],
        ["规章", "0", "12"],
        ["行政规范性文件", "3", ""],
    ]
    assert grid.at(2, 2).locator == "s1 C3"
    assert document.readings[0].structural
    assert document.readings[0].reader.startswith("calamine ")
    assert document.notes == ()


def test_merged_cells_are_one_cell_with_spans():
    book = workbook(
        [["申请人情况", None, None], ["自然人", "法人或其他组织", None], [None, "商业企业", "其他"], [1, 2, 3]]
    )
    for merged in ("A1:C1", "A2:A3", "B2:C2"):
        book.active.merge_cells(merged)
    (grid,) = grids(read(book))
    assert [(c.text, c.row, c.col, c.row_span, c.col_span) for c in grid.cells[:4]] == [
        ("申请人情况", 0, 0, 1, 3),
        ("自然人", 1, 0, 2, 1),
        ("法人或其他组织", 1, 1, 1, 2),
        ("商业企业", 2, 1, 1, 1),
    ]
    assert texts(grid)[3] == ["1", "2", "3"]


def test_a_number_below_a_merged_cell_is_not_printed_and_noted():
    book = workbook([["规章", 1, 2], ["规范性文件", 3, 4]])
    data = edit(
        save(book),
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(
            "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="B1:C1"/></mergeCells>'
        ),
    )
    document = read_document(data)
    assert texts(grids(document)[0]) == [["规章", "1", "1"], ["规范性文件", "3", "4"]]
    assert document.notes == ("sheet 'Sheet': 1 value(s) under merged cells left out",)


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.1 + 0.2, "General", "0.3"),
        (43521.88, "General", "43521.88"),
        (43521.88, "#,##0.00", "43,521.88"),
        (-42, "0_ ;[Red]-0 ", "-42"),
        (5, '0"件"', "5件"),
        (0.125, "0.0%", "12.5%"),
        (12345678901234567890, "General", "12345678901234567890"),
        (1e20, "General", "100000000000000000000"),
        (12345, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "12,345"),
        (0, "0", "0"),
        (-0.2, "0", "0"),
        (2.5, "0", "3"),
        (7, "G/通用格式", "7"),
        (7, '0;-0;"";@', "7"),
    ],
)
def test_numbers_are_written_as_the_sheet_shows_them(value, code, shown):
    assert show(value, code) == shown


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ ', "-"),
        (0, '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"??_ ;_ @_ ', "-"),
        (0, "#", ""),
        (0, "0;-0;;@", ""),
        (7, ";;;", ""),
        (1234567, "0,", "1235"),
        (1234567, "#,##0,", "1,235"),
        (629123, "0!.0,", "62.9"),
        (7, "[>5]0;0.0", "7"),
        (3, "[>5]0;0.0", "3.0"),
        (-7, "0;0", "7"),
        (7, "00000", "00007"),
        (1.5, "0.0#", "1.5"),
        (1.55, "0.0#", "1.55"),
        (12345678, "000-00000", "123-45678"),
    ],
)
def test_a_format_that_shows_something_else_is_followed(value, code, shown):
    assert show(value, code) == shown


@pytest.mark.parametrize(("value", "code"), [(1.5, "# ?/?"), (7, "0.0E+00"), (12, "[DBNum1]General"), (7, "yyyy")])
def test_a_format_that_is_not_understood_shows_nothing_known(value, code):
    assert show(value, code) is None


def test_a_zero_shown_as_a_dash_is_a_dash():
    book = workbook(TABLE)
    book.active["B2"].number_format = '_ * #,##0_ ;_ * -#,##0_ ;_ * "-"_ ;_ @_ '
    document = read(book)
    assert grids(document)[0].at(1, 1).text == "-"
    assert len(document.notes) == 1 and "otherwise than the file holds them" in document.notes[0]


def test_rounding_by_a_format_is_noted():
    book = workbook(TABLE)
    book.active["B2"] = 3.14159
    book.active["B2"].number_format = "0.00"
    book.active["C2"].number_format = "#,##0.00"
    document = read(book)
    assert texts(grids(document)[0])[1] == ["规章", "3.14", "12.00"]
    assert document.notes == (
        "sheet 'Sheet': 1 number(s) that their format (0.00) shows otherwise than the file holds them, kept as shown",
    )


def test_dates_do_not_become_numbers():
    book = workbook(
        [["填报单位", "日期"], ["示例市", datetime.date(2020, 1, 20)], ["甲区", datetime.date(2020, 1, 21)]]
    )
    book.active["B3"].number_format = 'yyyy"年"m"月"d"日"'
    assert texts(grids(read(book))[0])[1:] == [["示例市", "2020-01-20"], ["甲区", "2020年1月21日"]]


def test_text_numbers_stay_as_typed():
    book = workbook([["规章", "007", "１２"], ["规范性文件", "1,234", "/"]])
    assert texts(grids(read(book))[0]) == [["规章", "007", "１２"], ["规范性文件", "1,234", "/"]]


def test_hidden_rows_columns_and_sheets_are_left_out_and_noted():
    book = workbook([["信息内容", "2018年", "本年"], ["规章", 91, 1], ["上年规章", 92, 2], ["规范性文件", 93, 3]])
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["B"].hidden = True
    draft = book.create_sheet("草稿")
    fill(draft, [["规章", 77, 78]])
    draft.sheet_state = "hidden"
    document = read(book)
    (grid,) = grids(document)
    assert texts(grid) == [["信息内容", "本年"], ["规章", "1"], ["规范性文件", "3"]]
    assert grid.at(2, 1).locator == "s1 C4"
    assert document.notes == (
        "sheet 'Sheet': 6 cell(s) in hidden rows or columns left out",
        "hidden sheet '草稿' left out",
    )


def test_a_merged_label_over_a_hidden_row_shrinks():
    book = workbook([["不予公开", "国家秘密", 1], [None, "隐藏", 2], [None, "第三方", 3], ["总计", None, 4]])
    book.active.merge_cells("A1:A3")
    book.active.row_dimensions[2].hidden = True
    (grid,) = grids(read(book))
    assert (grid.cells[0].row_span, grid.n_rows) == (2, 3)
    assert texts(grid)[1] == ["不予公开", "第三方", "3"]


def test_several_sheets_are_read_in_order():
    book = workbook([["表一", None], ["规章", 1], ["规范性文件", 2]])
    fill(book.create_sheet("申请"), [["自然人", "其他"], [5, 6]])
    document = read(book)
    assert [texts(grid)[-1] for grid in grids(document)] == [["规范性文件", "2"], ["5", "6"]]
    assert [grid.cells[-1].locator for grid in grids(document)] == ["s1 B3", "s2 B2"]
    assert [grid.number for grid in grids(document)] == [1, 2]


def test_title_and_prose_above_a_table_are_text():
    book = workbook(
        [
            ["示例市乙区2019年政府信息公开工作年度报告"],
            ["填报单位：乙区人民政府", None, "单位：件"],
            [],
            ["全年主动公开信息若干条。"],
            [],
            ["第二十条第（一）项"],
            *TABLE,
            ["填表人：某某"],
        ]
    )
    book.active.merge_cells("A1:C1")
    document = read(book)
    assert [block.text for block in document.blocks if block.grid is None] == [
        "示例市乙区2019年政府信息公开工作年度报告",
        "填报单位：乙区人民政府  单位：件",
        "全年主动公开信息若干条。",
        "第二十条第（一）项",
        "填表人：某某",
    ]
    (grid,) = grids(document)
    assert texts(grid)[0] == ["第二十条第（一）项", "", ""]
    assert document.text[document.blocks[3].start :].startswith("第二十条第（一）项")


def test_empty_rows_and_columns_around_a_table_are_trimmed():
    document = read(workbook([[], [], [None, None, "规章", 1], [None, None, "规范性文件", 2]]))
    (grid,) = grids(document)
    assert texts(grid) == [["规章", "1"], ["规范性文件", "2"]]
    assert grid.at(0, 1).locator == "s1 D3"


def test_a_last_label_with_blank_figures_stays_in_the_grid():
    book = workbook([["项目", "自然人", "总计"], ["本年新收", 1, 1], ["结转下年度"]])
    assert texts(grids(read(book))[0])[2] == ["结转下年度", "", ""]


def test_a_formula_without_a_result_is_no_blank():
    book = workbook(TABLE)
    book.active["C3"] = "=SUM(B2:B3)"
    document = read(book)
    cell = grids(document)[0].at(2, 2)
    assert (cell.text, cell.doubt) == ("3", "worked out from the formula in the file")
    book.active["C3"] = "=VLOOKUP(1,B2:B3,1)"
    document = read(book)
    assert grids(document)[0].at(2, 2).text == "=VLOOKUP(1,B2:B3,1)"
    assert document.notes == ("sheet 'Sheet': 1 formula(s) without a result in the file kept as formulas",)


def test_a_formula_gives_its_stored_result():
    book = workbook(TABLE)
    book.active["C3"] = "=SUM(B2:B3)"
    data = edit(
        save(book), "xl/worksheets/sheet1.xml", lambda xml: re.sub(r"</f><v\s*/>|</f><v></v>", "</f><v>3</v>", xml)
    )
    document = read_document(data)
    assert grids(document)[0].at(2, 2).text == "3"
    assert document.notes == ()


def test_a_cell_at_the_end_of_the_sheet_does_not_fill_the_memory():
    book = workbook(TABLE)
    book.active["XFD1048576"] = "x"
    with pytest.raises(UnreadableDocument, match="1048576 rows by 16384 columns are too large"):
        read(book)


def test_pictures_are_counted_and_text_boxes_read():
    from PIL import Image as Picture

    picture = io.BytesIO()
    Picture.new("RGB", (600, 200)).save(picture, "PNG")
    book = workbook([])
    book.active.add_image(Image(picture), "A1")
    document = read(book)
    assert (document.pictures, document.blocks) == (1, ())


def test_an_empty_workbook_is_unreadable():
    with pytest.raises(UnreadableDocument, match="no visible cell"):
        read(workbook([]))


def test_a_sheet_of_hidden_rows_only_is_unreadable_with_its_reason():
    book = workbook([["规章", 1]])
    book.active.row_dimensions[1].hidden = True
    with pytest.raises(UnreadableDocument, match="hidden rows"):
        read(book)


# tests/data/sheet.xls was made with LibreOffice from the sheet that tests/data/make_sheet_xls.py writes.
def test_xls_gives_the_same_as_xlsx():
    document = read_document((DATA / "sheet.xls").read_bytes())
    assert document.media_type == "application/vnd.ms-excel"
    assert [block.text for block in document.blocks if block.grid is None] == ["示例市乙区2019年政府信息公开统计表"]
    (grid,) = grids(document)
    assert texts(grid)[1:] == [
        ["信息内容", "本年新制作数量", "本年新公开数量", "采购总金额"],
        ["规章", "0", "12", "43,521.88"],
        ["规范性文件", "合计", "合计", "0.3"],
        ["行政许可", "-42", "3件", ""],
        ["填报日期", "2020年1月20日", "12.5%", "1234567"],
    ]
    assert grid.at(3, 1).col_span == 2
    assert grid.at(4, 3).locator == "s1 E6"
    assert document.notes == (
        "sheet '统计表': 7 cell(s) in hidden rows or columns left out",
        "hidden sheet '草稿' left out",
    )


def test_html_named_xls_is_read_as_html():
    page = "<html><body><table><tr><td>规章</td><td>1</td></tr><tr><td>规范性文件</td><td>2</td></tr></table></body></html>"
    document = read_document(page.encode("gbk"), name="report.xls")
    assert document.media_type == "text/html"
    assert texts(grids(document)[0]) == [["规章", "1"], ["规范性文件", "2"]]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_delimited_text_is_a_table(delimiter):
    rows = [
        ["乙区2019年统计表", "", ""],
        ["信息内容", "本年制发件数", "现行有效件数"],
        ["规章", "0", ""],
        ["规范性文件", "1,234", "5"],
    ]
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter).writerows(rows)
    document = read_document(file.getvalue().encode("gb18030"))
    assert document.media_type == "text/csv"
    assert texts(grids(document)[0])[1:] == [
        ["信息内容", "本年制发件数", "现行有效件数"],
        ["规章", "0", ""],
        ["规范性文件", "1,234", "5"],
    ]
    assert document.blocks[0].text == "乙区2019年统计表"
    assert grids(document)[0].at(2, 1).locator == "t1 r3 c2"


def test_prose_with_commas_is_no_table():
    text = "First, we published, as the law says.\nThen, nothing.\nIn the end, all, in all, was well.\n"
    document = read_document(text.encode())
    assert (document.media_type, document.readings) == ("text/plain", ())
