"""A report that prints the tables of two years, one above the other under their years: each year its own tables.

The tables of the report's own year stay with its text. Those of another year are a report of that year without text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from extract.document import Block, Document, Grid, Reading
from transform.forms.characters import matchable
from transform.recognition.label_index import match_label

#: A caption is shorter than this and no sentence.
_LONGEST = 40
_YEAR = re.compile(r"(?<!\d)(20[0-3]\d)年")
_SENTENCE = re.compile(r"[。;；,，]")
_SECTION = re.compile(r"^\s*[一二三四五六七八九十]{1,3}、")
_OPENING = {"t2": re.compile(r"第二十条第[(（]?一[)）]?项"), "t3": re.compile(r"本年新收政府信息公开申请数量")}
_FIRST_ROWS = {"regulations": "t2", "req_new": "t3", "proactive_total": "list", "e_proactive_total": "list"}


def split_years(document: Document, year: int | None) -> list[tuple[Document, int | None]]:
    """Return (document, year of its tables) of each year whose tables a report prints; None: the report's own."""
    grids = {g.number: g for g in document.readings[0].grids} if document.readings else {}
    years = _years(document.blocks, grids, year)
    if years is None:
        return [(document, None)]
    own = year if year in years else None
    named = dict.fromkeys(y for y in years if y is not None)
    out: list[tuple[Document, int | None]] = [(_of_year(document, years, (None, own), text=True), None)]
    out += [(_of_year(document, years, (other,), text=False), other) for other in named if other != own]
    return out


def _years(blocks: tuple[Block, ...], grids: dict[int, Grid], own: int | None) -> list[int | None] | None:
    """Return the year over each block, None where none is printed; None where no table is printed for two years.

    A table under no year is the report's ``own``.
    """
    of_blocks = [grids.get(block.grid) if block.grid is not None else None for block in blocks]
    captions = [
        _caption(block.text) if grid is None else _grid_caption(grid)
        for block, grid in zip(blocks, of_blocks, strict=True)
    ]
    if not {*captions} - {None, own}:
        return None
    years: list[int | None] = []
    current: int | None = None
    printed: dict[str, set[int | None]] = {}
    for block, grid, caption in zip(blocks, of_blocks, captions, strict=True):
        if grid is None and _SECTION.match(block.text) and not match_label(block.text)[1]:
            current = None
        current = caption or current
        years.append(current)
        for kind in _tables(block, grid):
            printed.setdefault(kind, set()).add(current or own)
    return years if any(len(found) > 1 and None not in found for found in printed.values()) else None


def _caption(text: str) -> int | None:
    if "年" not in text or len(text) > 2 * _LONGEST:
        return None
    line = re.sub(r"\s+", "", matchable(text))
    named = set(_YEAR.findall(line))
    short = 0 < len(line) <= _LONGEST and not _SENTENCE.search(line)
    return int(next(iter(named))) if short and len(named) == 1 else None


def _grid_caption(grid: Grid) -> int | None:
    """Return the year that the first filled row of a table bears, where it is one cell."""
    for row in range(min(2, grid.n_rows)):
        filled = [c for c in grid.row(row) if c.text.strip()]
        if len(filled) == 1:
            return _caption(filled[0].text)
        if filled:
            return None
    return None


def _tables(block: Block, grid: Grid | None) -> set[str]:
    """Return which official tables begin in a block."""
    if grid is None:
        if not any(char in block.text for char in "条條收"):
            return set()
        line = re.sub(r"\s+", "", matchable(block.text))
        return {kind for kind, first in _OPENING.items() if first.search(line)}
    labels = [entry for cell in grid.cells for entry in match_label(cell.text)[1]]
    return {_FIRST_ROWS[entry.id] for entry in labels if entry.id in _FIRST_ROWS}


def _of_year(document: Document, years: list[int | None], wanted: tuple[int | None, ...], *, text: bool) -> Document:
    """Return a document with the tables under some years; ``text``: with what stands under no year too."""

    def kept(year: int | None) -> bool:
        return year in wanted and (text or year is not None)

    pairs = list(zip(document.blocks, years, strict=True))
    blocks = tuple(b if kept(y) else replace(b, text=" " * len(b.text), grid=None) for b, y in pairs)
    numbers = {block.grid for block in blocks if block.grid is not None}
    readings: list[Reading] = []
    for n, reading in enumerate(document.readings):
        # Only the first reading's grids stand among the blocks; another's are the same tables if they are as many.
        if n == 0 or len(reading.grids) == len(document.readings[0].grids):
            both = zip(document.readings[0].grids, reading.grids, strict=True)
            readings.append(replace(reading, grids=tuple(own for model, own in both if model.number in numbers)))
    return replace(document, blocks=blocks, readings=tuple(readings))
