"""Runs on a schedule: one server and its auth string, a crawl and a release by deployment, runs that died are ended."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from pathlib import Path

import pytest
import yaml

from extract.crawling.sample_portal import SAMPLE_DIRECTORY
from extract.errors import UsageError
from flows.home.home import ROOT
from flows.orchestration.serve_schedule import (
    AUTOMATIONS,
    DEPLOYMENTS,
    alone,
    deployments,
    serve_schedule,
    server_settings,
)

SCHEDULE = """
import sys
from pathlib import Path
from flows.orchestration.serve_schedule import serve_schedule
if __name__ == "__main__":
    sys.exit(serve_schedule(None, (), None, Path(sys.argv[1]), {"contact": "test"}, port=int(sys.argv[2]), file=Path(sys.argv[3])))
"""


def test_the_crawl_runs_weekly_when_reports_appear_and_monthly_otherwise():
    crawl, release = deployments({"crawl": {"home": "/srv/gongkai"}, "release": {}}, DEPLOYMENTS)
    assert [(one.schedule.cron, one.schedule.timezone) for one in crawl.schedules] == [
        ("0 3 * 1-4 1", "Asia/Shanghai"),
        ("0 3 1 5-12 *", "Asia/Shanghai"),
    ]
    assert [one.schedule.cron for one in release.schedules] == ["0 1 * * *"]
    assert crawl.parameters == {"home": "/srv/gongkai", "portals_file": "data/reference/portals.csv"}
    assert {one.concurrency_limit for one in (crawl, release)} == {1}
    assert crawl.concurrency_options.collision_strategy == "CANCEL_NEW"


def test_every_entrypoint_and_parameter_of_prefect_yaml_is_there():
    from prefect.flows import load_flow_from_entrypoint

    told = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))["deployments"]
    assert {one["name"] for one in told} == {"crawl", "release"}
    for one in told:
        found = load_flow_from_entrypoint(str(ROOT / one["entrypoint"]))
        assert one["parameters"].keys() <= set(found.parameters.properties)
        assert found.retries == 1 and found.timeout_seconds
    assert (ROOT / told[0]["parameters"]["portals_file"]).is_file()


def test_real_portals_are_not_scheduled_without_a_contact(tmp_path):
    with pytest.raises(UsageError, match="contact"):
        serve_schedule(None, (), None, tmp_path, {"contact": None})


def test_one_schedule_a_home(tmp_path):
    with alone(tmp_path), pytest.raises(UsageError, match="another gongkai schedule"), alone(tmp_path):
        pass


def test_the_auth_string_is_made_once_and_is_its_owners(tmp_path):
    first, again = server_settings(tmp_path), server_settings(tmp_path)
    assert first["PREFECT_SERVER_API_AUTH_STRING"] == again["PREFECT_API_AUTH_STRING"]
    assert len(first["PREFECT_API_AUTH_STRING"]) > 30
    assert (tmp_path / "auth").stat().st_mode & 0o777 == 0o600


def test_the_automation_waits_for_more_than_one_heartbeat(tmp_path):
    (automation,) = yaml.safe_load(AUTOMATIONS.read_text(encoding="utf-8"))["automations"]
    heartbeat = int(server_settings(tmp_path)["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
    assert automation["trigger"]["within"] >= 3 * heartbeat
    assert automation["actions"][0]["state"] == "CRASHED"


class Api:
    """Prefect's API of the schedule under test."""

    def __init__(self, port: int, auth: str):
        self.url, self.auth = f"http://127.0.0.1:{port}/api", auth

    def __call__(self, path: str, content: dict | None = None) -> object:
        data = None if content is None else json.dumps(content).encode()
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Basic {b64encode(self.auth.encode()).decode()}",
        }
        request = urllib.request.Request(f"{self.url}{path}", data, headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        for _ in range(60):
            try:
                with opener.open(request, timeout=30) as answer:
                    return json.loads(answer.read() or b"null")
            except urllib.error.HTTPError as error:
                # 503: SQLite was busy; Prefect's own client asks again too.
                if error.code != 503:
                    raise
                time.sleep(1)
        raise AssertionError(f"{path}: busy for a minute")

    def run(self, name: str) -> str:
        found = self(f"/deployments/name/{name}")
        return self(f"/deployments/{found['id']}/create_flow_run", {})["id"]  # type: ignore[index]

    def state(self, run: str) -> str:
        return self(f"/flow_runs/{run}")["state"]["type"]  # type: ignore[index]

    def wait(self, run: str, *states: str, seconds: float = 300) -> str:
        end = time.monotonic() + seconds
        while (state := self.state(run)) not in states and time.monotonic() < end:
            time.sleep(0.5)
        return state

    def artifacts(self) -> dict[str, dict]:
        return {one["key"]: one for one in self("/artifacts/latest/filter", {"sort": "CREATED_DESC"}) if one["key"]}  # type: ignore[attr-defined]


class Schedule:
    """A schedule in a process of its own over the sample portal, whose crons never come."""

    def __init__(self, folder: Path):
        self.home = folder / "home"
        self.file, self.told, self.starts = folder / "prefect.yaml", folder / "stderr", 0
        told = yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))
        for one in told["deployments"]:
            one["schedules"] = [{"cron": "0 0 29 2 *", "timezone": "Asia/Shanghai"}]
            one["parameters"] = {}
        self.file.write_text(yaml.safe_dump(told), encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SCHEDULE, str(self.home), str(self.port), str(self.file)],
            cwd=ROOT,
            start_new_session=True,
            stderr=self.told.open("ab"),
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        auth, end = self.home / "prefect" / "schedule" / "auth", time.monotonic() + 180
        self.starts += 1
        while time.monotonic() < end:
            assert self.process.poll() is None
            try:
                # A server that was killed before may still answer for a moment.
                if self.told.read_text(encoding="utf-8").count("schedule on") < self.starts:
                    raise OSError
                self.api = Api(self.port, auth.read_text(encoding="utf-8").strip())
                self.api("/deployments/name/gongkai%20scheduled%20release/release")
                return
            except (OSError, urllib.error.HTTPError):
                time.sleep(0.5)
        raise AssertionError("the schedule did not start")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=60)


@pytest.fixture
def running(tmp_path):
    one = Schedule(tmp_path)
    yield one
    if one.process.poll() is None:
        one.kill()


CRAWL, RELEASE = "gongkai%20scheduled%20crawl/crawl", "gongkai%20scheduled%20release/release"


@pytest.mark.slow
@pytest.mark.prefect
def test_crawl_and_release_by_deployment(running):
    with pytest.raises(urllib.error.HTTPError, match="401"):
        Api(running.port, "gongkai:wrong")("/flow_runs/filter", {})
    crawl = running.api.run(CRAWL)
    assert running.api.wait(crawl, "COMPLETED", "FAILED", "CRASHED") == "COMPLETED"
    release = running.api.run(RELEASE)
    assert running.api.wait(release, "COMPLETED", "FAILED", "CRASHED") == "COMPLETED"
    version = (running.home / "releases" / "latest").read_text().strip()
    shown = running.api.artifacts()
    assert set(shown) == {"gongkai-crawl", "gongkai-release", "gongkai-coverage", "gongkai-alarms"}
    assert version in shown["gongkai-release"]["data"] and "| observations |" in shown["gongkai-release"]["data"]
    (province,) = [row for row in json.loads(shown["gongkai-coverage"]["data"]) if row["province"] == "99"]
    with (SAMPLE_DIRECTORY / "truth" / "coverage.csv").open(encoding="utf-8") as file:
        true = [row["status"] for row in csv.DictReader(file) if row["year"] == "2023"]
    assert province["2023"] == f"{sum(status in ('found', 'late') for status in true)}/{len(true)}"

    written = {path: path.stat().st_mtime_ns for path in (running.home / "releases").rglob("*")}
    again = running.api.run(RELEASE)
    assert running.api.wait(again, "COMPLETED", "FAILED", "CRASHED") == "COMPLETED"
    assert {path: path.stat().st_mtime_ns for path in (running.home / "releases").rglob("*")} == written
    assert running.stop() == 0


@pytest.mark.slow
@pytest.mark.prefect
def test_a_run_left_behind_by_a_killed_schedule_is_ended(running):
    crawl = running.api.run(CRAWL)
    assert running.api.wait(crawl, "RUNNING", "COMPLETED") == "RUNNING"
    running.kill()
    running.start()
    assert running.api.wait(crawl, "CRASHED", seconds=60) == "CRASHED"
    assert running.api.wait(running.api.run(CRAWL), "COMPLETED", "FAILED", "CRASHED") == "COMPLETED"
