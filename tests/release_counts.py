"""What the sample release holds, by table, province and year (``make release-counts``): a change of data shows in the diff.

``python -m tests.release_counts`` compares the sample, crawled and read anew, with ``tests/baseline/release.csv``;
``--write`` writes that file anew. ``share`` is that of the figures that are confirmed. Years after the last report of the
sample are left out: which of them are due depends on the day on which the sample was fetched.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from pathlib import Path

from publish.compare.counts import count_release
from tests.release_factory import write_folder
from tests.sample_home import sample

BASELINE = Path(__file__).resolve().parent / "baseline" / "release.csv"
LAST_YEAR = 2024
NAMES = ("table", "province", "year", "rows", "figures", "confirmed", "share")


def counted(release: Path) -> list[tuple[str, ...]]:
    """Return the counts of a release folder as the lines of the baseline."""
    lines = []
    for one in count_release(release):
        if one.year is None or one.year <= LAST_YEAR:
            share = f"{one.confirmed / one.figures:.4f}" if one.figures and one.confirmed is not None else ""
            cells = (one.table, one.province, one.year, one.rows, one.figures, one.confirmed, share)
            lines.append(tuple("" if cell is None else str(cell) for cell in cells))
    return lines


def measure() -> list[tuple[str, ...]]:
    """Crawl, read and assemble the sample, and count it."""
    with tempfile.TemporaryDirectory(prefix="gongkai-counts-") as folder:
        return counted(write_folder(Path(folder) / "sample", sample().tables))


def load_baseline() -> list[tuple[str, ...]]:
    with BASELINE.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file)][1:]


def differences(now: list[tuple[str, ...]], before: list[tuple[str, ...]]) -> list[str]:
    """Return each line that is not the same, as a diff shows it."""
    gone, came = set(before) - set(now), set(now) - set(before)
    return [
        f"{sign} {','.join(line)}"
        for line, sign in sorted([(line, "-") for line in gone] + [(line, "+") for line in came])
    ]


def main(arguments: list[str]) -> int:
    now = measure()
    if "--write" in arguments:
        with BASELINE.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(NAMES)
            writer.writerows(now)
        return 0
    told = differences(now, load_baseline())
    print(*told, sep="\n")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
