"""The schema of every released table: columns, types, allowed values, keys, references.

Each table is one JSON file under ``publish/schema/tables/``; everything that describes or checks a release (checks,
codebook, data package) is made from it. The one thing to know: a release carries its own schemas in
``schema.json`` and is checked against those, so that an old release stays checkable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extract.errors import ReferenceDataError
from transform.forms.crosswalk import PanelColumn, panel_columns
from transform.panel.panel import zero_columns

if TYPE_CHECKING:
    import pyarrow as pa

#: An added column is a minor version, anything else a major one.
SCHEMA_VERSION = "1.3.0"

#: The tables that have the crosswalk's concepts as columns.
PANELS = ("panel", "panel_2024")
TABLES_DIRECTORY = Path(__file__).resolve().parent / "tables"
READINGS = ("confirmed", "single", "doubtful")
CONSISTENCIES = ("holds", "broken", "not_evaluable", "uncovered")


@dataclass(frozen=True)
class Column:
    """One column. ``type`` is ``string``, ``bool``, ``int16``, ``int32``, ``int64``, ``double`` or ``list<string>``."""

    name: str
    type: str
    description: str
    nullable: bool = False
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Reference:
    """``columns`` of this table must be found together in columns ``to`` of ``table``, where that table is released."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]


@dataclass(frozen=True)
class TableSchema:
    """One released table. ``path`` is its file in the release; ``{year}`` in it means one file for each year.

    ``key`` is unique, nulls counted as values, and is the order of the rows. ``rules`` name row checks that need more
    than one column (``publish/checking/validate.py``).
    """

    name: str
    description: str
    path: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...] = ()
    rules: tuple[str, ...] = field(default=())

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


@lru_cache(maxsize=1)
def load_schemas() -> dict[str, TableSchema]:
    """Return the schema of each table by name, the panels' concepts included.

    Raises:
        ReferenceDataError: a file under publish/schema/tables is malformed; the message names it.
    """
    schemas = {}
    for path in sorted(TABLES_DIRECTORY.glob("*.json")):
        try:
            schemas[path.stem] = from_dict(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, KeyError) as error:
            raise ReferenceDataError(
                f"publish/schema/tables/{path.name}: {error!r}; restore it from version control"
            ) from error
    for name in PANELS:
        schemas[name] = _with_concepts(schemas[name])
    return schemas


def arrow_schema(schema: TableSchema, *, release: str | None = None) -> pa.Schema:
    """Return the pyarrow schema, with descriptions and ``schema_version`` in its metadata."""
    import pyarrow as pa

    metadata = {"schema_version": SCHEMA_VERSION, "table": schema.name, "description": schema.description}
    if release is not None:
        metadata["release"] = release
    fields = [
        pa.field(c.name, _arrow_type(c.type), nullable=c.nullable, metadata={"description": c.description})
        for c in schema.columns
    ]
    return pa.schema(fields, metadata=metadata)


def to_dict(schema: TableSchema) -> dict[str, Any]:
    """Return the schema as JSON-ready data, absent properties left out."""
    data = asdict(schema)
    data["columns"] = [{k: v for k, v in c.items() if v is not None} for c in data["columns"]]
    return data


def from_dict(data: Mapping[str, Any]) -> TableSchema:
    """Return the schema that ``to_dict`` wrote."""
    columns = tuple(
        Column(**{**c, "allowed": tuple(c["allowed"]) if c.get("allowed") else None}) for c in data["columns"]
    )
    references = tuple(Reference(tuple(r["columns"]), r["table"], tuple(r["to"])) for r in data.get("references", ()))
    return TableSchema(
        data["name"],
        data["description"],
        data["path"],
        tuple(data["key"]),
        columns,
        references,
        tuple(data.get("rules", ())),
    )


def _arrow_type(name: str) -> pa.DataType:
    import pyarrow as pa

    # Parquet calls the items of a list "element", and so must the schema.
    types = {
        "string": pa.string(),
        "bool": pa.bool_(),
        "int16": pa.int16(),
        "int32": pa.int32(),
        "int64": pa.int64(),
        "double": pa.float64(),
        "list<string>": pa.list_(pa.field("element", pa.string())),
    }
    return types[name]


def _with_concepts(panel: TableSchema) -> TableSchema:
    concepts: list[Column] = []
    for column in panel_columns():
        concepts += _concept(column)
    return TableSchema(
        panel.name,
        panel.description,
        panel.path,
        panel.key,
        panel.columns + tuple(concepts),
        panel.references,
        panel.rules,
    )


def _concept(column: PanelColumn) -> list[Column]:
    formulas = "; ".join(f"{form}: {formula}" for form, formula in column.formulas)
    unit = f", in {column.unit}" if column.unit else ""
    concept = [
        Column(column.name, "double", f"{column.label_en}{unit}. {formulas}", True),
        Column(f"{column.name}_read", "string", f"Worst reading of the parts of {column.name}.", True, READINGS),
        Column(f"{column.name}_ok", "string", f"Worst consistency of the parts of {column.name}.", True, CONSISTENCIES),
    ]
    if column.name in zero_columns():
        implied = f"True where {column.name} is empty and the exact equalities of the report leave no choice but 0 (zero implied)."
        concept.append(Column(f"{column.name}_zero", "bool", implied))
    return concept
