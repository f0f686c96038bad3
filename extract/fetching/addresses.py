"""Where gongkai may connect to: public addresses of hosts under gov.cn, or exactly what the sample mode maps.

The check is made on the address that is connected to, after resolving, so that a name that resolves to a private
address or to a cloud's metadata service (169.254.169.254) gets nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Mapping
from functools import cache

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection

from extract.errors import FetchError, UsageError
from extract.fetching.deadline import seconds_left, timed

HostMap = Mapping[str, tuple[str, int]]


class ForbiddenAddress(FetchError):
    """A name led to an address that is not public."""


def check_host_map(host_map: HostMap | None) -> None:
    """Raise UsageError unless every host of a sample mode's map leads to the loopback."""
    for host, (address, port) in (host_map or {}).items():
        try:
            loopback = ipaddress.ip_address(address).is_loopback
        except ValueError:
            loopback = False
        if not loopback or not 0 < port < 65536:
            raise UsageError(f"host map: {host} leads to {address}:{port}; only loopback addresses may be mapped")


def is_public(address: str) -> bool:
    """Tell whether an IP address is a public one, also behind the mapped, NAT64, 6to4 and Teredo forms of IPv6."""
    ip = ipaddress.ip_address(address.split("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def connect_public(connection: HTTPConnection) -> socket.socket:
    """Resolve a connection's host, connect to a public address of it, and check the peer once more.

    Raises:
        ForbiddenAddress: the name has no public address.
        NewConnectionError: no public address could be connected to, or the name does not resolve.
    """
    host = connection._dns_host
    try:
        public = public_addresses(host, connection.port, getattr(connection, "family", socket.AF_UNSPEC))
    except (socket.gaierror, UnicodeError) as error:
        raise NewConnectionError(connection, f"{host} does not resolve: {error}") from error
    failure: OSError | None = None
    for address in public:
        left = seconds_left()
        if left is not None and left <= 0:
            break
        timeout = connection.timeout if left is None else min(left, connection.timeout or left)
        try:
            sock = create_connection(
                (address, connection.port),
                timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as error:
            failure = error
            continue
        if not is_public(sock.getpeername()[0]):
            sock.close()
            raise ForbiddenAddress(f"{host}: connected to {sock.getpeername()[0]}, which is not public")
        return sock
    raise NewConnectionError(connection, f"{host}: {failure}") from failure


def public_addresses(host: str, port: int, family: int = socket.AF_UNSPEC) -> list[str]:
    """Return a host's public addresses of a family (default: of both), in the resolver's order.

    Raises:
        ForbiddenAddress: it has addresses, none of them public.
        socket.gaierror, UnicodeError: it does not resolve.
    """
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    public = [address for address in addresses if is_public(address)]
    if not public:
        raise ForbiddenAddress(f"{host} resolves to {', '.join(addresses)}, which is not public; nothing was sent")
    return public


def check_public_name(host: str, family: int = socket.AF_UNSPEC) -> None:
    """Check a host that a proxy will connect to: a name that resolves here must resolve to a public address.

    A name that does not resolve here is the proxy's to resolve: some networks let only the proxy ask.

    Raises:
        ForbiddenAddress: it has no public address.
    """
    try:
        public_addresses(host, 443, family)
    except (socket.gaierror, UnicodeError):
        return


class PublicHTTPConnection(HTTPConnection):
    family = socket.AF_UNSPEC

    def _new_conn(self) -> socket.socket:
        return timed(connect_public(self))


class PublicHTTPSConnection(HTTPSConnection):
    family = socket.AF_UNSPEC

    def connect(self) -> None:
        try:
            super().connect()
        except ConnectionError as error:
            # Some old servers answer a greeting they do not understand with a reset in place of an alert.
            raise ssl.SSLError(f"the connection broke in the TLS handshake: {error}") from error

    def _new_conn(self) -> socket.socket:
        return timed(connect_public(self))


@cache
def public_pools(family: int = socket.AF_UNSPEC) -> dict[str, type]:
    """Return urllib3's pools by scheme, whose connections go to public addresses of one family."""
    told = {"family": family}
    http = type("PublicHTTPConnection", (PublicHTTPConnection,), told)
    https = type("PublicHTTPSConnection", (PublicHTTPSConnection,), told)
    return {
        "http": type("PublicHTTPPool", (HTTPConnectionPool,), {"ConnectionCls": http}),
        "https": type("PublicHTTPSPool", (HTTPSConnectionPool,), {"ConnectionCls": https}),
    }
