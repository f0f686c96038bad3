"""How right a release of the sample portal is: every cell against the truth it was typeset from (``make accuracy``).

A cell is right when the observation of its place in the report's preferred document has the true value and status. A
silent error is a wrong or invented value, in whichever document, with ``reading`` = ``confirmed``.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

SAMPLE = Path(__file__).resolve().parent.parent / "data" / "sample"
EMPTY = ("blank", "slash", "none_word")
#: jurisdiction code, year, subject kind, version
Report = tuple[str, int, str, int]
#: indicator, applicant
Place = tuple[str, str | None]


@dataclass(frozen=True)
class True_:
    """What is printed at one place; ``status`` is None where the source of the figures does not tell it."""

    value: float | None
    status: str | None


@dataclass
class Accuracy:
    """Counts by kind (form and file format), and the faults in words."""

    counts: dict[str, Counter] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def total(self) -> Counter:
        return sum(self.counts.values(), Counter())


def measure(release: Path) -> Accuracy:
    """Compare a release of the sample portal with ``data/sample/truth`` and ``data/sample/figures.csv``."""
    truth = true_cells()
    reports = {row["report_id"]: row for row in pq.read_table(release / "reports.parquet").to_pylist()}
    kinds = {row["document_id"]: row["media_type"] for row in pq.read_table(release / "documents.parquet").to_pylist()}
    preferred = {
        (row["report_id"], row["version"]): row["document_id"]
        for row in pq.read_table(release / "report_documents.parquet").to_pylist()
        if row["preferred"]
    }
    accuracy, read = Accuracy(), dict[Report, dict[Place, list[dict]]]()
    for path in sorted((release / "observations").glob("*.parquet")):
        for row in pq.read_table(path).to_pylist():
            if row["source"] != "table":
                continue
            report = row["jurisdiction_code"], row["year"], reports[row["report_id"]]["subject_kind"], row["version"]
            true = truth.get(report, {}).get((row["indicator"], row["applicant"]))
            if row["reading"] == "confirmed" and row["value"] is not None and (true is None or not right(row, true)):
                _count(accuracy, row, kinds)["silent"] += 1
                accuracy.faults.append(
                    f"silent error: {report} {row['indicator']} {row['applicant']}: {row['value_text']!r}"
                )
            if preferred[row["report_id"], row["version"]] == row["document_id"]:
                read.setdefault(report, {}).setdefault((row["indicator"], row["applicant"]), []).append(row)
    for report, cells in truth.items():
        found = read.pop(report, {})
        kind = next((_count(accuracy, rows[0], kinds) for rows in found.values()), None)
        counts = accuracy.counts.setdefault("not found", Counter()) if kind is None else kind
        counts["reports"] += 1
        for place, true in cells.items():
            rows = found.pop(place, [])
            what = "missing" if not rows else "right" if len(rows) == 1 and right(rows[0], true) else "wrong"
            counts.update({"cells": 1, what: 1, "confirmed": sum(row["reading"] == "confirmed" for row in rows)})
            if what != "right":
                accuracy.faults.append(f"{what}: {report} {place}: {true} is {[row['value_text'] for row in rows]}")
        counts["extra"] += len(found)
        accuracy.faults += [f"extra: {report} {place}" for place in found]
    accuracy.faults += [f"a report of nobody's: {report}" for report in read]
    return accuracy


def right(row: dict, true: True_) -> bool:
    """Tell whether an observation says what is printed."""
    if true.value is None:
        return row["value"] is None and row["status"] in EMPTY and true.status in (None, row["status"])
    return row["value"] is not None and abs(row["value"] - true.value) < 1e-9


def true_cells() -> dict[Report, dict[Place, True_]]:
    """Return every cell of every report of the sample, real and invented."""
    cells: dict[Report, dict[Place, True_]] = {}
    for path in sorted((SAMPLE / "truth").glob("cells-*.csv")):
        for row in rows(path):
            report = row["jurisdiction_code"], int(row["year"]), row["subject_kind"], int(row["version"])
            value = float(row["value"]) if row["value"] else None
            cells.setdefault(report, {})[row["indicator"], row["applicant"] or None] = True_(value, row["status"])
    for row in rows(SAMPLE / "figures.csv"):
        office = "office" if row["publisher"].endswith(("办公厅", "办公室")) else "government"
        report = row["jurisdiction_code"], int(row["year"]), office, 1
        value = float(row["value_text"].removesuffix("元")) if row["value_text"] else None
        cells.setdefault(report, {})[row["indicator"], row["applicant"] or None] = True_(value, None)
    return cells


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def table(accuracy: Accuracy) -> str:
    """Return the counts by kind as text."""
    names = ("reports", "cells", "right", "wrong", "missing", "extra", "confirmed", "silent")
    lines = [f"{'kind':24}" + "".join(f"{name:>10}" for name in names)]
    for kind, counts in [*sorted(accuracy.counts.items()), ("total", accuracy.total)]:
        lines.append(f"{kind:24}" + "".join(f"{counts[name]:>10}" for name in names))
    return "\n".join(lines)


def _count(accuracy: Accuracy, row: dict, kinds: dict[str, str]) -> Counter:
    media = kinds[row["document_id"]]
    name = {"text/html": "html", "application/pdf": "pdf"}.get(media) or ("docx" if "word" in media else media)
    return accuracy.counts.setdefault(f"{row['form']} {name}", Counter())


if __name__ == "__main__":
    releases = SAMPLE.parent / "demo" / "releases"
    measured = measure(Path(sys.argv[1]) if sys.argv[1:] else releases / (releases / "latest").read_text().strip())
    print(table(measured))
    for fault in measured.faults:
        print(fault)
    sys.exit(1 if measured.faults else 0)
