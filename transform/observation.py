"""The nouns of the middle of the line: FormCell, FormTable, Observation, Leftover, Check, Section, ReportReading.

Column meanings are those of the published contract (docs/contract.md); a row of ``observations`` is one Observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from extract.document import Cell

#: The name of a cell of a form: indicator, applicant.
CellName = tuple[str, str | None]
#: A cell as a document prints it, maybe more than once: indicator, applicant, occurrence.
CellKey = tuple[str, str | None, int]
#: A row of a released table, by column.
Row = Mapping[str, Any]


def cell_name(indicator: str, applicant: str | None) -> str:
    """Return ``indicator`` or ``indicator[applicant]``."""
    return indicator if applicant is None else f"{indicator}[{applicant}]"


def cell_named(name: str) -> CellName:
    """Return the cell that ``cell_name`` names so."""
    indicator, _, applicant = name.partition("[")
    return indicator, applicant.rstrip("]") or None


@dataclass(frozen=True, slots=True)
class FormCell:
    """A printed cell put at its place in an official form.

    ``exact_row`` and ``exact_column`` say that the row's and the column's label were found exactly (in a variant the
    form data knows) beside and above the cell in the document's own structure. ``guess`` names what had to be assumed
    where one of them was not (a misprint, half a header): such a cell is at most ``single``. ``doubt`` names what makes
    its place rest on order alone, or its label on memory: such a cell is ``doubtful``.
    """

    indicator: str
    applicant: str | None
    cell: Cell
    exact_row: bool
    exact_column: bool
    guess: str | None = None
    doubt: str | None = None
    header_unit: str | None = None


@dataclass(frozen=True)
class FormTable:
    """One official table as recognised in one reading: its cells, and every other non-empty cell of it with a reason."""

    form: str
    table: str
    reader: str
    structural: bool
    cells: tuple[FormCell, ...]
    leftovers: tuple[tuple[Cell, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One printed figure. ``value`` is as printed (never repaired), None when empty or not a number."""

    form: str
    indicator: str
    applicant: str | None
    value: float | None
    value_text: str
    unit: str | None
    value_std: float | None
    unit_std: str | None
    source: str
    status: str
    reading: str
    consistency: str
    locator: str
    reader: str
    occurrence: int = 1
    note: str | None = None

    @property
    def key(self) -> CellKey:
        return self.indicator, self.applicant, self.occurrence

    @property
    def sure(self) -> bool:
        return self.reading != "doubtful" and self.status != "unreadable"

    def same(self, other: Observation) -> bool:
        """Tell whether both print the same figure: value, status and unit."""
        return (self.value, self.status, self.unit) == (other.value, other.status, other.unit)


@dataclass(frozen=True, slots=True)
class Leftover:
    """A non-empty cell of an official table that is not an observation, with the reason."""

    locator: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Check:
    """One accounting identity evaluated on one report (or across several).

    ``severity`` is ``exact`` or ``usual``; ``status`` ``holds``, ``broken`` or ``not_evaluable``. ``left`` and
    ``right`` are the two sides, ``residual`` = left - right; None when not evaluable. ``indicators`` are written
    ``indicator`` or ``indicator[applicant]``, ``locators`` in the same order, and so are ``term_documents`` (the
    document_id of each, empty for what is not printed) where the cells stand in several documents of the report.
    """

    identity: str
    severity: str
    operator: str
    applicant: str | None
    status: str
    left: float | None
    right: float | None
    residual: float | None
    indicators: tuple[str, ...]
    locators: tuple[str, ...]
    term_documents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the narrative. ``section`` is the number of the national outline, 1 to 6 (0: before the first)."""

    section: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence for whose report it is or on which year.

    ``claim`` is ``unit``, ``kind`` or ``year``, ``source`` one of data/reference/attribution.json. ``value`` is a unit_id, a
    subject_kind, a year or, of the source ``published``, a day; None where the words name what no table knows.
    """

    claim: str
    source: str
    value: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a document from outside it: the list page, the portal, the person who imported it.

    All of it is evidence. ``told_jurisdiction`` and ``told_year`` are what a person says (command options); with ``sure``
    they stand against what the document says.
    """

    url: str | None = None
    link_title: str | None = None
    published_on: str | None = None
    year: int | None = None
    jurisdiction_code: str | None = None
    told_year: int | None = None
    told_jurisdiction: str | None = None
    synthetic: bool = False
    sure: bool = False


@dataclass(frozen=True)
class ReportIdentity:
    """Whose report on which year: the keys of ``reports``, each null where the document does not tell.

    ``jurisdiction_code`` is the six-digit GB/T 2260 code in the report year. ``subject_kind`` and ``scope`` with the
    words that decided them in ``*_evidence``. ``year`` is the year reported on, never that of publication.
    ``attribution`` is ``confirmed``, ``single`` or ``doubtful``, None where unit or year is unknown.
    """

    unit_id: str | None
    jurisdiction_code: str | None
    jurisdiction: str | None
    publisher: str | None
    subject_kind: str
    subject_evidence: str | None
    scope: str
    scope_evidence: str | None
    year: int | None
    title: str | None
    published_on: str | None
    synthetic: bool = False
    attribution: str | None = None
    unit_evidence: str | None = None
    year_evidence: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def report_id(self) -> str | None:
        """``unit_id/publisher/year``; None while one of the three is unknown."""
        if self.unit_id is None or self.publisher is None or self.year is None:
            return None
        return f"{self.unit_id}/{self.publisher}/{self.year}"


@dataclass(frozen=True)
class ReportReading:
    """Everything one document says of one report: what ``gongkai extract`` prints and the release is assembled from.

    ``status`` is ``read``, ``partly_read``, ``narrative``, ``tables_are_pictures``, ``unreadable`` or ``no_report``, with its
    ``reason`` in words.
    """

    document_id: str
    media_type: str
    size: int
    pages: int | None
    identity: ReportIdentity
    form: str | None
    status: str
    reason: str | None
    observations: tuple[Observation, ...]
    checks: tuple[Check, ...]
    leftovers: tuple[Leftover, ...]
    sections: tuple[Section, ...]
