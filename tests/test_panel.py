"""The panel fills nothing in, crosses no break, and says beside each concept how far it can be trusted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.report_factory import FIGURES, PUBLISHER, identity, reading, record
from tests.whole_line import assemble
from transform.forms.crosswalk import LONGEST, panel_columns
from transform.forms.expressions import parse_sum, write_sum
from transform.forms.reference import read_reference
from transform.reports.parts import to_table

COLUMNS = {c.name: c for c in panel_columns()}


def panel(*readings, records=()):
    return assemble(to_table(readings), records)["panel"].to_pylist()


def one(figures, form="sc_2021", **who):
    (row,) = panel(reading("a", figures, who=identity(**who), form=form))
    return row


def test_sums_of_the_crosswalk_come_out():
    row = one(FIGURES)
    assert row["refused_exempt_2019"] == 1 + 0 + 0 + 2 + 1 + 0 + 0 + 1
    assert (row["not_held"], row["misuse_other_channel_2019"], row["other_handling"]) == (6, 1, 3)
    assert (row["review_total"], row["review_concluded"], row["requests_pending_end"]) == (7, 7, 3)


def test_money_is_in_yuan():
    assert one(FIGURES)["admin_fee_amount"] == 125_000


def test_the_outcomes_partition_the_requests_decided():
    row = one(FIGURES)
    parts = [
        "granted_full",
        "granted_part",
        "refused_exempt_2019",
        "not_held",
        "needs_creation",
        "unclear_2019",
        "misuse_other_channel_2019",
        "other_handling",
    ]
    assert sum(row[part] for part in parts) == row["requests_decided"] == 29


@pytest.mark.parametrize("form", ["sc_2019", "sc_2021"])
def test_the_crosswalk_is_a_partition_of_requests_decided(form):
    ids = [
        "granted_full",
        "granted_part",
        "refused_exempt",
        "not_held",
        "needs_creation",
        "unclear",
        "misuse_or_other_channel",
        "other_handling",
    ]
    parts = [
        part.indicator
        for c in COLUMNS.values()
        if c.concept in ids and form in c.alternatives
        for part in c.alternatives[form][-1]
    ]
    identity_text = next(
        i["expr"] for i in read_reference("identities")["identities"] if i["id"] == f"t3_outcome_sum_{form[3:]}"
    )
    outcomes = [p.indicator for p in parse_sum(identity_text.split(" == ")[1])]
    assert sorted(parts) == sorted(outcomes)


def test_blank_cell_stays_missing_and_makes_its_sum_missing():
    row = one(FIGURES | {"res_refused_internal[total]": "", "res_unable_not_held[total]": "/"})
    assert (row["refused_exempt_2019"], row["not_held"]) == (None, None)
    assert row["not_held_read"] == "confirmed"
    assert row["refused_exempt_2019_ok"] == "not_evaluable"


def test_a_part_not_printed_makes_the_concept_missing_altogether():
    figures = {k: v for k, v in FIGURES.items() if k != "res_refused_internal[total]"}
    row = one(figures)
    assert (row["refused_exempt_2019"], row["refused_exempt_2019_read"], row["refused_exempt_2019_ok"]) == (
        None,
        None,
        None,
    )
    assert row["refused_state_secret"] == 1


def test_beside_each_concept_stands_its_worst_part():
    whole = reading("a", FIGURES | {"review_total": "8"})
    seen = tuple(
        replace(o, reading="single") if o.indicator == "res_refused_internal" else o for o in whole.observations
    )
    (row,) = panel(replace(whole, observations=seen))
    assert (row["refused_exempt_2019_read"], row["refused_state_secret_read"]) == ("single", "confirmed")
    assert (row["review_concluded_ok"], row["review_concluded"]) == ("broken", 7)
    assert row["refused_exempt_2019_ok"] == "holds"


def test_undivided_other_handling_counts_where_the_parts_are_not_printed():
    undivided = {k: v for k, v in FIGURES.items() if not k.startswith("res_other_")} | {"res_other[total]": "3"}
    assert one(undivided)["other_handling"] == 3


def test_a_heading_that_is_blank_leaves_the_word_to_its_parts():
    assert one(FIGURES | {"res_other[total]": ""})["other_handling"] == 3


def test_two_ways_that_differ_give_no_value():
    row = one(FIGURES | {"res_other[total]": "4"})
    assert (row["other_handling"], row["other_handling_ok"]) == (None, "broken")


def test_no_column_crosses_a_break():
    for column in COLUMNS.values():
        grades = dict(column.comparability)
        if grades["sc_2014_to_2019"] == "break":
            assert not (
                {"pre2014_local", "sc_2014"} & set(column.alternatives)
                and {"sc_2019", "sc_2021"} & set(column.alternatives)
            )
    assert set(COLUMNS["unclear_2014"].alternatives) == {"pre2014_local", "sc_2014"}
    assert set(COLUMNS["unclear_2019"].alternatives) == {"sc_2019", "sc_2021"}
    assert set(COLUMNS["review_corrected"].alternatives) == {"sc_2014", "sc_2019", "sc_2021"}


def test_old_form_fills_only_the_columns_of_its_side():
    row = one(
        {"requests_received": "12", "asked_to_clarify": "2", "already_public": "1", "granted_full": "6"},
        "sc_2014",
        year=2016,
    )
    assert (row["requests_received"], row["unclear_2014"], row["unclear_2019"], row["granted_full"]) == (12, 2, None, 7)


def test_names_fit_stata():
    assert all(len(name) <= LONGEST for name in COLUMNS)
    assert len("refused_internal_delib_2019_read") == 32


def test_every_concept_of_the_crosswalk_has_a_column():
    assert {c.concept for c in COLUMNS.values()} == {e["id"] for e in read_reference("crosswalk")["crosswalk"]}


def test_each_applicant_and_each_row_has_its_own_column():
    assert {
        "req_new_natural_person",
        "req_new_other_org",
        "licensing_items",
        "other_services_items",
        "coercion_items",
    } <= set(COLUMNS)
    assert COLUMNS["licensing_items"].formulas == (("sc_2019", "licensing.items_prior_year + licensing.items_change"),)


def test_an_expression_is_written_as_it_was_read():
    for text in ("a", "a + b[total]", "refused_total - refused_not_gov_info", "x.items_prior_year + x.items_change"):
        assert write_sum(parse_sum(text)) == text


def test_an_office_own_report_is_not_in_the_panel():
    assert panel(reading("a", who=identity(publisher="示例市乙区人民政府办公室", subject_kind="office"))) == []


def test_of_two_reports_of_a_government_the_fuller_is_shown_and_both_are_counted():
    full = reading("a")
    other = reading("b", {"review_total": "5"}, who=identity(publisher="乙区政府"))
    (row,) = panel(full, other)
    assert (row["publisher"], row["reports_found"], row["review_total"]) == (PUBLISHER, 2, 7)


def test_a_change_of_scope_is_told():
    years = [(2020, "own_level"), (2021, "own_level"), (2022, "region"), (2023, "unknown"), (2024, "region")]
    rows = panel(*(reading(str(y), who=identity(year=y, scope=s)) for y, s in years))
    assert [r["scope_changed"] for r in rows] == [None, False, True, None, None]


def test_what_only_the_attachment_prints_is_taken_from_it():
    page = reading("page", {k: v for k, v in FIGURES.items() if not k.startswith("review")})
    attachment = reading("file", {k: v for k, v in FIGURES.items() if k.startswith("review")}, text="")
    url = "https://b.example/p"
    (row,) = panel(
        page,
        attachment,
        records=[record("page", url), record("file", f"{url}.docx", kind="attachment", parent_url=url)],
    )
    assert (row["requests_received"], row["review_total"]) == (30, 7)
