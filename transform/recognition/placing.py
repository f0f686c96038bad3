"""What recognition keeps of a grid while it reads it, and what a cell's text alone says of the cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from extract.document import Cell
from transform.observation import FormCell
from transform.recognition.headers import header_kind
from transform.recognition.label_index import match_label
from transform.recognition.values import OBJECT, parse_value

# A cell of a picture and a few signs is no label.
_SHORT = 8


@dataclass
class Found:
    """What has been recognised in one grid so far.

    ``cells`` are (kind of table, cell, forms that print it), ``leftovers`` (kind, cell, reason); ``used`` holds the
    identities of the cells accounted for, ``headless`` the rows of Table 2 under another block's heading.
    """

    cells: list[tuple[str, FormCell, tuple[str, ...]]] = field(default_factory=list)
    leftovers: list[tuple[str, Cell, str]] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    headless: set[str] = field(default_factory=set)

    def use(self, *cells: Cell) -> None:
        self.used.update(id(c) for c in cells)


def is_value(cell: Cell) -> bool:
    """Tell whether a cell is a value cell: a number, an empty cell, a mark, or digits with at most a word beside them."""
    value = parse_value(cell.text)
    if value.status != "unreadable" or (
        len(cell.text) <= _SHORT and (OBJECT in cell.text or cell.text.startswith("#"))
    ):
        return True
    # Not plainly a number, but hardly a label either.
    return _is_number_with_a_word(cell.text) and not is_label(cell)


@lru_cache(maxsize=16384)
def _is_number_with_a_word(text: str) -> bool:
    return sum(ch.isalpha() for ch in text) <= 2 and any(ch.isdigit() for ch in text)


def is_number(cell: Cell) -> bool:
    """Tell whether a cell is plainly a number."""
    return parse_value(cell.text).value is not None


def is_label(cell: Cell) -> bool:
    """Tell whether a cell's text is a label of a form or of a header."""
    return bool(header_kind(cell) or match_label(cell.text)[1])
