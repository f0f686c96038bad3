"""Alarms: what is newly wrong is told once, what stands is not told again, what went away is told as gone."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from extract.crawling.summary import Alarm, Failure, HostSummary
from extract.errors import ReleaseError
from flows.home.alarms import RELEASE, WEBHOOK, crawl_troubles, release_trouble, update
from flows.home.home import Home


class Webhook(HTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[dict] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/secret"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def webhook(monkeypatch) -> Iterator[Webhook]:
    server = Webhook()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv(WEBHOOK, server.address)
    yield server
    server.shutdown()
    server.server_close()


def host(name: str, failures: tuple[Failure, ...] = (), alarms: tuple[Alarm, ...] = ()) -> HostSummary:
    return HostSummary(name, 3, 900, len(failures), 1, 0, {2024: 1}, 1.0, failures=failures, alarms=alarms)


def failure(name: str, reason: str) -> Failure:
    return Failure(name, f"p-{name}", "990100", f"http://{name}/nb/", "error", reason)


def run(home: Home, *hosts: HostSummary):
    return update(home, *crawl_troubles(hosts), run="crawl")


def test_the_same_trouble_is_told_once_whatever_its_reason_says(tmp_path, webhook):
    home = Home(tmp_path)
    first = run(home, host("a.gov.cn", (failure("a.gov.cn", "no answer in 20 s"),)))
    again = run(home, host("a.gov.cn", (failure("a.gov.cn", "no answer in 23 s"),)))
    assert [one.text for one in first.new] == ["http://a.gov.cn/nb/: error: no answer in 20 s"]
    assert again.quiet and again.standing == 1
    assert len(webhook.heard) == 1
    assert "no answer in 20 s" in webhook.heard[0]["text"]


def test_what_was_not_looked_at_goes_on_standing(tmp_path, webhook):
    home = Home(tmp_path)
    run(home, host("a.gov.cn", (failure("a.gov.cn", "down"),)))
    other = run(home, host("b.gov.cn"))
    assert other.quiet and other.standing == 1
    back = run(home, host("a.gov.cn"))
    assert [one.about for one in back.gone] == ["a.gov.cn"] and back.standing == 0
    assert webhook.heard[-1]["gone"] == ["http://a.gov.cn/nb/: error: down"]


def test_a_silent_portal_is_an_alarm(tmp_path, webhook):
    told = run(
        Home(tmp_path),
        host("a.gov.cn", alarms=(Alarm("990100-a.gov.cn", "silent", (2023,), "1 report is archived, none is listed"),)),
    )
    assert [one.text for one in told.new] == ["990100-a.gov.cn: silent: 1 report is archived, none is listed"]


def test_a_run_without_trouble_says_nothing(tmp_path, webhook):
    assert run(Home(tmp_path), host("a.gov.cn")).quiet
    assert webhook.heard == []
    assert not (tmp_path / "alarms.json").exists()


def test_what_could_not_be_delivered_is_told_again(tmp_path, webhook, caplog):
    home = Home(tmp_path)
    webhook.status = 500
    assert not run(home, host("a.gov.cn", (failure("a.gov.cn", "down"),))).delivered
    assert "answered 500" in caplog.text and "secret" not in caplog.text
    webhook.status, webhook.heard = 200, []
    told = run(home, host("a.gov.cn", (failure("a.gov.cn", "down"),)))
    assert told.delivered and len(webhook.heard) == 1


def test_a_release_not_made_stands_until_one_is_made(tmp_path, webhook):
    home = Home(tmp_path)
    trouble = release_trouble(ReleaseError("release 2026.11.0 not made, 1 problem:\n  panel: key: twice"))
    assert not update(home, [trouble], (), run="release").quiet
    assert update(home, [], (), run="crawl").standing == 1
    assert [one.text for one in update(home, [], [RELEASE], run="release", release="2026.11.1").gone] == [trouble.text]
    assert "panel: key: twice" in webhook.heard[0]["text"]


def test_a_damaged_state_file_tells_everything_again(tmp_path, webhook, caplog):
    home = Home(tmp_path)
    run(home, host("a.gov.cn", (failure("a.gov.cn", "down"),)))
    (tmp_path / "alarms.json").write_text("{", encoding="utf-8")
    assert len(run(home, host("a.gov.cn", (failure("a.gov.cn", "down"),))).new) == 1
    assert "alarms.json" in caplog.text


def test_a_long_list_is_cut_and_counted(tmp_path, webhook):
    many = tuple(failure(f"h{n:03d}.gov.cn", "down") for n in range(130))
    run(Home(tmp_path), host("x.gov.cn", many))
    (heard,) = webhook.heard
    assert heard["new_count"] == 130 and len(heard["new"]) == 50
    assert heard["text"].splitlines()[-1] == "and 80 more"
