"""Polite HTTP: one address -> Exchanges, one for every attempt and every redirect, failures included.

One session a host, one request at a time and host, one request a second unless the sample mode says otherwise.
Nothing but http and https under gov.cn is asked, and only public addresses (extract/fetching/addresses.py); the sample mode's
host map is the one way to the loopback, and then the only way to anywhere.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

import requests

from extract.errors import UsageError
from extract.fetching.addresses import ForbiddenAddress, HostMap, check_host_map
from extract.fetching.connect import READ_TIMEOUT, Connection, Way
from extract.fetching.deadline import anything_came, is_over, over_within
from extract.fetching.exchange import SIZE_CAP, Exchange, describe, judge, utc_now
from extract.fetching.robots import Rules, read_rules
from extract.fetching.urls import is_government_host

WHOLE_TIMEOUT = 180.0
ATTEMPTS = 4
REDIRECTS = 6
ROBOTS_REDIRECTS = 3
SLOW_INTERVAL = 1.0  # seconds between requests to a host whose robots.txt cannot be read, whatever the rate
LONGEST_RETRY_AFTER = 120.0


@dataclass
class _Host:
    connection: Connection
    interval: float
    lock: threading.Lock = field(default_factory=threading.Lock)
    not_before: float = 0.0
    rules: Rules | None = None


class Fetcher:
    """Fetches addresses politely; safe to use from many threads (one request at a time and host).

    ``rate``: requests a second and host; 0 (no limit) only together with ``host_map``, for the mapped hosts.
    ``contact``: how to reach whoever operates the crawl, sent in the User-Agent; required for real hosts.
    ``host_map``: the sample mode's ``{host: (loopback address, port)}``; hosts outside it are then never asked.
    ``ip`` and ``proxy``: see extract.fetching.connect.Way.
    """

    def __init__(
        self,
        *,
        rate: float = 1.0,
        contact: str | None = None,
        host_map: HostMap | None = None,
        attempts: int = ATTEMPTS,
        whole_timeout: float = WHOLE_TIMEOUT,
        read_timeout: float = READ_TIMEOUT,
        backoff: float = 2.0,
        stop: Callable[[], bool] | None = None,
        ip: int | None = None,
        proxy: str | None = None,
    ):
        check_host_map(host_map)
        if host_map is None and not 0 < rate <= 10:
            raise UsageError(f"rate is {rate} requests a second and host; real hosts are asked at most 10 times")
        if host_map is None and not contact:
            raise UsageError("real hosts are only asked with a contact of the operator (an e-mail address or a page)")
        self.interval = 1.0 / rate if rate else 0.0
        agent = f"gongkai/0.1 (open government information research; contact: {contact or 'sample run'})"
        self.host_map = dict(host_map) if host_map is not None else None
        self.way = Way(agent, self.host_map, ip, proxy, read_timeout)
        self.attempts, self.backoff = attempts, backoff
        self.whole_timeout = whole_timeout
        self.stop = stop or (lambda: False)
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    def fetch(
        self, url: str, *, kind: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None
    ) -> list[Exchange]:
        """Return every exchange it took to get an address, in order; the last one is the answer.

        With a ``form`` it is posted, and a redirect followed without it. Failed attempts are repeated with a growing
        pause, redirects are followed within gov.cn. Never raises for what a server does.
        """
        exchanges: list[Exchange] = []
        asked, visits = url, {url: 1}
        while True:
            exchanges += self._robots(url)
            exchanges += self._with_retries(url, kind, headers, form, asked if url != asked else None)
            target, form = exchanges[-1].location, None
            if target is None:
                return exchanges
            visits[target] = visits.get(target, 0) + 1
            # A page that sends us to itself wants its cookie back: once is usual, a loop is a gate.
            if visits[target] > 2 or len(visits) > REDIRECTS:
                loop = "cookie or redirect loop" if visits[target] > 2 else f"more than {REDIRECTS} redirects"
                exchanges[-1] = replace(exchanges[-1], outcome="gated", reason=f"{loop} at {target}", location=None)
                return exchanges
            self._leave_plain(exchanges[-1].url, target)
            url = target

    def _leave_plain(self, url: str, target: str) -> None:
        """Take a host back from plain http where that only leads to https."""
        name = (urlsplit(url).hostname or "").lower()
        if url.startswith("http:") and target.startswith("https:") and urlsplit(target).hostname == name:
            host = self._host(name)
            with host.lock:
                if host.connection.plain:
                    host.connection.leave_plain()

    def _with_retries(
        self,
        url: str,
        kind: str,
        headers: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        redirected_from: str | None,
    ) -> list[Exchange]:
        exchanges: list[Exchange] = []
        for attempt in range(1, self.attempts + 1):
            exchange = self._attempt(url, kind, headers, form, redirected_from)
            exchanges.append(exchange)
            if not exchange.retry or attempt == self.attempts or self.stop():
                break
            pause = self.backoff * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)
            if exchange.retry_after is not None:
                if exchange.retry_after > LONGEST_RETRY_AFTER:
                    break
                pause = max(pause, exchange.retry_after)
            self._hold(url, pause)
        return exchanges

    def _attempt(
        self,
        url: str,
        kind: str,
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        redirected_from: str | None = None,
    ) -> Exchange:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not is_government_host(parts.hostname):
            return Exchange(url, utc_now(), "error", "not asked: only http and https under gov.cn are")
        name = (parts.hostname or "").lower()
        if self.host_map is not None and name not in self.host_map:
            return Exchange(url, utc_now(), "error", "not asked: the sample mode maps no such host")
        host = self._host(name)
        if kind != "robots" and host.rules is not None and not host.rules.allows(url):
            return Exchange(url, utc_now(), "gated", "not asked: robots.txt does not allow it")
        with host.lock:
            self._wait(host)
            try:
                exchange, problem = self._exchange(host.connection, url, headers or {}, form)
            finally:
                host.not_before = max(host.not_before, time.monotonic() + host.interval)
        return exchange if exchange.status is None else judge(exchange, kind, problem, redirected_from)

    def _exchange(
        self, connection: Connection, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[Exchange, str | None]:
        """Ask once; return what came, not yet judged, and what went wrong in reading it."""
        with over_within(self.whole_timeout):
            return self._exchange_in_time(connection, url, headers, form)

    def _exchange_in_time(
        self, connection: Connection, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[Exchange, str | None]:
        started = utc_now()
        try:
            response = connection.send(url, headers, form)
        except ForbiddenAddress as error:
            return Exchange(url, started, "error", str(error), silent=True), None
        except Exception as error:  # requests, urllib3, http.client, http.cookiejar and ssl break in ways of their own
            over = is_over()
            reason = self._too_late if over else f"unreachable: {describe(error)}"
            tls, certificate, silent = connection.tls, connection.certificate_error, over or not anything_came()
            exchange = Exchange(url, started, "error", reason, tls=tls, certificate_error=certificate, silent=silent)
            return replace(exchange, retry=not over), None
        asked = connection.asked(url)
        sent = tuple((key, str(value)) for key, value in response.request.headers.items())
        secure = asked.startswith("https:")
        exchange = Exchange(
            asked,
            started,
            "ok",
            request_headers=sent if self.host_map is not None else (("Host", urlsplit(asked).netloc), *sent),
            request_body=urlencode(form).encode() if form is not None else None,
            status=response.status_code,
            status_text=response.reason or "",
            http_version="HTTP/1.0" if response.raw.version == 10 else "HTTP/1.1",
            headers=tuple((key, value) for key, value in response.raw.headers.iteritems()),
            peer=_peer(response) if self.way.proxy is None else None,
            tls=connection.tls if secure or asked != url else None,
            certificate_error=connection.certificate_error if secure else None,
        )
        with response:
            body, problem = self._read(response)
        return replace(exchange, body=body, silent=is_over()), problem

    def _robots(self, url: str) -> list[Exchange]:
        """Ask a host for its robots.txt before its first address; return the exchanges that took, if any."""
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
        if not is_government_host(name) or (self.host_map is not None and name not in self.host_map):
            return []
        host = self._host(name)
        if host.rules is not None:
            return []
        exchanges: list[Exchange] = []
        asked = f"{parts.scheme}://{parts.netloc}/robots.txt"
        for _ in range(ROBOTS_REDIRECTS):
            exchange = replace(self._attempt(asked, "robots"), kind="robots")
            exchanges.append(exchange)
            target = exchange.location
            if target is None or urlsplit(target).hostname != name:
                break
            asked = target
        answered = exchanges[-1]
        host.rules = read_rules(answered.status, answered.data)
        if host.rules.delay:
            host.interval = max(host.interval, host.rules.delay)
        if not host.rules.known and self.host_map is None:
            host.interval = max(host.interval, SLOW_INTERVAL)
        return exchanges

    @property
    def _too_late(self) -> str:
        return f"not whole after {self.whole_timeout:.0f} s"

    def _read(self, response: requests.Response) -> tuple[bytes, str | None]:
        """Return the body as received and what went wrong, if anything: a part of a body is archived too."""
        chunks, size = [], 0
        try:
            while chunk := response.raw.read1(65536, decode_content=False):
                chunks.append(chunk)
                size += len(chunk)
                if size > SIZE_CAP:
                    return b"".join(chunks), f"larger than {SIZE_CAP} bytes"
                if is_over():
                    return b"".join(chunks), self._too_late
        except Exception as error:  # urllib3, http.client, ssl and socket errors alike: the connection broke
            return b"".join(chunks), self._too_late if is_over() else f"the connection broke: {describe(error)}"
        return b"".join(chunks), None

    def _host(self, name: str) -> _Host:
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = _Host(Connection(name, self.way), self.interval)
            return self._hosts[name]

    def _wait(self, host: _Host) -> None:
        while (pause := host.not_before - time.monotonic()) > 0 and not self.stop():
            time.sleep(min(pause, 0.5))

    def _hold(self, url: str, pause: float) -> None:
        host = self._host((urlsplit(url).hostname or "").lower())
        with host.lock:
            host.not_before = max(host.not_before, time.monotonic() + pause)


def _peer(response: requests.Response) -> str | None:
    """Return the address the answer came from (WARC-IP-Address)."""
    connection = getattr(response.raw, "_connection", None)
    sock = getattr(connection, "sock", None)
    try:
        return str(sock.getpeername()[0]) if sock else None
    except OSError:
        return None
