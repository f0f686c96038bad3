"""The archive: every attempt as records in WARC files, and an index that can be rebuilt from them alone.

``HOME/archive/gongkai-000001.warc.gz`` and on are the truth; ``index.sqlite`` beside them is made from them. A run writes
files of its own (``warc_writer.py``) and never touches one that is closed. Groups the index has not seen are read into it.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from extract.archiving.index import Index
from extract.archiving.warc import (
    Original,
    group_bytes,
    payload_digest,
    read_groups,
    read_payload,
)
from extract.archiving.warc_writer import WarcWriter, closed_name, heal, place_of_warc, warc_files
from extract.errors import ArchiveError
from extract.fetching.classify import decode_body, media_type
from extract.fetching.exchange import SIZE_CAP, Exchange, utc_now
from extract.portal import Portal, ReportLink
from extract.record import Record

#: Kinds of records whose documents are read.
READABLE = ("report", "attachment", "import")
#: Fields of a Record that many of an archive share.
_REPEATED = (
    "retrieved_at",
    "outcome",
    "kind",
    "media_type",
    "warc_file",
    "portal_id",
    "jurisdiction_code",
    "link_title",
    "link_published_on",
    "parent_url",
    "reason",
    "vantage",
)
_FIELDS = tuple(field.name for field in dataclass_fields(Record) if not field.name.startswith("warc_"))


class Archive:
    """An archive folder, open for reading, or for writing too (by one process at a time). Use as a context manager.

    Raises:
        ArchiveError: another process writes to it, or a WARC file is damaged before its end.
    """

    def __init__(self, folder: str | Path, *, write: bool = False):
        self.folder = Path(folder)
        self.write = write
        self._lock = threading.RLock()
        self._guard: int | None = None
        self._writer: WarcWriter | None = None
        if write:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._guard = _exclusive(self.folder / "writing.lock")
            self._writer = WarcWriter(self.folder)
        elif not self.folder.is_dir():
            raise ArchiveError(f"{self.folder}: there is no archive; crawl or import first")
        self.index = Index(self.folder / "index.sqlite")
        self._catch_up()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write everything through to the disk and release the archive."""
        with self._lock:
            if self._writer is not None:
                self._writer.close()
            self.index.close()
            if self._guard is not None:
                os.close(self._guard)
                self._guard = None

    def files(self) -> list[Path]:
        """Return the WARC files in the order they were written."""
        return warc_files(self.folder)

    # -- writing

    def add(
        self,
        exchange: Exchange,
        *,
        kind: str,
        portal: Portal | None = None,
        link: ReportLink | None = None,
        jurisdiction_code: str | None = None,
        vantage: str | None = None,
    ) -> Record:
        """Append one attempt and return its Record.

        A body that is archived already becomes a revisit record. ``jurisdiction_code`` is the code the record is
        attributed to (by default the portal's); ``link`` is what the list page said of the address.
        """
        answered = exchange.status is not None
        record = Record(
            url=exchange.url,
            retrieved_at=exchange.started_at,
            outcome=exchange.outcome,
            kind=kind,
            http_status=exchange.status,
            reason=exchange.reason,
            vantage=vantage,
            requested_url=link.url if link is not None and link.url != exchange.url else None,
            tls=exchange.tls,
            certificate_error=exchange.certificate_error,
            **_context(portal, link, jurisdiction_code),
        )
        extra: dict[str, Any] = {}
        for field, header in (("etag", "ETag"), ("last_modified", "Last-Modified")):
            if (value := exchange.header(header)) and exchange.outcome == "ok":
                extra[field] = value
        original = None
        if exchange.status == 304 and exchange.outcome == "ok":
            original_record = self.latest(exchange.url)
            if original_record is None or original_record.document_id is None:
                # A redirect led here with the marks of another address: nothing is known of this one.
                record = replace(record, outcome="error", reason="answers 'not modified', and is not archived")
            else:
                record = replace(
                    record,
                    document_id=original_record.document_id,
                    media_type=original_record.media_type,
                    size=original_record.size,
                )
                original = Original(original_record.url, original_record.retrieved_at)
        elif answered and exchange.data:
            record = replace(
                record,
                document_id=hashlib.sha256(exchange.data).hexdigest(),
                media_type=exchange.media_type or media_type(exchange.data),
                size=len(exchange.data),
            )
            extra["payload_digest"] = payload_digest(exchange.body)
            original = self.index.original(extra["payload_digest"], record.document_id)
        return self._append(record, extra, exchange, original=original)

    def add_file(
        self,
        data: bytes,
        *,
        url: str,
        jurisdiction_code: str | None = None,
        title: str | None = None,
        year: int | None = None,
        told_year: int | None = None,
        sure: bool = False,
        published_on: str | None = None,
        vantage: str | None = None,
        retrieved_at: str | None = None,
    ) -> Record:
        """Append a file that a person collected (kind ``import``) as a WARC resource record; return its Record.

        ``year`` is that of its title, ``told_year`` what the person says, who may be ``sure`` against the document.
        ``retrieved_at``: when it was saved, in UTC, if that is known; otherwise now.
        """
        record = Record(
            url=url,
            retrieved_at=retrieved_at or utc_now(),
            outcome="ok",
            kind="import",
            media_type=media_type(data),
            document_id=hashlib.sha256(data).hexdigest(),
            size=len(data),
            jurisdiction_code=jurisdiction_code,
            link_title=title,
            link_published_on=published_on,
            link_year=year,
            vantage=vantage,
            synthetic=(jurisdiction_code or "").startswith("99"),
            told_year=told_year,
            sure=sure or None,
        )
        return self._append(record, {"payload_digest": payload_digest(data)}, None, resource=data)

    def _append(
        self,
        record: Record,
        extra: dict[str, Any],
        exchange: Exchange | None,
        *,
        resource: bytes | None = None,
        original: Original | None = None,
    ) -> Record:
        fields = {name: getattr(record, name) for name in _FIELDS}
        fields = {name: value for name, value in (fields | extra).items() if value is not None}
        content, payload_at = group_bytes(fields, exchange, resource=resource, original=original)
        with self._lock:
            if self._writer is None:
                raise ArchiveError(f"{self.folder}: the archive is open for reading only")
            name, start = self._writer.append(content)
            payload_offset = None if payload_at is None else start + payload_at
            self.index.add(name, start + len(content), fields, payload_offset)
            self.index.commit()
        return self._located(record)

    # -- reading

    def records(self, *, kind: str | None = None, outcome: str | None = None) -> list[Record]:
        """Return the Records of all attempts, or those of one kind or outcome, sorted by time and address."""
        with self._lock:
            return list(self.each_record(kind=kind, outcome=outcome))

    def each_record(self, *, kind: str | None = None, outcome: str | None = None) -> Iterator[Record]:
        """Yield the same one by one, from an archive that one thread reads."""
        same: dict[str, str] = {}  # what thousands of Records repeat is held once
        for row in self.index.rows(kind=kind, outcome=outcome):
            yield _record(row, same)

    def tried(self, url: str) -> bool:
        """Tell whether an address was ever asked for, whatever came of it."""
        with self._lock:
            return self.index.tried(url)

    def latest(self, url: str, *, kinds: Iterable[str] = ()) -> Record | None:
        """Return the last good Record of an address (of the answer, or the one a list page gave), or None.

        ``kinds``: only records of these kinds (all by default).
        """
        with self._lock:
            row = self.index.latest(url, kinds=tuple(kinds))
        return _record(row) if row else None

    def at(self, url: str) -> list[Record]:
        """Return the good Records of an address that itself answered, sorted by time."""
        with self._lock:
            return [_record(row) for row in self.index.good_rows("url", url)]

    def hanging_on(self, url: str) -> list[Record]:
        """Return the good Records of what was fetched for a page (its attachments and pictures), sorted by time."""
        with self._lock:
            return [_record(row) for row in self.index.good_rows("parent_url", url)]

    def archived_years(self, portal_id: str) -> dict[int, int]:
        """Return how many reports are archived for a portal, by the year in their titles."""
        with self._lock:
            return self.index.years(portal_id)

    def validators(self, url: str) -> dict[str, str]:
        """Return the request headers that ask only for what has changed since the last good answer."""
        with self._lock:
            row = self.index.latest(url, own=True)
        if row is None or row["kind"] == "import":
            return {}
        headers = {"If-None-Match": row["etag"], "If-Modified-Since": row["last_modified"]}
        return {name: value for name, value in headers.items() if value}

    def payload(self, document_id: str) -> bytes:
        """Return the bytes whose sha256 is ``document_id``.

        Raises:
            ArchiveError: the archive has no such document, or what lies there is not it.
        """
        with self._lock:
            place = self.index.place(document_id)
        if place is None:
            raise ArchiveError(f"document {document_id}: not in the archive {self.folder}")
        return payload_at(place_of_warc(self.folder, place[0]), place[1], document_id)

    # -- the index

    def rebuild_index(self) -> int:
        """Make the index anew from the WARC files alone; return the number of Records in it."""
        with self._lock:
            self.index.clear()
            self._catch_up()
            return self.index.count()

    def _catch_up(self) -> None:
        # Asked for by its name each time: a file that another process closes meanwhile loses its ending.
        for name in [closed_name(path) for path in self.files()]:
            path = place_of_warc(self.folder, name)
            size = path.stat().st_size
            indexed = self.index.indexed_to(name)
            if size < indexed:
                self.index.forget(name)
                indexed = 0
            if size > indexed:
                for group in read_groups(path, indexed):
                    self.index.add(name, group.end, group.fields, group.payload_offset)
                if self._writer is not None and self.index.indexed_to(name) < size:
                    heal(path)  # written by a gongkai that appended to closed files
        self.index.commit()

    def _located(self, record: Record) -> Record:
        if record.document_id is None:
            return record
        place = self.index.place(record.document_id)
        return replace(record, warc_file=place[0], warc_offset=place[1]) if place else record


def payload_at(path: Path, offset: int, document_id: str) -> bytes:
    """Return the bytes whose sha256 is ``document_id`` from the record at an offset of a WARC file.

    Raises:
        ArchiveError: what lies there is not it, or no WARC file is there.
    """
    try:
        with path.open("rb") as file:
            return payload_in(file, offset, document_id)
    except FileNotFoundError as error:
        raise ArchiveError(f"{path}: the WARC file is not there") from error


def payload_in(file: BinaryIO, offset: int, document_id: str) -> bytes:
    """Return the bytes whose sha256 is ``document_id`` from the record at an offset of an open WARC file.

    Raises:
        ArchiveError: what lies there is not it.
    """
    headers, body = read_payload(file, offset)
    candidates = [body]
    # What was archived as truncated does not decode; it is addressed by its bytes as received.
    with contextlib.suppress(ValueError):
        candidates.insert(0, decode_body(body, {key.title(): value for key, value in headers.items()}, SIZE_CAP))
    for data in candidates:
        if hashlib.sha256(data).hexdigest() == document_id:
            return data
    name = Path(getattr(file, "name", "archive")).name
    raise ArchiveError(f"{name}, offset {offset}: the bytes are not those of document {document_id}")


def rebuild_index(folder: str | Path) -> int:
    """Make an archive's index anew from its WARC files alone; return the number of Records."""
    with Archive(folder, write=True) as archive:
        return archive.rebuild_index()


def _context(portal: Portal | None, link: ReportLink | None, jurisdiction_code: str | None) -> dict[str, Any]:
    code = jurisdiction_code if jurisdiction_code is not None else (portal.jurisdiction_code if portal else None)
    context: dict[str, Any] = {"jurisdiction_code": code or None}
    if portal is not None:
        context |= {"portal_id": portal.portal_id, "synthetic": portal.synthetic}
    if link is not None:
        context |= {
            "link_title": link.title,
            "link_published_on": link.published_on,
            "link_year": link.year,
            "parent_url": link.parent_url,
        }
    return context


def _record(row: Any, same: dict[str, str] | None = None) -> Record:
    values = {name: row[name] for name in (*_FIELDS, "warc_file", "warc_offset")}
    values["synthetic"] = bool(values["synthetic"])
    values["sure"] = bool(values["sure"]) or None
    if same is not None:
        for name in _REPEATED:
            if values[name] is not None:
                values[name] = same.setdefault(values[name], values[name])
    return Record(**values)


def _exclusive(path: Path) -> int:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise ArchiveError(f"{path.parent}: another process is writing to this archive; wait for it") from error
    return handle


def iter_documents(records: Iterable[Record]) -> Iterator[Record]:
    """Yield of good Records one for each readable document (reports, attachments, imports), the first one that brought it."""
    seen: set[bytes] = set()  # half the size of the same in letters
    for record in records:
        if record.kind in READABLE and record.document_id and (name := bytes.fromhex(record.document_id)) not in seen:
            seen.add(name)
            yield record
