"""What a release is made from: the parts that hold its documents, and fingerprints of everything that decides its bytes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from extract.archiving.archive import Archive
from extract.documents.ocr.models import missing
from flows.cache.keys import (
    all_keys,
    digest,
    fingerprint,
    libraries_of_readings,
    libraries_of_releases,
    programs,
    surroundings,
)
from flows.home.home import ROOT, Home
from flows.home.ledger import Ledger
from flows.todo.outcomes import outcomes_that_hold, to_try_again
from flows.todo.to_read import READ_TOGETHER, warc_sizes
from publish.files.release_files import sha256
from transform.tables.statements import STATEMENTS_FILE

#: What decides what a release makes of readings.
_RELEASING = ("transform", "data/reference", "data/sample/divisions.csv", "publish", *READ_TOGETHER)


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
    told = [
        fingerprint(*_RELEASING),
        all_keys(),
        *libraries,
        *reference,
        as_of or "",
        *warc_sizes(archive),
        *unfinished,
    ]
    return digest(told)


def made_from(portals_file: Path, readings: Path) -> dict[str, str | None]:
    """Return the fingerprints that a release keeps of what decided its figures, beside the archive (publish/files/made_from.py).

    Whatever changes what any document gives, or the reference data, changes one of those that are named after what they are of.
    """
    return {
        "reader_version": all_keys(),
        "programs": fingerprint(*programs(), "transform", *READ_TOGETHER),
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
