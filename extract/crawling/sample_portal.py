"""Serve the sample portal: the files under ``data/sample/site`` answer for all their hosts on one loopback port.

``<host>/<path>`` is a file; addresses with a query are told by ``routes.json`` (see ``data/sample/README.md``). The one
thing to know: the server knows hosts by the Host header, so the true addresses stay in the archive while every
connection stays on 127.0.0.1.
"""

from __future__ import annotations

import json
import mimetypes
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from extract.data_file import DATA
from extract.errors import ReferenceDataError

SAMPLE_DIRECTORY = DATA / "sample"
RECORD = re.compile(r"<record>.*?</record>", re.S)
IDLE = 10.0  # seconds a kept-open connection may wait for its next request
NOT_FOUND = "<html><head><meta charset='utf-8'><title>404</title></head><body>您访问的页面不存在</body></html>".encode()


class SamplePortal(dict[str, tuple[str, int]]):
    """The host map ``{host: ("127.0.0.1", port)}`` of a running sample portal, with what was asked of it.

    ``requests`` holds ``(method, host, target)`` of every request that was answered, in order; ``stopped`` is set once
    the portal refuses connections.
    """

    def __init__(self, hosts: Mapping[str, tuple[str, int]]) -> None:
        super().__init__(hosts)
        self.requests: list[tuple[str, str, str]] = []
        self.stopped = threading.Event()

    @property
    def hosts(self) -> dict[str, tuple[str, int]]:
        return dict(self)


@contextmanager
def serve_sample(directory: str | Path = SAMPLE_DIRECTORY, *, stop_after: int | None = None) -> Iterator[SamplePortal]:
    """Serve a sample directory on a free port of 127.0.0.1 until the block ends.

    ``stop_after``: after that many answers the portal is gone, as a portal that stops half way: open connections are
    closed and new ones refused.

    Raises:
        ReferenceDataError: the directory holds no sample portal.
    """
    directory = Path(directory)
    site, routes = _load(directory)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site, routes))
    address = ("127.0.0.1", int(server.server_address[1]))
    portal = SamplePortal({place.name: address for place in sorted(site.iterdir()) if place.is_dir()})
    server.portal, server.stop_after, server.lock = portal, stop_after, threading.Lock()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _load(directory: Path) -> tuple[Path, dict]:
    site, table = directory / "site", directory / "routes.json"
    try:
        routes = json.loads(table.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReferenceDataError(f"{table}: no routing table of a sample portal ({error})") from error
    if not site.is_dir():
        raise ReferenceDataError(f"{site}: the sample portal's files are missing")
    return site, routes


def find(site: Path, routes: Mapping, host: str, target: str, form: str = "") -> tuple[Path, dict] | None:
    """Return the file that answers a host's target (path and query) and its route; None where there is none.

    A route fits when its path is the target's and every name of its ``query`` is in the target (or in the posted
    ``form``) with that value; the first that fits is taken.
    """
    parts = urlsplit(target)
    asked = {name: values[-1] for name, values in parse_qs(f"{parts.query}&{form}", keep_blank_values=True).items()}
    for route in routes["routes"]:
        if route["host"] == host and route["path"] == parts.path and route["query"].items() <= asked.items():
            return site / host / route["file"], {**route, "asked": asked}
    path = unquote(parts.path).lstrip("/")
    place = site / host / (path + "index.html" if not path or path.endswith("/") else path)
    inside = place.resolve().is_relative_to((site / host).resolve()) and not path.startswith("_")
    return (place, {}) if inside and place.is_file() else None


def window(data: bytes, asked: Mapping[str, str]) -> bytes:
    """Return a jpage answer with the records ``startrecord`` to ``endrecord`` (from 1, both included) only."""
    text = data.decode("utf-8")
    records = RECORD.findall(text)
    try:
        start, end = max(int(asked.get("startrecord", 1)), 1), int(asked.get("endrecord", len(records)))
    except ValueError:
        start, end = 1, 0
    kept = iter(records[start - 1 : end])
    body = "".join(kept)
    head, _, rest = text.partition("<recordset>")
    return f"{head}<recordset>{body}</recordset>{rest.partition('</recordset>')[2]}".encode()


def _handler(site: Path, routes: Mapping) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = IDLE

        def do_GET(self) -> None:
            self._answer("")

        def do_HEAD(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace"))

        def _answer(self, form: str) -> None:
            host = (self.headers.get("Host") or "").partition(":")[0].lower()
            if not self._counted(host):
                self.close_connection = True
                return
            found = find(site, routes, host, self.path, form)
            status, data, headers = 200, b"", {"Content-Type": "text/html"}
            if found is None:
                status, data = 404, NOT_FOUND
            else:
                place, route = found
                data = place.read_bytes()
                if route.get("window"):
                    data = window(data, route["asked"])
                headers["Content-Type"] = route.get("content_type") or _content_type(place, host, routes)
                if route.get("disposition"):
                    headers["Content-Disposition"] = route["disposition"]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)

        def _counted(self, host: str) -> bool:
            """Note the request; False once the portal has stopped (and stop it, if this was one too many)."""
            server = self.server
            with server.lock:  # type: ignore[attr-defined]
                portal, limit = server.portal, server.stop_after  # type: ignore[attr-defined]
                if limit is not None and len(portal.requests) >= limit:
                    if not portal.stopped.is_set():
                        portal.stopped.set()
                        threading.Thread(target=_close, args=(server,), daemon=True).start()
                    return False
                portal.requests.append((self.command, host, self.path))
                return True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: ``SamplePortal.requests`` is the log."""

    return Handler


def _close(server) -> None:
    server.shutdown()
    server.server_close()


def _content_type(place: Path, host: str, routes: Mapping) -> str:
    """Return a file's type as its host tells it; HTML without a charset, or with a wrong one, where the host does so."""
    if place.suffix in (".html", ".htm", ".shtml", ""):
        return routes["html_content_type"].get(host, "text/html")
    if place.suffix == ".docx":
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    return mimetypes.guess_type(place.name)[0] or "application/octet-stream"
