"""Simulated portals for the crawl's tests: one server on 127.0.0.1 that answers for many hosts by their Host header."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from extract.portal import Portal


@dataclass
class Answer:
    """What a simulated host says: a body, or ``raw`` bytes written to the connection as they are."""

    body: bytes | str = b""
    status: int = 200
    content_type: str = "text/html"
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    reset: bool = False  # break the connection off with a reset after ``raw``


Route = Answer | str | bytes | Callable[["Request"], Answer]


@dataclass(frozen=True)
class Request:
    host: str
    path: str
    headers: dict[str, str]
    number: int  # how often this address was asked for, this time included
    form: str = ""  # what was posted


class PortalServer:
    """``routes[host][path]`` (path with its query) is an Answer, a text, bytes, or a function of the request."""

    def __init__(self) -> None:
        self.routes: dict[str, dict[str, Route]] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.robots_asked: Counter[tuple[str, str]] = Counter()
        self.times: dict[str, list[float]] = {}
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # else every answer waits 40 ms for a delayed acknowledgement

            def do_GET(self) -> None:
                outer.answer(self)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_: object) -> None:
                pass  # resets are part of what is simulated

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> PortalServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def host_map(self) -> dict[str, tuple[str, int]]:
        return {host: ("127.0.0.1", self.port) for host in self.routes}

    def add(self, host: str, path: str, route: Route) -> None:
        self.routes.setdefault(host, {})[path] = route

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        host = handler.headers["Host"].split(":")[0]
        with self.lock:
            counted = self.robots_asked if handler.path == "/robots.txt" else self.asked
            counted[(host, handler.path)] += 1
            number = counted[(host, handler.path)]
            self.times.setdefault(host, []).append(time.monotonic())
        form = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        routes = self.routes.get(host, {})
        missing = Answer("<h1>404 Not Found</h1>", 404)
        if handler.path == "/robots.txt":
            routes = {"/robots.txt": routes.get("/robots.txt", missing)}
        route = routes.get(handler.path, routes.get("*", missing))
        if callable(route):
            route = route(Request(host, handler.path, dict(handler.headers), number, form))
        if isinstance(route, str | bytes):
            route = Answer(route)
        time.sleep(route.delay)
        if route.raw is not None:
            handler.wfile.write(route.raw)
            handler.close_connection = True
            if route.reset:
                handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                handler.connection.close()
            return
        body = route.body.encode() if isinstance(route.body, str) else route.body
        handler.send_response(route.status)
        headers = {"Content-Type": route.content_type, "Content-Length": str(len(body)), **route.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


def report_page(
    title: str, *, extra: str = "", site_id: str = "9901010001", published: str = "2024-01-20 10:00"
) -> str:
    """Return a report's page as a portal serves it: national tags, a sentence, one table."""
    filler = "<p>本机关依照条例公布上一年度工作情况，全文如下，数据截至年底。</p>" * 12
    return (
        f'<html><head><title>{title}</title><meta name="SiteIDCode" content="{site_id}">'
        f'<meta name="ArticleTitle" content="{title}"><meta name="PubDate" content="{published}"></head>'
        f'<body><h1>{title}</h1><div class="TRS_Editor">{filler}'
        f"<table><tr><td>收到申请</td><td>12</td></tr></table>{extra}</div></body></html>"
    )


def portal(host: str, family: str, path: str, *, code: str = "990101", grade: str = "A", **params: str) -> Portal:
    """Return a registry row of the invented province for a simulated host (https: the map serves it all the same)."""
    return Portal(
        portal_id=f"{code}-{host}",
        jurisdiction_code=code,
        host=host,
        family=family,
        list_url=f"https://{host}{path}",
        params=params,
        grade=grade,
        synthetic=code.startswith("99"),
    )
