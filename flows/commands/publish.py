"""The command ``publish``: a checked release copied to a folder or an object store, with a line on what was done."""

from __future__ import annotations

from pathlib import Path

from extract.archiving.store import open_store
from extract.errors import UsageError
from flows.home.home import find_home
from flows.terminal.progress import progress
from publish.compare.latest import latest_release
from publish.releasing.publishing import publish_release

DONE = 0


def publish(release: Path | None, to: str, *, home: Path | None = None) -> int:
    """Publish a release folder, or the latest of the home; return the exit code.

    Raises:
        UsageError: there is no release, or the place is none.
        ReleaseError, StoreError: as ``publish_release``.
    """
    place = find_home(home, sample=False)
    folder = release or latest_release(place.folder)
    if folder is None or not folder.is_dir():
        raise UsageError(f"{folder or place.releases}: no release; make one with gongkai build, or name its folder")
    store = open_store(to)
    done = publish_release(folder, store, progress=lambda names: progress(iter(names), len(names), "file"))
    if done.copied == 0:
        print(f"{store.address(done.version)}: there already, every file with the same bytes")
    else:
        were = f", {done.there} were there" if done.there else ""
        print(f"{store.address(done.version)}: {done.copied} files copied and read back{were}")
    print(
        f"{store.address('latest')}: names {done.version}"
        + (" already" if done.before == done.version else f", no longer {done.before}" if done.before else "")
    )
    return DONE
