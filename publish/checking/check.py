"""Check a release: files against checksums, tables against the schemas it carries, identities against its figures.

A release is checked against its own ``schema.json``, and what it says of itself is computed again from the figures in it. Which
tables it must hold does not stand in it (``publish/checking/complete.py``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import ReleaseError, UsageError
from publish.checking.check_stored import check_stored, mixed
from publish.checking.complete import missing_tables, required_tables, uncounted
from publish.checking.identities import check_identities
from publish.checking.validate import Problem, check_tables
from publish.files.made_from import read_made_from
from publish.files.release_files import CHECKSUMS, read_checksums, release_files, sha256, table_files
from publish.files.stored import StoredTables, stored
from publish.schema.schemas import TableSchema, from_dict

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Problem", "check_files", "check_release", "check_rows"]


def check_release(directory: Path) -> list[Problem]:
    """Return everything that is wrong with a release; an empty list if nothing.

    Raises:
        UsageError: the directory does not exist.
    """
    if not directory.is_dir():
        raise UsageError(f"{directory}: no such release; name a directory under releases/")
    problems = check_files(directory)
    described = _described(directory)
    if described is None:
        return [*problems, Problem("schema.json", "missing or unreadable", "the tables cannot be checked without it")]
    schemas = {data["name"]: from_dict(data) for data in described["tables"]}
    problems += _undescribed(directory, schemas)
    tables = StoredTables(directory, schemas)
    problems += missing_tables(tables, str(described["schema_version"]))
    problems += [
        Problem(name, "missing table", f"schema.json describes {schema.path}, and it is not there")
        for name, schema in schemas.items()
        if name not in tables and name not in required_tables(str(described["schema_version"]))
    ]
    try:
        problems += _versions(tables, described["schema_version"])
        problems += uncounted(tables, read_made_from(directory))
        problems += check_stored(tables, schemas, described["identities"], described["release"])
    except ReleaseError as error:
        problems.append(Problem("tables", "unreadable", str(error)))
    return problems


def check_rows(
    tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema], identities: list[dict[str, Any]], release: str
) -> list[Problem]:
    """Return what is wrong with the tables of a release: schemas, identities, invented rows beside real ones."""
    problems = check_tables(tables, schemas)
    if not any(p.rule == "columns" for p in problems):
        problems += check_identities(tables, schemas, identities)
        problems += mixed(stored(tables), release)
    return problems


def check_files(directory: Path) -> list[Problem]:
    """Return a problem for each file that is missing, changed, or not in ``checksums.txt``."""
    stated = read_checksums(directory)
    if not stated:
        return [Problem(CHECKSUMS, "missing or empty", "no file can be verified; make the release again")]
    there = set(release_files(directory))
    problems = [Problem(name, "missing file", f"{CHECKSUMS} lists it") for name in sorted(stated.keys() - there)]
    problems += [Problem(name, "extra file", f"{CHECKSUMS} does not list it") for name in sorted(there - stated.keys())]
    for name in sorted(there & stated.keys()):
        found = sha256(directory / name)
        if found != stated[name]:
            problems.append(Problem(name, "changed file", f"sha256 is {found}, {CHECKSUMS} says {stated[name]}"))
    return problems


def _described(directory: Path) -> dict[str, Any] | None:
    try:
        described = json.loads((directory / "schema.json").read_text(encoding="utf-8"))
        return described if {"tables", "identities", "release", "schema_version"} <= described.keys() else None
    except (OSError, ValueError, AttributeError):
        return None


def _undescribed(directory: Path, schemas: Mapping[str, TableSchema]) -> list[Problem]:
    known = {path for schema in schemas.values() for path in table_files(directory, schema)}
    return [
        Problem(path.relative_to(directory).as_posix(), "unknown table", "schema.json does not describe it")
        for path in sorted(directory.rglob("*.parquet"))
        if path not in known
    ]


def _versions(tables: StoredTables, stated: str) -> list[Problem]:
    found = {
        name: {(schema.metadata or {}).get(b"schema_version", b"").decode() for schema in tables.schemas(name)}
        for name in tables
    }
    return [
        Problem(name, "schema_version", f"{versions} in the file, {stated} in schema.json")
        for name, versions in found.items()
        if versions != {stated}
    ]
