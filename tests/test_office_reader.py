"""Old Word formats: read through LibreOffice where it is, refused in plain words where it is not, never waited for."""

import io
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import docx
import pytest

from extract.documents.docx.slivers import without_slivers
from extract.documents.office import read as office
from extract.documents.read_document import read_document
from extract.errors import UnfinishedDocument, UnreadableDocument
from tests.ole_file import ole
from tests.xlsb_file import xlsb

RTF = rb"{\rtf1\ansi\ansicpg936 {\u25919?\u24220?} 2019\par}"
WORD_XML = (
    '<?xml version="1.0" encoding="UTF-8"?><?mso-application progid="Word.Document"?>'
    '<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"><w:body><w:p><w:r><w:t>政府信息公开'
    '</w:t></w:r></w:p><w:tbl><w:tblGrid><w:gridCol w:w="3000"/><w:gridCol w:w="3000"/></w:tblGrid>'
    + "".join(
        f"<w:tr>{''.join(f'<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>' for text in row)}</w:tr>"
        for row in (("规章", "12"), ("规范性文件", "0"))
    )
    + "</w:tbl></w:body></w:wordDocument>"
).encode()


def word_file(version=0xC1, flags=0):
    """Return an OLE file whose Word stream has a file information block and no text."""
    return ole({"WordDocument": struct.pack("<HHHHHH", 0xA5EC, version, 0, 0, 0, flags) + bytes(100)})


def script(folder, text):
    """Return the path of a program that stands in for LibreOffice."""
    path = Path(folder) / "soffice"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("data", [RTF, WORD_XML, word_file()])
def test_without_libreoffice_the_reason_says_what_to_install(monkeypatch, data):
    monkeypatch.setattr(office, "find_libreoffice", lambda: None)
    with pytest.raises(UnreadableDocument, match=r"needs LibreOffice; install libreoffice-writer-nogui"):
        read_document(data)


def test_an_encrypted_word_file_is_told_without_libreoffice(monkeypatch):
    monkeypatch.setattr(office, "find_libreoffice", lambda: None)
    with pytest.raises(UnreadableDocument, match="encrypted"):
        read_document(word_file(flags=0x0100))


def test_a_conversion_that_hangs_is_ended_with_its_children(monkeypatch, tmp_path):
    marker = tmp_path / "child"
    hangs = script(
        tmp_path,
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(marker)!r}, 'w').write(str(child.pid))\ntime.sleep(600)\n",
    )
    monkeypatch.setattr(office, "find_libreoffice", lambda: hangs)
    monkeypatch.setattr(office, "_ON_THE_CLOCK", 8.0)
    before = time.monotonic()
    with pytest.raises(UnfinishedDocument, match=r"took longer than 8 s"):
        read_document(RTF)
    assert time.monotonic() - before < 120
    child = int(marker.read_text())
    for _ in range(50):
        if not _runs(child):
            break
        time.sleep(0.1)
    assert not _runs(child)


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # A child whose parent is gone may stay as a zombie where nothing reaps it.
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_a_conversion_without_a_result_gives_what_the_program_said(monkeypatch, tmp_path):
    fails = script(tmp_path, "print('Error: source file could not be loaded')\n")
    monkeypatch.setattr(office, "find_libreoffice", lambda: fails)
    with pytest.raises(UnreadableDocument, match="could not convert: Error: source file could not be loaded"):
        read_document(RTF)


def test_nothing_is_left_in_the_temporary_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(office, "find_libreoffice", lambda: script(tmp_path, "pass\n"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(UnreadableDocument, match="no result"):
        read_document(RTF)
    assert [path.name for path in tmp_path.iterdir()] == ["soffice"]


def table_file(widths, rows):
    """Return a DOCX with one table: column widths in twentieths of a point, rows of (text, span)."""
    document = docx.Document()
    document.add_paragraph("行政复议、行政诉讼情况")
    table = document.add_table(rows=0, cols=len(widths))
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = width * 635
    for row in rows:
        cells = table.add_row().cells
        start = 0
        for text, span in row:
            cell = cells[start].merge(cells[start + span - 1]) if span > 1 else cells[start]
            cell.text = text
            start += span
    document.add_paragraph("表后")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def grid(data):
    (grid,) = read_document(data).readings[0].grids
    return [[(cell.text, cell.col_span) for cell in grid.row(row)] for row in range(grid.n_rows)]


def test_borders_a_hair_apart_are_one():
    rows = [[("行政复议", 2), ("行政诉讼", 3)], [("1", 1), ("2", 2), ("3", 1), ("4", 1)]]
    made = table_file([1000, 990, 12, 1000, 1000], rows)
    assert grid(made) == rows
    assert grid(without_slivers(made)) == [
        [("行政复议", 2), ("行政诉讼", 2)],
        [("1", 1), ("2", 1), ("3", 1), ("4", 1)],
    ]


def test_a_narrow_column_with_text_is_kept():
    rows = [[("a", 1), ("7", 1), ("b", 1)], [("c", 1), ("8", 1), ("d", 1)]]
    made = table_file([1000, 40, 1000], rows)
    assert grid(without_slivers(made)) == rows


def test_binary_sheet_without_libreoffice_says_what_to_do(monkeypatch):
    monkeypatch.setattr(office, "find_libreoffice", lambda: None)
    with pytest.raises(
        UnreadableDocument,
        match=r"binary sheet \(XLSB\): needs LibreOffice; install libreoffice-calc-nogui .*save it as XLSX",
    ):
        read_document(xlsb([["规章", 12]]))


# Where LibreOffice is not installed, the tests above are all there is to say.
if office.find_libreoffice():

    def test_a_binary_sheet_gives_what_it_holds():
        made = xlsb([["信息内容", "本年制发件数", "现行有效件数"], ["规章", 12, None], ["行政规范性文件", 0, 3]])
        try:
            document = read_document(made, name="wrong.zip")
        except UnreadableDocument as error:
            # LibreOffice without its part for sheets.
            assert "could not convert" in error.reason
            return
        assert document.media_type == "application/vnd.ms-excel.sheet.binary.macroenabled.12"
        (grid,) = document.readings[0].grids
        assert [[cell.text for cell in grid.row(row)] for row in range(3)] == [
            ["信息内容", "本年制发件数", "现行有效件数"],
            ["规章", "12", ""],
            ["行政规范性文件", "0", "3"],
        ]
        assert document.readings[0].reader.startswith("LibreOffice ")

    def as_doc(data, tmp_path):
        (tmp_path / "made.docx").write_bytes(data)
        profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
        command = [
            office.find_libreoffice(),
            profile,
            "--headless",
            "--convert-to",
            "doc:MS Word 97",
            "--outdir",
            tmp_path,
        ]
        subprocess.run([*command, tmp_path / "made.docx"], check=True, timeout=120, capture_output=True)
        return (tmp_path / "made.doc").read_bytes()

    def test_a_doc_gives_what_its_docx_gives(tmp_path):
        rows = [[("结果维持", 1), ("总计", 1), ("未经复议直接起诉", 2)], [("64", 1), ("", 1), ("/", 1), ("0", 1)]]
        made = as_doc(table_file([1000, 1000, 1000, 1000], rows), tmp_path)
        document = read_document(made, name="wrong.pdf")
        assert document.media_type == "application/msword"
        assert document.size == len(made)
        assert document.readings[0].reader.startswith("LibreOffice ")
        assert document.readings[0].reader.endswith(" docx")
        assert document.readings[0].structural
        assert grid(made) == rows

    def test_several_files_are_converted_in_one_start():
        made = office.convert([RTF, RTF.replace(b"2019", b"2020")], ".rtf", "Rich Text Format")
        assert [read_document(result).text for result in made] == ["政府 2019", "政府 2020"]

    def test_rtf_and_word_2003_xml_are_read():
        assert read_document(RTF).text == "政府 2019"
        document = read_document(WORD_XML)
        assert document.blocks[0].text == "政府信息公开"
        assert grid(WORD_XML) == [[("规章", 1), ("12", 1)], [("规范性文件", 1), ("0", 1)]]

    def test_a_word_file_without_its_text_is_unreadable():
        with pytest.raises(UnreadableDocument, match=r"Word 97 .* file, converted by LibreOffice: .* holds no text"):
            read_document(word_file())
