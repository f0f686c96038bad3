"""What a run has to do, worked out without Prefect: which portals it may crawl and which are due, and whether all is up to date."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from extract.archiving.archive import Archive
from extract.errors import UsageError
from extract.portal import Portal
from extract.portals.registry import load_portals
from flows.cache.keys import digest, fingerprint
from flows.home import finished, storing
from flows.home.finished import Finished
from flows.home.home import Home, find_home, is_of_sample
from flows.home.settings import CrawlSettings
from flows.releasing import release_archive
from flows.todo.to_read import what_to_read
from transform.forms.cross_check import check_reference

#: A portal whose crawl came to its end is asked again after this time; reports appear from January to April.
RECRAWL = timedelta(days=7)


@dataclass(frozen=True)
class CrawlPlan:
    """Which portals a run may crawl into a home, and how. ``years``: report years (None: all); ``sample``: the sample portal."""

    home: Home
    portals_file: Path
    portals: tuple[Portal, ...]
    years: range | None
    settings: CrawlSettings
    sample: bool = False


def plan_crawl(
    portals_file: Path | None,
    years: range | None,
    jurisdictions: Sequence[str],
    home: Path | None,
    settings: CrawlSettings | None = None,
) -> CrawlPlan:
    """Load the registry (None: the sample portal's) and bring the home up to its store.

    Raises:
        UsageError: no portal is left, a setting is not possible, or the home holds the other kind of archive.
    """
    sample = portals_file is None
    settings = settings or CrawlSettings()
    place = find_home(home, sample=sample)
    file = release_archive.SAMPLE_PORTALS if portals_file is None else portals_file.resolve()
    if not sample:
        settings.fetcher()  # rejects impossible settings before a server is started
    portals = [p for p in load_portals(file) if not jurisdictions or p.jurisdiction_code in jurisdictions]
    if not portals:
        raise UsageError(f"{file}: no portal of {', '.join(jurisdictions) or 'any jurisdiction'}")
    storing.pull_home(place)
    if place.archive.is_dir():
        with Archive(place.archive) as archive:
            of_sample = is_of_sample(archive)
        if of_sample is not None and of_sample != sample:
            kind = "real portals" if sample else "the sample portal"
            raise UsageError(f"{place.folder}: holds an archive of {kind}; give another folder with --home")
    return CrawlPlan(place, file, tuple(portals), years, settings, sample)


def portals_due(plan: CrawlPlan) -> list[Portal]:
    """Return the portals whose crawl never came to its end, was made otherwise or is old; all of them with ``recheck``."""
    done = finished.load(plan.home.ledger, "crawl")
    oldest = (datetime.now(UTC) - RECRAWL).isoformat()

    def is_due(portal: Portal) -> bool:
        last = done.get(portal.portal_id)
        return last is None or last.inputs != _inputs(plan, portal) or (not plan.sample and last.at < oldest)

    return [portal for portal in plan.portals if plan.settings.recheck or is_due(portal)]


def note_finished(plan: CrawlPlan, portal: Portal) -> None:
    """Keep that the crawl of a portal came to its end."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    finished.note(plan.home.ledger, Finished(f"crawl/{portal.portal_id}", _inputs(plan, portal), "", now))


def _inputs(plan: CrawlPlan, portal: Portal) -> str:
    """Return the fingerprint of what a portal's crawl depends on, the sample portal's files included."""
    row = json.dumps([asdict(portal), list(plan.years) if plan.years else None], sort_keys=True, ensure_ascii=False)
    return digest([row, fingerprint("data/sample") if plan.sample else ""])


def is_up_to_date(home: Home, portals_file: Path, version: str | None, as_of: str | None = None) -> bool:
    """Tell whether every archived document is read and the release made of it is there.

    Raises:
        HeldBackError: the release is there, and ``latest`` does not name it because it holds too much less.
        ReferenceDataError: the reference data hold what they may not.
    """
    check_reference()
    if not home.archive.is_dir():
        return False
    with Archive(home.archive) as archive:
        return not what_to_read(home, archive).why and release_archive.is_released(
            home, archive, portals_file, version, as_of
        )
