"""Records as WARC 1.1: an Exchange -> the bytes of its group, and a file -> its groups again.

A group is what one attempt leaves: the response (or a revisit of one that is archived already, or a resource for an
imported file), the request, and last a metadata record whose JSON holds everything a Record says. A failed attempt
leaves the metadata alone. Each record is one gzip member; a group without its metadata was cut off and does not count.
The metadata's own address (``urn:gongkai:attempt:…``) keeps other tools from replaying it in place of the page.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import BufferWARCWriter

from extract.errors import ArchiveError
from extract.fetching.exchange import Exchange

METADATA_TYPE = "application/json"
METADATA_PROFILE = "gongkai-record"  # the JSON's "format"; its fields are Record's


@dataclass(frozen=True)
class Group:
    """One attempt in a WARC file: where its metadata lies, what that says, and where its payload lies (or None)."""

    offset: int
    end: int
    fields: dict[str, Any]
    payload_offset: int | None


@dataclass(frozen=True)
class Original:
    """An archived response that a revisit record refers to."""

    url: str
    retrieved_at: str


def group_bytes(
    fields: dict[str, Any],
    exchange: Exchange | None,
    *,
    resource: bytes | None = None,
    original: Original | None = None,
) -> tuple[bytes, int | None]:
    """Return the gzip members of one attempt and where in them its payload's record begins (None without one).

    ``fields`` are the Record's, to be kept in the metadata. ``exchange`` gives response and request where an answer
    came; ``original`` makes the response a revisit record (headers only); ``resource`` is an imported file.
    """
    writer = BufferWARCWriter(gzip=True, warc_version="WARC/1.1")
    url, date = fields["url"], fields["retrieved_at"]
    payload_offset, concurrent = None, None
    if resource is not None:
        headers = {"WARC-Date": date, "Content-Type": fields.get("media_type") or "application/octet-stream"}
        record = writer.create_warc_record(
            url, "resource", payload=BytesIO(resource), length=len(resource), warc_headers_dict=headers
        )
        writer.write_record(record)
        payload_offset, concurrent = 0, record.rec_headers.get_header("WARC-Record-ID")
    elif exchange is not None and exchange.status is not None:
        response = _response(writer, url, date, exchange, fields, original)
        concurrent = response.rec_headers.get_header("WARC-Record-ID")
        writer.write_record(response)
        writer.write_record(_request(writer, url, date, exchange, concurrent))
        payload_offset = 0 if original is None and exchange.data else None
    headers = {"WARC-Date": date, "Content-Type": METADATA_TYPE}
    if concurrent:
        headers["WARC-Concurrent-To"] = concurrent
    body = json.dumps({"format": METADATA_PROFILE, **fields}, ensure_ascii=False, sort_keys=True).encode()
    metadata = writer.create_warc_record(
        f"urn:gongkai:attempt:{url}", "metadata", payload=BytesIO(body), length=len(body), warc_headers_dict=headers
    )
    writer.write_record(metadata)
    return writer.get_contents(), payload_offset


def info_bytes(name: str, info: dict[str, str]) -> bytes:
    """Return the gzip member of the warcinfo record that begins a file."""
    writer = BufferWARCWriter(gzip=True, warc_version="WARC/1.1")
    writer.write_record(writer.create_warcinfo_record(name, info))
    return writer.get_contents()


def payload_digest(body: bytes) -> str:
    """Return a body's digest as WARC-Payload-Digest has it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body).digest()).decode()


def read_groups(path: Path, start: int = 0) -> Iterator[Group]:
    """Yield the complete groups of a file from an offset that begins one; what is cut off at the end is left out.

    Raises:
        ArchiveError: bytes in the middle of the file are not gzip, or a record is not WARC.
    """
    payload_offset: int | None = None
    with path.open("rb") as file:
        for offset, end, content in members(file, start):
            try:
                record = next(iter(ArchiveIterator(BytesIO(content))))
            except Exception as error:
                raise ArchiveError(f"{path}, offset {offset}: no WARC record ({error}); restore this file") from error
            kind = record.rec_type
            if kind in ("response", "resource"):
                payload_offset = offset
            elif kind == "metadata" and record.rec_headers.get_header("Content-Type") == METADATA_TYPE:
                fields = json.loads(record.content_stream().read())
                if fields.pop("format", None) == METADATA_PROFILE:
                    has = payload_offset if fields.get("document_id") else None
                    yield Group(offset, end, fields, has)
                payload_offset = None


def complete_end(path: Path, start: int = 0) -> int:
    """Return where the last complete group (or the warcinfo record) of a file ends."""
    safe = start
    with path.open("rb") as file:
        for _, end, content in members(file, start):
            head = content[:512]
            if b"WARC-Type: metadata" in head or b"WARC-Type: warcinfo" in head:
                safe = end
    return safe


def members(file: BinaryIO, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    """Yield (offset, end, content) of each whole gzip member; stop at a member that the end of the file cuts off.

    Raises:
        ArchiveError: bytes that are no gzip, other than zeros a crash left at the end.
    """
    offset, buffer = start, b""
    file.seek(start)
    while True:
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        parts, end = [], offset
        while not inflater.eof:
            if not buffer and not (buffer := file.read(1 << 18)):
                return
            try:
                parts.append(inflater.decompress(buffer))
            except zlib.error as error:
                if not (buffer + file.read()).strip(b"\0") and not b"".join(parts):
                    return
                raise ArchiveError(
                    f"{getattr(file, 'name', 'archive')}, offset {offset}: damaged ({error}); restore this file"
                ) from error
            end += len(buffer) - len(inflater.unused_data)
            buffer = inflater.unused_data
        yield offset, end, b"".join(parts)
        offset = end


def read_payload(file: BinaryIO, offset: int) -> tuple[dict[str, str], bytes]:
    """Return the HTTP headers (empty for an imported file) and the body as received of the record at an offset."""
    for _, _, content in members(file, offset):
        record = next(iter(ArchiveIterator(BytesIO(content))))
        headers = dict(record.http_headers.headers) if record.http_headers else {}
        return headers, record.raw_stream.read()
    raise ArchiveError(
        f"{getattr(file, 'name', 'archive')}, offset {offset}: no whole record lies there; rebuild the index"
    )


class _RawHeaders(StatusAndHeaders):
    """HTTP headers written byte for byte as they came (warcio would percent-encode GBK file names)."""

    def __init__(self, statusline: str, headers: list[tuple[str, str]], protocol: str):
        super().__init__(statusline, headers, protocol)
        lines = [f"{protocol} {statusline}", *(f"{name}: {value}" for name, value in headers)]
        self.raw = "\r\n".join(lines).encode("latin-1", errors="replace") + b"\r\n\r\n"

    def compute_headers_buffer(self, header_filter=None) -> None:
        self.headers_buff = self.raw


def _response(
    writer: BufferWARCWriter,
    url: str,
    date: str,
    exchange: Exchange,
    fields: dict[str, Any],
    original: Original | None,
) -> ArcWarcRecord:
    headers = []
    for name, value in exchange.headers:
        # The chunks are gone; the header that announced them would make readers look for them.
        if name.lower() == "transfer-encoding":
            name = "X-Archive-Orig-Transfer-Encoding"
        headers.append((name, value))
    http = _RawHeaders(f"{exchange.status} {exchange.status_text}".strip(), headers, exchange.http_version)
    warc_headers = {"WARC-Date": date}
    if exchange.peer:
        warc_headers["WARC-IP-Address"] = exchange.peer
    if fields.get("outcome") == "truncated":
        warc_headers["WARC-Truncated"] = "disconnect"
    if original is not None:
        if exchange.status == 304:
            record = writer.create_warc_record(url, "revisit", http_headers=http, warc_headers_dict=warc_headers)
            add = record.rec_headers.add_header
            add("WARC-Profile", "http://netpreserve.org/warc/1.1/revisit/server-not-modified")
            add("WARC-Refers-To-Target-URI", original.url)
            add("WARC-Refers-To-Date", original.retrieved_at)
            return record
        return writer.create_revisit_record(
            url, payload_digest(exchange.body), original.url, original.retrieved_at, http, warc_headers
        )
    body = BytesIO(exchange.body)
    return writer.create_warc_record(
        url,
        "response",
        payload=body,
        length=len(exchange.body),
        http_headers=http,
        warc_headers_dict=warc_headers,
    )


def _request(writer: BufferWARCWriter, url: str, date: str, exchange: Exchange, response_id: str) -> ArcWarcRecord:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = exchange.request_body or b""
    method = "GET" if exchange.request_body is None else "POST"
    http = _RawHeaders(f"{path} HTTP/1.1", list(exchange.request_headers), method)
    warc_headers = {"WARC-Date": date, "WARC-Concurrent-To": response_id}
    return writer.create_warc_record(
        url, "request", payload=BytesIO(body), length=len(body), http_headers=http, warc_headers_dict=warc_headers
    )
