"""Changes of a page that change no figure change no observation, and sums alone never make a reading sure."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.documents.read_document import read_document
from tests.defects.figures import figures
from tests.defects.flattened import lines
from tests.defects.sample import MARKUPS, YEARS, Dice, Draft, Layout, PrintedCell, PrintedTable, Tables
from tests.defects.tables import change, places, relabel, split
from transform.observation import Observation
from transform.recognition.headers import T3_COLUMNS
from transform.reports.read_report import read_report

EXAMPLES = settings(
    max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FORMS = ("sc_2019", "sc_2021")
Key = tuple[str, str | None]


def draft(form: str, seed: int = 0, markup: int = 0, joined: bool = True, sparse: bool = False) -> Draft:
    dice = Dice("metamorphic", form, seed)
    made = Draft("metamorphic", form, seed, dice, figures(form, dice, sparse), year=YEARS[form])
    made.markup, made.layout = MARKUPS[markup], Layout(joined=joined)
    return made


def read(data: bytes) -> list[Observation]:
    return [o for r in read_report(read_document(data)) for o in r.observations if o.source == "table"]


def values(data: bytes) -> dict[Key, float | None]:
    seen = read(data)
    assert len({(o.indicator, o.applicant) for o in seen}) == len(seen)
    return {(o.indicator, o.applicant): o.value for o in seen}


def true(made: Draft) -> dict[Key, float]:
    return {key: float(text) for key, text in made.printed.items()}


def with_empty_column(table: PrintedTable, at: int) -> PrintedTable:
    """Return a table with a column of empty cells before column ``at``; cells that span the place grow by it."""
    rows: list[list[tuple[int, PrintedCell]]] = [[] for _ in table.rows]
    covered: set[int] = set()
    for row, column, cell in places(table):
        if column < at < column + cell.columns:
            covered.update(range(row, row + cell.rows))
            cell = replace(cell, columns=cell.columns + 1)
        rows[row].append((column, cell))
    for number, row in enumerate(rows):
        if number not in covered:
            row.append((at - 0.5, PrintedCell("", "note")))  # type: ignore[arg-type]
    made = tuple(tuple(c for _, c in sorted(row, key=lambda item: item[0])) for row in rows)
    return PrintedTable(table.name, made, (*table.widths, 0.5))


@pytest.mark.parametrize("form", FORMS)
@given(row=st.integers(4, 25), again=st.booleans(), markup=st.integers(0, 3), seed=st.integers(0, 50))
@EXAMPLES
def test_splitting_table_3_anywhere_changes_no_value(form, row, again, markup, seed):
    made = draft(form, seed, markup)
    tables = made.tables()
    (table,) = tables["t3"]
    upper, lower = split(table, min(row, len(table.rows) - 1))
    if again:
        lower = replace(lower, rows=table.rows[:3] + lower.rows)
    assert values(made.page(tables=tables | {"t3": [upper, lower]})) == true(made)


@pytest.mark.parametrize("form", FORMS)
@given(
    name=st.sampled_from(["t2", "t3", "t4"]), at=st.integers(0, 20), markup=st.integers(0, 3), seed=st.integers(0, 50)
)
@EXAMPLES
def test_an_empty_column_anywhere_changes_no_value(form, name, at, markup, seed):
    made = draft(form, seed, markup, joined=bool(seed % 2))
    tables: Tables = made.tables()
    tables[name] = [with_empty_column(t, at % (len(t.widths) + 1)) for t in tables[name]]
    assert values(made.page(tables=tables)) == true(made)


@pytest.mark.parametrize("form", FORMS)
@given(encoding=st.sampled_from(["gb18030", "utf-8-sig", "utf-16"]), markup=st.integers(0, 3), seed=st.integers(0, 50))
@EXAMPLES
def test_another_encoding_changes_no_value(form, encoding, markup, seed):
    made = draft(form, seed, markup)
    assert values(made.page().decode().encode(encoding)) == true(made)


@pytest.mark.parametrize("form", FORMS)
@given(seed=st.integers(0, 10_000), markup=st.integers(0, 3), joined=st.booleans(), sparse=st.booleans())
@EXAMPLES
def test_other_figures_in_the_same_page_come_out_as_printed(form, seed, markup, joined, sparse):
    made = draft(form, seed, markup, joined, sparse)
    assert values(made.page()) == true(made)


@pytest.mark.parametrize("form", FORMS)
@given(dice=st.randoms(use_true_random=False), markup=st.integers(0, 3))
@EXAMPLES
def test_order_and_case_of_attributes_change_no_value(form, dice, markup):
    def shuffle(tag: re.Match[str]) -> str:
        attributes = re.findall(r"""[\w-]+=(?:"[^"]*"|[^\s>"]+)""", tag[2])
        dice.shuffle(attributes)
        named = [
            a if dice.random() < 0.5 else a.partition("=")[0].upper() + a[len(a.partition("=")[0]) :]
            for a in attributes
        ]
        return f"<{tag[1]} {' '.join(named)} data-x='1'>"

    made = draft(form, 3, markup)
    assert values(made.page(re.sub(r"<(td|table|tr)((?:\s[^<>]*)?)>", shuffle, made.html()))) == true(made)


@pytest.mark.parametrize("form", FORMS)
@given(dice=st.randoms(use_true_random=False), markup=st.integers(0, 3))
@EXAMPLES
def test_white_space_between_tags_changes_no_value(form, dice, markup):
    made = draft(form, 4, markup)
    spaced = re.sub(r"(?<=>)(?=<)", lambda _: dice.choice(["", " ", "\n", "\r\n\t", "  "]), made.html())
    assert values(made.page(spaced)) == true(made)


@pytest.mark.parametrize("form", FORMS)
@given(seed=st.integers(0, 200), first=st.integers(0, 12))
@EXAMPLES
def test_rows_swapped_under_unchanged_sums_are_never_confirmed_from_text(form, seed, first):
    # In text that lost its grid every sum holds as before, whichever row stands where.
    made = draft(form, seed)
    swapped = made.tables()
    (table,) = swapped["t3"]
    rows = [
        r for r in table.rows if sum(c.kind == "value" for c in r) == 7 and r[-1].indicator.startswith("res_refused")
    ]
    one, other = rows[first % len(rows)], rows[(first + 3) % len(rows)]
    texts = {a.indicator: b for a, b in ((one[-1], other), (other[-1], one))}

    def figure(cell: PrintedCell) -> PrintedCell:
        row = texts.get(cell.indicator or "")
        return replace(cell, text=next(c.text for c in row if c.applicant == cell.applicant)) if row else cell

    made.tables = lambda: swapped | {"t3": [change(table, figure)]}  # type: ignore[method-assign]
    seen = read("\n".join(lines(made)).encode())
    assert len(seen) > 150
    assert {o.reading for o in seen} <= {"single", "doubtful"}
    assert sum(o.consistency == "holds" for o in seen) > 150


@pytest.mark.parametrize("form", FORMS)
@given(seed=st.integers(0, 200), first=st.integers(0, 18))
@EXAMPLES
def test_a_table_without_labels_is_not_confirmed_by_its_sums(form, seed, first):
    made = draft(form, seed)
    tables = made.tables()
    (table,) = tables["t3"]
    labels = [c.text for r in table.rows for c in r if c.kind == "label" and r[-1].kind == "value"]
    gone = set(labels[first % len(labels) :][:3])
    hidden = relabel(table, lambda text: "甲乙丙丁" if text in gone else text, ("label",))
    wrong = [
        o
        for o in read(made.page(tables=tables | {"t3": [hidden]}))
        if o.reading == "confirmed" and o.value != true(made)[o.indicator, o.applicant]
    ]
    assert wrong == []


@pytest.mark.parametrize("form", FORMS)
def test_all_zero_tables_prove_nothing(form):
    made = draft(form)
    for key in made.printed:
        made.printed[key] = "0"
    for data in (made.page(), "\n".join(lines(made)).encode()):
        seen = read(data)
        assert "holds" not in {o.consistency for o in seen}
    assert len(read(made.page())) == len(made.printed)


@pytest.mark.parametrize("form", FORMS)
def test_zeros_are_proved_only_by_sums_that_are_not_zero(form):
    made = draft(form)
    for key in made.keys("t3"):
        made.printed[key] = (
            "7"
            if key
            in (
                ("req_new", "natural_person"),
                ("req_new", "total"),
                ("req_carried_out", "natural_person"),
                ("req_carried_out", "total"),
            )
            else "0"
        )
    seen = {(o.indicator, o.applicant): o.consistency for o in read(made.page())}
    assert seen["res_granted_full", "company"] == "uncovered"
    assert seen["req_carried_in", "natural_person"] == "holds"
    assert {seen["req_new", c] for c in T3_COLUMNS} == {"holds"}


@pytest.mark.parametrize("form", FORMS)
def test_a_contradiction_stays_as_printed(form):
    made = draft(form)
    key = ("res_granted_full", "company")
    made.printed[key] = str(int(made.printed[key]) + 11)
    seen = {(o.indicator, o.applicant): o for o in read(made.page())}
    assert (seen[key].value, seen[key].consistency, seen[key].reading) == (true(made)[key], "broken", "confirmed")
