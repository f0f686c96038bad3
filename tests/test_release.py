"""A release is made whole or not at all, gives the same bytes again, and notices what was done to it."""

from __future__ import annotations

import csv
import json
import random
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract.errors import ReleaseError, UsageError
from publish.checking.check import check_files, check_release
from publish.codebook.codebook import codebook_rows
from publish.compare.latest import latest_release
from publish.exports.write_exports import is_by_value
from publish.files.release_files import ROW_GROUP, row_group, sha256, write_checksums
from publish.releasing.release import make_release
from publish.schema.schemas import SCHEMA_VERSION, load_schemas
from tests.release_factory import whole
from tests.report_factory import FIGURES, NOBODY, PUBLISHER, document_id, identity, reading, record
from tests.whole_line import assemble
from transform.observation import Leftover
from transform.reports.parts import to_table

#: Files whose damage is looked at through the whole check; for the others their checksums are enough.
WHOLE = {"checksums.txt", "schema.json", "reports.parquet", "observations/observations-2022.parquet", "codebook.csv"}
VERSION = "2026.11.0-sample"
REAL = {"unit_id": "CN-110101", "jurisdiction_code": "110101", "publisher": "甲", "synthetic": False}


def inputs():
    readings = [
        reading("a", leftovers=(Leftover("t1 r9 c1", "=1+1", "no label of the form"),)),
        reading("b", FIGURES | {"review_total": "8", "res_np_petition[total]": ""}, who=identity(year=2021)),
        reading("c", who=identity(**NOBODY, synthetic=True) if "synthetic" not in NOBODY else identity(**NOBODY)),
    ]
    readings[2] = replace(readings[2], observations=readings[2].observations[:5], checks=())
    return readings, [record(n, f"https://{n}.example/", f"2026-02-0{d}") for d, n in enumerate("abc", 1)]


def tables(seed=None):
    readings, records = inputs()
    if seed is not None:
        random.Random(seed).shuffle(readings)
        random.Random(seed).shuffle(records)
    assembled = whole(assemble(to_table(readings), records))
    return {name: table.take(_shuffled(table.num_rows, seed)) for name, table in assembled.items()}


def _shuffled(rows, seed):
    order = list(range(rows))
    if seed is not None:
        random.Random(seed).shuffle(order)
    return pa.array(order, pa.int64())


def bytes_of(directory):
    return {p.relative_to(directory).as_posix(): p.read_bytes() for p in sorted(directory.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_release(tmp_path_factory.mktemp("home"), VERSION, tables=tables(), synthetic_allowed=True)


@pytest.fixture
def quick(monkeypatch):
    """Leave out what these tests do not look at and what takes most of the time."""
    monkeypatch.setattr("publish.releasing.release.write_exports", lambda *_: None)
    monkeypatch.setattr("publish.releasing.release.build_site", lambda *_: None, raising=False)


@pytest.fixture
def release(made, tmp_path):
    import shutil

    return shutil.copytree(made.directory, tmp_path / VERSION)


def test_same_input_in_any_order_gives_the_same_bytes(made, tmp_path):
    again = make_release(tmp_path, VERSION, tables=tables(seed=7), synthetic_allowed=True)
    first, second = bytes_of(made.directory), bytes_of(again.directory)
    fixed = {name for name in first if not is_by_value(name)} - {"checksums.txt"}
    assert first.keys() == second.keys() and {n: first[n] for n in fixed} == {n: second[n] for n in fixed}
    lines = [
        [line for line in found["checksums.txt"].splitlines() if line.split()[-1].decode() in fixed]
        for found in (first, second)
    ]
    assert lines[0] == lines[1] and len(lines[0]) == len(fixed)


def test_a_release_holds_what_the_contract_names(made):
    found = set(bytes_of(made.directory))
    assert {"codebook.csv", "schema.json", "datapackage.json", "CITATION.cff", "CHANGELOG.md", "checksums.txt"} <= found
    assert {f"observations/observations-{y}.parquet" for y in ("2021", "2022", "unknown")} <= found
    assert {"units.parquet", "coverage.parquet"} <= found
    assert made.rows["observations"] == 2 * len(FIGURES) + 5


def test_a_good_release_passes(made):
    assert check_release(made.directory) == []


def test_a_flipped_byte_in_any_file_names_the_file(made, release):
    for name, content in bytes_of(made.directory).items():
        middle = len(content) // 2
        (release / name).write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        problems = check_files(release)
        assert any(name in str(p) for p in problems), name
        if name in WHOLE:
            assert any(name in str(p) for p in check_release(release)), name
        (release / name).write_bytes(content)
    assert check_release(release) == []


def test_missing_and_extra_files_are_named(release):
    (release / "codebook.csv").unlink()
    (release / "notes.txt").write_text("mine")
    found = [str(p) for p in check_release(release)]
    assert [p.split(":")[:2] for p in found] == [["codebook.csv", " missing file"], ["notes.txt", " extra file"]]


def forge(release, table, change):
    """Rewrite one table of a release and its checksums, as a careless person would."""
    path = release / f"{table}.parquet"
    before = pq.read_table(path)
    pq.write_table(pa.Table.from_pylist([change(r) for r in before.to_pylist()], schema=before.schema), path)
    write_checksums(release, "forged")


def test_a_check_that_the_figures_do_not_bear_out_is_named(release):
    forge(
        release,
        "checks",
        lambda r: r | {"status": "holds", "left": 7.0, "right": 7.0, "residual": 0.0} if r["status"] == "broken" else r,
    )
    problems = [str(p) for p in check_release(release)]
    assert (
        len(problems) == 1
        and "t4_review_2021" in problems[0]
        and "left is 7.0, the observations give 8.0" in problems[0]
    )


def test_a_check_over_other_terms_than_its_identity_is_named(release):
    forge(release, "checks", lambda r: r | {"identity": "t4_lit_post_2021"} if r["identity"] == "t4_review_2021" else r)
    assert all("its terms are not those of t4_lit_post_2021" in str(p) for p in check_release(release))
    assert len(check_release(release)) == 2


def test_a_changed_figure_is_found_by_the_checks_over_it(release):
    path = release / "observations" / "observations-2022.parquet"
    before = pq.read_table(path)
    rows = [r | {"value": 9.0} if r["indicator"] == "review_upheld" else r for r in before.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, schema=before.schema), path)
    write_checksums(release, "forged")
    assert [("right is 7.0, the observations give 12.0" in str(p)) for p in check_release(release)] == [True]


def test_wrong_rows_make_no_release_and_are_named(tmp_path):
    wrong = tables()
    rows = [
        r | {"reading": "sure"} if r["indicator"] == "review_total" else r for r in wrong["observations"].to_pylist()
    ]
    wrong["observations"] = pa.Table.from_pylist(rows, schema=wrong["observations"].schema)
    with pytest.raises(ReleaseError, match=r"column reading.*\n?.*indicator=review_total") as caught:
        make_release(tmp_path, VERSION, tables=wrong, synthetic_allowed=True)
    assert f"CN-990102/{PUBLISHER}/2022" in str(caught.value)
    assert not (tmp_path / "releases").exists() or list((tmp_path / "releases").iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_a_failure_while_writing_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("no space left")

    monkeypatch.setattr("publish.releasing.release.write_codebook", fail)
    with pytest.raises(OSError, match="no space left"):
        make_release(tmp_path, VERSION, tables=tables(), synthetic_allowed=True)
    assert list((tmp_path / "releases").iterdir()) == []


@pytest.mark.usefixtures("quick")
def test_a_release_never_changes(tmp_path):
    first = make_release(tmp_path, VERSION, tables=tables(), synthetic_allowed=True)
    before = bytes_of(first.directory)
    assert make_release(tmp_path, VERSION, tables=tables(), synthetic_allowed=True).existed
    other = tables()
    other["leftovers"] = other["leftovers"].slice(0, 0)
    with pytest.raises(ReleaseError, match=r"other bytes in .*leftovers\.parquet"):
        make_release(tmp_path, VERSION, tables=other, synthetic_allowed=True)
    assert bytes_of(first.directory) == before
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [VERSION, "latest"]


@pytest.mark.usefixtures("quick")
def test_latest_points_at_the_last_release_made(tmp_path):
    assert latest_release(tmp_path) is None
    make_release(tmp_path, VERSION, tables=tables(), synthetic_allowed=True)
    make_release(tmp_path, "2026.11.1-sample", tables=tables(), synthetic_allowed=True)
    assert latest_release(tmp_path) == tmp_path / "releases" / "2026.11.1-sample"
    changes = (tmp_path / "releases" / "2026.11.1-sample" / "CHANGELOG.md").read_text()
    assert f"Compared with {VERSION}." in changes and "| observations | 67 | 67 | +0 |" in changes


@pytest.mark.usefixtures("quick")
def test_real_and_invented_rows_never_share_a_release_but_the_sample(tmp_path):
    readings, records = inputs()
    mixed = whole(assemble(to_table([*readings, reading("r", who=identity(**REAL))]), records))
    with pytest.raises(ReleaseError, match="synthetic"):
        make_release(tmp_path, "2026.11.0", tables=mixed)
    with pytest.raises(ReleaseError, match="real and invented rows"):
        make_release(tmp_path, "2026.11.0", tables=mixed, synthetic_allowed=True)
    with pytest.raises(ReleaseError, match="only the sample run"):
        make_release(tmp_path, VERSION, tables=mixed)
    assert make_release(tmp_path, VERSION, tables=mixed, synthetic_allowed=True).rows["reports"] == 4
    real = whole(assemble(to_table([reading("r", who=identity(**REAL))]), []))
    assert make_release(tmp_path, "2026.11.0", tables=real).rows["reports"] == 1


def test_a_name_that_is_no_calendar_version_is_refused(tmp_path):
    for name in ("v1", "2026.11", "../2026.11.0"):
        with pytest.raises(UsageError, match="2026"):
            make_release(tmp_path, name, tables=tables(), synthetic_allowed=True)


def test_parquet_files_are_plain(made):
    path = made.directory / "observations" / "observations-2022.parquet"
    schema, meta = pq.read_schema(path), pq.read_metadata(path)
    assert b"pandas" not in (schema.metadata or {}) and schema.metadata[b"schema_version"].decode() == SCHEMA_VERSION
    assert schema.field("year").type == pa.int16() and schema.field("indicator").type == pa.string()
    column = meta.row_group(0).column(meta.schema.names.index("indicator"))
    assert column.compression == "ZSTD" and column.has_column_index and column.statistics.has_min_max


def test_row_groups_of_wide_tables_have_fewer_rows_and_figures_no_statistics(made):
    schemas = load_schemas()
    assert row_group(schemas["observations"]) == ROW_GROUP > row_group(schemas["panel"]) > 10_000
    group = pq.read_metadata(made.directory / "panel.parquet").row_group(0)
    told = {group.column(n).path_in_schema for n in range(group.num_columns) if group.column(n).is_stats_set}
    assert (
        {"unit_id", "year"} <= told
        and not any(name.endswith(("_read", "_ok", "_zero")) for name in told)
        and len(told) < 20
    )


def test_rows_lie_in_the_order_of_their_key(made):
    for name, schema in load_schemas().items():
        for path in made.directory.glob(schema.path.replace("{year}", "*")):
            keys = [
                tuple((r[k] is None, r[k] if r[k] is not None else 0) for k in schema.key)
                for r in pq.read_table(path).to_pylist()
            ]
            assert keys == sorted(keys), name


def test_every_file_carries_the_schema_version(made):
    for name, content in bytes_of(made.directory).items():
        if name.endswith(".parquet"):
            assert pq.read_schema(made.directory / name).metadata[b"schema_version"].decode() == SCHEMA_VERSION
        # A CSV file holds rows and nothing else; in the others the tests of exports look.
        elif not name.startswith(("exports/", "site/")):
            assert SCHEMA_VERSION in content.decode(), name


def test_the_data_package_describes_every_table_file(made):
    package = json.loads((made.directory / "datapackage.json").read_text(encoding="utf-8"))
    resources = {r["path"]: r for r in package["resources"]}
    files = [n for n in bytes_of(made.directory) if n.endswith(".parquet") or n.startswith("exports/")]
    assert set(resources) == {*files, "codebook.csv", "codebook_years.csv"}
    for path, resource in resources.items():
        if is_by_value(path):
            assert not {"hash", "bytes"} & set(resource)
            continue
        assert resource["hash"] == f"sha256:{sha256(made.directory / path)}"
        if path.endswith(".parquet"):
            assert [f["name"] for f in resource["schema"]["fields"]] == pq.read_schema(made.directory / path).names
    names = [r["name"] for r in package["resources"]]
    assert len(names) == len(set(names)) and all(n == n.lower() for n in names)
    for resource in package["resources"]:
        for key in resource.get("schema", {}).get("foreignKeys", ()):
            assert key["reference"]["resource"] in names


def test_the_codebook_has_every_column_and_every_indicator(made):
    with (made.directory / "codebook.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    told = {(r["table"], r["name"]) for r in rows if r["kind"] in ("column", "concept")}
    for name in made.rows:
        assert {(name, c) for c in load_schemas()[name].names} <= told
    indicators = {r["name"] for r in rows if r["kind"] == "indicator"}
    assert {k.partition("[")[0] for k in FIGURES} <= indicators
    assert {"e_requests_total", "procurement.amount", "lit_post_pending", "staff_total"} <= indicators
    fees = next(r for r in rows if r["kind"] == "indicator" and r["name"] == "admin_fees.amount")
    assert (fees["unit"], fees["forms"], fees["label_zh"]) == (
        "万元",
        "sc_2021",
        "行政事业性收费／本年收费金额（单位：万元）",
    )
    assert all(r["label_en"] for r in rows) and all(r["blanks"] for r in rows)


def test_the_codebook_says_where_a_concept_breaks():
    row = next(r for r in codebook_rows(load_schemas()) if r["name"] == "unclear_2019")
    assert "sc_2014_to_2019: break" in row["comparability"] and row["years"] == "2019-2020; 2021-"


def test_a_document_is_named_where_its_report_has_no_name(made):
    table = pq.read_table(made.directory / "observations" / "observations-unknown.parquet")
    assert set(table["report_id"].to_pylist()) == {f"document/{document_id('c')}"}


def regroup(release, name, rows, change=lambda table: table):
    """Rewrite a file of a release with few rows to a group, and its checksums."""
    path = release / name
    pq.write_table(change(pq.read_table(path, partitioning=None)), path, row_group_size=rows)
    write_checksums(release, "forged")


def swapped(table, one, other):
    order = list(range(table.num_rows))
    order[one], order[other] = order[other], order[one]
    return table.take(order)


@pytest.mark.parametrize("rows", [1, 3, 1000])
def test_how_rows_are_grouped_makes_no_difference_to_a_check(release, rows):
    for path in sorted(release.rglob("*.parquet")):
        regroup(release, path.relative_to(release), rows)
    assert check_release(release) == []
    path = "observations/observations-2022.parquet"
    regroup(release, path, rows, lambda table: pa.concat_tables([table.slice(0, 4), table.slice(3)]))
    assert any("observations: key" in str(p) and "not unique: 1 row" in str(p) for p in check_release(release))
    regroup(release, path, rows, lambda table: swapped(pa.concat_tables([table.slice(0, 4), table.slice(4 + 1)]), 2, 8))
    found = [str(p) for p in check_release(release)]
    assert any(
        p.startswith("observations: rows not in the order of the key (report_id, version, document_id") for p in found
    )
    assert not any("not unique" in p for p in found)


def test_a_key_in_the_files_of_two_years_is_named(release):
    one, other = (release / "observations" / f"observations-{year}.parquet" for year in (2021, 2022))
    row = pq.read_table(other, partitioning=None).slice(5, 1)
    table = pa.concat_tables([pq.read_table(one, partitioning=None), row])
    regroup(
        release,
        one.relative_to(release),
        1000,
        lambda _: table.sort_by(
            [
                ("report_id", "ascending"),
                ("version", "ascending"),
                ("document_id", "ascending"),
                ("indicator", "ascending"),
            ]
        ),
    )
    (problem,) = [str(p) for p in check_release(release) if "not unique" in str(p)]
    assert problem.startswith("observations: key") and row["report_id"][0].as_py() in problem and "1 row:" in problem
