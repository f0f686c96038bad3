"""Fetching: broken transfers, robots.txt, public addresses only, and old TLS, each against a server that does it."""

import datetime
import gzip
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from urllib3.exceptions import NewConnectionError

import extract.fetching.addresses
from extract.errors import UsageError
from extract.fetching.addresses import is_public
from extract.fetching.connect import Connection, Way
from extract.fetching.fetch import Fetcher
from extract.fetching.robots import read_rules
from tests.portal_server import Answer, PortalServer, report_page

HOST = "www.shili.gov.cn"
PAGE = report_page("示例市2020年政府信息公开工作年度报告").encode()


@pytest.fixture
def server():
    with PortalServer() as running:
        yield running


def fetch(server, path, *, kind="report", **options):
    fetcher = Fetcher(rate=0, host_map=server.host_map, backoff=0.01, **options)
    exchanges = fetcher.fetch(f"https://{HOST}{path}", kind=kind)
    return [one for one in exchanges if one.kind is None]


def raw(head, body=b""):
    return Answer(raw=f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + body)


BROKEN = {
    "short": raw("Content-Length: 5000", PAGE[:100]),
    "chunk cut": raw("Transfer-Encoding: chunked", b"400\r\n" + PAGE[:200]),
    "bad gzip": Answer(b"\x1f\x8b\x08\x00garbage", headers={"Content-Encoding": "gzip"}),
    "cut gzip": Answer(gzip.compress(PAGE)[:-30], headers={"Content-Encoding": "gzip"}),
    "unasked encoding": Answer(PAGE, headers={"Content-Encoding": "br"}),
    "empty": Answer(b""),
    "busy": Answer("busy", 503),
    "no http": Answer(raw=b"garbage\r\n\r\n"),
    "hangs up": Answer(raw=b""),
    "reset": Answer(raw=b"", reset=True),
    "reset half way": Answer(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + PAGE[:200], reset=True),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_answer_is_tried_again_and_each_attempt_kept(server, name):
    server.add(HOST, "/a.html", lambda request: BROKEN[name] if request.number < 3 else Answer(PAGE))
    first, second, third = fetch(server, "/a.html")
    assert {first.outcome, second.outcome} <= {"truncated", "error"}
    assert first.reason and first.started_at < second.started_at < third.started_at
    assert (third.outcome, third.data) == ("ok", PAGE)


@pytest.mark.parametrize("name", ["short", "cut gzip"])
def test_answer_that_stays_broken_is_never_ok(server, name):
    server.add(HOST, "/a.html", BROKEN[name])
    exchanges = fetch(server, "/a.html", attempts=2)
    assert [one.outcome for one in exchanges] == ["truncated", "truncated"]
    assert exchanges[-1].data == exchanges[-1].body != b""


def test_chunked_and_compressed_page_is_whole(server):
    body = gzip.compress(PAGE)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:50], body[50:])) + b"0\r\n\r\n"
    server.add(HOST, "/a.html", raw("Transfer-Encoding: chunked\r\nContent-Encoding: gzip", chunks))
    [one] = fetch(server, "/a.html")
    assert (one.outcome, one.data, one.body) == ("ok", PAGE, body)


def test_page_longer_than_it_declares_is_told_and_spoils_no_other(server):
    short = f"HTTP/1.1 200 OK\r\nContent-Length: {len(PAGE) - 40}\r\n\r\n".encode()
    server.add(HOST, "/a.html", Answer(raw=short + PAGE))
    server.add(HOST, "/b.html", PAGE)
    fetcher = Fetcher(rate=0, host_map=server.host_map, backoff=0.01)
    first = fetcher.fetch(f"https://{HOST}/a.html", kind="report")[-1]
    second = fetcher.fetch(f"https://{HOST}/b.html", kind="report")[-1]
    assert (first.data, first.reason) == (PAGE[:-40], "the page has no end tag")
    assert (second.outcome, second.data, second.reason) == ("ok", PAGE, None)


def test_form_is_posted_and_kept(server):
    server.add(HOST, "/p?a=1", lambda request: Answer(f"<html>{request.form}</html>"))
    fetcher = Fetcher(rate=0, host_map=server.host_map)
    one = fetcher.fetch(f"https://{HOST}/p?a=1", kind="list", form={"path": "/", "webname": "示例市"})[-1]
    assert one.request_body == b"path=%2F&webname=%E7%A4%BA%E4%BE%8B%E5%B8%82"
    assert one.data == b"<html>%s</html>" % one.request_body


def test_slow_drip_ends_at_the_whole_timeout(server):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        for _ in range(200):
            handler.wfile.write(b"a")
            time.sleep(0.05)

    server.answer = drip
    server.add(HOST, "/a.html", "")
    started = time.monotonic()
    fetcher = Fetcher(rate=0, host_map=server.host_map, attempts=1, whole_timeout=0.5, backoff=0.01)
    last = fetcher.fetch(f"https://{HOST}/a.html", kind="report")[-1]
    assert time.monotonic() - started < 8
    assert (last.outcome, last.reason) == ("truncated", "not whole after 0 s")


def test_retry_after_is_kept(server):
    server.add(
        HOST,
        "/a.html",
        lambda request: Answer("busy", 429, headers={"Retry-After": "1"}) if request.number == 1 else Answer(PAGE),
    )
    started = time.monotonic()
    assert fetch(server, "/a.html")[-1].outcome == "ok"
    assert time.monotonic() - started >= 1


def test_retry_after_of_an_hour_is_left_for_another_run(server):
    server.add(HOST, "/a.html", Answer("busy", 503, headers={"Retry-After": "3600"}))
    assert [one.reason for one in fetch(server, "/a.html")] == ["HTTP 503"]


def test_html_under_a_pdf_name_is_told(server):
    server.add(HOST, "/a.pdf", PAGE)
    server.add(HOST, "/gone.pdf", "<html><title>404</title>您访问的页面不存在</html>")
    [page] = fetch(server, "/a.pdf", kind="attachment")
    [gone] = fetch(server, "/gone.pdf", kind="attachment")
    assert (page.outcome, page.reason) == ("ok", "a page where a file was named")
    assert gone.outcome == "soft_404"


def test_robots_file_with_byte_order_mark_is_obeyed(server):
    server.add(
        HOST, "/robots.txt", Answer(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /secret/\r\n", content_type="text/plain")
    )
    server.add(HOST, "/secret/a.html", PAGE)
    server.add(HOST, "/a.html", PAGE)
    [refused] = fetch(server, "/secret/a.html")
    assert (refused.outcome, refused.reason) == ("gated", "not asked: robots.txt does not allow it")
    assert fetch(server, "/a.html")[-1].outcome == "ok"
    assert (HOST, "/secret/a.html") not in server.asked


def test_page_in_place_of_robots_says_nothing():
    assert read_rules(200, "<html><body>首页 Disallow: /</body></html>".encode()) == read_rules(503, b"")
    assert not read_rules(200, b"<html>").known
    assert read_rules(404, b"").known and read_rules(200, b"").known
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 7\n").delay == 7


def test_crawl_delay_slows_the_host_down(server):
    server.add(HOST, "/robots.txt", Answer("User-agent: *\nCrawl-delay: 0.3\n", content_type="text/plain"))
    server.add(HOST, "/a.html", PAGE)
    fetcher = Fetcher(rate=0, host_map=server.host_map)
    for _ in range(3):
        fetcher.fetch(f"https://{HOST}/a.html", kind="report")
    times = server.times[HOST][1:]
    assert min(after - before for before, after in pairwise(times)) >= 0.3


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("::1", False),
        ("0.0.0.0", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2002:7f00:1::", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("202.96.128.86", True),
        ("240e:e9::1", True),
    ],
)
def test_only_public_addresses_are_connected_to(address, public):
    assert is_public(address) is public


def test_name_that_resolves_to_a_private_address_gets_nothing(server, monkeypatch):
    def resolve(host, port, *_args, **_options):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    fetcher = Fetcher(contact="a@example.org", rate=10)
    last = fetcher.fetch(f"http://{HOST}/a.html", kind="report")[-1]
    assert (last.outcome, last.status) == ("error", None)
    assert last.reason == f"{HOST} resolves to 127.0.0.1, which is not public; nothing was sent"
    assert not server.times


# -- TLS

# The 1024-bit group of RFC 2409, which OpenSSL 3 refuses at its default level.
OAKLEY_2 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Return the path of a self-signed certificate with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime(2024, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def dh_parameters(path):
    from base64 import encodebytes

    number = OAKLEY_2.to_bytes(129, "big")
    body = b"\x02\x81\x81" + number + b"\x02\x01\x02"
    der = b"\x30\x81" + bytes([len(body)]) + body
    path.write_bytes(b"-----BEGIN DH PARAMETERS-----\n" + encodebytes(der) + b"-----END DH PARAMETERS-----\n")
    return path


@pytest.mark.parametrize(
    ("kind", "step"),
    [("modern", None), ("dhe-1024", "seclevel1"), ("rsa-key-exchange", "seclevel1"), ("tls1.0", "tls1.0")],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_old_server_is_reached_by_the_ladder(kind, step, certificate, tmp_path, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if kind == "dhe-1024":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
        context.load_dh_params(dh_parameters(tmp_path / "dh.pem"))
    elif kind == "rsa-key-exchange":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    elif kind == "tls1.0":
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/a.html" else 404)
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_):
            pass

    class Server(HTTPServer):
        def handle_error(self, *_):
            pass  # failed handshakes are what is tested

        def get_request(self):
            connection, address = super().get_request()
            connection.settimeout(5)
            return context.wrap_socket(connection, server_side=True), address

    old = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=old.serve_forever, args=(0.02,), daemon=True).start()
    # The name is a real host's form; the connection is led to the loopback in place of resolving it.
    monkeypatch.setattr(
        extract.fetching.addresses, "connect_public", lambda connection: socket.create_connection(old.server_address, 5)
    )
    try:
        fetcher = Fetcher(contact="a@example.org", rate=10, attempts=1)
        exchanges = fetcher.fetch(f"https://{HOST}/a.html", kind="report")
    finally:
        old.shutdown()
        old.server_close()
    assert [one.outcome for one in exchanges if one.kind is None] == ["ok"], exchanges
    assert exchanges[-1].data == PAGE
    assert exchanges[-1].tls == step
    assert "CERTIFICATE_VERIFY_FAILED" in exchanges[-1].certificate_error


class Plain(HTTPServer):
    """Answers every address over plain http, and leads /back.html to https."""

    def __init__(self):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                back = self.path == "/back.html"
                self.send_response(301 if back else 200 if self.path == "/a.html" else 404)
                if back:
                    self.send_header("Location", f"https://{HOST}{self.path}")
                self.send_header("Content-Length", str(len(PAGE)))
                self.end_headers()
                self.wfile.write(PAGE)

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, *_):
        pass  # greetings in TLS are no http


@pytest.fixture
def plain():
    running = Plain()
    yield running
    running.shutdown()
    running.server_close()


def led_to(places, asked):
    """Return a way to connect that leads each port to a place on the loopback; None refuses."""

    def connect(connection):
        asked.append(connection.port)
        place = places[connection.port]
        if place is None:
            raise NewConnectionError(connection, f"{connection.host}: refused")
        return socket.create_connection(place, 5)

    return connect


@pytest.mark.parametrize("https", ["refused", "no TLS", "reset"])
def test_host_without_https_is_asked_over_plain_http(plain, server, monkeypatch, https):
    resetting = socket.create_server(("127.0.0.1", 0))

    def reset():
        while True:
            connection, _ = resetting.accept()
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

    threading.Thread(target=reset, daemon=True).start()
    places = {"refused": None, "no TLS": plain.server_address, "reset": resetting.getsockname()}
    asked = []
    monkeypatch.setattr(
        extract.fetching.addresses, "connect_public", led_to({443: places[https], 80: plain.server_address}, asked)
    )
    fetcher = Fetcher(contact="a@example.org", rate=10, attempts=1)
    last = fetcher.fetch(f"https://{HOST}/a.html", kind="report")[-1]
    assert (last.outcome, last.url, last.tls, last.data) == ("ok", f"http://{HOST}/a.html", "http", PAGE)
    assert last.certificate_error is None
    asked.clear()
    assert fetcher.fetch(f"https://{HOST}/a.html", kind="report")[-1].outcome == "ok"
    assert set(asked) == {80}


def test_plain_http_that_only_leads_to_https_ends(plain, monkeypatch):
    asked = []
    monkeypatch.setattr(
        extract.fetching.addresses, "connect_public", led_to({443: None, 80: plain.server_address}, asked)
    )
    fetcher = Fetcher(contact="a@example.org", rate=10, attempts=1)
    exchanges = [one for one in fetcher.fetch(f"https://{HOST}/back.html", kind="report") if one.kind is None]
    assert [(one.url, one.outcome) for one in exchanges] == [
        (f"http://{HOST}/back.html", "moved"),
        (f"https://{HOST}/back.html", "error"),
    ]
    assert exchanges[-1].reason.startswith("unreachable")


def test_host_that_spoke_tls_once_is_never_asked_in_a_weaker_way(monkeypatch):
    connection = Connection(HOST, Way("gongkai"))
    connection.secured = True

    def broken(*_, **__):
        raise requests.exceptions.SSLError("EOF occurred in violation of protocol")

    monkeypatch.setattr(connection.session, "request", broken)
    with pytest.raises(requests.exceptions.SSLError):
        connection.send(f"https://{HOST}/a.html", {})
    assert connection.step == 0


@pytest.mark.parametrize(("ip", "family"), [(None, socket.AF_UNSPEC), (4, socket.AF_INET), (6, socket.AF_INET6)])
def test_one_family_of_addresses_is_asked_for(monkeypatch, ip, family):
    families = set()

    def resolve(host, port, family=0, *_args, **_options):
        families.add(family)
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    Fetcher(contact="a@example.org", rate=10, attempts=1, ip=ip).fetch(f"https://{HOST}/a.html", kind="report")
    assert families == {family}


def test_proxy_is_asked_and_its_password_kept_nowhere(monkeypatch):
    seen, resolve = [], socket.getaddrinfo

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, self.headers.get("Proxy-Authorization")))
            self.send_response(200 if "a.html" in self.path else 404)
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)

        def log_message(self, *_):
            pass

    def only_private(host, *rest, **options):
        if host == "inner.gov.cn":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", 80))]
        if host.endswith(".gov.cn"):
            raise socket.gaierror("only the proxy can resolve it")
        return resolve(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", only_private)
    proxy = HTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=proxy.serve_forever, args=(0.02,), daemon=True).start()
    told = f"http://who:secret@127.0.0.1:{proxy.server_address[1]}"
    try:
        fetcher = Fetcher(contact="a@example.org", rate=10, attempts=1, proxy=told)
        last = fetcher.fetch(f"http://{HOST}/a.html", kind="report")[-1]
        inner = fetcher.fetch("http://inner.gov.cn/a.html", kind="report")[-1]
    finally:
        proxy.shutdown()
        proxy.server_close()
    assert (last.outcome, last.data, last.peer) == ("ok", PAGE, None)
    assert [path for path, password in seen if password] == [f"http://{HOST}/robots.txt", f"http://{HOST}/a.html"]
    assert "secret" not in repr(last) and "Proxy-Authorization" not in dict(last.request_headers)
    assert inner.reason == "inner.gov.cn resolves to 10.0.0.1, which is not public; nothing was sent"
    gone = Fetcher(contact="a@example.org", rate=10, attempts=1, proxy=told).fetch(
        f"https://{HOST}/a.html", kind="report"
    )[-1]
    assert gone.outcome == "error" and "secret" not in repr(gone)


@pytest.mark.parametrize("options", [{"ip": 5}, {"proxy": "socks5://127.0.0.1:1"}, {"proxy": "127.0.0.1:1"}])
def test_way_that_cannot_be_is_refused(options):
    with pytest.raises(UsageError):
        Fetcher(contact="a@example.org", **options)


def test_unreachable_host_says_why_in_one_line(server):
    fetcher = Fetcher(rate=0, host_map={HOST: ("127.0.0.1", 1)}, attempts=1, backoff=0.01)
    last = fetcher.fetch(f"https://{HOST}/a.html", kind="report")[-1]
    assert last.reason.startswith("unreachable: NewConnectionError: Failed to establish a new connection")
    assert "127.0.0.1" not in last.reason and "0x" not in last.reason
