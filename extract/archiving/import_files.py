"""What a person collected -> the archive: files, saved pages, MHTML and WARC files become Records of kind ``import``.

This is the way for portals behind a challenge, which is never solved: a person saves the page with a browser.
"""

from __future__ import annotations

import email
import email.policy
import gzip
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from extract.archiving.archive import Archive
from extract.documents.shared.encoding import decode
from extract.documents.shared.sniff import IMAGES, sniff
from extract.errors import UsageError
from extract.fetching.classify import classify, decode_body, title_of
from extract.fetching.exchange import SIZE_CAP
from extract.numbers import whole_number
from extract.portals.lists.link_titles import clean, year_of_title
from extract.record import Record

# Browsers write where a page was saved from: <!-- saved from url=(0031)https://www.example.gov.cn/a.html -->
SAVED_FROM = re.compile(rb"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.I)
SMALLEST_PICTURE = 20_000  # bytes: smaller ones on a page are logos and buttons


@dataclass(frozen=True)
class _Found:
    data: bytes
    url: str | None
    title: str | None
    saved_at: str | None = None


def import_files(
    paths: Iterable[str | Path],
    archive: Archive,
    *,
    url: str | None = None,
    jurisdiction: str | None = None,
    year: int | None = None,
    sure: bool = False,
) -> list[Record]:
    """Archive files a person collected and return their Records; folders are taken with all that lies in them.

    ``url``: the address a single file came from (otherwise what the file itself tells, else ``urn:sha256:…``).
    ``jurisdiction`` and ``year``: the six-digit code and report year, if the person vouches for them, ``sure`` even against the
    document. Documents that are archived already under the same address are not added again, unless the person now says
    something else of them.

    Raises:
        UsageError: a path does not exist, a WARC file cannot be read, or ``url`` is given for more than one document.
    """
    found = [one for path in _files(paths) for one in _documents(path)]
    if url is not None and len(found) != 1:
        raise UsageError(f"--url names the address of one document; {len(found)} were given")
    if jurisdiction is not None and not re.fullmatch(r"\d{6}", jurisdiction):
        raise UsageError(f"jurisdiction {jurisdiction!r} is not a six-digit code")
    records = []
    for one in found:
        digest = hashlib.sha256(one.data).hexdigest()
        address = url or one.url or f"urn:sha256:{digest}"
        known = archive.latest(address)
        says = jurisdiction, year, sure
        if known is not None and known.document_id == digest and says in (_says(known), (None, None, False)):
            records.append(known)
            continue
        title = one.title
        records.append(
            archive.add_file(
                one.data,
                url=address,
                jurisdiction_code=jurisdiction,
                title=title,
                year=year_of_title(title or ""),
                told_year=year,
                sure=sure,
                retrieved_at=one.saved_at,
            )
        )
    return records


def _says(record: Record) -> tuple[str | None, int | None, bool]:
    return record.jurisdiction_code, record.told_year, bool(record.sure)


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(inner for inner in path.rglob("*") if inner.is_file() and not inner.name.startswith("."))
        elif path.is_file():
            yield path
        else:
            raise UsageError(f"{path}: no such file")


def _documents(path: Path) -> Iterator[_Found]:
    data = path.read_bytes()
    if data.startswith(b"WARC/") or (data.startswith(b"\x1f\x8b") and _first_bytes(data).startswith(b"WARC/")):
        yield from _warc_documents(path)
        return
    kind = sniff(data)
    if kind == "empty":
        raise UsageError(f"{path}: the file is empty")
    title: str | None = clean(path.stem)
    url = None
    if kind == "html":
        if match := SAVED_FROM.search(data[:4096]):
            url = match[1].decode("ascii", "replace")
        title = _page_title(data) or title
    elif kind == "mhtml":
        message = email.message_from_bytes(data, policy=email.policy.default)
        url = message.get("Snapshot-Content-Location") or message.get("Content-Location") or None
        title = clean(str(message.get("Subject") or "")) or title
    yield _Found(data, url, title)


def _warc_documents(path: Path) -> Iterator[_Found]:
    """Yield the documents among a WARC file's responses and resources: pages, files, and pictures large enough."""
    try:
        with path.open("rb") as file:
            for record in ArchiveIterator(file):
                if record.rec_type not in ("response", "resource"):
                    continue
                headers = dict(record.http_headers.headers) if record.http_headers else {}
                # A status that is no number is none of success.
                status = (whole_number(record.http_headers.get_statuscode()) or 0) if record.http_headers else 200
                body = record.content_stream().read() if record.rec_type == "resource" else record.raw_stream.read()
                chunked = any(
                    name.lower() == "transfer-encoding" and "chunked" in value.lower()
                    for name, value in headers.items()
                )
                if chunked:
                    body = _without_chunks(body)
                try:
                    data = decode_body(body, {name.title(): value for name, value in headers.items()}, SIZE_CAP)
                except ValueError:
                    continue
                url = record.rec_headers.get_header("WARC-Target-URI")
                if _is_document(data) and classify("import", url, status, data)[0] == "ok":
                    date = record.rec_headers.get_header("WARC-Date")
                    yield _Found(data, url, _page_title(data) if sniff(data) == "html" else None, date)
    except Exception as error:
        raise UsageError(f"{path}: cannot be read as WARC ({error})") from error


def _is_document(data: bytes) -> bool:
    kind = sniff(data)
    if kind in IMAGES:
        return len(data) >= SMALLEST_PICTURE
    return kind not in ("empty", "unknown", "text")


_CHUNK = re.compile(rb"([0-9a-fA-F]{1,8})[^\r\n]*\r\n")


def _without_chunks(body: bytes) -> bytes:
    """Return a body freed of chunked transfer encoding, or as it is where it has none."""
    parts: list[bytes] = []
    at = 0
    while match := _CHUNK.match(body, at):
        size = int(match[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[match.end() : match.end() + size])
        at = match.end() + size + 2
    return body if not parts else b"".join(parts)


def _page_title(data: bytes) -> str | None:
    return clean(title_of(decode(data[:200_000])[0])) or None


def _first_bytes(data: bytes) -> bytes:
    try:
        return gzip.GzipFile(fileobj=io.BytesIO(data)).read(16)
    except (OSError, EOFError):
        return b""
