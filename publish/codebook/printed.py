"""What the official forms print for each indicator, and for each concept of the panel made of indicators."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from transform.forms.crosswalk import ORDER, PanelColumn, panel_columns
from transform.forms.expressions import Part
from transform.forms.form import load_forms
from transform.forms.reference import read_reference

ItemWords = dict[str, str]
_SUFFIXES = {"_read": "：识读可靠程度", "_ok": "：勾稽情况", "_zero": "：按勾稽必为零"}


@lru_cache(maxsize=1)
def printed() -> dict[str, dict[str, ItemWords]]:
    """Return for each form, in the order they were prescribed, what it prints for each of its indicators.

    ``label_zh``, ``label_en``, ``unit``, ``legal_basis`` and ``note``.
    """
    found: dict[str, dict[str, ItemWords]] = {}
    for form in ORDER:
        data = read_reference(form)
        told = found.setdefault(form, {})
        for table in data["tables"]:
            for block in table.get("blocks", ()):
                for row in block["rows"]:
                    for column in block["columns"]:
                        told[f"{row['id']}.{column['id']}"] = {
                            "label_zh": f"{row['label_zh']}／{column['label_zh']}",
                            "label_en": f"{row['label_en']}: {column['label_en']}",
                            "unit": _unit(column),
                            "legal_basis": f"{data['legal_basis']}; {block['law']}",
                            "note": _doubt(row),
                        }
            rows, columns = table.get("rows", ()), table.get("columns", ())
            # Table 4 has one row without a label: there the columns are the indicators.
            items = [row for row in rows if row.get("label_zh")] or list(columns)
            for item in items:
                told[item["id"]] = {
                    "label_zh": item["label_zh"],
                    "label_en": item["label_en"],
                    "unit": _unit(item),
                    "legal_basis": data["legal_basis"],
                    "note": _doubt(item),
                }
    return found


def concept_labels(column: PanelColumn) -> dict[str, str]:
    """Return what each form prints for the cells a concept is made of, with their signs: ``甲 + 乙 - 丙``."""
    return {
        form: " | ".join(dict.fromkeys(_sum(form, parts) for parts in alternatives))
        for form, alternatives in column.alternatives.items()
    }


@lru_cache(maxsize=1024)
def concept_zh(name: str) -> str:
    """Return a short Chinese name for a column of the panel, from the latest form that has it; empty for other columns."""
    concepts = {column.name: column for column in panel_columns()}
    for suffix, words in _SUFFIXES.items():
        if name not in concepts and name.endswith(suffix):
            stem = concept_zh(name.removesuffix(suffix))
            return stem + words if stem else ""
    return list(concept_labels(concepts[name]).values())[-1].split(" | ")[-1] if name in concepts else ""


def _sum(form: str, parts: tuple[Part, ...]) -> str:
    text = ""
    for n, part in enumerate(parts):
        sign = " - " if part.sign < 0 else " + " if n else ""
        text += sign + printed()[form][part.indicator]["label_zh"] + _applicant(form, part)
    return text.strip()


def _applicant(form: str, part: Part) -> str:
    if part.applicant in (None, "total"):
        return ""
    columns = load_forms()[form].table("matrix").columns
    return f"（{next(c.label_zh for c in columns if c.id == part.applicant)}）"


def _unit(item: Mapping[str, Any]) -> str:
    return item.get("unit") or ""


def _doubt(item: Mapping[str, Any]) -> str:
    doubts = [item["note"]] if item.get("note") else []
    if item.get("verification") == "unverified_recall":
        doubts.append("label recalled, not seen printed: figures under it are doubtful")
    return "; ".join(doubts)
