"""How right the reader is, kind of defect by kind (``make accuracy``): every cell of the typeset samples against the truth.

``python -m tests.accuracy_kinds`` prints the figures and compares them with ``tests/baseline/accuracy.csv``;
``--write`` writes that file anew; a word prints the faults of the kinds whose name holds it.

A cell is right when it was observed with the true value and status alone, or, where no honest reader can tell its place,
when it is not placed, doubtful, or rightly placed but not confirmed. A silent error is a wrong or invented value with
``reading`` = ``confirmed``. ``coverable``: the true figures of an exact identity prove the cell; ``holds``: it was proved.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from extract.documents.read_document import read_document
from tests.defects import cell_values, flattened, layouts, lists, markups, pages, shown, shown_sheets, texts
from tests.defects.sample import KINDS, Sample, Truth
from transform.observation import Observation
from transform.observations.checks import evaluate, with_consistency
from transform.reports.flipbook import read_book
from transform.reports.read_report import read_report

BASELINE = Path(__file__).resolve().parent / "baseline" / "accuracy.csv"
COUNTS = (
    "documents",
    "cells",
    "right",
    "wrong",
    "missing",
    "extra",
    "leftovers",
    "lost",
    "confirmed",
    "coverable",
    "holds",
    "silent",
)
SEEDS = 3
EMPTY = ("blank", "slash", "none_word")
MODULES = (
    cell_values,
    flattened,
    layouts,
    lists,
    markups,
    pages,
    shown,
    shown_sheets,
    texts,
)  # each registers its kinds


@dataclass
class Measured:
    """Counts and seconds by (kind, form), and each fault in words."""

    counts: dict[tuple[str, str], Counter] = field(default_factory=dict)
    seconds: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def measure(names: Iterable[str] = ("",), seeds: int = SEEDS) -> Measured:
    """Typeset and read every kind whose name holds one of ``names``."""
    measured = Measured()
    for kind in KINDS:
        if any(name in kind.name for name in names):
            counts = measured.counts.setdefault((kind.name, kind.form), Counter())
            for seed in range(seeds):
                sample = kind.draw(seed)
                start = time.perf_counter()
                observations, rest = read(sample)
                measured.seconds[kind.name, kind.form] += time.perf_counter() - start
                counts.update(compare(sample, observations, rest, measured.faults))
    return measured


def read(sample: Sample) -> tuple[list[Observation], list[str]]:
    """Return the observations of a sample's report and the texts left over, read as ``gongkai extract`` does.

    Tables of another year in the same report are that year's.
    """
    documents = [read_document(data) for data in sample.pages]
    readings = read_report(documents[0]) if len(documents) == 1 else [r for p in read_book(documents) for r in p]
    readings = [r for r in readings if r.identity.year == readings[0].identity.year]
    return [o for r in readings for o in r.observations], [left.text for r in readings for left in r.leftovers]


def compare(sample: Sample, observations: list[Observation], rest: list[str], faults: list[str]) -> Counter:
    """Count a sample's cells; a fault's words are appended to ``faults``."""
    found: dict[tuple[str, str | None], list[Observation]] = {}
    for one in observations:
        found.setdefault((one.indicator, one.applicant), []).append(one)
    count = Counter(dict.fromkeys(COUNTS, 0))
    count.update({"documents": 1, "cells": len(sample.cells), "leftovers": len(rest)})
    proved = provable(sample)
    for key, true in sample.cells.items():
        seen = found.pop(key, [])
        what = verdict(true, seen)
        count[what] += 1
        count["confirmed"] += any(o.reading == "confirmed" for o in seen)
        count["holds"] += any(o.consistency == "holds" for o in seen)
        count["coverable"] += key in proved
        silent = sum(o.reading == "confirmed" and not same(o, true) for o in seen)
        count["silent"] += silent
        if what != "right" or silent:
            said = ", ".join(f"{o.value_text!r} {o.reading} {o.note or ''}" for o in seen)
            faults.append(
                f"{sample.name}: {what}{' SILENT' * bool(silent)}: {key} {true.value} {true.status} is [{said}]"
            )
    for key, seen in found.items():
        count["extra"] += len(seen)
        count["silent"] += sum(o.reading == "confirmed" and o.value is not None for o in seen)
        faults.append(f"{sample.name}: extra: {key} {[(o.value_text, o.reading, o.source) for o in seen]}")
    gone = Counter(sample.rest) - Counter(rest)
    count["lost"] += gone.total()
    faults += [f"{sample.name}: not left over: {text!r}" for text in gone]
    return count


def verdict(true: Truth, seen: list[Observation]) -> str:
    if true.lost:
        return (
            "right"
            if all(o.reading == "doubtful" or (o.reading == "single" and same(o, true)) for o in seen)
            else "wrong"
        )
    if not seen:
        return "missing"
    return "right" if all(same(o, true) for o in seen) else "wrong"


def same(one: Observation, true: Truth) -> bool:
    if true.value is None:
        return one.value is None and one.status in (*EMPTY, "unreadable") and one.status == true.status
    return one.value is not None and abs(one.value - true.value) < 1e-9


def provable(sample: Sample) -> set[tuple[str, str | None]]:
    """Return the cells that an exact equality proves, were everything read as printed."""
    observations = [
        Observation(
            sample.form, i, a, t.value, "", None, None, None, "table", t.status, "confirmed", "uncovered", "", ""
        )
        for (i, a), t in sample.cells.items()
    ]
    checked = with_consistency(observations, evaluate(observations))
    return {(o.indicator, o.applicant) for o in checked if o.consistency == "holds"}


def worse(counts: dict[tuple[str, str], Counter], baseline: dict[tuple[str, str], Counter]) -> list[str]:
    """Return in words what is worse than the baseline: fewer right or confirmed, more wrong, lost or silent."""
    out = [f"{kind} {form}: no longer measured" for kind, form in baseline.keys() - counts.keys()]
    for key, old in baseline.items():
        new = counts.get(key)
        for name in COUNTS if new else ():
            more = name in ("wrong", "missing", "extra", "lost", "silent")
            if new[name] > old[name] if more else name in ("right", "confirmed", "holds") and new[name] < old[name]:
                out.append(f"{' '.join(key)}: {name} {new[name]}, was {old[name]}")
    return out


def load_baseline() -> dict[tuple[str, str], Counter]:
    if not BASELINE.is_file():
        return {}
    with BASELINE.open(encoding="utf-8", newline="") as file:
        return {(r["kind"], r["form"]): Counter({n: int(r[n]) for n in COUNTS}) for r in csv.DictReader(file)}


def write_baseline(counts: dict[tuple[str, str], Counter]) -> None:
    BASELINE.parent.mkdir(exist_ok=True)
    with BASELINE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("kind", "form", *COUNTS))
        writer.writerows((*key, *(counts[key][n] for n in COUNTS)) for key in sorted(counts))


def table(measured: Measured) -> str:
    """Return the figures by kind as text, with milliseconds a document."""
    lines = [f"{'kind':38}{'form':14}" + "".join(f"{n[:9]:>10}" for n in COUNTS) + f"{'ms':>7}"]
    total: Counter = sum(measured.counts.values(), Counter())
    rows = [*sorted(measured.counts.items()), (("total", ""), total)]
    for (kind, form), counts in rows:
        seconds = measured.seconds[kind, form] if form else measured.seconds.total()
        figures = "".join(f"{counts[n]:>10}" for n in COUNTS)
        lines.append(f"{kind:38}{form:14}{figures}{1000 * seconds / max(counts['documents'], 1):>7.0f}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    names = [a for a in arguments if not a.startswith("--")]
    measured = measure(names or [""])
    print(table(measured))
    if names:
        print(*measured.faults, sep="\n")
        return 0
    if "--write" in arguments:
        write_baseline(measured.counts)
        return 0
    complaints = worse(measured.counts, load_baseline())
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
