"""The panel of the invented province is the one its reports were made from, to the last concept."""

from __future__ import annotations

import json

import pytest

from tests.report_factory import FIGURES, identity, reading
from tests.sample_home import sample
from tests.truth import FORMS, true_panel
from tests.whole_line import assemble
from transform.forms.crosswalk import panel_columns
from transform.panel.panel import zero_columns
from transform.reports.parts import to_table


@pytest.fixture(scope="module")
def panel():
    return {(r["unit_id"], r["year"]): r for r in sample().rows("panel") if r["synthetic"]}


def test_the_panel_has_exactly_the_reports_that_were_published(panel):
    assert panel.keys() == true_panel().keys()
    assert ("CN-990103", 2017) not in panel


def test_every_concept_is_the_true_one_and_nothing_else_is_there(panel):
    names = {c.name for c in panel_columns()}
    compared = 0
    for key, true in true_panel().items():
        assert set(true) <= names
        for name in names:
            assert panel[key][name] == true.get(name), (key, name)
            compared += true.get(name) is not None
    assert compared > 2_500


def test_no_old_report_fills_a_column_of_the_new_forms(panel):
    for (_, year), row in panel.items():
        filled = {c.name for c in panel_columns() if row[c.name] is not None}
        wrong = "_2019" if year < 2019 else "_2014"
        assert not {name for name in filled if name.endswith(wrong)}


def test_the_true_outcomes_partition_the_requests_decided():
    rule = next(
        r for r in json.loads((FORMS / "crosswalk.json").read_text(encoding="utf-8"))["rules"] if "partition" in r
    )
    ids = [i.strip() for i in rule.partition(":")[2].split(",")]
    names = {
        c.concept: c.name
        for c in panel_columns()
        if c.name.endswith("_2019") or not c.name.endswith(("_2014", "_2008"))
    }
    whole = 0
    for (_, year), true in true_panel().items():
        parts = [true.get(names[i]) for i in ids]
        if year >= 2019 and None not in parts:
            assert true["requests_decided"] == sum(parts)
            whole += 1
    assert whole > 30


def one(figures, form="sc_2021", **who):
    (row,) = assemble(to_table([reading("a", figures, who=identity(**who), form=form)]), [])["panel"].to_pylist()
    return row


NONE_LEFT = FIGURES | {"res_unable_needs_creation[total]": "", "res_refused_law_prohibits[total]": "/"}


def test_a_total_that_its_parts_reach_forces_the_empty_ones_to_zero():
    row = one(NONE_LEFT)
    assert (row["needs_creation"], row["needs_creation_zero"]) == (None, True)
    assert (row["refused_law_prohibits_2019"], row["refused_law_prohibits_2019_zero"]) == (None, True)


def test_a_sum_of_which_one_part_is_forced_stays_missing_and_is_no_zero():
    row = one(NONE_LEFT)
    assert (row["refused_exempt_2019"], row["refused_exempt_2019_zero"]) == (None, False)


def test_a_total_of_zero_forces_every_empty_part():
    row = one(
        {"review_upheld": "", "review_corrected": "", "review_other": "无", "review_pending": "", "review_total": "0"}
    )
    assert (row["review_corrected_zero"], row["review_concluded_zero"], row["review_total_zero"]) == (True, True, False)
    assert (row["review_corrected"], row["review_concluded"], row["review_total"]) == (None, None, 0)


def test_parts_short_of_the_total_force_nothing():
    row = one(FIGURES | {"res_unable_not_held[total]": "", "res_unable_needs_creation[total]": ""})
    assert (row["not_held_zero"], row["needs_creation_zero"]) == (False, False)


def test_an_empty_total_forces_nothing():
    row = one(NONE_LEFT | {"res_total[total]": ""})
    # The balance of the table gives no zero either: 30 + 2 = ? + 3.
    assert (row["requests_decided"], row["requests_decided_zero"], row["needs_creation_zero"]) == (None, False, False)


def test_an_unreadable_cell_is_never_forced():
    row = one(FIGURES | {"res_unable_needs_creation[total]": "若干"})
    assert (row["needs_creation"], row["needs_creation_zero"]) == (None, False)


def test_doubtful_figures_force_nothing():
    doubtful = reading("a", NONE_LEFT, quality="doubtful")
    (row,) = assemble(to_table([doubtful]), [])["panel"].to_pylist()
    assert row["needs_creation_zero"] is False


def test_a_row_that_is_not_printed_stops_the_inference():
    row = one({k: v for k, v in NONE_LEFT.items() if k != "res_np_confirm[total]"})
    assert row["needs_creation_zero"] is False


def test_one_forced_zero_leads_to_the_next():
    figures = {
        "req_new[total]": "0",
        "req_carried_in[total]": "",
        "res_total[total]": "0",
        "req_carried_out[total]": "0",
    }
    row = one(figures)
    assert (row["requests_pending_start"], row["requests_pending_start_zero"]) == (None, True)


def test_only_concepts_that_an_equality_covers_have_such_a_column():
    assert {"granted_full", "refused_exempt_2019", "review_corrected"} <= zero_columns()
    assert not zero_columns() & {"admin_fee_amount", "normative_in_force", "licensing_decisions", "proactive_total"}
    assert all(len(f"{name}_zero") <= 32 for name in zero_columns())


def test_every_report_of_the_sample_is_attributed_without_a_doubt():
    found = {row["attribution"] for row in sample().rows("reports")}
    assert found == {"confirmed", "single"}
