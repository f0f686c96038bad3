"""codebook.csv: one row per column of a table, per concept of the panel, per indicator, identity, ratio and value of a flag.

Made from the schemas, the form data, the crosswalk and the figures; nothing in it is written twice by hand.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from publish.codebook.printed import concept_labels, concept_zh, printed
from publish.codebook.shares import Share, told_by_year
from publish.schema.safe_text import safe_text
from publish.schema.schemas import PANELS, SCHEMA_VERSION, TableSchema
from publish.schema.words import column_zh, missing_words, prose_words, value_words
from transform.forms.crosswalk import ORDER, PanelColumn, panel_columns
from transform.forms.form import load_forms
from transform.forms.reference import read_reference
from transform.panel.indicators import load_ratios

FIELDS = (
    "kind",
    "table",
    "name",
    "label_en",
    "label_zh",
    "unit",
    "legal_basis",
    "forms",
    "years",
    "comparability",
    "blanks",
    "summing",
    "missing_by_year",
    "confirmed_by_year",
    "consistent_by_year",
    "note",
    "schema_version",
)
_BLANK_FIGURE = "a blank, a slash or 无 is kept as its status and has no value; a row not printed gives no observation"
_BLANK_TOLD = "what no sentence tells gives no observation"
_TOLD = "form narrative: told in a sentence (source prose), where no table of the report gives it; never confirmed, never in the panel"
_BLANK_CONCEPT = "a blank stays missing; a sum with a missing part is missing; never read a missing value as zero"
_NEVER_SUM = "never sum across levels: a report of scope region holds the figures of the units below it"
_NEVER_MEAN = "never average: add numerators and denominators of rows that have both, of one level"


def write_codebook(directory: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write ``codebook.csv`` (UTF-8 with a byte order mark) from the rows of ``codebook_rows``."""
    with (directory / "codebook.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        for row in rows:
            writer.writerow({field: safe_text(text) for field, text in row.items()})


def codebook_rows(schemas: Mapping[str, TableSchema], found: list[Share] | None = None) -> list[dict[str, str]]:
    """Return the rows, each with all ``FIELDS``: columns by table, indicators by form, identities, ratios, values of flags.

    ``found`` are the counts of ``publish/codebook/shares.py``; without them the shares by year stay empty.
    """
    rows = list(_columns(schemas))
    if "observations" in schemas:
        rows += _indicators()
    if "checks" in schemas:
        rows += _identities()
    if "indicators" in schemas:
        rows += _ratios()
    rows += _values(schemas)
    told = told_by_year(found or [])
    blank = dict.fromkeys(FIELDS, "") | {"schema_version": SCHEMA_VERSION}
    return [blank | row | told.get((row["kind"], row["table"], row["name"]), {}) for row in rows]


def _columns(schemas: Mapping[str, TableSchema]) -> Iterator[dict[str, str]]:
    concepts = {c.name: c for c in panel_columns()}
    for name, schema in sorted(schemas.items()):
        for column in schema.columns:
            if name in PANELS and column.name in concepts:
                yield _concept(name, concepts[column.name])
                continue
            values = f" One of: {', '.join(column.allowed)}." if column.allowed else ""
            yield {
                "kind": "column",
                "table": name,
                "name": column.name,
                "label_en": column.description + values,
                "label_zh": (concept_zh(column.name) if name in PANELS else "") or column_zh(column.name),
                "blanks": "null where unknown or not applicable" if column.nullable else "never null",
            }


def _concept(table: str, column: PanelColumn) -> dict[str, str]:
    return {
        "kind": "concept",
        "table": table,
        "name": column.name,
        "label_en": column.label_en,
        "label_zh": "; ".join(f"{form}: {label}" for form, label in concept_labels(column).items()),
        "unit": column.unit or "not fixed by the form",
        "legal_basis": _joined(load_forms()[form].legal_basis for form in column.alternatives),
        "forms": "; ".join(column.alternatives),
        "years": _joined(_years(form) for form in column.alternatives),
        "comparability": "; ".join(f"{step}: {grade}" for step, grade in column.comparability),
        "blanks": _BLANK_CONCEPT,
        "summing": _NEVER_SUM,
        "note": "; ".join(
            [f"{form} = {formula}" for form, formula in column.formulas] + ([column.note] if column.note else [])
        ),
    }


def _indicators() -> list[dict[str, str]]:
    merged: dict[str, dict[str, dict[str, str]]] = {}
    for form, indicators in printed().items():
        for name, told in indicators.items():
            merged.setdefault(name, {})[form] = told
    rows = list(_told_in_prose(merged))
    for name, by_form in merged.items():
        rows.append(
            {
                "kind": "indicator",
                "table": "observations",
                "name": name,
                "label_en": _by_form(by_form, "label_en"),
                "label_zh": _by_form(by_form, "label_zh"),
                "unit": _by_form(by_form, "unit"),
                "legal_basis": _joined(t["legal_basis"] for t in by_form.values()),
                "forms": "; ".join(by_form),
                "years": _joined(_years(form) for form in by_form if form != "narrative"),
                "blanks": _BLANK_FIGURE,
                "comparability": "as printed by each form; across forms see the concepts of the panel",
                "summing": _NEVER_SUM,
                "note": _joined(t["note"] for t in by_form.values() if t["note"]),
            }
        )
    return rows


def _told_in_prose(printed_by_form: dict[str, dict[str, dict[str, str]]]) -> Iterator[dict[str, str]]:
    """Yield a row for each figure that is read from sentences and that no form has; the others get ``narrative`` as a form more."""
    words = prose_words()
    for pattern in read_reference("prose")["patterns"]:
        name = pattern["concept"]
        if name in printed_by_form:
            latest = list(printed_by_form[name].values())[-1]
            printed_by_form[name]["narrative"] = latest | {"legal_basis": "", "note": _TOLD}
            continue
        english, chinese, unit = words[name]
        maps = _cells(pattern["maps"])
        yield {
            "kind": "indicator",
            "table": "observations",
            "name": name,
            "label_en": english,
            "label_zh": chinese,
            "unit": unit,
            "forms": "narrative",
            "blanks": _BLANK_TOLD,
            "summing": _NEVER_SUM,
            "comparability": f"as told; what a table gives instead: {maps}" if maps else "as told; no form asks for it",
            "note": _TOLD,
        }


def _identities() -> list[dict[str, str]]:
    reference = read_reference("identities")
    in_prose = [
        {
            "kind": "identity",
            "table": "checks",
            "name": f"text_{pattern['concept']}",
            "label_en": f"the figure told in a sentence == {_cells(pattern['maps'])}",
            "forms": "; ".join(pattern["maps"]),
            "comparability": "usual: text and table may count different things",
            "blanks": "not evaluable where the table is blank",
            "note": "text.NAME among the indicators of the check is the figure in the sentence",
        }
        for pattern in read_reference("prose")["patterns"]
        if pattern["maps"]
    ]
    return in_prose + [
        {
            "kind": "identity",
            "table": "checks",
            "name": i["id"],
            "label_en": i["expr"],
            "forms": i["form"],
            "comparability": reference["identity_status"][i["status"]],
            "blanks": "not evaluable where a term is blank or absent",
            "note": i["note"] or "",
        }
        for i in reference["identities"]
    ]


def _cells(maps: Mapping[str, str]) -> str:
    """Return what a figure in a sentence is compared with, ``form: cells``."""
    return "; ".join(f"{form}: {cells}" for form, cells in maps.items())


def _ratios() -> list[dict[str, str]]:
    reference = read_reference("indicators")
    rows = [
        {
            "kind": "ratio",
            "table": "indicators",
            "name": ratio.id,
            "label_en": ratio.label_en,
            "label_zh": ratio.label_zh,
            "unit": "ratio",
            "forms": "; ".join(form for form in ORDER if form in ratio.forms),
            "years": _joined(_years(form) for form in ORDER if form in ratio.forms),
            "legal_basis": _joined(load_forms()[form].legal_basis for form in ORDER if form in ratio.forms),
            "blanks": "a missing part makes it missing, missing_reason says why",
            "summing": _NEVER_MEAN,
            "comparability": "that of its parts, see the concepts of the panel",
            "note": f"({ratio.numerator}) / ({ratio.denominator})" + (f"; {ratio.note}" if ratio.note else ""),
        }
        for ratio in load_ratios()
    ]
    on_time = reference["coverage"]
    rows.append(
        {
            "kind": "ratio",
            "table": "indicators",
            "name": on_time["id"],
            "label_en": on_time["label_en"],
            "label_zh": on_time["label_zh"],
            "unit": "1 or 0",
            "note": on_time["note"],
            "blanks": "missing where no report was found or its day of publication is not known",
            "summing": _NEVER_MEAN,
        }
    )
    return rows


def _values(schemas: Mapping[str, TableSchema]) -> Iterator[dict[str, str]]:
    """Yield what each value of a column with a fixed set of values means, and Stata's missing values."""
    used: dict[tuple[str, str], list[str]] = {}
    for name, schema in sorted(schemas.items()):
        concepts = (
            {f"{c.name}{flag}" for c in panel_columns() for flag in ("_read", "_ok")} if name in PANELS else set()
        )
        for column in schema.columns:
            for value in column.allowed or () if column.name not in concepts else ():
                used.setdefault((column.name, value), []).append(name)
    for (column_name, value), names in used.items():
        english, chinese = value_words(value)
        yield {
            "kind": "value",
            "table": "; ".join(names),
            "name": f"{column_name}={value}",
            "label_en": english,
            "label_zh": chinese,
            "blanks": "not applicable",
        }
    for letter, (english, chinese) in missing_words().items():
        yield {
            "kind": "missing",
            "table": "exports",
            "name": f".{letter}",
            "label_en": english,
            "label_zh": chinese,
            "blanks": "Stata's missing value in panel.dta and the others",
        }


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
