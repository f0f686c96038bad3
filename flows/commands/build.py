"""``gongkai build``: the whole run, from portals to a release."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.commands import options as shared

if TYPE_CHECKING:
    from flows.home.settings import CrawlSettings


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "build",
        run,
        "crawl, extract, check and release: the whole run",
        "Crawl the portals, read every document not yet read, and release the dataset. What is archived is not fetched\n"
        "again, what is read is not read again: run it again after a stop and it goes on. Without --portals: the sample\n"
        "portal of the project, served on this machine.",
        "gongkai build --portals data/reference/portals.csv --jurisdiction 340102 --years 2014-2024",
    )
    shared.add_portals(command)
    shared.add_home(command)
    shared.add_version(command)
    shared.add_engine(command)
    shared.add_store(command)
    shared.add_wait(command)


def run(options: shared.Options) -> int:
    """Call ``build`` as the options say."""
    shared.use_engine(options)
    return build(
        options.portals,
        options.years,
        options.jurisdiction,
        options.home,
        version=options.version,
        settings=shared.crawl_settings(options),
        wait=options.wait,
    )


def build(
    portals_file: Path | None = None,
    years: range | None = None,
    jurisdictions: Sequence[str] = (),
    home: Path | None = None,
    *,
    version: str | None = None,
    settings: CrawlSettings | None = None,
    wait: bool = False,
) -> int:
    """Crawl, read, check and release; return the exit code.

    ``wait``: for another command that is writing to the home.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
        UsageError: no portal is left, or the home holds the other kind of archive (sample or real).
        ReleaseError: no release could be made.
    """
    from flows.home.home import find_home
    from flows.home.lock import writing
    from flows.orchestration.own_server import prefect_for_run
    from flows.orchestration.run_plan import is_up_to_date, plan_crawl, portals_due
    from flows.orchestration.run_result import RunResult, push_to_store, report, update_alarms
    from flows.releasing.release_archive import show_latest

    with writing(find_home(home, sample=portals_file is None), "build", wait=wait):
        plan = plan_crawl(portals_file, years, jurisdictions, home, settings)
        due = portals_due(plan)
        result = RunResult()
        if due or not is_up_to_date(plan.home, plan.portals_file, version):
            with prefect_for_run(plan.home.prefect):
                from flows.orchestration import (
                    crawl_flow,
                    read_flow,
                    release_flow,
                )  # Prefect loads while its server starts

                crawl_flow.crawl(plan, due, result)
                read_flow.read(plan.home, result)
                release_flow.release(plan.home, plan.portals_file, result, version=version)
            update_alarms(plan.home, result, "build")
        else:
            push_to_store(plan.home, result)
        report(result)
        show_latest(plan.home)
        return result.exit_code
