"""One attempt to fetch an address, and what it means: ok, a redirect, a broken transfer, an error, a gate."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

from requests.structures import CaseInsensitiveDict

from extract.documents.shared.sniff import MEDIA_TYPES, sniff
from extract.fetching.classify import classify, decode_body
from extract.numbers import whole_number

SIZE_CAP = 64 * 1024 * 1024
LONGEST_REASON = 500  # characters; what a server writes may be in it
RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Exchange:
    """One attempt: what was sent, and what came back, if anything did.

    ``body`` is as received (content encoding kept, transfer encoding removed), ``data`` is decoded. ``status`` is
    None when no answer came; ``outcome`` and ``reason`` are the Record's. ``location`` is the absolute address of a
    redirect that may be followed. ``kind`` is set where the answer is to a question of the fetcher's own (robots).
    ``tls`` and ``certificate_error`` are the Record's; ``media_type`` is told by the bytes. ``request_body`` is what
    was posted (None: the request was a GET). ``silent``: not a byte came, or the exchange did not end in its time.
    """

    url: str
    started_at: str
    outcome: str
    reason: str | None = None
    request_headers: tuple[tuple[str, str], ...] = ()
    status: int | None = None
    status_text: str = ""
    http_version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    data: bytes = b""
    peer: str | None = None
    tls: str | None = None
    certificate_error: str | None = None
    location: str | None = None
    retry: bool = False
    retry_after: float | None = None
    kind: str | None = None
    media_type: str | None = None
    request_body: bytes | None = None
    silent: bool = False

    def __post_init__(self) -> None:
        if self.reason is not None and len(self.reason) > LONGEST_REASON:
            object.__setattr__(self, "reason", f"{self.reason[: LONGEST_REASON - 1]}…")

    def header(self, name: str) -> str | None:
        """Return a response header's first value."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def utc_now() -> str:
    """Return the time as Records have it: ISO 8601 in UTC with microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def judge(exchange: Exchange, kind: str, problem: str | None, redirected_from: str | None = None) -> Exchange:
    """Return the exchange with its decoded data, outcome, reason, and what to do next (retry or follow)."""
    try:
        return _judged(exchange, kind, problem, redirected_from)
    except Exception as error:  # whatever a stranger writes costs this exchange and nothing else
        return replace(exchange, data=exchange.body, outcome="error", reason=f"not understood: {describe(error)}")


def _judged(exchange: Exchange, kind: str, problem: str | None, redirected_from: str | None) -> Exchange:
    assert exchange.status is not None
    status = exchange.status
    if location := exchange.header("Location") if status in (301, 302, 303, 307, 308) else None:
        return _redirect(exchange, location)
    if status == 304:
        return replace(exchange, reason="not modified")
    declared = whole_number(exchange.header("Content-Length"))
    if problem is None and declared is not None and declared > len(exchange.body):
        problem = f"{len(exchange.body)} of {declared} bytes"
    if problem is not None:
        return replace(exchange, data=exchange.body, outcome="truncated", reason=problem, retry=not exchange.silent)
    try:
        data = decode_body(exchange.body, CaseInsensitiveDict(exchange.headers), SIZE_CAP)
    except ValueError as error:
        return replace(exchange, data=exchange.body, outcome="truncated", reason=str(error), retry=True)
    what = sniff(data)
    outcome, reason = classify(kind, exchange.url, status, data, redirected_from, what)
    return replace(
        exchange,
        data=data,
        media_type=MEDIA_TYPES[what],
        outcome=outcome,
        reason=reason,
        retry=status in RETRIED_STATUS or reason == "empty answer",
        retry_after=_retry_after(exchange.header("Retry-After")),
    )


def _redirect(exchange: Exchange, location: str) -> Exchange:
    from extract.fetching.urls import absolute

    # Location bytes arrive as Latin-1; portals send UTF-8 in them.
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    target = absolute(exchange.url, location)
    if target is None:
        with contextlib.suppress(ValueError):
            location = urljoin(exchange.url, location)
        return replace(exchange, data=exchange.body, outcome="error", reason=f"redirects out of gov.cn, to {location}")
    return replace(exchange, data=exchange.body, outcome="moved", reason=f"redirects to {target}", location=target)


def describe(error: BaseException) -> str:
    """Return what broke in one line: the innermost cause, without the objects and pools that urllib3 prints."""
    cause: BaseException = error
    while True:
        inner = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
        if not isinstance(inner, BaseException) or inner is cause:
            break
        cause = inner
    # A line of 64 kB may stand in it, on which the expression below would work for minutes.
    text = re.sub(
        r"<?[\w.]*(?:Connection|Pool)(?: object at 0x[0-9a-f]+>|\(host=[^)]*\))[:,]?\s*", "", str(cause)[:2000]
    )
    return f"{type(cause).__name__}: {' '.join(text.split())}"[:300]


def _retry_after(value: str | None) -> float | None:
    if not value:
        return None
    seconds = whole_number(value)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(value[:100])
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
