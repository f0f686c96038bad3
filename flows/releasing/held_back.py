"""``gongkai release --accept-losses``: a person says that what a release lost is as it should be.

It moves the pointer ``latest`` and nothing else; the release was made when it was held back.
"""

from __future__ import annotations

from pathlib import Path

from extract.archiving.archive import Archive
from extract.errors import ReleaseError, UsageError
from flows.home import alarms
from flows.home.home import Home, find_home
from flows.home.lock import writing
from flows.releasing import release_archive
from publish.checking.check import check_files
from publish.compare.latest import latest_release, point

DONE = 0


def accept_losses(
    home: Path | None = None, *, version: str | None = None, as_of: str | None = None, wait: bool = False
) -> int:
    """Point ``latest`` at the release of what is there now, or at ``version``; return the exit code.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
        UsageError: there is no such release, or the release is one of an earlier day.
        ReleaseError: its files are not as they were made.
    """
    if as_of is not None:
        raise UsageError("--accept-losses: a release as of an earlier day is never the latest")
    place = find_home(home, sample=False)
    with writing(place, "release --accept-losses", wait=wait):
        folder = _folder(place, version)
        if problems := check_files(folder):
            raise ReleaseError(
                "\n".join([f"{folder}: not as it was made; latest stays", *(f"  {p}" for p in problems[:10])])
            )
        before = latest_release(place.folder)
        if before == folder:
            print(f"latest names {folder.name} already")
            return DONE
        point(place.folder, folder.name)
        alarms.update(place, (), {alarms.RELEASE}, run="release --accept-losses", release=folder.name)
        print(f"latest names {folder.name} now" + (f", no longer {before.name}" if before else ""))
        return DONE


def _folder(home: Home, version: str | None) -> Path:
    if version is not None:
        if not (home.releases / version).is_dir():
            raise UsageError(f"{home.releases / version}: there is no such release")
        return home.releases / version
    made = []
    if home.archive.is_dir():
        with Archive(home.archive) as archive:
            made = release_archive.made_of(home, archive, release_archive.portals_file_of(home), None)
    if not made:
        raise UsageError(
            f"{home.folder}: no release was made of what is there now; run gongkai release, or name one with --version"
        )
    latest = latest_release(home.folder)
    return latest if latest in made else made[-1]
