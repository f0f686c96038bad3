"""From form cells to observations: values, units, status and how surely each was read.

In: the FormTables of one or two readings of a document. Out: one Observation per printed cell and the left-overs. The
one thing to know: ``reading`` is decided here from places and labels alone; what the arithmetic says (``consistency``)
is added by ``checks.py`` and never changes it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from transform.forms.form import MODERN, load_forms
from transform.forms.measures import STANDARD_UNITS, counted, full_unit
from transform.observation import FormCell, FormTable, Leftover, Observation
from transform.observations.shown_cell import UNDECIDED, judge
from transform.recognition.values import standardise


def observe(tables: list[FormTable]) -> list[Observation]:
    """Return the observations of one reading, in the order the cells stand, ``occurrence`` counted from 1."""
    times: Counter[tuple[str, str | None]] = Counter()
    out = []
    for table in tables:
        for cell in table.cells:
            times[cell.indicator, cell.applicant] += 1
            out.append(_observation(table, cell, times[cell.indicator, cell.applicant]))
    return out


def leftovers(tables: list[FormTable]) -> list[Leftover]:
    """Return every other filled cell of the official tables with its reason."""
    return [Leftover(cell.locator, cell.text, reason) for table in tables for cell, reason in table.leftovers]


def agree(first: list[Observation], second: list[Observation]) -> list[Observation]:
    """Return the observations of two independent readings of the same document.

    Both agree on value and status: ``confirmed``, unless either place carries a doubt or a guess. They disagree:
    ``doubtful``, the first reading's value kept and the other's named in ``note``. Only one has the cell: as that
    reading left it. Which of two disagreeing readings is right is never voted on.
    """
    others = {(o.indicator, o.applicant, o.occurrence): o for o in second}
    out = []
    for one in first:
        other = others.pop((one.indicator, one.applicant, one.occurrence), None)
        out.append(one if other is None else _compared(one, other))
    return [*out, *others.values()]


def _compared(one: Observation, other: Observation) -> Observation:
    same = one.value == other.value and one.status == other.status
    if same and one.reader == other.reader and one.reading == "single":
        # One program reads two files of a report: what it misreads it may misread twice.
        return one
    if same and one.reading == other.reading == "single" and {one.note, other.note} <= {None, UNDECIDED}:
        return replace(one, reading="confirmed", reader=f"{one.reader}; {other.reader}")
    if same and "confirmed" in (one.reading, other.reading):
        # A place that a document's own structure proves needs no other reading.
        return one if one.reading == "confirmed" else other
    if same:
        return one if one.reading == "single" else other
    # A reading whose own structure is in doubt does not get the first word.
    kept, lost = (one, other) if one.reading != "doubtful" or other.reading == "doubtful" else (other, one)
    return replace(kept, reading="doubtful", note=f"{lost.reader} reads {lost.value_text!r} at {lost.locator}")


def _observation(table: FormTable, cell: FormCell, occurrence: int) -> Observation:
    text, value, contradicted, reserve = judge(cell.cell)
    of_form = form_unit(table.form, table.table, cell.indicator)
    unit = full_unit(value.unit, cell.header_unit or of_form) or cell.header_unit or of_form
    value_std, unit_std = standardise(value.value, unit)
    if unit_std and of_form in STANDARD_UNITS and unit and counted(unit) == counted(of_form) == "件":
        unit_std = STANDARD_UNITS[of_form][0]  # 3个 or 12份 in a column of 件: one is one, by whatever measure word
    doubt = cell.doubt or contradicted or cell.cell.doubt
    if unit and of_form and counted(unit) != counted(of_form):
        doubt = doubt or f"counted in {unit}, which is not what the form counts in ({of_form})"
    if value.broken and (table.structural or not _is_wrapped(text)):
        doubt = doubt or "digits stand apart in the cell"
    doubt = doubt or value.doubt
    if value.status == "unreadable":
        doubt = doubt or value.note
    if doubt:
        reading = "doubtful"
    elif table.structural and cell.exact_row and cell.exact_column and not cell.guess:
        reading = "confirmed"
    else:
        reading = "single"
    return Observation(
        form=table.form,
        indicator=cell.indicator,
        applicant=cell.applicant,
        value=value.value,
        value_text=text,
        unit=unit,
        value_std=value_std,
        unit_std=unit_std,
        source="table",
        status=value.status,
        reading=reading,
        consistency="uncovered",
        locator=cell.cell.locator,
        reader=table.reader,
        occurrence=occurrence,
        note=doubt or cell.guess or reserve,
    )


def _is_wrapped(text: str) -> bool:
    """Tell whether digits on several lines can be one number that a narrow column wrapped: no gap within a line, and
    each line filled, so that none is shorter than the next."""
    lines = [line.strip() for line in text.strip().split("\n")]
    return not any(re.search(r"\s", line) for line in lines) and all(len(a) >= len(b) for a, b in pairwise(lines))


@lru_cache(maxsize=1024)
def form_unit(form: str, table: str, indicator: str) -> str | None:
    """Return the unit that the form itself gives an indicator, None where it fixes none."""
    for official in load_forms()[form].tables:
        if official.id != table:
            continue
        for block in official.blocks:
            row, _, column = indicator.partition(".")
            for item in block.columns:
                if item.id == column and any(r.id == row for r in block.rows):
                    return item.unit
        for item in (*official.rows, *official.columns):
            if item.id == indicator:
                return item.unit
    if form in MODERN and table == "t3":
        # The undivided row （六）其他处理 of 2019 inside a 2021 table counts requests like the rows around it.
        return "件"
    return None
