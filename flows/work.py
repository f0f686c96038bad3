"""What there is to do, worked out without Prefect: portals to crawl, documents to read, a release to make.

Everything derived is keyed by a fingerprint of what it was made from (bytes of the archive, of the code and of the
reference data), so that a run with nothing new does nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from extract.archive import Archive, iter_documents
from extract.documents.ocr_models import missing
from extract.ledger import Ledger
from extract.portal import Portal
from extract.record import Record
from extract.shown import Showing, page_shown_on, showing_of
from flows import finished
from flows.home import ROOT, Home
from publish.files import sha256
from transform.jurisdictions import SYNTHETIC_FILE
from transform.observation import Hints
from transform.statements import STATEMENTS_FILE

#: A portal whose crawl came to its end is asked again after this time; reports appear from January to April.
RECRAWL = timedelta(days=7)
#: Vantage of every record that came from the sample portal: how an archive tells what it holds.
SAMPLE_VANTAGE = "sample"
_PROGRAMS = (
    "extract/documents", "extract/document.py", "extract/attachments.py", "extract/shown.py", "transform", "flows/reading.py"
)  # fmt: skip
_LIBRARIES = ("requirements.lock",)
_READING = (*_PROGRAMS, *_LIBRARIES, "data/reference", "data/sample/divisions.csv")
_RELEASING = (*_READING, "publish")
# Where reports are looked for, which are said not to exist, and what holds a release back say nothing of what stands in them.
_NOT_READ = ("portals.csv", "statements.csv", "thresholds.json")


def portals_to_crawl(
    home: Home, portals: Sequence[Portal], years: range | None, *, sample: bool, now: datetime | None = None
) -> list[Portal]:
    """Return the portals whose crawl never came to its end, was made under other settings, or is old."""
    done = finished.load(home.ledger, "crawl")
    oldest = ((now or datetime.now(UTC)) - RECRAWL).isoformat()
    due = []
    for portal in portals:
        last = done.get(portal.portal_id)
        if last is None or last.inputs != crawl_inputs(portal, years, sample=sample) or (not sample and last.at < oldest):
            due.append(portal)
    return due


def crawl_inputs(portal: Portal, years: range | None, *, sample: bool) -> str:
    """Return the fingerprint of what a portal's crawl depends on, the sample portal's files included."""
    told = json.dumps([asdict(portal), list(years) if years else None], sort_keys=True, ensure_ascii=False)
    return _digest([told, fingerprint(("data/sample",)) if sample else ""])


def documents_to_read(home: Home, archive: Archive) -> list[Record]:
    """Return a Record for each archived document that the present reader has not read into a part that is there.

    A picture that a page shows is read again where something that stood beside it was fetched since.
    """
    version = reader_version()
    with Ledger(home.ledger) as ledger:
        outcomes = ledger.outcomes(version)
    there = {path.name for path in (home.parts / version[:16]).glob("*.parquet")}

    def is_read(record: Record) -> bool:
        known = outcomes.get(str(record.document_id))
        if known is None or Path(known.part or "").name not in there:
            return False
        showing = showing_of(archive, record) if page_shown_on(record) else None
        return showing is None or known.part == part_of_showing(showing)

    return [record for record in iter_documents(archive) if not is_read(record)]


def part_of_showing(showing: Showing) -> str:
    """Return the name of the part for the pictures that a page showed together: they are kept together or not at all."""
    return f"{reader_version()[:16]}/{showing.key[:32]}.parquet"


def parts_to_release(home: Home, documents: Iterable[str]) -> list[Path]:
    """Return the parts that hold these documents as the present reader read them."""
    version = reader_version()
    with Ledger(home.ledger) as ledger:
        outcomes = ledger.outcomes(version)
    names = {known.part for document in documents if (known := outcomes.get(document)) and known.part}
    return [home.parts / name for name in sorted(names)]


def release_inputs(archive: Archive, portals_file: Path, as_of: str | None) -> str:
    """Return the fingerprint of what a release is made from."""
    files = [f"{path.name} {path.stat().st_size}" for path in archive.files()]
    return _digest([fingerprint(_RELEASING), reader_version(), sha256(portals_file), sha256(STATEMENTS_FILE), as_of or "", *files])


def made_from(portals_file: Path, readings: Path) -> dict[str, str | None]:
    """Return the fingerprints that a release keeps of what decided its figures, beside the archive (publish/made_from.py)."""
    return {
        "reader_version": reader_version(),
        "programs": fingerprint(_PROGRAMS),
        "forms": fingerprint(("data/reference/forms", "data/reference/ocr", "data/reference/report_titles.json")),
        "libraries": fingerprint(_LIBRARIES),
        "pictures": missing() or "pictures are read",
        "divisions": fingerprint(("data/reference/divisions", "data/sample/divisions.csv")),
        "portals": sha256(portals_file),
        "statements": sha256(STATEMENTS_FILE),
        "readings": sha256(readings) if readings.is_file() else None,
    }


def reader_version() -> str:
    """Return the fingerprint of everything that decides what a document gives: code, forms, divisions, libraries.

    With and without character recognition installed a scan gives different things.
    """
    return _digest([fingerprint(_READING), missing() or "pictures are read", *_invented_country()])


def _invented_country() -> list[str]:
    """Return the sha256 of divisions that stand in the place of the sample's, for benchmarks; nothing otherwise."""
    return [sha256(SYNTHETIC_FILE)] if SYNTHETIC_FILE != ROOT / "data" / "sample" / "divisions.csv" else []


def hints_of(record: Record) -> Hints:
    """Return what the archive knows of a document; the person who imported a file vouches for its jurisdiction."""
    vouched = record.jurisdiction_code if record.kind == "import" else None
    return Hints(
        url=record.requested_url or record.url, link_title=record.link_title, published_on=record.link_published_on,
        year=record.link_year, jurisdiction_code=record.jurisdiction_code, told_jurisdiction=vouched,
        synthetic=record.synthetic,
    )  # fmt: skip


def is_sample(records: Iterable[Record]) -> bool:
    """Tell whether records came from the sample portal."""
    return any(record.vantage == SAMPLE_VANTAGE for record in records)


@lru_cache(maxsize=8)
def fingerprint(places: tuple[str, ...]) -> str:
    """Return the sha256 over names and bytes of the files under some places of the clone."""
    files: list[Path] = []
    for place in places:
        path = ROOT / place
        files += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    lines = []
    for path in sorted(files):
        if path.name not in _NOT_READ:
            lines.append(f"{path.relative_to(ROOT).as_posix()} {sha256(path)}")
    return _digest(lines)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
