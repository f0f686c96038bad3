"""Units of measure in which the forms count: 万元 to 元, 起 to 件."""

from __future__ import annotations

#: Units that a value can be converted to without asking anyone.
STANDARD_UNITS = {
    "万元": ("元", 10_000),
    "亿元": ("元", 100_000_000),
    "元": ("元", 1),
    "件": ("件", 1),
    "条": ("条", 1),
    "项": ("项", 1),
    "个": ("个", 1),
    "次": ("次", 1),
    "篇": ("篇", 1),
    "人": ("人", 1),
    "人次": ("人次", 1),
    "起": ("件", 1),
    "宗": ("件", 1),
}
