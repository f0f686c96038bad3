"""The whole line killed with SIGKILL at random moments (the run itself, a worker, the server): the next run goes on where it
was, and in the end there is the release that a run nobody disturbed makes of the same archive."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from extract.sample_portal import serve_sample
from flows.home import Home
from publish.exports import is_by_value
from publish.latest import latest_release
from tests.test_build_stopped import BUILD, SOME, port, server_of, wait_for

ROOT = Path(__file__).resolve().parent.parent
KILLS = 30
WHO = ("run", "worker", "server")
#: A run that lost its server or a worker has so long to come to its end, one way or the other.
END_SECONDS = 300.0


@pytest.mark.prefect
@pytest.mark.slow
def test_run_killed_at_thirty_random_moments_ends_in_the_identical_release(tmp_path):
    home, dice = Home(tmp_path / "home"), random.Random(KILLS)
    killed: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    with serve_sample() as portal:
        command = [sys.executable, "-c", BUILD, str(home.folder), str(port(portal)), *SOME]
        seconds = 20.0
        while killed.total() < KILLS:
            victim = WHO[killed.total() % len(WHO)]
            start = time.monotonic()
            with client(command) as run:
                time.sleep(dice.uniform(0, 1) * seconds)
                pid = next(iter(dice.sample(found, 1)), None) if (found := alive(run.pid, victim)) else None
                if pid is not None and strike(pid):
                    killed[victim] += 1
                    ended["killed"] += 1
                if pid is not None and victim == "run":
                    run.wait(END_SECONDS)
                elif pid is not None:
                    run.wait(END_SECONDS)
                    ended[f"{victim} gone: exit code {run.returncode}"] += 1
            wait_for(lambda: not server_of(home.folder), END_SECONDS)
            if latest_release(home.folder) is not None:
                # It came to its end: what was made of the archive is made anew, so that there is something to disturb.
                seconds = max(10.0, time.monotonic() - start)
                for place in (home.parts, home.releases):
                    shutil.rmtree(place, ignore_errors=True)
        last = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert last.returncode == 0, last.stderr
    print(dict(killed), dict(ended))
    assert set(killed) == set(WHO)
    undisturbed = Home(tmp_path / "undisturbed")
    shutil.copytree(home.archive, undisturbed.archive)
    subprocess.run([sys.executable, "-m", "flows.cli", "release", "--home", undisturbed.folder], cwd=ROOT, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    assert checksums(home) == checksums(undisturbed)
    assert not server_of(home.folder)


@contextmanager
def client(command: list[str]) -> Iterator[subprocess.Popen]:
    """Start a run; kill it at the end of the block if it is still there."""
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
        try:
            yield run
        finally:
            if run.poll() is None:
                run.kill()


def strike(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def alive(run: int, victim: str) -> list[int]:
    """Return the processes of a run that are the run itself, its workers (of both generations) or its server."""
    parents, told = {}, {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            told[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found, waiting = [], [run]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += [child for child, parent in parents.items() if parent == pid]
    sign = {"worker": "spawn_main", "server": "flows.server"}.get(victim)
    return [pid for pid in found if (sign in told.get(pid, "") if sign else pid == run and told.get(pid))]


def checksums(home: Home) -> dict[str, str]:
    """Return the sha256 of every file of the latest release whose bytes are promised."""
    release = latest_release(home.folder)
    assert release is not None
    files = {path.relative_to(release).as_posix(): path for path in release.rglob("*") if path.is_file()}
    wanted = {name: path for name, path in files.items() if not is_by_value(name) and name != "checksums.txt"}
    assert len(wanted) > 20 and any(re.search("observations", name) for name in wanted)
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in wanted.items()}
