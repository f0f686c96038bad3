"""The members of a ZIP archive, their names in whatever code page their writer used."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from functools import partial

from extract.documents.shared.bounds import DIRECTORY, has_too_many_entries
from extract.errors import UnreadableDocument

_UTF8 = 0x800
_ENCRYPTED = 0x1
# Unpacked to packed: text compresses to a tenth, an empty sheet to a hundredth; a bomb's member to a thousandth.
_MOST_RATIO = 500
_HARMLESS = 8 << 20


def zip_entries(data: bytes) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Yield each member's name and what gives its bytes if they fit into a number of bytes.

    Raises:
        UnreadableDocument: the archive is cut or damaged, or every member is protected by a password.
    """
    if has_too_many_entries(data):
        raise UnreadableDocument(f"the ZIP archive has more than {DIRECTORY} entries")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise UnreadableDocument(f"the ZIP archive is cut or damaged: {error}") from error
    with archive:
        members = archive.infolist()
        files = [member for member in members if not member.is_dir()]
        if files and all(member.flag_bits & _ENCRYPTED for member in files):
            raise UnreadableDocument("the ZIP archive is encrypted: its members need a password")
        for member in members:
            yield _name(member), partial(_take, archive, member)


def _name(member: zipfile.ZipInfo) -> str:
    """Return a name; without the flag for UTF-8 it is bytes of the writer's code page, in China GBK."""
    if member.flag_bits & _UTF8:
        return member.filename.replace("\\", "/")
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename.replace("\\", "/")
    for encoding in ("utf-8", "gb18030"):
        try:
            # A second byte of GBK may be a backslash, so decode before folders are told.
            return raw.decode(encoding).replace("\\", "/")
        except UnicodeDecodeError:
            continue
    return member.filename


def _take(archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        raise UnreadableDocument("encrypted")
    if member.file_size > room:
        raise UnreadableDocument(
            f"left unread: it unpacks to {member.file_size} bytes, more than the {room} left for it"
        )
    if member.file_size > _HARMLESS and member.file_size > _MOST_RATIO * max(1, member.compress_size):
        raise UnreadableDocument(f"left unread: it unpacks to {member.file_size} bytes from {member.compress_size}")
    try:
        with archive.open(member) as file:
            return file.read(room)
    except Exception as error:  # zlib.error, BadZipFile, NotImplementedError, EOFError: all mean a damaged member
        raise UnreadableDocument(f"damaged: {error}") from error
