"""The crawl over hosts that fail at random in ten ways, and killed at random moments: everything arrives, once.

The small run is part of every test run; the full one (40 hosts, 1,000 reports, 20 kills) is marked slow.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from extract.archiving.archive import Archive
from extract.archiving.verify import verify_archive
from extract.fetching.fetch import Fetcher
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal, report_page

RATE = 25.0  # requests a second and host
FAILING = 0.3
ROOT = Path(__file__).resolve().parent.parent


def ways(body: bytes) -> list[Answer]:
    """Return ten ways to fail at giving a page."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    packed = gzip.compress(body)
    return [
        Answer("busy", 503),
        Answer("error", 500),
        Answer("slow down", 429, headers={"Retry-After": "0"}),
        Answer(raw=b""),  # the connection closes without a word
        Answer(raw=head + b"Content-Length: %d\r\n\r\n" % (len(body) + 99) + body),
        Answer(raw=head + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n" + body[:50]),
        Answer(packed[:-20], headers={"Content-Encoding": "gzip"}),
        Answer(b"", 200),
        Answer("<script>document.cookie='__jsl_clearance_s=1'</script>", 521),
        Answer("<html><body>您访问的页面不存在</body></html>"),
    ]


class ChaosServer(PortalServer):
    """Hosts h0 … with a static list of several pages each; any answer fails with a chance of FAILING."""

    def __init__(self, hosts: int, reports: int, seed: int):
        super().__init__()
        self.random = random.Random(seed)
        self.delivered: Counter[str] = Counter()
        self.reports: set[str] = set()
        for number in range(hosts):
            self._host(f"h{number}.shili.gov.cn", reports)

    def _host(self, host: str, reports: int) -> None:
        per_page = 10
        pages = -(-reports // per_page)
        titles = [f"示例{number}局{2010 + number % 15}年政府信息公开工作年度报告" for number in range(reports)]
        for page in range(pages):
            name = "/nb/" if page == 0 else f"/nb/index_{page}.html"
            part = range(page * per_page, min(reports, (page + 1) * per_page))
            entries = "".join(f'<li><a href="{one}.html">{titles[one]}</a></li>' for one in part)
            pager = f'<script>createPageHTML({pages}, {page}, "index", "html")</script>'
            self.add(host, name, self.fail_or(f"<html><ul>{entries}</ul>{pager}</html>"))
        for one in range(reports):
            self.reports.add(f"https://{host}/nb/{one}.html")
            self.add(host, f"/nb/{one}.html", self.fail_or(report_page(titles[one], extra=f"{host}/{one}")))

    def fail_or(self, page: str):
        body = page.encode()

        def answer(request):
            with self.lock:
                if self.random.random() < FAILING:
                    return self.random.choice(ways(body))
                self.delivered[f"https://{request.host}{request.path}"] += 1
            return Answer(body)

        return answer

    def portals(self):
        return [portal(host, "trs_static", "/nb/", code=f"99{number:04d}") for number, host in enumerate(self.routes)]


def run(folder, portals, host_map):
    fetcher = Fetcher(rate=RATE, host_map=host_map, backoff=0.02, read_timeout=5)
    with Archive(folder, write=True) as archive:
        return crawl(portals, archive, fetcher=fetcher)


def assert_complete(server, folder):
    with Archive(folder) as archive:
        ok = [one.url for one in archive.records(outcome="ok") if one.kind == "report"]
        documents = {one.document_id for one in archive.records(outcome="ok") if one.kind == "report"}
    assert set(ok) == server.reports
    assert len(ok) == len(set(ok)) == len(documents)
    verified = verify_archive(folder)
    assert verified.ok, verified.damages[:3]


def assert_polite(server):
    gaps = [after - before for times in server.times.values() for before, after in pairwise(times)]
    assert min(gaps) >= 1 / RATE


@pytest.mark.parametrize(("hosts", "reports"), [(6, 12), pytest.param(40, 25, marks=pytest.mark.slow)])
def test_every_report_arrives_once_though_answers_fail(tmp_path, hosts, reports):
    with ChaosServer(hosts, reports, seed=7) as server:
        started = time.monotonic()
        summary = run(tmp_path, server.portals(), server.host_map)
        seconds = time.monotonic() - started
        assert_complete(server, tmp_path)
        assert_polite(server)
    assert not [one for one in summary.failures if one.year is not None]
    asked = sum(host.requests for host in summary.hosts)
    errors = sum(host.errors for host in summary.hosts)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{hosts} hosts, {len(server.reports)} reports: {asked} requests, {errors} failed, {seconds:.1f} s, {memory} MiB"
    )
    assert errors / asked > FAILING / 2


CHILD = """
import json, sys
from pathlib import Path
from extract.portal import Portal
from tests.test_chaos import run
folder, told = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
portals = [Portal(**row) for row in told["portals"]]
run(folder, portals, {host: tuple(place) for host, place in told["host_map"].items()})
"""


@pytest.mark.parametrize(("hosts", "reports", "kills"), [(6, 12, 3), pytest.param(40, 25, 20, marks=pytest.mark.slow)])
def test_run_killed_at_random_moments_ends_in_the_same_state(tmp_path, hosts, reports, kills):
    folder, told = tmp_path / "archive", tmp_path / "told.json"
    choose = random.Random(11)
    with ChaosServer(hosts, reports, seed=3) as server:
        rows = [vars(one) for one in server.portals()]
        told.write_text(json.dumps({"portals": rows, "host_map": server.host_map}))
        command = [sys.executable, "-c", CHILD, str(folder), str(told)]
        # At random moments of the work, so that each of them finds some under way and some still to do.
        most = int(1.5 * hosts * reports / (kills + 1))
        killed = 0
        while killed < kills:
            enough = sum(server.delivered.values()) + choose.randint(1, most)
            child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
            while child.poll() is None and sum(server.delivered.copy().values()) < enough:
                time.sleep(0.002)
            assert child.poll() is None, "the run came to its end before it could be killed"
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            killed += 1
            assert len({url for url in server.delivered.copy() if url in server.reports}) < len(server.reports)
        subprocess.run(command, cwd=ROOT, stderr=subprocess.DEVNULL, check=True)
        assert_complete(server, folder)
        # Only what was under way at a kill is delivered again: one answer a host and kill at most.
        again = sum(count - 1 for url, count in server.delivered.items() if url in server.reports)
        assert again <= kills * hosts
        print(f"{killed} kills: {again} of {len(server.reports)} reports delivered again")
