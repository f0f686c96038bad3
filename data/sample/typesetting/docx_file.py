"""Blocks to a DOCX file, written as XML (ECMA-376 part 1), with merged cells as Word merges them.

Parts are stored, not compressed, under one fixed date: the same blocks give the same bytes with every version of zlib.
"""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

from .report import Block, Paragraph
from .table import PrintedCell, PrintedTable, places

DATE = (2000, 1, 1, 0, 0, 0)
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>'
)
RELATIONS = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
DOCUMENT_RELATIONS = (
    f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>'
)
STYLES = (
    f'{DECLARATION}<w:styles xmlns:w="{W}"><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/></w:style></w:styles>'
)
WIDTH = 9000  # twentieths of a point between the margins of an A4 page


def docx_file(blocks: list[Block]) -> bytes:
    """Return the bytes of a DOCX file with the blocks."""
    body = "".join(_table(block) if isinstance(block, PrintedTable) else _paragraph(block) for block in blocks)
    document = (
        f'{DECLARATION}<w:document xmlns:w="{W}"><w:body>{body}'
        '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1440" w:bottom="1440" w:left="1440"/>'
        "</w:sectPr></w:body></w:document>"
    )
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": document,
        "word/_rels/document.xml.rels": DOCUMENT_RELATIONS,
        "word/styles.xml": STYLES,
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system = 0
            archive.writestr(entry, text.encode())
    return file.getvalue()


def _paragraph(paragraph: Paragraph) -> str:
    centred = '<w:jc w:val="center"/>' if paragraph.kind in ("title", "annex") else '<w:ind w:firstLine="640"/>'
    bold = "<w:b/>" if paragraph.kind in ("title", "heading") else ""
    size = 36 if paragraph.kind == "title" else 28
    return f"<w:p><w:pPr>{centred}</w:pPr>{_runs(paragraph.text, size, bold)}</w:p>"


def _runs(text: str, size: int, bold: str = "") -> str:
    lines = text.split("\n")
    inner = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
    return f'<w:r><w:rPr>{bold}<w:sz w:val="{size}"/></w:rPr>{inner}</w:r>' if text else ""


def _table(table: PrintedTable) -> str:
    unit = WIDTH / sum(table.widths)
    widths = [round(width * unit) for width in table.widths]
    rows: list[dict[int, str]] = [{} for _ in table.rows]
    for row, column, cell in places(table):
        width = sum(widths[column : column + cell.columns])
        for down in range(cell.rows):
            rows[row + down][column] = _cell(cell, width, down)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    body = "".join("<w:tr>" + "".join(cells[column] for column in sorted(cells)) + "</w:tr>" for cells in rows)
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl><w:p/>"
    )


def _cell(cell: PrintedCell, width: int, down: int) -> str:
    span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    merge = ""
    if cell.rows > 1:
        merge = '<w:vMerge w:val="restart"/>' if down == 0 else "<w:vMerge/>"
    centred = "" if cell.kind == "label" else '<w:pPr><w:jc w:val="center"/></w:pPr>'
    text = _runs(cell.text, 18) if down == 0 else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{merge}</w:tcPr><w:p>{centred}{text}</w:p></w:tc>'
