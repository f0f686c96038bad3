"""The WARC file that a run writes: ``NAME.warc.gz.open`` while it is written, ``NAME.warc.gz`` and never changed once it is closed.

In: groups of records. Out: the name and offset of each. A run that was killed leaves its file open; the next writer cuts off
a half-written group, and closes it.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

from extract.archiving.warc import complete_end, info_bytes

#: WARC files of about 1 GiB, as the standard recommends.
FILE_SIZE = 1 << 30
OPEN = ".open"
_INFO = {"software": "gongkai", "format": "WARC File Format 1.1"}
log = logging.getLogger("gongkai.archive")


class WarcWriter:
    """Writes groups into one file after the other; the files that a killed run left open are closed first."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.name = ""
        self._file: int | None = None
        self._size = 0
        self._start = 0
        for path in sorted(folder.glob(f"*.warc.gz{OPEN}")):
            heal(path)
            _close(path)

    def append(self, group: bytes) -> tuple[str, int]:
        """Write a group whole; return the name of its file once that is closed, and the offset it lies at."""
        if self._file is not None and self._size + len(group) > FILE_SIZE and self._size > self._start:
            self.close()
        if self._file is None:
            self._begin()
        at = self._size
        _write_all(self._file, group)
        self._size += len(group)
        return self.name, at

    def close(self) -> None:
        """Write the open file through to the disk and give it its name."""
        if self._file is None:
            return
        os.fsync(self._file)
        os.close(self._file)
        self._file = None
        _close(self.folder / f"{self.name}{OPEN}")

    def _begin(self) -> None:
        numbers = [
            int(path.name[len("gongkai-") :].split(".")[0]) for path in self.folder.glob("gongkai-[0-9]*.warc.gz*")
        ]
        self.name = f"gongkai-{max(numbers, default=0) + 1:06d}.warc.gz"
        path = self.folder / f"{self.name}{OPEN}"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._start = self._size = _write_all(self._file, info_bytes(self.name, _INFO))


def warc_files(folder: Path) -> list[Path]:
    """Return the WARC files of an archive in the order they were written, one that is being written among them."""
    return sorted([*folder.glob("*.warc.gz"), *folder.glob(f"*.warc.gz{OPEN}")])


def closed_name(path: Path) -> str:
    """Return the name of a WARC file once it is closed: the one that records name."""
    return path.name.removesuffix(OPEN)


def place_of_warc(folder: Path, name: str) -> Path:
    """Return where the WARC file of a name lies, closed or still being written."""
    path = folder / name
    return path if path.exists() else path.with_name(f"{name}{OPEN}")


def heal(path: Path) -> None:
    """Cut a file back to its last whole group."""
    end, size = complete_end(path), path.stat().st_size
    if end < size:
        log.warning("%s: the last %d bytes are a record cut off in writing; they are removed", path, size - end)
        os.truncate(path, end)


def _close(path: Path) -> None:
    """Give a file its name, for good; one without a record in it is removed."""
    if path.stat().st_size == 0:
        path.unlink()
        return
    path.rename(path.with_name(closed_name(path)))
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write_all(handle: int | None, content: bytes) -> int:
    assert handle is not None
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
    return len(content)
