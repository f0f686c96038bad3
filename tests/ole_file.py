"""Writes small OLE compound files ([MS-CFB]) for tests: streams by name, no small sectors, one level."""

from __future__ import annotations

import struct

_FREE, _END = 0xFFFFFFFF, 0xFFFFFFFE


def ole(streams: dict[str, bytes]) -> bytes:
    """Return a compound file; each stream is filled up to the 4096 bytes below which a small sector would be needed."""
    sectors: list[bytes] = []
    fat: list[int] = []

    def add(content: bytes) -> int:
        first = len(sectors)
        for start in range(0, len(content), 512):
            sectors.append(content[start : start + 512].ljust(512, b"\x00"))
            fat.append(len(sectors))
        fat[-1] = _END
        return first

    entries = [("Root Entry", 5, _END, 0)]
    for name, content in streams.items():
        content = content.ljust(4096, b"\x00")
        entries.append((name, 2, add(content), len(content)))
    directory = b"".join(_entry(*entry, child=1 if n == 0 and streams else _FREE) for n, entry in enumerate(entries))
    directory_start = add(directory)
    fat_sector = len(sectors)
    fat.append(0xFFFFFFFD)
    sectors.append(b"".join(struct.pack("<I", n) for n in fat).ljust(512, b"\xff"))
    assert len(fat) <= 128
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, 1, directory_start, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", fat_sector, *[_FREE] * 108)
    return header + b"".join(sectors)


def _entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    links = struct.pack("<III", _FREE, _FREE, child)
    return (
        encoded.ljust(64, b"\x00")
        + struct.pack("<HBB", len(encoded), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )
