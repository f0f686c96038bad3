"""``gongkai trace``: one number's whole story, and a picture of its place."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from flows.commands import options as shared
from flows.terminal.output import DONE

if TYPE_CHECKING:
    from flows.home.home import Home


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "trace",
        run,
        "one number's whole story",
        "Print a number with its text, its place, the checks over it, the archive's record, its versions, and what the\n"
        "panel and the indicators made of it. INDICATOR is a cell (res_total, res_total[company], normative.in_force), a\n"
        "concept of the panel, or an indicator.",
        "gongkai trace 340102 2019 res_total",
    )
    command.add_argument("code", metavar="CODE", help="six-digit code in that year, or a unit_id")
    command.add_argument("year", metavar="YEAR", type=int, help="the year reported on")
    command.add_argument("indicator", metavar="INDICATOR", help="what the figure counts, as in the codebook")
    command.add_argument(
        "--release", metavar="DIR", type=Path, help="the folder of a release (default: the latest of the home)"
    )
    command.add_argument(
        "--picture",
        metavar="FILE",
        type=Path,
        help="write a picture of the place (PNG; documents with pages, and scans)",
    )
    shared.add_home(command)


def run(options: shared.Options) -> int:
    """Call ``trace_number`` as the options say."""
    return trace_number(
        options.code,
        options.year,
        options.indicator,
        home=options.home,
        release=options.release,
        picture=options.picture,
    )


def trace_number(
    code: str,
    year: int,
    name: str,
    *,
    home: Path | None = None,
    release: Path | None = None,
    picture: Path | None = None,
) -> int:
    """Print where a number comes from and what became of it; write a picture of its place where asked.

    Raises:
        UsageError: there is no release or no such number in it, or its place is none on a page.
    """
    from extract.archiving.archive import Archive
    from extract.documents.picture import has_picture, picture_of
    from flows.inspection.number_story import story_lines
    from publish.by_hand.trace import trace
    from publish.compare.latest import latest_release

    place = _home(code, home)
    folder = release or latest_release(place.folder)
    if folder is None:
        raise UsageError(f"{place.folder}: holds no release; make one with gongkai build, or name one with --release")
    found = trace(folder, code, year, name)
    with contextlib.ExitStack() as stack:
        archive = stack.enter_context(Archive(place.archive)) if place.archive.is_dir() else None
        print("\n".join(story_lines(found, archive)))
        if picture is not None:
            first = found.figures[0]
            if archive is None:
                raise UsageError(f"{place.archive}: there is no archive to take the picture from")
            if not has_picture(first["locator"]):
                raise UsageError(
                    f"no picture: {first['locator']} is a place in a {found.documents[first['document_id']]['media_type']}, not on a page"
                )
            picture.write_bytes(picture_of(archive.payload(first["document_id"]), first["locator"]))
            print(f"\npicture of {first['locator']}: {picture}")
    return DONE


def _home(code: str, home: Path | None) -> Home:
    """Return the home to look in: that of the sample where the code is of the invented province and none is named."""
    from flows.home.home import find_home

    invented = code.startswith(("99", "CN-99", "CN-ZONE-99")) and "GONGKAI_HOME" not in os.environ
    return find_home(home, sample=invented)
