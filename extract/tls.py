"""The TLS ladder: old government servers need what OpenSSL 3 no longer offers by itself.

Tried in this order, one step further only after a handshake failed: the default; security level 1 with legacy
renegotiation (RSA key exchange, servers without RFC 5746); level 0 from TLS 1.0 (1024-bit Diffie-Hellman). Not the
other way round: some modern hosts hang under the old settings. Which step worked is kept with every record.
"""

from __future__ import annotations

import ssl

import urllib3
from requests.adapters import HTTPAdapter

from extract.addresses import PublicHTTPPool, PublicHTTPSPool

STEPS = ("default", "seclevel1", "tls1.0")
# A certificate that could not be verified is kept with every record; a warning a request would say no more.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
OP_LEGACY_SERVER_CONNECT = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, named only since Python 3.12


def context(step: int, *, verify: bool) -> ssl.SSLContext:
    """Return the context of one step; without ``verify`` the certificate is taken as it is."""
    made = ssl.create_default_context()
    if step >= 1:
        made.set_ciphers(f"DEFAULT:@SECLEVEL={2 - step}")
        made.options |= OP_LEGACY_SERVER_CONNECT
    if step >= 2:
        made.minimum_version = ssl.TLSVersion.TLSv1
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made


class PublicAdapter(HTTPAdapter):
    """Connects to public addresses only, under one step of the ladder."""

    def __init__(self, step: int = 0, *, verify: bool = True):
        self.step, self.verify = step, verify
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs) -> None:
        super().init_poolmanager(*args, ssl_context=context(self.step, verify=self.verify), **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": PublicHTTPPool, "https": PublicHTTPSPool}


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
