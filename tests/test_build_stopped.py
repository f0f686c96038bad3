"""Runs through Prefect that do not come to their end: killed half way, and with the portal gone half way."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from extract.archiving.archive import Archive
from extract.crawling.sample_portal import SAMPLE_DIRECTORY, serve_sample
from tests.accuracy import rows
from tests.test_build import GONGKAI, latest

ROOT = Path(__file__).resolve().parent.parent
#: Three families of portals, in the tests that stop a run half way.
SOME = ("990100", "990102", "990104")
#: A build in a process of its own, against a portal that the test serves: argv is home, port, jurisdictions.
BUILD = """
import sys
from contextlib import nullcontext
from pathlib import Path
from extract.crawling import sample_portal
from flows.commands.build import build

if __name__ == "__main__":
    hosts = {place.name: ("127.0.0.1", int(sys.argv[2])) for place in (sample_portal.SAMPLE_DIRECTORY / "site").iterdir()}
    sample_portal.serve_sample = lambda: nullcontext(hosts)
    sys.exit(build(None, None, sys.argv[3:], Path(sys.argv[1])))
"""


@pytest.mark.prefect
def test_killed_run_goes_on_and_fetches_nothing_twice(tmp_path):
    home = tmp_path / "home"
    with serve_sample() as portal:
        command = [sys.executable, "-c", BUILD, str(home), str(port(portal)), *SOME]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
            wait_for(lambda: len(portal.requests) > 25 or run.poll() is not None)
            assert run.poll() is None, "the run ended before it could be killed"
            run.send_signal(signal.SIGKILL)
        wait_for(lambda: not server_of(home))
        with Archive(home / "archive", write=True) as archive:
            archived = {
                record.url for record in archive.records(outcome="ok") if record.kind in ("report", "attachment")
            }
        before = len(portal.requests)
        again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        asked = {f"{host}{target}" for _, host, target in portal.requests[before:]}
    assert archived
    assert {url for url in archived if url.partition("://")[2] in asked} == set()
    true = [row for row in rows(SAMPLE_DIRECTORY / "truth" / "reports.csv") if row["jurisdiction_code"] in SOME]
    found = pq.read_table(latest(home) / "reports.parquet").to_pylist()
    assert {(r["jurisdiction_code"], r["year"], r["subject_kind"], r["version"]) for r in found} == {
        (r["jurisdiction_code"], int(r["year"]), r["subject_kind"], int(r["version"])) for r in true
    }
    assert not server_of(home)


@pytest.mark.prefect
def test_portal_gone_half_way_is_told_and_the_rest_released(tmp_path):
    home = tmp_path / "home"
    with serve_sample(stop_after=30) as portal:
        command = [sys.executable, "-c", BUILD, str(home), str(port(portal)), *SOME]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 1, run.stderr
    assert "unreachable" in run.stderr
    reports = pq.read_table(latest(home) / "reports.parquet").to_pylist()
    assert 0 < len(reports) < 30
    coverage = pq.read_table(latest(home) / "coverage.parquet").to_pylist()
    asked = [row for row in coverage if row["unit_id"].removeprefix("CN-") in SOME]
    missing = [row for row in asked if row["status"] not in ("found", "late")]
    unreachable = [row for row in missing if row["status"] == "unreachable"]
    # A page whose attachment was not reached is there, and holds no table.
    assert {row["status"] for row in missing} <= {"unreachable", "unreadable"}
    assert len(unreachable) > 5
    assert all("unreachable" in row["evidence"] or "unanswered" in row["evidence"] for row in unreachable)
    found = {(row["unit_id"], row["year"]) for row in reports}
    assert not {(row["unit_id"], row["year"]) for row in unreachable} & found
    assert subprocess.run([GONGKAI, "check", latest(home)], capture_output=True).returncode == 0


def port(portal) -> int:
    return next(iter(portal.values()))[1]


def wait_for(condition, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def server_of(home: Path) -> list[int]:
    """Return the processes that run with this home's PREFECT_HOME: a run, its workers and its server (Linux; elsewhere none are seen)."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"PREFECT_HOME={home / 'prefect'}".encode() in place.read_bytes():
                found.append(int(place.parent.name))
        except OSError:
            continue
    return found
