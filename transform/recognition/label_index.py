"""Every label of the official forms by its bare core: what could this text be?

Tables 3 and 4 carry the same ids in the forms of 2019 and 2021, so they are recognised together and the form is told
afterwards from what only one of them prints.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from transform.forms.form import MODERN, Item, load_forms
from transform.forms.labels import Label, parse_label

#: What stands in the header of Table 3 beside the columns themselves.
T3_HEADER_WORDS = frozenset(["申请人情况", "法人或其他组织"])
T3_NOTE = "本列数据的勾稽关系为"
T2_HEADER_WORDS = frozenset(["信息内容"])
T4_GROUPS = {"行政复议": "review", "未经复议直接起诉": "lit_direct", "复议后起诉": "lit_post", "行政诉讼": "lit"}
LIST_HEADER_VALUE = frozenset(
    ["统计数", "数据统计数", "部门统计数", "数量", "数值", "统计数据", "指标值", "本年度", "年度", "本年累计"]
)
#: Columns of a part of the year, beside the year's: 本期实际 | 本年累计.
LIST_HEADER_PERIOD = frozenset(["本期实际", "本期", "本期数", "本期发生", "本月", "本季", "本季度"])
LIST_HEADER_CODE = frozenset(["代码", "编号", "序号", "行次", "行号", "代号", "指标代码", "指标编号", "指标序号"])
_BARE_NUMBER = re.compile(r"^(\d{1,2})(\D.*)$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a label can name: ``role`` is t2_row, t2_column, t3_row, t3_column, t4_leaf, list14_row or early_row."""

    role: str
    id: str
    item: Item
    forms: tuple[str, ...]
    block: str | None = None


@lru_cache(maxsize=1)
def entries_by_core() -> dict[str, tuple[Entry, ...]]:
    """Return all entries under every core that names them exactly."""
    index: dict[str, list[Entry]] = {}
    for entry in all_entries():
        for core in sorted(entry.item.cores):
            index.setdefault(core, []).append(entry)
    for entry in all_entries():
        for core in _paths(entry) if entry.role == "t3_row" else ():
            index.setdefault(core, []).append(entry)
    return {core: tuple(entries) for core, entries in index.items()}


def _paths(entry: Entry) -> set[str]:
    """Return a row's label with its groups before it, as one cell prints them: 不予公开 1属于国家秘密."""
    rows = {e.id: e for e in all_entries() if e.role == "t3_row"}
    cores, above = set(entry.item.cores), rows.get(entry.item.parent or "")
    number = (entry.item.numbering or "").strip("()")
    out: set[str] = set()
    while above is not None:
        cores = {a + n + core for a in above.item.cores for core in cores for n in ("", number)}
        out |= cores
        number = (above.item.numbering or "").strip("()")
        above = rows.get(above.item.parent or "")
    return out


@lru_cache(maxsize=1)
def all_entries() -> tuple[Entry, ...]:
    """Return every label of the four forms once, those of 2019 and 2021 merged where their ids are the same."""
    forms = load_forms()
    found: dict[tuple[str, str, str | None], list[tuple[str, Item]]] = {}

    def put(role: str, item: Item, form: str, block: str | None = None) -> None:
        found.setdefault((role, item.id, block), []).append((form, item))

    for form_id in MODERN:
        form = forms[form_id]
        for block in form.table("blocks").blocks:
            for row in block.rows:
                put("t2_row", row, form_id, block.id)
            for column in block.columns:
                put("t2_column", column, form_id, block.id)
        for row in form.table("matrix").rows:
            put("t3_row", row, form_id)
        for column in form.table("matrix").columns:
            put("t3_column", column, form_id)
        for column in form.table("single_row").columns:
            put("t4_leaf", column, form_id)
    for role, form_id in (("list14_row", "sc_2014"), ("early_row", "pre2014_local")):
        for row in forms[form_id].table("list").rows:
            put(role, row, form_id)
    return tuple(_merge(role, item_id, block, items) for (role, item_id, block), items in found.items())


def _merge(role: str, item_id: str, block: str | None, items: list[tuple[str, Item]]) -> Entry:
    from dataclasses import replace

    item = items[-1][1]
    cores = frozenset(core for _, i in items for core in i.cores)
    return Entry(role, item_id, replace(item, cores=cores), tuple(form for form, _ in items), block)


@lru_cache(maxsize=16384)
def match_label(text: str) -> tuple[Label, tuple[Entry, ...]]:
    """Return a printed text's label and everything it names exactly (first whole, then without its bracketed note)."""
    label = parse_label(text)
    index = entries_by_core()
    found = index.get(label.core) or index.get(label.short)
    return (label, found) if found else _number_without_mark(label, index)


def _number_without_mark(label: Label, index: dict[str, tuple[Entry, ...]]) -> tuple[Label, tuple[Entry, ...]]:
    """Match 3 其他, whose number has lost its dot: both number and label have to be the form's."""
    match = _BARE_NUMBER.match(label.core) if label.numbering is None else None
    if not match:
        return label, ()
    short = _BARE_NUMBER.sub(r"\2", label.short)
    found = [e for core in (match[2], short) for e in index.get(core, ()) if e.item.numbering == match[1]]
    return (Label(match[1], match[2], short), tuple(dict.fromkeys(found))) if found else (label, ())


@lru_cache(maxsize=8192)
def nearest_row(text: str, role: str) -> Entry | None:
    """Return the one row label a misprint can stand for, or None.

    A misprint must resemble its label clearly better than any other of its role: 0.74 and 0.12 apart, so that
    同意公开 and 同意部分公开 never stand in for each other.
    """
    from rapidfuzz.fuzz import ratio

    label = parse_label(text)
    core = label.short or label.core
    if len(core) < 4:
        return None
    scores: dict[str, tuple[float, Entry]] = {}
    for entry in all_entries():
        if entry.role == role:
            best = max(max(ratio(core, c), ratio(label.core, c)) / 100 for c in entry.item.cores)
            scores[entry.id] = (best, entry)
    ranked = sorted(scores.values(), key=lambda s: -s[0])
    if ranked and ranked[0][0] >= 0.74 and (len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= 0.12):
        entry = ranked[0][1]
        if label.numbering is None or entry.item.numbering is None or label.numbering == entry.item.numbering:
            return entry
    return None
