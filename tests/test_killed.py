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
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from extract.archiving.archive import READABLE, Archive
from extract.crawling.sample_portal import SamplePortal, serve_sample
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.todo.outcomes import outcomes_that_hold
from publish.compare.latest import latest_release
from publish.exports.write_exports import is_by_value
from tests.test_build_stopped import SOME, port, server_of, wait_for

ROOT = Path(__file__).resolve().parent.parent
#: Who is killed in which phase of a run, and how often: thirty in all, ten of each.
KILLS = {
    ("run", "start"): 1,
    ("run", "crawl"): 3,
    ("run", "read"): 2,
    ("run", "assemble"): 2,
    ("run", "exports"): 2,
    ("server", "start"): 1,
    ("server", "crawl"): 3,
    ("server", "read"): 2,
    ("server", "assemble"): 2,
    ("server", "exports"): 2,
    ("worker", "read"): 5,
    ("worker", "assemble"): 3,
    ("worker", "exports"): 2,
}
#: What a run says when a phase of it begins; the exports begin with the first file beside the tables.
PHASES = {"starting Prefect": "start", "crawling": "crawl", "reading": "read", "making the release": "assemble"}
#: Requests of the crawl and seconds of the other phases within which a moment falls, until this machine has shown how long one takes.
WITHIN = {"start": 10.0, "crawl": 12.0, "read": 8.0, "assemble": 4.0, "exports": 5.0}
#: A run has so long to come to its end, one way or the other, and may be hit so many times (a batch has three tries).
END_SECONDS, HITS = 180.0, 3
#: A build in small batches and shards (which change no byte), so that there is something between two kills to go on from.
BUILD = """
import sys
from contextlib import nullcontext
from pathlib import Path
import flows.todo.batches
from extract.errors import GongkaiError
from extract.crawling import sample_portal
from flows.releasing.assembling import write_release_tables
from flows.commands.build import build

flows.todo.batches.SECONDS = 2.0
write_release_tables.__kwdefaults__["size"] = 8
if __name__ == "__main__":
    hosts = {place.name: ("127.0.0.1", int(sys.argv[2])) for place in (sample_portal.SAMPLE_DIRECTORY / "site").iterdir()}
    sample_portal.serve_sample = lambda: nullcontext(hosts)
    try:
        sys.exit(build(None, None, sys.argv[3:], Path(sys.argv[1])))
    except GongkaiError as error:
        sys.exit(f"gongkai: {error}")
"""


@pytest.mark.prefect
@pytest.mark.slow
def test_run_killed_at_thirty_random_moments_ends_in_the_identical_release(tmp_path):
    assert sum(KILLS.values()) == 30
    home, dice, left, ends = Home(tmp_path / "home"), random.Random(30), Counter(KILLS), Counter[str]()
    within = dict(WITHIN)
    made: list[dict[str, str]] = []
    with serve_sample() as portal:
        while left.total():
            if (latest := latest_release(home.folder)) is not None:
                # It came to its end: what was made of the archive is made anew, so that there is something to disturb.
                made.append(checksums(latest))
                for place in (home.parts, home.releases):
                    shutil.rmtree(place)
            run = Run(home, portal)
            hit = run.disturb(left, dice, within)
            ends[f"{', '.join(hit) or 'nobody'} killed: exit code {run.process.returncode}: {run.last}"] += 1
            print(f"{time.monotonic() - run.began:5.1f} s, {left.total()} to come: {', '.join(hit)}", flush=True)
            run.check(hit)
        last = Run(home, portal)
        assert last.end() == 0, last.told
        last.check([])
    victims, phases = ([key[of] for key in Counter(KILLS).elements()] for of in (0, 1))
    print(
        f"killed: {dict(Counter(victims))}, {dict(Counter(phases))}",
        *(f"{count} x {end}" for end, count in sorted(ends.items())),
        sep="\n",
    )
    print(f"{len(made)} releases on the way")
    undisturbed = Home(tmp_path / "undisturbed")
    shutil.copytree(home.archive, undisturbed.archive)
    subprocess.run(
        [sys.executable, "-m", "flows.cli", "release", "--home", undisturbed.folder],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wanted = checksums(latest_release(undisturbed.folder))
    for release in (*made, checksums(latest_release(home.folder))):
        assert release == wanted


class Run:
    """A run over a home in a process of its own, and what was there when it began."""

    def __init__(self, home: Home, portal: SamplePortal):
        self.home, self.portal, self.asked = home, portal, len(portal.requests)
        self.archived, self.read = archived(home), read(home)
        command = [sys.executable, "-u", "-c", BUILD, str(home.folder), str(port(portal)), *SOME]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.began = time.monotonic()
        self.deadline = self.began + END_SECONDS
        self.told: list[str] = []
        self._stage = "start"
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.told.append(line.rstrip())
            self._stage = next((phase for sign, phase in PHASES.items() if f"gongkai: {sign}" in line), self._stage)

    @property
    def phase(self) -> str:
        if self._stage == "assemble" and any(self.home.releases.glob(".*.tmp/schema.json")):
            self._stage = "exports"
        return self._stage

    @property
    def last(self) -> str:
        return (self.told or [""])[-1][:100]

    def disturb(self, left: Counter[tuple[str, str]], dice: random.Random, within: dict[str, float]) -> list[str]:
        """Kill what is left to be killed as its phase comes; return who was killed in which phase once the run has ended.

        ``within`` is kept up to date: a phase that nobody was killed in shows how long it takes.
        """
        hit: list[str] = []
        while self.process.poll() is None:
            phase, began = self.phase, time.monotonic()
            while len(hit) < HITS and (open_ := [who for who, of in left.elements() if of == phase]):
                if self._moment(phase, dice.uniform(0, within[phase])):
                    break
                who = dice.choice(open_)
                if (found := self.alive(who)) and strike(dice.choice(found)):
                    left[who, phase] -= 1
                    hit.append(f"{who} in {phase}")
                    if who == "run":
                        break
            self._wait(lambda: self.phase != phase)  # noqa: B023
            if phase != "crawl" and self.process.poll() is None and not any(one.endswith(phase) for one in hit):
                within[phase] = time.monotonic() - began
        self.end()
        return hit

    def _moment(self, phase: str, chance: float) -> bool:
        """Wait for a moment of a phase, in requests of the crawl or seconds; tell whether the phase was over before."""
        requests, end = len(self.portal.requests) + chance, time.monotonic() + chance
        self._wait(
            lambda: (
                self.phase != phase
                or (len(self.portal.requests) >= requests if phase == "crawl" else time.monotonic() >= end)
            )
        )
        return self.phase != phase or self.process.poll() is not None

    def _wait(self, condition) -> None:
        wait_for(lambda: self.process.poll() is not None or condition(), max(0.0, self.deadline - time.monotonic()))

    def end(self) -> int:
        """Wait for the end of the run, of its server and of its workers."""
        try:
            code = self.process.wait(max(0.0, self.deadline - time.monotonic()))
        finally:
            self.process.kill()
        wait_for(lambda: not server_of(self.home.folder), 30.0)
        self._listener.join()
        return code

    def check(self, hit: list[str]) -> None:
        """A run that lost a server or a worker comes to its end; nothing is fetched or read that was there before."""
        if any(one.startswith("run") for one in hit):
            assert self.process.returncode == -signal.SIGKILL
        elif "server in start" not in hit:
            assert self.process.returncode == 0, self.told
        assert not any("Traceback" in line for line in self.told if hit != ["server in start"]), self.told
        asked = {f"{host}{target}" for _, host, target in self.portal.requests[self.asked :]}
        assert {url for url in self.archived if url.partition("://")[2] in asked} == set()
        if counts := [
            int(found[1]) for line in self.told if (found := re.match(r"gongkai: reading (\d+) documents", line))
        ]:
            with Archive(self.home.archive) as archive:
                documents = {record.document_id for record in archive.records(outcome="ok") if record.kind in READABLE}
            assert counts == [len(documents - self.read)]

    def alive(self, victim: str) -> list[int]:
        """Return the processes that are the run itself, its workers (and theirs) or its server."""
        parents, commands = {}, {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                commands[int(place.name)] = (
                    (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
        if victim == "run":
            return [self.process.pid] if commands.get(self.process.pid) else []
        sign = {"worker": "spawn_main", "server": "flows.orchestration.server"}[victim]
        below, waiting = [], [self.process.pid]
        while waiting:
            children = [pid for pid, parent in parents.items() if parent == waiting[-1]]
            waiting.pop()
            waiting += children
            below += children
        return [pid for pid in below if sign in commands[pid]]


def strike(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def archived(home: Home) -> set[str]:
    """Return the addresses of reports and attachments that the archive holds."""
    if not home.archive.is_dir():
        return set()
    with Archive(home.archive, write=True) as archive:
        return {record.url for record in archive.records(outcome="ok") if record.kind in ("report", "attachment")}


def read(home: Home) -> set[str]:
    """Return the documents whose reading holds."""
    if not home.ledger.is_file():
        return set()
    with Ledger(home.ledger) as ledger:
        return set(outcomes_that_hold(home, ledger))


def checksums(release: Path | None) -> dict[str, str]:
    """Return the sha256 of every file of a release whose bytes are promised."""
    assert release is not None
    files = {path.relative_to(release).as_posix(): path for path in release.rglob("*") if path.is_file()}
    wanted = {name: path for name, path in files.items() if not is_by_value(name) and name != "checksums.txt"}
    assert len(wanted) > 20 and any(re.search("observations", name) for name in wanted)
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in wanted.items()}
