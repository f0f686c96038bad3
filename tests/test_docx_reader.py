"""DOCX: the XML of Word as it stands, merges resolved, nothing read twice and nothing hidden read."""

import io
import time
import zipfile

import pytest

from extract.document import Document
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument

NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></cp:coreProperties>'
)


def docx(body, title=None, **members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        if body is not None:
            archive.writestr("word/document.xml", f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>")
        if title:
            archive.writestr("docProps/core.xml", CORE.format(title))
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def read(body, **options) -> Document:
    return read_document(docx(body, **options))


def p(*texts):
    return "<w:p>" + "".join(f"<w:r><w:t>{text}</w:t></w:r>" for text in texts) + "</w:p>"


def tc(text, properties="", content=None):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content if content is not None else p(text)}</w:tc>"


def tr(*cells, properties=""):
    return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"


def tbl(*rows):
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def span(n):
    return f'<w:gridSpan w:val="{n}"/>'


RESTART, CONTINUE = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def places(body, number=1):
    grid = read(body).readings[0].grids[number - 1]
    return {(c.row, c.col): (c.text, c.row_span, c.col_span) for c in grid.cells}


def texts(body):
    return [block.text if block.grid is None else block.grid for block in read(body).blocks]


def test_merged_cells_have_one_origin():
    body = tbl(
        tr(tc("结果", RESTART), tc("申请人情况", span(2))),
        tr(tc("", CONTINUE), tc("自然人"), tc("法人")),
        tr(tc("", '<w:vMerge w:val="continue"/>'), tc("22"), tc("0")),
        tr(tc("总计"), tc("22"), tc("")),
    )
    assert places(body) == {
        (0, 0): ("结果", 3, 1),
        (0, 1): ("申请人情况", 1, 2),
        (1, 1): ("自然人", 1, 1),
        (1, 2): ("法人", 1, 1),
        (2, 1): ("22", 1, 1),
        (2, 2): ("0", 1, 1),
        (3, 0): ("总计", 1, 1),
        (3, 1): ("22", 1, 1),
        (3, 2): ("", 1, 1),
    }
    grid = read(body).readings[0].grids[0]
    assert grid.at(2, 0).text == "结果"
    assert grid.at(3, 2).locator == "t1 r4 c3"
    assert read(body).readings[0].structural


def test_vertical_merge_begun_anew_is_another_cell():
    body = tbl(
        tr(tc("甲", RESTART), tc("1")),
        tr(tc("", CONTINUE), tc("2")),
        tr(tc("乙", RESTART), tc("3")),
        tr(tc("", CONTINUE), tc("4")),
    )
    assert places(body)[0, 0] == ("甲", 2, 1)
    assert places(body)[2, 0] == ("乙", 2, 1)


def test_old_horizontal_merge():
    body = tbl(
        tr(tc("标题", '<w:hMerge w:val="restart"/>'), tc("", "<w:hMerge/>"), tc("数量")),
        tr(tc("a"), tc("b"), tc("3")),
    )
    assert places(body)[0, 0] == ("标题", 1, 2)
    assert places(body)[0, 2] == ("数量", 1, 1)


def test_rows_that_begin_or_end_short():
    body = tbl(
        tr(tc("a"), tc("b"), tc("c")),
        tr(tc("x"), tc("y"), properties='<w:gridBefore w:val="1"/>'),
        tr(tc("z"), properties='<w:gridAfter w:val="2"/>'),
    )
    got = places(body)
    assert got[1, 1][0] == "x"
    assert got[1, 2][0] == "y"
    assert (1, 0) not in got
    assert got[2, 0][0] == "z"


def test_nested_table_makes_the_outer_one_layout():
    inner = tbl(tr(tc("规章"), tc("3")))
    body = tbl(tr(tc("导航"), tc("", content=p("一、总体情况") + inner + p("二、其他"))))
    assert texts(body) == ["导航", "一、总体情况", 1, "二、其他"]


def test_lines_in_a_cell_and_runs_of_one_letter():
    body = tbl(
        tr(
            tc("", content=p("其", "他") + p("22")),
            tc("", content="<w:p><w:r><w:t>本年</w:t><w:br/><w:t>新收</w:t></w:r></w:p>"),
            tc("", content="<w:p><w:r><w:t xml:space='preserve'> 7 </w:t></w:r></w:p>"),
        )
    )
    assert [cell[0] for cell in places(body).values()] == ["其他\n22", "本年\n新收", "7"]


def test_tracked_changes_insertions_stay_deletions_go():
    body = (
        "<w:p><w:ins><w:r><w:t>12</w:t></w:r></w:ins><w:del><w:r><w:delText>9</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>8</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>3</w:t></w:r></w:moveTo></w:p>"
        + tbl(
            tr(tc("甲"), tc("1")),
            tr(tc("删"), tc("2"), properties="<w:del/>"),
            tr(tc("乙"), tc("4"), properties="<w:ins/>"),
        )
    )
    assert texts(body) == ["123", 1]
    assert places(body) == {
        (0, 0): ("甲", 1, 1),
        (0, 1): ("1", 1, 1),
        (1, 0): ("乙", 1, 1),
        (1, 1): ("4", 1, 1),
    }


def test_field_gives_its_result():
    def char(kind):
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    complex_field = (
        "<w:p>"
        + char("begin")
        + "<w:r><w:instrText>=SUM(ABOVE) 99</w:instrText></w:r><w:r><w:t>88</w:t></w:r>"
        + char("separate")
        + "<w:r><w:t>17</w:t></w:r>"
        + char("end")
        + "<w:r><w:t>件</w:t></w:r></w:p>"
    )
    assert texts(complex_field + '<w:p><w:fldSimple w:instr="PAGE"><w:r><w:t>5</w:t></w:r></w:fldSimple></w:p>') == [
        "17件",
        "5",
    ]


def test_unfinished_field_swallows_no_cell():
    begin = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'
    assert [cell[0] for cell in places(tbl(tr(tc("", content=begin), tc("规章"), tc("5")))).values()] == [
        "",
        "规章",
        "5",
    ]


def test_text_box_is_read_once():
    box = f"<w:txbxContent>{p('框中文字')}{tbl(tr(tc('规章'), tc('3')))}</w:txbxContent>"
    body = (
        "<w:p><w:r><w:t>前文</w:t></w:r><w:r><mc:AlternateContent>"
        f"<mc:Choice Requires='wps'><w:drawing><wps:wsp><wps:txbx>{box}</wps:txbx></wps:wsp></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape><v:textbox>{box}</v:textbox></v:shape></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r></w:p>"
    )
    assert texts(body) == ["前文", "框中文字", 1]


def test_content_controls_hyperlinks_and_formulas_are_read():
    body = (
        f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{p('控件')}</w:sdtContent></w:sdt>"
        "<w:p><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink><m:oMath><m:r><m:t>7</m:t></m:r></m:oMath></w:p>"
        + tbl(
            f"<w:sdt><w:sdtContent>{tr(tc('甲'), f'<w:sdt><w:sdtContent>{tc(4)}</w:sdtContent></w:sdt>')}</w:sdtContent></w:sdt>"
        )
    )
    assert texts(body) == ["控件", "链接7", 1]
    assert places(body) == {(0, 0): ("甲", 1, 1), (0, 1): ("4", 1, 1)}


def test_hidden_text_headers_and_footers_are_left_out():
    body = (
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>9</w:t></w:r><w:r><w:rPr><w:vanish w:val='0'/></w:rPr>"
        "<w:t>8</w:t></w:r></w:p>"
    )
    document = read(body, **{"word/header1.xml": f"<w:hdr {NAMESPACES}>{p('页眉')}</w:hdr>"})
    assert [block.text for block in document.blocks] == ["8"]


def test_pictures_large_enough_for_a_table_are_counted():
    def drawing(width, height):
        return (
            f"<w:p><w:r><w:drawing><wp:inline><wp:extent cx='{width}' cy='{height}'/><a:graphic>"
            "<a:blip/></a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )

    assert read(p("表格见图") + drawing(5_000_000, 3_000_000) + drawing(300_000, 300_000)).pictures == 1
    assert read(drawing(5_000_000, 3_000_000)).blocks == ()


def test_embedded_sheet_is_told():
    body = p("附表") + "<w:p><w:r><w:object><o:OLEObject ProgID='Excel.Sheet.12'/></w:object></w:r></w:p>"
    assert any("Excel.Sheet.12" in note for note in read(body).notes)


def test_title_and_offsets():
    document = read(p("一、总体情况") + tbl(tr(tc("a"), tc("1"))) + p("无。"), title="示例市年度报告")
    assert document.meta == {"title": "示例市年度报告"}
    assert document.text == "一、总体情况\n\n无。"
    for block in document.blocks:
        assert document.text[block.start : block.start + len(block.text)] == block.text


def test_strict_namespace_is_read_too():
    data = docx(
        None,
        **{
            "word/document.xml": '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body>'
            + p("严格")
            + "</w:body></w:document>"
        },
    )
    assert read_document(data).blocks[0].text == "严格"


def test_main_part_under_another_name():
    main = f"<w:document {NAMESPACES}><w:body>{p('正文')}</w:body></w:document>"
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="/word/document2.xml"/></Relationships>'
    )
    assert read_document(docx(None, **{"_rels/.rels": rels, "word/document2.xml": main})).blocks[0].text == "正文"


def test_python_docx_file_is_read_as_it_writes_it():
    import docx as python_docx

    made = python_docx.Document()
    made.add_paragraph("二、主动公开政府信息情况")
    table = made.add_table(3, 3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "标题"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "结果"
    for row, values in ((1, "12"), (2, "34")):
        for col, value in enumerate(values, 1):
            table.cell(row, col).text = value
    buffer = io.BytesIO()
    made.save(buffer)
    grid = read_document(buffer.getvalue()).readings[0].grids[0]
    assert [(c.row, c.col, c.text, c.row_span, c.col_span) for c in grid.cells] == [
        (0, 0, "标题", 1, 3),
        (1, 0, "结果", 2, 1),
        (1, 1, "1", 1, 1),
        (1, 2, "2", 1, 1),
        (2, 1, "3", 1, 1),
        (2, 2, "4", 1, 1),
    ]


def bomb():
    return docx("<w:p><w:r><w:t>" + "0" * (70 << 20) + "</w:t></w:r></w:p>")


def entities():
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "boom"}">' for n in range(9))
    document = f"<!DOCTYPE w [{lines}]><w:document {NAMESPACES}><w:body>{p('&a8;')}</w:body></w:document>"
    return docx(None, **{"word/document.xml": document})


def encrypted():
    data = bytearray(docx(p("正文")))
    # Bit 0 of the general purpose flags, in every local and central header.
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(signature, at + 1)
    return bytes(data)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb, "unpacks to more than"),
        (entities, "declares a document type"),
        (encrypted, "encrypted"),
        (lambda: docx(p("正文"))[:-40], "cut or damaged"),
        (lambda: docx(None, **{"word/document.xml": "<w:document"}), "not well-formed"),
        (lambda: docx(""), "no text and no picture"),
        (lambda: docx(None, **{"word/document.xml": f"<w:document {NAMESPACES}/>"}), "no body"),
    ],
)
def test_damaged_files_are_unreadable_with_a_reason(make, reason):
    data = make()
    begun = time.process_time()
    with pytest.raises(UnreadableDocument) as raised:
        read_document(data)
    assert reason in raised.value.reason
    assert time.process_time() - begun < 5


def test_damaged_member_is_unreadable():
    data = bytearray(docx(p("正文" * 500)))
    at = data.find(b"word/document.xml") + 40
    data[at : at + 20] = b"\xff" * 20
    with pytest.raises(UnreadableDocument):
        read_document(bytes(data))
