"""``gongkai check``: a release verified against schema, checksums and identities."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flows.commands import options as shared
from flows.terminal.output import DONE, SOME_FAILED


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "check",
        run,
        "verify a release against schema, checksums and identities",
        "Verify every file of a release: checksums, schemas, keys, references, and the identities evaluated again.",
        "gongkai check data/demo/releases/2026.11.0-sample",
    )
    command.add_argument("release", metavar="RELEASE_DIR", type=Path, help="the folder of one release")


def run(options: shared.Options) -> int:
    """Print what is wrong with the release; exit code 1 where anything is."""
    from publish.checking.check import check_release

    problems = check_release(options.release)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{options.release}: every file and every row is as it says")
    return SOME_FAILED if problems else DONE
