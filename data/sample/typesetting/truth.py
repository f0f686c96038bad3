"""The invented province's truth, as tables a test can compare a release with: reports, cells, revisions, coverage."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date

from .invented import CONTRADICTIONS
from .printing import status_of, value_of
from .province import NEVER_PUBLISHED, PLACES, YEARS, division_rows, published_on
from .publications import Publication


def truth_files(publications: list[Publication], addresses: Mapping[int, list[str]]) -> dict[str, bytes]:
    """Return ``{path under data/sample: bytes}`` of the truth tables and of ``divisions.csv``."""
    latest = {}
    for one in publications:
        latest[_key(one)] = max(one.version, latest.get(_key(one), 0))
    files = {
        "divisions.csv": _table(division_rows()),
        "truth/reports.csv": _table(
            {
                "jurisdiction_code": one.code,
                "unit_id": one.unit_id,
                "unit_name": one.unit_name,
                "publisher": one.publisher,
                "subject_kind": one.subject_kind,
                "scope": one.scope,
                "year": one.year,
                "form": one.report.form,
                "version": one.version,
                "is_current": str(one.version == latest[_key(one)]).lower(),
                "title": one.report.title,
                "published_on": one.published_on,
                "carrier": one.carrier,
                "urls": " ".join(addresses[place]),
            }
            for place, one in enumerate(publications)
        ),
        "truth/coverage.csv": _table(coverage()),
        "truth/revisions.csv": _table(revisions(publications)),
        "truth/contradictions.csv": _table(
            {
                "jurisdiction_code": one.code,
                "year": one.year,
                "version": one.version,
                "identity": identity,
                "operand": operand,
                "why": one.why,
            }
            for one in CONTRADICTIONS
            for identity, operand in one.broken or (("t3_carry_2021", "natural_person"), ("t3_carry_2021", "total"))
        ),
    }
    for year in YEARS:
        files[f"truth/cells-{year}.csv"] = _table(cells(publications, year))
    return files


def cells(publications: list[Publication], year: int) -> Iterable[dict]:
    """Yield the cells of all reports on a year."""
    for one in publications:
        if one.year == year:
            for (indicator, applicant), text in one.report.figures.items():
                yield {
                    "jurisdiction_code": one.code,
                    "unit_name": one.unit_name,
                    "publisher": one.publisher,
                    "subject_kind": one.subject_kind,
                    "year": year,
                    "form": one.report.form,
                    "version": one.version,
                    "indicator": indicator,
                    "applicant": applicant or "",
                    "value": value_of(text),
                    "value_text": text,
                    "status": status_of(text),
                }


def revisions(publications: list[Publication]) -> Iterable[dict]:
    """Yield the cells that a later version prints otherwise than the one before it."""
    before: dict[tuple, Publication] = {}
    for one in sorted(publications, key=lambda one: one.version):
        old = before.get(_key(one))
        before[_key(one)] = one
        if old:
            for (indicator, applicant), text in one.report.figures.items():
                if old.report.figures[indicator, applicant] != text:
                    yield {
                        "jurisdiction_code": one.code,
                        "year": one.year,
                        "version": one.version,
                        "indicator": indicator,
                        "applicant": applicant or "",
                        "old": old.report.figures[indicator, applicant],
                        "new": text,
                    }


def coverage() -> Iterable[dict]:
    """Yield what must have been found for each place and year; 示例省 itself has no portal, so it was never tried."""
    for year in YEARS:
        yield _coverage_row("CN-990000", "990000", "示例省", year, "not_tried", "")
        for place in PLACES:
            if not place.first <= year <= place.last:
                continue
            status, days = "found", "0"
            if (place.key, year) in NEVER_PUBLISHED:
                status, days = "not_found", ""
            else:
                late = (date.fromisoformat(published_on(place.key, year)) - date(year + 1, 3, 31)).days
                if late > 0:
                    status, days = "late", str(late)
            yield _coverage_row(f"CN-{place.key}", place.code(year), place.name(year), year, status, days)


def _coverage_row(unit_id: str, code: str, name: str, year: int, status: str, days: str) -> dict:
    due = f"{year + 1}-03-31"
    return {
        "unit_id": unit_id,
        "jurisdiction_code": code,
        "unit_name": name,
        "year": year,
        "due_on": due,
        "status": status,
        "days_late": days,
    }


def _key(one: Publication) -> tuple:
    return one.unit_id, one.publisher, one.year


def _table(rows: Iterable[Mapping]) -> bytes:
    rows = list(rows)
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()
