"""Writes OFD files (GB/T 33190-2016) for tests: letters and lines in millimetres, y down, and the official tables."""

from __future__ import annotations

import io
import sys
import unicodedata
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data" / "sample"))

from typesetting.forms import Layout, cells_of, form_tables
from typesetting.table import PrintedCell, PrintedTable, places, split

__all__ = [
    "Layout",
    "PrintedCell",
    "PrintedTable",
    "cells_of",
    "form_tables",
    "line",
    "ofd",
    "page",
    "split",
    "table",
    "text",
]

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SIZE = 2.8


def text(
    x: float, y: float, letters: str, size: float = SIZE, more: str = "", inside: str = "", deltas: str | None = None
) -> str:
    """Return a text object whose baseline begins at a place of the page."""
    steps = [width(letter, size) for letter in letters[:-1]]
    if deltas is None:
        deltas = f'DeltaX="{" ".join(f"{step:.3f}" for step in steps)}"' if steps else ""
    return (
        f'<ofd:TextObject ID="9" Boundary="{x:.3f} {y - size:.3f} {sum(steps) + size:.3f} {1.3 * size:.3f}" Font="3" Size="{size}" '
        f'{more}>{inside}<ofd:TextCode X="0" Y="{size}" {deltas}>{escape(letters)}</ofd:TextCode></ofd:TextObject>'
    )


def width(letter: str, size: float) -> float:
    return size if unicodedata.east_asian_width(letter) in "WFA" else size / 2


def line(x0: float, y0: float, x1: float, y1: float, more: str = 'LineWidth="0.2"', inside: str = "") -> str:
    """Return a path object of one line."""
    return (
        f'<ofd:PathObject ID="8" Boundary="{x0:.3f} {y0:.3f} {max(x1 - x0, 0.1):.3f} {max(y1 - y0, 0.1):.3f}" {more}>{inside}'
        f"<ofd:AbbreviatedData>M 0 0 L {x1 - x0:.3f} {y1 - y0:.3f}</ofd:AbbreviatedData></ofd:PathObject>"
    )


def table(
    printed: PrintedTable, left: float = 15, top: float = 20, across: float = 180, height: float = 8
) -> list[str]:
    """Return the objects of a ruled table, each cell's text wrapped in its middle."""
    unit = across / sum(printed.widths)
    xs = [left + unit * sum(printed.widths[:n]) for n in range(len(printed.widths) + 1)]
    ys = [top + height * n for n in range(len(printed.rows) + 1)]
    objects: list[str] = []
    lines: set[tuple[float, float, float, float]] = set()
    for row, column, cell in places(printed):
        x0, x1, y0, y1 = xs[column], xs[column + cell.columns], ys[row], ys[row + cell.rows]
        lines |= {(x0, y0, x1, y0), (x0, y1, x1, y1), (x0, y0, x0, y1), (x1, y0, x1, y1)}
        size = SIZE
        while len(wrapped := wrap(cell.text, size, x1 - x0 - 1)) * size * 1.15 > y1 - y0 - 0.3:
            size -= 0.1
        y = (y0 + y1) / 2 - len(wrapped) * size * 1.15 / 2 + size * 0.95
        for part in wrapped:
            objects.append(text((x0 + x1) / 2 - sum(width(c, size) for c in part) / 2, y, part, round(size, 2)))
            y += size * 1.15
    return objects + [line(*ends) for ends in sorted(lines)]


def wrap(letters: str, size: float, across: float) -> list[str]:
    lines: list[str] = []
    for part in letters.split("\n") if letters else []:
        now = ""
        for letter in part:
            if now and sum(width(c, size) for c in now + letter) > across:
                lines.append(now)
                now = ""
            now += letter
        lines.append(now)
    return lines


def page(objects: list[str], head: str = "", layer: str = "") -> str:
    body = "".join(objects)
    return f'<ofd:Page {SPACE}>{head}<ofd:Content><ofd:Layer ID="1" {layer}>{body}</ofd:Layer></ofd:Content></ofd:Page>'


def ofd(
    pages: list[str], resources: str = "", templates: dict[str, str] | None = None, title: str = "", **members: str
) -> bytes:
    """Return an OFD file of these pages; ``members`` replace or add parts (None: left out)."""
    templates = templates or {}
    listed = "".join(f'<ofd:Page ID="{n + 10}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    used = "".join(f'<ofd:TemplatePage ID="{name}" BaseLoc="Tpls/{name}.xml"/>' for name in templates)
    about = f"<ofd:DocInfo><ofd:Title>{title}</ofd:Title></ofd:DocInfo>"
    parts: dict[str, str | None] = {
        "OFD.xml": f'<ofd:OFD {SPACE} DocType="OFD" Version="1.0"><ofd:DocBody>{about}'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {SPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>"
        f"</ofd:PageArea><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{used}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        "Doc_0/PublicRes.xml": f'<ofd:Res {SPACE} BaseLoc="Res">{resources}</ofd:Res>',
        **{f"Doc_0/Tpls/{name}.xml": content for name, content in templates.items()},
        **{f"Doc_0/Pages/Page_{n}/Content.xml": content for n, content in enumerate(pages)},
        **members,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if content is not None:
                archive.writestr(name, content)
    return buffer.getvalue()
