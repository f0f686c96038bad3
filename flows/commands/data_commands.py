"""The commands over a release that is there: trace, review, audit, explore, diff, publish. Thin skins, as in flows/cli.py, which adds them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

AddCommand = Callable[..., argparse.ArgumentParser]


def add_commands(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands to the parser of ``gongkai``."""
    _add_trace(commands, command, add_home)
    _add_review(commands, command, add_home)
    _add_audit(commands, command, add_home)
    _add_explore(commands, command, add_home)
    _add_diff(commands, command)
    _add_publish(commands, command, add_home)


def _add_trace(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = command(
        commands,
        "trace",
        _trace,
        "one number's whole story",
        "Print a number with its text, its place, the checks over it, the archive's record, its versions, and what the\n"
        "panel and the indicators made of it. INDICATOR is a cell (res_total, res_total[company], normative.in_force), a\n"
        "concept of the panel, or an indicator.",
        "gongkai trace 340102 2019 res_total",
    )
    parser.add_argument("code", metavar="CODE", help="six-digit code in that year, or a unit_id")
    parser.add_argument("year", metavar="YEAR", type=int, help="the year reported on")
    parser.add_argument("indicator", metavar="INDICATOR", help="what the figure counts, as in the codebook")
    parser.add_argument(
        "--release", metavar="DIR", type=Path, help="the folder of a release (default: the latest of the home)"
    )
    parser.add_argument(
        "--picture",
        metavar="FILE",
        type=Path,
        help="write a picture of the place (PNG; documents with pages, and scans)",
    )
    add_home(parser)


def _trace(options: argparse.Namespace) -> int:
    from flows.commands.trace import trace_number

    return trace_number(
        options.code,
        options.year,
        options.indicator,
        home=options.home,
        release=options.release,
        picture=options.picture,
    )


def _add_review(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = command(
        commands,
        "review",
        _review,
        "read doubtful and unreadable cells by hand, twice",
        "List the doubtful and unreadable cells of the latest release. Two people read each of them, on the terminal or in\n"
        "a sheet, without seeing what the machine or the other read; where they agree the next release has their reading\n"
        "(reader = human) and keeps the machine's in hand_readings.",
        "gongkai review --sheet cells.csv --pictures pictures   then   gongkai review --take cells.csv --by li",
    )
    parser.add_argument(
        "--by", metavar="NAME", help="who reads; alone, on a terminal: asks for one cell after the other"
    )
    parser.add_argument("--sheet", metavar="FILE", type=Path, help="write the cells as a CSV sheet to fill")
    parser.add_argument("--take", metavar="FILE", type=Path, help="take a filled sheet")
    parser.add_argument(
        "--pictures", metavar="DIR", type=Path, help="write a picture of each place (documents with pages, and scans)"
    )
    add_home(parser)


def _add_audit(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = command(
        commands,
        "audit",
        _audit,
        "draw a blind sample and compute the error rate",
        "Draw a random sample of the latest release, stratified by format, form and reading, as a sheet that shows no\n"
        "figures; then compute the error rate with Wilson's interval from the filled sheet. It is released from then on.",
        "gongkai audit --sample 400 --sheet audit.csv   then   gongkai audit --filled audit.csv",
    )
    parser.add_argument("--sample", metavar="N", type=int, help="how many cells to draw")
    parser.add_argument(
        "--seed", metavar="S", type=int, default=1, help="the same seed draws the same cells (default: 1)"
    )
    parser.add_argument("--sheet", metavar="FILE", type=Path, help="where to write the sheet (default: audit.csv)")
    parser.add_argument("--filled", metavar="FILE", type=Path, help="the filled sheet")
    add_home(parser)


def _review(options: argparse.Namespace) -> int:
    from flows.commands.review import review

    return review(options.home, by=options.by, sheet=options.sheet, take=options.take, pictures=options.pictures)


def _audit(options: argparse.Namespace) -> int:
    from flows.commands.audit import audit

    return audit(options.home, sample=options.sample, seed=options.seed, sheet=options.sheet, filled=options.filled)


def _add_explore(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = command(
        commands,
        "explore",
        _explore,
        "look at a release in a browser, and ask it in SQL",
        "Serve the site of a release and a query page on this machine only (127.0.0.1), until stopped with Ctrl-C. Pages\n"
        "that a large release's site leaves out are made when they are asked for.",
        "gongkai explore data/demo/releases/2026.11.0-sample",
    )
    parser.add_argument(
        "release",
        metavar="RELEASE_DIR",
        type=Path,
        nargs="?",
        help="the folder of a release (default: the latest of the home)",
    )
    parser.add_argument(
        "--port", metavar="N", type=int, default=0, help="port on 127.0.0.1 (default: any free one, printed)"
    )
    add_home(parser)


def _explore(options: argparse.Namespace) -> int:
    from flows.commands.explore import explore

    return explore(options.release, home=options.home, port=options.port)


def _add_diff(commands: Any, command: AddCommand) -> None:
    parser = command(
        commands,
        "diff",
        _diff,
        "what changed from one release to another, and why",
        "Print what was added, removed and changed, by table and reason and by table, province and year. The file has every\n"
        "row with both values, as the table changes of a release has them against the release it replaces.",
        "gongkai diff data/home/releases/2026.11.0 data/home/releases/2026.12.0 -o changes.csv",
    )
    parser.add_argument("old", metavar="OLD", type=Path, help="the folder of the earlier release")
    parser.add_argument("new", metavar="NEW", type=Path, help="the folder of the later release")
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="write the rows: a .parquet, .csv or .json file"
    )


def _diff(options: argparse.Namespace) -> int:
    from flows.commands.diff import diff

    return diff(options.old, options.new, options.output)


def _add_publish(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = command(
        commands,
        "publish",
        _publish,
        "a checked release to a folder or an object store",
        "Check a release, copy it under its version, read every file back, and point latest there at it at the end. Nothing\n"
        "is written over; stopped, it goes on when it is run again. Keys of an S3 store and the address of one that is not\n"
        "Amazon's come from the usual variables (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL).",
        "gongkai publish --to s3://bucket/gongkai",
    )
    parser.add_argument(
        "release",
        metavar="RELEASE_DIR",
        type=Path,
        nargs="?",
        help="the folder of a release (default: the latest of the home)",
    )
    parser.add_argument("--to", metavar="DIR|s3://…", required=True, help="a folder, or the address of a store")
    add_home(parser)


def _publish(options: argparse.Namespace) -> int:
    from flows.commands.publish import publish

    return publish(options.release, options.to, home=options.home)
