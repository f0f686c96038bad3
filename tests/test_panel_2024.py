"""panel_2024 adds whole units of one scope and nothing else; where it cannot, it says why."""

from __future__ import annotations

import pytest

from tests.report_factory import identity, reading
from tests.sample_home import sample
from tests.truth import true_panel
from tests.whole_line import assemble
from transform.forms.crosswalk import panel_columns
from transform.places.territory import absorbed_in, territory_of
from transform.reports.parts import to_table

NAMES = [c.name for c in panel_columns()]
NORTH, SOUTH, EAST, NEW = "CN-990105", "CN-990104", "CN-990102", "CN-990108"


@pytest.fixture(scope="module")
def rows():
    return {(r["unit_id"], r["year"]): r for r in sample().rows("panel_2024") if r["synthetic"]}


def test_the_panel_of_2024_of_the_invented_province_is_the_true_one(rows):
    true = true_panel()
    for (unit, year), row in rows.items():
        members = [unit, NORTH] if unit == SOUTH and year < 2021 else [unit]
        hidden = (unit in (EAST, NEW) and year < 2019) or not all((m, year) in true for m in members)
        for name in NAMES:
            parts = [true[m, year].get(name) for m in members] if not hidden else [None]
            assert row[name] == (None if None in parts else round(sum(parts), 6)), (unit, year, name)
        assert (row["missing_reason"] is None) == (not hidden)


def test_there_is_a_row_for_every_unit_of_2024_and_year(rows):
    units = {"CN-990100", EAST, "CN-990103", SOUTH, "CN-990106", "CN-990107", NEW, "CN-990109"}
    assert rows.keys() == {(unit, year) for unit in units for year in range(2014, 2025)}


def test_a_unit_that_was_merged_is_added_to_the_one_that_goes_on(rows):
    assert (rows[SOUTH, 2020]["members"], rows[SOUTH, 2021]["members"]) == ([SOUTH, NORTH], [SOUTH])
    assert len(rows[SOUTH, 2020]["report_ids"]) == 2
    assert (NORTH, 2020) not in rows


def test_land_that_moved_in_part_leaves_both_sides_without_figures(rows):
    assert (rows[EAST, 2018]["missing_reason"], rows[EAST, 2018]["missing_detail"]) == (
        "partial_transfer",
        f"{EAST} to {NEW} in 2019",
    )
    assert rows[NEW, 2018]["missing_reason"] == "partial_transfer"
    assert rows[EAST, 2018]["requests_received"] is None and rows[EAST, 2019]["requests_received"] is not None


def test_a_report_that_was_never_published_is_named(rows):
    row = rows["CN-990103", 2017]
    assert (row["missing_reason"], row["missing_detail"], row["report_ids"]) == ("report_missing", "CN-990103", [])


def test_a_new_name_or_code_changes_no_territory(rows):
    assert (rows["CN-990107", 2014]["jurisdiction_code"], rows["CN-990107", 2014]["jurisdiction"]) == (
        "990117",
        "示例省示例市临范区",
    )
    assert rows["CN-990106", 2015]["missing_reason"] is None


def merged(north, south, year=2020, **figures):
    readings = [
        reading(
            "n",
            who=identity(
                unit_id=NORTH, jurisdiction_code="990105", publisher="示例市北例区人民政府", year=year, scope=north
            ),
        ),
        reading(
            "s",
            who=identity(
                unit_id=SOUTH, jurisdiction_code="990104", publisher="示例市南例区人民政府", year=year, scope=south
            ),
        ),
    ]
    rows = assemble(to_table(readings), [])["panel_2024"].to_pylist()
    return next(r for r in rows if r["unit_id"] == SOUTH)


@pytest.mark.parametrize(
    ("north", "south", "reason"),
    [
        ("region", "region", None),
        ("region", "own_level", "scope_differs"),
        ("unknown", "region", "scope_unknown"),
        ("unknown", "unknown", "scope_unknown"),
    ],
)
def test_only_reports_of_one_known_scope_are_added(north, south, reason):
    row = merged(north, south)
    assert row["missing_reason"] == reason
    assert row["requests_received"] == (60 if reason is None else None)
    assert row["scope"] == ("region" if reason is None else None)


def test_a_unit_that_reports_on_the_year_it_was_merged_in_is_counted_neither_once_nor_twice():
    row = merged("region", "region", year=2021)
    assert (row["missing_reason"], row["requests_received"]) == ("merged_in_year", None)


def test_a_concept_that_one_of_two_leaves_blank_is_missing_alone():
    from tests.report_factory import FIGURES

    who = {"year": 2020, "scope": "region"}
    readings = [
        reading(
            "n",
            FIGURES | {"review_total": ""},
            who=identity(unit_id=NORTH, jurisdiction_code="990105", publisher="示例市北例区人民政府", **who),
        ),
        reading("s", who=identity(unit_id=SOUTH, jurisdiction_code="990104", publisher="示例市南例区人民政府", **who)),
    ]
    row = next(r for r in assemble(to_table(readings), [])["panel_2024"].to_pylist() if r["unit_id"] == SOUTH)
    assert (row["review_total"], row["requests_received"], row["review_total_ok"]) == (None, 60, "not_evaluable")


@pytest.mark.parametrize(
    ("unit", "year", "members", "reason"),
    [
        ("CN-310106", 2014, ("CN-310106", "CN-310108"), None),  # 静安区 with 闸北区, merged in 2015
        ("CN-310106", 2016, ("CN-310106",), None),
        ("CN-320602", 2019, ("CN-320602", "CN-320611"), None),  # 崇川区 with 港闸区, recoded in 2020
        ("CN-330102", 2020, (), "territory_split"),  # 上城区 took a part of 江干区, which was split in 2021
        ("CN-330621", 2012, (), "partial_transfer"),  # 绍兴县 gave land to 越城区 when it became 柯桥区
        ("CN-340400", 2014, (), "partial_transfer"),  # 寿县 came to 淮南市 at the end of 2015
        ("CN-340400", 2016, ("CN-340400",), None),
        ("CN-340102", 2008, ("CN-340102",), None),
    ],
)
def test_territories_of_the_real_country(unit, year, members, reason):
    found = territory_of(unit, year)
    assert (found.members, found.reason) == (members, reason)


def test_a_county_made_of_the_provinces_own_land_leaves_the_province_whole():
    assert territory_of("CN-650000", 2010).members == ("CN-650000",)
    assert territory_of("CN-659011", 2015).members == ()


def test_who_was_absorbed_when():
    assert absorbed_in(SOUTH, 2021, synthetic=True) == (NORTH,)
    assert absorbed_in(SOUTH, 2020, synthetic=True) == ()
