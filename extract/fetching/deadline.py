"""One deadline for a whole exchange, whatever the server sends: every read of the socket looks at it.

A read timeout alone never ends a server that sends one byte now and then: in its status line, its headers, a chunk's length or
extension, its trailers, or one interim answer (100 Continue) after the other.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


@dataclass
class _Exchange:
    """When the exchange of this thread has to be over (time.monotonic), and how many bytes have come so far."""

    end: float
    received: int = 0


_current: ContextVar[_Exchange | None] = ContextVar("exchange", default=None)


@contextmanager
def over_within(seconds: float) -> Iterator[None]:
    """Bound what this thread reads from its connections until the block ends."""
    token = _current.set(_Exchange(time.monotonic() + seconds))
    try:
        yield
    finally:
        _current.reset(token)


def seconds_left() -> float | None:
    """Return what is left of the exchange (below 0: it is over); None outside of one."""
    exchange = _current.get()
    return None if exchange is None else exchange.end - time.monotonic()


def is_over() -> bool:
    """Tell whether the time of the exchange is used up."""
    left = seconds_left()
    return left is not None and left <= 0


def anything_came() -> bool:
    """Tell whether the server has sent anything in this exchange (beyond a TLS handshake)."""
    exchange = _current.get()
    return exchange is not None and exchange.received > 0


if TYPE_CHECKING:
    _Base = socket.socket
else:
    _Base = object


class _Timed(_Base):
    """A socket that reads for as long as its own timeout and the exchange allow."""

    _each: float | None = None

    def settimeout(self, value: float | None) -> None:
        self._each = value
        super().settimeout(value)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self._allow()
        return _count(super().recv_into(*args, **kwargs))

    def recv(self, *args: Any, **kwargs: Any) -> bytes:
        self._allow()
        data = super().recv(*args, **kwargs)
        _count(len(data))
        return data

    def _allow(self) -> None:
        left = seconds_left()
        if left is None:
            return
        if left <= 0:
            raise TimeoutError("the time for the whole exchange is used up")
        super().settimeout(left if self._each is None else min(self._each, left))


def _count(received: int) -> int:
    if exchange := _current.get():
        exchange.received += received
    return received


class TimedSocket(_Timed, socket.socket):
    """A plain socket under the deadline of the exchange."""


class TimedTLSSocket(_Timed, ssl.SSLSocket):
    """A TLS socket under the deadline of the exchange; contexts make it (``sslsocket_class``)."""


def timed(plain: socket.socket) -> TimedSocket:
    """Return a connected socket as one under the deadline; the one given is used up."""
    timeout = plain.gettimeout()
    made = TimedSocket(fileno=plain.detach())
    made.settimeout(timeout)
    return made


class TimedHTTPConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return timed(super()._new_conn())


class TimedHTTPSConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return timed(super()._new_conn())


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = TimedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = TimedHTTPSConnection


#: urllib3's pools by scheme for hosts that need no check of their address: the operator's proxy, the sample mode's loopback.
TIMED_POOLS: dict[str, type] = {"http": _HTTPPool, "https": _HTTPSPool}
