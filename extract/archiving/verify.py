"""Re-reading a whole archive: every gzip member, every digest, every document's sha256, and the index against it all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from extract.archiving.archive import Archive
from extract.archiving.warc import members, read_groups
from extract.archiving.warc_writer import OPEN, closed_name, warc_files
from extract.errors import ArchiveError
from extract.fetching.classify import decode_body
from extract.fetching.exchange import SIZE_CAP


@dataclass(frozen=True)
class Damage:
    """Something in the archive that is not what it should be: where it lies and what is wrong."""

    file: str
    offset: int | None
    what: str


@dataclass(frozen=True)
class Verified:
    """What re-reading an archive gave: how many files, WARC records, attempts and documents, and what is damaged."""

    files: int
    warc_records: int
    attempts: int
    documents: int
    damages: tuple[Damage, ...]

    @property
    def ok(self) -> bool:
        return not self.damages


def verify_archive(folder: str | Path) -> Verified:
    """Re-read every record of an archive with its digests and compare the index; nothing is changed.

    Raises:
        ArchiveError: there is no archive at ``folder``.
    """
    damages: list[Damage] = []
    counts = {"warc_records": 0, "attempts": 0}
    documents: set[str] = set()
    if not Path(folder).is_dir():
        raise ArchiveError(f"{folder}: there is no archive; crawl or import first")
    files = warc_files(Path(folder))
    for path in files:
        damages += _file(path, counts, documents)
    try:
        with Archive(folder) as archive:
            for path in files:
                damages += _index(path, archive, counts)
            indexed = {str(record.document_id) for record in archive.records() if record.document_id}
    except ArchiveError as error:  # a damaged file, of which the index has not seen all yet
        damages.append(Damage("index.sqlite", None, f"cannot be completed: {error}"))
        indexed = set()
    for missing in sorted(indexed - documents):
        damages.append(Damage("index.sqlite", None, f"document {missing} is in the index and in no WARC file"))
    return Verified(len(files), counts["warc_records"], counts["attempts"], len(documents), tuple(damages))


def _file(path: Path, counts: dict[str, int], documents: set[str]) -> Iterator[Damage]:
    """Check the records of one file; add the sha256 of each payload to ``documents``."""
    payload: tuple[int, dict[str, str], bytes] | None = None
    end = 0
    try:
        with path.open("rb") as file:
            for offset, following, content in members(file):
                end = following
                record = next(iter(ArchiveIterator(BytesIO(content), check_digests=True)))
                http = dict(record.http_headers.headers) if record.http_headers else {}
                body = record.raw_stream.read()
                counts["warc_records"] += 1
                for problem in record.digest_checker.problems:
                    yield Damage(path.name, offset, f"{record.rec_type} record: {problem}")
                if record.rec_type in ("response", "resource"):
                    payload = (offset, {name.title(): value for name, value in http.items()}, body)
                elif record.rec_type == "metadata" and payload is not None:
                    yield from _document(path, payload, body, documents)
                    payload = None
    except ArchiveError as error:
        yield Damage(path.name, end, str(error))
        return
    except StopIteration:
        yield Damage(path.name, end, "a gzip member without a WARC record")
        return
    if end < path.stat().st_size and path.suffix != OPEN:  # a run may be writing to one that is open
        yield Damage(path.name, end, "the last record is cut off; opening the archive for writing removes it")


def _document(
    path: Path, payload: tuple[int, dict[str, str], bytes], metadata: bytes, documents: set[str]
) -> Iterator[Damage]:
    fields: dict[str, Any] = json.loads(metadata)
    document_id = fields.get("document_id")
    if document_id is None:
        return
    offset, headers, body = payload
    try:
        found = {hashlib.sha256(decode_body(body, headers, SIZE_CAP)).hexdigest()}
    except ValueError:
        found = set()
    found.add(hashlib.sha256(body).hexdigest())
    if document_id in found:
        documents.add(document_id)
    else:
        yield Damage(path.name, offset, f"the bytes are not those of document {document_id}")


def _index(path: Path, archive: Archive, counts: dict[str, int]) -> Iterator[Damage]:
    """Compare the index's rows of one file with the file's metadata."""
    rows = {row["group_end"]: row for row in archive.index.rows_of(closed_name(path))}
    try:
        for group in read_groups(path):
            counts["attempts"] += 1
            row = rows.pop(group.end, None)
            if row is None:
                yield Damage(
                    "index.sqlite", None, f"{closed_name(path)}, offset {group.offset}: the index lacks this attempt"
                )
            elif any(row[name] != value for name, value in group.fields.items() if name in row.keys()):  # noqa: SIM118
                yield Damage(
                    "index.sqlite", None, f"{closed_name(path)}, offset {group.offset}: the index says otherwise"
                )
    except ArchiveError:
        return  # told by the reading of the file
    for end in rows:
        yield Damage(
            "index.sqlite", None, f"{closed_name(path)}: the index has an attempt ending at {end} that the file lacks"
        )
