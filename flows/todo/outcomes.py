"""What of earlier readings still holds, and why the rest has to be read again.

Comes in: the ledger. An outcome holds as long as what read the document, and what interpreted that, is as it was then
(``flows/cache/keys.py``) and its part is there. Nothing is compared by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from flows.cache.keys import made_of, version_of
from flows.home.home import Home
from flows.home.ledger import DocumentOutcome, Ledger, ReaderVersion
from flows.reading.manifest import ReadingItem, Summary

NEW = "never read before"
AGAIN = "not read for want of time or memory, or because its process was ended"
OTHER_INPUTS = "what it is read with has changed"
NO_PART = "its part is gone"
#: So many changed things are named; the rest are counted.
_NAMED = 3


class Stale(NamedTuple):
    """What of a ReadingItem is kept until it is read: its documents, and the sha256 of its inputs."""

    documents: tuple[str, ...]
    inputs: str


def outcomes_that_hold(home: Home, ledger: Ledger) -> dict[str, DocumentOutcome]:
    """Return the outcome of each document that the present reader would read the same, by document_id; among them those
    that are tried again (``again``)."""
    there = home.part_names()
    return {one.document_id: one for one in ledger.outcomes(_that_hold(ledger.versions())) if one.part in there}


def to_try_again(ledger: Ledger) -> list[str]:
    """Return the documents that the machine may have kept from being read, sorted."""
    return [one.document_id for one in ledger.outcomes(_that_hold(ledger.versions())) if one.again]


def note_read(ledger: Ledger, items: Sequence[ReadingItem], summary: Summary) -> None:
    """Keep what came of items whose part is written."""
    about = {str(record.document_id): item for item in items for record in item.records}
    versions = {
        readers: ReaderVersion(version_of(readers), readers, made_of(readers))
        for readers in {r.readers for r in summary.read}
    }
    outcomes = [
        DocumentOutcome(
            read.document_id,
            versions[read.readers].version,
            read.status,
            read.reason,
            summary.part,
            about[read.document_id].inputs,
            about[read.document_id].why,
            read.again,
        )
        for read in summary.read
    ]
    ledger.record_outcomes(outcomes, versions.values(), instead_of=_that_hold(ledger.versions()))


def reasons(home: Home, ledger: Ledger, stale: Iterable[Stale]) -> Iterator[str]:
    """Yield of each the reason why it has to be read."""
    versions = {one.version: one for one in ledger.versions()}
    valid = set(_that_hold(versions.values()))
    earlier: dict[str, list[DocumentOutcome]] = {}
    for one in ledger.outcomes(versions):
        earlier.setdefault(one.document_id, []).append(one)
    there = home.part_names()
    changed = {version: _changed(one) for version, one in versions.items() if version not in valid}

    def why(document_id: str, inputs: str) -> str:
        known = earlier.get(document_id, [])
        if not known:
            return NEW
        for one in known:
            if one.version in valid:
                if one.part not in there:
                    return NO_PART
                return OTHER_INPUTS if one.inputs != inputs else AGAIN if one.again else ""
        return min((changed[one.version] for one in known), key=lambda c: (len(c), c))[0]

    for item in stale:
        yield next((told for document in item.documents if (told := why(document, item.inputs))), OTHER_INPUTS)


def _that_hold(versions: Iterable[ReaderVersion]) -> list[str]:
    return [one.version for one in versions if version_of(one.readers) == one.version]


def _changed(version: ReaderVersion) -> list[str]:
    """Return, in words, what is not as it was when a version read; the first says it all, the rest are what it names."""
    before, now = (dict(line.split("\t") for line in lines) for lines in (version.made_of, made_of(version.readers)))
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"changed: {', '.join(names[:_NAMED])}{more}", *names]
