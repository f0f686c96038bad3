"""dataset.jsonld and zenodo.json: the release described for search engines and for a deposit at Zenodo.

schema.org's Dataset (https://schema.org/Dataset) and the metadata of Zenodo's deposit API
(https://developers.zenodo.org/#representation). Uploading is the owner's act; gongkai only writes what to upload.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publish.codebook.about import (
    CREATOR,
    KEYWORDS,
    LICENCE,
    LICENCE_NOTE,
    LICENCE_URL,
    TITLE,
    TITLE_ZH,
    as_of,
    citation,
    description_of,
    years_of,
)
from publish.exports.write_exports import FORMATS
from publish.files.release_files import release_files
from publish.schema.schemas import SCHEMA_VERSION, TableSchema

if TYPE_CHECKING:
    import pyarrow as pa


def write_jsonld(
    directory: Path, version: str, tables: Mapping[str, pa.Table], schemas: Mapping[str, TableSchema]
) -> None:
    """Write ``dataset.jsonld`` for the files that lie in a directory already."""
    date, years = as_of(tables), years_of(tables)
    described: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": TITLE,
        "alternateName": TITLE_ZH,
        "description": description_of(version),
        "version": version,
        "schemaVersion": SCHEMA_VERSION,
        "license": LICENCE_URL,
        "isAccessibleForFree": True,
        "inLanguage": ["zh", "en"],
        "keywords": list(KEYWORDS),
        "creator": {"@type": "Organization", "name": CREATOR},
        "creditText": citation(version, date),
        "spatialCoverage": {"@type": "Place", "name": "China"},
        "measurementTechnique": "Official statistical tables read by label from published reports; every figure with its place",
        "variableMeasured": [
            {"@type": "PropertyValue", "name": column.name, "description": column.description}
            for column in (schemas["panel"].columns if "panel" in schemas else ())
            if column.type == "double"
        ],
    }
    if date:
        described["datePublished"] = date[:10]
    if years:
        described["temporalCoverage"] = f"{years[0]}/{years[1]}"
    described["distribution"] = [
        {"@type": "DataDownload", "name": name, "contentUrl": name, "encodingFormat": _media_type(name)}
        for name in sorted(release_files(directory))
        if _media_type(name) and not name.startswith("site/")
    ]
    _write(directory / "dataset.jsonld", described)


def write_zenodo(directory: Path, version: str, tables: Mapping[str, pa.Table]) -> None:
    """Write ``zenodo.json``: the metadata of a deposit, as Zenodo's API takes it."""
    date, years = as_of(tables), years_of(tables)
    metadata: dict[str, Any] = {
        "upload_type": "dataset",
        "title": TITLE,
        "version": version,
        "creators": [{"name": CREATOR}],
        "description": f"<p>{description_of(version)}</p>",
        "access_right": "open",
        "license": LICENCE.lower(),
        "keywords": list(KEYWORDS),
        "language": "zho",
        "notes": f"{LICENCE_NOTE}. schema_version {SCHEMA_VERSION}. Verify the files with checksums.txt.",
    }
    if date:
        metadata["publication_date"] = date[:10]
    if years:
        metadata["dates"] = [
            {"start": str(years[0]), "end": str(years[1]), "type": "Valid", "description": "Years reported on"}
        ]
    _write(directory / "zenodo.json", {"metadata": metadata})


def _media_type(name: str) -> str:
    suffix = Path(name).suffix
    return "application/vnd.apache.parquet" if suffix == ".parquet" else FORMATS[suffix][1] if suffix in FORMATS else ""


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
