"""Rows of ``checks`` over cells of several reports, each term with its report, its document and its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from transform.observation import CellName
from transform.panel.cells import ReportCell

Report = Mapping[str, Any]
#: report_id -> (indicator, applicant) -> cell
ReportCells = Mapping[str, Mapping[CellName, ReportCell]]
#: Loads the cells of some reports on one year, of some indicators.
Load = Callable[[int, Iterable[Report], frozenset[str]], ReportCells]
_HOLDS = {"==": lambda r: r == 0, "<=": lambda r: r <= 0, ">=": lambda r: r >= 0}


class Term(NamedTuple):
    """One cell of a check; ``cell`` is None where the report does not print it."""

    report: Report
    name: str
    cell: ReportCell | None


def across_row(
    identity: str, operator: str, applicant: str | None, left: float | None, right: float | None, terms: Sequence[Term]
) -> dict[str, Any]:
    """Return the row of a check over terms, of which the first is a cell of the report it is about."""
    residual = None if left is None or right is None else round(left - right, 6)
    status = "not_evaluable" if residual is None else "holds" if _HOLDS[operator](residual) else "broken"
    about = terms[0].report
    return {
        "check_id": f"{about['report_id']}/v{about['version']}/across/{identity}/{terms[0].name}",
        "identity": identity,
        "severity": "usual",
        "operator": operator,
        "applicant": applicant,
        "report_ids": list(dict.fromkeys(term.report["report_id"] for term in terms)),
        "version": about["version"],
        "is_current": True,
        "document_ids": list(dict.fromkeys(term.cell.document_id for term in terms if term.cell is not None)),
        "status": status,
        "left": left if residual is not None else None,
        "right": right if residual is not None else None,
        "residual": residual,
        "indicators": [term.name for term in terms],
        "locators": [term.cell.locator if term.cell is not None else "" for term in terms],
        "term_reports": [term.report["report_id"] for term in terms],
        "term_documents": [term.cell.document_id if term.cell is not None else "" for term in terms],
    }
