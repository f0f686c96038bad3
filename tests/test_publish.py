"""A release is published whole and once: never over other bytes, never half of it under ``latest``, sample apart from real."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from extract.archiving.store import PART, Store, open_store
from extract.errors import HeldBackError, ReleaseError, StoreError
from flows.cli import main
from publish.checking.check import check_files
from publish.compare.latest import point
from publish.files.release_files import CHECKSUMS, write_checksums
from publish.releasing.publishing import Published, publish_release
from tests.release_factory import VERSION, readings, release_tables, write_folder
from tests.report_factory import record
from tests.s3_server import s3_server

BUCKET = "open-data"
RECORDS = [record(n, f"https://{n}.example/", f"2026-02-0{d}") for d, n in enumerate("abc", 1)]


@pytest.fixture(scope="module", autouse=True)
def server():
    with s3_server(BUCKET) as address:
        yield address


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The folder of a release that passes its checks."""
    return write_folder(
        tmp_path_factory.mktemp("home") / "releases" / VERSION, release_tables(records=RECORDS), VERSION
    )


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path) -> Store:
    return open_store(tmp_path / "out" if request.param == "folder" else f"s3://{BUCKET}/{tmp_path.name}/data")


@pytest.fixture
def files_alone(monkeypatch):
    """Check the release's files and not its rows, which takes most of the time."""
    monkeypatch.setattr("publish.releasing.publishing.check_release", check_files)


def held(store: Store) -> dict[str, bytes]:
    return {name: store.read(name) for name in store.names()}


def files_of(release: Path) -> dict[str, bytes]:
    paths = (path for path in release.rglob("*") if path.is_file())
    return {f"{release.name}/{path.relative_to(release).as_posix()}": path.read_bytes() for path in paths}


def test_every_file_arrives_and_latest_names_the_version(small, store):
    total = len(files_of(small))
    assert publish_release(small, store) == Published(VERSION, total, 0, None)
    assert held(store) == files_of(small) | {"latest": f"{VERSION}\n".encode()}
    assert publish_release(small, store) == Published(VERSION, 0, total, VERSION)


@pytest.mark.usefixtures("files_alone")
@pytest.mark.parametrize("stop", [1, 4, -2, -1])
def test_a_stopped_copy_is_never_latest_and_goes_on_where_it_was(small, store, stop, monkeypatch):
    """Stopped after some files, before the list of checksums, and before the pointer."""
    total = len(files_of(small))
    stop = stop % (total + 1)
    put, write, done = Store.put, Store.write, []

    def put_some(self, file, name):
        if len(done) == stop:
            raise KeyboardInterrupt
        put(self, file, name)
        done.append(name)

    def write_none(self, name, data):
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "put", put_some)
    monkeypatch.setattr(Store, "write", write_none)
    with pytest.raises(KeyboardInterrupt):
        publish_release(small, store)
    assert not store.exists("latest") and len(store.names()) == stop
    assert (f"{VERSION}/{CHECKSUMS}" in store.names()) == (stop == total)
    if store.is_local:
        (Path(store.path(VERSION)) / f"reports.parquet{PART}").write_bytes(b"half a file")
    monkeypatch.setattr(Store, "put", put)
    monkeypatch.setattr(Store, "write", write)
    assert publish_release(small, store) == Published(VERSION, total - stop, stop, None)
    assert held(store) == files_of(small) | {"latest": f"{VERSION}\n".encode()}


@pytest.mark.usefixtures("files_alone")
@pytest.mark.parametrize("what", ["changed", "extra"])
def test_other_bytes_under_the_version_are_never_written_over(small, store, what):
    name = f"{VERSION}/reports.parquet" if what == "changed" else f"{VERSION}/more.parquet"
    store.write(name, b"mine")
    with pytest.raises(ReleaseError, match=r"holds other bytes[^\0]*(reports|more)\.parquet"):
        publish_release(small, store)
    assert held(store) == {name: b"mine"}


@pytest.mark.usefixtures("files_alone")
def test_bytes_that_do_not_come_back_stop_the_copy(small, store, monkeypatch):
    put = Store.put
    bad = small.parent / "bad"
    bad.write_bytes(b"torn")
    monkeypatch.setattr(
        Store, "put", lambda self, file, name: put(self, bad if name.endswith("panel.parquet") else file, name)
    )
    with pytest.raises(StoreError, match=r"panel\.parquet: other bytes came back"):
        publish_release(small, store)
    assert not store.exists("latest") and not store.exists(f"{VERSION}/{CHECKSUMS}")


@pytest.mark.usefixtures("files_alone")
def test_a_sample_and_real_releases_never_share_a_place(small, store, tmp_path):
    store.write("2026.10.0/checksums.txt", b"# a real one")
    store.write("latest", b"2026.10.0\n")
    before = held(store)
    with pytest.raises(ReleaseError, match=r"holds real releases \(2026\.10\.0\), and .*sample is a sample"):
        publish_release(small, store)
    assert held(store) == before
    other = open_store(f"{store.url}-2")
    publish_release(small, other)
    real = write_folder(tmp_path / "releases" / "2026.11.0", real_tables(), "2026.11.0")
    with pytest.raises(ReleaseError, match="holds sample releases"):
        publish_release(real, other)
    assert publish_release(real, store).before == "2026.10.0" and store.read("latest") == b"2026.11.0\n"
    assert store.exists("2026.10.0/checksums.txt")


def test_what_fails_its_checks_or_was_renamed_is_not_published(small, store, tmp_path):
    broken = shutil.copytree(small, tmp_path / VERSION)
    (broken / "panel.parquet").write_bytes(b"torn")
    with pytest.raises(ReleaseError, match=r"not published[^\0]*panel\.parquet: changed file"):
        publish_release(broken, store)
    renamed = shutil.copytree(small, tmp_path / "2026.11.9-sample")
    with pytest.raises(ReleaseError, match=f"it is release {VERSION}"):
        publish_release(renamed, store)
    assert store.names() == []


@pytest.mark.usefixtures("files_alone")
def test_a_held_back_release_is_not_published_until_it_is_accepted(store, tmp_path):
    less = "2026.11.1-sample"
    write_folder(tmp_path / "releases" / VERSION, release_tables(records=RECORDS), VERSION)
    held_back = write_folder(tmp_path / "releases" / less, release_tables(readings()[:2], RECORDS[:2]), less)
    point(tmp_path, VERSION)
    with pytest.raises(HeldBackError, match="observations"):
        publish_release(held_back, store)
    assert store.names() == []
    point(tmp_path, less)
    assert publish_release(held_back, store).version == less


def test_the_command_says_what_it_did_and_only_moves_the_pointer_back(tmp_path, capsys):
    home, to = tmp_path / "home", str(tmp_path / "out")
    for version in (VERSION, "2026.11.1-sample"):
        write_folder(home / "releases" / version, release_tables(records=RECORDS), version)
        point(home, version)
        assert main(["publish", "--home", str(home), "--to", to]) == 0
    assert f"latest: names 2026.11.1-sample, no longer {VERSION}" in capsys.readouterr().out
    assert main(["publish", str(home / "releases" / VERSION), "--to", to]) == 0
    out = capsys.readouterr().out
    assert (
        f"{VERSION}: there already, every file with the same bytes" in out
        and f"names {VERSION}, no longer 2026.11.1" in out
    )
    write_checksums(home / "releases" / VERSION, "another heading")
    assert main(["publish", str(home / "releases" / VERSION), "--to", to]) == 3
    assert (
        f"holds other bytes, and a release never changes; give the new one another version:\n  {CHECKSUMS}"
        in capsys.readouterr().err
    )
    assert main(["publish", "--home", str(tmp_path / "nothing"), "--to", to]) == 2
    assert main(["publish", str(home / "releases" / VERSION), "--to", "s3://no-such-bucket/x"]) == 1


def real_tables():
    """Tables of a release without invented rows."""
    from tests.report_factory import identity, reading

    who = identity(unit_id="CN-110101", jurisdiction_code="110101", publisher="甲", synthetic=False)
    tables = release_tables([reading("a", who=who)], RECORDS[:1])
    return {
        name: table
        for name, table in tables.items()
        if "synthetic" not in table.column_names or not any(table["synthetic"].to_pylist())
    }
