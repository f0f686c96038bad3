"""Checks over several reports: exactly what the truth says is broken, and never a word about consistency."""

from __future__ import annotations

from publish.checking.identities import check_identities
from publish.checking.validate import canonical, check_tables
from publish.schema.schemas import load_schemas
from tests.report_factory import FIGURES, identity, reading, record
from tests.sample_home import sample
from tests.truth import rows as truth
from tests.whole_line import assemble
from transform.reports.parts import to_table

STOCK = {"normative.in_force": "20", "normative.issued": "3", "normative.repealed": "2"}
SOUTH, NORTH = ("CN-990104", "990104", "示例市南例区人民政府"), ("CN-990105", "990105", "示例市北例区人民政府")
COUNTIES = ("990102", "990103", "990104", "990106", "990108", "990109")


def who(unit=SOUTH, year=2023, **more):
    return identity(unit_id=unit[0], jurisdiction_code=unit[1], publisher=unit[2], year=year, **more)


def checks(*readings, records=()):
    tables = assemble(to_table(readings), records)
    return [r for r in tables["checks"].to_pylist() if r["term_reports"] is not None]


def of(rows, name):
    return {tuple(r["indicators"][:1]): r for r in rows if r["identity"] == name}


def test_the_invented_province_breaks_exactly_what_it_was_made_to_break():
    across = [r for r in sample().rows("checks") if r["term_reports"]]
    broken = {
        (
            r["report_ids"][0].split("/")[0].removeprefix("CN-"),
            int(r["report_ids"][0][-4:]),
            r["identity"],
            r["applicant"],
        )
        for r in across
        if r["status"] == "broken"
    }
    true = {
        (r["jurisdiction_code"], int(r["year"]), r["identity"], r["operand"])
        for r in truth("contradictions")
        if "carry" in r["identity"]
    }
    assert broken == true and len(true) == 2
    assert {r["identity"] for r in across if r["status"] == "holds"} == {
        "t3_carry_2019",
        "t3_carry_2021",
        "t2_19_items",
        "t2_19_stock",
        "t2_21_stock",
        "agg_lower_le_region",
        "jump_beyond_peers",
    }
    assert {r["severity"] for r in across} == {"usual"}


def test_a_unit_takes_over_what_a_merged_one_carried_out():
    row = next(
        r
        for r in sample().rows("checks")
        if r["check_id"].startswith("CN-990104/")
        and "/2021/" in r["check_id"]
        and r["check_id"].endswith("across/t3_carry_2021/req_carried_in[total]")
    )
    assert [r.split("/")[0] for r in row["term_reports"]] == ["CN-990104", "CN-990104", "CN-990105"]
    assert (row["status"], row["residual"]) == ("holds", 0)


def test_what_was_carried_out_is_carried_in():
    then = reading("a", who=who(year=2022))
    now = reading("b", FIGURES | {"req_carried_in[total]": "2"}, who=who(year=2023))
    (row,) = [r for r in checks(then, now) if r["identity"] == "t3_carry_2021"]
    assert (row["left"], row["right"], row["residual"], row["status"]) == (2, 3, -1, "broken")
    assert row["indicators"] == ["req_carried_in[total]", "req_carried_out[total]"]
    assert [r[-4:] for r in row["term_reports"]] == ["2023", "2022"] and row["locators"] == ["t1 r2 c2", "t1 r25 c2"]


def test_stock_follows_from_flows():
    then, now = (
        reading("a", STOCK, who=who(year=2022)),
        reading("b", STOCK | {"normative.in_force": "22"}, who=who(year=2023)),
    )
    (row,) = checks(then, now)
    assert (row["identity"], row["left"], row["right"], row["residual"]) == ("t2_21_stock", 22, 20 + 3 - 2, 1)


def test_a_blank_makes_it_not_evaluable_and_is_no_breach():
    then, now = (
        reading("a", STOCK, who=who(year=2022)),
        reading("b", STOCK | {"normative.repealed": ""}, who=who(year=2023)),
    )
    (row,) = checks(then, now)
    assert (row["status"], row["left"], row["right"], row["residual"]) == ("not_evaluable", None, None, None)


def test_stocks_of_different_forms_are_never_compared():
    old = reading("a", {"normative.disclosed_total": "20"}, who=who(year=2020), form="sc_2019")
    assert checks(old, reading("b", STOCK, who=who(year=2021))) == []


def test_no_check_across_sets_consistency():
    tables = assemble(to_table([reading("a", STOCK, who=who(year=2022)), reading("b", STOCK, who=who(year=2023))]), [])
    assert set(tables["observations"]["consistency"].to_pylist()) == {"uncovered"}


def test_a_report_that_was_replaced_is_not_compared():
    url = "https://b.example/2023.html"
    now, later = (
        reading("b", who=who(year=2023)),
        reading("c", FIGURES | {"req_carried_in[total]": "3", "req_new[total]": "29"}, who=who(year=2023)),
    )
    found = checks(
        reading("a", who=who(year=2022)), now, later, records=[record("b", url), record("c", url, "2026-05-01")]
    )
    (row,) = [r for r in found if r["identity"] == "t3_carry_2021"]
    assert (row["status"], "/v2/" in row["check_id"]) == ("holds", True)


def test_a_district_above_its_city_is_told_only_where_the_city_counts_its_region():
    city = ("CN-990100", "990100", "示例市人民政府")
    small = FIGURES | {"req_new[total]": "20", "res_total[total]": "19"}
    for scope, status in (("region", "broken"), ("own_level", None), ("unknown", None)):
        found = of(
            checks(reading("a", small, who=who(city, scope=scope)), reading("b", who=who(SOUTH))), "agg_lower_le_region"
        )
        row = found.get(("req_new[total]",))
        assert (row and row["status"]) == status
    row = of(
        checks(
            reading("a", who=who(city)),
            reading("b", who=who(SOUTH)),
            reading("c", FIGURES | {"req_new[total]": ""}, who=who(("CN-990103", "990103", "示例市西例区人民政府"))),
        ),
        "agg_lower_le_region",
    )["req_new[total]",]
    assert (row["left"], row["right"], row["status"], len(row["report_ids"])) == (30, 30, "holds", 2)


def peers(jump: str):
    readings = []
    for n, code in enumerate(COUNTIES):
        unit = (f"CN-{code}", code, f"示例市第{n}区人民政府")
        last = jump if n == 0 else str(110 + n)
        readings.append(reading(f"{n}a", {"req_new[total]": "100"}, who=who(unit, 2022)))
        readings.append(reading(f"{n}b", {"req_new[total]": last}, who=who(unit, 2023)))
    return readings


def test_a_jump_beyond_the_peers_is_told():
    found = [r for r in checks(*peers("1200")) if r["identity"] == "jump_beyond_peers"]
    assert len(found) == 6
    (row,) = [r for r in found if r["status"] == "broken"]
    assert row["report_ids"][0].startswith("CN-990102/") and row["residual"] > 0 and row["operator"] == "<="
    assert row["indicators"] == ["req_new[total]", "req_new[total]"]


def test_a_change_that_all_share_is_no_jump():
    assert {r["status"] for r in checks(*peers("130")) if r["identity"] == "jump_beyond_peers"} == {"holds"}


def test_few_governments_are_no_peers():
    assert [r for r in checks(*peers("1200")[:10]) if r["identity"] == "jump_beyond_peers"] == []


def test_small_numbers_do_not_jump():
    readings = peers("100")
    small = [
        reading(f"x{n}", {"req_new[total]": t}, who=who(("CN-990102", "990102", "示例市第0区人民政府"), y))
        for n, (t, y) in enumerate((("0", 2022), ("6", 2023)))
    ]
    found = [r for r in checks(*readings[2:], *small) if r["identity"] == "jump_beyond_peers"]
    assert {r["status"] for r in found} == {"holds"} and len(found) == 6


def test_a_release_accepts_them_and_finds_a_cell_that_is_not_there():
    schemas = load_schemas()
    readings = [
        reading("a", who=who(year=2022)),
        reading("b", FIGURES | {"req_carried_in[total]": "3", "req_new[total]": "29"}, who=who(year=2023)),
    ]
    assembled = assemble(to_table(readings), [record("a", "https://b.example/a"), record("b", "https://b.example/b")])
    tables = {name: canonical(table, schemas[name]) for name, table in assembled.items()}
    assert check_tables(tables, schemas) == []
    from transform.forms.form import load_identities

    known = [{"id": i.id, "expression": i.expression} for i in load_identities()]
    assert check_identities(tables, schemas, known) == []
    rows = tables["checks"].to_pylist()
    row = next(r for r in rows if r["term_reports"])
    row["locators"] = ["t9 r9 c9", *row["locators"][1:]]
    import pyarrow as pa

    forged = tables | {"checks": pa.Table.from_pylist(rows, schema=tables["checks"].schema)}
    (problem,) = check_identities(forged, schemas, known)
    assert row["check_id"] in str(problem) and "t9 r9 c9" in str(problem)
