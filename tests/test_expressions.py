"""Expressions over the cells of the forms: one parser for identities, the crosswalk and the ratios."""

import pytest

from extract.errors import ReferenceDataError
from transform.forms.expressions import parse_sum, rules_of, write_sum
from transform.forms.form import Identity
from transform.observations.checks import rules_within


def identity(expression, scope="within_year", each=None):
    return Identity("one", "sc_2021", expression, "official", scope, each)


def shown(side):
    return [(part.sign, *part.cell, part.before) for part in side.parts]


def test_a_sum_keeps_signs_cells_and_order():
    parts = parse_sum("a + b_2[total] - c.d")
    assert [(p.sign, p.indicator, p.applicant) for p in parts] == [
        (1, "a", None),
        (1, "b_2", "total"),
        (-1, "c.d", None),
    ]
    assert write_sum(parts) == "a + b_2[total] - c.d"


@pytest.mark.parametrize("operator", ["==", "<=", ">="])
def test_a_comparison_keeps_its_operator_and_its_sides(operator):
    (rule,) = rules_of(identity(f"a {operator} b + c"))
    assert (rule.operator, shown(rule.left)) == (operator, [(1, "a", None, False)])
    assert shown(rule.right) == [(1, "b", None, False), (1, "c", None, False)]


def test_a_letter_stands_for_rows_and_for_applicants():
    by_row = list(rules_of(identity("r[total] == r[company] + r[ngo]", each=("r", ("req_new", "res_total")))))
    assert [rule.cells[0] for rule in by_row] == [("req_new", "total"), ("res_total", "total")]
    (by_applicant,) = rules_of(identity("req_new[c] == res_total[c]", each=("c", ("company",))))
    assert (by_applicant.applicant, by_applicant.cells) == (
        "company",
        (("req_new", "company"), ("res_total", "company")),
    )
    (of_table_2,) = rules_of(identity("x.issued <= x.in_force", each=("x", ("normative",))))
    assert of_table_2.cells == (("normative.issued", None), ("normative.in_force", None))


def test_a_maximum_is_no_sum():
    (rule,) = rules_of(identity("a >= max(b, c)"))
    assert (rule.left.maximum, rule.right.maximum, [p.indicator for p in rule.right.parts]) == (False, True, ["b", "c"])


def test_over_two_years_each_cell_says_its_year():
    (rule,) = rules_of(identity("a@t == a@t-1 + b@t - c@t", scope="across_years"))
    assert shown(rule.right) == [(1, "a", None, True), (1, "b", None, False), (-1, "c", None, False)]


@pytest.mark.parametrize(
    ("expression", "scope"),
    [
        ("a + b", "within_year"),
        ("a == b == c", "within_year"),
        ("a == ", "within_year"),
        ("a == b c", "within_year"),
        ("a == b * c", "within_year"),
        ("a == b@t", "within_year"),
        ("a@t == b", "across_years"),
        ("a@t == b@t-2", "across_years"),
    ],
)
def test_what_is_no_comparison_is_named_with_its_identity(expression, scope):
    with pytest.raises(ReferenceDataError, match=r"identities\.json: one: "):
        list(rules_of(identity(expression, scope)))


def test_a_minus_within_a_report_is_refused(monkeypatch):
    monkeypatch.setattr("transform.observations.checks.load_identities", lambda: (identity("a == b - c"),))
    rules_within.cache_clear()
    try:
        with pytest.raises(ReferenceDataError, match="without minus"):
            rules_within("sc_2021")
    finally:
        rules_within.cache_clear()
