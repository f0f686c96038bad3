"""The kind of a file told from its bytes alone: names and declared types lie (an error page named .pdf)."""

from __future__ import annotations

import io
import re
import zipfile

from extract.documents.shared.bounds import has_too_many_entries

MEDIA_TYPES = {
    "html": "text/html",
    "mhtml": "multipart/related",
    "text": "text/plain",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "excel_xml": "application/xml",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odf": "application/vnd.oasis.opendocument",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ole": "application/x-ole-storage",
    "encrypted_office": "application/encrypted",
    "word_xml": "application/xml",
    "rtf": "application/rtf",
    "ofd": "application/ofd",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "7z": "application/x-7z-compressed",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "empty": "application/x-empty",
    "unknown": "application/octet-stream",
}
IMAGES = frozenset({"png", "jpeg", "gif", "bmp", "tiff", "webp"})

_MAGIC = (
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"{\\rtf", "rtf"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    rb"<(?:!doctype\s+html|/?(?:html|head|body|meta|title|table|tbody|tr|td|th|div|span|p|br|a|h[1-6]|ul|ol|li|font"
    rb"|center|section|article|b|strong|img)(?:\s[^<>]*)?/?>)",
    re.IGNORECASE,
)
_BOMS = (b"\xff\xfe", b"\xfe\xff")


def sniff(data: bytes) -> str:
    """Return the kind of a file, a key of ``MEDIA_TYPES``. Never raises; ``unknown`` where no kind fits."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return "empty"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data.startswith(b"BM") and int.from_bytes(data[2:6], "little") == len(data):
        return "bmp"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    # The header may stand anywhere in the first 1024 bytes (ISO 32000-1, annex H 3.4.1, implementation note 13).
    header = data.find(b"%PDF-", 0, 1024)
    if header >= 0 and not _MARKUP.search(data, 0, header):
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _sniff_zip(data)
    if data.startswith(_OLE):
        return _sniff_ole(data)
    return _sniff_text(data)


def _sniff_zip(data: bytes) -> str:
    try:
        if has_too_many_entries(data):
            return "zip"
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError):
        # A cut file has lost its directory; the names still stand in the local headers.
        names = {m.decode("ascii") for m in re.findall(rb"word/document\.xml|xl/workbook\.xml|OFD\.xml", data)}
    if "word/document.xml" in names or any(re.fullmatch(r"word/document\d*\.xml", n) for n in names):
        return "docx"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "OFD.xml" in names:
        return "ofd"
    if "ppt/presentation.xml" in names:
        return "pptx"
    if "content.xml" in names and "mimetype" in names:
        return "odf"
    return "zip"


def _sniff_ole(data: bytes) -> str:
    """Tell the OLE files apart by the names of their streams (UTF-16LE in the directory)."""

    def holds(name: str) -> bool:
        return name.encode("utf-16-le") in data

    if holds("EncryptedPackage"):
        return "encrypted_office"
    if holds("WordDocument") or holds("WpsDocument"):
        return "doc"
    if holds("Workbook") or holds("Book\x00"):
        return "xls"
    return "ole"


def _sniff_text(data: bytes) -> str:
    head = data[:4096]
    if head.startswith(_BOMS):
        wide = data[: len(data) // 2 * 2].decode("utf-16", "replace")
        if _is_excel_xml(wide[:4096].encode("utf-8", "replace")):
            return "excel_xml"
        return "html" if _MARKUP.search(wide.encode("utf-8", "replace")) else "text"
    if head.count(b"\x00") > len(head) // 50:
        return "unknown"
    control = sum(head.count(bytes((code,))) for code in range(32) if code not in (0, 9, 10, 11, 12, 13, 26, 27))
    if control > len(head) // 50:
        return "unknown"
    if re.match(rb"\s*(?:mime-version:|from:|subject:|content-type:\s*multipart)", head, re.IGNORECASE) and re.search(
        rb"content-type:\s*(?:multipart/related|text/html)", head, re.IGNORECASE
    ):
        return "mhtml"
    if b'progid="Word.Document"' in head or b"http://schemas.microsoft.com/office/word/2003/wordml" in head:
        return "word_xml"
    if _is_excel_xml(head):
        return "excel_xml"
    if _MARKUP.search(data):
        return "html"
    return "text" if _is_text(data) else "unknown"


def _is_excel_xml(head: bytes) -> bool:
    return b"urn:schemas-microsoft-com:office:spreadsheet" in head and bool(
        re.search(rb"<(?:\w+:)?Workbook[\s>]", head)
    )


def _is_text(data: bytes) -> bool:
    """Tell text from bytes of an unknown format: it decodes with hardly a bad place."""
    from extract.documents.shared.encoding import decode

    text, _ = decode(data[:100_000])
    return text.count("\ufffd") <= 4 + len(text) // 50
