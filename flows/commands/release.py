"""``gongkai release``: the dataset made anew from the archive, without network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from extract.errors import ReleaseError
from flows.commands import options as shared


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "release",
        run,
        "rebuild the dataset from the archive, without network",
        "Make a release of what the archive holds. Documents that were never read, or by an older reader, are read first.\n"
        "Where it holds much less than the release that latest names (publish/compare/thresholds.json), it is made, latest stays,\n"
        "what was lost is listed, and the exit code is 3.",
        "gongkai release --version 2026.11.0",
    )
    shared.add_version(command)
    command.add_argument(
        "--as-of", metavar="DATE", type=shared.date, help="only what was archived up to this day (YYYY-MM-DD)"
    )
    command.add_argument(
        "--accept-losses",
        action="store_true",
        help="point latest at the release that was held back for what it lost (--version: at that one); makes nothing",
    )
    shared.add_engine(command)
    shared.add_store(command)
    shared.add_wait(command)
    shared.add_home(command)


def run(options: shared.Options) -> int:
    """Call ``release`` as the options say, or accept the losses of a release that was held back."""
    if options.accept_losses:
        from flows.releasing.held_back import accept_losses

        return accept_losses(options.home, version=options.version, as_of=options.as_of, wait=options.wait)
    shared.use_engine(options)
    return release(options.home, version=options.version, as_of=options.as_of, wait=options.wait)


def release(
    home: Path | None = None, *, version: str | None = None, as_of: str | None = None, wait: bool = False
) -> int:
    """Make a release of what the archive holds, without network; return the exit code.

    ``wait``: for another command that is writing to the home.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
        ReleaseError: there is no archive, it is empty, or the release does not pass its checks.
    """
    from flows.home import storing
    from flows.home.home import find_home
    from flows.home.lock import writing
    from flows.orchestration.own_server import prefect_for_run
    from flows.orchestration.run_plan import is_up_to_date
    from flows.orchestration.run_result import RunResult, push_to_store, report, update_alarms
    from flows.releasing.release_archive import portals_file_of, require_attempts, show_latest

    place = find_home(home, sample=False)
    with writing(place, "release", wait=wait):
        storing.pull_home(place)
        if not place.archive.is_dir():
            raise ReleaseError(f"{place.archive}: there is no archive; run gongkai crawl or gongkai import first")
        require_attempts(place, as_of)
        portals_file = portals_file_of(place)
        result = RunResult()
        if is_up_to_date(place, portals_file, version, as_of):
            push_to_store(place, result)
        else:
            with prefect_for_run(place.prefect):
                from flows.orchestration import read_flow, release_flow  # Prefect loads while its server starts

                read_flow.read(place, result)
                release_flow.release(place, portals_file, result, version=version, as_of=as_of)
            update_alarms(place, result, "release")
        report(result)
        show_latest(place, as_of, version)
        return result.exit_code
