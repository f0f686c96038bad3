"""The first stage: portals into the archive, as a Prefect flow with a task a host.

Threads only fetch. A host that fails stops no other. The flow itself takes no parameters: Prefect would keep a copy of
every portal in its database, and refuses more than 512 kB.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Sequence
from contextlib import nullcontext

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import ThreadPoolTaskRunner

from extract.archiving.archive import Archive
from extract.crawling.host_job import crawl_host
from extract.crawling.sample_portal import serve_sample
from extract.crawling.summary import Failure, HostSummary
from extract.fetching.addresses import HostMap
from extract.fetching.fetch import Fetcher
from extract.portal import Portal
from flows.home.home import SAMPLE_VANTAGE
from flows.orchestration.one_per_host import alone_on
from flows.orchestration.run_plan import CrawlPlan, note_finished
from flows.orchestration.run_result import RunResult, push_to_store
from flows.terminal.output import progress, say

#: Hosts fetched from at the same time: a thread sleeps nearly all the time at one request a second.
HOSTS = 200
#: Failures after which the crawl of a portal is not finished: no answer, or a list that was not read whole.
UNFINISHED = ("error", "truncated", "incomplete_list")


def crawl(
    plan: CrawlPlan,
    portals: Sequence[Portal],
    result: RunResult,
    *,
    one_per_host: bool = False,
) -> None:
    """Fetch what portals of a plan announce into the archive, and copy it to the store.

    ``one_per_host``: no host is asked by two runs of the Prefect server at the same time.
    """
    if not portals:
        return
    say(f"crawling {len(portals)} portals")
    if not plan.sample and not plan.settings.vantage:
        say("no --vantage: the records will not say from where the portals were asked")
    # What failed is listed once, at the end; a fault of ours still shows at once.
    logging.getLogger("gongkai.crawl").setLevel(logging.ERROR)
    with serve_sample() if plan.sample else nullcontext() as host_map:
        result.hosts += _crawl(plan, portals, host_map, one_per_host)
    push_to_store(plan.home, result)


def _crawl(
    plan: CrawlPlan, portals: Sequence[Portal], host_map: HostMap | None, one_per_host: bool
) -> list[HostSummary]:
    by_host: dict[str, list[Portal]] = defaultdict(list)
    for portal in portals:
        by_host[portal.host].append(portal)
    stop = threading.Event()
    fetcher = plan.settings.fetcher(host_map, stop.is_set)

    @flow(name="gongkai crawl", task_runner=ThreadPoolTaskRunner(max_workers=HOSTS), persist_result=False)  # type: ignore[arg-type]
    def crawl_hosts() -> list[HostSummary]:
        with Archive(plan.home.archive, write=True) as archive:
            try:
                hosts = {
                    crawl_one_host.with_options(task_run_name=f"crawl {host}").submit(
                        plan, by_host[host], archive, fetcher, one_per_host
                    ): host
                    for host in sorted(by_host)
                }
                done = progress(as_completed(list(hosts)), len(hosts), "host")
                return [summary_of(future, hosts[future]) for future in done]
            except BaseException:
                # Threads cannot be interrupted; they look at this between requests.
                stop.set()
                raise

    return crawl_hosts()


@task(cache_policy=NO_CACHE, persist_result=False)
def crawl_one_host(
    plan: CrawlPlan, portals: list[Portal], archive: Archive, fetcher: Fetcher, one_per_host: bool
) -> HostSummary:
    """Crawl the portals of one host, and note those whose crawl came to its end."""
    with alone_on(portals[0].host) if one_per_host else nullcontext():
        summary = crawl_host(
            portals,
            archive,
            fetcher,
            years=plan.years,
            vantage=SAMPLE_VANTAGE if plan.sample else plan.settings.vantage,
            budget=None if plan.sample else plan.settings.budget,
            recheck=plan.settings.recheck_after,
        )
    unfinished = {failure.portal_id for failure in summary.failures if failure.outcome in UNFINISHED}
    for portal in portals:
        if not summary.stopped and portal.portal_id not in unfinished:
            note_finished(plan, portal)
    return summary


def summary_of(future: PrefectFuture[HostSummary], host: str) -> HostSummary:
    """Return a host's summary; a task that broke is a failure of that host and of no other."""
    future.wait()
    if future.state.is_completed():
        return future.result()
    reason = f"the crawl of this host broke off: {future.state.message or future.state.name}"
    return HostSummary(host, failures=(Failure(host, "", "", "", "error", reason),))
