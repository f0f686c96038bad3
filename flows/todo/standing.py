"""What of earlier readings still holds, and why the rest has to be read again.

Comes in: the ledger. The one thing to know: an outcome holds as long as every file, library and surrounding that made it
is as it was then (flows/cache/fingerprints.py) and its part is there. Nothing is compared by time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from flows.cache.fingerprints import but_labels, made_of, version_but_labels, version_of
from flows.cache.label_questions import answer_as_before
from flows.home.home import Home
from flows.home.ledger import DocumentOutcome, Ledger, Version
from flows.reading.manifest import Summary, Work

NEW = "never read before"
OTHER_INPUTS = "what it is read with has changed"
NO_PART = "its part is gone"
KEPT = "not read again: labels have changed, and none that it asked for"
#: So many changed things are named; the rest are counted.
_NAMED = 3


class Stale(NamedTuple):
    """What of a Work is kept until it is read: its documents, the sha256 of its inputs, and the seconds it counts for."""

    documents: tuple[str, ...]
    inputs: str
    seconds: float


def outcomes_that_hold(home: Home, ledger: Ledger) -> dict[str, DocumentOutcome]:
    """Return the outcome of each document that the present reader would read the same, by document_id."""
    there = home.part_names()
    return {one.document_id: one for one in ledger.outcomes(_that_hold(ledger.versions())) if one.part in there}


def note_read(ledger: Ledger, works: Sequence[Work], summary: Summary) -> None:
    """Keep what came of works whose part is written."""
    about = {str(record.document_id): work for work in works for record in work.records}
    outcomes, versions = [], {}
    for read in summary.read:
        version = version_of(read.uses)
        versions[version] = Version(version, read.uses, made_of(read.uses))
        work = about[read.document_id]
        outcomes.append(
            DocumentOutcome(read.document_id, version, read.status, read.reason, summary.part, work.inputs, work.why)
        )
    ledger.record_outcomes(outcomes, versions.values(), instead_of=_that_hold(ledger.versions()))


def keep_what_labels_leave(home: Home, ledger: Ledger, stale: Sequence[Stale]) -> list[Stale]:
    """Return what has to be read. What only changed labels stand against, and what asked nothing of them that is answered
    differently now, is noted as holding under the present labels, and needs not."""
    told = {document: one for one in stale for document in one.documents}
    versions = {one.version: one for one in ledger.versions()}
    only_labels = {v for v, one in versions.items() if _only_labels_changed(one)}
    there = home.part_names()
    maybe = {
        one.document_id: one
        for one in ledger.outcomes(only_labels)
        if one.document_id in told and one.part in there and one.inputs == told[one.document_id].inputs
    }
    if not maybe:
        return list(stale)
    uses = {v: versions[v].uses for v in only_labels}
    asked = {(str(one.part), name): version_but_labels(uses[one.version]) for name, one in maybe.items()}
    same = answer_as_before(home.parts, asked)
    kept = [
        replace(one, version=version_of(uses[one.version]), why=KEPT) for name, one in maybe.items() if name in same
    ]
    new = [Version(version_of(one), one, made_of(one)) for one in set(uses.values())]
    ledger.record_outcomes(kept, new)
    return [one for one in stale if not all(document in same for document in one.documents)]


def reasons(home: Home, ledger: Ledger, stale: Iterable[Stale]) -> Iterator[str]:
    """Yield of each the reason why it has to be read."""
    versions = {one.version: one for one in ledger.versions()}
    valid = set(_that_hold(versions.values()))
    earlier: dict[str, list[DocumentOutcome]] = {}
    for one in ledger.outcomes(versions):
        earlier.setdefault(one.document_id, []).append(one)
    there = home.part_names()

    def why(document_id: str, inputs: str) -> str:
        known = earlier.get(document_id, [])
        if not known:
            return NEW
        for one in known:
            if one.version in valid:
                return NO_PART if one.part not in there else OTHER_INPUTS if one.inputs != inputs else ""
        return min((_changed(versions[one.version]) for one in known), key=lambda c: (len(c), c))[0]

    for work in stale:
        yield next((told for document in work.documents if (told := why(document, work.inputs))), OTHER_INPUTS)


def _that_hold(versions: Iterable[Version]) -> list[str]:
    return [one.version for one in versions if version_of(one.uses) == one.version]


def _only_labels_changed(version: Version) -> bool:
    now = made_of(version.uses)
    return version.made_of != now and but_labels(version.made_of) == but_labels(now)


def _changed(version: Version) -> list[str]:
    """Return, in words, what is not as it was when a version read; the first says it all, the rest are what it names."""
    before, now = (dict(line.split("\t") for line in lines) for lines in (version.made_of, made_of(version.uses)))
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"changed: {', '.join(names[:_NAMED])}{more}", *names]
