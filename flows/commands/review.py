"""``gongkai review``: the doubtful and unreadable cells of the latest release, read by hand by two people.

Readings are kept in HOME/readings.csv (transform/versions/hand_readings.py) and replayed by the next release. The one thing to
know: nobody is shown what the machine or the other person read, and a person is asked for each cell once.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.archiving.archive import Archive
from extract.documents.picture import has_picture, picture_of
from extract.errors import GongkaiError, UsageError
from flows.home.home import Home, find_home
from flows.terminal.say import say
from publish.by_hand.sheets import ReleaseCells, key_of, label_of, read_sheet, sorted_cells, write_sheet
from publish.compare.latest import latest_release
from publish.files.stored import StoredTables
from publish.schema.schemas import load_schemas
from transform.versions.hand_readings import BLANK, HandReading, load_readings, save_readings, verdicts

if TYPE_CHECKING:
    import pyarrow as pa

DONE = 0
Row = Mapping[str, Any]


def review(
    home: Path | None = None,
    *,
    by: str | None = None,
    sheet: Path | None = None,
    take: Path | None = None,
    pictures: Path | None = None,
) -> int:
    """List the open cells; write them as a sheet; take a filled sheet; or, with ``by`` alone, ask on the terminal.

    Raises:
        UsageError: there is no release, ``--take`` without ``--by``, or a sheet names a cell that is not open.
    """
    place = find_home(home, sample=False)
    cells = open_cells(place)
    if take is not None:
        if not by:
            raise UsageError("--take needs --by: readings are kept with the name of whoever read")
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
            print(_told(cell))
        print(f"{len(cells)} cells to read")
    return DONE


def open_cells(home: Home) -> list[dict[str, Any]]:
    """Return the doubtful and unreadable cells of the latest release on which no two people agree yet, with ``state``
    (``open``, ``one``, ``differ``, ``reopened``) and ``read_by``.

    Raises:
        UsageError: the home holds no release.
    """
    release = latest_release(home.folder)
    if release is None:
        raise UsageError(f"{home.folder}: holds no release to review; make one with gongkai build")
    said = verdicts(load_readings(home.readings))
    out = []
    replaced = _replaced(release, said)
    undecided = (cell for cells in ReleaseCells(release) for cell in cells.filter(_is_open(cells)).to_pylist())
    for cell in sorted_cells(undecided):
        verdict = said.get(key_of(cell))
        current = verdict is not None and {r.machine_text for r in verdict.readings} == {cell["value_text"]}
        if verdict is not None and current and verdict.status == "agreed":
            continue
        again = (verdict is not None and not current) or (
            cell["report_id"],
            cell["indicator"],
            cell["applicant"],
        ) in replaced
        state = "reopened" if again else verdict.status if verdict is not None else "open"
        read_by = [r.by for r in verdict.readings] if verdict is not None and current else []
        out.append({**cell, "state": state, "read_by": read_by})
    return out


def keep(home: Home, cells: Sequence[Row], by: str, read: Mapping[tuple[Any, ...], str]) -> int:
    """Add one person's readings to the home's file and return how many.

    Raises:
        UsageError: a reading is of a cell that is not open.
    """
    known = {key_of(cell): cell for cell in cells}
    strange = [key for key in read if key not in known]
    if strange:
        raise UsageError(
            f"{len(strange)} of the cells are not open in the latest release, the first is {strange[0]}; make a new sheet"
        )
    today = datetime.now(UTC).date().isoformat()
    new = [
        HandReading(
            document_id,
            locator,
            indicator,
            applicant,
            text,
            by,
            today,
            known[document_id, locator, indicator, applicant]["value_text"],
        )
        for (document_id, locator, indicator, applicant), text in read.items()
    ]
    stale = {(reading.place, reading.by) for reading in new}
    before = [r for r in load_readings(home.readings) if (r.place, r.by) not in stale]
    # What was read of another state of the cell no longer counts for it.
    machine = {reading.place: reading.machine_text for reading in new}
    before = [r for r in before if machine.get(r.place, r.machine_text) == r.machine_text]
    save_readings(home.readings, [*before, *new])
    return len(new)


def _is_open(observations: pa.Table) -> Any:
    import pyarrow.compute as pc

    return pc.or_(pc.equal(observations["reading"], "doubtful"), pc.equal(observations["status"], "unreadable"))


def _replaced(release: Path, said: Mapping[tuple[Any, ...], Any]) -> set[tuple[Any, ...]]:
    """Return (report, indicator, applicant) of cells that were read by hand in a document that no longer stands."""
    import pyarrow as pa
    import pyarrow.compute as pc

    documents = pa.array(sorted({key[0] for key in said}), pa.string())
    found = set()
    for batch in StoredTables(release, load_schemas()).batches("observations"):
        gone = pc.and_(pc.invert(batch["is_current"]), pc.is_in(batch["document_id"], documents))
        found |= {
            (r["report_id"], r["indicator"], r["applicant"])
            for r in batch.filter(gone).to_pylist()
            if key_of(r) in said
        }
    return found


def _pictures(home: Home, cells: Sequence[Row], folder: Path) -> dict[tuple[Any, ...], str]:
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
    print(f"{len(cells)} cells. Type what is printed; {BLANK} where nothing stands, Enter to leave a cell, q to stop.")
    for number, cell in enumerate(cells, start=1):
        print(f"\n{number}/{len(cells)} {_told(cell)}")
        if key_of(cell) in shown:
            print(f"  picture {shown[key_of(cell)]}")
        try:
            text = input("  printed: ").strip()
        except EOFError:
            break
        if text == "q":
            break
        if text:
            # Kept one by one: a session that breaks off loses nothing.
            keep(home, cells, by, {key_of(cell): "" if text == BLANK else text})


def _told(cell: Row) -> str:
    state = "" if cell["state"] == "open" else f" [{cell['state']}]"
    return f"{cell['publisher']} {cell['year']}: {label_of(cell)}{state}\n  {cell['url']}, {cell['locator']}"
