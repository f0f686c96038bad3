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
    command.add_argument(
        "--explain",
        action="store_true",
        help="print what was seen in each table: rows, columns, labels, doubts, left-overs; with -o FILE.html as a page",
    )
    command.add_argument("--year", metavar="Y", type=shared.year, help="the year reported on, if you vouch for it")
    command.add_argument("--jurisdiction", metavar="CODE", type=shared.code, help="six-digit code, if you vouch for it")
    command.add_argument("--sure", action="store_true", help="you are sure of both, even against the document")


def run(options: shared.Options) -> int:
    """Call ``extract`` as the options say."""
    call = explain if options.explain else extract
    return call(options.paths, options.output, year=options.year, jurisdiction=options.jurisdiction, sure=options.sure)


def explain(
    paths: Sequence[Path],
    output: Path | None = None,
    *,
    year: int | None = None,
    jurisdiction: str | None = None,
    sure: bool = False,
) -> int:
    """Read documents and print what was seen in each of their tables, or write it to ``output`` as an HTML page; return the exit
    code (1 where a document cannot be read).

    Raises:
        UsageError: a path does not exist, ``output`` does not end in .html, or no territory has the code.
    """
    from flows.inspection.conflicts import require_known_code
    from flows.inspection.explained import explain_files, require_page, write_explained
    from flows.inspection.extract_files import files_in
    from transform.observation import Hints

    require_page(output)
    require_known_code(jurisdiction)
    hints = Hints(told_year=year, told_jurisdiction=jurisdiction, sure=sure)
    found = list(explain_files(list(files_in(paths)), hints))
    write_explained(found, output)
    return SOME_FAILED if any(isinstance(told, str) for _, told in found) else DONE


def extract(
    paths: Sequence[Path],
    output: Path | None = None,
    *,
    year: int | None = None,
    jurisdiction: str | None = None,
    sure: bool = False,
) -> int:
    """Read documents and write their observations to ``output``, or print them as a table; return the exit code.

    ``year`` and ``jurisdiction`` are what the caller says: evidence that fills what a document leaves open. Where it contradicts
    the document the conflict is named and makes the exit code 1, unless the caller is ``sure``. A document that cannot be
    read is named on standard error with its reason, is a report of status ``unreadable`` in the JSON, and makes the
    exit code 1; the others are read all the same.

    Raises:
        UsageError: a path does not exist, ``output`` is of no known format, or no territory has the code.
    """
    if output is not None:
        format_of(output)
    from flows.inspection.conflicts import conflicts, require_known_code
    from flows.inspection.extract_files import files_in, read_files, write_readings
    from transform.observation import Hints

    require_known_code(jurisdiction)
    readings = read_files(list(files_in(paths)), Hints(told_year=year, told_jurisdiction=jurisdiction, sure=sure))
    failed = 0
    for name, reading in readings:
        against = conflicts(reading.identity)
        for conflict in against:
            say(f"{name}: {conflict}")
        failed += reading.status in ("unreadable", "tables_are_pictures") or bool(against)
        if reading.reason:
            say(f"{name}: {reading.status}: {reading.reason}")
    write_readings(readings, output)
    return SOME_FAILED if failed else DONE
