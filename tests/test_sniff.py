"""The kind of a file comes from its bytes; what cannot be read is refused with a reason."""

import io
import zipfile

import pytest

from extract.documents.read_document import read_document
from extract.documents.shared.encoding import decode
from extract.documents.shared.sniff import MEDIA_TYPES, sniff
from extract.errors import UnreadableDocument

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def packed(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def stream(name):
    return OLE + name.encode("utf-16-le") + bytes(100)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (bytes(40), "empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "pdf"),
        (b"\n\n%PDF-1.4\n", "pdf"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "html"),
        ("<p>年度报告</p>".encode("gb18030"), "html"),
        ("\ufeff<table><tr><td>1</table>".encode("utf-16"), "html"),
        ("一、总体情况\n受理申请 3 件，a < b".encode(), "text"),
        ("一、总体情况\n受理申请 3 件，269次<天>1189条".encode("gb18030"), "text"),
        (packed("[Content_Types].xml", "word/document.xml"), "docx"),
        (packed("[Content_Types].xml", "word/document.xml")[:60], "zip"),
        (packed("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (packed("ppt/presentation.xml"), "pptx"),
        (packed("mimetype", "content.xml"), "odf"),
        (packed("OFD.xml", "Doc_0/Document.xml"), "ofd"),
        (packed("年报.pdf"), "zip"),
        (stream("WordDocument"), "doc"),
        (stream("Workbook"), "xls"),
        (stream("EncryptedPackage"), "encrypted_office"),
        (stream("Other"), "ole"),
        (b"Rar!\x1a\x07\x01\x00rest", "rar"),
        (b"7z\xbc\xaf\x27\x1crest", "7z"),
        (b"\x89PNG\r\n\x1a\nrest", "png"),
        (b"\xff\xd8\xff\xe0rest", "jpeg"),
        (b"GIF89arest", "gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "webp"),
        (b"{\\rtf1\\ansi}", "rtf"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n", "mhtml"),
        (bytes(range(256)) * 20, "unknown"),
    ],
)
def test_kind_is_told_from_the_bytes(data, kind):
    assert sniff(data) == kind
    assert kind in MEDIA_TYPES


def test_error_page_named_pdf_is_html():
    document = read_document(b"<html><head><title>404</title></head><body>Not Found %PDF-</body></html>", name="a.pdf")
    assert document.media_type == "text/html"
    assert document.meta["title"] == "404"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (stream("WordDocument"), "cut or damaged"),
        (stream("EncryptedPackage"), "encrypted"),
        (packed("OFD.xml"), "OFD"),
        (bytes(range(256)) * 20, "neither text nor a known file format"),
        (b"%PDF-1.7\n", "damaged"),
        (b"<html><body> <!-- nothing --> </body></html>", "no text"),
    ],
)
def test_unreadable_file_says_why(data, reason):
    with pytest.raises(UnreadableDocument) as raised:
        read_document(data, name="report.bin")
    assert reason in raised.value.reason


def _white_picture(width: int, height: int) -> bytes:
    """A PNG of one grey value."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\x00" + b"\xff" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_picture_is_a_document_without_text():
    document = read_document(_white_picture(1200, 900))
    assert (document.pictures, document.blocks) == (1, ())
    assert not any(reading.grids for reading in document.readings)


def test_document_id_is_the_sha256_of_the_bytes():
    import hashlib

    data = "一行".encode()
    document = read_document(data)
    assert document.document_id == hashlib.sha256(data).hexdigest()
    assert document.size == len(data)


def test_strict_utf8_then_mostly_utf8_then_gb18030():
    text = "政府信息公开工作年度报告，共受理申请一百二十件。" * 5
    assert decode(text.encode()) == (text, "utf-8")
    assert decode(text.encode("gb18030")) == (text, "gb18030")
    assert decode(text.encode("gb2312")) == (text, "gb18030")
    assert decode("\ufeff".encode() + text.encode()) == (text, "utf-8")
    assert decode(text.encode("utf-16")) == (text, "utf-16-le")
    broken = text.encode()[:-1] + b"\xff" + "完".encode()
    decoded, encoding = decode(broken)
    assert encoding == "utf-8"
    assert decoded.count("\ufffd") == 2
    assert decoded.startswith(text[:-1])


def test_gbk_with_a_bad_byte_stays_gb18030():
    text = "政府信息公开工作年度报告，共受理申请一百二十件。" * 5
    decoded, encoding = decode(text.encode("gb18030") + b"\xff\n")
    assert encoding == "gb18030"
    assert decoded.startswith(text)


def test_plain_text_keeps_every_line_and_its_offsets():
    data = "一、总体情况\r\n\r\n受理申请3件\n无\n".encode()
    document = read_document(data)
    assert document.media_type == "text/plain"
    assert [block.text for block in document.blocks] == ["一、总体情况", "", "受理申请3件", "无", ""]
    assert document.text == "一、总体情况\n\n受理申请3件\n无\n"
    assert document.readings == ()
    for block in document.blocks:
        assert document.text[block.start : block.start + len(block.text)] == block.text
