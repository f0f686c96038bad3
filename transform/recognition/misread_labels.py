"""Labels that character recognition misread, put right by their distance to the labels of the forms.

Only readings of pictures are touched, only cells that are no value and name nothing as they stand, and only where one
label of the forms is near and every other is farther. A label is never part of what is published; figures are untouched.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from extract.document import Cell, Reading
from transform.forms.labels import parse_label
from transform.recognition.headers import header_kind
from transform.recognition.label_index import (
    LIST_HEADER_VALUE,
    T2_HEADER_WORDS,
    T3_HEADER_WORDS,
    T4_GROUPS,
    entries_by_core,
    match_label,
)
from transform.recognition.values import parse_value

_CHINESE = re.compile(r"[\u3400-\u9fff]")
# A word of the official tables never has fewer; with two characters one misread leaves half.
_SHORTEST = 3
# One misread in this many characters.
_ONE_IN = 4


def with_labels_put_right(reading: Reading) -> Reading:
    """Return a reading of pictures with its misread labels as the forms print them; any other reading as it is."""
    if not is_of_pictures(reading):
        return reading
    return replace(
        reading,
        grids=tuple(replace(grid, cells=tuple(map(_put_right, grid.cells))) for grid in reading.grids),
    )


def is_of_pictures(reading: Reading) -> bool:
    """Tell whether (a part of) a reading comes from character recognition."""
    return "ocr" in reading.reader.split()


def _put_right(cell: Cell) -> Cell:
    if (
        not _CHINESE.search(cell.text)
        or header_kind(cell)
        or match_label(cell.text)[1]
        or parse_value(cell.text).status != "unreadable"
    ):
        return cell
    label = parse_label(cell.text)
    for core in dict.fromkeys((label.core, label.short)):
        nearest = nearest_core(core)
        if nearest:
            return replace(cell, text=_numbered(label.numbering, nearest))
    return cell


def _numbered(numbering: str | None, core: str) -> str:
    if numbering is None:
        return core
    return (
        f"{numbering}{core}"
        if numbering.startswith("(")
        else f"{numbering}{'.' if numbering.isdigit() else '、'}{core}"
    )


@lru_cache(maxsize=8192)
def nearest_core(core: str) -> str | None:
    """Return the one core of the forms that a misread one stands for."""
    from rapidfuzz.distance import Levenshtein

    if len(core) < _SHORTEST:
        return None
    limit = max(1, len(core) // _ONE_IN)
    near: list[tuple[int, str]] = []
    for known in _known():
        if abs(len(known) - len(core)) <= limit + 2:
            distance = Levenshtein.distance(core, known, score_cutoff=limit + 2)
            if distance <= limit + 2:
                near.append((distance, known))
    near.sort()
    if not near or near[0][0] > limit:
        return None
    distance, best = near[0]
    named = _named(best)
    others = [d for d, known in near[1:] if _named(known) != named]
    # 同意公开 and 同意部分公开 differ by two: what lies between them names neither.
    return best if not others or others[0] >= distance + (2 if distance > 1 else 1) else None


def _named(core: str) -> frozenset[tuple[str, str]]:
    return frozenset((e.role, e.id) for e in entries_by_core().get(core, ())) or frozenset({("header", core)})


@lru_cache(maxsize=1)
def _known() -> tuple[str, ...]:
    words = {*entries_by_core(), *T2_HEADER_WORDS, *T3_HEADER_WORDS, *T4_GROUPS, *LIST_HEADER_VALUE}
    return tuple(sorted(word for word in words if len(word) >= _SHORTEST - 1))
