"""The pages of the site, each a function from the rows of a release to HTML; made while a release is, or on demand.

The one thing to know: text from reports reaches a page through templates that escape everything, and every page forbids
inline script and style (Content-Security-Policy), so that nothing in a report can run.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publish.codebook.about import citation
from publish.codebook.printed import concept_zh, printed
from publish.schema.safe_text import safe_text
from publish.schema.schemas import SCHEMA_VERSION
from publish.schema.words import value_words
from publish.site.broken import ExplainedCheck, applicant_labels, explain, identity_note, number
from publish.site.chart import TILES, Point, line_chart, tile_grid
from publish.site.form_view import redrawn
from publish.site.places import Source, page_place
from publish.site.rows import Row, Rows
from transform.forms.crosswalk import panel_columns
from transform.observation import CellName

_TEMPLATES = Path(__file__).resolve().parent / "templates"
#: Concepts of the panel that a unit's page draws, where the unit has them.
SERIES = (
    "requests_received",
    "requests_decided",
    "granted_full",
    "granted_part",
    "refused_exempt_2014",
    "refused_exempt_2019",
    "not_held",
    "review_total",
    "review_corrected",
    "lit_direct_total",
    "normative_issued",
    "proactive_total",
)
CSV_COLUMNS = (
    "report_id",
    "version",
    "form",
    "indicator",
    "applicant",
    "value",
    "value_text",
    "unit",
    "status",
    "reading",
    "consistency",
    "source",
    "document_id",
    "locator",
    "reader",
    "occurrence",
)
_GAPS = 500


@dataclass(frozen=True)
class Figure:
    """One figure as a page shows it. ``target`` is the anchor of its place on the page, None where it has none."""

    text: str
    status: str
    reading: str
    consistency: str
    target: str | None
    locator: str


@dataclass(frozen=True)
class ShownDocument:
    """One document of a report: its figures by place of the form, those outside it, and what can be shown of it."""

    number: int
    document: Row
    preferred: bool
    figures: Mapping[CellName, Sequence[Figure]]
    others: Sequence[tuple[Row, Figure]]
    source: Source
    rectangles: Mapping[int, Sequence[tuple[str, float, float, float, float, str]]]
    cells: Mapping[str, str]


class Pages:
    """Makes every page of one release from its rows; ``files`` are the release's own files, to be offered for download."""

    def __init__(self, version: str, rows: Rows, files: Sequence[str], codebook: Sequence[Row] = ()):
        self.version, self.rows, self.files, self.codebook = version, rows, files, codebook

    def start(self) -> str:
        """Return the start page: what this is, how to cite it, every unit with reports, downloads."""
        reports: dict[str | None, list[Row]] = defaultdict(list)
        for report in self._reports:
            reports[report["unit_id"]].append(report)
        units = [
            (
                unit_id,
                self.unit_name(unit_id, found),
                found[0]["jurisdiction_code"] or "",
                sorted({r["year"] for r in found if r["year"]}),
                len({r["report_id"] for r in found}),
                any(r["broken"] for r in found),
                any(r["synthetic"] for r in found),
            )
            for unit_id, found in reports.items()
        ]
        units.sort(key=lambda unit: (unit[6], unit[0] or ""))
        return self._render(
            "start.html",
            "",
            units=units,
            citation=self.citation,
            reports=len({r["report_id"] for r in self._reports}),
            cells=sum(r["cells"] for r in self._reports),
            confirmed=sum(r["confirmed"] for r in self._reports),
            broken=sum(r["broken"] for r in self._reports),
            files=[name for name in self.files if not name.startswith("site/")],
            synthetic=any(r["synthetic"] for r in self._reports),
        )

    def codebook_page(self) -> str:
        """Return the codebook with a search field; the columns ``_read``, ``_ok`` and ``_zero`` are told once, not each."""
        rows = [r for r in self.codebook if not r["name"].endswith(("_read", "_ok", "_zero"))]
        return self._render("codebook.html", "", rows=rows, kinds=list(dict.fromkeys(r["kind"] for r in rows)))

    def coverage(self) -> str:
        """Return coverage by province and year: tiles, the same as a table, and the gaps in words."""
        counts: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        gaps = []
        for row in self.rows.all("coverage", "unit_id", "year", "expected", "status", "evidence"):
            province = self._province(row["unit_id"])
            if row["expected"] and row["status"] != "not_due":
                found = row["status"] in ("found", "late")
                counts[row["year"]][province][0] += found
                counts[row["year"]][province][1] += 1
                if not found:
                    gaps.append(row)
        years = sorted(counts)
        present = sorted({p for year in counts.values() for p in year})
        tiles = [
            (year, tile_grid({p: (c[0], c[1]) for p, c in counts[year].items()}, self._province_names, f"{year}"))
            for year in years
        ]
        table = [(p, self._province_names.get(p, p), [tuple(counts[y].get(p, (0, 0))) for y in years]) for p in present]
        names = {row["unit_id"]: self.unit_name(row["unit_id"], ()) for row in gaps[:_GAPS]}
        return self._render(
            "coverage.html",
            "",
            tiles=tiles,
            years=years,
            table=table,
            gaps=gaps[:_GAPS],
            more=len(gaps) - _GAPS,
            names=names,
        )

    def changes(self, previous: str | None, reasons: Sequence[Sequence[str]], places: Sequence[Sequence[str]]) -> str:
        """Return what differs from the previous release: rows and cells by table and reason, and by table, province and year."""
        words = {row[1]: value_words(row[1]) for row in reasons[1:]}
        return self._render(
            "changes.html",
            "",
            previous=previous,
            reasons=reasons[1:],
            places=places[1:],
            words=words,
            provinces=self._province_names,
        )

    def unit(self, unit_id: str | None) -> str:
        """Return the page of a unit: its reports, what became of those due, its series with flags."""
        reports = [r for r in self.rows.of("reports", "unit_id", unit_id) if r["is_current"]]
        reports.sort(key=lambda r: (-(r["year"] or 0), r["report_id"]))
        panel = {r["year"]: r for r in self.rows.of("panel", "unit_id", unit_id)}
        coverage = sorted(self.rows.of("coverage", "unit_id", unit_id), key=lambda r: r["year"])
        span = [*panel, *(r["year"] for r in coverage if r["expected"])]
        years = list(range(min(span), max(span) + 1)) if span else []
        concepts = [
            (c, concept_zh(c.name), [panel.get(y) for y in years])
            for c in panel_columns()
            if any(row.get(f"{c.name}_read") for row in panel.values())
        ]
        charts = []
        for column, zh, found in concepts:
            if column.name in SERIES:
                points = [
                    Point(
                        y,
                        row[column.name] if row else None,
                        row["form"] if row else None,
                        row[f"{column.name}_ok"] if row else None,
                    )
                    for y, row in zip(years, found, strict=True)
                ]
                chart = line_chart(points, column.label_en)
                if chart:
                    charts.append((column.name, column.label_en, zh, chart))
        return self._render(
            "unit.html",
            "../",
            name=self.unit_name(unit_id, reports),
            unit_id=unit_id,
            reports=reports,
            coverage=coverage,
            years=years,
            panel=panel,
            concepts=concepts,
            charts=charts,
            synthetic=any(r["synthetic"] for r in reports),
        )

    def report(self, report_id: str, sources: Mapping[str, Source]) -> str:
        """Return the page of a report: its tables redrawn as the official form, and the places its figures stand at."""
        versions = sorted(self.rows.of("reports", "report_id", report_id), key=lambda r: -r["version"])
        current = next((r for r in versions if r["is_current"]), versions[0])
        copies = self._copies(current, sources)
        told = self._broken(current)
        return self._render(
            "report.html",
            "../",
            report=current,
            versions=versions,
            copies=copies,
            grids=redrawn(current["form"] or ""),
            exact=[t for t in told if t.severity == "exact"],
            usual=[t for t in told if t.severity == "usual"],
            revisions=self.rows.of("revisions", "report_id", report_id),
            name=self.unit_name(current["unit_id"], [current]),
            label=lambda row: self._label(current["form"], row["indicator"], row["applicant"]),
            note=identity_note,
        )

    def report_csv(self, report_id: str) -> str:
        """Return every figure of a report as CSV; text that a spreadsheet would take for a formula is made text."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(CSV_COLUMNS)
        for row in self.rows.of("observations", "report_id", report_id):
            writer.writerow([safe_text(v) if isinstance(v := row[c], str) else _plain(v) for c in CSV_COLUMNS])
        return "﻿" + out.getvalue()

    def places(self, report_id: str) -> dict[str, frozenset[str]]:
        """Return the places of a report's figures by document."""
        found: dict[str, set[str]] = defaultdict(set)
        for row in self.rows.of("observations", "report_id", report_id):
            found[row["document_id"]].add(row["locator"])
        return {document: frozenset(locators) for document, locators in sorted(found.items())}

    def unit_name(self, unit_id: str | None, reports: Iterable[Row]) -> str:
        """Return the last full name of a unit; that of a publisher where there is no unit."""
        name = self._names.get(unit_id or "")
        return name or next((str(r["publisher"]) for r in reports if r["publisher"]), unit_id or "?")

    @cached_property
    def citation(self) -> str:
        """How to cite the release, as one line."""
        return citation(
            self.version,
            max((r["retrieved_at"] or "" for r in self.rows.all("documents", "retrieved_at")), default=None),
        )

    def report_ids(self) -> list[str]:
        """Return every report of the release."""
        return sorted({r["report_id"] for r in self._reports})

    def unit_ids(self) -> list[str]:
        """Return every unit that has a report or should have one."""
        due = {r["unit_id"] for r in self.rows.all("coverage", "unit_id", "expected") if r["expected"]}
        return sorted(due | {r["unit_id"] for r in self._reports if r["unit_id"]})

    @cached_property
    def _reports(self) -> list[Row]:
        columns = (
            "report_id",
            "version",
            "unit_id",
            "jurisdiction_code",
            "publisher",
            "year",
            "is_current",
            "cells",
            "confirmed",
            "broken",
            "synthetic",
        )
        return [r for r in self.rows.all("reports", *columns) if r["is_current"]]

    @cached_property
    def _names(self) -> dict[str, str]:
        spells = sorted(
            self.rows.all("units", "unit_id", "valid_from", "full_name"), key=lambda r: r["valid_from"] or 0
        )
        return {r["unit_id"]: r["full_name"] for r in spells}

    @cached_property
    def _province_names(self) -> dict[str, str]:
        rows = self.rows.all("units", "jurisdiction_code", "full_name", "level")
        return {
            r["jurisdiction_code"][:2]: r["full_name"]
            for r in rows
            if r["level"] == "province" and r["jurisdiction_code"][:2] in TILES
        }

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {
            r["unit_id"]: r["jurisdiction_code"] or "" for r in self.rows.all("units", "unit_id", "jurisdiction_code")
        }

    def _province(self, unit_id: str) -> str:
        return (self._codes.get(unit_id) or re.sub(r"\D", "", unit_id))[:2]

    def _copies(self, report: Row, sources: Mapping[str, Source]) -> list[ShownDocument]:
        ranked = [
            r
            for r in self.rows.of("report_documents", "report_id", report["report_id"])
            if r["version"] == report["version"]
        ]
        ranked.sort(key=lambda r: (r["preference"], r["document_id"]))
        figures = [
            r
            for r in self.rows.of("observations", "report_id", report["report_id"])
            if r["version"] == report["version"]
        ]
        known = {spot.key for grid in redrawn(report["form"] or "") for row in grid.rows for spot in row if spot.key}
        copies = []
        for n, link in enumerate(ranked, start=1):
            document = next(
                iter(self.rows.of("documents", "document_id", link["document_id"])),
                {"document_id": link["document_id"]},
            )
            source = sources.get(link["document_id"], Source())
            shown = {c.locator for table in source.tables for row in table for c in row}
            own = [r for r in figures if r["document_id"] == link["document_id"]]
            cells: dict[tuple[str, str | None], list[Figure]] = defaultdict(list)
            others, rectangles, marks = [], defaultdict(list), {}
            for row in own:
                anchor = f"d{n}-" + re.sub(r"[^A-Za-z0-9]+", "-", row["locator"])
                place = page_place(row["locator"])
                on_page = place is not None and place[0] in source.pages
                target = anchor if on_page or row["locator"] in shown else None
                figure = Figure(
                    row["value_text"], row["status"], row["reading"], row["consistency"], target, row["locator"]
                )
                key = (row["indicator"], row["applicant"])
                if key in known and row["form"] == report["form"] and row["source"] == "table":
                    cells[key].append(figure)
                else:
                    others.append((row, figure))
                if row["locator"] in shown:
                    marks[row["locator"]] = anchor
                elif place is not None and on_page:
                    page, left, bottom, right, top = place
                    height = source.pages[page].height
                    rectangles[page].append(
                        (
                            anchor,
                            left,
                            round(height - top, 1),
                            round(right - left, 1),
                            round(top - bottom, 1),
                            row["value_text"],
                        )
                    )
            copies.append(ShownDocument(n, document, bool(link["preferred"]), cells, others, source, rectangles, marks))
        return copies

    def _broken(self, report: Row) -> list[ExplainedCheck]:
        told = []
        values = {
            (r["document_id"], r["indicator"], r["applicant"]): r["value"]
            for r in self.rows.of("observations", "report_id", report["report_id"])
        }
        seen = set()
        for check in self.rows.of("checks", "report_ids", report["report_id"]):
            if check["status"] != "broken" or not check.get("is_current", True):
                continue
            documents = tuple(check["document_ids"])
            applicant = check["applicant"]

            def value(term: str, documents: tuple[str, ...] = documents) -> float | None:
                return next(
                    (values[document, *_term(term)] for document in documents if (document, *_term(term)) in values),
                    None,
                )

            def labels(term: str, applicant: str | None = applicant) -> tuple[str, str]:
                indicator, own = _term(term)
                return self._label(report["form"], indicator, None if own == applicant else own)

            one = explain(check, value, labels)
            if applicant:
                en, zh = applicant_labels(report["form"], applicant)
                one = ExplainedCheck(
                    one.identity, one.severity, f"Column {en}: {one.en}", f"“{zh}”列：{one.zh}", one.left, one.right
                )
            # The same breach in several documents of a report is one.
            if (one.identity, one.en) not in seen:
                seen.add((one.identity, one.en))
                told.append(one)
        return told

    def _label(self, form: str | None, indicator: str, applicant: str | None) -> tuple[str, str]:
        found = printed().get(form or "", {}).get(indicator)
        if found is None:
            found = next((told[indicator] for told in printed().values() if indicator in told), None)
        en, zh = (found["label_en"], found["label_zh"]) if found else (indicator, indicator)
        if applicant:
            column = applicant_labels(form, applicant)
            en, zh = f"{en} ({column[0]})", f"{zh}（{column[1]}）"
        return en, zh

    def _render(self, template: str, root: str, **values: Any) -> str:
        return render(template, root, version=self.version, schema_version=SCHEMA_VERSION, **values)


def render(template: str, root: str, **values: Any) -> str:
    """Return a template filled; ``root`` is the way from the page to the site's folder."""
    return _environment().get_template(template).render(root=root, **values)


def report_page(report: Row) -> str:
    """Return the name of a report's page without its ending."""
    mark = hashlib.sha256(report["report_id"].encode()).hexdigest()[:8]
    return f"{_plain_name(report['unit_id'])}-{report['year'] or 'unknown'}-{mark}"


def unit_page(unit_id: str | None) -> str:
    """Return the name of a unit's page without its ending."""
    return _plain_name(unit_id)


def _plain_name(unit_id: str | None) -> str:
    return re.sub(r"[^A-Za-z0-9-]+", "_", unit_id or "unknown")


def _term(term: str) -> tuple[str, str | None]:
    indicator, _, applicant = term.partition("[")
    return indicator, applicant.rstrip("]") or None


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else "" if value is None else value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.globals.update(report_page=report_page, unit_page=unit_page, words=_words)
    environment.filters["number"] = number
    environment.filters["plain"] = _plain
    environment.filters["link"] = _safe_link
    return environment


def _words(value: str | None) -> tuple[str, str]:
    en, zh = value_words(value or "")
    return en or value or "", zh or value or ""


def _safe_link(url: str | None) -> str:
    """Return an address that a page may link to; empty for anything but http and https."""
    return url if url and re.match(r"https?://", url) else ""
