"""What one document may hold: what exceeds a limit is refused in a line, whatever its format."""

import io
import struct
import zipfile

import pytest

from extract.document import Block, Cell, Document, Grid, Reading
from extract.documents.read_document import read_document
from extract.documents.shared import bounds
from extract.documents.shared.sniff import sniff
from extract.errors import LONGEST_REASON, UnreadableDocument


def zip_of(count, name="{:06}" + "长名" * 60 + ".bin", content=b"\x00\x01"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(count):
            archive.writestr(name.format(number), content)
    return out.getvalue()


def refused(data):
    with pytest.raises(UnreadableDocument) as error:
        read_document(data)
    assert len(error.value.reason) <= LONGEST_REASON
    return error.value.reason


def test_reason_of_an_archive_of_many_files_is_short():
    assert "no member of the ZIP archive can be read" in refused(zip_of(2000))


def test_archive_with_an_endless_directory_is_not_looked_through(monkeypatch):
    monkeypatch.setattr(bounds, "DIRECTORY", 50)
    data = zip_of(60, "{:02}.txt")
    assert sniff(data) == "zip"
    assert "entries" in refused(data)
    with pytest.raises(UnreadableDocument, match="too many parts"):
        from extract.documents.shared.package import open_package

        open_package(data, "DOCX")


def test_notes_of_a_readable_archive_are_few_and_short():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("0.txt", "政府信息公开工作年度报告。".encode() * 20)
        for number in range(500):
            archive.writestr(f"{number:04}" + "长名" * 60 + ".txt", f"别的内容 {number}。" * 20)
    notes = read_document(out.getvalue()).notes
    assert len(notes) <= bounds.NOTES + 1 and max(map(len, notes)) <= bounds.NOTE
    assert any("other members left unread" in note for note in notes)


def test_text_and_cells_beyond_a_reports_are_refused(monkeypatch):
    monkeypatch.setattr(bounds, "TEXT", 1000)
    monkeypatch.setattr(bounds, "CELLS", 100)
    assert "characters of text" in refused(("政府信息公开。" * 200).encode())
    cells = tuple(Cell(row, 0, "1", f"t1 r{row} c0") for row in range(101))
    document = Document("a", "text/html", 1, (Block("", 0),), (Reading("a", True, (Grid(1, 101, 1, cells),)),))
    with pytest.raises(UnreadableDocument, match="cells"):
        bounds.within_limits(document)


def test_picture_of_too_many_pixels_is_not_decoded():
    """A PNG that declares 60,000 by 60,000 pixels, 10 gigabytes, in a hundred bytes."""
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
    assert "pixels" in refused(data)


def test_pages_of_a_tiff_are_decoded_one_at_a_time():
    from PIL import Image

    from extract.documents.ocr.sources import pictures_of_file

    pages = [Image.new("L", (40 + number, 30), 255) for number in range(3)]
    out = io.BytesIO()
    pages[0].save(out, "TIFF", save_all=True, append_images=pages[1:])
    sources = pictures_of_file(out.getvalue())
    assert [(number, picture().shape[:2]) for number, picture, _ in sources] == [
        (1, (30, 40)),
        (2, (30, 41)),
        (3, (30, 42)),
    ]


def test_line_of_digits_and_sentence_of_commas_take_no_minutes():
    import time

    from transform.observations.prose import told_figures

    start = time.process_time()
    for text in ("9" * 200_000, "全年1件，" * 20_000):
        told_figures(Document("a", "text/plain", 1, (Block(text, 0),), ()), 2020)
    assert time.process_time() - start < 15
