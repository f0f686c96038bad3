"""How fast the crawler is, and where its time goes: ``python -m tests.bench_crawl [--hosts N] [--rate N] [--profile]``.

Simulated portals on loopback, in a process of their own, with archiving on. Without a rate limit (the default) the
figure is the crawler's own speed; ``--hosts 200 --rate 1`` shows whether it keeps up with 200 polite hosts. Prints
requests a second, the processor time of the crawler, its memory a quarter of the way through and at the end, and with
``--profile`` the functions that took the time, one host after the other.
"""

from __future__ import annotations

import argparse
import cProfile
import multiprocessing
import os
import pstats
import tempfile
import threading
import time
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

from extract.archiving.archive import Archive
from extract.crawling.host_job import HostJob
from extract.fetching.fetch import Fetcher
from tests.crawling import crawl
from tests.portal_server import Answer, PortalServer, portal, report_page

FILLER = "<p>本机关依照条例公布上一年度主动公开、依申请公开和监督保障的情况，并说明存在的问题和改进的办法。</p>" * 300


def serve(hosts: int, reports: int, pipe: Connection) -> None:
    """Serve hosts with one list each and pages of some 40 kB; the pipe's other end tells when to stop."""
    with PortalServer() as server:
        for number in range(hosts):
            host = f"h{number}.shili.gov.cn"
            titles = [f"示例{one}局{2010 + one % 15}年政府信息公开工作年度报告" for one in range(reports)]
            entries = "".join(f'<li><a href="{one}.html">{title}</a></li>' for one, title in enumerate(titles))
            server.add(host, "/nb/", f"<html><ul>{entries}</ul></html>")
            for one, title in enumerate(titles):
                server.add(host, f"/nb/{one}.html", page(title, f"{host}/{one}"))
        pipe.send(server.host_map)
        pipe.recv()
        pipe.send({host: times for host, times in server.times.items()})


def page(title: str, mark: str):
    """Return a route that makes its page when asked: 100,000 of them kept would be the server's memory, not ours."""
    return lambda request: Answer(report_page(title, extra=FILLER + mark))


def resident() -> float:
    """Return this process's memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hosts", type=int, default=40)
    parser.add_argument("--reports", type=int, default=100, help="a host")
    parser.add_argument("--rate", type=float, default=0.0, help="requests a second and host (0: no limit)")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=serve, args=(options.hosts, options.reports, theirs), daemon=True)
    process.start()
    host_map = ours.recv()
    rows = [portal(host, "trs_static", "/nb/", code=f"99{number:04d}") for number, host in enumerate(host_map)]
    whole = options.hosts * options.reports
    memory: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, Archive(folder, write=True) as archive:
        done = threading.Event()

        def watch() -> None:
            while not done.wait(0.2):
                if archive.index.count() > whole / 4:
                    memory["quarter"] = resident()
                    return

        threading.Thread(target=watch, daemon=True).start()
        profile = cProfile.Profile(time.thread_time)  # processor time: waiting for the server is not the crawler's
        if options.profile:
            run = HostJob.run
            HostJob.run = lambda job: profile.runcall(run, job)  # type: ignore[method-assign]
        started, processor = time.monotonic(), time.process_time()
        fetcher = Fetcher(rate=options.rate, host_map=host_map)
        summary = crawl(rows, archive, fetcher=fetcher, workers=1 if options.profile else 200)
        seconds, processor = time.monotonic() - started, time.process_time() - processor
        done.set()
        memory["end"] = resident()
        size = sum(path.stat().st_size for path in archive.files())
    ours.send("stop")
    times = ours.recv()
    asked = sum(host.requests for host in summary.hosts)
    assert summary.ok and sum(host.fetched for host in summary.hosts) == whole, summary.failures[:3]
    gaps = [after - before for moments in times.values() for before, after in pairwise(moments)]
    received = sum(host.bytes for host in summary.hosts) / (1 << 20)
    print(f"{options.hosts} hosts, {asked} requests in {seconds:.1f} s: {asked / seconds:.0f} a second")
    print(
        f"{received:.0f} MiB received, {size / (1 << 20):.0f} MiB archived; processor {processor:.1f} s of the crawler"
    )
    print(f"memory {memory.get('quarter', 0):.0f} MiB at a quarter, {memory['end']:.0f} MiB at the end")
    print(f"shortest gap between two requests to a host {min(gaps):.3f} s, all hosts done {seconds:.1f} s")
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
