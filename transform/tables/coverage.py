"""Coverage: who had to report on which year, when, and what came of looking for it.

In: every Record of the archive and the rows of ``reports``. Out: the rows of the contract's coverage table. The one thing
to know: a report is only ``not_found`` where a list that could have named it was read after the report was due; a portal
that was closed, silent or never asked leaves its years open, each with its own word, and nothing here reads a clock. That
a report was never made (``stated_missing``) no crawl can find out: the body must have said so, in the title of its own
list entry or in a statement that a person has entered in data/reference/statements.csv.
Rules: Order 492, Art. 31 (years to 2018) and Order 711, Art. 49 (from 2019), both in data/reference/forms/codebook.json.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from extract.record import Record
from transform.forms.reference import read_reference
from transform.places.jurisdictions import Unit, all_units, unit_in_year, unit_of_code, unit_of_todays_code
from transform.tables.statements import Statement, load_statements

# Order 492 and Order 711 are no law in Hong Kong, Macao and Taiwan; islands without a government of their own can't report.
_OUTSIDE = ("71", "81", "82")
_STATED = re.compile(r"未编制|未发布|未公布|未公开|无年报|没有年报|无报告|缺失|暂缺")
_CLOSED = {
    "gated": "gated",
    "geo_blocked": "unreachable",
    "error": "unreachable",
    "truncated": "unreachable",
    "moved": "unreachable",
    "not_yet": "unreachable",
}
_READ = ("read", "partly_read", "narrative")


@dataclass(frozen=True)
class _Rule:
    text: str
    first: int
    last: int
    month: int
    day: int


def coverage_rows(
    records: Iterable[Record],
    reports: Iterable[Mapping[str, Any]],
    *,
    years: Sequence[int] | None = None,
    everyone: bool = False,
    statements: Sequence[Statement] | None = None,
) -> list[dict[str, Any]]:
    """Return one row per unit and year, sorted, with the columns of the contract's coverage table.

    ``reports`` are rows of the reports table, all versions (report_id, unit_id, year, subject_kind, attribution, the evidence of all three,
    status, reason, published_on): a report replaced in June was still on time in March. Units are those whose portal was tried and those
    of which a report was found; with ``everyone`` every unit that had to report as well, as always in the invented
    province. ``years`` default to the span of the years that links and reports name. A unit has rows for the years
    in which it was, and for any other year of which a report of it was found. ``statements`` are those of the reviewed
    file; one counts from the day it was made, and for units that have rows.
    """
    attempts = _attempts(records)
    given = load_statements() if statements is None else statements
    by_unit: dict[str, list[Record]] = defaultdict(list)
    found: dict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for report in reports:
        if report.get("unit_id") and report.get("year") is not None:
            found[report["unit_id"], report["year"]].append(report)
    span = _years(years, attempts, found)
    for record in attempts:
        for unit_id in {_unit_of(record, year) for year in span}:
            if unit_id:
                by_unit[unit_id].append(record)
    as_of = max((record.retrieved_at[:10] for record in attempts), default="")
    stated = {(_unit_of_code(s.jurisdiction_code, s.year), s.year): s for s in given if s.stated_on <= as_of}
    units = set(by_unit) | {unit_id for unit_id, _ in found}
    rows = []
    for unit_id, year in _pairs(units, span, set(found), everyone):
        tried = [r for r in by_unit.get(unit_id, ()) if _concerns(r, year)]
        rows.append(_row(unit_id, year, found.get((unit_id, year), []), tried, as_of, stated.get((unit_id, year))))
    return rows


def publication_rule(year: int) -> tuple[str, date] | None:
    """Return the rule under which a government had to publish its report on a year, and the last day; None before 2008."""
    for rule in _rules():
        if rule.first <= year <= rule.last:
            return rule.text, date(year + 1, rule.month, rule.day)
    return None


def is_expected(unit: Unit, year: int) -> bool:
    """True where a unit's government had to report on a year: it was there at the year's end, has a code, and is not an
    island group without a government or a territory outside the Regulation."""
    return (
        unit.code is not None
        and unit.at_end_of(year)
        and unit.code[:2] not in _OUTSIDE
        and unit.kind != "其他"
        and publication_rule(year) is not None
    )


def _row(
    unit_id: str,
    year: int,
    found: list[Mapping[str, Any]],
    tried: list[Record],
    as_of: str,
    stated: Statement | None,
) -> dict[str, Any]:
    unit = _unit(unit_id, year)
    rule = publication_rule(year) if unit is not None and is_expected(unit, year) else None
    due = rule[1].isoformat() if rule else None
    status, evidence, days_late = _status(_own(found, unit), found, tried, due, as_of)
    if stated is not None and status not in ("found", "late") and not _own(found, unit):
        evidence = f"{stated.source_url}: {stated.stated_by}, {stated.stated_on}: {stated.wording}; {evidence}"
        status, days_late = "stated_missing", None
    last = tried[-1] if tried else None
    return {
        "unit_id": unit_id,
        "year": year,
        "expected": rule is not None,
        "rule": rule[0] if rule else None,
        "due_on": due,
        "status": status,
        "evidence": evidence,
        "vantage": last.vantage if last else None,
        "last_tried_at": last.retrieved_at if last else None,
        "days_late": days_late,
    }


def _own(found: list[Mapping[str, Any]], unit: Unit | None) -> list[Mapping[str, Any]]:
    """Return the reports that are the unit's government's own, or the zone's; not those of doubtful attribution."""
    wanted = ("zone", "government") if unit is not None and unit.level == "zone" else ("government",)
    own = (r for r in found if r.get("subject_kind") in wanted and not _is_doubtful(r))
    return sorted(own, key=lambda r: str(r.get("report_id")))


def _may_be_the_governments(report: Mapping[str, Any]) -> bool:
    kind_in_doubt = "; against: " in str(report.get("subject_evidence"))
    return _is_doubtful(report) and (report.get("subject_kind") in ("government", "zone") or kind_in_doubt)


def _evidence_of(report: Mapping[str, Any]) -> str:
    told = (report.get(name) for name in ("unit_evidence", "year_evidence", "subject_evidence"))
    return "; ".join(str(words) for words in told if words)


def _is_doubtful(report: Mapping[str, Any]) -> bool:
    return report.get("attribution") == "doubtful"


def _status(
    own: list[Mapping[str, Any]], found: list[Mapping[str, Any]], tried: list[Record], due: str | None, as_of: str
) -> tuple[str, str, int | None]:
    """Return (status, evidence, days_late)."""
    read = [r for r in own if r.get("status") in _READ]
    if read:
        days = sorted(str(r["published_on"]) for r in read if r.get("published_on"))
        name = read[0].get("report_id")
        if not days or due is None:
            return (
                "found",
                f"report {name}; " + (f"published {days[0]}" if days else "day of publication not told"),
                None,
            )
        late = (date.fromisoformat(days[0]) - date.fromisoformat(due)).days
        return ("late" if late > 0 else "found"), f"report {name}; published {days[0]}", max(late, 0)
    if own:
        told = f"report {own[0].get('report_id')}: {own[0].get('reason') or own[0].get('status')}"
        # Its tables may stand in a file that could not be had.
        lost = [r for r in _last_by_address(r for r in tried if r.kind == "attachment") if r.outcome != "ok"]
        return "unreadable", "; ".join([told, *(f"not fetched: {_said(r)}" for r in lost)]), None
    claims = sorted((r for r in found if _may_be_the_governments(r)), key=lambda r: str(r.get("report_id")))
    if claims:
        # Found, and not attributed: its evidence disagrees, or another document claims the same row.
        claimed = [f"report {r.get('report_id')}: {_evidence_of(r)}" for r in claims]
        return "not_attributed", "; ".join(claimed), None
    others = sorted({str(r.get("subject_kind")) for r in found})
    status, evidence = _missing(tried, due, others_found=bool(others))
    if others:
        evidence += f"; found of this year: report of {', '.join(others)}"
    if due is not None and as_of and as_of <= due and status in ("not_found", "not_tried"):
        return "not_due", f"due {due}, last attempt {as_of}", None
    return status, evidence, None


def _missing(tried: list[Record], due: str | None, *, others_found: bool) -> tuple[str, str]:
    """Say why there is no report: what the last attempt on its own page, else on the lists, brought."""
    pages = _last_by_address(r for r in tried if r.kind in ("report", "attachment"))
    for record in pages:
        if record.link_title and _STATED.search(record.link_title):
            return "stated_missing", f"{record.url}: {record.link_title}"
    for record in pages:
        if record.outcome in _CLOSED:
            return _CLOSED[record.outcome], _said(record)
    for record in pages:
        if record.outcome == "ok" and not others_found:
            return "unreadable", f"{record.url}: fetched, but no report of the government was read from it"
    gone = [record for record in pages if record.outcome != "ok"]
    if gone:
        return "not_found", f"listed, but {_said(gone[-1])}"
    lists = _last_by_address((r for r in tried if r.kind == "list"), due)
    if not lists:
        return "not_tried", "no list page of this unit was asked for"
    for record in lists:
        if record.outcome not in ("ok", "empty_list"):
            # A list page that isn't there says nothing about the reports.
            return _CLOSED.get(record.outcome, "unreachable"), _said(record)
    empty = next((r for r in lists if r.outcome == "empty_list"), None)
    return "not_found", _said(empty) if empty else f"not on the list {lists[0].url}"


def _last_by_address(records: Iterable[Record], due: str | None = None) -> list[Record]:
    """Return the last attempt on each address; one that succeeded after the due day stands, whatever came later."""
    last: dict[str, Record] = {}
    for record in records:
        held = last.get(record.url)
        conclusive = due is not None and held is not None and held.outcome == "ok" and held.retrieved_at[:10] > due
        if not (conclusive and record.outcome != "ok"):
            last[record.url] = record
    return [last[url] for url in sorted(last)]


def _said(record: Record) -> str:
    status = f" {record.http_status}" if record.http_status else ""
    return f"{record.url}: {record.outcome}{status}" + (f" ({record.reason})" if record.reason else "")


def _attempts(records: Iterable[Record]) -> list[Record]:
    asked = [r for r in records if r.kind in ("list", "report", "attachment") and r.jurisdiction_code]
    return sorted(asked, key=lambda r: (r.retrieved_at, r.url))


def _concerns(record: Record, year: int) -> bool:
    return record.kind == "list" or record.link_year == year


def _years(years: Sequence[int] | None, attempts: list[Record], found: Mapping[tuple[str, int], Any]) -> list[int]:
    if years is not None:
        return sorted(set(years))
    named = {r.link_year for r in attempts if r.link_year} | {year for _, year in found}
    return list(range(min(named), max(named) + 1)) if named else []


def _pairs(units: set[str], span: Sequence[int], found: set[tuple[str, int]], everyone: bool) -> list[tuple[str, int]]:
    pairs = {(unit_id, year) for unit_id, year in found if year in span}
    for unit_id in units:
        for year in span:
            unit = _unit(unit_id, year)
            if unit is not None and (unit.code is None or unit.at_end_of(year)):
                pairs.add((unit_id, year))
    asked = all_units() if everyone else ()
    invented = all_units(synthetic=True) if any(unit_id.startswith("CN-99") for unit_id in units) else ()
    pairs |= {(unit.unit_id, year) for unit in (*asked, *invented) for year in span if is_expected(unit, year)}
    return sorted(pairs)


def _unit_of(record: Record, year: int) -> str | None:
    """Return the unit of a portal in a year; portals bear the codes of today."""
    code = record.jurisdiction_code or ""
    synthetic = record.synthetic or code.startswith("99")
    unit = unit_of_todays_code(code, year, synthetic=synthetic) or unit_of_todays_code(code, None, synthetic=synthetic)
    return unit.unit_id if unit else None


def _unit_of_code(code: str, year: int, *, synthetic: bool = False) -> str | None:
    synthetic = synthetic or code.startswith("99")
    unit = unit_of_code(code, year, synthetic=synthetic) or unit_of_code(code, None, synthetic=synthetic)
    return unit.unit_id if unit else None


def _unit(unit_id: str, year: int) -> Unit | None:
    return unit_in_year(unit_id, year, synthetic=unit_id.startswith("CN-99"))


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    """Read the rules for governments from the codebook: who, until when, for which report years, by which article."""
    rules = []
    for entry in read_reference("codebook")["publication"]:
        if rule := entry["governments"]:
            month, day = map(int, rule["due"].split("-"))
            rules.append(_Rule(entry["law"], rule["first_year"], rule["last_year"] or 9999, month, day))
    return tuple(rules)
