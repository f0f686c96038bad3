"""Places: which territory a name or a code means in a year."""

import csv
import subprocess
import sys
import time

import pytest

from transform.places import jurisdictions
from transform.places.jurisdictions import (
    UNITS_FILE,
    ZONES_FILE,
    Ambiguous,
    Match,
    all_units,
    find,
    is_below,
    unit_in_year,
    unit_of_code,
    unit_of_todays_code,
)
from transform.places.place_names import FULL, spoken_names
from transform.places.unit_rows import COLUMNS, build_units


def code(text, year, hint=None):
    found = find(text, year, hint)
    return found.jurisdiction_code if isinstance(found, Match) else None


def history(*rows):
    """Rows of a code history: (code, name, level, parent, from, to, successors, start_diff, end_diff)."""
    names = ("code", "name", "level", "parent", "valid_from", "valid_to", "successors", "start_diff", "end_diff")
    empty = dict.fromkeys(
        ("kind", "boundary_transfers", "start_date", "start_doc", "end_date", "end_doc", "provenance"), ""
    )
    return [empty | dict(zip(names, row, strict=True)) for row in rows]


PROVINCE = ("990000", "甲省", "province", "000000", "1990", "", "", "", "")
CITY = ("990100", "甲市", "prefecture", "990000", "1990", "", "", "", "")


def units_of(*rows):
    return {(u["jurisdiction_code"], u["valid_from"]): u for u in build_units(history(PROVINCE, CITY, *rows), [])}


def test_committed_units_are_what_the_rules_give():
    folder = UNITS_FILE.parent
    with (folder / "divisions_history.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with ZONES_FILE.open(encoding="utf-8", newline="") as file:
        zones = list(csv.DictReader(file))
    with UNITS_FILE.open(encoding="utf-8", newline="") as file:
        committed = list(csv.reader(file))
    assert committed == [list(COLUMNS)] + [[unit[c] for c in COLUMNS] for unit in build_units(rows, zones)]


def test_spells_of_a_unit_follow_one_another_and_references_resolve():
    ids = {unit.unit_id for unit in all_units()}
    spells = {}
    for unit in all_units():
        spells.setdefault(unit.unit_id, []).append(unit)
        assert {*unit.successors, *(t.partition("@")[0] for t in unit.transfers)} <= ids
        assert unit.parent_unit_id in ids or unit.level == "province"
    for chain in spells.values():
        assert [unit.valid_from for unit in chain[1:]] == [unit.valid_to for unit in chain[:-1]]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        (("320602", 2019), ("320613", 2020)),
        (("110228", 2014), ("110118", 2015)),
        (("370684", 2019), ("370614", 2020)),
        (("420600", 2009), ("420600", 2010)),
        (("522200", 2010), ("520600", 2011)),
        (("330621", 2012), ("330603", 2013)),
        (("341521", 2014), ("340422", 2015)),
        (("469003", 2014), ("460400", 2015)),
        (("500222", 2010), ("500110", 2011)),
    ],
)
def test_recoded_or_renamed_territory_stays_one_unit(older, newer):
    assert unit_of_code(*older).unit_id == unit_of_code(*newer).unit_id


def test_reused_code_is_another_unit():
    assert unit_of_code("500110", 2008).unit_id != unit_of_code("500110", 2013).unit_id
    assert unit_of_code("500111", 2008).unit_id != unit_of_code("500111", 2013).unit_id
    assert unit_of_code("500110", None) is None


def test_absorbed_merged_and_split_units_end():
    last = {unit.unit_id: unit for unit in all_units()}
    assert last["CN-320611"].successors == ("CN-320602",)
    assert last["CN-330104"].successors == ("CN-330102", "CN-330114")
    assert unit_of_code("330114", 2022).unit_id == "CN-330114"
    assert unit_of_code("320508", 2013).unit_id == "CN-320508"


def test_merger_into_a_new_name_starts_a_new_unit():
    units = units_of(
        ("990101", "东区", "county", "990100", "1990", "2015", "990103", "", "-990101 东区>乙区"),
        ("990102", "西区", "county", "990100", "1990", "2015", "990103", "", "-990102 西区>乙区"),
        ("990103", "乙区", "county", "990100", "2015", "", "", "+990103 乙区<东区,西区", ""),
    )
    assert units["990103", "2015"]["unit_id"] == "CN-990103"
    assert {units[c, "1990"]["end_rule"] for c in ("990101", "990102")} == {"merged"}


def test_code_given_to_another_place_gets_the_year_in_its_id():
    units = units_of(
        ("990101", "东区", "county", "990100", "1990", "2015", "990102", "", "-990101 东区>丙区"),
        ("990102", "丙区", "county", "990100", "1990", "", "", "", ""),
        ("990101", "丁区", "county", "990100", "2018", "", "", "+990101 丁区<丙区", ""),
    )
    assert units["990101", "1990"]["unit_id"] == "CN-990101"
    assert units["990101", "2018"]["unit_id"] == "CN-990101-2018"


@pytest.mark.parametrize(
    "text", ["合肥市瑶海区人民政府", "瑶海区", "安徽省合肥市瑶海区", "合肥瑶海区", "2019年瑶海区人民政府"]
)
def test_place_is_found_with_and_without_its_parents(text):
    assert code(text, 2019) == "340102"


def test_name_that_repeats_needs_a_parent_or_a_portal():
    for name, count in (("鼓楼区", 4), ("朝阳区", 2), ("西湖区", 2)):
        found = find(name, 2019)
        assert isinstance(found, Ambiguous)
        assert len(found.candidates) == count
    assert (code("南京市鼓楼区", 2019), code("鼓楼区", 2019, "320100")) == ("320106", "320106")
    assert (code("鼓楼区", 2019, "350102"), code("鼓楼区", 2019, "410000")) == ("350102", "410204")
    assert isinstance(find("鼓楼区", 2019, "320000"), Ambiguous)
    assert isinstance(find("鼓楼区", 2019, "340102"), Ambiguous)


def test_portal_does_not_overrule_a_name_that_is_unique():
    assert code("瑶海区人民政府", 2019, "320106") == "340102"


def test_bodies_of_the_year_before_and_after_still_report():
    assert (code("江干区", 2021), code("江干区", 2022)) == ("330104", None)
    assert (code("临平区", 2020), code("临平区", 2019)) == ("330113", None)
    assert (code("密云区", 2014), code("密云县", 2015), code("密云县", 2017)) == ("110228", "110118", None)


def test_name_out_of_its_time_counts_only_with_the_portal_of_the_same_unit():
    assert code("密云县", 2019, "110118") == "110118"
    assert code("密云县", 2019, "110105") is None


def test_county_city_with_the_name_of_its_dissolved_prefecture():
    assert code("巢湖市人民政府", 2009) == "341400"
    assert isinstance(find("巢湖市人民政府", 2010), Ambiguous)
    assert (code("巢湖市人民政府", 2015), code("合肥市巢湖市人民政府", 2011)) == ("340181", "340181")


@pytest.mark.parametrize(
    ("short", "expected"),
    [
        ("新疆哈密市伊州区", "650502"),
        ("内蒙古兴安盟科右中旗", "152222"),
        ("楚雄州牟定县", "532323"),
        ("临夏州", "622900"),
        ("海南州", "632500"),
        ("海南省", "460000"),
        ("黔东南州", "522600"),
        ("积石山县", "622927"),
        ("东乡族自治县", "622926"),
        ("吉林市", "220200"),
        ("吉林省吉林市船营区", "220204"),
        ("广西壮族自治区", "450000"),
        ("广西人民政府", "450000"),
        ("兴安盟", "152200"),
        ("阿克苏地区", "652900"),
        ("神农架林区", "429021"),
        ("仙桃市", "429004"),
    ],
)
def test_short_and_full_forms_of_autonomous_places(short, expected):
    assert code(short, 2020) == expected


@pytest.mark.parametrize(
    "text", ["湖南镇人民政府", "北京街道办事处", "城区街道办事处", "科技和县域经济", "县财政局", "市辖区", "新疆路"]
)
def test_what_only_looks_like_a_place_is_none(text):
    assert find(text, 2020) is None


def test_pseudo_rows_have_no_names_and_no_codes():
    assert spoken_names("市辖区", "county") == spoken_names("县", "county") == []
    assert unit_of_code("340101", 2020) is None
    assert unit_of_code("500200", 2020) is None


def test_zones_have_ids_of_ours_and_no_code():
    for text in ("合肥高新技术产业开发区管委会", "合肥市高新区", "安徽省合肥市高新技术产业开发区", "合肥高新区"):
        found = find(text, 2020)
        assert isinstance(found, Match)
        assert (found.unit.unit_id, found.jurisdiction_code) == ("CN-ZONE-340100-gaoxin", None)
    assert is_below(found.unit, "CN-340100")


def test_every_spell_of_every_unit_is_found_under_its_usual_names_or_not_at_all():
    """Right or unknown, 2008 to 2026, with and without its parents; never another territory."""
    right, wrong = 0, []
    for unit in all_units():
        first, last = max(2008, unit.valid_from or 2008), min(2026, (unit.valid_to or 2027) - 1)
        if first > last or not spoken_names(unit.name, unit.level):
            continue
        above = unit.full_name.removesuffix(unit.name)
        spoken = {name for form, name in spoken_names(unit.name, unit.level) if form == FULL}
        for year in {first, last}:
            for name in {above + name for name in spoken} | spoken:
                found = find(name + "人民政府", year)
                if isinstance(found, Match) and found.unit.unit_id != unit.unit_id:
                    wrong.append((name, year, found.unit.full_name))
                right += isinstance(found, Match)
    assert wrong == []
    assert right > 14_000


@pytest.mark.parametrize(
    ("code", "year", "name"),
    [
        ("500110", 2009, "綦江县"),
        ("500110", 2015, "綦江区"),
        ("370114", 2010, "章丘市"),
        ("330113", 2012, None),
        ("500222", 2020, "綦江区"),
    ],
)
def test_code_of_today_means_the_same_territory_in_other_years(code, year, name):
    found = unit_of_todays_code(code, year)
    assert (found and found.name) == name


def test_every_code_of_today_gives_its_unit_in_each_year_in_which_that_was_there():
    for unit in all_units():
        if unit.code and unit.at_end_of(2026) and spoken_names(unit.name, unit.level):
            for year in range(2008, 2027):
                then = unit_in_year(unit.unit_id, year)
                found = unit_of_todays_code(unit.code, year)
                assert (found and found.unit_id) == (unit.unit_id if then.around(year) else None)


def test_bare_zone_word_means_nothing_without_its_city():
    assert find("高新区管委会", 2020) is None


def test_unit_in_year_gives_the_nearest_spell():
    assert unit_in_year("CN-320602", 2019).code == "320602"
    assert unit_in_year("CN-320602", 2020).code == "320613"
    assert unit_in_year("CN-330104", 2023).code == "330104"
    assert unit_in_year("CN-320602", None) is None
    assert unit_in_year("CN-340102", None).code == "340102"


def test_invented_places_are_never_found_among_real_ones(tmp_path, monkeypatch):
    rows = history(PROVINCE, CITY, ("990101", "瑶海区", "county", "990100", "1990", "", "", "", ""))
    for row in rows:
        row |= {"province": "", "prefecture": "", "status": "", "successor_basis": "", "start_src": ""}
    with (tmp_path / "divisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    monkeypatch.setattr(jurisdictions, "SYNTHETIC_FILE", tmp_path / "divisions.csv")
    jurisdictions._places.cache_clear()
    try:
        assert code("瑶海区", 2019) == "340102"
        assert find("瑶海区", 2019, synthetic=True).jurisdiction_code == "990101"
        assert find("甲市", 2019) is None
        assert unit_of_code("990101", 2019) is None
    finally:
        jurisdictions._places.cache_clear()


def test_places_load_in_less_than_a_tenth_of_a_second():
    times = []
    for _ in range(3):
        begin = time.process_time()
        jurisdictions._places.__wrapped__(False)
        times.append(time.process_time() - begin)
    assert min(times) < 0.1


def test_identifying_needs_none_of_the_heavy_libraries():
    program = "import sys, transform.identity.identify, transform.identity.narrative; print([m for m in ('pandas', 'pyarrow', 'prefect', 'camelot') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )
