"""One document in, everything it says of one report out: the whole middle of the line as a single plain function."""

from __future__ import annotations

from dataclasses import replace

from extract.document import Document
from transform.flattened.recognise_text import recognise_text
from transform.identity.identify import identify
from transform.identity.members import reports_of_members
from transform.identity.narrative import sections
from transform.identity.split import split_reports
from transform.observation import FormTable, Hints, Leftover, Observation, ReportIdentity, ReportReading, Section
from transform.observations.agreement import agree, choose, doubt_what_is_printed_twice
from transform.observations.checks import evaluate, with_consistency
from transform.observations.observe import leftovers, observe
from transform.observations.prose import check_prose, observe_prose, told_figures
from transform.recognition.misread_labels import is_of_pictures, with_labels_put_right
from transform.recognition.recognise import recognise
from transform.reports.beside_tables import doubt_beside_tables
from transform.reports.split_years import split_years
from transform.reports.status import not_a_report, status_of


def read_report(document: Document, hints: Hints | None = None) -> list[ReportReading]:
    """Return the reports that a document holds (one, or one per body where it holds two).

    The form is told by the labels, not by the year. A document without any official table still gives a ReportReading,
    with its status and reason, so that nothing fetched is ever lost from sight.
    """
    hints = hints or Hints()
    if document.members:
        return [one for part, own in reports_of_members(document, hints) for one in _read_years(part, own)]
    parts = split_reports(document)
    if len(parts) > 1:
        # The list page's title names the page, not each of the reports on it.
        hints = replace(hints, link_title=None, year=None)
    return [one for part in parts for one in _read_years(part, hints)]


def _read_years(document: Document, hints: Hints) -> list[ReportReading]:
    """Return the report, and one more for each other year whose tables it prints."""
    identity = identify(document, hints)
    return [
        _read_one(part, identity if year is None else _told_later(identity, year))
        for part, year in split_years(document, identity.year)
    ]


def _told_later(identity: ReportIdentity, year: int) -> ReportIdentity:
    """Return the identity of another year's tables in a report: that year's figures, but not the report on it.

    Without a unit they stand in no panel, replace no version of that report and are no sign that it was published.
    """
    evidence = f"tables of {year} in the report on {identity.year}"
    return replace(
        identity,
        unit_id=None,
        year=year,
        published_on=None,
        attribution=None,
        unit_evidence=None,
        year_evidence=evidence,
        evidence=(),
    )


def _read_one(document: Document, identity: ReportIdentity) -> ReportReading:
    observations, tables, rest = _read_tables(document, identity.year)
    form = _main_form(observations) or next((t.form for t in tables), None)
    checks = evaluate(observations)
    observations = with_consistency(observations, checks)
    told = told_figures(document, identity.year)
    checks += check_prose(told, observations)
    observations += observe_prose(told, {o.indicator for o in observations})
    parts = sections(document)
    other = not_a_report(document, observations, parts)
    if other:
        return _no_report(document, identity, other, parts)
    status, reason = status_of(document, tables, form, identity.year, observations, parts)
    return ReportReading(
        document.document_id,
        document.media_type,
        document.size,
        document.pages,
        identity,
        form,
        status,
        reason,
        tuple(observations),
        tuple(checks),
        tuple(rest),
        parts,
    )


def _no_report(document: Document, identity: ReportIdentity, what: str, parts: tuple[Section, ...]) -> ReportReading:
    """Return the reading of a document that is no annual report: nobody's, and without figures."""
    return ReportReading(
        document.document_id,
        document.media_type,
        document.size,
        document.pages,
        replace(
            identity,
            unit_id=None,
            publisher=None,
            subject_kind="unknown",
            subject_evidence=None,
            attribution=None,
            unit_evidence=None,
            evidence=(),
        ),
        None,
        "no_report",
        what,
        (),
        (),
        (),
        parts,
    )


def _read_tables(document: Document, year: int | None) -> tuple[list[Observation], list[FormTable], list[Leftover]]:
    """Return observations, tables and left-overs of the document's readings, compared where there are two."""
    observations: list[Observation] = []
    tables: list[FormTable] = []
    rest: list[Leftover] = []
    document, beside = doubt_beside_tables(document)
    for reading in document.readings:
        found = recognise(with_labels_put_right(reading), year)
        seen = observe(found)
        if not tables:
            observations, tables, rest = seen, found, leftovers(found)
        elif found:
            observations = (
                choose(agree(observations, seen), seen) if is_of_pictures(reading) else agree(observations, seen)
            )
            known = {t.table for t in tables}
            more = [t for t in found if t.table not in known]
            tables, rest = [*tables, *more], [*rest, *leftovers(more)]
    headed = {t.table for t in tables if "headings" in t.reader.split()}
    if headed:
        observations = agree(observations, _in_order(document, headed, year))
    missing = {"t2", "t3", "t4"} - {t.table for t in tables}
    if missing and not any(t.form in ("sc_2014", "pre2014_local") for t in tables):
        found = recognise_text(document, missing, year)
        observations = [*observations, *observe(found)]
        tables, rest = [*tables, *found], [*rest, *leftovers(found)]
    return doubt_what_is_printed_twice(observations), tables, [*rest, *(beside if tables else [])]


def _in_order(document: Document, tables: set[str], year: int | None) -> list[Observation]:
    """Return what the text of tables without lines gives in its order alone.

    The other reading goes by what stands under which heading. Where both come to the same figure, that the order was
    trusted is no reserve any more.
    """
    found = observe(recognise_text(document, tables, year))
    return [replace(one, note=None) if one.reading == "single" else one for one in found]


def _main_form(observations: list[Observation]) -> str | None:
    forms = [o.form for o in observations if o.source == "table"]
    return max(sorted(set(forms)), key=forms.count) if forms else None
