"""The durable copy of a home: nothing lost with a machine, nothing written twice, nothing overwritten by another run."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from extract.archiving.archive import Archive, iter_documents
from extract.archiving.store import open_store
from extract.archiving.stored_archive import StoredArchive
from extract.archiving.verify import verify_archive
from extract.errors import StoreError
from flows.home import storing
from flows.home.home import Home
from flows.reading.manifest import Summary
from flows.reading.read_manifest import check, read_manifest
from flows.releasing.release_archive import SAMPLE_PORTALS, release_archive
from flows.todo.batches import manifest_of
from flows.todo.items import each_item
from publish.compare.latest import latest_release
from tests.s3_server import BUCKET
from tests.sample_home import sample
from tests.to_read import documents_to_read


@pytest.fixture
def home(tmp_path):
    one = Home(tmp_path / "home")
    add(one, "first")
    return one


def add(home: Home, text: str) -> None:
    with Archive(home.archive, write=True) as archive:
        archive.add_file(
            text.encode() * 500,
            url=f"http://www.example.gov.cn/{text}.txt",
            retrieved_at=f"2025-01-0{len(text) % 9 + 1}T00:00:00Z",
        )


def stored(store) -> dict[str, str | None]:
    return {name: store.sha256(name) for name in store.names()}


def files(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def warcs(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.archive.glob("*.warc.gz")}


def test_only_what_is_new_is_written_and_no_file_is_written_over(store, home):
    storing.push(home, store)
    before = stored(store)
    storing.push(home, store)
    assert stored(store) == before
    add(home, "second")
    storing.push(home, store)
    after = stored(store)
    assert before.items() <= after.items()
    assert after.keys() - before.keys() == {
        "archive/gongkai-000002.warc.gz",
        "archive/gongkai-000002.warc.gz.sha256",
    }
    assert store.read("archive/gongkai-000002.warc.gz") == warcs(home)["gongkai-000002.warc.gz"]


def test_a_lost_machine_loses_nothing(store, home, tmp_path):
    home.readings.write_text("read by hand\n", encoding="utf-8")
    storing.push(home, store)
    add(home, "second")
    storing.push(home, store)
    other = Home(tmp_path / "other")
    storing.pull(other, store)
    assert warcs(other) == warcs(home) and other.readings.read_text(encoding="utf-8") == "read by hand\n"
    assert verify_archive(other.archive).ok
    add(other, "third")
    storing.push(other, store)
    storing.pull(home, store)
    assert warcs(home) == warcs(other)


def test_a_file_that_is_being_written_stays_where_it_is(store, home):
    with Archive(home.archive, write=True) as archive:
        archive.add_file(b"second" * 500, url="http://www.example.gov.cn/second.txt")
        storing.push(home, store)
        assert [name for name in store.names("archive") if name.endswith(".gz")] == ["archive/gongkai-000001.warc.gz"]
    storing.push(home, store)
    assert store.exists("archive/gongkai-000002.warc.gz")


def test_a_push_that_was_cut_off_goes_on(store, home, tmp_path):
    storing.push(home, store)
    name = "archive/gongkai-000001.warc.gz"
    whole = store.read(name)
    for left in (None, whole[: len(whole) // 2]):
        store.remove(name)
        if left is not None:
            store.write(name, left)
        home.store.unlink()
        storing.push(home, store)
        assert store.read(name) == whole


def test_of_two_runs_one_is_refused_and_keeps_its_work(store, home, tmp_path):
    storing.push(home, store)
    other = Home(tmp_path / "other")
    storing.pull(other, store)
    add(home, "second")
    add(other, "another")
    storing.push(home, store)
    mine, theirs = warcs(other), stored(store)
    for step in (storing.push, storing.pull):
        with pytest.raises(StoreError, match=r"gongkai-000002.warc.gz: is not the file of this name in"):
            step(other, store)
    assert warcs(other) == mine
    assert stored(store) == theirs


def test_a_name_is_had_by_one_writer_only(store):
    assert store.create("files/readings.csv/00000001", b"a") is True
    assert store.create("files/readings.csv/00000001", b"b") is False
    assert store.read("files/readings.csv/00000001") == b"a"


def test_a_damaged_or_lost_file_is_named(store, home, tmp_path):
    storing.push(home, store)
    name = "archive/gongkai-000001.warc.gz"
    store.write(name, b"x" * 100)
    with pytest.raises(StoreError, match="is not what its sha256 says"):
        storing.pull(Home(tmp_path / "other"), store)
    store.remove(name)
    with pytest.raises(StoreError, match="restore it"):
        storing.pull(Home(tmp_path / "other"), store)
    assert not warcs(Home(tmp_path / "other"))


def test_what_people_read_in_two_places_is_not_overwritten(store, home, tmp_path):
    home.readings.write_text("a\n", encoding="utf-8")
    storing.push(home, store)
    other = Home(tmp_path / "other")
    storing.pull(other, store)
    home.readings.write_text("a\nb\n", encoding="utf-8")
    other.readings.write_text("a\nc\n", encoding="utf-8")
    storing.push(home, store)
    for step in (storing.push, storing.pull):
        with pytest.raises(StoreError, match=r"readings.csv: was changed here and in"):
            step(other, store)
    assert other.readings.read_text(encoding="utf-8") == "a\nc\n"
    # The way out that the message names.
    other.readings.write_text("a\nb\nc\n", encoding="utf-8")
    store.remove("files/readings.csv/00000002")
    storing.push(other, store)
    assert store.read("files/readings.csv/00000002") == b"a\nb\nc\n"


def test_the_store_may_be_emptied_only_by_people(store, home):
    storing.push(home, store)
    for name in store.names():
        store.remove(name)
    with pytest.raises(StoreError, match="is empty, but"):
        storing.pull(home, store)


def test_a_store_of_the_layout_before_is_refused(store, home):
    store.write("states/00000001.json", b"{}")
    for step in (storing.push, storing.pull):
        with pytest.raises(StoreError, match=r"laid out by a gongkai before 0\.2"):
            step(home, store)


def test_a_store_that_fails_is_told_and_stops_nothing(home, monkeypatch, endpoint):
    monkeypatch.setenv(storing.STORE, "s3://no-such-bucket/x")
    assert "no-such-bucket" in storing.push_home(home)


def test_the_sample_goes_to_s3_and_comes_back_as_it_was(tmp_path, endpoint, monkeypatch):
    """Archive, parts, ledger and release of a whole run; a home pulled elsewhere has nothing to read and the same release."""
    home, other, store = Home(tmp_path / "home"), Home(tmp_path / "other"), open_store(f"s3://{BUCKET}/sample")
    shutil.copytree(sample().home.folder, home.folder)
    storing.push(home, store)
    made = release_archive(home, SAMPLE_PORTALS)
    storing.push(home, store)
    before = stored(store)
    storing.push(home, store)
    assert stored(store) == before

    storing.pull(other, store)
    assert warcs(other) == warcs(home) and files(other.parts) == files(home.parts)
    assert latest_release(other.folder) == other.releases / made.name
    assert files(other.releases / made.name) == files(made)
    with Archive(other.archive) as archive:
        assert documents_to_read(other, archive) == []
        records = list(iter_documents(archive.records(outcome="ok")))
        everything = list(each_item(archive))
        far_archive = StoredArchive(store)
        for record in records:
            assert record.warc_file and record.warc_offset is not None and record.document_id
            assert far_archive.payload(record.warc_file, record.warc_offset, record.document_id) == archive.payload(
                record.document_id
            )
    assert len(records) == 120

    # Workers that see the store alone: the same part, under the same name.
    five = [work for work in everything if work.records[0].media_type == "text/html"][:5]
    here = Summary.from_json(read_manifest(replace(manifest_of(other, five), parts=str(tmp_path)).to_json()))
    monkeypatch.setenv(storing.STORE, store.url)
    far = manifest_of(other, five, stored=storing.for_cluster(other))
    assert far.archive == store.url and far.parts == f"{store.url}/parts"
    there = Summary.from_json(read_manifest(far.to_json()))
    assert there.part == here.part and len(there.read) == 5
    assert [(one.document_id, one.status) for one in there.read] == [(one.document_id, one.status) for one in here.read]
    storing.fetch_made(other, [f"parts/{there.part}", f"documents/{there.documents}"])
    assert (other.parts / str(there.part)).read_bytes() == (tmp_path / str(here.part)).read_bytes()
    assert check("s3://no-such-bucket/x", far.parts, far.reader_version).startswith("cannot read the store")
