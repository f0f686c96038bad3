"""The crosswalk of the forms (data/reference/forms/crosswalk.json) as columns of the panel.

The one thing to know: no column runs across a break. Where the comparability of a concept between two forms is
``break``, or the form between them has no such row, the concept gives one column for each side, with the first year of
its form as suffix (``_2014``, ``_2019``).

An expression is a sum or difference of cells (``review_upheld + review_other``). ``a | b`` is whichever of the two the
report prints, ``,`` separates concepts kept apart, ``[total]`` is a column of Table 3, ``[c]`` each of its columns,
``x.`` each row of Table 2 that has the columns named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extract.errors import ReferenceDataError
from transform.forms.expressions import Part, parse_sum, write_sum
from transform.forms.form import Form, load_forms
from transform.forms.measures import STANDARD_MEASURES
from transform.forms.reference import read_reference

#: The forms in the order in which they were prescribed, with the crosswalk's names of the steps between them.
ORDER = ("pre2014_local", "sc_2014", "sc_2019", "sc_2021")
STEPS = ("pre2014_to_2014", "sc_2014_to_2019", "sc_2019_to_2021")
#: Stata names have at most 32 characters, and ``_read`` must fit.
LONGEST = 27


@dataclass(frozen=True)
class PanelColumn:
    """One column of the panel: for each form it covers the alternatives, each a sum of parts.

    ``unit`` is the standard unit (元, not 万元); where the forms differ it is that of the latest, and ``note`` of the
    crosswalk says so. ``formulas`` are the same as written.
    """

    name: str
    concept: str
    label_en: str
    unit: str | None
    note: str
    comparability: tuple[tuple[str, str], ...]
    formulas: tuple[tuple[str, str], ...]
    alternatives: dict[str, tuple[tuple[Part, ...], ...]]


@lru_cache(maxsize=1)
def panel_columns() -> tuple[PanelColumn, ...]:
    """Return the columns of the panel in the order of the crosswalk.

    Raises:
        ReferenceDataError: an expression cannot be read, names a cell no form has, or a name is too long or given twice.
    """
    columns: list[PanelColumn] = []
    seen: set[tuple[str, str]] = set()
    for entry in read_reference("crosswalk")["crosswalk"]:
        for column in _columns(entry):
            # "each row" and "each applicant" also run over cells that are a concept of their own (fee items, totals).
            if not seen.issuperset(column.formulas):
                columns.append(column)
            seen.update(column.formulas)
    names = [c.name for c in columns]
    for name in names:
        if len(name) > LONGEST or names.count(name) > 1:
            raise ReferenceDataError(
                f'crosswalk.json: column {name} is too long or given twice; add a shorter "column"'
            )
    return tuple(columns)


def _columns(entry: dict[str, Any]) -> Iterator[PanelColumn]:
    concept = entry.get("column", entry["id"])
    apart = any("," in (e or "") or "[c]" in (e or "") or "x." in (e or "") for e in entry["maps"].values())
    pieces: dict[str, dict[str, tuple[tuple[Part, ...], ...]]] = {}
    for form in ORDER:
        expression = entry["maps"].get(form)
        for suffix, alternatives in _expand(expression, load_forms()[form]) if expression else ():
            pieces.setdefault(suffix if apart else concept, {})[form] = alternatives
    segments = _segments(entry)
    for piece, by_form in pieces.items():
        for segment in segments:
            inside = {form: by_form[form] for form in segment if form in by_form}
            if not inside:
                continue
            name = piece
            if len(segments) > 1:
                name += f"_{load_forms()[_first_national(segment)].first_year}"
            label = entry["label_en"] + (f": {piece.replace('_', ' ')}" if apart else "")
            formulas = tuple((form, " | ".join(write_sum(a) for a in alts)) for form, alts in inside.items())
            yield PanelColumn(
                name,
                entry["id"],
                label,
                _unit(inside),
                entry["note"] or "",
                tuple(entry["comparability"].items()),
                formulas,
                inside,
            )


def _segments(entry: dict[str, Any]) -> list[list[str]]:
    """Return the runs of forms that one column may cover."""
    segments: list[list[str]] = []
    previous = None
    for at, form in enumerate(ORDER):
        if not entry["maps"].get(form):
            continue
        steps = [entry["comparability"][step] for step in STEPS[previous:at]] if previous is not None else ["break"]
        if any(step in ("break", "not_available") for step in steps):
            segments.append([])
        segments[-1].append(form)
        previous = at
    return segments


def _first_national(segment: list[str]) -> str:
    return next((form for form in segment if form != "pre2014_local"), segment[0])


def _expand(expression: str, form: Form) -> Iterator[tuple[str, tuple[tuple[Part, ...], ...]]]:
    """Yield each concept an expression keeps apart, under a name made of its last cell."""
    for piece in expression.split(","):
        alternatives = tuple(parse_sum(alternative) for alternative in piece.split("|"))
        parts = [part for alternative in alternatives for part in alternative]
        if any(part.applicant == "c" for part in parts):
            for column in form.table("matrix").columns:
                bound = _bind(alternatives, "c", column.id)
                yield f"{_plain(bound[-1][-1].indicator)}_{column.id}", bound
        elif any(part.indicator.startswith("x.") for part in parts):
            wanted = [part.indicator.removeprefix("x.") for part in parts]
            stem = wanted[0].partition("_")[0]
            for block in form.table("blocks").blocks:
                if set(wanted) <= {column.id for column in block.columns}:
                    for row in block.rows:
                        yield f"{row.id}_{stem}", _bind(alternatives, "x", row.id)
        else:
            yield _plain(alternatives[-1][-1].indicator), alternatives
        for part in parts:
            if part.applicant != "c" and not part.indicator.startswith("x."):
                form.measure_of(part.indicator)


def _bind(alternatives: tuple[tuple[Part, ...], ...], letter: str, value: str) -> tuple[tuple[Part, ...], ...]:
    return tuple(tuple(part.bound(letter, value) for part in alternative) for alternative in alternatives)


def _plain(indicator: str) -> str:
    # The rows of the local annexes before 2014 are named as the later ones with e_ before them.
    return indicator.removeprefix("e_").replace(".", "_")


def _unit(by_form: dict[str, tuple[tuple[Part, ...], ...]]) -> str | None:
    form, alternatives = list(by_form.items())[-1]
    units = {load_forms()[form].measure_of(part.indicator) for part in alternatives[0]}
    unit = units.pop() if len(units) == 1 else None
    return STANDARD_MEASURES[unit][0] if unit in STANDARD_MEASURES else unit
