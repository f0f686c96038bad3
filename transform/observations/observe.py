"""From form cells to observations: values, units, status and how surely each was read.

In: the FormTables of one or two readings of a document. Out: one Observation per printed cell and the left-overs. The
one thing to know: ``reading`` is decided here from places and labels alone; what the arithmetic says (``consistency``)
is added by ``checks.py`` and never changes it.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise

from extract.errors import ReferenceDataError
from transform.forms.form import MODERN, load_forms
from transform.forms.measures import STANDARD_MEASURES, counted, full_measure
from transform.observation import FormCell, FormTable, Leftover, Observation
from transform.observations.shown_cell import judge
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


def _observation(table: FormTable, cell: FormCell, occurrence: int) -> Observation:
    text, value, contradicted, reserve = judge(cell.cell)
    of_form = form_measure(table.form, table.table, cell.indicator)
    unit = full_measure(value.unit, cell.header_unit or of_form) or cell.header_unit or of_form
    value_std, unit_std = standardise(value.value, unit)
    if unit_std and of_form in STANDARD_MEASURES and unit and counted(unit) == counted(of_form) == "件":
        unit_std = STANDARD_MEASURES[of_form][0]  # 3个 or 12份 in a column of 件: one is one, by whatever measure word
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
def form_measure(form: str, table: str, indicator: str) -> str | None:
    """Return the measure that the form itself gives an indicator, None where it fixes none."""
    try:
        return load_forms()[form].measure_of(indicator)
    except ReferenceDataError:
        # The undivided row （六）其他处理 of 2019 inside a 2021 table counts requests like the rows around it.
        return "件" if form in MODERN and table == "t3" else None
