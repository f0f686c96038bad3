"""Documents read some to a task: one at fault costs no other, and none is tried more often than it must be."""

from __future__ import annotations

from collections import Counter

from extract.workers import TaskFailure
from flows.reading.read import ItemResult, LoadedItem, Packed, Source, read_groups
from transform.observation import Hints

TIMEOUT = TaskFailure("timeout", "took longer than 60 s and was stopped")


class Pool:
    """A pool in which every task that holds a bad document comes to nothing; ``tried`` counts how often each was."""

    def __init__(self) -> None:
        self.tried: Counter[bytes] = Counter()

    def run(self, tasks):
        for index, (_, jobs) in enumerate(tasks):
            self.tried.update(job.pages[0].data for job in jobs)
            bad = any(job.pages[0].data == b"bad" for job in jobs)
            yield (
                index,
                TIMEOUT
                if bad
                else Packed(tuple(ItemResult(((job.pages[0].data.decode(), "read", None),)) for job in jobs), b"rows"),
            )


def read(*groups: list[bytes]) -> tuple[dict[int, object], Counter]:
    pool, number, told = Pool(), iter(range(100)), []
    for group in groups:
        told.append(([next(number) for _ in group], [LoadedItem((Source(data),), Hints()) for data in group]))
    found = {
        n: one.readings
        for numbers, packed in read_groups(pool, told)
        for n, one in zip(numbers, packed.told, strict=True)
    }
    return found, pool.tried


def test_one_at_fault_costs_no_other():
    found, tried = read([b"a", b"bad", b"b"], [b"c"])
    assert found == {0: (("a", "read", None),), 1: TIMEOUT.reason, 2: (("b", "read", None),), 3: (("c", "read", None),)}
    assert tried == {b"a": 2, b"bad": 2, b"b": 2, b"c": 1}


def test_one_alone_is_not_tried_again():
    found, tried = read([b"bad"])
    assert found == {0: TIMEOUT.reason} and tried == {b"bad": 1}
