"""Whose report a document is, decided by people: readings by hand of the place ``attribution`` in, decisions out.

A case is decided as a cell is read: by two people independently, kept in readings.csv, replayed in every build.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from extract.record import Record
from transform.attribution.weigh import with_attribution
from transform.observation import Evidence, ReportIdentity
from transform.places.jurisdictions import unit_in_year, unit_of_todays_code
from transform.versions.hand_readings import HandReading

#: The locator under which people say whose report a document is, and what they are asked.
ATTRIBUTION = "attribution"
CLAIMS = ("unit", "year")
#: document_id -> claim -> what was decided, and by whom.
Decisions = Mapping[str, Mapping[str, tuple[str, str]]]


def decisions_of(readings: Iterable[HandReading]) -> tuple[Decisions, list[HandReading]]:
    """Return what two people decided of whole documents, and the readings that are of cells."""
    readings = list(readings)
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for (document, claim), last in answers_of(readings).items():
        by_person = {person: one.value_text.strip() for person, one in last.items()}
        if (text := agreed_answer(claim, by_person)) is not None:
            by = ", ".join(
                sorted(person for person, own in by_person.items() if _same(claim, own) == _same(claim, text))
            )
            found.setdefault(document, {})[claim] = text, by
    return found, [reading for reading in readings if reading.locator != ATTRIBUTION]


def decision_rows(readings: Iterable[HandReading]) -> list[dict[str, Any]]:
    """Return the rows of ``hand_readings`` that tell what people said of whole documents."""
    rows = []
    for (document, claim), last in sorted(answers_of(readings).items()):
        given = {person: one.value_text.strip() for person, one in sorted(last.items())}
        agreed = agreed_answer(claim, given)
        rows.append(
            {
                "document_id": document,
                "locator": ATTRIBUTION,
                "indicator": claim,
                "applicant": None,
                "status": "agreed" if agreed is not None else "one" if len(given) == 1 else "differ",
                "value_text": agreed,
                "value": None,
                "read_by": list(given),
                "texts": list(given.values()),
                "read_on": max(one.on for one in last.values()),
                **dict.fromkeys(("machine_text", "machine_value", "machine_reading", "machine_reader")),
            }
        )
    return rows


def answers_of(readings: Iterable[HandReading]) -> dict[tuple[str, str], dict[str, HandReading]]:
    """Return the last answer of each person to each question, by document_id and claim."""
    found: dict[tuple[str, str], dict[str, HandReading]] = {}
    for reading in sorted(readings, key=lambda one: one.on):
        if reading.locator == ATTRIBUTION and reading.indicator in CLAIMS:
            found.setdefault((reading.document_id, reading.indicator), {})[reading.by] = reading
    return found


def agreed_answer(claim: str, by_person: Mapping[str, str]) -> str | None:
    """Return the answer that two people gave, more than any other; None where there is none. Of each person the last counts.

    A code of today and the unit_id of its unit are one answer.
    """
    counts = Counter(_same(claim, text) for text in by_person.values())
    ranked = counts.most_common(2)
    if not ranked or ranked[0][1] < 2 or (len(ranked) > 1 and ranked[1][1] == ranked[0][1]):
        return None
    return next(text for _, text in sorted(by_person.items()) if _same(claim, text) == ranked[0][0])


def _same(claim: str, text: str) -> str:
    return (_unit_id(text, None) or text) if claim == "unit" else text


def units_decided(decisions: Decisions) -> Iterable[tuple[str, str]]:
    """Yield (document_id, unit_id) of the documents whose unit was decided."""
    for document, decided in decisions.items():
        year = int(decided["year"][0]) if "year" in decided and decided["year"][0].isdigit() else None
        if "unit" in decided and (unit_id := _unit_id(decided["unit"][0], year)):
            yield document, unit_id


def units_told(records: Iterable[Record]) -> Iterable[tuple[str, str]]:
    """Yield (document_id, unit_id) of imported documents for whose jurisdiction a person vouches."""
    for record in records:
        told = record.jurisdiction_code if record.kind == "import" else None
        if told and record.document_id and (unit_id := _unit_id(told, None)):
            yield record.document_id, unit_id


def as_people_say(
    identity: ReportIdentity, records: Iterable[Record], decision: Mapping[str, tuple[str, str]] | None
) -> ReportIdentity:
    """Return an identity with what people say of it: who imported the document last, and two who decided the case.

    What the document leaves open is filled; what it says stands, unless the person is sure or two people decided.
    """
    told = [record for record in records if record.kind == "import" and (record.jurisdiction_code or record.told_year)]
    pieces = [piece for piece in identity.evidence if not (told and piece.source.startswith("person"))]
    said: list[tuple[str, str, str, str]] = []
    if told:
        last = max(told, key=lambda record: record.retrieved_at)
        source = "person (sure)" if last.sure else "person"
        said += [("year", source, str(last.told_year), str(last.told_year))] if last.told_year else []
        said += [("unit", source, last.jurisdiction_code, last.jurisdiction_code)] if last.jurisdiction_code else []
    for claim in ("year", "unit"):
        if decision and claim in decision:
            said.append((claim, "review", *decision[claim]))
    for claim, source, text, words in said:
        settles = source != "person"
        if claim == "year" and text.isdigit():
            pieces.append(Evidence("year", source, text, words))
            if settles or identity.year is None:
                identity = replace(identity, year=int(text))
        elif claim == "unit" and (unit_id := _unit_id(text, identity.year)):
            pieces.append(Evidence("unit", source, unit_id, words))
            unit = unit_in_year(unit_id, identity.year or 2027, synthetic=identity.synthetic or "-99" in unit_id)
            if unit is not None and (settles or identity.unit_id is None):
                identity = replace(identity, unit_id=unit_id, jurisdiction_code=unit.code, jurisdiction=unit.full_name)
    return with_attribution(replace(identity, evidence=tuple(dict.fromkeys(pieces))))


def _unit_id(text: str, year: int | None) -> str | None:
    """Return the unit that a person named: its unit_id, or its code of today."""
    if text.startswith("CN-"):
        return text
    unit = unit_of_todays_code(text, year, synthetic=text.startswith("99"))
    return unit.unit_id if unit else None
