"""A cell of a Word file is what Word shows in it: raised, struck and hidden runs, styles, fields, numbers of its own, parts."""

from __future__ import annotations

import pytest

from extract.document import Cell
from tests.test_docx_reader import NAMESPACES, p, read, tbl, tc, tr

WORD = f"<w:styles {NAMESPACES}>{{}}</w:styles>"
GHOST = (
    '<w:style w:type="character" w:styleId="Base"><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Ghost"><w:basedOn w:val="Base"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Up"><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def cell_of(content: str, properties: str = "", **parts: str) -> Cell:
    """Return the cell beside 甲; ``content`` is its paragraph's runs."""
    body = tbl(
        tr(tc("名称"), tc("数量")), tr(tc("甲"), tc("", properties, f"<w:p>{content}</w:p>")), tr(tc("乙"), tc("8"))
    )
    grid = read(body, **{name.replace("__", "/") + ".xml": text for name, text in parts.items()}).readings[0].grids[0]
    cell = grid.at(1, 1)
    assert cell is not None
    return cell


@pytest.mark.parametrize(
    "look", ['<w:vertAlign w:val="superscript"/>', '<w:vertAlign w:val="subscript"/>', '<w:position w:val="6"/>']
)
def test_raised_or_lowered_run_is_a_mark(look):
    cell = cell_of(run("22") + run("1", look))
    assert (cell.text, cell.mark, cell.doubt) == ("22", "1", None)


def test_mark_of_a_footnote_that_the_file_writes_itself_is_a_mark():
    cell = cell_of(run("22") + '<w:r><w:footnoteReference w:customMarkFollows="1" w:id="2"/><w:t>1</w:t></w:r>')
    assert (cell.text, cell.mark) == ("22", "1")


@pytest.mark.parametrize("look", ["<w:strike/>", "<w:dstrike/>"])
def test_struck_run_is_an_older_figure(look):
    cell = cell_of(run("9", look) + run("165"))
    assert (cell.text, cell.struck) == ("165", "9")


@pytest.mark.parametrize(
    "look", ["<w:vanish/>", '<w:rStyle w:val="Ghost"/>', '<w:sz w:val="2"/>', '<w:color w:val="FFFFFF"/>']
)
def test_run_that_word_does_not_show_is_not_read(look):
    assert cell_of(run("7", look) + run("12"), word__styles=WORD.format(GHOST)).text == "12"


@pytest.mark.parametrize(
    ("look", "properties"),
    [
        ('<w:vanish w:val="0"/>', ""),
        ('<w:rStyle w:val="Ghost"/><w:vanish w:val="false"/>', ""),
        ('<w:color w:val="FFFFFF"/>', '<w:shd w:val="clear" w:fill="1F4E79"/>'),
        ('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F4E79"/>', ""),
        ('<w:vertAlign w:val="baseline"/>', ""),
        ('<w:strike w:val="0"/>', ""),
    ],
)
def test_run_that_word_shows_is_read(look, properties):
    cell = cell_of(run("12", look), properties, word__styles=WORD.format(GHOST))
    assert (cell.text, cell.doubt) == ("12", None)


def test_look_of_a_paragraph_style_counts_and_a_cell_raised_as_a_whole_is_a_doubt():
    cell = cell_of('<w:pPr><w:pStyle w:val="Up"/></w:pPr>' + run("12"), word__styles=WORD.format(GHOST))
    assert cell.text == "12"
    assert cell.doubt


@pytest.mark.parametrize(
    "look", ['<w:color w:val="FFFFFF" w:themeColor="light1"/>', '<w:color w:val="FEFEFE"/>', '<w:w w:val="1"/>']
)
def test_run_that_is_nearly_hidden_is_hidden(look):
    assert cell_of(run("7", look) + run("12")).text == "12"


def test_text_of_the_colour_behind_it_is_not_read_and_a_deleted_cell_is_a_doubt():
    red = '<w:shd w:val="clear" w:fill="C00000"/>'
    assert cell_of(run("7", '<w:color w:val="C00000"/>') + run("12"), red).text == "12"
    assert cell_of(run("12"), "<w:cellDel/>").doubt


def test_drop_down_field_shows_its_choice():
    entries = '<w:listEntry w:val="0"/><w:listEntry w:val="67"/>'
    field = f'<w:fldChar w:fldCharType="begin"><w:ffData><w:ddList><w:result w:val="1"/>{entries}</w:ddList></w:ffData></w:fldChar>'
    end = '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    assert cell_of(f"<w:r>{field}</w:r><w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r>{end}").text == "67"


def test_letters_of_a_font_of_signs_are_no_digits():
    cell = cell_of(run("67", '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'))
    assert not any(sign.isdigit() for sign in cell.text)
    assert cell.text


def test_number_that_word_puts_before_a_paragraph_is_a_doubt():
    numbering = (
        f'<w:numbering {NAMESPACES}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )
    about = '<w:pPr><w:numPr><w:ilvl w:val="{}"/><w:numId w:val="3"/></w:numPr></w:pPr>'
    assert cell_of(about.format(0) + run("12"), word__numbering=numbering).doubt
    assert cell_of(about.format(0), word__numbering=numbering).text != ""
    assert cell_of(about.format(1) + run("12"), word__numbering=numbering).doubt is None


def test_picture_in_a_cell_is_never_a_blank():
    picture = (
        '<w:r><w:drawing><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/></w:drawing></w:r>'
    )
    assert cell_of(picture).text != ""
    assert cell_of(picture + run("12")).doubt


def test_control_bound_to_another_part_is_a_doubt():
    control = f"<w:sdt><w:sdtPr><w:dataBinding/></w:sdtPr><w:sdtContent>{run('12')}</w:sdtContent></w:sdt>"
    assert cell_of(control).doubt
    assert cell_of(control.replace("<w:dataBinding/>", "")).doubt is None


def test_text_turned_around_is_read_as_it_is_shown():
    assert cell_of(f'<w:bdo w:val="rtl">{run("76")}</w:bdo>').text == "67"


@pytest.mark.parametrize("hiding", ["<w:hidden/>", '<w:trHeight w:val="20" w:hRule="exact"/>'])
def test_hidden_row_is_left_out(hiding):
    grid = (
        read(tbl(tr(tc("甲"), tc("1")), tr(tc("乙"), tc("2"), properties=hiding), tr(tc("丙"), tc("3"))))
        .readings[0]
        .grids[0]
    )
    assert [cell.text for cell in grid.cells] == ["甲", "1", "丙", "3"]


def test_part_in_html_is_read_in_its_place():
    page = "<table><tr><td>甲</td><td>12<sup>1</sup></td></tr><tr><td>乙</td><td>8</td></tr></table>"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/aFChunk" Target="part.htm"/></Relationships>'
    )
    chunk = '<w:altChunk xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="r9"/>'
    document = read(
        p("前") + chunk + p("后"),
        **{"word/_rels/document.xml.rels": relations, "word/part.htm": f"<html><body>{page}</body></html>"},
    )
    assert [block.text or block.grid for block in document.blocks] == ["前", 1, "后"]
    assert document.readings[0].grids[0].at(0, 1).text == "12"
