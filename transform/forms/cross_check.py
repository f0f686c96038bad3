"""Whether the files of data/reference/forms agree with each other: every cell that one names is a cell of the form it means."""

from __future__ import annotations

from collections.abc import Iterator

from extract.errors import ReferenceDataError
from transform.forms.crosswalk import panel_columns
from transform.forms.expressions import parse_sum, rules_of
from transform.forms.form import Form, load_forms, load_identities
from transform.forms.reference import read_reference
from transform.observation import CellName, cell_name

#: Identities within a report, and over the years of one body: what they name are cells of their form.
_OF_CELLS = ("within_year", "across_years")


def check_reference() -> None:
    """Load every file and compare them.

    Raises:
        ReferenceDataError: one of them holds what it may not, or names a cell that its form has not; the message names both.
    """
    read_reference("codebook")
    panel_columns()
    if problems := list(_unknown_cells()):
        raise ReferenceDataError("; ".join(problems[:5]))


def cells_of(form: Form) -> set[CellName]:
    """Return the name of every cell of a form."""
    cells: set[CellName] = set()
    for table in form.tables:
        for block in table.blocks:
            cells |= {(f"{row.id}.{column.id}", None) for row in block.rows for column in block.columns}
        if table.kind == "matrix":
            cells |= {(row.id, column.id) for row in table.rows for column in table.columns}
        elif table.kind == "single_row":
            cells |= {(column.id, None) for column in table.columns}
        else:
            cells |= {(row.id, None) for row in table.rows}
    return cells


def _unknown_cells() -> Iterator[str]:
    cells = {form_id: cells_of(form) for form_id, form in load_forms().items()}
    for identity in load_identities():
        if identity.form in cells and identity.scope in _OF_CELLS and not identity.id.startswith("text_"):
            named = {cell for rule in rules_of(identity) for cell in rule.cells}
            yield from _missing("identities.json", identity.id, identity.form, named - cells[identity.form])
    for pattern in read_reference("prose")["patterns"]:
        for form_id, expression in pattern["maps"].items():
            if form_id not in cells:
                yield f"prose.json: {pattern['concept']}: there is no form {form_id}"
                continue
            named = {part.cell for alternative in expression.split("|") for part in parse_sum(alternative)}
            yield from _missing("prose.json", pattern["concept"], form_id, named - cells[form_id])


def _missing(file: str, entry: str, form_id: str, unknown: set[CellName]) -> Iterator[str]:
    for name, applicant in sorted(unknown, key=str):
        yield f"{file}: {entry}: form {form_id} has no cell {cell_name(name, applicant)}"
