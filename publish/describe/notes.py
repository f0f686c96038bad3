"""CITATION.cff and CHANGELOG.md of a release: how to cite it, and what is in it compared with the one before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from publish.codebook.about import CREATOR, LICENCE, SAMPLE_NOTE, TITLE, as_of
from publish.compare.change_summary import changelog_lines
from publish.files.stored import stored
from publish.schema.schemas import SCHEMA_VERSION

if TYPE_CHECKING:
    import pyarrow as pa


def write_citation(directory: Path, version: str, tables: Mapping[str, pa.Table]) -> None:
    """Write ``CITATION.cff`` (format 1.2.0). The date is that of the last document fetched: a release reads no clock."""
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use this dataset, please cite it with its version and, for single figures, the report."',
        "type: dataset",
        f"title: {json.dumps(TITLE)}",
        "authors:",
        f'  - name: "{CREATOR}"',
        f'version: "{version}"',
        f"license: {LICENCE}",
        f'abstract: "Compiled from official reports; the texts themselves are not ours. schema_version {SCHEMA_VERSION}."',
    ]
    date = as_of(tables)
    if date:
        lines.append(f"date-released: {date[:10]}")
    (directory / "CITATION.cff").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_changelog(directory: Path, version: str, tables: Mapping[str, pa.Table], previous: Path | None) -> None:
    """Write ``CHANGELOG.md``: rows by table and figures by year, beside those of the previous release."""
    old_rows, old_years = _counts_of(previous) if previous else ({}, {})
    new_years = _by_year(tables)
    lines = [f"# {version}", "", f"Schema version {SCHEMA_VERSION}. "]
    lines[-1] += f"Compared with {previous.name}." if previous else "No earlier release to compare with."
    if "documents" in tables:
        date = as_of(tables)
        lines.append(
            f"Made from {stored(tables).rows('documents')} documents" + (f" fetched until {date}." if date else ".")
        )
    if version.endswith("-sample"):
        lines.append(SAMPLE_NOTE)
    rows = {name: stored(tables).rows(name) for name in tables}
    lines += ["", *_compared("table", "rows", rows, old_rows, previous)]
    if new_years:
        lines += ["", *_compared("year", "figures", new_years, old_years, previous)]
    if previous:
        lines += changelog_lines(directory / "changes.parquet")
    (directory / "CHANGELOG.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _compared(
    what: str, measure: str, new: Mapping[str, int], old: Mapping[str, int], previous: Path | None
) -> list[str]:
    if previous is None:
        return [f"| {what} | {measure} |", "|---|---:|", *(f"| {name} | {new[name]} |" for name in sorted(new))]
    lines = [f"| {what} | {measure} | before | change |", "|---|---:|---:|---:|"]
    for name in sorted(new.keys() | old.keys()):
        now, before = new.get(name, 0), old.get(name, 0)
        lines.append(f"| {name} | {now} | {before} | {now - before:+d} |")
    return lines


def _counts_of(release: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Return rows by table and figures by year of a release, from the Parquet footers alone."""
    import pyarrow.parquet as pq

    rows: dict[str, int] = {}
    years: dict[str, int] = {}
    for path in sorted(release.rglob("*.parquet")):
        count = pq.read_metadata(path).num_rows
        if path.parent.name == "observations":
            years[path.stem.removeprefix("observations-")] = count
            rows["observations"] = rows.get("observations", 0) + count
        else:
            rows[path.stem] = count
    return rows, years


def _by_year(tables: Mapping[str, pa.Table]) -> dict[str, int]:
    import pyarrow.compute as pc

    if "observations" not in tables or not stored(tables).rows("observations"):
        return {}
    counts = pc.value_counts(stored(tables).columns("observations", "year")["year"]).to_pylist()
    return {"unknown" if c["values"] is None else str(c["values"]): c["counts"] for c in counts}
