"""A binary sheet (XLSB, [MS-XLSB]) with strings and numbers, for the tests: no library writes them."""

import io
import struct
import zipfile

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.bin" '
    'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/><Override PartName="/xl/worksheets/sheet1.bin" '
    'ContentType="application/vnd.ms-excel.worksheet"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/></Relationships>'
)


def xlsb(rows: list[list[str | int | None]]) -> bytes:
    """Return a workbook of one sheet."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS.format(kind="officeDocument", target="xl/workbook.bin"))
        archive.writestr(
            "xl/_rels/workbook.bin.rels", _RELATIONS.format(kind="worksheet", target="worksheets/sheet1.bin")
        )
        archive.writestr("xl/workbook.bin", _workbook())
        archive.writestr("xl/worksheets/sheet1.bin", _sheet(rows))
    return buffer.getvalue()


def _workbook() -> bytes:
    sheet = struct.pack("<II", 0, 1) + _text("rId1") + _text("附表")
    return _record(131) + _record(143) + _record(156, sheet) + _record(144) + _record(132)


def _sheet(rows: list[list[str | int | None]]) -> bytes:
    out = _record(129) + _record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _record(145)
    for number, row in enumerate(rows):
        out += _record(0, struct.pack("<IIHHBI", number, 0, 300, 0, 0, 1) + struct.pack("<II", 0, len(row) - 1))
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            if isinstance(value, str):
                out += _record(6, place + _text(value))
            elif value is not None:
                out += _record(5, place + struct.pack("<d", value))
    return out + _record(146) + _record(130)


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, data: bytes = b"") -> bytes:
    number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while length > 0x7F:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return number + size + bytes([length]) + data
