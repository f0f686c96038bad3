"""Two pages on one sheet (an open booklet on the glass), told apart: a straightened sheet in, its leaves out.

Only a sheet that is wider than high and has tables on both sides of its middle, none across it, is two pages.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from extract.documents.ocr.read import Straight

# The gutter lies this near to the middle of the sheet (a share of its width).
_MIDDLE = 0.06


@dataclass(frozen=True)
class Leaf:
    """A page by itself, and how many points of its sheet lie left of it."""

    page: Straight
    offset: float


def leaves(sheet: Straight) -> list[Leaf]:
    """Return the two pages of a sheet from left to right, or the sheet itself."""
    height, width = sheet.flat.shape[:2]
    middle = width / 2
    left = [lattice for lattice in sheet.lattices if lattice.xs[-1] < middle + _MIDDLE * width]
    right = [lattice for lattice in sheet.lattices if lattice.xs[0] > middle - _MIDDLE * width]
    if width <= height or not left or not right or len(left) + len(right) != len(sheet.lattices):
        return [Leaf(sheet, 0.0)]
    ends, starts = max(lattice.xs[-1] for lattice in left), min(lattice.xs[0] for lattice in right)
    if ends >= starts:
        return [Leaf(sheet, 0.0)]
    cut = round((ends + starts) / 2)
    moved = tuple(replace(lattice, xs=tuple(x - cut for x in lattice.xs)) for lattice in right)
    return [
        Leaf(replace(sheet, flat=np.ascontiguousarray(sheet.flat[:, :cut]), lattices=tuple(left)), 0.0),
        Leaf(replace(sheet, flat=np.ascontiguousarray(sheet.flat[:, cut:]), lattices=moved), cut * sheet.points),
    ]
