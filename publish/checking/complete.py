"""Whether a release is whole: the tables that every release holds, and as many reports as documents were read.

What has to be there stands in ``publish/schema/required_tables.json`` and, counted before the release was made, in its
``made_from.json``. Nothing is concluded from the tables that happen to be there.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from publish.checking.validate import Problem
from publish.files.made_from import DOCUMENTS_READ, MadeFrom
from publish.files.stored import StoredTables

_FILE = Path(__file__).resolve().parent.parent / "schema" / "required_tables.json"


@lru_cache
def required_tables(schema_version: str) -> tuple[str, ...]:
    """Return the tables that a release of this schema_version holds, sorted; of a version that is none, those of the first."""
    required = json.loads(_FILE.read_text(encoding="utf-8"))["required"]
    since = [version for version in required if _order(version) <= max(_order(schema_version), (1, 0, 0))]
    return tuple(sorted(name for version in since for name in required[version]))


def missing_tables(there: Collection[str], schema_version: str) -> list[Problem]:
    """Return a problem for each required table that is not there."""
    return [
        Problem(
            name, "missing table", f"every release of schema_version {schema_version} holds it; make the release again"
        )
        for name in required_tables(schema_version)
        if name not in there
    ]


def uncounted(tables: StoredTables, made_from: MadeFrom) -> list[Problem]:
    """Return what does not agree between reports, their documents, and the number of documents that were read for the release.

    That number is the ledger's; releases of a schema_version before 1.3.0 do not have it.
    """
    import pyarrow.compute as pc

    if not {"reports", "report_documents"} <= set(tables):
        return []
    links = tables.columns("report_documents", "report_id", "version", "document_id")
    problems = []
    reports, told = tables.rows("reports"), links.group_by(["report_id", "version"]).aggregate([]).num_rows
    if reports != told:
        problems.append(Problem("reports", "count", f"{reports} reports, and report_documents tells of {told}"))
    documents, read = pc.count_distinct(links["document_id"]).as_py(), made_from.get(DOCUMENTS_READ)
    if read is not None and documents != read:
        problems.append(
            Problem("report_documents", "count", f"{documents} documents, and {read} were read; make the release again")
        )
    return problems


def _order(version: str) -> tuple[int, ...]:
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(p.isascii() and p.isdigit() for p in parts) else ()
