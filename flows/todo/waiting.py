"""What there is to do, worked out without Prefect: documents to read, a release to make.

Everything derived is keyed by a fingerprint of what it was made from (bytes of the archive, of the code and of the
reference data), so that a run with nothing new does nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from extract.archiving.archive import Archive
from extract.documents.ocr.models import missing
from flows.cache.document_files import cached_documents
from flows.cache.keys import (
    all_keys,
    digest,
    fingerprint,
    libraries_of_readings,
    libraries_of_releases,
    programs,
    surroundings,
    version_of,
)
from flows.home import finished
from flows.home.finished import Finished
from flows.home.home import ROOT, SAMPLE_VANTAGE, Home
from flows.home.ledger import DocumentOutcome, Ledger
from flows.reading.manifest import Work
from flows.todo.batches import takes
from flows.todo.jobs import each_work
from flows.todo.standing import Stale, outcomes_that_hold, reasons, to_try_again
from publish.files.release_files import sha256
from transform.tables.statements import STATEMENTS_FILE

#: What decides which documents are read together and which have to be.
_TODO = ("extract/archiving/shown.py", "transform/reports/flipbook.py", "flows/reading", "flows/todo")
#: What decides what a release makes of readings.
_RELEASING = ("transform", "data/reference", "data/sample/divisions.csv", "publish", *_TODO)


@dataclass(frozen=True)
class Waiting:
    """What of an archive has to be read. ``why`` says of the first document of each Work why it has to, ``documents`` is the
    number of all documents, ``seconds`` what they count for, ``cached`` where those lie that were read already and only have
    to be interpreted."""

    why: Mapping[str, str]
    documents: int = 0
    seconds: float = 0.0
    cached: Mapping[str, str] = field(default_factory=dict)

    def works(self, archive: Archive) -> Iterator[Work]:
        """Yield the Works, each made when its turn comes: a country's are not held in memory."""
        for work in each_work(archive) if self.why else ():
            why = self.why.get(str(work.records[0].document_id))
            if why is not None:
                yield replace(work.with_cached(self.cached), why=why)


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
        cached = cached_documents(home.documents)
        stale, seconds = [], 0.0
        for work in each_work(archive):
            if not all(_holds(valid.get(str(record.document_id)), work) for record in work.records):
                stale.append(Stale(tuple(str(record.document_id) for record in work.records), work.inputs))
                seconds += takes(work.with_cached(cached))
        if not stale:
            finished.note(home.ledger, Finished("read/everything", seen, "", ""))
            return Waiting({})
        del valid
        why = {one.documents[0]: told for one, told in zip(stale, reasons(home, ledger, stale), strict=True)}
        return Waiting(why, sum(len(one.documents) for one in stale), seconds, cached)


def _holds(outcome: DocumentOutcome | None, work: Work) -> bool:
    return outcome is not None and outcome.inputs == work.inputs and not outcome.again


def _seen(home: Home, archive: Archive, ledger: Ledger) -> str:
    """Return the fingerprint of all that decides what has to be read: the archive, the parts, the outcomes, the programs."""
    counts = ledger.counts()
    versions = [f"{one.version} {version_of(one.readers)} {counts.get(one.version, 0)}" for one in ledger.versions()]
    return digest([*_warcs(archive), *sorted(home.part_names()), *versions, fingerprint(*_TODO)])


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


def release_inputs(home: Home, archive: Archive, portals_file: Path, as_of: str | None) -> str:
    """Return the fingerprint of what a release is made from."""
    libraries = [*libraries_of_readings(), *libraries_of_releases()]
    reference = [sha256(portals_file), sha256(STATEMENTS_FILE)]
    # What the machine kept from being read may be read by the next run, from the same archive.
    with Ledger(home.ledger) as ledger:
        unfinished = to_try_again(ledger)
    told = [fingerprint(*_RELEASING), all_keys(), *libraries, *reference, as_of or "", *_warcs(archive), *unfinished]
    return digest(told)


def made_from(portals_file: Path, readings: Path) -> dict[str, str | None]:
    """Return the fingerprints that a release keeps of what decided its figures, beside the archive (publish/compare/made_from.py).

    Whatever changes what any document gives, or the reference data, changes one of those that are named after what they are of.
    """
    return {
        "reader_version": all_keys(),
        "programs": fingerprint(*programs(), "transform", *_TODO),
        "forms": fingerprint(*_but_divisions()),
        "libraries": digest(libraries_of_readings()),
        "pictures": missing() or "pictures are read",
        "helpers": digest(surroundings()),
        "divisions": fingerprint("data/reference/divisions", "data/sample/divisions.csv"),
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
