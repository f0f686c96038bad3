"""What is handed to a worker and what it hands back: plain values that become JSON, never documents or readings.

A ReadingItem is what is read in one go, a Manifest a batch of them with the places of archive, documents and parts. The worker takes
the archived bytes or the cached Document itself and writes the part itself, so that whoever hands out the work moves a few
kilobytes for a minute of reading, on this machine as on a cluster.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import cache, cached_property
from typing import Any

from extract.record import Record
from transform.observation import Hints


@dataclass(frozen=True, slots=True)
class PayloadPlace:
    """Where the bytes of a document lie: in which WARC file of the archive, from which offset on.

    ``cached`` says where it lies read already (``flows/cache/document_files.py``), empty where it does not.
    """

    document_id: str
    warc_file: str
    warc_offset: int
    cached: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a page shows: by which address, and where its bytes lie."""

    address: str
    place: PayloadPlace


@dataclass(frozen=True)
class ReadingItem:
    """Documents read in one go (``records``: those whose readings it gives), and all that their reading is told.

    ``data`` is what is read first; a page of a flip-book comes with all pages of its ``book`` in order, ``page`` being its
    own place among them. The ``pictures`` that a page shows come with their addresses; they are then what is read, and
    ``data`` is the page; ``joined`` says where the page read together with them is cached. ``why`` says why it is read
    (again). That and where things are cached decide nothing.
    """

    records: tuple[Record, ...]
    hints: Hints
    name: str
    data: PayloadPlace
    book: tuple[PayloadPlace, ...] = ()
    page: int = 0
    pictures: tuple[Picture, ...] = ()
    joined: str = ""
    why: str = ""

    @cached_property
    def joined_id(self) -> str:
        """The name under which the page read together with its pictures is cached: a sha256 over all that goes into it."""
        told = [self.name, self.data.document_id, [[one.address, one.place.document_id] for one in self.pictures]]
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()

    def with_cached(self, known: Mapping[str, str]) -> ReadingItem:
        """Return this ReadingItem with the places at which its documents lie read already, by document_id."""
        return replace(
            self,
            data=replace(self.data, cached=known.get(self.data.document_id, "")),
            book=tuple(replace(place, cached=known.get(place.document_id, "")) for place in self.book),
            joined=known.get(self.joined_id, "") if self.pictures else "",
        )

    @property
    def is_cached(self) -> bool:
        """Tell whether no file has to be opened for it."""
        return all(place.cached for place in (self.data, *self.book)) and bool(self.joined or not self.pictures)

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
    """A batch: ``archive``, ``documents`` (cached) and ``parts`` are folders, ``reader_version`` is that of whoever hands it out.

    Where a file named ``stop`` appears, the worker ends after the document it is at and keeps what it has read.
    """

    archive: str
    documents: str
    parts: str
    reader_version: str
    items: tuple[ReadingItem, ...]
    stop: str = ""

    def to_json(self) -> str:
        return json.dumps(_plain(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        told = json.loads(text)
        return cls(**told | {"items": tuple(_item(one) for one in told["items"])})


@dataclass(frozen=True)
class Read:
    """What became of one document. ``readers`` read it (``flows/cache/keys.py``); ``again``: the machine may be why it could not
    be read, and it is tried again in the next run."""

    document_id: str
    status: str
    reason: str | None
    readers: str
    again: bool = False


@dataclass(frozen=True)
class Summary:
    """What came of a manifest: the part's name (None where nothing was read) and what became of each document.

    ``documents`` names the file with the Documents that were read anew, None where all were cached. ``seconds`` is the processor time of reading and writing, ``unreadable`` (address, reason) of what could not be read.
    """

    part: str | None
    read: tuple[Read, ...]
    unreadable: tuple[tuple[str, str], ...]
    seconds: float = 0.0
    documents: str | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Summary:
        told = json.loads(text)
        read = tuple(Read(**one) for one in told["read"])
        unreadable = tuple((url, reason) for url, reason in told["unreadable"])
        return cls(told["part"], read, unreadable, told["seconds"], told["documents"])


_HINTS = [field.name for field in fields(Hints)]


def _item(told: dict[str, Any]) -> ReadingItem:
    records = tuple(Record(**one) for one in told["records"])
    book = tuple(PayloadPlace(**one) for one in told.get("book", ()))
    pictures = tuple(Picture(one["address"], PayloadPlace(**one["place"])) for one in told.get("pictures", ()))
    own = {
        "records": records,
        "hints": Hints(**told["hints"]),
        "data": PayloadPlace(**told["data"]),
        "book": book,
        "pictures": pictures,
    }
    return ReadingItem(**told | own)


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
