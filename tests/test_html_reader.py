"""HTML as portals publish it: every data table becomes a grid, its cells at their places, the text around it blocks."""

import contextlib
import random
import time

import pytest

from extract.document import Document
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument


def read(page: str | bytes) -> Document:
    return read_document(page if isinstance(page, bytes) else page.encode())


def grid(page, number=1):
    return read(page).readings[0].grids[number - 1]


def places(page, number=1):
    return {(c.row, c.col): (c.text, c.row_span, c.col_span) for c in grid(page, number).cells}


def texts(page):
    return [block.text if block.grid is None else block.grid for block in read(page).blocks]


def test_cells_stand_at_their_places_with_locators_from_one():
    table = grid("<table><tr><td>信息内容</td><td>数量</td></tr><tr><td>规章</td><td>22</td></tr></table>")
    assert (table.n_rows, table.n_cols) == (2, 2)
    assert table.at(1, 1).text == "22"
    assert table.at(1, 1).locator == "t1 r2 c2"
    assert read("<table><tr><td>a<td>b</table>").readings[0].structural


def test_merged_cells_cover_their_places_once():
    table = grid(
        "<table><tr><th rowspan=2>结果</th><th colspan=2>申请人</th></tr>"
        "<tr><td>自然人</td><td>法人</td></tr><tr><td>予以公开</td><td>3</td><td>4</td></tr></table>"
    )
    assert len(table.cells) == 7
    assert table.at(1, 0).text == "结果"
    assert table.at(0, 2).text == "申请人"
    assert [cell.text for cell in table.row(1)] == ["结果", "自然人", "法人"]
    assert table.at(2, 2).text == "4"


@pytest.mark.parametrize("inner", ["{}", "<p>{}", "<div>{}", "<span>{}", "<b>{}", "<font><p><span>{}"])
def test_unclosed_cells_and_rows(inner):
    cells = [inner.format(text) for text in "abcd"]
    page = f"<table><tr><td>{cells[0]}<td>{cells[1]}<tr><td>{cells[2]}<td>{cells[3]}</table>后文<br>"
    assert {place: cell[0] for place, cell in places(page).items()} == {
        (0, 0): "a",
        (0, 1): "b",
        (1, 0): "c",
        (1, 1): "d",
    }
    assert texts(page) == [1, "后文"]


def test_spans_that_overrun_are_clipped():
    page = "<table><tr><td colspan=9>标题</td></tr><tr><td rowspan=7>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
    assert places(page) == {
        (0, 0): ("标题", 1, 2),
        (1, 0): ("a", 2, 1),
        (1, 1): ("b", 1, 1),
        (2, 1): ("c", 1, 1),
    }


def test_row_span_ends_with_its_row_group():
    page = (
        "<table><thead><tr><td rowspan=5>a</td><td>b</td></tr></thead>"
        "<tbody><tr><td>c</td><td>d</td></tr></tbody></table>"
    )
    assert places(page)[1, 0] == ("c", 1, 1)


@pytest.mark.parametrize(
    ("value", "rows"), [("0", 3), ("junk", 1), ("", 1), ("-2", 1), ("2.9", 2), (" 2px", 2), ("99999999999", 3)]
)
def test_odd_row_spans(value, rows):
    page = f"<table><tr><td rowspan='{value}'>a<td>b<tr><td>c<td>d<tr><td>e<td>f</table>"
    assert places(page)[0, 0] == ("a", rows, 1)


def test_huge_spans_cost_nothing():
    begun = time.process_time()
    row = "<tr>" + "<td colspan=60000 rowspan=60000>1</td>" * 40 + "</tr>"
    document = read(f"<table>{row * 300}</table>")
    assert time.process_time() - begun < 2
    assert document.blocks


def test_cell_runs_into_a_row_span_from_above():
    page = "<table><tr><td>a<td rowspan=2>b<td>c<tr><td colspan=2>d<td>e</table>"
    assert places(page)[1, 0] == ("d", 1, 1)
    assert places(page)[0, 1] == ("b", 2, 1)


def test_layout_table_gives_no_grid_and_keeps_its_text():
    page = (
        "<table><tr><td>首页</td><td><p>一、总体情况</p>"
        "<table><tr><td>规章</td><td>3</td></tr></table><p>二、其他</p></td></tr></table>"
    )
    assert texts(page) == ["首页", "一、总体情况", 1, "二、其他"]
    assert len(read(page).readings[0].grids) == 1


def test_table_with_an_article_in_a_cell_is_layout():
    article = "本机关认真落实公开要求，完善制度。" * 60
    assert texts(f"<table><tr><td>导航</td><td><p>{article}</p><p>结尾</p></td></tr></table>") == [
        "导航",
        article,
        "结尾",
    ]


def test_one_cell_table_is_text():
    assert texts("<table><tr><td>第二十条第（一）项</td></tr></table>") == ["第二十条第（一）项"]


def test_statistical_table_survives_a_small_table_in_a_cell():
    rows = "".join(f"<tr><td>项目{n}</td><td>{n}</td><td>{n + 1}</td></tr>" for n in range(12))
    page = f"<table>{rows}<tr><td>合计</td><td><table><tr><td>1</td><td>2</td></tr></table></td><td>9</td></tr></table>"
    table = grid(page)
    assert table.n_rows == 13
    assert table.at(12, 1).text == "1\n2"


def test_lines_inside_a_cell_are_kept_apart():
    page = "<table><tr><td>本年新<br>制作数量</td><td><p>22</p><p>（其中修订 16 件）</p></td><td>a<div>b</div>c</td></tr></table>"
    assert [cell.text for cell in grid(page).cells] == ["本年新\n制作数量", "22\n（其中修订 16 件）", "a\nb\nc"]


def test_one_letter_spans_join_without_spaces():
    page = (
        "<table><tr><td><p><span>其</span><span>他</span></p></td>"
        "<td><font><span>20</span></font><span>23</span></td></tr></table>"
    )
    assert [cell.text for cell in grid(page).cells] == ["其他", "2023"]


def test_spaces_of_every_kind_are_trimmed_at_the_ends():
    page = "<table><tr><td>&nbsp; 22 &nbsp;</td><td>　规章　</td><td>\ufeff\u200b7</td><td><o:p>&nbsp;</o:p></td></tr></table>"
    assert [cell.text for cell in grid(page).cells] == ["22", "规章", "7", ""]


def test_hidden_text_is_left_out_and_told():
    page = (
        "<style>td{color:red}</style><script>var a='9'</script><p style='display:none'>隐藏</p>"
        "<div style='DISPLAY: none'><table><tr><td>1</td><td>2</td></tr></table></div>"
        "<table><tr><td>规章<!-- 8 --></td><td style='display:none'>5</td><td>6</td></tr></table>"
    )
    assert texts(page) == [1]
    assert [cell.text for cell in grid(page).cells] == ["规章", "6"]
    assert any("hidden" in note for note in read(page).notes)


@pytest.mark.parametrize(
    "page",
    [
        "<div style='display:table'><div style='display:table-row'><div style='display:table-cell'>规章</div>"
        "<div style='display:table-cell'>3</div></div></div>",
        "<style>.t{display:table} .t .r{display: table-row}\n.c, .d{ display:table-cell }</style>"
        "<div class=t><div class='r x'><div class=c>规章</div><div class=d>3</div></div></div>",
        '<div role="table"><div role="row"><span role="cell">规章</span><span role="cell">3</span></div></div>',
    ],
)
def test_divs_laid_out_as_a_table_are_a_grid(page):
    assert places(page) == {(0, 0): ("规章", 1, 1), (0, 1): ("3", 1, 1)}


def test_blocks_are_paragraphs_with_offsets_in_the_text():
    page = "<h1>年度报告</h1><p>一、总体情况</p><div>甲<br>乙</div><table><tr><td>a<td>1</table>尾<p> </p>"
    document = read(page)
    assert texts(page) == ["年度报告", "一、总体情况", "甲", "乙", 1, "尾"]
    for block in document.blocks:
        assert document.text[block.start : block.start + len(block.text)] == block.text
    assert document.text == "年度报告\n一、总体情况\n甲\n乙\n\n尾"


def test_national_page_tags_and_title():
    page = (
        "<html><head><title> 示例市年度报告 </title><META name='articletitle' content='2023年报告'>"
        "<meta name=PubDate content='2024-01-30'><meta name=SiteIDCode content=''><meta name=viewport content=x>"
        "</head><body>正文</body></html>"
    )
    assert dict(read(page).meta) == {"title": "示例市年度报告", "ArticleTitle": "2023年报告", "PubDate": "2024-01-30"}


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "iso-8859-1"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_declared_encoding_does_not_matter(declared, encoding):
    page = f"<html><head><meta charset={declared}></head><body><table><tr><td>规章<td>㐂7</table></body></html>"
    assert [cell.text for cell in grid(page.encode(encoding)).cells] == ["规章", "㐂7"]


def test_few_bad_bytes_in_utf8_cost_only_themselves():
    page = ("<p>" + "政府信息公开" * 20 + "</p><table><tr><td>规章<td>7</table>").encode() + b"\xb9"
    assert [cell.text for cell in grid(page).cells] == ["规章", "7"]
    assert any("U+FFFD" in note for note in read(page).notes)


@pytest.mark.parametrize(
    ("image", "count"),
    [
        ("<img src='/attach/2024/t1.jpg'>", 1),
        ("<img src='t1.png' width=800 height=600>", 1),
        ("<img src='t1.png' style='width:400pt;height:300pt'>", 1),
        ("<img src='t1.png' width='100%'>", 1),
        ("<img src='t1.png' width=80>", 0),
        ("<img src='/images/logo.png'>", 0),
        ("<img src='spacer.gif'>", 0),
        ("<img src='data:image/png;base64," + "A" * 40000 + "'>", 1),
        ("<img src='data:image/png;base64,AAAA'>", 0),
        ("<img>", 0),
    ],
)
def test_pictures_that_could_be_tables_are_counted(image, count):
    assert read(f"<p>报告</p>{image}").pictures == count


def test_saved_page_mhtml():
    page = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=xx\r\n\r\n--xx\r\n"
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"<table><tr><td>=E8=A7=84=E7=AB=A0</td><td>3</td></tr></table>\r\n--xx--\r\n"
    )
    assert [cell.text for cell in grid(page).cells] == ["规章", "3"]


def test_attribute_order_and_tag_case_change_nothing():
    one = "<TABLE border=1 class=a><TR><TD rowspan=2 align=center>a<TD>b<TR><TD>c</TABLE>"
    two = "<table class=a border=1><tr><td align=center rowspan=2>a</td><td>b</td></tr><tr><td>c</td></tr></table>"
    assert places(one) == places(two)


def test_damaged_pages_never_raise_anything_but_unreadable():
    rows = "".join(f"<tr><td rowspan=2><p>项目{n}</p></td><td>{n}</td></tr><tr><td>{n}</td></tr>" for n in range(30))
    whole = f"<html><head><title>t</title></head><body><table><tr><td><table>{rows}</table></td></tr></table></body></html>".encode()
    dice = random.Random(7)
    for _ in range(150):
        page = bytearray(whole)
        for _ in range(dice.randrange(1, 30)):
            at = dice.randrange(len(page))
            if dice.random() < 0.5:
                page[at] = dice.randrange(256)
            else:
                del page[at : at + dice.randrange(1, 40)]
        begun = time.process_time()
        with contextlib.suppress(UnreadableDocument):
            read(bytes(page[: dice.randrange(1, len(page))]))
        assert time.process_time() - begun < 1


def test_deep_nesting_is_survived():
    deep = "<div>" * 5000 + "x" + "<table><tr><td>" * 300
    try:
        read(deep)
    except UnreadableDocument as error:
        assert "deep" in error.reason or "no text" in error.reason
