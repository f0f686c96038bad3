"""One number's whole story, from a release alone: a code, a year and a name in, everything that rests on it out.

The name may be an indicator (``res_total``, ``res_total[company]``, ``normative.in_force``), a concept of the panel or an
indicator of ``indicators``: the last two stand for all the cells they are made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import UsageError
from publish.schema.schemas import load_schemas
from transform.forms.crosswalk import PanelColumn, panel_columns
from transform.forms.expressions import write_sum
from transform.observation import CellName, Row, cell_name
from transform.panel.indicators import Ratio, load_ratios

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Trace:
    """Rows of the release's tables. ``figures`` are observations, current versions and preferred documents first.

    ``concepts`` are (column, row of the panel) and ``ratios`` (formula, row of indicators) that the figures went into.
    """

    release: str
    reports: tuple[Row, ...]
    figures: tuple[Row, ...]
    checks: tuple[Row, ...]
    documents: Mapping[str, Row]
    revisions: tuple[Row, ...]
    concepts: tuple[tuple[PanelColumn, Row], ...]
    ratios: tuple[tuple[Ratio, Row], ...]
    at_boundaries: tuple[tuple[PanelColumn, Row], ...]


def trace(release: Path, code: str, year: int, name: str) -> Trace:
    """Return what a release says of one number.

    ``code`` is the six-digit code in that year, or a unit_id. Where the government reported, other bodies of the unit
    are left aside.

    Raises:
        UsageError: the release has no report of that unit and year, or the report does not print such a cell.
    """
    observations = _read(release, "observations", [("year", "=", year)], year=year)
    reports = [
        r for r in _rows(release, "reports", [("year", "=", year)]) if code in (r["jurisdiction_code"], r["unit_id"])
    ]
    if not reports:
        raise UsageError(f"{release.name}: no report of {code} on {year}; coverage says what became of it")
    reports = [r for r in reports if r.get("attribution") != "doubtful"] or reports
    governments = [r for r in reports if r["subject_kind"] == "government"]
    reports = sorted(governments or reports, key=lambda r: (not r["is_current"], r["report_id"], -r["version"]))
    ids = {r["report_id"] for r in reports}
    printed = _among(observations, "report_id", ids)
    forms = {r["form"] for r in reports if r["form"]}
    cells = _cells(name, forms, printed)
    figures = [r for r in printed if (r["indicator"], r["applicant"]) in cells]
    if not figures:
        near = sorted({r["indicator"] for r in printed if name.partition("[")[0].partition(".")[0] in r["indicator"]})
        raise UsageError(
            f"{release.name}: {', '.join(sorted(ids))} prints no {name}"
            + (f"; it prints {', '.join(near)}" if near else "")
        )
    preferred = {
        (r["report_id"], r["version"], r["document_id"]): r["preference"]
        for r in _among(_read(release, "report_documents"), "report_id", ids)
    }
    figures.sort(
        key=lambda r: (
            not r["is_current"],
            r["report_id"],
            -r["version"],
            r["indicator"],
            r["applicant"] or "",
            preferred[r["report_id"], r["version"], r["document_id"]],
            r["occurrence"],
        )
    )
    names = {cell_name(r["indicator"], r["applicant"]) for r in figures}
    checks = [c for c in _over(release, ids) if names & _terms_of(c, ids)]
    documents = {
        d["document_id"]: d
        for d in _among(_read(release, "documents"), "document_id", {r["document_id"] for r in figures})
    }
    revisions = [
        r for r in _among(_read(release, "revisions"), "report_id", ids) if (r["indicator"], r["applicant"]) in cells
    ]
    columns = [c for c in panel_columns() if cells & _parts(c, forms)]
    used = {c.name for c in columns}
    units = {r["unit_id"] for r in reports}
    panel = [r for r in _rows(release, "panel", [("year", "=", year)]) if r["report_id"] in ids]
    later = [r for r in _rows(release, "panel_2024", [("year", "=", year)]) if ids & set(r["report_ids"])]
    ratios = {r.id: r for r in load_ratios() if used & set(r.columns)}
    ratios = {name: ratios[name]} if name in ratios else ratios
    shares = [
        r
        for r in _rows(release, "indicators", [("year", "=", year)])
        if r["unit_id"] in units and r["indicator"] in ratios
    ]
    return Trace(
        release.name,
        tuple(reports),
        tuple(figures),
        tuple(checks),
        documents,
        tuple(revisions),
        tuple((c, row) for row in panel for c in columns if row[f"{c.name}_read"] is not None),
        # The panel, and so its ratios, hold governments only.
        tuple((ratios[row["indicator"]], row) for row in shares if panel),
        tuple(
            (c, row) for row in later for c in columns if row["members"] != [row["unit_id"]] and row[c.name] is not None
        ),
    )


def formula(column: PanelColumn, form: str | None) -> str:
    """Return how a concept is made of the cells of a form."""
    return " | ".join(write_sum(parts) for parts in column.alternatives.get(form or "", ()))


def _cells(name: str, forms: set[str], printed: Iterable[Row]) -> set[CellName]:
    """Return the (indicator, applicant) that a name stands for."""
    indicator, _, rest = name.partition("[")
    there = {(r["indicator"], r["applicant"]) for r in printed}
    applicants = {a for i, a in there if i == indicator}
    if applicants:
        wanted = rest.rstrip("]") or ("total" if "total" in applicants else None)
        return {(indicator, wanted)}
    ratio = next((r for r in load_ratios() if r.id == name), None)
    wanted_columns = set(ratio.columns) if ratio else {name}
    return {cell for c in panel_columns() if c.name in wanted_columns for cell in _parts(c, forms)}


def _parts(column: PanelColumn, forms: set[str]) -> set[CellName]:
    ways = (parts for form in forms for parts in column.alternatives.get(form, ()))
    return {part.cell for parts in ways for part in parts}


def _over(release: Path, report_ids: set[str]) -> list[Row]:
    import pyarrow as pa
    import pyarrow.compute as pc

    table = _read(release, "checks")
    about = pc.is_in(pc.list_flatten(table["report_ids"]), pa.array(sorted(report_ids)))
    rows = pc.unique(pc.list_parent_indices(table["report_ids"]).filter(about))
    return table.take(rows).to_pylist()


def _terms_of(check: Row, report_ids: set[str]) -> set[str]:
    """Return the cells of a check that are of these reports."""
    owners = check["term_reports"] or [check["report_ids"][0]] * len(check["indicators"])
    return {name for name, owner in zip(check["indicators"], owners, strict=True) if owner in report_ids}


def _among(table: pa.Table, column: str, values: set[str]) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return table.filter(pc.is_in(table[column], pa.array(sorted(values), pa.string()))).to_pylist()


def _rows(release: Path, name: str, filters: Sequence[tuple[str, str, Any]] | None = None) -> list[dict[str, Any]]:
    return _read(release, name, filters).to_pylist()


def _read(release: Path, name: str, filters: Any = None, *, year: int | None = None) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = load_schemas()[name]
    path = release / schema.path.replace("{year}", str(year))
    if path.is_file():
        return pq.read_table(path, filters=filters, partitioning=None)
    if not release.is_dir():
        raise UsageError(f"{release}: no such release; make one with gongkai build or gongkai release")
    from publish.schema.schemas import arrow_schema

    # A release of an earlier schema has no such table.
    return pa.Table.from_pylist([], schema=arrow_schema(schema))
