"""``gongkai extract``: local documents to observations, without network, archive or Prefect."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flows.commands import options as shared
from flows.terminal.output import DONE, SOME_FAILED, format_of, say


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "extract",
        run,
        "local documents to observations",
        "Read documents (files, or folders of them) and print what their official tables say. No network, no archive.\n"
        "JSON holds observations, checks, leftovers and report; Parquet and CSV hold the observations.",
        "gongkai extract report.html -o report.json",
    )
    command.add_argument("paths", metavar="PATH", type=Path, nargs="+", help="a document, or a folder of documents")
    command.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="a .parquet, .csv or .json file (default: a table)"
    )
    command.add_argument("--year", metavar="Y", type=shared.year, help="the year reported on, where you know it better")
    command.add_argument(
        "--jurisdiction", metavar="CODE", type=shared.code, help="six-digit code, where you know it better"
    )


def run(options: shared.Options) -> int:
    """Call ``extract`` as the options say."""
    return extract(options.paths, options.output, year=options.year, jurisdiction=options.jurisdiction)


def extract(
    paths: Sequence[Path], output: Path | None = None, *, year: int | None = None, jurisdiction: str | None = None
) -> int:
    """Read documents and write their observations to ``output``, or print them as a table; return the exit code.

    ``year`` and ``jurisdiction`` are told by the caller and outrank what a document says. A document that cannot be
    read is named on standard error with its reason, is a report of status ``unreadable`` in the JSON, and makes the
    exit code 1; the others are read all the same.

    Raises:
        UsageError: a path does not exist, or ``output`` is of no known format.
    """
    if output is not None:
        format_of(output)
    from flows.inspection.extract_files import files_in, read_files, write_readings
    from transform.observation import Hints

    readings = read_files(list(files_in(paths)), Hints(told_year=year, told_jurisdiction=jurisdiction))
    failed = 0
    for name, reading in readings:
        failed += reading.status in ("unreadable", "tables_are_pictures")
        if reading.reason:
            say(f"{name}: {reading.status}: {reading.reason}")
    write_readings(readings, output)
    return SOME_FAILED if failed else DONE
