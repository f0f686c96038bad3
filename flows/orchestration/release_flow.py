"""The third stage: a release of what the archive holds, as a Prefect flow with one task. Flows take plain values."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.task_runners import ThreadPoolTaskRunner

from extract.archiving.archive import Archive
from extract.errors import HeldBackError, ReleaseError
from flows.home.home import Home
from flows.orchestration.run_result import RunResult, push_to_store
from flows.releasing.left_out import LeftOut
from flows.releasing.release_archive import is_released, release_archive
from flows.terminal.output import say


def release(
    home: Home, portals_file: Path, result: RunResult, *, version: str | None = None, as_of: str | None = None
) -> None:
    """Make the release and copy it to the store; a ReleaseError is kept as the result's ``error``."""
    try:
        # What was tried again and gave the same leaves a release as it is.
        with Archive(home.archive) as archive:
            if is_released(home, archive, portals_file, version, as_of):
                return
        say("making the release")
        folder, result.left_out = make_release(str(home.folder), str(portals_file), version, as_of)
        result.release = Path(folder)
    except ReleaseError as error:
        result.error = error
    else:
        push_to_store(home, result)


@flow(name="gongkai release", task_runner=ThreadPoolTaskRunner(max_workers=1), persist_result=False)  # type: ignore[arg-type]
def make_release(
    home: str, portals_file: str, version: str | None = None, as_of: str | None = None
) -> tuple[str, list[str]]:
    """Make the release of what the archive holds; return its folder, and a line for each document left out of it."""
    folder, left_out = release_task.submit(home, portals_file, version, as_of).result()
    return str(folder), left_out


@task(name="release", cache_policy=NO_CACHE, persist_result=False)
def release_task(home: str, portals_file: str, version: str | None, as_of: str | None) -> tuple[Path, list[str]]:
    """Assemble the tables from parts and archive, check them, and move the release into place."""
    left_out: list[LeftOut] = []
    try:
        folder = release_archive(Home(Path(home)), Path(portals_file), version=version, as_of=as_of, left_out=left_out)
    except HeldBackError as error:
        raise HeldBackError("\n".join([str(error), *map(str, left_out)])) from error
    return folder, list(map(str, left_out))
