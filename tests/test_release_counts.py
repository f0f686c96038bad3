"""The sample release holds what the baseline in version control says, by table, province and year."""

from __future__ import annotations

from tests.release_counts import differences, load_baseline, measure


def test_the_sample_release_holds_what_the_baseline_says():
    told = differences(measure(), load_baseline())
    assert told == [], (
        "if this change is wanted: make release-counts, and look at the diff of tests/baseline/release.csv"
    )


def test_every_figure_of_a_real_government_is_in_the_baseline():
    lines = {(table, province, year): line for table, province, year, *line in load_baseline()}
    assert lines["observations", "34", "2019"] == ["198", "198", "198", "1.0000"]
    assert lines["observations", "32", "2024"] == ["200", "200", "200", "1.0000"]
    assert {province for table, province, _ in lines if table == "reports"} == {"31", "32", "34", "99"}


def test_a_difference_is_told_as_a_diff_tells_it():
    old, new = [("reports", "34", "2019", "2", "", "", "")], [("reports", "34", "2019", "1", "", "", "")]
    assert differences(new, old) == ["+ reports,34,2019,1,,,", "- reports,34,2019,2,,,"]
    assert differences(old, old) == []
