"""Fonts whose map to Unicode names other signs than they draw: the same sign is contradicted the same way, cell after cell.

All readings of a file share its fonts' maps, so that no second reading tells. Where a font lies its figures are read from
the picture, and each of them carries a doubt.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from extract.documents.drawn.table import PdfTable
from extract.documents.shown.signs import JUNK

# So many signs have to be contradicted, and so large a share of them consistently: a misread sign is neither.
_ENOUGH = 5
_CONSISTENT = 0.9


def settled(readings: Sequence[Sequence[PdfTable]]) -> tuple[list[list[PdfTable]], bool]:
    """Return the tables, those of files with such a font with the figures that the picture shows, and whether there is one."""
    lies = _contradictions([table for tables in readings for table in tables])
    total = sum(seen.total() for seen in lies.values())
    consistent = sum(max(seen.values()) for seen in lies.values())
    if total < _ENOUGH or consistent < _CONSISTENT * total:
        return [list(tables) for tables in readings], False
    return [[_from_picture(table, frozenset(lies)) for table in tables] for tables in readings], True


def _contradictions(tables: Sequence[PdfTable]) -> dict[str, Counter[str]]:
    """Count for each sign of the text which others the picture shows in its place."""
    lies: dict[str, Counter[str]] = defaultdict(Counter)
    for table in tables:
        for index, shown in table.shown.items():
            text, seen = _bare(table.cells[index][5]), _bare(shown)
            if text != seen and len(text) == len(seen) and JUNK not in seen:
                for sign, other in zip(text, seen, strict=True):
                    if sign != other and other.isdigit():
                        lies[sign][other] += 1
    return lies


def _from_picture(table: PdfTable, lies: frozenset[str]) -> PdfTable:
    cells, doubts = list(table.cells), dict(table.doubts)
    for index, (*place, text) in enumerate(table.cells):
        if lies.isdisjoint(text):
            continue
        shown = table.shown.get(index)
        doubts[index] = f"the font draws other signs than the file names ({text!r})"
        if shown and JUNK not in shown:
            cells[index] = (*place, shown)  # type: ignore[assignment]
    return replace(table, cells=tuple(cells), doubts=doubts)


def _bare(text: str) -> str:
    return "".join(text.split())
