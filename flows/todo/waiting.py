"""What there is to do, worked out without Prefect: portals to crawl, documents to read, a release to make.

Everything derived is keyed by a fingerprint of what it was made from (bytes of the archive, of the code and of the
reference data), so that a run with nothing new does nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from extract.archiving.archive import Archive
from extract.documents.ocr.models import missing
from extract.portal import Portal
from flows.cache.fingerprints import (
    EVERYTHING,
    NOT_READ,
    closure,
    code_lines,
    digest,
    library_lines,
    modules_of,
    reader_version,
    surroundings,
    version_of,
)
from flows.home import finished
from flows.home.finished import Finished
from flows.home.home import ROOT, SAMPLE_VANTAGE, Home
from flows.home.ledger import Ledger
from flows.reading.manifest import Work
from flows.todo.batches import takes
from flows.todo.jobs import each_work
from flows.todo.standing import Stale, keep_what_labels_leave, outcomes_that_hold, reasons
from publish.files.release_files import sha256
from transform.tables.statements import STATEMENTS_FILE

#: A portal whose crawl came to its end is asked again after this time; reports appear from January to April.
RECRAWL = timedelta(days=7)
_PROGRAMS = (
    "extract/documents",
    "extract/document.py",
    "extract/crawling/attachments.py",
    "extract/archiving/shown.py",
    "transform",
    "flows/reading/read.py",
    "flows/todo/jobs.py",
)
_RELEASING = (*_PROGRAMS, "data/reference", "data/sample/divisions.csv", "publish")


def portals_to_crawl(
    home: Home, portals: Sequence[Portal], years: range | None, *, sample: bool, now: datetime | None = None
) -> list[Portal]:
    """Return the portals whose crawl never came to its end, was made under other settings, or is old."""
    done = finished.load(home.ledger, "crawl")
    oldest = ((now or datetime.now(UTC)) - RECRAWL).isoformat()
    due = []
    for portal in portals:
        last = done.get(portal.portal_id)
        if (
            last is None
            or last.inputs != crawl_inputs(portal, years, sample=sample)
            or (not sample and last.at < oldest)
        ):
            due.append(portal)
    return due


def crawl_inputs(portal: Portal, years: range | None, *, sample: bool) -> str:
    """Return the fingerprint of what a portal's crawl depends on, the sample portal's files included."""
    told = json.dumps([asdict(portal), list(years) if years else None], sort_keys=True, ensure_ascii=False)
    return digest([told, fingerprint(("data/sample",)) if sample else ""])


@dataclass(frozen=True)
class Waiting:
    """What of an archive has to be read. ``why`` says of the first document of each Work why it has to, ``documents`` is the
    number of all documents, ``seconds`` what they count for."""

    why: Mapping[str, str]
    documents: int = 0
    seconds: float = 0.0

    def works(self, archive: Archive) -> Iterator[Work]:
        """Yield the Works, each made when its turn comes: a country's are not held in memory."""
        for work in each_work(archive) if self.why else ():
            why = self.why.get(str(work.records[0].document_id))
            if why is not None:
                yield replace(work, why=why)


def waiting(home: Home, archive: Archive) -> Waiting:
    """Return what of the archive has to be read: never read, read by a reader that has changed since, or not from the same.

    The ledger keeps why. That nothing was to be read is noted, so that the next run over the same archive, parts and programs
    need not look at each document.
    """
    with Ledger(home.ledger) as ledger:
        seen = _seen(home, archive, ledger)
        if (last := finished.load(home.ledger, "read").get("everything")) and last.inputs == seen:
            return Waiting({})
        valid = outcomes_that_hold(home, ledger)
        stale = [
            Stale(tuple(str(r.document_id) for r in work.records), work.inputs, takes(work))
            for work in each_work(archive)
            if not all((known := valid.get(str(r.document_id))) and known.inputs == work.inputs for r in work.records)
        ]
        stale = keep_what_labels_leave(home, ledger, stale) if stale else []
        if not stale:
            finished.note(home.ledger, Finished("read/everything", _seen(home, archive, ledger), "", ""))
            return Waiting({})
        del valid
        why = {one.documents[0]: told for one, told in zip(stale, reasons(home, ledger, stale), strict=True)}
        return Waiting(why, sum(len(one.documents) for one in stale), sum(one.seconds for one in stale))


def _seen(home: Home, archive: Archive, ledger: Ledger) -> str:
    """Return the fingerprint of all that decides what has to be read: the archive, the parts, the outcomes, the programs."""
    counts = ledger.counts()
    versions = [f"{one.version} {version_of(one.uses)} {counts.get(one.version, 0)}" for one in ledger.versions()]
    programs = code_lines(closure(("flows.todo.jobs", "flows.todo.standing")))
    return digest([*_warcs(archive), *sorted(home.part_names()), *versions, *programs])


def _warcs(archive: Archive) -> list[str]:
    return [f"{path.name} {path.stat().st_size}" for path in archive.files()]


def parts_to_release(home: Home, documents: Iterable[str]) -> dict[Path, set[str]]:
    """Return the parts that hold these documents as the present reader reads them, and which of them each holds."""
    with Ledger(home.ledger) as ledger:
        valid = outcomes_that_hold(home, ledger)
    parts: dict[Path, set[str]] = defaultdict(set)
    for document in documents:
        if known := valid.get(document):
            parts[home.parts / str(known.part)].add(document)
    return dict(sorted(parts.items()))


def release_inputs(archive: Archive, portals_file: Path, as_of: str | None) -> str:
    """Return the fingerprint of what a release is made from."""
    libraries = library_lines(closure(("flows.releasing.release_archive",), lazy=True))
    reference = [sha256(portals_file), sha256(STATEMENTS_FILE)]
    return digest([fingerprint(_RELEASING), reader_version(), *libraries, *reference, as_of or "", *_warcs(archive)])


def made_from(portals_file: Path, readings: Path) -> dict[str, str | None]:
    """Return the fingerprints that a release keeps of what decided its figures, beside the archive (publish/compare/made_from.py).

    Whatever changes the reader's version or the reference data changes one of those that are named after what they are of.
    """
    modules = modules_of(EVERYTHING)
    return {
        "reader_version": reader_version(),
        "programs": digest([fingerprint(_PROGRAMS), *code_lines(modules)]),
        "forms": fingerprint(_but_divisions()),
        "libraries": digest(library_lines(modules)),
        "pictures": missing() or "pictures are read",
        "helpers": digest(surroundings(modules)),
        "divisions": fingerprint(("data/reference/divisions", "data/sample/divisions.csv")),
        "portals": sha256(portals_file),
        "statements": sha256(STATEMENTS_FILE),
        "readings": sha256(readings) if readings.is_file() else None,
    }


def _but_divisions() -> tuple[str, ...]:
    """Return everything in the reference data but the divisions: forms, what characters look like, titles, what may come."""
    found = (ROOT / "data" / "reference").iterdir()
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in found if path.name != "divisions"))


def is_of_sample(archive: Archive) -> bool | None:
    """Tell whether an archive came from the sample portal; None where it is empty."""
    return archive.index.holds(SAMPLE_VANTAGE)


@lru_cache(maxsize=8)
def fingerprint(places: tuple[str, ...]) -> str:
    """Return the sha256 over names and bytes of the files under some places of the clone."""
    files: list[Path] = []
    for place in places:
        path = ROOT / place
        files += (
            [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
        )
    lines = []
    for path in sorted(files):
        if path.name not in NOT_READ:
            lines.append(f"{path.relative_to(ROOT).as_posix()} {sha256(path)}")
    return digest(lines)
