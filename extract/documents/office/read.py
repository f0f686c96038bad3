"""Word's old formats (DOC, WPS, RTF, Word 2003 XML, ODT) and binary sheets (XLSB) to a Document: LibreOffice makes a DOCX or
XLSX, and its reader reads that.

LibreOffice is used where it is installed and never needed otherwise. Each start has a profile of its own, so that several
can convert at the same time; a conversion that hangs is ended with all its children.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from extract.document import Document
from extract.documents.docx.slivers import without_slivers
from extract.documents.shared.limits import was_ended, within
from extract.documents.shared.ole import read_streams
from extract.documents.shared.sniff import MEDIA_TYPES
from extract.errors import UnfinishedDocument, UnreadableDocument

# A start takes 2 to 8 seconds of processor time, a report 1; and how long all may take on the clock.
_SECONDS, _ON_THE_CLOCK = 45.0, 600.0
_FORMATS = {
    "doc": ("a Word 97 (DOC or WPS) file", ".doc", "MS Word 97"),
    "word_xml": ("a Word 2003 XML file", ".xml", "MS Word 2003 XML"),
    "rtf": ("an RTF file", ".rtf", "Rich Text Format"),
    "odf": ("an OpenDocument file", ".odt", "writer8"),
    "xlsb": ("a binary sheet (XLSB)", ".xlsb", "Calc MS Excel 2007 Binary"),
}
# What a start makes of a format, with LibreOffice's name of it and the part of LibreOffice that is needed.
_DOCX, _XLSX = ("docx", "MS Word 2007 XML", "writer"), ("xlsx", "Calc MS Excel 2007 XML", "calc")
_HOW_TO_INSTALL = (
    "install libreoffice-{part}-nogui (Debian, Ubuntu), libreoffice-{part} (Fedora) or LibreOffice (macOS)"
)
_MAC = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
# File information block of a Word file ([MS-DOC] 2.5.1): older than Word 97, and protected by a password.
_WORD_97, _ENCRYPTED = 0xC1, 0x0100
# A stranger's file runs no macro and fetches nothing.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse">
<value>true</value></prop></item>
</oor:items>
"""


def read_office(kind: str, data: bytes, document_id: str) -> Document:
    """Read a file of one of the kinds ``doc``, ``word_xml``, ``rtf``, ``odf``, ``xlsb`` (see ``sniff``).

    Raises:
        UnreadableDocument: LibreOffice is not installed (the reason says what to install), the file is encrypted or
            damaged, or the conversion failed.
        UnfinishedDocument: the conversion took too long.
    """
    what, suffix, source = _FORMATS[kind]
    if kind == "doc":
        source = _word_filter(data)
    target = _XLSX if kind == "xlsb" else _DOCX
    if find_libreoffice() is None:
        saved = ", or save it as XLSX" if kind == "xlsb" else ""
        raise UnreadableDocument(f"{what}: needs LibreOffice; {_HOW_TO_INSTALL.format(part=target[2])}{saved}")
    (converted,) = convert([data], suffix, source, target)
    if isinstance(converted, UnreadableDocument):
        raise type(converted)(f"{what} that LibreOffice could not convert: {converted.reason}")
    try:
        document = _read_converted(kind, converted, document_id)
    except UnreadableDocument as error:
        raise type(error)(f"{what}, converted by LibreOffice: {error.reason}") from error
    by = _converter(converted)
    readings = tuple(replace(reading, reader=f"{by} → {reading.reader}") for reading in document.readings)
    return replace(document, media_type=MEDIA_TYPES[kind], size=len(data), readings=readings)


def _read_converted(kind: str, converted: bytes, document_id: str) -> Document:
    if kind == "xlsb":
        from extract.documents.sheets.read import read_xlsx

        return read_xlsx(converted, document_id)
    from extract.documents.docx.read import read_docx

    return read_docx(without_slivers(converted), document_id)


@cache
def find_libreoffice() -> str | None:
    """Return the path of LibreOffice's command, or None where it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice") or (_MAC if os.access(_MAC, os.X_OK) else None)


def convert(
    files: Sequence[bytes], suffix: str, source: str, target: tuple[str, str, str] = _DOCX
) -> list[bytes | UnreadableDocument]:
    """Convert files of one format in one start of LibreOffice; return for each what it became, or why there is nothing.

    Args:
        suffix: of the format, with its point.
        source: LibreOffice's name of the format, so that a damaged file is never taken for a text.
        target: extension and LibreOffice's name of the format to make, and its part that does so.
    """
    made, format_name, part = target
    command = find_libreoffice()
    if command is None:
        raise UnreadableDocument(f"needs LibreOffice; {_HOW_TO_INSTALL.format(part=part)}")
    with tempfile.TemporaryDirectory(prefix="gongkai-office-") as folder:
        profile = _profile(Path(folder) / "profile")
        names = []
        for number, data in enumerate(files):
            path = Path(folder) / f"{number}{suffix}"
            path.write_bytes(data)
            names.append(str(path))
        failure = _run(
            [
                command,
                f"-env:UserInstallation={profile}",
                "--headless",
                "--norestore",
                "--nolockcheck",
                "--nodefault",
                "--nologo",
                f"--infilter={source}",
                "--convert-to",
                f"{made}:{format_name}",
                "--outdir",
                f"{folder}/made",
                *names,
            ],
            _SECONDS + 5 * (len(files) - 1),
            _ON_THE_CLOCK,
        )
        converted: list[bytes | UnreadableDocument] = []
        for number in range(len(files)):
            result = Path(folder) / "made" / f"{number}.{made}"
            converted.append(result.read_bytes() if result.exists() else failure)
        return converted


def _run(command: list[str], seconds: float, on_the_clock: float) -> UnreadableDocument:
    """Run LibreOffice and return why what it did not make is not there; end it and all its children where it takes too long."""
    command = within(seconds, command)
    bounded = shutil.which("timeout")
    if bounded:
        # Also where this process is killed meanwhile, nothing of it may go on for ever.
        command = [bounded, "-k", "2", f"{on_the_clock + 5:.0f}", *command]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
        text=True,
        errors="replace",
    )
    try:
        said, _ = process.communicate(timeout=on_the_clock)
    except subprocess.TimeoutExpired:
        return UnfinishedDocument(f"it took longer than {on_the_clock:g} s and was ended")
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if was_ended(process.returncode):
        return UnfinishedDocument(f"it was ended (after {seconds:g} s of processor time?)")
    errors = [line for line in said.splitlines() if "Error" in line or "error" in line]
    told = errors[-1].strip() if errors else f"it gave no result (exit code {process.returncode})"
    return UnreadableDocument(told)


def _profile(folder: Path) -> str:
    """Make a profile of LibreOffice's own for one start and return its address (it costs a third of a second)."""
    settings = folder / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_SETTINGS, encoding="utf-8")
    return folder.as_uri()


def _word_filter(data: bytes) -> str:
    """Return LibreOffice's name of a DOC file's version. Raises UnreadableDocument where it is encrypted or damaged."""
    streams = read_streams(data, "WordDocument", "WpsDocument")
    stream = streams.get("WordDocument") or streams.get("WpsDocument") or b""
    if len(stream) < 32:
        raise UnreadableDocument("the Word file is cut or damaged: it has no text in it")
    (version,), (flags,) = struct.unpack_from("<H", stream, 2), struct.unpack_from("<H", stream, 10)
    if flags & _ENCRYPTED:
        raise UnreadableDocument("the Word file is encrypted with a password")
    return "MS Word 97" if version >= _WORD_97 else "MS Word 95" if version > 100 else "MS WinWord 6.0"


def _converter(docx: bytes) -> str:
    """Return LibreOffice's name and version as it signs the files it makes."""
    import io

    with contextlib.suppress(KeyError, zipfile.BadZipFile), zipfile.ZipFile(io.BytesIO(docx)) as archive:
        signed = re.search(rb"<Application>LibreOffice/([\d.]+)", archive.read("docProps/app.xml"))
        if signed:
            return f"LibreOffice {signed.group(1).decode()}"
    return "LibreOffice"
