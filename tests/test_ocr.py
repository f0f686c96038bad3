"""Scans and pictures of tables: what is read, what is doubted, and that nothing wrong is ever confirmed."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from itertools import pairwise

import pytest

from extract.document import Cell, Document, Grid, Reading
from extract.documents.ocr.models import missing
from extract.documents.picture import picture_of
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument
from tests.scans import CLASSES, SONG, make_scan
from transform.observation import Observation
from transform.observations.agreement import choose
from transform.recognition.misread_labels import with_labels_put_right
from transform.reports.read_report import read_report

READY = missing() is None and SONG.exists()
OF_PICTURES = "PP-OCRv6_rec_small (rapidocr 3.10.0) ocr strips"


def reading(*texts: str, reader: str = OF_PICTURES) -> Reading:
    cells = tuple(Cell(n, 0, text, f"p1 {n}") for n, text in enumerate(texts))
    return Reading(reader, False, (Grid(1, len(texts), 1, cells),))


def texts_of(found: Reading) -> list[str]:
    return [cell.text for cell in found.grids[0].cells]


def test_misread_label_becomes_the_label_it_is_nearest_to():
    found = with_labels_put_right(reading("四、结转卜年度继续办理", "目然\n人", "(一)予以公井", "未经复议百接起诉"))
    assert texts_of(found) == ["四、结转下年度继续办理", "自然人", "(一)予以公开", "未经复议直接起诉"]


def test_figures_and_labels_between_two_labels_are_left_alone():
    printed = ["1507\n9", "O", "无", "总汁", "3.其他", "本市情况"]
    assert texts_of(with_labels_put_right(reading(*printed))) == printed


def test_labels_of_digital_documents_are_never_put_right():
    found = with_labels_put_right(reading("四、结转卜年度继续办理", reader="lxml html"))
    assert texts_of(found) == ["四、结转卜年度继续办理"]


def observation(indicator: str, value: float, state: str = "single", reader: str = "first ocr") -> Observation:
    return Observation(
        form="sc_2021",
        indicator=indicator,
        applicant=None,
        value=value,
        value_text=f"{value:g}",
        unit="件",
        value_std=value,
        unit_std="件",
        source="table",
        status="reported",
        reading=state,
        consistency="uncovered",
        locator="p1 1,2,3,4",
        reader=reader,
    )


def review(**changed: float) -> list[Observation]:
    values = {"upheld": 31.0, "corrected": 2.0, "other": 5.0, "pending": 1.0, "total": 39.0} | changed
    return [
        observation(f"review_{name}", value, "doubtful" if name in changed else "single")
        for name, value in values.items()
    ]


def test_sums_choose_between_two_figures_that_were_seen_and_do_not_confirm():
    chosen = choose(review(upheld=81.0), [observation("review_upheld", 31.0, reader="second ocr")])
    upheld = chosen[0]
    assert (upheld.value, upheld.reading) == (31.0, "doubtful")
    assert "'81'" in (upheld.note or "")


def test_sums_never_invent_a_figure():
    chosen = choose(review(upheld=81.0), [observation("review_upheld", 37.0, reader="second ocr")])
    assert (chosen[0].value, chosen[0].reading) == (81.0, "doubtful")


def test_picture_without_the_extra_says_tables_are_pictures(monkeypatch):
    monkeypatch.setattr("extract.documents.ocr.models.missing", lambda: "rapidocr is not installed")
    report = read_report(read_document(b"\x89PNG\r\n\x1a\n" + bytes(64)))[0]
    assert report.status == "tables_are_pictures"
    assert "rapidocr is not installed" in (report.reason or "")


if READY:
    import cv2
    import numpy as np

    from extract.documents.ocr.digits import read_figure
    from extract.documents.ocr.ink import Ink, Line, read_ink
    from extract.documents.ocr.ruled import by_black, by_ridges

    XS, YS = (150, 420, 560, 700, 840), (200, 240, 280, 330, 380)

    def sheet(grey: int, width: int, noise: float = 5.0) -> np.ndarray:
        """A table of 4 by 4 whose first row is one cell and whose first column joins rows three and four."""
        page = np.full((1200, 1654), 250, np.uint8)
        for n, y in enumerate(YS):
            for m, (left, right) in enumerate(pairwise(XS)):
                if not (n == 3 and m == 0):
                    cv2.line(page, (left, y), (right, y), grey, width)
        for m, x in enumerate(XS):
            for n, (top, bottom) in enumerate(pairwise(YS)):
                if n > 0 or m in (0, 4):
                    cv2.line(page, (x, top), (x, bottom), grey, width)
        noisy = page + np.random.default_rng(7).normal(0, noise, page.shape)
        return np.clip(cv2.GaussianBlur(noisy, (0, 0), 0.6), 0, 255).astype(np.uint8)

    @pytest.mark.parametrize(("grey", "width"), [(40, 2), (40, 5), (190, 1)])
    @pytest.mark.parametrize("way", [by_ridges, by_black])
    def test_thin_grey_lines_make_the_same_grid_as_thick_black_ones(way, grey, width):
        (lattice,) = way(sheet(grey, width))
        expected = [
            (0, 0, 1, 4),
            (2, 0, 2, 1),
            *((1, c, 1, 1) for c in range(4)),
            *((r, c, 1, 1) for r in (2, 3) for c in (1, 2, 3)),
        ]
        assert sorted(lattice.origins) == sorted(expected)
        assert not lattice.unsure

    def test_empty_cell_with_a_faint_trace_is_not_blank():
        page = sheet(40, 2)
        cv2.ellipse(page, (630, 305), (6, 9), 0, 0, 360, 190, 2)
        _, (cells,) = read_ink(page, by_ridges(page))
        traced = [cell.origin for cell in cells if cell.faint or cell.lines]
        assert traced == [(2, 2, 1, 1)]

    def drawn(text: str, size: int = 28) -> tuple[Ink, Line]:
        from PIL import Image, ImageDraw, ImageFont

        picture = Image.new("L", (size * (len(text) + 2), size * 2), 250)
        ImageDraw.Draw(picture).text((size, size // 2), text, font=ImageFont.truetype(str(SONG), size), fill=30)
        grey = cv2.GaussianBlur(np.array(picture), (0, 0), 0.6)
        rows, columns = np.flatnonzero((grey < 140).any(axis=1)), np.flatnonzero((grey < 140).any(axis=0))
        return Ink(grey, 140.0, float(size) * 0.95), Line(
            int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
        )

    @pytest.mark.parametrize("text", ["0", "15079", "12162.0", "-42", "8366", "271945"])
    def test_reader_of_digits_reads_figures_sign_by_sign(text):
        figure = read_figure(*drawn(text))
        assert (figure.text, figure.sure > 0.5) == (text, True)

    @pytest.mark.parametrize("text", ["总计", "无", "维持", "3件"])
    def test_reader_of_digits_is_not_sure_of_what_is_no_digit(text):
        assert read_figure(*drawn(text)).sure < 0.85

    def the_scan(name: str, form: str, seed: int = 0):
        return make_scan(next(kind for kind in CLASSES if kind.name == name), form, seed)

    def test_scan_is_read_right_and_nothing_wrong_is_confirmed():
        from tests.accuracy_scans import compare

        counts, faults = compare(the_scan("200 dots", "sc_2021", 1))
        assert counts["silent"] == 0, faults
        assert counts["right"] >= 0.995 * counts["cells"], faults
        assert counts["confirmed"] >= 0.9 * counts["cells"], faults

    def picture_of_reviews() -> bytes:
        """Table 4 of a scan, cut out as a web editor pastes it."""
        import pypdfium2

        scan = the_scan("200 dots", "sc_2021", 1)
        page = pypdfium2.PdfDocument(scan.data)[scan.pages - 1].render(scale=200 / 72).to_numpy()[:, :, :3]
        from extract.documents.ocr.straighten import even, level

        flat = level(even(page))
        lattice = by_ridges(flat)[-1]
        assert len(lattice.xs) == 16
        cut = flat[
            int(lattice.ys[0]) - 20 : int(lattice.ys[-1]) + 20, int(lattice.xs[0]) - 20 : int(lattice.xs[-1]) + 20
        ]
        return cv2.imencode(".png", cut)[1].tobytes()

    def test_picture_inside_a_page_and_a_word_file_is_found_and_read():
        from docx import Document as Word
        from docx.shared import Cm

        picture = picture_of_reviews()
        page = f'<html><body><p>示例市乙区2022年报告</p><img src="data:image/png;base64,{base64.b64encode(picture).decode()}"></body></html>'
        word, file = Word(), io.BytesIO()
        word.add_paragraph("示例市乙区2022年报告")
        word.add_picture(io.BytesIO(picture), width=Cm(16))
        word.save(file)
        truth = {
            k[0]: v for k, v in the_scan("200 dots", "sc_2021", 1).figures.items() if k[0].startswith(("review", "lit"))
        }
        for data in (page.encode(), file.getvalue()):
            report = read_report(read_document(data))[0]
            seen = {o.indicator: o for o in report.observations if o.source == "table"}
            assert {name: seen[name].value for name in truth} == {name: float(text) for name, text in truth.items()}
            assert all(o.locator.startswith("p1 ") for o in seen.values())
            total = seen["review_total"]
            assert framed(data, total.locator) == truth["review_total"]

    def framed(data: bytes, locator: str) -> str:
        """The figure that stands in the frame of a place's picture."""
        from PIL import Image

        shown = np.array(Image.open(io.BytesIO(picture_of(data, locator))).convert("RGB")).astype(int)
        red = (shown[:, :, 0] > 180) & (shown[:, :, 1] < 40)
        rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
        inside = shown[rows[0] + 6 : rows[-1] - 5, columns[0] + 6 : columns[-1] - 5, 0].astype(np.uint8)
        ys, xs = np.flatnonzero((inside < 185).any(axis=1)), np.flatnonzero((inside < 185).any(axis=0))
        return read_figure(
            Ink(inside, 185.0, 27.0), Line(int(xs[0]), int(ys[0]), int(xs[-1]) + 1, int(ys[-1]) + 1)
        ).text

    def test_place_in_a_scan_is_shown_upright_and_straight():
        import pypdfium2

        from extract.documents.ocr.read import straighten
        from extract.documents.ocr.sources import pages_of_pdf

        scan = the_scan("upside down", "sc_2021", 1)
        ((number, drawn_page, width),) = pages_of_pdf(pypdfium2.PdfDocument(scan.data), [1])
        page = straighten(drawn_page(), number, width)
        (coercion,) = [origin for origin in page.lattices[0].origins if origin[0] == 10 and origin[1] > 0]
        left, top, right, bottom = page.lattices[0].box(coercion)
        places = (left, page.flat.shape[0] - bottom, right, page.flat.shape[0] - top)
        locator = "p1 " + ",".join(f"{pixels * page.points:.1f}" for pixels in places)
        assert page.turned == 180
        assert framed(scan.data, locator) == scan.figures["coercion.decisions", None]

    def test_place_in_a_scan_cannot_be_shown_without_character_recognition(monkeypatch):
        monkeypatch.setattr("extract.documents.ocr.models.missing", lambda: "cv2 is not installed")
        with pytest.raises(UnreadableDocument, match="cv2 is not installed"):
            picture_of(picture_of_reviews(), "p1 1.0,2.0,3.0,4.0")

    def test_digital_tables_are_never_looked_for_in_pictures(monkeypatch):
        from extract.documents.ocr.recognise import with_pictures

        monkeypatch.setattr(
            "extract.documents.ocr.recognise.recognise_pages", lambda *_, **__: pytest.fail("a picture was read")
        )
        cells = tuple(Cell(0, n, text, "t1") for n, text in enumerate(("信息内容", "申请人情况", "尚未审结")))
        document = Document(
            "0" * 64, "text/html", 1, (), (replace(reading("", reader="lxml html"), grids=(Grid(1, 1, 3, cells),)),)
        )
        assert with_pictures(document, [b"picture"]) == replace(document, by_words=True)
