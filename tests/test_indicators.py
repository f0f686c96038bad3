"""Indicators are ratios of what one report prints, and missing with a reason wherever a part is missing."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from publish.checking.validate import canonical, check_tables
from publish.schema.schemas import load_schemas
from tests.report_factory import FIGURES, identity, reading
from tests.sample_home import sample
from tests.whole_line import assemble
from transform.forms.reference import read_reference
from transform.panel.indicators import load_ratios, on_time_rows, ratios_of
from transform.panel.panel_2024 import REASONS
from transform.reports.parts import to_table

DIRECT = {
    "lit_direct_upheld": "3",
    "lit_direct_corrected": "1",
    "lit_direct_other": "0",
    "lit_direct_pending": "2",
    "lit_direct_total": "6",
}
POST = {
    "lit_post_upheld": "0",
    "lit_post_corrected": "0",
    "lit_post_other": "0",
    "lit_post_pending": "1",
    "lit_post_total": "1",
}


def ratios(figures, form="sc_2021", **who):
    panel = assemble(to_table([reading("a", figures, who=identity(**who), form=form)]), [])["panel"]
    return {r["indicator"]: r for r in ratios_of(panel).to_pylist()}


def test_formulas_come_out_by_hand():
    found = ratios(FIGURES | DIRECT | POST)
    by_hand = {
        "disclosed_share": (14, 29),
        "refused_share_2019": (5, 29),
        "refused_merits_share": (5, 29 - 1 - 3),
        "refused_secret_share": (1, 29),
        "refused_3rd_party_merits": (2, 25),
        "refused_law_share": (0, 29),
        "not_held_share": (6, 29),
        "not_processed_share": (1, 29),
        "backlog_share": (3, 32),
        "challenged_share": (7 + 6, 29),
        "review_corrected_share": (1, 7),
        "direct_corrected_share": (1, 4),
    }
    for name, (above, below) in by_hand.items():
        row = found[name]
        assert (row["numerator"], row["denominator"], row["value"], row["missing_reason"]) == (
            above,
            below,
            above / below,
            None,
        ), name
    assert all(0 <= row["value"] <= 1 for row in found.values() if row["value"] is not None)


def test_the_grounds_add_up_to_the_refusals():
    found = ratios(FIGURES)
    for kind, whole in (("share", "refused_share_2019"), ("merits", "refused_merits_share")):
        grounds = [
            f"refused_{g}_{kind}" for g in ("secret", "law", "security", "3rd_party", "internal", "enforce", "registry")
        ]
        assert sum(found[g]["numerator"] for g in grounds) == found[whole]["numerator"]
        assert {found[g]["denominator"] for g in grounds} == {found[whole]["denominator"]}


def test_nothing_to_take_a_share_of_is_no_zero():
    row = ratios(FIGURES | POST)["post_corrected_share"]
    assert (row["value"], row["numerator"], row["denominator"], row["missing_reason"]) == (
        None,
        0,
        0,
        "zero_denominator",
    )


def test_a_blank_part_makes_the_ratio_missing_and_is_told():
    found = ratios(FIGURES | {"res_unable_not_held[total]": ""})
    assert (found["not_held_share"]["value"], found["not_held_share"]["missing_reason"]) == (None, "blank")
    assert found["not_held_share"]["denominator"] == 29
    assert found["disclosed_share"]["value"] == 14 / 29


def test_a_row_that_is_not_printed_is_told_from_a_blank():
    found = ratios({k: v for k, v in FIGURES.items() if not k.startswith("review_other")})
    assert found["review_corrected_share"]["missing_reason"] == "not_printed"
    assert found["direct_corrected_share"]["missing_reason"] == "not_printed"


def test_a_broken_identity_is_told_beside_the_ratio():
    row = ratios(FIGURES | {"review_total": "9"})["review_corrected_share"]
    assert (row["value"], row["consistency"], row["reading"]) == (1 / 7, "broken", "confirmed")


def test_the_old_form_has_only_the_ratios_it_can_tell():
    old = {
        "replies_total": "10",
        "already_public": "2",
        "granted_full": "3",
        "granted_part": "1",
        "refused_total": "2",
        "refused_not_gov_info": "1",
    }
    found = ratios(old, form="sc_2014", year=2016)
    assert found["disclosed_share"]["value"] == 0.6 and found["refused_share_2014"]["value"] == 0.1
    assert not {"refused_share_2019", "refused_merits_share", "challenged_share", "backlog_share"} & found.keys()


@pytest.mark.parametrize(
    ("status", "days", "value", "reason"),
    [
        ("found", 0, 1.0, None),
        ("late", 47, 0.0, None),
        ("found", None, None, "date_unknown"),
        ("not_found", None, None, "not_found"),
        ("gated", None, None, "gated"),
    ],
)
def test_on_time_is_told_only_where_the_day_is_known(status, days, value, reason):
    about = {"unit_id": "CN-990109", "year": 2018, "status": status, "days_late": days}
    (row,) = on_time_rows([{**about, "expected": True}])
    assert (row["indicator"], row["value"], row["missing_reason"]) == ("published_on_time", value, reason)
    assert on_time_rows([{**about, "expected": False}]) == []


def test_a_late_report_of_the_sample_is_not_on_time():
    found = {
        (r["unit_id"], r["year"]): r["value"]
        for r in sample().rows("indicators")
        if r["indicator"] == "published_on_time"
    }
    assert (found["CN-990109", 2018], found["CN-990109", 2017], found["CN-990103", 2017]) == (0, 1, None)


def test_ratios_at_the_boundaries_of_2024_are_ratios_of_sums():
    own = {(r["unit_id"], r["year"], r["indicator"]): r for r in sample().rows("indicators")}
    new = {(r["unit_id"], r["year"], r["indicator"]): r for r in sample().rows("indicators_2024")}
    parts = [own[unit, 2020, "disclosed_share"] for unit in ("CN-990104", "CN-990105")]
    row = new["CN-990104", 2020, "disclosed_share"]
    assert row["value"] == sum(p["numerator"] for p in parts) / sum(p["denominator"] for p in parts)
    assert row["value"] not in [p["value"] for p in parts]
    assert new["CN-990102", 2018, "disclosed_share"]["missing_reason"] == "partial_transfer"
    assert ("CN-990102", 2018, "refused_share_2019") not in new


def test_what_is_released_fits_its_schema():
    schemas = load_schemas()
    tables = {
        name: canonical(sample().tables[name], schemas[name])
        for name in ("indicators", "indicators_2024", "panel_2024")
    }
    assert check_tables(tables, schemas) == []
    wrong = tables["indicators"].to_pylist()
    row = next(r for r in wrong if r["value"] not in (None, 0, 1))
    row["value"] = row["value"] / 2
    changed = canonical(pa.Table.from_pylist(wrong), schemas["indicators"])
    (problem,) = check_tables({"indicators": changed}, schemas)
    assert "ratio or reason: 1 row" in str(problem) and row["unit_id"] in str(problem)


def test_reasons_and_statuses_are_those_the_schema_allows():
    allowed = {c.name: c.allowed for c in load_schemas()["indicators_2024"].columns}["missing_reason"]
    assert set(REASONS) | set(read_reference("indicators")["missing"]) - {"date_unknown"} == set(allowed)
    assert set(REASONS) == set({c.name: c.allowed for c in load_schemas()["panel_2024"].columns}["missing_reason"])
    statuses = {c.name: c.allowed for c in load_schemas()["coverage"].columns}["status"]
    allowed = {c.name: c.allowed for c in load_schemas()["indicators"].columns}["missing_reason"]
    assert set(statuses) - {"found", "late"} <= set(allowed)


def test_every_indicator_is_documented_and_short_enough():
    text = (Path(__file__).resolve().parent.parent / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert all(f"| `{ratio.id}` |" in text and len(ratio.id) <= 24 for ratio in load_ratios())
    assert all(f"`{ratio.numerator}` | `{ratio.denominator}`" in text for ratio in load_ratios())


def test_no_reason_of_a_territory_is_left_out():
    names = load_schemas()["panel_2024"].names
    rows = ratios_of(
        pa.Table.from_pylist(
            [
                dict.fromkeys(names)
                | {"unit_id": "CN-1", "year": year, "missing_reason": "not_separate", "synthetic": False}
                for year in (2022, 2007)
            ]
        )
    ).to_pylist()
    assert {r["missing_reason"] for r in rows} == {"not_separate"} and {r["year"] for r in rows} == {2022}
