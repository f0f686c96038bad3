"""Files of data that come with the project: read whole, or a clear error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from extract.errors import ReferenceDataError

#: What comes with the project: reference data a person can review, and the sample portal.
DATA = Path(__file__).resolve().parent.parent / "data"
REFERENCE = DATA / "reference"


def read_json(path: Path) -> Any:
    """Return what a JSON file of the project holds.

    Raises:
        ReferenceDataError: it is missing or no JSON; the message names it with its folder.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReferenceDataError(f"{path.parent.name}/{path.name}: {error}; restore it from version control") from error
