"""Tables 2 and 4 and the statistical lists out of flattened text.

Table 2: a row label followed by exactly its figures is placed at once; what remains is laid over the blocks in the
form's order, by rows or by columns, and accepted only where signs and inequalities leave one answer. Table 4: three
groups of four and their totals, the totals wherever the text flow put them, accepted only where one way adds up.
"""

from __future__ import annotations

from itertools import combinations, product

from transform.flattened.tokens import Token
from transform.forms.form import FormBlock, Item, load_forms
from transform.recognition.asked import EVERY_LABEL, ask
from transform.recognition.headers import T4_COLUMNS

Placed = list[tuple[str, str | None, Token, str | None]]
_SIGNED = frozenset(["items_change"])
_AMOUNTS = frozenset(["amount"])


def place_blocks(form: str, numbers: list[Token]) -> tuple[Placed, list[tuple[Token, str]]]:
    """Return (placed cells, unplaced tokens with reasons) of Table 2 from its tokens in reading order."""
    ask(*EVERY_LABEL)
    placed: Placed = []
    blocks = load_forms()[form].table("blocks").blocks
    runs = _runs(numbers)
    open_rows: list[tuple[FormBlock, list[Item]]] = []
    for block in blocks:
        left = []
        for row in block.rows:
            run = next((r for r in runs if r and len(r) == len(block.columns) and _ends_with(r[0].before, row)), None)
            if run is None:
                left.append(row)
            else:
                placed.extend((f"{row.id}.{c.id}", None, t, None) for c, t in zip(block.columns, run, strict=True))
                runs.remove(run)
        if left:
            open_rows.append((block, left))
    rest: list[tuple[Token, str]] = []
    expected = sum(len(rows) * len(block.columns) for block, rows in open_rows)
    if expected != sum(len(r) for r in runs):
        return placed, [
            (t, f"{sum(len(r) for r in runs)} numbers for {expected} cells of Table 2") for r in runs for t in r
        ]
    for block, rows in open_rows:
        need = len(rows) * len(block.columns)
        mine: list[list[Token]] = []
        while runs and need > 0:
            run = runs.pop(0)
            if len(run) > need:
                runs.insert(0, run[need:])
                run = run[:need]
            mine.append(run)
            need -= len(run)
        answers = {
            tuple(t.number for row in a for t in row): a for a in _layouts(block, rows, mine) if _possible(block, a)
        }
        if len(answers) == 1:
            answer = next(iter(answers.values()))
            placed.extend(
                (f"{row.id}.{c.id}", None, t, None)
                for row, figures in zip(rows, answer, strict=True)
                for c, t in zip(block.columns, figures, strict=True)
            )
        else:
            why = f"{len(answers)} ways to place the figures of {block.label_zh}"
            rest.extend((t, why) for run in mine for t in run)
    return placed, rest


def place_single_row(numbers: list[Token]) -> tuple[Placed, list[tuple[Token, str]]]:
    """Return (placed cells, unplaced tokens with reasons) of Table 4 from its tokens in reading order."""
    if len(numbers) != 15:
        return [], [(t, f"{len(numbers)} numbers for the 15 cells of Table 4") for t in numbers]
    if len({t.line for t in numbers}) == 1 and not any(t.before for t in numbers[1:]):
        # One unbroken line of fifteen is the row as printed, whatever it adds up to.
        return [(c, None, t, None) for c, t in zip(T4_COLUMNS, numbers, strict=True)], []
    run_of: list[int] = []
    for i, token in enumerate(numbers):
        run_of.append(run_of[-1] + 1 if i and token.before else run_of[-1] if i else 0)
    fours = [range(i, i + 4) for i in range(12) if run_of[i] == run_of[i + 3]]
    answers: dict[tuple[float | None, ...], list[Token]] = {}
    for groups in combinations(fours, 3):
        taken = [i for g in groups for i in g]
        if len(set(taken)) < 12:
            continue
        totals = [i for i in range(15) if i not in taken]
        order = [i for g, total in zip(groups, totals, strict=True) for i in (*g, total)]
        if all(
            sum(numbers[i].number or 0 for i in g) == numbers[t].number for g, t in zip(groups, totals, strict=True)
        ):
            answers[tuple(numbers[i].number for i in order)] = [numbers[i] for i in order]
    if len(answers) == 1:
        return [(c, None, t, None) for c, t in zip(T4_COLUMNS, next(iter(answers.values())), strict=True)], []
    return [], [(t, f"{len(answers)} ways to place the figures of Table 4") for t in numbers]


def place_list(form: str, numbers: list[Token]) -> Placed:
    """Return the cells of a statistical list: each label directly followed by (its unit and) one number."""
    ask(*EVERY_LABEL)
    placed: Placed = []
    seen: list[str] = []
    rows = load_forms()[form].table("list").rows
    for i, token in enumerate(numbers):
        if (
            token.blank
            or not token.before
            or (i + 1 < len(numbers) and not numbers[i + 1].before and form == "sc_2014")
        ):
            continue
        matches = [r for r in rows if not r.heading and _ends_with(_without_unit(token.before, r), r)]
        if not matches:
            continue
        longest = max(len(c) for r in matches for c in r.cores if _without_unit(token.before, r).endswith(c))
        matches = [r for r in matches if any(len(c) == longest for c in r.cores)]
        row = max(matches, key=lambda r: seen[::-1].index(r.parent) * -1 if r.parent in seen else -len(seen) - 1)
        if row.id in seen:
            continue
        seen.append(row.id)
        placed.append(
            (row.id, None, token, "label not yet seen on a real annex (unverified_recall)" if row.guessed else None)
        )
    return placed


def _runs(numbers: list[Token]) -> list[list[Token]]:
    runs: list[list[Token]] = []
    for token in numbers:
        if token.before or not runs:
            runs.append([])
        runs[-1].append(token)
    return runs


def _ends_with(before: str, row: Item) -> bool:
    return any(before.endswith(core) for core in row.cores)


def _without_unit(before: str, row: Item) -> str:
    unit = row.unit or ""
    return before[: -len(unit)] if unit and before.endswith(unit) and not _ends_with(before, row) else before


def _layouts(block: FormBlock, rows: list[Item], runs: list[list[Token]]) -> list[list[list[Token]]]:
    """Return every way the runs can fill rows x columns: all by rows, or each run some whole columns."""
    n, m = len(rows), len(block.columns)
    flat = [t for run in runs for t in run]
    out = [[flat[i * m : (i + 1) * m] for i in range(n)]]
    if n > 1 and all(len(run) % n == 0 for run in runs):
        for by_columns in product((False, True), repeat=len(runs)):
            table: list[list[Token]] = [[] for _ in range(n)]
            for run, down in zip(runs, by_columns, strict=True):
                width = len(run) // n
                for i in range(n):
                    table[i].extend(run[i + j * n] if down else run[i * width + j] for j in range(width))
            out.append(table)
    if len(runs) > 1:
        # Several runs are columns printed one after the other; read across they would be cut at their ends.
        out = out[1:] or out
    return out


def _possible(block: FormBlock, table: list[list[Token]]) -> bool:
    ids = [c.id for c in block.columns]
    for row in table:
        figures = dict(zip(ids, (t.number or 0.0 for t in row), strict=True))
        if any(v < 0 for k, v in figures.items() if k not in _SIGNED):
            return False
        if any(v != int(v) for k, v in figures.items() if k not in _AMOUNTS):
            return False
        if figures.get("disclosed_new", 0) > figures.get("disclosed_total", float("inf")):
            return False
    return True
