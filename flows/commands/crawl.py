"""``gongkai crawl``: portals into the archive only."""

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
        "crawl",
        run,
        "portals into the archive only",
        "Fetch list pages, reports and attachments into the archive. Nothing that is archived is fetched again.",
        "gongkai crawl --portals data/reference/portals.csv --jurisdiction 340102",
    )
    shared.add_portals(command)
    shared.add_home(command)
    shared.add_store(command)
    shared.add_wait(command)


def run(options: shared.Options) -> int:
    """Call ``crawl`` as the options say."""
    settings = shared.crawl_settings(options)
    return crawl(
        options.portals, options.years, options.jurisdiction, options.home, settings=settings, wait=options.wait
    )


def crawl(
    portals_file: Path | None = None,
    years: range | None = None,
    jurisdictions: Sequence[str] = (),
    home: Path | None = None,
    *,
    settings: CrawlSettings | None = None,
    wait: bool = False,
) -> int:
    """Fetch what the portals announce into the archive; return the exit code. List pages are asked for every time.

    ``wait``: for another command that is writing to the home.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
    """
    from extract.archiving.archive import Archive
    from flows.home.home import find_home
    from flows.home.lock import writing
    from flows.orchestration.own_server import prefect_for_run
    from flows.orchestration.run_plan import plan_crawl
    from flows.orchestration.run_result import RunResult, report, update_alarms

    with writing(find_home(home, sample=portals_file is None), "crawl", wait=wait):
        plan = plan_crawl(portals_file, years, jurisdictions, home, settings)
        result = RunResult()
        with prefect_for_run(plan.home.prefect):
            from flows.orchestration import crawl_flow  # Prefect loads while its server starts

            crawl_flow.crawl(plan, plan.portals, result)
        update_alarms(plan.home, result, "crawl")
        report(result)
        with Archive(plan.home.archive) as archive:
            print(f"{plan.home.archive}: {archive.index.count()} attempts on record")
        return result.exit_code
