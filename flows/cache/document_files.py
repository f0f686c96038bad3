"""Documents as they were read, kept on disk: ``HOME/documents/NAME.zip``, a batch a file.

An entry ``KEY/DOCUMENT_ID.json`` is what the reader of that key (``flows/cache/keys.py``) made of the bytes with that sha256:
a JSON object with the reader's name and the Document (``flows/cache/document_json.py``), or the reason why there is none. The
names alone say what is there, so there is no index to keep. A file that cannot be read counts as not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from extract.document import Document
from extract.errors import UnreadableDocument
from flows.cache.document_json import built, to_json
from flows.cache.keys import current_keys, reader_key

_SUFFIX = ".zip"
#: No clock decides a byte: the first day that a ZIP file can name.
_DAY = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class CachedDocument:
    """What reading one document gave: by which ``readers`` (``reader_key``), and a Document or the reason why there is none."""

    readers: str
    document: Document | None
    reason: str = ""

    def get(self) -> Document:
        """Return the Document.

        Raises:
            UnreadableDocument: there is none; the reason is that of the time it was read.
        """
        if self.document is None:
            raise UnreadableDocument(self.reason)
        return self.document


def pack(cached: CachedDocument) -> bytes:
    """Return the JSON of an entry."""
    head = json.dumps({"readers": cached.readers, "reason": cached.reason}, ensure_ascii=False)
    document = to_json(cached.document) if cached.document is not None else b"null"
    return b"".join([head[:-1].encode("utf-8", "surrogatepass"), b', "document": ', document, b"}"])


def unpack(data: bytes) -> CachedDocument:
    """Return what ``pack`` was given.

    Raises:
        ValueError, TypeError, KeyError: the bytes are no entry.
    """
    told = json.loads(data.decode("utf-8", "surrogatepass"))
    document = told["document"]
    return CachedDocument(told["readers"], built(Document, document) if document is not None else None, told["reason"])


class DocumentWriter:
    """Writes the entries of one file as they come; ``close`` moves it into place and gives its name."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._aside = folder / f".{uuid.uuid4().hex}"
        self._zip: zipfile.ZipFile | None = None
        self._names: set[str] = set()

    def add(self, document_id: str, readers: str, entry: bytes) -> None:
        """Write the entry (``pack``) of a document; one that is there already is left as it is."""
        name = _name(reader_key(readers), document_id)
        if name in self._names:
            return
        if self._zip is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._zip = zipfile.ZipFile(self._aside, "w")
        self._names.add(name)
        info = zipfile.ZipInfo(name, _DAY)
        info.compress_type = zipfile.ZIP_DEFLATED
        self._zip.writestr(info, entry, compresslevel=6)

    def close(self) -> str | None:
        """Move the file into place; return its name, None where nothing was written."""
        if self._zip is None:
            return None
        self._zip.close()
        with self._aside.open("rb") as file:
            os.fsync(file.fileno())
        name = hashlib.sha256("\n".join(sorted(self._names)).encode()).hexdigest()[:32] + _SUFFIX
        self._aside.replace(self._folder / name)
        return name

    def discard(self) -> None:
        """Leave nothing behind where ``close`` was not reached."""
        if self._zip is not None:
            self._zip.close()
            self._aside.unlink(missing_ok=True)


@contextmanager
def document_writer(folder: Path) -> Iterator[DocumentWriter]:
    """Give a DocumentWriter that leaves nothing half written behind."""
    writer = DocumentWriter(folder)
    try:
        yield writer
    finally:
        writer.discard()


def cached_documents(folder: Path) -> dict[str, str]:
    """Return where each document lies that the present readers would read the same: ``FILE ENTRY`` by document_id."""
    keys = current_keys()
    found: dict[str, str] = {}
    for path in sorted(folder.glob(f"[!.]*{_SUFFIX}")):
        try:
            with zipfile.ZipFile(path) as archive:
                names = archive.namelist()
        except (OSError, ValueError, zipfile.BadZipFile):
            continue
        for name in names:
            key, _, document_id = name.removesuffix(".json").partition("/")
            if key in keys:
                found[document_id] = f"{path.name} {key}"
    return found


class DocumentReader:
    """Takes entries out of the files of a folder; the file last used stays open."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._open: tuple[str, zipfile.ZipFile] | None = None

    def entry(self, place: str, document_id: str) -> bytes | None:
        """Return the entry that lies at a place (``cached_documents``); None where it cannot be had."""
        file, _, key = place.partition(" ")
        try:
            if self._open is None or self._open[0] != file:
                self.close()
                self._open = (file, zipfile.ZipFile(self._folder / file))
            return self._open[1].read(_name(key, document_id))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None

    def close(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _name(key: str, document_id: str) -> str:
    return f"{key}/{document_id}.json"
