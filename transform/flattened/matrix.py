"""Table 3 out of flattened text: the sequence of numbers laid over the form's rows of seven.

The one thing to know: the lay-out is the cheapest path through the numbers in order, a row whose total is not the sum
of its six parts, a stray number and a label that stands beside another row's figures each costing something; a cell
is placed only where no other path of nearly the same cost gives it another value.
"""

from __future__ import annotations

from dataclasses import dataclass

from transform.flattened.tokens import Token, bare
from transform.forms.form import Item, load_forms
from transform.recognition.headers import T3_COLUMNS

_BROKEN, _STRAY, _ABSENT, _SHORT, _LABEL, _INSIDE, _LINE, _SPARE = 3.0, 2.0, 4.0, 2.5, 0.5, 1.0, 1.0, 0.1
#: A row between its own label and the next row's that shows fewer than seven figures: empty cells leave no text.
_CLOSED = 0.5
#: Another path this near in cost is another answer.
_MARGIN = 1.0
Placed = list[tuple[str, str | None, Token, str | None]]


@dataclass(frozen=True, slots=True)
class _Path:
    """A way of laying tokens over rows; ``rows`` are (row, first token, count), ``strays`` single tokens."""

    cost: float
    rows: tuple[tuple[int, int, int], ...] = ()
    strays: tuple[int, ...] = ()


def place_matrix(form: str, divided: bool, numbers: list[Token], text: str) -> tuple[Placed, list[tuple[Token, str]]]:
    """Return (placed cells, unplaced tokens with reasons) of Table 3 from its tokens in reading order."""
    rows = rows_of(form, divided)
    anchors = _anchors(rows, numbers)
    printed = bare(text)
    absent = {i for i, row in enumerate(rows) if not any(core in printed for core in row.cores)}
    paths = _paths(len(rows), numbers, anchors, absent, 0.3 * len(rows) + 4)
    if not paths:
        return [], [(t, "numbers do not fill the rows of Table 3") for t in numbers]
    return _accepted(rows, numbers, paths)


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


def _paths(n_rows: int, numbers: list[Token], anchors: dict[int, int], absent: set[int], most: float) -> list[_Path]:
    """Return the cheapest ways to lay all tokens over all rows, best first, their values pairwise different.

    A way that costs more than ``most`` is none.
    """
    total = len(numbers)
    best: dict[tuple[int, int], list[_Path]] = {(0, 0): [_Path(0.0)]}
    for row in range(n_rows + 1):
        for at in range(total + 1):
            here = best.get((row, at))
            if not here:
                continue
            here = best[row, at] = [p for p in here if p.cost <= most]
            if not here:
                continue
            if at < total:
                _extend(best, (row, at + 1), here, _SPARE if numbers[at].spare else _STRAY, None, at)
            if row == n_rows:
                continue
            if row in absent:
                _extend(best, (row + 1, at), here, 0.0, None, None)
            else:
                _extend(best, (row + 1, at), here, _ABSENT, None, None)
            for count in (7, 6):
                if at + count <= total:
                    cost = _row_cost(row, at, count, numbers, anchors)
                    _extend(best, (row + 1, at + count), here, cost, (row, at, count), None)
            closed = _closed(row, at, anchors, absent, n_rows, total)
            if closed:
                _extend(best, (row + 1, at + closed), here, _CLOSED, (row, at, closed), None)
    return _distinct(best.get((n_rows, total), []), numbers)


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


def _extend(
    best: dict[tuple[int, int], list[_Path]],
    state: tuple[int, int],
    paths: list[_Path],
    cost: float,
    row: tuple[int, int, int] | None,
    stray: int | None,
) -> None:
    kept = best.setdefault(state, [])
    for path in paths:
        kept.append(
            _Path(
                path.cost + cost,
                (*path.rows, row) if row else path.rows,
                (*path.strays, stray) if stray is not None else path.strays,
            )
        )
    kept.sort(key=lambda p: p.cost)
    del kept[4:]


def _row_cost(row: int, at: int, count: int, numbers: list[Token], anchors: dict[int, int]) -> float:
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
            cost += _LABEL if i == at else _INSIDE
        elif i in anchors and i > at:
            cost += _INSIDE
    if len({t.line for t in taken if t.piped}) > 1:
        cost += _LINE
    return cost


def _distinct(paths: list[_Path], numbers: list[Token]) -> list[_Path]:
    seen: set[tuple[tuple[int, tuple[float | None, ...]], ...]] = set()
    out = []
    for path in sorted(paths, key=lambda p: p.cost):
        key = tuple((row, tuple(numbers[at + i].number for i in range(count))) for row, at, count in path.rows)
        if key not in seen:
            seen.add(key)
            out.append(path)
    return out


def _accepted(rows: list[Item], numbers: list[Token], paths: list[_Path]) -> tuple[Placed, list[tuple[Token, str]]]:
    best = paths[0]
    rivals = [p for p in paths[1:] if p.cost - best.cost < _MARGIN]
    placed: Placed = []
    rest: list[tuple[Token, str]] = []
    strays = [numbers[i] for i in best.strays if not numbers[i].spare]
    for row, at, count in best.rows:
        taken = numbers[at : at + count]
        values = [t.number for t in taken]
        ambiguous = any(
            next(([numbers[a + i].number for i in range(c)] for r, a, c in rival.rows if r == row), None) != values
            for rival in rivals
        )
        if ambiguous:
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
