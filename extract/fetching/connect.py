"""Connecting to one host: its session, the step of the ladder it needs, and the operator's proxy or address family.

The ladder (extract/fetching/tls.py) is climbed only before the host has answered: a server that spoke TLS once and breaks off
later is busy, not old. Its last step is plain http, taken where no handshake succeeds or nothing listens at https, and
left again where plain http only leads back to https.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from extract.errors import UsageError
from extract.fetching.addresses import check_public_name
from extract.fetching.exchange import describe
from extract.fetching.tls import PLAIN, STEPS, PublicAdapter, TimedAdapter, is_certificate_error, is_handshake_error

CONNECT_TIMEOUT, READ_TIMEOUT = 15.0, 30.0
FAMILIES = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


@dataclass(frozen=True)
class Way:
    """How every host is reached.

    ``host_map``: the sample mode's ``{host: (loopback address, port)}``. ``ip``: 4 or 6 to use addresses of that
    family only. ``proxy``: the operator's own http(s) proxy, which then resolves names and connects.
    """

    user_agent: str
    host_map: Mapping[str, tuple[str, int]] | None = None
    ip: int | None = None
    proxy: str | None = None
    read_timeout: float = READ_TIMEOUT

    def __post_init__(self) -> None:
        if self.ip not in FAMILIES:
            raise UsageError(f"the address family is {self.ip!r}; it is 4 or 6")
        if self.proxy is not None and urlsplit(self.proxy).scheme not in ("http", "https"):
            raise UsageError("the proxy is no http:// or https:// address")


class Connection:
    """One host's session. Not safe to use from two threads at once."""

    def __init__(self, name: str, way: Way):
        self.name, self.way = name, way
        self.step = 0
        self.certificate_error: str | None = None
        self.secured = False  # the host has spoken TLS in this run
        self.tried_plain = False
        self._before_plain = 0
        self._checked_name = False
        self.session = self._session()

    @property
    def plain(self) -> bool:
        return self.step == PLAIN

    @property
    def tls(self) -> str | None:
        """The Record's ``tls``: the step that was needed beyond the default."""
        return STEPS[self.step] if self.step else None

    def asked(self, url: str) -> str:
        """Return an address as it is really asked for: http in place of https at the ladder's last step."""
        return "http" + url.removeprefix("https") if self.plain and url.startswith("https:") else url

    def send(self, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> requests.Response:
        """Send a request (POST with a ``form``), climbing the ladder where that helps; the body is not read yet.

        A certificate that cannot be verified is noted and the page taken all the same: the reports are public, and
        half-installed certificate chains are common among counties' portals.

        Raises:
            ForbiddenAddress: the host has no public address.
            requests.RequestException: it could not be reached on any step.
        """
        while True:
            try:
                response = self._send(self.asked(url), headers, form)
            except requests.exceptions.SSLError as error:
                if is_certificate_error(error) and self.certificate_error is None:
                    self.certificate_error = describe(error)
                    self._mount(self.step)
                elif self.secured or not is_handshake_error(error):
                    raise
                elif self.step + 1 < PLAIN:
                    self._mount(self.step + 1)
                elif not self._went_plain(url):
                    raise
            except requests.exceptions.ConnectionError as error:
                if not self.plain and not self.secured and _nothing_listens(error) and self._went_plain(url):
                    try:
                        return self._send(self.asked(url), headers, form)
                    except requests.RequestException:
                        self.leave_plain()
                raise
            else:
                self.secured |= url.startswith("https:") and not self.plain and self.way.host_map is None
                return response

    def leave_plain(self) -> None:
        """Go back to https for the rest of the run: plain http was no way around it."""
        self._mount(self._before_plain)

    def _went_plain(self, url: str) -> bool:
        """Step down to plain http, once a run, and tell whether that was possible."""
        if self.tried_plain or not url.startswith("https:") or self.way.host_map is not None:
            return False
        self.tried_plain, self._before_plain, self.step = True, self.step, PLAIN
        return True

    def _send(self, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None) -> requests.Response:
        address, sent = url, dict(headers)
        if self.way.host_map is not None:
            loopback, port = self.way.host_map[self.name]
            parts = urlsplit(url)
            address = urlunsplit(parts._replace(scheme="http", netloc=f"{loopback}:{port}"))
            sent["Host"] = parts.netloc
        elif self.way.proxy is not None and not self._checked_name:
            check_public_name(self.name, FAMILIES[self.way.ip])
            self._checked_name = True
        return self.session.request(
            "GET" if form is None else "POST",
            address,
            headers=sent,
            data=dict(form) if form is not None else None,
            stream=True,
            allow_redirects=False,
            timeout=(CONNECT_TIMEOUT, self.way.read_timeout),
        )

    def _mount(self, step: int) -> None:
        self.step = step
        verify = self.certificate_error is None
        self.session.mount("https://", PublicAdapter(step, verify=verify, family=FAMILIES[self.way.ip]))
        self.session.verify = verify

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxy or netrc of the machine: only what the operator told gongkai itself
        session.headers = CaseInsensitiveDict(
            {
                "User-Agent": self.way.user_agent,
                "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                "Accept-Language": "zh-CN,zh;q=0.9",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        if self.way.host_map is not None:
            adapter: HTTPAdapter = TimedAdapter(max_retries=0)
        else:
            adapter = PublicAdapter(family=FAMILIES[self.way.ip])
            if self.way.proxy is not None:
                session.proxies = {"http": self.way.proxy, "https": self.way.proxy}
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        return session


def _nothing_listens(error: BaseException) -> bool:
    """Tell whether no connection came about at all (refused, no route, no answer), as where https is not served."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)
