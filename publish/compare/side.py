"""What a later step needs to know of one release or another to compare them: its folder, tables and what made it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from extract.errors import UsageError
from publish.files.made_from import MadeFrom, read_made_from
from publish.files.release_files import table_files
from publish.schema.schemas import TableSchema, from_dict


@dataclass(frozen=True)
class ReleaseSide:
    """One of two releases: its folder, name, schemas, and what it was made from."""

    directory: Path
    name: str
    schema_version: str
    schemas: Mapping[str, TableSchema]
    made_from: MadeFrom

    def files(self, table: str) -> list[Path]:
        return table_files(self.directory, self.schemas[table]) if table in self.schemas else []


def side_of(directory: Path) -> ReleaseSide:
    """Return a release to compare.

    Raises:
        UsageError: there is no release in the folder.
    """
    try:
        told = json.loads((directory / "schema.json").read_text(encoding="utf-8"))
        schemas = {data["name"]: from_dict(data) for data in told["tables"]}
        return ReleaseSide(directory, told["release"], told["schema_version"], schemas, read_made_from(directory))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{directory}: no release to compare ({error}); name a folder under releases/") from error
