"""Which row of an official table a label in flattened text names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from transform.forms.form import Item
from transform.recognition.label_index import all_entries

_NOT_LABEL = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"\([^()]*\)")
_ROLES = ("t2_row", "t3_row", "list14_row", "early_row")
#: Names of columns too: as rows they need their number.
_COLUMNS_TOO = ("其他", "其它", "总计", "合计")


def ends_with_row(label: str) -> bool:
    """Tell whether a text (NFKC, simplified) ends with the label of a row of any official table."""
    return any(_length(text, core, number) for text in _ways(label) for core, number in _cores())


def named_row(label: str, rows: Iterable[Item]) -> Item | None:
    """Return the row that a text (NFKC, simplified) ends with the label of, the longest label first; None where several fit.

    What stands in brackets at the end of the label may be left out.
    """
    found: dict[str, tuple[int, Item]] = {}
    for row in rows:
        number = (row.numbering or "").strip("()")
        length = max((_length(text, core, number) for text in _ways(label) for core in row.cores), default=0)
        if length:
            found[row.id] = (length, row)
    longest = max((length for length, _ in found.values()), default=0)
    best = [row for length, row in found.values() if length == longest]
    return best[0] if len(best) == 1 else None


def wrapped_row(before: str, behind: str, rows: Iterable[Item]) -> Item | None:
    """Return the row whose label is wrapped around its figures: it begins right before them and ends right behind.

    ``before`` and ``behind`` are bare. A letter or two of a group's vertical label may stand between.
    """
    found = {}
    for row in rows:
        number = (row.numbering or "").strip("()")
        for core in row.cores:
            for cut in range(4, len(core)):
                if before.endswith(number + core[:cut]) and core[cut:] in behind[: len(core) - cut + 3]:
                    found[row.id] = row
    return next(iter(found.values())) if len(found) == 1 else None


def _length(text: str, core: str, number: str) -> int:
    """Return how much of a text's end is a label: 0 where it does not end with it."""
    if not core or not text.endswith(core):
        return 0
    if number and text.endswith(number + core):
        return len(number) + len(core)
    return 0 if core in _COLUMNS_TOO or len(core) < 2 else len(core)


@lru_cache(maxsize=1)
def _cores() -> tuple[tuple[str, str], ...]:
    return tuple(
        {
            (core, (e.item.numbering or "").strip("()"))
            for e in all_entries()
            if e.role in _ROLES
            for core in e.item.cores
        }
    )


@lru_cache(maxsize=4096)
def _ways(label: str) -> tuple[str, ...]:
    """Return a label bare, whole and without what stands in brackets."""
    tail = label[-160:]
    whole = _NOT_LABEL.sub("", tail)
    if not tail.rstrip(" |\t\n").endswith(")"):
        return (whole,)
    return whole, _NOT_LABEL.sub("", _BRACKETS.sub("", tail))
