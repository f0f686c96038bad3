"""A place for files on any file system that fsspec knows: a folder, ``s3://BUCKET/PREFIX``, and others.

Comes in: an address. Goes out: a Store, whose methods take names below it with ``/``. The one thing to know: a file is
there whole or not at all. A folder gets it aside and renames it, an object store shows an object once it is uploaded; no
store is asked to rename anything. An S3 server that is not Amazon's is named by AWS_ENDPOINT_URL, keys by the variables
and files that every AWS client reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extract.errors import StoreError, UsageError

_CHUNK = 1 << 20
#: What names a file that is being written; never a file of a store. One name a file: what was left is written over.
PART = ".part"


@dataclass(frozen=True)
class Store:
    """A folder of a file system: the fsspec file system, the folder's path in it, and the address it was opened by."""

    fs: Any
    root: str
    url: str

    @property
    def is_local(self) -> bool:
        return "file" in ([self.fs.protocol] if isinstance(self.fs.protocol, str) else self.fs.protocol)

    def path(self, name: str) -> str:
        """Return the path of a name as the file system takes it."""
        return f"{self.root.rstrip('/')}/{name}" if name else self.root

    def address(self, name: str) -> str:
        """Return the address of a name, for people."""
        return f"{self.url.rstrip('/')}/{name}" if name else self.url

    def names(self, below: str = "") -> list[str]:
        """Return the names of all files, or of those below a folder, sorted; files being written are left out."""
        with self._errors(below):
            self.fs.invalidate_cache()
            try:
                found = self.fs.find(self.path(below))
            except FileNotFoundError:
                return []
        start = len(self.fs._strip_protocol(self.root).rstrip("/")) + 1
        return sorted(name for path in found if not (name := path[start:]).endswith(PART))

    def folders(self) -> list[str]:
        """Return the names of the folders right below the store's own, sorted."""
        with self._errors(""):
            self.fs.invalidate_cache()
            try:
                found = self.fs.ls(self.root, detail=True)
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(Path(one["name"]).name for one in found if one["type"] == "directory")

    def exists(self, name: str) -> bool:
        with self._errors(name):
            self.fs.invalidate_cache()
            return bool(self.fs.isfile(self.path(name)))

    def read(self, name: str) -> bytes:
        """Return a file's bytes.

        Raises:
            FileNotFoundError: it is not there.
            StoreError: the store does not answer, or refuses.
        """
        with self._errors(name):
            return bytes(self.fs.cat_file(self.path(name)))

    def read_range(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes from ``start`` to ``end`` (not included) of a file, fewer at its end."""
        with self._errors(name):
            return bytes(self.fs.cat_file(self.path(name), start=start, end=end))

    def size(self, name: str) -> int:
        """Return the number of bytes of a file; FileNotFoundError where it is not there."""
        with self._errors(name):
            return int(self.fs.info(self.path(name))["size"])

    def remove(self, name: str) -> None:
        """Delete a file."""
        with self._errors(name):
            self.fs.rm_file(self.path(name))

    def write(self, name: str, data: bytes) -> None:
        """Put bytes under a name, in place of what was there."""
        with self._errors(name, writing=True):
            if self.is_local:
                with self._aside(name) as aside:
                    aside.write_bytes(data)
            else:
                self.fs.pipe_file(self.path(name), data)

    def create(self, name: str, data: bytes) -> bool:
        """Put bytes under a name that is free, and say whether it was: of two writers one alone hears True.

        An object store must know ``If-None-Match`` for that, as Amazon's, MinIO and Ceph do.
        """
        with self._errors(name, writing=True):
            try:
                if self.is_local:
                    _link(data, Path(self.path(name)))
                else:
                    self.fs.pipe_file(self.path(name), data, mode="create")
            except FileExistsError:
                return False
            except OSError as error:
                if "PreconditionFailed" in repr(error.__cause__):
                    return False
                raise
        return True

    def put(self, file: Path, name: str) -> None:
        """Copy a local file under a name, in place of what was there."""
        with self._errors(name, writing=True):
            if not self.is_local:
                self.fs.put_file(str(file), self.path(name))
                return
            with self._aside(name) as aside, file.open("rb") as source, aside.open("wb") as target:
                while block := source.read(_CHUNK):
                    target.write(block)

    def get(self, name: str, file: Path) -> None:
        """Copy a file of the store to a local file, whole or not at all.

        Raises:
            FileNotFoundError: it is not there.
            StoreError: the store does not answer, or refuses.
        """
        aside = file.with_name(f"{file.name}{PART}")
        with self._errors(name):
            file.parent.mkdir(parents=True, exist_ok=True)
            self.fs.get_file(self.path(name), str(aside))
            aside.replace(file)

    def sha256(self, name: str) -> str | None:
        """Return the sha256 of a file's bytes as the store gives them back; None where it is not there."""
        digest = hashlib.sha256()
        with self._errors(name):
            try:
                with self.fs.open(self.path(name), "rb", cache_type="readahead", block_size=8 * _CHUNK) as file:
                    while block := file.read(_CHUNK):
                        digest.update(block)
            except FileNotFoundError:
                return None
        return digest.hexdigest()

    @contextmanager
    def _aside(self, name: str) -> Iterator[Path]:
        """Give a file that becomes ``name`` at the end of the ``with`` block, on the disk before it does."""
        place = Path(self.path(name))
        place.parent.mkdir(parents=True, exist_ok=True)
        aside = place.with_name(f"{place.name}{PART}")
        yield aside
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        aside.replace(place)

    @contextmanager
    def _errors(self, name: str, *, writing: bool = False) -> Iterator[None]:
        try:
            yield
        except _failures() as error:
            # What is not there is the caller's business, but for a bucket that is not there to write to.
            if isinstance(error, FileNotFoundError) and not writing:
                raise
            raise StoreError(
                f"{self.address(name)}: {error or type(error).__name__}; see to the place and its keys, then run again"
            ) from error


def is_stored(place: str) -> bool:
    """Tell whether a place is an address of a store, and no folder of this machine."""
    return "://" in place


def open_store(url: str | Path) -> Store:
    """Return the store at an address: a path, or a URL whose scheme fsspec knows (``s3://bucket/prefix``).

    Raises:
        UsageError: no file system goes by this scheme, or its library is not installed.
    """
    from fsspec.core import url_to_fs

    told = str(url)
    if "://" not in told:
        told = str(Path(told).expanduser().resolve())
    options: dict[str, Any] = {"skip_instance_cache": True, "use_listings_cache": False}
    try:
        fs, root = url_to_fs(told, **options)
    except (ImportError, ValueError) as error:
        extra = "; install gongkai with its extra: pip install -e '.[s3]'" if told.startswith("s3") else ""
        raise UsageError(f"{told}: no such file system ({error}){extra}") from error
    if told.startswith("s3") and not root.strip("/"):
        raise UsageError(f"{told}: name a bucket, as s3://BUCKET/PREFIX")
    return Store(fs, root, told)


def _link(data: bytes, place: Path) -> None:
    """Write a file whole under a free name; FileExistsError where it is not free."""
    place.parent.mkdir(parents=True, exist_ok=True)
    aside = place.with_name(f"{place.name}.{uuid.uuid4().hex}{PART}")
    try:
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(aside, place)
    finally:
        aside.unlink(missing_ok=True)


def _failures() -> tuple[type[Exception], ...]:
    """What goes wrong with a store: OSError, and what an S3 client raises beside it (no keys, no answer)."""
    with contextlib.suppress(ImportError):
        from botocore.exceptions import BotoCoreError

        return (OSError, BotoCoreError)
    return (OSError,)
