"""Batches: what there is to read, cut into manifests of a minute or two, and what came of each noted in the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from flows.cache.keys import all_keys
from flows.home.home import Home
from flows.home.ledger import Ledger
from flows.reading.manifest import Manifest, ReadingItem, Summary
from flows.todo.outcomes import note_read

#: What a batch may take, in seconds of one core: little is lost with a worker, and handing it out costs below 1 %.
SECONDS = 60.0
#: Seconds a document counts for, by what its server or its bytes said it is (measured on the sample and on typeset scans).
#: A page takes a third of what it counts for: what 600 of them give (20 MB) is enough for a worker to hold until it is written.
_TAKES = {"text/html": 0.1, "application/pdf": 1.5, "image/": 8.0}
_TAKES_OTHERWISE = 0.5


@dataclass(frozen=True)
class BatchSummary:
    """What reading a batch came to: how many documents, (address, reason) of each that could not be read, and seconds of
    one core that it took."""

    documents: int
    unreadable: tuple[tuple[str, str], ...]
    seconds: float = 0.0


def batches(items: Iterable[ReadingItem], workers: int, seconds: float) -> Iterator[list[ReadingItem]]:
    """Yield items in batches of about ``SECONDS`` at most, as many for each worker and each about as much.

    ``seconds`` is what all of them take together (``takes``). The documents of one ReadingItem are never parted.
    """
    number = workers * max(1, math.ceil(seconds / (SECONDS * workers)))
    batch: list[ReadingItem] = []
    place, done = 0, 0.0
    for item in items:
        own = takes(item)
        following = min(number - 1, int((done + own / 2) / seconds * number))
        if batch and following != place:
            yield batch
            batch = []
        batch.append(item)
        place, done = following, done + own
    if batch:
        yield batch


def manifest_of(home: Home, items: Sequence[ReadingItem], *, stop: str = "", stored: str = "") -> Manifest:
    """Return the manifest of a batch; ``stored`` is the address of a store (flows/home/storing.py) that holds what it names."""
    archive, folder = (stored, stored) if stored else (str(home.archive), str(home.folder))
    return Manifest(archive, f"{folder}/documents", f"{folder}/parts", all_keys(), tuple(items), stop)


def keep(home: Home, items: Sequence[ReadingItem], summary: Summary) -> BatchSummary:
    """Note what came of a batch whose part is written: a run killed before that reads the batch again into the same part."""
    if summary.read:
        with Ledger(home.ledger) as ledger:
            note_read(ledger, items, summary)
    return BatchSummary(len(summary.read), summary.unreadable, summary.seconds)


def takes(item: ReadingItem) -> float:
    """Return the seconds that reading a ReadingItem counts for; one that was read already is only interpreted, as a page is."""
    return (
        len(item.records) * _TAKES["text/html"]
        if item.is_cached
        else sum(_seconds(record.media_type or "") for record in item.records)
    )


def _seconds(media_type: str) -> float:
    return next((takes for kind, takes in _TAKES.items() if media_type.startswith(kind)), _TAKES_OTHERWISE)
