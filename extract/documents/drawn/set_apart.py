"""Letters of a cell that are no part of its figure: note marks set higher or lower, and what a line is struck through."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from extract.documents.drawn.page import Char, Ruling

# A mark is at most this large, beside the largest letter of its cell, and its line this far from that one's, in sizes.
_SMALL, _AWAY = 0.8, 0.15
_MOST_AWAY = 0.9
# A line that strikes a letter out runs through its middle: between these heights above its own line, in sizes.
_STRIKE_LOW, _STRIKE_HIGH = 0.15, 0.55


class Apart(NamedTuple):
    """The letters of a cell: those that count, note marks, those that are struck out."""

    kept: list[Char]
    marks: tuple[Char, ...] = ()
    struck: tuple[Char, ...] = ()


def set_apart(chars: list[Char], strokes: Sequence[Ruling]) -> Apart:
    """Part the letters of a cell; ``strokes`` are the lines on the page that are no border of the table."""
    if not any(char.text.isdigit() for char in chars):
        return Apart(chars)
    struck = {char for char in chars if char.turn == 0 and any(strikes(stroke, char) for stroke in strokes)}
    left = [char for char in chars if char not in struck]
    largest = max((char.size for char in left), default=0.0)
    lines = [char.baseline for char in left if char.size > _SMALL * largest]
    marks = {char for char in left if _is_mark(char, largest, lines)}
    if len(marks) == len(left):
        marks = set()
    return Apart(
        [char for char in left if char not in marks],
        tuple(char for char in left if char in marks),
        tuple(char for char in chars if char in struck),
    )


def strikes(stroke: Ruling, char: Char) -> bool:
    """Tell whether a line runs through the middle of a letter."""
    height = (stroke.position - char.baseline) / char.size if char.size else 0.0
    return _STRIKE_LOW <= height <= _STRIKE_HIGH and stroke.start <= char.x <= stroke.end


def _is_mark(char: Char, largest: float, lines: Sequence[float]) -> bool:
    if unicodedata.decomposition(char.text).startswith(("<super>", "<sub>", "<circle>")):
        return True
    if char.turn or char.size > _SMALL * largest:
        return False
    away = min((abs(char.baseline - line) for line in lines), default=0.0) / largest
    return _AWAY <= away <= _MOST_AWAY
