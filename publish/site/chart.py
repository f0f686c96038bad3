"""Charts as inline SVG: a line of years with gaps and breaks of forms, and a grid of tiles by province.

Inline SVG needs no script, no style of its own and no other program; attributes only, so that a page's
Content-Security-Policy can forbid inline style. Beside each chart stands a table with the same figures.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

#: Where a province's tile stands: row and column on a map of equal tiles, by the first two digits of its code.
TILES = {
    "23": (0, 9),
    "15": (1, 6),
    "22": (1, 9),
    "65": (2, 1),
    "62": (2, 4),
    "64": (2, 5),
    "11": (2, 7),
    "21": (2, 9),
    "63": (3, 3),
    "14": (3, 6),
    "13": (3, 7),
    "12": (3, 8),
    "54": (4, 1),
    "61": (4, 5),
    "41": (4, 6),
    "37": (4, 8),
    "51": (5, 4),
    "50": (5, 5),
    "42": (5, 6),
    "34": (5, 7),
    "32": (5, 8),
    "31": (5, 9),
    "53": (6, 3),
    "52": (6, 4),
    "43": (6, 6),
    "36": (6, 7),
    "33": (6, 8),
    "45": (7, 5),
    "44": (7, 6),
    "35": (7, 7),
    "71": (7, 9),
    "46": (8, 5),
    "82": (8, 6),
    "81": (8, 7),
    "99": (0, 0),
}
_SIDE, _GAP = 30, 3
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 340, 150, 44, 24, 12


@dataclass(frozen=True)
class Point:
    """One year of a series; ``value`` None is a gap. ``form`` breaks the line where it changes."""

    year: int
    value: float | None
    form: str | None
    ok: str | None


def line_chart(points: Sequence[Point], title: str) -> Markup:
    """Return a line chart; a line never crosses a gap or a change of form, a broken figure is a hollow square."""
    known = [p for p in points if p.value is not None]
    if not known:
        return Markup()
    first, last = min(p.year for p in points), max(p.year for p in points)
    low, high = min(0.0, *(p.value or 0 for p in known)), max(1.0, *(p.value or 0 for p in known))

    def x(year: int) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - 14) * ((year - first) / (last - first) if last > first else 0.5), 1)

    def y(value: float) -> float:
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * (value - low) / (high - low), 1)

    parts = [Markup('<line class="axis" x1="{0}" y1="{1}" x2="{2}" y2="{1}"/>').format(_LEFT, y(low), _WIDTH - 8)]
    for value in dict.fromkeys((low, high)):
        parts.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{:g}</text>').format(
                _LEFT - 6, y(value) + 4, value
            )
        )
    for year in dict.fromkeys((first, last)):
        parts.append(
            Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>').format(x(year), _HEIGHT - 6, year)
        )
    for before, after in pairwise(points):
        if before.form != after.form and before.form and after.form:
            middle = round((x(before.year) + x(after.year)) / 2, 1)
            parts.append(
                Markup('<line class="break" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>').format(
                    middle, _TOP, _HEIGHT - _BOTTOM
                )
            )
        elif before.value is not None and after.value is not None and after.year == before.year + 1:
            parts.append(
                Markup('<line class="series" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(
                    x(before.year), y(before.value), x(after.year), y(after.value)
                )
            )
    for p in known:
        mark = (
            '<rect class="point broken" x="{0}" y="{1}" width="8" height="8"><title>{2}</title></rect>'
            if p.ok == "broken"
            else '<circle class="point" cx="{0}" cy="{1}" r="3.5"><title>{2}</title></circle>'
        )
        shift = 4 if p.ok == "broken" else 0
        parts.append(Markup(mark).format(x(p.year) - shift, y(p.value or 0) - shift, f"{p.year}: {p.value:.12g}"))
    told = ", ".join(f"{p.year} {p.value:.12g}" for p in known)
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        _WIDTH, _HEIGHT, f"{title}: {told}", Markup().join(parts)
    )


def tile_grid(shares: Mapping[str, tuple[int, int]], names: Mapping[str, str], title: str) -> Markup:
    """Return a grid of provinces for (found, expected) by the first two digits of the code; no report due: an empty tile."""
    tiles = []
    for code, (row, column) in sorted(TILES.items()):
        found, expected = shares.get(code, (0, 0))
        if code not in names:
            continue
        level = "none" if not expected else str(min(4, 4 * found // expected))
        text = f"{names[code]}: {found} / {expected}"
        tiles.append(
            Markup(
                '<g class="tile t{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}"/>'
                '<text x="{}" y="{}" text-anchor="middle">{}</text></g>'
            ).format(
                level,
                text,
                column * _SIDE,
                row * _SIDE,
                _SIDE - _GAP,
                _SIDE - _GAP,
                column * _SIDE + (_SIDE - _GAP) / 2,
                row * _SIDE + 18,
                short_name(names[code]),
            )
        )
    return Markup('<svg class="tiles" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        10 * _SIDE, 9 * _SIDE, escape(title), Markup().join(tiles)
    )


def short_name(name: str) -> str:
    """Return two characters of a province's name (内蒙古 and 黑龙江 by their first two as well)."""
    return name[:2]
