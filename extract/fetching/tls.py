"""The TLS ladder: old government servers need what OpenSSL 3 no longer offers by itself.

Tried in this order, one step further only after a handshake failed: the default; security level 1 with legacy
renegotiation (1024-bit Diffie-Hellman, RSA key exchange, servers without RFC 5746); level 0 from TLS 1.0; plain http.
Not the other way round: some modern hosts hang under the old settings. Which step worked is kept with every record.
"""

from __future__ import annotations

import socket
import ssl
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter

from extract.fetching.addresses import public_pools
from extract.fetching.deadline import TIMED_POOLS, TimedTLSSocket

STEPS = ("default", "seclevel1", "tls1.0", "http")
PLAIN = len(STEPS) - 1
# A certificate that could not be verified is kept with every record; a warning a request would say no more.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
OP_LEGACY_SERVER_CONNECT = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, named only since Python 3.12


def context(step: int, *, verify: bool) -> ssl.SSLContext:
    """Return the context of one step; without ``verify`` the certificate is taken as it is."""
    made = ssl.create_default_context()
    made.sslsocket_class = TimedTLSSocket
    if step >= 1:
        made.set_ciphers(f"DEFAULT:@SECLEVEL={2 - step}")
        made.options |= OP_LEGACY_SERVER_CONNECT
    if step >= 2:
        made.minimum_version = ssl.TLSVersion.TLSv1
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


class TimedAdapter(HTTPAdapter):
    """Connects to wherever it is told: for the sample mode, whose host map leads to the loopback."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = TIMED_POOLS


class PublicAdapter(HTTPAdapter):
    """Connects to public addresses (of one family, if told) under one step of the ladder, or through a proxy."""

    def __init__(self, step: int = 0, *, verify: bool = True, family: int = socket.AF_UNSPEC):
        self.step, self.verify, self.family = step, verify, family
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context(), **kwargs)
        self.poolmanager.pool_classes_by_scheme = public_pools(self.family)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        # The proxy itself is the operator's and may well have a private address: its pools are the ordinary ones.
        manager = super().proxy_manager_for(proxy, **{"ssl_context": self._context(), **kwargs})
        manager.pool_classes_by_scheme = TIMED_POOLS
        return manager

    def _context(self) -> ssl.SSLContext:
        return context(self.step, verify=self.verify)


def is_certificate_error(error: BaseException) -> bool:
    """Tell whether a failed connection failed over the host's certificate."""
    return "CERTIFICATE_VERIFY_FAILED" in str(error) or "doesn't match" in str(error)


def is_handshake_error(error: BaseException) -> bool:
    """Tell whether a failed connection failed in the TLS handshake, so that an older setting might do."""
    text = str(error)
    marks = (
        "SSL",
        "TLS",
        "EOF occurred in violation",
        "DH_KEY_TOO_SMALL",
        "UNSAFE_LEGACY",
        "HANDSHAKE",
        "UNEXPECTED_EOF",
    )
    return not is_certificate_error(error) and any(mark in text for mark in marks)
