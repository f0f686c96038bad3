"""What is handed to a worker and what it hands back: plain values that become JSON, never documents or readings.

A Work is what is read in one go, a Manifest a batch of them with the places of archive and parts. The one thing to know:
the worker reads the archived bytes itself and writes the part itself, so that whoever hands out the work moves a few
kilobytes for a minute of reading, on this machine as on a cluster.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from functools import cache, cached_property
from typing import Any

from extract.record import Record
from transform.observation import Hints


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bytes of a document lie: in which WARC file of the archive, from which offset on."""

    document_id: str
    warc_file: str
    warc_offset: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a page shows: by which address, and where its bytes lie."""

    address: str
    place: Place


@dataclass(frozen=True)
class Work:
    """Documents read in one go (``records``: those whose readings it gives), and all that their reading is told.

    ``data`` is what is read first; a page of a flip-book comes with all pages of its ``book`` in order, ``page`` being its
    own place among them. The ``pictures`` that a page shows come with their addresses; they are then what is read, and
    ``data`` is the page. ``why`` says why it is read (again); it decides nothing.
    """

    records: tuple[Record, ...]
    hints: Hints
    name: str
    data: Place
    book: tuple[Place, ...] = ()
    page: int = 0
    pictures: tuple[Picture, ...] = ()
    why: str = ""

    @cached_property
    def inputs(self) -> str:
        """The sha256 of everything that decides what reading this gives, beside code and reference data."""
        told = [(r.document_id, r.media_type, r.size) for r in self.records]
        books = [place.document_id for place in self.book]
        pictures = [(one.address, one.place.document_id) for one in self.pictures]
        whole = [
            told,
            [getattr(self.hints, name) for name in _HINTS],
            self.name,
            self.data.document_id,
            books,
            self.page,
            pictures,
        ]
        return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """A batch: ``archive`` and ``parts`` are folders, ``reader_version`` that of whoever hands it out.

    Where a file named ``stop`` appears, the worker ends after the document it is at and keeps what it has read.
    """

    archive: str
    parts: str
    reader_version: str
    works: tuple[Work, ...]
    stop: str = ""

    def to_json(self) -> str:
        return json.dumps(_plain(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        told = json.loads(text)
        return cls(**told | {"works": tuple(_work(one) for one in told["works"])})


@dataclass(frozen=True)
class Read:
    """What became of one document. ``uses`` are the modules its reading imported (flows/cache/fingerprints.py)."""

    document_id: str
    status: str
    reason: str | None
    uses: str


@dataclass(frozen=True)
class Summary:
    """What came of a manifest: the part's name (None where nothing was read) and what became of each document.

    ``seconds`` is the processor time of reading and writing, ``unreadable`` (address, reason) of what could not be read.
    """

    part: str | None
    read: tuple[Read, ...]
    unreadable: tuple[tuple[str, str], ...]
    seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Summary:
        told = json.loads(text)
        read = tuple(Read(**one) for one in told["read"])
        return cls(told["part"], read, tuple((url, reason) for url, reason in told["unreadable"]), told["seconds"])


_HINTS = [field.name for field in fields(Hints)]


def _work(told: dict[str, Any]) -> Work:
    records = tuple(Record(**one) for one in told["records"])
    book = tuple(Place(**one) for one in told.get("book", ()))
    pictures = tuple(Picture(one["address"], Place(**one["place"])) for one in told.get("pictures", ()))
    own = {
        "records": records,
        "hints": Hints(**told["hints"]),
        "data": Place(**told["data"]),
        "book": book,
        "pictures": pictures,
    }
    return Work(**told | own)


def _plain(value: Any) -> Any:
    """Return dataclasses as dictionaries without what is at its default."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(_set(value)) if hasattr(value, "__dataclass_fields__") else value


def _set(value: Any) -> Iterator[tuple[str, Any]]:
    for name, default in _defaults(value.__class__):
        held = getattr(value, name)
        if held != default:
            yield name, _plain(held)


@cache
def _defaults(kind: type) -> list[tuple[str, Any]]:
    return [(field.name, field.default) for field in fields(kind)]
