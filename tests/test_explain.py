"""``gongkai extract --explain`` shows every cell with what it was taken for, and why one is doubtful or left over."""

from __future__ import annotations

from pathlib import Path

import pytest

from extract.documents.read_document import read_document
from extract.errors import UsageError
from flows.cli import main
from flows.inspection.explained import as_page, as_text, explain_file, require_page
from flows.inspection.seen_grids import EMPTY, FIGURE, HEADER, LABEL, LEFT_OVER, OTHER, explain
from transform.observation import Hints
from transform.reports.read_report import read_report

TITLE = "甲县人民政府2022年政府信息公开工作年度报告"
ROWS = (
    ("第二十条第（一）项",),
    ("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"),
    ("规章", "3", "1", "12"),
    ("行政规范性文性", "约5", "", "<b>7</b>"),
    ("某种自设的行", "8", "9", "10"),
)


def page(rows=ROWS) -> bytes:
    lines = "".join(f"<tr>{''.join(f'<td{colspan(row)}>{text}</td>' for text in row)}</tr>" for row in rows)
    return f"<html><body><h1>{TITLE}</h1><table>{lines}</table></body></html>".encode()


def colspan(row) -> str:
    return ' colspan="4"' if len(row) == 1 else ""


def seen():
    document = read_document(page())
    (grid,) = explain(document, read_report(document))
    return grid


def test_rows_and_columns_say_what_they_are():
    grid = seen()
    assert grid.tables == ("t2 of sc_2021",)
    assert grid.rows == ("", "", "regulations", "normative", "")
    assert grid.columns == ("", "issued", "repealed", "in_force")


def test_every_cell_has_a_role_and_labels_say_how_they_match():
    grid = seen()
    roles = {cell.cell.text: cell.role for cell in grid.cells}
    assert len(grid.cells) == len(grid.grid.cells) == 17
    assert roles["第二十条第（一）项"] == roles["信息内容"] == roles["本年制发件数"] == HEADER
    assert roles["规章"] == LABEL
    assert roles["3"] == roles["7"] == FIGURE
    assert roles["8"] == LEFT_OVER
    assert {*roles.values()} <= {FIGURE, LABEL, HEADER, LEFT_OVER, EMPTY, OTHER}
    named = {cell.cell.text: cell.names for cell in grid.cells}
    assert named["规章"] == "t2_row regulations exactly"
    assert "t2_column issued exactly" in named["本年制发件数"]
    assert named["12"] == "regulations.in_force"


def test_doubts_and_left_overs_say_why():
    why = {cell.cell.text: cell.why for cell in seen().cells}
    assert "'行政规范性文性' read as '行政规范性文件'" in why["7"]
    assert why["8"] and why["3"] == ""


def test_text_and_page_show_it(tmp_path: Path):
    told = explain_file((page(), "a.html", Hints()))
    text = as_text("a.html", told)
    assert "r4 c4 7: figure normative.in_force" in text and "read as" in text
    assert "规章: t2_row regulations exactly" in text
    html = as_page([("a<b.html", told), ("c.pdf", "the PDF has no pages")])
    assert "a&lt;b.html" in html and "the PDF has no pages" in html
    assert 'colspan="4"' in html and '<td class="left"' in html and '<td class="label"' in html
    assert "http" not in html


def test_command_prints_it_or_writes_a_page(tmp_path: Path, capsys):
    file, output = tmp_path / "a.html", tmp_path / "seen.html"
    file.write_bytes(page())
    assert main(["extract", "--explain", str(file)]) == 0
    assert "t2 of sc_2021" in capsys.readouterr().out
    assert main(["extract", "--explain", str(file), "-o", str(output)]) == 0
    assert "regulations" in output.read_text(encoding="utf-8")
    (tmp_path / "b.bin").write_bytes(b"\x00\x01\x02")
    assert main(["extract", "--explain", str(tmp_path / "b.bin")]) == 1


def test_page_has_to_be_html():
    with pytest.raises(UsageError, match=r"\.html"):
        require_page(Path("seen.json"))


def test_agreeing_second_reading_is_no_doubt():
    """Of a figure that two readings confirm each place says so."""
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data" / "sample"))
    from typesetting.forms import Layout, cells_of
    from typesetting.pdf_file import pdf_file
    from typesetting.report import Report, report_blocks

    figures = {(i, a): "0" for i, a in cells_of("sc_2021", Layout())}
    report = Report(
        TITLE, "sc_2021", figures, ("本报告由甲县编制。",), {1: ("无。",), 5: ("无。",), 6: ("无。",)}, Layout()
    )
    document = read_document(pdf_file(report_blocks(report), "甲县"))
    grids = explain(document, read_report(document))
    assert len({grid.reader for grid in grids}) == 2
    readings = [cell.reading for grid in grids for cell in grid.cells if cell.role == FIGURE]
    assert len(readings) > 200 and {*readings} == {"confirmed"}
