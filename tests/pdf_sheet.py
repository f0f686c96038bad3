"""Official tables typeset into a PDF with a chosen defect, for the tests of the PDF readers; every cell's value is known.

``figures`` gives each cell of a form a value of its own, so that a figure in the wrong place can't pass for the right one.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "data" / "sample"))

from typesetting.forms import Layout, cells_of, form_tables
from typesetting.table import PrintedCell, PrintedTable, places, split

from extract.documents.read_document import read_document
from transform.observation import Observation, ReportReading
from transform.recognition.headers import T3_COLUMNS
from transform.reports.read_report import read_report

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
A4 = (595.0, 842.0)
LEFT, TOP = 50.0, 790.0
Key = tuple[str, str | None]
Writer = Callable[[Canvas, PrintedCell, float, float, float, float, "Look"], None]


@dataclass(frozen=True)
class Look:
    """How a table is drawn: letters, lines, and what is left out."""

    font: str = FONT
    size: float = 8.0
    row_height: float = 22.0
    width: float = 495.0
    line_width: float = 0.5
    grey: float = 0.0
    lines: str = "all"
    write: Writer = field(default=lambda *args: write(*args))
    skip: frozenset[str] = frozenset()


def figures(form: str = "sc_2021", start: int = 101) -> dict[Key, str]:
    """Return a number for each cell of a form, no two alike."""
    return {key: str(start + 3 * n) for n, key in enumerate(cells_of(form))}


def tables(values: dict[Key, str], form: str = "sc_2021", layout: Layout | None = None) -> dict[str, PrintedTable]:
    """Return the form's tables by name, Table 2 as one grid."""
    return {name: parts[0] for name, parts in form_tables(form, values, layout or Layout()).items()}


def canvas(size: tuple[float, float] = A4, **options) -> tuple[io.BytesIO, Canvas]:
    buffer = io.BytesIO()
    return buffer, Canvas(buffer, pagesize=size, pageCompression=0, invariant=1, **options)


def finish(buffer: io.BytesIO, c: Canvas) -> bytes:
    c.save()
    return buffer.getvalue()


def draw(
    c: Canvas,
    table: PrintedTable,
    look: Look | None = None,
    *,
    left: float = LEFT,
    top: float = TOP,
    heights: Sequence[float] | None = None,
) -> float:
    """Draw a table and return the height of its lower edge."""
    look = look or Look()
    xs, ys = edges(table, look, left, top, heights)
    drawn: set[tuple[float, float, float, float]] = set()
    for row, column, cell in places(table):
        x0, x1, y1, y0 = xs[column], xs[column + cell.columns], ys[row], ys[row + cell.rows]
        drawn |= {(x0, y1, x1, y1), (x0, y0, x1, y0), (x0, y0, x0, y1), (x1, y0, x1, y1)}
        look.write(c, cell, x0, y0, x1, y1, look)
    c.setLineWidth(look.line_width)
    c.setStrokeGray(look.grey)
    for x0, y0, x1, y1 in sorted(drawn):
        if look.lines == "none" or ("top" in look.skip and y0 == y1 == ys[0]):
            continue
        if look.lines == "double":
            across = (0.0, 1.0) if x0 == x1 else (1.0, 0.0)
            for shift in (-0.9, 0.9):
                c.line(x0 + shift * across[1], y0 + shift * across[0], x1 + shift * across[1], y1 + shift * across[0])
        else:
            c.line(x0, y0, x1, y1)
    c.setStrokeGray(0)
    return ys[-1]


def edges(
    table: PrintedTable, look: Look, left: float = LEFT, top: float = TOP, heights: Sequence[float] | None = None
) -> tuple[list[float], list[float]]:
    """Return the x of the column borders and the y of the row borders."""
    unit = look.width / sum(table.widths)
    heights = heights or [look.row_height] * len(table.rows)
    xs = [left + unit * sum(table.widths[:n]) for n in range(len(table.widths) + 1)]
    return xs, [top - sum(heights[:n]) for n in range(len(heights) + 1)]


def write(c: Canvas, cell: PrintedCell, x0: float, y0: float, x1: float, y1: float, look: Look) -> None:
    """Write a cell's text in its middle, wrapped to its width and made smaller until it fits its height."""
    size = look.size
    lines = wrap(cell.text, look.font, size, x1 - x0 - 3)
    while len(lines) * size * 1.15 > y1 - y0 - 1 and size > 3:
        size -= 0.25
        lines = wrap(cell.text, look.font, size, x1 - x0 - 3)
    c.setFont(look.font, size)
    y = (y0 + y1) / 2 + len(lines) * size * 1.15 / 2 - size * 0.95
    for line in lines:
        c.drawCentredString((x0 + x1) / 2, y, line)
        y -= size * 1.15


def wrap(text: str, font: str, size: float, width: float) -> list[str]:
    """Break a text anywhere, as a narrow cell does, at its own line breaks first."""
    lines = []
    for part in text.split("\n") if text else []:
        line = ""
        for letter in part:
            if line and pdfmetrics.stringWidth(line + letter, font, size) > width:
                lines.append(line)
                line = ""
            line += letter
        lines.append(line)
    return lines


def section(c: Canvas, title: str, y: float, look: Look | None = None) -> None:
    c.setFont((look or Look()).font, 12)
    c.drawString(LEFT, y, title)


def report(
    look: Look | None = None, form: str = "sc_2021", start: int = 101, **options
) -> tuple[bytes, dict[Key, str]]:
    """Return a PDF of three pages, a table of the form on each, and the values of all cells."""
    values = figures(form, start)
    buffer, c = canvas(**options)
    for table in tables(values, form).values():
        draw(c, table, look)
        c.showPage()
    return finish(buffer, c), values


def requests(
    look: Look | None = None, form: str = "sc_2021", **options
) -> tuple[io.BytesIO, Canvas, dict[Key, str], PrintedTable]:
    """Return a page begun with nothing on it, and Table 3 with its values, to be drawn by the caller."""
    values = figures(form)
    buffer, c = canvas(**options)
    table = tables(values, form)["t3"]
    return buffer, c, {k: v for k, v in values.items() if k[1] in T3_COLUMNS}, table


def read(data: bytes) -> ReportReading:
    (found,) = read_report(read_document(data))
    return found


def seen(reading: ReportReading) -> dict[Key, Observation]:
    """Return the table's observations by place; a place seen twice fails."""
    rows = [o for o in reading.observations if o.source == "table"]
    found = {(o.indicator, o.applicant): o for o in rows}
    assert len(found) == len(rows), "a cell is told twice"
    return found


def assert_read(
    data: bytes, values: dict[Key, str], *, confirmed: float = 1.0, doubtful: Sequence[Key] = ()
) -> ReportReading:
    """Assert that every cell has its value, that at least this share of them is confirmed, that those named are not,
    and that no wrong or invented value is confirmed.
    """
    reading = read(data)
    found = seen(reading)
    assert silent(found, values) == []
    wrong = {
        key: (o.value_text if (o := found.get(key)) else "missing", text)
        for key, text in values.items()
        if not _right(found.get(key), text)
    }
    assert wrong == {}
    assert set(found) == set(values)
    sure = sum(found[key].reading == "confirmed" for key in values)
    assert sure >= confirmed * len(values), f"{sure} of {len(values)} confirmed: {_reasons(found)}"
    assert [key for key in doubtful if found[key].reading == "confirmed"] == []
    return reading


def silent(found: dict[Key, Observation], values: dict[Key, str]) -> list[tuple[Key, str]]:
    """Return the silent errors: wrong or invented values that are confirmed."""
    return [
        (key, o.value_text) for key, o in found.items() if o.reading == "confirmed" and not _right(o, values.get(key))
    ]


def _right(observation: Observation | None, text: str | None) -> bool:
    if observation is None or text is None:
        return False
    return observation.value == float(text) if text else observation.value is None and observation.status == "blank"


def _reasons(found: dict[Key, Observation]) -> list[str]:
    return sorted({f"{o.reading}: {o.note}" for o in found.values() if o.reading != "confirmed"})[:5]


def over_pages(table: PrintedTable, rows: Sequence[int]) -> Iterator[PrintedTable]:
    """Yield a table cut before these rows."""
    start = 0
    for row in rows:
        upper, table = split(table, row - start)
        start = row
        yield upper
    yield table
