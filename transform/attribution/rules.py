"""The rules of attribution: data/reference/attribution.json in, one Source for each kind of evidence out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from extract.data_file import REFERENCE
from extract.errors import ReferenceDataError

RULES_FILE = REFERENCE / "attribution.json"


@dataclass(frozen=True)
class Source:
    """What evidence of one source counts: its group (independent of the other groups), its hand (pieces of one hand are one
    voice), its weight; whether it can contradict at all, and whether its contradiction always leaves a doubt."""

    group: str
    hand: str
    weight: int
    always: bool = False
    supports_only: bool = False


@dataclass(frozen=True)
class Rules:
    """``margin`` by which a value's score has to exceed every other's; what makes a file a revision of another."""

    margin: int
    sources: Mapping[str, Source]
    revision_keeps: float
    revision_figures: int


@lru_cache(maxsize=1)
def load_rules() -> Rules:
    """Return the rules of attribution.

    Raises:
        ReferenceDataError: the file cannot be read or lacks a field.
    """
    try:
        data = json.loads(RULES_FILE.read_text(encoding="utf-8"))
        sources = {
            name: Source(**{key: value for key, value in one.items() if key != "about"})
            for name, one in data["sources"].items()
        }
        unknown = {source.group for source in sources.values()} - data["groups"].keys()
        if unknown:
            raise ValueError(f"groups {sorted(unknown)} are not explained")
        versions = data["versions"]
        return Rules(data["margin"], sources, versions["revision_keeps"], versions["figures"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReferenceDataError(f"{RULES_FILE.name}: {error!r}; restore it from version control") from error
