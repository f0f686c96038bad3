"""What a release says of itself wherever it is described: title, description, keywords, licence, terms, people.

One place for CITATION.cff, datapackage.json, croissant.json, dataset.jsonld and zenodo.json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from publish.files.stored import stored

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "gongkai: China's annual reports on open government information as a longitudinal dataset"
TITLE_ZH = "公开：政府信息公开工作年度报告面板数据"
DESCRIPTION = (
    "Figures as printed in the 政府信息公开工作年度报告 (annual reports on open government information) of China's governments, "
    "each with its place in its document, how surely it was read, and whether the report's own arithmetic holds. "
    "A number is kept as printed and flagged, never repaired; absent, blank and zero are kept apart."
)
KEYWORDS = (
    "open government information",
    "freedom of information",
    "China",
    "local government",
    "longitudinal data",
    "政府信息公开",
    "年度报告",
)
CREATOR = "gongkai contributors"
LICENCE, LICENCE_URL = "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"
LICENCE_NOTE = "Creative Commons Attribution 4.0 (the compilation; not the official texts)"
SAMPLE_NOTE = "A sample: it holds rows of an invented province (synthetic is true), never to be used as data."
FIRST_YEAR = 2008


def as_of(tables: Mapping[str, pa.Table]) -> str | None:
    """Return when the last document was fetched: the only date of a release, which reads no clock."""
    import pyarrow.compute as pc

    if "documents" not in tables:
        return None
    return pc.max(stored(tables).columns("documents", "retrieved_at")["retrieved_at"]).as_py()


def years_of(tables: Mapping[str, pa.Table]) -> tuple[int, int] | None:
    """Return the first and the last year reported on; None where no year is known."""
    import pyarrow.compute as pc

    if "reports" not in tables:
        return None
    found = pc.min_max(stored(tables).columns("reports", "year")["year"]).as_py()
    return (found["min"], found["max"]) if found["min"] is not None else None


def citation(version: str, date: str | None) -> str:
    """Return the sentence to cite a release by."""
    return f"{CREATOR} ({date[:4] if date else 'n.d.'}). {TITLE} (version {version}) [Data set]."


def description_of(version: str) -> str:
    """Return the description, with a warning where the release is the sample."""
    return f"{DESCRIPTION} {SAMPLE_NOTE}" if version.endswith("-sample") else DESCRIPTION
