"""The statistical lists of 2014 and before out of flattened text: each label followed by (its unit and) its figures.

A list may number its rows before or behind the label (序号, 代码). Such a number is told by the header, or by rising from row
to row, and is never the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest

from transform.flattened.regions import LISTS, squeezed
from transform.flattened.row_labels import named_row
from transform.flattened.standing import runs_of
from transform.flattened.tokens import Token, tokens
from transform.forms.characters import matchable
from transform.forms.form import Item, load_forms
from transform.recognition.statistical_list import counts_rows

Placed = list[tuple[str, str | None, Token, str | None]]
_FORMS = (("sc_2014", "sc_2014_t1"), ("pre2014_local", "e_t1"))
#: A list of fewer rows than this may be a sentence's.
_LEAST = 6
_CODES = re.compile(r"代码|编号|序号|行次|行号")
_TO_DATE = re.compile(r"本期(?:实际|数|发生)?.{0,4}本年累计")
_SINCE_EVER = re.compile(r"(?:统计数|本年度?|数量).{0,4}(?:历年累计|累计)")
_UNIT = re.compile(r"(?:万元|元|人次|条|件|次|篇|个|人|份)\s*\|?\s*$")
_YEARS_COLUMN = "column 本年累计, the year's; 本期实际 stands beside it"
_RECALLED = "label not yet seen on a real annex (unverified_recall)"


@dataclass(frozen=True, slots=True)
class PlacedList:
    """``note`` says which of several columns was taken; None where the list has one."""

    form: str
    table: str
    cells: Placed
    rest: list[tuple[Token, str]]
    note: str | None


def place_lists(text: str) -> PlacedList | None:
    """Return the list that a text holds, None where it holds none."""
    source = squeezed(text)
    begin = LISTS.search(source.text)
    if not begin:
        return None
    numbers = tokens(text, source.place(begin.start(), len(text)), len(text))
    plain = matchable(text)
    found = [
        PlacedList(form, table, *_place(form, numbers, plain, source.text[begin.start() :])) for form, table in _FORMS
    ]
    best = max(found, key=lambda one: len(one.cells))
    return best if len(best.cells) >= _LEAST else None


def _place(
    form: str, numbers: list[Token], text: str, squeezed_text: str
) -> tuple[Placed, list[tuple[Token, str]], str | None]:
    rows = [r for r in load_forms()[form].table("list").rows if not r.heading]
    serials = _leading_serials(numbers, text)
    named: list[tuple[Item, list[Token]]] = []
    seen: list[str] = []
    for run in runs_of([t for t in numbers if t.start not in serials]):
        row = _row(run[0].before, rows, seen) if run[0].before else None
        if row is not None and row.id not in seen:
            seen.append(row.id)
            named.append((row, run))
    header = squeezed_text[: max(0, squeezed_text.find(_first_label(named)))]
    columns, wanted, note = _columns(header)
    runs = [run for _, run in named]
    fuller = sum(len(run) > columns for run in runs) * 2 > len(runs)
    coded = _rises([run[0] for run in runs]) or (bool(_CODES.search(header)) and fuller)
    # One cell a line, the number of the next row before its label: it stands behind this row's figures.
    counted_behind = not coded and _rises([run[-1] for run in runs[:-1]])
    placed: Placed = []
    rest: list[tuple[Token, str]] = []
    for row, run in named:
        figures = run[1:] if coded else run
        if counted_behind and (run is not runs[-1] or len(run) > columns):
            figures = run[:-1]
        if not coded and _CODES.search(header) and not (counted_behind or len(run) > columns or serials):
            rest.extend((t, "may be the code of its row") for t in run)
            continue
        if not figures:
            continue
        if len(figures) != columns:
            rest.extend((t, f"{len(figures)} numbers for the {columns} of {row.label_zh}") for t in figures)
            continue
        placed.append((row.id, None, figures[wanted], _RECALLED if row.guessed else None))
        rest.extend(
            (t, "another column of the list") for n, t in enumerate(figures) if n != wanted and t.number is not None
        )
    return placed, rest, note


def _leading_serials(numbers: list[Token], text: str) -> set[int]:
    """Return the places of the numbers that begin a line and count its rows: 3 其中：主动公开规范性文件数 条 0."""
    leading = []
    for token, following in zip_longest(numbers, numbers[1:]):
        line_start = text.rfind("\n", 0, token.start) + 1
        behind = text[token.stop : following.start if following else len(text)].split("\n")[0]
        if not text[line_start : token.start].strip(" |\t") and len(re.findall(r"[\u3400-\u9fff]", behind)) >= 3:
            leading.append(token)
    return {t.start for t in leading} if _rises(leading) else set()


def _rises(column: list[Token]) -> bool:
    return counts_rows([t.number for t in column])


def _columns(header: str) -> tuple[int, int, str | None]:
    """Return (how many columns of figures a header tells, which of them is the year's, what is to be said of it)."""
    if _TO_DATE.search(header):
        return 2, 1, _YEARS_COLUMN
    return (2, 0, None) if _SINCE_EVER.search(header) else (1, 0, None)


def _first_label(named: list[tuple[Item, list[Token]]]) -> str:
    cores = [core for row, _ in named[:1] for core in row.cores if named[0][1][0].before.find(core) >= 0]
    return max(cores, key=len, default="")


def _row(before: str, rows: list[Item], seen: list[str]) -> Item | None:
    """Return what a label names; one that stands twice in the form belongs to the total printed last above it."""
    for label in (before, _UNIT.sub("", before)):
        if row := named_row(label, rows):
            return row
        longest = max((len(c) for r in rows for c in r.cores if label.endswith(c)), default=0)
        matches = [r for r in rows if any(len(c) == longest and label.endswith(c) for c in r.cores)]
        open_groups = [r for r in matches if r.parent in seen and r.id not in seen]
        if longest >= 4 and open_groups:
            return max(open_groups, key=lambda r: seen.index(r.parent or ""))
    return None
