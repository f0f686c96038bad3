"""A page as it is drawn, whatever file it came from: characters, ruling lines, what is hidden, in one upright frame.

Positions are in points from the lower left corner of the page as it is read, x to the right and y up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Segment(NamedTuple):
    """A straight line along an axis, from its lower or left end to the other."""

    x0: float
    y0: float
    x1: float
    y1: float


class Char(NamedTuple):
    """A printed character. ``x`` and ``y`` are its centre; the ends of its advance and its baseline are those of a page
    turned so that it stands upright (``turn``: degrees against the clock from the page's reading direction, 0 nearly
    always). ``size`` is in points.
    """

    text: str
    x: float
    y: float
    left: float
    right: float
    baseline: float
    size: float
    turn: int = 0


class Hidden(NamedTuple):
    """A character that the file holds and nobody sees: its centre and the reason (invisible, white, clipped, covered)."""

    text: str
    x: float
    y: float
    reason: str


class Ruling(NamedTuple):
    """A straight line along an axis: at ``position``, from ``start`` to ``end``."""

    position: float
    start: float
    end: float


@dataclass(frozen=True)
class Page:
    """The content of one page.

    ``number`` counts from 1. ``rotation`` (degrees clockwise) makes its characters stand upright, ``declared`` is what
    the file says. ``unseen`` are the boxes of white or transparent lines; ``slanted``, ``unmapped`` (no Unicode value:
    they are U+FFFD) and ``doubled`` count characters, ``curved`` shapes that may be letters made into
    drawings. ``pictured`` says that one picture fills the page. ``cropped`` is the part of the sheet that is the page (left, bottom,
    right, top in the file's own frame), None where it is all of it.
    """

    number: int
    width: float
    height: float
    rotation: int
    declared: int
    chars: tuple[Char, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    horizontal: tuple[Ruling, ...] = ()
    vertical: tuple[Ruling, ...] = ()
    unseen: tuple[Segment, ...] = ()
    pictures: int = 0
    unmapped: int = 0
    doubled: int = 0
    slanted: int = 0
    curved: int = 0
    pictured: bool = False
    cropped: tuple[float, float, float, float] | None = None

    @property
    def ruled(self) -> bool:
        """Tell whether there are lines enough for a table."""
        return len(self.horizontal) >= 2 and len(self.vertical) >= 2
