"""Every format damaged in every way: a reason within ten seconds, never a traceback, never a bomb in the memory."""

import io
import random
import shutil
import struct
import time
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from extract.document import Document
from extract.documents.office import read as office
from extract.documents.read_document import read_document
from extract.errors import UnreadableDocument
from tests.ofd_file import line, ofd, page, text
from tests.ole_file import ole
from tests.test_container import packed, rar

SECONDS = 10.0
ROWS = [["信息内容", "本年制发件数"], ["规章", "12"], ["行政规范性文件", "0"]]
HTML = f"<html><body><table>{''.join('<tr>' + ''.join(f'<td>{c}</td>' for c in row) + '</tr>' for row in ROWS)}</table></body></html>"


def pdf(**options):
    buffer = io.BytesIO()
    c = Canvas(buffer, pageCompression=0, invariant=1, **options)
    for row, y in enumerate((700, 680, 660, 640)):
        c.line(100, y, 300, y)
        if row < 3:
            for x, letters in zip((110, 210), ROWS[row], strict=True):
                c.drawString(x, y - 15, letters.encode("ascii", "ignore").decode() or "abc")
    for x in (100, 200, 300):
        c.line(x, 640, x, 700)
    c.showPage()
    c.save()
    return buffer.getvalue()


def word():
    document = docx.Document()
    table = document.add_table(rows=3, cols=2)
    for row, cells in enumerate(ROWS):
        for col, letters in enumerate(cells):
            table.cell(row, col).text = letters
    return saved(document)


def sheet():
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    return saved(book)


def saved(thing):
    buffer = io.BytesIO()
    thing.save(buffer)
    return buffer.getvalue()


def fixed_layout():
    lines = [line(20, y, 100, y) for y in (20, 30, 40, 50)] + [line(x, 20, x, 50) for x in (20, 60, 100)]
    letters = [text(22 + 40 * col, 26 + 10 * row, c) for row, cells in enumerate(ROWS) for col, c in enumerate(cells)]
    return ofd([page([*lines, *letters])])


def mhtml():
    return (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n"
        + HTML.encode()
        + b"\r\n--b--"
    )


GOOD = {
    "html": HTML.encode(),
    "mhtml": mhtml(),
    "csv": "\n".join(",".join(row) for row in ROWS).encode(),
    "pdf": pdf(),
    "docx": word(),
    "xlsx": sheet(),
    "xls": (Path(__file__).parent / "data" / "sheet.xls").read_bytes(),
    "ofd": fixed_layout(),
    "zip": packed(("a.html", HTML.encode())),
    **({"rar": rar(("a.html", HTML.encode()))} if shutil.which("bsdtar") or shutil.which("unrar") else {}),
}
BINARY = [name for name in GOOD if name not in ("html", "mhtml", "csv")]


def outcome(data, name=None) -> Document | str:
    """Return what a file gives, a document or the reason for none, within the time that a reader has."""
    before = time.monotonic()
    try:
        return read_document(data, name=name)
    except UnreadableDocument as error:
        assert error.reason.strip()
        assert "Traceback" not in error.reason
        return error.reason
    finally:
        assert time.monotonic() - before < SECONDS


def reason(data, name=None) -> str:
    given = outcome(data, name)
    assert isinstance(given, str), f"read as {given.media_type}"
    return given


@pytest.mark.parametrize("name", GOOD)
def test_undamaged_it_is_read(name):
    given = outcome(GOOD[name])
    assert isinstance(given, Document), given
    assert len(given.readings[0].grids) == 1


@pytest.mark.parametrize("name", GOOD)
def test_nothing_left_of_it(name):
    assert "empty" in reason(b"", f"report.{name}")
    assert "empty" in reason(bytes(len(GOOD[name])), f"report.{name}")


@pytest.mark.parametrize("name", BINARY)
def test_cut(name):
    data = GOOD[name]
    for share in (0.05, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99):
        given = outcome(data[: int(len(data) * share)])
        # Of a PDF whose end is lost, pdfium still finds the objects that are there; a RAR file may lose its end mark.
        whole = name == "rar" and isinstance(given, Document) and given.readings == outcome(data).readings
        assert isinstance(given, str) or name == "pdf" or whole, f"{name} cut at {share} is read as {given.media_type}"


@pytest.mark.parametrize("name", BINARY)
def test_head_lost(name):
    given = outcome(GOOD[name][100:])
    # What a RAR file stores unpacked is then a page with odd bytes at its end.
    assert isinstance(given, str) or given.media_type == ("text/html" if name == "rar" else "text/plain")


def test_a_sheet_that_makes_calamine_panic_is_told_and_nothing_is_written(capfd):
    data = GOOD["xls"]
    told = reason(data[: int(len(data) * 0.95)])
    assert told.startswith("the XLS file is cut or damaged: ")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", BINARY)
def test_bytes_overwritten(name):
    throw = random.Random(7)
    for _ in range(30 if name == "xls" else 12):
        data = bytearray(GOOD[name])
        for _ in range(max(4, len(data) // 400)):
            data[throw.randrange(len(data))] = throw.randrange(256)
        outcome(bytes(data))


@pytest.mark.parametrize("name", BINARY)
def test_zeros_in_the_middle(name):
    data = bytearray(GOOD[name])
    data[len(data) // 3 : len(data) // 3 * 2] = bytes(len(data) // 3 * 2 - len(data) // 3)
    outcome(bytes(data))


@pytest.mark.parametrize("name", [*GOOD, "doc", "7z"])
def test_an_error_page_by_its_name_is_the_page_it_is(name):
    given = outcome(b"<html><head><title>404 Not Found</title></head><body>nginx</body></html>", f"report.{name}")
    assert isinstance(given, Document)
    assert (given.media_type, given.readings[0].grids) == ("text/html", ())


@pytest.mark.parametrize("name", GOOD)
def test_a_wrong_name_changes_nothing(name):
    right, wrong = outcome(GOOD[name]), outcome(GOOD[name], "report.jpg")
    assert isinstance(right, Document) and right == wrong


@pytest.mark.parametrize("name", [*GOOD, "doc", "7z"])
def test_random_bytes_by_its_name(name):
    throw = random.Random(name)
    assert "neither text nor a known file format" in reason(throw.randbytes(5000), f"report.{name}")


MAGIC = {
    "pdf": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04",
    "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "rar": b"Rar!\x1a\x07\x00",
    "rar5": b"Rar!\x1a\x07\x01\x00",
    "7z": b"7z\xbc\xaf\x27\x1c",
    "docx": b"PK\x03\x04word/document.xml",
    "xlsx": b"PK\x03\x04xl/workbook.xml",
    "ofd": b"PK\x03\x04OFD.xml",
    "doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
    "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le"),
}


@pytest.mark.parametrize("name", MAGIC)
def test_random_bytes_behind_its_first_bytes(name):
    reason(MAGIC[name] + random.Random(name).randbytes(5000))


# Passwords.


def test_a_pdf_with_a_password():
    assert "password" in reason(pdf(encrypt=StandardEncryption("secret", canPrint=0)))


@pytest.mark.parametrize("name", ["docx", "xlsx", "pptx"])
def test_an_office_file_with_a_password(name):
    assert "encrypted" in reason(
        ole({"EncryptedPackage": bytes(5000), "EncryptionInfo": b"\x04\x00\x04\x00"}), f"a.{name}"
    )


def test_a_doc_with_a_password():
    assert "encrypted" in reason(
        ole({"WordDocument": struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x100) + bytes(100)})
    )


def test_an_xls_with_a_password():
    bof = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0, 0, 0, 0)
    assert "encrypted" in reason(ole({"Workbook": bof + struct.pack("<HHH", 0x2F, 2, 1)}))


def encrypted_members(data):
    """Return a ZIP file that says all its members are encrypted."""
    changed = bytearray(data)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + place] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


@pytest.mark.parametrize("name", ["docx", "xlsx", "ofd", "zip"])
def test_members_with_a_password(name):
    assert "encrypted" in reason(encrypted_members(GOOD[name]))


# Nothing in it.


def test_a_pdf_without_pages():
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"]
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, content)
    table = b"xref\n0 3\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    data += table + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(data)
    assert "damaged" in reason(data)
    reason(pdf(encrypt=StandardEncryption("secret", canPrint=0)))
    assert "damaged" in reason(data), "pdfium tells of the file before"


def test_an_xls_without_sheets():
    bof, end = struct.pack("<HHHHHHII", 0x809, 16, 0x600, 5, 0, 0, 0, 0), struct.pack("<HH", 0x0A, 0)
    reason(ole({"Workbook": bof + end}))


def test_an_empty_xlsx_docx_and_ofd():
    assert "no visible cell" in reason(saved(openpyxl.Workbook()))
    assert "no text" in reason(saved(docx.Document()))
    assert "no pages" in reason(ofd([]))
    assert "no text" in reason(ofd([page([])]))
    assert "holds no file" in reason(packed())


# Bombs.


def bomb(data, part, content):
    """Return a package with one part replaced by a long run of one thing."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as file:
            for _ in range(80):
                file.write(content * ((1 << 20) // len(content)))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("docx", "word/document.xml"),
        ("xlsx", "xl/worksheets/sheet1.xml"),
        ("xlsx", "xl/styles.xml"),
        ("ofd", "Doc_0/Document.xml"),
        ("ofd", "Doc_0/Pages/Page_0/Content.xml"),
    ],
)
def test_a_part_that_unpacks_without_end(name, part):
    assert "unpacks to more than" in reason(bomb(GOOD[name], part, b"<a></a>"))


ENTITIES = '<!DOCTYPE a [<!ENTITY b "{}">{}]>'.format(
    "x" * 100, "".join(f'<!ENTITY b{n} "{("&b" + (str(n - 1) if n else "") + ";") * 20}">' for n in range(10))
)


@pytest.mark.parametrize(
    ("name", "part"), [("docx", "word/document.xml"), ("xlsx", "xl/workbook.xml"), ("ofd", "OFD.xml")]
)
def test_entities_that_multiply(name, part):
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD[name])) as old, zipfile.ZipFile(buffer, "w") as new:
        for member in old.namelist():
            new.writestr(member, ENTITIES + "<a>&b9;</a>" if member == part else old.read(member))
    assert "document type" in reason(buffer.getvalue())


@pytest.mark.parametrize("name", ["docx", "xlsx", "ofd"])
def test_elements_nested_without_end(name):
    part = {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml", "ofd": "Doc_0/Document.xml"}[name]
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD[name])) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, "<a>" * 300_000 if member == part else old.read(member))
    reason(buffer.getvalue())


def test_html_nested_without_end():
    outcome(b"<html><body>" + b"<div>" * 100_000 + b"1")
    outcome(b"<html><body>" + b"<table><tr><td>" * 20_000 + b"1")


def test_an_archive_of_archives_without_end():
    data = packed(("a.html", HTML.encode()))
    for _ in range(20):
        data = packed(("inner.zip", data))
    assert "levels deep" in reason(data)


if office.find_libreoffice():

    def test_a_damaged_word_file_is_unreadable():
        data = ole(
            {"WordDocument": struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0) + random.Random(1).randbytes(4000)}
        )
        assert "Word" in reason(data)
