"""``gongkai archive verify``: every archived record and digest read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.commands import options as shared
from flows.terminal.output import DONE, SOME_FAILED


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "archive",
        run,
        "verify: re-read every archived record and digest",
        "Re-read every record of the archive, its digests, every document's sha256 and the index; list what is damaged.\n"
        "Nothing is changed. Exit code 1 if anything is damaged.",
        "gongkai archive verify --home data/home",
    )
    command.add_argument("action", choices=("verify",), help="what to do with the archive")
    shared.add_home(command)


def run(options: shared.Options) -> int:
    """Call ``verify`` as the options say."""
    return verify(options.home)


def verify(home: Path | None = None) -> int:
    """Re-read every record of the archive with its digests and print what is damaged; return the exit code.

    Raises:
        ArchiveError: there is no archive.
    """
    from extract.archiving.verify import verify_archive
    from flows.home.home import find_home

    place = find_home(home, sample=False)
    found = verify_archive(place.archive)
    for damage in found.damages:
        where = damage.file if damage.offset is None else f"{damage.file}, offset {damage.offset}"
        print(f"{where}: {damage.what}")
    counts = (
        f"{found.files} files, {found.warc_records} records, {found.attempts} attempts, {found.documents} documents"
    )
    print(f"{place.archive}: {counts}: " + ("all is as it says" if found.ok else f"{len(found.damages)} damaged"))
    return DONE if found.ok else SOME_FAILED
