"""What the picture of a cell means for its text: a cell with both in, the text that counts and what it costs out.

What the page shows is what counts, but a reader of shapes may take one sign for another. So where both give as many signs
and nothing speaks against the text, the text stays and is doubted. In every other contradiction the picture is right: it
neither invents signs nor loses them.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from extract.document import Cell
from transform.recognition.values import Value, parse_value

#: Stands in ``Cell.shown`` for a sign that could not be read.
UNREAD = "?"
#: The note of a cell whose picture tells nothing: its text stands as it would without one.
UNDECIDED = "the picture of the cell could not be read"


class Judged(NamedTuple):
    """The text that counts with its value; ``doubt`` makes it doubtful, ``reserve`` at most ``single``."""

    text: str
    value: Value
    doubt: str | None = None
    reserve: str | None = None


def judge(cell: Cell) -> Judged:
    """Compare a cell's text with what its picture shows."""
    text, shown = cell.text, cell.shown
    value = parse_value(text)
    if cell.struck and not text:
        return Judged(cell.struck, Value(None, "unreadable", note="the figure is struck out"))
    if shown is None:
        return Judged(text, value)
    if UNREAD in shown:
        if value.status == "blank":
            return Judged(text, Value(None, "unreadable", note="something is drawn here that was not read"))
        if _may_be(text, shown):
            return Judged(text, value, reserve=UNDECIDED)
        return Judged(text, value, doubt=f"the picture of the cell shows {shown!r}")
    seen = parse_value(shown)
    if (seen.value, seen.status) == (value.value, value.status):
        return Judged(text, value)
    if not shown:
        return Judged("", seen, doubt=f"the file holds {text!r} here, which is not shown")
    if value.status == "blank":
        return Judged(shown, seen, reserve="read from the picture: the file holds no text here")
    if cell.doubt or value.status == "unreadable" or len("".join(text.split())) != len("".join(shown.split())):
        return Judged(shown, seen, doubt=f"read from the picture: the file holds {text!r} here")
    return Judged(text, value, doubt=f"the picture of the cell shows {shown!r}")


def _may_be(text: str, shown: str) -> bool:
    """Tell whether the signs that were read are those of the text, whatever the others are."""
    pattern = ".*".join(map(re.escape, re.split(rf"{re.escape(UNREAD)}+", "".join(shown.split()))))
    return re.fullmatch(pattern, "".join(unicodedata.normalize("NFKC", text).split())) is not None
