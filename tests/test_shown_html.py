"""A cell of a page is what a person sees in it: style sheets, raised and struck text, fields, pictures, scripts."""

from __future__ import annotations

import time

import pytest

from extract.document import Cell
from extract.documents.html.stylesheet import bears
from extract.documents.read_document import read_document
from transform.recognition.values import OBJECT, parse_value


def cell_of(inner: str, style: str = "", attributes: str = "", after: str = "") -> Cell:
    """Return the cell that stands beside 甲 in a table of a page."""
    page = (
        f"<html><head><style>{style}</style></head><body><table><tr><th>名称</th><th>数量</th></tr>"
        f"<tr><td>甲</td><td {attributes}>{inner}</td></tr><tr><td>乙</td><td>8</td></tr></table>{after}</body></html>"
    )
    (grid,) = read_document(page.encode()).readings[0].grids
    assert (grid.at(2, 0).text, grid.at(2, 1).text) == ("乙", "8")
    cell = grid.at(1, 1)
    assert cell is not None
    return cell


@pytest.mark.parametrize(
    ("inner", "style"),
    [
        ('<span class="key">70</span>12', ".key{display:none}"),
        ('<i id="key">70</i>12', "#key {visibility: hidden}"),
        ('<span class="a key">70</span>12', "td .key, p{font-size:0}"),
        ("<b>70</b>12", "table td > b { opacity:0 }"),
        ('<span data-key="1">70</span>12', "[data-key]{position:absolute;left:-9999px}"),
        ('<span class="key">70</span>12', "@media screen{.key{display:none}}"),
        ('<span class="key">70</span>12', ".key{clip:rect(0,0,0,0);position:absolute}"),
        ('<span class="key">70</span>12', ".key{display:inline} .key{display:none!important} span.key{display:inline}"),
        ('<span style="color:#fff">70</span>12', ""),
        ('<span style="color:transparent">70</span>12', ""),
        ('<span style="width:0;overflow:hidden;display:inline-block">70</span>12', ""),
        ('<span style="font-size:0">7<b style="font-size:50%">0</b></span>12', ""),
        ("<span hidden>70</span>12", ""),
        ("12<span\nhidden>70</span>", ""),
        ('<span style="display:none ! important">70</span>12', ""),
        ('<span style="/*x*/display:none">70</span>12', ""),
        ('<span class="a">70</span>12', ".a{disp\\6c ay:none}"),
        ('<span style="display:none!important;display:inline">70</span>12', ""),
        ('<span style="display:none;display:foo">70</span>12', ""),
        ('<b style="visibility:hidden">7<i style="visibility:inherit">0</i></b>12', ""),
        ('<b style="color:#fff">7<i style="color:inherit">0</i></b>12', ""),
        ('<span style="margin-left:-9999px">70</span>12', ""),
        ('<span style="font-size:.01em">70</span>12', ""),
        ('<span style="font:0/0 a">70</span>12', ""),
        ('<span style="max-width:0;overflow:hidden">70</span>12', ""),
        ('<span style="position:absolute;left:99999px">70</span>12', ""),
        ('<span style="color:#fefefe">70</span>12', ""),
        ('<span style="color:rgb(100%,100%,100%)">70</span>12', ""),
        ("<dialog>70</dialog>12", ""),
        ("<ruby>12<rp>(</rp><rt>70</rt><rp>)</rp></ruby>", ""),
    ],
)
def test_text_that_is_not_shown_is_not_read(inner, style):
    assert cell_of(inner, style).text == "12"


@pytest.mark.parametrize(
    ("inner", "style"),
    [
        ('<span class="key">12</span>', "@media print{.key{display:none}}"),
        ('<span class="key">12</span>', "@media (max-width: 600px){.key{display:none}}"),
        ('<span class="key">12</span>', ".key:hover{display:none}"),
        ('<span class="key">12</span>', ".key{display:none} .key{display:inline}"),
        ('<span class="key">12</span>', ".other .key{display:none}"),
        ('<span style="font-size:0">9<b style="font-size:14px">12</b></span>', ""),
        ('<span style="visibility:hidden">9<b style="visibility:visible">12</b></span>', ""),
        ('<span style="background:#036;color:#fff">12</span>', ""),
        ('<span style="font-size:1\x895.5pt">12</span>', ""),
        ('<span style="vertical-align:middle;position:relative">12</span>', ""),
        ('<span class="key">12</span>', ".key::before{content:'\ue601'}"),
    ],
)
def test_text_that_is_shown_is_read(inner, style):
    cell = cell_of(inner, style)
    assert (cell.text, cell.doubt) == ("12", None)


@pytest.mark.parametrize(
    "inner",
    [
        '<span style="position:absolute;transform:translateX(-999px)">7</span>12',
        '<span style="display:var(--c)">7</span>12',
        "<details><summary>12</summary>7</details>",
        '<b style="position:relative;left:9px">1</b><b style="position:relative;left:-9px">2</b>',
    ],
)
def test_what_cannot_be_known_of_a_cell_is_a_doubt(inner):
    assert cell_of(inner).doubt


def test_content_of_the_weightiest_rule_is_shown():
    style = "#q::before{content:none} .a::before{content:'7'}"
    assert cell_of('<b class="a" id="q">12</b>', style).text == "12"
    assert cell_of('<b class="a">12</b>', style).text == "712"


def test_page_laid_out_beside_a_column_keeps_its_tables_sure():
    page = (
        "<style>.main{float:right;position:absolute;left:200px;opacity:0;transform:translateY(9px)}</style><div class='main'>"
        "<table><tr><td>甲</td><td>12</td></tr><tr><td>乙</td><td>8</td></tr></table></div>"
    )
    cell = read_document(page.encode()).readings[0].grids[0].at(0, 1)
    assert (cell.text, cell.doubt) == ("12", None)


def test_style_sheets_are_looked_at_in_linear_time():
    start = time.process_time()
    for piece in ("overflow:hidden;", "top:1;", "font-size:3;"):
        bears(".a{" + piece * 100_000 + "}")
    assert time.process_time() - start < 10


def test_white_text_on_a_ground_that_another_file_gives_is_read():
    page = '<link rel="stylesheet" href="a.css"><table><tr><td>甲</td><td style="color:#fff">12</td></tr><tr><td>乙</td><td>8</td></tr></table>'
    cell = read_document(page.encode()).readings[0].grids[0].at(0, 1)
    assert cell.text == "12"
    assert cell.doubt


def test_hidden_cell_keeps_its_place_and_one_that_is_not_displayed_has_none():
    row = "<table><tr><td>甲</td><td {}>70</td><td>12</td></tr><tr><td>乙</td><td>1</td><td>2</td></tr></table>"
    hidden = read_document(row.format('style="visibility:hidden"').encode()).readings[0].grids[0]
    assert [hidden.at(0, col).text for col in range(3)] == ["甲", "", "12"]
    gone = read_document(row.format('style="display:none"').encode()).readings[0].grids[0]
    assert [gone.at(0, col).text for col in range(2)] == ["甲", "12"]


@pytest.mark.parametrize(
    ("inner", "style"),
    [
        ("22<sup>1</sup>", ""),
        ("22<sub>1</sub>", ""),
        ('22<span style="vertical-align:super">1</span>', ""),
        ('22<span class="mark">1</span>', ".mark{vertical-align:3px}"),
        ('22<span style="position:relative;top:-6.0pt;mso-text-raise:6.0pt">1</span>', ""),
        ('22<a href="#n1"><sup>1</sup></a>', ""),
        ('22<span style="font-size:60%;vertical-align:top">1</span>', ""),
    ],
)
def test_raised_or_lowered_text_is_a_mark_and_no_part_of_the_number(inner, style):
    cell = cell_of(inner, style)
    assert (cell.text, cell.mark, cell.doubt) == ("22", "1", None)


def test_place_of_a_cell_on_its_line_raises_nothing():
    assert cell_of("22", attributes='style="vertical-align:super"').mark is None


def test_cell_that_is_raised_as_a_whole_holds_its_figure_with_a_doubt():
    cell = cell_of("<sup>22</sup>")
    assert (cell.text, cell.mark) == ("22", None)
    assert cell.doubt


@pytest.mark.parametrize(
    "inner",
    [
        "<del>9</del>165",
        "<s>9</s>165",
        "<strike>9</strike>165",
        '<span style="text-decoration:line-through">9</span>165',
    ],
)
def test_struck_text_is_an_older_figure(inner):
    cell = cell_of(inner)
    assert (cell.text, cell.struck) == ("165", "9")


def test_figure_that_is_struck_out_is_no_figure():
    cell = cell_of("<del>9</del>")
    assert (cell.text, cell.struck) == ("", "9")


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('<input value="67" size="4">', "67"),
        ('<input type="number" value="67" readonly>', "67"),
        ('<input type="hidden" value="9">67', "67"),
        ("<textarea rows=1>67</textarea>", "67"),
        ("<select><option>0<option selected>67</select>", "67"),
        ("<select><option>67<option>9</select>", "67"),
        ('<bdo dir="rtl">76</bdo>', "67"),
        ('<span style="unicode-bidi:bidi-override;direction:rtl">76</span>', "67"),
    ],
)
def test_field_and_reversed_text_give_what_is_shown(inner, text):
    assert cell_of(inner).text == text


def test_generated_text_is_read():
    assert cell_of('<span class="n" data-n="67"></span>', ".n::after{content:attr(data-n)}").text == "67"
    assert cell_of('<span class="n">7</span>', ".n:before{content:'6'}").text == "67"
    assert cell_of('<span class="n"></span>', ".n::before{content:url(67.png)}").text == OBJECT


@pytest.mark.parametrize(
    ("inner", "after"),
    [
        ('<img src="/num/n6.gif" width="8" height="14"><img src="/num/n7.gif" width="8" height="14">', ""),
        ('<img src="/loading.gif" data-src="/num/67.png">', ""),
        ("<svg><path d='M0 0'/></svg>", ""),
        ("<canvas></canvas>", ""),
        ("<script>document.write(6*11+1)</script>", ""),
        ('<span id="n1"></span>', '<script>document.getElementById("n1").innerHTML = 67</script>'),
        ('<input id="n1">', '<script>$("#n1").val(67)</script>'),
        ('<span v-text="total"></span>', ""),
    ],
)
def test_cell_whose_figure_is_no_text_is_unreadable_and_never_blank(inner, after):
    cell = cell_of(inner, after=after)
    assert parse_value(cell.text).status == "unreadable"
    assert cell.doubt


def test_picture_beside_a_figure_is_a_doubt_and_an_ornament_is_none():
    assert cell_of('1<img src="/num/n2.gif" width="8" height="14">').doubt
    assert cell_of('12<img src="/images/spacer.gif">').doubt is None
    assert cell_of('<img src="/images/spacer.gif">').text == ""


@pytest.mark.parametrize(
    "inner",
    [
        '<span style="display:flex;flex-direction:row-reverse"><b>2</b><b>1</b></span>',
        '<b style="float:right">2</b><b style="float:right">1</b>',
        '<span style="display:flex;flex-flow:row-reverse"><b>2</b><b>1</b></span>',
        '<b style="order:2">2</b><b style="order:1">1</b>',
    ],
)
def test_digits_that_a_rule_of_style_puts_in_another_order_are_a_doubt(inner):
    assert cell_of(inner).doubt


def test_rule_of_style_that_is_not_understood_costs_the_proof_of_structure():
    page = (
        "<style>td:dir(rtl){{{}}}</style><table><tr><td>甲</td><td>12</td></tr><tr><td>乙</td><td>8</td></tr></table>"
    )
    undecided = read_document(page.format("visibility:hidden").encode())
    assert not undecided.readings[0].structural
    assert any("could not be decided" in note for note in undecided.notes)
    assert read_document(page.format("border:0").encode()).readings[0].structural


@pytest.mark.parametrize(
    ("text", "value", "doubtful"),
    [
        ("22¹", 22, False),
        ("①22", 22, False),
        ("22*", 22, False),
        ("２２", 22, False),
        ("²", 2, True),
        ("〇", 0, True),
        ("9O", 90, True),
        ("l2", 12, True),
        ("\uf031\uf032", 12, True),
        ("2²1", None, True),
        ("٣", None, True),
        (f"1{OBJECT}", None, True),
    ],
)
def test_marks_and_look_alikes_are_never_silently_digits(text, value, doubtful):
    found = parse_value(text)
    assert found.value == value
    assert bool(found.doubt or found.status == "unreadable") is doubtful
