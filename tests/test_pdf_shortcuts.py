"""PDF: what is left out or called directly for speed changes no cell."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pdfencrypt import StandardEncryption

from extract.documents.pdf.objects import Area, Covers, PageObjects
from extract.documents.read_document import read_document
from extract.documents.second_reading import by_camelot
from extract.documents.second_reading.by_playa import layout, opened
from extract.documents.second_reading.content import tokens
from tests.pdf_sheet import FONT, Look, assert_read, canvas, draw, finish, read, report, requests, seen

# camelot's lattice, called directly


def grids(data, monkeypatch, version=None):
    """Return the first reading's grids, and whether camelot was asked through its public function."""
    asked = []
    public = by_camelot._read
    with monkeypatch.context() as patch:
        patch.setattr(
            by_camelot, "_read", lambda data, pages, **options: asked.extend(pages) or public(data, pages, **options)
        )
        if version:
            patch.setattr(by_camelot, "_KNOWN_VERSIONS", {version: "0.0."})
        reading = read_document(data).readings[0]
    assert reading.reader.startswith("camelot") and reading.reader.endswith("lattice vector")
    return reading.grids, bool(asked)


def form_around_the_table():
    buffer, c, _, table = requests()
    c.beginForm("table")
    draw(c, table, Look(row_height=16))
    c.endForm()
    c.doForm("table")
    c.drawString(50, 60, "表外的一句话。")
    return finish(buffer, c)


FILES = {
    "report": lambda: report()[0],
    "grey": lambda: report(Look(grey=0.8, line_width=0.2))[0],
    "double lines": lambda: report(Look(lines="double"))[0],
    "table in a form": form_around_the_table,
    "encrypted": lambda: report(encrypt=StandardEncryption("", ownerPassword="owner", strength=128))[0],
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("package", ["camelot-py", "playa-pdf"])
def test_another_version_is_asked_through_the_public_function_for_the_same_cells(kind, package, monkeypatch):
    data = FILES[kind]()
    directly, asked = grids(data, monkeypatch)
    assert directly and not asked
    assert grids(data, monkeypatch, version=package) == (directly, True)


@pytest.mark.parametrize("lost", ["prepare_page_parse", "record_parse_metadata"])
def test_lattice_without_a_method_is_asked_through_the_public_function(lost, monkeypatch):
    from camelot import parsers

    expected, _ = grids(FILES["report"](), monkeypatch)
    whole = parsers.Lattice
    bare = type(
        "Bare", (), {name: getattr(whole, name) for name in dir(whole) if name != lost and not name.startswith("__")}
    )
    monkeypatch.setattr(parsers, "Lattice", bare)
    assert by_camelot._lattice() is None
    assert grids(FILES["report"](), monkeypatch) == (expected, True)


def test_function_that_moved_is_no_failure(monkeypatch):
    import camelot.utils

    expected, _ = grids(FILES["report"](), monkeypatch)
    monkeypatch.delattr(camelot.utils, "get_rotation")
    assert by_camelot._lattice() is None
    assert grids(FILES["report"](), monkeypatch) == (expected, True)


# Permissions


def test_file_that_forbids_taking_text_out_has_no_reading_by_camelot():
    """The figures stand as pdfium reads them, none confirmed, and a note says why."""
    data, values = report(encrypt=StandardEncryption("", ownerPassword="owner", canCopy=0, strength=128))
    document = read_document(data)
    (only,) = document.readings
    assert only.reader.startswith("pdfium")
    assert any("permissions forbid" in note for note in document.notes)
    assert_read(data, values, confirmed=0.0, doubtful=list(values))


def test_permission_to_take_text_out_is_enough():
    data, values = report(
        encrypt=StandardEncryption("", ownerPassword="owner", canModify=0, canPrint=0, canCopy=1, strength=128)
    )
    assert_read(data, values)
    assert {o.reading for o in seen(read(data)).values()} == {"confirmed"}


# Content without its style


def drawn(content: bytes, *, whole: bool, monkeypatch) -> list:
    """Return the letters and lines on a page of this content: as playa reads it whole, or as it is read here."""
    buffer, c = canvas()
    c.setFont(FONT, 10)
    c.drawString(50, 60, "x")
    c._code.append(content.decode("latin-1"))
    with opened(finish(buffer, c)) as document, monkeypatch.context() as patch:
        if whole:
            patch.setattr("extract.documents.second_reading.content.tokens", lambda content, document: None)
        found = layout(document.pages[0])
    letters = [(char.bbox, char.get_text(), char.matrix, char.render_mode) for char in found.chars]
    return letters + [(item.bbox, item.pts, item.stroke, item.fill) for item in found.drawings]


PIECES = [
    b"0.5 w",
    b"0 0 0 rg",
    b"1 0 0 RG",
    b"0 g",
    b"1 G",
    b"0 0 0 1 k",
    b"0 0 0 1 K",
    b"10 M",
    b"1 J",
    b"0 j",
    b"1 i",
    b"/gRLs0 gs",
    b"q 1 0 0 1 5 7 cm",
    b"q",
    b"q q",
    b"Q",
    b"Q Q",
    b"100 200 m 300 200 l S",
    b"100 100 50 20 re f",
    b"10 10 80 30 re S",
    b"60 60 40 40 re W n",
    b"60 60 40 40 re W* n",
    b"5 5 m 9 9 l 20 20 30 30 re W n",
    b"0 0 9 9 re W S",
    b"9 9 re W n",
    b"BT /F2 9 Tf 1 0 0 1 70 80 Tm <41> Tj ET",
    b"1 0 0 1 2 3 cm",
    b"[3 2] 0 d",
    b"BT /F2 7 Tf 70 90 Td [<41> -20 <4243>3(a\\)b) ]TJ 3 Tr (c \\(d\\) e) Tj ET",
    b"/Span <</MCID 3>> BDC",
    b"EMC",
    b"0 0 1 rg\n0.2 w",
    b".5 w",
    b"-1 g",
    b"/Cs1 cs 0.1 0.2 0.3 sc",
    b"2 Tr 110 Tz 3 Ts 1 Tc",
    b"BT 20 30 Td(50%)Tj T*(\\101)' ET",
    b"BT /F2 8 Tf/gRLs0 gs 4 -2 TD<41>Tj 5 0 TD<42>Tj ET",
    b"null",
    b"1 2 3 4 re W/X n",
    b"BX 1 zz EX",
    b"<</A[1]>>pop",
]


@pytest.mark.parametrize("seed", range(12))
def test_content_without_its_style_draws_the_same(seed, monkeypatch):
    """Also where states are saved and restored without balance."""
    chosen = random.Random(seed)
    content = b" ".join(chosen.choice(PIECES[:-1]) for _ in range(150))
    whole = drawn(content, whole=True, monkeypatch=monkeypatch)
    assert len(whole) > 10
    monkeypatch.setattr(
        "extract.documents.second_reading.content.iter", lambda page: pytest.fail("read whole"), raising=False
    )
    assert drawn(content, whole=False, monkeypatch=monkeypatch) == whole


@pytest.mark.parametrize("piece", PIECES)
def test_tokens_are_those_of_playa(piece):
    from playa.parser import ContentParser
    from playa.pdftypes import ContentStream

    buffer, c = canvas()
    with opened(finish(buffer, c)) as document:
        expected = [found for _, found in ContentParser([ContentStream({}, piece)], document)]
        assert tokens(piece, document) == (None if piece.endswith(b"pop") else expected)


@pytest.mark.parametrize(
    "content",
    [
        b"100 200 m % 300 200 l S 5 w\n300 400 l S",
        b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 5 w EI 100 200 m 300 200 l S",
        b"BI/W 1/H 1/BPC 8/CS/G ID \x00 5 w EI 100 200 m 300 200 l S",
        b"/Span <</ActualText (a>>b)>> BDC BT /F2 9 Tf 70 80 Td <41> Tj ET EMC",
        b"/Span <</A [1 2]>> BDC BT /F2 9 Tf 70 80 Td <41> Tj ET EMC",
        b"BT /F2 9 Tf 70 80 Td (a(b(c))) Tj ET",
        b"BT /F2 9 Tf 70 80 Td [(a[b]) 3 [4]] TJ <41> Tj ET",
    ],
)
def test_content_that_white_space_and_brackets_do_not_part_is_read_whole(content, monkeypatch):
    with opened(report()[0]) as document:
        assert tokens(content, document) is None
    assert drawn(content, whole=False, monkeypatch=monkeypatch) == drawn(content, whole=True, monkeypatch=monkeypatch)


def test_state_that_sets_a_font_is_kept(monkeypatch):
    """A graphics state may set the font of the letters that follow (PDF 1.7, table 58)."""
    buffer, c = canvas()
    c.setFont(FONT, 10)
    c.drawString(50, 60, "x")
    c.setFillAlpha(0.5)
    data = finish(buffer, c)
    changed = data.replace(b"/ca .5", b"/Font [6 0 R 9] /ca .5")
    assert changed != data
    monkeypatch.setattr(
        "extract.documents.second_reading.content.tokens", lambda *args: pytest.fail("the state was taken out")
    )
    with opened(changed) as document:
        assert layout(document.pages[0]).chars


# Areas that cover text

SIDES = st.floats(-3000, 3000) | st.sampled_from([0.0, 64.0, 128.0, -64.0, 2000.0, 1e9, -1e9, float("nan")])
BOXES = st.builds(
    lambda x, y, width, height: (x, y, x + width, y + height), SIDES, SIDES, st.floats(0, 500), st.floats(0, 500)
)
AREAS = st.lists(st.builds(Area, st.integers(0, 50), BOXES, st.booleans(), st.booleans()), max_size=40)


@settings(max_examples=60, deadline=None)
@given(areas=AREAS, x=SIDES, y=SIDES)
def test_areas_found_by_squares_are_those_found_one_by_one(areas, x, y):
    over = [a.order for a in areas if a.covers and a.box[0] <= x <= a.box[2] and a.box[1] <= y <= a.box[3]]
    assert Covers(areas).last_at(x, y) == max(over, default=-1)


def test_area_covers_what_was_painted_before_it_alone():
    page = (0.0, 0.0, 100.0, 100.0)
    found = PageObjects(covers=Covers([Area(3, page, True, True), Area(9, page, True, False)]), orders={1: 2, 2: 4})
    cover = found.cover_at(100.0, 20.0)
    assert cover == 3
    assert found.hidden(1, 100.0, 20.0, cover) == "covered"
    assert found.hidden(2, 100.0, 20.0, cover) is None
    assert found.cover_at(100.5, 20.0) == -1
