"""A release assembled shard by shard is the release assembled at once, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from flows.releasing import sharding
from flows.releasing.assembling import write_release_tables
from flows.releasing.sharding import Origin, write_shards
from publish.checking.pieces import merge_place, places_of, write_pieces
from publish.files import release_files
from publish.files.of_reports import ObservationFiles, current_figures
from publish.schema.schemas import load_schemas
from tests.report_factory import document_id, identity, reading
from tests.sample_home import VERSION, sample
from tests.whole_line import write_part
from transform.across_reports import across
from transform.places.territory import mergers
from transform.versions.shards import shards_of

UNIT = "CN-990102"


def documents_of(*names: str) -> list[str]:
    return sorted(document_id(name) for name in names)


def parts(folder: Path, *readings) -> list[Path]:
    paths = [folder / f"{number}.parquet" for number in range(len(readings))]
    for path, one in zip(paths, readings, strict=True):
        write_part(path, [one])
    return paths


def test_how_documents_fall_into_shards_and_how_many_reports_are_compared_at_a_time_changes_no_byte(
    tmp_path, monkeypatch
):
    origin = Origin(sample().home)
    made = {}
    for size in (10_000, 7):
        folder = tmp_path / str(size)
        folder.mkdir()
        monkeypatch.setattr(sharding, "_OPEN", size // 3)
        monkeypatch.setattr(across, "CHUNK", size // 3)
        assert write_release_tables(origin, folder, VERSION, size=size, workers=1) == []
        made[size] = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")}
    assert len(shards_of(origin.parts(), (), size=7)) > 5
    assert (
        made[7].keys() == made[10_000].keys()
        and {"panel_2024.parquet", "observations/observations-2021.parquet"} <= made[7].keys()
    )
    assert [name for name in made[7] if made[7][name] != made[10_000][name]] == []


def test_sorting_into_shards_begins_anew_after_a_killed_process(tmp_path):
    origin = Origin(sample().home)
    once, again = (
        [shard.records_and_readings() for shard in write_shards(origin, origin.parts(), tmp_path / "shards", size=7)]
        for _ in range(2)
    )
    assert once == again and sum(len(records) for records, _ in once) > 50


def test_documents_of_one_unit_or_address_or_page_or_of_the_same_figures_share_a_shard(tmp_path):
    other, third, fourth = "CN-990901", "CN-990902", "CN-990903"
    figures = {f"i{n}": "7" for n in range(12)}
    names = (
        "same unit 1",
        "same unit 2",
        "address 1",
        "address 2",
        "parent",
        "child",
        "figures 1",
        "figures 2",
        "alone",
    )
    whose = (UNIT, UNIT, None, None, other, None, third, None, fourth)
    readings = [
        reading(name, figures if "figures" in name else {"a": str(n)}, who=identity(unit_id=unit))
        for n, (name, unit) in enumerate(zip(names, whose, strict=True))
    ]
    addresses = [
        (document_id("address 1"), "http://a/1"),
        (document_id("address 2"), "http://a/1"),
        (document_id("parent"), "http://a/p"),
        (document_id("child"), "http://a/p"),
    ]
    found = shards_of(parts(tmp_path, *readings), addresses, size=1)
    wanted = [documents_of(*pair) for pair in (names[0:2], names[2:4], names[4:6], names[6:8], names[8:])]
    assert sorted(found) == sorted(wanted)
    assert [len(shard) for shard in shards_of(parts(tmp_path, *readings), addresses, size=100)] == [9]


def test_units_of_which_one_took_in_the_other_share_a_shard(tmp_path):
    unit, merged = mergers(synthetic=True)[0]
    readings = [
        reading("into", {"a": "1"}, who=identity(unit_id=unit)),
        reading("gone", {"a": "2"}, who=identity(unit_id=merged)),
    ]
    assert shards_of(parts(tmp_path, *readings), (), size=1) == [documents_of("into", "gone")]


@pytest.mark.parametrize("rows", [3, 100, 100_000])
def test_observations_of_some_reports_are_read_out_of_their_year(tmp_path, rows):
    every = sample().tables["observations"]
    year = every.filter(pc.equal(every["year"], 2021)).slice(0, 1_500)
    pq.write_table(year, tmp_path / "year.parquet", row_group_size=rows)
    ids = sorted(set(year["report_id"].to_pylist()))
    assert len(ids) > 5
    keep = current_figures(("req_new", "req_carried_in"))
    read = ObservationFiles(
        [tmp_path / "year.parquet"], ["report_id", "indicator", "value", "source", "is_current"], keep
    )
    for some in ([], ids[:1], ids[1:3], ids[::2], ids, ["A", "Z"]):
        wanted = [
            row
            for row in year.to_pylist()
            if row["report_id"] in some
            and row["indicator"] in ("req_new", "req_carried_in")
            and row["is_current"]
            and row["source"] == "table"
        ]
        assert [(r["report_id"], r["value"]) for r in read.of(some).to_pylist()] == [
            (r["report_id"], r["value"]) for r in wanted
        ]
        assert bool(wanted) == bool(set(some) & set(ids))


def publishers(*names: str) -> pa.Table:
    rows = [
        {
            "publisher_id": f"{UNIT}/{name}",
            "unit_id": UNIT,
            "publisher": name,
            "names_used": [name],
            "kind": "office",
            "first_year": 2020,
            "last_year": 2021,
        }
        for name in names
    ]
    return pa.Table.from_pylist(rows)


def merged(tmp_path, *tables: pa.Table) -> tuple[list, pa.Table]:
    made, folder = tmp_path / "made", tmp_path / "pieces"
    for number, table in enumerate(tables):
        assert write_pieces(folder, f"b{number}", VERSION, {"publishers": table}, {}) == []
    problems = [
        problem for name, place in places_of(folder) for problem in merge_place(name, place, folder, made, VERSION)
    ]
    return problems, pq.read_table(made / "publishers.parquet", partitioning=None)


@pytest.mark.parametrize("rows", [2, 3, 20_000])
def test_pieces_that_overlap_are_merged_in_the_order_of_the_key(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(release_files, "ROW_GROUP", rows)
    problems, table = merged(
        tmp_path, publishers("a", "d", "e", "i"), publishers("b", "c", "h"), publishers(), publishers("f", "g")
    )
    assert problems == [] and table["publisher"].to_pylist() == list("abcdefghi")
    groups = pq.read_metadata(tmp_path / "made" / "publishers.parquet")
    assert [groups.row_group(n).num_rows for n in range(groups.num_row_groups)] == [
        min(rows, 9 - n) for n in range(0, 9, rows)
    ]


@pytest.mark.parametrize("rows", [1, 2, 20_000])
def test_a_key_in_two_pieces_is_a_problem(tmp_path, monkeypatch, rows):
    monkeypatch.setattr(release_files, "ROW_GROUP", rows)
    problems, _ = merged(tmp_path, publishers("a", "c"), publishers("b", "c", "d"))
    assert [(p.where, p.message) for p in problems] == [("publishers", f"in two pieces: publisher_id={UNIT}/c")]


def test_a_table_without_rows_has_its_file(tmp_path):
    problems, table = merged(tmp_path, publishers(), publishers())
    assert problems == [] and table.num_rows == 0 and table.column_names == load_schemas()["publishers"].names


def test_what_is_wrong_with_a_piece_is_told_and_nothing_written(tmp_path):
    wrong = publishers("a").set_column(4, "kind", pa.array(["king"]))
    problems = write_pieces(tmp_path, "b0", VERSION, {"publishers": wrong}, {})
    assert (
        [p.where for p in problems] == ["publishers"]
        and "king" not in problems[0].rule
        and not list(tmp_path.rglob("*.arrow"))
    )
