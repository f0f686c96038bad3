"""Figures for a report that add up, with other values in neighbouring cells, so that a shifted reading cannot hide."""

from __future__ import annotations

from typesetting.dice import Dice
from typesetting.forms import cells_of, load_form
from typesetting.invented import true_values

Key = tuple[str, str | None]
APPLICANTS = ("natural_person", "company", "research_inst", "ngo", "legal_service", "other_org")
YEARS = {"sc_2014": 2016, "sc_2019": 2019, "sc_2021": 2022, "pre2014_local": 2012}


def figures(form: str, dice: Dice, sparse: bool) -> dict[Key, str]:
    """Return the printed text of every cell of a form. ``sparse``: every other figure of Table 3 is 0, as in most reports."""
    if form == "sc_2014":
        values = true_values(dice.name, YEARS[form])
        return {k: f"{v / 100:.2f}" if k[0] in ("request_fees", "budget") else str(v) for k, v in values.items()}
    if form == "pre2014_local":
        return _early(dice)
    return _stock(form, dice) | _requests(form, dice, sparse) | _cases(dice)


def _distinct(dice: Dice, low: int, high: int, seen: set[int]) -> int:
    number = dice.other(low, high, *seen)
    seen.add(number)
    return number


def _stock(form: str, dice: Dice) -> dict[Key, str]:
    seen: set[int] = set()
    out: dict[Key, str] = {}
    if form == "sc_2019":
        for row in ("regulations", "normative"):
            made, new = sorted((_distinct(dice, 11, 99, seen), _distinct(dice, 11, 99, seen)), reverse=True)
            total = _distinct(dice, 100, 999, seen)
            out |= {(f"{row}.made_new", None): str(made), (f"{row}.disclosed_new", None): str(new)}
            out[f"{row}.disclosed_total", None] = str(total)
        for row in ("licensing", "other_services", "penalties", "coercion", "admin_fees"):
            out[f"{row}.items_prior_year", None] = str(_distinct(dice, 100, 999, seen))
            change = _distinct(dice, 3, 99, seen)
            out[f"{row}.items_change", None] = str(change if dice(0, 2) else -change)
            if row != "admin_fees":
                out[f"{row}.decisions", None] = str(_distinct(dice, 1000, 9999, seen))
        out["procurement.projects", None] = str(_distinct(dice, 100, 999, seen))
        out["procurement.amount", None] = f"{_distinct(dice, 10_000, 99_999, seen)}.{dice(11, 99)}"
        return out
    for row in ("regulations", "normative"):
        out |= {(f"{row}.{column}", None): str(_distinct(dice, 2, 98, seen)) for column in ("issued", "repealed")}
        out[f"{row}.in_force", None] = str(_distinct(dice, 100, 999, seen))
    for row in ("licensing", "penalties", "coercion"):
        out[f"{row}.decisions", None] = str(_distinct(dice, 1000, 99_999, seen))
    out["admin_fees.amount", None] = f"{_distinct(dice, 1000, 9999, seen)}.{dice(11, 99)}"
    return out


def _requests(form: str, dice: Dice, sparse: bool) -> dict[Key, str]:
    rows = [i for i, a in cells_of(form) if a == "natural_person" and i.startswith("res_") and i != "res_total"]
    values: dict[Key, int] = {}
    seen: set[int] = {0}
    for row in rows:
        for applicant in APPLICANTS:
            values[row, applicant] = 0 if sparse and dice(0, 9) < 6 else _distinct(dice, 1, 999, seen)
    for applicant in APPLICANTS:
        decided = sum(values[row, applicant] for row in rows)
        pending = _distinct(dice, 1, 99, seen)
        carried = dice.other(1, max(4, min(99, decided + pending - 1)), pending)
        values |= {("res_total", applicant): decided, ("req_carried_out", applicant): pending}
        values |= {("req_carried_in", applicant): carried, ("req_new", applicant): decided + pending - carried}
    for row in ("req_new", "req_carried_in", *rows, "res_total", "req_carried_out"):
        values[row, "total"] = sum(values[row, applicant] for applicant in APPLICANTS)
    return {key: str(value) for key, value in values.items()}


def _cases(dice: Dice) -> dict[Key, str]:
    out: dict[Key, str] = {}
    seen: set[int] = set()
    for path in ("review", "lit_direct", "lit_post"):
        parts = [_distinct(dice, 1, 60, seen) for _ in range(4)]
        for outcome, part in zip(("upheld", "corrected", "other", "pending"), parts, strict=True):
            out[f"{path}_{outcome}", None] = str(part)
        out[f"{path}_total", None] = str(sum(parts))
    return out


def _early(dice: Dice) -> dict[Key, str]:
    rows = [row["id"] for row in load_form("pre2014_local")["tables"][0]["rows"]]
    seen: set[int] = set()
    values = {row: _distinct(dice, 2, 999, seen) for row in rows}
    for total, parts in (
        ("e_requests_total", ("e_req_",)),
        ("e_refused_total", ("e_not_", "e_exempt_", "e_unclear", "e_refused_other")),
        ("e_replies_total", ("e_granted_", "e_refused_total")),
    ):
        values[total] = sum(
            v for row, v in values.items() if row.startswith(parts) and row not in (total, "e_exempt_7")
        )
    return {(row, None): str(value) for row, value in values.items() if row not in ("e_exempt_7", "e_duplicate")}
