"""Options that several commands take, and how the text of an option becomes a year, a code, a version, a date."""

from __future__ import annotations

import argparse
import datetime
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.home.settings import CrawlSettings

Options = argparse.Namespace


def add_command(
    commands: Any, name: str, run: Callable[[Options], int], summary: str, description: str, example: str
) -> argparse.ArgumentParser:
    """Add a command to the parser of ``gongkai`` and return its own; ``run`` takes its options and returns the exit code."""
    command = commands.add_parser(
        name,
        help=summary,
        description=description,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(run=run)
    return command


def add_home(command: argparse.ArgumentParser) -> None:
    """Add ``--home``."""
    command.add_argument(
        "--home",
        metavar="DIR",
        type=Path,
        help="where archive, ledger, parts and releases lie (default: GONGKAI_HOME, else data/home, or data/demo for the sample)",
    )


def add_wait(command: argparse.ArgumentParser) -> None:
    """Add ``--wait``, for commands that write to the home."""
    command.add_argument(
        "--wait",
        action="store_true",
        help="where another command is writing to the home, wait until it has ended (default: say so and end)",
    )


def add_store(command: argparse.ArgumentParser) -> None:
    """Add ``--store``, which ``flows/cli.py`` hands on as GONGKAI_STORE."""
    command.add_argument(
        "--store",
        metavar="URL",
        help="durable copy of the home, s3://BUCKET/PREFIX or a folder: what is there comes first, what is new goes there "
        "(default: GONGKAI_STORE, else none)",
    )


def add_release(command: argparse.ArgumentParser) -> None:
    """Add RELEASE_DIR, which may be left out."""
    command.add_argument(
        "release",
        metavar="RELEASE_DIR",
        type=Path,
        nargs="?",
        help="the folder of a release (default: the latest of the home)",
    )


def add_version(command: argparse.ArgumentParser) -> None:
    """Add ``--version`` of a release to be made."""
    command.add_argument(
        "--version", metavar="V", type=version, help="calendar version (default: from the last attempt's date)"
    )


def add_portals(command: argparse.ArgumentParser, portals: str = "the sample portal") -> None:
    """Add which portals are crawled and how (``crawl_settings``)."""
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


def crawl_settings(options: Options) -> CrawlSettings:
    """Return the CrawlSettings that the options of ``add_portals`` ask for; the proxy goes into the environment."""
    from flows.home.settings import BUDGET, PROXY, CrawlSettings

    if options.proxy:
        os.environ[PROXY] = options.proxy
    budget = BUDGET if options.budget is None else options.budget
    return CrawlSettings(options.contact, options.vantage, options.rate, budget, options.ip, options.recheck)


def add_engine(command: argparse.ArgumentParser) -> None:
    """Add where documents are read and which Prefect server is used (``use_engine``)."""
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
        help="API of a Prefect server that is there already (default: GONGKAI_PREFECT, else one of the run's own)",
    )


def use_engine(options: Options) -> None:
    """Put the options of ``add_engine`` into the environment; reject invalid ones before anything is started.

    Raises:
        UsageError: there is no such engine, or no such number of workers.
    """
    from flows.orchestration.own_server import PREFECT
    from flows.reading.backends import ENGINE, WORKERS, backend_name, number_of_workers

    for name, value in ((ENGINE, options.engine), (WORKERS, options.workers), (PREFECT, options.prefect)):
        if value is not None:
            os.environ[name] = str(value)
    backend_name(), number_of_workers()


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
    if not re.fullmatch(r"20\d\d\.([1-9]|1[0-2])\.\d+(-[a-z0-9]+)*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no version such as 2026.11.0 or 2026.11.0-sample")
    return text


def date(text: str) -> str:
    """Return an ISO date."""
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date (YYYY-MM-DD)") from None
