"""Archives: the member with the tables is read, what became of every other one is said, and no bomb goes off."""

import io
import shutil
import struct
import subprocess
import time
import zipfile
import zlib

import pytest

from extract.documents.containers import programs
from extract.documents.containers import read as container
from extract.documents.containers.read import read_container, read_members
from extract.documents.read_document import read_document
from extract.errors import UnfinishedDocument, UnreadableDocument

TABLE = (
    "<html><body><h1>示例市乙区2021年政府信息公开工作年度报告</h1><table><tr><td>信息内容</td><td>本年制发件数</td></tr>"
    "<tr><td>规章</td><td>12</td></tr><tr><td>行政许可</td><td>0</td></tr></table></body></html>"
).encode()
PROSE = "本报告由正文和附表组成。".encode()
BROKEN = b"%PDF-1.7\ncut"


def packed(*members, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data, **options)
    return buffer.getvalue()


def rar(*members):
    """Return a RAR 4 archive whose members are stored as they are."""

    def block(kind, flags, body, data=b""):
        size = 7 + len(body)
        head = struct.pack("<BHH", kind, flags, size) + body
        return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head + data

    out = b"Rar!\x1a\x07\x00" + block(0x73, 0, bytes(6))
    for name, data in members:
        raw = name.encode("ascii")
        body = struct.pack(
            "<IIBIIBBHI", len(data), len(data), 3, zlib.crc32(data), 0x5A210000, 29, 0x30, len(raw), 0o100644
        )
        out += block(0x74, 0x8000, body + raw, data)
    return out + block(0x7B, 0x4000, b"")


def test_the_member_with_the_tables_is_read_and_the_others_are_named():
    data = packed(("正文.txt", PROSE), ("附件/附表.html", TABLE), ("扫描.pdf", BROKEN))
    document = read_document(data)
    assert (document.media_type, document.size) == ("application/zip", len(data))
    (grid,) = document.readings[0].grids
    assert [cell.text for cell in grid.cells] == ["信息内容", "本年制发件数", "规章", "12", "行政许可", "0"]
    assert document.notes[:2] == (
        "read from the member 附件/附表.html of the ZIP archive",
        "member 正文.txt left out (text/plain, 0 of 16 words of the official tables)",
    )
    assert document.notes[2].startswith("member 扫描.pdf: the PDF is cut or damaged")
    assert len(document.notes) == 3


def test_names_in_gbk_are_read():
    # The name without the flag for UTF-8, in GBK.
    wanted = "附件\\附表.html".encode("gbk")
    data = packed(("x" * len(wanted), TABLE)).replace(b"x" * len(wanted), wanted)
    assert [name for name, _ in read_members(data).files] == ["附件/附表.html"]


def test_folders_and_what_programs_leave_behind_are_no_members():
    data = packed(
        ("a/", b""), ("a/附表.html", TABLE), ("__MACOSX/a/._附表.html", b"x"), (".DS_Store", b"x"), ("~$附表.doc", b"x")
    )
    assert [name for name, _ in read_members(data).files] == ["a/附表.html"]
    assert read_members(data).notes == []


def test_an_archive_in_an_archive_is_opened_once():
    inner = packed(("附表.html", TABLE), ("更深.zip", packed(("a.html", TABLE))))
    found = read_members(packed(("一.zip", inner)))
    assert [name for name, _ in found.files] == ["一.zip/附表.html"]
    assert found.notes == ["member 一.zip/更深.zip left unread: an archive 2 levels deep"]


def test_a_bomb_is_left_packed_and_noted():
    data = packed(("bomb.txt", bytes(65_000_000)), ("附表.html", TABLE))
    before = time.monotonic()
    document = read_document(data)
    assert time.monotonic() - before < 5
    assert len(document.readings[0].grids) == 1
    assert "member bomb.txt: left unread: it unpacks to 65000000 bytes from" in document.notes[1]


def test_a_member_larger_than_it_says_is_not_unpacked():
    data = packed(("a.txt", b"x" * 1_000_000))
    lying = data.replace(struct.pack("<I", 1_000_000), struct.pack("<I", 10))
    assert lying != data
    found = read_members(lying)
    assert all(len(content) <= 10 for _, content in found.files)


def test_too_many_members_are_noted(monkeypatch):
    monkeypatch.setattr(container, "MEMBERS", 2)
    found = read_members(packed(*[(f"{n}.txt", b"x") for n in range(4)]))
    assert len(found.files) == 2
    assert [note.partition(":")[0] for note in found.notes] == ["member 2.txt left unread", "member 3.txt left unread"]


def test_the_whole_is_bounded(monkeypatch):
    monkeypatch.setattr(container, "ARCHIVE_BYTES", 100)
    found = read_members(packed(("a.txt", b"a" * 60), ("b.txt", b"b" * 60), ("c.txt", b"c" * 30)))
    assert [name for name, _ in found.files] == ["a.txt", "c.txt"]
    assert found.notes == ["member b.txt: left unread: it unpacks to 60 bytes, more than the 40 left for it"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed(), "holds no file"),
        (packed(("a.exe", bytes(range(256)) * 9)), "no member of the ZIP archive can be read: a.exe: neither text nor"),
        (packed(("a.txt", PROSE))[:60], "ZIP archive is cut or damaged"),
    ],
)
def test_an_archive_without_anything_to_read_says_why(data, reason):
    with pytest.raises(UnreadableDocument, match=reason):
        read_document(data)


def test_an_encrypted_archive_is_told():
    data = bytearray(packed(("a.txt", PROSE)))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(mark) + place] |= 1
    with pytest.raises(UnreadableDocument, match="encrypted"):
        read_document(bytes(data))


@pytest.mark.parametrize(
    ("data", "program"), [(rar(("a.txt", PROSE)), "unar"), (b"7z\xbc\xaf\x27\x1c" + bytes(90), "7zip")]
)
def test_without_a_program_the_reason_says_what_to_install(monkeypatch, data, program):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(UnreadableDocument, match=f"install .*{program}"):
        read_document(data)


def test_a_program_that_hangs_is_ended(monkeypatch, tmp_path):
    program = tmp_path / "7z"
    program.write_text("#!/bin/sh\nsleep 60\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(program) if name == "7z" else None)
    monkeypatch.setattr(programs, "_ON_THE_CLOCK", 0.3)
    before = time.monotonic()
    with pytest.raises(UnfinishedDocument, match=r"7z took longer than 0\.3 s"):
        read_document(b"7z\xbc\xaf\x27\x1c" + bytes(90))
    assert time.monotonic() - before < 60


def test_a_program_that_uses_too_much_processor_time_is_ended_and_may_be_tried_again(monkeypatch, tmp_path):
    program, shell = tmp_path / "7z", shutil.which("sh")
    program.write_text("#!/bin/sh\nwhile :; do :; done\n")
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: {"7z": str(program), "sh": shell}.get(name))
    monkeypatch.setattr(programs, "_SECONDS", 1)
    with pytest.raises(UnfinishedDocument, match=r"7z was ended \(after 1 s of processor time\?\)"):
        read_document(b"7z\xbc\xaf\x27\x1c" + bytes(90))


def test_archive_of_which_a_member_was_not_finished_says_so():
    """Its other members are read, and the whole is read again in the next run."""
    known = read_document(PROSE)

    def read_member(content, name):
        if name == "a.txt":
            raise UnfinishedDocument("needs more memory than there was")
        return known

    data = packed(("a.txt", PROSE), ("b.txt", PROSE))
    document = read_container("zip", data, "id", read_member)
    assert document.unfinished == ("a.txt: needs more memory than there was",) and document.text == known.text
    with pytest.raises(UnfinishedDocument):
        read_container("zip", packed(("a.txt", PROSE)), "id", read_member)


def test_a_program_that_fills_the_disk_is_ended(monkeypatch, tmp_path):
    program = tmp_path / "7z"
    program.write_text(
        '#!/bin/sh\nfor a in "$@"; do case "$a" in -o*) cd "${a#-o}";; esac; done\ncat /dev/zero > bomb\n'
    )
    program.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(program) if name == "7z" else None)
    monkeypatch.setattr(container, "ARCHIVE_BYTES", 1_000_000)
    before = time.monotonic()
    with pytest.raises(UnreadableDocument, match="unpacks to more than 1000000 bytes"):
        read_document(b"7z\xbc\xaf\x27\x1c" + bytes(90))
    assert time.monotonic() - before < 5


# Where no program is installed, the tests above are all there is to say.
if shutil.which("bsdtar") or shutil.which("unrar") or shutil.which("unar") or shutil.which("7zz"):

    def test_a_rar_archive_is_read():
        document = read_document(rar(("note.txt", PROSE), ("table.html", TABLE)), name="a.zip")
        assert document.media_type == "application/vnd.rar"
        assert [cell.text for cell in document.readings[0].grids[0].cells][2:4] == ["规章", "12"]
        assert document.notes[0] == "read from the member table.html of the RAR archive"
        assert document.notes[1].startswith("member note.txt left out")

    def test_a_cut_rar_archive_is_unreadable_with_its_reason():
        with pytest.raises(UnreadableDocument, match="RAR archive"):
            read_document(rar(("table.html", TABLE))[:40])


if program := shutil.which("7z") or shutil.which("7zz") or shutil.which("7za"):

    def seven(folder, *options):
        (folder / "附表.html").write_bytes(TABLE)
        (folder / "link.txt").symlink_to("/etc/hostname")
        command = [program, "a", "-y", "-snl", *options, "made.7z", "附表.html", "link.txt"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
        return (folder / "made.7z").read_bytes()

    def test_a_7z_archive_is_read_and_links_in_it_are_not_followed(tmp_path):
        document = read_document(seven(tmp_path))
        assert document.media_type == "application/x-7z-compressed"
        assert document.notes == ("read from the member 附表.html of the 7z archive",)
        assert len(document.readings[0].grids) == 1

    def test_an_encrypted_7z_archive_is_told(tmp_path):
        with pytest.raises(UnreadableDocument, match="encrypted"):
            read_document(seven(tmp_path, "-psecret", "-mhe=on"))

    def test_a_cut_7z_archive_is_unreadable_with_its_reason(tmp_path):
        with pytest.raises(UnreadableDocument, match="7z archive"):
            read_document(seven(tmp_path)[:-20])
