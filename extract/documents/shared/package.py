"""ZIP packages of office files (DOCX, XLSX, OFD) opened with bounds: what unpacks to too much is refused before it is unpacked.

The one thing to know: a size in the directory may lie, but Python's zipfile never gives more than it declares and fails
on the checksum, so that the declared sizes bound what is read.
"""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from extract.documents.shared.bounds import PACKAGE_BYTES, PART_BYTES, has_too_many_entries
from extract.errors import UnreadableDocument


def open_package(data: bytes, what: str) -> zipfile.ZipFile:
    """Open a package; ``what`` names its format in messages.

    Raises:
        UnreadableDocument: no ZIP, encrypted, or too large after unpacking.
    """
    if has_too_many_entries(data):
        raise UnreadableDocument(f"the {what} file has too many parts to be a report")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise UnreadableDocument(f"the {what} file is cut or damaged: {error}") from error
    members = archive.infolist()
    if any(member.flag_bits & 1 for member in members):
        raise UnreadableDocument(f"the {what} file is encrypted")
    total = sum(member.file_size for member in members)
    if total > PACKAGE_BYTES:
        raise UnreadableDocument(f"the {what} file unpacks to {total} bytes, more than {PACKAGE_BYTES}")
    return archive


def read_part(archive: zipfile.ZipFile, name: str, what: str) -> bytes:
    """Return the bytes of a part. Raises UnreadableDocument where it is missing, damaged or too large."""
    try:
        with archive.open(name) as part:
            content = part.read(PART_BYTES + 1)
    except KeyError as error:
        raise UnreadableDocument(f"the {what} file has no part {name}") from error
    except Exception as error:  # zlib.error, BadZipFile, NotImplementedError, EOFError: all mean a damaged member
        raise UnreadableDocument(f"the part {name} of the {what} file is damaged: {error}") from error
    if len(content) > PART_BYTES:
        raise UnreadableDocument(f"the part {name} of the {what} file unpacks to more than {PART_BYTES} bytes")
    return content


def parse_part(archive: zipfile.ZipFile, name: str, what: str) -> etree._Element:
    """Return the root of an XML part. Raises UnreadableDocument also where it is no well-formed XML."""
    return parse(read_part(archive, name, what), name, what)


def parse(content: bytes, name: str, what: str) -> etree._Element:
    """Return the root of an XML part's bytes. Raises UnreadableDocument where they are no well-formed XML."""
    if b"<!DOCTYPE" in content[:4096]:
        raise UnreadableDocument(f"the part {name} of the {what} file declares a document type, which no {what} has")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableDocument(f"the part {name} of the {what} file is not well-formed XML: {error}") from error


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace (strict and transitional files differ only there)."""
    return str(element.tag).rpartition("}")[2]
