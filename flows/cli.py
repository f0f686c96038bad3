"""The command ``gongkai``: each subcommand is a thin skin on one function, imported only when it is called.

Results go to standard output, progress and logs to standard error. Exit codes: 0 all done; 1 some documents or hosts
failed (listed; the release is made all the same); 2 wrong usage; 3 no release made, or ``latest`` held back.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from extract.errors import GongkaiError, ReleaseError, UsageError
from flows.commands.data_commands import add_commands
from flows.terminal.say import say

if TYPE_CHECKING:
    from flows.home.settings import CrawlSettings

DONE, SOME_FAILED, WRONG_USAGE, NO_RELEASE = 0, 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(arguments)
    if getattr(options, "store", None):
        os.environ["GONGKAI_STORE"] = options.store
    try:
        return options.run(options)
    except UsageError as error:
        return _failed(error, WRONG_USAGE)
    except ReleaseError as error:
        return _failed(error, NO_RELEASE)
    except GongkaiError as error:
        return _failed(error, NO_RELEASE if options.command in ("build", "release") else SOME_FAILED)
    except BrokenPipeError:
        # The reader of a pipe (head, less) went away: nobody is left to tell.
        sys.stderr.close()
        return SOME_FAILED
    except KeyboardInterrupt:
        return _failed("stopped; run the same command again to go on where it was", SOME_FAILED)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command tree."""
    top = argparse.ArgumentParser(
        prog="gongkai",
        description="China's annual reports on open government information (政府信息公开工作年度报告) as a longitudinal dataset.",
        epilog="gongkai COMMAND --help shows the options of a command and an example.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_build(commands)
    _add_crawl(commands)
    _add_import(commands)
    _add_extract(commands)
    _add_release(commands)
    _add_check(commands)
    _add_archive(commands)
    _add_schedule(commands)
    add_commands(commands, _command, _add_home)
    return top


def _add_build(commands) -> None:
    command = _command(
        commands,
        "build",
        _build,
        "crawl, extract, check and release: the whole run",
        "Crawl the portals, read every document not yet read, and release the dataset. What is archived is not fetched\n"
        "again, what is read is not read again: run it again after a stop and it goes on. Without --portals: the sample\n"
        "portal of the project, served on this machine.",
        "gongkai build --portals data/reference/portals.csv --jurisdiction 340102 --years 2014-2024",
    )
    _add_portals(command)
    command.add_argument(
        "--version", metavar="V", type=version, help="calendar version (default: from the last attempt's date)"
    )
    _add_engine(command)
    _add_store(command)


def _add_crawl(commands) -> None:
    command = _command(
        commands,
        "crawl",
        _crawl,
        "portals into the archive only",
        "Fetch list pages, reports and attachments into the archive. Nothing that is archived is fetched again.",
        "gongkai crawl --portals data/reference/portals.csv --jurisdiction 340102",
    )
    _add_portals(command)
    _add_store(command)


def _add_portals(command: argparse.ArgumentParser, portals: str = "the sample portal") -> None:
    command.add_argument("--portals", metavar="FILE", type=Path, help=f"portal registry (default: {portals})")
    command.add_argument(
        "--years", metavar="Y1-Y2", type=years, help="report years, as 2014-2024 or 2023 (default: all)"
    )
    command.add_argument(
        "--jurisdiction",
        metavar="CODE",
        type=code,
        action="append",
        default=[],
        help="six-digit code; repeat for several (default: every portal of the registry)",
    )
    command.add_argument(
        "--contact",
        metavar="WHO",
        default=os.environ.get("GONGKAI_CONTACT"),
        help="e-mail address or page of whoever runs the crawl, sent to every real host (default: GONGKAI_CONTACT)",
    )
    command.add_argument(
        "--vantage",
        metavar="WHERE",
        default=os.environ.get("GONGKAI_VANTAGE"),
        help="place and network the crawl runs from, kept with every attempt (default: GONGKAI_VANTAGE)",
    )
    command.add_argument(
        "--rate", metavar="N", type=float, default=1.0, help="requests a second and host, at most 10 (default: 1)"
    )
    command.add_argument("--budget", metavar="N", type=int, help="requests a host gets in this run (default: 20000)")
    command.add_argument(
        "--recheck", action="store_true", help="ask again for every archived report (default: after 180 days)"
    )
    family = command.add_mutually_exclusive_group()
    family.add_argument("-4", "--ipv4", dest="ip", action="store_const", const=4, help="connect to IPv4 addresses only")
    family.add_argument("-6", "--ipv6", dest="ip", action="store_const", const=6, help="connect to IPv6 addresses only")
    command.add_argument(
        "--proxy", metavar="URL", help="your own http(s) proxy (better in GONGKAI_PROXY if it has a password)"
    )
    _add_home(command)


def _add_import(commands) -> None:
    command = _command(
        commands,
        "import",
        _import,
        "files collected by a person into the archive",
        "Take files, saved pages or WARCs into the archive, with the same record as if crawled: for portals that let\n"
        "no program in.",
        "gongkai import saved-page.html --url https://www.example.gov.cn/nb/2023.html --jurisdiction 340102",
    )
    command.add_argument(
        "paths", metavar="PATH", type=Path, nargs="+", help="a file, a saved page, a WARC, or a folder of them"
    )
    command.add_argument("--url", metavar="U", help="the address that a single file came from")
    command.add_argument("--jurisdiction", metavar="CODE", type=code, help="six-digit code, if you vouch for it")
    command.add_argument("--year", metavar="Y", type=year, help="the year reported on, if you know it")
    _add_store(command)
    _add_home(command)


def _add_extract(commands) -> None:
    command = _command(
        commands,
        "extract",
        _extract,
        "local documents to observations",
        "Read documents (files, or folders of them) and print what their official tables say. No network, no archive.\n"
        "JSON holds observations, checks, leftovers and report; Parquet and CSV hold the observations.",
        "gongkai extract report.html -o report.json",
    )
    command.add_argument("paths", metavar="PATH", type=Path, nargs="+", help="a document, or a folder of documents")
    command.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="a .parquet, .csv or .json file (default: a table)"
    )
    command.add_argument("--year", metavar="Y", type=year, help="the year reported on, where you know it better")
    command.add_argument("--jurisdiction", metavar="CODE", type=code, help="six-digit code, where you know it better")


def _add_release(commands) -> None:
    command = _command(
        commands,
        "release",
        _release,
        "rebuild the dataset from the archive, without network",
        "Make a release of what the archive holds. Documents that were never read, or by an older reader, are read first.\n"
        "Where it holds much less than the release that latest names (publish/compare/thresholds.json), it is made, latest stays,\n"
        "what was lost is listed, and the exit code is 3.",
        "gongkai release --version 2026.11.0",
    )
    command.add_argument(
        "--version", metavar="V", type=version, help="calendar version (default: from the last attempt's date)"
    )
    command.add_argument(
        "--as-of", metavar="DATE", type=date, help="only what was archived up to this day (YYYY-MM-DD)"
    )
    command.add_argument(
        "--accept-losses",
        action="store_true",
        help="point latest at the release that was held back for what it lost (--version: at that one); makes nothing",
    )
    _add_engine(command)
    _add_store(command)
    _add_home(command)


def _add_check(commands) -> None:
    command = _command(
        commands,
        "check",
        _check,
        "verify a release against schema, checksums and identities",
        "Verify every file of a release: checksums, schemas, keys, references, and the identities evaluated again.",
        "gongkai check data/demo/releases/2026.11.0-sample",
    )
    command.add_argument("release", metavar="RELEASE_DIR", type=Path, help="the folder of one release")


def _add_archive(commands) -> None:
    command = _command(
        commands,
        "archive",
        _archive,
        "verify: re-read every archived record and digest",
        "Re-read every record of the archive, its digests, every document's sha256 and the index; list what is damaged.\n"
        "Nothing is changed. Exit code 1 if anything is damaged.",
        "gongkai archive verify --home data/home",
    )
    command.add_argument("action", choices=("verify",), help="what to do with the archive")
    _add_home(command)


def _add_schedule(commands) -> None:
    command = _command(
        commands,
        "schedule",
        _schedule,
        "crawl weekly or monthly and release nightly, on this machine",
        "Run the deployments of prefect.yaml with one embedded Prefect server, until stopped: a crawl every week from\n"
        "January to April and every month otherwise, a release every night if there is something new.",
        "gongkai schedule --contact you@example.org --home /srv/gongkai",
    )
    _add_portals(command, "data/reference/portals.csv")
    command.add_argument(
        "--port", metavar="N", type=int, default=4200, help="port of Prefect's pages on 127.0.0.1 (default: 4200)"
    )
    _add_store(command)


def _command(commands, name: str, run, summary: str, description: str, example: str) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def _add_engine(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--engine",
        metavar="WHERE",
        help="where documents are read: processes, dask, or the tcp:// or tls:// address of a Dask scheduler "
        "(default: GONGKAI_ENGINE, else processes)",
    )
    command.add_argument(
        "--workers",
        metavar="N",
        type=int,
        help="worker processes of this machine (default: GONGKAI_WORKERS, else one a core)",
    )
    command.add_argument(
        "--prefect",
        metavar="URL",
        help="API of a Prefect server that is there already (default: PREFECT_API_URL, else one of the run's own)",
    )


def _add_home(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--home",
        metavar="DIR",
        type=Path,
        help="where archive, ledger, parts and releases lie (default: GONGKAI_HOME, else data/home, or data/demo for the sample)",
    )


def _add_store(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--store",
        metavar="URL",
        help="durable copy of the home, s3://BUCKET/PREFIX or a folder: what is there comes first, what is new goes there "
        "(default: GONGKAI_STORE, else none)",
    )


def _use_engine(options: argparse.Namespace) -> None:
    """Make the options the settings of this run; what cannot be is refused before anything is started for it."""
    from flows.reading.backends import ENGINE, WORKERS, engine_named, workers_told

    for name, value in ((ENGINE, options.engine), (WORKERS, options.workers), ("PREFECT_API_URL", options.prefect)):
        if value is not None:
            os.environ[name] = str(value)
    engine_named(), workers_told()


def _build(options: argparse.Namespace) -> int:
    from flows.commands.build import build

    _use_engine(options)
    return build(
        options.portals,
        options.years,
        options.jurisdiction,
        options.home,
        version=options.version,
        settings=_settings(options),
    )


def _crawl(options: argparse.Namespace) -> int:
    from flows.commands.build import crawl

    return crawl(options.portals, options.years, options.jurisdiction, options.home, settings=_settings(options))


def _settings(options: argparse.Namespace) -> CrawlSettings:
    from flows.home.settings import BUDGET, PROXY, CrawlSettings

    if options.proxy:
        os.environ[PROXY] = options.proxy
    budget = BUDGET if options.budget is None else options.budget
    return CrawlSettings(options.contact, options.vantage, options.rate, budget, options.ip, options.recheck)


def _schedule(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from flows.orchestration.schedule import schedule

    return schedule(
        options.portals,
        options.jurisdiction,
        options.years,
        options.home,
        asdict(_settings(options)),
        port=options.port,
    )


def _archive(options: argparse.Namespace) -> int:
    from flows.commands.build import verify

    return verify(options.home)


def _import(options: argparse.Namespace) -> int:
    from flows.commands.build import import_documents

    return import_documents(
        options.paths, url=options.url, jurisdiction=options.jurisdiction, year=options.year, home=options.home
    )


def _extract(options: argparse.Namespace) -> int:
    from flows.commands.extract import extract

    return extract(options.paths, options.output, year=options.year, jurisdiction=options.jurisdiction)


def _release(options: argparse.Namespace) -> int:
    if options.accept_losses:
        from flows.releasing.held_back import accept_losses

        return accept_losses(options.home, version=options.version, as_of=options.as_of)
    from flows.commands.build import release

    _use_engine(options)
    return release(options.home, version=options.version, as_of=options.as_of)


def _check(options: argparse.Namespace) -> int:
    from publish.checking.check import check_release

    problems = check_release(options.release)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{options.release}: every file and every row is as it says")
    return SOME_FAILED if problems else DONE


def years(text: str) -> range:
    """Return a range of report years from ``2014-2024`` or ``2023``."""
    first, _, last = text.partition("-")
    first_year, last_year = year(first), year(last or first)
    if first_year > last_year:
        raise argparse.ArgumentTypeError(f"{text!r}: the first year lies after the last")
    return range(first_year, last_year + 1)


def year(text: str) -> int:
    """Return a report year; the first reports are on 2008 (the Regulations came into force on 2008-05-01)."""
    if not (text.isascii() and text.isdigit() and 2008 <= int(text) <= 2099):
        raise argparse.ArgumentTypeError(f"{text!r} is not a report year from 2008 on")
    return int(text)


def code(text: str) -> str:
    """Return a six-digit division code (GB/T 2260)."""
    if not (text.isascii() and text.isdigit() and len(text) == 6):
        raise argparse.ArgumentTypeError(f"{text!r} is not a six-digit code")
    return text


def version(text: str) -> str:
    """Return a calendar version of a release: year, month, number."""
    import re

    if not re.fullmatch(r"20\d\d\.([1-9]|1[0-2])\.\d+(-[a-z0-9]+)*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no version such as 2026.11.0 or 2026.11.0-sample")
    return text


def date(text: str) -> str:
    """Return an ISO date."""
    from datetime import date as calendar

    try:
        return calendar.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date (YYYY-MM-DD)") from None


def _failed(error: object, exit_code: int) -> int:
    say(str(error))
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
