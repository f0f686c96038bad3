"""Checks between documents: copies of one report that print other figures, and reports that print the same ones.

``copy_differs``: a copy on another host prints another figure than the document that stands for the report. ``same_figures``: all
figures equal those of another body's or another year's report. Both are data, severity ``usual``, and set nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from transform.versions.copies import Copy
from transform.versions.grouping import TELLING, Group
from transform.versions.hosts import hosts_of
from transform.versions.report_versions import Version

#: Gives the observations of a copy.
ObservationsOf = Callable[[Copy], Sequence[Mapping[str, Any]]]


class _Term(NamedTuple):
    report_id: str
    document_id: str
    cell: Mapping[str, Any]


def copy_checks(entries: Iterable[tuple[Group, Version]], observations_of: ObservationsOf) -> list[dict[str, Any]]:
    """Return the rows of ``copy_differs`` and ``same_figures``, sorted by check_id; current versions only."""
    current = [(group, version) for group, version in entries if version.is_current]
    rows = [row for group, version in current for row in _differing(group, version, observations_of)]
    by_content: dict[str, list[tuple[Group, Version, Copy]]] = {}
    for group, version in current:
        for content in {copy.content: copy for copy in version.copies if copy.telling >= TELLING}.values():
            by_content.setdefault(content.content, []).append((group, version, content))
    for same in by_content.values():
        rows += [_same(one, other, observations_of) for one, other in combinations(same, 2)]
    return sorted(rows, key=lambda row: row["check_id"])


def _differing(group: Group, version: Version, observations_of: ObservationsOf) -> Iterable[dict[str, Any]]:
    stands = version.copies[0]
    elsewhere = [
        copy
        for copy in version.copies[1:]
        if copy.content != stands.content and copy.urls and not hosts_of(copy.urls) & hosts_of(stands.urls)
    ]
    cells = _cells(observations_of(stands)) if elsewhere else {}
    for copy in elsewhere:
        for key, cell in _cells(observations_of(copy)).items():
            own = cells.get(key)
            if own is not None and own["value"] != cell["value"]:
                terms = [
                    _Term(group.report_id, stands.document_id, own),
                    _Term(group.report_id, copy.document_id, cell),
                ]
                yield _row("copy_differs", "==", version, terms, f"{_name(own)}/{copy.document_id[:12]}")


def _same(
    one: tuple[Group, Version, Copy], other: tuple[Group, Version, Copy], observations_of: ObservationsOf
) -> dict[str, Any]:
    """Return the row for two reports of the same figures; the greatest of them stands for all."""
    (group, version, copy), (second, _, again) = one, other
    cells, others = _cells(observations_of(copy)), _cells(observations_of(again))
    key = max(
        (key for key in cells.keys() & others.keys() if cells[key]["value"]),
        key=lambda key: (cells[key]["value"], str(key)),
    )
    terms = [
        _Term(group.report_id, copy.document_id, cells[key]),
        _Term(second.report_id, again.document_id, others[key]),
    ]
    return _row("same_figures", "!=", version, terms, f"{again.document_id[:12]}")


def _cells(observations: Iterable[Mapping[str, Any]]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    return {
        (o["indicator"], o["applicant"], o["occurrence"]): o
        for o in observations
        if o["source"] == "table" and o["reading"] != "doubtful" and o["status"] == "reported"
    }


def _row(identity: str, operator: str, version: Version, terms: Sequence[_Term], tail: str) -> dict[str, Any]:
    left, right = (term.cell["value"] for term in terms)
    documents = [term.document_id for term in terms]
    return {
        "check_id": f"{terms[0].report_id}/v{version.number}/across/{identity}/{tail}",
        "report_ids": list(dict.fromkeys(term.report_id for term in terms)),
        "version": version.number,
        "is_current": True,
        "document_ids": list(dict.fromkeys(documents)),
        "identity": identity,
        "severity": "usual",
        "operator": operator,
        "applicant": terms[0].cell["applicant"],
        "status": "broken",
        "left": left,
        "right": right,
        "residual": round(left - right, 6),
        "indicators": [_name(term.cell) for term in terms],
        "locators": [term.cell["locator"] for term in terms],
        "term_reports": [term.report_id for term in terms],
        "term_documents": documents,
    }


def _name(cell: Mapping[str, Any]) -> str:
    return cell["indicator"] if cell["applicant"] is None else f"{cell['indicator']}[{cell['applicant']}]"
