"""What calamine does not tell of an XLS sheet: hidden rows and columns, number formats ([MS-XLS], BIFF5 and BIFF8)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from extract.documents.shared.ole import read_streams
from extract.documents.sheets.facts import SheetFacts
from extract.documents.sheets.number_format import BUILT_IN
from extract.errors import UnreadableDocument

_BOF, _EOF, _FILEPASS, _BOUNDSHEET, _XF, _FORMAT = 0x809, 0x0A, 0x2F, 0x85, 0xE0, 0x41E
_ROW, _COLINFO, _OBJ = 0x208, 0x7D, 0x5D
# One cell a record: number, packed number, text (three ways), formula, truth value or error. Row, column, style.
_CELLS = frozenset({0x203, 0x27E, 0x204, 0xFD, 0xD6, 0x06, 0x205})
_MULRK = 0xBD
_WORKSHEET, _PICTURE = 0, 8


def xls_facts(data: bytes) -> list[SheetFacts]:
    """Return the facts of each sheet in the order of the workbook.

    Raises:
        UnreadableDocument: cut or damaged, without a workbook, encrypted, or older than Excel 5.
    """
    streams = read_streams(data, "Workbook", "Book")
    stream = streams.get("Workbook") or streams.get("Book")
    if not stream:
        raise UnreadableDocument("the XLS file has no workbook in it")
    try:
        return _workbook(stream)
    except (struct.error, IndexError) as error:
        raise UnreadableDocument(f"the XLS file is cut or damaged: {error}") from error


def _workbook(stream: bytes) -> list[SheetFacts]:
    codes = dict(BUILT_IN)
    styles: list[int] = []
    sheets: list[tuple[int, int]] = []
    is_biff8 = True
    for record, content in _records(stream, 0):
        if record == _BOF:
            (version,) = struct.unpack_from("<H", content)
            is_biff8 = version >= 0x600
        elif record == _FILEPASS:
            raise UnreadableDocument("the XLS file is encrypted with a password")
        elif record == _BOUNDSHEET:
            offset, _, kind = struct.unpack_from("<IBB", content)
            sheets.append((offset, kind))
        elif record == _XF:
            styles.append(struct.unpack_from("<HH", content)[1])
        elif record == _FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = _text(content[2:], is_biff8)
    formats = [codes.get(style, "General") for style in styles]
    return [_sheet(stream, offset, formats) if kind == _WORKSHEET else SheetFacts() for offset, kind in sheets]


def _sheet(stream: bytes, offset: int, formats: list[str]) -> SheetFacts:
    facts = SheetFacts()
    for record, content in _records(stream, offset):
        if record in _CELLS:
            row, col, style = struct.unpack_from("<HHH", content)
            _add(facts, row, col, style, formats)
        elif record == _MULRK:
            row, first = struct.unpack_from("<HH", content)
            for n in range((len(content) - 6) // 6):
                _add(facts, row, first + n, struct.unpack_from("<H", content, 4 + 6 * n)[0], formats)
        elif record == _ROW:
            (row,) = struct.unpack_from("<H", content)
            height, flags = struct.unpack_from("<H", content, 6)[0], struct.unpack_from("<H", content, 12)[0]
            if flags & 0x20 or height & 0x7FFF == 0:
                facts.hidden_rows.add(row)
        elif record == _COLINFO:
            first, last, width, _, flags = struct.unpack_from("<HHHHH", content)
            if flags & 1 or width == 0:
                facts.hidden_cols.update(range(first, min(last, 255) + 1))
        elif record == _OBJ and len(content) >= 6 and struct.unpack_from("<H", content, 4)[0] == _PICTURE:
            facts.pictures += 1
    return facts


def _add(facts: SheetFacts, row: int, col: int, style: int, formats: list[str]) -> None:
    facts.rows, facts.cols = max(facts.rows, row + 1), max(facts.cols, col + 1)
    if style < len(formats) and formats[style] != "General":
        facts.formats[row, col] = formats[style]


def _records(stream: bytes, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one substream, up to its end; those of a chart within it are passed over."""
    depth = 0
    while offset + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, offset)
        content = stream[offset + 4 : offset + 4 + length]
        offset += 4 + length
        depth += (record == _BOF) - (record == _EOF)
        if depth == 1 or record == _BOF:
            yield record, content
        if depth <= 0:
            return


def _text(content: bytes, is_biff8: bool) -> str:
    if not is_biff8:
        return content[1 : 1 + content[0]].decode("gb18030", "replace")
    length, flags = struct.unpack_from("<HB", content)
    if flags & 1:
        return content[3 : 3 + 2 * length].decode("utf-16-le", "replace")
    return content[3 : 3 + length].decode("latin-1")
