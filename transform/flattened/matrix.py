"""Table 3 out of flattened text: the sequence of numbers laid over the form's rows of seven.

The one thing to know: the lay-out is the cheapest path through the numbers in order, a row whose total is not the sum
of its six parts, a stray number and a label that stands beside another row's figures each costing something; a cell
is placed only where no other path of nearly the same cost gives it another value.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from transform.flattened.tokens import Token, bare
from transform.forms.form import Item, load_forms
from transform.recognition.headers import T3_COLUMNS

_BROKEN, _STRAY, _ABSENT, _SHORT, _LABEL, _INSIDE, _LINE, _SPARE = 3.0, 2.0, 4.0, 2.5, 0.5, 1.0, 1.0, 0.1
#: A row whose label is not printed seldom has figures.
_UNNAMED = 2.0
#: Labels shorter than this are those of columns or groups too.
_LONG = 4
#: A label in one line with exactly its seven figures is hardly another row's.
_FIRM = 4.0
#: A row between its own label and the next row's that shows fewer than seven figures: empty cells leave no text.
_CLOSED = 0.5
#: Another path this near in cost is another answer.
_MARGIN = 1.0
Placed = list[tuple[str, str | None, Token, str | None]]


@dataclass(frozen=True, slots=True)
class _Layout:
    """A way of laying figures over rows.

    ``rows`` are (row, first figure, count), ``strays`` single figures; ``rivals`` are the values that each row holds in ways of
    nearly the same cost, None where it holds none.
    """

    rows: tuple[tuple[int, int, int], ...]
    strays: tuple[int, ...]
    rivals: dict[int, set[tuple[float | None, ...] | None]]


class _Text:
    """The figures in reading order, with what their lines say of them.

    ``anchors`` names the row whose label stands directly before a figure; ``firm`` are anchors in one line with exactly the seven
    figures of a row, ``full_lines`` the lines that hold a row's figures.
    """

    def __init__(self, numbers: list[Token], anchors: dict[int, int]) -> None:
        sizes = Counter(t.line for t in numbers)
        self.numbers, self.anchors = numbers, anchors
        self.full_lines = {line for line, size in sizes.items() if size >= 6}
        self.firm = {at for at in anchors if sizes[numbers[at].line] == 7 and self._labelled(at)}

    def _labelled(self, at: int) -> bool:
        row = self.numbers[at : at + 7]
        in_line = re.search(r"[\u3400-\u9fff]", row[0].label.rpartition("\n")[2]) is not None
        return in_line and len({t.line for t in row}) == 1 and not any(t.before for t in row[1:])


def place_matrix(form: str, divided: bool, numbers: list[Token], text: str) -> tuple[Placed, list[tuple[Token, str]]]:
    """Return (placed cells, unplaced tokens with reasons) of Table 3 from its tokens in reading order."""
    rows = rows_of(form, divided)
    known = _Text(numbers, _anchors(rows, numbers))
    printed = bare(text)
    absent = {i for i, row in enumerate(rows) if not _is_printed(row, printed, re.sub(r"\d", "", printed))}
    layout = _lay_out(len(rows), known, absent, 0.3 * len(rows) + 4)
    if not layout:
        return [], [(t, "numbers do not fill the rows of Table 3") for t in numbers]
    return _accepted(rows, numbers, layout)


def _is_printed(row: Item, printed: str, without_figures: str) -> bool:
    """Tell whether a row's label stands in a bare text, its own figures perhaps within it; a short one with its number."""
    number = (row.numbering or "").strip("()")
    return any(
        number + core in printed or (len(core) >= _LONG and re.sub(r"\d", "", core) in without_figures)
        for core in row.cores
    )


def rows_of(form: str, divided: bool) -> list[Item]:
    """Return the rows of Table 3 that hold figures."""
    rows = load_forms()["sc_2021" if divided else form].table("matrix").rows
    if divided:
        return [r for r in rows if not r.heading]
    return [r for r in rows if (not r.heading or r.id == "res_other") and r.parent != "res_other"]


def _anchors(rows: list[Item], numbers: list[Token]) -> dict[int, int]:
    """Return token → row where a row's own label stands directly before the token."""
    names = []
    for i, row in enumerate(rows):
        number = (row.numbering or "").strip("()")
        for core in row.cores:
            names.append((number + core, i))
            if len(core) >= 6:
                names.append((core, i))
    names.sort(key=lambda n: -len(n[0]))
    out = {}
    for at, token in enumerate(numbers):
        if token.before:
            named = next((i for name, i in names if token.before.endswith(name)), None)
            if named is not None:
                out[at] = named
    return out


def _lay_out(n_rows: int, text: _Text, absent: set[int], most: float) -> _Layout | None:
    """Return the cheapest way to lay all figures over all rows, with what else each row could hold at nearly its cost.

    None where the cheapest costs more than ``most``. Costs from the beginning and to the end are exact, so that no rival is
    overlooked.
    """
    total = len(text.numbers)
    infinite = float("inf")
    from_start: dict[tuple[int, int], float] = {(0, 0): 0.0}
    steps: dict[tuple[int, int], list[tuple[tuple[int, int], float, int]]] = {}
    for row in range(n_rows + 1):
        for at in range(total + 1):
            here = from_start.get((row, at), infinite)
            if here > most + _MARGIN:
                continue
            steps[row, at] = _steps(row, at, n_rows, text, absent)
            for state, cost, _ in steps[row, at]:
                from_start[state] = min(from_start.get(state, infinite), here + cost)
    to_end: dict[tuple[int, int], float] = {(n_rows, total): 0.0}
    for place in reversed(steps):
        costs = [cost + to_end.get(state, infinite) for state, cost, _ in steps[place]]
        to_end[place] = min([to_end.get(place, infinite), *costs])
    best = to_end.get((0, 0), infinite)
    if best > most:
        return None
    rivals: dict[int, set[tuple[float | None, ...] | None]] = {row: set() for row in range(n_rows)}
    for (row, at), found in steps.items():
        for state, cost, count in found:
            if state[0] > row and from_start[row, at] + cost + to_end.get(state, infinite) < best + _MARGIN:
                rivals[row].add(_values(text.numbers[at : at + count]))
    rows, strays = [], []
    row = at = 0
    while (row, at) != (n_rows, total):
        state, _, count = min(steps[row, at], key=lambda s: s[1] + to_end.get(s[0], infinite))
        if count:
            rows.append((row, at, count))
        elif state[0] == row:
            strays.append(at)
        row, at = state
    return _Layout(tuple(rows), tuple(strays), rivals)


def _values(figures: list[Token]) -> tuple[float | None, ...] | None:
    return tuple(t.number for t in figures) or None


def _steps(row: int, at: int, n_rows: int, text: _Text, absent: set[int]) -> list[tuple[tuple[int, int], float, int]]:
    """Return (state it leads to, cost, figures the row takes) of each step from a state (row, figure)."""
    numbers, total = text.numbers, len(text.numbers)
    out: list[tuple[tuple[int, int], float, int]] = []
    if row < n_rows:
        for count in (7, 6):
            if at + count <= total:
                cost = _row_cost(row, at, count, text) + (_UNNAMED if row in absent else 0.0)
                out.append(((row + 1, at + count), cost, count))
        closed = _closed(row, at, text.anchors, absent, n_rows, total)
        if closed:
            out.append(((row + 1, at + closed), _CLOSED, closed))
        out.append(((row + 1, at), 0.0 if row in absent else _ABSENT, 0))
    if at < total:
        out.append(((row, at + 1), _SPARE if numbers[at].spare else _STRAY, 0))
    return out


def _closed(row: int, at: int, anchors: dict[int, int], absent: set[int], n_rows: int, total: int) -> int:
    """Return how many figures, fewer than seven, stand between a row's own label and the next row's; 0 if not so."""
    if anchors.get(at) != row:
        return 0
    following = next((r for r in range(row + 1, n_rows) if r not in absent), None)
    for count in range(1, 7):
        if at + count == total:
            return count if following is None else 0
        if at + count in anchors:
            return count if anchors[at + count] == following else 0
    return 0


def _row_cost(row: int, at: int, count: int, text: _Text) -> float:
    numbers, anchors = text.numbers, text.anchors
    taken = numbers[at : at + count]
    cost = 0.0 if count == 7 else _SHORT
    figures = [t.number for t in taken]
    if (
        count == 7
        and None not in figures
        and abs(sum(f for f in figures[:6] if f is not None) - (figures[6] or 0)) > 1e-9
    ):
        cost += _BROKEN
    for i in range(at, at + count):
        if i in anchors and anchors[i] != row:
            cost += _INSIDE if i > at else _FIRM if at in text.firm else _LABEL
        elif i in anchors and i > at:
            cost += _INSIDE
    lines = {t.line for t in taken}
    if len(lines) > 1 and (any(t.piped for t in taken) or lines <= text.full_lines):
        # Rows of one line each are not cut in two.
        cost += _LINE
    return cost


def _accepted(rows: list[Item], numbers: list[Token], layout: _Layout) -> tuple[Placed, list[tuple[Token, str]]]:
    placed: Placed = []
    rest: list[tuple[Token, str]] = []
    strays = [numbers[i] for i in layout.strays if not numbers[i].spare]
    for row, at, count in layout.rows:
        taken = numbers[at : at + count]
        if len(layout.rivals[row]) > 1:
            rest.extend((t, f"could stand in more than one row near {rows[row].label_zh}") for t in taken)
            continue
        parts = [t.number or 0.0 for t in taken[:6]]
        total: Token | None = taken[6] if count == 7 else None
        doubt = None
        if count >= 6 and (total is None or total.blank) and len(strays) == 1 and strays[0].number == sum(parts):
            total, doubt = strays.pop(), "printed away from its row"
        if count < 7 and total is None:
            # Which of the seven cells is missing cannot be told, not even by the sums.
            rest.extend((t, f"row {rows[row].label_zh} shows {count} of its 7 figures") for t in taken)
            continue
        for column, token in zip(T3_COLUMNS, taken[:6], strict=False):
            placed.append((rows[row].id, column, token, None))
        if total is not None:
            placed.append((rows[row].id, T3_COLUMNS[6], total, doubt))
    rest.extend((t, "stands outside the rows of Table 3") for t in strays)
    return placed, rest
