"""Whose report a document is, decided by people: readings by hand of the place ``attribution`` in, decisions out.

A case is decided as a cell is read: by two people independently, kept in readings.csv, replayed in every build.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from transform.attribution.weigh import with_attribution
from transform.observation import Evidence, ReportIdentity
from transform.places.jurisdictions import unit_in_year, unit_of_todays_code
from transform.versions.hand_readings import HandReading, verdicts

#: The locator under which people say whose report a document is, and what they are asked.
ATTRIBUTION = "attribution"
CLAIMS = ("unit", "year")
#: document_id -> claim -> what was decided, and by whom.
Decisions = Mapping[str, Mapping[str, tuple[str, str]]]


def decisions_of(readings: Iterable[HandReading]) -> tuple[Decisions, list[HandReading]]:
    """Return what two people decided of whole documents, and the readings that are of cells."""
    about: list[HandReading] = []
    cells: list[HandReading] = []
    for reading in readings:
        (about if reading.locator == ATTRIBUTION else cells).append(reading)
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for (document, _, claim, _), verdict in verdicts(about).items():
        if verdict.status == "agreed" and verdict.text and claim in CLAIMS:
            by = ", ".join(one.by for one in verdict.readings if one.value_text == verdict.text)
            found.setdefault(document, {})[claim] = verdict.text.strip(), by
    return found, cells


def units_decided(decisions: Decisions) -> Iterable[tuple[str, str]]:
    """Yield (document_id, unit_id) of the documents whose unit was decided."""
    for document, decided in decisions.items():
        year = int(decided["year"][0]) if "year" in decided and decided["year"][0].isdigit() else None
        if "unit" in decided and (unit_id := _unit_id(decided["unit"][0], year)):
            yield document, unit_id


def decided(identity: ReportIdentity, decision: Mapping[str, tuple[str, str]] | None) -> ReportIdentity:
    """Return an identity as people decided it; unchanged without a decision, or where they name nothing that is known."""
    pieces = list(identity.evidence)
    if decision and "year" in decision and decision["year"][0].isdigit():
        year, by = decision["year"]
        identity = replace(identity, year=int(year))
        pieces.append(Evidence("year", "review", year, by))
    if decision and "unit" in decision and (unit_id := _unit_id(decision["unit"][0], identity.year)):
        unit = unit_in_year(unit_id, identity.year or 2027, synthetic=identity.synthetic)
        if unit is not None:
            identity = replace(identity, unit_id=unit_id, jurisdiction_code=unit.code, jurisdiction=unit.full_name)
            pieces.append(Evidence("unit", "review", unit_id, decision["unit"][1]))
    return with_attribution(replace(identity, evidence=tuple(dict.fromkeys(pieces))))


def _unit_id(text: str, year: int | None) -> str | None:
    """Return the unit that a person named: its unit_id, or its code of today."""
    if text.startswith("CN-"):
        return text
    unit = unit_of_todays_code(text, year, synthetic=text.startswith("99"))
    return unit.unit_id if unit else None
