"""The durable copy of a home on any file system that fsspec knows: states, each whole, and the bytes they name.

``states/00000042.json`` says which bytes make up each WARC file, which parts, and which other files there are; the highest
number is what holds. The one thing to know: a store knows no append and no rename, so what grows is kept in segments that
are never written again (``archive/FILE/START-DIGEST``: bytes START and on of FILE), and a new state takes the next free
number, which only one of two writers gets.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

from extract.archiving.archive import payload_in
from extract.archiving.store import Store
from extract.errors import ArchiveError, StoreError

#: Bytes of a WARC file in one object at most.
SEGMENT = 64 << 20
_STATES = "states"
_KEPT = 20  # states that stay; older ones are deleted, the bytes they name are not


@dataclass(frozen=True)
class Segment:
    """Bytes ``start`` to ``end`` (not included) of a WARC file, under ``name`` in the store."""

    name: str
    start: int
    end: int
    sha256: str


@dataclass(frozen=True)
class State:
    """One state of a home. ``warcs``: the segments of each WARC file in order; ``parts``: their names; ``files``: the object
    that holds each other file (the ledger, what people read), named by its sha256."""

    number: int = 0
    warcs: Mapping[str, tuple[Segment, ...]] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)

    def length(self, warc: str) -> int:
        """Return how many bytes of a WARC file this state holds."""
        segments = self.warcs.get(warc, ())
        return segments[-1].end if segments else 0

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> State:
        told: dict[str, Any] = json.loads(text)
        warcs = {name: tuple(Segment(**one) for one in segments) for name, segments in told["warcs"].items()}
        return cls(told["number"], warcs, tuple(told["parts"]), told["files"])


def latest_state(store: Store) -> State:
    """Return the state that holds; an empty one (number 0) of a store that has none.

    Raises:
        StoreError: the store does not answer, or what lies there is no state.
    """
    names = store.names(_STATES)
    return _state(store, names[-1]) if names else State()


def state_of(store: Store, number: int) -> State:
    """Return the state of a number.

    Raises:
        StoreError: the store does not answer, has no such state any more, or what lies there is none.
    """
    return _state(store, _name(number))


def _name(number: int) -> str:
    return f"{_STATES}/{number:08d}.json"


def _state(store: Store, name: str) -> State:
    try:
        return State.from_json(store.read(name).decode("utf-8"))
    except FileNotFoundError as error:
        raise StoreError(f"{store.address(name)}: there is no such state (any more); run again") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{store.address(name)}: is no state ({error}); remove it to go back to the one before"
        ) from error


def put_state(store: Store, state: State) -> State:
    """Make a state the one that holds, under the number after its own; return it with that number.

    Raises:
        StoreError: another run has put one there since.
    """
    following = replace(state, number=state.number + 1)
    name = _name(following.number)
    if not store.create(name, following.to_json().encode()):
        raise StoreError(
            f"{store.address(name)}: another run wrote to this store in the meantime; run again with a home of its own"
        )
    for old in store.names(_STATES)[:-_KEPT]:
        store.remove(old)
    return following


def push_warc(path: Path, end: int, store: Store, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Copy what a WARC file has up to ``end`` beyond its segments, and return all segments.

    Raises:
        StoreError: the file is shorter than what the store holds of it.
    """
    at = segments[-1].end if segments else 0
    if end < at:
        raise StoreError(
            f"{path}: has {end} bytes, {store.address('archive')} holds {at} of it; pull into a home of its own"
        )
    found = list(segments)
    with path.open("rb") as file:
        file.seek(at)
        while at < end:
            data = file.read(min(SEGMENT, end - at))
            if not data:
                raise StoreError(f"{path}: ends at byte {at}, before {end}")
            digest = hashlib.sha256(data).hexdigest()
            name = f"archive/{path.name}/{at:012d}-{digest[:16]}"
            if store.sha256(name) != digest:
                store.write(name, data)
                # What is archived cannot be had again: it counts as kept once it came back as it was written.
                if store.sha256(name) != digest:
                    raise StoreError(
                        f"{store.address(name)}: other bytes came back than were written; see to the store, then run again"
                    )
            found.append(Segment(name, at, at + len(data), digest))
            at += len(data)
    return tuple(found)


def pull_warc(path: Path, store: Store, segments: Sequence[Segment]) -> int:
    """Bring a WARC file up to its segments; return the number of bytes fetched. A fetch cut off goes on where it was.

    Raises:
        StoreError: a segment is not there, or is not what its sha256 says.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.stat().st_size if path.exists() else 0
    fetched = 0
    for segment in segments:
        if segment.end <= there:
            continue
        data = _segment(store, segment)
        with path.open("r+b" if path.exists() else "xb") as file:
            file.seek(segment.start)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fetched += len(data)
    return fetched


class StoredArchive:
    """An archive read where it is stored, record by record: for workers that have no copy of it."""

    def __init__(self, store: Store, state: State):
        self.store, self.state = store, state

    def payload(self, warc: str, offset: int, document_id: str) -> bytes:
        """Return the bytes of a document.

        Raises:
            ArchiveError: the state does not hold that place, or what lies there is not the document.
        """
        if not 0 <= offset < self.state.length(warc):
            raise ArchiveError(
                f"{self.store.address('archive')}/{warc}, offset {offset}: not in state {self.state.number}"
            )
        file = _Spanned(self.store, self.state.warcs[warc], warc)
        return payload_in(cast(BinaryIO, io.BufferedReader(file, 1 << 18)), offset, document_id)


class _Spanned(io.RawIOBase):
    """A WARC file over its segments, read by ranges."""

    def __init__(self, store: Store, segments: Sequence[Segment], name: str):
        self.store, self.segments, self.name = store, segments, name
        self.at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.segments[-1].end)[whence]
        return self.at

    def tell(self) -> int:
        return self.at

    def readinto(self, buffer: Any) -> int:
        for segment in self.segments:
            if segment.start <= self.at < segment.end:
                start = self.at - segment.start
                data = self.store.read_range(segment.name, start, start + len(buffer))
                buffer[: len(data)] = data
                self.at += len(data)
                return len(data)
        return 0


def _segment(store: Store, segment: Segment) -> bytes:
    try:
        data = store.read(segment.name)
    except FileNotFoundError as error:
        raise StoreError(
            f"{store.address(segment.name)}: is not there; restore it, the archive cannot be had again"
        ) from error
    if hashlib.sha256(data).hexdigest() != segment.sha256:
        raise StoreError(
            f"{store.address(segment.name)}: is not what its sha256 says; restore it, the archive cannot be had again"
        )
    return data
