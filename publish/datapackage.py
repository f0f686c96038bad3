"""datapackage.json: the release described as a Data Package, made from the schemas.

Format: https://specs.frictionlessdata.io/data-package/ and /tabular-data-resource/. One resource a file, since a year of
observations is a table of its own; keys with nullable columns are ``uniqueKeys``, which may be null, not ``primaryKey``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publish.files import sha256, table_files
from publish.notes import TITLE
from publish.schemas import SCHEMA_VERSION, Column, TableSchema

_TYPES = {
    "string": "string", "bool": "boolean", "int16": "integer", "int32": "integer", "int64": "integer",
    "double": "number", "list<string>": "array",
}  # fmt: skip


def write_datapackage(directory: Path, version: str, schemas: Mapping[str, TableSchema]) -> None:
    """Write ``datapackage.json`` for the files that lie in a directory already."""
    resources = []
    for name in sorted(schemas):
        for path in table_files(directory, schemas[name]):
            resources.append(_resource(directory, path, schemas[name], schemas))
    codebook = directory / "codebook.csv"
    if codebook.is_file():
        resources.append({
            "name": "codebook", "path": "codebook.csv", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8",
            "title": "Every column, concept, indicator and identity", "bytes": codebook.stat().st_size,
            "hash": f"sha256:{sha256(codebook)}",
        })  # fmt: skip
    package = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "gongkai", "title": TITLE, "version": version, "schema_version": SCHEMA_VERSION,
        "description": "Figures as printed in the 政府信息公开工作年度报告 of China's governments, with their places.",
        "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/",
                      "title": "Creative Commons Attribution 4.0 (the compilation; not the official texts)"}],
        "contributors": [{"title": "gongkai contributors"}],
        "resources": resources,
    }  # fmt: skip
    text = json.dumps(package, ensure_ascii=False, indent=1)
    (directory / "datapackage.json").write_text(text + "\n", encoding="utf-8")


def _resource(directory: Path, path: Path, schema: TableSchema, schemas: Mapping[str, TableSchema]) -> dict[str, Any]:
    return {
        "name": path.stem, "path": path.relative_to(directory).as_posix(), "title": schema.description,
        "type": "table", "format": "parquet", "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size, "hash": f"sha256:{sha256(path)}", "schema": _table_schema(schema, schemas),
    }  # fmt: skip


def _table_schema(schema: TableSchema, schemas: Mapping[str, TableSchema]) -> dict[str, Any]:
    nullable = {c.name for c in schema.columns if c.nullable}
    described: dict[str, Any] = {"fields": [_field(c) for c in schema.columns], "missingValues": [""]}
    if nullable & set(schema.key):
        described["uniqueKeys"] = [list(schema.key)]
    else:
        described["primaryKey"] = list(schema.key)
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
