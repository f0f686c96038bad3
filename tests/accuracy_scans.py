"""How right scans are read, class by class (``make accuracy-scans``): every cell of the typeset scans against the truth.

``python -m tests.accuracy_scans [--seeds N] [--write] [WORD ...]`` prints the figures (of the classes whose name holds a
word) and, with ``--write``, keeps them in ``tests/baseline/scans.csv``. A silent error is a wrong or invented value with
``reading`` = ``confirmed``: one ends the run with 1.
"""

from __future__ import annotations

import argparse
import csv
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from extract.documents import read_document
from tests.scans import CLASSES, Scan, make_scan
from transform.read_report import read_report
from transform.values import parse_value

BASELINE = Path(__file__).resolve().parent / "baseline" / "scans.csv"
COUNTS = ("reports", "pages", "cells", "right", "wrong", "missing", "extra", "confirmed", "silent")
EMPTY = ("blank", "slash", "none_word")


def compare(scan: Scan) -> tuple[Counter, list[str]]:
    """Read a scan and return the counts and its faults in words."""
    start = time.process_time()
    report = read_report(read_document(scan.data))[0]
    counts = Counter(reports=1, pages=scan.pages, cpu=round(10 * (time.process_time() - start)))
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


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("words", nargs="*")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    table: dict[str, Counter] = {}
    print(f"{'class':20}" + "".join(f"{name:>10}" for name in (*COUNTS, "cpu s")))
    for kind in CLASSES:
        if asked.words and not any(word in kind.name for word in asked.words):
            continue
        counts = table.setdefault(kind.name, Counter())
        for seed in range(asked.seeds):
            found, faults = compare(make_scan(kind, "sc_2021" if seed % 2 else "sc_2019", seed))
            counts.update(found)
            for fault in faults[:12]:
                print("  ", fault, flush=True)
        print(f"{kind.name:20}" + "".join(f"{counts[name]:>10}" for name in COUNTS) + f"{counts['cpu'] / 10 / counts['reports']:>10.1f}", flush=True)
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
