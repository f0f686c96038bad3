"""ReportReadings as text for a terminal: whose report, its figures, what does not add up, what was left over."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from transform.observation import Observation, ReportIdentity, ReportReading

LEGEND = "blank: [ ]   doubtful: ?   breaks an identity of the report: !"


def show(readings: Sequence[tuple[str, ReportReading]]) -> str:
    """Return all readings one after the other, with the legend of the marks at the end."""
    return "\n\n".join([*(_reading(name, reading) for name, reading in readings), LEGEND])


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns, the first to the left, the others to the right; Chinese counts double."""
    widths = [max(width(row[n]) for row in rows if n < len(row)) for n in range(max(len(row) for row in rows))]
    lines = []
    for row in rows:
        cells = [" " * (widths[n] - width(text)) for n, text in enumerate(row)]
        line = [
            text + space if n == 0 else space + text for n, (text, space) in enumerate(zip(row, cells, strict=True))
        ]
        lines.append("  ".join(line).rstrip())
    return "\n".join(lines)


def width(text: str) -> int:
    """Return how many places a text takes on a terminal."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _reading(name: str, reading: ReportReading) -> str:
    identity, observations = reading.identity, reading.observations
    whose = " ".join(str(part) for part in (identity.publisher, identity.jurisdiction_code, identity.year) if part)
    sure = sum(o.reading == "confirmed" for o in observations)
    broken = [check for check in reading.checks if check.status == "broken"]
    lines = [
        f"{name}: {whose or 'whose report it is was not found'} ({identity.subject_kind})",
        *([f"attribution {identity.attribution}: {_evidence(identity)}"] if identity.attribution else []),
        f"{reading.status}{f' ({reading.reason})' if reading.reason else ''}: form {reading.form or 'none'},"
        f" {len(observations)} cells, {sure} confirmed",
    ]
    if observations:
        lines += ["", _figures(observations)]
    if broken:
        lines += ["", "does not add up:"]
        lines += [
            f"  {check.identity}{f' [{check.applicant}]' if check.applicant else ''} ({check.severity}):"
            f" {_number(check.left)} {check.operator} {_number(check.right)} is false"
            for check in broken
        ]
    if reading.leftovers:
        lines += ["", "left over:"]
        lines += [f"  {left.locator}: {' '.join(left.text.split())} ({left.reason})" for left in reading.leftovers]
    return "\n".join(lines)


def _evidence(identity: ReportIdentity) -> str:
    return "; ".join(filter(None, (identity.unit_evidence, identity.year_evidence)))


def _figures(observations: Sequence[Observation]) -> str:
    """Return one line per indicator: applicants side by side where the table has them."""
    applicants = list(dict.fromkeys(o.applicant for o in observations if o.applicant is not None))
    cells: dict[str, dict[str | None, str]] = {}
    for o in observations:
        row = cells.setdefault(o.indicator, {})
        row[o.applicant] = f"{row[o.applicant]} / {_cell(o)}" if o.applicant in row else _cell(o)
    single = [[indicator, row[None]] for indicator, row in cells.items() if None in row]
    matrix = [[indicator, *(row.get(a, "") for a in applicants)] for indicator, row in cells.items() if None not in row]
    blocks = [columns([["indicator", "value"], *single])] if single else []
    if matrix:
        blocks.append(columns([["indicator", *(str(a) for a in applicants)], *matrix]))
    return "\n\n".join(blocks)


def _cell(o: Observation) -> str:
    text = " ".join(o.value_text.split()) or "[ ]"
    unit = f" {o.unit}" if o.unit and o.applicant is None and o.unit not in text else ""
    return f"{text}{unit}{'?' if o.reading == 'doubtful' else ''}{'!' if o.consistency == 'broken' else ''}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"
