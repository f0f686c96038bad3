"""datapackage.json: the release described as a Data Package, made from the schemas.

Format: https://specs.frictionlessdata.io/data-package/ and /tabular-data-resource/. One resource a file, since a year of
observations is a table of its own; keys with nullable columns are ``uniqueKeys``, which may be null, not ``primaryKey``.
Files that are equal by value only (``publish/exports/write_exports.py``) are named without size and digest.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publish.codebook.about import CREATOR, DESCRIPTION, LICENCE, LICENCE_NOTE, LICENCE_URL, TITLE
from publish.exports.write_exports import FOLDER, FORMATS, is_by_value
from publish.files.release_files import sha256, table_files
from publish.schema.schemas import SCHEMA_VERSION, Column, TableSchema

_TYPES = {
    "string": "string",
    "bool": "boolean",
    "int16": "integer",
    "int32": "integer",
    "int64": "integer",
    "double": "number",
    "list<string>": "array",
}
_BOOKS = {
    "codebook": "Every column, concept, indicator, identity, ratio and value, explained",
    "codebook_years": "How complete and how sure each column is, year by year",
}


def write_datapackage(directory: Path, version: str, schemas: Mapping[str, TableSchema]) -> None:
    """Write ``datapackage.json`` for the files that lie in a directory already."""
    resources = []
    for name in sorted(schemas):
        for path in table_files(directory, schemas[name]):
            resources.append(_resource(directory, path, schemas[name], schemas))
    resources += _exports(directory, schemas)
    for name, title in _BOOKS.items():
        if (directory / f"{name}.csv").is_file():
            resources.append(_plain(directory, directory / f"{name}.csv", name.replace("_", "-"), title))
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "gongkai",
        "title": TITLE,
        "version": version,
        "schema_version": SCHEMA_VERSION,
        "description": DESCRIPTION,
        "licenses": [{"name": LICENCE, "path": LICENCE_URL, "title": LICENCE_NOTE}],
        "contributors": [{"title": CREATOR}],
        "resources": resources,
    }
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (directory / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def _exports(directory: Path, schemas: Mapping[str, TableSchema]) -> list[dict[str, Any]]:
    resources = []
    for path in sorted((directory / FOLDER).glob("*")):
        kind, media_type, title = FORMATS[path.suffix]
        name, schema = f"{path.stem}-{kind}".replace("_", "-"), schemas.get(path.stem)
        if is_by_value(path.name):
            told: dict[str, Any] = {
                "name": name,
                "path": f"{FOLDER}/{path.name}",
                "title": title,
                "format": kind,
                "mediatype": media_type,
            }
        else:
            told = _plain(directory, path, name, title)
            if schema is not None:
                # What a CSV file cannot hold, a list, is text joined by |.
                fields = [
                    _field(c) if not c.type.startswith("list") else {"name": c.name, "type": "string"}
                    for c in schema.columns
                ]
                told["type"], told["schema"] = "table", {"fields": fields, "missingValues": [""], **_keys(schema)}
        resources.append(told)
    return resources


def _plain(directory: Path, path: Path, name: str, title: str) -> dict[str, Any]:
    return {
        "name": name,
        "path": path.relative_to(directory).as_posix(),
        "title": title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
    }


def _resource(directory: Path, path: Path, schema: TableSchema, schemas: Mapping[str, TableSchema]) -> dict[str, Any]:
    return {
        "name": path.stem,
        "path": path.relative_to(directory).as_posix(),
        "title": schema.description,
        "type": "table",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256(path)}",
        "schema": _table_schema(schema, schemas),
    }


def _table_schema(schema: TableSchema, schemas: Mapping[str, TableSchema]) -> dict[str, Any]:
    described: dict[str, Any] = {"fields": [_field(c) for c in schema.columns], "missingValues": [""], **_keys(schema)}
    lists = {c.name for c in schema.columns if c.type.startswith("list")}
    keys = [
        {"fields": list(r.columns), "reference": {"resource": r.table, "fields": list(r.to)}}
        for r in schema.references
        # A resource is a file: what lies in several files, or points from a list, has no foreign key in this format.
        if r.table in schemas and "{year}" not in schemas[r.table].path and not lists & set(r.columns)
    ]
    if keys:
        described["foreignKeys"] = keys
    return described


def _keys(schema: TableSchema) -> dict[str, Any]:
    if any(c.nullable and c.name in schema.key for c in schema.columns):
        return {"uniqueKeys": [list(schema.key)]}
    return {"primaryKey": list(schema.key)}


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if not column.nullable:
        constraints["required"] = True
    if column.allowed is not None:
        constraints["enum"] = list(column.allowed)
    for name in ("pattern", "minimum", "maximum"):
        value = getattr(column, name)
        if value is not None:
            constraints[name] = value
    field: dict[str, Any] = {"name": column.name, "type": _TYPES[column.type], "description": column.description}
    return field | ({"constraints": constraints} if constraints else {})
