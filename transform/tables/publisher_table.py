"""The table of publishers: the bodies whose reports were found, with every name they were found under."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transform.versions.grouping import NAMED_BY_PLACE, Group, same_name


def publisher_rows(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return one row per body: names of one unit and kind that differ by the place before them are one body."""
    held: dict[tuple[str, str], dict[str, list[Group]]] = {}
    for group in groups:
        identity = group.identity
        if (
            group.report_id == identity.report_id
            and identity.unit_id
            and identity.publisher
            and identity.year is not None
        ):
            names = held.setdefault((identity.unit_id, identity.subject_kind), {})
            names.setdefault(identity.publisher, []).append(group)
    rows = []
    for (unit_id, kind), names in held.items():
        bodies: dict[str, list[Group]] = {}
        for name in sorted(names, key=lambda n: (-len(n), n)):
            full = next((n for n in bodies if kind in NAMED_BY_PLACE and same_name(n, name)), name)
            bodies.setdefault(full, []).extend(names[name])
        for publisher, found in bodies.items():
            used = {c.identity.publisher for g in found for c in g.copies if c.identity.publisher}
            years = [g.identity.year for g in found if g.identity.year is not None]
            rows.append(
                {
                    "publisher_id": f"{unit_id}/{publisher}",
                    "unit_id": unit_id,
                    "publisher": publisher,
                    "names_used": sorted(used | {publisher}),
                    "kind": kind,
                    "first_year": min(years),
                    "last_year": max(years),
                }
            )
    return _once_a_body(rows)


def _once_a_body(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge bodies whose reports were of two kinds; the kind with the longest span of years stands."""
    merged: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: (r["publisher_id"], r["first_year"] - r["last_year"], r["kind"])):
        first = merged.setdefault(row["publisher_id"], row)
        first["names_used"] = sorted({*first["names_used"], *row["names_used"]})
        first["first_year"] = min(first["first_year"], row["first_year"])
        first["last_year"] = max(first["last_year"], row["last_year"])
    return [merged[key] for key in sorted(merged)]
