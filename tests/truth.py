"""What the invented province's panel must be: worked out from ``data/sample/truth`` and the crosswalk's own words.

It shares no code with ``transform/``: the expressions of crosswalk.json are evaluated here as they are written.
"""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FORMS = ROOT / "data" / "reference" / "forms"
TRUTH = ROOT / "data" / "sample" / "truth"
STEPS = ("pre2014_to_2014", "sc_2014_to_2019", "sc_2019_to_2021")
FORM_ORDER = ("pre2014_local", "sc_2014", "sc_2019", "sc_2021")
FIRST_YEAR = {"pre2014_local": "2008", "sc_2014": "2014", "sc_2019": "2019", "sc_2021": "2021"}
APPLICANTS = ("natural_person", "company", "research_inst", "ngo", "legal_service", "other_org", "total")
MONEY = {"亿元": 100_000_000.0, "万元": 10_000.0, "元": 1.0}


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one file of the truth."""
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def true_panel() -> dict[tuple[str, int], dict[str, float | None]]:
    """Return for each government's current report (unit_id, year) every concept the report has a value of."""
    current = {
        (r["unit_id"], int(r["year"]), r["version"]): r["form"]
        for r in rows("reports")
        if r["subject_kind"] == "government" and r["is_current"] == "true"
    }
    units = {(r["jurisdiction_code"], r["year"]): r["unit_id"] for r in rows("reports")}
    cells: dict[tuple[str, int], dict[str, float | None]] = {}
    for path in sorted(TRUTH.glob("cells-*.csv")):
        for row in rows(path.stem):
            unit = units[row["jurisdiction_code"], row["year"]]
            if row["subject_kind"] == "government" and (unit, int(row["year"]), row["version"]) in current:
                name = f"{row['indicator']}[{row['applicant']}]" if row["applicant"] else row["indicator"]
                printed = re.search(r"(亿元|万元|元)$", row["value_text"])
                factor = MONEY[printed[1]] if printed else factors(row["form"]).get(row["indicator"], 1.0)
                value = float(row["value"]) if row["value"] and factor else None
                cells.setdefault((unit, int(row["year"])), {})[name] = (
                    None if value is None else round(value * factor, 6)
                )
    forms = {key[:2]: form for key, form in current.items()}
    return {key: concepts(forms[key], of_report) for key, of_report in cells.items()}


def concepts(form: str, cells: dict[str, float | None]) -> dict[str, float | None]:
    """Return every concept one report gives, under the name of its column."""
    out: dict[str, float | None] = {}
    seen: set[str] = set()
    for entry in crosswalk():
        expression = entry["maps"].get(form)
        if not expression:
            continue
        suffix = (
            "" if len(series := split(entry)) == 1 else next(f"_{s}" for s, forms in series.items() if form in forms)
        )
        for name, text in pieces(entry.get("column", entry["id"]), expression, entry["maps"], cells):
            values = [evaluate(way, cells) for way in text.split("|")]
            told = [v for v in values if v is not None]
            # The items of fees are one of the rows of "each row" and a concept of their own.
            if text not in seen:
                out[name + suffix] = told[0] if told else None
            seen.add(text)
    return out


@cache
def crosswalk() -> list[dict[str, Any]]:
    return json.loads((FORMS / "crosswalk.json").read_text(encoding="utf-8"))["crosswalk"]


def split(entry: dict[str, Any]) -> dict[str, list[str]]:
    """Return the forms of each series of a concept; a break, or a form without it, begins a new one."""
    series: list[list[str]] = []
    whole = False
    for n, form in enumerate(FORM_ORDER):
        grade = entry["comparability"][STEPS[n - 1]] if n else "break"
        if grade in ("break", "not_available"):
            whole = False
        if entry["maps"].get(form):
            if not whole:
                series.append([])
            series[-1].append(form)
            whole = True
    return {FIRST_YEAR[next((f for f in s if f != "pre2014_local"), s[0])]: s for s in series}


def pieces(
    concept: str, expression: str, maps: dict[str, str], cells: dict[str, float | None]
) -> list[tuple[str, str]]:
    """Return (column, expression) for each concept that one expression keeps apart."""
    if "[c]" in expression:
        row = expression.removesuffix("[c]")
        return [(f"{row}_{c}", f"{row}[{c}]") for c in APPLICANTS if c != "total"]
    if "x." in expression:
        column = expression.split(" ")[0].removeprefix("x.")
        stem = column.partition("_")[0]
        return [
            (f"{c.split('.')[0]}_{stem}", expression.replace("x.", f"{c.split('.')[0]}."))
            for c in cells
            if c.endswith(f".{column}")
        ]
    if any("," in (m or "") for m in maps.values()):
        return [(p.strip().removeprefix("e_").replace(".", "_"), p) for p in expression.split(",")]
    return [(concept, expression)]


def evaluate(expression: str, cells: dict[str, float | None]) -> float | None:
    """Return a sum or difference of cells; None where one is blank or not printed."""
    total = 0.0
    for sign, name in re.findall(r"([+-]?)\s*([a-z_0-9.]+(?:\[[a-z_]+\])?)", expression):
        value = cells.get(name)
        if value is None:
            return None
        total += -value if sign == "-" else value
    return round(total, 6)


@cache
def factors(form: str) -> dict[str, float]:
    """Return for each indicator with a unit of money what makes it 元; 0 where the form names no unit."""
    out: dict[str, float] = {}
    for table in json.loads((FORMS / f"{form}.json").read_text(encoding="utf-8"))["tables"]:
        items = [(f"{r['id']}.{c['id']}", c) for b in table.get("blocks", ()) for r in b["rows"] for c in b["columns"]]
        for name, item in [*items, *((r["id"], r) for r in table.get("rows", ()))]:
            out[name] = MONEY.get(item.get("unit") or "", 0.0 if item.get("unit_note") else 1.0)
    return out
