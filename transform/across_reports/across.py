"""Checks across reports: years of one body, a government against those below it, a change against its peers'.

In: observations, reports and their documents. Out: rows of ``checks`` of severity ``usual`` with several ``report_ids``.
The one thing to know: they are data, not a filter. Every breach has lawful reasons too (mergers, another scope, a late
correction), so none of them sets ``consistency``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from transform.across_reports.check_rows import Load, Report, ReportCells, Term, across_row
from transform.across_reports.levels import level_checks, level_groups, level_keys
from transform.across_reports.peers import peer_changes, peer_checks, peer_indicators, peer_limits, peer_pairs
from transform.forms.expressions import Rule, Side, rules_of
from transform.forms.form import load_forms, load_identities
from transform.observation import cell_name
from transform.panel.cells import ReportCell, cells_of_year, current_governments, preference_of
from transform.places.territory import absorbed_in

if TYPE_CHECKING:
    import pyarrow as pa

#: What of a report is looked at.
REPORT = (
    "report_id",
    "version",
    "unit_id",
    "year",
    "form",
    "subject_kind",
    "scope",
    "is_current",
    "attribution",
    "synthetic",
    "cells",
    "confirmed",
)
#: Pairs of reports (or reports of a region) whose cells are in memory at a time, some 60 kB each.
CHUNK = 500
#: Gives the observations of some reports (report_ids, sorted), or more than those.
ObservationsOf = Callable[[Sequence[str]], "pa.Table"]
_Item = TypeVar("_Item")


class CheckBatch(NamedTuple):
    """Checks of some reports, and the observations that hold every figure in them."""

    observations: pa.Table
    rows: Iterator[dict[str, Any]]


@dataclass(frozen=True)
class _Pair:
    """A report and those of the year before whose stock it took over: its own body's, and of units merged into it."""

    report: Report
    before: tuple[Report, ...]


def across_checks_of_year(
    year: int, reports: Sequence[Report], report_documents: pa.Table, observations_of: ObservationsOf
) -> Iterator[CheckBatch]:
    """Yield the checks of reports on one year, some hundred reports at a time; current versions only.

    The reports need be no more than those on that year and the one before, with the columns ``REPORT``.
    """
    near = [report for report in reports if report["year"] in (year - 1, year)]
    governments = [report for report, _ in current_governments(near)]

    def loaded(of: Iterable[Report]) -> tuple[pa.Table, Load]:
        ids = sorted({report["report_id"] for report in of})
        observations = observations_of(ids)
        return observations, _loader(observations, _links_of(report_documents, ids))

    peers = peer_pairs(year, governments)
    changes = (
        one
        for some in _chunks(peers)
        for one in peer_changes(some, loaded(report for pair in some for report in pair)[1])
    )
    limits = peer_limits(changes)
    for some in _chunks(peers):
        observations, load = loaded(report for pair in some for report in pair)
        yield CheckBatch(observations, peer_checks(some, limits, load))
    for pairs in _chunks(_pairs(year, near, governments)):
        observations, load = loaded(report for pair in pairs for report in (pair.report, *pair.before))
        yield CheckBatch(observations, _year_checks(pairs, load))
    for groups in _chunks(
        level_groups(report for report in governments if report["year"] == year), lambda group: 1 + len(group[1])
    ):
        observations, load = loaded(report for upper, below in groups for report in (upper, *below))
        yield CheckBatch(observations, level_checks(groups, load))


@lru_cache(maxsize=1)
def indicators_compared() -> frozenset[str]:
    """Return the indicators that any check over several reports needs."""
    over_years = {indicator for rule in _rules() for indicator, _ in rule.cells}
    return frozenset(over_years | {indicator for indicator, _ in level_keys()} | {*peer_indicators()})


def _loader(observations: pa.Table, report_documents: Iterable[Mapping[str, Any]]) -> Load:
    preference = preference_of(report_documents)

    def load(year: int, of: Iterable[Report], indicators: frozenset[str]) -> ReportCells:
        found = cells_of_year(observations, year, {r["report_id"] for r in of}, preference, indicators)
        return {report_id: {(i, a): cell for (_, i, a), cell in cells.items()} for report_id, cells in found.items()}

    return load


def _links_of(report_documents: pa.Table, report_ids: Sequence[str]) -> list[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.compute as pc

    of = pc.is_in(report_documents["report_id"], pa.array(report_ids, pa.string()))
    return report_documents.filter(of).select(["report_id", "version", "document_id", "preference"]).to_pylist()


def _pairs(year: int, reports: Sequence[Report], governments: Sequence[Report]) -> list[_Pair]:
    """Return the reports on a year that have one to compare with, sorted by report_id."""
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
    others = {
        r["report_id"]: r for r in reports if r["is_current"] and r["subject_kind"] != "government" and r["unit_id"]
    }
    for report in others.values():
        stem = report["report_id"].rpartition("/")[0]
        earlier = others.get(f"{stem}/{year - 1}")
        if report["year"] == year and earlier is not None and earlier["subject_kind"] == report["subject_kind"]:
            pairs.append(_Pair(report, (earlier,)))
    return sorted(pairs, key=lambda pair: str(pair.report["report_id"]))


def _chunks(items: Sequence[_Item], size: Callable[[_Item], int] = lambda _: 1) -> Iterator[list[_Item]]:
    """Yield the items in their order, some at a time whose sizes add up to CHUNK or little more."""
    some: list[_Item] = []
    held = 0
    for item in items:
        some.append(item)
        held += size(item)
        if held >= CHUNK:
            yield some
            some, held = [], 0
    if some:
        yield some


def _year_checks(pairs: Sequence[_Pair], load: Load) -> Iterator[dict[str, Any]]:
    year = pairs[0].report["year"]
    wanted = frozenset(indicator for rule in _rules() for indicator, _ in rule.cells)
    now = load(year, [pair.report for pair in pairs], wanted)
    before = load(year - 1, [r for pair in pairs for r in pair.before], wanted)
    for pair in pairs:
        for rule in _rules():
            row = _evaluate(rule, pair, now, before)
            if row is not None:
                yield row


def _evaluate(rule: Rule, pair: _Pair, now: ReportCells, before: ReportCells) -> dict[str, Any] | None:
    """Return the row; None where a report's form has no such cell or prints none of them."""
    if pair.report["form"] != rule.identity.form:
        return None
    sides = [list(_terms(side, pair, now, before)) for side in (rule.left, rule.right)]
    terms = [term for _, term in (*sides[0], *sides[1])]
    printed = {term.report["report_id"] for term in terms if term.cell is not None}
    if printed != {term.report["report_id"] for term in terms}:
        return None
    left, right = (_sum(side) for side in sides)
    return across_row(rule.identity.id, rule.operator, rule.applicant, left, right, terms)


def _terms(side: Side, pair: _Pair, now: ReportCells, before: ReportCells) -> Iterator[tuple[int, Term]]:
    for part in side.parts:
        for report in pair.before if part.before else (pair.report,):
            cell = (before if part.before else now).get(report["report_id"], {}).get(part.cell)
            yield part.sign, Term(report, cell_name(*part.cell), cell)


def _sum(side: Sequence[tuple[int, Term]]) -> float | None:
    values = [(sign, term.cell.printed if isinstance(term.cell, ReportCell) else None) for sign, term in side]
    known = [sign * value for sign, value in values if value is not None]
    return round(sum(known), 6) + 0.0 if len(known) == len(values) else None


@lru_cache(maxsize=1)
def _rules() -> tuple[Rule, ...]:
    """Return the identities over two years of one body, each spread over its applicants or rows."""
    return tuple(
        rule for i in load_identities() if i.scope == "across_years" and i.form in load_forms() for rule in rules_of(i)
    )
