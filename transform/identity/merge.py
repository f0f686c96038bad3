"""Identities of one report, told by several of its documents: whether they go together, and what they give together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

from transform.observation import ReportIdentity


def compatible(a: ReportIdentity, b: ReportIdentity, *, any_publisher: bool = False) -> bool:
    """Return whether nothing that both identities state contradicts."""
    names = ["unit_id", "jurisdiction_code", "year"] + ([] if any_publisher else ["publisher"])
    for name in names:
        left, right = getattr(a, name), getattr(b, name)
        if left is not None and right is not None and left != right:
            return False
    return "unknown" in (a.subject_kind, b.subject_kind) or a.subject_kind == b.subject_kind


def merge_identities(identities: Sequence[ReportIdentity]) -> ReportIdentity:
    """Return the first identity with what it leaves open filled from the others, in their order."""
    merged = identities[0]
    for other in identities[1:]:
        filled = {
            f.name: getattr(other, f.name)
            for f in fields(ReportIdentity)
            if getattr(merged, f.name) is None and f.name not in ("subject_evidence", "scope_evidence")
        }
        filled["evidence"] = tuple(dict.fromkeys((*merged.evidence, *other.evidence)))
        if merged.subject_kind == "unknown":
            filled |= {"subject_kind": other.subject_kind, "subject_evidence": other.subject_evidence}
        if merged.scope == "unknown":
            filled |= {"scope": other.scope, "scope_evidence": other.scope_evidence}
        merged = replace(merged, **filled)
    return merged
