"""What changed between two releases is told row by row, with both values, and why only where the releases say so."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from extract.errors import HeldBackError, UsageError
from flows.cli import main
from flows.commands.diff import diff
from publish.checking.check import check_release
from publish.compare.latest import latest_release
from publish.files.made_from import READER_PARTS, REGISTRIES, read_made_from
from publish.releasing.release import make_release
from tests.release_factory import VERSION, readings, release_tables
from tests.report_factory import FIGURES, document_id, reading, record
from transform.reports.parts import from_table, to_table
from transform.versions.hand_readings import HandReading, apply_readings

NEXT = "2026.11.1-sample"
MADE = dict.fromkeys((*READER_PARTS, *REGISTRIES), "1")
RECORDS = [record(n, f"https://{n}.example/", f"2026-02-0{d}") for d, n in enumerate("abc", 1)]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Leave out what these tests do not look at and what takes most of the time."""
    monkeypatch.setattr("publish.releasing.release.write_exports", lambda *_: None)
    monkeypatch.setattr("publish.releasing.release.build_site", lambda *_: None)


def release(home, version, found=None, records=None, made_from=MADE):
    tables = release_tables(found, RECORDS if records is None else records)
    return make_release(home, version, tables=tables, synthetic_allowed=True, made_from=made_from).directory


def changes(directory, **wanted):
    rows = pq.read_table(directory / "changes.parquet").to_pylist()
    return [r for r in rows if all(r[k] == v for k, v in wanted.items())]


def reasons(rows):
    return {r["why"] for r in rows}


def test_a_first_release_has_no_changes_and_names_no_previous(tmp_path):
    first = release(tmp_path, VERSION)
    assert changes(first) == [] and read_made_from(first)["previous"] is None
    assert check_release(first) == []


def test_same_inputs_change_nothing(tmp_path):
    release(tmp_path, VERSION)
    assert changes(release(tmp_path, NEXT)) == []


def test_the_same_content_fetched_on_another_day_changes_nothing(tmp_path):
    """Into another home, from other files: when and from where something was fetched is no change of the data."""
    release(tmp_path, VERSION)
    later = [record(n, f"https://{n}.example/", f"2026-09-1{d}") for d, n in enumerate("abc", 1)]
    now = release(tmp_path, NEXT, records=later)
    assert (
        pq.read_table(now / "documents.parquet")["retrieved_at"].to_pylist()
        != pq.read_table(tmp_path / "releases" / VERSION / "documents.parquet")["retrieved_at"].to_pylist()
    )
    assert changes(now) == []


def test_another_reader_of_the_same_document_is_the_reason(tmp_path):
    release(tmp_path, VERSION)
    now = release(tmp_path, NEXT, readings(review_total="9"), made_from=MADE | {"programs": "2"})
    (row,) = changes(now, table="observations", column="value")
    assert (row["old"], row["new"], row["why"], row["previous"]) == ("7", "9", "reader", VERSION)
    assert (row["unit_id"], row["year"], row["indicator"]) == ("CN-990102", 2022, "review_total")
    (panel,) = changes(now, table="panel", column="review_total")
    assert (panel["old"], panel["new"], panel["why"]) == ("7", "9", "reader")
    assert reasons(changes(now)) == {"reader"} and check_release(now) == []
    told = (now / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "| panel | reader | 0 | 0 | 4 |" in told and "| panel | 99 | 2022 | 0 | 0 | 4 |" in told


def test_a_change_that_nothing_explains_is_unknown(tmp_path):
    release(tmp_path, VERSION)
    assert reasons(changes(release(tmp_path, NEXT, readings(review_total="9")))) == {"unknown"}
    other = tmp_path / "other"
    release(other, VERSION, made_from=None)
    assert reasons(changes(release(other, NEXT, readings(review_total="9")))) == {"unknown"}


def test_a_new_document_is_a_new_source_and_a_lost_one_is_lost(tmp_path):
    release(tmp_path, VERSION, readings()[:2], RECORDS[:2])
    now = release(tmp_path, NEXT)
    added = changes(now, table="observations")
    assert len(added) == 5 and {(r["change"], r["why"], r["year"]) for r in added} == {("added", "new_source", 2016)}
    assert {r["new"] for r in added} == {"12", "2", "1", "6", ""}
    assert [r["why"] for r in changes(now, table="panel", change="added")] == ["new_source"]
    with pytest.raises(HeldBackError):
        release(tmp_path, "2026.11.2-sample", readings()[:2], RECORDS[:2])
    later = tmp_path / "releases" / "2026.11.2-sample"
    lost = changes(later, table="observations")
    assert {(r["change"], r["why"], r["document_id"]) for r in lost} == {("removed", "lost_source", document_id("c"))}
    assert [r["why"] for r in changes(later, table="panel", change="removed")] == ["lost_source"]


def test_a_new_version_is_a_revision_by_the_publisher(tmp_path):
    release(tmp_path, VERSION)
    found = [*readings(), reading("d", FIGURES | {"review_total": "8"})]
    now = release(tmp_path, NEXT, found, [*RECORDS, record("d", "https://a.example/", "2026-03-01")])
    added = changes(now, table="observations", change="added")
    assert reasons(added) == {"revision"} and {r["document_id"] for r in added} == {document_id("d")}
    # Which version stands is said once, in reports, and not for each of its cells.
    assert [r["why"] for r in changes(now, table="reports", column="is_current")] == ["revision"]
    assert changes(now, table="observations", change="changed") == []
    assert {(r["why"], r["new"]) for r in changes(now, table="panel", column="review_total")} == {("revision", "8")}


def test_what_people_read_is_a_review(tmp_path):
    release(tmp_path, VERSION)
    place = next(o for o in readings()[0].observations if o.indicator == "review_other")
    read = [
        HandReading(document_id("a"), place.locator, "review_other", None, "3", who, "2026-03-01", place.value_text)
        for who in ("li", "wang")
    ]
    parts, by_hand = apply_readings(to_table(readings()), read)
    tables = release_tables(from_table(parts), RECORDS) | {"hand_readings": pa.Table.from_pylist(by_hand)}
    now = make_release(
        tmp_path, NEXT, tables=tables, synthetic_allowed=True, made_from=MADE | {"readings": "1"}
    ).directory
    (row,) = changes(now, table="observations", column="value")
    assert (row["old"], row["new"], row["why"]) == ("2", "3", "review")
    assert reasons(changes(now)) == {"review"}


def test_a_release_made_again_is_compared_with_the_same_one(tmp_path):
    release(tmp_path, VERSION)
    now = release(tmp_path, NEXT, readings(review_total="9"))
    before = {p.name: p.read_bytes() for p in now.glob("*") if p.is_file()}
    release(tmp_path, "2026.11.2-sample", readings(review_total="8"))
    assert latest_release(tmp_path).name == "2026.11.2-sample"
    again = release(tmp_path, NEXT, readings(review_total="9"))
    assert {p.name: p.read_bytes() for p in again.glob("*") if p.is_file()} == before


def test_diff_prints_counts_and_writes_every_row(tmp_path, capsys):
    old, new = (
        release(tmp_path, VERSION),
        release(tmp_path, NEXT, readings(review_total="9"), made_from=MADE | {"forms": "2"}),
    )
    for kind in ("parquet", "csv", "json"):
        assert main(["diff", str(old), str(new), "-o", str(tmp_path / f"c.{kind}")]) == 0
    out = capsys.readouterr().out
    assert "panel            reader      0        0              4" in out and "99" in out
    assert (
        json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
        == pq.read_table(tmp_path / "c.parquet").to_pylist()
        == changes(new)
    )
    assert len((tmp_path / "c.csv").read_text(encoding="utf-8-sig").splitlines()) == 1 + len(changes(new))
    assert main(["diff", str(old), str(old)]) == 0 and "hold the same" in capsys.readouterr().out


def test_diff_of_what_is_no_release_says_so(tmp_path, capsys):
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 2
    assert "no release to compare" in capsys.readouterr().err
    with pytest.raises(UsageError):
        diff(tmp_path, tmp_path, tmp_path / "c.xlsx")
