"""The flows that run on a schedule: a crawl, and a release of what is new (``prefect.yaml`` says when).

They are the stages of ``gongkai crawl`` and ``gongkai release``, over a Prefect server that somebody else started. What a
person should see of a run stands in its artifacts; what needs somebody goes to the webhook (flows/home/alarms.py). Secrets
and who is responsible for a crawl come from the environment of the worker.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from extract.errors import HomeInUseError
from flows.home import storing
from flows.home.home import ROOT, Home, find_home
from flows.home.lock import writing
from flows.home.settings import CrawlSettings
from flows.orchestration import artifacts
from flows.orchestration.crawl_flow import crawl
from flows.orchestration.read_flow import read
from flows.orchestration.release_flow import release
from flows.orchestration.run_plan import is_up_to_date, plan_crawl
from flows.orchestration.run_result import RunResult, report, update_alarms
from flows.releasing.release_archive import portals_file_of

#: Seconds until a run that hangs is ended; the largest city columns take some six hours at one request a second.
CRAWL_SECONDS, RELEASE_SECONDS = 48 * 3600, 12 * 3600


@flow(
    name="gongkai scheduled crawl",
    retries=1,
    retry_delay_seconds=600,
    timeout_seconds=CRAWL_SECONDS,
    persist_result=False,
    validate_parameters=False,
)
def scheduled_crawl(
    home: str | None = None,
    portals_file: str | None = None,
    jurisdictions: list[str] | None = None,
    years: list[int] | None = None,
    settings: dict[str, Any] | None = None,
) -> dict[str, int]:
    """Ask portals for what they announce, all of the registry or those of some jurisdictions; return counts.

    ``home`` and ``portals_file`` default to GONGKAI_HOME and the sample portal; ``settings`` are fields of CrawlSettings over
    those of the environment (GONGKAI_CONTACT, GONGKAI_VANTAGE). A host is never asked by two runs of one Prefect server.
    """
    span = range(years[0], years[-1] + 1) if years else None
    registry = None if portals_file is None else ROOT / portals_file  # a relative path is one of the clone
    place = Path(home) if home else None
    result = RunResult()
    with writing(find_home(place, sample=registry is None), "crawl", wait=True):
        plan = plan_crawl(registry, span, jurisdictions or (), place, _settings(settings or {}))
        crawl(plan, plan.portals, result, one_per_host=True)
        update_alarms(plan.home, result, "crawl")
    artifacts.show_crawl(plan.home, result)
    _log(result)
    return {"hosts": len(result.hosts), "failures": len(result.failures)}


@flow(
    name="gongkai scheduled release",
    retries=1,
    retry_delay_seconds=600,
    timeout_seconds=RELEASE_SECONDS,
    persist_result=False,
    validate_parameters=False,
)
def scheduled_release(home: str | None = None) -> str | None:
    """Read what no part holds yet, and release; return the version, or None where nothing is new or nothing archived.

    While another command (a crawl of two days) is writing to the home, nothing is released.

    Raises:
        ReleaseError: the release does not pass its checks, or ``latest`` was held back.
    """
    place = find_home(Path(home) if home else None, sample=False)
    try:
        with writing(place, "release"):
            return _release(place)
    except HomeInUseError as error:
        get_run_logger().info("%s: the next release takes what is new", error)
        return None


def _release(place: Home) -> str | None:
    storing.pull_home(place)
    if not place.archive.is_dir():
        get_run_logger().info("%s: there is no archive yet", place.archive)
        return None
    portals_file = portals_file_of(place)
    if is_up_to_date(place, portals_file, None):
        return None
    result = RunResult()
    read(place, result)
    release(place, portals_file, result)
    update_alarms(place, result, "release")
    if result.error is not None:
        artifacts.show_alarms(place)
        report(result)
    artifacts.show_release(place, result)
    _log(result)
    return result.release.name if result.release else None


def _settings(given: dict[str, Any]) -> CrawlSettings:
    environment = CrawlSettings(os.environ.get("GONGKAI_CONTACT"), os.environ.get("GONGKAI_VANTAGE"))
    return replace(environment, **given)


def _log(result: RunResult) -> None:
    log = get_run_logger()
    for line in result.failures:
        log.warning(line)
