"""What of an archive has to be read or interpreted, worked out without Prefect.

An outcome is keyed by what it was made from (bytes of the archive, of the code and of the reference data), so that a run with
nothing new does nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from extract.archiving.archive import Archive
from flows.cache.document_files import cached_documents
from flows.cache.keys import digest, fingerprint, version_of
from flows.home import finished
from flows.home.finished import Finished
from flows.home.home import Home
from flows.home.ledger import DocumentOutcome, Ledger
from flows.reading.manifest import ReadingItem
from flows.todo.batches import takes
from flows.todo.items import each_item
from flows.todo.outcomes import Stale, outcomes_that_hold, reasons

#: What decides which documents are read together and which have to be.
READ_TOGETHER = ("extract/archiving/shown.py", "transform/reports/flipbook.py", "flows/reading", "flows/todo")


@dataclass(frozen=True)
class ToRead:
    """What of an archive has to be read. ``why`` says of the first document of each ReadingItem why it has to, ``documents`` is the
    number of all documents, ``seconds`` what they count for, ``cached`` where those lie that were read already and only have
    to be interpreted."""

    why: Mapping[str, str]
    documents: int = 0
    seconds: float = 0.0
    cached: Mapping[str, str] = field(default_factory=dict)

    def items(self, archive: Archive) -> Iterator[ReadingItem]:
        """Yield the items, each made when its turn comes: a country's are not held in memory."""
        for item in each_item(archive) if self.why else ():
            why = self.why.get(str(item.records[0].document_id))
            if why is not None:
                yield replace(item.with_cached(self.cached), why=why)


def what_to_read(home: Home, archive: Archive) -> ToRead:
    """Return what of the archive has to be read: never read, read by a reader that has changed since, or not from the same.

    The ledger keeps why. That nothing was to be read is noted, so that the next run over the same archive, parts and programs
    need not look at each document.
    """
    with Ledger(home.ledger) as ledger:
        seen = _seen(home, archive, ledger)
        if (last := finished.load(home.ledger, "read").get("everything")) and last.inputs == seen:
            return ToRead({})
        valid = outcomes_that_hold(home, ledger)
        cached = cached_documents(home.documents)
        stale, seconds = [], 0.0
        for item in each_item(archive):
            if not all(_holds(valid.get(str(record.document_id)), item) for record in item.records):
                stale.append(Stale(tuple(str(record.document_id) for record in item.records), item.inputs))
                seconds += takes(item.with_cached(cached))
        if not stale:
            finished.note(home.ledger, Finished("read/everything", seen, "", ""))
            return ToRead({})
        del valid
        why = {one.documents[0]: told for one, told in zip(stale, reasons(home, ledger, stale), strict=True)}
        return ToRead(why, sum(len(one.documents) for one in stale), seconds, cached)


def _holds(outcome: DocumentOutcome | None, item: ReadingItem) -> bool:
    return outcome is not None and outcome.inputs == item.inputs and not outcome.again


def _seen(home: Home, archive: Archive, ledger: Ledger) -> str:
    """Return the fingerprint of all that decides what has to be read: the archive, the parts, the outcomes, the programs."""
    counts = ledger.counts()
    versions = [f"{one.version} {version_of(one.readers)} {counts.get(one.version, 0)}" for one in ledger.versions()]
    return digest([*warc_sizes(archive), *sorted(home.part_names()), *versions, fingerprint(*READ_TOGETHER)])


def warc_sizes(archive: Archive) -> list[str]:
    """Return a line for each WARC file: what it is called and how long it is."""
    return [f"{path.name} {path.stat().st_size}" for path in archive.files()]
