"""Rows that stand by themselves in flattened text: their own label and exactly their figures.

Where a table as a whole cannot be laid out (a part is missing, strangers stand between), such a row is placed all the same,
and what cannot be placed costs only itself. It is ``single`` only where its own sum holds and is not all zeros.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from transform.flattened.row_labels import named_row, wrapped_row
from transform.flattened.tokens import Token
from transform.forms.form import Item
from transform.recognition.headers import T3_COLUMNS, T4_COLUMNS, T4_LEAVES

Placed = list[tuple[str, str | None, Token, str | None]]
_ALONE = "row placed by its own label alone, no sum of its own proves it"
_CUT = "the text ends within the row"
_GROUPS = (
    ("review", "行政复议"),
    ("lit_direct", "未经复议直接起诉"),
    ("lit_post", "复议后起诉"),
)


def runs_of(numbers: list[Token]) -> list[list[Token]]:
    """Return the figures that stand side by side without a word between them."""
    runs: list[list[Token]] = []
    for token in numbers:
        if token.before or not runs:
            runs.append([])
        runs[-1].append(token)
    return runs


def without_padding(run: list[Token], cells: int) -> list[Token]:
    """Return a run without the empty cells that fill its line up to the table's width."""
    end = len(run)
    while end > cells and run[end - 1].blank:
        end -= 1
    return run[:end]


def standing_rows(rows: list[Item], numbers: list[Token], text: str) -> Placed:
    """Return the cells of the rows of Table 3 that stand by themselves in a document's text."""
    runs = runs_of(numbers)
    # Figures before the first label: labels may follow their figures here, and only a whole line is safe.
    loose = bool(runs) and len(runs[0]) >= len(T3_COLUMNS) and named_row(runs[0][0].label, rows) is None
    found: dict[str, list[list[Token]]] = {}
    for run, following in zip_longest(runs, runs[1:]):
        row = named_row(run[0].label, rows) or wrapped_row(
            run[0].before, following[0].before if following else "", rows
        )
        taken = without_padding(run, len(T3_COLUMNS))
        in_line = re.search(r"[\u3400-\u9fff]", run[0].label.rpartition("\n")[2]) is not None
        whole_line = in_line and len({t.line for t in taken}) == 1
        if row is not None and (whole_line or not loose):
            found.setdefault(row.id, []).append(taken)
    placed: Placed = []
    for row_id, taken_runs in found.items():
        (taken, *others) = taken_runs
        if others and any([t.number for t in other] != [t.number for t in taken] for other in others):
            continue
        if len(taken) == len(T3_COLUMNS):
            doubt = None if _adds_up(taken) else _ALONE
        elif len(taken) < len(T3_COLUMNS) and _is_cut(taken, text):
            doubt = _CUT
        else:
            continue
        placed.extend((row_id, column, t, doubt) for column, t in zip(T3_COLUMNS, taken, strict=False))
    return placed


def standing_cases(numbers: list[Token]) -> Placed:
    """Return the cells of Table 4 from a line of exactly fifteen figures, or from groups of five under their own headings."""
    lines = [[t for t in numbers if t.line == line] for line in dict.fromkeys(t.line for t in numbers)]
    rows = [row for line in lines if len(row := without_padding(line, 15)) == 15 and not any(t.before for t in row[1:])]
    if len(rows) == 1:
        groups = [rows[0][i : i + 5] for i in (0, 5, 10)]
        doubt = None if all(map(_group_holds, groups)) and any(t.number for t in rows[0]) else _ALONE
        return [(c, None, t, doubt) for c, t in zip(T4_COLUMNS, rows[0], strict=True)]
    if rows:
        return []
    placed: Placed = []
    for run in runs_of(numbers):
        taken = without_padding(run, len(T4_LEAVES))
        heading = run[0].before
        if len(taken) != len(T4_LEAVES) or not heading.endswith("结果维持结果纠正其他结果尚未审结总计"):
            continue
        before = heading.removesuffix("结果维持结果纠正其他结果尚未审结总计")
        group = next((g for g, words in reversed(_GROUPS) if before.endswith(words)), None)
        if group is None or any(p[0].startswith(group) for p in placed):
            continue
        doubt = None if _group_holds(taken) and any(t.number for t in taken) else _ALONE
        placed.extend((f"{group}_{leaf}", None, t, doubt) for leaf, t in zip(T4_LEAVES, taken, strict=True))
    return placed


def _is_cut(row: list[Token], text: str) -> bool:
    """Tell whether the text ends within a row whose cells, empty ones too, are kept apart with |."""
    return not text[row[-1].stop :].strip(" |\n\t") and all(re.match(r"[ \t]*\|", text[t.stop :][:9]) for t in row)


def _adds_up(row: list[Token]) -> bool:
    figures = [t.number or 0.0 for t in row]
    return row[-1].number is not None and any(figures) and abs(sum(figures[:-1]) - figures[-1]) < 1e-9


def _group_holds(group: list[Token]) -> bool:
    figures = [t.number or 0.0 for t in group]
    return group[-1].number is not None and abs(sum(figures[:-1]) - figures[-1]) < 1e-9
