"""Where documents are read changes nothing of what is read: worker processes, Dask here, Dask started by somebody else."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from extract.archiving.archive import Archive
from extract.errors import GongkaiError, UsageError
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.reading import backends
from flows.reading.backends import ENGINE, WORKERS, backend_name, number_of_workers, open_backend, refuse_strangers
from flows.reading.manifest import Manifest
from flows.reading.read_manifest import check
from flows.todo.batches import batches, keep, manifest_of
from flows.todo.outcomes import outcomes_that_hold
from flows.todo.to_read import what_to_read
from tests.national import write_archive
from tests.to_read import documents_to_read

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> Path:
    """The archive of two invented units, 22 pages."""
    home = tmp_path_factory.mktemp("national")
    write_archive(home, 22)
    return home / "archive"


def home_with(archive: Path, folder: Path) -> Home:
    folder.mkdir()
    (folder / "archive").symlink_to(archive)
    return Home(folder)


def read(home: Home, name: str) -> None:
    """Read what there is to read in four batches, two at a time."""
    home.parts.mkdir(exist_ok=True)
    with Archive(home.archive) as archive:
        found = what_to_read(home, archive)
        cut = list(batches(found.items(archive), 4, found.seconds))
    assert len(cut) == 4
    with open_backend(name, 2) as made:
        assert made.slots == 2
        refuse_strangers(made, manifest_of(home, ()))
        threads = [
            threading.Thread(target=lambda batch=batch: keep(home, batch, made.read(manifest_of(home, batch))))
            for batch in cut
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with Archive(home.archive) as archive:
        assert documents_to_read(home, archive) == []


def parts(home: Home) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in home.parts.iterdir()}


def test_dask_gives_the_parts_that_processes_give(archive, tmp_path):
    one, other = home_with(archive, tmp_path / "processes"), home_with(archive, tmp_path / "dask")
    read(one, "processes")
    read(other, "dask")
    assert parts(other) == parts(one)
    # A part is named by its bytes, so that the same result is the same file.
    assert len(parts(one)) == 4
    assert all(name == f"{digest[:32]}.parquet" for name, digest in parts(one).items())
    cached = [sorted((path.name, path.read_bytes()) for path in home.documents.iterdir()) for home in (one, other)]
    assert cached[0] == cached[1] and len(cached[0]) == 4
    with Ledger(one.ledger) as mine, Ledger(other.ledger) as theirs:
        assert outcomes_that_hold(one, mine) == outcomes_that_hold(other, theirs)
        assert len(outcomes_that_hold(one, mine)) == 22


def test_batch_whose_worker_is_killed_is_read_by_another(archive, tmp_path):
    home = home_with(archive, tmp_path / "home")
    home.parts.mkdir()
    with Archive(home.archive) as opened:
        items = documents_to_read(home, opened)
    with open_backend("processes", 1) as found:
        killed = threading.Thread(target=kill_a_worker)
        killed.start()
        summary = found.read(manifest_of(home, items))
        killed.join()
    assert len(summary.read) == 22
    assert [one.status for one in summary.read] == ["read"] * 22


def kill_a_worker() -> None:
    """Kill the first worker process that this one has started, once it reads."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        mine = children(os.getpid())
        if any(children(pid) for pid in mine):
            os.kill(next(pid for pid in mine if children(pid)), signal.SIGKILL)
            return
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            if (
                int(place.read_text().rpartition(")")[2].split()[1]) == pid
                and "spawn_main" in (place.parent / "cmdline").read_text()
            ):
                found.append(int(place.parent.name))
        except (OSError, ValueError):
            continue
    return found


def test_worker_ends_with_the_run_that_was_killed(tmp_path):
    """A client killed with SIGKILL leaves no worker behind, whatever document it is at."""
    code = """
import time
from extract.workers import WorkerPool
if __name__ == "__main__":
    pool = WorkerPool(1, 600, 512)
    for _ in pool.run([("time:sleep", 600)]):
        pass
"""
    script = tmp_path / "run.py"
    script.write_text(code)
    with subprocess.Popen([sys.executable, script], env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT) as run:
        wait_for(lambda: children(run.pid))
        (worker,) = children(run.pid)
        run.kill()
    wait_for(
        lambda: (
            not Path(f"/proc/{worker}").exists() or "Z" in Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2]
        )
    )


def test_manifest_survives_json(archive, tmp_path):
    home = home_with(archive, tmp_path / "home")
    with Archive(home.archive) as opened:
        manifest = manifest_of(home, documents_to_read(home, opened), stop="/stop")
    again = Manifest.from_json(manifest.to_json())
    assert again == manifest
    assert [item.inputs for item in again.items] == [item.inputs for item in manifest.items]
    assert len(manifest.to_json()) < 1500 * len(manifest.items)


def test_stranger_is_refused(archive, tmp_path):
    home = home_with(archive, tmp_path / "home")
    told = manifest_of(home, ())
    assert check(told.archive, told.parts, told.reader_version) == ""
    assert "another version" in check(told.archive, told.parts, "f" * 64)
    assert "cannot see the archive" in check("/nowhere/archive", told.parts, told.reader_version)
    assert "cannot write" in check(told.archive, "/proc/parts", told.reader_version)


def test_settings_that_cannot_be_are_refused(monkeypatch):
    monkeypatch.delenv(ENGINE, raising=False)
    assert backend_name() == "processes"
    monkeypatch.setenv(ENGINE, "tcp://10.0.0.1:8786")
    assert backend_name() == "tcp://10.0.0.1:8786"
    monkeypatch.setenv(ENGINE, "spark")
    with pytest.raises(UsageError, match="no engine"):
        backend_name()
    monkeypatch.setattr(backends.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv(ENGINE, "dask")
    with pytest.raises(UsageError, match=r"pip install -e '\.\[dask\]'"):
        backend_name()
    monkeypatch.setenv(WORKERS, "none")
    with pytest.raises(UsageError, match="workers"):
        number_of_workers()


def test_scheduler_that_does_not_answer_is_named(monkeypatch):
    monkeypatch.setattr(backends, "_WAIT_SECONDS", 1)
    with (
        pytest.raises(UsageError, match=r"tcp://127\.0\.0\.1:9: no Dask scheduler answers"),
        open_backend("tcp://127.0.0.1:9", 1),
    ):
        pass


#: Makes a Python one in which gongkai is not installed.
WITHOUT_GONGKAI = """
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("extract", "transform", "publish", "flows"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Finder())
"""


@contextmanager
def cluster(folder: Path, environment: dict[str, str], protocol: str = "tcp") -> Iterator[str]:
    """A Dask scheduler and two workers as an operator starts them; give the scheduler's address."""
    environment, address = os.environ | environment, re.compile(rf"{protocol}://127\.0\.0\.1:\d+")
    python = [sys.executable, "-m", "distributed.cli"]
    running = []

    def start(name: str, *arguments: str) -> Path:
        log = folder / f"{name}.log"
        with log.open("wb") as file:
            running.append(subprocess.Popen([*arguments], cwd=folder, env=environment, stdout=file, stderr=file))
        return log

    try:
        log = start(
            "scheduler",
            *python[:2],
            "distributed.cli.dask_scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--protocol",
            protocol,
        )
        wait_for(lambda: address.search(log.read_text()))
        scheduler = address.findall(log.read_text())[0]
        for number in (1, 2):
            start(
                f"worker{number}",
                *python[:2],
                "distributed.cli.dask_worker",
                scheduler,
                "--nthreads",
                "1",
                "--no-dashboard",
                "--protocol",
                protocol,
                "--local-directory",
                str(folder),
            )
        yield scheduler
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["tcp", "tls"])
def test_cluster_started_outside_gives_the_same_parts_and_the_same_release(tmp_path, protocol):
    home = tmp_path / "one"
    write_archive(home, 33)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "GONGKAI_INVENTED_DIVISIONS": str(home / "divisions.csv")}
    environment |= certificates(tmp_path) if protocol == "tls" else {}
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "archive").symlink_to(home / "archive")
    with cluster(tmp_path, environment, protocol) as address:
        for folder, name in ((home, "processes"), (tmp_path / "two", address)):
            command = [
                sys.executable,
                "-m",
                "flows.cli",
                "release",
                "--home",
                folder,
                "--engine",
                name,
                "--workers",
                "2",
            ]
            subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert parts(Home(tmp_path / "two")) == parts(Home(home))
    assert checksums(tmp_path / "two") == checksums(home)


def certificates(folder: Path) -> dict[str, str]:
    """Dask's own settings for a cluster that speaks TLS only, with a certificate made for this test."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, tls = serialization.Encoding.PEM, "DASK_DISTRIBUTED__COMM__TLS__"
    (folder / "cert.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    told = {f"{tls}CA_FILE": str(folder / "cert.pem"), "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "True"}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        told |= {f"{tls}{role}__CERT": str(folder / "cert.pem"), f"{tls}{role}__KEY": str(folder / "key.pem")}
    return told


@pytest.mark.slow
def test_cluster_without_gongkai_is_refused(archive, tmp_path):
    home = home_with(archive, tmp_path / "home")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text(WITHOUT_GONGKAI)
    with (
        cluster(tmp_path, {"PYTHONPATH": str(tmp_path / "other")}) as address,
        open_backend(address, 1) as found,
        pytest.raises(GongkaiError, match="cannot import gongkai"),
    ):
        refuse_strangers(found, manifest_of(home, ()))


def checksums(home: Path) -> str:
    release = home / "releases" / (home / "releases" / "latest").read_text().strip()
    lines = (release / "checksums.txt").read_text().splitlines()
    return "\n".join(line for line in lines if not re.search(r"\.(xlsx|dta|duckdb)$", line))
