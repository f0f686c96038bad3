"""codebook.csv: one row per column of a table, per concept of the panel, per indicator, identity and ratio.

Made from the schemas, the form data and the crosswalk; nothing in it is written twice by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from publish.schemas import PANELS, SCHEMA_VERSION, TableSchema
from transform.crosswalk import ORDER, PanelColumn, panel_columns
from transform.forms import load_forms, read_reference
from transform.indicators import load_ratios

FIELDS = (
    "kind", "table", "name", "label_en", "label_zh", "unit", "legal_basis", "forms", "years", "comparability", "blanks",
    "note", "schema_version",
)  # fmt: skip
_BLANK_FIGURE = "a blank, a slash or 无 is kept as its status and has no value; a row not printed gives no observation"
_BLANK_CONCEPT = "a blank stays missing; a sum with a missing part is missing; never read a missing value as zero"


def write_codebook(directory: Path, schemas: Mapping[str, TableSchema]) -> None:
    """Write ``codebook.csv`` (UTF-8) for the tables of a release."""
    with (directory / "codebook.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in codebook_rows(schemas):
            writer.writerow(row | {"schema_version": SCHEMA_VERSION})


def codebook_rows(schemas: Mapping[str, TableSchema]) -> list[dict[str, str]]:
    """Return the rows: columns by table, then indicators by form, then identities."""
    rows = list(_columns(schemas))
    if "observations" in schemas:
        rows += _indicators()
    if "checks" in schemas:
        rows += _identities()
    if "indicators" in schemas:
        rows += _ratios()
    return rows


def _columns(schemas: Mapping[str, TableSchema]) -> Iterator[dict[str, str]]:
    concepts = {c.name: c for c in panel_columns()}
    for name, schema in sorted(schemas.items()):
        for column in schema.columns:
            if name in PANELS and column.name in concepts:
                yield _concept(name, concepts[column.name])
                continue
            values = f" One of: {', '.join(column.allowed)}." if column.allowed else ""
            yield {
                "kind": "column", "table": name, "name": column.name, "label_en": column.description + values,
                "blanks": "null where unknown or not applicable" if column.nullable else "never null",
            }  # fmt: skip


def _concept(table: str, column: PanelColumn) -> dict[str, str]:
    printed = _printed()
    labels = []
    for form, alternatives in column.alternatives.items():
        parts = [printed[form][part.indicator]["label_zh"] for alternative in alternatives for part in alternative]
        labels.append(f"{form}: {' + '.join(dict.fromkeys(parts))}")
    return {
        "kind": "concept", "table": table, "name": column.name, "label_en": column.label_en,
        "label_zh": "; ".join(labels), "unit": column.unit or "not fixed by the form",
        "legal_basis": _joined(load_forms()[form].legal_basis for form in column.alternatives),
        "forms": "; ".join(column.alternatives), "years": _joined(_years(form) for form in column.alternatives),
        "comparability": "; ".join(f"{step}: {grade}" for step, grade in column.comparability),
        "blanks": _BLANK_CONCEPT,
        "note": "; ".join([f"{form} = {formula}" for form, formula in column.formulas] + ([column.note] if column.note else [])),
    }  # fmt: skip


def _indicators() -> list[dict[str, str]]:
    merged: dict[str, dict[str, dict[str, str]]] = {}
    for form, indicators in _printed().items():
        for name, told in indicators.items():
            merged.setdefault(name, {})[form] = told
    rows = []
    for name, by_form in merged.items():
        rows.append({
            "kind": "indicator", "table": "observations", "name": name,
            "label_en": _by_form(by_form, "label_en"), "label_zh": _by_form(by_form, "label_zh"),
            "unit": _by_form(by_form, "unit"), "legal_basis": _joined(t["legal_basis"] for t in by_form.values()),
            "forms": "; ".join(by_form), "years": _joined(_years(form) for form in by_form), "blanks": _BLANK_FIGURE,
            "note": _joined(t["note"] for t in by_form.values() if t["note"]),
        })  # fmt: skip
    return rows


def _identities() -> list[dict[str, str]]:
    reference = read_reference("identities")
    return [
        {
            "kind": "identity", "table": "checks", "name": i["id"], "label_en": i["expr"],
            "forms": i["form"], "comparability": reference["identity_status"][i["status"]],
            "blanks": "not evaluable where a term is blank or absent", "note": i["note"] or "",
        }
        for i in reference["identities"]
    ]  # fmt: skip


def _ratios() -> list[dict[str, str]]:
    reference = read_reference("indicators")
    rows = [
        {
            "kind": "ratio", "table": "indicators", "name": ratio.id, "label_en": ratio.label_en, "label_zh": ratio.label_zh,
            "unit": "ratio", "forms": "; ".join(form for form in ORDER if form in ratio.forms),
            "years": _joined(_years(form) for form in ORDER if form in ratio.forms),
            "blanks": "a missing part makes it missing, missing_reason says why",
            "note": f"{ratio.numerator} / ({ratio.denominator})" + (f"; {ratio.note}" if ratio.note else ""),
        }
        for ratio in load_ratios()
    ]  # fmt: skip
    on_time = reference["coverage"]
    rows.append({
        "kind": "ratio", "table": "indicators", "name": on_time["id"], "label_en": on_time["label_en"],
        "label_zh": on_time["label_zh"], "unit": "1 or 0", "note": on_time["note"],
        "blanks": "missing where no report was found or its day of publication is not known",
    })  # fmt: skip
    return rows


@lru_cache(maxsize=1)
def _printed() -> dict[str, dict[str, dict[str, str]]]:
    """Return for each form, in the order they were prescribed, what it prints for each of its indicators."""
    printed: dict[str, dict[str, dict[str, str]]] = {}
    for form in ORDER:
        data = read_reference(form)
        found = printed.setdefault(form, {})
        for table in data["tables"]:
            for block in table.get("blocks", ()):
                for row in block["rows"]:
                    for column in block["columns"]:
                        found[f"{row['id']}.{column['id']}"] = {
                            "label_zh": f"{row['label_zh']}／{column['label_zh']}",
                            "label_en": f"{row['label_en']}: {column['label_en']}", "unit": _unit(column),
                            "legal_basis": f"{data['legal_basis']}; {block['law']}", "note": _doubt(row),
                        }  # fmt: skip
            rows, columns = table.get("rows", ()), table.get("columns", ())
            # Table 4 has one row without a label: there the columns are the indicators.
            items = [row for row in rows if row.get("label_zh")] or list(columns)
            for item in items:
                found[item["id"]] = {
                    "label_zh": item["label_zh"], "label_en": item["label_en"], "unit": _unit(item),
                    "legal_basis": data["legal_basis"], "note": _doubt(item),
                }  # fmt: skip
    return printed


def _unit(item: Mapping[str, Any]) -> str:
    return item.get("unit") or ""


def _doubt(item: Mapping[str, Any]) -> str:
    doubts = [item["note"]] if item.get("note") else []
    if item.get("verification") == "unverified_recall":
        doubts.append("label recalled, not seen printed: figures under it are doubtful")
    return "; ".join(doubts)


def _years(form: str) -> str:
    years = load_forms()[form]
    return f"{years.first_year}-{years.last_year or ''}"


def _by_form(by_form: Mapping[str, Mapping[str, str]], key: str) -> str:
    texts = {form: told[key] for form, told in by_form.items()}
    if len(set(texts.values())) == 1:
        return next(iter(texts.values()))
    forms: dict[str, list[str]] = {}
    for form, text in texts.items():
        forms.setdefault(text, []).append(form)
    return "; ".join(f"{', '.join(held)}: {text}" for text, held in forms.items())


def _joined(texts: Any) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))
