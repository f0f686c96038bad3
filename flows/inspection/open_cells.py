"""What waits for people: cells that are doubtful or unreadable, reports whose unit or year is doubtful, until two agree.

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
from transform.observation import Row
from transform.versions.decisions import ATTRIBUTION, CLAIMS, agreed_answer, answers_of
from transform.versions.hand_readings import HandReading, load_readings, save_readings, verdicts

if TYPE_CHECKING:
    import pyarrow as pa


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
    return out + _open_attributions(release, load_readings(home.readings))


def _open_attributions(release: Path, readings: Sequence[HandReading]) -> list[dict[str, Any]]:
    """Return two questions, whose report and on which year, for the first document of each report of doubtful attribution."""
    tables = StoredTables(release, load_schemas())
    reports = tables.columns("reports", "report_id", "version", "is_current", "attribution", "title").to_pylist()
    doubtful = {
        (r["report_id"], r["version"]): r for r in reports if r["is_current"] and r["attribution"] == "doubtful"
    }
    links = tables.columns("report_documents", "report_id", "version", "document_id", "preferred").to_pylist()
    first = {(r["report_id"], r["version"]): r["document_id"] for r in links if r["preferred"]}
    urls = tables.columns("documents", "document_id", "url").to_pylist() if doubtful else []
    url_of = {row["document_id"]: row["url"] for row in urls}
    answers = answers_of(readings)
    out = []
    for key, report in sorted(doubtful.items()):
        for claim in CLAIMS:
            last = answers.get((first[key], claim), {})
            said = {person: reading.value_text.strip() for person, reading in last.items()}
            if agreed_answer(claim, said) is not None:
                continue
            place = {"document_id": first[key], "locator": ATTRIBUTION, "indicator": claim, "applicant": None}
            about = {"report_id": report["report_id"], "publisher": report["title"] or "", "year": "", "form": None}
            state = "open" if not said else "one" if len(said) == 1 else "differ"
            told = {"url": url_of[first[key]], "value_text": "", "state": state, "read_by": sorted(said)}
            out.append({**place, **about, **told})
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
