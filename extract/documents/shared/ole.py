"""Streams of an OLE compound file ([MS-CFB]): what old Word, Excel and WPS files are kept in.

Only what is needed to see how a file is made before a library or program is given it: whether it is encrypted, which rows
of a sheet are hidden. Every chain is bounded by the size of the file, so that a damaged one ends.
"""

from __future__ import annotations

import struct

from extract.errors import UnreadableDocument

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FREE = 0xFFFFFFFA  # This sector number and those above it end a chain or mark a sector of no file.


def read_streams(data: bytes, *names: str) -> dict[str, bytes]:
    """Return those of the named streams that the file holds, whatever storage they stand in.

    Raises:
        UnreadableDocument: the file is cut or damaged so that its directory cannot be followed.
    """
    try:
        return _Compound(data).streams(set(names))
    except (struct.error, IndexError, ValueError) as error:
        raise UnreadableDocument(f"the OLE file is cut or damaged: {error}") from error


class _Compound:
    def __init__(self, data: bytes):
        if data[:8] != _MAGIC or len(data) < 512:
            raise ValueError("no OLE header")
        self.data = data
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise ValueError("sectors of an unknown size")
        self.size, self.mini_size = 1 << shift, 1 << mini_shift
        directory, _, self.cutoff, mini_fat, _, extra, _ = struct.unpack_from("<IIIIIII", data, 48)
        self.fat = self._read_fat(extra)
        self.directory = self._chain(directory)
        mini = self._chain(mini_fat) if mini_fat < _FREE else b""
        self.mini_fat = struct.unpack(f"<{len(mini) // 4}I", mini[: len(mini) // 4 * 4])
        start, size = struct.unpack_from("<II", self.directory, 116)
        self.mini_stream = self._chain(start)[:size] if size and start < _FREE else b""

    def streams(self, names: set[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for offset in range(0, len(self.directory) - 127, 128):
            length, kind = struct.unpack_from("<HB", self.directory, offset + 64)
            name = self.directory[offset : offset + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
            if kind != 2 or name not in names or name in found:
                continue
            start, size = struct.unpack_from("<II", self.directory, offset + 116)
            content = self._mini_chain(start) if size < self.cutoff else self._chain(start)
            if len(content) < size:
                raise ValueError(f"the stream {name} is cut")
            found[name] = content[:size]
        return found

    def _read_fat(self, extra: int) -> tuple[int, ...]:
        sectors = [s for s in struct.unpack_from("<109I", self.data, 76) if s < _FREE]
        per_sector = self.size // 4
        seen: set[int] = set()
        while extra < _FREE and extra not in seen:
            seen.add(extra)
            numbers = struct.unpack(f"<{per_sector}I", self._sector(extra))
            sectors += [s for s in numbers[:-1] if s < _FREE]
            extra = numbers[-1]
        content = b"".join(self._sector(s) for s in sectors)
        return struct.unpack(f"<{len(content) // 4}I", content)

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        sector = self.data[start : start + self.size]
        if not sector:
            raise ValueError(f"sector {number} lies beyond the end of the file")
        # The last sector of a file may be short.
        return sector.ljust(self.size, b"\x00")

    def _chain(self, start: int) -> bytes:
        parts: list[bytes] = []
        while start < _FREE:
            if len(parts) > len(self.fat):
                raise ValueError("a chain of sectors runs in a circle")
            parts.append(self._sector(start))
            start = self.fat[start]
        return b"".join(parts)

    def _mini_chain(self, start: int) -> bytes:
        parts: list[bytes] = []
        while start < _FREE:
            if len(parts) > len(self.mini_fat):
                raise ValueError("a chain of small sectors runs in a circle")
            parts.append(self.mini_stream[start * self.mini_size : (start + 1) * self.mini_size])
            start = self.mini_fat[start]
        return b"".join(parts)
