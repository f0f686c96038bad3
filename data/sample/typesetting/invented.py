"""The invented province's true figures, known by construction.

Every exact identity of the forms holds, carried-out requests are carried in the next year, stocks follow from flows, and
the city's figures are the sum over its districts and its own level. Neighbouring cells differ, so that a reading that is
one row or column off cannot pass. What a report prints otherwise on purpose is in ``CONTRADICTIONS`` and nowhere else.
Amounts are kept in hundredths.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from .dice import Dice
from .forms import cells_of, load_form
from .province import CITY, CREATED, DISTRICTS, INTO, MERGED, OFFICE_YEARS, PLACES

Values = dict[tuple[str, str | None], int]
APPLICANTS = ("natural_person", "company", "research_inst", "ngo", "legal_service", "other_org")
RANGES = {"natural_person": (18, 96), "company": (3, 29), "legal_service": (2, 17)}
CENTS = ("amount", "budget", "request_fees")  # printed with two decimals
ITEMS = ("licensing", "other_services", "penalties", "coercion", "admin_fees")


@dataclass(frozen=True)
class Contradiction:
    """Cells that a report prints otherwise than they are, and the identities that break by it."""

    code: str
    year: int
    version: int
    changed: dict[tuple[str, str | None], int]  # added to the true value
    broken: tuple[tuple[str, str], ...]  # identity, operand
    why: str


CONTRADICTIONS = (
    Contradiction(
        "990102",
        2021,
        1,
        {("res_granted_full", "company"): 2},
        (("t3_outcome_sum_2021", "company"), ("t3_row_total_2021", "res_granted_full")),
        "the first version misprints one cell; the replacement of 2022-06-15 corrects it",
    ),
    Contradiction(
        "990106",
        2022,
        1,
        {("res_total", "natural_person"): 3},
        (
            ("t3_balance_2021", "natural_person"),
            ("t3_outcome_sum_2021", "natural_person"),
            ("t3_row_total_2021", "res_total"),
        ),
        "the total of results is printed 3 too high, as on a real report of 2019",
    ),
    Contradiction(
        "990104",
        2023,
        1,
        {("review_total", None): -10_000},
        (("t4_review_2021", ""),),
        "the total of reviews is printed 0 beside its parts, as on a real report of 2023",
    ),
    Contradiction(
        "990103",
        2023,
        1,
        {
            ("req_carried_in", "natural_person"): -2,
            ("req_carried_in", "total"): -2,
            ("req_new", "natural_person"): 2,
            ("req_new", "total"): 2,
        },
        (),
        "carried in is 2 less than was carried out of 2022 (t3_carry_2021, usual); the report itself adds up",
    ),
)


def form_of(year: int) -> str:
    return "sc_2014" if year <= 2018 else "sc_2019" if year <= 2020 else "sc_2021"


def printed_values(code: str, year: int, version: int = 1, office: bool = False) -> Values:
    """Return a report's values as it prints them: the true ones but for its contradiction, if it has one."""
    values = dict(true_values(code, year, office))
    for one in CONTRADICTIONS:
        if (one.code, one.year, one.version) == (code, year, version) and not office:
            for cell, step in one.changed.items():
                values[cell] = max(values[cell] + step, 0)
    return values


def true_values(key: str, year: int, office: bool = False) -> Values:
    """Return the figures of a place (by its key), or of the city's general office, for a year."""
    if office:
        return _figures("office", year)
    if key == CITY:
        parts = [place.key for place in DISTRICTS if place.first <= year <= place.last]
        return _sum([_figures("own level", year), *(_figures(part, year) for part in parts)])
    return _figures(key, year)


@cache
def _figures(key: str, year: int) -> Values:
    dice = Dice("figures", key, year)
    if form_of(year) == "sc_2014":
        return _list_figures(dice)
    before = _figures(key, year - 1) if year > 2019 else {}
    if key == INTO and year == 2021:  # the merged district's pending requests move with it
        before = _sum([before, _figures(MERGED, 2020)])
    stock = _stock_2019 if year <= 2020 else _stock_2021
    return stock(dice, before, key) | _request_figures(dice, before, year, key) | _case_figures(dice)


def _sum(parts: Iterable[Values]) -> Values:
    total: Values = {}
    for part in parts:
        for cell, number in part.items():
            total[cell] = total.get(cell, 0) + number
    return total


def _request_figures(dice: Dice, before: Values, year: int, key: str) -> Values:
    form = form_of(year)
    rows = [i for i, a in cells_of(form) if a == "natural_person" and i.startswith("res_") and i != "res_total"]
    values: Values = {}
    for applicant_number, applicant in enumerate(APPLICANTS):
        low, high = RANGES.get(applicant, (1, 12))
        above = -1
        for row in rows:
            left = values[row, APPLICANTS[applicant_number - 1]] if applicant_number else -1
            scale = 4 if row == "res_granted_full" else 1
            number = (
                0 if dice(1, 12) == 1 and 0 not in (above, left) else dice.other(low * scale, high * scale, above, left)
            )
            values[row, applicant] = above = number
        decided = sum(values[row, applicant] for row in rows)
        fresh = year == 2019 and key == CREATED
        first = 0 if fresh else dice.other(1, 9, above)
        carried_in = before.get(("req_carried_out", applicant), first)
        values["res_total", applicant] = decided
        values["req_carried_in", applicant] = carried_in
        values["req_carried_out", applicant] = dice.other(2, 14, carried_in, decided)
        values["req_new", applicant] = decided + values["req_carried_out", applicant] - carried_in
    for row in ("req_new", "req_carried_in", *rows, "res_total", "req_carried_out"):
        values[row, "total"] = sum(values[row, applicant] for applicant in APPLICANTS)
    return values


def _case_figures(dice: Dice) -> Values:
    values: Values = {}
    last = -1
    for path in ("review", "lit_direct", "lit_post"):
        parts = []
        for outcome in ("upheld", "corrected", "other", "pending"):
            last = dice.other(0 if outcome != "upheld" else 4, 15, last)
            values[f"{path}_{outcome}", None] = last
            parts.append(last)
        values[f"{path}_total", None] = last = sum(parts)
    return values


def _stock_2019(dice: Dice, before: Values, key: str) -> Values:
    values: Values = {}
    for row in ("regulations", "normative"):
        rules = row == "regulations" and key != "own level"  # only cities and above make rules (规章)
        made = 0 if rules else dice(5, 19)
        new = 0 if rules else made - dice(1, 4)
        first = 0 if rules else dice(80, 240)
        values |= {
            (f"{row}.made_new", None): made,
            (f"{row}.disclosed_new", None): new,
            (f"{row}.disclosed_total", None): before.get((f"{row}.disclosed_total", None), first) + new,
        }
    for row in ITEMS:
        prior = (
            before[f"{row}.items_prior_year", None] + before[f"{row}.items_change", None] if before else dice(120, 890)
        )
        values[f"{row}.items_prior_year", None] = prior
        values[f"{row}.items_change", None] = dice(3, 40) * (1 if dice(0, 2) else -1)
        if row != "admin_fees":
            values[f"{row}.decisions", None] = dice(900, 9800)
    values["procurement.projects", None] = dice(21, 640)
    values["procurement.amount", None] = dice(100_000, 9_000_000)
    return values


def _stock_2021(dice: Dice, before: Values, key: str) -> Values:
    values: Values = {}
    for row in ("regulations", "normative"):
        rules = row == "regulations" and key != "own level"
        issued, repealed = (0, 0) if rules else (dice(7, 15), dice(1, 6))
        # The first year of the form: what is in force is no continuation of what was disclosed under the old one.
        standing = before.get((f"{row}.in_force", None), 0 if rules else dice(60, 190))
        values |= {
            (f"{row}.issued", None): issued,
            (f"{row}.repealed", None): repealed,
            (f"{row}.in_force", None): standing + issued - repealed,
        }
    for row in ("licensing", "penalties", "coercion"):
        values[f"{row}.decisions", None] = dice(900, 39_800)
    values["admin_fees.amount", None] = dice(100_000, 9_000_000)
    return values


def _list_figures(dice: Dice) -> Values:
    values: dict[str, int] = {}
    channels = ("gazette", "website", "weibo", "wechat", "other")
    last = -1
    for number, channel in enumerate(channels):
        values[f"channel_{channel}"] = last = dice.other(*((2900, 6900) if number == 1 else (110, 980)), last)
    values["proactive_total"] = values["channel_website"] + dice(20, 100)
    values["normative_disclosed"] = dice(12, 40)
    values["normative_issued"] = values["normative_disclosed"] + dice(1, 9)
    values["hot_topics_answered"] = dice(40, 90)
    for name, most in (("press_conf", 29), ("online_interview", 31)):
        values[f"{name}_total"] = dice(14, most)
        values[f"{name}_head"] = dice(2, 12)
    values["policy_explainers"], values["weibo_wechat_responses"], values["other_responses"] = (
        dice(60, 99),
        dice(32, 58),
        dice(3, 30),
    )
    for name, low, high in (("in_person", 10, 39), ("fax", 1, 9), ("online", 110, 390), ("letter", 41, 99)):
        values[f"req_{name}"] = dice(low, high)
    values["requests_received"] = sum(values[f"req_{n}"] for n in ("in_person", "fax", "online", "letter"))
    reasons = ("state_secret", "commercial_secret", "privacy", "security_stability", "not_gov_info", "other_law")
    last = -1
    for reason in reasons:
        values[f"refused_{reason}"] = last = dice.other(0, 9, last)
    values["refused_total"] = sum(values[f"refused_{reason}"] for reason in reasons)
    for row, low, high in (
        ("already_public", 12, 29),
        ("granted_part", 3, 11),
        ("not_this_agency", 30, 41),
        ("not_exist", 12, 29),
        ("asked_to_clarify", 3, 11),
        ("redirected", 12, 22),
    ):
        values[row] = dice(low, high)
    rest = sum(
        values[row]
        for row in (
            "already_public",
            "granted_part",
            "refused_total",
            "not_this_agency",
            "not_exist",
            "asked_to_clarify",
            "redirected",
        )
    )
    # One in forty is still open at the end of the year.
    values["requests_closed"] = values["replies_total"] = max(values["requests_received"] * 39 // 40, rest + 20)
    values["granted_full"] = values["replies_total"] - rest
    values["closed_extended"] = dice(2, 14)
    values["closed_on_time"] = values["requests_closed"] - values["closed_extended"]
    for name in ("review", "litigation"):
        last = -1
        for outcome in ("upheld", "corrected", "other"):
            values[f"{name}_{outcome}"] = last = dice.other(0 if outcome != "upheld" else 4, 12, last)
        values[f"{name}_total"] = sum(values[f"{name}_{outcome}"] for outcome in ("upheld", "corrected", "other"))
    values["complaints_total"] = dice(1, 3)
    values["request_fees"] = dice(10, 480)
    values["dedicated_offices"], values["reading_points"] = dice(4, 19), dice(21, 44)
    values["staff_full_time"], values["staff_part_time"] = dice(3, 19), dice(25, 88)
    values["staff_total"] = values["staff_full_time"] + values["staff_part_time"]
    values["budget"] = dice(2_000, 60_000)
    values["meetings"], values["training_sessions"], values["trained_persons"] = dice(2, 6), dice(7, 15), dice(160, 990)
    order = [row["id"] for row in load_form("sc_2014")["tables"][0]["rows"] if not row.get("heading")]
    return {(row, None): values[row] for row in order}


def all_reports() -> list[tuple[str, int, bool]]:
    """Return (key, year, office) of every report that exists, published or not."""
    own = [(place.key, year, False) for place in PLACES for year in range(place.first, place.last + 1)]
    return own + [(CITY, year, True) for year in OFFICE_YEARS]
