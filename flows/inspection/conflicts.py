"""What a person says of a document against what the document says: conflicts in words, codes that are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from extract.archiving.archive import Archive
from extract.errors import UsageError
from extract.record import Record
from flows.reading.read import LoadedItem, Source, read_item
from flows.todo.items import hints_of
from transform.attribution.weigh import weigh
from transform.observation import ReportIdentity
from transform.places.jurisdictions import unit_of_todays_code

_OPTIONS = {"unit": "--jurisdiction", "year": "--year"}


def require_known_code(code: str | None) -> None:
    """Accept a code that a territory bears or bore.

    Raises:
        UsageError: no unit of data/reference/divisions/units.csv has it.
    """
    if code is not None and unit_of_todays_code(code, None, synthetic=code.startswith("99")) is None:
        raise UsageError(
            f"--jurisdiction {code}: no territory has or had this code (data/reference/divisions/units.csv)"
        )


def conflicts(identity: ReportIdentity) -> list[str]:
    """Return what a person told that the document contradicts, each as a sentence; empty where there is none, or with --sure."""
    found = []
    values = {"unit": identity.unit_id, "year": str(identity.year) if identity.year else None}
    for claim, value in values.items():
        pieces = [piece for piece in identity.evidence if piece.claim == claim]
        agrees = weigh(pieces, value).agrees
        for piece, yes in zip(pieces, agrees, strict=True):
            if piece.source == "person" and yes is False:
                evidence = identity.unit_evidence if claim == "unit" else identity.year_evidence
                found.append(
                    f"{_OPTIONS[claim]} {piece.words} contradicts the document ({evidence}); both are kept and the report is"
                    " doubtful; --sure settles it"
                )
    return found


def conflicts_of_imports(archive: Archive, records: Iterable[Record]) -> Iterator[str]:
    """Read the documents of which a person told something, and yield what they contradict; pictures are not read for that."""
    for record in records:
        told = record.jurisdiction_code or record.told_year
        if not told or record.sure or record.document_id is None or str(record.media_type).startswith("image/"):
            continue
        source = Source(archive.payload(record.document_id))
        readings = read_item(LoadedItem((source,), hints_of(record), record.url))
        for reading in readings if not isinstance(readings, str) else ():
            for conflict in conflicts(reading.identity):
                yield f"{record.url}: {conflict}"
