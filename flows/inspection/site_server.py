"""The site of a release and a query page, served on loopback; for ``gongkai explore``.

The server answers only to 127.0.0.1 and localhost by name (a page elsewhere that points a name of its own at
this machine gets nothing), takes no question from another site's page, gives no file outside the release, and changes
nothing.
"""

from __future__ import annotations

import mimetypes
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from extract.archiving.archive import Archive
from extract.errors import GongkaiError, UsageError
from publish.site.on_demand import PagesOnDemand
from publish.site.query import Database
from publish.site.query_page import answer_csv, query_page

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".cff": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
}


@contextmanager
def serve_release(release: Path, *, port: int = 0) -> Iterator[str]:
    """Serve a release in the background and yield its address, such as ``http://127.0.0.1:8123``."""
    if not (release / "schema.json").is_file():
        raise UsageError(f"{release}: no such release; name a directory under releases/")
    with Database(release) as database:
        try:
            server = _Server(release, database, port)
        except (OSError, OverflowError) as error:
            raise UsageError(f"port {port}: {error}; name another with --port, or none") from error
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, release: Path, database: Database, port: int):
        self.release, self.database = release.resolve(), database
        self.archive = self.release.parent.parent / "archive"
        self.pages = PagesOnDemand(self.release, self._payload if self.archive.is_dir() else None)
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer's own asks for the machine's full name, which may take seconds without a network.
        socket.socket.bind(self.socket, self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def _payload(self, document_id: str) -> bytes:
        with Archive(self.archive) as archive:
            return archive.payload(document_id)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "gongkai", ""
    protocol_version = "HTTP/1.1"
    #: Seconds that a connection may say nothing.
    timeout = 30

    def do_GET(self) -> None:
        hosts = {f"{name}:{self.server.server_port}" for name in ("127.0.0.1", "localhost")}
        if self.headers.get("Host", "").lower() not in hosts:
            return self._send(
                HTTPStatus.MISDIRECTED_REQUEST, "text/plain; charset=utf-8", b"this server answers to 127.0.0.1 only\n"
            )
        parts = urlsplit(self.path)
        if parts.path == "/":
            return self._redirect("/site/index.html")
        if parts.path in ("/query", "/query.csv"):
            return self._query(parts.path, parse_qs(parts.query).get("sql", [""])[0])
        return self._file(unquote(parts.path).lstrip("/"))

    do_HEAD = do_GET

    def _query(self, path: str, sql: str) -> None:
        # A question may cost time: one that another site's page made the browser ask is refused.
        if sql and self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return self._send(HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"asked from another site\n")
        database, answer, error = self.server.database, None, None
        try:
            answer = database.ask(sql) if sql else None
        except UsageError as refused:
            error = str(refused)
        if path == "/query.csv":
            if answer is None:
                return self._send(
                    HTTPStatus.BAD_REQUEST, "text/plain; charset=utf-8", f"{error or 'no question'}\n".encode()
                )
            return self._send(HTTPStatus.OK, _TYPES[".csv"], answer_csv(answer).encode())
        page = query_page(self.server.release.name, database.tables(), sql, answer, error)
        return self._send(HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK, _TYPES[".html"], page.encode())

    def _file(self, name: str) -> None:
        try:
            path = (self.server.release / name).resolve()
            inside = path.is_relative_to(self.server.release) and path.is_file()
        except (OSError, ValueError):
            inside = False
        try:
            content = path.read_bytes() if inside else self.server.pages.get(name)
        except GongkaiError as error:
            return self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", f"{error}\n".encode())
        if content is None:
            return self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"the release has no such file\n")
        ending = Path(name).suffix
        kind = _TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        return self._send(HTTPStatus.OK, kind, content)

    def _redirect(self, to: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: a line a request would hide what matters."""
