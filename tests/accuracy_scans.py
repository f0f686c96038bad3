"""How right scans are read, class by class (``make accuracy-scans``): every cell of the typeset scans against the truth.

``python -m tests.accuracy_scans [--seeds N] [--keep FILE] [--write] [WORD ...]`` prints the figures (of the classes whose
name holds a word) and, with ``--write``, keeps them in ``tests/baseline/scans.csv``. ``FILE`` gets a line a scan as it is
read: a run that was stopped goes on after the last one, and a line counts only for the same bytes and the same reader. A
silent error is a wrong or invented value with ``reading`` = ``confirmed``: one ends the run with 1.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import resource
import sys
import time
from collections import Counter
from functools import lru_cache
from pathlib import Path

from extract.documents.read_document import read_document
from tests.scans import CLASSES, Scan, make_scan
from transform.recognition.values import parse_value
from transform.reports.read_report import read_report

ROOT = Path(__file__).resolve().parents[1]
BASELINE = ROOT / "tests" / "baseline" / "scans.csv"
#: The seeds of a class, as many of them as it says (``ScanClass.seeds``).
SEEDS = (*range(10), 12)
COUNTS = ("reports", "pages", "cells", "right", "wrong", "missing", "extra", "confirmed", "silent")
EMPTY = ("blank", "slash", "none_word")
#: What decides how a picture is read; the rest of the reader is common to all formats and measured elsewhere.
OF_SCANS = (
    "extract/documents/ocr*.py",
    "data/reference/ocr/*.npz",
    "transform/observations/agreement.py",
    "transform/recognition/misread_labels.py",
)


def compare(scan: Scan) -> tuple[Counter, list[str]]:
    """Read a scan and return the counts and its faults in words."""
    start, clock = time.process_time(), time.perf_counter()
    report = read_report(read_document(scan.data))[0]
    spent = {"cpu": time.process_time() - start, "clock": time.perf_counter() - clock}
    counts = Counter(reports=1, pages=scan.pages, **{name: round(10 * seconds) for name, seconds in spent.items()})
    faults = []
    rows: dict[tuple[str, str | None], list] = {}
    for row in report.observations:
        if row.source == "table":
            rows.setdefault((row.indicator, row.applicant), []).append(row)
    for place, text in scan.figures.items():
        true = parse_value(text)
        found = rows.pop(place, [])
        counts["cells"] += 1
        counts["confirmed"] += sum(row.reading == "confirmed" for row in found)
        if len(found) == 1 and found[0].value == true.value and (true.value is not None or found[0].status in EMPTY):
            counts["right"] += 1
            continue
        counts["wrong" if found else "missing"] += 1
        silent = sum(row.reading == "confirmed" and row.value != true.value for row in found)
        counts["silent"] += silent
        seen = [(row.value_text, row.reading, row.note) for row in found]
        faults.append(f"{'SILENT ' * bool(silent)}{scan.name}: {place} is {text!r}, read {seen}")
    for place, found in rows.items():
        wrong = [row for row in found if row.value is not None]
        counts["extra"] += len(wrong)
        counts["silent"] += sum(row.reading == "confirmed" for row in wrong)
        faults += [f"{scan.name}: {place} is not printed, read {row.value_text!r} {row.reading}" for row in wrong]
    return counts, faults


def kept(scan: Scan, file: Path | None, known: dict[str, dict]) -> tuple[Counter, list[str]]:
    """Return what ``compare`` gives for a scan, from ``known`` if the line is there, else read now and added to ``file``."""
    key = f"{hashlib.sha256(scan.data).hexdigest()} {reader_of_scans()}"
    if key not in known:
        counts, faults = compare(scan)
        known[key] = {"key": key, "scan": scan.name, "counts": dict(counts), "faults": faults}
        if file:
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(known[key], ensure_ascii=False) + "\n")
    return Counter(known[key]["counts"]), known[key]["faults"]


@lru_cache(maxsize=1)
def reader_of_scans() -> str:
    """Return a fingerprint of the code and data named in ``OF_SCANS``."""
    files = sorted(path for pattern in OF_SCANS for path in ROOT.glob(pattern))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=int, help="so many of each class (default: as many as it says)")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    known = {}
    if asked.keep and asked.keep.exists():
        known = {line["key"]: line for line in map(json.loads, asked.keep.read_text(encoding="utf-8").splitlines())}
    table: dict[str, Counter] = {}
    print(f"{'class':20}" + "".join(f"{name:>10}" for name in (*COUNTS, "cpu s", "clock s")))
    for kind in CLASSES:
        if asked.words and not any(word in kind.name for word in asked.words):
            continue
        counts = table.setdefault(kind.name, Counter())
        for seed in SEEDS[: asked.seeds or kind.seeds]:
            found, faults = kept(make_scan(kind, "sc_2021" if seed % 2 else "sc_2019", seed), asked.keep, known)
            counts.update(found)
            for fault in faults[:12]:
                print("  ", fault, flush=True)
        times = "".join(f"{counts[name] / 10 / counts['reports']:>10.1f}" for name in ("cpu", "clock"))
        print(f"{kind.name:20}" + "".join(f"{counts[name]:>10}" for name in COUNTS) + times, flush=True)
    total = sum(table.values(), Counter())
    print(f"{'total':20}" + "".join(f"{total[name]:>10}" for name in COUNTS))
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    if asked.write:
        with BASELINE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("class", *COUNTS))
            writer.writerows((name, *(counts[key] for key in COUNTS)) for name, counts in table.items())
    return 1 if total["silent"] else 0


if __name__ == "__main__":
    sys.exit(main())
