"""Units of measure in which the forms count: 万元 to 元, 起 to 件, 万件 to 件."""

from __future__ import annotations

#: Measure words for cases and documents: the forms count them in 件, offices print others.
_COUNTS = ("件", "条", "项", "个", "次", "篇", "人", "人次")
#: Units that a value can be converted to without asking anyone: the standard unit and how many of it one is.
STANDARD_MEASURES = {
    "万元": ("元", 10_000),
    "亿元": ("元", 100_000_000),
    "元": ("元", 1),
    **{unit: (unit, 1) for unit in _COUNTS},
    **{f"万{unit}": (unit, 10_000) for unit in _COUNTS},
    **dict.fromkeys(("起", "宗", "份", "部", "本", "册"), ("件", 1)),
}
_SHORT = ("万", "亿")


def counted(unit: str) -> str:
    """Return what a unit counts: money (元), persons (人), or cases and documents (件), whose measure words vary."""
    return "元" if "元" in unit else "人" if "人" in unit else "件"


def full_measure(unit: str | None, beside: str | None) -> str | None:
    """Return the unit of a figure that prints a short one: 1.2万 is 万元 beside 元 or 万元, and 万件 beside 件.

    ``beside`` is the unit of its column or of the form, None where neither says.
    """
    if unit not in _SHORT:
        return unit
    if beside is None or counted(beside) == "元":
        return f"{unit}元"
    return f"{unit}{beside.removeprefix('万')}"
