"""A cell of a sheet is what the sheet shows: fonts, rich text, hiding formats and conditions, formulas, errors, pictures."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from extract.document import Cell
from extract.documents.read_document import read_document
from extract.documents.sheets.formulas import calculate
from tests.test_sheet_reader import edit, save
from transform.recognition.values import OBJECT, parse_value


def sheet() -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    for row in (["名称", "数量"], ["甲", 12], ["乙", 8], ["丙", 5]):
        book.active.append(row)
    return book, book.active


def cell_at(book: openpyxl.Workbook, row: int = 1, stored: str | None = None) -> Cell:
    """Return the cell in the second column of a row; ``stored`` is put in as the result of the sheet's formula."""
    data = save(book)
    if stored is not None:
        result = f"</f><v>{stored}</v>"
        data = edit(data, "xl/worksheets/sheet1.xml", lambda xml: re.sub(r"</f><v\s*/>|</f><v></v>", result, xml))
    cell = read_document(data).readings[0].grids[0].at(row, 1)
    assert cell is not None
    return cell


@pytest.mark.parametrize(
    ("look", "text", "mark", "struck"),
    [
        ({"vertAlign": "superscript"}, "22", "1", None),
        ({"vertAlign": "subscript"}, "22", "1", None),
        ({"strike": True}, "22", None, "1"),
        ({"color": "FFFFFFFF"}, "22", None, None),
    ],
)
def test_part_of_a_rich_text_that_looks_otherwise_is_no_part_of_the_number(look, text, mark, struck):
    book, active = sheet()
    active["B2"] = CellRichText("22", TextBlock(InlineFont(**look), "1"))
    cell = cell_at(book)
    assert (cell.text, cell.mark, cell.struck) == (text, mark, struck)


def test_struck_cell_is_no_figure_and_raised_cell_is_a_doubt():
    book, active = sheet()
    active["B2"].font = Font(strike=True)
    active["B3"].font = Font(vertAlign="superscript")
    assert (cell_at(book).text, cell_at(book).struck) == ("", "12")
    assert cell_at(book, 2).text == "8"
    assert cell_at(book, 2).doubt


def test_white_text_is_hidden_on_white_and_shown_on_a_colour():
    book, active = sheet()
    active["B2"].font = active["B3"].font = Font(color="FFFFFFFF")
    active["B3"].fill = PatternFill("solid", fgColor="FF1F4E79")
    assert cell_at(book).text == ""
    assert cell_at(book, 2).text == "8"


def test_conditional_format_that_hides_is_followed_and_one_of_another_kind_is_a_doubt():
    book, active = sheet()
    active.conditional_formatting.add("B2:B3", CellIsRule("greaterThan", ["10"], font=Font(color="FFFFFFFF")))
    active.conditional_formatting.add("B4", FormulaRule(["ISODD(B4)"], font=Font(color="FFFFFFFF")))
    assert cell_at(book).text == ""
    assert (cell_at(book, 2).text, cell_at(book, 2).doubt) == ("8", None)
    assert cell_at(book, 3).text == "5"
    assert cell_at(book, 3).doubt


def test_sheet_that_shows_no_zeros_shows_blanks():
    book, active = sheet()
    active["B2"] = 0
    assert cell_at(book).text == "0"
    active.sheet_view.showZeros = False
    assert cell_at(book).text == ""


@pytest.mark.parametrize("error", ["#REF!", "#DIV/0!", "#N/A", "#VALUE!"])
def test_error_value_is_neither_blank_nor_a_figure(error):
    book, active = sheet()
    active["B2"] = error
    cell = cell_at(book)
    assert cell.text == error
    assert parse_value(cell.text).status == "unreadable"


def test_formula_whose_stored_result_is_out_of_date_is_worked_out():
    book, active = sheet()
    active["B2"] = "=SUM(B3:B4)+1"
    stale = cell_at(book, stored="0")
    assert stale.text == "14"
    assert stale.doubt
    fresh = cell_at(book, stored="14")
    assert (fresh.text, fresh.doubt) == ("14", None)


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("=SUM(A1:A3)", 6),
        ("=A1+A2-A3*2", -3),
        ("=-(A1+$A$2)/2", -1.5),
        ("SUM(A1,A2:A3,10)", 16),
        ("=A1/0", None),
        ("=IF(A1>0,1,2)", None),
        ("=SUM(A1:", None),
        ("=B1", None),
        ("", None),
    ],
)
def test_sums_are_worked_out_and_nothing_else_is_guessed(formula, result):
    numbers = {(0, 0): 1.0, (1, 0): 2.0, (2, 0): 3.0}
    assert calculate(formula, numbers.get) == result


def test_letters_of_a_font_of_signs_are_no_digits():
    book, active = sheet()
    active["B2"].font = Font(name="Wingdings")
    assert cell_at(book).text == OBJECT


def test_picture_over_a_cell_is_a_doubt_and_over_a_blank_one_no_blank():
    from PIL import Image as Picture

    def picture() -> Image:
        data = io.BytesIO()
        Picture.new("RGB", (20, 10)).save(data, "PNG")
        return Image(data)

    def cell_under(place: str, row: int) -> Cell:
        book, active = sheet()
        active["B3"] = None
        active.add_image(picture(), place)
        return cell_at(book, row)

    assert cell_under("B2", 1).doubt
    assert cell_under("B3", 1).doubt is None
    assert cell_under("B3", 2).text == OBJECT


def test_number_wider_than_its_column_is_a_doubt():
    book, active = sheet()
    active["B2"] = 1234567
    assert cell_at(book).doubt is None
    active.column_dimensions["B"].width = 4
    assert cell_at(book).doubt
    assert cell_at(book, 2).doubt is None


def test_picture_within_a_cell_is_no_formula():
    book, active = sheet()
    active["B2"] = '=_xlfn.DISPIMG("ID_1",1)'
    assert cell_at(book).text == OBJECT


@pytest.mark.parametrize(
    ("number", "format_id", "text", "doubtful"),
    [
        (12.6, 5, "¥13", False),
        (0, 42, "¥-", False),
        (1234, 11, "1234", True),
        (12.5, 12, "12.5", True),
        (12, 70, "12", True),
    ],
)
def test_built_in_formats_are_followed_or_doubted(number, format_id, text, doubtful):
    book, active = sheet()
    active["B2"], active["B2"].number_format = number, "0.0000"
    data = edit(
        save(book), "xl/styles.xml", lambda xml: xml.replace('<xf numFmtId="164"', f'<xf numFmtId="{format_id}"')
    )
    cell = read_document(data).readings[0].grids[0].at(1, 1)
    assert (cell.text.replace(" ", ""), bool(cell.doubt)) == (text, doubtful)


@pytest.mark.parametrize("value", ["1e30", "1e999", "NaN"])
def test_number_that_is_none_costs_its_cell_only(value):
    book, active = sheet()
    active["B2"].number_format = "0.00"
    data = edit(save(book), "xl/worksheets/sheet1.xml", lambda xml: xml.replace("<v>12</v>", f"<v>{value}</v>"))
    grid = read_document(data).readings[0].grids[0]
    assert grid.at(2, 1).text == "8"
    assert parse_value(grid.at(1, 1).text).value != 12


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<sheetData>", '<cols><col min="a" max="b" hidden="1"/></cols><sheetData>'),
        ('r="B2"', 'r="B2" s="x"'),
    ],
)
def test_attribute_that_is_no_number_costs_nothing_else(old, new):
    book, _ = sheet()
    data = edit(save(book), "xl/worksheets/sheet1.xml", lambda xml: xml.replace(old, new, 1))
    assert read_document(data).readings[0].grids[0].at(2, 1).text == "8"


def test_format_of_a_text_is_followed():
    book, active = sheet()
    active["B2"], active["B2"].number_format = "12", ";;;"
    active["B3"], active["B3"].number_format = "8", '@"件"'
    assert (cell_at(book).text, cell_at(book, 2).text) == ("", "8件")
