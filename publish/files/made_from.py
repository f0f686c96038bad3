"""made_from.json: what a release was made from, so that the next one can say why it differs.

Comes in: fingerprints (sha256 in hexadecimal) by name, from whoever makes the release. The one thing to know: it holds no
clock and no path; the same archive, program and reference data give the same file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publish.schema.schemas import SCHEMA_VERSION

FILE = "made_from.json"
#: How many documents the release is made of: those the ledger has a result of, less those that were left out.
DOCUMENTS_READ = "documents_read"
#: What decides what a document gives; the last alone says to which territory a figure belongs.
READER_PARTS = ("programs", "forms", "libraries", "pictures", "helpers", "divisions")
#: Reviewed by people and not part of the reader: where reports are looked for, which are said not to exist.
REGISTRIES = ("divisions", "portals", "statements")

MadeFrom = Mapping[str, Any]


def write_made_from(directory: Path, version: str, previous: str | None, made_from: MadeFrom) -> None:
    """Write ``made_from.json``; ``previous`` is the release this one is compared with."""
    told = {"schema_version": SCHEMA_VERSION, "release": version, "previous": previous, **made_from}
    (directory / FILE).write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read_made_from(directory: Path) -> MadeFrom:
    """Return what a release says it was made from; empty for one that does not say (schema_version before 1.2.0)."""
    try:
        told = json.loads((directory / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def differs(old: MadeFrom, new: MadeFrom, *names: str) -> bool | None:
    """Tell whether any of these differs between two releases; None where one of them does not say."""
    if any(name not in told for told in (old, new) for name in names):
        return None
    return any(old[name] != new[name] for name in names)
