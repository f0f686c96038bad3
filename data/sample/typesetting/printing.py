"""Values to printed text: what stands in a cell where the value is zero, signed, or an amount.

A report's ``Habits`` are how its office fills in the form; they change no value, only what is printed for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .invented import CENTS, Values

Printed = dict[tuple[str, str | None], str]


@dataclass(frozen=True)
class Habits:
    """``zero``: what stands for zero in tables 2 and 3 (``0`` or nothing). ``no_rules``: what stands in the row 规章 of
    a body that makes none. ``signed``: a plus before an increase. ``unit_in_cell``: 万元 behind the procurement amount."""

    zero: str = "0"
    no_rules: str | None = None
    signed: bool = False
    unit_in_cell: bool = False


def printed(values: Values, habits: Habits) -> Printed:
    """Return the text of each cell."""
    return {cell: _text(cell[0], number, habits) for cell, number in values.items()}


def value_of(text: str) -> str:
    """Return the number in a printed text as the truth tables give it, empty where there is none."""
    found = re.match(r"[+]?(-?\d+(?:\.\d+)?)", text)
    return found[1] if found else ""


def status_of(text: str) -> str:
    """Return the contract's status of a printed text."""
    return {"": "blank", "/": "slash", "-": "slash", "无": "none_word"}.get(text, "reported")


def _text(indicator: str, number: int, habits: Habits) -> str:
    if indicator.rpartition(".")[2] in CENTS:
        unit = "万元" if habits.unit_in_cell and indicator == "procurement.amount" else ""
        return f"{number // 100}.{number % 100:02d}{unit}"
    if indicator.startswith("regulations.") and not number and habits.no_rules is not None:
        return habits.no_rules
    if not number:
        return habits.zero
    return f"+{number}" if habits.signed and indicator.endswith("_change") and number > 0 else str(number)
