"""The table of attributions: every piece of evidence for whose report it is and on which year, and whether it agrees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transform.attribution.weigh import weigh
from transform.identity.contacts import redact
from transform.observation import Evidence
from transform.versions.grouping import Group

#: Pieces that speak against a report as a whole where they name no value.
_AGAINST_ALL = ("rival claim", "third-party host")


def attribution_rows(groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return one row per report, claim and piece of evidence, sorted by report_id, claim, source, value and words."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for group in groups:
        for piece, agrees in _weighed(group):
            row = {
                "report_id": group.report_id,
                "claim": piece.claim,
                "source": piece.source,
                "value": piece.value,
                "words": redact(piece.words),
                "agrees": agrees,
            }
            rows.setdefault(tuple(row.values())[:5], row)
    return sorted(rows.values(), key=lambda row: [str(row[name] or "") for name in row if name != "agrees"])


def _weighed(group: Group) -> list[tuple[Evidence, bool | None]]:
    identity = group.identity
    values = {
        "unit": identity.unit_id,
        "year": str(identity.year) if identity.year else None,
        "kind": identity.subject_kind,
    }
    found: list[tuple[Evidence, bool | None]] = []
    for claim in ("unit", "kind", "year", "host", "joint"):
        pieces = [piece for piece in identity.evidence if piece.claim == claim]
        agrees = weigh(pieces, values.get(claim)).agrees
        for piece, yes in zip(pieces, agrees, strict=True):
            found.append((piece, False if piece.value is None and piece.source in _AGAINST_ALL else yes))
    return found
