"""Whole numbers out of strangers' text: headers, scripts, attributes and JSON of portals.

``int`` raises for ``²`` (which ``str.isdigit`` accepts) and for thousands of digits (which a regular expression's ``\\d+`` accepts). The
modules that read what portals write take their numbers from here; tests/test_strangers.py holds them to it.
"""

from __future__ import annotations

import math

#: Beyond this no number of pages, bytes, pixels or seconds means anything.
MOST = 10**12


def whole_number(text: object, most: int = MOST) -> int | None:
    """Return a whole number of zero or more; None for what is none. A larger number than ``most`` gives ``most``.

    Digits of any script count (full-width ones are common), as do numbers that JSON gave.
    """
    if isinstance(text, bool):
        return None
    if isinstance(text, int):
        return min(text, most) if text >= 0 else None
    if isinstance(text, float):
        return min(int(text), most) if math.isfinite(text) and text >= 0 else None
    if not isinstance(text, str):
        return None
    digits = text.strip()
    if not digits.isdecimal():
        return None
    if len(digits) > len(str(most)):
        digits = "".join(str(int(digit)) for digit in digits).lstrip("0") or "0"
        if len(digits) > len(str(most)):
            return most
    return min(int(digits), most)
