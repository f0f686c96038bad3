"""Write units.csv beside this file, from divisions_history.csv and zones.csv.

Run it after either of them was changed, and review the difference: ``python data/reference/divisions/build_units.py``.
The rules are in transform/places/unit_rows.py and, in words, in docs/units.md.
"""

from __future__ import annotations

import csv
from pathlib import Path

from transform.places.unit_rows import COLUMNS, build_units

HERE = Path(__file__).resolve().parent


def main() -> None:
    with (HERE / "divisions_history.csv").open(encoding="utf-8", newline="") as file:
        history = list(csv.DictReader(file))
    with (HERE / "zones.csv").open(encoding="utf-8", newline="") as file:
        zones = list(csv.DictReader(file))
    with (HERE / "units.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(build_units(history, zones))


if __name__ == "__main__":
    main()
