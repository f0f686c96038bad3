"""A schema that does not bite is no schema: each kind of violation is found, and names its rows."""

from __future__ import annotations

import pyarrow as pa
import pytest

from extract.errors import ReleaseError
from publish.checking.validate import RULES, canonical, check_tables
from publish.schema.schemas import SCHEMA_VERSION, arrow_schema, from_dict, load_schemas, to_dict
from tests.report_factory import PUBLISHER, identity, reading, record
from tests.whole_line import assemble
from transform.reports.parts import to_table

SCHEMAS = load_schemas()
REPORT = f"CN-990102/{PUBLISHER}/2022"


@pytest.fixture(scope="module")
def tables():
    readings = [reading("a"), reading("b", who=identity(year=2021))]
    assembled = assemble(to_table(readings), [record("a", "https://b.example/a"), record("b", "https://b.example/b")])
    return {name: canonical(table, SCHEMAS[name]) for name, table in assembled.items()}


def broken(tables, name, column, change):
    """Return the tables with one column of one table changed row by row, and what is wrong with them."""
    table = tables[name]
    values = [change(row) for row in table.to_pylist()]
    field = table.schema.field(column)
    changed = table.set_column(table.schema.get_field_index(column), field, pa.array(values, field.type))
    return [str(p) for p in check_tables(tables | {name: changed}, SCHEMAS)]


def only(row, **where):
    return all(row[k] == v for k, v in where.items())


def test_what_the_project_assembles_fits_its_schemas(tables):
    assert check_tables(tables, SCHEMAS) == []


def test_every_table_of_the_contract_has_a_schema():
    promised = {
        "observations",
        "leftovers",
        "reports",
        "documents",
        "report_documents",
        "checks",
        "sections",
        "coverage",
        "units",
        "publishers",
        "revisions",
        "panel",
    }
    assert promised <= set(SCHEMAS)


def test_keys_are_columns_and_every_column_is_described():
    for schema in SCHEMAS.values():
        assert set(schema.key) <= set(schema.names)
        assert all(len(c.description) > 8 for c in schema.columns)
        assert set(schema.rules) <= set(RULES)
        for reference in schema.references:
            assert set(reference.columns) <= set(schema.names) and set(reference.to) <= set(
                SCHEMAS[reference.table].names
            )


def test_a_schema_survives_being_written():
    for schema in SCHEMAS.values():
        assert from_dict(to_dict(schema)) == schema


def test_the_schema_version_travels_in_the_metadata():
    assert arrow_schema(SCHEMAS["reports"], release="2026.11.0").metadata[b"schema_version"].decode() == SCHEMA_VERSION


def test_a_value_that_is_not_allowed_names_its_row(tables):
    problems = broken(
        tables,
        "observations",
        "status",
        lambda r: "guessed" if only(r, year=2022, indicator="review_upheld") else r["status"],
    )
    assert any("column status" in p and "indicator=review_upheld" in p and REPORT in p for p in problems)


def test_a_null_where_none_may_be_names_its_row(tables):
    problems = broken(
        tables,
        "observations",
        "value_text",
        lambda r: None if only(r, year=2021, indicator="review_total") else r["value_text"],
    )
    assert (
        len(problems) == 1
        and "column value_text: may not be null: 1 row" in problems[0]
        and "indicator=review_total" in problems[0]
    )


def test_a_bad_pattern_and_a_bad_range_name_their_rows(tables):
    assert any("document_id=abc" in p for p in broken(tables, "documents", "document_id", lambda r: "abc"))
    (problem,) = broken(tables, "reports", "cells", lambda r: -1 if r["year"] == 2022 else r["cells"])
    assert REPORT in problem and "column cells" in problem


def test_a_key_given_twice_names_it(tables):
    twice = pa.concat_tables([tables["documents"], tables["documents"].slice(0, 1)])
    (problem,) = [str(p) for p in check_tables(tables | {"documents": twice}, SCHEMAS)]
    assert "key (document_id) not unique: 1 row" in problem and twice["document_id"][0].as_py() in problem


def test_a_null_in_a_key_counts_as_a_value(tables):
    review = [r for r in tables["observations"].to_pylist() if r["indicator"] == "review_total" and r["year"] == 2022]
    assert review[0]["applicant"] is None
    twice = pa.concat_tables(
        [tables["observations"], pa.Table.from_pylist(review, schema=tables["observations"].schema)]
    )
    assert any("not unique" in str(p) for p in check_tables(tables | {"observations": twice}, SCHEMAS))


def test_a_reference_to_nothing_names_its_row(tables):
    (problem,) = broken(
        tables, "sections", "report_id", lambda r: "CN-0/nobody/2022" if r["report_id"] == REPORT else r["report_id"]
    )
    assert "not found in reports" in problem and "CN-0/nobody/2022" in problem
    problems = broken(tables, "checks", "report_ids", lambda r: [*r["report_ids"], "CN-0/nobody/1"])
    assert any("(report_ids) not found in reports" in problem for problem in problems)


def test_a_reference_to_a_table_that_is_not_released_is_left_alone(tables):
    assert "units" not in tables and check_tables(tables, SCHEMAS) == []


def test_observations_and_reports_agree_on_what_is_current(tables):
    problems = broken(tables, "observations", "is_current", lambda r: r["year"] != 2022)
    assert "not found in reports" in problems[0] and REPORT in problems[0]


def test_exactly_one_version_is_current(tables):
    problems = broken(tables, "reports", "is_current", lambda r: r["year"] != 2022)
    assert any("one current version" in p and REPORT in p for p in problems)


def test_a_value_without_a_reported_figure_is_refused(tables):
    problems = broken(
        tables,
        "observations",
        "status",
        lambda r: "blank" if only(r, year=2022, indicator="review_total") else r["status"],
    )
    assert len(problems) == 1 and "value only when reported: 1 row" in problems[0]


def test_a_residual_that_is_not_the_difference_is_refused(tables):
    problems = broken(tables, "checks", "residual", lambda r: 5 if r["identity"] == "t4_review_2021" else r["residual"])
    assert len(problems) == 1 and "residual is left minus right: 2 rows" in problems[0]


def test_missing_and_unknown_columns_are_named():
    table = pa.table({"document_id": ["a"], "colour": ["red"]})
    with pytest.raises(
        ReleaseError, match=r"leftovers: missing columns \['locator', 'reason', 'text'\], unknown columns \['colour'\]"
    ):
        canonical(table, SCHEMAS["leftovers"])


def test_a_value_of_another_type_is_named(tables):
    table = tables["reports"].set_column(0, "year_", pa.array(["soon"] * 2))
    table = table.drop_columns("year").rename_columns(
        ["year" if n == "year_" else n for n in table.drop_columns("year").column_names]
    )
    table = table.append_column("report_id", pa.array(["x", "y"]))
    with pytest.raises(ReleaseError, match="column year"):
        canonical(table, SCHEMAS["reports"])
