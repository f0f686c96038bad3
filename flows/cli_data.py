"""The commands over a release that is there: trace, review, audit. Thin skins, as in flows/cli.py, which adds them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

AddCommand = Callable[..., argparse.ArgumentParser]


def add_commands(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    """Add the commands to the parser of ``gongkai``."""
    _add_trace(commands, command, add_home)


def _add_trace(commands: Any, command: AddCommand, add_home: Callable[[argparse.ArgumentParser], None]) -> None:
    parser = command(
        commands, "trace", _trace, "one number's whole story",
        "Print a number with its text, its place, the checks over it, the archive's record, its versions, and what the\n"
        "panel and the indicators made of it. INDICATOR is a cell (res_total, res_total[company], normative.in_force), a\n"
        "concept of the panel, or an indicator.",
        "gongkai trace 340102 2019 res_total",
    )  # fmt: skip
    parser.add_argument("code", metavar="CODE", help="six-digit code in that year, or a unit_id")
    parser.add_argument("year", metavar="YEAR", type=int, help="the year reported on")
    parser.add_argument("indicator", metavar="INDICATOR", help="what the figure counts, as in the codebook")
    parser.add_argument("--release", metavar="DIR", type=Path, help="the folder of a release (default: the latest of the home)")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="write a picture of the place (PNG; documents with pages only)")
    add_home(parser)


def _trace(options: argparse.Namespace) -> int:
    from flows.tracing import trace_number

    return trace_number(
        options.code, options.year, options.indicator, home=options.home, release=options.release, picture=options.picture
    )
