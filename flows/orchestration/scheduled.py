"""The flows that run on a schedule: a crawl, and a release of what is new (``prefect.yaml`` says when).

The one thing to know: they are the same steps as ``gongkai crawl`` and ``gongkai release`` (flows/orchestration/run.py), over a Prefect
server that somebody else started. What a person should see of a run stands in its artifacts; what needs somebody goes to
the webhook (flows/home/alarms.py). Secrets and who is responsible for a crawl come from the environment of the worker.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.logging import get_run_logger

from extract.errors import ReleaseError
from flows.home import storing
from flows.home.home import ROOT, find_home
from flows.home.settings import CrawlSettings
from flows.orchestration import artifacts
from flows.orchestration.run import Outcome, Run, told

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
    place = Path(home) if home else None
    run = Run.prepare(_registry(portals_file), span, jurisdictions or (), place, _settings(settings or {}))
    outcome = Outcome()
    with told(run.home, outcome, "crawl"):
        run.crawl(run.portals, outcome, None, one_per_host=True)
    artifacts.show_crawl(run.home, outcome)
    _log(outcome)
    return {"hosts": sum(len(s.hosts) for s in outcome.summaries), "failures": len(set(outcome.failures))}


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

    Raises:
        ReleaseError: the release does not pass its checks, or ``latest`` was held back.
    """
    place = find_home(Path(home) if home else None, sample=False)
    storing.pull_told(place)
    if not place.archive.is_dir():
        get_run_logger().info("%s: there is no archive yet", place.archive)
        return None
    run = Run.over(place)
    if run.is_current(None):
        return None
    outcome = Outcome()
    try:
        with told(place, outcome, "release"):
            run.read(outcome)
            run.release(None, outcome)
    except ReleaseError:
        artifacts.show_alarms(place)
        raise
    artifacts.show_release(place, outcome)
    _log(outcome)
    return outcome.released.name if outcome.released else None


def _registry(told: str | None) -> Path | None:
    """Return the registry, a relative path being one of the clone."""
    return None if told is None else ROOT / told


def _settings(told: dict[str, Any]) -> CrawlSettings:
    environment = CrawlSettings(os.environ.get("GONGKAI_CONTACT"), os.environ.get("GONGKAI_VANTAGE"))
    return replace(environment, **told)


def _log(outcome: Outcome) -> None:
    log = get_run_logger()
    for line in sorted(set(outcome.failures)):
        log.warning(line)
