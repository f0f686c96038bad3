"""Typeset scans with known figures, by class: what a scanner, a camera or a web editor makes of a printed report.

Figures are invented and add up; pages are drawn from the typesetter's own PDF and then spoiled as the class says, by fixed
seeds. A scan is a PDF of JPEG pictures, or a page or a Word file that shows them.
"""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.defects.figures import YEARS, Key, figures  # puts the typesetter on the path
from tests.scan_spoils import SONG, Page, curled, greyed, sealed, shadowed, side_by_side, stamped, written_over

ZENHEI = Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc")


@dataclass(frozen=True)
class ScanClass:
    """How a class of scans is made. ``dots`` an inch, ``tilt`` in degrees, ``noise`` and ``blur`` in grey levels and pixels
    (at the scan's own size), ``line`` (width in points, grey, dash), ``turn`` by quarters, ``blank`` the share of empty
    cells, ``lay`` how pages lie on the sheets that are scanned, ``file`` what the pictures stand in, ``seeds`` how many
    of it are measured."""

    name: str
    dots: int = 200
    tilt: float = 0.7
    noise: float = 6.0
    blur: float = 0.6
    jpeg: int = 75
    line: tuple[float, float, tuple[float, ...]] = (0.6, 0.0, ())
    font: Path = SONG
    turn: int = 0
    blank: float = 0.0
    spoil: tuple[Callable[[Page, np.random.Generator], Page], ...] = field(default_factory=tuple)
    lay: Callable[[list[Page]], list[Page]] = list
    file: str = "pdf"
    seeds: int = 11


@dataclass(frozen=True)
class Scan:
    """``data`` is the file; ``figures`` what is printed in each cell."""

    name: str
    form: str
    data: bytes
    pages: int
    figures: dict[Key, str]


CLASSES = (
    ScanClass("200 dots"),
    ScanClass("300 dots", dots=300, tilt=-1.2),
    ScanClass("150 dots", dots=150),
    ScanClass("100 dots", dots=100, noise=4, blur=0.4),
    ScanClass("thin grey lines", line=(0.25, 0.55, ())),
    ScanClass("broken lines", line=(0.4, 0.0, (9, 1.6))),
    ScanClass("thick lines", line=(1.8, 0.0, ())),
    ScanClass("tilted 3 degrees", tilt=3.0),
    ScanClass("upside down", turn=2),
    ScanClass("on its side", turn=1),
    ScanClass("blurred, JPEG 25", blur=1.3, jpeg=25),
    ScanClass("noisy", noise=22),
    ScanClass("photographed", spoil=(curled, shadowed), tilt=-0.9),
    ScanClass("stamped", spoil=(stamped,)),
    ScanClass("blank cells", blank=0.3),
    ScanClass("Hei face", font=ZENHEI),
    ScanClass("written over by hand", seeds=7, spoil=(written_over,)),
    ScanClass("seal over figures", seeds=7, spoil=(sealed,)),
    ScanClass("seal over figures, grey", seeds=7, spoil=(sealed, greyed)),
    ScanClass("two pages a sheet", seeds=7, lay=side_by_side),
    ScanClass("pictures in a page", seeds=7, file="html"),
    ScanClass("pictures in a Word file", seeds=7, dots=150, file="docx"),
)


def make_scan(kind: ScanClass, form: str, seed: int) -> Scan:
    """Typeset and spoil one report."""
    from typesetting.dice import Dice
    from typesetting.printing import Printed  # noqa: F401 (the typesetter is on the path)
    from typesetting.report import Report, report_blocks

    name = f"{kind.name} {form} {seed}"
    random = np.random.default_rng([seed, *name.encode()])
    printed = figures(form, Dice("scan", form, seed), sparse=bool(seed % 2))
    printed = {key: "" if random.random() < kind.blank else text for key, text in printed.items()}
    year = YEARS[form]
    report = Report(f"示例市乙区人民政府{year}年政府信息公开工作年度报告", form, printed, (), {})
    pages = [_spoiled(page, kind, random) for page in kind.lay(_drawn(report_blocks(report), kind))]
    write = {"pdf": _as_pdf, "html": _in_page, "docx": _in_word}[kind.file]
    return Scan(name, form, write(pages, kind), len(pages), printed)


def _drawn(blocks: list, kind: ScanClass) -> list[Page]:
    """Return the pages as they come from the printer, in colour, at the resolution of the scan."""
    import pypdfium2

    pdf = pypdfium2.PdfDocument(_typeset(blocks, kind))
    return [page.render(scale=kind.dots / 72).to_numpy()[:, :, :3].copy() for page in pdf]


def _typeset(blocks: list, kind: ScanClass) -> bytes:
    from reportlab.pdfgen.canvas import Canvas
    from typesetting import pdf_file

    width, grey, dash = kind.line
    font, line = pdf_file.FONT_FILE, Canvas.line

    def drawn(self, *ends) -> None:
        self.setLineWidth(width)
        self.setStrokeGray(grey)
        self.setDash(list(dash))
        line(self, *ends)

    # The typesetter has one face and one line; scans come with others.
    pdf_file.FONT_FILE, Canvas.line = kind.font, drawn
    try:
        return pdf_file.pdf_file(blocks, "")
    finally:
        pdf_file.FONT_FILE, Canvas.line = font, line


def _spoiled(page: Page, kind: ScanClass, random: np.random.Generator) -> Page:
    import cv2

    for step in kind.spoil:
        page = step(page, random)
    height, width = page.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), kind.tilt * random.uniform(0.6, 1.0), 1)
    page = cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    page = cv2.GaussianBlur(page, (0, 0), kind.blur).astype(np.float32)
    page = page * 0.88 + 22 + random.normal(0, kind.noise, page.shape[:2])[:, :, None]
    return np.ascontiguousarray(np.rot90(np.clip(page, 0, 255).astype(np.uint8), kind.turn))


def _as_pdf(pages: list[Page], kind: ScanClass) -> bytes:
    from PIL import Image

    pictures = [Image.fromarray(page[:, :, ::-1]) for page in pages]
    file = io.BytesIO()
    # The same bytes at any time: the file says it was made in 1970.
    dates = {"creationDate": time.gmtime(0), "modDate": time.gmtime(0)}
    pictures[0].save(
        file, "PDF", save_all=True, append_images=pictures[1:], resolution=kind.dots, quality=kind.jpeg, **dates
    )
    return file.getvalue()


def _in_page(pages: list[Page], kind: ScanClass) -> bytes:
    shown = "".join(
        f'<p><img src="data:image/jpeg;base64,{base64.b64encode(_jpeg(page, kind)).decode()}"></p>' for page in pages
    )
    return f"<html><body><h1>年度报告</h1>{shown}</body></html>".encode()


def _in_word(pages: list[Page], kind: ScanClass) -> bytes:
    from docx import Document
    from docx.shared import Cm

    word, file = Document(), io.BytesIO()
    for page in pages:
        word.add_picture(io.BytesIO(_jpeg(page, kind)), width=Cm(16))
    word.save(file)
    return file.getvalue()


def _jpeg(page: Page, kind: ScanClass) -> bytes:
    import cv2

    return cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, kind.jpeg])[1].tobytes()
