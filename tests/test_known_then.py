"""The dataset as known at a day is the dataset of an archive that ends on that day, byte for byte."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from extract.archiving.warc import read_groups
from extract.fetching.exchange import Exchange
from extract.portal import ReportLink
from extract.portals.registry import load_portals
from extract.record import Record
from flows.home.home import SAMPLE_VANTAGE, Home
from flows.reading.read import reading_pool
from flows.releasing.release_archive import SAMPLE_PORTALS, is_released, release_archive
from tests.sample_home import sample
from tests.to_read import documents_to_read
from tests.whole_line import read_batch
from transform.versions.hand_readings import HandReading, save_readings

DISTRICT, DAY, VERSION = "990102", "2022-05-01", "2022.4.0-sample"


def when(record: Record) -> str:
    """Return when a document would have been fetched: the replacement of 2022-06-15 and later reports after the day."""
    late = (record.link_published_on or "") > "2022-06-01" or (record.link_year or 0) > 2021
    return "2025-04-02T08:00:00.000000Z" if late else "2022-04-02T08:00:00.000000Z"


def archived(home: Home) -> Home:
    """Archive one district's documents of the sample as if crawled on two days, the earlier first, and read them."""
    portals = {portal.portal_id: portal for portal in load_portals(SAMPLE_PORTALS)}
    chosen = [
        r
        for r in sample().records
        if r.jurisdiction_code == DISTRICT and r.document_id and r.outcome == "ok" and r.kind != "robots"
    ]
    with Archive(sample().home.archive) as source, Archive(home.archive, write=True) as archive:
        for record in sorted(chosen, key=lambda r: (when(r), r.url)):
            data = source.payload(str(record.document_id))
            exchange = Exchange(
                record.url,
                when(record),
                "ok",
                status=200,
                status_text="OK",
                headers=(("Content-Type", "text/html"),),
                body=data,
                data=data,
                media_type=record.media_type,
            )
            link = ReportLink(
                str(record.portal_id),
                record.url,
                record.link_title or "",
                record.link_published_on,
                record.link_year,
                record.parent_url or "",
            )
            archive.add(
                exchange,
                kind=record.kind,
                portal=portals[str(record.portal_id)],
                link=link if record.kind != "list" else None,
                vantage=SAMPLE_VANTAGE,
            )
    return read(home)


def cut_off(whole: Home, home: Home) -> Home:
    """Copy the archive as it was at the end of the day, and read it."""
    home.archive.mkdir(parents=True)
    (path,) = whole.archive.glob("*.warc.gz")
    end = max(group.end for group in read_groups(path, 0) if group.fields["retrieved_at"][:10] <= DAY)
    (home.archive / path.name).write_bytes(path.read_bytes()[:end])
    return read(home)


def read(home: Home) -> Home:
    with Archive(home.archive) as archive, reading_pool(1) as pool:
        read_batch(home, documents_to_read(home, archive), pool)
    return home


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return archived(Home(tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="module")
def then(whole):
    return release_archive(whole, SAMPLE_PORTALS, version=VERSION, as_of=DAY)


def bytes_of(release: Path) -> dict[str, str]:
    """Return the sha256 of every file whose bytes are promised (docs/contract.md: other exports are equal by value)."""
    promised = (".parquet", ".csv", ".json")
    return {
        str(p.relative_to(release)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in release.rglob("*")
        if p.suffix in promised
    }


def table(release: Path, name: str) -> list[dict]:
    return pq.read_table(release / f"{name}.parquet").to_pylist()


def test_as_of_gives_the_bytes_of_an_archive_that_ends_there(whole, then, tmp_path):
    short = release_archive(cut_off(whole, Home(tmp_path / "short")), SAMPLE_PORTALS, version=VERSION)
    found, wanted = bytes_of(then), bytes_of(short)
    assert {name for name in found | wanted if found.get(name) != wanted.get(name)} == set()


def test_what_came_later_is_in_no_table(then):
    assert {r["year"] for r in table(then, "reports")} == set(range(2014, 2022))
    assert {r["version"] for r in table(then, "reports")} == {1} and table(then, "revisions") == []
    assert max(r["retrieved_at"] for r in table(then, "documents"))[:10] <= DAY
    coverage = {r["year"]: r for r in table(then, "coverage") if r["unit_id"] == f"CN-{DISTRICT}"}
    assert max(coverage) == 2021 and all(r["last_tried_at"][:10] <= DAY for r in coverage.values())
    assert max(r["year"] for r in table(then, "indicators")) == 2021


def test_the_whole_knows_the_replacement(whole):
    now = release_archive(whole, SAMPLE_PORTALS, version="2025.4.0-sample")
    assert {(r["version"], r["is_current"]) for r in table(now, "reports") if r["year"] == 2021} == {
        (1, False),
        (2, True),
    }
    assert len(table(now, "revisions")) == 1


def test_an_earlier_day_is_never_the_latest(whole, then):
    latest = whole.releases / "latest"
    assert not latest.exists() or latest.read_text().strip() != VERSION
    with Archive(whole.archive) as archive:
        assert is_released(whole, archive, SAMPLE_PORTALS, None, DAY)
        assert not is_released(whole, archive, SAMPLE_PORTALS, None, "2022-04-30")


def test_what_people_read_later_is_not_known_then(whole, then, tmp_path):
    import shutil

    home = Home(tmp_path / "home")
    shutil.copytree(whole.folder, home.folder, ignore=shutil.ignore_patterns("releases"))
    row = next(
        o
        for o in pq.read_table(then / "observations" / "observations-2021.parquet").to_pylist()
        if o["indicator"] == "review_total"
    )
    where = row["document_id"], row["locator"], row["indicator"], None
    for on, known in (("2022-04-20", True), ("2022-05-02", False)):
        save_readings(home.readings, [HandReading(*where, "999", by, on, row["value_text"]) for by in ("li", "wang")])
        made = release_archive(home, SAMPLE_PORTALS, version=f"2022.4.{1 + known}-sample", as_of=DAY)
        observations = pq.read_table(made / "observations" / "observations-2021.parquet").to_pylist()
        assert (999 in [o["value"] for o in observations]) is known
        assert (made / "hand_readings.parquet").exists() is known
