"""Tables 2 and 4 out of flattened text.

Table 2: a row label followed by exactly its figures is placed at once; what remains is laid over the blocks in the
form's order, by rows or by columns, and accepted only where signs and inequalities leave one answer. Table 4: three
groups of four and their totals, the totals wherever the text flow put them, accepted only where one way adds up.
"""

from __future__ import annotations

from itertools import combinations, product

from transform.flattened.row_labels import named_row
from transform.flattened.standing import runs_of, without_padding
from transform.flattened.tokens import Token
from transform.forms.form import FormBlock, Item, load_forms
from transform.recognition.headers import T4_COLUMNS

Placed = list[tuple[str, str | None, Token, str | None]]
_T4_WORDS = frozenset("行政复议诉讼未经直接起后结果维持纠正其它他尚审总计合")
_SIGNED = frozenset(["items_change"])
_AMOUNTS = frozenset(["amount"])


def place_blocks(form: str, numbers: list[Token]) -> tuple[Placed, list[tuple[Token, str]]]:
    """Return (placed cells, unplaced tokens with reasons) of Table 2 from its tokens in reading order."""
    placed: Placed = []
    blocks = load_forms()[form].table("blocks").blocks
    printed = "".join(t.before for t in numbers)
    every_row = [row for block in blocks for row in block.rows]
    runs = [run for run in runs_of(numbers) if not all(t.blank for t in run) or named_row(run[0].label, every_row)]
    open_rows: list[tuple[FormBlock, list[Item]]] = []
    for block in blocks:
        left = []
        headed = any(core in printed for column in block.columns for core in column.cores)
        for row in block.rows:
            run = next((r for r in runs if _is_of(r, row, every_row, len(block.columns))), None)
            if run is None:
                left.append(row)
            else:
                doubt = None if headed else "no header over the row, columns by order"
                figures = without_padding(run, len(block.columns))
                placed.extend((f"{row.id}.{c.id}", None, t, doubt) for c, t in zip(block.columns, figures, strict=True))
                runs.remove(run)
        if left:
            open_rows.append((block, left))
    runs = [kept for run in runs if (kept := [t for t in run if not t.blank])]
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
        if len(answers) == 1 and _in_its_place(block, blocks, mine, placed):
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


def _in_its_place(block: FormBlock, blocks: tuple[FormBlock, ...], runs: list[list[Token]], placed: Placed) -> bool:
    """Tell whether figures laid over a block stand between those of the blocks before and behind it."""
    order = {row.id: n for n, one in enumerate(blocks) for row in one.rows}
    number = blocks.index(block)
    places = [t.start for run in runs for t in run]
    before = [t.start for i, _, t, _ in placed if order[i.partition(".")[0]] < number]
    behind = [t.start for i, _, t, _ in placed if order[i.partition(".")[0]] > number]
    return max(before, default=-1) < min(places, default=0) and max(places, default=0) < min(behind, default=10**12)


def _is_of(run: list[Token], row: Item, rows: list[Item], cells: int) -> bool:
    """Tell whether a run is a row's own: its label directly before exactly its figures."""
    return (
        len(without_padding(run, cells)) == cells
        and (named_row(run[0].label, rows) or named_row(run[0].before, rows)) is row
    )


def place_single_row(numbers: list[Token]) -> tuple[Placed, list[tuple[Token, str]]]:
    """Return (placed cells, unplaced tokens with reasons) of Table 4 from its tokens in reading order."""
    numbers = _of_the_table(numbers)
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


def _of_the_table(numbers: list[Token]) -> list[Token]:
    """Return the fifteen figures that stand together, without those of sentences before and after, if there are such."""
    parts: list[list[Token]] = []
    for token in numbers:
        if not parts or not set(token.before) <= _T4_WORDS:
            parts.append([])
        parts[-1].append(token)
    whole = [kept for part in parts if len(kept := [t for t in part if not t.blank]) == 15]
    return whole[0] if len(whole) == 1 else [t for t in numbers if not t.blank]


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
