"""Colours as people write them, and whether one can be told from another."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

#: Components that differ by less than this, of 255, are one to the eye.
_ALIKE = 14


class Colour(NamedTuple):
    """Red, green and blue from 0 to 255, and how far it covers what is behind it, from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0


WHITE = Colour(255.0, 255.0, 255.0)


@lru_cache(maxsize=1024)
def colour_of(text: str) -> Colour | None:
    """Return a colour of CSS (a name, ``#fff``, ``rgb(…)``, ``hsl(…)``); None where it is none that is known."""
    from tinycss2.color4 import parse_color

    try:
        found = parse_color(text.strip())
        if found is None or isinstance(found, str):
            return None
        red, green, blue = (255.0 * max(0.0, min(1.0, part or 0.0)) for part in found.to("srgb").coordinates)
        return Colour(red, green, blue, float(found.alpha))
    except (ValueError, TypeError, ArithmeticError, NotImplementedError):
        return None


def hex_colour(text: str) -> Colour | None:
    """Return a colour of six hexadecimal digits, as office files write them; None for anything else (``auto``)."""
    return colour_of(f"#{text[-6:]}") if len(text) in (6, 8) and text.isalnum() else None


def alike(one: Colour, other: Colour) -> bool:
    """Tell whether text of one colour cannot be seen on a ground of the other."""
    return all(abs(a - b) < _ALIKE for a, b in zip(one[:3], other[:3], strict=True))
