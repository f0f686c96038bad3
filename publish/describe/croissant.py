"""croissant.json: the release described for machine-learning tools, in the Croissant format 1.0 of MLCommons.

Format: http://mlcommons.org/croissant/1.0 (schema.org JSON-LD with record sets). One record set a file: a
table that lies in a file for each year gives one for each. The one thing to know: only files whose bytes are fixed are named, since each
carries its sha256 (``publish/exports/write_exports.py``, ``BY_VALUE``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from publish.codebook.about import CREATOR, KEYWORDS, LICENCE_URL, TITLE, citation, description_of
from publish.exports.write_exports import FOLDER, is_by_value
from publish.files.release_files import sha256, table_files
from publish.schema.schemas import SCHEMA_VERSION, Column, TableSchema

PARQUET = "application/x-parquet"
_TYPES = {
    "string": "sc:Text",
    "bool": "sc:Boolean",
    "int16": "sc:Integer",
    "int32": "sc:Integer",
    "int64": "sc:Integer",
    "double": "sc:Float",
    "list<string>": "sc:Text",
}
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(directory: Path, version: str, date: str | None, schemas: Mapping[str, TableSchema]) -> None:
    """Write ``croissant.json`` for the files that lie in a directory already."""
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "gongkai",
        "alternateName": TITLE,
        "description": f"{description_of(version)} schema_version {SCHEMA_VERSION}.",
        "version": version,
        "license": LICENCE_URL,
        "creator": {"@type": "sc:Organization", "name": CREATOR},
        "keywords": list(KEYWORDS),
        "inLanguage": ["zh", "en"],
        "citeAs": citation(version, date),
        "isLiveDataset": False,
    }
    if date:
        described["datePublished"] = date[:10]
    described["distribution"] = list(_distribution(directory, schemas))
    described["recordSet"] = [
        _record_set(path.stem, _id(directory, path), schemas[name])
        for name in sorted(schemas)
        for path in table_files(directory, schemas[name])
    ]
    text = json.dumps(described, ensure_ascii=False, indent=1)
    (directory / "croissant.json").write_text(text + "\n", encoding="utf-8")


def _distribution(directory: Path, schemas: Mapping[str, TableSchema]) -> Iterator[dict[str, Any]]:
    for name in sorted(schemas):
        for path in table_files(directory, schemas[name]):
            yield _file(directory, path, PARQUET)
    for path in sorted(directory.glob(f"{FOLDER}/*")):
        if not is_by_value(path.name):
            yield _file(directory, path, "text/csv")


def _file(directory: Path, path: Path, encoding: str) -> dict[str, Any]:
    name = _id(directory, path)
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{path.stat().st_size} B",
        "encodingFormat": encoding,
        "sha256": sha256(path),
    }


def _id(directory: Path, path: Path) -> str:
    return path.relative_to(directory).as_posix()


def _record_set(name: str, file: str, schema: TableSchema) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": schema.description,
        "key": [{"@id": f"{name}/{column}"} for column in schema.key],
        "field": [_field(name, file, column) for column in schema.columns],
    }


def _field(name: str, file: str, column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{name}/{column.name}",
        "name": column.name,
        "description": column.description,
        "dataType": _TYPES[column.type],
        "source": {"fileObject": {"@id": file}, "extract": {"column": column.name}},
    }
    return field | ({"repeated": True} if column.type.startswith("list") else {})
