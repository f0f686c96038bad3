"""Numbers that look thrown and are the same on every machine and Python: digests of a name."""

from __future__ import annotations

from hashlib import sha256


class Dice:
    """A stream of numbers told by a name: ``Dice("990102", 2019)(1, 6)``."""

    def __init__(self, *name: object) -> None:
        self.name, self.count = "/".join(map(str, name)), 0

    def __call__(self, low: int, high: int) -> int:
        """Return the next number from ``low`` to ``high``, both included."""
        self.count += 1
        return low + int.from_bytes(sha256(f"{self.name}#{self.count}".encode()).digest()[:8]) % (high - low + 1)

    def other(self, low: int, high: int, *than: int) -> int:
        """Return the next number that is none of ``than``, so that a shifted reading cannot hide."""
        while (number := self(low, high)) in than:
            pass
        return number
