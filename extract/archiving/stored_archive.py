"""An archive in a store: each closed WARC file copied once and never changed.

``archive/NAME.warc.gz`` are the files, ``archive/NAME.warc.gz.sha256`` what they must be. The digest is written first, under
a name that has to be free: of two homes that each wrote a file of the same name, one alone gets it and the other is refused.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, cast

from extract.archiving.archive import payload_in
from extract.archiving.store import Store
from extract.errors import ArchiveError, StoreError

_FOLDER, _DIGEST = "archive", ".sha256"


def stored_warcs(store: Store) -> list[str]:
    """Return the names of the WARC files that a store holds or was promised, sorted."""
    names = [name.removeprefix(f"{_FOLDER}/") for name in store.names(_FOLDER)]
    return sorted(name.removesuffix(_DIGEST) for name in names if name.endswith(_DIGEST))


def push_warcs(folder: Path, store: Store, known: Collection[str]) -> list[str]:
    """Copy the closed WARC files of an archive into a store; return the names of all it then holds of them.

    ``known`` are names of files that were the same in both before.

    Raises:
        StoreError: the store holds another file of the same name, or gave other bytes back than were written.
    """
    there = set(store.names(_FOLDER))
    closed = sorted(folder.glob("*.warc.gz"))
    for path in closed:
        name = f"{_FOLDER}/{path.name}"
        if path.name in known and name in there:
            continue
        digest = _sha256(path)
        if not store.create(f"{name}{_DIGEST}", digest.encode()) and _digest(store, path.name) != digest:
            raise _other_file(path, store)
        if name not in there or store.sha256(name) != digest:
            store.put(path, name)
            # What is archived cannot be had again: it counts as kept once it came back as it was written.
            if store.sha256(name) != digest:
                raise StoreError(
                    f"{store.address(name)}: other bytes came back than were written; check the store, then run again"
                )
    return [path.name for path in closed]


def pull_warcs(folder: Path, store: Store, known: Collection[str]) -> list[str]:
    """Fetch the WARC files of a store that an archive lacks; return the names of all the store holds.

    Raises:
        StoreError: the archive holds another file of the same name, or one in the store is lost or damaged.
    """
    names = stored_warcs(store)
    for name in names:
        path, stored = folder / name, f"{_FOLDER}/{name}"
        if path.exists():
            if name not in known and _sha256(path) != _digest(store, name):
                raise _other_file(path, store)
            continue
        aside = path.with_name(f"{name}.fetched")
        try:
            store.get(stored, aside)
        except FileNotFoundError as error:
            raise StoreError(
                f"{store.address(stored)}: is not there; let the run that writes it end, or restore it: it cannot be had again"
            ) from error
        if _sha256(aside) != _digest(store, name):
            aside.unlink()
            raise StoreError(
                f"{store.address(stored)}: is not what its sha256 says; restore it, the archive cannot be had again"
            )
        aside.rename(path)
    return names


class StoredArchive:
    """An archive read where it is stored, record by record: for workers that have no copy of it.

    Raises:
        StoreError: the store does not answer, or holds no archive.
    """

    def __init__(self, store: Store):
        self.store = store
        if not store.names(_FOLDER):
            raise StoreError(f"{store.address(_FOLDER)}: there is no archive")

    def payload(self, warc: str, offset: int, document_id: str) -> bytes:
        """Return the bytes of a document.

        Raises:
            ArchiveError: the store has no such file, or what lies there is not the document.
        """
        file = _Ranges(self.store, f"{_FOLDER}/{warc}")
        return payload_in(cast(BinaryIO, io.BufferedReader(file, 1 << 18)), offset, document_id)


class _Ranges(io.RawIOBase):
    """A file of a store, read by ranges."""

    def __init__(self, store: Store, name: str):
        self.store, self.name, self.at = store, name, 0
        try:
            self.size = store.size(name)
        except FileNotFoundError as error:
            raise ArchiveError(f"{store.address(name)}: the WARC file is not there") from error

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        assert whence == io.SEEK_SET, "records are found by their offsets"
        self.at = offset
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        end = min(self.at + len(buffer), self.size)
        data = self.store.read_range(self.name, self.at, end) if self.at < end else b""
        buffer[: len(data)] = data
        self.at += len(data)
        return len(data)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(store: Store, warc: str) -> str:
    return store.read(f"{_FOLDER}/{warc}{_DIGEST}").decode("ascii", "replace").strip()


def _other_file(path: Path, store: Store) -> StoreError:
    return StoreError(
        f"{path}: is not the file of this name in {store.url}, to which another run wrote; crawl and import from one home at a "
        "time. Pull into a home of its own, and import this file there to keep it"
    )
