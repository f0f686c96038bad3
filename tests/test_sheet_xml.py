"""Excel's XML of 2003: each cell at its place as the sheet shows it, nothing hidden read, damage told."""

import pytest

from extract.documents.read_document import read_document
from extract.documents.shared.sniff import sniff
from extract.errors import UnreadableDocument
from transform.reports.read_report import read_report

HEAD = (
    '<?xml version="1.0"{encoding}?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="urn:schemas-microsoft-com:office:excel" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">'
)
STYLES = (
    '<Styles><Style ss:ID="Default"/><Style ss:ID="two"><NumberFormat ss:Format="Fixed"/></Style>'
    '<Style ss:ID="child" ss:Parent="two"/><Style ss:ID="loop" ss:Parent="loop"/></Styles>'
)


def book(*sheets, styles=STYLES, encoding=""):
    body = "".join(
        f'<Worksheet ss:Name="{number}"><Table>{sheet}</Table></Worksheet>' for number, sheet in enumerate(sheets, 1)
    )
    return HEAD.format(encoding=encoding) + styles + body + "</Workbook>"


def cell(text, kind=None, **attributes):
    kind = kind or ("Number" if text.replace(".", "").isdigit() else "String")
    written = "".join(f' ss:{name}="{value}"' for name, value in attributes.items())
    return f'<Cell{written}><Data ss:Type="{kind}">{text}</Data></Cell>'


def row(*cells, **attributes):
    written = "".join(f' ss:{name}="{value}"' for name, value in attributes.items())
    return f"<Row{written}>{''.join(c if c.startswith('<') else cell(c) for c in cells)}</Row>"


HEADER = row("信息内容", "本年制发件数", "本年废止件数", "现行有效件数")


def texts(data):
    (grid,) = read_document(data).readings[0].grids
    return [[found.text if (found := grid.at(r, c)) else None for c in range(grid.n_cols)] for r in range(grid.n_rows)]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_cells_stand_where_they_say_and_blanks_stay_blank(encoding):
    written = book(
        HEADER + row("规章", "12", cell("31", Index=4)) + row("行政规范性文件", "5", "1", "9"),
        encoding=f' encoding="{encoding}"',
    )
    data = written.encode(encoding)
    assert sniff(data) == "excel_xml"
    document = read_document(data, name="附表.xls")
    (grid,) = document.readings[0].grids
    assert texts(data)[1:] == [["规章", "12", "", "31"], ["行政规范性文件", "5", "1", "9"]]
    assert (grid.at(1, 3).locator, document.readings[0].structural, document.size) == ("s1 D2", True, len(data))
    found = {o.indicator: o for o in read_report(document)[0].observations}
    assert (found["regulations.issued"].value, found["regulations.issued"].reading) == (12, "confirmed")
    assert found["regulations.repealed"].status == "blank"


def test_merged_cells_are_one_cell_and_move_what_follows():
    sheet = (
        row(cell("申请人情况", MergeAcross=2))
        + row(cell("自然人", MergeDown=1), cell("法人或其他组织", MergeAcross=1))
        + row(cell("商业企业", Index=2), "其他")
        + row("1", "2", "3")
    )
    (grid,) = read_document(book(sheet).encode()).readings[0].grids
    assert [(c.text, c.row, c.col, c.row_span, c.col_span) for c in grid.cells[:5]] == [
        ("申请人情况", 0, 0, 1, 3),
        ("自然人", 1, 0, 2, 1),
        ("法人或其他组织", 1, 1, 1, 2),
        ("商业企业", 2, 1, 1, 1),
        ("其他", 2, 2, 1, 1),
    ]


def test_number_is_written_as_its_format_shows_it():
    sheet = row("a", "b", "c", "d") + row(
        cell("1.5", StyleID="two"), cell("2", StyleID="child"), cell("3", StyleID="loop"), cell("1000", StyleID="none")
    )
    assert texts(book(sheet).encode())[1] == ["1.50", "2.00", "3", "1000"]


def test_hidden_rows_columns_and_sheets_are_left_out_and_noted():
    hidden = '<Column ss:Index="2" ss:Hidden="1"/>'
    sheet = hidden + row("a", "b", "c") + row("1", "2", "3", Hidden=1) + row("4", "5", "6")
    data = book(sheet, row("x", "y") + row("7", "8")).replace(
        '<Worksheet ss:Name="2"><Table>',
        '<Worksheet ss:Name="2"><x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions><Table>',
    )
    assert texts(data.encode()) == [["a", "c"], ["4", "6"]]
    notes = " / ".join(read_document(data.encode()).notes)
    assert "hidden sheet '2' left out" in notes
    assert "5 cell(s) in hidden rows or columns left out" in notes


def test_formula_without_a_result_is_kept_as_a_formula_and_noted():
    sheet = row("a", "b") + row("1", '<Cell ss:Formula="=RC[-1]*2"/>')
    assert texts(book(sheet).encode())[1] == ["1", "=RC[-1]*2"]
    assert any("without a result" in note for note in read_document(book(sheet).encode()).notes)


def test_page_saved_by_excel_as_html_stays_html():
    page = '<html xmlns:x="urn:schemas-microsoft-com:office:spreadsheet"><body><table><tr><td>规章</td><td>1</td></tr></table></body></html>'
    assert sniff(page.encode()) == "html"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (book(row("a", "b"))[:-20], "not well-formed"),
        (book(row("a", cell("x", "Number"))), "'x' stands where a number should"),
        (book(row("a", cell("b", Index=1))), "a Cell stands at 1"),
        (book(row("a", "b", Index=99999999)), "a Row stands at 99999999"),
        (book(row("a", "b", Span="-1")), "Span of a Row is '-1'"),
        (book(""), "no visible cell of the Excel 2003 XML file holds anything"),
        (book(row("a", "b")).replace("?><?mso", '?><!DOCTYPE Workbook [<!ENTITY a "b">]><?mso'), "document type"),
        (
            book(row("a", "b") + row(cell("1", Index=16000), Index=1000000)),
            "1000000 rows by 16000 columns are too large",
        ),
    ],
)
def test_damage_is_told(written, reason):
    with pytest.raises(UnreadableDocument, match=reason):
        read_document(written.encode())
