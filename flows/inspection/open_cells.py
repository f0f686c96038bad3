"""The cells that wait for people: doubtful or unreadable, and not yet read alike by two. What a person read is kept.

Readings are kept in HOME/readings.csv (transform/versions/hand_readings.py) and replayed by the next release.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from flows.home.home import Home
from publish.by_hand.sheets import ReleaseCells, key_of, sorted_cells
from publish.compare.latest import latest_release
from publish.files.stored import StoredTables
from publish.schema.schemas import load_schemas
from transform.versions.hand_readings import HandReading, load_readings, save_readings, verdicts

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]


def open_cells(home: Home) -> list[dict[str, Any]]:
    """Return the doubtful and unreadable cells of the latest release on which no two people agree yet, with ``state``
    (``open``, ``one``, ``differ``, ``reopened``) and ``read_by``.

    Raises:
        UsageError: the home holds no release.
    """
    release = latest_release(home.folder)
    if release is None:
        raise UsageError(f"{home.folder}: holds no release to review; make one with gongkai build")
    by_place = verdicts(load_readings(home.readings))
    out = []
    replaced = _replaced(release, by_place)
    undecided = (cell for cells in ReleaseCells(release) for cell in cells.filter(_is_open(cells)).to_pylist())
    for cell in sorted_cells(undecided):
        verdict = by_place.get(key_of(cell))
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


def _replaced(release: Path, by_place: Mapping[tuple[Any, ...], Any]) -> set[tuple[Any, ...]]:
    """Return (report, indicator, applicant) of cells that were read by hand in a document that no longer stands."""
    import pyarrow as pa
    import pyarrow.compute as pc

    documents = pa.array(sorted({key[0] for key in by_place}), pa.string())
    found = set()
    for batch in StoredTables(release, load_schemas()).batches("observations"):
        gone = pc.and_(pc.invert(batch["is_current"]), pc.is_in(batch["document_id"], documents))
        found |= {
            (r["report_id"], r["indicator"], r["applicant"])
            for r in batch.filter(gone).to_pylist()
            if key_of(r) in by_place
        }
    return found
