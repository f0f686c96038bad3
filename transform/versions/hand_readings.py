"""Readings by people: an overlay on the machine's cells, replayed in every build.

In: the table of parts and the rows of readings.csv, each what one person read at one place of one document. Out: parts in
which a cell that two people read independently and alike carries their text (``reader`` = ``human``), and a row for
every cell that was read by hand, with the machine's reading. The one thing to know: a document is named by its hash and a
reading remembers what the machine said, so that neither a changed document nor a changed reader gets a wrong figure:
the reading is set aside as ``reopened``.
"""

from __future__ import annotations

import csv
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from transform.forms.form import load_forms
from transform.forms.measures import full_measure
from transform.observation import Check, Observation, ReportReading
from transform.observations.checks import evaluate, with_consistency
from transform.recognition.values import Value, parse_value, standardise
from transform.reports.parts import from_table, to_table

if TYPE_CHECKING:
    import pyarrow as pa

READER = "human"
#: What a person writes for a cell in which nothing stands.
BLANK = "[blank]"
#: document_id, locator, indicator, applicant
CellInDocument = tuple[str, str, str, str | None]


@dataclass(frozen=True)
class HandReading:
    """What one person read. ``on`` is the day (ISO 8601), ``machine_text`` what the machine had read there then."""

    document_id: str
    locator: str
    indicator: str
    applicant: str | None
    value_text: str
    by: str
    on: str
    machine_text: str

    @property
    def place(self) -> CellInDocument:
        return self.document_id, self.locator, self.indicator, self.applicant

    @property
    def said(self) -> tuple[float | None, str, str | None]:
        value = parse_value(self.value_text)
        return value.value, value.status, value.unit


COLUMNS = tuple(field.name for field in fields(HandReading))


@dataclass(frozen=True)
class Verdict:
    """What people say of one cell: ``agreed`` (then ``text`` is theirs), ``one`` reader so far, or they ``differ``."""

    status: str
    text: str | None
    readings: tuple[HandReading, ...]


def load_readings(path: Path, as_of: str | None = None) -> list[HandReading]:
    """Return the readings of a file made up to a day, in the order of the file; none where there is no file.

    Raises:
        UsageError: the file has other columns.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
        if rows and set(rows[0]) != set(COLUMNS):
            raise UsageError(f"{path}: its columns are not {', '.join(COLUMNS)}; restore it")
    readings = [replace(HandReading(**row), applicant=row["applicant"] or None) for row in rows]
    return [reading for reading in readings if as_of is None or reading.on <= as_of]


def save_readings(path: Path, readings: Iterable[HandReading]) -> None:
    """Write a file of readings, sorted by place and person, whole or not at all."""
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for reading in sorted(readings, key=lambda r: (*r.place[:3], r.applicant or "", r.by, r.on)):
                writer.writerow([getattr(reading, name) or "" for name in COLUMNS])
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def verdicts(readings: Iterable[HandReading]) -> dict[CellInDocument, Verdict]:
    """Return what people say of each cell. Of each person the last reading counts; two who agree outvote one."""
    by_place: dict[CellInDocument, dict[str, HandReading]] = defaultdict(dict)
    for reading in sorted(readings, key=lambda r: r.on):
        by_place[reading.place][reading.by] = reading
    out = {}
    for place, by_person in by_place.items():
        last = tuple(by_person[name] for name in sorted(by_person))
        votes: dict[tuple[float | None, str, str | None], list[HandReading]] = defaultdict(list)
        for reading in last:
            votes[reading.said].append(reading)
        most = max(votes.values(), key=len)
        if len(last) == 1:
            out[place] = Verdict("one", None, last)
        elif len(most) >= 2 and sum(len(v) == len(most) for v in votes.values()) == 1:
            out[place] = Verdict("agreed", most[0].value_text, last)
        else:
            out[place] = Verdict("differ", None, last)
    return out


def apply_readings(parts: pa.Table, readings: Sequence[HandReading]) -> tuple[pa.Table, list[dict[str, Any]]]:
    """Return the parts with the agreed readings in place, and the rows of ``hand_readings``, sorted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = verdicts(readings)
    if not found:
        return parts, []
    documents = pa.array(sorted({place[0] for place in found}), pa.string())
    concerned = pc.is_in(parts["document_id"], documents)
    rows: list[dict[str, Any]] = []
    changed = [_with_readings(reading, found, rows) for reading in from_table(parts.filter(concerned))]
    there = {(r["document_id"], r["locator"], r["indicator"], r["applicant"]) for r in rows}
    rows += [_row(place, verdict, None) for place, verdict in found.items() if place not in there]
    whole = pa.concat_tables([parts.filter(pc.invert(concerned)), to_table(changed).cast(parts.schema)])
    order = pc.sort_indices(whole, sort_keys=[("document_id", "ascending"), ("ordinal", "ascending")])
    return whole.take(order), sorted(
        rows, key=lambda r: (r["document_id"], r["locator"], r["indicator"], r["applicant"] or "")
    )


def _with_readings(
    reading: ReportReading, found: Mapping[CellInDocument, Verdict], rows: list[dict[str, Any]]
) -> ReportReading:
    observations = []
    for o in reading.observations:
        place = reading.document_id, o.locator, o.indicator, o.applicant
        verdict = found.get(place) if o.source == "table" else None
        if verdict is None:
            observations.append(o)
            continue
        row = _row(place, verdict, o)
        rows.append(row)
        observations.append(_read_by_hand(o, verdict.text or "") if row["status"] == "agreed" else o)
    if observations == list(reading.observations):
        return reading
    checks = evaluate(observations)
    told = [_again(check, observations) for check in reading.checks if check.identity.startswith("text_")]
    return replace(reading, observations=tuple(with_consistency(observations, checks)), checks=(*checks, *told))


def _read_by_hand(o: Observation, text: str) -> Observation:
    said: Value = parse_value(text)
    # A unit that only the machine read in the cell is none that a person read there: the form's stands.
    own = parse_value(o.value_text).unit is None
    beside = o.unit if own else load_forms()[o.form].measure_of(o.indicator)
    unit = full_measure(said.unit, beside) or beside
    value_std, unit_std = standardise(said.value, unit)
    return replace(
        o,
        value=said.value,
        value_text=text,
        status=said.status,
        unit=unit,
        value_std=value_std,
        unit_std=unit_std,
        reading="confirmed",
        reader=READER,
        note=f"machine ({o.reader}, {o.reading}) read {o.value_text!r}",
    )


def _again(check: Check, observations: Sequence[Observation]) -> Check:
    """Evaluate a sentence against the table anew."""
    values = {(o.locator, o.indicator): o.value for o in observations if o.source == "table"}
    cells = [
        (place, name.partition("[")[0]) for place, name in zip(check.locators[1:], check.indicators[1:], strict=True)
    ]
    figures = [values.get(cell) for cell in cells]
    known = [figure for figure in figures if figure is not None]
    right = sum(known) if len(known) == len(figures) else None
    if right == check.right or check.left is None:
        return check
    residual = None if right is None else round(check.left - right, 6)
    status = "not_evaluable" if residual is None else "holds" if residual == 0 else "broken"
    return replace(check, right=right, residual=residual, status=status)


def _row(place: CellInDocument, verdict: Verdict, o: Observation | None) -> dict[str, Any]:
    seen = {reading.machine_text for reading in verdict.readings}
    same = o is not None and seen == {o.value_text}
    text = verdict.text if same else None
    return {
        "document_id": place[0],
        "locator": place[1],
        "indicator": place[2],
        "applicant": place[3],
        "status": verdict.status if same else "reopened",
        "value_text": text,
        "value": parse_value(text).value if text is not None else None,
        "read_by": [reading.by for reading in verdict.readings],
        "texts": [reading.value_text for reading in verdict.readings],
        "read_on": max(reading.on for reading in verdict.readings),
        "machine_text": o.value_text if o else None,
        "machine_value": o.value if o else None,
        "machine_reading": o.reading if o else None,
        "machine_reader": o.reader if o else None,
    }
