"""``gongkai publish``: a checked release copied to a folder or an object store, with a line on what was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from extract.errors import UsageError
from flows.commands import options as shared
from flows.terminal.output import DONE, progress


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "publish",
        run,
        "a checked release to a folder or an object store",
        "Check a release, copy it under its version, read every file back, and point latest there at it at the end. Nothing\n"
        "is written over; stopped, it goes on when it is run again. Keys of an S3 store and the address of one that is not\n"
        "Amazon's come from the usual variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL).",
        "gongkai publish --to s3://bucket/gongkai",
    )
    shared.add_release(command)
    command.add_argument("--to", metavar="DIR|s3://…", required=True, help="a folder, or the address of a store")
    shared.add_home(command)


def run(options: shared.Options) -> int:
    """Call ``publish`` as the options say."""
    return publish(options.release, options.to, home=options.home)


def publish(release: Path | None, to: str, *, home: Path | None = None) -> int:
    """Publish a release folder, or the latest of the home; return the exit code.

    Raises:
        UsageError: there is no release, or the place is none.
        ReleaseError, StoreError: as ``publish_release``.
    """
    from extract.archiving.store import open_store
    from flows.home.home import find_home
    from publish.compare.latest import latest_release
    from publish.releasing.publishing import publish_release

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
