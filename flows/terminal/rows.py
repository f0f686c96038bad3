"""ReportReadings as the rows of the contract's tables, for one document outside any archive.

A document read alone is its report's only version: ``version`` 1, ``is_current`` true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from transform.attribution.weigh import DOUBTFUL
from transform.observation import ReportIdentity, ReportReading, Row

#: The columns of ``observations`` in the contract's order (publish/schema/tables/observations.json, kept equal by a test).
OBSERVATION_COLUMNS = (
    "report_id", "unit_id", "jurisdiction_code", "jurisdiction", "publisher", "subject_kind", "scope", "year", "form",
    "indicator", "applicant", "value", "value_text", "unit", "value_std", "unit_std", "source", "status", "reading",
    "consistency", "document_id", "locator", "reader", "occurrence", "version", "is_current", "synthetic",
)


def observation_rows(reading: ReportReading) -> list[Row]:
    """Return the observations of one report with the columns of the contract."""
    identity = reading.identity
    about = {
        "report_id": _report_id(identity), "unit_id": identity.unit_id, "jurisdiction_code": identity.jurisdiction_code,
        "jurisdiction": identity.jurisdiction, "publisher": identity.publisher, "subject_kind": identity.subject_kind,
        "scope": identity.scope, "year": identity.year, "document_id": reading.document_id,
        "version": 1, "is_current": True, "synthetic": identity.synthetic,
    }
    return [{name: about[name] if name in about else getattr(o, name) for name in OBSERVATION_COLUMNS}
            for o in reading.observations]


def check_rows(reading: ReportReading) -> list[Row]:
    """Return the identities evaluated on one report."""
    report_id = _report_id(reading.identity)
    about = {"report_ids": [report_id] if report_id else [], "version": 1, "is_current": True, "document_ids": [reading.document_id]}
    found = [{**about, **asdict(c)} for c in reading.checks]
    return [{name: value for name, value in row.items() if name != "term_documents"} for row in found]


def leftover_rows(reading: ReportReading) -> list[Row]:
    """Return the cells of official tables that are no observation, with the reason."""
    return [{"document_id": reading.document_id, **asdict(left)} for left in reading.leftovers]


def report_row(reading: ReportReading, name: str) -> Row:
    """Return whose report it is, on which year, and what became of reading it; ``name`` is the file's."""
    observations = reading.observations
    return {
        "file": name, "document_id": reading.document_id, "media_type": reading.media_type, "size": reading.size,
        "pages": reading.pages, "report_id": _report_id(reading.identity), **asdict(reading.identity),
        "form": reading.form, "status": reading.status, "reason": reading.reason, "cells": len(observations),
        "confirmed": sum(o.reading == "confirmed" for o in observations),
        "broken": sum(o.consistency == "broken" for o in observations),
    }


def _report_id(identity: ReportIdentity) -> str | None:
    """A report of doubtful attribution has no id of its own."""
    return None if identity.attribution == DOUBTFUL else identity.report_id


def as_object(readings: Sequence[tuple[str, ReportReading]]) -> dict[str, Any]:
    """Return the JSON object of ``gongkai extract``: the rows of all reports, and the reports themselves.

    ``report`` is the one report, or null where there are several; ``reports`` are then all of them.
    """
    reports = [report_row(reading, name) for name, reading in readings]
    found: dict[str, Any] = {
        "observations": [row for _, reading in readings for row in observation_rows(reading)],
        "checks": [row for _, reading in readings for row in check_rows(reading)],
        "leftovers": [row for _, reading in readings for row in leftover_rows(reading)],
        "report": reports[0] if len(reports) == 1 else None,
    }
    return found if len(reports) == 1 else found | {"reports": reports}
