"""The generator of the synthetic national archive (tests/national.py)."""

from __future__ import annotations

import csv

from extract.archiving.archive import Archive
from extract.portals.registry import load_portals
from tests.national import units, write_archive

REPORTS = 24


def test_the_same_arguments_give_the_same_documents_all_of_code_99(tmp_path):
    told = []
    for name in ("one", "two"):
        documents = write_archive(tmp_path / name, REPORTS, docx=0.1)
        with Archive(tmp_path / name / "archive") as archive:
            records = archive.records()
        assert documents == sum(record.kind in ("report", "attachment") for record in records) >= REPORTS
        assert all(record.jurisdiction_code.startswith("99") and record.synthetic for record in records)
        told.append([(r.url, r.document_id, r.retrieved_at, r.kind, r.link_year) for r in records])
        told[-1].append(
            (tmp_path / name / "divisions.csv").read_bytes() + (tmp_path / name / "portals.csv").read_bytes()
        )
    assert told[0] == told[1]
    with (tmp_path / "one" / "divisions.csv").open(encoding="utf-8", newline="") as file:
        assert all(row["code"].startswith("99") for row in csv.DictReader(file))
    portals = load_portals(tmp_path / "one" / "portals.csv")
    assert len(portals) == len(units(REPORTS)) and all(
        p.jurisdiction_code.startswith("99") and p.synthetic for p in portals
    )


def test_units_have_names_and_codes_of_their_own():
    found = units(50_000)
    assert len({unit.code for unit in found}) == len({unit.full_name for unit in found}) == len(found) > 4_500
    codes = {"990000", *(unit.code for unit in found)}
    assert all(unit.parent in codes for unit in found)
