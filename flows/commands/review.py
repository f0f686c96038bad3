"""``gongkai review``: the doubtful and unreadable cells of the latest release, and its reports of doubtful attribution, read by hand
by two people.

Nobody is shown what the machine or the other person read, and a person is asked for each cell once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import GongkaiError, UsageError
from flows.commands import options as shared
from flows.terminal.output import DONE, say

if TYPE_CHECKING:
    from flows.home.home import Home
    from transform.observation import Row


def add(commands: Any) -> None:
    """Add the command to the parser of ``gongkai``."""
    command = shared.add_command(
        commands,
        "review",
        run,
        "read doubtful and unreadable cells by hand, twice",
        "List the doubtful and unreadable cells of the latest release, and the reports whose unit or year is doubtful. Two\n"
        "people read each of them (of a report: whose it is, on which year), on the terminal or in\n"
        "a sheet, without seeing what the machine or the other read; where they agree the next release has their reading\n"
        "(reader = human) and keeps the machine's in hand_readings.",
        "gongkai review --sheet cells.csv --pictures pictures   then   gongkai review --take cells.csv --by li",
    )
    command.add_argument(
        "--by", metavar="NAME", help="who reads; alone, on a terminal: asks for one cell after the other"
    )
    command.add_argument("--sheet", metavar="FILE", type=Path, help="write the cells as a CSV sheet to fill")
    command.add_argument("--take", metavar="FILE", type=Path, help="take a filled sheet")
    command.add_argument(
        "--pictures", metavar="DIR", type=Path, help="write a picture of each place (documents with pages, and scans)"
    )
    shared.add_home(command)
    shared.add_wait(command)


def run(options: shared.Options) -> int:
    """Call ``review`` as the options say."""
    return review(
        options.home,
        by=options.by,
        sheet=options.sheet,
        take=options.take,
        pictures=options.pictures,
        wait=options.wait,
    )


def review(
    home: Path | None = None,
    *,
    by: str | None = None,
    sheet: Path | None = None,
    take: Path | None = None,
    pictures: Path | None = None,
    wait: bool = False,
) -> int:
    """List the open cells; write them as a sheet; take a filled sheet; or, with ``by`` alone, ask on the terminal.

    Raises:
        HomeInUseError: another command is writing to the home, and ``wait`` was not asked for.
        UsageError: there is no release, ``--take`` without ``--by``, or a sheet names a cell that is not open.
    """
    from flows.home.home import find_home
    from flows.home.lock import writing
    from flows.inspection.open_cells import keep, open_cells
    from publish.by_hand.sheets import key_of, read_sheet, write_sheet
    from transform.versions.hand_readings import BLANK

    place = find_home(home, sample=False)
    cells = open_cells(place)
    if take is not None:
        if not by:
            raise UsageError("--take needs --by: readings are kept with the name of whoever read")
        with writing(place, "review", wait=wait):
            number = keep(place, cells, by, {key_of(row): row["read"] for row in read_sheet(take)})
        print(f"{number} readings by {by} kept in {place.readings}; gongkai release replays them")
        return DONE
    if by:
        cells = [cell for cell in cells if by not in cell["read_by"]]
    shown = _pictures(place, cells, pictures) if pictures else {}
    if sheet is not None:
        write_sheet(sheet, cells, shown)
        print(f"{len(cells)} cells to read: fill the column read of {sheet} ({BLANK} where nothing stands)")
    elif by and sys.stdin.isatty():
        _ask(place, cells, by, shown)
    else:
        for cell in cells:
            print(_cell_text(cell))
        print(f"{len(cells)} cells to read")
    return DONE


def _pictures(home: Home, cells: Sequence[Row], folder: Path) -> dict[tuple[Any, ...], str]:
    from extract.archiving.archive import Archive
    from extract.documents.picture import has_picture, picture_of
    from publish.by_hand.sheets import key_of

    folder.mkdir(parents=True, exist_ok=True)
    shown = {}
    with Archive(home.archive) as archive:
        for cell in cells:
            if not has_picture(cell["locator"]):
                continue
            name = f"{cell['document_id'][:12]} {cell['locator'].replace(',', ' ')}.png"
            try:
                (folder / name).write_bytes(picture_of(archive.payload(cell["document_id"]), cell["locator"]))
            except GongkaiError as error:
                say(f"{cell['document_id']}: {error}")
                continue
            shown[key_of(cell)] = str(folder / name)
    return shown


def _ask(home: Home, cells: Sequence[Row], by: str, shown: Mapping[tuple[Any, ...], str]) -> None:
    from flows.home.lock import writing
    from flows.inspection.open_cells import keep
    from publish.by_hand.sheets import key_of
    from transform.versions.hand_readings import BLANK

    print(f"{len(cells)} cells. Type what is printed; {BLANK} where nothing stands, Enter to leave a cell, q to stop.")
    for number, cell in enumerate(cells, start=1):
        print(f"\n{number}/{len(cells)} {_cell_text(cell)}")
        if key_of(cell) in shown:
            print(f"  picture {shown[key_of(cell)]}")
        try:
            text = input("  printed: ").strip()
        except EOFError:
            break
        if text == "q":
            break
        if text:
            # Kept one by one: a session that breaks off loses nothing, and others can write to the home meanwhile.
            with writing(home, "review", wait=True):
                keep(home, cells, by, {key_of(cell): "" if text == BLANK else text})


def _cell_text(cell: Row) -> str:
    from publish.by_hand.sheets import label_of

    state = "" if cell["state"] == "open" else f" [{cell['state']}]"
    return f"{cell['publisher']} {cell['year']}: {label_of(cell)}{state}\n  {cell['url']}, {cell['locator']}"
