"""Checks across reports: years of one body, a government against those below it, a change against its peers'.

In: observations, reports and their documents. Out: rows of ``checks`` of severity ``usual`` with several ``report_ids``.
The one thing to know: they are data, not a filter. Every breach has lawful reasons too (mergers, another scope, a late
correction), so none of them sets ``consistency``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from extract.errors import ReferenceDataError
from transform.across_levels import level_checks, level_keys
from transform.across_peers import peer_checks, peer_indicators
from transform.cells import Cell, cells_of_year, current_governments, preference_of
from transform.check_rows import ReportCells, Term, across_row, name_of
from transform.forms import Identity, load_forms, load_identities
from transform.territory import absorbed_in

if TYPE_CHECKING:
    import pyarrow as pa

Report = Mapping[str, Any]
#: Pairs of reports whose cells are in memory at a time.
CHUNK = 2_000
_TERM = re.compile(r"\s*([+-])?\s*([a-z]\w*(?:\.\w+)?)(?:\[(\w+)\])?@t(-1)?\s*")


@dataclass(frozen=True)
class _Part:
    """One term of an identity over two years: its sign, its cell, and whether it is of the year before."""

    sign: int
    indicator: str
    applicant: str | None
    before: bool


@dataclass(frozen=True)
class _Rule:
    identity: str
    form: str
    applicant: str | None
    left: tuple[_Part, ...]
    right: tuple[_Part, ...]


@dataclass(frozen=True)
class _Pair:
    """A report and those of the year before whose stock it took over: its own body's, and of units merged into it."""

    report: Report
    before: tuple[Report, ...]


def across_checks(
    observations: pa.Table, reports: Sequence[Report], report_documents: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the checks over several reports, sorted by check_id; current versions only."""
    governments = [report for report, _ in current_governments(reports)]
    load = _loader(observations, report_documents)
    rows = [row for year in years_of(reports) for row in _of_year(year, reports, governments, load)]
    return sorted(rows, key=lambda row: row["check_id"])


def across_checks_of_year(
    year: int, observations: pa.Table, reports: Sequence[Report], report_documents: Iterable[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the checks of reports on one year, which ``across_checks`` gives sorted for all years.

    The tables need hold no more than that year and the one before, and of observations the ``indicators_compared``.
    """
    governments = [report for report, _ in current_governments(reports)]
    yield from _of_year(year, reports, governments, _loader(observations, report_documents))


def years_of(reports: Iterable[Report]) -> list[int]:
    """Return the years that reports are on."""
    return sorted({report["year"] for report in reports if report["year"] is not None})


@lru_cache(maxsize=1)
def indicators_compared() -> frozenset[str]:
    """Return the indicators that any check over several reports needs."""
    over_years = {part.indicator for rule in _rules() for part in (*rule.left, *rule.right)}
    return frozenset(over_years | {indicator for indicator, _ in level_keys()} | {*peer_indicators()})


def _of_year(year: int, reports: Sequence[Report], governments: Sequence[Report], load: Any) -> Iterator[dict[str, Any]]:
    near = [report for report in governments if report["year"] in (year - 1, year)]
    for pairs in _chunks(_pairs(year, [r for r in reports if r["year"] in (year - 1, year)], near)):
        yield from _year_checks(pairs, load)
    yield from level_checks([report for report in near if report["year"] == year], load)
    yield from peer_checks(year, near, load)


def _loader(observations: pa.Table, report_documents: Iterable[Mapping[str, Any]]) -> Any:
    preference = preference_of(report_documents)

    def load(year: int, of: Iterable[Report], indicators: frozenset[str]) -> ReportCells:
        found = cells_of_year(observations, year, {r["report_id"] for r in of}, preference, indicators)
        return {report_id: {(i, a): cell for (_, i, a), cell in cells.items()} for report_id, cells in found.items()}

    return load


def _pairs(year: int, reports: Sequence[Report], governments: Sequence[Report]) -> list[_Pair]:
    """Return the reports on a year that have one to compare with."""
    pairs: list[_Pair] = []
    by_place = {(r["unit_id"], r["year"]): r for r in governments}
    for report in governments:
        if report["year"] != year:
            continue
        merged = absorbed_in(report["unit_id"], year, synthetic=report["synthetic"])
        bodies = [report["unit_id"], *merged]
        before = [by_place.get((unit, year - 1)) for unit in bodies]
        # A merged unit that still reports on the year itself keeps its stock.
        if all(before) and not any((unit, year) in by_place for unit in merged):
            pairs.append(_Pair(report, tuple(r for r in before if r is not None)))
    others = {r["report_id"]: r for r in reports if r["is_current"] and r["subject_kind"] != "government" and r["unit_id"]}
    for report in others.values():
        stem = report["report_id"].rpartition("/")[0]
        earlier = others.get(f"{stem}/{year - 1}")
        if report["year"] == year and earlier is not None and earlier["subject_kind"] == report["subject_kind"]:
            pairs.append(_Pair(report, (earlier,)))
    return pairs


def _chunks(pairs: Sequence[_Pair]) -> Iterator[list[_Pair]]:
    ordered = sorted(pairs, key=lambda pair: pair.report["report_id"])
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _year_checks(pairs: Sequence[_Pair], load: Any) -> Iterator[dict[str, Any]]:
    year = pairs[0].report["year"]
    wanted = frozenset(part.indicator for rule in _rules() for part in (*rule.left, *rule.right))
    now = load(year, [pair.report for pair in pairs], wanted)
    before = load(year - 1, [r for pair in pairs for r in pair.before], wanted)
    for pair in pairs:
        for rule in _rules():
            row = _evaluate(rule, pair, now, before)
            if row is not None:
                yield row


def _evaluate(rule: _Rule, pair: _Pair, now: ReportCells, before: ReportCells) -> dict[str, Any] | None:
    """Return the row; None where a report's form has no such cell or prints none of them."""
    if pair.report["form"] != rule.form:
        return None
    sides = [list(_terms(side, pair, now, before)) for side in (rule.left, rule.right)]
    terms = [term for _, term in (*sides[0], *sides[1])]
    printed = {term.report["report_id"] for term in terms if term.cell is not None}
    if printed != {term.report["report_id"] for term in terms}:
        return None
    left, right = (_sum(side) for side in sides)
    return across_row(rule.identity, "==", rule.applicant, left, right, terms)


def _terms(
    side: Sequence[_Part], pair: _Pair, now: ReportCells, before: ReportCells
) -> Iterator[tuple[int, Term]]:
    for part in side:
        for report in pair.before if part.before else (pair.report,):
            cell = (before if part.before else now).get(report["report_id"], {}).get((part.indicator, part.applicant))
            yield part.sign, Term(report, name_of(part.indicator, part.applicant), cell)


def _sum(side: Sequence[tuple[int, Term]]) -> float | None:
    values = [(sign, term.cell.printed if isinstance(term.cell, Cell) else None) for sign, term in side]
    known = [sign * value for sign, value in values if value is not None]
    return round(sum(known), 6) + 0.0 if len(known) == len(values) else None


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    """Return the identities over two years of one body, each spread over its applicants or rows."""
    return tuple(
        rule for i in load_identities() if i.scope == "across_years" and i.form in load_forms() for rule in _spread(i)
    )


def _spread(identity: Identity) -> Iterator[_Rule]:
    letter, values = identity.for_each or ("", ("",))
    left, operator, right = identity.expression.partition("==")
    if not operator:
        raise ReferenceDataError(f"identities.json: {identity.id}: cannot read {identity.expression!r}, write a@t == b@t-1 + c@t")
    for value in values:
        sides = [_parse(text, letter, value, identity.id) for text in (left, right)]
        applicants = {part.applicant for side in sides for part in side}
        yield _Rule(identity.id, identity.form, applicants.pop() if len(applicants) == 1 else None, sides[0], sides[1])


def _parse(text: str, letter: str, value: str, identity: str) -> tuple[_Part, ...]:
    parts, at = [], 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise ReferenceDataError(f"identities.json: {identity}: cannot read {text!r} at character {at}")
        row, dot, column = match[2].partition(".")
        indicator = f"{value if row == letter else row}{dot}{column}"
        applicant = value if match[3] == letter and letter else match[3]
        parts.append(_Part(-1 if match[1] == "-" else 1, indicator, applicant, match[4] is not None))
        at = match.end()
    return tuple(parts)
