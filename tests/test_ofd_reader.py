"""OFD: text and lines of the fixed layout become the printed cells, whatever way a writer places letters."""

import io

import pytest
from PIL import Image, ImageDraw, ImageFont

from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument
from tests.ofd_file import (
    SIZE,
    SPACE,
    Layout,
    PrintedCell,
    PrintedTable,
    cells_of,
    form_tables,
    line,
    ofd,
    page,
    split,
    table,
    text,
)
from transform.reports.read_report import read_report

SMALL = PrintedTable(
    "small",
    (
        (PrintedCell("行政复议", columns=2), PrintedCell("总计", rows=2)),
        (PrintedCell("结果维持"), PrintedCell("结果纠正")),
        (PrintedCell("64"), PrintedCell(""), PrintedCell("73")),
    ),
    (1, 1, 1),
)
CELLS = [["行政复议", "行政复议", "总计"], ["结果维持", "结果纠正", "总计"], ["64", "", "73"]]


def figures(form):
    return {key: str(101 + 3 * n) for n, key in enumerate(cells_of(form))}


def tables(form, values):
    return [part for parts in form_tables(form, values, Layout()).values() for part in parts]


def grids(document):
    return document.readings[0].grids


def texts(grid):
    return [[grid.at(row, col).text for col in range(grid.n_cols)] for row in range(grid.n_rows)]


def read_small(objects, **options):
    document = read_document(ofd([page(objects)], **options))
    (grid,) = grids(document)
    return document, texts(grid)


@pytest.mark.parametrize("form", ["sc_2019", "sc_2021"])
def test_every_cell_of_the_form_is_read_and_none_confirmed(form):
    values = figures(form)
    document = read_document(ofd([page(table(one)) for one in tables(form, values)]))
    (report,) = read_report(document)
    found = {(o.indicator, o.applicant): o for o in report.observations if o.source == "table"}
    assert {key: o.value_text for key, o in found.items()} == values
    assert {o.reading for o in found.values()} == {"single"}
    assert report.form == form


def test_a_table_over_a_page_break_is_read_whole():
    values = figures("sc_2021")
    requests = next(one for one in tables("sc_2021", values) if len(one.rows) > 20)
    upper, lower = split(requests, 15)
    (report,) = read_report(read_document(ofd([page(table(upper)), page(table(lower))])))
    found = {(o.indicator, o.applicant): o.value_text for o in report.observations if o.source == "table"}
    wanted = {
        key: text
        for key, text in values.items()
        if any(key == (c.indicator, c.applicant) for row in requests.rows for c in row)
    }
    assert found == wanted


def test_places_are_in_points_from_the_lower_left_corner():
    document, cells = read_small(table(SMALL, left=25.4, top=25.4, across=76.2, height=12.7))
    assert cells == CELLS
    (grid,) = grids(document)
    assert grid.at(2, 0).locator == f"p1 72.0,{841.9 - 72 - 108:.1f},144.0,{841.9 - 72 - 72:.1f}"
    assert (grid.at(0, 0).col_span, grid.at(0, 2).row_span) == (2, 2)
    assert grid.edges == (72.0, 144.0, 216.0, 288.0)
    assert document.media_type == "application/ofd"
    assert not document.readings[0].structural


def test_title_and_paragraphs_stand_around_the_table():
    objects = [text(40, 15, "一、总体情况"), *table(SMALL, top=30), text(40, 80, "六、其他需要报告的事项")]
    document = read_document(ofd([page(objects)], title="示例市2021年年报"))
    assert [(b.text, b.grid) for b in document.blocks] == [
        ("一、总体情况", None),
        ("", 1),
        ("六、其他需要报告的事项", None),
    ]
    assert document.meta == {"title": "示例市2021年年报"}
    assert document.pages == 1


def one_cell(letters):
    """Return the text of the first cell of a table in which an object is drawn, at most 60 mm wide."""
    frame = [
        line(*ends)
        for ends in ((20, 20, 140, 20), (20, 40, 140, 40), (20, 20, 20, 40), (80, 20, 80, 40), (140, 20, 140, 40))
    ]
    document = read_document(ofd([page([letters, text(100, 30, "右"), *frame])]))
    (grid,) = grids(document)
    return grid.at(0, 0).text


def test_steps_may_be_written_as_repetitions():
    assert one_cell(text(22, 30, "结果维持总计", deltas=f'DeltaX="g 3 {SIZE} g 2 {SIZE}"')) == "结果维持总计"


def test_a_repetition_of_a_million_steps_ends():
    assert one_cell(text(22, 30, "12", deltas='DeltaX="g 1000000000 1.4"')) == "12"


def test_letters_without_steps_stand_side_by_side():
    assert one_cell(text(22, 30, "结果12", deltas="")) == "结果12"


def test_letters_far_apart_are_parted_by_a_space():
    assert one_cell(text(22, 30, "12", deltas='DeltaX="10"')) == "1 2"


def test_several_text_codes_keep_the_position_of_the_one_before():
    code = f'<ofd:TextCode X="0" Y="{SIZE}">上</ofd:TextCode><ofd:TextCode Y="{3 * SIZE}">下</ofd:TextCode>'
    thing = f'<ofd:TextObject ID="1" Boundary="22 22 10 12" Font="3" Size="{SIZE}">{code}</ofd:TextObject>'
    assert one_cell(thing) == "上\n下"


def test_the_matrix_of_a_text_is_applied():
    # Letters of size 1 made 3 mm high by the matrix and moved into the cell.
    thing = (
        '<ofd:TextObject ID="1" Boundary="10 10 50 20" CTM="3 0 0 3 12 15" Font="3" Size="1">'
        '<ofd:TextCode X="0" Y="1" DeltaX="g 2 0.5">123</ofd:TextCode></ofd:TextObject>'
    )
    assert one_cell(thing) == "123"


def test_letters_set_downwards_are_read_from_top_to_bottom():
    thing = (
        f'<ofd:TextObject ID="1" Boundary="22 21 10 18" Font="3" Size="{SIZE}">'
        f'<ofd:TextCode X="0" Y="{SIZE}" DeltaY="g 4 {SIZE}">申请人情况</ofd:TextCode></ofd:TextObject>'
    )
    assert one_cell(thing).replace("\n", "") == "申请人情况"


def test_turned_letters_are_told_by_their_turn():
    # Turned a quarter to the right: the line runs down the page.
    thing = (
        '<ofd:TextObject ID="1" Boundary="30 22 5 16" CTM="0 1 -1 0 3 0" Font="3" Size="3">'
        '<ofd:TextCode X="0" Y="0" DeltaX="g 3 3">结果维持</ofd:TextCode></ofd:TextObject>'
    )
    assert one_cell(thing) == "结果维持"


def test_a_slanted_watermark_is_left_out_and_noted():
    mark = (
        '<ofd:TextObject ID="1" Boundary="22 22 50 50" CTM="0.7 -0.7 0.7 0.7 0 10" Font="3" Size="3">'
        '<ofd:TextCode X="0" Y="0" DeltaX="g 2 1.5">999</ofd:TextCode></ofd:TextObject>'
    )
    document, cells = read_small([mark, *table(SMALL, top=20)])
    assert cells == CELLS
    assert document.notes == ("3 slanted character(s) left out (a watermark)",)


def test_white_and_invisible_text_is_not_printed():
    white = '<ofd:FillColor Value="255 255 255"/>'
    hidden = [
        text(16, 42, "7", inside=white),
        text(20, 42, "8", more='Visible="false"'),
        text(24, 42, "9", more='Alpha="0"'),
    ]
    document, cells = read_small([*table(SMALL, top=20), *hidden])
    assert cells == CELLS
    assert document.notes == ("3 character(s) left out that cannot be seen",)
    assert "cannot be seen" in grids(document)[0].at(2, 0).doubt


def test_white_text_on_a_dark_header_is_printed():
    shade = (
        '<ofd:PathObject ID="7" Boundary="20 20 60 20" Fill="true" Stroke="false"><ofd:FillColor Value="0 0 128"/>'
        "<ofd:AbbreviatedData>M 0 0 L 60 0 L 60 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>"
    )
    assert one_cell(shade + text(22, 30, "总计", inside='<ofd:FillColor Value="255 255 255"/>')) == "总计"


def test_a_white_line_is_no_border():
    white = line(15, 32, 195, 32, inside='<ofd:StrokeColor Value="255 255 255"/>')
    _, cells = read_small([*table(SMALL, top=20, height=8), white])
    assert cells == CELLS


def test_bold_imitated_by_drawing_twice_is_read_once():
    others = [thing for thing in table(SMALL, top=20) if ">64<" not in thing]
    _, cells = read_small([*others, text(42.0, 41.1, "64"), text(42.1, 41.1, "64")])
    assert cells == CELLS


def test_thin_rectangles_and_closed_paths_are_borders():
    def bar(x, y, w, h):
        return (
            f'<ofd:PathObject ID="7" Boundary="{x} {y} {w} {h}" Fill="true" Stroke="false">'
            f"<ofd:AbbreviatedData>M 0 0 L {w} 0 L {w} {h} L 0 {h} C</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def box(x, y, w, h):
        return (
            f'<ofd:PathObject ID="7" Boundary="{x} {y} {w} {h}" LineWidth="0.2">'
            f"<ofd:AbbreviatedData>M 0 0 L {w} 0 L {w} {h} L 0 {h} C</ofd:AbbreviatedData></ofd:PathObject>"
        )

    cells = [text(25, 28, "左"), text(65, 28, "12")]
    bars = [bar(20, y, 80, 0.2) for y in (20, 35)] + [bar(x, 20, 0.2, 15) for x in (20, 60, 100)]
    assert read_small([*cells, *bars])[1] == [["左", "12"]]
    assert read_small([*cells, box(20, 20, 40, 15), box(60, 20, 40, 15)])[1] == [["左", "12"]]


def test_a_template_under_the_page_gives_its_lines():
    objects = table(SMALL, top=20)
    lines = [o for o in objects if "PathObject" in o]
    letters = [o for o in objects if "TextObject" in o]
    head = '<ofd:Template TemplateID="5" ZOrder="Background"/>'
    document = read_document(ofd([page(letters, head)], templates={"5": page(lines)}))
    assert texts(grids(document)[0]) == CELLS


def test_a_page_block_and_a_drawing_from_the_resources_are_read():
    objects = table(SMALL, top=20)
    drawing = '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="77" Width="210" Height="297"><ofd:Content>'
    drawing += "".join(o for o in objects if "PathObject" in o)
    drawing += "</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
    letters = '<ofd:PageBlock ID="6">' + "".join(o for o in objects if "TextObject" in o) + "</ofd:PageBlock>"
    use = '<ofd:CompositeObject ID="4" Boundary="0 0 210 297" ResourceID="77"/>'
    assert read_small([letters, use], resources=drawing)[1] == CELLS


def test_colours_may_come_from_drawing_parameters():
    white = '<ofd:DrawParams><ofd:DrawParam ID="60" Relative="61"/><ofd:DrawParam ID="61"><ofd:StrokeColor Value="255 255 255"/>'
    white += "</ofd:DrawParam></ofd:DrawParams>"
    across = line(15, 40, 195, 40, more='DrawParam="60"')
    assert read_small([*table(SMALL, top=20, height=8), across], resources=white)[1] == CELLS


def test_pictures_are_counted():
    large = '<ofd:ImageObject ID="3" Boundary="20 20 170 250" ResourceID="9" CTM="170 0 0 250 0 0"/>'
    small = '<ofd:ImageObject ID="3" Boundary="20 20 20 20" ResourceID="9" CTM="20 0 0 20 0 0"/>'
    document = read_document(ofd([page([large, small])]))
    assert (document.pictures, document.readings, document.notes) == (1, (), ("no text: the pages are pictures",))


def picture_in(box: str) -> tuple[str, dict[str, str], bytes]:
    """Return an image object at a box, the resources it needs, and a picture of a figure (PNG)."""
    picture = Image.new("L", (150, 72), 255)
    ImageDraw.Draw(picture).text((8, 0), "165", font=ImageFont.load_default(64), fill=0)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    resources = '<ofd:MultiMedias><ofd:MultiMedia ID="90" Type="Image"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>'
    width, height = box.split()[2:]
    item = f'<ofd:ImageObject ID="3" Boundary="{box}" ResourceID="90" CTM="{width} 0 0 {height} 0 0"/>'
    return item, {"resources": resources}, buffer.getvalue()


def seven(x: float, y: float) -> str:
    """Return a digit drawn as a filled path, its upper left corner at a place of the page, 3.3 mm high."""
    data = "M 0 0 L 2 0 L 2 0.4 Q 1.1 1.6 0.95 3.3 L 0.5 3.3 B 0.6 2 1 1.2 1.5 0.45 L 0 0.45 C"
    return (
        f'<ofd:PathObject ID="8" Boundary="{x} {y} 2 4" Stroke="false" Fill="true">'
        f"<ofd:AbbreviatedData>{data}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def test_figures_that_are_no_text_are_read_from_what_is_drawn():
    item, resources, png = picture_in("100 37.5 10 4.8")
    for drawn, wanted in (([item], "165"), ([seven(101, 38.3), seven(103.4, 38.3)], "77")):
        document = read_document(ofd([page([*table(SMALL, top=20), *drawn])], **resources, **{"Doc_0/Res/a.png": png}))
        (grid,) = grids(document)
        assert [[grid.at(2, col).text, grid.at(2, col).shown] for col in range(3)] == [
            ["64", None],
            ["", wanted],
            ["73", None],
        ]


@pytest.mark.parametrize("png", [None, b"no picture"])
def test_cell_with_something_drawn_that_is_not_read_is_not_blank(png):
    item, resources, _ = picture_in("100 37.5 10 4.8")
    document = read_document(ofd([page([*table(SMALL, top=20), item])], **resources, **{"Doc_0/Res/a.png": png}))
    assert grids(document)[0].at(2, 1).shown == "?"


def rectangle(x: float, y: float, width: float, height: float, colour: str = "255 255 255") -> str:
    return (
        f'<ofd:PathObject ID="8" Boundary="{x} {y} {width} {height}" Stroke="false" Fill="true">'
        f'<ofd:FillColor Value="{colour}"/><ofd:AbbreviatedData>M 0 0 L {width} 0 L {width} {height} L 0 {height} C'
        "</ofd:AbbreviatedData></ofd:PathObject>"
    )


def test_letters_under_a_later_area_are_not_shown():
    old, new = text(103, 41, "47"), text(103, 41, "52")
    for drawn, wanted in (([old, rectangle(80, 37, 50, 6)], ""), ([old, rectangle(80, 37, 50, 6), new], "52")):
        assert read_small([*table(SMALL, top=20), *drawn])[1][2] == ["64", wanted, "73"]
    # A ground is drawn before the letters on it.
    assert read_small([rectangle(80, 37, 50, 6, "230 230 230"), *table(SMALL, top=20), new])[1][2] == ["64", "52", "73"]


def test_annotations_stand_on_the_page():
    body = f"<ofd:PageAnnot {SPACE}><ofd:Annot ID='70' Type='Stamp'><ofd:Appearance Boundary='100 36 20 8'>"
    parts = {
        "Doc_0/Annots/Annotations.xml": f"<ofd:Annotations {SPACE}><ofd:Page PageID='10'><ofd:FileLoc>0.xml</ofd:FileLoc>"
        "</ofd:Page></ofd:Annotations>",
        "Doc_0/Annots/0.xml": f"{body}{text(3, 5, '52')}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>",
        "Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        "</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID='10' "
        "BaseLoc='Pages/Page_0/Content.xml'/></ofd:Pages>"
        "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations></ofd:Document>",
    }
    assert read_small(table(SMALL, top=20), **parts)[1][2] == ["64", "52", "73"]


def test_empty_cell_shows_nothing():
    assert grids(read_document(ofd([page(table(SMALL, top=20))])))[0].at(2, 1).shown == ""


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (ofd([]), "no pages"),
        (ofd([page([])]), "no text and no picture"),
        (ofd([page([])], **{"Doc_0/Document.xml": None}), "no part Doc_0/Document.xml"),
        (ofd([page([])], **{"Doc_0/Document.xml": "<ofd:Document"}), "not well-formed"),
        (ofd([page([])], **{"Doc_0/Pages/Page_0/Content.xml": None}), "no part Doc_0/Pages/Page_0/Content.xml"),
        (ofd([page([])], **{"OFD.xml": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}), "document type"),
        (ofd([page([])], **{"Doc_0/Encryptions.xml": "<a/>"}), "encrypted"),
        (ofd([page([text(10, 10, "x", more='CTM="a b"')])]), "damaged"),
    ],
)
def test_a_damaged_file_is_unreadable_with_its_reason(data, reason):
    with pytest.raises(UnreadableDocument, match=reason):
        read_document(data)
